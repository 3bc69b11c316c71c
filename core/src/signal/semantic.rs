//! The semantic signal: closeness of meaning, by the vectors of the caller's encoder, of the taxonomy's map, or both.

use super::{Pair, Query};
use crate::kernel::{Asked, Block, Loops, widest};
use crate::semantic::{BELOW, ENCODER_HALF, MAP_HALF, calibrate, cosine};
use std::ops::Range;

/// No value among values.
pub(crate) const UNKNOWN: f32 = -1.0;

/// What the map counts beside an encoder. Measured on the development data (nDCG@10 of all candidates and of other
/// languages alone): encoder alone .77 and .86, with .2, .3 and .5 of the map .84 and .89, .83 and .90, .82 and .90.
const MAP_SHARE: f64 = 0.2;

/// The cosine of two rows; `None` where a document has no vector.
fn near(a: &[f32], b: &[f32]) -> Option<f64> {
    // A centred vector has unit length, so its first numbers are zeros only where all are.
    let known = |v: &[f32]| v.iter().any(|&x| x != 0.0);
    (!a.is_empty() && a.len() == b.len() && known(a) && known(b)).then(|| cosine(a, b))
}

/// The degree that cosines in the encoder's and in the map's space give.
fn degree(encoder: Option<f64>, map: Option<f64>) -> Option<f64> {
    match (encoder, map) {
        (Some(encoder), Some(map)) => {
            // Both halves in the same proportion as the cosines.
            let half = (ENCODER_HALF + MAP_SHARE * MAP_HALF) / (1.0 + MAP_SHARE);
            Some(calibrate((encoder + MAP_SHARE * map) / (1.0 + MAP_SHARE), half))
        }
        (Some(encoder), None) => Some(calibrate(encoder, ENCODER_HALF)),
        (None, Some(map)) => Some(calibrate(map, MAP_HALF)),
        (None, None) => None,
    }
}

/// The vector of a row; of no length in a space that is not there.
fn row(rows: &[f32], documents: usize, row: usize) -> &[f32] {
    let width = rows.len() / documents.max(1);
    &rows[row * width..(row + 1) * width]
}

/// A question's vectors, as [`meanings`] needs them.
pub(crate) fn ask(query: Query, asked: &mut [Asked; 2]) {
    let (common, at) = query.document();
    for (asked, rows) in asked.iter_mut().zip([&common.given, &common.mapped]) {
        asked.set(row(rows, common.len(), at));
    }
}

/// [`calibrate`], from above.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a bound")]
fn degree_above(cosine: f32, half: f32) -> f32 {
    // A little more, so that it is above 0 where the degree is.
    let below = half * BELOW as f32 + 1e-6;
    let cosine = ((cosine + below) / (1.0 + below)).clamp(0.0, 1.0);
    let (cosine, half) = (cosine * cosine, half * half);
    cosine * (1.0 + half) / (cosine + half)
}

/// Candidates whose vectors stay in L1 while several questions go over them: 32 KB of 128 dimensions.
const TILE: usize = if cfg!(test) { 4 } else { 256 };

/// Bounds of the values of a block's candidates for each question, a row of the block's width each, [`UNKNOWN`] where
/// there is none; see [`crate::kernel`]. Cost: a product of matrices of bytes.
pub(crate) fn meanings(asked: &[[Asked; 2]], block: &Block, values: &mut [f32]) {
    widest(Meanings { asked, block, values });
}

struct Meanings<'a> {
    asked: &'a [[Asked; 2]],
    block: &'a Block,
    values: &'a mut [f32],
}

impl Loops for Meanings<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { asked, block, values } = self;
        for first in (0..block.width).step_by(TILE) {
            let tile = first..block.width.min(first + TILE);
            for (asked, values) in asked.iter().zip(values.chunks_exact_mut(block.width)) {
                of_tile(asked, block, tile.clone(), &mut values[tile.clone()]);
            }
        }
    }
}

/// Bounds of the values of some candidates for one question.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a bound")]
fn of_tile(asked: &[Asked; 2], block: &Block, tile: Range<usize>, values: &mut [f32]) {
    const HALVES: [f32; 2] = [ENCODER_HALF as f32, MAP_HALF as f32];
    const SHARE: f32 = MAP_SHARE as f32;
    const BOTH: f32 = (HALVES[0] + SHARE * HALVES[1]) / (1.0 + SHARE);
    let (mut products, mut cosines) = ([0; TILE], [[0.0_f32; TILE]; 2]);
    let meets = [0, 1].map(|s| block.spaces[s].width > 0 && !asked[s].is_empty());
    for s in 0..2 {
        if meets[s] {
            block.spaces[s].cosines(&asked[s], tile.start, &mut products, &mut cosines[s][..tile.len()]);
        }
    }
    let [encoders, maps] = &cosines;
    let steps = [0, 1].map(|s| block.spaces[s].steps.get(tile.clone()).unwrap_or_default());
    match meets {
        [true, true] => {
            for (i, value) in values.iter_mut().enumerate() {
                *value = match (steps[0][i] > 0.0, steps[1][i] > 0.0) {
                    (true, true) => degree_above((encoders[i] + SHARE * maps[i]) / (1.0 + SHARE), BOTH),
                    (true, false) => degree_above(encoders[i], HALVES[0]),
                    (false, true) => degree_above(maps[i], HALVES[1]),
                    (false, false) => UNKNOWN,
                };
            }
        }
        [false, false] => values.fill(UNKNOWN),
        [encoder, _] => {
            let s = usize::from(!encoder);
            for ((value, &cosine), &step) in values.iter_mut().zip(&cosines[s]).zip(steps[s]) {
                let degree = degree_above(cosine, HALVES[s]);
                *value = if step > 0.0 { degree } else { UNKNOWN };
            }
        }
    }
}

impl Pair<'_> {
    /// Known where both documents have vectors of one space.
    pub(crate) fn semantic(&self) -> Option<f64> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        let near = |a: &[f32], b: &[f32]| near(row(a, p.len(), self.p), row(b, c.len(), self.c));
        degree(near(&p.given, &c.given), near(&p.mapped, &c.mapped))
    }
}
