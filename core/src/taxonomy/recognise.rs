//! Mentions of concepts in running text.
//!
//! Every label is a phrase: the stems of its content words. A text's stems are looked up among them, so that case
//! forms and consonant gradation cost nothing; the words of a phrase may stand in another order with one word between
//! them (*laittaa hyvää ruokaa*, *ruokaa laittaa*).

use super::{Concept, LabelKind};
use crate::model::Language;
use crate::text::{Analysis, Analyzer, Token, stem_as};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

// Confidences by how the words were found. A first judgement, not yet calibrated against hand annotation: they order
// mentions, and are not yet the share that is right.
const PHRASE: f64 = 0.9;
const WORD: f64 = 0.8;
const APART: f64 = 0.7;
const COMPOUND: f64 = 0.6;
/// Surer than this, or not mentioned at all.
const LEAST: f64 = 0.3;
/// A word in the descriptions of more concepts than one in so many is an ordinary word (*experience*, *organisation*).
const ORDINARY: usize = 1_000;
/// A factor for a label that several concepts have, or of another language than its sentence.
const UNSURE: f64 = 0.75;
/// The shortest stem, in characters, that is looked for at the end of a compound.
const COMPOUND_HEAD: usize = 5;
/// Labels with more content words never stand in a text as they are.
const LONGEST: usize = 12;

/// A place in a text that names a concept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// First byte in the text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// URI of the concept.
    pub concept: String,
    /// 0 to 1; not yet calibrated.
    pub confidence: f64,
    /// True if the text says that it is not so (*en osaa hitsata*).
    pub negated: bool,
}

/// A mention by the concept's number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub concept: u32,
    pub confidence: f64,
    pub negated: bool,
}

#[derive(Debug)]
struct Phrase {
    concept: u32,
    language: Language,
    kind: LabelKind,
    /// A factor to the confidence.
    trust: f64,
}

/// How far a label names its concept wherever it stands, in hundredths.
///
/// Where a taxonomy describes its concepts, its alternative labels are terms to search by rather than synonyms
/// (ESCO's *experience* for *think creatively*), and its descriptions tell which words are ordinary ones. Measured on
/// TECH and HOUSE (validation), labels found word by word: of preferred labels of one rare word 77 % were right, of an
/// ordinary one about half, of several words 85 %; of alternative labels 10 to 20 %, though annotators were strict
/// (*PowerShell* for *computer programming* counts as wrong).
fn trust(kind: LabelKind, single: bool, ordinary: bool, described: bool) -> u8 {
    match (kind, single, ordinary) {
        _ if !described => 100,
        (LabelKind::Preferred, true, true) => 65,
        (LabelKind::Preferred, ..) => 100,
        (_, true, true) => 25,
        (_, true, false) => 50,
        (_, false, _) => 60,
    }
}

/// The stems of every label, in the order of concepts and their labels, as numbers into a vocabulary.
#[derive(Debug)]
pub(super) struct Stems {
    start: Vec<u32>,
    all: Vec<u32>,
    /// Per label, in hundredths, see [`trust`].
    trust: Vec<u8>,
}

impl Stems {
    pub(super) fn none() -> Self {
        Self { start: vec![0], all: Vec::new(), trust: Vec::new() }
    }

    /// The next label's.
    pub(super) fn push(&mut self, stems: impl IntoIterator<Item = u32>, trust: u8) {
        self.all.extend(stems);
        self.start.push(self.all.len() as u32);
        self.trust.push(trust);
    }

    fn of(&self, label: usize) -> &[u32] {
        &self.all[self.start[label] as usize..self.start[label + 1] as usize]
    }
}

/// All labels of a taxonomy by their stems.
#[derive(Debug)]
pub(super) struct Phrases {
    /// All stems, ascending.
    vocabulary: Vec<String>,
    stems: Stems,
    phrases: Vec<Phrase>,
    /// Per stem where in `anchored` the phrases begin of which it is the rarest, so that a common word costs nothing.
    anchor: Vec<u32>,
    anchored: Vec<u32>,
}

/// A phrase found on tokens `first..=last` of a text.
struct Hit {
    first: usize,
    last: usize,
    words: usize,
    concept: u32,
    kind: LabelKind,
    confidence: f64,
}

const ANALYZER: Analyzer = Analyzer { subwords: None };
/// No stem: a word that no label has.
const NONE: u32 = u32::MAX;

