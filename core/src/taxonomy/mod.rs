//! Concepts of competence, the graph between them, and how a text names them.
//!
//! A [`Taxonomy`] is immutable and cheap to clone. It promises that every reference between its concepts exists, that
//! no concept is broader than itself, and that the same concepts in the same order give the same answers everywhere.
//! Building one analyses every label; its compiled form ([`Taxonomy::to_bytes`]) holds the result and loads at once.

mod compiled;
#[cfg(all(feature = "esco", not(target_family = "wasm")))]
mod esco;
mod graph;
mod link;
mod recognise;
mod words;

pub use link::Link;
pub(crate) use recognise::Found;
pub use recognise::Mention;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use crate::order;
use crate::semantic::SubwordMap;
use crate::text::{Analysis, Analyzer};
use graph::{Edges, Links};
use link::{Linker, Meanings};
use recognise::Phrases;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

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

/// What a concept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ConceptKind {
    /// Something that a person can do.
    #[default]
    Skill,
    /// Something that a person knows about.
    Knowledge,
    /// A heading over skills or occupations.
    Group,
    /// An occupation, which needs skills.
    Occupation,
}

impl ConceptKind {
    /// True for what a person can claim and a text can name: skills and knowledge.
    #[must_use]
    pub const fn is_skill(self) -> bool {
        matches!(self, Self::Skill | Self::Knowledge)
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A skill that an occupation needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct NeededSkill {
    /// URI of the skill; shared, since occupations name the same skills again and again.
    #[serde(serialize_with = "serialize_shared", deserialize_with = "deserialize_shared")]
    #[cfg_attr(feature = "typescript", ts(as = "String"))]
    pub concept: Arc<str>,
    /// Needed by all who work in the occupation, not only by some.
    pub essential: bool,
}

fn serialize_shared<S: Serializer>(uri: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(uri)
}

fn deserialize_shared<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(from).map(Arc::from)
}

/// One competence, or an occupation or heading beside competences.
///
/// ```
/// use osuma::{Concept, Label, LabelKind, Language};
/// let label = Label { text: "welding".into(), language: Language::En, kind: LabelKind::Preferred };
/// let concept = Concept { uri: "my:welding".into(), labels: vec![label], ..Concept::default() };
/// assert_eq!(concept.label(Language::Fi), "welding");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Unique in the taxonomy.
    pub uri: String,
    /// Skill, knowledge, group or occupation; only the first two are claimed, recognised and linked.
    #[serde(default, skip_serializing_if = "ConceptKind::is_default")]
    pub kind: ConceptKind,
    /// Its names.
    pub labels: Vec<Label>,
    /// What it means, in some sentences, per language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub description: BTreeMap<Language, String>,
    /// URIs of the concepts that it is a kind of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broader: Vec<String>,
    /// URIs of the concepts that help with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// The skills that it needs, where it is an occupation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<NeededSkill>,
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
    /// How texts about its concepts become vectors.
    map: Option<SubwordMap>,
    /// Part of a larger one, so that a concept that is not here is no mistake.
    pruned: bool,
    /// The concepts' vectors by that map, made when they are first asked for.
    meanings: Arc<OnceLock<Meanings>>,
    /// Those that came with the compiled form, and the digest of the map that gives them.
    stored: Option<(u64, Arc<OnceLock<Meanings>>)>,
}

#[derive(Debug)]
struct Inner {
    concepts: Vec<Concept>,
    /// The concepts' numbers by ascending URI.
    by_uri: Vec<u32>,
    /// Per concept as a requirement: the concepts that meet it, with the degree.
    met_by: Edges,
    /// The same per concept as a claim.
    meets: Edges,
    phrases: Phrases,
    /// Made when it is first asked.
    linker: OnceLock<Linker>,
    digest: OnceLock<String>,
}

