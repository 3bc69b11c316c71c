//! The documents: [`Profile`] and [`Challenge`] with their parts, as plain data that is also the wire format.
//!
//! Promises: a minimal profile is `{"id","text"}`, a minimal challenge `{"id","title","text"}`; unknown fields and
//! values are errors that name them; `extra` is kept and returned untouched. There is no place for a name, age,
//! gender, nationality or health: what is not in the types cannot enter a score.
//!
//! JSON is versioned by the optional field `schema`; its absence means [`SCHEMA`].

use crate::error::{Error, Result};
use crate::json::parse;
use jiff::civil::Date;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

/// The version of the JSON documents that this crate reads and writes.
pub const SCHEMA: u32 = 1;

/// The longest text of one document that is accepted, in bytes.
pub const MAX_TEXT: usize = 16 << 20;

/// A language whose texts osuma analyses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Finnish.
    Fi,
    /// Swedish.
    Sv,
    /// English.
    En,
}

impl Language {
    /// All supported languages, in the order of their bits.
    pub const ALL: [Self; 3] = [Self::Fi, Self::Sv, Self::En];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fi => "fi",
            Self::Sv => "sv",
            Self::En => "en",
        }
    }

    /// The language of an ISO 639-1 code, if it is supported.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }
}

/// Where a claim or requirement stands between a machine's proposal and a person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Written by the person or organisation.
    #[default]
    Stated,
    /// Proposed by osuma from a text.
    Recognised,
    /// Confirmed by a person.
    Confirmed,
    /// Rejected by a person: never counts, even if the text names it.
    Rejected,
}

/// How much a requirement matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// Welcome, but the problem is solved without it.
    Nice,
    /// Wanted.
    #[default]
    Should,
    /// The problem cannot be solved without it.
    Must,
}

/// How a person comes to work on a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A team of a Future Workshop solves the problem.
    Workshop,
    /// Cooperative activity.
    CooperativeActivity,
    /// Work trial.
    WorkTrial,
    /// Employment with pay subsidy.
    PaySubsidy,
    /// A commission.
    Commission,
    /// Employment.
    Employment,
}

/// A level of the Common European Framework of Reference for Languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the six levels are their own documentation")]
pub enum Cefr {
    A1 = 1,
    A2,
    B1,
    B2,
    C1,
    C2,
}

/// One competence that a person has, wants to confirm, or says is not theirs. Names a taxonomy `concept` or a free
/// `label`, exactly one of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SkillClaim {
    /// URI of a concept of the taxonomy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// A competence in free words; linked to a concept where its words are a concept's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// 1 (beginner) to 5 (expert).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Where it was learnt or shown, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Who says so.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Status>", optional))]
    pub status: Status,
    /// For a recognised claim: the recogniser's confidence, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// One competence that a challenge needs. Names a `concept` or a free `label`, exactly one of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// URI of a concept of the taxonomy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// A competence in free words; linked to a concept where its words are a concept's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How much it matters.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Importance>", optional))]
    pub importance: Importance,
    /// 1 (beginner) to 5 (expert).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Who says so.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Status>", optional))]
    pub status: Status,
    /// For a recognised requirement: the recogniser's confidence, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// What a person would like to do, or would rather not. Names a `concept` or a free `label`, exactly one of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// URI of a concept of the taxonomy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// A wish in free words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// True for what the person would rather not do.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub avoid: bool,
}

/// A language that a person knows, or that a challenge needs at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LanguageSkill {
    /// ISO 639-1 code, such as `fi` or `ar`.
    pub language: String,
    /// CEFR level.
    pub level: Cefr,
}

/// Where a person or a challenge is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// A municipality or another place name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Degrees north, -90 to 90; given together with `longitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180; given together with `latitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// For a profile: how far the person travels, in kilometres; 30 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_km: Option<f64>,
    /// For a profile: remote work suits. For a challenge: it can be done remotely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<bool>,
}

