//! Ranked concepts for a short text.
//!
//! Labels and descriptions are fields of their own, since one bag of words for both ranks worse (DESIGN.md, section 6):
//!
//! - **label**: the cosine of idf-weighted stems with each label, the best label of a concept counting. A word also
//!   stands for the words that share most of its 3-5-grams, by the cosine of their sets of grams: inflections that
//!   stemming leaves apart, compounds and their parts, spelling.
//! - **names**: the same cosine with all labels of a concept as one.
//! - **description**: BM25 (k1 1.2, b .75) as a share of what the words could give at most.
//!
//! - **meaning**, where the taxonomy has a map from texts to vectors: the cosine of the content words' vector with the
//!   concept's, which is the mean of its preferred labels over languages, plus that of its other labels, plus its
//!   description's, each without its language's mean.
//!
//! The score is the weighted mean of the lexical fields; with meaning half of it, as a share of the text's best
//! concept, and half the cosine: how much words can give depends on the text's length, what they rank does not. In a
//! language in which concepts have no more than their preferred labels, words have less to go by, and meaning counts
//! four fifths (ESCO's Finnish and Swedish, where its other labels and descriptions are not at hand).
//!
//! Cost: the index is made at the first call (for ESCO half a second, and a few for meaning); then one ESCO-wide
//! ranking takes less than a millisecond. Meaning takes two bytes a dimension and concept, 3.6 MB for ESCO.

use super::recognise::Phrases;
use super::{Concept, Label, LabelKind, Taxonomy};
use crate::model::Language;
use crate::parallel;
use crate::semantic::{SubwordMap, normalise};
use crate::text::{Analysis, Analyzer, Token};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use xxhash_rust::xxh3::xxh3_64;

// Chosen on the validation sentences of TECH and HOUSE (`make test-data`), in steps of .1.
/// The description's share of the lexical score.
const DESCRIPTION: f64 = 0.1;
/// The share of all labels of a concept together.
const NAMES: f64 = 0.2;
/// Words below this cosine of grams are other words.
const ALIKE: f64 = 0.5;
/// A word that is only alike counts this much of its cosine.
const FUZZY: f64 = 0.8;
/// A label that is not the preferred one, and one of another language than the text's.
const ALTERNATIVE: f64 = 0.95;
const FOREIGN: f64 = 0.8;
/// The meaning's share of the score, where there is a map. RP@5 on TECH, HOUSE (of 75 and 61 sentences; intervals about
/// +-9) and MRR on Swedish titles (+-2): words alone 69.6, 49.5, 35.6; meaning alone 51.4, 24.6, 42.1; with .4 of it 74.6,
/// 58.4, 40.6, .5 75.7, 59.4, 40.9, .6 74.8, 55.7, 41.3. Lost: stop words kept 73.0, 56.1; no description 74.6, 53.6, half of
/// it 75.0, 58.1, 1.5 of it 74.1, 59.4; lexical scores not made a share of the best 72.8, 54.3; standardised scores 70.2,
/// 55.3; the best window of two words mixed in, 74.8, 61.0, is no better beyond chance and costs more.
const MEANING: f64 = 0.5;
/// The same in a language that has preferred labels alone. MRR less that of .5, paired: 600 English alternative labels
/// to an ESCO without any .021 (.007 to .035), which it was chosen by; Swedish titles to Swedish and to English ones
/// (half and a sixth of them) .015 (.008 to .022) and .015 (.004 to .027).
const MEANING_OF_BARE: f64 = 0.8;
/// Labels that stand for a mean of nothing, so that the mean of a few concepts is not taken for their language's.
const PRIOR: f64 = 20.0;
/// One of a unit vector's values in a row: 128 products still fit into 32 bits, since lengths are 1.
const ONE: f64 = 16_384.0;
/// The words that may stand for a word of the text.
const MOST_ALIKE: usize = 16;
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// A concept that a text may name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// URI of the concept.
    pub concept: String,
    /// Its preferred label in the text's language, as [`Concept::label`] gives it.
    pub label: String,
    /// 0 to 1; comparable within one text.
    pub score: f64,
}

