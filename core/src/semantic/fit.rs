//! Fitting a [`SubwordMap`] to an encoder's vectors: ridge regression by conjugate gradients.
//!
//! The encoder is a teacher: it is asked once for the vectors of many short texts, and the map learns which words and
//! grams carry which meaning. Every sum has one order, whatever the number of threads, so the same input gives the same
//! map.

use super::{Means, Precision, SubwordMap, features};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Language, Side};
use crate::text::Analyzer;
use std::collections::HashMap;

/// How a map is fitted; the defaults are those of the shipped map (measured: `datasets/semantic/README.md`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Values of a vector: the targets' directions of most variance. As many as the targets have, at most.
    pub dimensions: usize,
    /// Words and grams to keep: those that move vectors most often and farthest.
    pub features: usize,
    /// How values are stored.
    pub precision: Precision,
    /// What a large value costs; above 0. Rows of the regression have unit length.
    pub ridge: f32,
    /// In how many texts a word or gram must occur.
    pub min_texts: u32,
    /// Steps of conjugate gradients at most.
    pub iterations: u32,
}

impl Default for FitOptions {
    fn default() -> Self {
        let precision = Precision::Four;
        Self { dimensions: 128, features: 50_000, precision, ridge: 0.5, min_texts: 2, iterations: 30 }
    }
}

/// A relative residual that more steps would not make a better map of.
const CONVERGED: f64 = 1e-3;
/// Rows of the targets whose products are summed while they are in the cache.
const BLOCK: usize = 256;
/// Steps of the subspace iteration; the directions at its edge, which converge last, matter least.
const SUBSPACE: usize = 40;

/// Rows of index and value.
struct Sparse {
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Sparse {
    fn row(&self, i: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    fn transposed(&self, columns: usize) -> Self {
        let mut starts = vec![0; columns + 1];
        for &(c, _) in &self.entries {
            starts[c as usize + 1] += 1;
        }
        for c in 0..columns {
            starts[c + 1] += starts[c];
        }
        let (mut next, mut entries) = (starts.clone(), vec![(0, 0.0); self.entries.len()]);
        for (r, w) in (0_u32..).zip(self.starts.windows(2)) {
            for &(c, v) in &self.entries[w[0]..w[1]] {
                entries[next[c as usize]] = (r, v);
                next[c as usize] += 1;
            }
        }
        Self { starts, entries }
    }

    /// `out = self * dense + ridge * base`, rows of `width`.
    fn times(&self, dense: &[f32], width: usize, out: &mut [f32], ridge: Option<(f32, &[f32])>) {
        each_row(out, width, |i, out| {
            match ridge {
                Some((r, base)) => out.iter_mut().zip(&base[i * width..]).for_each(|(o, b)| *o = r * b),
                None => out.fill(0.0),
            }
            for &(c, v) in self.row(i) {
                let row = &dense[c as usize * width..][..width];
                out.iter_mut().zip(row).for_each(|(o, d)| *o += v * d);
            }
        });
    }
}

/// Calls for every row of `width` values, on the threads of rayon's current pool where there are any.
fn each_row<T: Send>(out: &mut [T], width: usize, f: impl Fn(usize, &mut [T]) + Sync + Send) {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        out.par_chunks_exact_mut(width).enumerate().for_each(|(i, row)| f(i, row));
    }
    #[cfg(not(feature = "parallel"))]
    out.chunks_exact_mut(width).enumerate().for_each(|(i, row)| f(i, row));
}

/// The target of each label: the mean, over the languages, of its concept's centred vectors; of unit length.
pub(super) fn concept_means(labels: &[(u32, Language, &str)], vectors: &[f32]) -> Result<Vec<f32>> {
    if labels.is_empty() || vectors.is_empty() || !vectors.len().is_multiple_of(labels.len()) {
        let message = format!("{} values for {} labels; one vector for each is right", vectors.len(), labels.len());
        return Err(Error::invalid("/vectors", message));
    }
    let width = vectors.len() / labels.len();
    let mut means = Means::new(width);
    for (l, v) in labels.iter().zip(vectors.chunks_exact(width)) {
        means.add(v, Side::Profiles, Some(l.1))?;
    }
    // Per concept and language a sum and a count, then the mean of the languages' means.
    let mut sums: HashMap<(u32, Language), (Vec<f64>, f64)> = HashMap::new();
    for (l, v) in labels.iter().zip(vectors.chunks_exact(width)) {
        let Some(v) = means.centre(v, Side::Profiles, Some(l.1)) else { continue };
        let (sum, count) = sums.entry((l.0, l.1)).or_insert_with(|| (vec![0.0; width], 0.0));
        sum.iter_mut().zip(&v).for_each(|(s, v)| *s += f64::from(*v));
        *count += 1.0;
    }
    let mut targets = Vec::with_capacity(vectors.len());
    for l in labels {
        let mut target = vec![0.0_f64; width];
        for (sum, count) in Language::ALL.iter().filter_map(|&g| sums.get(&(l.0, g))) {
            target.iter_mut().zip(sum).for_each(|(t, s)| *t += s / count);
        }
        #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
        let mut target: Vec<f32> = target.into_iter().map(|v| v as f32).collect();
        super::normalise(&mut target);
        targets.extend(target);
    }
    Ok(targets)
}

/// What a fit was given, checked.
pub(super) struct Task<'a> {
    pub model: &'a str,
    pub texts: &'a [&'a str],
    pub weights: Option<&'a [f32]>,
    pub targets: &'a [f32],
    pub options: FitOptions,
}

