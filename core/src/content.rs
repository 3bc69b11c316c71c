//! What the engine takes from one document: its terms, the concepts it holds or needs, and whether it says anything.
//!
//! The one place where texts, claims and requirements meet the taxonomy. A document of a pool and one that a caller
//! asks about go through the same functions, so that they score alike to the bit.

use crate::error::{Error, Result};
use crate::model::{Challenge, Document, Importance, Language, Profile, Status, Wish};
use crate::order;
use crate::snapshot::NONE;
use crate::taxonomy::{Found, Taxonomy};
use crate::text::{Analysis, Analyzer, Token};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person's own word counts, before anybody confirmed it.
const STATED: f64 = 0.9;
/// A recognised claim whose confidence the caller did not keep.
const RECOGNISED: f64 = 0.7;
/// The share of its words and grams that the map must have for a text to mean something by it: letters alone say
/// nothing. Of 877 sentences of the cohort and the development data every one that is not all negated has .49 or more
/// in the starter's map, noise such as *xyzzy* .03 (but *asdf* .17); a map of some thousand features has far less of
/// any text, so the bound is low.
const KNOWN: f64 = 0.1;
/// A document is kept as words; their grams come when it is compiled.
const WORDS: Analyzer = Analyzer { subwords: None };
/// What a requirement counts by its importance.
const MUST: f64 = 1.0;
const SHOULD: f64 = 0.6;
const NICE: f64 = 0.3;

/// A competence: a concept by its number in the taxonomy, or a free label by its stems.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Key {
    Concept(u32),
    Label(String),
}

/// A competence that a profile holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub key: Key,
    /// Trust in the claim, 0 to 1.
    pub strength: f64,
    /// 0 if not told.
    pub level: u8,
    /// Its number among the document's claims, or [`NONE`] if the text names it.
    pub source: u32,
}

/// A competence that a challenge needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Needed {
    pub key: Key,
    pub weight: f64,
    /// 0 if not told.
    pub level: u8,
    pub must: bool,
    /// Its number among the document's requirements, or [`NONE`] if the text names it.
    pub source: u32,
}

/// The words of a document's text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Words {
    /// The stems of its content words with their counts, ascending. A pool keeps them as postings.
    #[serde(skip)]
    pub stems: Vec<(String, u32)>,
    /// Content words.
    pub length: u32,
    /// As the caller says, else as detected.
    pub language: Option<Language>,
    /// One bit per language of its sentences.
    pub languages: u8,
    /// There are words, but in no supported language.
    pub foreign: bool,
    /// What the text means by the taxonomy's map.
    pub mapped: Option<Vec<f32>>,
}

/// A profile as the engine sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProfileContent {
    pub words: Words,
    pub held: Vec<Held>,
    /// Wishes: competence, and whether it is to be avoided.
    pub wishes: Vec<(Key, bool)>,
}

/// A challenge as the engine sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChallengeContent {
    pub words: Words,
    pub needed: Vec<Needed>,
    pub teaches: Vec<Key>,
}

/// What both have in common.
pub(crate) trait Content: Sized + Send {
    type Of: Document;
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a concept that the taxonomy does not have.
    fn new(doc: &Self::Of, taxonomy: &Taxonomy) -> Result<Self>;
    fn words(&mut self) -> &mut Words;
}

fn words(taxonomy: &Taxonomy, analysis: &Analysis, language: Option<Language>) -> Words {
    let languages = analysis.sentences.iter().filter_map(|s| s.language).fold(0, |bits, l| bits | 1 << l as u8);
    if languages == 0 {
        return Words { foreign: !analysis.tokens.is_empty(), language, ..Words::default() };
    }
    let mut all: Vec<&str> = analysis.content().map(|t| t.stem.as_str()).collect();
    order::ascending(&mut all);
    let length = number(all.len());
    let stems = all.chunk_by(|a, b| a == b).map(|same| (same[0].to_owned(), number(same.len()))).collect();
    // Function words say how one writes, not what of (measured: datasets/semantic/README.md).
    let mapped = taxonomy.map().and_then(|map| map.embed_known(analysis.content(), KNOWN));
    Words { stems, length, language, languages, foreign: false, mapped }
}

