//! From a text to tokens, stems, subword grams and negation, in Finnish, Swedish and English, freely mixed.
//!
//! Promises: every token carries its byte span in the original text; the same text gives the same analysis on every
//! platform; hostile text (a megabyte of one letter, emoji, right-to-left, NUL) costs linear time and never panics.
//!
//! The steps: sentences; words (letters, digits and the marks on them; `c++`, `c#` and `can't` stay whole); folding
//! (NFC, lower case, accents other than å, ä, ö removed); the language of the text and of each sentence; Snowball
//! stems, for Finnish with consonant gradation folded at the stem's edge, so that *taito* and *taidot* meet;
//! and the scope of negation, so that *en osaa hitsata* is no evidence of welding.

mod roles;

use crate::model::Language;
use crate::order;
use frostem::{Algorithm, Stemmer};
use roles::{AFTER, CLAUSE, CONJUNCTION, CONTRAST, HARMLESS, ONLY, RELATIVE, Roles, STOP, SUBJECT, UTAN};
#[cfg(not(target_family = "wasm"))]
use std::cell::RefCell;
use std::collections::BTreeMap;
#[cfg(not(target_family = "wasm"))]
use std::collections::HashMap;
use unicode_normalization::char as unicode;
use whatlang::{Detector, Lang};

/// Characters of a word that are looked at; the rest of a longer "word" is passed over. Bounds the stemmer's work.
const MAX_WORD: usize = 64;
/// Words of each language whose stems a thread remembers: about a megabyte.
#[cfg(not(target_family = "wasm"))]
const REMEMBERED: usize = 1 << 13;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// First byte in the original text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// Index into [`Analysis::sentences`].
    pub sentence: usize,
    /// The word, NFC, lower case, without accents but for å, ä and ö.
    pub folded: String,
    /// The stem; equals `folded` where the sentence's language is not supported.
    pub stem: String,
    /// True for function words, which say nothing about competence.
    pub stop: bool,
    /// True within the scope of a negation.
    pub negated: bool,
}

/// One sentence of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentence {
    /// First byte in the original text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// Its language; `None` if it is not one of the supported ones.
    pub language: Option<Language>,
}

/// What [`Analyzer::analyse`] finds in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Analysis {
    /// The language of most of the text; `None` if it is not a supported one, or there are no words.
    pub language: Option<Language>,
    /// The sentences that have words, in order.
    pub sentences: Vec<Sentence>,
    /// The words, in order.
    pub tokens: Vec<Token>,
}

/// Turns texts into [`Analysis`] and terms. Cheap to make and to copy.
///
/// ```
/// use osuma::text::Analyzer;
/// let a = Analyzer::default().analyse("Taidot karttuvat, kun taitoja käyttää.", None);
/// assert_eq!(a.tokens[0].stem, a.tokens[3].stem);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analyzer {
    /// Shortest and longest subword gram in characters, or `None` for words alone.
    pub subwords: Option<(usize, usize)>,
}

impl Default for Analyzer {
    /// Grams of 3 to 5 characters.
    fn default() -> Self {
        Self { subwords: Some((3, 5)) }
    }
}

impl Analyzer {
    /// Analyses a text; `hint` is its language where the caller knows it, and goes before detection.
    ///
    /// Cost: linear in the text, about 10 MB a second on one core of a laptop.
    #[must_use]
    pub fn analyse(&self, text: &str, hint: Option<Language>) -> Analysis {
        let (spans, mut tokens) = words(text);
        let roles: Vec<Roles> = tokens.iter().map(|t| Roles::of(&t.folded)).collect();
        let language = hint.or_else(|| detect(text, &tokens, &roles));
        let mut sentences: Vec<Sentence> = Vec::with_capacity(spans.len());
        let mut first = 0;
        for (n, (start, end)) in spans.into_iter().enumerate() {
            let len = tokens[first..].iter().take_while(|t| t.sentence == n).count();
            let (own, roles) = (&mut tokens[first..first + len], &roles[first..first + len]);
            let sentence = Sentence {
                start,
                end,
                language: by_stop_words(roles, if language.is_some() { 8 } else { 4 }).or(language),
            };
            if let Some(language) = sentence.language {
                for (t, role) in own.iter_mut().zip(roles) {
                    // "IT support" is no support of it.
                    t.stop = role.has(STOP, language) && &text[t.start..t.end] != "IT";
                    t.stem = stem_as(&t.folded, language);
                }
                negate(text, own, roles, language);
            } else {
                own.iter_mut().for_each(|t| t.stem.clone_from(&t.folded));
            }
            sentences.push(sentence);
            first += len;
        }
        Analysis { language, sentences, tokens }
    }

