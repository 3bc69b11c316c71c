//! A side's candidates in blocks, laid out for one look at all of them: what can be had in bulk is one stream of
//! numbers a signal, and everything in it bounds from above what the exact functions give.
//!
//! - Blocks: candidates whose texts are of one language stand together, as they share their terms and next to none with
//!   others.
//! - Terms: a posting is 32 bits, the impact's upper half over the candidate's place in its block. The impact is
//!   rounded up, by less than a share of 2^-7. A term that at least one in [`DENSE`] of a block has is a row of bytes, with
//!   the highest impact of each chunk; only chunks that these highest leave a chance have their rows added, by SIMD.
//! - Competences: what meets a requirement is a maximum in a slot. Challenges stand in the order of how many
//!   requirements they have, most first, and slot `j` of all of them together, so that a sum over requirements is a
//!   sum over rows that grow shorter.
//! - Vectors: eight bits a number, with the norm of what that leaves out.
//!
//! Cost: linear in the side's columns, about 125 ms of CPU for 20,000 documents with grams; less memory than the
//! columns themselves. It is made at the first question, on all threads.

use super::CHUNK;
use crate::model::Side;
use crate::order;
use crate::snapshot::{Challenges, Common, Data, Profiles};
use std::collections::BTreeMap;
use std::ops::Range;

/// Candidates of one block, at most 65,536: their sums stay in L1 or L2. Measured, see `benches/NOTES.md`.
pub(crate) const BLOCK: usize = if cfg!(test) { 8 } else { 4_096 };
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
    /// The least impact of a term that is no row.
    pub least: f32,
    /// A document of each class of each kind; none where there are too many classes.
    pub classes: [Vec<u32>; KINDS],
}

/// What language, place, days and hours depend on: candidates that are alike in it are of one class, and have the same
/// value beside any document.
pub(crate) const KINDS: usize = 4;
/// More classes than this are not worth a table that each question fills.
const CLASSES: usize = if cfg!(test) { 4 } else { 1_024 };

/// The number of each document's class, and a document of each class.
type Classes = (Vec<u16>, Vec<u32>);

#[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32, and classes are few")]
fn classes(common: &Common, side: Side, kind: usize) -> Classes {
    let bits = |x: f64| x.to_bits();
    let key = |row: usize| match kind {
        0 => {
            // Two a number; who has more than ten languages is alone.
            let all = common.skill_lists.range(row);
            let mut key = [0; 5];
            if all.len() > 10 {
                return [u64::MAX, row as u64, 0, 0, 0];
            }
            for (i, at) in all.enumerate() {
                let language = u64::from(common.skill_codes[at]) << 8 | u64::from(common.skill_levels[at]) | 1 << 24;
                key[i / 2] |= language << (32 * (i % 2));
            }
            key
        }
        1 => {
            let place = u64::from(common.places[row]) << 8 | u64::from(common.remote[row]);
            // Only a person's radius counts.
            let radius = if side == Side::Profiles { bits(common.radii[row]) } else { 0 };
            let point = [0, 1, 2].map(|axis| bits(common.points[3 * row + axis]));
            [place, radius, point[0], point[1], point[2]]
        }
        2 => [u64::from(common.from[row] as u32), u64::from(common.until[row] as u32), 0, 0, 0],
        _ => [bits(common.hours[row]), 0, 0, 0, 0],
    };
    let (mut known, mut of, mut first) = (BTreeMap::new(), Vec::with_capacity(common.len()), Vec::new());
    for row in 0..common.len() {
        let class = *known.entry(key(row)).or_insert_with(|| {
            first.push(row as u32);
            first.len() as u16 - 1
        });
        if first.len() > CLASSES {
            return Classes::default();
        }
        of.push(class);
    }
    (of, first)
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
    /// What challenges offer; none for profiles.
    pub offers: Keys,
    /// The encoder's vectors and the map's.
    pub spaces: [Space; 2],
    /// Each candidate's class of each kind, none where there are too many.
    pub classes: [Vec<u16>; KINDS],
    /// The languages of texts that can be known.
    pub languages: Vec<u8>,
    /// Those that all candidates of a chunk have.
    pub common_languages: Vec<u8>,
    /// Those that some candidate has.
    pub some_languages: u8,
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
    /// Their impacts in steps: of each row all chunks, as are `tops`.
    rows: Vec<[u8; CHUNK]>,
    /// What a step of each row is worth.
    steps: Vec<f32>,
    /// The upper half of each chunk's highest impact.
    tops: Vec<u16>,
}

/// Terms of a block that are rows at most.
const ROWS: usize = 4_096;
/// More than the roundings of a few operations in `f32`.
const UP: f32 = 1.0 + 1e-6;

