//! Weights learnt from what people chose, or from judgements, as a file that a person can read.
//!
//! The fit is a conditional logit (McFadden 1974): whoever is chosen for a challenge is chosen among those that could
//! be, with odds that grow with the weighted sum of the signals. With grades it is the softmax cross-entropy, each
//! candidate counting by its gain 2^grade - 1 (Cao et al. 2007; Bruch et al. 2019 on why that bounds nDCG). It is convex,
//! so that there is one answer; weights are never negative, so that the axioms of scoring hold for any answer; and they
//! are drawn to the matcher's own weights, the base, by a quadratic penalty. How strongly is chosen by inner folds, and
//! what is gained is measured on outer ones, as in [`tune`](super::tune). What is unknown of a pair counts as the pair's
//! score under the base, as it does there.
//!
//! **Exposure**: who was never shown was never refused. From events only those are candidates who were shown for a
//! challenge, or more. What the old ranking never shows is never learnt about, so that weights learnt from its own
//! events lean towards it; judgements of pairs drawn by chance do not.

use super::Qrels;
use super::compare::{Difference, Verdict, resampled};
use super::measure::number;
use super::tune::{
    Crossed, EVIDENCE, Judged, SIGNALS, TuneOptions, Weights, base, cross_validate, free, named, score, table,
};
use crate::error::{Error, ErrorKind, Result};
use crate::feedback::{Feedback, FeedbackKind};
use crate::matcher::{MatchConfig, Matcher};
use crate::signal::Signal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Version of the file.
const VERSION: u32 = 1;
/// For how many challenges the base speaks, strongest first; inner folds choose. A decade and a half in steps of three,
/// as a regulariser is usually searched.
const STRENGTHS: [f64; 5] = [100.0, 30.0, 10.0, 3.0, 1.0];
/// Above this, odds no longer change who comes first.
const STEEPEST: f64 = 100.0;
/// Newton's steps; it takes about six.
const STEPS: usize = 50;

/// A figure with its 95 % bootstrap interval over challenges.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One signal's weight; those of all signals add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Weighed {
    /// The matcher's own.
    pub base: f64,
    /// Fitted on everything.
    pub fitted: f64,
    /// The least of the outer folds' weights. If least and most are far apart, there is too little evidence to tell.
    pub least: f64,
    /// The most.
    pub most: f64,
}

/// What the fit gains on challenges that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Gained {
    /// With the matcher's own weights.
    pub base: Estimate,
    /// With the fitted ones.
    pub fitted: Estimate,
    /// Fitted less base, challenge by challenge.
    pub difference: Estimate,
    /// Two-sided p of the randomisation test.
    pub p: f64,
}

/// What was learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(rename = "LearntFrom"))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Grades; whoever has none counts as not relevant.
    Judgements,
    /// Feedback; whoever was not shown does not count.
    Events,
}

/// How much was learnt from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it was.
    pub source: Source,
    /// Challenges in which there was a choice: one candidate with a higher grade than another.
    pub challenges: u32,
    /// Their candidates.
    pub candidates: u32,
    /// Candidates with a grade above 0.
    pub chosen: u32,
}

/// Why the matcher's own weights stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Fewer than two challenges a fold have a choice.
    TooLittle,
    /// The gain may be chance.
    Noise,
    /// The fitted weights are worse.
    Worse,
}

/// Weights, how they were got, and what they gain: a plain file, see [`save`](Self::save).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LearntWeights {
    /// Version of the file.
    pub version: u32,
    /// The weights to use, sum 1: the fitted ones, or the matcher's own if `refused`.
    pub weights: BTreeMap<Signal, f64>,
    /// Why the matcher's own weights stay; `None` where they are replaced.
    pub refused: Option<Refusal>,
    /// The same in words, with figures.
    pub verdict: String,
    /// What was measured, such as `nDCG(dcg='exp-log2')@10`.
    pub measure: String,
    /// On challenges that the fit had not seen; `None` if there was too little to fit.
    pub gain: Option<Gained>,
    /// Each signal that has a weight.
    pub signals: BTreeMap<Signal, Weighed>,
    /// For how many challenges the matcher's own weights spoke; `None` if nothing was fitted.
    pub strength: Option<f64>,
    /// What was learnt from.
    pub evidence: Evidence,
    /// Folds of the cross-validation.
    pub folds: u32,
    /// Start of the random numbers.
    pub seed: u64,
    /// Version of the program.
    pub osuma: String,
}

