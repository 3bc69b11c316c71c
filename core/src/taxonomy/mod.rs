//! Concepts of competence, the graph between them, and how a text names them.
//!
//! A [`Taxonomy`] is immutable and cheap to clone. It promises that every reference between its concepts exists, that
//! no concept is broader than itself, and that the same concepts in the same order give the same answers everywhere.

mod recognise;

pub use recognise::Mention;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use crate::text::{Analysis, Analyzer};
use recognise::Phrases;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A claim of a narrower concept meets a broader requirement almost as the concept itself does: who bakes bread, bakes.
const NARROWER: f64 = 0.9;
/// A claim of a broader concept meets a narrower requirement half: who bakes may or may not bake gluten-free bread.
const BROADER: f64 = 0.5;
/// A related concept helps half as much as the concept itself.
const RELATED: f64 = 0.5;
/// Below this there is no similarity: two steps up, or a sibling by way of the broader concept, say nothing.
/// The four constants are a first judgement; they are to be measured once judged requirements are at hand.
const FLOOR: f64 = 0.3;

/// How a label names its concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum LabelKind {
    /// The one to show.
    Preferred,
    /// Another name for it.
    Alternative,
    /// Found in texts, never shown (misspellings, slang).
    Hidden,
}

/// One name of a concept in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The words.
    pub text: String,
    /// Their language.
    pub language: Language,
    /// How they name the concept.
    pub kind: LabelKind,
}

/// One competence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Unique in the taxonomy.
    pub uri: String,
    /// Its names.
    pub labels: Vec<Label>,
    /// URIs of the concepts that it is a kind of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broader: Vec<String>,
    /// URIs of the concepts that help with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

impl Concept {
    /// The preferred label in a language, else in English, else the first label there is, else the URI.
    #[must_use]
    pub fn label(&self, language: Language) -> &str {
        let preferred = |l| self.labels.iter().find(|x| x.language == l && x.kind == LabelKind::Preferred);
        preferred(language)
            .or_else(|| preferred(Language::En))
            .or_else(|| self.labels.iter().find(|x| x.kind != LabelKind::Hidden))
            .map_or(&self.uri, |x| &x.text)
    }
}

/// Concepts and their graph.
///
/// ```
/// use osuma::{Language, Taxonomy};
/// let taxonomy = Taxonomy::starter();
/// let found = taxonomy.recognise("Leivoin kotona ruisleipää enkä osaa kirjanpitoa.", Some(Language::Fi));
/// assert!(found.iter().all(|m| m.confidence > 0.0));
/// ```
#[derive(Debug, Clone)]
pub struct Taxonomy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    concepts: Vec<Concept>,
    index: HashMap<String, usize>,
    /// Per concept as a requirement: the concepts that meet it, with the degree, in order of their index.
    met_by: Vec<Vec<(usize, f64)>>,
    phrases: Phrases,
}

impl Taxonomy {
    /// Builds a taxonomy. Cost: linear in labels, plus the neighbourhood of each concept.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an empty or repeated URI, a reference to a concept that is not
    /// there, and a concept that is broader than itself; the pointer begins with the concept's number.
    pub fn new(concepts: Vec<Concept>) -> Result<Self> {
        let mut index = HashMap::with_capacity(concepts.len());
        for (i, c) in concepts.iter().enumerate() {
            if c.uri.trim().is_empty() {
                return Err(Error::invalid(format!("/{i}/uri"), "is empty; give every concept a URI of its own"));
            }
            if index.insert(c.uri.clone(), i).is_some() {
                return Err(Error::invalid(format!("/{i}/uri"), format!("concept \"{}\" is given twice", c.uri)));
            }
        }
        let resolve = |kind: &str, of: fn(&Concept) -> &Vec<String>| -> Result<Vec<Vec<usize>>> {
            let mut all = vec![Vec::new(); concepts.len()];
            for (i, c) in concepts.iter().enumerate() {
                for (j, uri) in of(c).iter().enumerate() {
                    let path = format!("/{i}/{kind}/{j}");
                    let unknown = || Error::invalid(&path, format!("unknown concept \"{uri}\""));
                    let to = *index.get(uri).ok_or_else(unknown)?;
                    if to == i {
                        return Err(Error::invalid(path, format!("concept \"{uri}\" names itself")));
                    }
                    all[i].push(to);
                }
            }
            Ok(all)
        };
        let broader = resolve("broader", |c| &c.broader)?;
        let related = resolve("related", |c| &c.related)?;
        if let Some(i) = in_a_circle(&broader) {
            let message = format!("concept \"{}\" is broader than itself by way of others", concepts[i].uri);
            return Err(Error::invalid(format!("/{i}/broader"), message));
        }
        let met_by = met_by(&broader, &related);
        let phrases = Phrases::new(&concepts);
        Ok(Self { inner: Arc::new(Inner { concepts, index, met_by, phrases }) })
    }

