//! Answers over a snapshot: who fits a challenge, which challenges fit a person, everybody with everything, and why.
//!
//! Promises (the axioms of the scoring contract, each a property test in `core/tests/axioms.rs`): the same pair has
//! the same score, to the bit, from `profiles_for`, `challenges_for`, `match_all` and `explain`; order does not depend
//! on the order of input, and ties go by id; top-k is a prefix of top-(k+1); contributions add up to the score; a
//! confirmed claim never lowers a score and a rejected one never raises it.
//!
//! Every pair is scored. Candidates without a score (unknown) come last, by id, with their reason.

use crate::error::{Error, ErrorKind, Result};
use crate::kernel::{Best, Candidates, Scratch};
use crate::model::{Challenge, Profile, Side};
use crate::parallel::Threads;
use crate::signal::{Gate, Pair, Query, Signal, Sums, Unknown, Values};
use crate::snapshot::{Data, Snapshot};
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// Matches as columns, ordered by the document that ranks, then by rank. Rows are places among the snapshot's
/// [`ids`](Snapshot::ids) of their side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MatchTable {
    /// Rows of the profiles.
    pub profiles: Vec<u32>,
    /// Rows of the challenges.
    pub challenges: Vec<u32>,
    /// From 1.
    pub ranks: Vec<u32>,
    /// 0 to 1; NaN if nothing is known.
    pub scores: Vec<f64>,
}

/// Documents that look through the candidates together, so that a block comes into L2 once for all of them.
const GROUP: usize = 64;
/// Documents of a table's batch.
const BATCH: usize = 8_192;

/// Answers over a snapshot. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Matcher {
    snapshot: Snapshot,
    config: MatchConfig,
    pub(crate) weights: [f64; 7],
    /// What was had in advance of profiles and challenges as candidates, at the first question.
    sides: Arc<[OnceLock<Candidates>; 2]>,
    threads: Threads,
    /// Memory of earlier questions, used again.
    spare: Arc<Mutex<Vec<Memory>>>,
}

