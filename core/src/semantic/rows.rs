//! A text's vector from the rows of its words' features.

use super::{Precision, SubwordMap, features, normalise};
use crate::order;
use crate::text::Token;
#[cfg(not(target_family = "wasm"))]
use std::cell::RefCell;
#[cfg(not(target_family = "wasm"))]
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Words whose rows a thread remembers: about two megabytes.
#[cfg(not(target_family = "wasm"))]
const REMEMBERED: usize = 1 << 13;
/// Bytes of a row that are added up in one go, so that their sums stay in registers.
const STRIPE: usize = 16;

/// The features of a word: how many there are, and the rows of those that the map has.
#[derive(Default)]
struct Word {
    all: u32,
    rows: Vec<u32>,
}

impl SubwordMap {
    /// [`embed_tokens`](Self::embed_tokens), if the map has at least this share of the tokens' features.
    pub(crate) fn embed_known<'a>(&self, tokens: impl Iterator<Item = &'a Token>, least: f64) -> Option<Vec<f32>> {
        let mut text = Word::default();
        for t in tokens.filter(|t| !t.negated) {
            self.read(&t.folded, &mut text);
        }
        #[expect(clippy::cast_precision_loss, reason = "features of one text")]
        let known = text.rows.len() as f64;
        if known < least * f64::from(text.all) { None } else { self.add(text.rows) }
    }

    /// Adds a word's features to a text's. Words repeat, so each thread remembers some of one map, which its checksum
    /// names; a browser reads one text at a time.
    #[cfg(not(target_family = "wasm"))]
    fn read(&self, word: &str, text: &mut Word) {
        type Words = HashMap<Box<str>, Word>;
        thread_local! {
            static WORDS: RefCell<(Option<[u8; 8]>, Words)> = RefCell::default();
        }
        WORDS.with_borrow_mut(|(map, words)| {
            let own = self.bytes.last_chunk().copied();
            if *map != own || words.len() == REMEMBERED {
                words.clear();
                *map = own;
            }
            if let Some(known) = words.get(word) {
                text.all += known.all;
                text.rows.extend_from_slice(&known.rows);
                return;
            }
            let mut new = Word::default();
            self.read_anew(word, &mut new);
            new.rows.shrink_to_fit();
            text.all += new.all;
            text.rows.extend_from_slice(&new.rows);
            words.insert(word.into(), new);
        });
    }

    #[cfg(target_family = "wasm")]
    fn read(&self, word: &str, text: &mut Word) {
        self.read_anew(word, text);
    }

    fn read_anew(&self, word: &str, text: &mut Word) {
        features(word, |key| {
            text.all += 1;
            text.rows.extend(self.index.get(&xxh3_64(key.as_bytes())));
        });
    }

    /// The sum of rows, of unit length; `None` without any.
    fn add(&self, mut known: Vec<u32>) -> Option<Vec<f32>> {
        // Ascending, so that the sum is the same whatever the order of the words.
        order::in_place_by(&mut known, u32::cmp);
        let mut sum = vec![0.0_f32; self.dimensions];
        let width = self.precision.row(self.dimensions);
        let row = |same: &[u32]| {
            let i = same[0] as usize;
            #[expect(clippy::cast_precision_loss, reason = "counts of one text")]
            let weight = (same.len() as f32).sqrt() * self.scales[i];
            (self.bytes.get(self.rows + i * width..self.rows + (i + 1) * width).unwrap_or_default(), weight)
        };
        let rows = known.chunk_by(|a, b| a == b).map(row);
        match self.precision {
            Precision::Full => {
                for (row, weight) in rows {
                    for (s, v) in sum.iter_mut().zip(row.as_chunks::<4>().0) {
                        *s += weight * f32::from_le_bytes(*v);
                    }
                }
            }
            Precision::Eight => {
                for (row, weight) in rows {
                    for (s, v) in sum.iter_mut().zip(row) {
                        *s += weight * f32::from(i8::from_le_bytes([*v]));
                    }
                }
            }
            Precision::Four => {
                let rows: Vec<(&[u8], f32)> = rows.collect();
                // They lie apart: asked for together they come sooner than one after another.
                std::hint::black_box(
                    rows.iter().fold(0, |all, r| all ^ r.0.first().unwrap_or(&0) ^ r.0.last().unwrap_or(&0)),
                );
                add_four(&rows, &mut sum);
            }
        }
        normalise(&mut sum).then_some(sum)
    }
}

/// Rows of 4 bits a value: the even and the odd values apart, which are contiguous then.
fn add_four(rows: &[(&[u8], f32)], sum: &mut [f32]) {
    for (n, sum) in sum.chunks_mut(2 * STRIPE).enumerate() {
        let (mut even, mut odd) = ([0.0_f32; STRIPE], [0.0_f32; STRIPE]);
        let stripe = n * STRIPE..n * STRIPE + sum.len().div_ceil(2);
        let own = rows.iter().map(|(row, weight)| (row.get(stripe.clone()).unwrap_or_default(), weight));
        let add = |(even, odd): (&mut f32, &mut f32), v: u8, weight: &f32| {
            *even += weight * (f32::from(v & 15) - 8.0);
            *odd += weight * (f32::from(v >> 4) - 8.0);
        };
        if stripe.len() == STRIPE {
            for (row, weight) in own.filter_map(|(row, weight)| Some((row.first_chunk::<STRIPE>()?, weight))) {
                (0..STRIPE).for_each(|i| add((&mut even[i], &mut odd[i]), row[i], weight));
            }
        } else {
            for (row, weight) in own {
                even.iter_mut().zip(&mut odd).zip(row).for_each(|(sums, v)| add(sums, *v, weight));
            }
        }
        for (s, (even, odd)) in sum.chunks_mut(2).zip(even.iter().zip(&odd)) {
            s[0] = *even;
            s.iter_mut().skip(1).for_each(|s| *s = *odd);
        }
    }
}