    /// The terms of an analysis with their counts: stems of content words as they are, subword grams of the stems
    /// behind a `~`. Negated words are left out. Sorted by term.
    #[must_use]
    pub fn terms(&self, analysis: &Analysis) -> BTreeMap<String, u32> {
        let mut terms = BTreeMap::new();
        for t in analysis.content() {
            *terms.entry(t.stem.clone()).or_insert(0) += 1;
            self.grams(&t.stem, |gram| *terms.entry(gram.to_owned()).or_insert(0) += 1);
        }
        terms
    }

    /// The grams of a stem, each behind a `~`, as often as they stand in it.
    pub(crate) fn grams(&self, stem: &str, mut each: impl FnMut(&str)) {
        let Some((shortest, longest)) = self.subwords else { return };
        let edges: Vec<usize> = stem.char_indices().map(|(i, _)| i).chain([stem.len()]).collect();
        let mut gram = String::from("~");
        // A gram as long as the stem would count the stem twice.
        for n in shortest.max(1)..=longest.min(edges.len().saturating_sub(2)) {
            for w in edges.windows(n + 1) {
                gram.truncate(1);
                gram.push_str(&stem[w[0]..w[n]]);
                each(&gram);
            }
        }
    }
}

impl Analysis {
    /// The words that say something: neither function words nor negated.
    pub(crate) fn content(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|t| !t.stop && !t.negated)
    }
}

/// Sentences' spans and folded words. Only sentences with words are numbered.
fn words(text: &str) -> (Vec<(usize, usize)>, Vec<Token>) {
    let mut sentences: Vec<(usize, usize)> = Vec::new();
    let mut tokens = Vec::new();
    let mut open = false;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if !c.is_alphanumeric() {
            let next_is_space = chars.peek().is_none_or(|&(_, n)| n.is_whitespace());
            if matches!(c, '\n' | '\r' | '•' | '\u{2029}') || (matches!(c, '.' | '!' | '?' | '…') && next_is_space)
            {
                open = false;
            }
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some(&(i, n)) = chars.peek() {
            let joins = n.is_alphanumeric()
                || unicode::is_combining_mark(n)
                || (matches!(n, '\'' | '’') && text[i + n.len_utf8()..].starts_with(char::is_alphabetic))
                || (matches!(n, '+' | '#') && end - start <= 3 && c.is_ascii_alphabetic());
            if !joins {
                break;
            }
            end = i + n.len_utf8();
            chars.next();
        }
        if !open {
            sentences.push((start, end));
            open = true;
        }
        let sentence = sentences.len() - 1;
        sentences[sentence].1 = end;
        let folded = fold(&text[start..end]);
        // Stems come with the language.
        tokens.push(Token { start, end, sentence, stem: String::new(), folded, stop: false, negated: false });
    }
    (sentences, tokens)
}

