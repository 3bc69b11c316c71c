//! Answers over a snapshot: who fits a challenge, which challenges fit a person, everybody with everything, and why.
//!
//! Promises (the axioms of the scoring contract, each a property test in `core/tests/axioms.rs`): the same pair has
//! the same score, to the bit, from `profiles_for`, `challenges_for`, `match_all` and `explain`; order does not depend
//! on the order of input, and ties go by id; top-k is a prefix of top-(k+1); contributions add up to the score; a
//! confirmed claim never lowers a score and a rejected one never raises it.
//!
//! Every pair is scored. Candidates without a score (unknown) come last, by id, with their reason.

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::{BLOCK, Best, Candidates, Scratch};
use crate::model::{Challenge, Profile, Side};
use crate::signal::{Gate, Pair, Query, Signal, Sums, Unknown, Values};
use crate::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    /// Semantic .5, skills .3, text .1, wishes, language, place and time .025 each; no gate shuts out.
    ///
    /// Chosen on a plateau of a grid over the cohort (with and without its structured parts) and the development data:
    /// nDCG@10 .78, .65 and .74. Semantic .3 to .8 beside skills .2 to .4 and text 0 to .2 lose at most .02.
    fn default() -> Self {
        use Signal::{Language, Place, Semantic, Skills, Text, Time, Wishes};
        let weights = [
            (Skills, 0.3),
            (Text, 0.1),
            (Semantic, 0.5),
            (Wishes, 0.025),
            (Language, 0.025),
            (Place, 0.025),
            (Time, 0.025),
        ];
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
    /// What was had in advance of profiles and challenges as candidates, at the first question.
    sides: Arc<[OnceLock<Candidates>; 2]>,
    /// Memory of earlier questions, used again.
    spare: Arc<Mutex<Vec<Memory>>>,
}

/// What a ranking needs besides its answer.
#[derive(Debug, Default)]
struct Memory {
    scratch: Scratch,
    best: Best,
}

/// A pair's score with what it came from.
pub(crate) struct Scored {
    pub values: Values,
    pub score: Option<f64>,
    /// The sum of the known weights.
    pub total: f64,
    pub known: f64,
    pub unknown: Option<Unknown>,
}

impl Matcher {
    /// A matcher over a snapshot.
    ///
    /// # Errors
    /// As [`MatchConfig::validate`].
    pub fn new(snapshot: Snapshot, config: MatchConfig) -> Result<Self> {
        config.validate()?;
        let weights = Signal::ALL.map(|s| config.weights.get(&s).copied().unwrap_or(0.0));
        Ok(Self { snapshot, config, weights, sides: Arc::default(), spare: Arc::default() })
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The same matcher over its snapshot with the map that was left out of it, see [`Snapshot::with_map`].
    ///
    /// # Errors
    /// As [`Snapshot::with_map`].
    pub fn with_map(&self, map: crate::semantic::SubwordMap) -> Result<Self> {
        Ok(Self { snapshot: self.snapshot.with_map(map)?, ..self.clone() })
    }

    /// What counts, and how much.
    #[must_use]
    pub fn config(&self) -> &MatchConfig {
        &self.config
    }

    /// The `k` best profiles for a challenge of the snapshot.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id that is not there, [`InvalidInput`](ErrorKind::InvalidInput) for
    /// k = 0, [`MissingSide`](ErrorKind::MissingSide).
    pub fn profiles_for(&self, challenge: &str, k: usize) -> Result<Ranking> {
        let row = self.snapshot.row(Side::Challenges, challenge)?;
        self.ask(Query::Challenge(&self.snapshot.data.challenges, row), k)
    }

    /// The `k` best profiles for a challenge that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for), and for a challenge that is not valid.
    pub fn profiles_for_new(&self, challenge: &Challenge, k: usize) -> Result<Ranking> {
        self.ask(Query::Challenge(&self.snapshot.data.challenge(challenge)?, 0), k)
    }

    /// The `k` best challenges for a profile of the snapshot.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for).
    pub fn challenges_for(&self, profile: &str, k: usize) -> Result<Ranking> {
        let row = self.snapshot.row(Side::Profiles, profile)?;
        self.ask(Query::Profile(&self.snapshot.data.profiles, row), k)
    }

    /// The `k` best challenges for a profile that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for), and for a profile that is not valid.
    pub fn challenges_for_new(&self, profile: &Profile, k: usize) -> Result<Ranking> {
        self.ask(Query::Profile(&self.snapshot.data.profile(profile)?, 0), k)
    }

    /// Rankings of every document of one side, in the order of ids, on all threads of the current rayon pool.
    ///
    /// # Errors
    /// As [`profiles_for`](Self::profiles_for).
    pub fn match_all(&self, direction: Direction, k: usize) -> Result<Vec<Ranking>> {
        self.match_all_with(direction, k, &|_, _| ControlFlow::Continue(()))
    }

    /// [`match_all`](Self::match_all) that tells its progress (documents done, documents in all) and stops when told.
    /// To choose the number of threads, call it within a rayon pool's `install`.
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
        let all = match direction {
            Direction::ProfilesToChallenges => data.profiles.common.len(),
            Direction::ChallengesToProfiles => data.challenges.common.len(),
        };
        let stopped = std::sync::atomic::AtomicBool::new(false);
        let done = std::sync::atomic::AtomicUsize::new(0);
        let cancelled = || Error::new(ErrorKind::Cancelled, "", "cancelled by the caller");
        let rankings = crate::parallel::map(all, |i| {
            use std::sync::atomic::Ordering::Relaxed;
            if stopped.load(Relaxed) {
                return Err(cancelled());
            }
            let query = match direction {
                Direction::ProfilesToChallenges => Query::Profile(&data.profiles, i),
                Direction::ChallengesToProfiles => Query::Challenge(&data.challenges, i),
            };
            let ranking = self.ask(query, k)?;
            if progress(done.fetch_add(1, Relaxed) + 1, all).is_break() {
                stopped.store(true, Relaxed);
                return Err(cancelled());
            }
            Ok(ranking)
        });
        rankings.into_iter().collect()
    }

