//! A study of the sparse all-pairs product with an exact top-k: what the engine's kernel could be, by measurement.
//!
//! The candidates stand in blocks of at most 65,536. A block holds, per term, the local `u16` ids and the impacts of
//! its candidates; a query adds its terms' postings into one accumulator that stays in cache, and a chunked scan
//! collects what passes the running threshold and clears the accumulator on the way. What may be among the best `k`
//! within the bound of rounding ([`Index::slack`]) is scored again in `f64`, in the order of terms: the answer is
//! exact, whatever the accumulators are made of.
//!
//! [`Kind`] is what varies: how an impact is stored and summed. Terms that many candidates of a block have may stand
//! as dense rows instead, which a compiler turns into SIMD.

/// Sparse rows: documents by terms, ascending within a row, all weights above 0.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Where each row begins in the other two; one more than there are rows.
    pub offsets: Vec<usize>,
    /// Numbers of terms.
    pub terms: Vec<u32>,
    /// Weights of the terms.
    pub weights: Vec<f64>,
}

impl Rows {
    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// No row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The terms of a row and their weights.
    #[must_use]
    pub fn row(&self, n: usize) -> (&[u32], &[f64]) {
        let range = self.offsets[n]..self.offsets[n + 1];
        (&self.terms[range.clone()], &self.weights[range])
    }

    /// One more than the largest term.
    #[must_use]
    pub fn width(&self) -> usize {
        self.terms.iter().max().map_or(0, |&t| t as usize + 1)
    }
}

/// How an impact is stored and summed.
pub trait Kind {
    /// An impact in a posting.
    type Impact: Copy + Default;
    /// The weight of a query's term.
    type Weight: Copy;
    /// What is summed.
    type Sum: Copy + Default + PartialOrd;
    /// The relative error of one impact and of one weight, if their largest is 1; the sum's own error a term.
    const ERROR: (f64, f64);
    /// `x` is at most `largest`; rounded up, so that what is there stays above 0.
    fn impact(x: f64, largest: f64) -> Self::Impact;
    /// As [`Self::impact`].
    fn weight(x: f64, largest: f64) -> Self::Weight;
    /// Adds a product.
    fn add(sum: &mut Self::Sum, weight: Self::Weight, impact: Self::Impact);
    /// The sum in units of `largest impact * largest weight`.
    fn value(sum: Self::Sum) -> f64;
    /// A sum below all whose value is at least `value`; at least 0.
    fn below(value: f64) -> Self::Sum;
}

/// Impacts and sums of one type of float.
macro_rules! floats {
    ($(#[$doc:meta])* $name:ident, $impact:ty, $sum:ty, $error:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Kind for $name {
            type Impact = $impact;
            type Weight = $sum;
            type Sum = $sum;
            const ERROR: (f64, f64) = $error;
            #[expect(clippy::allow_attributes, reason = "one of the two types needs the next")]
            #[allow(clippy::cast_possible_truncation, trivial_numeric_casts, reason = "the rounding is accounted for")]
            fn impact(x: f64, largest: f64) -> $impact { (x / largest) as $impact }
            #[expect(clippy::allow_attributes, reason = "one of the two types needs the next")]
            #[allow(clippy::cast_possible_truncation, trivial_numeric_casts, reason = "the rounding is accounted for")]
            fn weight(x: f64, largest: f64) -> $sum { (x / largest) as $sum }
            fn add(sum: &mut $sum, weight: $sum, impact: $impact) { *sum += weight * <$sum>::from(impact) }
            fn value(sum: $sum) -> f64 { f64::from(sum) }
            #[expect(clippy::allow_attributes, reason = "one of the two types needs the next")]
            #[allow(clippy::cast_possible_truncation, trivial_numeric_casts, reason = "the rounding is accounted for")]
            fn below(value: f64) -> $sum { (value * (1.0 - 1e-7)).max(0.0) as $sum }
        }
    };
}

floats!(
    /// `f32` throughout.
    Single, f32, f32, (0.0, 6e-8)
);
floats!(
    /// `f32` impacts summed in `f64`.
    Double, f32, f64, (0.0, 6e-8)
);