/// A question's text sums over a block, used again.
#[derive(Debug)]
pub(crate) struct TextSums {
    /// By the candidates' places, without the terms that are rows. Of this length a place needs no check.
    pub sums: Box<[f32; 1 << 16]>,
    /// What the rows add to a chunk's sums at most.
    pub tops: Vec<f32>,
    /// The question's terms that are rows, with what a step of each adds.
    rows: Vec<(u32, f32)>,
    /// The same in units, at most 255; products are halved so often that all rows' sum is below 2^16. What a unit of such
    /// a sum is worth.
    weights: Vec<u16>,
    halvings: u32,
    unit: f32,
}

impl Default for TextSums {
    fn default() -> Self {
        // Of the right length, so that there is no other case; an array would come over the stack.
        let sums = vec![0.0; 1 << 16].into_boxed_slice().try_into();
        let sums = sums.unwrap_or_else(|_| Box::new([0.0; 1 << 16]));
        Self { sums, tops: Vec::new(), rows: Vec::new(), weights: Vec::new(), halvings: 0, unit: 0.0 }
    }
}

impl TextSums {
    pub(crate) fn clear(&mut self, width: usize) {
        self.sums[..width].fill(0.0);
        self.tops.clear();
        self.tops.resize(width / CHUNK, 0.0);
        self.rows.clear();
    }

    /// When all terms are there: weighs the rows in units.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "at most as many rows as there may be; a bound"
    )]
    pub(crate) fn settle(&mut self) {
        let most = self.rows.iter().fold(0.0, |most: f32, row| most.max(row.1));
        let unit = (most / 254.0 * UP).max(f32::MIN_POSITIVE);
        self.weights.clear();
        self.weights.extend(self.rows.iter().map(|row| (row.1 / unit) as u16 + 1));
        self.halvings = self.rows.len().next_power_of_two().trailing_zeros();
        self.unit = unit * (1_u32 << self.halvings) as f32 * UP;
    }
}

/// Claims, requirements or offers by competence.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    starts: Vec<u32>,
    /// Of an offer the place; of a claim the place, the level from bit 16 on and the trust from bit 19 on; of a
    /// requirement the slot, and the level from bit 29 on.
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

/// What an upper half stands for.
#[inline(always)]
fn whole(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
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
        let common = data.common(side);
        let (parts, kinds) = (parts(common), crate::parallel::map(KINDS, |kind| classes(common, side, kind)));
        let mut blocks = crate::parallel::map(parts.len(), |i| Block::new(data, side, parts[i].clone()));
        let mut classes: [Vec<u32>; KINDS] = Default::default();
        for (kind, (of, first)) in kinds.into_iter().enumerate().filter(|(_, (of, _))| !of.is_empty()) {
            for block in &mut blocks {
                block.classes[kind] = block.rows.iter().map(|&row| of[row as usize]).collect();
            }
            classes[kind] = first;
        }
        let least = blocks.iter().flat_map(|b| b.terms.least()).fold(f32::MAX, f32::min);
        Self { blocks, least, classes }
    }
}

/// Documents block by block, those whose texts begin with one language together where they fill an eighth of a block.
#[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
fn parts(common: &Common) -> Vec<Vec<u32>> {
    let language = |row: u32| common.languages[row as usize].trailing_zeros();
    let mut rows: Vec<u32> = (0..common.len() as u32).collect();
    order::by_key(&mut rows, |&row| language(row));
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for row in rows {
        match parts.last_mut() {
            Some(part)
                if part.len() < BLOCK / 8
                    || (part.len() < BLOCK && part.last().is_some_and(|&last| language(last) == language(row))) =>
            {
                part.push(row);
            }
            _ => parts.push(vec![row]),
        }
    }
    parts
}

