//! Mentions of concepts in running text.
//!
//! Every label is a phrase: the stems of its content words. A text's stems are looked up among them, so that case
//! forms and consonant gradation cost nothing; the words of a phrase may stand in another order with one word between
//! them (*laittaa hyvää ruokaa*, *ruokaa laittaa*).

use super::words::Words;
use super::{Concept, Label, LabelKind};
use crate::model::Language;
use crate::order;
use crate::text::{Analysis, Analyzer, Token, fold, stem_as};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

// Confidences by how the words were found, and below by how near the meaning is: shares that one reader found right of
// all 651 mentions in the cohort and gold-dev (datasets/semantic/read.tsv, table in its README). Right is what the person
// can do, or what the organisation needs. In people's texts 31 of 32 phrases are right and 71 of 106 single words; in
// organisations' 0 of 6 and 3 of 19, since they tell what they do and not what they lack (see `content`).
const PHRASE: f64 = 0.9;
const WORD: f64 = 0.65;
const APART: f64 = 0.65;
const COMPOUND: f64 = 0.55;
/// Cosines with the nearest concept, and the share that was right about there; between them along a line.
const SURE: [(f64, f64); 5] = [(0.35, 0.05), (0.45, 0.1), (0.55, 0.2), (0.65, 0.33), (0.8, 0.42)];
/// The least cosine of a clause that speaks for itself, so that its mention is no longer than it. Nearer clauses were not
/// right more often.
const MEANT: f64 = 0.8;
/// Content words of a clause at least; shorter ones are one with the next.
const CLAUSE: usize = 3;
/// Content words of a stretch at least: long ones tell a competence more often. On gold-dev's 32 hand-marked texts 6, 7
/// and 8 give an F1 of .605, .612 and .598; every sentence whatever it says gives .567.
const TELLING: usize = 7;
/// Surer than this, or not mentioned at all.
const LEAST: f64 = 0.3;
/// A word in the descriptions of more concepts than one in so many is an ordinary word (*experience*, *organisation*).
const ORDINARY: usize = 1_000;
/// A factor for a label that several concepts have, or of another language than its sentence.
const UNSURE: f64 = 0.75;
/// The shortest stem, in characters, that is looked for at the end of a compound.
const COMPOUND_HEAD: usize = 5;
/// Finnish words that begin with more characters in common are taken for forms of one word.
const ALIKE: usize = 5;
/// So many words may stand between a word and what must stand near it.
const NEAR: usize = 4;
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
    /// 0 to 1: about the share of such mentions that is right, by one reading of invented texts. Below .5 it is a
    /// place to ask about, rather than a competence.
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
    /// A factor to the confidence, in hundredths.
    trust: u8,
    /// Of a label with one stem, its form by number.
    form: u32,
}

/// What a label with one stem says beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Form {
    /// Of a label that shrank to one word: what must stand near it.
    pub near: Near,
    /// The one word of a Finnish label, folded.
    pub word: Option<Box<str>>,
}

/// What must stand near the one content word of a label.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Near {
    #[default]
    Nothing,
    /// A form of one of [`VERBS`], by its number.
    Verb(u8),
    /// What a hyphen joins to it (*stand-up*).
    Word(Box<str>),
}

/// Verbs that are function words, by their forms. A label such as *göra falafel* is not named by *falafel* alone.
pub(super) const VERBS: [&str; 4] = [
    "tehdä teen teet tekee teemme teette tekevät tein teit teki teimme tekivät tehnyt tehneet tehty tehtiin tekemään",
    "göra gör gjorde gjort gjorts görs",
    "vara är var varit jobbar jobbat jobbade arbetar arbetat arbetade",
    "do does did doing done make made making",
];

fn near(text: &str, tokens: &[Token]) -> Near {
    let [content] = tokens.iter().enumerate().filter(|t| !t.1.stop).map(|t| t.0).collect::<Vec<_>>()[..] else {
        return Near::Nothing;
    };
    let joined = |a: usize, b: usize| text.get(tokens[a].end..tokens[b].start) == Some("-");
    let verb = |t: &Token| VERBS.iter().position(|v| v.split(' ').any(|form| form == t.folded));
    if content > 0 && joined(content - 1, content) {
        return Near::Word(tokens[content - 1].folded.as_str().into());
    }
    if content + 1 < tokens.len() && joined(content, content + 1) {
        return Near::Word(tokens[content + 1].folded.as_str().into());
    }
    tokens.iter().find_map(verb).map_or(Near::Nothing, |v| Near::Verb(v as u8))
}