/// NFC, lower case, accents removed but for å, ä, ö; at most [`MAX_WORD`] characters.
pub(crate) fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len().min(4 * MAX_WORD));
    // Nearly every word: letters that stand for themselves.
    if word.chars().all(|c| c.is_ascii() || matches!(c, 'å' | 'ä' | 'ö' | 'Å' | 'Ä' | 'Ö')) {
        out.extend(word.chars().take(MAX_WORD).map(|c| match c {
            'Å' => 'å',
            'Ä' => 'ä',
            'Ö' => 'ö',
            c => c.to_ascii_lowercase(),
        }));
        return out;
    }
    // Bounded before normalisation, so that a megabyte of combining marks stays linear. Letters are taken apart and only
    // three of them put together again: the tables that compose all others are 7 KB in the browser for nothing.
    for c in word.chars().take(MAX_WORD) {
        unicode::decompose_canonical(c, |part| {
            if unicode::is_combining_mark(part) {
                let whole = match (out.chars().next_back(), part) {
                    (Some('a'), '\u{30a}') => 'å',
                    (Some('a'), '\u{308}') => 'ä',
                    (Some('o'), '\u{308}') => 'ö',
                    _ => return,
                };
                out.pop();
                out.push(whole);
                return;
            }
            for c in part.to_lowercase() {
                match c {
                    'æ' => out.push('ä'),
                    'ø' => out.push('ö'),
                    'ß' => out.push_str("ss"),
                    '’' => out.push('\''),
                    c => out.push(c),
                }
            }
        });
    }
    out
}

fn algorithm(language: Language) -> Algorithm {
    match language {
        Language::Fi => Algorithm::Finnish,
        Language::Sv => Algorithm::Swedish,
        Language::En => Algorithm::English,
    }
}

/// The stem of a folded word as if it were of this language. Words repeat, and a stem costs ten times what it costs to
/// remember it, so each thread remembers some; a browser reads one text at a time.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn stem_as(folded: &str, language: Language) -> String {
    type Stems = HashMap<Box<str>, Box<str>>;
    thread_local! {
        static STEMS: RefCell<[Stems; Language::ALL.len()]> = RefCell::default();
    }
    STEMS.with_borrow_mut(|stems| {
        let own = &mut stems[language as usize];
        if let Some(stem) = own.get(folded) {
            return stem.to_string();
        }
        if own.len() == REMEMBERED {
            own.clear();
        }
        let stem = stem(folded, language);
        own.insert(folded.into(), stem.as_str().into());
        stem
    })
}

#[cfg(target_family = "wasm")]
pub(crate) fn stem_as(folded: &str, language: Language) -> String {
    stem(folded, language)
}

/// The stem under which a folded word is found.
fn stem(folded: &str, language: Language) -> String {
    let stemmer = Stemmer::new(algorithm(language));
    let stem = stemmer.stem(folded);
    match language {
        Language::Fi if let Some(s) = partitive(folded) => gradate(s, s),
        Language::Fi => gradate(folded, &stem),
        // Snowball leaves the definite form of neuters in -i: bageriet, bageri.
        Language::Sv => stem.strip_suffix("iet").map_or_else(|| stem.to_string(), |s| format!("{s}i")),
        Language::En => stem.into_owned(),
    }
}

/// The stem of the partitive of *-us* and *-minen* (hitsausta, leipomista), which Snowball takes for an elative.
fn partitive(word: &str) -> Option<&str> {
    const ENDS: [&str; 8] = ["austa", "eusta", "uusta", "mista", "äystä", "eystä", "yystä", "mistä"];
    let long = word.chars().count() > 7 && ENDS.iter().any(|e| word.ends_with(e));
    word.strip_suffix("ta").or_else(|| word.strip_suffix("tä")).filter(|_| long)
}