/// Impacts in steps of the largest one, summed in `f32` or integers.
macro_rules! steps {
    ($(#[$doc:meta])* $name:ident, $impact:ty, $steps:expr, $weights:expr, $sum:ty, $error:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Kind for $name {
            type Impact = $impact;
            type Weight = $sum;
            type Sum = $sum;
            const ERROR: (f64, f64) = $error;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the steps")]
            fn impact(x: f64, largest: f64) -> $impact { (x / largest * $steps).ceil() as $impact }
            #[expect(clippy::allow_attributes, reason = "one of the two types needs the next")]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the steps")]
            fn weight(x: f64, largest: f64) -> $sum { (x / largest * $weights).ceil() as $sum }
            fn add(sum: &mut $sum, weight: $sum, impact: $impact) { *sum += weight * <$sum>::from(impact) }
            fn value(sum: $sum) -> f64 { f64::from(sum) / ($steps * $weights) }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
            fn below(value: f64) -> $sum { ((value * $steps * $weights).floor() - 1.0).max(0.0) as $sum }
        }
    };
}

steps!(
    /// 12 of 16 bits, summed in `u32`; weights in 12 bits, so that 256 terms at the largest fit.
    Words, u16, 4_095.0, 4_095.0, u32, (1.0 / 4_095.0, 1.0 / 4_095.0)
);
steps!(
    /// 8 bits, summed in `u32`; weights in 12 bits.
    Bytes, u8, 255.0, 4_095.0, u32, (1.0 / 255.0, 1.0 / 4_095.0)
);

struct Block<K: Kind> {
    first: u32,
    size: usize,
    /// Per term where its postings begin; one more than there are terms.
    starts: Vec<u32>,
    ids: Vec<u16>,
    impacts: Vec<K::Impact>,
    /// Per term the number of its dense row, `u32::MAX` for none.
    rows: Vec<u32>,
    dense: Vec<K::Impact>,
}

/// Candidates, ready to be ranked for queries.
pub struct Index<K: Kind> {
    blocks: Vec<Block<K>>,
    candidates: Rows,
    width: usize,
}

impl<K: Kind> std::fmt::Debug for Index<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("blocks", &self.blocks.len()).field("width", &self.width).finish_non_exhaustive()
    }
}

/// What one thread needs; made once, used for any number of queries of one index.
#[derive(Debug)]
pub struct Scratch<S> {
    sums: Box<[S; 1 << 16]>,
    /// The query's weights by term, for the exact second scoring.
    weights: Vec<f64>,
    /// Per query of a batch: sums that may be among the best, with candidates.
    best: Vec<Vec<(f64, u32)>>,
    thresholds: Vec<f64>,
}

/// Queries that one block serves before the next one comes.
pub const BATCH: usize = 64;

impl<K: Kind> Index<K> {
    /// Candidates in blocks of `block`, at most 65,536. A term that at least one in `dense` of a block's candidates has
    /// stands as a row; 0 for no rows.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "candidates and postings of a study fit u32")]
    pub fn new(candidates: Rows, width: usize, block: usize, dense: usize) -> Self {
        let block = block.clamp(1, 1 << 16);
        let width = width.max(candidates.width());
        let largest = candidates.weights.iter().fold(f64::MIN_POSITIVE, |m, &w| m.max(w));
        let mut blocks = Vec::new();
        for first in (0..candidates.len()).step_by(block) {
            let size = block.min(candidates.len() - first);
            let mut starts = vec![0u32; width + 1];
            let within = candidates.offsets[first]..candidates.offsets[first + size];
            candidates.terms[within.clone()].iter().for_each(|&t| starts[t as usize + 1] += 1);
            let (mut rows, mut many) = (vec![u32::MAX; width], 0);
            for t in 0..width {
                if dense > 0 && starts[t + 1] as usize * dense >= size && starts[t + 1] > 0 {
                    rows[t] = many;
                    many += 1;
                    starts[t + 1] = 0;
                }
                starts[t + 1] += starts[t];
            }
            let mut next = starts.clone();
            let (mut ids, mut impacts) =
                (vec![0u16; starts[width] as usize], vec![K::Impact::default(); starts[width] as usize]);
            let mut table = vec![K::Impact::default(); many as usize * size];
            for id in 0..size {
                let (terms, weights) = candidates.row(first + id);
                for (&t, &w) in terms.iter().zip(weights) {
                    let (t, impact) = (t as usize, K::impact(w, largest));
                    if rows[t] != u32::MAX {
                        table[rows[t] as usize * size + id] = impact;
                    } else {
                        let at = next[t] as usize;
                        ids[at] = id as u16;
                        impacts[at] = impact;
                        next[t] += 1;
                    }
                }
            }
            blocks.push(Block { first: first as u32, size, starts, ids, impacts, rows, dense: table });
        }
        Self { blocks, candidates, width }
    }

