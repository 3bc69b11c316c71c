//! Every judged set beside every configuration, as Markdown tables with 95 % intervals (`make eval DATA=...`).
//!
//! A configuration of the matcher is one line in [`systems`], a way of linking one line in [`linkers`].
//!
//! With `texts FILE` it writes the texts that an encoder is to be asked for, a JSON array; with `vectors FILE
//! VECTORS` it reads them again with their vectors (`f32`, little-endian, one behind the other, in the same order) and
//! measures the encoder too. `datasets/semantic/encode.py` stands between the two.
#![expect(clippy::print_stdout, reason = "it prints tables")]

use osuma::eval::{Evaluation, Measure, Options, Qrels, Report, Run, Score, Verdict, compare, evaluate, evaluate_run};
use osuma::semantic::{Means, cosine};
use osuma::text::{Analyzer, Sentence};
use osuma::{
    Challenge, Concept, Direction, Label, LabelKind, Language, MatchConfig, Matcher, Profile, Settings, Side, Signal,
    Snapshot, Taxonomy, Vectors, from_json_all,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What a system knows of meaning.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Map,
    Encoder,
    Both,
}

/// A column of the first table.
struct System {
    name: &'static str,
    settings: Settings,
    meaning: Meaning,
    config: MatchConfig,
}

fn systems() -> Vec<System> {
    let (grams, words) = (Settings::default(), Settings { subwords: None, ..Settings::default() });
    let only = |signal: Signal| MatchConfig { weights: BTreeMap::from([(signal, 1.0)]), gates: Vec::new() };
    use Meaning::{Both, Encoder, Map};
    let all = MatchConfig::default;
    [
        ("word BM25", words, Map, only(Signal::Text)),
        ("text", grams, Map, only(Signal::Text)),
        ("skills", grams, Map, only(Signal::Skills)),
        ("semantic (map)", grams, Map, only(Signal::Semantic)),
        ("fused without network", grams, Map, all()),
        ("encoder alone", grams, Encoder, only(Signal::Semantic)),
        ("semantic (encoder and map)", grams, Both, only(Signal::Semantic)),
        ("fused with encoder", grams, Both, all()),
    ]
    .map(|(name, settings, meaning, config)| System { name, settings, meaning, config })
    .into()
}

/// Vectors of texts by an encoder, as they were asked for.
struct Encoded(HashMap<String, Vec<f32>>);

impl Encoded {
    fn read(texts: &Path, vectors: &Path) -> Outcome<Self> {
        let texts: Vec<String> = serde_json::from_str(&read(texts)?)?;
        let bytes = std::fs::read(vectors).map_err(|e| format!("{}: {e}", vectors.display()))?;
        let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let width = values.len() / texts.len().max(1);
        if width == 0 || width * texts.len() * 4 != bytes.len() {
            return Err(format!("{}: not as many vectors as there are texts", vectors.display()).into());
        }
        Ok(Self(texts.into_iter().zip(values.chunks_exact(width).map(<[f32]>::to_vec)).collect()))
    }

    fn of(&self, text: &str) -> Outcome<Vec<f32>> {
        self.0.get(text).cloned().ok_or_else(|| format!("no vector of {text:?}; ask for the texts again").into())
    }

    /// A whole text and its sentences, as `osuma.semantic.encode` gives them.
    fn document(&self, text: &str, language: Option<Language>) -> Outcome<Option<Vectors>> {
        let mut texts = document_texts(text, language).into_iter();
        let Some(whole) = texts.next() else { return Ok(None) };
        let parts = texts.map(|t| self.of(&t)).collect::<Outcome<_>>()?;
        Ok(Some(Vectors { model: "multilingual-e5-small".into(), document: self.of(&whole)?, parts }))
    }
}