/// When: a person's availability, or a challenge's period. Both dates are included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// First day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "day")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub from: Option<Date>,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "day")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub until: Option<Date>,
    /// Hours a week, above 0, at most 168.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours_per_week: Option<f64>,
}

/// A day as `YYYY-MM-DD` and nothing else. (jiff's own reader takes more forms, and weighs 20 KB in the browser.)
mod day {
    use jiff::civil::Date;
    use serde::de::{Error, Visitor};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(d) => to.collect_str(&format_args!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day())),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        Ok(Option::<Day>::deserialize(from)?.map(|day| day.0))
    }

    struct Day(Date);

    impl<'de> Deserialize<'de> for Day {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_str(InText)
        }
    }

    /// A visitor, so that an error has the place of the text.
    struct InText;

    impl Visitor<'_> for InText {
        type Value = Day;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("a day as YYYY-MM-DD")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
            let wrong = || E::custom(format_args!("\"{text}\" is no day; use YYYY-MM-DD, such as 2027-01-31"));
            parse(text).map(Day).ok_or_else(wrong)
        }
    }

    fn parse(text: &str) -> Option<Date> {
        let form = |(i, b): (usize, u8)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
        if text.len() != 10 || !text.bytes().enumerate().all(form) {
            return None;
        }
        Date::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?).ok()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn days() {
            for day in ["0001-01-01", "2024-02-29", "2027-12-31", "9999-12-31"] {
                assert_eq!(super::parse(day).map(|d| d.to_string()).as_deref(), Some(day));
            }
            let wrong = [
                "",
                "2027",
                "2027-2-03",
                "2027-02-30",
                "2026-02-29",
                "2027-13-01",
                "2027-00-10",
                "20270203",
                "+027-02-03",
                "2027-02-03T10:00",
                " 2027-02-03",
                "2027/02/03",
                "2027-02-0ä",
                "２027-02-3",
                "-001-01-01",
            ];
            for day in wrong {
                assert_eq!(super::parse(day), None, "{day}");
            }
        }
    }
}

/// What a text means, as vectors of the caller's own encoder. All documents of a pool have vectors of one model, or
/// none; `f32`, or whole numbers where the encoder gives int8.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Vectors {
    /// The encoder's name; vectors of two models are never compared.
    pub model: String,
    /// The whole text's vector, not centred; 1 to 4096 finite numbers, not all 0.
    pub document: Vec<f32>,
    /// Those of its sentences or paragraphs, where they were encoded one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Vec<f32>>,
}

/// Data of the caller, kept and returned untouched.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// What one person knows how to do.
///
/// ```
/// let p: osuma::Profile = serde_json::from_str(r#"{"id": "p1", "text": "I repair bicycles."}"#)?;
/// assert!(p.skills.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Version of the document's form; absent means [`SCHEMA`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<u32>,
    /// Unique among the pool's profiles, 1 to 512 bytes.
    pub id: String,
    /// The text's language, where the caller knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The person's own words.
    pub text: String,
    /// Competences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<SkillClaim>,
    /// Wishes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<Wish>,
    /// Languages; empty means not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageSkill>,
    /// Where the person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When the person is available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// Routes that the person accepts; empty means not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// What the text means, as vectors of the caller's encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
    /// The caller's own data.
    #[serde(default, skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

/// An organisation's problem.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Version of the document's form; absent means [`SCHEMA`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<u32>,
    /// Unique among the pool's challenges, 1 to 512 bytes.
    pub id: String,
    /// The text's language, where the caller knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What the problem is called.
    pub title: String,
    /// The problem in the organisation's own words.
    pub text: String,
    /// Competences that are needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
    /// Languages that are needed, each at least at its level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageSkill>,
    /// Where it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Availability>,
    /// How many people work on it together, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_size: Option<u32>,
    /// How many teams (or people, where the team is one) can do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// How a person comes to work on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// URIs of the concepts that it teaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teaches: Vec<String>,
    /// What the text means, as vectors of the caller's encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
    /// The caller's own data.
    #[serde(default, skip_serializing_if = "Extra::is_empty")]
    pub extra: Extra,
}

