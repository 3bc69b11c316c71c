//! How good is a ranking, which of two is better, and is it noise: judgements, runs, measures, intervals, tests.
//!
//! A [`Qrels`] holds judged grades, a [`Run`] the scores of a system; both read and write TREC's files.
//! [`evaluate_run`] gives measures per query and their means with bootstrap intervals, [`compare_runs`] the paired
//! difference of two runs. [`evaluate`], [`compare`] and [`tune`] do the same for a [`Matcher`], per
//! language and for candidates in another language only; [`learn`] and [`learn_from_events`] fit weights as a plain file.
//!
//! Promises: ids that are missing on either side are reported and never an error; equal scores go by id; figures are
//! the same to the bit everywhere and, with [`Ties::Trec`], agree with `trec_eval` (and so with Python's
//! `ir_measures`) to 1e-9.
//!
//! ```
//! use osuma::eval::{Options, Qrels, Run, evaluate_run};
//! let qrels = Qrels::parse("bread 0 baker 3\nbread 0 cleaner 0\n")?;
//! let run = Run::parse("bread Q0 cleaner 1 0.9 mine\nbread Q0 baker 2 0.4 mine\n")?;
//! let options = Options { measures: vec!["RR".parse()?, "P@1".parse()?], ..Options::default() };
//! let report = evaluate_run(&run, &qrels, &options)?;
//! assert_eq!(report.scores[0].mean, 0.5);
//! assert_eq!(report.scores[1].mean, 0.0);
//! # Ok::<(), osuma::Error>(())
//! ```

mod compare;
mod learn;
mod matching;
mod measure;
mod tune;

pub use compare::{Difference, Resampling, Verdict, compare_runs};
pub use learn::{Estimate, Evidence, Gained, LearntWeights, Refusal, Source, Weighed, learn, learn_from_events};
pub use matching::{Comparison, Evaluation, compare, evaluate};
pub use measure::{Gain, Measure, Options, QueryReport, Report, Score, Ties, evaluate_run};
pub use tune::{Fold, TuneOptions, Tuned, tune};

use crate::error::{Error, ErrorKind, Result};
use crate::matcher::Matcher;
use std::collections::BTreeMap;
use std::path::Path;

/// Values by query and document.
pub type Table<T> = BTreeMap<String, BTreeMap<String, T>>;

/// Grades beyond this are refused: a gain of 2^grade must stay a number.
const MOST: i32 = 1000;

/// Judged grades: for each query its documents, each with a grade; 0 and below is not relevant.
///
/// ```
/// let mut qrels = osuma::eval::Qrels::default();
/// qrels.insert("bread", "baker", 3)?;
/// assert_eq!(qrels.grade("bread", "baker"), Some(3));
/// assert_eq!(qrels.grade("bread", "nobody"), None);
/// assert_eq!(qrels.to_trec()?, "bread\t0\tbaker\t3\n");
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qrels {
    grades: Table<i32>,
}

impl Qrels {
    /// Reads TREC's form, one judgement a line: query, anything (usually 0), document, grade. Empty lines are skipped.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with the line, for another number of fields, a grade that is not a
    /// whole number of at most 1000 either way, and a document that is judged twice.
    pub fn parse(text: &str) -> Result<Self> {
        let mut qrels = Self::default();
        each_line(text, |fields| {
            let [query, _, document, grade] = fields else {
                return Err(form(fields.len(), 4, "query, 0, document, grade"));
            };
            let grade = grade.parse().map_err(|_| not("grade", grade, "a whole number, such as 0 or 3"))?;
            qrels.insert(query, document, grade)
        })?;
        Ok(qrels)
    }

