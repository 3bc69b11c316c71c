//! The compiled form of profiles and challenges: an immutable, portable file that every host reads alike.
//!
//! Form, little-endian: the magic `OSUMASNP`; `u32` version; `u32` number of sections; per section a `u32` tag and a
//! `u64` length; the sections; and the `u64` XXH3 of everything before it. Texts are JSON, numbers are packed. The
//! same documents, taxonomy and settings give the same bytes, whatever the order in which they came.
//!
//! Promise: damaged bytes are an error, never a panic, a huge allocation or a wrong answer: the checksum is compared
//! first, then every length and index is checked.

use crate::content::{ChallengeContent, ProfileContent, Words};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Challenge, Document, Profile, Side};
use crate::signal::{CompiledChallenge, CompiledProfile, impact};
use crate::taxonomy::{Concept, Taxonomy};
use crate::text::Analyzer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"OSUMASNP";
const VERSION: u32 = 1;
/// A gram counts a fifth of a word: a word of seven letters has twelve grams.
/// A first choice, not yet measured.
const GRAM: f64 = 0.2;

/// How texts are analysed and weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Shortest and longest subword gram in characters; `None` for words alone.
    pub subwords: Option<(usize, usize)>,
    /// BM25's saturation of repeated terms, above 0.
    pub k1: f64,
    /// BM25's normalisation by length, 0 to 1.
    pub b: f64,
}

impl Default for Settings {
    /// Grams of 3 to 5, k1 = 1.2, b = 0.75 (the usual values of BM25).
    fn default() -> Self {
        Self { subwords: Some((3, 5)), k1: 1.2, b: 0.75 }
    }
}

impl Settings {
    pub(crate) fn validate(&self) -> Result<()> {
        if !(self.k1.is_finite() && self.k1 > 0.0) {
            return Err(Error::invalid("/k1", format!("{} is out of range: above 0", self.k1)));
        }
        if !(0.0..=1.0).contains(&self.b) {
            return Err(Error::invalid("/b", format!("{} is out of range: 0 to 1", self.b)));
        }
        if let Some((shortest, longest)) = self.subwords
            && !(2 <= shortest && shortest <= longest && longest <= 10)
        {
            let message = format!("({shortest}, {longest}) is out of range: 2 <= shortest <= longest <= 10");
            return Err(Error::invalid("/subwords", message));
        }
        Ok(())
    }

    pub(crate) fn analyzer(&self) -> Analyzer {
        Analyzer { subwords: self.subwords }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    settings: Settings,
    /// Documents of both sides, for idf.
    documents: u32,
    /// Content words of a profile, on the average.
    average: f64,
    profiles: bool,
    challenges: bool,
}

/// An immutable, compiled pool. Cheap to clone.
///
/// ```
/// use osuma::{Snapshot, Settings, Taxonomy, from_json};
/// let profile = from_json(r#"{"id": "p", "text": "I bake bread."}"#)?;
/// let challenge = from_json(r#"{"id": "c", "title": "Bread", "text": "Our bakery needs hands."}"#)?;
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![profile], vec![challenge], Settings::default())?;
/// let again = Snapshot::from_bytes(&snapshot.to_bytes())?;
/// assert_eq!(again.to_bytes(), snapshot.to_bytes());
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) data: Arc<Data>,
}

#[derive(Debug)]
pub(crate) struct Data {
    head: Head,
    pub taxonomy: Taxonomy,
    /// Ascending.
    pub terms: Vec<String>,
    /// Documents of both sides that have the term.
    counts: Vec<u32>,
    idf: Vec<f64>,
    pub telling: Vec<bool>,
    /// Ascending by id.
    pub profiles: Vec<CompiledProfile>,
    /// Ascending by id.
    pub challenges: Vec<CompiledChallenge>,
}

/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, by the `libm` crate: the same bits everywhere.
fn idf(documents: u32, with: u32) -> f64 {
    libm::log(1.0 + (f64::from(documents - with) + 0.5) / (f64::from(with) + 0.5))
}