/// The index of labels and descriptions.
#[derive(Debug)]
pub(super) struct Linker {
    /// Words of labels (by their number there) and, behind them, of descriptions.
    words: HashMap<String, u32>,
    idf: Vec<f64>,
    /// Per word the labels that have it, with its part of the label's unit vector.
    in_labels: Vec<Vec<(u32, f32)>>,
    /// Per word the concepts that have it in any label, with its part of the unit vector of all their labels.
    in_names: Vec<Vec<(u32, f32)>>,
    /// Per word the concepts whose description has it, with its part of BM25 without idf.
    in_descriptions: Vec<Vec<(u32, f32)>>,
    /// Per language the meaning's share of the score.
    meaning: [f64; Language::ALL.len()],
    /// Per label its concept, language and factor.
    labels: Vec<(u32, Language, f64)>,
    /// Per gram the words that have it.
    grams: HashMap<u64, Vec<u32>>,
    /// Per word of labels the number of its grams.
    gram_count: Vec<u32>,
}

impl Linker {
    pub(super) fn new(concepts: &[Concept], phrases: &Phrases) -> Self {
        let mut words: HashMap<String, u32> =
            phrases.vocabulary().iter().enumerate().map(|(i, s)| (s.to_owned(), i as u32)).collect();
        let of_labels = words.len();
        // Descriptions first, since both fields share one idf: that of the concept, by all its words.
        let mut described: Vec<BTreeMap<u32, u32>> = vec![BTreeMap::new(); concepts.len()];
        let mut length = vec![0_u32; concepts.len()];
        for (c, concept) in concepts.iter().enumerate().filter(|(_, c)| c.kind.is_skill()) {
            for (&language, text) in &concept.description {
                let tokens = Analyzer { subwords: None }.analyse(text, Some(language)).tokens;
                for t in tokens.into_iter().filter(|t| !t.stop) {
                    let next = words.len() as u32;
                    let word = *words.entry(t.stem).or_insert(next);
                    *described[c].entry(word).or_insert(0) += 1;
                    length[c] += 1;
                }
            }
        }
        let mut seen_in = vec![0_u32; words.len()];
        let mut last = vec![u32::MAX; words.len()];
        let mut labels = Vec::new();
        for (c, concept) in concepts.iter().enumerate() {
            for l in &concept.labels {
                let own = phrases.stems(labels.len());
                let factor = if l.kind == LabelKind::Preferred { 1.0 } else { ALTERNATIVE };
                labels.push((c as u32, l.language, factor));
                for &s in own.iter().filter(|_| concept.kind.is_skill()) {
                    if last[s as usize] != c as u32 {
                        last[s as usize] = c as u32;
                        seen_in[s as usize] += 1;
                    }
                }
            }
            for &w in described[c].keys() {
                if last[w as usize] != c as u32 {
                    last[w as usize] = c as u32;
                    seen_in[w as usize] += 1;
                }
            }
        }
        let skills = concepts.iter().filter(|c| c.kind.is_skill()).count() as f64;
        let meaning = Language::ALL.map(|language| {
            let more = |c: &&Concept| c.kind.is_skill() && c.says_more_in(language);
            let share = concepts.iter().filter(more).count() as f64 / skills.max(1.0);
            MEANING_OF_BARE + share * (MEANING - MEANING_OF_BARE)
        });
        let idf: Vec<f64> = seen_in.iter().map(|&n| libm::log(1.0 + skills / f64::from(n.max(1)))).collect();
        let mut in_labels = vec![Vec::new(); of_labels];
        for (l, &(c, ..)) in labels.iter().enumerate() {
            if concepts[c as usize].kind.is_skill() {
                let mut own = phrases.stems(l).to_vec();
                own.sort_unstable();
                own.dedup();
                let norm = own.iter().map(|&s| idf[s as usize] * idf[s as usize]).sum::<f64>().sqrt();
                for s in own {
                    in_labels[s as usize].push((l as u32, (idf[s as usize] / norm) as f32));
                }
            }
        }
        let mut in_names = vec![Vec::new(); of_labels];
        let mut first = 0;
        for (c, concept) in concepts.iter().enumerate() {
            let next = first + concept.labels.len();
            let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
            for &s in (first..next).filter(|_| concept.kind.is_skill()).flat_map(|l| phrases.stems(l)) {
                *counts.entry(s).or_insert(0.0) += 1.0;
            }
            first = next;
            for (&s, n) in &mut counts {
                *n = n.sqrt() * idf[s as usize];
            }
            let norm = counts.values().map(|v| v * v).sum::<f64>().sqrt();
            for (s, v) in counts {
                in_names[s as usize].push((c as u32, (v / norm) as f32));
            }
        }
        let mut in_descriptions = vec![Vec::new(); words.len()];
        let with_text = length.iter().filter(|&&n| n > 0).count().max(1) as f64;
        let mean = length.iter().map(|&n| f64::from(n)).sum::<f64>() / with_text;
        for (c, counts) in described.iter().enumerate() {
            for (&w, &n) in counts {
                let tf = f64::from(n);
                let part = tf / (tf + K1 * (1.0 - B + B * f64::from(length[c]) / mean));
                in_descriptions[w as usize].push((c as u32, part as f32));
            }
        }
        let mut grams: HashMap<u64, Vec<u32>> = HashMap::new();
        let mut gram_count = Vec::with_capacity(of_labels);
        for (w, word) in phrases.vocabulary().iter().enumerate() {
            let own = grams_of(word);
            gram_count.push(own.len() as u32);
            for g in own {
                grams.entry(g).or_default().push(w as u32);
            }
        }
        Self { words, idf, in_labels, in_names, in_descriptions, meaning, labels, grams, gram_count }
    }

