//! How sure: bootstrap intervals over queries, and the randomisation test of paired differences.

use super::measure::{Measure, Options, Report, evaluate_run, number};
use super::{Qrels, Run};
use crate::error::{Error, Result};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Serialize;

/// How intervals and p-values are drawn. The generator is ChaCha8, so that a seed gives the same figures everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Resamples for an interval, and permutations for a p-value, 100 to 1,000,000.
    pub rounds: u32,
    /// Start of the random numbers.
    pub seed: u64,
}

impl Default for Resampling {
    /// 10,000 rounds: the ends of an interval vary by about a hundredth of its width between seeds.
    fn default() -> Self {
        Self { rounds: 10_000, seed: 0 }
    }
}

impl Resampling {
    pub(super) fn validate(self) -> Result<()> {
        if !(100..=1_000_000).contains(&self.rounds) {
            return Err(Error::invalid("/rounds", format!("{} is out of range: 100 to 1000000", self.rounds)));
        }
        Ok(())
    }
}

/// A number below `bound`, by multiplication (Lemire 2019, without the rejection: the bias is below bound / 2^64).
pub(super) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "it is below bound")]
    let index = ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize;
    index
}

pub(super) fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / number(values.len())
}

/// Mean and 95 % percentile interval of the bootstrap (Efron 1979) of at least one value.
pub(super) fn resampled(values: &[f64], resampling: Resampling) -> (f64, f64, f64) {
    let mut rng = generator(resampling.seed);
    let mut means: Vec<f64> = (0..resampling.rounds)
        .map(|_| {
            let sum = (0..values.len()).fold(0.0, |sum, _| sum + values[below(&mut rng, values.len())]);
            sum / number(values.len())
        })
        .collect();
    means.sort_unstable_by(f64::total_cmp);
    let tail = means.len() / 40;
    (mean(values), means[tail], means[means.len() - 1 - tail])
}

/// How often the signs of the differences, thrown at random, give a mean at least as far from 0 (Fisher's
/// randomisation test, two-sided; Smucker, Allan and Carterette 2007). Exact where there are no more ways than rounds.
fn randomisation(differences: &[f64], resampling: Resampling) -> f64 {
    let observed = differences.iter().sum::<f64>().abs();
    // What equals the observed but for rounding counts as equal.
    let as_far = |sum: f64| sum.abs() >= observed - 1e-12;
    let signed = |signs: &mut dyn FnMut() -> bool| {
        differences.iter().fold(0.0, |sum, d| if signs() { sum + d } else { sum - d })
    };
    let telling = differences.iter().filter(|&&d| d != 0.0).count();
    if differences.len() < 20 && 1_u32 << differences.len() <= resampling.rounds {
        let ways = 1_u32 << differences.len();
        let extreme = (0..ways).filter(|way| {
            let mut bits = *way;
            as_far(signed(&mut || {
                let bit = bits & 1 == 1;
                bits >>= 1;
                bit
            }))
        });
        return f64::from(u32::try_from(extreme.count()).unwrap_or(ways)) / f64::from(ways);
    }
    if telling == 0 {
        return 1.0;
    }
    let mut rng = generator(resampling.seed);
    let (mut bits, mut left) = (0_u64, 0);
    let mut sign = || {
        if left == 0 {
            (bits, left) = (rng.next_u64(), 64);
        }
        left -= 1;
        let bit = bits & 1 == 1;
        bits >>= 1;
        bit
    };
    let extreme = (0..resampling.rounds).filter(|_| as_far(signed(&mut sign))).count();
    // The observed order is one of the ways, so that p is never 0.
    (number(extreme) + 1.0) / (f64::from(resampling.rounds) + 1.0)
}

/// Which of two is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The first: its lead is more than noise.
    A,
    /// The second: its lead is more than noise.
    B,
    /// The queries are too few, or too unlike, to tell.
    Noise,
}

/// One measure of two systems on the same queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What was measured.
    pub measure: Measure,
    /// Mean of the first.
    pub a: f64,
    /// Mean of the second.
    pub b: f64,
    /// `b - a`, mean of the paired differences.
    pub difference: f64,
    /// Lower end of its 95 % bootstrap interval over queries.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p of the randomisation test.
    pub p: f64,
    /// How many queries it rests on.
    pub queries: usize,
    /// A winner where the interval leaves out 0 and p is below .05, noise otherwise. Of many comparisons, one in
    /// twenty is called so by chance.
    pub verdict: Verdict,
}

pub(super) fn difference(measure: Measure, a: &[f64], b: &[f64], resampling: Resampling) -> Difference {
    let paired: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let (difference, low, high) = resampled(&paired, resampling);
    let p = randomisation(&paired, resampling);
    let verdict = match (low > 0.0, high < 0.0) {
        (true, _) if p < 0.05 => Verdict::B,
        (_, true) if p < 0.05 => Verdict::A,
        _ => Verdict::Noise,
    };
    Difference { measure, a: mean(a), b: mean(b), difference, low, high, p, queries: paired.len(), verdict }
}