impl LearntWeights {
    /// A matcher's settings with these weights and its own gates.
    ///
    /// ```
    /// use osuma::{MatchConfig, Signal, eval::LearntWeights};
    /// let file = r#"{"version": 1, "weights": {"skills": 0.4, "semantic": 0.6}, "refused": null, "verdict": "",
    ///     "measure": "RR", "gain": null, "signals": {}, "strength": 3.0, "folds": 5, "seed": 0, "osuma": "0.1.0",
    ///     "evidence": {"source": "events", "challenges": 40, "candidates": 400, "chosen": 60}}"#;
    /// let config = LearntWeights::from_json(file)?.config(&MatchConfig::default());
    /// assert_eq!(config.weights.get(&Signal::Skills), Some(&0.4));
    /// assert_eq!(config.weights.get(&Signal::Text), None);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    #[must_use]
    pub fn config(&self, config: &MatchConfig) -> MatchConfig {
        MatchConfig { weights: self.weights.clone(), gates: config.gates.clone() }
    }

    /// The file's text: JSON, indented.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a number that JSON has no place for.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n").map_err(|e| Error::invalid("", e.to_string()))
    }

    /// Reads the file's text; somebody may have changed the weights by hand.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with a JSON pointer to a field that is missing, unknown or of another
    /// form, and for weights that no matcher takes; [`Version`](ErrorKind::Version) for a file of another version.
    pub fn from_json(json: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let Head { version } = crate::json::parse(json)?;
        if version != VERSION {
            let message = format!("the file has version {version}, this osuma reads {VERSION}; learn again");
            return Err(Error::new(ErrorKind::Version, "/version", message));
        }
        let learnt: Self = crate::json::parse(json)?;
        learnt.config(&MatchConfig::default()).validate()?;
        Ok(learnt)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) if it cannot be written; the path is the file's.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_json()?).map_err(|e| {
            Error::new(
                ErrorKind::Storage,
                path.display().to_string(),
                format!("cannot write: {e}; check disk and rights"),
            )
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json), and [`NotFound`](ErrorKind::NotFound) or [`Storage`](ErrorKind::Storage) for a
    /// file that cannot be read; the path begins with the file's.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        super::read(path.as_ref(), Self::from_json)
    }
}

impl Qrels {
    /// Grades from feedback about challenges: who came to work there has 3, who was asked 2, who was shown and no more, or
    /// of whom nothing came, 0. The latest word counts, and to be shown again takes nothing back. Pairs that nobody saw
    /// have no grade.
    ///
    /// ```
    /// use osuma::{eval::Qrels, options_from_json};
    /// let qrels = Qrels::from_feedback(&options_from_json::<Vec<_>>(r#"[
    ///     {"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "a", "challenge": "c"},
    ///     {"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "b", "challenge": "c"},
    ///     {"kind": "contacted", "at": "2027-03-02T10:00:00Z", "profile": "b", "challenge": "c"}]"#)?);
    /// assert_eq!((qrels.grade("c", "a"), qrels.grade("c", "b"), qrels.grade("c", "d")), (Some(0), Some(2), None));
    /// # Ok::<(), osuma::Error>(())
    /// ```
    #[must_use]
    pub fn from_feedback(events: &[Feedback]) -> Self {
        let mut ordered: Vec<&Feedback> = events.iter().collect();
        ordered.sort_by_key(|e| (e.at, e.kind));
        let mut qrels = Self::default();
        for event in ordered {
            let Some(challenge) = &event.challenge else { continue };
            let grades = qrels.grades.entry(challenge.clone()).or_default();
            match event.kind {
                FeedbackKind::Confirmed | FeedbackKind::Rejected => {}
                FeedbackKind::Shown => drop(grades.entry(event.profile.clone()).or_insert(0)),
                FeedbackKind::Contacted => drop(grades.insert(event.profile.clone(), 2)),
                FeedbackKind::Accepted => drop(grades.insert(event.profile.clone(), 3)),
                FeedbackKind::Declined => drop(grades.insert(event.profile.clone(), 0)),
            }
        }
        qrels.grades.retain(|_, grades| !grades.is_empty());
        qrels
    }
}