    /// The words of labels that stand for a word, with how well, itself apart.
    fn alike(&self, word: &str, shared: &mut [u32]) -> Vec<(u32, f64)> {
        let own = grams_of(word);
        let mut seen = Vec::new();
        for w in own.iter().filter_map(|g| self.grams.get(g)).flatten() {
            if shared[*w as usize] == 0 {
                seen.push(*w);
            }
            shared[*w as usize] += 1;
        }
        let mut alike = Vec::new();
        for w in seen {
            let both = f64::from(std::mem::take(&mut shared[w as usize]));
            let cosine = both / (own.len() as f64 * f64::from(self.gram_count[w as usize])).sqrt();
            if cosine >= ALIKE {
                alike.push((w, cosine * FUZZY));
            }
        }
        alike.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(MOST_ALIKE);
        alike
    }

    /// Per concept the lexical score of a text.
    fn scores(&self, analysis: &Analysis, concepts: usize) -> Vec<f64> {
        let mut shared = vec![0_u32; self.gram_count.len()];
        // Per word the best that stands for it, so that two alike words of the text do not count twice.
        let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
        let mut asked: Vec<&str> = analysis.tokens.iter().filter(|t| !t.stop).map(|t| t.stem.as_str()).collect();
        asked.sort_unstable();
        asked.dedup();
        let unknown = self.idf.iter().copied().fold(0.0, f64::max);
        let (mut square, mut total) = (0.0, 0.0);
        let mut exact = Vec::new();
        for stem in asked {
            let known = self.words.get(stem).copied();
            let mut idf = known.map_or(unknown, |w| self.idf[w as usize]);
            if let Some(w) = known {
                exact.push(w);
                weights.insert(w, idf);
            }
            let alike = self.alike(stem, &mut shared);
            if known.is_none() {
                // As rare as the words that it is like.
                idf = alike.iter().map(|a| self.idf[a.0 as usize]).fold(idf, f64::min);
            }
            for (w, degree) in alike {
                let weight = weights.entry(w).or_insert(0.0);
                *weight = weight.max(degree * idf.min(self.idf[w as usize]));
            }
            square += idf * idf;
            total += idf;
        }
        let mut scores = vec![0.0; concepts];
        if square == 0.0 {
            return scores;
        }
        let mut by_label = vec![0.0_f64; self.labels.len()];
        let mut touched = Vec::new();
        for (&w, &weight) in &weights {
            for &(l, part) in self.in_labels.get(w as usize).map_or(&[][..], Vec::as_slice) {
                if by_label[l as usize] == 0.0 {
                    touched.push(l);
                }
                by_label[l as usize] += weight * f64::from(part);
            }
        }
        let norm = square.sqrt();
        for l in touched {
            let (concept, language, factor) = self.labels[l as usize];
            let own = analysis.language.is_none_or(|a| a == language);
            let score = (by_label[l as usize] / norm).min(1.0) * factor * if own { 1.0 } else { FOREIGN };
            let best = &mut scores[concept as usize];
            *best = f64::max(*best, score * (1.0 - DESCRIPTION - NAMES));
        }
        for (&w, &weight) in &weights {
            for &(c, part) in self.in_names.get(w as usize).map_or(&[][..], Vec::as_slice) {
                scores[c as usize] += NAMES * weight * f64::from(part) / norm;
            }
        }
        for w in exact {
            for &(c, part) in &self.in_descriptions[w as usize] {
                scores[c as usize] += DESCRIPTION * self.idf[w as usize] * f64::from(part) / total;
            }
        }
        scores
    }
}