    /// Scratch for one thread.
    #[must_use]
    pub fn scratch(&self) -> Scratch<K::Sum> {
        let sums = vec![K::Sum::default(); 1 << 16].into_boxed_slice();
        // The length is right by the line above.
        let sums = sums.try_into().unwrap_or_else(|_| Box::new([K::Sum::default(); 1 << 16]));
        Scratch { sums, weights: vec![0.0; self.width], best: vec![Vec::new(); BATCH], thresholds: vec![0.0; BATCH] }
    }

    /// How far below the `k`-th best approximate sum a candidate of the exact top-k can be: a share of the sum (from
    /// rounding of floats), and an amount (from steps), for a query of `terms` terms whose weights sum to `sum` in
    /// units of its largest. Sums are never too small by more than rounding, since steps round up.
    fn slack(terms: usize, sum: f64) -> (f64, f64) {
        let rounding = 6e-8 * (terms as f64 + 4.0) * 2.0;
        let (impact, weight) = K::ERROR;
        let steps = impact > 0.0;
        (rounding, if steps { sum * impact + terms as f64 * weight * (1.0 + impact) } else { 0.0 })
    }

    /// The `k` best candidates of each of the queries `range`, at most [`BATCH`]: exact scores in `f64`, ties by number.
    pub fn best(
        &self,
        queries: &Rows,
        range: std::ops::Range<usize>,
        k: usize,
        s: &mut Scratch<K::Sum>,
        out: &mut Vec<Vec<(f64, u32)>>,
    ) {
        let range = range.start..range.end.min(range.start + BATCH);
        s.best.iter_mut().for_each(Vec::clear);
        s.thresholds.fill(0.0);
        let plan: Vec<(f64, (f64, f64))> = (range.clone())
            .map(|q| {
                let weights = queries.row(q).1;
                let largest = weights.iter().fold(f64::MIN_POSITIVE, |m, &w| m.max(w));
                (largest, Self::slack(weights.len(), weights.iter().sum::<f64>() / largest))
            })
            .collect();
        for b in &self.blocks {
            for (n, q) in range.clone().enumerate() {
                let (terms, weights) = queries.row(q);
                for (&t, &w) in terms.iter().zip(weights) {
                    let (t, w) = (t as usize, K::weight(w, plan[n].0));
                    if b.rows[t] == u32::MAX {
                        let range = b.starts[t] as usize..b.starts[t + 1] as usize;
                        for (&id, &impact) in b.ids[range.clone()].iter().zip(&b.impacts[range]) {
                            K::add(&mut s.sums[usize::from(id)], w, impact);
                        }
                    } else {
                        let row = &b.dense[b.rows[t] as usize * b.size..][..b.size];
                        for (sum, &impact) in s.sums[..b.size].iter_mut().zip(row) {
                            K::add(sum, w, impact);
                        }
                    }
                }
                scan::<K>(&mut s.sums[..b.size], b.first, k, plan[n].1, &mut s.thresholds[n], &mut s.best[n]);
            }
        }
        for (n, q) in range.enumerate() {
            let (terms, weights) = queries.row(q);
            terms.iter().zip(weights).for_each(|(&t, &w)| s.weights[t as usize] = w);
            raise(&mut s.best[n], k, plan[n].1);
            let mut best: Vec<(f64, u32)> = (s.best[n].iter())
                .map(|&(_, c)| {
                    let (terms, weights) = self.candidates.row(c as usize);
                    (terms.iter().zip(weights).fold(0.0, |sum, (&t, &w)| sum + s.weights[t as usize] * w), c)
                })
                .collect();
            best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            best.truncate(k);
            terms.iter().for_each(|&t| s.weights[t as usize] = 0.0);
            out.push(best);
        }
    }
}

/// Keeps what can still be among the best `k`, and says from where on others can.
fn raise(best: &mut Vec<(f64, u32)>, k: usize, (share, amount): (f64, f64)) -> f64 {
    if best.len() <= k {
        return 0.0;
    }
    let (_, kth, _) = best.select_nth_unstable_by(k - 1, |a, b| b.0.total_cmp(&a.0));
    let threshold = kth.0 * (1.0 - share) - amount;
    best.retain(|b| b.0 >= threshold);
    threshold
}

/// Collects what passes the threshold, and clears the sums.
fn scan<K: Kind>(
    sums: &mut [K::Sum],
    first: u32,
    k: usize,
    slack: (f64, f64),
    threshold: &mut f64,
    best: &mut Vec<(f64, u32)>,
) {
    const CHUNK: usize = 32;
    let zero = K::Sum::default();
    let mut at = first;
    let mut bar = K::below(*threshold);
    for chunk in sums.chunks_mut(CHUNK) {
        if chunk.iter().fold(false, |any, &x| any | (x > bar)) {
            for (n, &x) in (at..).zip(chunk.iter()) {
                if x > bar {
                    best.push((K::value(x), n));
                }
            }
            if best.len() >= 4 * k + CHUNK {
                *threshold = raise(best, k, slack).max(*threshold);
                bar = K::below(*threshold);
            }
        }
        chunk.fill(zero);
        at += u32::try_from(chunk.len()).unwrap_or(0);
    }
}