/// Learns the weights of the signals from judgements: of every challenge all profiles are candidates, as in
/// [`tune`](super::tune). If there is too little to learn from, or the gain on challenges that the fit has not seen may
/// be chance, the matcher's own weights stay, and `refused` says why.
///
/// Against `tune`: that raises the measure itself by trying weights, this fits a convex stand-in for it, which is
/// faster, has one answer, and takes feedback. Cost: one ranking a challenge, then some hundred passes over the
/// candidates a fold.
///
/// ```
/// use osuma::eval::{Qrels, Refusal, TuneOptions, learn};
/// use osuma::{MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json_all};
/// let profiles = from_json_all(r#"[{"id": "a", "text": "I bake."}, {"id": "b", "text": "I sew."}]"#)?;
/// let challenges = from_json_all(r#"[{"id": "c", "title": "Bread", "text": "Who can bake?"}]"#)?;
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
/// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
/// let learnt = learn(&matcher, &Qrels::parse("c 0 a 3\n")?, &TuneOptions::default())?;
/// assert_eq!(learnt.refused, Some(Refusal::TooLittle));
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for folds or rounds out of range; [`MissingSide`](ErrorKind::MissingSide).
pub fn learn(matcher: &Matcher, qrels: &Qrels, options: &TuneOptions) -> Result<LearntWeights> {
    learnt(matcher, qrels, Source::Judgements, options)
}

/// [`learn`] from feedback about challenges, graded as [`Qrels::from_feedback`] does: of every challenge only those are
/// candidates who were shown, asked, taken or declined. Values of signals are those of today's documents: feedback on a
/// profile that has changed much since says less.
///
/// # Errors
/// As [`learn`].
pub fn learn_from_events(matcher: &Matcher, events: &[Feedback], options: &TuneOptions) -> Result<LearntWeights> {
    learnt(matcher, &Qrels::from_feedback(events), Source::Events, options)
}

