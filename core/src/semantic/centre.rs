//! What a language and a side have in common is removed from vectors, so that meaning is left.
//!
//! An encoder's space is first of all about language and genre: without this, an organisation's problem in Finnish is
//! nearest to every Finnish text, and people's stories are near to one another. Removing the mean vector per language
//! and side brings problems and stories together (nDCG@10 from .30 to .75 on the development data).

use super::normalise;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Language, Side};
use crate::text::Analysis;
use std::ops::Range;

/// How many documents a prior counts for. Measured with multilingual-e5-small on the development data (48 profiles,
/// 16 challenges), nDCG@10 of all and of other languages alone, without a prior and with 2: means of all documents
/// .746 and .746, .843 and .856; of 48 profiles and one challenge .681 and .757, .773 and .842; of 20 and 4 .594 and
/// .627, .728 and .813; of 5 and 16 .698 and .712, .807 and .819. 1 to 5 do about the same.
const PRIOR: f64 = 2.0;
/// Sentences of a window.
const WINDOW: usize = 3;
/// Windows of one text at most; they grow with longer texts.
const MAX_WINDOWS: usize = 32;
/// Languages, and texts of none that is known.
const GROUPS: usize = 2 * (Language::ALL.len() + 1);

/// Mean vectors per side and language, of a pool and of a prior that stands in while the pool is small.
///
/// A group's mean is `(sum + 2 l) / (n + 2)` of its `n` vectors, where `l` is the mean of its language over both sides,
/// itself `(sum + 2 p) / (n + 2)` with `p` the prior ([`with_prior`](Self::with_prior)), or the plain mean without one.
///
/// ```
/// use osuma::{Language, Side, semantic::Means};
/// let mut means = Means::new(2);
/// means.add(&[1.0, 0.0], Side::Profiles, Some(Language::Fi))?;
/// means.add(&[0.0, 1.0], Side::Profiles, Some(Language::Fi))?;
/// let centred = means.centre(&[1.0, 0.0], Side::Profiles, Some(Language::Fi)).unwrap_or_default();
/// assert!(centred[0] > 0.7 && centred[1] < -0.7);
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    dimensions: usize,
    /// Per group the sum of its vectors.
    sums: Vec<f64>,
    counts: [u32; GROUPS],
    prior: Option<Vec<f64>>,
}

fn group(side: Side, language: Option<Language>) -> usize {
    let language = language.map_or(Language::ALL.len(), |l| l as usize);
    (side as usize) * (GROUPS / 2) + language
}

