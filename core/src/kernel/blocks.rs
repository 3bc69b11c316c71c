//! A side's candidates in blocks, laid out for one look at all of them: what can be had in bulk is one stream of
//! numbers a signal, and everything in it bounds from above what the exact functions give.
//!
//! - Terms: a posting is 32 bits, the impact's upper half over the candidate's place in its block. The impact is
//!   rounded up, by less than a share of 2^-7. A term that at least one in [`DENSE`] of a block has is a row of such
//!   halves, added by SIMD.
//! - Competences: what meets a requirement is a maximum in a slot. Challenges stand in the order of how many
//!   requirements they have, most first, and slot `j` of all of them together, so that a sum over requirements is a
//!   sum over rows that grow shorter.
//! - Vectors: eight bits a number, with the norm of what that leaves out.
//!
//! Cost: linear in the side's columns, about 200 ms of CPU for 50,000 documents; less memory than the
//! columns themselves. It is made at the first question, on all threads.

use super::CHUNK;
use crate::model::Side;
use crate::order;
use crate::snapshot::{Challenges, Common, Data, Profiles};
use std::ops::Range;

/// Candidates of one block, at most 65,536: their sums stay in L1 or L2. Measured, see `benches/NOTES.md`.
pub(crate) const BLOCK: usize = if cfg!(test) { 8 } else { 8_192 };
/// A term that one in so many candidates has is a row.
const DENSE: usize = if cfg!(test) { 2 } else { 8 };
/// Marks the place of a term that is a row; its one posting is the row's number.
const ROW: u32 = 1 << 31;
/// What of a posting is the impact.
const HALF: u32 = 0xFFFF_0000;
/// Trust in a claim, in steps of a 13-bit number.
const TRUST: f64 = 8_191.0;
/// Levels of a claim or a requirement, 0 for none.
pub(crate) const LEVELS: usize = 8;

/// What does not change between questions about one side's candidates.
#[derive(Debug)]
pub(crate) struct Candidates {
    pub blocks: Vec<Block>,
    /// The least impact of a term.
    pub least: f32,
}

/// Some candidates that are looked at together. Every array of a candidate's numbers has `width` of them.
#[derive(Debug)]
pub(crate) struct Block {
    /// The documents in the block's own order.
    pub rows: Vec<u32>,
    /// A multiple of [`CHUNK`], at least the number of documents.
    pub width: usize,
    pub terms: Terms,
    pub keys: Keys,
    /// The encoder's vectors and the map's.
    pub spaces: [Space; 2],
    /// The languages of texts that can be known.
    pub languages: Vec<u8>,
    /// Those that all candidates of a chunk have.
    pub common_languages: Vec<u8>,
    /// 1 where the skills can be known, else 0.
    pub asks: Vec<f32>,
    /// What makes a sum of requirements a share beside the query's part of it.
    pub shares: Vec<f32>,
}

/// Impacts by term.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Where each term's postings begin, one more than there are terms.
    starts: Vec<u32>,
    postings: Vec<u32>,
    /// The upper halves of impacts, a row of the block's width a term.
    rows: Vec<u16>,
}

/// Claims or requirements by competence.
#[derive(Debug)]
pub(crate) struct Keys {
    starts: Vec<u32>,
    /// Of a claim the place, the level from bit 16 on and the trust from bit 19 on; of a requirement the slot, and the
    /// level from bit 29 on.
    pub postings: Vec<u32>,
    /// Weights of the slots, none for profiles.
    pub weights: Vec<f32>,
    /// 1 for a must.
    pub musts: Vec<f32>,
    /// Places of the slots' candidates.
    pub places: Vec<u16>,
    /// The slots' rows: where each begins; it ends where the next one begins.
    pub rows: Vec<u32>,
}

/// A requirement's slot and level.
pub(crate) fn need_of(posting: u32) -> (usize, usize) {
    ((posting & 0x1FFF_FFFF) as usize, (posting >> 29) as usize)
}