impl Taxonomy {
    /// Builds a taxonomy. Cost: linear in labels, plus the neighbourhood of each concept; seconds for ESCO.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an empty or repeated URI, a reference to a concept that is not
    /// there, and a concept that is broader than itself; the pointer begins with the concept's number.
    pub fn new(concepts: Vec<Concept>) -> Result<Self> {
        let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(concepts.len());
        for (i, c) in concepts.iter().enumerate() {
            if c.uri.trim().is_empty() {
                return Err(Error::invalid(format!("/{i}/uri"), "is empty; give every concept a URI of its own"));
            }
            if numbers.insert(&c.uri, i as u32).is_some() {
                return Err(Error::invalid(format!("/{i}/uri"), format!("concept \"{}\" is given twice", c.uri)));
            }
        }
        let resolve = |i: usize, (list, j, field): (&str, usize, &str), uri: &str| -> Result<u32> {
            let fault = |message: String| Error::invalid(format!("/{i}/{list}/{j}{field}"), message);
            let to = *numbers.get(uri).ok_or_else(|| fault(format!("unknown concept \"{uri}\"")))?;
            if to as usize == i { Err(fault(format!("concept \"{uri}\" names itself"))) } else { Ok(to) }
        };
        let each = |name: &str, of: fn(&Concept) -> &Vec<String>| -> Result<Vec<Vec<u32>>> {
            let list = |(i, c)| of(c).iter().enumerate().map(|(j, uri)| resolve(i, (name, j, ""), uri)).collect();
            concepts.iter().enumerate().map(list).collect()
        };
        let broader = each("broader", |c| &c.broader)?;
        let related = each("related", |c| &c.related)?;
        let mut skills = Vec::with_capacity(concepts.len());
        for (i, c) in concepts.iter().enumerate() {
            let need =
                |(j, s): (usize, &NeededSkill)| Ok((resolve(i, ("skills", j, "/concept"), &s.concept)?, s.essential));
            skills.push(c.skills.iter().enumerate().map(need).collect::<Result<Vec<_>>>()?);
        }
        if let Some(i) = in_a_circle(&broader) {
            let message = format!("concept \"{}\" is broader than itself by way of others", concepts[i].uri);
            return Err(Error::invalid(format!("/{i}/broader"), message));
        }
        let met_by =
            graph::met_by(&Links { concepts: &concepts, broader: &broader, related: &related, skills: &skills });
        let (order, phrases) = (by_uri(&concepts), Phrases::new(&concepts));
        Ok(Self::of(concepts, order, met_by.with_inverse(), phrases))
    }

    fn of(concepts: Vec<Concept>, by_uri: Vec<u32>, (met_by, meets): (Edges, Edges), phrases: Phrases) -> Self {
        let (linker, digest) = (OnceLock::new(), OnceLock::new());
        Self {
            inner: Arc::new(Inner { concepts, by_uri, met_by, meets, phrases, linker, digest }),
            map: None,
            pruned: false,
            meanings: Arc::default(),
            stored: None,
        }
    }

    /// Reads concepts as JSON: an array of [`Concept`] objects, or one object a line.
    ///
    /// ```
    /// use osuma::{Language, Taxonomy};
    /// let json = r#"{"uri": "my:sewing", "labels": [{"text": "ompelu", "language": "fi", "kind": "preferred"}]}"#;
    /// assert_eq!(Taxonomy::from_json(json)?.concept("my:sewing")?.label(Language::Fi), "ompelu");
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is not JSON, an unknown or missing field, and what
    /// [`new`](Self::new) refuses; the pointer begins with the concept's number, from 0.
    pub fn from_json(json: &str) -> Result<Self> {
        if json.trim_start().starts_with('[') {
            return Self::new(crate::json::parse(json)?);
        }
        let lines = json.lines().filter(|l| !l.trim().is_empty()).enumerate();
        Self::new(
            lines.map(|(i, l)| crate::json::parse(l).map_err(|e| e.within(&format!("/{i}")))).collect::<Result<_>>()?,
        )
    }