/// What a ranking needs besides its answer.
#[derive(Debug, Default)]
struct Memory {
    scratch: Scratch,
    best: Vec<Best>,
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
    /// As [`MatchConfig::validate`], and [`Damaged`](ErrorKind::Damaged) for an opened file, see [`Snapshot::open`].
    pub fn new(snapshot: Snapshot, config: MatchConfig) -> Result<Self> {
        config.validate()?;
        snapshot.data.whole()?;
        let weights = Signal::ALL.map(|s| config.weights.get(&s).copied().unwrap_or(0.0));
        Ok(Self {
            snapshot,
            config,
            weights,
            sides: Arc::default(),
            threads: Threads::default(),
            spare: Arc::default(),
        })
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
        let mut all = Vec::new();
        self.match_all_batches(direction, k, usize::MAX, progress, |rankings| {
            all = rankings;
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// [`match_all`](Self::match_all) in bounded memory: `sink` gets the rankings of `batch` documents at a time, in the
    /// order of ids, and may break too. A batch of some thousands keeps all threads busy.
    ///
    /// # Errors
    /// As [`match_all_with`](Self::match_all_with), and [`InvalidInput`](ErrorKind::InvalidInput) for batch = 0.
    pub fn match_all_batches(
        &self,
        direction: Direction,
        k: usize,
        batch: usize,
        progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
        mut sink: impl FnMut(Vec<Ranking>) -> ControlFlow<()>,
    ) -> Result<()> {
        let answer = |_, query: Query, best: &mut Best| self.ranking(query, k, best);
        self.each_batch(direction, k, batch, progress, &answer, &mut sink)
    }

    /// [`match_all`](Self::match_all) as columns of numbers, 20 bytes a match.
    ///
    /// # Errors
    /// As [`match_all_with`](Self::match_all_with).
    pub fn match_all_table(
        &self,
        direction: Direction,
        k: usize,
        progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
    ) -> Result<MatchTable> {
        let mut table = MatchTable::default();
        let answer = |row: u32, _: Query, best: &mut Best| {
            let unknown = std::mem::take(&mut best.unknown);
            let mut found = Vec::new();
            best.sorted(|scored| {
                let rest = unknown.iter().map(|&row| (row, f64::NAN));
                found = scored.iter().map(|e| (e.row, e.score)).chain(rest).take(k).collect();
            });
            best.unknown = unknown;
            (row, found)
        };
        self.each_batch(direction, k, BATCH, progress, &answer, &mut |part| {
            for (row, found) in part {
                for (rank, (candidate, score)) in (1..).zip(found) {
                    let (profile, challenge) = match direction {
                        Direction::ProfilesToChallenges => (row, candidate),
                        Direction::ChallengesToProfiles => (candidate, row),
                    };
                    table.profiles.push(profile);
                    table.challenges.push(challenge);
                    table.ranks.push(rank);
                    table.scores.push(score);
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(table)
    }

    /// The same matcher with `threads` threads of its own for [`match_all`](Self::match_all) and its kin, at least 1.
    /// Without the feature `parallel` there is one.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for 0 threads; [`Io`](ErrorKind::Storage) if the system gives none.
    pub fn with_threads(&self, threads: usize) -> Result<Self> {
        Ok(Self { threads: Threads::new(threads)?, ..self.clone() })
    }

    fn each_batch<T: Send>(
        &self,
        direction: Direction,
        k: usize,
        batch: usize,
        progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
        answer: &(dyn Fn(u32, Query, &mut Best) -> T + Sync),
        sink: &mut dyn FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<()> {
        use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
        if batch == 0 {
            return Err(Error::invalid("/batch", "batch is 0; ask for at least 1 document at a time"));
        }
        let data = &*self.snapshot.data;
        self.snapshot.require(Side::Profiles)?;
        self.snapshot.require(Side::Challenges)?;
        let (query, all): (fn(&Data, usize) -> Query, usize) = match direction {
            Direction::ProfilesToChallenges => (|d, i| Query::Profile(&d.profiles, i), data.profiles.common.len()),
            Direction::ChallengesToProfiles => {
                (|d, i| Query::Challenge(&d.challenges, i), data.challenges.common.len())
            }
        };
        let (stopped, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let cancelled = || Error::new(ErrorKind::Cancelled, "", "cancelled by the caller");
        for first in (0..all).step_by(batch) {
            let rows = first..all.min(first.saturating_add(batch));
            let groups = self.threads.map(rows.len().div_ceil(GROUP), |group| {
                if stopped.load(Relaxed) {
                    return Err(cancelled());
                }
                let group = rows.start + group * GROUP..rows.end.min(rows.start + (group + 1) * GROUP);
                let queries: Vec<Query> = group.clone().map(|i| query(data, i)).collect();
                self.look_for(&queries, k, |best| {
                    let answers = group.clone().zip(&queries).zip(best);
                    answers
                        .map(|((row, &query), best)| {
                            #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
                            let answer = answer(row as u32, query, best);
                            if progress(done.fetch_add(1, Relaxed) + 1, all).is_break() {
                                stopped.store(true, Relaxed);
                                return Err(cancelled());
                            }
                            Ok(answer)
                        })
                        .collect::<Result<Vec<T>>>()
                })?
            });
            let mut answers = Vec::with_capacity(rows.len());
            for group in groups {
                answers.extend(group?);
            }
            if sink(answers).is_break() {
                return Err(cancelled());
            }
        }
        Ok(())
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
        self.snapshot.require(query.candidates())?;
        self.look_for(&[query], k, |best| match best {
            [best, ..] => self.ranking(query, k, best),
            [] => Ranking { matches: Vec::new(), shut_out: 0 },
        })
    }

    /// The best `k` of each query, in memory of earlier questions.
    fn look_for<T>(&self, queries: &[Query], k: usize, answer: impl FnOnce(&mut [Best]) -> T) -> Result<T> {
        if k == 0 {
            return Err(Error::invalid("/k", "k is 0; ask for at least 1"));
        }
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = spare().pop().unwrap_or_default();
        let Memory { scratch, best } = &mut memory;
        best.resize_with(best.len().max(queries.len()), Best::default);
        let best = &mut best[..queries.len()];
        self.look(queries, k, scratch, best);
        let answer = answer(best);
        spare().push(memory);
        Ok(answer)
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
        let mut signals = BTreeMap::new();
        // Collected, they would take a list on the way.
        self.counting().for_each(|(signal, _)| {
            signals.insert(signal, s.values[signal as usize]);
        });
        Match {
            profile: pair.profiles.common.ids.get(pair.p).to_owned(),
            challenge: pair.challenges.common.ids.get(pair.c).to_owned(),
            rank,
            score: s.score,
            known: s.known,
            signals,
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
