//! Weights of the signals from judgements, with an honest estimate of what they gain.
//!
//! Nested cross-validation (Varma and Simon 2006): the outer folds are never seen by the fit that is measured on them.
//! Within the others, weights are fitted, here by coordinate search and in [`learn`](super::learn) by a convex one, and
//! inner folds choose how far to go from the base weights towards the fitted ones; with few judgements that is often not
//! far. If the gain on the outer folds may be noise, the base weights stay.
//!
//! Values of signals are computed once; a candidate's score is recombined from them as the matcher does.

use super::Qrels;
use super::compare::{Difference, Resampling, Verdict, below, difference, generator};
use super::measure::{Gain, Measure, number};
use crate::error::{Error, ErrorKind, Result};
use crate::matcher::Matcher;
use crate::model::Side;
use crate::signal::Signal;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

pub(super) const SIGNALS: usize = Signal::ALL.len();
/// Signals that can make a match; the others only order it (`Pair::unknown`).
pub(super) const EVIDENCE: [Signal; 3] = [Signal::Skills, Signal::Text, Signal::Semantic];
/// The shares that a signal may have in the search: fine where little weight matters, coarse where it does not.
const SHARES: [f64; 9] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8];
/// How far from the base weights towards the fitted ones; the least that is as good is taken.
const STEPS: [f64; 4] = [0.0, 0.25, 0.5, 1.0];
/// Rounds of the coordinate search; it stops before, as soon as nothing improves.
const ROUNDS: usize = 4;

pub(super) type Weights = [f64; SIGNALS];

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneOptions {
    /// What to raise.
    pub measure: Measure,
    /// Folds of the challenges, 2 to 20.
    pub folds: usize,
    /// How interval and p-value are drawn; the seed also deals the challenges into folds.
    pub resampling: Resampling,
}

impl TuneOptions {
    pub(super) fn validate(&self) -> Result<()> {
        self.resampling.validate()?;
        if !(2..=20).contains(&self.folds) {
            return Err(Error::invalid("/folds", format!("{} is out of range: 2 to 20", self.folds)));
        }
        Ok(())
    }
}

impl Default for TuneOptions {
    /// nDCG@10 with gain 2^grade - 1, five folds.
    fn default() -> Self {
        Self {
            measure: Measure::Ndcg { k: Some(10), gain: Gain::Exponential },
            folds: 5,
            resampling: Resampling::default(),
        }
    }
}

/// One outer fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fold {
    /// Its challenges, in the order of their ids.
    pub challenges: Vec<String>,
    /// What was fitted on all other challenges, sum 1.
    pub weights: BTreeMap<Signal, f64>,
    /// Mean of the measure on its challenges with the base weights.
    pub base: f64,
    /// The same with `weights`.
    pub tuned: f64,
}

/// Weights, and whether they are to be trusted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tuned {
    /// The weights to use, sum 1: the fitted ones if `accepted`, the base weights if not.
    pub weights: BTreeMap<Signal, f64>,
    /// What was fitted on all challenges, sum 1.
    pub fitted: BTreeMap<Signal, f64>,
    /// Base (`a`) against tuned (`b`) weights on the outer folds, that is on challenges that the fit has not seen.
    pub gain: Difference,
    /// Whether the gain is more than noise.
    pub accepted: bool,
    /// The outer folds. If their weights differ much, the judgements are too few to tell.
    pub folds: Vec<Fold>,
}

/// One challenge: the values and grades of its candidates in the order of their ids.
pub(super) struct Judged {
    pub challenge: String,
    pub values: Vec<[Option<f64>; SIGNALS]>,
    pub grades: Vec<i32>,
    judged: Vec<i32>,
}

