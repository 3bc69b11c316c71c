//! One side of a snapshot as columns: row `i` of every column is document `i`, ascending by id.
//!
//! A new document that a caller asks about becomes columns of one row, so that there is one path for both.

use super::format::{Array, Lists, Packed, Reader, Strings, Writer, damaged};
use crate::error::Result;

/// No number: a place without a name, a claim that no document spells out, a label that the snapshot does not know.
pub(crate) const NONE: u32 = u32::MAX;
/// No day.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// What both sides have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Common {
    pub ids: Strings,
    pub json: Strings,
    /// The document's language, in the order of [`Language::ALL`](crate::Language::ALL), or [`NO_LANGUAGE`].
    pub language: Array<u8>,
    /// One bit per language of the sentences, and [`FOREIGN`].
    pub languages: Array<u8>,
    /// Content words.
    pub words: Array<u32>,
    pub term_lists: Lists,
    /// Ascending.
    pub terms: Array<u32>,
    /// BM25 impact in a profile, idf times weight in a challenge.
    pub impacts: Array<f32>,
    pub skill_lists: Lists,
    /// The two letters of the code.
    pub skill_codes: Array<u16>,
    pub skill_levels: Array<u8>,
    /// On the unit sphere, three numbers a document; NaN where not told.
    pub points: Array<f64>,
    /// Kilometres.
    pub radii: Array<f64>,
    /// The folded name's number among the snapshot's places.
    pub places: Array<u32>,
    /// 0 not told, 1 no, 2 yes.
    pub remote: Array<u8>,
    /// Days since 1970.
    pub from: Array<i32>,
    pub until: Array<i32>,
    /// NaN where not told.
    pub hours: Array<f64>,
    /// A bit per route.
    pub routes: Array<u8>,
    /// Centred vectors of the taxonomy's map, a row a document, zeros where there is none; empty without a map.
    pub mapped: Array<f32>,
    /// The same of the caller's encoder.
    pub given: Array<f32>,
}

/// No language that is supported.
pub(crate) const NO_LANGUAGE: u8 = 3;
/// Words, but in no supported language.
pub(crate) const FOREIGN: u8 = 1 << 7;

/// The people.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profiles {
    pub common: Common,
    pub claim_lists: Lists,
    pub claim_keys: Array<u32>,
    /// Trust in the claim, 0 to 1.
    pub claim_strengths: Array<f64>,
    /// 0 not told.
    pub claim_levels: Array<u8>,
    /// Its number among the document's claims; [`NONE`] if its text names it.
    pub claim_sources: Array<u32>,
    pub wish_lists: Lists,
    pub wish_keys: Array<u32>,
    pub wish_avoids: Array<u8>,
}

/// The problems.
#[derive(Debug, Clone, Default)]
pub(crate) struct Challenges {
    pub common: Common,
    /// What the terms, the unknown ones too, could give at most.
    pub most: Array<f64>,
    pub need_lists: Lists,
    pub need_keys: Array<u32>,
    pub need_weights: Array<f64>,
    /// 0 not told.
    pub need_levels: Array<u8>,
    /// 1 for a must.
    pub need_musts: Array<u8>,
    /// Its number among the document's requirements; [`NONE`] if its text names it.
    pub need_sources: Array<u32>,
    /// What a person can do or learn there: the competences that are needed and those that are taught, ascending.
    pub offer_lists: Lists,
    pub offer_keys: Array<u32>,
}

/// Where a number (a term, a competence) stands: for each the entries, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Postings {
    pub lists: Lists,
    /// The documents, ascending.
    pub docs: Array<u32>,
    /// Impact of each term; empty for competences.
    pub impacts: Array<f32>,
    /// Places of the requirements or offers in their column; empty for terms.
    pub places: Array<u32>,
}

impl Postings {
    /// Turns lists of numbers around; numbers from `count` on stand nowhere.
    #[expect(clippy::cast_possible_truncation, reason = "counted as u32 by the lists")]
    fn invert(count: usize, lists: &Lists, numbers: &[u32], impacts: Option<&[f32]>) -> Result<Self> {
        let mut lengths = vec![0usize; count];
        numbers.iter().filter(|&&n| (n as usize) < count).for_each(|&n| lengths[n as usize] += 1);
        let total = lengths.iter().sum();
        let inverted = Lists::new(lengths)?;
        let mut next: Vec<usize> = (0..count).map(|n| inverted.range(n).start).collect();
        let mut docs = vec![0; total];
        let mut values = vec![0.0; if impacts.is_some() { total } else { 0 }];
        let mut places = vec![0; if impacts.is_some() { 0 } else { total }];
        for doc in 0..lists.len() {
            for i in lists.range(doc).filter(|&i| (numbers[i] as usize) < count) {
                let at = &mut next[numbers[i] as usize];
                docs[*at] = doc as u32;
                match impacts {
                    Some(impacts) => values[*at] = impacts[i],
                    None => places[*at] = i as u32,
                }
                *at += 1;
            }
        }
        Ok(Self { lists: inverted, docs: docs.into(), impacts: values.into(), places: places.into() })
    }

