//! What the engine takes from one document: its terms, the concepts it holds or needs, and whether it says anything.
//!
//! The one place where texts, claims and requirements meet the taxonomy. A document of a pool and one that a caller
//! asks about go through the same functions, so that they score alike to the bit.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Challenge, Importance, Profile, Status};
use crate::taxonomy::{Mention, Taxonomy};
use crate::text::{Analysis, Analyzer, Token};
use std::collections::{BTreeMap, BTreeSet};

/// What a person's own word counts, before anybody confirmed it.
const STATED: f64 = 0.9;
/// A recognised claim whose confidence the caller did not keep.
const RECOGNISED: f64 = 0.7;
/// What a requirement counts by its importance.
const MUST: f64 = 1.0;
const SHOULD: f64 = 0.6;
const NICE: f64 = 0.3;

/// A competence by its URI, or by the key of a free label (`label:` and its stems).
pub(crate) type Key = String;

/// A competence that a profile holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Held {
    pub key: Key,
    /// The URI, or a free label as it was written.
    pub shown: String,
    /// Trust in the claim, 0 to 1.
    pub strength: f64,
    pub level: Option<u8>,
}

/// A competence that a challenge needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Needed {
    pub key: Key,
    /// The URI, or a free label as it was written.
    pub shown: String,
    pub weight: f64,
    pub level: Option<u8>,
    pub must: bool,
}

/// The terms of a document's text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Words {
    pub terms: BTreeMap<String, u32>,
    /// Content words.
    pub length: u32,
    /// One bit per language of its sentences.
    pub languages: u8,
    /// There are words, but in no supported language.
    pub foreign: bool,
}

/// A profile as the engine sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProfileContent {
    pub words: Words,
    pub held: Vec<Held>,
    /// Wishes: competence, and whether it is to be avoided.
    pub wishes: Vec<(Key, bool)>,
}

/// A challenge as the engine sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChallengeContent {
    pub words: Words,
    pub needed: Vec<Needed>,
    pub teaches: Vec<Key>,
}

fn words(analyzer: Analyzer, analysis: &Analysis) -> Words {
    let languages = analysis.sentences.iter().filter_map(|s| s.language).fold(0, |bits, l| bits | 1 << l as u8);
    if languages == 0 {
        return Words { foreign: !analysis.tokens.is_empty(), ..Words::default() };
    }
    let terms = analyzer.terms(analysis);
    let length = analysis.tokens.iter().filter(|t| !t.stop && !t.negated).count();
    Words { terms, length: u32::try_from(length).unwrap_or(u32::MAX), languages, foreign: false }
}

/// The competence that a concept or label names.
fn key(taxonomy: &Taxonomy, path: &str, concept: Option<&String>, label: Option<&String>) -> Result<Key> {
    match (concept, label) {
        (Some(uri), _) => match taxonomy.concept(uri) {
            Ok(c) => Ok(c.uri.clone()),
            Err(e) => Err(Error::new(ErrorKind::InvalidInput, format!("{path}/concept"), e.message())),
        },
        (None, label) => Ok(label_key(taxonomy, label.map_or("", String::as_str))),
    }
}

/// The concept whose label this is, else a key of the label's own stems.
fn label_key(taxonomy: &Taxonomy, label: &str) -> Key {
    let analysis = Analyzer { subwords: None }.analyse(label, None);
    let best = taxonomy
        .recognise_in(&analysis)
        .into_iter()
        .filter(|m| m.end - m.start == label.trim().len())
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let stems = || analysis.tokens.iter().map(|t| t.stem.as_str()).collect::<Vec<_>>().join(" ");
    best.map_or_else(|| format!("label:{}", stems()), |m| m.concept)
}

/// What a person is shown of a competence: the label as written where it stands for itself, else the URI.
fn shown(key: &Key, label: Option<&String>) -> String {
    label.filter(|_| key.starts_with("label:")).unwrap_or(key).clone()
}

fn trust(status: Status, confidence: Option<f64>) -> f64 {
    match status {
        Status::Confirmed => 1.0,
        Status::Stated => STATED,
        Status::Recognised => confidence.unwrap_or(RECOGNISED),
        Status::Rejected => 0.0,
    }
}