impl Block {
    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
    fn new(data: &Data, side: Side, mut rows: Vec<u32>) -> Self {
        let (common, c) = (data.common(side), &data.challenges);
        let needs = |row: u32| if side == Side::Challenges { c.need_lists.range(row as usize).len() } else { 0 };
        // Texts of one length have sums of one size, so that few chunks have somebody with a high one.
        let text = |row: u32| (common.languages[row as usize].trailing_zeros(), common.words[row as usize]);
        order::by_key(&mut rows, |&row| (usize::MAX - needs(row), text(row), row));
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
        let offers = if side == Side::Challenges { Keys::offers(c, &rows, data.keys()) } else { Keys::default() };
        let terms = Terms::new(common, &rows, &told, data.terms.len(), width);
        let spaces = [&*common.given, &*common.mapped].map(|v| Space::new(v, common.len(), &rows, width));
        let (classes, some_languages) = (Default::default(), languages.iter().fold(0, |some, l| some | l));
        Self {
            width,
            terms,
            keys,
            offers,
            spaces,
            classes,
            languages,
            common_languages,
            some_languages,
            asks,
            shares,
            rows,
        }
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
            if *length as usize * DENSE >= rows.len() && *length > 1 && dense.len() < ROWS {
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
        let (count, chunks) = (dense.len(), width / CHUNK);
        let (mut postings, mut impacts_of_rows) = (vec![0; end as usize], vec![[0.0_f32; CHUNK]; count * chunks]);
        (0..).zip(dense).for_each(|(number, place): (u32, u32)| postings[place as usize] = number);
        for (at, i) in all() {
            let impact = half(f64::from(impacts[i]) * told[at]);
            let next = &mut lengths[numbers[i] as usize];
            if *next & ROW == 0 {
                postings[*next as usize] = impact | at as u32;
                *next += 1;
            } else {
                let chunk = &mut impacts_of_rows[(*next & !ROW) as usize * chunks + at / CHUNK];
                chunk[at % CHUNK] = above(f64::from(impacts[i]) * told[at]) * UP;
            }
        }
        let (mut tops, mut steps) = (vec![0; count * chunks], vec![0.0_f32; count]);
        for (i, chunk) in impacts_of_rows.iter().enumerate() {
            let top = chunk.iter().fold(0.0, |top: f32, &x| top.max(x));
            tops[i] = if top > 0.0 { (half(f64::from(top)) >> 16) as u16 } else { 0 };
            steps[i / chunks] = steps[i / chunks].max(top / 255.0 * UP);
        }
        // Rounded up; where there is no instruction for it, `ceil` is a call.
        let up = |x: f32| (x as u8).saturating_add(u8::from(f32::from(x as u8) < x));
        let bytes = |(i, chunk): (usize, &[f32; CHUNK])| {
            let step = steps[i / chunks];
            chunk.map(|x| up(x / step * UP))
        };
        let rows = impacts_of_rows.iter().enumerate().map(bytes).collect();
        Self { starts, postings, rows, steps, tops }
    }

    /// Adds a term's products to the sums, or what they are at most to those of the chunks.
    #[inline]
    pub(crate) fn add(&self, term: u32, weight: f32, to: &mut TextSums) {
        let (start, end) = (self.starts[term as usize], self.starts[term as usize + 1] & !ROW);
        let postings = &self.postings[(start & !ROW) as usize..end as usize];
        if start & ROW == 0 {
            for &p in postings {
                to.sums[usize::from(p as u16)] += weight * f32::from_bits(p & HALF);
            }
        } else if let &[row] = postings {
            let tops = &self.tops[row as usize * to.tops.len()..];
            for (sum, &half) in to.tops.iter_mut().zip(tops) {
                *sum += weight * whole(half);
            }
            to.rows.push((row, weight * self.steps[row as usize]));
        }
    }

    /// The sums of a chunk, the terms that are rows among them.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "a bound")]
    pub(crate) fn of_chunk(&self, n: usize, from: &TextSums) -> [f32; CHUNK] {
        let mut sums = from.sums.as_chunks().0[n];
        if from.rows.is_empty() {
            return sums;
        }
        let (chunks, mut units) = (from.tops.len(), [0_u16; CHUNK]);
        for (&(row, _), &weight) in from.rows.iter().zip(&from.weights) {
            for (sum, &step) in units.iter_mut().zip(&self.rows[row as usize * chunks + n]) {
                *sum += (u16::from(step) * weight) >> from.halvings;
            }
        }
        // Each product was rounded down, by less than a unit.
        let more = from.rows.len() as f32 * from.unit;
        for (sum, &units) in sums.iter_mut().zip(&units) {
            *sum += f32::from(units) * from.unit + more;
        }
        sums
    }

    fn least(&self) -> impl Iterator<Item = f32> {
        let sparse = self.starts.windows(2).filter(|s| s[0] & ROW == 0);
        let sparse = sparse.flat_map(|s| &self.postings[s[0] as usize..(s[1] & !ROW) as usize]);
        sparse.map(|p| f32::from_bits(p & HALF))
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

    #[expect(clippy::cast_possible_truncation, reason = "places in a block")]
    fn offers(c: &Challenges, rows: &[u32], count: usize) -> Self {
        let all = || entries(|row| c.offer_lists.range(row), rows);
        let starts = starts(count, all().map(|(_, i)| c.offer_keys[i]));
        let (mut next, mut postings) = (starts.clone(), vec![0; starts[count] as usize]);
        for (at, i) in all() {
            let place = &mut next[c.offer_keys[i] as usize];
            postings[*place as usize] = at as u32;
            *place += 1;
        }
        Self { starts, postings, ..Self::default() }
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