    fn check(&self, count: usize, docs: usize, entries: Option<usize>) -> bool {
        let n = self.docs.len();
        self.lists.fill(count, n)
            && self.docs.iter().all(|&d| (d as usize) < docs)
            && positive(&self.impacts)
            && match entries {
                None => self.impacts.len() == n && self.places.is_empty(),
                Some(entries) => {
                    self.impacts.is_empty()
                        && self.places.len() == n
                        && self.places.iter().all(|&p| (p as usize) < entries)
                }
            }
    }
}

fn positive(values: &[f32]) -> bool {
    values.iter().all(|v| v.is_finite() && *v > 0.0)
}

fn within(values: &[f64], low: f64, high: f64) -> bool {
    values.iter().all(|v| (low..=high).contains(v))
}

impl Packed for Common {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.ids.write(to);
        self.json.write(to);
        self.language.write(to);
        self.languages.write(to);
        self.words.write(to);
        self.term_lists.write(to);
        self.terms.write(to);
        self.impacts.write(to);
        self.skill_lists.write(to);
        self.skill_codes.write(to);
        self.skill_levels.write(to);
        self.points.write(to);
        self.radii.write(to);
        self.places.write(to);
        self.remote.write(to);
        self.from.write(to);
        self.until.write(to);
        self.hours.write(to);
        self.routes.write(to);
        self.mapped.write(to);
        self.given.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        Self {
            // A snapshot tells them before anybody matches.
            ids: Strings::read_whole(from),
            json: Packed::read(from),
            language: Packed::read(from),
            languages: Packed::read(from),
            words: Packed::read(from),
            term_lists: Packed::read(from),
            terms: Packed::read(from),
            impacts: Packed::read(from),
            skill_lists: Packed::read(from),
            skill_codes: Packed::read(from),
            skill_levels: Packed::read(from),
            points: Packed::read(from),
            radii: Packed::read(from),
            places: Packed::read(from),
            remote: Packed::read(from),
            from: Packed::read(from),
            until: Packed::read(from),
            hours: Packed::read(from),
            routes: Packed::read(from),
            mapped: Packed::read(from),
            given: Packed::read(from),
        }
    }
}

impl Common {
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    fn check(&self, terms: usize, places: usize, widths: [usize; 2]) -> Result<()> {
        let n = self.len();
        let columns = [
            self.json.len(),
            self.language.len(),
            self.languages.len(),
            self.words.len(),
            self.radii.len(),
            self.places.len(),
            self.remote.len(),
            self.from.len(),
            self.until.len(),
            self.hours.len(),
            self.routes.len(),
        ];
        let whole = columns.iter().all(|&c| c == n)
            && self.points.len() == 3 * n
            && [self.mapped.len(), self.given.len()] == widths.map(|w| w * n)
            && self.term_lists.fill(n, self.terms.len())
            && self.impacts.len() == self.terms.len()
            && self.skill_lists.fill(n, self.skill_codes.len())
            && self.skill_levels.len() == self.skill_codes.len();
        if !whole {
            return Err(damaged("its columns have different lengths"));
        }
        let sound = self.json.sound()
            && self.ids.ascends(0..n)
            && self.language.iter().all(|&l| l <= NO_LANGUAGE)
            && positive(&self.impacts)
            && self.terms.iter().all(|&t| (t as usize) < terms)
            && (0..n).all(|i| self.terms[self.term_lists.range(i)].is_sorted_by(|a, b| a < b))
            && self.skill_levels.iter().all(|l| (1..=6).contains(l))
            && self.mapped.iter().chain(&*self.given).all(|x| x.abs() <= 1.01)
            && self.points.iter().all(|x| x.is_nan() || x.abs() <= 1.0)
            && within(&self.radii, 0.0, 20_100.0)
            && self.places.iter().all(|&p| p == NONE || (p as usize) < places)
            && self.remote.iter().all(|&r| r <= 2)
            && self.hours.iter().all(|h| h.is_nan() || (0.0..=168.0).contains(h))
            // Jiff's years are -9999 to 9999.
            && self.from.iter().chain(&*self.until).all(|&d| d == NO_DAY || d.abs() < 5_000_000);
        if sound { Ok(()) } else { Err(damaged("a column holds what it cannot")) }
    }
}