impl Judged {
    /// The measure under weights.
    fn value(&self, weights: &Weights, measure: Measure) -> f64 {
        let mut order: Vec<(f64, usize)> =
            self.values.iter().map(|v| score(v, weights).unwrap_or(-1.0)).zip(0..).collect();
        let best = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if let Some(k) = measure.depth().filter(|&k| k < order.len()) {
            order.select_nth_unstable_by(k, best);
            order.truncate(k);
        }
        order.sort_unstable_by(best);
        let ranked: Vec<i32> = order.into_iter().map(|(_, i)| self.grades[i]).collect();
        measure.value(&ranked, &self.judged)
    }
}

/// As [`Matcher`] scores, operation by operation.
pub(super) fn score(values: &[Option<f64>; SIGNALS], weights: &Weights) -> Option<f64> {
    let counts = |i: usize| if weights[i] > 0.0 { values[i] } else { None };
    if !EVIDENCE.iter().any(|&s| counts(s as usize).is_some_and(|v| v > 0.0)) {
        return None;
    }
    let total: f64 = (0..SIGNALS).filter(|&i| counts(i).is_some()).map(|i| weights[i]).sum();
    Some((0..SIGNALS).fold(0.0, |sum, i| sum + counts(i).map_or(0.0, |v| weights[i] * v / total)))
}

struct Fit<'a> {
    options: &'a TuneOptions,
    base: Weights,
    /// The signals that are known for some pair, and so can be weighed.
    free: Vec<usize>,
}

impl Fit<'_> {
    fn mean(&self, on: &[&Judged], weights: &Weights) -> f64 {
        mean(on, weights, self.options.measure)
    }

    /// Gives signal `i` a share of the weight of the free signals; the others keep their proportions.
    fn with_share(&self, weights: &Weights, i: usize, share: f64) -> Weights {
        let all: f64 = self.free.iter().map(|&j| weights[j]).sum();
        let others = all - weights[i];
        let mut new = *weights;
        for &j in &self.free {
            new[j] = if j == i {
                share * all
            } else if others > 0.0 {
                weights[j] / others * (1.0 - share) * all
            } else {
                (1.0 - share) * all / number(self.free.len() - 1)
            };
        }
        new
    }

    fn search(&self, on: &[&Judged]) -> Weights {
        let (mut best, mut value) = (self.base, self.mean(on, &self.base));
        for _ in 0..ROUNDS {
            let before = value;
            for &i in &self.free {
                let tried: Vec<Weights> = SHARES.iter().map(|&s| self.with_share(&best, i, s)).collect();
                for weights in tried.into_iter().filter(|w| EVIDENCE.iter().any(|&s| w[s as usize] > 0.0)) {
                    let found = self.mean(on, &weights);
                    if found > value + 1e-9 {
                        (best, value) = (weights, found);
                    }
                }
            }
            if value <= before {
                break;
            }
        }
        best
    }

    fn towards(&self, fitted: &Weights, step: f64) -> Weights {
        let mut new = self.base;
        for (w, f) in new.iter_mut().zip(fitted) {
            *w = (1.0 - step) * *w + step * f;
        }
        new
    }

    /// The base, and the weights at each step from there to the fitted ones.
    fn path(&self, on: &[&Judged]) -> Vec<Weights> {
        let fitted = self.search(on);
        STEPS.iter().map(|&step| self.towards(&fitted, step)).collect()
    }
}

/// What weights give on folds that their fit has not seen.
pub(super) struct Crossed {
    /// Fitted on everything, and at which step from the base.
    pub fitted: Weights,
    pub step: usize,
    pub folds: Vec<Fold>,
    /// The measure of each challenge in an outer fold, with the base weights and with the fitted ones.
    pub base_values: Vec<f64>,
    pub values: Vec<f64>,
    /// Base (`a`) against fitted (`b`).
    pub gain: Difference,
}

/// A way to fit: weights that begin with the base and go further from it each, from the challenges given.
pub(super) type Path<'a> = &'a dyn Fn(&[&Judged]) -> Vec<Weights>;

