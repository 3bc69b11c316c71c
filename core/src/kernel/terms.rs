//! What a question's terms come to beside each candidate of a block: whole numbers, from above, at the cost of reading
//! them.
//!
//! - Each candidate has a step of its own, since a term is a smaller share of a long text. An impact is a number of
//!   steps, rounded up and at least 1, so that a sum is 0 where no term is shared and nowhere else. In the end steps
//!   become the block's largest one.
//! - A term that at least one in [`DENSE`] candidates has is a row of bytes over the whole block, which is added by SIMD;
//!   of any other the postings hold place and impact.
//! - A question's weights are 16-bit parts of its largest. Terms of one weight are added before they are weighed: in a
//!   question most terms stand once, and a challenge's idf is moved to the profiles' side ([`Candidates::scales`]), so
//!   there are few weights.
//! - Sums stop at 65,535. No candidate's terms come to more than [`MOST`] steps, so a sum that stopped is still above.
//!
//! [`Candidates::scales`]: super::Candidates::scales

use super::CHUNK;
use super::blocks::{Candidates, entries};
use super::simd::{Loops, add, highest, product, scale, weigh, widest};
use crate::order;
use crate::snapshot::Common;

/// A term that one in so many candidates has is a row. Measured, see `benches/NOTES.md`.
const DENSE: usize = if cfg!(test) { 2 } else { 32 };
/// Marks the place of a term that is a row; its one posting is the row's number.
const ROW: u32 = 1 << 31;
/// Steps of all of a candidate's terms together, at most.
const MOST: f64 = 60_000.0;
/// The highest number in a row: [`AT_ONCE`] of them fit a byte.
const HIGHEST: f64 = 63.0;
/// Rows that are added in bytes.
const AT_ONCE: usize = 4;
/// Rows that are added before they are weighed: their sum is below 2^16.
const TOGETHER: usize = 1_024;
/// Weights that differ by less than one in so many are taken for the largest of them.
const ALIKE: u32 = 64;
/// More than all roundings here, each a share of 2^-16 or less: of a weight, of two products, of a step.
const UP: f32 = 1.0 + 1e-4;

/// Impacts by term.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Where each term's postings begin, one more than there are terms.
    starts: Vec<u32>,
    /// The impact in the upper half, the candidate's place in the lower.
    postings: Vec<u32>,
    /// All of a row, and so on; the first one is of zeros.
    rows: Vec<u8>,
    /// Each candidate's step as a part of the largest.
    parts: Vec<u16>,
    /// What the largest is worth.
    pub step: f32,
}

/// A bit for each block, the same for some where there are more than 64.
pub(super) fn bit(block: usize) -> u64 {
    1 << (block % 64)
}

/// A question's weights.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    /// Of its terms in their order: the weight as a part of the largest, and the blocks that have the term.
    terms: Vec<(u32, u16, u64)>,
    /// The largest, and what roundings come to.
    pub most: f32,
}

impl Weights {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "parts of the largest")]
    pub(crate) fn set(&mut self, (terms, impacts): (&[u32], &[f32]), candidates: &Candidates) {
        let scale = |t: u32| candidates.scales.get(t as usize).copied().unwrap_or(1.0);
        let weights = || terms.iter().zip(impacts).map(|(&t, &x)| (t, x / scale(t)));
        let most = weights().fold(f32::MIN_POSITIVE, |most, (_, x)| most.max(x));
        let part = |(t, x): (u32, f32)| (t, (x / most * 65_535.0).ceil() as u16, candidates.having[t as usize]);
        self.terms.clear();
        self.terms.extend(weights().map(part).filter(|term| term.2 != 0));
        self.most = most * UP;
    }
}

/// A question's sums over a block, used again.
#[derive(Debug)]
pub(crate) struct TextSums {
    /// By the candidates' places. Of this length a place needs no check.
    sums: Box<[u16; 1 << 16]>,
    /// The highest of each chunk.
    tops: Vec<u16>,
    /// Rows with the question's weights.
    rows: Vec<(u16, u32)>,
    /// Sums of rows of one weight.
    steps: Vec<u16>,
}

impl Default for TextSums {
    fn default() -> Self {
        // Of the right length, so that there is no other case; an array would come over the stack.
        let sums = vec![0; 1 << 16].into_boxed_slice().try_into();
        Self {
            sums: sums.unwrap_or_else(|_| Box::new([0; 1 << 16])),
            tops: Vec::new(),
            rows: Vec::new(),
            steps: Vec::new(),
        }
    }
}

impl TextSums {
    /// The sums of a chunk in steps.
    #[inline]
    pub(crate) fn of_chunk(&self, n: usize) -> &[u16; CHUNK] {
        &self.sums.as_chunks().0[n]
    }

    #[inline]
    pub(crate) fn of(&self, at: usize) -> u16 {
        self.sums[at]
    }

    /// The highest sum of each chunk, in steps.
    pub(crate) fn tops(&self) -> &[u16] {
        &self.tops
    }

    pub(crate) fn clear(&mut self, width: usize) {
        self.sums[..width].fill(0);
        self.tops.clear();
        self.tops.resize(width / CHUNK, 0);
    }
}