fn sorted<D: Document>(mut docs: Vec<D>) -> Result<Vec<D>> {
    for (i, d) in docs.iter().enumerate() {
        d.validate().map_err(|e| e.within(&format!("/{i}")))?;
    }
    docs.sort_by(|a, b| a.id().cmp(b.id()));
    if let Some(w) = docs.windows(2).find(|w| w[0].id() == w[1].id()) {
        let side = D::SIDE.name();
        return Err(Error::invalid("/id", format!("id \"{}\" stands twice among the {side}", w[0].id())));
    }
    Ok(docs)
}

impl Snapshot {
    /// Compiles documents. Cost: linear in their text.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a document that is not valid, an id that is given twice, a concept
    /// that the taxonomy does not have, and settings out of range.
    pub fn compile(
        taxonomy: &Taxonomy,
        profiles: Vec<Profile>,
        challenges: Vec<Challenge>,
        settings: Settings,
    ) -> Result<Self> {
        settings.validate()?;
        let (profiles, challenges) = (sorted(profiles)?, sorted(challenges)?);
        let within = |side: Side, id: &str| {
            let place = format!("{} \"{id}\"", side.name());
            move |e: Error| Error::new(e.kind(), e.path(), format!("{place}: {}", e.message()))
        };
        let analyzer = settings.analyzer();
        let people = (profiles.iter())
            .map(|p| ProfileContent::new(p, taxonomy, analyzer).map_err(within(Side::Profiles, &p.id)))
            .collect::<Result<Vec<_>>>()?;
        let problems = (challenges.iter())
            .map(|c| ChallengeContent::new(c, taxonomy, analyzer).map_err(within(Side::Challenges, &c.id)))
            .collect::<Result<Vec<_>>>()?;
        let mut with: BTreeMap<&str, u32> = BTreeMap::new();
        let texts = people.iter().map(|p| &p.words).chain(problems.iter().map(|c| &c.words));
        for term in texts.flat_map(|w| w.terms.keys()) {
            *with.entry(term).or_insert(0) += 1;
        }
        let lengths: u64 = people.iter().map(|p| u64::from(p.words.length)).sum();
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 words")]
        let average = if lengths == 0 { 1.0 } else { lengths as f64 / people.len() as f64 };
        let documents = u32::try_from(people.len() + problems.len())
            .map_err(|_| Error::invalid("", "more than 4,294,967,295 documents; split them"))?;
        let head = Head { settings, documents, average, profiles: true, challenges: true };
        let (terms, counts) = with.into_iter().map(|(t, n)| (t.to_owned(), n)).unzip();
        let mut data = Data::new(head, taxonomy.clone(), terms, counts);
        data.profiles = profiles.into_iter().zip(people).map(|(p, c)| data.profile(p, c)).collect();
        data.challenges = challenges.into_iter().zip(problems).map(|(c, x)| data.challenge(c, x)).collect();
        Ok(Self { data: Arc::new(data) })
    }

    /// The snapshot with one side only, as a web page needs that ranks challenges for a profile of its own. Scores
    /// stay the same to the bit.
    ///
    /// # Errors
    /// [`MissingSide`](ErrorKind::MissingSide) if the snapshot does not hold the side.
    pub fn only(&self, side: Side) -> Result<Self> {
        self.require(side)?;
        let d = &*self.data;
        let head = Head { profiles: side == Side::Profiles, challenges: side == Side::Challenges, ..d.head };
        let mut data = Data::new(head, d.taxonomy.clone(), d.terms.clone(), d.counts.clone());
        match side {
            Side::Profiles => data.profiles.clone_from(&d.profiles),
            Side::Challenges => data.challenges.clone_from(&d.challenges),
        }
        Ok(Self { data: Arc::new(data) })
    }

    pub(crate) fn require(&self, side: Side) -> Result<()> {
        let there = match side {
            Side::Profiles => self.data.head.profiles,
            Side::Challenges => self.data.head.challenges,
        };
        let message = || format!("this snapshot does not hold {0}; make one that does", side.name());
        if there { Ok(()) } else { Err(Error::new(ErrorKind::MissingSide, "", message())) }
    }

