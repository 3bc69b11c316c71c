//! Answers over a snapshot: who fits a challenge, which challenges fit a person, everybody with everything, and why.
//!
//! Promises (the axioms of the scoring contract, each a property test in `core/tests/axioms.rs`): the same pair has
//! the same score, to the bit, from `profiles_for`, `challenges_for`, `match_all` and `explain`; order does not depend
//! on the order of input, and ties go by id; top-k is a prefix of top-(k+1); contributions add up to the score; a
//! confirmed claim never lowers a score and a rejected one never raises it.
//!
//! Every pair is scored. Candidates without a score (unknown) come last, by id, with their reason.

use crate::content::{challenge_text, requirement_mentions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Challenge, Profile, Side};
use crate::signal::{CompiledChallenge, CompiledProfile, Gate, Pair, Signal, Unknown, Values};
use crate::snapshot::Snapshot;
use crate::text::{Analysis, Token};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// Which signals count, how much, and which gates shut candidates out.
///
/// ```
/// use osuma::{Gate, MatchConfig, Signal};
/// let config = MatchConfig::default().weight(Signal::Text, 0.0).gate(Gate::Route);
/// assert!(config.validate().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields, default)]
pub struct MatchConfig {
    /// Weight of each signal, at least 0; a signal that is not named is off.
    pub weights: BTreeMap<Signal, f64>,
    /// Gates that shut out; a pair that fails another gate only tells so.
    pub gates: Vec<Gate>,
}

impl Default for MatchConfig {
    /// Skills .5, text .3, wishes, language, place and time .05 each; no gate shuts out. A first choice by hand.
    fn default() -> Self {
        use Signal::{Language, Place, Skills, Text, Time, Wishes};
        let weights = [(Skills, 0.5), (Text, 0.3), (Wishes, 0.05), (Language, 0.05), (Place, 0.05), (Time, 0.05)];
        Self { weights: BTreeMap::from(weights), gates: Vec::new() }
    }
}

impl MatchConfig {
    /// Sets the weight of one signal; 0 turns it off.
    #[must_use]
    pub fn weight(mut self, signal: Signal, weight: f64) -> Self {
        self.weights.insert(signal, weight);
        self
    }

    /// Lets a gate shut out the candidates that fail it.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> Self {
        if !self.gates.contains(&gate) {
            self.gates.push(gate);
        }
        self
    }

    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a weight that is negative or not a number, and if all are zero.
    pub fn validate(&self) -> Result<()> {
        for (signal, &w) in &self.weights {
            if !(w.is_finite() && w >= 0.0) {
                let path = format!("/weights/{}", signal.name());
                return Err(Error::invalid(path, format!("weight {w} is out of range: a finite number, at least 0")));
            }
        }
        if self.weights.values().all(|&w| w == 0.0) {
            return Err(Error::invalid("/weights", "all weights are zero; give at least one signal a weight above 0"));
        }
        Ok(())
    }
}

/// A scored pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Match {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
    /// Place in the ranking, from 1.
    pub rank: u32,
    /// 0 to 1; `None` if nothing is known, and then `unknown` says why.
    pub score: Option<f64>,
    /// The share of the weights that was known, 0 to 1.
    pub known: f64,
    /// The value of each signal that counts; `None` is unknown.
    pub signals: BTreeMap<Signal, Option<f64>>,
    /// The gates that the pair fails.
    pub gates: Vec<Gate>,
    /// Why there is no score.
    pub unknown: Option<Unknown>,
}

/// The best candidates of one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Ranking {
    /// Best first; those without a score last.
    pub matches: Vec<Match>,
    /// How many candidates a gate shut out.
    pub shut_out: u32,
}

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
    /// The gates that the pair fails.
    pub gates: Vec<Gate>,
    /// Why there is no score.
    pub unknown: Option<Unknown>,
}