impl Terms {
    /// `told` are the candidates' own factors; `scales` are empty or by term.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "places in a block, and postings that a u32 counts; steps are rounded up"
    )]
    pub(super) fn new(common: &Common, rows: &[u32], told: &[f64], scales: &[f32], count: usize, width: usize) -> Self {
        let (numbers, impacts) = (&*common.terms, &*common.impacts);
        let all = || entries(|row| common.term_lists.range(row), rows).filter(|&(at, _)| told[at] > 0.0);
        let scale = |t: u32| scales.get(t as usize).copied().unwrap_or(1.0);
        let value = |at: usize, i: usize| f64::from(impacts[i]) * told[at] * f64::from(scale(numbers[i]));
        // How often each term comes; then the next place of its postings, or the number of its row.
        let mut next = vec![0_u32; count];
        all().for_each(|(_, i)| next[numbers[i] as usize] += 1);
        let (mut starts, mut end, mut dense) = (Vec::with_capacity(count + 1), 0, Vec::new());
        for next in &mut next {
            let length = *next;
            *next = end;
            if length > 1 && length as usize * DENSE >= rows.len() {
                starts.push(end | ROW);
                dense.push(end);
                *next = ROW | dense.len() as u32;
                end += 1;
            } else {
                starts.push(end);
                end += length;
            }
        }
        starts.push(end);
        // Six bits for the highest of a row, 16 for any other, and for all of a candidate's together.
        let (mut steps, mut sums) = (vec![f64::from(f32::MIN_POSITIVE); width], vec![0.0_f64; width]);
        for (at, i) in all() {
            let value = value(at, i);
            let highest = if next[numbers[i] as usize] & ROW == 0 { 65_535.0 } else { HIGHEST };
            steps[at] = steps[at].max(value / highest);
            sums[at] += value;
        }
        steps.iter_mut().zip(sums).for_each(|(step, sum)| *step = step.max(sum / MOST) * (1.0 + 1e-9));
        let largest = steps.iter().fold(0.0, |most: f64, &step| most.max(step));
        let parts = steps.iter().map(|step| (step / largest * 65_535.0).ceil() as u16).collect();
        let (mut postings, mut bytes) = (vec![0; end as usize], vec![0; (dense.len() + 1) * width]);
        (1..).zip(dense).for_each(|(number, place): (u32, u32)| postings[place as usize] = number);
        for (at, i) in all() {
            let impact = (value(at, i) / steps[at]).ceil().max(1.0);
            let next = &mut next[numbers[i] as usize];
            if *next & ROW == 0 {
                postings[*next as usize] = u32::from(impact as u16) << 16 | at as u32;
                *next += 1;
            } else {
                bytes[(*next & !ROW) as usize * width + at] = impact as u8;
            }
        }
        Self { starts, postings, rows: bytes, parts, step: largest as f32 * UP }
    }

    /// The terms that some candidate has.
    pub(crate) fn some(&self) -> impl Iterator<Item = usize> {
        let ends = self.starts.windows(2).enumerate();
        ends.filter(|(_, ends)| ends[0] & !ROW != ends[1] & !ROW).map(|(term, _)| term)
    }

    /// Sums of all candidates, which are cleared before; `block` is the number of theirs.
    pub(crate) fn sum(&self, block: usize, weights: &Weights, to: &mut TextSums) {
        to.rows.clear();
        for &(term, weight, _) in weights.terms.iter().filter(|term| term.2 & bit(block) != 0) {
            let (start, end) = (self.starts[term as usize], self.starts[term as usize + 1] & !ROW);
            let postings = &self.postings[(start & !ROW) as usize..end as usize];
            if start & ROW == 0 {
                for &p in postings {
                    let sum = &mut to.sums[usize::from(p as u16)];
                    *sum = sum.saturating_add(product((p >> 16) as u16, weight));
                }
            } else if let &[row] = postings {
                to.rows.push((weight, row));
            }
        }
        order::in_place_by(&mut to.rows, |a, b| b.cmp(a));
        widest(AddRows(self, to));
    }
}

/// Adds the rows that are noted, and tells the highest sums.
struct AddRows<'a>(&'a Terms, &'a mut TextSums);

impl Loops for AddRows<'_> {
    #[inline(always)]
    fn run(self) {
        let Self(terms, TextSums { sums, tops, rows, steps }) = self;
        let width = tops.len() * CHUNK;
        let alike = |x: &(u16, u32), y: &(u16, u32)| u32::from(x.0 - y.0) * ALIKE <= u32::from(x.0);
        let mut rest = &**rows;
        while let Some(&first) = rest.first() {
            let group = rest.iter().take(TOGETHER).take_while(|row| alike(&first, row)).count();
            let (group, others) = rest.split_at(group);
            rest = others;
            steps.clear();
            steps.resize(width, 0);
            for rows in group.chunks(AT_ONCE) {
                let row = |i: usize| &terms.rows[rows.get(i).map_or(0, |r| r.1 as usize) * width..][..width];
                add(steps, [row(0), row(1), row(2), row(3)]);
            }
            weigh(&mut sums[..width], steps, first.0);
        }
        scale(&mut sums[..width], &terms.parts);
        highest::<CHUNK>(tops, &sums[..width]);
    }
}
