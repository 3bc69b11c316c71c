//! The semantic signal: closeness of meaning, by the vectors of the caller's encoder, of the taxonomy's map, or both.

use super::{Pair, Query};
use crate::semantic::{ENCODER_HALF, MAP_HALF, calibrate, cosine};
use crate::snapshot::{Common, Data};
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

/// Which of a side's candidates have vectors: 1 or 0 each, in the encoder's and in the map's space.
#[derive(Debug)]
pub(crate) struct Known([Vec<f32>; 2]);

impl Known {
    pub(crate) fn new(common: &Common) -> Self {
        Self([&*common.given, &*common.mapped].map(|rows| {
            (0..common.len())
                .map(|i| f32::from(u8::from(row(rows, common.len(), i).iter().any(|&x| x != 0.0))))
                .collect()
        }))
    }
}

/// Rows whose cosines with all queries are had together: 128 KB of 128 dimensions, which stay in L2.
const TILE: usize = 256;

/// What [`cosine`] sums up for four vectors beside one, in its order.
fn cosines(many: [&[f32]; 4], one: &[f32]) -> [f32; 4] {
    let mut sums = [[0.0_f32; 4]; 4];
    let (chunks, rest) = one.as_chunks::<4>();
    let split = many.map(|v| v.as_chunks::<4>());
    let [a, b, c, d] = split.map(|s| s.0);
    for ((((y, a), b), c), d) in chunks.iter().zip(a).zip(b).zip(c).zip(d) {
        for i in 0..4 {
            sums[0][i] += a[i] * y[i];
            sums[1][i] += b[i] * y[i];
            sums[2][i] += c[i] * y[i];
            sums[3][i] += d[i] * y[i];
        }
    }
    for (sums, (_, tail)) in sums.iter_mut().zip(split) {
        for (sum, (x, y)) in sums.iter_mut().zip(tail.iter().zip(rest)) {
            *sum += x * y;
        }
    }
    sums.map(|s| (s[0] + s[1]) + (s[2] + s[3]))
}

/// The values of a block's candidates for each query, a row of `width` each, [`UNKNOWN`] where there is none: in `f32`,
/// a bound, see [`crate::kernel`]. Cost: a product of matrices.
#[expect(clippy::cast_possible_truncation, reason = "a bound")]
pub(crate) fn meanings(
    queries: &[Query],
    data: &Data,
    known: &Known,
    block: &Range<usize>,
    width: usize,
    values: &mut [f32],
) {
    let Some(first) = queries.first() else { return };
    let c = data.common(first.candidates());
    let spaces = [&*c.given, &*c.mapped];
    for tile in block.clone().step_by(TILE) {
        let tile = tile..block.end.min(tile + TILE);
        for (group, out) in queries.chunks(4).zip(values.chunks_mut(4 * width)) {
            let mut found = [[[0.0_f32; TILE]; 4]; 2];
            let mut has = [[0.0_f32; 4]; 2];
            for (space, rows) in spaces.into_iter().enumerate() {
                let vector = |n: usize| {
                    let (q, at) = group[n.min(group.len() - 1)].document();
                    row([&*q.given, &*q.mapped][space], q.len(), at)
                };
                let vectors = [0, 1, 2, 3].map(vector);
                for (n, has) in has[space].iter_mut().enumerate() {
                    *has = f32::from(u8::from(vectors[n].iter().any(|&x| x != 0.0)));
                }
                let dimensions = rows.len() / c.len().max(1);
                if dimensions == 0 || has[space] == [0.0; 4] {
                    continue;
                }
                let found = &mut found[space];
                if group.len() == 1 {
                    // Four rows beside one query.
                    let (fours, rest) = found[0][..tile.len()].as_chunks_mut::<4>();
                    let mut at = tile.start;
                    for four in fours {
                        *four = cosines([0, 1, 2, 3].map(|n| row(rows, c.len(), at + n)), vectors[0]);
                        at += 4;
                    }
                    for (x, i) in rest.iter_mut().zip(at..) {
                        *x = cosine(row(rows, c.len(), i), vectors[0]) as f32;
                    }
                } else {
                    let rows = rows[tile.start * dimensions..tile.end * dimensions].chunks_exact(dimensions);
                    for (i, row) in rows.enumerate() {
                        let four = cosines(vectors, row);
                        (0..4).for_each(|n| found[n][i] = four[n]);
                    }
                }
            }
            for (n, out) in out.chunks_mut(width).enumerate() {
                let out = &mut out[tile.start - block.start..][..tile.len()];
                let cosines = found[0][n].iter().zip(&found[1][n]);
                // Nobody has vectors in a space that is not there.
                let known = known.0[0][tile.clone()].iter().zip(&known.0[1][tile.clone()]);
                for ((value, (&encoder, &map)), (&by_encoder, &by_map)) in out.iter_mut().zip(cosines).zip(known) {
                    let by_encoder = by_encoder * has[0][n];
                    let by_map = by_map * has[1][n] * (1.0 - by_encoder * (1.0 - MAP_SHARE as f32));
                    let all = by_encoder + by_map;
                    let cosine = (by_encoder * encoder + by_map * map) / all;
                    let half = (by_encoder * ENCODER_HALF as f32 + by_map * MAP_HALF as f32) / all;
                    let (cosine, half) = (cosine.clamp(0.0, 1.0) * cosine.clamp(0.0, 1.0), half * half);
                    let degree = cosine * (1.0 + half) / (cosine + half);
                    *value = if all > 0.0 { degree } else { UNKNOWN };
                }
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