    /// The starter taxonomy: everyday and trade competences of a mid-size Finnish city in Finnish, Swedish and
    /// English, CC0; with its map from texts to vectors where the feature `starter-map` is on. Compiled into the crate;
    /// built once a process.
    #[cfg(feature = "starter")]
    #[must_use]
    pub fn starter() -> Self {
        static STARTER: std::sync::LazyLock<Taxonomy> = std::sync::LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "compiled in, and read by a test: it cannot fail at run time")]
            starter().expect("the starter taxonomy is well formed")
        });
        STARTER.clone()
    }

    /// The same concepts with another map from texts to vectors, or with none.
    #[must_use]
    pub fn with_map(mut self, map: Option<SubwordMap>) -> Self {
        let digest = |map: &SubwordMap| xxhash_rust::xxh3::xxh3_64(map.bytes());
        let given = self.stored.as_ref().filter(|s| map.as_ref().is_some_and(|map| digest(map) == s.0));
        self.meanings = given.map(|s| s.1.clone()).unwrap_or_default();
        self.map = map;
        self
    }

    pub(crate) fn is_pruned(&self) -> bool {
        self.pruned
    }

    pub(crate) fn mark_pruned(mut self, pruned: bool) -> Self {
        self.pruned = pruned;
        self
    }

    /// The map from texts to vectors, which gives the semantic signal where the caller gives no vectors.
    #[must_use]
    pub fn map(&self) -> Option<&SubwordMap> {
        self.map.as_ref()
    }

    /// A name of the content: two taxonomies with the same concepts and similarities have the same. Cost: that of
    /// [`to_bytes`](Self::to_bytes) the first time, then none.
    #[must_use]
    pub fn digest(&self) -> String {
        let name = || format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&self.to_bytes()));
        self.inner.digest.get_or_init(name).clone()
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
        self.position(uri).map(|i| &self.inner.concepts[i as usize])
    }

    fn position(&self, uri: &str) -> Result<u32> {
        self.number(uri).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "", format!("unknown concept \"{uri}\"; it is not in this taxonomy"))
        })
    }

    /// The concept's place in [`concepts`](Self::concepts).
    pub(crate) fn number(&self, uri: &str) -> Option<u32> {
        let i = &*self.inner;
        let found = i.by_uri.binary_search_by(|&n| i.concepts[n as usize].uri.as_str().cmp(uri));
        found.ok().map(|n| i.by_uri[n])
    }

    /// The claims that meet a requirement, itself included, with the degree; by ascending number.
    pub(crate) fn met_by(&self, requirement: u32) -> &[(u32, f64)] {
        self.inner.met_by.of(requirement)
    }

    /// The requirements that a claim meets, itself included, with the degree; by ascending number.
    pub(crate) fn meets(&self, claim: u32) -> &[(u32, f64)] {
        self.inner.meets.of(claim)
    }

    /// To what degree, 0 to 1, a claim of one concept meets a requirement of another. 1 for the same concept; directed,
    /// since a narrower claim satisfies a broader requirement better than the other way round; else by what the two
    /// have in common in the hierarchy and in the occupations that need them. 0 below a floor.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a URI that is not in the taxonomy.
    pub fn similarity(&self, claim: &str, requirement: &str) -> Result<f64> {
        let (claim, requirement) = (self.position(claim)?, self.position(requirement)?);
        let met_by = self.met_by(requirement);
        Ok(met_by.binary_search_by_key(&claim, |m| m.0).map_or(0.0, |i| met_by[i].1))
    }

    /// The concepts that a text names or means, in the order of their places. `hint` is the text's language where it is
    /// known.
    ///
    /// Named: case forms, consonant gradation, another order of a phrase's words and, in Finnish and Swedish, the last
    /// part of a compound count. Overlapping names are resolved in favour of the longer, then the surer one.
    ///
    /// Meant, where the taxonomy has a [map](Self::with_map): a clause, or a sentence that tells enough, without its
    /// negated parts, is about the concept that is nearest in meaning (*opetan luoksetuloa*: dog care), unless a name
    /// of a close one stands in it. Stories leave the map little to go by: such a mention is right in 5 to 42 of 100,
    /// which is its confidence. They are proposals for a person to confirm; matching does not use them until then, since
    /// a text's meaning counts there already. What is above .5 is more likely right than wrong.
    ///
    /// Cost: linear in the text; for meaning a product of each clause's vector with every concept's. The concepts'
    /// vectors are made at the first call, see [`link`](Self::link).
    #[must_use]
    pub fn recognise(&self, text: &str, hint: Option<Language>) -> Vec<Mention> {
        self.recognise_in(&Analyzer { subwords: None }.analyse(text, hint))
    }

    /// [`recognise`](Self::recognise) in a text that is analysed already.
    pub(crate) fn recognise_in(&self, analysis: &Analysis) -> Vec<Mention> {
        self.recognise_all(analysis).into_iter().map(|f| self.mention(f)).collect()
    }

    pub(crate) fn mention(&self, f: Found) -> Mention {
        Mention {
            start: f.start,
            end: f.end,
            concept: self.inner.concepts[f.concept as usize].uri.clone(),
            confidence: f.confidence,
            negated: f.negated,
        }
    }

    /// [`recognise`](Self::recognise) with numbers of concepts in the place of URIs.
    pub(crate) fn recognise_numbers(&self, analysis: &Analysis) -> Vec<Found> {
        self.inner.phrases.recognise(analysis)
    }
}