/// Concepts' vectors of meaning. Whole numbers, whose sums are the same in every order: fast on every platform.
#[derive(Debug)]
pub(super) struct Meanings {
    pub dimensions: usize,
    /// The concepts that have a row, ascending.
    pub concepts: Vec<u32>,
    pub rows: Vec<i16>,
    /// Per language and for all together the mean of preferred labels.
    pub means: [Vec<f64>; MEANS],
    /// Per row the length of its values behind the first [`HEAD`], rounded up.
    tails: Vec<i32>,
}

/// The first values of a row. A map that was fitted to principal directions has the largest there, so that they and the
/// length of the rest bound a product well.
const HEAD: usize = 32;

/// Means of preferred labels: one a language, and one of all.
pub(super) const MEANS: usize = 4;

impl Meanings {
    /// Read again; `None` where numbers do not fit one another.
    pub(super) fn of_parts(
        dimensions: usize,
        concepts: Vec<u32>,
        rows: Vec<i16>,
        means: Vec<Vec<f64>>,
    ) -> Option<Self> {
        let means: [Vec<f64>; MEANS] = means.try_into().ok()?;
        // Lengths are 1, which keeps a product of two rows within 32 bits; rounding may add half a unit a value.
        let longest = ONE * ONE * 1.1;
        let short = |row: &[i16]| row.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() <= longest;
        let fits = dimensions > 0
            && rows.len() == dimensions * concepts.len()
            && concepts.is_sorted_by(|a, b| a < b)
            && rows.chunks_exact(dimensions).all(short)
            && means.iter().all(|m| m.len() == dimensions && m.iter().all(|v| v.abs() <= 1.0));
        fits.then(|| Self::with_tails(dimensions, concepts, rows, means))
    }

    fn with_tails(dimensions: usize, concepts: Vec<u32>, rows: Vec<i16>, means: [Vec<f64>; MEANS]) -> Self {
        let tails = rows.chunks_exact(dimensions).map(tail).collect();
        Self { dimensions, concepts, rows, means, tails }
    }

