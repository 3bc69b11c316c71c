//! A snapshot from what the index holds: postings of stems, contents and documents. No text is analysed again.

use super::{Pool, Row, Stored, damaged_index, failed, key};
use crate::content::{ChallengeContent, ProfileContent, Words};
use crate::error::Result;
use crate::model::{Document, Side};
use crate::parallel;
use crate::semantic::SubwordMap;
use crate::snapshot::{self, Compiling, Snapshot, Taken};
use serde::de::DeserializeOwned;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, SegmentReader, TERMINATED};

/// Per document of a segment its stems, as numbers, with their counts.
type Stems = Vec<Vec<(u32, u32)>>;

impl Pool {
    /// The committed pool, compiled from its postings and stored documents. Cost: linear in what is stored; no text is
    /// analysed.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage), [`Damaged`](crate::ErrorKind::Damaged).
    pub fn snapshot(&self) -> Result<Snapshot> {
        let searcher = self.searcher();
        let mut compiling = Compiling::new(&self.taxonomy);
        let mut stems: Vec<Stems> = Vec::new();
        let (mut profiles, mut challenges): (Vec<Row>, Vec<Row>) = Default::default();
        let [person, problem] = [Side::Profiles, Side::Challenges].map(|side| key(side, ""));
        for (segment, ordinal) in searcher.segment_readers().iter().zip(0..) {
            let mut own: Stems = vec![Vec::new(); segment.max_doc() as usize];
            let mut number = None;
            self.each_posting(segment, self.fields.stems, |stem, begins, doc, count| {
                if begins {
                    number = Some(compiling.stem(stem)?);
                }
                own[doc as usize].extend(number.map(|n| (n, count)));
                Ok(())
            })?;
            stems.push(own);
            self.each_posting(segment, self.fields.key, |key, _, doc, _| {
                let row = (key.to_owned(), DocAddress::new(ordinal, doc));
                // What is of neither side is an event.
                if key.starts_with(&person) {
                    profiles.push(row);
                } else if key.starts_with(&problem) {
                    challenges.push(row);
                }
                Ok(())
            })?;
        }
        profiles.sort_unstable();
        challenges.sort_unstable();
        let mut stems = |at: DocAddress| std::mem::take(&mut stems[at.segment_ord as usize][at.doc_id as usize]);
        let width = self.taxonomy.map().map(SubwordMap::dimensions);
        let fits = |words: &Words| match &words.mapped {
            Some(vector) if Some(vector.len()) != width => Err(damaged_index(&self.place(), "a vector is cut short")),
            _ => Ok(()),
        };
        self.each_stored(&searcher, &profiles, |at, p, json, content: ProfileContent| {
            fits(&content.words)?;
            compiling.profile(&p, Taken { json, vectors: p.vectors.clone(), content, stems: stems(at) })
        })?;
        self.each_stored(&searcher, &challenges, |at, c, json, content: ChallengeContent| {
            fits(&content.words)?;
            compiling.challenge(&c, Taken { json, vectors: c.vectors.clone(), content, stems: stems(at) })
        })?;
        // A disk can fail in any bit, and the index has no checksum of what it stores.
        let data = compiling.finish(&self.taxonomy, self.settings)?;
        data.check().map_err(|e| damaged_index(&self.place(), e.message()))?;
        Ok(Snapshot::new(data))
    }

    /// Term, whether it is the term's first posting, document and count, of every document that is not deleted.
    fn each_posting(
        &self,
        segment: &SegmentReader,
        field: Field,
        mut each: impl FnMut(&str, bool, u32, u32) -> Result<()>,
    ) -> Result<()> {
        let place = self.place();
        let io = |e: std::io::Error| failed(&place, e.into());
        let index = segment.inverted_index(field).map_err(|e| failed(&place, e))?;
        let mut terms = index.terms().stream().map_err(io)?;
        while terms.advance() {
            let term = std::str::from_utf8(terms.key()).map_err(|e| damaged_index(&place, &e.to_string()))?;
            let frequencies = IndexRecordOption::WithFreqs;
            let mut postings = index.read_postings_from_terminfo(terms.value(), frequencies).map_err(io)?;
            let mut begins = true;
            while postings.doc() != TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    each(term, begins, postings.doc(), postings.term_freq())?;
                    begins = false;
                }
                postings.advance();
            }
        }
        Ok(())
    }

    /// What is stored of documents, read on all threads, in order.
    fn each_stored<D: Document, C: DeserializeOwned + Send>(
        &self,
        searcher: &Searcher,
        rows: &[Row],
        mut each: impl FnMut(DocAddress, D, String, C) -> Result<()>,
    ) -> Result<()> {
        let place = self.place();
        let read = |at: DocAddress| {
            let Stored { json, content } = searcher.doc(at).map_err(|e| failed(&place, e))?;
            let content = postcard::from_bytes(&content).map_err(|e| damaged_index(&place, &e.to_string()))?;
            let doc: D = crate::json::parse(&json).map_err(|e| damaged_index(&place, &e.to_string()))?;
            // Only vectors go elsewhere.
            let json = if doc.vectors().is_some() { snapshot::json(&doc) } else { json };
            Ok((doc, json, content))
        };
        for chunk in rows.chunks(parallel::CHUNK) {
            for (row, stored) in chunk.iter().zip(parallel::map(chunk.len(), |i| read(chunk[i].1))) {
                let (doc, json, content) = stored?;
                each(row.1, doc, json, content)?;
            }
        }
        Ok(())
    }
}