    pub(crate) fn score(&self, pair: &Pair, sums: &Sums) -> Scored {
        let values = pair.values(&self.weights, sums);
        let all = self.weights.iter().fold(0.0, |sum, w| sum + w);
        let known = values.iter().zip(self.weights).filter(|(v, _)| v.is_some());
        let total = known.fold(0.0, |sum, (_, w)| sum + w);
        let unknown = pair.unknown(&values);
        let score = unknown.is_none().then(|| {
            // From +0.0: an empty float sum is -0.0.
            values.iter().zip(self.weights).fold(0.0, |sum, (v, w)| sum + contribution(*v, w, total))
        });
        Scored { values, score, total, known: total / all, unknown }
    }

    fn ask(&self, query: Query, k: usize) -> Result<Ranking> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = spare().pop().unwrap_or_default();
        let ranking = self.rank(query, k, &mut memory);
        spare().push(memory);
        ranking
    }

    fn rank(&self, query: Query, k: usize, memory: &mut Memory) -> Result<Ranking> {
        if k == 0 {
            return Err(Error::invalid("/k", "k is 0; ask for at least 1"));
        }
        self.snapshot.require(query.candidates())?;
        let data = &*self.snapshot.data;
        let n = data.common(query.candidates()).len();
        let Memory { scratch, best } = memory;
        best.clear();
        for first in (0..n).step_by(BLOCK) {
            self.look(query, &(first..n.min(first + BLOCK)), k, scratch, best);
        }
        Ok(self.ranking(query, k, best))
    }

    fn ranking(&self, query: Query, k: usize, best: &mut Best) -> Ranking {
        let data = &*self.snapshot.data;
        let (unknown, shut_out) = (std::mem::take(&mut best.unknown), best.shut_out);
        let mut matches = Vec::new();
        best.sorted(|scored| {
            let rest = unknown.iter().take(k - scored.len());
            matches.reserve_exact(scored.len() + rest.len());
            matches.extend((1..).zip(scored).map(|(rank, entry)| {
                let pair = query.pair(data, entry.row as usize);
                let mut sums = entry.sums;
                if !self.needs_skills() {
                    // For the gate of musts, which is told of every match.
                    pair.add_needs(&mut sums);
                }
                self.found(rank, &pair, &sums)
            }));
            let ranks = (1..).skip(scored.len()).zip(rest);
            matches.extend(ranks.map(|(rank, &row)| {
                let pair = query.pair(data, row as usize);
                self.found(rank, &pair, &pair.sums())
            }));
        });
        best.unknown = unknown;
        Ranking { matches, shut_out }
    }

    fn found(&self, rank: u32, pair: &Pair, sums: &Sums) -> Match {
        let s = self.score(pair, sums);
        Match {
            profile: pair.profiles.common.ids.get(pair.p).to_owned(),
            challenge: pair.challenges.common.ids.get(pair.c).to_owned(),
            rank,
            score: s.score,
            known: s.known,
            signals: self.counting().map(|(signal, _)| (signal, s.values[signal as usize])).collect(),
            gates: pair.failed_gates(sums),
            unknown: s.unknown,
        }
    }

    pub(crate) fn weights(&self) -> &[f64; 7] {
        &self.weights
    }

    /// What is had in advance of a side's candidates.
    pub(crate) fn candidates(&self, side: Side) -> &Candidates {
        self.sides[side as usize].get_or_init(|| Candidates::new(&self.snapshot.data, side))
    }

    /// The signals with a weight.
    pub(crate) fn counting(&self) -> impl Iterator<Item = (Signal, f64)> {
        Signal::ALL.into_iter().map(|s| (s, self.weights[s as usize])).filter(|s| s.1 > 0.0)
    }
}

pub(crate) fn contribution(value: Option<f64>, weight: f64, total: f64) -> f64 {
    value.map_or(0.0, |v| weight * v / total)
}
