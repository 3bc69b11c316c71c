//! Answers over a snapshot: who fits a challenge, which challenges fit a person, everybody with everything, and why.
//!
//! Promises (the axioms of the scoring contract, each a property test in `core/tests/axioms.rs`): the same pair has
//! the same score, to the bit, from `profiles_for`, `challenges_for`, `match_all` and `explain`; order does not depend
//! on the order of input, and ties go by id; top-k is a prefix of top-(k+1); contributions add up to the score; a
//! confirmed claim never lowers a score and a rejected one never raises it.
//!
//! Every pair is scored. Candidates without a score (unknown) come last, by id, with their reason.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Challenge, Profile, Side};
use crate::signal::{Gate, Pair, Query, Scratch, Signal, Sums, Unknown, Values};
use crate::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

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
    pub(crate) weights: [f64; 7],
    /// Memory of earlier questions, used again.
    spare: Arc<Mutex<Vec<Memory>>>,
}

/// What a ranking needs besides its answer.
#[derive(Debug, Default)]
struct Memory {
    scratch: Scratch,
    /// Candidates with a score, and those without.
    scored: Vec<(f64, u32)>,
    unknown: Vec<u32>,
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
        Ok(Self { snapshot, config, weights, spare: Arc::default() })
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
        self.score_of(pair, pair.values(&self.weights, sums))
    }

    /// The score of a pair's values.
    pub(crate) fn score_of(&self, pair: &Pair, values: Values) -> Scored {
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
        self.snapshot.require(match query {
            Query::Profile(..) => Side::Challenges,
            Query::Challenge(..) => Side::Profiles,
        })?;
        let data = &*self.snapshot.data;
        let gates = &self.config.gates;
        let Memory { scratch, scored, unknown } = memory;
        scored.clear();
        unknown.clear();
        let mut shut_out = 0;
        for (i, sums) in (0..).zip(query.sums(data, &self.weights, gates.contains(&Gate::Musts), scratch)) {
            let pair = query.pair(data, i as usize);
            if gates.iter().any(|&g| pair.fails(g, sums)) {
                shut_out += 1;
                continue;
            }
            match self.score(&pair, sums).score {
                Some(score) => scored.push((score, i)),
                None => unknown.push(i),
            }
        }
        // Candidates stand in the order of their ids, so that a tie goes by id.
        let better = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if scored.len() > k {
            scored.select_nth_unstable_by(k - 1, better);
            scored.truncate(k);
        }
        scored.sort_unstable_by(better);
        let best = scored.iter().map(|s| s.1).chain(unknown.iter().copied()).take(k);
        let matches = (1..).zip(best).map(|(rank, i)| self.found(rank, &query.pair(data, i as usize))).collect();
        Ok(Ranking { matches, shut_out })
    }

    fn found(&self, rank: u32, pair: &Pair) -> Match {
        let sums = pair.sums();
        let s = self.score(pair, &sums);
        Match {
            profile: pair.profiles.common.ids.get(pair.p).to_owned(),
            challenge: pair.challenges.common.ids.get(pair.c).to_owned(),
            rank,
            score: s.score,
            known: s.known,
            signals: self.counting().map(|(signal, _)| (signal, s.values[signal as usize])).collect(),
            gates: pair.failed_gates(&sums),
            unknown: s.unknown,
        }
    }

    /// The signals with a weight.
    pub(crate) fn counting(&self) -> impl Iterator<Item = (Signal, f64)> {
        Signal::ALL.into_iter().map(|s| (s, self.weights[s as usize])).filter(|s| s.1 > 0.0)
    }
}

pub(crate) fn contribution(value: Option<f64>, weight: f64, total: f64) -> f64 {
    value.map_or(0.0, |v| weight * v / total)
}
