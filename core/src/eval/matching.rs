//! The same over matchers: profiles ranked for each judged challenge, in all languages, per language and across.

use super::compare::{Difference, differences};
use super::measure::{Measure, Options, Report, evaluate_run};
use super::{Qrels, Run};
use crate::error::Result;
use crate::matcher::Matcher;
use crate::model::{Language, Side};
use crate::snapshot::Snapshot;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The figures of a matcher.
///
/// In the two parts by language, only candidates in the same, or another, language than the challenge's are ranked and
/// count as relevant; challenges for which no such candidate is relevant are left out. A document's language is what it
/// says, else what its text is recognised as; without one it stands in neither part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Every challenge, every candidate.
    pub all: Report,
    /// By the language of the challenge, every candidate.
    pub by_language: BTreeMap<Language, Report>,
    /// Only candidates in the challenge's language; `None` if no challenge has a relevant one.
    pub same_language: Option<Report>,
    /// Only candidates in another language.
    pub cross_language: Option<Report>,
}

impl Evaluation {
    /// How well candidates in other languages are ranked beside those in the same one: the ratio of the means of a
    /// measure, over the challenges that have relevant candidates of both kinds. `None` without such a challenge, or
    /// if the same-language mean is 0. The two candidate sets differ in size, so that 1 is not exactly par.
    #[must_use]
    pub fn language_ratio(&self, measure: Measure) -> Option<f64> {
        let (same, cross) = (self.same_language.as_ref()?, self.cross_language.as_ref()?);
        let place = same.scores.iter().position(|s| s.measure == measure)?;
        let cross: HashMap<&str, f64> = cross.queries.iter().map(|q| (q.query.as_str(), q.values[place])).collect();
        let (mut of_same, mut of_cross) = (0.0, 0.0);
        for q in &same.queries {
            if let Some(value) = cross.get(q.query.as_str()) {
                of_same += q.values[place];
                of_cross += value;
            }
        }
        (of_same > 0.0).then(|| of_cross / of_same)
    }
}

/// Which of two matchers is better, in the parts of an [`Evaluation`]; one difference a measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Every challenge, every candidate.
    pub all: Vec<Difference>,
    /// By the language of the challenge.
    pub by_language: BTreeMap<Language, Vec<Difference>>,
    /// Only candidates in the challenge's language; empty if no challenge has a relevant one.
    pub same_language: Vec<Difference>,
    /// Only candidates in another language; empty if no challenge has a relevant one.
    pub cross_language: Vec<Difference>,
}

/// The languages of a snapshot's documents, by id.
struct Languages {
    profiles: HashMap<String, Language>,
    challenges: HashMap<String, Language>,
}

impl Languages {
    fn of(snapshot: &Snapshot) -> Self {
        let side = |side| {
            let language = |id: &str| Some((id.to_owned(), snapshot.language(side, id).ok().flatten()?));
            snapshot.ids(side).filter_map(language).collect()
        };
        Self { profiles: side(Side::Profiles), challenges: side(Side::Challenges) }
    }

    /// Whether the two are in one language, where both have one.
    fn same(&self, challenge: &str, profile: &str) -> Option<bool> {
        Some(self.challenges.get(challenge)? == self.profiles.get(profile)?)
    }
}

fn run_of(matcher: &Matcher, qrels: &Qrels) -> Result<Run> {
    let everybody = matcher.snapshot().count(Side::Profiles).max(1);
    Run::of_matcher(matcher, qrels.queries(), everybody)
}

/// The report over one part of the pairs, if anything in it is relevant.
fn part(run: &Run, qrels: &Qrels, options: &Options, keep: impl Fn(&str, &str) -> bool) -> Result<Option<Report>> {
    let (mut run, mut qrels) = (run.clone(), qrels.clone());
    qrels.retain(&keep);
    if !qrels.queries().any(|q| qrels.of(q).any(|(_, grade)| grade > 0)) {
        return Ok(None);
    }
    run.retain(&keep);
    let options = Options { skip_without_relevant: true, ..options.clone() };
    evaluate_run(&run, &qrels, &options).map(Some)
}