    /// The grades of a table.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn from_table(table: &Table<i32>) -> Result<Self> {
        let mut qrels = Self::default();
        for (query, document, grade) in flat(table) {
            qrels.insert(query, document, grade)?;
        }
        Ok(qrels)
    }

    /// The grades as a table.
    #[must_use]
    pub fn table(&self) -> &Table<i32> {
        &self.grades
    }

    /// [`parse`](Self::parse) of a file.
    ///
    /// # Errors
    /// As `parse`, and [`Storage`](ErrorKind::Storage) or [`NotFound`](ErrorKind::NotFound) for a file that cannot be
    /// read; the path begins with the file's.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref(), Self::parse)
    }

    /// Adds a judgement.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a document that is judged already, and a grade beyond 1000.
    pub fn insert(&mut self, query: &str, document: &str, grade: i32) -> Result<()> {
        if !(-MOST..=MOST).contains(&grade) {
            return Err(Error::invalid("", format!("grade {grade} is out of range: -{MOST} to {MOST}")));
        }
        match self.grades.entry(query.to_owned()).or_default().insert(document.to_owned(), grade) {
            None => Ok(()),
            Some(_) => {
                Err(Error::invalid("", format!("document \"{document}\" is judged twice for query \"{query}\"")))
            }
        }
    }

    /// The grade of a document for a query, if it was judged.
    #[must_use]
    pub fn grade(&self, query: &str, document: &str) -> Option<i32> {
        self.grades.get(query)?.get(document).copied()
    }

    /// The judged queries, in the order of their ids.
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.grades.keys().map(String::as_str)
    }

    /// The judged documents of a query with their grades, in the order of their ids.
    pub fn of(&self, query: &str) -> impl Iterator<Item = (&str, i32)> {
        self.grades.get(query).into_iter().flatten().map(|(d, &g)| (d.as_str(), g))
    }

    /// Keeps the judgements for which `keep(query, document)` is true, and the queries that have any left.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        retain(&mut self.grades, &mut keep);
    }

    /// TREC's form.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an id that is empty or has white space, which the form has no
    /// place for.
    pub fn to_trec(&self) -> Result<String> {
        let mut text = String::new();
        for (query, document, grade) in flat(&self.grades) {
            text.push_str(&format!("{}\t0\t{}\t{grade}\n", word(query)?, word(document)?));
        }
        Ok(text)
    }
}

/// The scores that a system gave to documents, by query; more is better.
///
/// ```
/// use osuma::eval::{Run, Ties};
/// let run = Run::parse("q Q0 b 1 0.5 x\nq Q0 a 2 0.5 x\nq Q0 c 3 0.7 x\n")?;
/// assert_eq!(run.ranked("q", Ties::Id), ["c", "a", "b"]);
/// assert_eq!(run.ranked("q", Ties::Trec), ["c", "b", "a"]);
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    scores: Table<f64>,
}

impl Run {
    /// Reads TREC's form, one document a line: query, `Q0`, document, rank, score, name of the run. As in `trec_eval`,
    /// scores decide and ranks are not looked at. Empty lines are skipped.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with the line, for another number of fields, a score that is not a
    /// finite number, and a document that is ranked twice.
    pub fn parse(text: &str) -> Result<Self> {
        let mut run = Self::default();
        each_line(text, |fields| {
            let [query, _, document, _, score, _] = fields else {
                return Err(form(fields.len(), 6, "query, Q0, document, rank, score, name"));
            };
            let score = score.parse().map_err(|_| not("score", score, "a number, such as 0.71"))?;
            run.insert(query, document, score)
        })?;
        Ok(run)
    }

    /// The scores of a table.
    ///
    /// # Errors
    /// As [`insert`](Self::insert).
    pub fn from_table(table: &Table<f64>) -> Result<Self> {
        let mut run = Self::default();
        for (query, document, score) in flat(table) {
            run.insert(query, document, score)?;
        }
        Ok(run)
    }