/// Folds what Snowball leaves apart in Finnish: *-nen : -s(en)*, *-us : -uks(en)*, final vowels, and the strong and
/// weak grades of the last consonants (kk : k, pp : p, tt : t, nt : nn, lt : ll, rt : rr, mp : mm, nk : ng, t : d,
/// p : v, k : -), always to one and the same form. At least three characters are left.
fn gradate(word: &str, stem: &str) -> String {
    let mut s: Vec<char> = stem.chars().collect();
    if word.ends_with("nen") && s.len() > 3 {
        while s.last().is_some_and(|&c| is_vowel(c)) {
            s.pop();
        }
        if s.last() == Some(&'n') {
            s.pop();
            s.push('s');
        }
    }
    while s.len() > 3 && s.last().is_some_and(|&c| is_vowel(c)) {
        s.pop();
    }
    if let [.., 'k', 's'] = s[..]
        && s.len() > 4
    {
        s.pop();
        s.pop();
        s.push('s');
    }
    if let [.., a, b] = s[..]
        && a == b
        && s.len() > 3
        && !is_vowel(a)
    {
        s.pop();
    }
    match s[..] {
        [.., 'n' | 'l' | 'r' | 'm', 't' | 'd' | 'p' | 'k' | 'g'] if s.len() > 3 => {
            s.pop();
        }
        [.., v, 'k'] if s.len() > 3 && is_vowel(v) => {
            s.pop();
        }
        [.., 't'] if s.len() >= 3 => {
            s.pop();
            s.push('d');
        }
        [.., 'p'] if s.len() >= 3 => {
            s.pop();
            s.push('v');
        }
        _ => {}
    }
    s.into_iter().collect()
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'å')
}

/// The language of a whole text: by its function words, else by letter trigrams (whatlang).
fn detect(text: &str, tokens: &[Token], roles: &[Roles]) -> Option<Language> {
    if roles.is_empty() {
        return None;
    }
    if let Some(language) = by_stop_words(roles, 6) {
        return Some(language);
    }
    // The only function word of "I bake bread." is one of Swedish too, and the letters of so few words say little.
    let first_person = |t: &&Token| &text[t.start..t.end] == "I";
    let other = |(t, r): (&Token, &Roles)| {
        t.folded.contains(['å', 'ä', 'ö'])
            || t.folded != "i" && [Language::Fi, Language::Sv].iter().any(|&l| r.has(STOP, l))
    };
    if tokens.iter().filter(first_person).count() * 6 >= tokens.len() && !tokens.iter().zip(roles).any(other) {
        return Some(Language::En);
    }
    // The neighbours are on the list so that Estonian is not taken for Finnish, nor Russian for anything.
    let neighbours = vec![
        Lang::Fin,
        Lang::Swe,
        Lang::Eng,
        Lang::Est,
        Lang::Nob,
        Lang::Dan,
        Lang::Deu,
        Lang::Spa,
        Lang::Fra,
        Lang::Vie,
        Lang::Tur,
        Lang::Rus,
        Lang::Ukr,
        Lang::Ara,
        Lang::Pes,
    ];
    let end = text.char_indices().nth(4_000).map_or(text.len(), |(i, _)| i);
    let info = Detector::with_allowlist(neighbours).detect(&text[..end])?;
    let own = |lang| match lang {
        Lang::Fin => Some(Language::Fi),
        Lang::Swe => Some(Language::Sv),
        Lang::Eng => Some(Language::En),
        _ => None,
    };
    if own(info.lang()).is_some() || info.is_reliable() || info.script() != whatlang::Script::Latin {
        return own(info.lang());
    }
    let three = Detector::with_allowlist(vec![Lang::Fin, Lang::Swe, Lang::Eng]);
    three.detect(&text[..end]).and_then(|i| own(i.lang()))
}

/// The language whose function words are clearly the most frequent and at least one word in `one_in`, if any is.
/// (Estonian shares some with Finnish, so the whole text asks for more than a sentence of a known text.)
fn by_stop_words(roles: &[Roles], one_in: usize) -> Option<Language> {
    let mut hits = Language::ALL.map(|l| (roles.iter().filter(|r| r.has(STOP, l)).count(), l));
    order::by_key(&mut hits, |h| std::cmp::Reverse(h.0));
    let [(best, language), (second, _), _] = hits;
    (best * one_in >= roles.len() && best > 0 && 2 * best >= 3 * second).then_some(language)
}