fn evaluation(run: &Run, qrels: &Qrels, options: &Options, languages: &Languages) -> Result<Evaluation> {
    let all = evaluate_run(run, qrels, options)?;
    let mut by_language = BTreeMap::new();
    for language in Language::ALL {
        let ours = |challenge: &str, _: &str| languages.challenges.get(challenge) == Some(&language);
        if let Some(report) = part(run, qrels, options, ours)? {
            by_language.insert(language, report);
        }
    }
    let same_language = part(run, qrels, options, |c, p| languages.same(c, p) == Some(true))?;
    let cross_language = part(run, qrels, options, |c, p| languages.same(c, p) == Some(false))?;
    Ok(Evaluation { all, by_language, same_language, cross_language })
}

/// How well a matcher ranks all its profiles for each judged challenge. Cost: one ranking a challenge, and three
/// reports as [`evaluate_run`] makes.
///
/// ```
/// use osuma::eval::{Options, Qrels, evaluate};
/// use osuma::{MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json_all};
/// let profiles = from_json_all(r#"[{"id": "baker", "text": "I bake bread."}, {"id": "p", "text": "I paint houses."}]"#)?;
/// let challenges = from_json_all(r#"[{"id": "c", "title": "Bread", "text": "Who bakes the bread?"}]"#)?;
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
/// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
/// let qrels = Qrels::parse("c 0 baker 3\nc 0 p 0\n")?;
/// let answer = evaluate(&matcher, &qrels, &Options::default())?;
/// assert_eq!(answer.all.scores[0].mean, 1.0);
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// As [`evaluate_run`] and [`Matcher::profiles_for`]; but challenges and profiles that the snapshot does not hold are
/// reported as missing.
pub fn evaluate(matcher: &Matcher, qrels: &Qrels, options: &Options) -> Result<Evaluation> {
    evaluation(&run_of(matcher, qrels)?, qrels, options, &Languages::of(matcher.snapshot()))
}

/// Which of two matchers is better, and whether it is noise. They may stand over different snapshots (of other settings,
/// say); languages are those of the first one's documents. Cost: as [`evaluate`], twice.
///
/// ```
/// use osuma::eval::{Options, Qrels, Verdict, compare};
/// use osuma::{MatchConfig, Matcher, Settings, Signal, Snapshot, Taxonomy, from_json_all};
/// let profiles = from_json_all(r#"[{"id": "baker", "text": "I bake bread."}, {"id": "p", "text": "I paint houses."}]"#)?;
/// let challenges = from_json_all(r#"[{"id": "c", "title": "Bread", "text": "Who bakes the bread?"}]"#)?;
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
/// let a = Matcher::new(snapshot.clone(), MatchConfig::default())?;
/// let b = Matcher::new(snapshot, MatchConfig::default().weight(Signal::Skills, 0.0))?;
/// let answer = compare(&a, &b, &Qrels::parse("c 0 baker 3\n")?, &Options::default())?;
/// assert_eq!(answer.all[0].verdict, Verdict::Noise, "one challenge tells nothing");
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// As [`evaluate`].
pub fn compare(a: &Matcher, b: &Matcher, qrels: &Qrels, options: &Options) -> Result<Comparison> {
    let languages = Languages::of(a.snapshot());
    let of = |matcher| evaluation(&run_of(matcher, qrels)?, qrels, options, &languages);
    let (a, b) = (of(a)?, of(b)?);
    let parts = |a: &Option<Report>, b: &Option<Report>| match (a, b) {
        (Some(a), Some(b)) => differences(a, b, options),
        _ => Vec::new(),
    };
    Ok(Comparison {
        all: differences(&a.all, &b.all, options),
        by_language: (a.by_language.iter())
            .filter_map(|(l, of_a)| Some((*l, differences(of_a, b.by_language.get(l)?, options))))
            .collect(),
        same_language: parts(&a.same_language, &b.same_language),
        cross_language: parts(&a.cross_language, &b.cross_language),
    })
}
