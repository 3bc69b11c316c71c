//! Judgements, runs and evaluation; answers cross as JSON.

use crate::{Answer, Fault, Matcher, json};
use osuma::eval::{self, Measure, Options, Resampling, Ties, TuneOptions};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Values by query and document.
type Table<T> = BTreeMap<String, BTreeMap<String, T>>;

/// Where judgements or a run come from: a table, a text or a file, both in TREC's form.
type Source<T> = (Option<Table<T>>, Option<String>, Option<PathBuf>);

#[pyclass(frozen)]
pub(crate) struct Qrels(eval::Qrels);

#[pymethods]
impl Qrels {
    #[new]
    fn new(py: Python, source: Source<i32>) -> Answer<Self> {
        py.detach(|| {
            let mut qrels = match source {
                (_, Some(text), _) => eval::Qrels::parse(&text)?,
                (_, _, Some(path)) => eval::Qrels::read(path)?,
                _ => eval::Qrels::default(),
            };
            for (query, documents) in source.0.iter().flatten() {
                documents.iter().try_for_each(|(d, &g)| qrels.insert(query, d, g))?;
            }
            Ok(Self(qrels))
        })
    }

    fn grades(&self) -> Table<i32> {
        let of = |q: &str| (q.to_owned(), self.0.of(q).map(|(d, g)| (d.to_owned(), g)).collect());
        self.0.queries().map(of).collect()
    }

    fn to_trec(&self) -> Answer {
        Ok(self.0.to_trec()?)
    }
}

#[pyclass(frozen)]
pub(crate) struct Run(eval::Run);

#[pymethods]
impl Run {
    #[new]
    fn new(py: Python, source: Source<f64>) -> Answer<Self> {
        py.detach(|| {
            let mut run = match source {
                (_, Some(text), _) => eval::Run::parse(&text)?,
                (_, _, Some(path)) => eval::Run::read(path)?,
                _ => eval::Run::default(),
            };
            for (query, documents) in source.0.iter().flatten() {
                documents.iter().try_for_each(|(d, &s)| run.insert(query, d, s))?;
            }
            Ok(Self(run))
        })
    }

    #[staticmethod]
    fn of_matcher(py: Python, matcher: &Matcher, challenges: Vec<String>, k: usize) -> Answer<Self> {
        let challenges = challenges.iter().map(String::as_str);
        py.detach(|| Ok(Self(eval::Run::of_matcher(&matcher.matcher, challenges, k)?)))
    }

    fn queries(&self) -> Vec<String> {
        self.0.queries().map(str::to_owned).collect()
    }

    fn ranked(&self, query: &str, trec_ties: bool) -> Vec<String> {
        self.0.ranked(query, ties(trec_ties)).into_iter().map(str::to_owned).collect()
    }

    fn to_trec(&self, name: &str) -> Answer {
        Ok(self.0.to_trec(name)?)
    }
}

fn ties(trec: bool) -> Ties {
    if trec { Ties::Trec } else { Ties::Id }
}

/// What is measured.
#[derive(FromPyObject)]
pub enum Ranked {
    Run(Py<Run>),
    Matcher(Py<Matcher>),
}

/// `eval::Options` as it crosses: measures, TREC's ties, skip queries without relevant documents, rounds, seed.
type Asked = (Option<Vec<String>>, bool, bool, u32, u64);

/// The figures of a run or a matcher, or with `b` the differences between two.
#[pyfunction]
pub fn measure(py: Python, a: Ranked, b: Option<Ranked>, qrels: &Qrels, asked: Asked) -> Answer {
    let (measures, trec_ties, skip_without_relevant, rounds, seed) = asked;
    let measures = match measures {
        None => Options::default().measures,
        Some(names) => names.iter().map(|m| m.parse()).collect::<osuma::Result<_>>()?,
    };
    let resampling = Resampling { rounds, seed };
    let (q, o) = (&qrels.0, Options { measures, ties: ties(trec_ties), skip_without_relevant, resampling });
    use Ranked as R;
    py.detach(|| match (&a, &b) {
        (R::Run(a), None) => json(&eval::evaluate_run(&a.get().0, q, &o)?),
        (R::Run(a), Some(R::Run(b))) => json(&eval::compare_runs(&a.get().0, &b.get().0, q, &o)?),
        (R::Matcher(a), None) => json(&eval::evaluate(&a.get().matcher, q, &o)?),
        (R::Matcher(a), Some(R::Matcher(b))) => json(&eval::compare(&a.get().matcher, &b.get().matcher, q, &o)?),
        _ => Err(Fault::invalid("/b", "a run is compared with a run, a matcher with a matcher")),
    })
}

#[pyfunction]
pub fn tune(
    py: Python,
    matcher: &Matcher,
    qrels: &Qrels,
    measure: Option<&str>,
    folds: usize,
    rounds: u32,
    seed: u64,
) -> Answer {
    let measure = measure.map(str::parse::<Measure>).transpose()?.unwrap_or(TuneOptions::default().measure);
    let options = TuneOptions { measure, folds, resampling: Resampling { rounds, seed } };
    py.detach(|| json(&eval::tune(&matcher.matcher, &qrels.0, &options)?))
}