/// Marks the words of one sentence that a negation covers.
fn negate(text: &str, tokens: &mut [Token], roles: &[Roles], language: Language) {
    let is = |i: usize, role: u32| roles.get(i).is_some_and(|r| r.has(role, language));
    // A new clause begins at a contrast, at a subject behind a comma or conjunction, at a comma that does not go on with
    // a list, and at a relative word, unless a negation stands before it (*har aldrig arbetat som svetsare*).
    let mut begins = vec![false; tokens.len()];
    let mut negated_before = false;
    for i in 1..tokens.len() {
        negated_before |= is(i - 1, CLAUSE | AFTER);
        let comma = text[tokens[i - 1].end..tokens[i].start].contains([',', ';', ':', '(', ')', '–', '—']);
        begins[i] = is(i, CONTRAST)
            || (!negated_before && is(i, RELATIVE))
            || (negated_before && is(i, UTAN))
            || (comma && (is(i, SUBJECT) || !goes_on(tokens, i, language)))
            || (is(i, CONJUNCTION) && is(i + 1, SUBJECT | CLAUSE));
    }
    // A clause at a time, so that a text of nothing but negations stays linear.
    let mut covered = vec![false; tokens.len()];
    let mut start = 0;
    while start < tokens.len() {
        let end = (start + 1..tokens.len()).find(|&j| begins[j]).unwrap_or(tokens.len());
        let negates =
            |&i: &usize| !((1..=3).any(|d| is(i + d, ONLY)) || is(i + 1, HARMLESS) || (begins[i] && is(i, UTAN)));
        let cues: Vec<usize> = (start..end).filter(|&i| is(i, CLAUSE | AFTER)).filter(negates).collect();
        let whole = cues.iter().any(|&i| is(i, CLAUSE));
        let from = if whole { Some(start) } else { cues.first().copied() };
        covered[from.unwrap_or(end)..end].fill(true);
        start = end;
    }
    for (t, c) in tokens.iter_mut().zip(covered) {
        t.negated = c;
    }
}

/// Whether the word behind a comma goes on with a list: in Finnish it ends as an earlier word of the sentence does
/// (*hitsata, sorvata*), in Swedish and English a short item follows.
fn goes_on(tokens: &[Token], i: usize, language: Language) -> bool {
    if language == Language::Fi {
        let tail = |w: &str| w.chars().rev().take(2).collect::<String>();
        let own = tail(&tokens[i].folded);
        // Eight words back are enough for a list, and keep the cost linear.
        return tokens[i.saturating_sub(8)..i].iter().any(|t| !t.stop && tail(&t.folded) == own);
    }
    !tokens[i].stop
}