/// The concepts' numbers by ascending URI.
fn by_uri(concepts: &[Concept]) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..concepts.len() as u32).collect();
    order::by(&mut numbers, |&a, &b| concepts[a as usize].uri.cmp(&concepts[b as usize].uri));
    numbers
}

/// A concept that is reached from itself by going broader, if there is one.
fn in_a_circle(broader: &[Vec<u32>]) -> Option<usize> {
    // Kahn: what cannot be ordered stands in a circle, or below one.
    let mut waiting: Vec<usize> = broader.iter().map(Vec::len).collect();
    let mut narrower = vec![Vec::new(); broader.len()];
    for (i, up) in broader.iter().enumerate() {
        for &b in up {
            narrower[b as usize].push(i);
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

/// `datasets/taxonomy/*.jsonl` one behind the other, deflated by `build.rs`.
#[cfg(feature = "starter")]
const STARTER_DEFLATED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/starter.deflate"));

#[cfg(feature = "starter")]
fn starter() -> Result<Taxonomy> {
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
    let damaged = |how: String| Error::new(ErrorKind::Damaged, "starter", how);
    let inflated = miniz_oxide::inflate::decompress_to_vec(STARTER_DEFLATED).map_err(|e| damaged(e.to_string()))?;
    let text = String::from_utf8(inflated).map_err(|e| damaged(e.to_string()))?;
    let mut concepts = Vec::new();
    for line in text.lines() {
        let line: Line = crate::json::parse(line)?;
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
            ..Concept::default()
        });
    }
    #[cfg(feature = "starter-map")]
    let map = Some(SubwordMap::from_bytes(&include_bytes!("../../starter.map")[..])?);
    #[cfg(not(feature = "starter-map"))]
    let map = None;
    Ok(Taxonomy::new(concepts)?.with_map(map))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn concept(uri: &str, broader: &[&str], related: &[&str]) -> Concept {
        let owned = |uris: &[&str]| uris.iter().map(ToString::to_string).collect();
        Concept { uri: uri.into(), broader: owned(broader), related: owned(related), ..Concept::default() }
    }

    #[test]
    fn narrower_satisfies_broader_more_than_the_other_way_round() {
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
        assert_eq!((s("bread", "baking"), s("rye-bread", "baking")), (0.9, 0.81));
        assert!(s("baking", "bread") < 0.6 && s("baking", "rye-bread") < s("baking", "bread"));
        assert_eq!((s("hygiene", "bread"), s("bread", "hygiene")), (0.5, 0.5));
        assert_eq!(s("cakes", "bread"), s("bread", "cakes"));
        assert!(s("cakes", "bread") < s("baking", "bread"), "a sibling by way of the broader concept");
        assert_eq!(s("cakes", "hygiene"), 0.0);
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
        let t = starter().unwrap();
        assert!(STARTER_DEFLATED.len() < 200_000, "{} bytes", STARTER_DEFLATED.len());
        for c in t.concepts() {
            for language in Language::ALL {
                assert!(c.labels.iter().any(|l| l.language == language), "{} has no {language:?} label", c.uri);
            }
        }
        assert_eq!(Taxonomy::starter().concept("osuma:cooking").unwrap().label(Language::Sv), "matlagning");
    }

    #[cfg(feature = "starter")]
    #[test]
    fn similar_is_what_a_person_finds_similar() {
        let t = Taxonomy::starter();
        let s = |a: &str, b: &str| t.similarity(&format!("osuma:{a}"), &format!("osuma:{b}")).unwrap();
        // Claim, requirement, and the degree between which bounds.
        for (claim, requirement, low, high) in [
            ("tig-welding", "welding", 0.9, 0.9),
            ("tig-welding", "metalworking", 0.81, 0.81),
            ("welding", "tig-welding", 0.4, 0.6),
            ("tig-welding", "mig-mag-welding", 0.3, 0.5),
            ("metal-turning", "metal-milling", 0.35, 0.5),
            ("python-programming", "java-programming", 0.3, 0.5),
            ("sourdough-baking", "bread-baking", 0.9, 0.9),
            ("food-hygiene", "institutional-cooking", 0.5, 0.5),
            ("retail-and-sales", "car-sales", 0.0, 0.5),
            ("laundry", "family-logistics", 0.0, 0.3),
            ("barista-coffee", "tig-welding", 0.0, 0.0),
            ("bookkeeping", "organ-church-music", 0.0, 0.0),
        ] {
            let degree = s(claim, requirement);
            assert!(degree >= low && degree <= high, "{claim} for {requirement}: {degree}");
        }
        for (a, b) in [("tig-welding", "mig-mag-welding"), ("metal-turning", "metal-milling")] {
            assert_eq!(s(a, b), s(b, a));
        }
        for c in 0..t.concepts().len() as u32 {
            assert!(t.met_by(c).iter().all(|m| m.1 > 0.0 && m.1 <= 1.0) && t.met_by(c).contains(&(c, 1.0)));
        }
    }

    #[test]
    fn occupations_bring_their_skills_together() {
        let mut concepts: Vec<Concept> = (0..4).map(|i| concept(&format!("s{i}"), &[], &[])).collect();
        for o in 0..40 {
            let skills = if o % 4 == 0 { ["s0", "s2"] } else { ["s0", "s1"] };
            let needs = |s: &str| NeededSkill { concept: s.into(), essential: true };
            let skills = skills.map(needs).into();
            let kind = ConceptKind::Occupation;
            concepts.push(Concept { uri: format!("o{o}"), kind, skills, ..Concept::default() });
        }
        let t = Taxonomy::new(concepts).unwrap();
        let s = |a: &str, b: &str| t.similarity(a, b).unwrap();
        assert_eq!((s("s0", "s3"), s("s0", "s2")), (0.0, 0.0), "sharing a quarter of the work is not enough");
        let mut bad = t.concepts().to_vec();
        bad[4].skills[1].concept = "nothing".into();
        assert_eq!(Taxonomy::new(bad).unwrap_err().path(), "/4/skills/1/concept");
    }

    #[test]
    fn json_is_an_array_or_lines() {
        let one = r#"{"uri": "a", "labels": [], "description": {"fi": "Ensimmäinen."}, "kind": "knowledge"}"#;
        let two = r#"{"uri": "b", "labels": [], "broader": ["a"]}"#;
        let (array, lines) = (format!("[{one}, {two}]"), format!("{one}\n\n{two}\n"));
        let t = Taxonomy::from_json(&array).unwrap();
        assert_eq!(t.concepts(), Taxonomy::from_json(&lines).unwrap().concepts());
        assert_eq!(t.concept("a").unwrap().kind, ConceptKind::Knowledge);
        for (bad, path) in [
            (format!("{one}\n{{\"uri\": 1}}"), "/1/uri"),
            ("[{}]".into(), "/0"),
            ("[{".into(), "/0"),
            (r#"{"uri": "a", "labels": [], "colour": 1}"#.into(), "/0/colour"),
        ] {
            let e = Taxonomy::from_json(&bad).unwrap_err();
            assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{bad}");
        }
    }
}