impl ProfileContent {
    pub(crate) fn new(p: &Profile, taxonomy: &Taxonomy, analyzer: Analyzer) -> Result<Self> {
        let analysis = analyzer.analyse(&p.text, p.language);
        let mut rejected = BTreeSet::new();
        let mut held = Vec::new();
        for (i, s) in p.skills.iter().enumerate() {
            let key = key(taxonomy, &format!("/skills/{i}"), s.concept.as_ref(), s.label.as_ref())?;
            if s.status == Status::Rejected {
                rejected.insert(key);
            } else {
                let shown = shown(&key, s.label.as_ref());
                held.push(Held { key, shown, strength: trust(s.status, s.confidence), level: s.level });
            }
        }
        for m in taxonomy.recognise_in(&analysis).into_iter().filter(|m| !m.negated) {
            held.push(Held { shown: m.concept.clone(), key: m.concept, strength: m.confidence, level: None });
        }
        held.retain(|h| !rejected.contains(&h.key));
        held.sort_by(|a, b| a.key.cmp(&b.key).then(b.strength.total_cmp(&a.strength)).then(b.level.cmp(&a.level)));
        held.dedup();
        let wishes = (p.wishes.iter().enumerate())
            .map(|(i, w)| Ok((key(taxonomy, &format!("/wishes/{i}"), w.concept.as_ref(), w.label.as_ref())?, w.avoid)))
            .collect::<Result<_>>()?;
        Ok(Self { words: words(analyzer, &analysis), held, wishes })
    }
}

/// A challenge's title and text as one, and the spans of [`requirement_mentions`] are bytes of it.
pub(crate) fn challenge_text(c: &Challenge) -> String {
    format!("{}\n{}", c.title, c.text)
}

/// Mentions in a challenge that are needs. "We have nobody who can weld" is a need; only "not required" is none.
pub(crate) fn requirement_mentions(analysis: &Analysis, taxonomy: &Taxonomy) -> Vec<Mention> {
    const NOT_NEEDED: &str =
        "tarvita tarvitse vaadita vaadi edellytetä edellytä krävs kräver behövs required needed necessary";
    let denies = |t: &&Token| t.negated && NOT_NEEDED.split(' ').any(|w| w == t.folded);
    let denied: BTreeSet<usize> = analysis.tokens.iter().filter(denies).map(|t| t.sentence).collect();
    let token = |m: &Mention| analysis.tokens.partition_point(|t| t.start < m.start);
    let mut mentions = taxonomy.recognise_in(analysis);
    mentions.retain(|m| !(m.negated && denied.contains(&analysis.tokens[token(m)].sentence)));
    mentions
}

impl ChallengeContent {
    pub(crate) fn new(c: &Challenge, taxonomy: &Taxonomy, analyzer: Analyzer) -> Result<Self> {
        let analysis = analyzer.analyse(&challenge_text(c), c.language);
        let mut named = BTreeSet::new();
        let mut needed: Vec<Needed> = Vec::new();
        for (i, r) in c.requirements.iter().enumerate() {
            let key = key(taxonomy, &format!("/requirements/{i}"), r.concept.as_ref(), r.label.as_ref())?;
            named.insert(key.clone());
            if r.status != Status::Rejected {
                let importance = match r.importance {
                    Importance::Must => MUST,
                    Importance::Should => SHOULD,
                    Importance::Nice => NICE,
                };
                let sure = if r.status == Status::Recognised { trust(r.status, r.confidence) } else { 1.0 };
                let must = r.importance == Importance::Must;
                let shown = shown(&key, r.label.as_ref());
                needed.push(Needed { key, shown, weight: importance * sure, level: r.level, must });
            }
        }
        let mut mentions = requirement_mentions(&analysis, taxonomy);
        mentions.sort_by(|a, b| a.concept.cmp(&b.concept).then(b.confidence.total_cmp(&a.confidence)));
        mentions.dedup_by(|b, a| a.concept == b.concept);
        for m in mentions.into_iter().filter(|m| !named.contains(&m.concept)) {
            let (shown, weight) = (m.concept.clone(), SHOULD * m.confidence);
            needed.push(Needed { key: m.concept, shown, weight, level: None, must: false });
        }
        needed.retain(|n| n.weight > 0.0);
        for (i, uri) in c.teaches.iter().enumerate() {
            key(taxonomy, &format!("/teaches/{i}"), Some(uri), None)
                .map_err(|e| Error::invalid(format!("/teaches/{i}"), e.message()))?;
        }
        Ok(Self { words: words(analyzer, &analysis), needed, teaches: c.teaches.clone() })
    }
}
