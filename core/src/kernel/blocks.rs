//! A side's candidates in blocks, laid out for one look at all of them: what can be had in bulk is one stream of
//! numbers a signal, and everything in it bounds from above what the exact functions give.
//!
//! - Blocks: candidates whose texts are of one language stand together, as they share their terms and next to none with
//!   others.
//! - Terms: sums in whole numbers, see [`terms`](super::terms).
//! - Competences: what meets a requirement is a maximum in a slot. Challenges stand in the order of how many
//!   requirements they have, most first, and slot `j` of all of them together, so that a sum over requirements is a
//!   sum over rows that grow shorter.
//! - Vectors: eight bits a number, with the norm of what that leaves out.
//!
//! Cost: linear in the side's columns, about 125 ms of CPU for 20,000 documents with grams; less memory than the
//! columns themselves. It is made at the first question, on all threads.

use super::plan::value_of;
use super::terms::{Terms, bit};
use super::{CHUNK, simd};
use crate::model::Side;
use crate::order;
use crate::signal::Query;
use crate::snapshot::{Challenges, Common, Data, Profiles};
use std::collections::BTreeMap;
use std::ops::Range;

/// Candidates of one block, at most 65,536: their sums stay in L1 or L2. Measured, see `benches/NOTES.md`.
pub(crate) const BLOCK: usize = if cfg!(test) { 8 } else { 4_096 };
/// Trust in a claim, in steps of a 13-bit number.
const TRUST: f64 = 8_191.0;
/// Levels of a claim or a requirement, 0 for none.
pub(crate) const LEVELS: usize = 8;

/// What does not change between questions about one side's candidates.
#[derive(Debug)]
pub(crate) struct Candidates {
    pub blocks: Vec<Block>,
    /// What a challenge's weight of each term holds beside the count: kind and idf. Where profiles are the candidates,
    /// they take it, so that a question has few weights; else empty.
    pub scales: Vec<f32>,
    /// The blocks that have each term, a bit each.
    pub having: Vec<u64>,
    /// A document of each class of each kind; none where there are too many classes.
    pub classes: [Vec<u32>; KINDS],
    known: [Known; KINDS],
}

/// The values of a kind of circumstance between all classes of both sides; empty where there are too many.
#[derive(Debug, Default)]
struct Known {
    /// The class of each document of the other side.
    asking: Vec<u16>,
    /// The values beside the candidates' classes, a row for each of the others'.
    values: Vec<f32>,
}

/// Pairs of classes of a kind whose values are known beforehand, at most: 4 MB and some 20 ms of CPU.
const PAIRS: usize = if cfg!(test) { 8 } else { 1 << 20 };

/// What language, place, days and hours depend on: candidates that are alike in it are of one class, and have the same
/// value beside any document.
pub(crate) const KINDS: usize = 4;
/// More classes than this are not worth a table that each question fills.
const CLASSES: usize = if cfg!(test) { 4 } else { 1_024 };

/// Candidates per class of a chunk at least, where it pays to look the classes up.
const FEW: usize = if cfg!(test) { 1 } else { 4 };

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

/// The classes that a chunk's candidates are of, empty where there are too many to be looked up.
#[derive(Debug, Default)]
pub(crate) struct OfChunks {
    starts: Vec<u32>,
    classes: Vec<u16>,
}

impl OfChunks {
    #[expect(clippy::cast_possible_truncation, reason = "at most as many as candidates")]
    fn new(of: &[u16]) -> Self {
        let (mut starts, mut classes) = (vec![0], Vec::new());
        for chunk in of.chunks(CHUNK) {
            let mut some = chunk.to_vec();
            order::ascending(&mut some);
            some.dedup();
            classes.extend(some);
            starts.push(classes.len() as u32);
        }
        if classes.len() * FEW > of.len() { Self::default() } else { Self { starts, classes } }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    pub(crate) fn of(&self, n: usize) -> &[u16] {
        &self.classes[self.starts[n] as usize..self.starts[n + 1] as usize]
    }
}

/// Some candidates that are looked at together. Every array of a candidate's numbers has `width` of them.
#[derive(Debug)]
pub(crate) struct Block {
    pub number: usize,
    /// The documents in the block's own order.
    pub rows: Vec<u32>,
    /// A multiple of [`CHUNK`], at least the number of documents.
    pub width: usize,
    pub terms: Terms,
    pub keys: Keys,
    /// What challenges offer; none for profiles.
    pub offers: Keys,
    /// 1 where a challenge offers anything, else 0; none for profiles.
    pub offering: Vec<f32>,
    /// The encoder's vectors and the map's.
    pub spaces: [Space; 2],
    /// Each candidate's class of each kind, none where there are too many.
    pub classes: [Vec<u16>; KINDS],
    /// Of language and place the classes of each chunk.
    pub of_chunks: [OfChunks; 2],
    /// The languages of texts that can be known.
    pub languages: Vec<u8>,
    /// Those that all candidates of a chunk have.
    pub common_languages: Vec<u8>,
    /// Those that at least half of the candidates have.
    pub main_languages: u8,
    /// 1 where the skills can be known, else 0.
    pub asks: Vec<f32>,
    /// What makes a sum of requirements a share beside the query's part of it.
    pub shares: Vec<f32>,
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

impl Known {
    /// `first` are a document of each of the candidates' classes.
    fn new(data: &Data, side: Side, kind: usize, first: &[u32]) -> Self {
        let other = if side == Side::Profiles { Side::Challenges } else { Side::Profiles };
        let (asking, others) = classes(data.common(other), other, kind);
        if others.len() * first.len() > PAIRS {
            return Self::default();
        }
        let mut values = Vec::with_capacity(others.len() * first.len());
        for &i in &others {
            let query = match other {
                Side::Profiles => Query::Profile(&data.profiles, i as usize),
                Side::Challenges => Query::Challenge(&data.challenges, i as usize),
            };
            values.extend(first.iter().map(|&row| value_of(kind, &query.pair(data, row as usize))));
        }
        Self { asking, values }
    }
}

impl Candidates {
    /// The values of a kind of circumstance by class for a question that is a document of the snapshot.
    pub(super) fn known(&self, query: Query, data: &Data, kind: usize) -> Option<&[f32]> {
        let row = match query {
            Query::Profile(p, i) => std::ptr::eq(p, &raw const data.profiles).then_some(i)?,
            Query::Challenge(c, i) => std::ptr::eq(c, &raw const data.challenges).then_some(i)?,
        };
        let (known, width) = (&self.known[kind], self.classes[kind].len());
        let class = usize::from(*known.asking.get(row)?);
        known.values.get(class * width..(class + 1) * width).filter(|values| !values.is_empty())
    }