/// From which side [`Matcher::match_all`] ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// For each profile the best challenges.
    ProfilesToChallenges,
    /// For each challenge the best profiles.
    ChallengesToProfiles,
}

/// Answers over a snapshot. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Matcher {
    snapshot: Snapshot,
    config: MatchConfig,
    weights: [f64; 7],
}

/// A pair's score with what it came from.
struct Scored {
    values: Values,
    score: Option<f64>,
    /// The sum of the known weights.
    total: f64,
    known: f64,
    unknown: Option<Unknown>,
}

impl Matcher {
    /// A matcher over a snapshot.
    ///
    /// # Errors
    /// As [`MatchConfig::validate`].
    pub fn new(snapshot: Snapshot, config: MatchConfig) -> Result<Self> {
        config.validate()?;
        let weights = Signal::ALL.map(|s| config.weights.get(&s).copied().unwrap_or(0.0));
        Ok(Self { snapshot, config, weights })
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The `k` best profiles for a challenge of the snapshot.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id that is not there, [`InvalidInput`](ErrorKind::InvalidInput) for
    /// k = 0, [`MissingSide`](ErrorKind::MissingSide).
    pub fn profiles_for(&self, challenge: &str, k: usize) -> Result<Ranking> {
        self.rank_profiles(self.challenge(challenge)?, k)
    }

    /// The `k` best profiles for a challenge that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for), and for a challenge that is not valid.
    pub fn profiles_for_new(&self, challenge: &Challenge, k: usize) -> Result<Ranking> {
        self.rank_profiles(&self.snapshot.data.compile_challenge(challenge.clone())?, k)
    }

    /// The `k` best challenges for a profile of the snapshot.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for).
    pub fn challenges_for(&self, profile: &str, k: usize) -> Result<Ranking> {
        self.rank_challenges(self.profile(profile)?, k)
    }

    /// The `k` best challenges for a profile that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for), and for a profile that is not valid.
    pub fn challenges_for_new(&self, profile: &Profile, k: usize) -> Result<Ranking> {
        self.rank_challenges(&self.snapshot.data.compile_profile(profile.clone())?, k)
    }

    /// Rankings of every document of one side, in the order of ids.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for).
    pub fn match_all(&self, direction: Direction, k: usize) -> Result<Vec<Ranking>> {
        self.match_all_with(direction, k, &|_, _| ControlFlow::Continue(()))
    }

    /// [`match_all`](Self::match_all) that tells its progress (documents done, documents in all) and stops when told.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled) when `progress` breaks.
    pub fn match_all_with(
        &self,
        direction: Direction,
        k: usize,
        progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<Ranking>> {
        let data = &self.snapshot.data;
        self.snapshot.require(Side::Profiles)?;
        self.snapshot.require(Side::Challenges)?;
        let rank = |i: usize| match direction {
            Direction::ProfilesToChallenges => self.rank_challenges(&data.profiles[i], k),
            Direction::ChallengesToProfiles => self.rank_profiles(&data.challenges[i], k),
        };
        let all = match direction {
            Direction::ProfilesToChallenges => data.profiles.len(),
            Direction::ChallengesToProfiles => data.challenges.len(),
        };
        let step = |i: usize, done: usize| -> Result<Ranking> {
            let ranking = rank(i)?;
            match progress(done, all) {
                ControlFlow::Continue(()) => Ok(ranking),
                ControlFlow::Break(()) => Err(Error::new(ErrorKind::Cancelled, "", "cancelled by the caller")),
            }
        };
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::*;
            let done = std::sync::atomic::AtomicUsize::new(0);
            let next = || done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            (0..all).into_par_iter().map(|i| step(i, next())).collect()
        }
        #[cfg(not(feature = "parallel"))]
        (0..all).map(|i| step(i, i + 1)).collect()
    }

    /// Why a pair of the snapshot scores as it does.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for).
    pub fn explain(&self, profile: &str, challenge: &str) -> Result<Explanation> {
        Ok(self.explanation(self.pair(self.profile(profile)?, self.challenge(challenge)?)))
    }

    /// Why a profile that the snapshot does not hold scores as it does for a challenge.
    ///
    /// # Errors
    /// As [`explain`](Self::explain), and for a profile that is not valid.
    pub fn explain_new(&self, profile: &Profile, challenge: &str) -> Result<Explanation> {
        let profile = self.snapshot.data.compile_profile(profile.clone())?;
        Ok(self.explanation(self.pair(&profile, self.challenge(challenge)?)))
    }

    fn profile(&self, id: &str) -> Result<&CompiledProfile> {
        self.snapshot.require(Side::Profiles)?;
        let all = &self.snapshot.data.profiles;
        all.binary_search_by(|p| p.doc.id.as_str().cmp(id)).map(|i| &all[i]).map_err(|_| not_found("profile", id))
    }

    fn challenge(&self, id: &str) -> Result<&CompiledChallenge> {
        self.snapshot.require(Side::Challenges)?;
        let all = &self.snapshot.data.challenges;
        all.binary_search_by(|c| c.doc.id.as_str().cmp(id)).map(|i| &all[i]).map_err(|_| not_found("challenge", id))
    }

    fn pair<'a>(&'a self, profile: &'a CompiledProfile, challenge: &'a CompiledChallenge) -> Pair<'a> {
        let data = &self.snapshot.data;
        Pair { taxonomy: &data.taxonomy, profile, challenge, telling: &data.telling }
    }

    fn rank_profiles(&self, challenge: &CompiledChallenge, k: usize) -> Result<Ranking> {
        self.snapshot.require(Side::Profiles)?;
        self.rank(self.snapshot.data.profiles.iter().map(|p| self.pair(p, challenge)), k)
    }

    fn rank_challenges(&self, profile: &CompiledProfile, k: usize) -> Result<Ranking> {
        self.snapshot.require(Side::Challenges)?;
        self.rank(self.snapshot.data.challenges.iter().map(|c| self.pair(profile, c)), k)
    }

    fn score(&self, pair: &Pair) -> Scored {
        let values = pair.values(&self.weights);
        let all: f64 = self.weights.iter().sum();
        let total: f64 = (values.iter().zip(self.weights)).filter(|(v, _)| v.is_some()).map(|(_, w)| w).sum();
        let unknown = pair.unknown(&values);
        let score = unknown.is_none().then(|| {
            // From +0.0: an empty float sum is -0.0.
            values.iter().zip(self.weights).fold(0.0, |sum, (v, w)| sum + contribution(*v, w, total))
        });
        Scored { values, score, total, known: total / all, unknown }
    }

    /// Candidates come in the order of their ids, so that equal scores keep it.
    fn rank<'a>(&self, candidates: impl Iterator<Item = Pair<'a>>, k: usize) -> Result<Ranking> {
        if k == 0 {
            return Err(Error::invalid("/k", "k is 0; ask for at least 1"));
        }
        let mut shut_out = 0;
        let mut scored: Vec<(Pair, Scored)> = Vec::new();
        // Without a gate that shuts out, only the best are asked which ones they fail.
        let shuts = |pair: &Pair| pair.failed_gates().iter().any(|g| self.config.gates.contains(g));
        for pair in candidates {
            if !self.config.gates.is_empty() && shuts(&pair) {
                shut_out += 1;
            } else {
                scored.push((pair, self.score(&pair)));
            }
        }
        scored.sort_by(|a, b| b.1.score.unwrap_or(-1.0).total_cmp(&a.1.score.unwrap_or(-1.0)));
        scored.truncate(k);
        let matches = (1..).zip(scored).map(|(rank, (pair, s))| Match {
            profile: pair.profile.doc.id.clone(),
            challenge: pair.challenge.doc.id.clone(),
            rank,
            score: s.score,
            known: s.known,
            signals: self.counting().map(|i| (i, s.values[i as usize])).collect(),
            gates: pair.failed_gates(),
            unknown: s.unknown,
        });
        Ok(Ranking { matches: matches.collect(), shut_out })
    }

    fn counting(&self) -> impl Iterator<Item = Signal> {
        Signal::ALL.into_iter().filter(|&s| self.weights[s as usize] > 0.0)
    }

    fn explanation(&self, pair: Pair) -> Explanation {
        let s = self.score(&pair);
        let contributions = (self.counting())
            .map(|signal| {
                let (value, weight) = (s.values[signal as usize], self.weights[signal as usize]);
                Contribution { signal, value, weight, contribution: contribution(value, weight, s.total) }
            })
            .collect();
        let requirements = (pair.challenge.needed.iter().enumerate())
            .map(|(n, need)| {
                let meeting = pair.meeting(n);
                RequirementMet {
                    requirement: need.shown.clone(),
                    weight: need.weight,
                    must: need.must,
                    degree: meeting.degree,
                    by: meeting.by.map(|i| pair.profile.held[i].shown.clone()),
                }
            })
            .collect();
        Explanation {
            profile: pair.profile.doc.id.clone(),
            challenge: pair.challenge.doc.id.clone(),
            score: s.score,
            known: s.known,
            contributions,
            requirements,
            words: self.shared_words(&pair),
            gates: pair.failed_gates(),
            unknown: s.unknown,
        }
    }

    /// The shared terms, put back to the first words that they stand in.
    fn shared_words(&self, pair: &Pair) -> Vec<SharedWords> {
        let analyzer = self.snapshot.data.settings().analyzer();
        let (p, c) = (&pair.profile.doc, &pair.challenge.doc);
        let shared = pair.shared_terms();
        let total: f64 = shared.iter().map(|s| s.1).sum();
        if !shared.iter().any(|&(t, _)| pair.telling[t as usize]) {
            return Vec::new();
        }
        let profile = places(&analyzer.analyse(&p.text, p.language), analyzer);
        let challenge = places(&analyzer.analyse(&challenge_text(c), c.language), analyzer);
        let mut shares: BTreeMap<(Span, Span), f64> = BTreeMap::new();
        for (term, share) in shared {
            let term = &self.snapshot.data.terms[term as usize];
            if let (Some(&a), Some(&b)) = (profile.get(term), challenge.get(term)) {
                *shares.entry((a, b)).or_insert(0.0) += share / total;
            }
        }
        let mut words: Vec<SharedWords> =
            shares.into_iter().map(|((profile, challenge), share)| SharedWords { profile, challenge, share }).collect();
        words.sort_by(|a, b| b.share.total_cmp(&a.share));
        words.truncate(8);
        words
    }

    /// The requirements that a challenge's own words name, with spans into its title, a line feed and its text.
    #[must_use]
    pub fn recognise_requirements(&self, challenge: &Challenge) -> Vec<crate::Mention> {
        let analysis = self.snapshot.data.settings().analyzer().analyse(&challenge_text(challenge), challenge.language);
        requirement_mentions(&analysis, self.snapshot.taxonomy())
    }
}

fn contribution(value: Option<f64>, weight: f64, total: f64) -> f64 {
    value.map_or(0.0, |v| weight * v / total)
}

/// Each term's first word.
fn places(analysis: &Analysis, analyzer: crate::text::Analyzer) -> HashMap<String, Span> {
    let mut places = HashMap::new();
    for t in analysis.tokens.iter().filter(|t: &&Token| !t.stop && !t.negated) {
        let one = Analysis { tokens: vec![t.clone()], ..Analysis::default() };
        for term in analyzer.terms(&one).into_keys() {
            places.entry(term).or_insert((t.start, t.end));
        }
    }
    places
}

fn not_found(what: &str, id: &str) -> Error {
    Error::new(ErrorKind::NotFound, "", format!("no {what} has the id \"{id}\""))
}