impl Means {
    /// Means of nothing yet.
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, sums: vec![0.0; dimensions * GROUPS], counts: [0; GROUPS], prior: None }
    }

    /// Takes another pool's means as the prior: those of typical texts, or of a taxonomy's labels.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for another number of dimensions.
    pub fn with_prior(mut self, prior: &Self) -> Result<Self> {
        self.check(prior.dimensions)?;
        self.prior = Some((0..GROUPS).flat_map(|g| prior.mean(g)).collect());
        Ok(self)
    }

    /// Adds one document's vector. The order of adding must be the same for the same bits: add by ascending id.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for another number of dimensions or a value that is not finite.
    pub fn add(&mut self, vector: &[f32], side: Side, language: Option<Language>) -> Result<()> {
        self.check(vector.len())?;
        if let Some(i) = vector.iter().position(|v| !v.is_finite()) {
            return Err(Error::invalid(format!("/{i}"), "it is not a finite number"));
        }
        let g = group(side, language);
        self.counts[g] = self.counts[g].saturating_add(1);
        let sum = &mut self.sums[g * self.dimensions..][..self.dimensions];
        sum.iter_mut().zip(vector).for_each(|(s, v)| *s += f64::from(*v));
        Ok(())
    }

    fn check(&self, dimensions: usize) -> Result<()> {
        if dimensions == self.dimensions {
            return Ok(());
        }
        let message = format!("{dimensions} dimensions; all vectors of a pool have {}", self.dimensions);
        Err(Error::invalid("/vector", message))
    }

    /// Values of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many vectors of a side and language were added.
    #[must_use]
    pub fn count(&self, side: Side, language: Option<Language>) -> u32 {
        self.counts[group(side, language)]
    }

    fn sum(&self, g: usize) -> &[f64] {
        &self.sums[g * self.dimensions..][..self.dimensions]
    }

    fn mean(&self, g: usize) -> Vec<f64> {
        let other = (g + GROUPS / 2) % GROUPS;
        let own = f64::from(self.counts[g]);
        let prior = self.prior.as_ref().map(|p| &p[g * self.dimensions..][..self.dimensions]);
        let all = own + f64::from(self.counts[other]) + if prior.is_some() { PRIOR } else { 0.0 };
        if all == 0.0 {
            return vec![0.0; self.dimensions];
        }
        let sums = self.sum(g).iter().zip(self.sum(other)).enumerate();
        sums.map(|(i, (s, o))| {
            let language = (s + o + prior.map_or(0.0, |p| PRIOR * p[i])) / all;
            (s + PRIOR * language) / (own + PRIOR)
        })
        .collect()
    }

    /// The vector without its group's mean, of unit length; `None` where nothing is left of it, or the number of its
    /// dimensions is another.
    #[must_use]
    pub fn centre(&self, vector: &[f32], side: Side, language: Option<Language>) -> Option<Vec<f32>> {
        self.centring(side, language)(vector)
    }

    /// [`centre`](Self::centre) for many vectors of one group.
    pub(crate) fn centring(&self, side: Side, language: Option<Language>) -> impl Fn(&[f32]) -> Option<Vec<f32>> {
        let mean = self.mean(group(side, language));
        move |vector| {
            #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
            let rest = |(v, m): (&f32, &f64)| (f64::from(*v) - m) as f32;
            let mut centred: Vec<f32> = vector.iter().zip(&mean).map(rest).collect();
            (vector.len() == mean.len() && normalise(&mut centred)).then_some(centred)
        }
    }

    /// The means as bytes, little-endian: `u32` dimensions; 1 with a prior, else 0; per side and language (Finnish,
    /// Swedish, English, none) a `u32` count; the sums and, if there is one, the prior, as `f64`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        #[expect(clippy::cast_possible_truncation, reason = "dimensions of a vector")]
        let mut bytes = (self.dimensions as u32).to_le_bytes().to_vec();
        bytes.push(u8::from(self.prior.is_some()));
        self.counts.iter().for_each(|c| bytes.extend_from_slice(&c.to_le_bytes()));
        let values = self.sums.iter().chain(self.prior.iter().flatten());
        values.for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
        bytes
    }

    /// Means of bytes that [`to_bytes`](Self::to_bytes) made.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::new(ErrorKind::Damaged, "", "the means of the vectors are damaged");
        let mut rest = bytes;
        let dimensions = super::take_u32(&mut rest).ok_or_else(damaged)?;
        let with_prior = match super::take(&mut rest, 1) {
            Some([0]) => 1,
            Some([1]) => 2,
            _ => return Err(damaged()),
        };
        let mut counts = [0; GROUPS];
        for c in &mut counts {
            *c = super::take_u32(&mut rest).and_then(|c| u32::try_from(c).ok()).ok_or_else(damaged)?;
        }
        if rest.len() as u64 != (dimensions * GROUPS * with_prior * 8) as u64 || dimensions > super::MAX_DIMENSIONS {
            return Err(damaged());
        }
        let mut sums: Vec<f64> = rest.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect();
        if sums.iter().any(|v| !v.is_finite()) {
            return Err(damaged());
        }
        let prior = sums.split_off(dimensions * GROUPS);
        Ok(Self { dimensions, sums, counts, prior: (with_prior == 2).then_some(prior) })
    }
}

/// The cosine of two vectors of unit length, in [-1, 1]; 0 where their dimensions differ.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    // Four sums in a fixed order: fast, and the same bits everywhere.
    let mut sums = [0.0_f32; 4];
    let (a4, b4) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (x, y) in a4.0.iter().zip(b4.0) {
        // A new array, which becomes one SIMD instruction; four sums in place do not.
        sums = std::array::from_fn(|i| sums[i] + x[i] * y[i]);
    }
    for (i, (x, y)) in a4.1.iter().zip(b4.1).enumerate() {
        sums[i] += x * y;
    }
    f64::from((sums[0] + sums[1]) + (sums[2] + sums[3])).clamp(-1.0, 1.0)
}

/// The cosine of centred vectors as a degree in [0, 1]: 1 at 1, a half at about three quarters of `half`, and 0 below minus
/// a quarter of it, since of two texts that are not near the less unlike one still fits better.
///
/// `c² (1 + h²) / (c² + h²)` with `c = (cosine + h / 4) / (1 + h / 4)` and `h` [`ENCODER_HALF`] or [`MAP_HALF`] by where
/// the vectors are from: monotone, and rational, so the same bits everywhere. How sure a degree is depends on the pool:
/// among more people more come near by chance.
#[must_use]
pub fn calibrate(cosine: f64, half: f64) -> f64 {
    let below = half * BELOW;
    let c = ((cosine + below) / (1.0 + below)).clamp(0.0, 1.0);
    c * c * (1.0 + half * half) / (c * c + half * half)
}

/// How far below 0 a cosine still counts, in halves (measured: datasets/semantic/README.md).
pub(crate) const BELOW: f64 = 0.25;

/// For an encoder's vectors. Of the development data's 768 pairs with a cosine (multilingual-e5-small) below 0, of 0 to .1,
/// .1 to .2 and above .2 a share of .00, .04, .34 and .86 were good fits (grade 2 or 3); at the middles of these ranges the
/// curve gives 0, .19, .50 and .77.
pub const ENCODER_HALF: f64 = 0.2;

/// For the shipped map, whose vectors lie farther apart: a share of .01 below 0, .02 up to .1, .06 up to .2, .24 up to .3,
/// .41 up to .4 and .71 up to .6; the cohort has .00, .03, .06, .16, .30 and .63. The curve gives .02, .11, .26, .41, .55
/// and .71 in their middles.
pub const MAP_HALF: f64 = 0.46;