/// The left side of the regression.
struct Regressors {
    /// The features, ascending.
    keys: Vec<String>,
    /// Their inverse document frequencies, `ln(1 + N / n)`.
    idf: Vec<f32>,
    /// How many texts have each.
    counts: Vec<u32>,
    /// A row for each text, of unit length times the square root of the text's weight.
    x: Sparse,
}

impl Task<'_> {
    fn check(&self) -> Result<usize> {
        let (n, o) = (self.texts.len(), self.options);
        if n == 0 || self.targets.is_empty() || !self.targets.len().is_multiple_of(n) {
            let message = format!("{} values for {n} texts; one vector for each is right", self.targets.len());
            return Err(Error::invalid("/targets", message));
        }
        if let Some(i) = self.targets.iter().position(|v| !v.is_finite()) {
            let d = self.targets.len() / n;
            return Err(Error::invalid(format!("/targets/{}/{}", i / d, i % d), "it is not a finite number"));
        }
        if let Some(w) = self.weights {
            if w.len() != n {
                return Err(Error::invalid("/weights", format!("{} weights for {n} texts", w.len())));
            }
            if let Some(i) = w.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
                return Err(Error::invalid(format!("/weights/{i}"), format!("{} is out of range: 0 or more", w[i])));
            }
        }
        for (path, fine) in [
            ("/dimensions", (1..=super::MAX_DIMENSIONS).contains(&o.dimensions)),
            ("/features", o.features > 0),
            ("/ridge", o.ridge.is_finite() && o.ridge > 0.0),
            ("/iterations", o.iterations > 0),
        ] {
            if !fine {
                return Err(Error::invalid(path, "it is out of range: above 0"));
            }
        }
        Ok(self.targets.len() / n)
    }

    /// Fits the map; `progress` gets the share that is done and stops the fit by `false`.
    pub(super) fn fit(&self, progress: &mut dyn FnMut(f64) -> bool) -> Result<SubwordMap> {
        let given = self.check()?;
        let mut report = |share: f64| {
            if progress(share) { Ok(()) } else { Err(Error::new(ErrorKind::Cancelled, "", "the fit was cancelled")) }
        };
        report(0.0)?;
        let Regressors { keys, idf, counts, x } = self.regressors()?;
        report(0.05)?;
        let width = self.options.dimensions.min(given);
        let mut y = if width < given { principal(self.targets, given, width) } else { self.targets.to_vec() };
        report(0.1)?;
        if let Some(weights) = self.weights {
            for (row, w) in y.chunks_exact_mut(width).zip(weights) {
                row.iter_mut().for_each(|v| *v *= w.sqrt());
            }
        }
        let fewer = keys.len() > self.options.features;
        let until = if fewer { 0.5 } else { 1.0 };
        let all = self.solve(&x, keys.len(), &y, width, &mut |s| report(0.1 + (until - 0.1) * s))?;
        if !fewer {
            let rows = scaled(&all, &idf, width);
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            return SubwordMap::pack(self.model, &keys, &rows, width, self.options.precision);
        }
        // What a feature moves in all: how far, times how often.
        let moved = |i: usize| {
            let length = all[i * width..][..width].iter().fold(0.0_f64, |s, &v| s + f64::from(v) * f64::from(v)).sqrt();
            length * f64::from(idf[i]) * f64::from(counts[i]).sqrt()
        };
        let mut order: Vec<(f64, usize)> = (0..keys.len()).map(|i| (moved(i), i)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut kept: Vec<usize> = order[..self.options.features].iter().map(|o| o.1).collect();
        kept.sort_unstable();
        drop(all);
        // Those that are left take over what the others carried.
        let mut new = vec![u32::MAX; keys.len()];
        for (n, &i) in (0..).zip(&kept) {
            new[i] = n;
        }
        let (mut starts, mut entries) = (vec![0], Vec::new());
        for i in 0..self.texts.len() {
            let kept = x.row(i).iter().map(|&(c, v)| (new[c as usize], v)).filter(|e| e.0 != u32::MAX);
            entries.extend(kept);
            starts.push(entries.len());
        }
        let x = Sparse { starts, entries };
        let rows = self.solve(&x, kept.len(), &y, width, &mut |s| report(0.5 + 0.5 * s))?;
        let idf: Vec<f32> = kept.iter().map(|&i| idf[i]).collect();
        let keys: Vec<&str> = kept.iter().map(|&i| keys[i].as_str()).collect();
        SubwordMap::pack(self.model, &keys, &scaled(&rows, &idf, width), width, self.options.precision)
    }

    fn regressors(&self) -> Result<Regressors> {
        let (mut ids, mut counts): (HashMap<String, u32>, Vec<u32>) = (HashMap::new(), Vec::new());
        let (mut starts, mut entries) = (vec![0], Vec::new());
        let analyzer = Analyzer::default();
        for text in self.texts {
            let mut row: Vec<u32> = Vec::new();
            for t in analyzer.analyse(text, None).tokens.iter().filter(|t| !t.negated) {
                features(&t.folded, |key| {
                    let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                    row.push(ids.get(key).copied().unwrap_or_else(|| *ids.entry(key.to_owned()).or_insert(next)));
                });
            }
            row.sort_unstable();
            counts.resize(ids.len(), 0);
            for same in row.chunk_by(|a, b| a == b) {
                counts[same[0] as usize] += 1;
                #[expect(clippy::cast_precision_loss, reason = "counts of one text")]
                entries.push((same[0], (same.len() as f32).sqrt()));
            }
            starts.push(entries.len());
        }
        let mut keys: Vec<(String, u32)> =
            ids.into_iter().filter(|(_, i)| counts[*i as usize] >= self.options.min_texts).collect();
        keys.sort_unstable();
        if keys.is_empty() {
            return Err(Error::invalid("/texts", "no word or gram occurs in two texts; more texts are needed"));
        }
        let mut new = vec![u32::MAX; counts.len()];
        for (n, (_, i)) in (0..).zip(&keys) {
            new[*i as usize] = n;
        }
        let counts: Vec<u32> = keys.iter().map(|(_, i)| counts[*i as usize]).collect();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts of texts")]
        let idf: Vec<f32> =
            counts.iter().map(|&c| libm::log(1.0 + self.texts.len() as f64 / f64::from(c)) as f32).collect();
        let (mut kept, mut from) = (Vec::with_capacity(entries.len()), vec![0]);
        for (i, w) in starts.windows(2).enumerate() {
            let first = kept.len();
            let known = entries[w[0]..w[1]].iter().map(|&(c, v)| (new[c as usize], v)).filter(|e| e.0 != u32::MAX);
            kept.extend(known.map(|(c, v)| (c, v * idf[c as usize])));
            kept[first..].sort_unstable_by_key(|e: &(u32, f32)| e.0);
            let length = kept[first..].iter().fold(0.0_f32, |s, e| s + e.1 * e.1).sqrt();
            let weight = self.weights.map_or(1.0, |w| w[i].sqrt());
            kept[first..].iter_mut().for_each(|e| e.1 *= weight / length);
            from.push(kept.len());
        }
        let x = Sparse { starts: from, entries: kept };
        Ok(Regressors { keys: keys.into_iter().map(|k| k.0).collect(), idf, counts, x })
    }

    /// Conjugate gradients on `(X'X + ridge) W = X'Y`, each dimension with steps of its own (Hestenes and Stiefel 1952).
    fn solve(
        &self,
        x: &Sparse,
        features: usize,
        y: &[f32],
        width: usize,
        report: &mut dyn FnMut(f64) -> Result<()>,
    ) -> Result<Vec<f32>> {
        let xt = x.transposed(features);
        let (mut w, mut residual) = (vec![0.0; features * width], vec![0.0; features * width]);
        xt.times(y, width, &mut residual, None);
        let (mut direction, mut image) = (residual.clone(), vec![0.0; y.len()]);
        let mut product = vec![0.0; features * width];
        let first = dots(&residual, &residual, width);
        let mut now = first.clone();
        for step in 0..self.options.iterations {
            report(f64::from(step) / f64::from(self.options.iterations))?;
            x.times(&direction, width, &mut image, None);
            xt.times(&image, width, &mut product, Some((self.options.ridge, &direction)));
            let size = ratios(&now, &dots(&direction, &product, width));
            each_row(&mut w, width, |i, w| add(w, &size, 1.0, &direction[i * width..]));
            each_row(&mut residual, width, |i, r| add(r, &size, -1.0, &product[i * width..]));
            let next = dots(&residual, &residual, width);
            let keep = ratios(&next, &now);
            each_row(&mut direction, width, |i, d| {
                let r = &residual[i * width..];
                d.iter_mut().zip(r).zip(&keep).for_each(|((d, r), k)| *d = r + k * *d);
            });
            now = next;
            if now.iter().zip(&first).all(|(n, f)| *n <= f * CONVERGED * CONVERGED) {
                break;
            }
        }
        Ok(w)
    }
}