impl Phrases {
    pub(super) fn new(concepts: &[Concept]) -> Self {
        let mut lists: Vec<Vec<String>> = Vec::new();
        for label in concepts.iter().flat_map(|c| &c.labels) {
            let tokens = ANALYZER.analyse(&label.text, Some(label.language)).tokens;
            let content = tokens.iter().any(|t| !t.stop);
            lists.push(tokens.into_iter().filter(|t| !content || !t.stop).map(|t| t.stem).collect());
        }
        let mut vocabulary: Vec<String> = lists.iter().flatten().cloned().collect();
        vocabulary.sort_unstable();
        vocabulary.dedup();
        let number = |s: &String| vocabulary.binary_search(s).map_or(NONE, |i| i as u32);
        let lists: Vec<Vec<u32>> = lists.iter().map(|l| l.iter().map(number).collect()).collect();
        // In how many descriptions of a language each word stands.
        let mut texts = [0_usize; Language::ALL.len()];
        let mut ordinary = vec![[0_usize; Language::ALL.len()]; vocabulary.len()];
        for (&language, text) in concepts.iter().filter(|c| c.kind.is_skill()).flat_map(|c| &c.description) {
            texts[language as usize] += 1;
            let tokens = ANALYZER.analyse(text, Some(language)).tokens;
            let mut own: Vec<u32> = tokens.iter().map(|t| number(&t.stem)).filter(|&s| s != NONE).collect();
            own.sort_unstable();
            own.dedup();
            for s in own {
                ordinary[s as usize][language as usize] += 1;
            }
        }
        let mut stems = Stems::none();
        for (label, own) in concepts.iter().flat_map(|c| &c.labels).zip(lists) {
            let language = label.language as usize;
            let common = |&s: &u32| ordinary[s as usize][language] * ORDINARY > texts[language];
            let trust = trust(label.kind, own.len() == 1, own.iter().all(common), texts[language] > 0);
            stems.push(own, trust);
        }
        Self::of_stems(concepts, vocabulary, stems)
    }

    /// From the stems of every label and an ascending vocabulary. Cost: linear.
    pub(super) fn of_stems(concepts: &[Concept], vocabulary: Vec<String>, stems: Stems) -> Self {
        let mut frequency = vec![0_u32; vocabulary.len()];
        for &s in &stems.all {
            frequency[s as usize] += 1;
        }
        let mut phrases = Vec::with_capacity(stems.trust.len());
        let mut rarest = Vec::with_capacity(stems.trust.len());
        let mut anchor = vec![0_u32; vocabulary.len() + 1];
        for (number, c) in concepts.iter().enumerate() {
            for label in &c.labels {
                let p = phrases.len();
                let own = stems.of(p);
                let named = own.len() <= LONGEST && c.kind.is_skill();
                let stem = own.iter().copied().min_by_key(|&s| (frequency[s as usize], s)).filter(|_| named);
                if let Some(s) = stem {
                    anchor[s as usize + 1] += 1;
                }
                rarest.push(stem);
                let trust = f64::from(stems.trust[p]) / 100.0;
                phrases.push(Phrase { concept: number as u32, language: label.language, kind: label.kind, trust });
            }
        }
        for s in 0..vocabulary.len() {
            anchor[s + 1] += anchor[s];
        }
        let mut next = anchor.clone();
        let mut anchored = vec![0; anchor[vocabulary.len()] as usize];
        for (p, stem) in rarest.into_iter().enumerate() {
            if let Some(s) = stem {
                anchored[next[s as usize] as usize] = p as u32;
                next[s as usize] += 1;
            }
        }
        Self { vocabulary, stems, phrases, anchor, anchored }
    }

    pub(super) fn vocabulary(&self) -> &[String] {
        &self.vocabulary
    }

    /// The stems of a label, counted over all concepts.
    pub(super) fn stems(&self, label: usize) -> &[u32] {
        self.stems.of(label)
    }

    /// How far a label is trusted, in hundredths.
    pub(super) fn trust(&self, label: usize) -> u8 {
        self.stems.trust[label]
    }

    fn number(&self, stem: &str) -> u32 {
        self.vocabulary.binary_search_by(|s| s.as_str().cmp(stem)).map_or(NONE, |n| n as u32)
    }

    fn anchored(&self, stem: u32) -> &[u32] {
        let at = |s: u32| self.anchor.get(s as usize).map_or(self.anchored.len(), |&a| a as usize);
        if stem == NONE { &[] } else { &self.anchored[at(stem)..at(stem + 1)] }
    }

    /// One-word labels that have this stem.
    fn single(&self, stem: &str, language: Language) -> impl Iterator<Item = &Phrase> {
        let all = self.anchored(self.number(stem)).iter();
        let one = all.filter(|&&p| self.stems(p as usize).len() == 1).map(|&p| &self.phrases[p as usize]);
        one.filter(move |p| p.language == language)
    }