fn learnt(matcher: &Matcher, qrels: &Qrels, source: Source, options: &TuneOptions) -> Result<LearntWeights> {
    options.validate()?;
    let mut judged = table(matcher, qrels, source == Source::Events)?;
    judged.retain(|j| j.grades.iter().any(|&g| g > 0) && j.grades.iter().any(|&g| g.max(0) != j.grades[0].max(0)));
    let total: f64 = base(matcher).iter().sum();
    let base = base(matcher).map(|w| w / total);
    let count = |counted: &dyn Fn(&Judged) -> usize| judged.iter().map(counted).sum::<usize>() as u32;
    let evidence = Evidence {
        source,
        challenges: judged.len() as u32,
        candidates: count(&|j| j.grades.len()),
        chosen: count(&|j| j.grades.iter().filter(|&&g| g > 0).count()),
    };
    let mut learnt = LearntWeights {
        version: VERSION,
        weights: named(&base),
        refused: Some(Refusal::TooLittle),
        verdict: String::new(),
        measure: options.measure.to_string(),
        gain: None,
        signals: BTreeMap::new(),
        strength: None,
        evidence,
        folds: options.folds as u32,
        seed: options.resampling.seed,
        osuma: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if judged.len() < 2 * options.folds {
        learnt.verdict = format!(
            "{} challenges had a choice; {} folds need at least {}. The matcher's own weights stay.",
            judged.len(),
            options.folds,
            2 * options.folds
        );
        return Ok(learnt);
    }
    let fit = Fit { base, free: free(&judged) };
    let crossed = cross_validate(&mut judged, &base, options, &|on| fit.path(on));
    let estimate = |values: &[f64]| {
        let (mean, low, high) = resampled(values, options.resampling);
        Estimate { mean, low, high }
    };
    let Crossed { fitted, step, folds, base_values, values, gain } = crossed;
    let Difference { difference, low, high, p, verdict, .. } = gain;
    learnt.gain = Some(Gained {
        base: estimate(&base_values),
        fitted: estimate(&values),
        difference: Estimate { mean: difference, low, high },
        p,
    });
    learnt.strength = step.checked_sub(1).map(|i| STRENGTHS[i]);
    let (of_base, of_fitted) = (named(&base), named(&fitted));
    for signal in Signal::ALL {
        let of = |weights: &BTreeMap<Signal, f64>| weights.get(&signal).copied().unwrap_or(0.0);
        let each = || folds.iter().map(|f| of(&f.weights));
        let (least, most) = (each().fold(f64::INFINITY, f64::min), each().fold(0.0, f64::max));
        let weighed = Weighed { base: of(&of_base), fitted: of(&of_fitted), least, most };
        if weighed.base > 0.0 || weighed.fitted > 0.0 || most > 0.0 {
            learnt.signals.insert(signal, weighed);
        }
    }
    let figures = format!(
        "On challenges that the fit had not seen, {} changes by {difference:+.3} ({low:+.3} to {high:+.3}, p = {p:.3})",
        options.measure
    );
    (learnt.refused, learnt.verdict) = match verdict {
        Verdict::B => (None, format!("{figures}: better than chance.")),
        Verdict::A => (Some(Refusal::Worse), format!("{figures}: worse. The matcher's own weights stay.")),
        Verdict::Noise => {
            (Some(Refusal::Noise), format!("{figures}: this may be chance. The matcher's own weights stay."))
        }
    };
    if learnt.refused.is_none() {
        learnt.weights = of_fitted;
    }
    Ok(learnt)
}

/// The convex fit.
struct Fit {
    /// Sum 1.
    base: Weights,
    /// The signals that can be weighed; the others keep their weight.
    free: Vec<usize>,
}

/// One challenge: the free signals' values of its candidates, and how the choice is shared among them.
struct Choice {
    values: Vec<[f64; SIGNALS]>,
    shares: Vec<f64>,
}

/// Value, gradient and curvature.
struct Slope {
    value: f64,
    gradient: [f64; SIGNALS],
    curvature: [[f64; SIGNALS]; SIGNALS],
}

fn dot(a: &[f64; SIGNALS], b: &[f64; SIGNALS]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

impl Fit {
    /// The base, then the fitted weights from the strongest pull towards it to the weakest.
    fn path(&self, on: &[&Judged]) -> Vec<Weights> {
        let choices: Vec<Choice> = on.iter().map(|j| self.choice(j)).collect();
        let mut start = [0.0; SIGNALS];
        self.free.iter().for_each(|&i| start[i] = self.base[i]);
        let mut path = vec![self.base];
        let steepness = steepness(&choices, &start);
        let mut weights = start;
        for strength in STRENGTHS {
            weights = newton(&choices, &start, steepness, strength / number(on.len()), weights, &self.free);
            path.push(self.whole(&weights));
        }
        path
    }

    /// With the weights of the others, and rounded: more figures than three say nothing.
    fn whole(&self, weights: &Weights) -> Weights {
        let share: f64 = self.free.iter().map(|&i| self.base[i]).sum();
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && share > 0.0) {
            return self.base;
        }
        let mut whole = self.base;
        for &i in &self.free {
            whole[i] = libm::round(weights[i] / sum * share * 1e3) / 1e3;
        }
        // Without evidence nobody would have a score.
        if EVIDENCE.iter().all(|&s| whole[s as usize] == 0.0) { self.base } else { whole }
    }

    fn choice(&self, judged: &Judged) -> Choice {
        let gain = |&grade: &i32| libm::scalbn(1.0, grade.clamp(0, 30)) - 1.0;
        let sum: f64 = judged.grades.iter().map(gain).sum();
        let values = judged.values.iter().map(|values| {
            let score = score(values, &self.base).unwrap_or(0.0);
            let mut row = [0.0; SIGNALS];
            self.free.iter().for_each(|&i| row[i] = values[i].unwrap_or(score));
            row
        });
        Choice { values: values.collect(), shares: judged.grades.iter().map(|g| gain(g) / sum).collect() }
    }
}

/// Mean loss of the choices under weights, with its slope if that is asked for.
fn loss(choices: &[Choice], weights: &Weights, slope: Option<&mut Slope>) -> f64 {
    let mut total = 0.0;
    let mut slope = slope;
    for choice in choices {
        let utilities: Vec<f64> = choice.values.iter().map(|v| dot(v, weights)).collect();
        let most = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let odds: Vec<f64> = utilities.iter().map(|u| libm::exp(u - most)).collect();
        let sum: f64 = odds.iter().sum();
        let chosen: f64 = utilities.iter().zip(&choice.shares).map(|(u, s)| u * s).sum();
        total += libm::log(sum) + most - chosen;
        let Some(slope) = slope.as_deref_mut() else { continue };
        let (mut mean, mut squares) = ([0.0; SIGNALS], [[0.0; SIGNALS]; SIGNALS]);
        for ((values, odds), share) in choice.values.iter().zip(&odds).zip(&choice.shares) {
            let likely = odds / sum;
            for i in 0..SIGNALS {
                mean[i] += likely * values[i];
                slope.gradient[i] -= share * values[i];
                for j in 0..=i {
                    squares[i][j] += likely * values[i] * values[j];
                }
            }
        }
        for i in 0..SIGNALS {
            slope.gradient[i] += mean[i];
            for j in 0..=i {
                slope.curvature[i][j] += squares[i][j] - mean[i] * mean[j];
            }
        }
    }
    let count = number(choices.len());
    if let Some(slope) = slope {
        slope.value = total / count;
        slope.gradient.iter_mut().for_each(|g| *g /= count);
        for i in 0..SIGNALS {
            for j in 0..=i {
                let curved = slope.curvature[i][j] / count;
                (slope.curvature[i][j], slope.curvature[j][i]) = (curved, curved);
            }
        }
    }
    total / count
}

fn slope_at(choices: &[Choice], weights: &Weights) -> Slope {
    let mut slope = Slope { value: 0.0, gradient: [0.0; SIGNALS], curvature: [[0.0; SIGNALS]; SIGNALS] };
    loss(choices, weights, Some(&mut slope));
    slope
}

fn times(weights: &Weights, by: f64) -> Weights {
    weights.map(|w| w * by)
}

/// How strongly choices follow the base: the factor that fits best, where the convex loss no longer falls.
fn steepness(choices: &[Choice], base: &Weights) -> f64 {
    let falls = |factor: f64| dot(&slope_at(choices, &times(base, factor)).gradient, base) < 0.0;
    let (mut low, mut high) = (0.0, STEEPEST);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if falls(middle) { low = middle } else { high = middle }
    }
    // Choices that do not follow the base at all tell nothing of how steep they are.
    if low == 0.0 { 1.0 } else { high }
}