fn add(to: &mut [f32], size: &[f32], sign: f32, what: &[f32]) {
    to.iter_mut().zip(size).zip(what).for_each(|((t, s), v)| *t += sign * s * v);
}

/// The dot product of each column.
fn dots(a: &[f32], b: &[f32], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for (a, b) in a.chunks_exact(width).zip(b.chunks_exact(width)) {
        sums.iter_mut().zip(a).zip(b).for_each(|((s, a), b)| *s += f64::from(*a) * f64::from(*b));
    }
    sums
}

#[expect(clippy::cast_possible_truncation, reason = "steps are f32, as the values are")]
fn ratios(a: &[f64], b: &[f64]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| if *b > 0.0 { (a / b) as f32 } else { 0.0 }).collect()
}

/// Rows times their features' inverse document frequencies.
fn scaled(rows: &[f32], idf: &[f32], width: usize) -> Vec<f32> {
    rows.chunks_exact(width).zip(idf).flat_map(|(row, i)| row.iter().map(move |v| v * i)).collect()
}

/// Vectors of `given` values in the `width` directions in which they vary most around zero: subspace iteration.
fn principal(vectors: &[f32], given: usize, width: usize) -> Vec<f32> {
    let mut covariance = vec![0.0_f64; given * given];
    for block in vectors.chunks(BLOCK * given) {
        each_row(&mut covariance, given, |i, row| {
            for v in block.chunks_exact(given) {
                let a = f64::from(v[i]);
                row.iter_mut().zip(v).for_each(|(c, b)| *c += a * f64::from(*b));
            }
        });
    }
    // Directions are rows. They start as the axes that vary most.
    let mut axes: Vec<usize> = (0..given).collect();
    axes.sort_by(|&a, &b| covariance[b * given + b].total_cmp(&covariance[a * given + a]).then(a.cmp(&b)));
    let mut directions = vec![0.0_f64; width * given];
    for (row, &axis) in directions.chunks_exact_mut(given).zip(&axes) {
        row[axis] = 1.0;
    }
    for _ in 0..SUBSPACE {
        let last = directions.clone();
        each_row(&mut directions, given, |i, row| {
            row.fill(0.0);
            for (d, c) in last[i * given..][..given].iter().zip(covariance.chunks_exact(given)) {
                row.iter_mut().zip(c).for_each(|(r, c)| *r += d * c);
            }
        });
        orthonormalise(&mut directions, given);
    }
    let mut out = vec![0.0_f32; vectors.len() / given * width];
    each_row(&mut out, width, |i, out| {
        let v = &vectors[i * given..][..given];
        for (o, d) in out.iter_mut().zip(directions.chunks_exact(given)) {
            #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
            let dot = v.iter().zip(d).fold(0.0_f64, |s, (a, b)| s + f64::from(*a) * b) as f32;
            *o = dot;
        }
    });
    out
}