/// The same queries stand in both reports, since both come from the same judgements.
pub(super) fn differences(a: &Report, b: &Report, options: &Options) -> Vec<Difference> {
    let each = options.measures.iter().enumerate();
    each.map(|(i, &m)| difference(m, &a.values(i), &b.values(i), options.resampling)).collect()
}

/// Which of two runs is better, and whether it is noise: one answer a measure. Cost: as [`evaluate_run`], twice.
///
/// ```
/// use osuma::eval::{Options, Qrels, Run, Verdict, compare_runs};
/// let mut files = [String::new(), String::new(), String::new()];
/// for q in 0..12 {
///     files[0] += &format!("q{q} 0 right 1\n");
///     files[1] += &format!("q{q} Q0 wrong 1 0.9 a\nq{q} Q0 right 2 0.8 a\n");
///     files[2] += &format!("q{q} Q0 right 1 0.9 b\n");
/// }
/// let (qrels, a, b) = (Qrels::parse(&files[0])?, Run::parse(&files[1])?, Run::parse(&files[2])?);
/// let answer = compare_runs(&a, &b, &qrels, &Options::default())?;
/// assert_eq!(answer[0].verdict, Verdict::B);
/// assert_eq!(compare_runs(&a, &a, &qrels, &Options::default())?[0].verdict, Verdict::Noise);
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// As [`evaluate_run`].
pub fn compare_runs(a: &Run, b: &Run, qrels: &Qrels, options: &Options) -> Result<Vec<Difference>> {
    Ok(differences(&evaluate_run(a, qrels, options)?, &evaluate_run(b, qrels, options)?, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: Resampling = Resampling { rounds: 10_000, seed: 7 };

    #[test]
    fn the_randomisation_test_is_exact_where_it_can_be_and_near_where_not() {
        // All of n differences alike: only the two outermost ways are as far.
        assert_eq!(randomisation(&[0.1; 5], DRAWN), 2.0 / 32.0);
        assert_eq!(randomisation(&[0.1, -0.1], DRAWN), 1.0);
        assert_eq!(randomisation(&[0.0; 3], DRAWN), 1.0);
        assert_eq!(randomisation(&[0.0; 30], DRAWN), 1.0);
        let mixed: Vec<f64> = (0..12).map(|i| f64::from(i) / 10.0 - 0.35).collect();
        let exact = randomisation(&mixed, DRAWN);
        let drawn = randomisation(&mixed, Resampling { rounds: 4_000, seed: 3 });
        assert!((exact - drawn).abs() < 0.02, "{exact} and {drawn}");
        // The t-test says .08.
        assert!((exact - 0.085).abs() < 0.015, "{exact}");
        assert_eq!(randomisation(&[0.1; 40], DRAWN), 1.0 / 10_001.0);
    }

    #[test]
    fn intervals_hold_their_mean_and_narrow_with_the_number_of_queries() {
        let values: Vec<f64> = (0..20).map(|i| f64::from(i % 5) / 4.0).collect();
        let (mean, low, high) = resampled(&values, DRAWN);
        assert_eq!(mean, 0.5);
        // Standard error sqrt(.125 / 20) = .079, times 1.96: +-.155.
        assert!((mean - low - 0.155).abs() < 0.02 && (high - mean - 0.155).abs() < 0.02, "{low} to {high}");
        let (_, l, h) = resampled(&values.repeat(16), DRAWN);
        assert!((h - l) * 3.5 < high - low && (h - l) * 4.5 > high - low);
        assert_eq!(resampled(&[0.25], DRAWN), (0.25, 0.25, 0.25));
        assert_eq!(resampled(&values, DRAWN), resampled(&values, DRAWN));
        assert_ne!(resampled(&values, DRAWN).1, resampled(&values, Resampling { seed: 8, ..DRAWN }).1);
    }

    #[test]
    fn a_lead_is_called_by_chance_about_as_often_as_it_says() {
        let measure = Measure::P { k: 1, rel: 1 };
        let mut rng = generator(11);
        let drawn = Resampling { rounds: 500, seed: 1 };
        let called = (0..300).filter(|_| {
            let mut noise = || (0..25).map(|_| number(below(&mut rng, 1000)) / 1000.0).collect::<Vec<f64>>();
            let (a, b) = (noise(), noise());
            difference(measure, &a, &b, drawn).verdict != Verdict::Noise
        });
        let called = called.count();
        assert!((2..=30).contains(&called), "{called} of 300 pairs of equal systems");
    }
}