/// Minimises loss(steepness * weights) + pull * |weights - base|^2 over weights that are not negative: Newton's method,
/// each step a quadratic problem with bounds.
fn newton(choices: &[Choice], base: &Weights, steepness: f64, pull: f64, start: Weights, free: &[usize]) -> Weights {
    let penalty = |w: &Weights| pull * w.iter().zip(base).fold(0.0, |sum, (w, b)| sum + (w - b) * (w - b));
    let mut weights = start;
    for _ in 0..STEPS {
        let mut slope = slope_at(choices, &times(&weights, steepness));
        let value = slope.value + penalty(&weights);
        for i in 0..SIGNALS {
            slope.gradient[i] = slope.gradient[i] * steepness + 2.0 * pull * (weights[i] - base[i]);
            for j in 0..SIGNALS {
                slope.curvature[i][j] *= steepness * steepness;
            }
            slope.curvature[i][i] += 2.0 * pull;
        }
        let step = bounded(&slope, &weights, free);
        let falls = dot(&slope.gradient, &step);
        if falls > -1e-12 {
            break;
        }
        let mut share = 1.0;
        let next = loop {
            let mut next = weights;
            for i in 0..SIGNALS {
                next[i] = (weights[i] + share * step[i]).max(0.0);
            }
            let there = loss(choices, &times(&next, steepness), None) + penalty(&next);
            if there <= value + 1e-4 * share * falls || share < 1e-6 {
                break next;
            }
            share /= 2.0;
        };
        weights = next;
    }
    weights
}