/// Modified Gram and Schmidt. A row that depends on those before it becomes 0.
fn orthonormalise(rows: &mut [f64], width: usize) {
    for i in 0..rows.len() / width {
        let (before, rest) = rows.split_at_mut(i * width);
        let row = &mut rest[..width];
        let length = |row: &[f64]| row.iter().fold(0.0, |s, v| s + v * v).sqrt();
        let first = length(row);
        // Twice is enough (Giraud and others 2005).
        for _ in 0..2 {
            for b in before.chunks_exact(width) {
                let dot = row.iter().zip(b).fold(0.0, |s, (r, b)| s + r * b);
                row.iter_mut().zip(b).for_each(|(r, b)| *r -= dot * b);
            }
        }
        let now = length(row);
        let factor = if now > first * 1e-12 { 1.0 / now } else { 0.0 };
        row.iter_mut().for_each(|v| *v *= factor);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const TEXTS: [&str; 6] = ["baking bread", "bake bread", "leipoa leipää", "welding steel", "weld steel", "hitsata"];

    fn targets() -> Vec<f32> {
        (0..6).flat_map(|i| if i < 3 { [1.0, 0.1, 0.0, 0.0] } else { [0.0, 0.1, 1.0, 0.0] }).collect()
    }

    fn fit(options: FitOptions) -> Result<SubwordMap> {
        SubwordMap::fit("test", &TEXTS, None, &targets(), &options, &mut |_| true)
    }

    #[test]
    fn a_fit_gives_back_its_targets() {
        for (dimensions, precision) in [(4, Precision::Full), (2, Precision::Full), (4, Precision::Four)] {
            let map = fit(FitOptions { dimensions, precision, ridge: 0.01, min_texts: 1, ..FitOptions::default() });
            let v = |text: &str| map.as_ref().unwrap().embed(text, None).unwrap();
            let (bread, steel) = (v("bread is baked"), v("steel, welded"));
            assert_eq!(bread.len(), dimensions);
            assert!(super::super::cosine(&bread, &v("leipä")) > 0.9, "{precision:?}");
            assert!(super::super::cosine(&bread, &steel) < 0.4, "{precision:?}");
        }
    }

    #[test]
    fn fewer_features_are_the_ones_that_tell_most() {
        let map = fit(FitOptions { features: 10, min_texts: 1, ..FitOptions::default() }).unwrap();
        assert_eq!(map.features(), 10);
        assert!(map.embed("bread", None).is_some());
    }

    #[test]
    fn the_same_bytes_on_any_number_of_threads() {
        let options = FitOptions { dimensions: 3, ..FitOptions::default() };
        let one = fit(options).unwrap();
        #[cfg(feature = "parallel")]
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| fit(options)).unwrap(), one);
        }
        assert_eq!(fit(options).unwrap(), one);
    }

    #[test]
    fn weights_count_and_zero_leaves_a_text_out() {
        let mut weights = [1.0; 6];
        weights[5] = 0.0;
        let options = FitOptions { min_texts: 1, precision: Precision::Full, ..FitOptions::default() };
        let map = SubwordMap::fit("test", &TEXTS, Some(&weights), &targets(), &options, &mut |_| true).unwrap();
        assert!(map.embed("hitsata", None).is_none_or(|v| v[2] < 0.99));
    }

    #[test]
    fn what_does_not_fit_is_an_error_with_its_place() {
        let (targets, fine) = (targets(), FitOptions::default());
        let bad_value: Vec<f32> = targets.iter().enumerate().map(|(i, v)| if i == 9 { f32::NAN } else { *v }).collect();
        type Case<'a> = (&'a [f32], Option<&'a [f32]>, FitOptions, &'a str);
        let cases: [Case; 8] = [
            (&targets[1..], None, fine, "/targets"),
            (&[], None, fine, "/targets"),
            (&bad_value, None, fine, "/targets/2/1"),
            (&targets, Some(&[1.0]), fine, "/weights"),
            (&targets, Some(&[1.0, 1.0, -1.0, 1.0, 1.0, 1.0]), fine, "/weights/2"),
            (&targets, None, FitOptions { dimensions: 0, ..fine }, "/dimensions"),
            (&targets, None, FitOptions { ridge: f32::NAN, ..fine }, "/ridge"),
            (&targets, None, FitOptions { min_texts: 9, ..fine }, "/texts"),
        ];
        for (targets, weights, options, path) in cases {
            let e = SubwordMap::fit("test", &TEXTS, weights, targets, &options, &mut |_| true).unwrap_err();
            assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
        }
        let mut calls = 0;
        let mut stop = |_| {
            calls += 1;
            calls < 4
        };
        let e = SubwordMap::fit("test", &TEXTS, None, &targets, &fine, &mut stop).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Cancelled);
    }

    #[test]
    fn translations_share_a_target() {
        use Language::{En, Fi};
        let labels = [(0, En, "bread"), (0, Fi, "leipä"), (1, En, "steel"), (1, Fi, "teräs")];
        // The languages lie apart (third value), and so do the two words for one thing.
        let vectors = [1.0, 0.2, 5.0, 1.0, -0.2, -5.0, -1.0, 0.2, 5.0, -1.0, -0.2, -5.0];
        let targets = concept_means(&labels, &vectors).unwrap();
        for (t, expected) in targets.chunks(3).zip([1.0, 1.0, -1.0, -1.0]) {
            assert!((t[0] - expected).abs() < 1e-3 && t[1].abs() < 1e-3 && t[2].abs() < 1e-3, "{t:?}");
        }
        assert_eq!(concept_means(&labels, &vectors[1..]).unwrap_err().path(), "/vectors");
    }
}
