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

/// The values of a block's candidates, [`UNKNOWN`] where there is none.
#[expect(clippy::cast_possible_truncation, reason = "a bound; its slack is in the kernel")]
pub(crate) fn meanings(query: Query, data: &Data, block: &Range<usize>, values: &mut [f32]) {
    let (q, at, c): (&Common, usize, &Common) = match query {
        Query::Profile(p, i) => (&p.common, i, &data.challenges.common),
        Query::Challenge(c, i) => (&c.common, i, &data.profiles.common),
    };
    let (n, given, mapped) = (c.len(), &*c.given, &*c.mapped);
    let (by_encoder, by_map) = (row(&q.given, q.len(), at), row(&q.mapped, q.len(), at));
    for (value, i) in values.iter_mut().zip(block.clone()) {
        let degree = degree(near(by_encoder, row(given, n, i)), near(by_map, row(mapped, n, i)));
        *value = degree.map_or(UNKNOWN, |d| d as f32);
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