/// The texts that a document is encoded as: the whole, then its sentences where there are several.
fn document_texts(text: &str, language: Option<Language>) -> Vec<String> {
    let sentences = Analyzer { subwords: None }.analyse(text, language).sentences;
    let parts = sentences.iter().filter(|_| sentences.len() > 1).map(|s| text[s.start..s.end].to_owned());
    if sentences.is_empty() { Vec::new() } else { [text.to_owned()].into_iter().chain(parts).collect() }
}

fn challenge_text(c: &Challenge) -> String {
    format!("{}\n{}", c.title, c.text)
}

/// Profiles, challenges and their judgements.
struct Judged {
    name: &'static str,
    profiles: Vec<Profile>,
    challenges: Vec<Challenge>,
    qrels: Qrels,
}

impl Judged {
    fn read(name: &'static str, dir: &Path) -> Outcome<Self> {
        let profiles = from_json_all(&renamed(&dir.join("profiles.jsonl"))?)?;
        let challenges = from_json_all(&renamed(&dir.join("challenges.jsonl"))?)?;
        Ok(Self { name, profiles, challenges, qrels: Qrels::read(dir.join("qrels.tsv"))? })
    }

    fn matcher(&self, system: &System, encoded: Option<&Encoded>) -> Outcome<Matcher> {
        let (mut profiles, mut challenges) = (self.profiles.clone(), self.challenges.clone());
        let mut taxonomy = Taxonomy::starter();
        if system.meaning != Meaning::Map {
            let encoded = encoded.ok_or("no vectors of an encoder")?;
            for p in &mut profiles {
                p.vectors = encoded.document(&p.text, p.language)?;
            }
            for c in &mut challenges {
                c.vectors = encoded.document(&challenge_text(c), c.language)?;
            }
        }
        if system.meaning == Meaning::Encoder {
            taxonomy = taxonomy.with_map(None);
        }
        let snapshot = Snapshot::compile(&taxonomy, profiles, challenges, system.settings)?;
        Ok(Matcher::new(snapshot, system.config.clone())?)
    }

    /// Id, text and language of each document.
    fn documents(&self) -> Vec<(&str, String, Option<Language>)> {
        let profiles = self.profiles.iter().map(|p| (p.id.as_str(), p.text.clone(), p.language));
        profiles.chain(self.challenges.iter().map(|c| (c.id.as_str(), challenge_text(c), c.language))).collect()
    }

    fn texts(&self) -> Vec<String> {
        self.documents().iter().flat_map(|(_, text, language)| document_texts(text, *language)).collect()
    }
}

/// JSON Lines with `lang` in the place of `language`.
fn renamed(path: &Path) -> Outcome<String> {
    let mut lines = Vec::new();
    for line in read(path)?.lines() {
        let mut doc: serde_json::Map<String, Value> = serde_json::from_str(line)?;
        if let Some(language) = doc.remove("lang") {
            doc.insert("language".into(), language);
        }
        lines.push(serde_json::to_string(&doc)?);
    }
    Ok(lines.join("\n"))
}

fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

fn main() -> Outcome {
    let begun = Instant::now();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var("DATA").map_or_else(|_| here.join("../../shared/data"), PathBuf::from);
    let mut sets = vec![Judged::read("cohort", &here.join("../datasets/cohort"))?];
    if data.is_dir() {
        sets.push(Judged::read("gold-dev", &data.join("gold-dev-fi-sv-en"))?);
    } else {
        println!("{} is not there: only the cohort is measured.\n", data.display());
    }
    let linkings = if data.is_dir() { linkings(&data)? } else { Vec::new() };
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let encoded = match args[..] {
        ["texts", file] => {
            let mut texts: Vec<String> = sets.iter().flat_map(Judged::texts).collect();
            texts.extend(linkings.iter().flat_map(Linking::texts));
            std::fs::write(file, serde_json::to_string(&texts)?).map_err(|e| format!("{file}: {e}"))?;
            return Ok(());
        }
        ["vectors", texts, vectors] => Some(Encoded::read(texts.as_ref(), vectors.as_ref())?),
        [] => None,
        _ => return Err("eval [texts FILE | vectors FILE VECTORS]".into()),
    };
    let encoded = encoded.as_ref();
    ranking(&sets, encoded)?;
    ablation(&sets, encoded)?;
    if data.is_dir() {
        linking(&linkings, encoded)?;
        recognition(&sets[1], &data.join("gold-dev-fi-sv-en/structured.jsonl"))?;
    }
    reliability(&sets, &here.join("../datasets/semantic/read.tsv"))?;
    println!("\nMeasured in {:.0} s.", begun.elapsed().as_secs_f64());
    Ok(())
}