impl Packed for Profiles {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.common.write(to);
        self.claim_lists.write(to);
        self.claim_keys.write(to);
        self.claim_strengths.write(to);
        self.claim_levels.write(to);
        self.claim_sources.write(to);
        self.wish_lists.write(to);
        self.wish_keys.write(to);
        self.wish_avoids.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        Self {
            common: Packed::read(from),
            claim_lists: Packed::read(from),
            claim_keys: Packed::read(from),
            claim_strengths: Packed::read(from),
            claim_levels: Packed::read(from),
            claim_sources: Packed::read(from),
            wish_lists: Packed::read(from),
            wish_keys: Packed::read(from),
            wish_avoids: Packed::read(from),
        }
    }
}

impl Profiles {
    pub(super) fn check(&self, terms: usize, places: usize, keys: usize, widths: [usize; 2]) -> Result<()> {
        self.common.check(terms, places, widths)?;
        let (n, claims) = (self.common.len(), self.claim_keys.len());
        let sound = self.claim_lists.fill(n, claims)
            && [self.claim_strengths.len(), self.claim_levels.len(), self.claim_sources.len()] == [claims; 3]
            && self.wish_lists.fill(n, self.wish_keys.len())
            && self.wish_avoids.len() == self.wish_keys.len()
            && within(&self.claim_strengths, 0.0, 1.0)
            && self.claim_levels.iter().all(|&l| l <= 5)
            && self.claim_keys.iter().chain(&*self.wish_keys).all(|&k| (k as usize) < keys);
        if sound { Ok(()) } else { Err(damaged("a claim or wish holds what it cannot")) }
    }
}

impl Packed for Challenges {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.common.write(to);
        self.most.write(to);
        self.need_lists.write(to);
        self.need_keys.write(to);
        self.need_weights.write(to);
        self.need_levels.write(to);
        self.need_musts.write(to);
        self.need_sources.write(to);
        self.offer_lists.write(to);
        self.offer_keys.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        Self {
            common: Packed::read(from),
            most: Packed::read(from),
            need_lists: Packed::read(from),
            need_keys: Packed::read(from),
            need_weights: Packed::read(from),
            need_levels: Packed::read(from),
            need_musts: Packed::read(from),
            need_sources: Packed::read(from),
            offer_lists: Packed::read(from),
            offer_keys: Packed::read(from),
        }
    }
}

impl Challenges {
    pub(super) fn check(&self, terms: usize, places: usize, keys: usize, widths: [usize; 2]) -> Result<()> {
        self.common.check(terms, places, widths)?;
        let (n, needs) = (self.common.len(), self.need_keys.len());
        let columns = [self.need_weights.len(), self.need_levels.len(), self.need_musts.len(), self.need_sources.len()];
        let sound = self.most.len() == n
            && self.need_lists.fill(n, needs)
            && columns == [needs; 4]
            && self.offer_lists.fill(n, self.offer_keys.len())
            && within(&self.most, 0.0, f64::MAX)
            && self.need_weights.iter().all(|&w| w > 0.0 && w <= 1.0)
            && self.need_levels.iter().all(|&l| l <= 5)
            && self.need_keys.iter().chain(&*self.offer_keys).all(|&k| (k as usize) < keys);
        if sound { Ok(()) } else { Err(damaged("a requirement holds what it cannot")) }
    }
}

impl Packed for Postings {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.lists.write(to);
        self.docs.write(to);
        self.impacts.write(to);
        self.places.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        Self {
            lists: Packed::read(from),
            docs: Packed::read(from),
            impacts: Packed::read(from),
            places: Packed::read(from),
        }
    }
}

/// The challenges' columns turned around.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inverted {
    /// Terms to documents.
    pub terms: Postings,
    /// Competences to requirements.
    pub keys: Postings,
    /// Competences to offers.
    pub wishes: Postings,
}

impl Packed for Inverted {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.terms.write(to);
        self.keys.write(to);
        self.wishes.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        Self { terms: Packed::read(from), keys: Packed::read(from), wishes: Packed::read(from) }
    }
}

impl Inverted {
    pub(super) fn new(c: &Challenges, terms: usize, keys: usize) -> Result<Self> {
        Ok(Self {
            terms: Postings::invert(terms, &c.common.term_lists, &c.common.terms, Some(&c.common.impacts))?,
            keys: Postings::invert(keys, &c.need_lists, &c.need_keys, None)?,
            wishes: Postings::invert(keys, &c.offer_lists, &c.offer_keys, None)?,
        })
    }

    /// `entries`: how many requirements and offers there are.
    pub(super) fn check(&self, docs: usize, terms: usize, keys: usize, entries: [usize; 2]) -> Result<()> {
        let sound = self.terms.check(terms, docs, None)
            && self.keys.check(keys, docs, Some(entries[0]))
            && self.wishes.check(keys, docs, Some(entries[1]));
        if sound { Ok(()) } else { Err(damaged("an inverted list holds what it cannot")) }
    }

    pub(super) fn is_empty(&self) -> bool {
        [&self.terms, &self.keys, &self.wishes].iter().all(|p| p.docs.is_empty())
    }
}
