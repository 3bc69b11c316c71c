//! The vectors of a snapshot's documents: which spaces there are, and what is removed from a vector in each.
//!
//! There are two: that of the taxonomy's map, and that of the caller's encoder. A vector is centred by its language and
//! side with the means of the pool ([`Means`]), which travel with the snapshot, so that a new text is centred as the
//! pool was. Of the encoder, whole texts and their parts are centred by means of their own, and a document's vector is
//! the sum of its text's and of the mean of its parts': one fitting paragraph counts in a long story (nDCG@10 on the
//! development data .78, of whole texts alone .75).

use super::format::{Array, GrowingStrings, Reader, Strings, Writer, damaged};
use crate::error::{Error, Result};
use crate::model::{Language, Side, Vectors};
use crate::parallel;
use crate::semantic::{Means, SubwordMap, normalise};
use crate::taxonomy::{LabelKind, Taxonomy};
use xxhash_rust::xxh3::xxh3_64;

/// Labels of a language that stand for typical texts while a pool is small.
const LABELS: usize = 256;

/// One space of vectors.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    /// The encoder's name; empty for the map.
    model: String,
    documents: Means,
    parts: Means,
}

impl Space {
    pub(crate) fn dimensions(&self) -> usize {
        self.documents.dimensions()
    }
}

/// What a pool's documents give for the means.
pub(super) struct Texts<'a> {
    pub ids: &'a GrowingStrings,
    /// Places in [`Language::ALL`].
    pub languages: &'a [u8],
    /// Rows of so many values; zeros for none.
    pub width: usize,
    pub mapped: &'a [f32],
    pub given: &'a [Option<Vectors>],
}

/// The spaces of a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meaning {
    /// The digest of the map that the documents were mapped with.
    pub map: Option<u64>,
    pub mapped: Option<Space>,
    pub given: Option<Space>,
}

pub(super) fn digest(map: &SubwordMap) -> u64 {
    xxh3_64(map.bytes())
}

fn language(place: u8) -> Option<Language> {
    Language::ALL.get(usize::from(place)).copied()
}

/// What every text has in common with a taxonomy's labels in its language.
fn prior(taxonomy: &Taxonomy, map: &SubwordMap) -> Result<Means> {
    let mut means = Means::new(map.dimensions());
    for l in Language::ALL {
        let labels: Vec<&str> = (taxonomy.concepts().iter())
            .filter_map(|c| c.labels.iter().find(|x| x.language == l && x.kind == LabelKind::Preferred))
            .map(|x| x.text.as_str())
            .collect();
        for label in labels.iter().step_by(labels.len().div_ceil(LABELS).max(1)) {
            if let Some(v) = map.embed(label, Some(l)) {
                means.add(&v, Side::Profiles, Some(l))?;
                means.add(&v, Side::Challenges, Some(l))?;
            }
        }
    }
    Ok(means)
}

impl Meaning {
    /// The means of a pool.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for vectors of two models or of two lengths.
    pub(super) fn new(taxonomy: &Taxonomy, people: &Texts, problems: &Texts) -> Result<Self> {
        let sides = [(Side::Profiles, people), (Side::Challenges, problems)];
        let mut meaning = Self::default();
        if let Some(map) = taxonomy.map() {
            let mut documents = Means::new(map.dimensions()).with_prior(&prior(taxonomy, map)?)?;
            for (side, texts) in sides {
                let rows = texts.mapped.chunks_exact(texts.width.max(1)).zip(texts.languages);
                for (vector, &l) in rows.filter(|(v, _)| is_there(v)) {
                    documents.add(vector, side, language(l))?;
                }
            }
            meaning.map = Some(digest(map));
            meaning.mapped = Some(Space { model: String::new(), documents, parts: Means::new(map.dimensions()) });
        }
        for (side, texts) in sides {
            for ((i, vectors), &l) in texts.given.iter().enumerate().zip(texts.languages) {
                let Some(v) = vectors else { continue };
                let space = meaning.given.get_or_insert_with(|| {
                    let means = Means::new(v.document.len());
                    Space { model: v.model.clone(), documents: means.clone(), parts: means }
                });
                same_model(space, v).map_err(|e| {
                    let message = format!("{} \"{}\": {}", side.name(), texts.ids.get(i), e.message());
                    Error::invalid(e.path(), message)
                })?;
                space.documents.add(&v.document, side, language(l))?;
                v.parts.iter().try_for_each(|p| space.parts.add(p, side, language(l)))?;
            }
        }
        Ok(meaning)
    }

    /// That a new document's vectors are of the pool's encoder.
    pub(super) fn check(&self, vectors: Option<&Vectors>) -> Result<()> {
        let (Some(space), Some(v)) = (&self.given, vectors) else { return Ok(()) };
        same_model(space, v)
    }

