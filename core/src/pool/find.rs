//! Finding one's way in a pool: counts, documents by id, one side in order, search. Matching is the matcher's.

use super::{Having, Pool, Row, Stored, damaged_index, failed, key, route_name};
use crate::error::{Error, Result};
use crate::model::{Challenge, Document, Language, Profile, Route, Side};
use crate::text::Analyzer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tantivy::collector::{Count, DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED};

/// Documents that are found at once when a side is read.
const PAGE: usize = 1024;

/// What search leaves in: a document must have all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// A sentence in this language.
    pub language: Option<Language>,
    /// A profile that accepts the route, or a challenge that has it.
    pub route: Option<Route>,
    /// The place's name, whatever its case.
    pub place: Option<String>,
    /// URI of a concept that the profile holds or the challenge needs.
    pub concept: Option<String>,
}

impl Pool {
    /// How many committed documents a side has.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub fn count(&self, side: Side) -> Result<usize> {
        self.searcher().search(&self.on(side), &Count).map_err(|e| failed(&self.place(), e))
    }

    fn on(&self, side: Side) -> Having {
        Having::new(self.fields.side, side.name())
    }

    /// A committed profile.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage), [`Damaged`](ErrorKind::Damaged).
    pub fn profile(&self, id: &str) -> Result<Option<Profile>> {
        self.get(id)
    }

    /// A committed challenge.
    ///
    /// # Errors
    /// As [`profile`](Self::profile).
    pub fn challenge(&self, id: &str) -> Result<Option<Challenge>> {
        self.get(id)
    }

    fn get<D: Document>(&self, id: &str) -> Result<Option<D>> {
        Ok(self.read(&self.by_key(&key(D::SIDE, id)))?.pop())
    }

    /// The committed profiles in the order of their ids, as the pool is now, whatever is committed meanwhile. Read by the
    /// thousand, so that a pool may be larger than memory. The last item is the error, if there is one.
    ///
    /// # Errors
    /// As [`profile`](Self::profile).
    pub fn profiles(&self) -> impl Iterator<Item = Result<Profile>> {
        self.listed(None)
    }

    /// The committed challenges; as [`profiles`](Self::profiles).
    ///
    /// # Errors
    /// As [`profile`](Self::profile).
    pub fn challenges(&self) -> impl Iterator<Item = Result<Challenge>> {
        self.listed(None)
    }

    /// The documents whose ids come after one that need not be there.
    pub(crate) fn listed<D: Document>(&self, after: Option<&str>) -> impl Iterator<Item = Result<D>> {
        let searcher = self.searcher();
        let (mut rows, mut from) = (Vec::new().into_iter(), after.map(|id| key(D::SIDE, id)));
        let mut more = true;
        std::iter::from_fn(move || {
            if rows.len() == 0 && more {
                let next = match self.rows(&searcher, D::SIDE, from.as_deref(), PAGE) {
                    Ok(next) => next,
                    Err(e) => {
                        more = false;
                        return Some(Err(e));
                    }
                };
                more = next.len() == PAGE;
                from = next.last().map(|(key, _)| key.clone());
                rows = next.into_iter();
            }
            let doc = rows.next().map(|(_, address)| self.stored(&searcher, address))?;
            if doc.is_err() {
                (rows, more) = (Vec::new().into_iter(), false);
            }
            Some(doc)
        })
    }

    /// The first `k` documents of a side after a key, in the order of their keys.
    fn rows(&self, searcher: &Searcher, side: Side, after: Option<&str>, k: usize) -> Result<Vec<Row>> {
        let place = self.place();
        let io = |e: std::io::Error| failed(&place, e.into());
        // The sign after the slash.
        let (first, end) = (key(side, ""), format!("{}0", side.name()));
        let mut rows = Vec::new();
        for (segment, ordinal) in searcher.segment_readers().iter().zip(0..) {
            let index = segment.inverted_index(self.fields.key).map_err(|e| failed(&place, e))?;
            let range = index.terms().range().lt(&end);
            let range = if let Some(after) = after { range.gt(after) } else { range.ge(&first) };
            let mut keys = range.into_stream().map_err(io)?;
            let full = rows.len() + k;
            while rows.len() < full && keys.advance() {
                let basic = IndexRecordOption::Basic;
                let mut documents = index.read_postings_from_terminfo(keys.value(), basic).map_err(io)?;
                while documents.doc() != TERMINATED && segment.is_deleted(documents.doc()) {
                    documents.advance();
                }
                if documents.doc() != TERMINATED {
                    let key = String::from_utf8_lossy(keys.key()).into_owned();
                    rows.push((key, DocAddress::new(ordinal, documents.doc())));
                }
            }
        }
        rows.sort_unstable();
        rows.truncate(k);
        Ok(rows)
    }

    fn read<D: Document>(&self, query: &dyn Query) -> Result<Vec<D>> {
        let (searcher, place) = (self.searcher(), self.place());
        let found = searcher.search(query, &DocSetCollector).map_err(|e| failed(&place, e))?;
        found.into_iter().map(|address| self.stored(&searcher, address)).collect()
    }

    fn stored<D: Document>(&self, searcher: &Searcher, address: DocAddress) -> Result<D> {
        let place = self.place();
        let doc: Stored = searcher.doc(address).map_err(|e| failed(&place, e))?;
        crate::json::parse(&doc.json).map_err(|e| damaged_index(&place, &e.to_string()))
    }

    /// Ids of a side's committed documents with any of the query's words, best first by BM25, at most `k`; by id without
    /// words. A word behind `+` must be there, one behind `-` must not: `leipä +Turku -kondiittori`. Words are compared by
    /// their stems in all three languages. For finding one's way, not for matching.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for k = 0, [`Storage`](ErrorKind::Storage).
    pub fn search(&self, side: Side, query: &str, filter: &Filter, k: usize) -> Result<Vec<String>> {
        if k == 0 {
            return Err(Error::invalid("/k", "k is 0; ask for at least 1"));
        }
        let f = self.fields;
        let term = |field: Field, text: String| -> Box<dyn Query> { Box::new(Having::new(field, text)) };
        let mut all: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, Box::new(self.on(side)))];
        // A word's language is not known: its stem in any of them will do.
        let stems = |words: &str| -> BTreeSet<String> {
            let analysed = Language::ALL.map(|l| Analyzer { subwords: None }.analyse(words, Some(l)).tokens);
            analysed.into_iter().flatten().filter(|t| !t.stop).map(|t| t.stem).collect()
        };
        let any = |stems: BTreeSet<String>| -> Box<dyn Query> {
            Box::new(BooleanQuery::new(stems.into_iter().map(|s| (Occur::Should, term(f.stems, s))).collect()))
        };
        let mut free = String::new();
        for word in query.split_whitespace() {
            let (occur, bare) = match (word.strip_prefix('+'), word.strip_prefix('-')) {
                (Some(bare), _) => (Occur::Must, bare),
                (_, Some(bare)) => (Occur::MustNot, bare),
                _ => (Occur::Should, word),
            };
            let own = if occur == Occur::Should { BTreeSet::new() } else { stems(bare) };
            if own.is_empty() {
                free.extend([" ", bare]);
            } else {
                all.push((occur, any(own)));
            }
        }
        // Where something must be there, the other words only raise its place.
        let needed = all.iter().skip(1).all(|(occur, _)| *occur != Occur::Must);
        if !free.trim().is_empty() {
            all.push((if needed { Occur::Must } else { Occur::Should }, any(stems(&free))));
        }
        let filters = [
            (f.language, filter.language.map(|l| l.code().to_owned())),
            (f.route, filter.route.map(route_name)),
            (f.place, filter.place.as_deref().map(crate::text::fold)),
            (f.concept, filter.concept.clone()),
        ];
        for (field, value) in filters {
            if let Some(value) = value {
                all.push((Occur::Must, term(field, value)));
            }
        }
        let query: Box<dyn Query> = Box::new(BooleanQuery::new(all));
        let (searcher, place) = (self.searcher(), self.place());
        // tantivy reserves room for the limit.
        let everything = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX);
        let top = TopDocs::with_limit(k.min(everything.max(1))).order_by_score();
        let found = searcher.search(&*query, &top).map_err(|e| failed(&place, e))?;
        let mut ids = Vec::with_capacity(found.len());
        for (score, address) in found {
            let id = match side {
                Side::Profiles => self.stored::<Profile>(&searcher, address)?.id,
                Side::Challenges => self.stored::<Challenge>(&searcher, address)?.id,
            };
            ids.push((score, id));
        }
        ids.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }
}
