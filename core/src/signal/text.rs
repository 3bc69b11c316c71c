//! The text signal: BM25 over stems and subwords, as a share of what the challenge could at most give.

use super::{Pair, Query, Sums};
use crate::snapshot::{Common, Data};
use std::cmp::Ordering;

/// The text share at which the signal is half of its way to 1. A share is small even for a good fit (two texts share
/// few words), and this rational curve, monotone from 0 to 1, makes it readable beside the other signals.
/// A first choice, not yet measured.
pub(crate) const TEXT_HALF: f64 = 0.1;

fn product(a: f32, b: f32) -> f64 {
    // Exact: two times 24 bits fit the 53 of a double.
    f64::from(a) * f64::from(b)
}

impl<'a> Query<'a> {
    /// The document's terms, ascending, and their impacts.
    pub(crate) fn terms(self) -> (&'a [u32], &'a [f32]) {
        let (common, row) = self.document();
        let range = common.term_lists.range(row);
        (&common.terms[range.clone()], &common.impacts[range])
    }
}

/// Adds the shared terms of all challenges. Cost: the postings.
pub(super) fn add_sums(query: Query, data: &Data, all: &mut [Sums]) {
    let postings = &data.by_challenge.terms;
    let (docs, impacts) = (&*postings.docs, &*postings.impacts);
    let (terms, weights) = query.terms();
    for (&term, &weight) in terms.iter().zip(weights) {
        let list = postings.lists.range(term as usize);
        for (&doc, &impact) in docs[list.clone()].iter().zip(&impacts[list]) {
            let sums = &mut all[doc as usize];
            sums.text += product(weight, impact);
            sums.told |= (term as usize) < data.telling;
        }
    }
}

impl Pair<'_> {
    /// The sum of the shared terms in their order, and whether one of them tells. `weights` holds the impacts of the
    /// document that is asked about by term, zero where it has none; `candidate` is the other one.
    pub(crate) fn exact_sum(&self, candidate: &Common, row: usize, weights: &[f32]) -> (f64, bool) {
        let range = candidate.term_lists.range(row);
        let (mut sum, mut told, telling) = (0.0, false, self.data.telling);
        for (&term, &impact) in candidate.terms[range.clone()].iter().zip(&candidate.impacts[range]) {
            // Without a branch: 0 changes no sum.
            let weight = weights[term as usize];
            sum += product(weight, impact);
            told |= (weight > 0.0) & ((term as usize) < telling);
        }
        (sum, told)
    }

    /// The shared terms, ascending, each with what it adds to the sum.
    pub(crate) fn shared_terms(&self) -> Vec<(u32, f64)> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        let (mut i, p_end) = (p.term_lists.range(self.p).start, p.term_lists.range(self.p).end);
        let (mut j, c_end) = (c.term_lists.range(self.c).start, c.term_lists.range(self.c).end);
        let mut shared = Vec::new();
        while i < p_end && j < c_end {
            match p.terms[i].cmp(&c.terms[j]) {
                Ordering::Less => i += 1,
                Ordering::Greater => j += 1,
                Ordering::Equal => {
                    shared.push((p.terms[i], product(p.impacts[i], c.impacts[j])));
                    i += 1;
                    j += 1;
                }
            }
        }
        shared
    }

    pub(super) fn text(&self, sums: &Sums) -> Option<f64> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        let most = self.challenges.most[self.c];
        if p.words[self.p] == 0 || most <= 0.0 {
            return None;
        }
        if !sums.told {
            // Texts in different languages share no words, whatever they say.
            return (p.languages[self.p] & c.languages[self.c] != 0).then_some(0.0);
        }
        // Impacts are rounded to f32, so the share may pass 1 by a bit.
        let share = (sums.text / most).min(1.0);
        Some(share * (1.0 + TEXT_HALF) / (share + TEXT_HALF))
    }
}