    pub(crate) fn new(data: &Data, side: Side) -> Self {
        let common = data.common(side);
        let (parts, mut kinds) = (parts(common), crate::parallel::map(KINDS, |kind| classes(common, side, kind)));
        let scales = if side == Side::Profiles { data.term_scales() } else { Vec::new() };
        let blocks: Vec<Block> =
            crate::parallel::map(parts.len(), |i| Block::new(data, side, (&scales, &kinds), (i, parts[i].clone())));
        let classes: [Vec<u32>; KINDS] = std::array::from_fn(|kind| std::mem::take(&mut kinds[kind].1));
        let mut having = vec![0; data.terms.len()];
        for block in &blocks {
            block.terms.some().for_each(|term| having[term] |= bit(block.number));
        }
        let known = std::array::from_fn(|kind| Known::new(data, side, kind, &classes[kind]));
        Self { blocks, scales, having, classes, known }
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
    fn new(
        data: &Data,
        side: Side,
        (scales, kinds): (&[f32], &[Classes]),
        (number, mut rows): (usize, Vec<u32>),
    ) -> Self {
        let (common, c) = (data.common(side), &data.challenges);
        let needs = |row: u32| if side == Side::Challenges { c.need_lists.range(row as usize).len() } else { 0 };
        // Who is alike in place and languages stands together, so that few chunks have somebody near.
        let class = |kind: usize, row: u32| kinds[kind].0.get(row as usize).copied();
        order::by_key(&mut rows, |&row| {
            (usize::MAX - needs(row), class(1, row), class(0, row), common.words[row as usize], row)
        });
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
        let offering = |&row: &u32| f32::from(u8::from(!c.offer_lists.range(row as usize).is_empty()));
        let offering = if side == Side::Challenges { rows.iter().map(offering).collect() } else { Vec::new() };
        let terms = Terms::new(common, &rows, &told, scales, data.terms.len(), width);
        let spaces = [&*common.given, &*common.mapped].map(|v| Space::new(v, common.len(), &rows, width));
        let classes: [Vec<u16>; KINDS] =
            std::array::from_fn(|kind| rows.iter().filter_map(|&row| class(kind, row)).collect());
        let of_chunks = [0, 1].map(|kind| OfChunks::new(&classes[kind]));
        let half = |bit: &u8| languages.iter().filter(|&l| l & bit != 0).count() * 2 >= rows.len();
        let main_languages = (0..8).map(|i| 1 << i).filter(half).fold(0, |main, bit| main | bit);
        Self {
            number,
            width,
            terms,
            keys,
            offers,
            offering,
            spaces,
            classes,
            of_chunks,
            languages,
            common_languages,
            main_languages,
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
pub(super) fn entries(range: impl Fn(usize) -> Range<usize>, rows: &[u32]) -> impl Iterator<Item = (usize, usize)> {
    rows.iter().enumerate().flat_map(move |(at, &row)| range(row as usize).map(move |i| (at, i)))
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

impl Space {
    /// Bounds of the cosines of the candidates from a place on with a question's vector.
    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "one of the roundings that the errors hold")]
    pub(crate) fn cosines(&self, asked: &Asked, from: usize, products: &mut [i32], cosines: &mut [f32]) {
        let products = &mut products[..cosines.len()];
        let vectors = &self.vectors[from * self.width..(from + cosines.len()) * self.width];
        simd::products(vectors, &asked.steps, products);
        let others = asked.left * self.longest * (1.0 + 1e-6);
        let numbers = self.steps[from..].iter().zip(&self.errors[from..]);
        for ((cosine, &products), (&step, &error)) in cosines.iter_mut().zip(&*products).zip(numbers) {
            *cosine = (products - asked.offset) as f32 * step * asked.step + asked.norm * error + others;
        }
    }
}