impl Form {
    fn new(label: &Label, tokens: &[Token]) -> Self {
        let several = label.text.contains(|c: char| !c.is_alphanumeric());
        let content = tokens.iter().find(|t| several && !t.stop).map(|t| t.folded.clone());
        let word = (label.language == Language::Fi).then(|| content.unwrap_or_else(|| fold(&label.text)).into());
        Self { near: if several { near(&label.text, tokens) } else { Near::Nothing }, word }
    }
}

/// Whether two Finnish words of one stem can be forms of one word. The stem folds two grades into one (kk and k, k and
/// nothing), so that *tulkki* and *tuli*, *kokki* and *koko*, *leipoa* and *leipä* meet in it: here the consonants at its
/// edge may be one grade apart, and the vowel behind them may change as it does before an i.
fn akin(word: &str, label: &str, stem: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), label.chars().collect());
    let vowel = |c: &char| "aeiouyäöå".contains(*c);
    let mut shared = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    if shared > stem.chars().count().min(ALIKE) || shared == a.len().min(b.len()) {
        return true;
    }
    while shared > 0 && !vowel(&a[shared - 1]) {
        shared -= 1;
    }
    let edge = |w: &[char]| {
        let cluster: String = w[shared..].iter().take_while(|c| !vowel(c)).collect();
        (w.get(shared + cluster.chars().count()).copied(), cluster)
    };
    let ((v, c), (w, d)) = (edge(&a), edge(&b));
    let grade = |strong: &str, weak: &str| {
        let doubled = |k| strong.strip_suffix(k) == Some(weak) && weak.ends_with(k);
        ['k', 'p', 't'].into_iter().any(doubled)
            || [("t", "d"), ("p", "v"), ("k", ""), ("nk", "ng"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("mp", "mm")]
                .into_iter()
                .any(|(x, y)| strong.strip_suffix(x).is_some_and(|rest| weak.strip_suffix(y) == Some(rest)))
    };
    // Before an i, o for a (kaloja), and i for any vowel of the label (ompelin, ompelu).
    let before_i = a[shared..].iter().skip_while(|c| !vowel(c)).nth(1).is_some_and(|c| matches!(c, 'i' | 'j'));
    let vowels = match (v, w) {
        (Some('i') | None, _) | (_, None) | (Some('e'), Some('i')) => true,
        (Some('o'), Some('a')) | (Some('ö'), Some('y')) => before_i,
        _ => v == w,
    };
    // -nen : -sen, -us : -uksen; and verbs in -ata stand in the weak grade already (tulkata, tulkkaan).
    let weak = ["ata", "ätä", "ota", "ötä", "uta", "ytä"].iter().any(|end| label.ends_with(end));
    let noun = (label.ends_with("nen") && c.starts_with('s') && d == "n") || (c == "ks" && d == "s");
    noun || vowels && (c == d || grade(&c, &d) || (grade(&d, &c) && !weak))
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

/// What analysing every label gave, in the order of concepts and their labels.
#[derive(Debug, Default)]
pub(super) struct Stems {
    /// Per label the place after its last stem.
    ends: Vec<u32>,
    /// Numbers into a vocabulary.
    all: Vec<u32>,
    /// Per label, in hundredths, see [`trust`].
    trust: Vec<u8>,
    /// Those of labels with one stem.
    forms: Vec<Form>,
}

impl Stems {
    /// A stem of the label that is to be closed.
    pub(super) fn add(&mut self, stem: u32) {
        self.all.push(stem);
    }

    /// Goes to the next label; says whether this one has one stem, and so wants a form.
    pub(super) fn close(&mut self, trust: u8) -> bool {
        let start = self.ends.last().map_or(0, |&e| e as usize);
        self.ends.push(self.all.len() as u32);
        self.trust.push(trust);
        self.all.len() - start == 1
    }

    /// The form of the label that was closed last.
    pub(super) fn form(&mut self, form: Form) {
        self.forms.push(form);
    }

    fn of(&self, label: usize) -> &[u32] {
        let start = if label == 0 { 0 } else { self.ends[label - 1] };
        &self.all[start as usize..self.ends[label] as usize]
    }
}

/// All labels of a taxonomy by their stems.
#[derive(Debug)]
pub(super) struct Phrases {
    /// All stems, ascending.
    vocabulary: Words,
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
        let mut forms = Vec::new();
        for label in concepts.iter().flat_map(|c| &c.labels) {
            let tokens = ANALYZER.analyse(&label.text, Some(label.language)).tokens;
            let content = tokens.iter().any(|t| !t.stop);
            let form = Form::new(label, &tokens);
            let own: Vec<String> = tokens.into_iter().filter(|t| !content || !t.stop).map(|t| t.stem).collect();
            forms.extend((own.len() == 1).then_some(form));
            lists.push(own);
        }
        let mut vocabulary: Vec<&str> = lists.iter().flatten().map(String::as_str).collect();
        order::ascending(&mut vocabulary);
        vocabulary.dedup();
        let vocabulary: Words = vocabulary.into_iter().collect();
        let number = |s: &String| vocabulary.find(s).unwrap_or(NONE);
        let lists: Vec<Vec<u32>> = lists.iter().map(|l| l.iter().map(number).collect()).collect();
        // In how many descriptions of a language each word stands.
        let mut texts = [0_usize; Language::ALL.len()];
        let mut ordinary = vec![[0_usize; Language::ALL.len()]; vocabulary.len()];
        for (&language, text) in concepts.iter().filter(|c| c.kind.is_skill()).flat_map(|c| &c.description) {
            texts[language as usize] += 1;
            let tokens = ANALYZER.analyse(text, Some(language)).tokens;
            let mut own: Vec<u32> = tokens.iter().map(|t| number(&t.stem)).filter(|&s| s != NONE).collect();
            order::ascending(&mut own);
            own.dedup();
            for s in own {
                ordinary[s as usize][language as usize] += 1;
            }
        }
        let mut stems = Stems { forms, ..Stems::default() };
        for (label, own) in concepts.iter().flat_map(|c| &c.labels).zip(lists) {
            let language = label.language as usize;
            let common = |&s: &u32| ordinary[s as usize][language] * ORDINARY > texts[language];
            let trust = trust(label.kind, own.len() == 1, own.iter().all(common), texts[language] > 0);
            own.into_iter().for_each(|s| stems.add(s));
            stems.close(trust);
        }
        Self::of_stems(concepts, vocabulary, stems)
    }

    /// From the stems of every label and an ascending vocabulary. Cost: linear.
    pub(super) fn of_stems(concepts: &[Concept], vocabulary: Words, stems: Stems) -> Self {
        let mut frequency = vec![0_u32; vocabulary.len()];
        for &s in &stems.all {
            frequency[s as usize] += 1;
        }
        let mut phrases = Vec::with_capacity(stems.trust.len());
        let mut rarest = Vec::with_capacity(stems.trust.len());
        let mut anchor = vec![0_u32; vocabulary.len() + 1];
        let mut form = 0;
        for (number, c) in concepts.iter().enumerate() {
            for label in &c.labels {
                let p = phrases.len();
                let own = stems.of(p);
                let named = own.len() <= LONGEST && c.kind.is_skill();
                let stem = own.iter().copied().min_by_key(|&s| (frequency[s as usize], s)).filter(|_| named);
                if let Some(s) = stem {
                    anchor[s as usize + 1] += 1;
                }
                rarest.push(stem.unwrap_or(NONE));
                let (concept, language, kind) = (number as u32, label.language, label.kind);
                phrases.push(Phrase { concept, language, kind, trust: stems.trust[p], form });
                form += u32::from(own.len() == 1);
            }
        }
        for s in 0..vocabulary.len() {
            anchor[s + 1] += anchor[s];
        }
        let mut next = anchor.clone();
        let mut anchored = vec![0; anchor[vocabulary.len()] as usize];
        for (p, s) in rarest.into_iter().enumerate().filter(|r| r.1 != NONE) {
            anchored[next[s as usize] as usize] = p as u32;
            next[s as usize] += 1;
        }
        Self { vocabulary, stems, phrases, anchor, anchored }
    }

    pub(super) fn vocabulary(&self) -> &Words {
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

    /// Of a label with one stem, its form.
    pub(super) fn form(&self, label: usize) -> Option<&Form> {
        let form = self.phrases[label].form as usize;
        if self.stems(label).len() == 1 { self.stems.forms.get(form) } else { None }
    }

    fn number(&self, stem: &str) -> u32 {
        self.vocabulary.find(stem).unwrap_or(NONE)
    }

    fn anchored(&self, stem: u32) -> &[u32] {
        let at = |s: u32| self.anchor.get(s as usize).map_or(self.anchored.len(), |&a| a as usize);
        if stem == NONE { &[] } else { &self.anchored[at(stem)..at(stem + 1)] }
    }

    /// One-word labels that have this stem.
    fn single(&self, stem: &str, language: Language) -> impl Iterator<Item = (&Phrase, &Form)> {
        let all = self.anchored(self.number(stem)).iter();
        let one = all.filter_map(|&p| Some((&self.phrases[p as usize], self.form(p as usize)?)));
        one.filter(move |p| p.0.language == language)
    }

    pub(super) fn recognise(&self, analysis: &Analysis) -> Vec<Found> {
        let tokens: Vec<&Token> = analysis.tokens.iter().filter(|t| !t.stop).collect();
        let stems: Vec<u32> = tokens.iter().map(|t| self.number(&t.stem)).collect();
        let mut hits = Vec::new();
        for i in 0..tokens.len() {
            let language = analysis.sentences[tokens[i].sentence].language;
            self.phrases_at(analysis, &tokens, &stems, i, language, &mut hits);
        }
        hits.retain(|h| h.confidence >= LEAST || h.confidence == 0.0);
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
        order::by(&mut hits, |a, b| {
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
        order::by_key(&mut mentions, |m| m.start);
        mentions
    }

    /// Phrases whose rarest word is the token `i`, each in the tightest place around it.
    fn phrases_at(
        &self,
        analysis: &Analysis,
        tokens: &[&Token],
        stems: &[u32],
        i: usize,
        language: Option<Language>,
        hits: &mut Vec<Hit>,
    ) {
        let sentence = tokens[i].sentence;
        for &p in self.anchored(stems[i]) {
            let (wanted, phrase) = (self.stems(p as usize), &self.phrases[p as usize]);
            let n = wanted.len();
            // Stems of two languages say nothing of one another; see `foreign_at`.
            let foreign = language.is_some_and(|l| l != phrase.language);
            let form = self.form(p as usize);
            if n == 1 && (foreign || form.is_some_and(|f| !f.fits(&tokens[i].folded, &tokens[i].stem))) {
                continue;
            }
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
            let Some((first, last)) = place.filter(|p| in_one_clause(analysis, tokens[p.0], tokens[p.1])) else {
                continue;
            };
            let found = match n {
                1 => WORD,
                _ if last - first + 1 == n => PHRASE,
                _ => APART,
            };
            // A place that is spoken for, though by too little: no part of a compound is looked for there.
            let found = if form.is_some_and(|f| !f.is_near(analysis, tokens[i])) { 0.0 } else { found };
            let confidence = phrase.trust() * if Some(phrase.language) == language { found } else { found * UNSURE };
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
            let part = tokens[i].folded.get(cut..).unwrap_or_default();
            for (p, _) in self.single(&stem[cut..], language).filter(|p| p.1.stands_alone(part, &stem[cut..])) {
                let confidence = p.trust() * COMPOUND;
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
            let fits = |p: &(&Phrase, &Form)| p.1.stands_alone(&tokens[i].folded, &tokens[i].stem);
            for (p, _) in self.single(&stem_as(&tokens[i].folded, other), other).filter(fits) {
                let confidence = p.trust() * WORD * UNSURE;
                hits.push(Hit { first: i, last: i, words: 1, concept: p.concept, kind: p.kind, confidence });
            }
        }
    }
}

/// Whether no comma or the like stands between two words of a sentence.
fn in_one_clause(analysis: &Analysis, first: &Token, last: &Token) -> bool {
    let at = |t: &Token| analysis.tokens.partition_point(|o| o.start < t.start);
    analysis.tokens[at(first)..=at(last)].windows(2).all(|w| w[1].start - w[0].end <= 1)
}

impl Phrase {
    fn trust(&self) -> f64 {
        f64::from(self.trust) / 100.0
    }
}

impl Form {
    /// Whether a word that has the stem of this label's one word can be a form of it.
    fn fits(&self, word: &str, stem: &str) -> bool {
        self.word.as_deref().is_none_or(|label| akin(word, label, stem))
    }

    /// The same where nothing must stand near it.
    fn stands_alone(&self, word: &str, stem: &str) -> bool {
        self.near == Near::Nothing && self.fits(word, stem)
    }

    /// Whether what must stand near a token does.
    fn is_near(&self, analysis: &Analysis, token: &Token) -> bool {
        let near = match &self.near {
            Near::Nothing => return true,
            Near::Verb(v) => VERBS[*v as usize],
            Near::Word(word) => word,
        };
        let tokens = &analysis.tokens;
        let at = tokens.partition_point(|t| t.start < token.start);
        let around = &tokens[at.saturating_sub(NEAR)..tokens.len().min(at + NEAR + 1)];
        around.iter().any(|t| t.sentence == token.sentence && near.split(' ').any(|form| form == t.folded))
    }
}

impl super::Taxonomy {
    /// The mentions of [`recognise`](Self::recognise), by place.
    pub(super) fn recognise_all(&self, analysis: &Analysis) -> Vec<Found> {
        let mut found = self.recognise_numbers(analysis);
        found.extend(self.meant(analysis, &found));
        order::by_key(&mut found, |m| (m.start, m.end, m.concept));
        found
    }

    /// Competences that sentences of a text mean without naming them (*opetan luoksetuloa*), by the taxonomy's map.
    ///
    /// A stretch of a sentence that no negation covers is about the concept that is nearest to it; where a clause of it
    /// is near enough to one, that clause is. What a label of the same or a close concept names there is left out.
    fn meant(&self, analysis: &Analysis, named: &[Found]) -> Vec<Found> {
        let Some((meanings, map)) = self.meanings() else { return Vec::new() };
        // Clauses with at least two content words, each followed by nothing or, as the last one, by its stretch.
        let mut asked: Vec<(&[Token], bool)> = Vec::new();
        let mut vectors = Vec::new();
        for stretch in stretches(&analysis.tokens) {
            let language = analysis.sentences[stretch[0].sentence].language;
            let mut ask = |tokens, whole| {
                if let Some(vector) = meanings.of(tokens, language, map) {
                    asked.push((tokens, whole));
                    vectors.push((vector, if whole { -1.0 } else { MEANT }));
                }
            };
            let telling = content(stretch) >= TELLING;
            // A clause that is all of a telling stretch is asked for with it.
            let alone = |c: &&[Token]| telling && c.len() == stretch.len();
            clauses(stretch).into_iter().filter(|c| content(c) >= 2 && !alone(c)).for_each(|c| ask(c, false));
            if telling {
                ask(stretch, true);
            }
        }
        let mut found: Vec<Found> = Vec::new();
        let mut by_clause = None;
        for ((tokens, whole), nearest) in asked.into_iter().zip(meanings.nearest(&vectors)) {
            let (start, end) = (tokens[0].start, tokens[tokens.len() - 1].end);
            let Some((concept, cosine)) = nearest.filter(|_| !(whole && by_clause >= Some(start))) else { continue };
            by_clause = Some(start);
            let close = |c: u32| self.met_by(c).iter().chain(self.meets(c)).any(|m| m.0 == concept);
            if !named.iter().any(|m| m.start < end && start < m.end && close(m.concept)) {
                found.push(Found { start, end, concept, confidence: sure(cosine), negated: false });
            }
        }
        found
    }
}

fn content(tokens: &[Token]) -> usize {
    tokens.iter().filter(|t| !t.stop).count()
}

/// How sure it is that words mean the nearest concept.
fn sure(cosine: f64) -> f64 {
    let (mut from, mut to) = (SURE[0], SURE[0]);
    for knot in SURE {
        (from, to) = if cosine > to.0 { (to, knot) } else { (from, to) };
    }
    let share = if to.0 > from.0 { (cosine.max(from.0).min(to.0) - from.0) / (to.0 - from.0) } else { 0.0 };
    from.1 + share * (to.1 - from.1)
}

/// What of each sentence no negation covers, as far as it hangs together.
fn stretches(tokens: &[Token]) -> impl Iterator<Item = &[Token]> {
    let together = |a: &Token, b: &Token| a.sentence == b.sentence && a.negated == b.negated;
    tokens.chunk_by(together).filter(|t| !t[0].negated)
}

/// Clauses: what stands between sentences' ends, and between commas and the like where enough words do.
fn clauses(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut clauses, mut from) = (Vec::new(), 0);
    let mut content = 0;
    for i in 1..=tokens.len() {
        content += usize::from(!tokens[i - 1].stop);
        let ends = i == tokens.len() || tokens[i].sentence != tokens[i - 1].sentence;
        if ends || (content >= CLAUSE && tokens[i].start - tokens[i - 1].end > 1) {
            clauses.push(&tokens[from..i]);
            (from, content) = (i, 0);
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::Taxonomy;
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
    fn a_stem_alone_does_not_name() {
        let one = |uri: &str, language, text: &str| Concept {
            uri: uri.into(),
            labels: vec![Label { text: text.into(), language, kind: LabelKind::Preferred }],
            ..Concept::default()
        };
        // A label, a text, and whether the text names it.
        for (language, label, text, named) in [
            (Fi, "tulkki", "Tuli ilta.", false),
            (Fi, "tulkki", "Olen ollut tulkkina.", true),
            (Fi, "tulkata", "Tulkkaan usein.", true),
            (Fi, "tulkata", "Toissa vuonna tuli moni.", false),
            (Fi, "viittoa", "Meitä oli viiden hengen porukka.", false),
            (Fi, "viittoa", "Viitoin lapsille.", true),
            (Fi, "kokki", "Olin kokin apuna.", true),
            (Fi, "kokata", "Hän luki koko illan.", false),
            (Fi, "leipoa", "Leivon öisin.", true),
            (Fi, "leipoa", "Ostan leivän.", false),
            (Fi, "rappaus", "Kolmessa rapussa on kylmä.", false),
            (Fi, "näytellä", "Kokenut näyttää ja uusi nyökkää.", false),
            (Fi, "ompelu", "Ompelin itse.", true),
            (Fi, "talkoolainen", "Talkoolaiset katoavat.", true),
            (Fi, "luennoiminen", "Lopetin luennoimisen.", true),
            (Fi, "tehdä metsätöitä", "Ostin metsätöitä varten sahan.", false),
            (Fi, "tehdä metsätöitä", "Olen tehnyt paljon metsätöitä.", true),
            (Sv, "göra falafel", "Jag äter falafel.", false),
            (Sv, "göra falafel", "Jag gör egen falafel.", true),
            (Sv, "vara mentor", "Jag hade en mentor.", false),
            (En, "do paperwork", "I do all the paperwork.", true),
            (En, "do paperwork", "I hate paperwork.", false),
            (En, "stand-up", "The new boxes stand in front.", false),
            (En, "stand-up", "I do stand-up in bars.", true),
            (En, "IT support", "They had no support.", false),
            (En, "IT support", "I gave IT support.", true),
            (En, "growing plants", "I was growing, among other things, plants.", false),
            (Sv, "baka", "Bakåt.", false),
        ] {
            let t = Taxonomy::new(vec![one("x", language, label)]).unwrap();
            assert_eq!(!t.recognise(text, Some(language)).is_empty(), named, "{label} in {text}");
            let again = Taxonomy::from_bytes(&t.to_bytes()).unwrap();
            assert_eq!(again.recognise(text, Some(language)), t.recognise(text, Some(language)));
        }
        let t = Taxonomy::new(vec![one("x", Sv, "koka")]).unwrap();
        assert!(t.recognise("Koko ilta meni.", Some(Fi)).is_empty(), "a short word of another language");
    }

    #[cfg(feature = "starter-map")]
    #[test]
    fn sentences_mean_what_they_do_not_name() {
        let t = Taxonomy::starter();
        let words = t.clone().with_map(None);
        // What is meant beside what is named, as "words=concept".
        for (language, text, want) in [
            (
                Fi,
                "Päivätyöni on ollut vakuutusyhtiön korvauskäsittelyssä.",
                "Päivätyöni on ollut vakuutusyhtiön korvauskäsittelyssä=insurance-handling",
            ),
            (
                En,
                "What it costs, we must know before we promise a price.",
                "What it costs, we must know before we promise a price=price-setting",
            ),
            (En, "I have never known what it costs before I promise a price.", ""),
            (
                Fi,
                "Puran remmirähjäämistä, opetan luoksetuloa ja saan arankin koiran kontaktiesteelle.",
                "Puran remmirähjäämistä, opetan luoksetuloa ja saan arankin koiran kontaktiesteelle=dog-care",
            ),
            (Fi, "Olen hitsaaja.", ""),
            (Fi, "", ""),
        ] {
            let named = words.recognise(text, Some(language));
            let mut found = t.recognise(text, Some(language));
            found.retain(|m| !named.contains(m));
            let shown: Vec<String> =
                found.iter().map(|m| format!("{}={}", &text[m.start..m.end], &m.concept["osuma:".len()..])).collect();
            assert_eq!(shown.join(" "), want, "{text}");
            assert!(found.iter().all(|m| (0.05..=0.42).contains(&m.confidence) && !m.negated));
        }
    }

    #[test]
    fn nearer_is_surer() {
        let sure: Vec<f64> = (-10..=20).map(|c| sure(f64::from(c) / 20.0)).collect();
        assert!(sure.is_sorted() && sure[0] == SURE[0].1 && sure[30] == SURE[4].1);
        assert!((super::sure(0.6) - 0.265).abs() < 1e-12);
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
