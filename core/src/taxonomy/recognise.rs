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
/// A factor for a label that several concepts have, or of another language than its sentence.
const UNSURE: f64 = 0.75;
/// The shortest stem, in characters, that is looked for at the end of a compound.
const COMPOUND_HEAD: usize = 5;

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

#[derive(Debug)]
struct Phrase {
    stems: Vec<String>,
    concept: usize,
    language: Language,
    kind: LabelKind,
}

/// All labels of a taxonomy by their stems.
#[derive(Debug)]
pub(super) struct Phrases {
    phrases: Vec<Phrase>,
    /// Stem to the phrases that it is part of.
    by_stem: HashMap<String, Vec<usize>>,
}

/// A phrase found on tokens `first..=last` of a text.
struct Hit {
    first: usize,
    last: usize,
    words: usize,
    concept: usize,
    kind: LabelKind,
    confidence: f64,
}

const ANALYZER: Analyzer = Analyzer { subwords: None };

impl Phrases {
    pub(super) fn new(concepts: &[Concept]) -> Self {
        let mut phrases = Vec::new();
        let mut by_stem: HashMap<String, Vec<usize>> = HashMap::new();
        for (concept, c) in concepts.iter().enumerate() {
            for label in &c.labels {
                let tokens = ANALYZER.analyse(&label.text, Some(label.language)).tokens;
                let content = tokens.iter().any(|t| !t.stop);
                let stems: Vec<String> = tokens.into_iter().filter(|t| !content || !t.stop).map(|t| t.stem).collect();
                for (i, stem) in stems.iter().enumerate() {
                    if !stems[..i].contains(stem) {
                        by_stem.entry(stem.clone()).or_default().push(phrases.len());
                    }
                }
                phrases.push(Phrase { stems, concept, language: label.language, kind: label.kind });
            }
        }
        Self { phrases, by_stem }
    }

    pub(super) fn recognise(&self, concepts: &[Concept], analysis: &Analysis) -> Vec<Mention> {
        let tokens: Vec<&Token> = analysis.tokens.iter().filter(|t| !t.stop).collect();
        let mut hits = Vec::new();
        for i in 0..tokens.len() {
            let language = analysis.sentences[tokens[i].sentence].language;
            let before = hits.len();
            self.phrases_at(&tokens, i, language, &mut hits);
            if hits.len() == before && matches!(language, Some(Language::Fi | Language::Sv)) {
                self.compound_at(&tokens, i, language, &mut hits);
            }
            if hits.len() == before {
                self.foreign_at(&tokens, i, language, &mut hits);
            }
        }
        // Longer first, then surer, then a preferred label, then the earlier place and concept: a total order.
        hits.sort_by(|a, b| {
            (b.words.cmp(&a.words))
                .then(b.confidence.total_cmp(&a.confidence))
                .then(a.kind.cmp(&b.kind))
                .then(a.first.cmp(&b.first))
                .then(a.concept.cmp(&b.concept))
        });
        // The one concept found in a place with a confidence, or none where there are several.
        let mut rivals: HashMap<(usize, usize, usize, u64), Option<usize>> = HashMap::new();
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
            mentions.push(Mention {
                start: words[0].start,
                end: words[words.len() - 1].end,
                concept: concepts[h.concept].uri.clone(),
                confidence: if ambiguous { h.confidence * UNSURE } else { h.confidence },
                negated: words.iter().any(|t| t.negated),
            });
        }
        mentions.sort_by_key(|m| m.start);
        mentions
    }

    /// Phrases whose first found word is the token `i`.
    fn phrases_at(&self, tokens: &[&Token], i: usize, language: Option<Language>, hits: &mut Vec<Hit>) {
        for &p in self.by_stem.get(&tokens[i].stem).into_iter().flatten() {
            let phrase = &self.phrases[p];
            let n = phrase.stems.len();
            let window = &tokens[i..tokens.len().min(i + n + 1)];
            let mut missing: Vec<&str> = phrase.stems.iter().map(String::as_str).collect();
            let mut last = i;
            for (j, t) in window.iter().enumerate().take_while(|(_, t)| t.sentence == tokens[i].sentence) {
                if let Some(found) = missing.iter().position(|s| *s == t.stem) {
                    missing.swap_remove(found);
                    last = i + j;
                }
            }
            if !missing.is_empty() {
                continue;
            }
            let found = match n {
                1 => WORD,
                _ if last - i + 1 == n => PHRASE,
                _ => APART,
            };
            let confidence = if Some(phrase.language) == language { found } else { found * UNSURE };
            hits.push(Hit { first: i, last, words: n, concept: phrase.concept, kind: phrase.kind, confidence });
        }
    }

    /// One-word labels that are the last part of the compound at token `i`; the longest.
    fn compound_at(&self, tokens: &[&Token], i: usize, language: Option<Language>, hits: &mut Vec<Hit>) {
        let stem = &tokens[i].stem;
        let length = stem.chars().count();
        for (n, (cut, _)) in stem.char_indices().enumerate().skip(2) {
            if length - n < COMPOUND_HEAD {
                return;
            }
            let before = hits.len();
            for &p in self.by_stem.get(&stem[cut..]).into_iter().flatten() {
                let phrase = &self.phrases[p];
                if phrase.stems.len() == 1 && Some(phrase.language) == language {
                    let (concept, kind) = (phrase.concept, phrase.kind);
                    hits.push(Hit { first: i, last: i, words: 1, concept, kind, confidence: COMPOUND });
                }
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
            let stem = stem_as(&tokens[i].folded, other);
            for &p in self.by_stem.get(&stem).into_iter().flatten() {
                let phrase = &self.phrases[p];
                if phrase.stems.len() == 1 && phrase.language == other {
                    let (concept, kind) = (phrase.concept, phrase.kind);
                    hits.push(Hit { first: i, last: i, words: 1, concept, kind, confidence: WORD * UNSURE });
                }
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
            broader: vec![],
            related: vec![],
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