pub(super) fn cross_validate(judged: &mut [Judged], base: &Weights, options: &TuneOptions, path: Path) -> Crossed {
    // Fisher-Yates: who is judged first must not decide the folds.
    let mut rng = generator(options.resampling.seed);
    for i in (1..judged.len()).rev() {
        judged.swap(i, below(&mut rng, i + 1));
    }
    let judged: Vec<&Judged> = judged.iter().collect();
    let measure = options.measure;
    let (mut folds, mut outer) = (Vec::new(), Vec::new());
    for fold in 0..options.folds {
        let (test, train) = split(&judged, fold, options.folds);
        let (weights, _) = chosen(&train, (options.folds - 1).max(2), base, measure, path);
        outer.extend(test.iter().map(|j| (&j.challenge[..], j.value(base, measure), j.value(&weights, measure))));
        let mut challenges: Vec<String> = test.iter().map(|j| j.challenge.clone()).collect();
        challenges.sort_unstable();
        let (base, tuned) = (mean(&test, base, measure), mean(&test, &weights, measure));
        folds.push(Fold { challenges, weights: named(&weights), base, tuned });
    }
    outer.sort_by(|a, b| match a.0.cmp(b.0) {
        Ordering::Equal => a.1.total_cmp(&b.1),
        by_id => by_id,
    });
    let (base_values, values): (Vec<f64>, Vec<f64>) = outer.iter().map(|o| (o.1, o.2)).unzip();
    let gain = difference(measure, &base_values, &values, options.resampling);
    let (fitted, step) = chosen(&judged, options.folds, base, measure, path);
    Crossed { fitted, step, folds, base_values, values, gain }
}

/// The weights of a path as far along as inner folds say that it pays, and which they are.
fn chosen(on: &[&Judged], folds: usize, base: &Weights, measure: Measure, path: Path) -> (Weights, usize) {
    let mut gains: Vec<f64> = Vec::new();
    for fold in 0..folds {
        let (test, train) = split(on, fold, folds);
        let tried = path(&train);
        gains.resize(tried.len(), 0.0);
        for (gain, weights) in gains.iter_mut().zip(&tried) {
            *gain += mean(&test, weights, measure) * number(test.len());
        }
    }
    let most = gains.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = gains.iter().position(|&gain| gain >= most - 1e-9).unwrap_or(0);
    (if step == 0 { *base } else { path(on)[step] }, step)
}

fn mean(on: &[&Judged], weights: &Weights, measure: Measure) -> f64 {
    on.iter().fold(0.0, |sum, j| sum + j.value(weights, measure)) / number(on.len())
}

/// Fold `fold`, and all but it.
fn split<'a>(on: &[&'a Judged], fold: usize, folds: usize) -> (Vec<&'a Judged>, Vec<&'a Judged>) {
    let numbered = on.iter().enumerate();
    let (test, train): (Vec<_>, Vec<_>) = numbered.partition(|(i, _)| i % folds == fold);
    (test.into_iter().map(|(_, j)| *j).collect(), train.into_iter().map(|(_, j)| *j).collect())
}

pub(super) fn named(weights: &Weights) -> BTreeMap<Signal, f64> {
    let all: f64 = weights.iter().sum();
    Signal::ALL.into_iter().zip(weights).filter(|(_, w)| **w > 0.0).map(|(s, w)| (s, w / all)).collect()
}