/// BM25 of a pool as osuma weighs it: rows of the profiles (impacts with `k1`, `b` and the profiles' average length) and
/// of the challenges (idf over both sides, saturated counts), from counts of terms. Their product is the text signal
/// before its share is taken.
#[must_use]
pub fn bm25(profiles: &Rows, challenges: &Rows, k1: f64, b: f64) -> (Rows, Rows) {
    let width = profiles.width().max(challenges.width());
    let mut with = vec![0.0f64; width];
    profiles.terms.iter().chain(&challenges.terms).for_each(|&t| with[t as usize] += 1.0);
    let all = (profiles.len() + challenges.len()) as f64;
    let average = profiles.weights.iter().sum::<f64>() / profiles.len().max(1) as f64;
    let mut impacts = profiles.clone();
    for n in 0..profiles.len() {
        let row = profiles.offsets[n]..profiles.offsets[n + 1];
        let length: f64 = profiles.weights[row.clone()].iter().sum();
        impacts.weights[row]
            .iter_mut()
            .for_each(|tf| *tf = *tf * (k1 + 1.0) / (*tf + k1 * (1.0 - b + b * length / average)));
    }
    let mut weights = challenges.clone();
    for (w, &t) in weights.weights.iter_mut().zip(&challenges.terms) {
        let with = with[t as usize];
        *w = libm::log(1.0 + (all - with + 0.5) / (with + 0.5)) * *w * (k1 + 1.0) / (*w + k1);
    }
    (impacts, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums in `f64`, in the order of terms.
    fn naive(queries: &Rows, candidates: &Rows, k: usize) -> Vec<Vec<(f64, u32)>> {
        let score = |q: usize, c: usize| {
            let ((qt, qw), (ct, cw)) = (queries.row(q), candidates.row(c));
            (ct.iter().zip(cw)).fold(0.0, |sum, (t, w)| sum + qt.binary_search(t).map_or(0.0, |i| qw[i]) * w)
        };
        let one = |q| {
            let mut all: Vec<(f64, u32)> = (0u32..).take(candidates.len()).map(|c| (score(q, c as usize), c)).collect();
            all.retain(|s| s.0 > 0.0);
            all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            all.truncate(k);
            all
        };
        (0..queries.len()).map(one).collect()
    }

    fn rows(n: usize, seed: u32) -> Rows {
        let mut state = seed;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut rows = Rows { offsets: vec![0], ..Rows::default() };
        for _ in 0..n {
            let mut terms: Vec<u32> = (0..next(12)).map(|_| next(30).min(next(30))).collect();
            terms.sort_unstable();
            terms.dedup();
            // Few weights, so that there are ties.
            rows.weights.extend(terms.iter().map(|_| f64::from(1 + next(4)) / 3.0));
            rows.terms.extend(terms);
            rows.offsets.push(rows.terms.len());
        }
        rows
    }

    fn same<K: Kind>(sizes: &[(usize, usize)]) {
        for (n, &(queries, candidates)) in sizes.iter().enumerate() {
            let (q, c) = (rows(queries, 7), rows(candidates, u32::try_from(n).unwrap_or(0)));
            for (block, dense, k) in [(1, 0, 1), (64, 0, 3), (64, 4, 3), (65, 2, 10), (1 << 16, 8, 10), (100, 0, 1_000)]
            {
                let index = Index::<K>::new(c.clone(), q.width(), block, dense);
                let (mut scratch, mut out) = (index.scratch(), Vec::new());
                for first in (0..q.len()).step_by(BATCH) {
                    index.best(&q, first..q.len(), k, &mut scratch, &mut out);
                }
                assert_eq!(
                    out,
                    naive(&q, &c, k),
                    "{queries} x {candidates}, blocks of {block}, dense {dense}, top {k}"
                );
            }
        }
    }

    #[test]
    fn every_kind_is_exact_at_odd_sizes() {
        let sizes = [(0, 5), (5, 0), (1, 1), (70, 64), (70, 65), (129, 1_000), (10, 2_049)];
        same::<Single>(&sizes);
        same::<Double>(&sizes);
        same::<Words>(&sizes);
        same::<Bytes>(&sizes);
    }
}