    /// The taxonomy.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.data.taxonomy
    }

    /// The profiles, ascending by id.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = &Profile> {
        self.data.profiles.iter().map(|p| &p.doc)
    }

    /// The challenges, ascending by id.
    pub fn challenges(&self) -> impl ExactSizeIterator<Item = &Challenge> {
        self.data.challenges.iter().map(|c| &c.doc)
    }

    /// The snapshot as bytes, the same on every platform. Cost: linear.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let d = &*self.data;
        let json = |value: serde_json::Result<Vec<u8>>| value.unwrap_or_default();
        let profiles: Vec<&Profile> = self.profiles().collect();
        let challenges: Vec<&Challenge> = self.challenges().collect();
        let counts = d.counts.iter().flat_map(|n| n.to_le_bytes()).collect();
        let sections = [
            json(serde_json::to_vec(&d.head)),
            json(serde_json::to_vec(d.taxonomy.concepts())),
            json(serde_json::to_vec(&d.terms)),
            counts,
            json(serde_json::to_vec(&profiles)),
            json(serde_json::to_vec(&challenges)),
        ];
        let mut out = Vec::with_capacity(sections.iter().map(|s| s.len() + 12).sum::<usize>() + 24);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(sections.len() as u32).to_le_bytes());
        for (tag, s) in (0u32..).zip(&sections) {
            out.extend_from_slice(&tag.to_le_bytes());
            out.extend_from_slice(&(s.len() as u64).to_le_bytes());
        }
        sections.iter().for_each(|s| out.extend_from_slice(s));
        let sum = xxh3_64(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads a snapshot. Cost: linear; the documents are analysed again.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) for bytes that are not a whole snapshot, [`Version`](ErrorKind::Version) for one
    /// of another version of osuma.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = |what: &str| Error::new(ErrorKind::Damaged, "", format!("not a whole snapshot: {what}"));
        let mut rest = bytes;
        if take(&mut rest, 8) != Some(MAGIC.as_slice()) {
            return Err(damaged("it does not begin with OSUMASNP"));
        }
        let version = take_u32(&mut rest).ok_or_else(|| damaged("it ends in its head"))?;
        let Some((body, sum)) = bytes.split_last_chunk::<8>() else { return Err(damaged("it has no checksum")) };
        if xxh3_64(body) != u64::from_le_bytes(*sum) {
            return Err(damaged("its checksum differs; fetch or make it again"));
        }
        if version != VERSION {
            let message = format!("the snapshot has version {version}, this osuma reads {VERSION}; make it again");
            return Err(Error::new(ErrorKind::Version, "", message));
        }
        let sections = sections(rest).ok_or_else(|| damaged("its sections do not fill it"))?;
        let [head, concepts, terms, counts, profiles, challenges] = sections;
        let head: Head = section("head", head)?;
        head.settings.validate().map_err(|e| damaged(e.message()))?;
        let concepts: Vec<Concept> = section("taxonomy", concepts)?;
        let taxonomy = Taxonomy::new(concepts).map_err(|e| damaged(&e.to_string()))?;
        let terms: Vec<String> = section("terms", terms)?;
        let (chunks, tail) = counts.as_chunks::<4>();
        let counts: Vec<u32> = chunks.iter().map(|c| u32::from_le_bytes(*c)).collect();
        let sound = tail.is_empty()
            && counts.len() == terms.len()
            && counts.iter().all(|&n| 0 < n && n <= head.documents)
            && terms.windows(2).all(|w| w[0] < w[1])
            && head.average.is_finite()
            && head.average > 0.0;
        if !sound {
            return Err(damaged("its terms are not in order"));
        }
        let profiles: Vec<Profile> = section("profiles", profiles)?;
        let challenges: Vec<Challenge> = section("challenges", challenges)?;
        if (!head.profiles && !profiles.is_empty()) || (!head.challenges && !challenges.is_empty()) {
            return Err(damaged("it holds a side that its head denies"));
        }
        let wrong = |e: Error| damaged(&e.to_string());
        let mut data = Data::new(head, taxonomy, terms, counts);
        data.profiles = (sorted(profiles).map_err(wrong)?.into_iter())
            .map(|p| data.compile_profile(p))
            .collect::<Result<_>>()
            .map_err(wrong)?;
        data.challenges = (sorted(challenges).map_err(wrong)?.into_iter())
            .map(|c| data.compile_challenge(c))
            .collect::<Result<_>>()
            .map_err(wrong)?;
        Ok(Self { data: Arc::new(data) })
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(head)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
}

