//! Why a pair scores as it does: contributions that add up to the score, requirements and what meets them, and the
//! words that the two texts share.
//!
//! The numbers come from the functions that rank, so that an explanation cannot tell another story than a ranking.

use crate::content::{challenge_text, requirement_mentions};
use crate::error::Result;
use crate::matcher::{Matcher, contribution};
use crate::model::{Challenge, Language, Profile, Side};
use crate::semantic::{MAP_HALF, calibrate, cosine};
use crate::signal::{Gate, Pair, Signal, Unknown};
use crate::text::{Analysis, Analyzer, Token};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What one signal adds to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Contribution {
    /// The signal.
    pub signal: Signal,
    /// Its value, 0 to 1; `None` is unknown, and adds nothing.
    pub value: Option<f64>,
    /// Its weight among all.
    pub weight: f64,
    /// `weight * value / sum of known weights`.
    pub contribution: f64,
}

/// How one requirement is met.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RequirementMet {
    /// URI of the concept, or a free label as it was written.
    pub requirement: String,
    /// Its weight.
    pub weight: f64,
    /// True for a must.
    pub must: bool,
    /// 0 (missing) to 1.
    pub degree: f64,
    /// The claim that meets it best: its URI, or a free label as it was written.
    pub by: Option<String>,
}

/// First byte, and byte after the last one.
pub type Span = (usize, usize);

/// Words that the two texts share.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SharedWords {
    /// Bytes of the profile's text.
    pub profile: Span,
    /// Bytes of the challenge's title, a line feed and its text.
    pub challenge: Span,
    /// The share of the text signal's raw sum, 0 to 1.
    pub share: f64,
}

/// Two sentences that are near in meaning, by the taxonomy's map.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NearSentences {
    /// Bytes of the profile's text.
    pub profile: Span,
    /// Bytes of the challenge's title, a line feed and its text.
    pub challenge: Span,
    /// Closeness as the semantic signal sees it, 0 to 1.
    pub degree: f64,
}

/// Why a pair scores as it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Explanation {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
    /// The score, the same to the bit as in a ranking.
    pub score: Option<f64>,
    /// The share of the weights that was known.
    pub known: f64,
    /// In the order of [`Signal::ALL`]; their contributions, added in this order, are the score to the bit.
    pub contributions: Vec<Contribution>,
    /// Every requirement, explicit or recognised in the challenge's text.
    pub requirements: Vec<RequirementMet>,
    /// The strongest shared words, at most eight, strongest first.
    pub words: Vec<SharedWords>,
    /// The sentences that are nearest in meaning, at most three, nearest first; none where the semantic signal is
    /// unknown, off or 0, or the snapshot has no map.
    pub sentences: Vec<NearSentences>,
    /// The gates that the pair fails.
    pub gates: Vec<Gate>,
    /// Why there is no score.
    pub unknown: Option<Unknown>,
}

/// Sentences with less in common are no reason to show. On the development data a cosine of .3, which this is, was a
/// good fit in two pairs of five.
const NEAR: f64 = 0.4;

impl Matcher {
    /// Why a pair of the snapshot scores as it does.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an id that is not there,
    /// [`MissingSide`](crate::ErrorKind::MissingSide).
    pub fn explain(&self, profile: &str, challenge: &str) -> Result<Explanation> {
        let (data, p) = (&self.snapshot().data, self.snapshot().row(Side::Profiles, profile)?);
        let doc = data.document(&data.profiles.common, p)?;
        let c = self.snapshot().row(Side::Challenges, challenge)?;
        let challenges = &data.challenges;
        self.explanation(&Pair { data, profiles: &data.profiles, p, challenges, c }, &doc)
    }

    /// Why a profile that the snapshot does not hold scores as it does for a challenge.
    ///
    /// # Errors
    /// As [`explain`](Self::explain), and for a profile that is not valid.
    pub fn explain_new(&self, profile: &Profile, challenge: &str) -> Result<Explanation> {
        let (data, c) = (&self.snapshot().data, self.snapshot().row(Side::Challenges, challenge)?);
        let profiles = &data.profile(profile)?;
        self.explanation(&Pair { data, profiles, p: 0, challenges: &data.challenges, c }, profile)
    }

    fn explanation(&self, pair: &Pair, profile: &Profile) -> Result<Explanation> {
        let challenge: Challenge = pair.data.document(&pair.challenges.common, pair.c)?;
        let sums = pair.sums();
        let s = self.score(pair, &sums);
        let contributions = (self.counting())
            .map(|(signal, weight)| {
                let value = s.values[signal as usize];
                Contribution { signal, value, weight, contribution: contribution(value, weight, s.total) }
            })
            .collect();
        let shown = |key: u32, label: Option<&String>| match pair.data.taxonomy.concepts().get(key as usize) {
            Some(concept) => concept.uri.clone(),
            None => label.cloned().unwrap_or_default(),
        };
        let requirement = |need: usize| {
            let meeting = pair.meeting(need);
            let (p, c) = (pair.profiles, pair.challenges);
            let wanted = challenge.requirements.get(c.need_sources[need] as usize).and_then(|r| r.label.as_ref());
            let claim = |i: usize| {
                let claimed = profile.skills.get(p.claim_sources[i] as usize).and_then(|s| s.label.as_ref());
                shown(p.claim_keys[i], claimed)
            };
            RequirementMet {
                requirement: shown(c.need_keys[need], wanted),
                weight: c.need_weights[need],
                must: c.need_musts[need] != 0,
                degree: meeting.degree,
                by: meeting.by.map(claim),
            }
        };
        Ok(Explanation {
            profile: profile.id.clone(),
            challenge: challenge.id.clone(),
            score: s.score,
            known: s.known,
            contributions,
            requirements: pair.challenges.need_lists.range(pair.c).map(requirement).collect(),
            words: shared_words(pair, profile, &challenge),
            sentences: if s.values[Signal::Semantic as usize].is_some_and(|v| v > 0.0) {
                near_sentences(pair, profile, &challenge)
            } else {
                Vec::new()
            },
            gates: pair.failed_gates(&sums),
            unknown: s.unknown,
        })
    }