/// Vectors of one space.
#[derive(Debug, Default)]
pub(crate) struct Space {
    /// Numbers a vector, a multiple of 32; 0 without vectors.
    pub width: usize,
    /// 128 is 0.
    pub vectors: Vec<u8>,
    /// What a step is worth; 0 where there is no vector.
    pub steps: Vec<f32>,
    /// The norm of what the steps leave out, and what roundings come to, for a question's vector of norm 1.
    pub errors: Vec<f32>,
    /// The largest norm that steps make.
    longest: f32,
}

/// The upper half of a positive number, rounded up, as the upper half of 32 bits.
fn half(x: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounded up again")]
    let single = (x as f32).clamp(f32::MIN_POSITIVE, f32::MAX / 4.0);
    // One more than the last place takes in what the conversion rounded off.
    (single.to_bits() + 1).next_multiple_of(1 << 16) & HALF
}

/// A bound of a number that is at least 0, above 0 where the number is.
#[expect(clippy::cast_possible_truncation, reason = "a bound; see the kernel's slack")]
pub(crate) fn above(x: f64) -> f32 {
    if x > 0.0 { (x as f32).max(1e-10) } else { 0.0 }
}

fn share(most: f64) -> f64 {
    if most > 0.0 { 1.0 / most } else { 0.0 }
}

/// 1 where a profile says anything, so that its skills are known; else 0.
pub(crate) fn speaks(p: &Profiles, row: usize) -> f64 {
    f64::from(u8::from(p.common.words[row] > 0 || !p.claim_lists.range(row).is_empty()))
}

/// What makes a sum over a challenge's requirements a share, 0 without requirements. Takes in the rounding of the sum.
#[expect(clippy::cast_precision_loss, reason = "requirements of one challenge")]
pub(crate) fn asked(c: &Challenges, row: usize) -> f64 {
    let needs = c.need_lists.range(row);
    let rounding = 1.0 + (needs.len() as f64 + 8.0) * f64::from(f32::EPSILON);
    share(c.need_weights[needs].iter().sum::<f64>()) * rounding
}

/// What makes a sum of a text a share, 0 where the text is never known.
pub(crate) fn told_by_profile(p: &Profiles, row: usize) -> f64 {
    f64::from(u8::from(p.common.words[row] > 0))
}

/// As [`told_by_profile`].
pub(crate) fn told_by_challenge(c: &Challenges, row: usize) -> f64 {
    share(c.most[row])
}

impl Candidates {
    pub(crate) fn new(data: &Data, side: Side) -> Self {
        let n = data.common(side).len();
        let blocks = crate::parallel::map(n.div_ceil(BLOCK), |i| {
            let block = i * BLOCK..n.min((i + 1) * BLOCK);
            Block::new(data, side, block)
        });
        let least = blocks.iter().flat_map(|b| b.terms.least()).fold(f32::MAX, f32::min);
        Self { blocks, least }
    }
}

impl Block {
    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
    fn new(data: &Data, side: Side, block: Range<usize>) -> Self {
        let (common, c) = (data.common(side), &data.challenges);
        let needs = |row: u32| if side == Side::Challenges { c.need_lists.range(row as usize).len() } else { 0 };
        let mut rows: Vec<u32> = block.map(|row| row as u32).collect();
        order::by_key(&mut rows, |&row| (usize::MAX - needs(row), common.languages[row as usize], row));
        let width = rows.len().next_multiple_of(CHUNK);
        let told: Vec<f64> = rows
            .iter()
            .map(|&row| match side {
                Side::Profiles => told_by_profile(&data.profiles, row as usize),
                Side::Challenges => told_by_challenge(c, row as usize),
            })
            .collect();
        let (mut languages, mut asks, mut shares) = (vec![0; width], vec![0.0; width], vec![0.0; width]);
        for (at, &row) in rows.iter().enumerate() {
            let row = row as usize;
            if told[at] > 0.0 {
                languages[at] = common.languages[row];
            }
            let by_needs = if side == Side::Challenges { asked(c, row) } else { speaks(&data.profiles, row) };
            (asks[at], shares[at]) = (if by_needs > 0.0 { 1.0 } else { 0.0 }, by_needs as f32);
        }
        let common_languages = languages.chunks(CHUNK).map(|c| c.iter().fold(u8::MAX, |all, l| all & l)).collect();
        let keys = match side {
            Side::Profiles => Keys::claims(&data.profiles, &rows, data.keys()),
            Side::Challenges => Keys::needs(c, &rows, data.keys()),
        };
        let terms = Terms::new(common, &rows, &told, data.terms.len(), width);
        let spaces = [&*common.given, &*common.mapped].map(|v| Space::new(v, common.len(), &rows, width));
        Self { width, terms, keys, spaces, languages, common_languages, asks, shares, rows }
    }
}