    pub(super) fn new(concepts: &[Concept], map: &SubwordMap) -> Self {
        // Per concept its texts' vectors: what sort of text, its language.
        type Text = (usize, usize, Vec<f32>);
        let texts: Vec<Vec<Text>> = parallel::map(concepts.len(), |c| {
            let c = &concepts[c];
            let labels = c.labels.iter().filter(|l| l.kind != LabelKind::Hidden);
            let labels = labels.map(|l| (usize::from(l.kind != LabelKind::Preferred), l.language, &l.text));
            let all = labels.chain(c.description.iter().map(|(&l, text)| (2, l, text)));
            all.filter(|_| c.kind.is_skill())
                .filter_map(|(sort, l, text)| Some((sort, l as usize, map.embed(text, Some(l))?)))
                .collect()
        });
        let dimensions = map.dimensions();
        let mean = |wanted: &dyn Fn(&Text) -> bool| {
            let (mut sum, mut n) = (vec![0.0; dimensions], PRIOR);
            for text in texts.iter().flatten().filter(|t| wanted(t)) {
                n += 1.0;
                sum.iter_mut().zip(&text.2).for_each(|(s, v)| *s += f64::from(*v));
            }
            sum.iter_mut().for_each(|s| *s /= n);
            sum
        };
        let means = [0, 1, 2, 3].map(|l| mean(&|t| t.0 == 0 && (t.1 == l || l == 3)));
        let described = [0, 1, 2].map(|l| mean(&|t| t.0 == 2 && t.1 == l));
        let rows = parallel::map(concepts.len(), |c| {
            let mut whole = vec![0.0_f32; dimensions];
            for sort in 0..3 {
                let mut sum = vec![0.0_f32; dimensions];
                for (_, language, vector) in texts[c].iter().filter(|t| t.0 == sort) {
                    let mean = if sort == 2 { &described[*language] } else { &means[*language] };
                    let centred = less(vector, mean);
                    sum.iter_mut().zip(centred).for_each(|(s, v)| *s += v);
                }
                let n = texts[c].iter().filter(|t| t.0 == sort).count().max(1) as f32;
                whole.iter_mut().zip(sum).for_each(|(w, s)| *w += s / n);
            }
            normalise(&mut whole).then(|| whole.into_iter().map(whole_number).collect::<Vec<i16>>())
        });
        let with_row = rows.iter().enumerate().filter(|r| r.1.is_some()).map(|r| r.0 as u32).collect();
        Self::with_tails(dimensions, with_row, rows.into_iter().flatten().flatten().collect(), means)
    }

    /// The vector of a text's content words as the rows are; `None` where the map knows none of them.
    pub(super) fn of(&self, tokens: &[Token], language: Option<Language>, map: &SubwordMap) -> Option<Vec<i16>> {
        let content = tokens.iter().any(|t| !t.stop);
        let vector = map.embed_words(&mut tokens.iter().filter(|t| !(content && t.stop)))?;
        let centred = less(&vector, &self.means[language.map_or(3, |l| l as usize)]);
        Some(centred.into_iter().map(whole_number).collect())
    }

    /// Every concept with a row, and the cosine of its vector with a text's.
    pub(super) fn cosines<'a>(&'a self, vector: &'a [i16]) -> impl Iterator<Item = (u32, f64)> + 'a {
        let rows = self.rows.chunks_exact(self.dimensions);
        self.concepts.iter().zip(rows).map(move |(&c, row)| (c, f64::from(product(row, vector)) / (ONE * ONE)))
    }

    /// For each vector the nearest concept, the first of equal ones, and its cosine, where that is at least `least`.
    /// A row is looked at once for all, and as a whole only where its head leaves it a chance.
    pub(super) fn nearest(&self, vectors: &[(Vec<i16>, f64)]) -> Vec<Option<(u32, f64)>> {
        let mut best: Vec<(u32, i32, i32)> = (vectors.iter())
            .map(|(vector, least)| (u32::MAX, (least * ONE * ONE).ceil() as i32 - 1, tail(vector)))
            .collect();
        for ((&c, row), tail) in self.concepts.iter().zip(self.rows.chunks_exact(self.dimensions)).zip(&self.tails) {
            for ((concept, most, own), (vector, _)) in best.iter_mut().zip(vectors) {
                // At most the product of the lengths, by Cauchy and Schwarz.
                if head(row, vector) + *own * tail > *most {
                    let product = product(row, vector);
                    if product > *most {
                        (*concept, *most) = (c, product);
                    }
                }
            }
        }
        let cosine = |(c, product, _)| (c < u32::MAX).then(|| (c, f64::from(product) / (ONE * ONE)));
        best.into_iter().map(cosine).collect()
    }
}