fn row(first: &str, cells: impl IntoIterator<Item = String>) {
    println!("| {first} | {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

fn head(first: &str, columns: &[&str]) {
    row(first, columns.iter().map(ToString::to_string));
    row("---", columns.iter().map(|_| "---".to_owned()));
}

/// Without the zero before the point.
fn short(value: f64) -> String {
    let text = format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value });
    text.strip_prefix("0.").map_or_else(|| text.replace("-0.", "-."), |rest| format!(".{rest}"))
}

fn cell(score: Option<&Score>) -> String {
    score.map_or("-".into(), |s| format!("{} ({} to {})", short(s.mean), short(s.low), short(s.high)))
}

fn first(report: Option<&Report>) -> Option<&Score> {
    report.and_then(|r| r.scores.first())
}

fn options() -> Options {
    Options {
        measures: vec!["nDCG(dcg='exp-log2')@10".parse().unwrap_or(Measure::P { k: 10, rel: 1 })],
        ..Options::default()
    }
}

fn ranking(sets: &[Judged], encoded: Option<&Encoded>) -> Outcome {
    println!("## Ranking: nDCG@10 with gain 2^grade - 1, and its 95 % interval\n");
    let mut systems = systems();
    systems.retain(|s| s.meaning == Meaning::Map || encoded.is_some());
    head("set", &systems.iter().map(|s| s.name).collect::<Vec<_>>());
    for set in sets {
        let mut found: Vec<Option<Evaluation>> = Vec::new();
        for system in &systems {
            let matcher = set.matcher(system, encoded)?;
            let scored = matcher.match_all(Direction::ChallengesToProfiles, 1)?;
            let silent = scored.iter().flat_map(|r| &r.matches).all(|m| m.score.is_none());
            found.push(if silent { None } else { Some(evaluate(&matcher, &set.qrels, &options())?) });
        }
        let line = |name: &str, part: &dyn Fn(&Evaluation) -> String| {
            row(&format!("{}{name}", set.name), found.iter().map(|e| e.as_ref().map_or("-".into(), part)));
        };
        let counts = format!(", {} x {}", set.challenges.len(), set.profiles.len());
        line(&counts, &|e| cell(e.all.scores.first()));
        for language in Language::ALL {
            let name = format!(", challenges in {}", language.code());
            line(&name, &|e| cell(first(e.by_language.get(&language))));
        }
        line(", only candidates in the same language", &|e| cell(first(e.same_language.as_ref())));
        line(", only candidates in another language", &|e| cell(first(e.cross_language.as_ref())));
        let ratio = |e: &Evaluation| e.language_ratio(e.all.scores.first()?.measure);
        line(", another by same language", &|e| ratio(e).map_or("-".into(), short));
    }
    Ok(())
}