/// One side of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The people.
    Profiles,
    /// The organisations' problems.
    Challenges,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Profiles => Self::Challenges,
            Self::Challenges => Self::Profiles,
        }
    }

    /// `profiles` or `challenges`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Challenges => "challenges",
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Profile {}
    impl Sealed for super::Challenge {}
}

/// What [`Profile`] and [`Challenge`] have in common.
pub trait Document: sealed::Sealed + Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The side of the pool it stands on.
    const SIDE: Side;
    /// Its vectors, if it has any.
    fn vectors(&self) -> Option<&Vectors>;
    /// The place of its vectors.
    fn vectors_mut(&mut self) -> &mut Option<Vectors>;
    /// Drops its vectors.
    fn without_vectors(&mut self) {
        *self.vectors_mut() = None;
    }
    /// Its id.
    fn id(&self) -> &str;
    /// Checks everything that can be checked without a taxonomy.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with a JSON pointer to the first fault.
    fn validate(&self) -> Result<()>;
}

impl Document for Profile {
    const SIDE: Side = Side::Profiles;
    fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }
    fn vectors_mut(&mut self) -> &mut Option<Vectors> {
        &mut self.vectors
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn validate(&self) -> Result<()> {
        check_head(self.schema, &self.id)?;
        check_text("/text", &self.text)?;
        for (i, s) in self.skills.iter().enumerate() {
            check_named(&format!("/skills/{i}"), s.concept.as_ref(), s.label.as_ref(), s.level, s.confidence)?;
        }
        for (i, w) in self.wishes.iter().enumerate() {
            check_named(&format!("/wishes/{i}"), w.concept.as_ref(), w.label.as_ref(), None, None)?;
        }
        check_languages(&self.languages)?;
        check_place(self.place.as_ref())?;
        check_period("/availability", self.availability.as_ref())?;
        check_vectors(self.vectors.as_ref())
    }
}

impl Document for Challenge {
    const SIDE: Side = Side::Challenges;
    fn vectors(&self) -> Option<&Vectors> {
        self.vectors.as_ref()
    }
    fn vectors_mut(&mut self) -> &mut Option<Vectors> {
        &mut self.vectors
    }
    fn id(&self) -> &str {
        &self.id
    }
    fn validate(&self) -> Result<()> {
        check_head(self.schema, &self.id)?;
        check_text("/title", &self.title)?;
        check_text("/text", &self.text)?;
        for (i, r) in self.requirements.iter().enumerate() {
            check_named(&format!("/requirements/{i}"), r.concept.as_ref(), r.label.as_ref(), r.level, r.confidence)?;
        }
        check_languages(&self.languages)?;
        check_place(self.place.as_ref())?;
        check_period("/period", self.period.as_ref())?;
        check_vectors(self.vectors.as_ref())?;
        for (name, value) in [("/team_size", self.team_size), ("/capacity", self.capacity)] {
            if let Some(n) = value
                && !(1..=100_000).contains(&n)
            {
                return Err(Error::invalid(name, format!("{n} is out of range: 1 to 100000")));
            }
        }
        Ok(())
    }
}

fn check_head(schema: Option<u32>, id: &str) -> Result<()> {
    if let Some(v) = schema
        && v != SCHEMA
    {
        return Err(Error::new(
            crate::ErrorKind::Version,
            "/schema",
            format!("schema {v} is not known; this version of osuma reads schema {SCHEMA}"),
        ));
    }
    if id.trim().is_empty() {
        return Err(Error::invalid("/id", "the id is empty; give every document an id of its own"));
    }
    if id.len() > 512 {
        return Err(Error::invalid("/id", format!("the id has {} bytes; at most 512", id.len())));
    }
    Ok(())
}