/// The step that minimises the quadratic model and leaves no weight below 0, coordinate by coordinate.
fn bounded(slope: &Slope, weights: &Weights, free: &[usize]) -> Weights {
    let mut step = [0.0; SIGNALS];
    for _ in 0..500 {
        let mut moved: f64 = 0.0;
        for &i in free {
            let pulled = slope.gradient[i] + dot(&slope.curvature[i], &step);
            let next = (step[i] - pulled / slope.curvature[i][i]).max(-weights[i]);
            moved = moved.max((next - step[i]).abs());
            step[i] = next;
        }
        if moved < 1e-12 {
            break;
        }
    }
    step
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::compare::{below, generator};
    use super::*;
    use proptest::prelude::*;

    fn choices() -> impl Strategy<Value = Vec<Choice>> {
        let value = proptest::sample::select(vec![0.0, 0.0, 0.2, 0.5, 0.9, 1.0]);
        let row = proptest::collection::vec(value, SIGNALS).prop_map(|v| <[f64; SIGNALS]>::try_from(v).unwrap());
        let choice =
            (proptest::collection::vec(row, 2..6), any::<prop::sample::Index>()).prop_map(|(values, chosen)| {
                let at = chosen.index(values.len());
                let shares = (0..values.len()).map(|i| f64::from(u8::from(i == at))).collect();
                Choice { values, shares }
            });
        proptest::collection::vec(choice, 1..12)
    }

    impl std::fmt::Debug for Choice {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Choice").field("values", &self.values).field("shares", &self.shares).finish()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        /// The conditions of Karush, Kuhn and Tucker: of a convex problem they make an answer the answer.
        #[test]
        fn the_fit_is_the_one_answer_and_never_negative(
            choices in choices(), base in proptest::collection::vec(0.0f64..1.0, SIGNALS), pull in 0.01f64..10.0,
            steepness in 0.5f64..30.0,
        ) {
            let base = <[f64; SIGNALS]>::try_from(base).unwrap();
            let free: Vec<usize> = (0..SIGNALS).collect();
            let found = newton(&choices, &base, steepness, pull, base, &free);
            let slope = slope_at(&choices, &times(&found, steepness));
            for i in free {
                let gradient = slope.gradient[i] * steepness + 2.0 * pull * (found[i] - base[i]);
                prop_assert!(found[i] >= 0.0 && gradient > -1e-4, "{i}: {gradient} at {found:?}");
                prop_assert!(found[i] == 0.0 || gradient < 1e-4, "{i}: {gradient} at {found:?}");
            }
        }

        #[test]
        fn the_slope_is_that_of_the_loss(choices in choices(), at in proptest::collection::vec(0.0f64..3.0, SIGNALS)) {
            let at = <[f64; SIGNALS]>::try_from(at).unwrap();
            let slope = slope_at(&choices, &at);
            prop_assert!((slope.value - loss(&choices, &at, None)).abs() < 1e-12);
            for i in 0..SIGNALS {
                let moved = |by: f64| { let mut w = at; w[i] += by; w };
                let rise = (loss(&choices, &moved(1e-5), None) - loss(&choices, &moved(-1e-5), None)) / 2e-5;
                prop_assert!((rise - slope.gradient[i]).abs() < 1e-6, "{rise} {}", slope.gradient[i]);
                let (up, down) = (slope_at(&choices, &moved(1e-5)), slope_at(&choices, &moved(-1e-5)));
                for j in 0..SIGNALS {
                    let curved = (up.gradient[j] - down.gradient[j]) / 2e-5;
                    prop_assert!((curved - slope.curvature[i][j]).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn what_choices_follow_is_found_and_what_they_do_not_is_nothing() {
        let mut rng = generator(5);
        let mut random = || number(below(&mut rng, 1 << 20)) / f64::from(1 << 20);
        // Chosen by the first signal and half by the third; the second is noise.
        let choices: Vec<Choice> = (0..400)
            .map(|_| {
                let values: Vec<[f64; SIGNALS]> = (0..8)
                    .map(|_| {
                        let mut row = [0.0; SIGNALS];
                        row[..3].iter_mut().for_each(|v| *v = random());
                        row
                    })
                    .collect();
                // The maximum of utilities with Gumbel noise is a conditional logit.
                let noisy = values.iter().map(|v| 8.0 * v[0] + 4.0 * v[2] - libm::log(-libm::log(random().max(1e-9))));
                let noisy: Vec<f64> = noisy.collect();
                let best = (0..8).max_by(|&a, &b| noisy[a].total_cmp(&noisy[b])).unwrap();
                Choice { values, shares: (0..8).map(|i| f64::from(u8::from(i == best))).collect() }
            })
            .collect();
        let mut base = [0.0; SIGNALS];
        base[..3].copy_from_slice(&[0.1, 0.8, 0.1]);
        let found = newton(&choices, &base, steepness(&choices, &base), 1.0 / 400.0, base, &[0, 1, 2]);
        let sum: f64 = found.iter().sum();
        let near = |i: usize, right: f64| assert!((found[i] / sum - right).abs() < 0.06, "{i}: {found:?}");
        near(0, 0.667);
        near(1, 0.0);
        near(2, 0.333);
    }
}