fn ablation(sets: &[Judged], encoded: Option<&Encoded>) -> Outcome {
    println!("\n## What each signal adds: nDCG@10 of all signals less nDCG@10 without it; noise where not marked *\n");
    let mut systems = systems();
    systems.retain(|s| s.config == MatchConfig::default() && (s.meaning == Meaning::Map || encoded.is_some()));
    let signals: Vec<Signal> =
        MatchConfig::default().weights.into_iter().filter(|(_, w)| *w > 0.0).map(|(s, _)| s).collect();
    head("set", &signals.iter().map(|s| s.name()).collect::<Vec<_>>());
    for (set, all) in sets.iter().flat_map(|set| systems.iter().map(move |s| (set, s))) {
        let whole = set.matcher(all, encoded)?;
        let mut lines = [Vec::new(), Vec::new()];
        for &signal in &signals {
            let without = Matcher::new(whole.snapshot().clone(), all.config.clone().weight(signal, 0.0))?;
            let found = compare(&without, &whole, &set.qrels, &options())?;
            for (line, part) in lines.iter_mut().zip([&found.all, &found.cross_language]) {
                line.push(part.first().map_or("-".into(), |d| {
                    let mark = if d.verdict == Verdict::Noise { "" } else { " *" };
                    format!("{} ({} to {}){mark}", short(d.difference), short(d.low), short(d.high))
                }));
            }
        }
        let [of_all, across] = lines;
        let name = format!("{}, {}", set.name, all.name);
        row(&name, of_all);
        row(&format!("{name}, only candidates in another language"), across);
    }
    Ok(())
}

/// Short texts and the labels that they mean.
struct Linking {
    name: String,
    measure: &'static str,
    /// Id and words of each label.
    labels: Vec<(String, String)>,
    /// The same as concepts, with all that is known of them.
    taxonomy: Taxonomy,
    texts: Vec<(String, String)>,
    languages: (Language, Language),
    qrels: Qrels,
}

impl Linking {
    fn texts(&self) -> Vec<String> {
        self.texts.iter().chain(&self.labels).map(|t| t.1.clone()).collect()
    }
}

/// A column of the linking table: gives each text its best labels.
type Linker<'a> = Box<dyn Fn(&Linking) -> Outcome<Run> + 'a>;

fn linkers(encoded: Option<&Encoded>) -> Vec<(&'static str, Linker<'_>)> {
    let mut linkers: Vec<(&str, Linker)> = vec![
        ("word BM25 on labels", Box::new(|l| by_text(l, Settings { subwords: None, ..Settings::default() }))),
        ("text signal on labels", Box::new(|l| by_text(l, Settings::default()))),
        ("link, words alone", Box::new(|l| by_link(l, &l.taxonomy.clone().with_map(None)))),
        ("link with meaning (map)", Box::new(|l| by_link(l, &l.taxonomy))),
    ];
    if let Some(encoded) = encoded {
        linkers.push(("encoder alone, on labels", Box::new(|l| by_encoder(l, encoded))));
    }
    linkers
}

/// The cosine of an encoder's vectors of texts and labels, the mean of each removed.
fn by_encoder(linking: &Linking, encoded: &Encoded) -> Outcome<Run> {
    let (of_texts, of_labels) = linking.languages;
    let mut means: Option<Means> = None;
    let mut rows = [Vec::new(), Vec::new()];
    let sides = [(Side::Challenges, of_texts, &linking.texts), (Side::Profiles, of_labels, &linking.labels)];
    for ((side, language, texts), rows) in sides.into_iter().zip(&mut rows) {
        for (_, text) in texts {
            let vector = encoded.of(text)?;
            means.get_or_insert_with(|| Means::new(vector.len())).add(&vector, side, Some(language))?;
            rows.push(vector);
        }
    }
    let means = means.ok_or("no texts")?;
    for ((side, language, _), rows) in sides.into_iter().zip(&mut rows) {
        for row in rows {
            *row = means.centre(row, side, Some(language)).unwrap_or_default();
        }
    }
    let [texts, labels] = rows;
    let mut run = Run::default();
    for ((id, _), vector) in linking.texts.iter().zip(&texts) {
        let mut near: Vec<(f64, usize)> = labels.iter().map(|l| cosine(vector, l)).zip(0..).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (cosine, label) in near.into_iter().take(1000) {
            run.insert(id, &linking.labels[label].0, cosine)?;
        }
    }
    Ok(run)
}

fn by_link(linking: &Linking, taxonomy: &Taxonomy) -> Outcome<Run> {
    let mut run = Run::default();
    for (id, text) in &linking.texts {
        for link in taxonomy.link(text, Some(linking.languages.0), 1000) {
            run.insert(id, &link.concept, link.score)?;
        }
    }
    Ok(run)
}