fn check_text(path: &str, text: &str) -> Result<()> {
    if text.len() > MAX_TEXT {
        return Err(Error::invalid(path, format!("the text has {} bytes; at most {MAX_TEXT}", text.len())));
    }
    Ok(())
}

fn check_named(
    path: &str,
    concept: Option<&String>,
    label: Option<&String>,
    level: Option<u8>,
    confidence: Option<f64>,
) -> Result<()> {
    match (concept, label) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid(path, "has both a concept and a label; give one of them"));
        }
        (None, None) => {
            return Err(Error::invalid(path, "has neither a concept nor a label; give one of them"));
        }
        (Some(s), None) if s.trim().is_empty() => {
            return Err(Error::invalid(format!("{path}/concept"), "is empty; give the URI of a concept"));
        }
        (None, Some(s)) if s.trim().is_empty() => {
            return Err(Error::invalid(format!("{path}/label"), "is empty; give a few words"));
        }
        _ => {}
    }
    if let Some(l) = level
        && !(1..=5).contains(&l)
    {
        return Err(Error::invalid(format!("{path}/level"), format!("level {l} is out of range: 1 to 5")));
    }
    if let Some(c) = confidence
        && !(0.0..=1.0).contains(&c)
    {
        return Err(Error::invalid(format!("{path}/confidence"), format!("confidence {c} is out of range: 0 to 1")));
    }
    Ok(())
}

fn check_languages(languages: &[LanguageSkill]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (i, l) in languages.iter().enumerate() {
        let path = format!("/languages/{i}/language");
        if !ISO_639_1.split(' ').any(|code| code == l.language) {
            return Err(Error::invalid(
                path,
                format!("unknown language code \"{}\"; use ISO 639-1, such as fi, sv, en, ar", l.language),
            ));
        }
        if !seen.insert(&l.language) {
            return Err(Error::invalid(path, format!("language \"{}\" is given twice", l.language)));
        }
    }
    Ok(())
}

fn check_place(place: Option<&Place>) -> Result<()> {
    let Some(p) = place else { return Ok(()) };
    for (name, value, limit) in [("latitude", p.latitude, 90.0), ("longitude", p.longitude, 180.0)] {
        if let Some(v) = value
            && !(-limit..=limit).contains(&v)
        {
            return Err(Error::invalid(format!("/place/{name}"), format!("{v} is out of range: -{limit} to {limit}")));
        }
    }
    if p.latitude.is_some() != p.longitude.is_some() {
        return Err(Error::invalid("/place", "give latitude and longitude together"));
    }
    if let Some(r) = p.radius_km
        && !(0.0..=20_100.0).contains(&r)
    {
        return Err(Error::invalid("/place/radius_km", format!("{r} is out of range: 0 to 20100 km")));
    }
    Ok(())
}

fn check_period(path: &str, period: Option<&Availability>) -> Result<()> {
    let Some(p) = period else { return Ok(()) };
    if let (Some(from), Some(until)) = (p.from, p.until)
        && until < from
    {
        return Err(Error::invalid(path, format!("ends on {until}, before it begins on {from}")));
    }
    if let Some(h) = p.hours_per_week
        && !(h > 0.0 && h <= 168.0)
    {
        let message = format!("{h} is out of range: above 0, at most 168");
        return Err(Error::invalid(format!("{path}/hours_per_week"), message));
    }
    Ok(())
}