    pub(super) fn recognise(&self, analysis: &Analysis) -> Vec<Found> {
        let tokens: Vec<&Token> = analysis.tokens.iter().filter(|t| !t.stop).collect();
        let stems: Vec<u32> = tokens.iter().map(|t| self.number(&t.stem)).collect();
        let mut hits = Vec::new();
        for i in 0..tokens.len() {
            let language = analysis.sentences[tokens[i].sentence].language;
            self.phrases_at(&tokens, &stems, i, language, &mut hits);
        }
        hits.retain(|h| h.confidence >= LEAST);
        let mut covered = vec![false; tokens.len()];
        for h in &hits {
            covered[h.first..=h.last].fill(true);
        }
        for i in (0..tokens.len()).filter(|&i| !covered[i]) {
            let language = analysis.sentences[tokens[i].sentence].language;
            let before = hits.len();
            if matches!(language, Some(Language::Fi | Language::Sv)) {
                self.compound_at(&tokens, i, language, &mut hits);
            }
            if hits.len() == before {
                self.foreign_at(&tokens, i, language, &mut hits);
            }
        }
        hits.retain(|h| h.confidence >= LEAST);
        // Longer first, then surer, then a preferred label, then the earlier place and concept: a total order.
        hits.sort_by(|a, b| {
            (b.words.cmp(&a.words))
                .then(b.confidence.total_cmp(&a.confidence))
                .then(a.kind.cmp(&b.kind))
                .then(a.first.cmp(&b.first))
                .then(a.concept.cmp(&b.concept))
        });
        // The one concept found in a place with a confidence, or none where there are several.
        let mut rivals: HashMap<(usize, usize, usize, u64), Option<u32>> = HashMap::new();
        let place = |h: &Hit| (h.first, h.last, h.words, h.confidence.to_bits());
        for h in &hits {
            let only = rivals.entry(place(h)).or_insert(Some(h.concept));
            *only = only.filter(|&c| c == h.concept);
        }
        let mut taken = vec![false; tokens.len()];
        let mut mentions = Vec::new();
        for h in &hits {
            if taken[h.first..=h.last].contains(&true) {
                continue;
            }
            taken[h.first..=h.last].fill(true);
            let ambiguous = rivals[&place(h)].is_none();
            let words = &tokens[h.first..=h.last];
            mentions.push(Found {
                start: words[0].start,
                end: words[words.len() - 1].end,
                concept: h.concept,
                confidence: if ambiguous { h.confidence * UNSURE } else { h.confidence },
                negated: words.iter().any(|t| t.negated),
            });
        }
        mentions.sort_by_key(|m| m.start);
        mentions
    }

    /// Phrases whose rarest word is the token `i`, each in the tightest place around it.
    fn phrases_at(&self, tokens: &[&Token], stems: &[u32], i: usize, language: Option<Language>, hits: &mut Vec<Hit>) {
        let sentence = tokens[i].sentence;
        for &p in self.anchored(stems[i]) {
            let wanted = self.stems(p as usize);
            let n = wanted.len();
            let mut place: Option<(usize, usize)> = None;
            for first in (i.saturating_sub(n)..=i).rev().filter(|&f| tokens[f].sentence == sentence) {
                let mut missing = [NONE; LONGEST];
                missing[..n].copy_from_slice(wanted);
                let (mut left, mut last) = (n, first);
                for (j, &s) in stems.iter().enumerate().take(first + n + 1).skip(first) {
                    if tokens[j].sentence != sentence || (j == first && !wanted.contains(&s)) {
                        break;
                    }
                    if let Some(found) = missing[..left].iter().position(|&m| m == s) {
                        missing.swap(found, left - 1);
                        left -= 1;
                        last = j;
                    }
                }
                if left == 0 && last >= i && place.is_none_or(|(a, b)| last - first < b - a) {
                    place = Some((first, last));
                }
            }
            let Some((first, last)) = place else { continue };
            let found = match n {
                1 => WORD,
                _ if last - first + 1 == n => PHRASE,
                _ => APART,
            };
            let phrase = &self.phrases[p as usize];
            let confidence = phrase.trust * if Some(phrase.language) == language { found } else { found * UNSURE };
            hits.push(Hit { first, last, words: n, concept: phrase.concept, kind: phrase.kind, confidence });
        }
    }

    /// One-word labels that are the last part of the compound at token `i`; the longest.
    fn compound_at(&self, tokens: &[&Token], i: usize, language: Option<Language>, hits: &mut Vec<Hit>) {
        let Some(language) = language else { return };
        let stem = &tokens[i].stem;
        let length = stem.chars().count();
        for (n, (cut, _)) in stem.char_indices().enumerate().skip(2) {
            if length - n < COMPOUND_HEAD {
                return;
            }
            let before = hits.len();
            for p in self.single(&stem[cut..], language) {
                let confidence = p.trust * COMPOUND;
                hits.push(Hit { first: i, last: i, words: 1, concept: p.concept, kind: p.kind, confidence });
            }
            if hits.len() > before {
                return;
            }
        }
    }