/// Labels as profiles, texts as challenges, and the text signal alone.
fn by_text(linking: &Linking, settings: Settings) -> Outcome<Run> {
    let (of_texts, of_labels) = linking.languages;
    let profiles = (linking.labels.iter())
        .map(|(id, text)| Profile {
            id: id.clone(),
            text: text.clone(),
            language: Some(of_labels),
            ..Profile::default()
        })
        .collect();
    let challenges = (linking.texts.iter())
        .map(|(id, text)| Challenge {
            id: id.clone(),
            text: text.clone(),
            language: Some(of_texts),
            ..Challenge::default()
        })
        .collect();
    let snapshot = Snapshot::compile(&Taxonomy::new(Vec::new())?, profiles, challenges, settings)?;
    let config = MatchConfig { weights: BTreeMap::from([(Signal::Text, 1.0)]), gates: Vec::new() };
    let mut run = Run::default();
    // The first rank that counts may lie deep, but below a thousandth it adds nothing.
    for ranking in Matcher::new(snapshot, config)?.match_all(Direction::ChallengesToProfiles, 1000)? {
        for m in ranking.matches {
            if let Some(score) = m.score {
                run.insert(&m.challenge, &m.profile, score)?;
            }
        }
    }
    Ok(run)
}

fn linkings(data: &Path) -> Outcome<Vec<Linking>> {
    let mut sets = Vec::new();
    let map = Taxonomy::starter().map().cloned();
    let esco = Taxonomy::from_esco(data.join("esco-v1.1.1"), &Language::ALL)?.with_map(map.clone());
    for name in ["tech", "house"] {
        sets.push(skill_sentences(data, name, &esco)?);
    }
    for (name, languages) in [
        ("swe_q_sv_c_sv", (Language::Sv, Language::Sv)),
        ("swe_q_sv_c_en", (Language::Sv, Language::En)),
        ("usa_q_en_c_en", (Language::En, Language::En)),
    ] {
        sets.push(titles(&data.join("melo-titles-sv-en").join(name), name, languages, map.clone())?);
    }
    Ok(sets)
}

fn linking(sets: &[Linking], encoded: Option<&Encoded>) -> Outcome {
    println!("\n## Linking: short texts to labels, and the 95 % interval\n");
    let linkers = linkers(encoded);
    head("set", &linkers.iter().map(|l| l.0).collect::<Vec<_>>());
    for set in sets {
        let options = Options { measures: vec![set.measure.parse()?], ..Options::default() };
        let mut cells = Vec::new();
        for (_, link) in &linkers {
            cells.push(cell(evaluate_run(&link(set)?, &set.qrels, &options)?.scores.first()));
        }
        let counts = format!("{} to {}", set.qrels.queries().count(), set.labels.len());
        row(&format!("{}, {}, {counts}", set.name, set.measure.replace("RR", "MRR")), cells);
    }
    Ok(())
}

/// Sentences of job ads with the ESCO skills in them; those without one are left out, as in the literature.
fn skill_sentences(data: &Path, name: &str, esco: &Taxonomy) -> Outcome<Linking> {
    let skills = esco.concepts().iter().filter(|c| c.kind.is_skill());
    let labels: Vec<(String, String)> = skills.map(|c| (c.uri.clone(), c.label(Language::En).to_owned())).collect();
    let uris: BTreeMap<String, &String> = labels.iter().map(|(uri, label)| (label.to_lowercase(), uri)).collect();
    let mut rows =
        csv::Reader::from_path(data.join(format!("skill-extraction-validation/{name}_validation_annotations.csv")))?;
    let mut meant: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
    for line in rows.deserialize() {
        let (sentence, _, _, label): (String, String, String, String) = line?;
        if let Some(uri) = uris.get(&label.to_lowercase()) {
            meant.entry(sentence).or_default().insert(uri);
        }
    }
    let (mut qrels, mut texts) = (Qrels::default(), Vec::new());
    for (n, (sentence, skills)) in meant.into_iter().enumerate() {
        let id = format!("s{n}");
        for uri in skills {
            qrels.insert(&id, uri, 1)?;
        }
        texts.push((id, sentence));
    }
    let (name, languages) = (format!("skills, {name}"), (Language::En, Language::En));
    let taxonomy = esco.clone();
    Ok(Linking { name, measure: "RP@5", labels, taxonomy, texts, languages, qrels })
}