/// Turns byte offsets into a text, in place, into UTF-16 units, as JavaScript, Java and C# count. An offset within a
/// character counts as its beginning, one beyond the end as the end. Cost: linear in the text, and a sort of the offsets.
///
/// ```
/// let mut span = [6, 12];
/// osuma::text::to_utf16("🥖 leipää", &mut span);
/// assert_eq!(span, [4, 8]);
/// ```
pub fn to_utf16<'a>(text: &str, offsets: impl IntoIterator<Item = &'a mut usize>) {
    let mut offsets: Vec<&mut usize> = offsets.into_iter().collect();
    order::ascending(&mut offsets);
    let (mut units, mut from) = (0, 0);
    for offset in offsets {
        let mut to = text.len().min(*offset);
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        units += text[from..to].encode_utf16().count();
        (from, *offset) = (to, units);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Fi, Sv};

    fn stem_of(word: &str, language: Language) -> String {
        Analyzer::default().analyse(word, Some(language)).tokens[0].stem.clone()
    }

    #[test]
    fn folding_keeps_three_letters_and_takes_the_accents_off_all_others() {
        use unicode_normalization::UnicodeNormalization;
        let composed = |word: &str| -> String {
            let kept = |c: char| match c {
                'å' | 'ä' | 'ö' => c.to_string(),
                c => c.nfd().filter(|&d| !unicode::is_combining_mark(d)).collect(),
            };
            word.nfc().flat_map(char::to_lowercase).map(kept).collect()
        };
        for c in ('\u{c0}'..='\u{2fff}').chain('\u{ac00}'..='\u{d7a3}').filter(|c| c.is_alphanumeric()) {
            let folded = fold(&c.to_string());
            assert_eq!(fold(&c.nfd().collect::<String>()), folded, "{c}");
            if !"æøßÆØẞǽǼǿǾǢǣ".contains(c) && !["å", "ä", "ö"].contains(&folded.as_str()) {
                assert_eq!(folded, composed(&c.to_string()), "{c}");
            }
        }
        for (word, want) in
            [("A\u{30a}bo", "åbo"), ("Ünï", "uni"), ("ǣ", "ä"), ("Straẞe", "strasse"), ("o\u{323}\u{308}", "ö")]
        {
            assert_eq!(fold(word), want);
        }
    }

    #[test]
    fn finnish_forms_meet() {
        for forms in [
            &["taito", "taidot", "taitoja", "taidon"][..],
            &["ohjelmointi", "ohjelmoinnin", "ohjelmointia"],
            &["kauppa", "kaupan", "kaupassa"],
            &["leipoa", "leivon"],
            &["hitsaus", "hitsauksen", "hitsausta"],
            &["leipominen", "leipomisen", "leipomista"],
            &["pankki", "pankin", "pankissa"],
            &["lamppu", "lampun"],
            &["takki", "takin"],
            &["koti", "kodin", "kotona"],
        ] {
            let stems: Vec<String> = forms.iter().map(|f| stem_of(f, Fi)).collect();
            assert!(stems.iter().all(|s| *s == stems[0]), "{forms:?} -> {stems:?}");
        }
        assert_ne!(stem_of("hitsaus", Fi), stem_of("hiihto", Fi));
    }

    #[test]
    fn swedish_and_english_forms_meet() {
        assert_eq!(stem_of("bageriet", Sv), stem_of("bageri", Sv));
        assert_eq!(stem_of("welding", En), stem_of("welded", En));
    }

    #[test]
    fn spans_are_bytes_of_the_original() {
        let text = "Åbo: e\u{301}clair 🥐, C++ ja C#. Can’t weld!";
        let a = Analyzer::default().analyse(text, None);
        let words: Vec<&str> = a.tokens.iter().map(|t| &text[t.start..t.end]).collect();
        assert_eq!(words, ["Åbo", "e\u{301}clair", "C++", "ja", "C#", "Can’t", "weld"]);
        assert_eq!(a.tokens[1].folded, "eclair");
        assert_eq!(a.sentences.len(), 2);
        assert_eq!(&text[a.sentences[1].start..a.sentences[1].end], "Can’t weld");
    }

    #[test]
    fn languages_are_told_apart_by_text_and_sentence() {
        for (text, language) in [
            ("Olen leiponut kotona leipää ja myynyt sitä torilla.", Some(Fi)),
            ("Jag har lagat cyklar i många år och tycker om det.", Some(Sv)),
            ("I have repaired bicycles for years and I like it.", Some(En)),
            ("Pyöränkorjausta, hitsausta, asiakaspalvelua", Some(Fi)),
            ("Я работала учителем в школе десять лет.", None),
            ("عملت معلما في المدرسة لعشر سنوات", None),
            ("Ma töötasin kümme aastat õpetajana ja mulle meeldis see väga, sest lapsed olid toredad.", None),
            ("I bake bread.", Some(En)),
            ("I fjol byggde svärsonen nätbutiken.", Some(Sv)),
            ("12345 !!!", None),
            ("", None),
        ] {
            assert_eq!(Analyzer::default().analyse(text, None).language, language, "{text}");
        }
        let mixed = "Olen työskennellyt kaupassa ja varastolla. Jag talar också svenska och kan hjälpa till.";
        let a = Analyzer::default().analyse(mixed, None);
        assert_eq!(a.sentences.iter().map(|s| s.language).collect::<Vec<_>>(), [Some(Fi), Some(Sv)]);
        assert_eq!(Analyzer::default().analyse("bar", Some(Sv)).language, Some(Sv));
    }

    #[test]
    fn negation_covers_its_clause() {
        for (language, text, negated, kept) in [
            (Fi, "En osaa hitsata, sorvata tai maalata, mutta leivon mielelläni.", "hitsata sorvata maalata", "leivon"),
            (Fi, "Hitsata en osaa.", "Hitsata", ""),
            (Fi, "Osaan leipoa enkä pelkää aamuja.", "pelkää aamuja", "leipoa"),
            (Fi, "En ole ollut vain myyjä vaan myös kirjanpitäjä.", "", "myyjä kirjanpitäjä"),
            (Fi, "Vuorotyö ei haittaa.", "", "Vuorotyö"),
            (Fi, "Kokkaan ilman reseptejä.", "reseptejä", "Kokkaan"),
            (Sv, "Jag kan inte svetsa, men jag målar gärna.", "svetsa", "målar"),
            (Sv, "Jag har aldrig svetsat, jag bakar.", "svetsat", "bakar"),
            (Sv, "Svetsa kan jag inte.", "Svetsa", ""),
            (Sv, "Jag har varit präst i en by där dörrarna aldrig öppnades.", "dörrarna öppnades", "präst by"),
            (Sv, "Jag har aldrig arbetat som svetsare.", "svetsare", ""),
            (Sv, "Inte bara bakning utan också försäljning.", "", "bakning försäljning"),
            (En, "I have never used SAP, but I know Excel.", "SAP", "Excel"),
            (En, "I can't weld, paint or drive, but I bake.", "weld paint drive", "bake"),
            (En, "I sew and I don't cook.", "cook", "sew"),
            (En, "I nursed in a town where doors never opened.", "doors opened", "nursed town"),
            (En, "Not only baking but also sales.", "", "baking sales"),
        ] {
            let a = Analyzer::default().analyse(text, Some(language));
            let of = |w: &str| a.tokens.iter().find(|t| &text[t.start..t.end] == w).map(|t| t.negated);
            for w in negated.split_whitespace() {
                assert_eq!(of(w), Some(true), "{w} in {text}");
            }
            for w in kept.split_whitespace() {
                assert_eq!(of(w), Some(false), "{w} in {text}");
            }
        }
    }

    #[test]
    fn terms_are_content_stems_and_their_grams() {
        let words = Analyzer { subwords: None };
        let a = words.analyse("I bake bread and I never weld.", Some(En));
        assert_eq!(words.terms(&a).into_keys().collect::<Vec<_>>(), ["bake", "bread"]);
        let grams = Analyzer { subwords: Some((3, 5)) };
        let terms = grams.terms(&a);
        for t in ["~bak", "~ake", "~bre", "~read"] {
            assert_eq!(terms.get(t), Some(&1), "{t}");
        }
        assert!(!terms.contains_key("~bake"), "a gram as long as the stem");
        assert!(grams.terms(&grams.analyse("the and of to", Some(En))).is_empty());
    }

    #[test]
    fn hostile_text_does_not_panic() {
        for text in [
            "a".repeat(1 << 20),
            "\u{301}".repeat(1 << 18),
            format!("e{}", "\u{301}".repeat(1 << 18)),
            "en, ".repeat(1 << 16),
            "ei ".repeat(1 << 17),
            "utan inte ".repeat(1 << 16),
            "no bread ".repeat(1 << 16),
            "\0\0a\0b".repeat(1 << 12),
            "👩‍👩‍👧".repeat(1 << 12),
            "مرحبا ".repeat(1 << 12),
            "\u{202e}abc\u{202c}".repeat(1 << 12),
            "+#'’".repeat(1 << 12),
        ] {
            for subwords in [None, Some((3, 5)), Some((0, usize::MAX)), Some((9, 2))] {
                let analyzer = Analyzer { subwords };
                let a = analyzer.analyse(&text, None);
                for t in &a.tokens {
                    assert!(text.get(t.start..t.end).is_some());
                }
                assert!(analyzer.terms(&a).keys().all(|t| t.len() <= 4 * MAX_WORD + 1));
            }
        }
    }
}