/// Where each of `count` numbers begins, from how often it comes.
fn starts(count: usize, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    numbers.for_each(|n| starts[n as usize + 1] += 1);
    starts.iter_mut().fold(0, |sum, n| {
        *n += sum;
        *n
    });
    starts
}

/// Entries of some documents' lists, with the place of each document.
fn entries(range: impl Fn(usize) -> Range<usize>, rows: &[u32]) -> impl Iterator<Item = (usize, usize)> {
    rows.iter().enumerate().flat_map(move |(at, &row)| range(row as usize).map(move |i| (at, i)))
}

impl Terms {
    #[expect(clippy::cast_possible_truncation, reason = "places in a block, and postings that a u32 counts")]
    fn new(common: &Common, rows: &[u32], told: &[f64], count: usize, width: usize) -> Self {
        let (numbers, impacts) = (&*common.terms, &*common.impacts);
        let all = || entries(|row| common.term_lists.range(row), rows).filter(|&(at, _)| told[at] > 0.0);
        let mut lengths = vec![0_u32; count];
        all().for_each(|(_, i)| lengths[numbers[i] as usize] += 1);
        // Next places of the postings; of a row's term its number.
        let (mut starts, mut end, mut dense) = (Vec::with_capacity(count + 1), 0, Vec::new());
        for length in &mut lengths {
            if *length as usize * DENSE >= rows.len() && *length > 1 {
                starts.push(end | ROW);
                dense.push(end);
                *length = ROW | (dense.len() as u32 - 1);
                end += 1;
            } else {
                let begin = end;
                end += *length;
                starts.push(begin);
                *length = begin;
            }
        }
        starts.push(end);
        let (mut postings, mut halves) = (vec![0; end as usize], vec![0; dense.len() * width]);
        (0..).zip(dense).for_each(|(number, place): (u32, u32)| postings[place as usize] = number);
        for (at, i) in all() {
            let impact = half(f64::from(impacts[i]) * told[at]);
            let next = &mut lengths[numbers[i] as usize];
            if *next & ROW == 0 {
                postings[*next as usize] = impact | at as u32;
                *next += 1;
            } else {
                halves[(*next & !ROW) as usize * width + at] = (impact >> 16) as u16;
            }
        }
        Self { starts, postings, rows: halves }
    }

    /// Adds a term's products to the sums of the block, of at least its width.
    #[inline]
    pub(crate) fn add(&self, term: u32, weight: f32, sums: &mut [f32; 1 << 16], width: usize) {
        let (start, end) = (self.starts[term as usize], self.starts[term as usize + 1] & !ROW);
        let postings = &self.postings[(start & !ROW) as usize..end as usize];
        if start & ROW == 0 {
            for &p in postings {
                sums[usize::from(p as u16)] += weight * f32::from_bits(p & HALF);
            }
        } else if let &[row] = postings {
            let row = &self.rows[row as usize * width..][..width];
            for (sum, &half) in sums[..width].iter_mut().zip(row) {
                *sum += weight * f32::from_bits(u32::from(half) << 16);
            }
        }
    }