    /// The starter taxonomy: everyday and trade competences of a mid-size Finnish city in Finnish, Swedish and
    /// English, CC0. Compiled into the crate; built once a process.
    #[cfg(feature = "starter")]
    #[must_use]
    pub fn starter() -> Self {
        static STARTER: std::sync::LazyLock<Taxonomy> = std::sync::LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "compiled in, and read by a test: it cannot fail at run time")]
            starter(STARTER_FILES).expect("the starter taxonomy is well formed")
        });
        STARTER.clone()
    }

    /// A name of the content: two taxonomies with the same concepts have the same.
    #[must_use]
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self.concepts()).unwrap_or_default();
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&json))
    }

    /// All concepts, in their order.
    #[must_use]
    pub fn concepts(&self) -> &[Concept] {
        &self.inner.concepts
    }

    /// The concept of a URI.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound).
    pub fn concept(&self, uri: &str) -> Result<&Concept> {
        self.position(uri).map(|i| &self.inner.concepts[i])
    }

    fn position(&self, uri: &str) -> Result<usize> {
        self.inner.index.get(uri).copied().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "", format!("unknown concept \"{uri}\"; it is not in this taxonomy"))
        })
    }

    /// To what degree, 0 to 1, a claim of one concept meets a requirement of another. 1 for the same concept; directed,
    /// since a narrower claim satisfies a broader requirement better than the other way round. The degree is the best
    /// product of steps along the graph, and 0 below a floor.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a URI that is not in the taxonomy.
    pub fn similarity(&self, claim: &str, requirement: &str) -> Result<f64> {
        let (claim, requirement) = (self.position(claim)?, self.position(requirement)?);
        let met_by = &self.inner.met_by[requirement];
        Ok(met_by.binary_search_by_key(&claim, |m| m.0).map_or(0.0, |i| met_by[i].1))
    }

    /// The concepts that a text names, in the order of their places. `hint` is the text's language where it is known.
    ///
    /// Case forms, consonant gradation, another order of a phrase's words and, in Finnish and Swedish, the last part
    /// of a compound count. Overlapping mentions are resolved in favour of the longer, then the surer one.
    ///
    /// Cost: linear in the text.
    #[must_use]
    pub fn recognise(&self, text: &str, hint: Option<Language>) -> Vec<Mention> {
        self.recognise_in(&Analyzer { subwords: None }.analyse(text, hint))
    }

    /// [`recognise`](Self::recognise) in a text that is analysed already.
    pub(crate) fn recognise_in(&self, analysis: &Analysis) -> Vec<Mention> {
        self.inner.phrases.recognise(&self.inner.concepts, analysis)
    }
}

/// A concept that is reached from itself by going broader, if there is one.
fn in_a_circle(broader: &[Vec<usize>]) -> Option<usize> {
    // Kahn: what cannot be ordered stands in a circle, or below one.
    let mut waiting: Vec<usize> = broader.iter().map(Vec::len).collect();
    let mut narrower = vec![Vec::new(); broader.len()];
    for (i, up) in broader.iter().enumerate() {
        for &b in up {
            narrower[b].push(i);
        }
    }
    let mut ready: Vec<usize> = (0..broader.len()).filter(|&i| waiting[i] == 0).collect();
    while let Some(b) = ready.pop() {
        for &n in &narrower[b] {
            waiting[n] -= 1;
            if waiting[n] == 0 {
                ready.push(n);
            }
        }
    }
    waiting.iter().position(|&w| w > 0)
}

