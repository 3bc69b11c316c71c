//! The text signal: BM25 over stems and subwords, as a share of what the challenge could at most give.

use super::{Pair, Query, Sums};
use crate::snapshot::{Common, Data, Postings};
use std::cmp::Ordering;

/// The text share at which the signal is half of its way to 1. A share is small even for a good fit (two texts share
/// few words), and this rational curve, monotone from 0 to 1, makes it readable beside the other signals.
/// A first choice, not yet measured.
const TEXT_HALF: f64 = 0.1;

fn product(a: f32, b: f32) -> f64 {
    // Exact: two times 24 bits fit the 53 of a double.
    f64::from(a) * f64::from(b)
}

pub(super) fn sums(query: Query, data: &Data, sums: &mut [Sums]) {
    let (common, row, postings): (&Common, usize, &Postings) = match query {
        Query::Profile(p, i) => (&p.common, i, &data.by_challenge.terms),
        Query::Challenge(c, i) => (&c.common, i, &data.by_profile.terms),
    };
    let range = common.term_lists.range(row);
    let (terms, impacts) = (&common.terms[range.clone()], &common.impacts[range]);
    let telling = terms.partition_point(|&t| (t as usize) < data.telling);
    let add = |range: std::ops::Range<usize>, sums: &mut [Sums]| {
        for (&term, &impact) in terms[range.clone()].iter().zip(&impacts[range]) {
            let list = postings.lists.range(term as usize);
            for (&doc, &other) in postings.docs[list.clone()].iter().zip(&postings.impacts[list]) {
                sums[doc as usize].text += product(impact, other);
            }
        }
    };
    add(0..telling, sums);
    sums.iter_mut().for_each(|s| s.told = s.text > 0.0);
    add(telling..terms.len(), sums);
}

impl Pair<'_> {
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