/// The competence that a concept or label names; `language` is that of the document.
fn key(
    taxonomy: &Taxonomy,
    path: &str,
    concept: Option<&String>,
    label: Option<&String>,
    language: Option<Language>,
) -> Result<Key> {
    match (concept, label) {
        (Some(uri), _) => match taxonomy.number(uri) {
            Some(n) => Ok(Key::Concept(n)),
            // Nothing of the snapshot has to do with it; a label with a NUL is nobody's.
            None if taxonomy.is_pruned() => Ok(Key::Label(format!("\0{uri}"))),
            None => {
                let message = format!("unknown concept \"{uri}\"; it is not in this taxonomy");
                Err(Error::invalid(format!("{path}/concept"), message))
            }
        },
        (None, label) => Ok(label_key(taxonomy, label.map_or("", String::as_str), language)),
    }
}

/// The concept whose label this is, else a key of the label's own stems.
fn label_key(taxonomy: &Taxonomy, label: &str, language: Option<Language>) -> Key {
    let analysis = WORDS.analyse(label, language);
    let best = taxonomy
        .recognise_numbers(&analysis)
        .into_iter()
        .filter(|m| m.end - m.start == label.trim().len())
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence));
    match best {
        Some(m) => Key::Concept(m.concept),
        None => Key::Label(analysis.tokens.iter().map(|t| t.stem.as_str()).collect::<Vec<_>>().join(" ")),
    }
}

/// A number within one document.
fn number(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(NONE)
}

fn trust(status: Status, confidence: Option<f64>) -> f64 {
    match status {
        Status::Confirmed => 1.0,
        Status::Stated => STATED,
        Status::Recognised => confidence.unwrap_or(RECOGNISED),
        Status::Rejected => 0.0,
    }
}

impl Content for ProfileContent {
    type Of = Profile;

    fn words(&mut self) -> &mut Words {
        &mut self.words
    }

    fn new(p: &Profile, taxonomy: &Taxonomy) -> Result<Self> {
        let analysis = WORDS.analyse(&p.text, p.language);
        let language = p.language.or(analysis.language);
        let mut rejected = BTreeSet::new();
        let mut held = Vec::new();
        for (i, s) in p.skills.iter().enumerate() {
            let key = key(taxonomy, &format!("/skills/{i}"), s.concept.as_ref(), s.label.as_ref(), language)?;
            if s.status == Status::Rejected {
                rejected.insert(key);
            } else {
                let (strength, level) = (trust(s.status, s.confidence), s.level.unwrap_or(0));
                held.push(Held { key, strength, level, source: number(i) });
            }
        }
        for m in taxonomy.recognise_numbers(&analysis).into_iter().filter(|m| !m.negated) {
            held.push(Held { key: Key::Concept(m.concept), strength: m.confidence, level: 0, source: NONE });
        }
        held.retain(|h| !rejected.contains(&h.key));
        order::by(&mut held, |a, b| {
            (a.key.cmp(&b.key))
                .then(b.strength.total_cmp(&a.strength))
                .then(b.level.cmp(&a.level))
                .then(a.source.cmp(&b.source))
        });
        held.dedup_by(|b, a| (&a.key, a.strength, a.level) == (&b.key, b.strength, b.level));
        let wish = |(i, w): (usize, &Wish)| {
            let key = key(taxonomy, &format!("/wishes/{i}"), w.concept.as_ref(), w.label.as_ref(), language)?;
            Ok((key, w.avoid))
        };
        let wishes = p.wishes.iter().enumerate().map(wish).collect::<Result<_>>()?;
        Ok(Self { words: words(taxonomy, &analysis, language), held, wishes })
    }
}

/// A challenge's title and text as one, and the spans of [`requirement_mentions`] are bytes of it.
pub(crate) fn challenge_text(c: &Challenge) -> String {
    format!("{}\n{}", c.title, c.text)
}

/// Beginnings of words by which a sentence says that something is needed, and words for somebody who is not there.
const ASKING: &str = "behöv edellyt efterlys etsi kaipaa kaivat kräv lack letar looking need puuttu requir saknar saknas \
    seek söker sökes tarvi vaadi vaati want";
const NOBODY: &str = "anyone haussa ingen joku jonkun ketään kukaan nobody någon somebody someone";