    /// The requirements that a challenge's own words name, with spans into its title, a line feed and its text.
    #[must_use]
    pub fn recognise_requirements(&self, challenge: &Challenge) -> Vec<crate::Mention> {
        let analyzer = self.snapshot().settings().analyzer();
        let analysis = analyzer.analyse(&challenge_text(challenge), challenge.language);
        let taxonomy = self.snapshot().taxonomy();
        requirement_mentions(&analysis, taxonomy).into_iter().map(|f| taxonomy.mention(f)).collect()
    }
}

/// The shared terms, put back to the first words that they stand in.
fn shared_words(pair: &Pair, profile: &Profile, challenge: &Challenge) -> Vec<SharedWords> {
    let shared = pair.shared_terms();
    if !shared.iter().any(|&(t, _)| (t as usize) < pair.data.telling) {
        return Vec::new();
    }
    let total = shared.iter().fold(0.0, |sum, s| sum + s.1);
    let analyzer = pair.data.head.settings.analyzer();
    let ours = places(&analyzer.analyse(&profile.text, profile.language), analyzer);
    let theirs = places(&analyzer.analyse(&challenge_text(challenge), challenge.language), analyzer);
    let mut shares: BTreeMap<(Span, Span), (f64, bool)> = BTreeMap::new();
    for (term, product) in shared {
        let tells = (term as usize) < pair.data.telling;
        let term = pair.data.terms.get(term as usize);
        if let (Some(&a), Some(&b)) = (ours.get(term), theirs.get(term)) {
            let share = shares.entry((a, b)).or_default();
            *share = (share.0 + product / total, share.1 | tells);
        }
    }
    // Two words with a few letters in common are no reason to show.
    let told = shares.into_iter().filter(|(_, (_, tells))| *tells);
    let mut words: Vec<SharedWords> =
        told.map(|((profile, challenge), (share, _))| SharedWords { profile, challenge, share }).collect();
    words.sort_by(|a, b| b.share.total_cmp(&a.share));
    words.truncate(8);
    words
}

/// Sentences of one text that are looked at; bounds the work for hostile ones.
const MAX_SENTENCES: usize = 128;

/// The nearest pairs of sentences, each sentence in one pair only.
fn near_sentences(pair: &Pair, profile: &Profile, challenge: &Challenge) -> Vec<NearSentences> {
    let analyzer = Analyzer { subwords: None };
    let vectors = |side: Side, text: &str, language: Option<Language>| -> Vec<(Span, Vec<f32>)> {
        let analysis = analyzer.analyse(text, language);
        let language = language.or(analysis.language);
        let sentences = analysis.tokens.chunk_by(|a, b| a.sentence == b.sentence).take(MAX_SENTENCES);
        let vector = |tokens: &[Token]| {
            let span = analysis.sentences.get(tokens[0].sentence).map(|s| (s.start, s.end))?;
            let map = pair.data.taxonomy.map()?;
            Some((span, pair.data.meaning.centre(&map.embed_tokens(tokens)?, side, language)?))
        };
        sentences.filter_map(vector).collect()
    };
    let ours = vectors(Side::Profiles, &profile.text, profile.language);
    let theirs = vectors(Side::Challenges, &challenge_text(challenge), challenge.language);
    let mut all: Vec<NearSentences> = Vec::with_capacity(ours.len() * theirs.len());
    for (profile, a) in &ours {
        for (challenge, b) in &theirs {
            let degree = calibrate(cosine(a, b), MAP_HALF);
            all.push(NearSentences { profile: *profile, challenge: *challenge, degree });
        }
    }
    all.retain(|n| n.degree >= NEAR);
    all.sort_by(|a, b| b.degree.total_cmp(&a.degree));
    let mut best: Vec<NearSentences> = Vec::new();
    for n in all {
        if best.len() < 3 && best.iter().all(|b| b.profile != n.profile && b.challenge != n.challenge) {
            best.push(n);
        }
    }
    best
}

/// Each term's first word.
fn places(analysis: &Analysis, analyzer: Analyzer) -> HashMap<String, Span> {
    let mut places = HashMap::new();
    for t in analysis.tokens.iter().filter(|t: &&Token| !t.stop && !t.negated) {
        let one = Analysis { tokens: vec![t.clone()], ..Analysis::default() };
        for term in analyzer.terms(&one).into_keys() {
            places.entry(term).or_insert((t.start, t.end));
        }
    }
    places
}