/// Fits the weights of the signals to judgements, and tells whether that is better than the matcher's own weights (the
/// base) on challenges that the fit has not seen. The matcher's gates stay. Challenges that the snapshot does not hold, or for which nobody is relevant, are left out.
///
/// Cost: one ranking a challenge, then about ten thousand evaluations of all judged challenges: seconds for 20
/// challenges x 100 profiles, minutes for 1,000 x 1,000.
///
/// ```
/// use osuma::eval::{Qrels, TuneOptions, tune};
/// use osuma::{MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json_all};
/// let crafts = ["bread", "paint", "boats", "clocks", "shoes", "gardens"];
/// let (mut profiles, mut challenges, mut judged) = (String::new(), String::new(), String::new());
/// for craft in crafts {
///     profiles += &format!("{{\"id\": \"{craft}\", \"text\": \"I know all about {craft}.\"}}\n");
///     challenges += &format!("{{\"id\": \"c-{craft}\", \"title\": \"Help\", \"text\": \"Who knows about {craft}?\"}}\n");
///     judged += &format!("c-{craft} 0 {craft} 3\n");
/// }
/// let (profiles, challenges) = (from_json_all(&profiles)?, from_json_all(&challenges)?);
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
/// let options = TuneOptions { folds: 3, ..TuneOptions::default() };
/// let tuned = tune(&Matcher::new(snapshot, MatchConfig::default())?, &Qrels::parse(&judged)?, &options)?;
/// assert!(!tuned.accepted, "everything is right already: nothing can be gained");
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for folds or rounds out of range, and for fewer than two judged challenges a fold; [`MissingSide`](ErrorKind::MissingSide).
pub fn tune(matcher: &Matcher, qrels: &Qrels, options: &TuneOptions) -> Result<Tuned> {
    options.validate()?;
    let mut judged = table(matcher, qrels, false)?;
    if judged.len() < 2 * options.folds {
        let message = format!(
            "{} challenges have a relevant profile; {} folds need at least {}",
            judged.len(),
            options.folds,
            2 * options.folds
        );
        return Err(Error::invalid("/qrels", message));
    }
    let base = base(matcher);
    let mut fit = Fit { options, base, free: free(&judged) };
    if fit.free.iter().all(|&i| base[i] == 0.0) {
        // Nothing that is known has a weight: there is no proportion to start from.
        fit.free.clear();
    }
    let Crossed { fitted, folds, gain, .. } = cross_validate(&mut judged, &base, options, &|on| fit.path(on));
    let accepted = gain.verdict == Verdict::B;
    let weights = named(if accepted { &fitted } else { &base });
    Ok(Tuned { weights, fitted: named(&fitted), gain, accepted, folds })
}

/// The matcher's own weights.
pub(super) fn base(matcher: &Matcher) -> Weights {
    Signal::ALL.map(|s| matcher.config().weights.get(&s).copied().unwrap_or(0.0))
}

/// The signals that are known for some pair, and so can be weighed.
pub(super) fn free(judged: &[Judged]) -> Vec<usize> {
    let known = |i: &usize| judged.iter().any(|j| j.values.iter().any(|v| v[*i].is_some()));
    (0..SIGNALS).filter(known).collect()
}

/// The values of all signals for the candidates of each challenge that has a relevant one: all profiles, or only those
/// that were judged.
pub(super) fn table(matcher: &Matcher, qrels: &Qrels, only_judged: bool) -> Result<Vec<Judged>> {
    let config = Signal::ALL.into_iter().fold(matcher.config().clone(), |config, signal| config.weight(signal, 1.0));
    let matcher = Matcher::new(matcher.snapshot().clone(), config)?;
    let everybody = matcher.snapshot().count(Side::Profiles).max(1);
    let mut all = Vec::new();
    for challenge in qrels.queries() {
        let judged: Vec<i32> = qrels.of(challenge).map(|(_, grade)| grade).collect();
        if !judged.iter().any(|&g| g > 0) {
            continue;
        }
        let mut matches = match matcher.profiles_for(challenge, everybody) {
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            ranking => ranking?.matches,
        };
        if only_judged {
            matches.retain(|m| qrels.grade(challenge, &m.profile).is_some());
        }
        matches.sort_unstable_by(|a, b| a.profile.cmp(&b.profile));
        all.push(Judged {
            challenge: challenge.to_owned(),
            grades: matches.iter().map(|m| qrels.grade(challenge, &m.profile).unwrap_or(0)).collect(),
            values: (matches.iter()).map(|m| Signal::ALL.map(|s| m.signals.get(&s).copied().flatten())).collect(),
            judged,
        });
    }
    Ok(all)
}