    fn least(&self) -> impl Iterator<Item = f32> {
        let sparse = self.starts.windows(2).filter(|s| s[0] & ROW == 0);
        let sparse = sparse.flat_map(|s| &self.postings[s[0] as usize..(s[1] & !ROW) as usize]).map(|p| p & HALF);
        let dense = self.rows.iter().filter(|&&h| h > 0).map(|&h| u32::from(h) << 16);
        sparse.chain(dense).map(f32::from_bits)
    }
}

impl Keys {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places in a block, and trust from 0 to 1"
    )]
    fn claims(p: &Profiles, rows: &[u32], count: usize) -> Self {
        let starts = starts(count, entries(|row| p.claim_lists.range(row), rows).map(|(_, i)| p.claim_keys[i]));
        let (mut next, mut postings) = (starts.clone(), vec![0; starts[count] as usize]);
        for (at, i) in entries(|row| p.claim_lists.range(row), rows) {
            let trust = (p.claim_strengths[i] * TRUST).ceil().clamp(0.0, TRUST) as u32;
            let place = &mut next[p.claim_keys[i] as usize];
            postings[*place as usize] = at as u32 | u32::from(p.claim_levels[i]) << 16 | trust << 19;
            *place += 1;
        }
        Self { starts, postings, weights: Vec::new(), musts: Vec::new(), places: Vec::new(), rows: Vec::new() }
    }

    /// `rows` have ever fewer requirements.
    #[expect(clippy::cast_possible_truncation, reason = "requirements of a block")]
    fn needs(c: &Challenges, rows: &[u32], count: usize) -> Self {
        let longest = rows.first().map_or(0, |&row| c.need_lists.range(row as usize).len());
        let mut of_rows = vec![0_u32; longest + 1];
        for n in 0..longest {
            let length = rows.partition_point(|&row| c.need_lists.range(row as usize).len() > n);
            of_rows[n + 1] = of_rows[n] + length as u32;
        }
        let all = of_rows[longest] as usize;
        let starts = starts(count, entries(|row| c.need_lists.range(row), rows).map(|(_, i)| c.need_keys[i]));
        let (mut next, mut postings) = (starts.clone(), vec![0; all]);
        let (mut weights, mut musts, mut places) = (vec![0.0; all], vec![0.0; all], vec![0; all]);
        for (at, i) in entries(|row| c.need_lists.range(row), rows) {
            let n = i - c.need_lists.range(rows[at] as usize).start;
            let slot = of_rows[n] + at as u32;
            places[slot as usize] = at as u16;
            weights[slot as usize] = above(c.need_weights[i]);
            musts[slot as usize] = if c.need_musts[i] == 0 { 0.0 } else { 1.0 };
            let place = &mut next[c.need_keys[i] as usize];
            postings[*place as usize] = slot | u32::from(c.need_levels[i]) << 29;
            *place += 1;
        }
        Self { starts, postings, weights, musts, places, rows: of_rows }
    }

    /// Where the postings of a competence are.
    pub(crate) fn of(&self, key: u32) -> Range<usize> {
        self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize
    }
}

/// A claim's place, level and trust.
pub(crate) fn claim_of(posting: u32) -> (usize, usize, f32) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "13 bits")]
    let trust = (posting >> 19) as f32 * (1.0 / TRUST) as f32;
    (usize::from(posting as u16), (posting >> 16 & 7) as usize, trust)
}