/// Occupation titles of two countries to ESCO's labels.
fn titles(
    dir: &Path,
    name: &str,
    languages: (Language, Language),
    map: Option<osuma::semantic::SubwordMap>,
) -> Outcome<Linking> {
    let table = |file: &str| -> Outcome<Vec<(String, String)>> {
        let lines = read(&dir.join(file))?;
        Ok(lines.lines().filter_map(|l| l.split_once('\t')).map(|(id, t)| (id.into(), t.into())).collect())
    };
    let qrels = Qrels::read(dir.join("annotations.tsv"))?;
    let texts = table("queries.tsv")?.into_iter().filter(|(id, _)| qrels.of(id).next().is_some()).collect();
    let labels = table("corpus_elements.tsv")?;
    let concept = |(uri, text): &(String, String)| {
        let label = Label { text: text.clone(), language: languages.1, kind: LabelKind::Preferred };
        Concept { uri: uri.clone(), labels: vec![label], ..Concept::default() }
    };
    let taxonomy = Taxonomy::new(labels.iter().map(concept).collect())?.with_map(map);
    Ok(Linking { name: format!("titles, {name}"), measure: "RR", labels, taxonomy, texts, languages, qrels })
}

/// Beside spans that were marked by hand: a mention is right that overlaps one.
fn recognition(set: &Judged, structured: &Path) -> Outcome {
    println!("\n## Recognition beside hand-marked spans; a mention is right that overlaps one\n");
    println!("The reader did not mark everything, and whether the concept is the right one is not asked here.\n");
    head("mentions", &["F1", "precision", "recall", "mentions", "marked spans", "negation right"]);
    let with_map = Taxonomy::starter();
    let words = with_map.clone().with_map(None);
    let whole = |text: &str, hint| {
        let mention = |s: &Sentence| (s.start, s.end, false);
        Analyzer { subwords: None }.analyse(text, hint).sentences.iter().map(mention).collect()
    };
    let by = |t: &Taxonomy, text: &str, hint| -> Vec<Span> {
        t.recognise(text, hint).iter().map(|m| (m.start, m.end, m.negated)).collect()
    };
    recognised(set, structured, "every sentence", &whole)?;
    recognised(set, structured, "named", &|text, hint| by(&words, text, hint))?;
    recognised(set, structured, "named or meant", &|text, hint| by(&with_map, text, hint))
}

/// First byte, the one after the last, and whether it is negated.
type Span = (usize, usize, bool);

type Recogniser<'a> = &'a dyn Fn(&str, Option<Language>) -> Vec<Span>;