/// Ranges of an analysis's tokens: three sentences one after another, each window one sentence on. A text of up to three
/// sentences is one window; a text of very many has at most 32, which grow instead.
#[must_use]
pub fn windows(analysis: &Analysis) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = Vec::with_capacity(analysis.sentences.len() + 1);
    for (i, t) in analysis.tokens.iter().enumerate() {
        if i == 0 || analysis.tokens[i - 1].sentence != t.sentence {
            starts.push(i);
        }
    }
    let sentences = starts.len();
    starts.push(analysis.tokens.len());
    let step = (sentences.saturating_sub(WINDOW - 1)).div_ceil(MAX_WINDOWS).max(1);
    let last = sentences.saturating_sub(WINDOW - 1).max(usize::from(sentences > 0));
    (0..last).step_by(step).map(|i| starts[i]..starts[(i + step + WINDOW - 1).min(sentences)]).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::text::Analyzer;

    #[test]
    fn the_means_of_a_group_are_removed_with_a_prior_for_two() {
        let (fi, side) = (Some(Language::Fi), Side::Challenges);
        let mut prior = Means::new(2);
        prior.add(&[0.0, 10.0], side, fi).unwrap();
        prior.add(&[0.0, 0.0], Side::Profiles, fi).unwrap();
        // (10 + 2 * 5) / 3 without another prior.
        assert_eq!(prior.mean(group(side, fi)), [0.0, 20.0 / 3.0]);
        let mut means = Means::new(2).with_prior(&prior).unwrap();
        assert_eq!(means.mean(group(side, fi)), [0.0, 20.0 / 3.0]);
        for _ in 0..2 {
            means.add(&[2.0, 0.0], side, fi).unwrap();
        }
        assert_eq!(means.mean(group(side, fi)), [1.5, 5.0 / 3.0]);
        assert_eq!(means.mean(group(side, None)), [0.0, 0.0]);
        let centred = means.centre(&[4.0, 5.0 / 3.0], side, fi).unwrap();
        assert!(centred[0] == 1.0 && centred[1].abs() < 1e-6);
        assert_eq!(Means::new(2).centre(&[0.0, 0.0], side, fi), None);
        assert_eq!(means.centre(&[1.0], side, fi), None);
    }

    #[test]
    fn means_come_back_from_bytes_and_damage_is_an_error() {
        let mut means = Means::new(3);
        means.add(&[1.0, 2.0, 3.0], Side::Profiles, None).unwrap();
        for means in [means.clone(), Means::new(3).with_prior(&means).unwrap()] {
            let bytes = means.to_bytes();
            assert_eq!(Means::from_bytes(&bytes).unwrap(), means);
            for n in 0..bytes.len() {
                assert_eq!(Means::from_bytes(&bytes[..n]).unwrap_err().kind(), ErrorKind::Damaged);
            }
        }
        assert!(Means::from_bytes(&[255; 64]).is_err());
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let mut means = Means::new(2);
        for (vector, path) in [(&[1.0][..], "/vector"), (&[1.0, f32::NAN], "/1"), (&[f32::INFINITY, 0.0], "/0")] {
            assert_eq!(means.add(vector, Side::Profiles, None).unwrap_err().path(), path);
        }
        assert_eq!(means, Means::new(2));
        assert_eq!(means.with_prior(&Means::new(3)).unwrap_err().path(), "/vector");
    }

    #[test]
    fn cosines_become_degrees_that_rise_from_0_to_1() {
        let (a, b) = ([0.6, 0.0, 0.0, 0.0, 0.8], [0.0, 0.6, 0.0, 0.0, 0.8]);
        assert!((cosine(&a, &b) - 0.64).abs() < 1e-6 && (cosine(&a, &a) - 1.0).abs() < 1e-6);
        assert_eq!(cosine(&a, &b[..4]), 0.0);
        let degrees: Vec<f64> = (-10..=10).map(|i| calibrate(f64::from(i) / 10.0, MAP_HALF)).collect();
        assert!(degrees.windows(2).all(|w| w[0] <= w[1]) && degrees[8] == 0.0 && degrees[20] == 1.0);
        assert!(degrees[10] > 0.0 && degrees[10] < 0.1);
        assert!((calibrate(0.75 * MAP_HALF, MAP_HALF) - 0.5).abs() < 0.1);
    }

    #[test]
    fn windows_are_three_sentences_and_not_too_many() {
        for (sentences, expected) in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (6, 4), (34, 32), (35, 17), (5_000, 32)] {
            let analysis = Analyzer::default().analyse(&"One two. ".repeat(sentences), Some(Language::En));
            let windows = windows(&analysis);
            assert_eq!(windows.len(), expected, "{sentences} sentences");
            assert_eq!(windows.last().map_or(0, |w| w.end), analysis.tokens.len());
            assert!(windows.windows(2).all(|w| w[0].start < w[1].start && w[1].start <= w[0].end));
            assert!(sentences < 3 || windows.iter().all(|w| w.len() >= 6 || w.end == analysis.tokens.len()));
        }
    }
}