impl Space {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "steps of one byte; bounds are rounded up"
    )]
    fn new(vectors: &[f32], documents: usize, rows: &[u32], width: usize) -> Self {
        let dimensions = vectors.len() / documents.max(1);
        if dimensions == 0 {
            return Self::default();
        }
        let padded = dimensions.next_multiple_of(32);
        let mut all = vec![128; padded * width];
        let (mut steps, mut errors, mut longest) = (vec![0.0; width], vec![0.0; width], 0.0);
        for (at, &row) in rows.iter().enumerate() {
            let vector = &vectors[row as usize * dimensions..][..dimensions];
            let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            if largest == 0.0 {
                continue;
            }
            let step = (largest / 127.0).max(f32::MIN_POSITIVE);
            let (mut left, mut norm) = (0.0, 0.0);
            for (byte, &x) in all[at * padded..].iter_mut().zip(vector) {
                let near = (x / step).round().clamp(-127.0, 127.0);
                *byte = (near + 128.0) as u8;
                let rest = f64::from(x) - f64::from(step) * f64::from(near);
                left += rest * rest;
                norm += f64::from(x) * f64::from(x);
            }
            // The exact cosine sums as many products as there are dimensions in `f32`; the bound takes three roundings.
            let rounding = (dimensions as f64 + 8.0) * f64::from(f32::EPSILON) * norm.sqrt();
            (steps[at], errors[at]) = (step, ((left.sqrt() + rounding) * (1.0 + 1e-6)) as f32);
            longest = f64::max(longest, norm.sqrt() + left.sqrt());
        }
        Self { width: padded, vectors: all, steps, errors, longest: longest as f32 }
    }
}

/// A question's vector in one space: what [`Space`]'s bytes are multiplied with.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Empty where there is no vector.
    steps: Vec<i16>,
    step: f32,
    /// 128 times the sum of the steps, which the bytes have too much.
    offset: i32,
    /// The vector's norm, and the norm of what its own steps leave out.
    norm: f32,
    left: f32,
}

impl Asked {
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "bounds, rounded up")]
    pub(crate) fn set(&mut self, vector: &[f32]) {
        self.steps.clear();
        let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        if largest == 0.0 {
            return;
        }
        let padded = vector.len().next_multiple_of(32);
        // A sum of products of bytes and steps is below 2^31.
        let most = (f64::from(i32::MAX) / 256.0 / padded as f64).min(32_767.0).floor();
        self.step = (largest / most as f32).max(f32::MIN_POSITIVE);
        let (mut left, mut norm, mut sum) = (0.0, 0.0, 0);
        self.steps.extend(vector.iter().map(|&x| {
            let near = f64::from(x / self.step).round().clamp(-most, most);
            let rest = f64::from(x) - f64::from(self.step) * near;
            left += rest * rest;
            norm += f64::from(x) * f64::from(x);
            sum += near as i32;
            near as i16
        }));
        self.steps.resize(padded, 0);
        self.offset = 128 * sum;
        (self.norm, self.left) = ((norm.sqrt() * (1.0 + 1e-6)) as f32, (left.sqrt() * (1.0 + 1e-6)) as f32);
    }
}

/// The sum of products; the form that compilers make the fewest instructions of.
#[inline]
fn dot(bytes: &[u8], steps: &[i16]) -> i32 {
    let mut sum = 0;
    for (x, y) in bytes.as_chunks::<32>().0.iter().zip(steps.as_chunks::<32>().0) {
        let mut part = 0;
        for i in 0..32 {
            part += i32::from(x[i]) * i32::from(y[i]);
        }
        sum += part;
    }
    sum
}

impl Space {
    /// Bounds of the cosines of the candidates from a place on with a question's vector.
    #[expect(clippy::cast_precision_loss, reason = "one of the roundings that the errors hold")]
    pub(crate) fn cosines(&self, asked: &Asked, from: usize, cosines: &mut [f32]) {
        let vectors = self.vectors[from * self.width..].chunks_exact(self.width.max(1));
        let others = asked.left * self.longest * (1.0 + 1e-6);
        let numbers = self.steps[from..].iter().zip(&self.errors[from..]);
        for ((cosine, vector), (&step, &error)) in cosines.iter_mut().zip(vectors).zip(numbers) {
            let products = (dot(vector, &asked.steps) - asked.offset) as f32;
            *cosine = products * step * asked.step + asked.norm * error + others;
        }
    }
}