    /// [`parse`](Self::parse) of a file.
    ///
    /// # Errors
    /// As [`Qrels::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        read(path.as_ref(), Self::parse)
    }

    /// What a matcher answers: the `k` best profiles for each challenge. Those without a score, which come last in a
    /// ranking, get -1. Challenges that the snapshot does not hold are left out. Cost: one ranking a challenge.
    ///
    /// # Errors
    /// As [`Matcher::profiles_for`], but for an id that is not there.
    pub fn of_matcher<'a>(matcher: &Matcher, challenges: impl IntoIterator<Item = &'a str>, k: usize) -> Result<Self> {
        let mut run = Self::default();
        for challenge in challenges {
            let ranking = match matcher.profiles_for(challenge, k) {
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                ranking => ranking?,
            };
            let scores = ranking.matches.into_iter().map(|m| (m.profile, m.score.unwrap_or(-1.0)));
            run.scores.insert(challenge.to_owned(), scores.collect());
        }
        Ok(run)
    }

    /// Adds a scored document.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a document that is there already, and a score that is not finite.
    pub fn insert(&mut self, query: &str, document: &str, score: f64) -> Result<()> {
        if !score.is_finite() {
            return Err(not("score", &score.to_string(), "a finite number"));
        }
        match self.scores.entry(query.to_owned()).or_default().insert(document.to_owned(), score) {
            None => Ok(()),
            Some(_) => {
                Err(Error::invalid("", format!("document \"{document}\" is ranked twice for query \"{query}\"")))
            }
        }
    }

    /// The queries, in the order of their ids.
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.scores.keys().map(String::as_str)
    }

    /// The documents of a query, best first.
    #[must_use]
    pub fn ranked(&self, query: &str, ties: Ties) -> Vec<&str> {
        let mut all: Vec<(&str, f64)> =
            self.scores.get(query).into_iter().flatten().map(|(d, &s)| (d.as_str(), s)).collect();
        if ties == Ties::Trec {
            all.reverse();
        }
        // A stable sort keeps ties in their order; -0 and 0 are equal.
        all.sort_by(|a, b| (b.1 + 0.0).total_cmp(&(a.1 + 0.0)));
        all.into_iter().map(|(d, _)| d).collect()
    }

    /// Keeps the documents for which `keep(query, document)` is true, and the queries that have any left.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        retain(&mut self.scores, &mut keep);
    }

    /// TREC's form, best first, equal scores by id; scores are written so that they read back the same.
    ///
    /// # Errors
    /// As [`Qrels::to_trec`], for the name too.
    pub fn to_trec(&self, name: &str) -> Result<String> {
        let (mut text, name) = (String::new(), word(name)?);
        for (query, scores) in &self.scores {
            for (rank, document) in (1..).zip(self.ranked(query, Ties::Id)) {
                let score = scores[document];
                text.push_str(&format!("{}\tQ0\t{}\t{rank}\t{score}\t{name}\n", word(query)?, word(document)?));
            }
        }
        Ok(text)
    }
}

fn each_line(text: &str, mut take: impl FnMut(&[&str]) -> Result<()>) -> Result<()> {
    for (n, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()).filter(|(_, l)| !l.trim().is_empty()) {
        // One more than the longest form, so that a line of a million fields costs nothing.
        let fields: Vec<&str> = line.split_whitespace().take(7).collect();
        take(&fields).map_err(|e| e.within(&format!("line {n}")))?;
    }
    Ok(())
}

fn form(has: usize, wants: usize, names: &str) -> Error {
    let has = if has == 7 { "7 or more".to_owned() } else { has.to_string() };
    Error::invalid("", format!("the line has {has} fields instead of {wants}: {names}"))
}

fn not(what: &str, value: &str, right: &str) -> Error {
    let value: String = value.chars().take(40).collect();
    Error::invalid("", format!("{what} \"{value}\" is not {right}"))
}

fn word(id: &str) -> Result<&str> {
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(not("id", id, "one word without white space, as the file's form needs"));
    }
    Ok(id)
}

fn read<T>(path: &Path, parse: impl Fn(&str) -> Result<T>) -> Result<T> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| {
        let missing = e.kind() == std::io::ErrorKind::NotFound;
        Error::new(if missing { ErrorKind::NotFound } else { ErrorKind::Storage }, &shown, format!("cannot read: {e}"))
    })?;
    parse(&text).map_err(|e| e.within(&format!("{shown}, ")))
}

fn retain<T>(all: &mut BTreeMap<String, BTreeMap<String, T>>, keep: &mut impl FnMut(&str, &str) -> bool) {
    all.retain(|query, documents| {
        documents.retain(|document, _| keep(query, document));
        !documents.is_empty()
    });
}

fn flat<T: Copy>(all: &BTreeMap<String, BTreeMap<String, T>>) -> impl Iterator<Item = (&str, &str, T)> {
    all.iter().flat_map(|(query, documents)| documents.iter().map(|(d, &v)| (query.as_str(), d.as_str(), v)))
}