/// Plain, so that compilers find the instruction that multiplies and adds eight values at once.
fn product(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// The product of the first [`HEAD`] values.
fn head(a: &[i16], b: &[i16]) -> i32 {
    match (a.first_chunk::<HEAD>(), b.first_chunk::<HEAD>()) {
        (Some(a), Some(b)) => product(a, b),
        _ => product(a, b),
    }
}

/// The length of the values behind the first [`HEAD`], rounded up.
fn tail(row: &[i16]) -> i32 {
    let rest = row.get(HEAD..).unwrap_or_default();
    f64::from(product(rest, rest)).sqrt().ceil() as i32
}

/// A vector without a mean, of unit length, or zero.
fn less(vector: &[f32], mean: &[f64]) -> Vec<f32> {
    let mut rest: Vec<f32> = vector.iter().zip(mean).map(|(v, m)| (f64::from(*v) - m) as f32).collect();
    if !normalise(&mut rest) {
        rest.fill(0.0);
    }
    rest
}

fn whole_number(v: f32) -> i16 {
    (f64::from(v) * ONE).round() as i16
}

impl Concept {
    /// Whether it has more than a preferred label in a language.
    fn says_more_in(&self, language: Language) -> bool {
        let more = |l: &Label| l.language == language && l.kind != LabelKind::Preferred;
        self.description.contains_key(&language) || self.labels.iter().any(more)
    }
}

/// Hashes of the word's grams of 3 to 5 characters, its edges marked; each once.
fn grams_of(word: &str) -> Vec<u64> {
    let marked = format!("<{word}>");
    let edges: Vec<usize> = marked.char_indices().map(|(i, _)| i).chain([marked.len()]).collect();
    let mut grams: Vec<u64> = (3..=5)
        .flat_map(|n| edges.windows(n + 1).map(move |w| (w[0], w[n])))
        .map(|(from, to)| xxh3_64(&marked.as_bytes()[from..to]))
        .collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

impl Taxonomy {
    /// The concepts' vectors by the map, if there is one; made when they are first asked for.
    pub(super) fn meanings(&self) -> Option<(&Meanings, &SubwordMap)> {
        let map = self.map.as_ref()?;
        Some((self.meanings.get_or_init(|| Meanings::new(self.concepts(), map)), map))
    }

    /// The `k` skills that a short text most likely means, best first; fewer where no more share a word, or part of
    /// one, with it, nor come near it in meaning where the taxonomy has a [map](Self::with_map). `hint` is the text's
    /// language where it is known. Unlike [`recognise`](Self::recognise) it has no places in the text and does not
    /// decide: it ranks.
    ///
    /// ```
    /// # #[cfg(feature = "starter")] {
    /// use osuma::{Language, Taxonomy};
    /// let links = Taxonomy::starter().link("osaan leipoa leipää", Some(Language::Fi), 3);
    /// assert_eq!(links[0].label, "leivän leipominen");
    /// # }
    /// ```
    #[must_use]
    pub fn link(&self, text: &str, hint: Option<Language>, k: usize) -> Vec<Link> {
        let analysis = Analyzer { subwords: None }.analyse(text, hint);
        let concepts = self.concepts();
        let linker = self.inner.linker.get_or_init(|| Linker::new(concepts, &self.inner.phrases));
        let mut scores = linker.scores(&analysis, concepts.len());
        if let Some((meanings, map)) = self.meanings()
            && let Some(vector) = meanings.of(&analysis.tokens, analysis.language, map)
        {
            let share = analysis.language.map_or(MEANING, |l| linker.meaning[l as usize]);
            let best = scores.iter().copied().fold(0.0, f64::max);
            if best > 0.0 {
                scores.iter_mut().for_each(|s| *s *= (1.0 - share) / best);
            }
            for (c, cosine) in meanings.cosines(&vector) {
                scores[c as usize] += share * cosine.clamp(0.0, 1.0);
            }
        }
        let mut ranked: Vec<(usize, f64)> =
            (scores.into_iter().enumerate()).filter(|&(c, score)| score > 0.0 && concepts[c].kind.is_skill()).collect();
        let better = |a: &(usize, f64), b: &(usize, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if k < ranked.len() {
            ranked.select_nth_unstable_by(k, better);
            ranked.truncate(k);
        }
        ranked.sort_unstable_by(better);
        let language = hint.or(analysis.language).unwrap_or(Language::En);
        let link = |(c, score): (usize, f64)| Link {
            concept: concepts[c].uri.clone(),
            label: concepts[c].label(language).to_owned(),
            score,
        };
        ranked.into_iter().map(link).collect()
    }
}

#[cfg(all(test, feature = "starter-map"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use Language::{En, Fi, Sv};

    #[test]
    fn meaning_finds_what_words_do_not_and_leaves_what_they_do() {
        let starter = Taxonomy::starter();
        let words = starter.clone().with_map(None);
        // A text, a concept, and which rank it has by words alone (0: not among five) and with meaning.
        for (text, language, concept, by_words, with_meaning) in [
            ("osaan leipoa leipää", Fi, "bread-baking", 1, 1),
            ("welding", En, "welding", 1, 1),
            ("jag kan svetsa", Sv, "welding", 1, 1),
            ("kör lastbil", Sv, "truck-driving", 1, 1),
            ("sälja varor i butik", Sv, "retail-and-sales", 3, 2),
            ("keeping the accounts of a small firm", En, "financial-control", 4, 1),
            ("pyörän kumin paikkaus", Fi, "bicycle-repair", 0, 3),
        ] {
            let rank = |t: &Taxonomy| {
                let links = t.link(text, Some(language), 5);
                assert!(links.iter().all(|l| l.score > 0.0 && l.score <= 1.0));
                assert!(links.is_sorted_by(|a, b| a.score >= b.score));
                links.iter().position(|l| l.concept == format!("osuma:{concept}")).map_or(0, |r| r + 1)
            };
            assert_eq!((rank(&words), rank(&starter)), (by_words, with_meaning), "{text}");
        }
        assert!(starter.link("", Some(Fi), 5).is_empty() && starter.link("…", None, 5).is_empty());
        assert!(!starter.link("osaan", Some(Fi), 5).is_empty(), "nothing but a function word");
    }

    #[test]
    fn the_nearest_is_the_first_of_the_nearest_of_all() {
        let starter = Taxonomy::starter();
        let (meanings, _) = starter.meanings().unwrap();
        // Rows themselves, their halves, rows that are put together of two, and nothing at all.
        let rows: Vec<Vec<i16>> = meanings.rows.chunks_exact(meanings.dimensions).map(<[i16]>::to_vec).collect();
        let mixed = |n: usize| rows[n].iter().zip(&rows[n * 7 % rows.len()]).map(|(a, b)| a / 2 + b / 3).collect();
        let mut vectors: Vec<Vec<i16>> = (0..rows.len()).step_by(9).flat_map(|n| [rows[n].clone(), mixed(n)]).collect();
        vectors.push(vec![0; meanings.dimensions]);
        for least in [-1.0, 0.0, 0.5, 0.8] {
            let asked: Vec<(Vec<i16>, f64)> = vectors.iter().map(|v| (v.clone(), least)).collect();
            for (found, vector) in meanings.nearest(&asked).into_iter().zip(&vectors) {
                let all = meanings.cosines(vector).filter(|c| c.1 >= least);
                assert_eq!(found, all.reduce(|best, c| if c.1 > best.1 { c } else { best }));
            }
        }
    }
}