fn check_vectors(vectors: Option<&Vectors>) -> Result<()> {
    let Some(v) = vectors else { return Ok(()) };
    if v.model.trim().is_empty() {
        return Err(Error::invalid("/vectors/model", "is empty; name the encoder, so that two never mix"));
    }
    let dimensions = v.document.len();
    let all = std::iter::once(("/vectors/document".to_owned(), &v.document));
    for (path, vector) in all.chain(v.parts.iter().enumerate().map(|(i, p)| (format!("/vectors/parts/{i}"), p))) {
        if vector.len() != dimensions || !(1..=4096).contains(&dimensions) {
            let message =
                format!("has {} numbers; 1 to 4096, and as many as the document's {dimensions}", vector.len());
            return Err(Error::invalid(path, message));
        }
        if let Some(i) = vector.iter().position(|x| !x.is_finite()) {
            // Written as f64, as all other numbers are: a browser's module need not write f32 too.
            let number = f64::from(vector[i]);
            return Err(Error::invalid(format!("{path}/{i}"), format!("{number} is not a finite number")));
        }
        if vector.iter().all(|&x| x == 0.0) {
            return Err(Error::invalid(path, "all its numbers are 0; leave out what was not encoded"));
        }
    }
    Ok(())
}

/// Reads one document from JSON and validates it.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) with a JSON pointer to the fault.
///
/// ```
/// let e = osuma::from_json::<osuma::Profile>(r#"{"id": "p1", "text": "x", "ago": 3}"#).unwrap_err();
/// assert!(e.to_string().contains("unknown field `ago`"));
/// ```
pub fn from_json<D: Document>(json: &str) -> Result<D> {
    let doc: D = parse(json)?;
    doc.validate()?;
    Ok(doc)
}

/// Reads a JSON array of documents, or JSON Lines (one document a line, empty lines skipped), and validates each.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput): the pointer begins with the document's number from 0 (`/17/level`);
/// for JSON Lines the message names the line.
pub fn from_json_all<D: Document>(json: &str) -> Result<Vec<D>> {
    if json.trim_start().starts_with('[') {
        let docs: Vec<D> = parse(json)?;
        for (i, d) in docs.iter().enumerate() {
            d.validate().map_err(|e| e.within(&format!("/{i}")))?;
        }
        return Ok(docs);
    }
    let mut docs = Vec::new();
    for (n, line) in json.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let doc = from_json(line).map_err(|e| {
            let e = e.within(&format!("/{}", docs.len()));
            Error::new(e.kind(), e.path(), format!("line {}: {}", n + 1, e.message()))
        })?;
        docs.push(doc);
    }
    Ok(docs)
}

/// Gives each document the vector that stands beside it: `numbers` holds `width` of each document's, one after another,
/// and `model` is the encoder's name.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another number of vectors than of documents, and for a document
/// that has vectors already.
///
/// ```
/// let mut docs = vec![osuma::from_json::<osuma::Profile>(r#"{"id": "p1", "text": "I bake."}"#)?];
/// osuma::attach_vectors(&mut docs, "mine", 2, &[0.6, 0.8])?;
/// assert_eq!(docs[0].vectors.as_ref().unwrap().document, [0.6, 0.8]);
/// assert!(osuma::attach_vectors(&mut docs, "mine", 2, &[0.6, 0.8]).is_err());
/// # Ok::<(), osuma::Error>(())
/// ```
pub fn attach_vectors<D: Document>(docs: &mut [D], model: &str, width: usize, numbers: &[f32]) -> Result<()> {
    if width == 0 || numbers.len() != docs.len() * width {
        let message = format!("{} vectors for {} documents", numbers.len() / width.max(1), docs.len());
        return Err(Error::invalid("/vectors", message));
    }
    for (i, (doc, vector)) in docs.iter_mut().zip(numbers.chunks_exact(width)).enumerate() {
        let vectors = Vectors { model: model.to_owned(), document: vector.to_vec(), parts: vec![] };
        if doc.vectors_mut().replace(vectors).is_some() {
            let message = "vectors are given twice, in the document and beside it";
            return Err(Error::invalid(format!("/{i}/vectors"), message));
        }
    }
    Ok(())
}

/// Reads options (of [`Matcher::assemble_team`](crate::Matcher::assemble_team) and the like) from JSON, for hosts that
/// pass them as text.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) with a JSON pointer to the fault.
pub fn options_from_json<T: DeserializeOwned>(json: &str) -> Result<T> {
    parse(json)
}

const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy \
da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io \
is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na \
nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss \
st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";