/// Whether a mention in a challenge asks for what it names. A problem tells what an organisation's people do, and seldom
/// what they lack: of single words that were recognised in such texts one in six is a need (datasets/semantic/README.md).
/// So a single word counts in the title, and where its sentence asks.
fn asks(c: &Challenge, analysis: &Analysis) -> impl Fn(&Found) -> bool {
    let asking = |t: &&Token| {
        ASKING.split_whitespace().any(|w| t.folded.starts_with(w)) || NOBODY.split(' ').any(|w| w == t.folded)
    };
    // Tokens stand in the order of sentences.
    let asking: Vec<usize> = analysis.tokens.iter().filter(asking).map(|t| t.sentence).collect();
    move |m| {
        let own = &analysis.tokens[analysis.tokens.partition_point(|t| t.start < m.start)..];
        let content = own.iter().take_while(|t| t.end <= m.end).filter(|t| !t.stop).count();
        content > 1 || m.start < c.title.len() || own.first().is_some_and(|t| asking.binary_search(&t.sentence).is_ok())
    }
}

/// Mentions in a challenge that may be needs. "We have nobody who can weld" is a need; only "not required" is none.
pub(crate) fn requirement_mentions(analysis: &Analysis, taxonomy: &Taxonomy) -> Vec<Found> {
    const NOT_NEEDED: &str =
        "tarvita tarvitse vaadita vaadi edellytetä edellytä krävs kräver behövs required needed necessary want";
    // "We don't want to weld" asks for somebody who does.
    let verb_follows = |i: usize| analysis.tokens.get(i + 1).is_some_and(|t| t.folded == "to");
    let denies = |&(i, t): &(usize, &Token)| {
        t.negated && NOT_NEEDED.split(' ').any(|w| w == t.folded) && !(t.folded == "want" && verb_follows(i))
    };
    let denied: Vec<usize> = analysis.tokens.iter().enumerate().filter(denies).map(|(_, t)| t.sentence).collect();
    let token = |m: &Found| analysis.tokens.partition_point(|t| t.start < m.start);
    let mut mentions = taxonomy.recognise_numbers(analysis);
    mentions.retain(|m| !(m.negated && denied.binary_search(&analysis.tokens[token(m)].sentence).is_ok()));
    mentions
}

impl Content for ChallengeContent {
    type Of = Challenge;

    fn words(&mut self) -> &mut Words {
        &mut self.words
    }

    fn new(c: &Challenge, taxonomy: &Taxonomy) -> Result<Self> {
        let analysis = WORDS.analyse(&challenge_text(c), c.language);
        let language = c.language.or(analysis.language);
        let mut named = BTreeSet::new();
        let mut needed: Vec<Needed> = Vec::new();
        for (i, r) in c.requirements.iter().enumerate() {
            let key = key(taxonomy, &format!("/requirements/{i}"), r.concept.as_ref(), r.label.as_ref(), language)?;
            named.insert(key.clone());
            if r.status != Status::Rejected {
                let importance = match r.importance {
                    Importance::Must => MUST,
                    Importance::Should => SHOULD,
                    Importance::Nice => NICE,
                };
                let sure = if r.status == Status::Recognised { trust(r.status, r.confidence) } else { 1.0 };
                let must = r.importance == Importance::Must;
                let (weight, level) = (importance * sure, r.level.unwrap_or(0));
                needed.push(Needed { key, weight, level, must, source: number(i) });
            }
        }
        let mut mentions = requirement_mentions(&analysis, taxonomy);
        mentions.retain(asks(c, &analysis));
        order::by(&mut mentions, |a, b| a.concept.cmp(&b.concept).then(b.confidence.total_cmp(&a.confidence)));
        mentions.dedup_by(|b, a| a.concept == b.concept);
        for m in mentions {
            let key = Key::Concept(m.concept);
            if !named.contains(&key) {
                needed.push(Needed { key, weight: SHOULD * m.confidence, level: 0, must: false, source: NONE });
            }
        }
        needed.retain(|n| n.weight > 0.0);
        let teach = |(i, uri): (usize, &String)| {
            let path = format!("/teaches/{i}");
            key(taxonomy, "", Some(uri), None, None).map_err(|e| Error::invalid(path, e.message()))
        };
        let teaches = c.teaches.iter().enumerate().map(teach).collect::<Result<_>>()?;
        Ok(Self { words: words(taxonomy, &analysis, language), needed, teaches })
    }
}