/// For each concept as a requirement, the concepts that meet it and how well.
fn met_by(broader: &[Vec<usize>], related: &[Vec<usize>]) -> Vec<Vec<(usize, f64)>> {
    let mut steps: Vec<Vec<(usize, f64)>> = vec![Vec::new(); broader.len()];
    for (i, up) in broader.iter().enumerate() {
        for &b in up {
            steps[b].push((i, NARROWER));
            steps[i].push((b, BROADER));
        }
    }
    for (i, others) in related.iter().enumerate() {
        for &r in others {
            steps[i].push((r, RELATED));
        }
    }
    (0..broader.len())
        .map(|requirement| {
            let mut best: HashMap<usize, f64> = HashMap::from([(requirement, 1.0)]);
            let mut open = vec![(requirement, 1.0)];
            while let Some((at, degree)) = open.pop() {
                for &(next, factor) in &steps[at] {
                    let reached = degree * factor;
                    if reached >= FLOOR && best.get(&next).is_none_or(|&b| b < reached) {
                        best.insert(next, reached);
                        open.push((next, reached));
                    }
                }
            }
            let mut met: Vec<(usize, f64)> = best.into_iter().collect();
            met.sort_unstable_by_key(|m| m.0);
            met
        })
        .collect()
}

#[cfg(feature = "starter")]
const STARTER_FILES: &[&str] =
    &[include_str!("../../starter/food-services.jsonl"), include_str!("../../starter/office-culture.jsonl")];

#[cfg(feature = "starter")]
fn starter(files: &[&str]) -> Result<Taxonomy> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        id: String,
        broader: Vec<String>,
        related: Vec<String>,
        en: Vec<String>,
        fi: Vec<String>,
        sv: Vec<String>,
    }
    let uri = |id: String| format!("osuma:{id}");
    let mut concepts = Vec::new();
    for line in files.iter().flat_map(|f| f.lines()) {
        let line: Line = crate::model::parse(line)?;
        let mut labels = Vec::new();
        for (language, texts) in [(Language::Fi, line.fi), (Language::Sv, line.sv), (Language::En, line.en)] {
            for (n, text) in texts.into_iter().enumerate() {
                let kind = if n == 0 { LabelKind::Preferred } else { LabelKind::Alternative };
                labels.push(Label { text, language, kind });
            }
        }
        concepts.push(Concept {
            uri: uri(line.id),
            labels,
            broader: line.broader.into_iter().map(uri).collect(),
            related: line.related.into_iter().map(uri).collect(),
        });
    }
    Taxonomy::new(concepts)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn concept(uri: &str, broader: &[&str], related: &[&str]) -> Concept {
        let owned = |uris: &[&str]| uris.iter().map(ToString::to_string).collect();
        Concept { uri: uri.into(), labels: vec![], broader: owned(broader), related: owned(related) }
    }

    #[test]
    fn narrower_satisfies_broader_and_siblings_say_nothing() {
        let t = Taxonomy::new(vec![
            concept("baking", &[], &[]),
            concept("bread", &["baking"], &["hygiene"]),
            concept("rye-bread", &["bread"], &[]),
            concept("cakes", &["baking"], &[]),
            concept("hygiene", &[], &[]),
        ])
        .unwrap();
        let s = |claim, requirement| t.similarity(claim, requirement).unwrap();
        assert_eq!(s("bread", "bread"), 1.0);
        assert_eq!(s("rye-bread", "baking"), NARROWER * NARROWER);
        assert_eq!(s("baking", "bread"), BROADER);
        assert_eq!(s("baking", "rye-bread"), 0.0);
        assert_eq!(s("hygiene", "bread"), RELATED);
        assert_eq!(s("bread", "hygiene"), 0.0);
        assert!(s("cakes", "bread") < BROADER, "a sibling by way of the broader concept");
        assert_eq!(t.similarity("bread", "cars").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn faults_are_named() {
        for (concepts, path) in [
            (vec![concept("", &[], &[])], "/0/uri"),
            (vec![concept("a", &[], &[]), concept("a", &[], &[])], "/1/uri"),
            (vec![concept("a", &["b"], &[])], "/0/broader/0"),
            (vec![concept("a", &[], &["a"])], "/0/related/0"),
            (vec![concept("a", &["b"], &[]), concept("b", &["a"], &[])], "/0/broader"),
        ] {
            let e = Taxonomy::new(concepts).unwrap_err();
            assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
        }
    }

    #[cfg(feature = "starter")]
    #[test]
    fn the_starter_is_read() {
        let t = starter(STARTER_FILES).unwrap();
        for c in t.concepts() {
            for language in Language::ALL {
                assert!(c.labels.iter().any(|l| l.language == language), "{} has no {language:?} label", c.uri);
            }
        }
        assert_eq!(Taxonomy::starter().concept("osuma:cooking").unwrap().label(Language::Sv), "matlagning");
    }
}