/// The sections behind magic and version; `None` if they do not exactly fill the bytes before the checksum.
fn sections(mut rest: &[u8]) -> Option<[&[u8]; 6]> {
    if take_u32(&mut rest)? != 6 {
        return None;
    }
    let mut lengths = [0; 6];
    for (tag, length) in (0..).zip(&mut lengths) {
        if take_u32(&mut rest)? != tag {
            return None;
        }
        let bytes = take(&mut rest, 8)?.try_into().ok()?;
        *length = usize::try_from(u64::from_le_bytes(bytes)).ok()?;
    }
    let mut sections: [&[u8]; 6] = [&[]; 6];
    for (section, length) in sections.iter_mut().zip(lengths) {
        *section = take(&mut rest, length)?;
    }
    (rest.len() == 8).then_some(sections)
}

fn section<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    let wrong = |e: String| Error::new(ErrorKind::Damaged, "", format!("not a whole snapshot: {name}: {e}"));
    let text = std::str::from_utf8(bytes).map_err(|e| wrong(e.to_string()))?;
    crate::model::parse(text).map_err(|e| wrong(e.to_string()))
}

impl Data {
    fn new(head: Head, taxonomy: Taxonomy, terms: Vec<String>, counts: Vec<u32>) -> Self {
        let idf = counts.iter().map(|&n| idf(head.documents, n)).collect();
        let longest = head.settings.subwords.map_or(0, |s| s.1);
        // A gram stands behind a `~`, so it is one character longer.
        let telling = terms.iter().map(|t| !t.starts_with('~') || t.chars().count() > longest).collect();
        Self { head, taxonomy, terms, counts, idf, telling, profiles: Vec::new(), challenges: Vec::new() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.head.settings
    }

    pub(crate) fn compile_profile(&self, p: Profile) -> Result<CompiledProfile> {
        p.validate()?;
        let content = ProfileContent::new(&p, &self.taxonomy, self.settings().analyzer())?;
        Ok(self.profile(p, content))
    }

    pub(crate) fn compile_challenge(&self, c: Challenge) -> Result<CompiledChallenge> {
        c.validate()?;
        let content = ChallengeContent::new(&c, &self.taxonomy, self.settings().analyzer())?;
        Ok(self.challenge(c, content))
    }

    fn known_terms<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = (Option<usize>, &'a str, u32)> {
        let find = |t: &String| self.terms.binary_search(t).ok();
        words.terms.iter().map(move |(t, &tf)| (find(t), t.as_str(), tf))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a term's number fits u32: it was counted so")]
    fn profile(&self, doc: Profile, content: ProfileContent) -> CompiledProfile {
        let Settings { k1, b, .. } = *self.settings();
        let words = &content.words;
        let terms = (self.known_terms(words))
            .filter_map(|(id, _, tf)| Some((id? as u32, impact(tf, words, k1, b, self.head.average))))
            .collect();
        let (languages, foreign) = (words.languages, words.foreign);
        CompiledProfile { doc, terms, held: content.held, wishes: content.wishes, languages, foreign }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a term's number fits u32: it was counted so")]
    fn challenge(&self, doc: Challenge, content: ChallengeContent) -> CompiledChallenge {
        let Settings { k1, .. } = *self.settings();
        let words = &content.words;
        let unseen = idf(self.head.documents, 0);
        let mut most = 0.0;
        let mut terms = Vec::new();
        for (id, term, tf) in self.known_terms(words) {
            let kind = if term.starts_with('~') { GRAM } else { 1.0 };
            // A challenge is the query: repeated words count more, its length does not (b = 0).
            let weight = kind * id.map_or(unseen, |i| self.idf[i]) * impact(tf, words, k1, 0.0, 1.0);
            most += weight * (k1 + 1.0);
            if let Some(id) = id {
                terms.push((id as u32, weight));
            }
        }
        let ChallengeContent { needed, teaches, .. } = content;
        let (languages, foreign) = (content.words.languages, content.words.foreign);
        CompiledChallenge { doc, terms, most, needed, teaches, languages, foreign }
    }
}