fn recognised(set: &Judged, structured: &Path, name: &str, recognise: Recogniser<'_>) -> Outcome {
    let (mut marked, mut found_marks, mut mentions, mut right) = (0_u32, 0_u32, 0_u32, 0_u32);
    let (mut with_sign, mut right_sign) = (0_u32, 0_u32);
    for line in read(structured)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let id = line["id"].as_str().unwrap_or_default();
        let (_, text, language) =
            set.documents().into_iter().find(|d| d.0 == id).ok_or_else(|| format!("{id}: no such document"))?;
        let marks = (line["requirements"].as_array().into_iter()).chain(line["skills"].as_array()).flatten();
        let mut spans: Vec<Span> = Vec::new();
        for mark in marks {
            let span = mark["span"].as_str().unwrap_or_default();
            let start = text.find(span).ok_or_else(|| format!("{id}: \"{span}\" is not in its text"))?;
            spans.push((start, start + span.len(), mark["negated"].as_bool().unwrap_or(false)));
        }
        let mut found = recognise(&text, language);
        let meets = |m: &Span, s: &Span| m.0 < s.1 && s.0 < m.1;
        for span in &spans {
            let mut over = found.iter().filter(|m| meets(m, span)).peekable();
            if over.peek().is_some() {
                with_sign += 1;
                right_sign += u32::from(over.any(|m| m.2 == span.2));
            }
        }
        spans.retain(|s| !s.2);
        found.retain(|m| !m.2);
        mentions += u32::try_from(found.len())?;
        right += u32::try_from(found.iter().filter(|m| spans.iter().any(|s| meets(m, s))).count())?;
        marked += u32::try_from(spans.len())?;
        found_marks += u32::try_from(spans.iter().filter(|s| found.iter().any(|m| meets(m, s))).count())?;
    }
    let (precision, recall) = (share(right, mentions), share(found_marks, marked));
    let f1 = if right == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    let counts = [mentions.to_string(), marked.to_string(), short(share(right_sign, with_sign))];
    row(name, [f1, precision, recall].map(short).into_iter().chain(counts));
    Ok(())
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

/// Confidences beside the share that a reader found right (`datasets/semantic/read.tsv`: set, document, span, concept,
/// verdict).
fn reliability(sets: &[Judged], verdicts: &Path) -> Outcome {
    println!("\n## Reliability: confidences beside the share that a reader found right\n");
    let mut read_before: HashMap<(String, String, usize, usize, String), bool> = HashMap::new();
    for line in read(verdicts)?.lines() {
        let [set, id, start, end, concept, right] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("{}: not six fields: {line}", verdicts.display()).into());
        };
        read_before.insert((set.into(), id.into(), start.parse()?, end.parse()?, concept.into()), right == "1");
    }
    let taxonomy = Taxonomy::starter();
    let (mut mentions, mut unread) = (Vec::new(), 0);
    for set in sets {
        for (n, (id, text, language)) in set.documents().into_iter().enumerate() {
            for m in taxonomy.recognise(&text, language).into_iter().filter(|m| !m.negated) {
                match read_before.get(&(set.name.to_owned(), id.to_owned(), m.start, m.end, m.concept)) {
                    Some(&right) => mentions.push((m.confidence, f64::from(right), n % 2)),
                    None => unread += 1,
                }
            }
        }
    }
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, n) = values.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        if n > 0.0 { sum / n } else { 0.0 }
    };
    head("confidence", &["mentions", "mean confidence", "share right", "in every other document", "in the rest"]);
    let mut held_out = 0.0;
    for bin in [0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 1.000_001].windows(2) {
        let within: Vec<_> = mentions.iter().filter(|m| bin[0] <= m.0 && m.0 < bin[1]).collect();
        if !within.is_empty() {
            let halves = [0, 1].map(|half| mean(&mut within.iter().filter(|m| m.2 == half).map(|m| m.1)));
            held_out += within.iter().map(|m| (halves[1 - m.2] - m.1).powi(2)).sum::<f64>();
            let (sure, right) = (mean(&mut within.iter().map(|m| m.0)), mean(&mut within.iter().map(|m| m.1)));
            let shares = [sure, right, halves[0], halves[1]].map(short);
            row(
                &format!("{} to {}", short(bin[0]), short(bin[1])),
                [within.len().to_string()].into_iter().chain(shares),
            );
        }
    }
    let right = mean(&mut mentions.iter().map(|m| m.1));
    println!(
        "\nMean squared error of the confidences {:.3}, of the other half's shares {:.3}, of one share for all {:.3}.",
        mean(&mut mentions.iter().map(|m| (m.0 - m.1).powi(2))),
        held_out / f64::from(u32::try_from(mentions.len())?),
        right * (1.0 - right)
    );
    if unread > 0 {
        println!("\n{unread} other mentions were not read.");
    }
    Ok(())
}