    /// One-word labels of another language than the sentence's (*tein TIG welding -hommia*).
    fn foreign_at(&self, tokens: &[&Token], i: usize, language: Option<Language>, hits: &mut Vec<Hit>) {
        // Short words are words of the other language by accident.
        if tokens[i].folded.chars().count() < COMPOUND_HEAD {
            return;
        }
        for other in Language::ALL.into_iter().filter(|&l| Some(l) != language) {
            for p in self.single(&stem_as(&tokens[i].folded, other), other) {
                let confidence = p.trust * WORD * UNSURE;
                hits.push(Hit { first: i, last: i, words: 1, concept: p.concept, kind: p.kind, confidence });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{Label, Taxonomy};
    use super::*;
    use Language::{En, Fi, Sv};

    fn taxonomy() -> Taxonomy {
        let concept = |uri: &str, labels: &[(Language, &[&str])]| Concept {
            uri: uri.into(),
            labels: labels
                .iter()
                .flat_map(|&(language, texts)| {
                    texts.iter().enumerate().map(move |(n, t)| Label {
                        text: (*t).into(),
                        language,
                        kind: if n == 0 { LabelKind::Preferred } else { LabelKind::Alternative },
                    })
                })
                .collect(),
            ..Concept::default()
        };
        Taxonomy::new(vec![
            concept("welding", &[(Fi, &["hitsaus", "hitsata"]), (Sv, &["svetsning", "svetsa"]), (En, &["welding"])]),
            concept("cooking", &[(Fi, &["ruoanlaitto", "laittaa ruokaa"]), (Sv, &["laga mat"]), (En, &["cook food"])]),
            concept("baking", &[(Fi, &["leipominen", "leipoa"]), (Sv, &["bakning", "baka"]), (En, &["baking"])]),
            concept("sewing", &[(Fi, &["ompelu"]), (Sv, &["sömnad", "sy"]), (En, &["sewing"])]),
            concept("bread", &[(Fi, &["leivän leipominen"]), (Sv, &["brödbakning"]), (En, &["baking bread"])]),
        ])
        .unwrap()
    }

    #[test]
    fn case_forms_compounds_order_and_negation() {
        // Text, its language, and the mentions as "words=concept", with ! where negated.
        for (language, text, want) in [
            (Fi, "Olen tehnyt hitsausta telakalla.", "hitsausta=welding"),
            (Fi, "Hitsauksen lisäksi laitan ruokaa.", "Hitsauksen=welding laitan ruokaa=cooking"),
            (Fi, "Ruokaa laitan mielelläni.", "Ruokaa laitan=cooking"),
            (Fi, "Laitan hyvää ruokaa.", "Laitan hyvää ruokaa=cooking"),
            (Fi, "Leivon pullaa enkä osaa hitsata.", "Leivon=baking hitsata=!welding"),
            (Fi, "Tein kotiompelua.", "kotiompelua=sewing"),
            (Fi, "Leivän leipominen on taito.", "Leivän leipominen=bread"),
            (Sv, "Jag kan inte svetsa, men jag lagar mat.", "svetsa=!welding lagar mat=cooking"),
            (Sv, "Jag bakar bröd.", "bakar=baking"),
            (En, "I was baking bread, never welding.", "baking bread=bread welding=!welding"),
            (En, "I like the sea.", ""),
        ] {
            let found: Vec<String> = taxonomy()
                .recognise(text, Some(language))
                .iter()
                .map(|m| {
                    let not = if m.negated { "!" } else { "" };
                    format!("{}={not}{}", &text[m.start..m.end], m.concept)
                })
                .collect();
            assert_eq!(found.join(" "), want, "{text}");
        }
    }

    #[test]
    fn many_mentions_cost_linear_time() {
        for text in ["leipoa hitsata. ", "laittaa ruokaa ", "kotiompelu "] {
            assert!(!taxonomy().recognise(&text.repeat(1 << 15), Some(Fi)).is_empty());
        }
    }

    #[test]
    fn surer_is_higher() {
        let t = taxonomy();
        let confidence = |text, language| t.recognise(text, Some(language))[0].confidence;
        assert!(confidence("laittaa ruokaa", Fi) > confidence("hitsaus", Fi));
        assert!(confidence("hitsaus", Fi) > confidence("putkihitsaus", Fi));
        assert!(confidence("welding", En) > confidence("welding", Fi));
    }
}