    /// A vector of the map, centred as the pool's are.
    pub(crate) fn centre(&self, vector: &[f32], side: Side, language: Option<Language>) -> Option<Vec<f32>> {
        self.mapped.as_ref()?.documents.centre(vector, side, language)
    }

    /// The rows of documents in the map's space.
    pub(super) fn mapped(&self, mut rows: Vec<f32>, side: Side, languages: &[u8]) -> Vec<f32> {
        let Some(space) = &self.mapped else { return Vec::new() };
        let width = space.dimensions();
        // A language that is none has the last place.
        let centre: [_; Language::ALL.len() + 1] =
            std::array::from_fn(|l| space.documents.centring(side, Language::ALL.get(l).copied()));
        parallel::each_row(&mut rows, width, |i, row| {
            let centred = centre[usize::from(languages[i])](row).filter(|_| is_there(row));
            row.copy_from_slice(&centred.unwrap_or_else(|| vec![0.0; width]));
        });
        rows
    }

    /// The rows of documents in the encoder's space.
    pub(super) fn given(&self, mut vectors: Vec<Option<Vectors>>, side: Side, languages: &[u8]) -> Vec<f32> {
        let Some(space) = &self.given else { return Vec::new() };
        let mut rows = Vec::with_capacity(vectors.len() * space.dimensions());
        for some in parallel::chunks(vectors.len()) {
            let row = |i: usize| space.row(vectors[i].as_ref(), side, language(languages[i]));
            rows.extend(parallel::map(some.len(), |i| row(some.start + i)).iter().flatten());
            vectors[some].fill(None);
        }
        rows
    }
}

impl Space {
    /// A document's vector: its text's and the mean of its parts'.
    fn row(&self, vectors: Option<&Vectors>, side: Side, language: Option<Language>) -> Vec<f32> {
        let mut row = vec![0.0; self.dimensions()];
        let Some(v) = vectors else { return row };
        let mut add = |other: &[f32]| row.iter_mut().zip(other).for_each(|(a, b)| *a += b);
        if let Some(whole) = self.documents.centre(&v.document, side, language) {
            add(&whole);
        }
        let mut mean = vec![0.0_f32; self.dimensions()];
        for part in v.parts.iter().filter_map(|p| self.parts.centre(p, side, language)) {
            mean.iter_mut().zip(part).for_each(|(a, b)| *a += b);
        }
        if normalise(&mut mean) {
            add(&mean);
        }
        normalise(&mut row);
        row
    }
}

/// Whether a row of the map's vectors is one: those have unit length.
fn is_there(row: &[f32]) -> bool {
    row.iter().any(|&v| v != 0.0)
}

fn same_model(space: &Space, v: &Vectors) -> Result<()> {
    if v.model != space.model {
        let message = format!("vectors of \"{}\" beside those of \"{}\"; encode all with one", v.model, space.model);
        return Err(Error::invalid("/vectors/model", message));
    }
    if v.document.len() != space.dimensions() {
        let message = format!("has {} numbers, the other documents' have {}", v.document.len(), space.dimensions());
        return Err(Error::invalid("/vectors/document", message));
    }
    Ok(())
}

impl Meaning {
    pub(super) fn write<'a>(&'a self, to: &mut Writer<'a>) {
        to.own(self.map.map_or_else(Vec::new, |map| map.to_le_bytes().to_vec()));
        for space in [&self.mapped, &self.given] {
            let means = |of: fn(&Space) -> &Means| space.as_ref().map_or_else(Vec::new, |s| of(s).to_bytes());
            to.text(space.as_ref().map(|s| s.model.as_str()));
            to.own(means(|s| &s.documents));
            to.own(means(|s| &s.parts));
        }
    }
    pub(super) fn read(from: &mut Reader) -> Result<Self> {
        let map: Array<u64> = Array::read_whole(from);
        let mut space = || -> Result<Option<Space>> {
            let model = Strings::read_whole(from);
            let (documents, parts): (Array<u8>, Array<u8>) = (Array::read_whole(from), Array::read_whole(from));
            from.so_far()?;
            if model.len() == 0 {
                return Ok(None);
            }
            let (documents, parts) = (Means::from_bytes(&documents)?, Means::from_bytes(&parts)?);
            if documents.dimensions() != parts.dimensions() {
                return Err(damaged("its means have different lengths"));
            }
            Ok(Some(Space { model: model.get(0).to_owned(), documents, parts }))
        };
        Ok(Self { map: map.first().copied(), mapped: space()?, given: space()? })
    }
}
