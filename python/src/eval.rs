//! Judgements, runs and evaluation; answers cross as JSON.

use crate::{Answer, Fault, Matcher};
use osuma::eval::{self, Measure, Options, Resampling, Table, Ties, TuneOptions};
use pyo3::prelude::*;
use serde::Serialize;
use std::path::PathBuf;

/// Where judgements or a run come from: a table, a text or a file, both in TREC's form.
type Source<T> = (Option<Table<T>>, Option<String>, Option<PathBuf>);

#[pyclass(frozen)]
pub(crate) struct Qrels(eval::Qrels);

#[pymethods]
impl Qrels {
    #[new]
    fn new(py: Python, source: Source<i32>) -> Answer<Self> {
        py.detach(|| {
            Ok(Self(match source {
                (Some(table), ..) => eval::Qrels::from_table(&table)?,
                (_, Some(text), _) => eval::Qrels::parse(&text)?,
                (.., path) => eval::Qrels::read(path.unwrap_or_default())?,
            }))
        })
    }

    fn grades(&self) -> Table<i32> {
        self.0.table().clone()
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
            Ok(Self(match source {
                (Some(table), ..) => eval::Run::from_table(&table)?,
                (_, Some(text), _) => eval::Run::parse(&text)?,
                (.., path) => eval::Run::read(path.unwrap_or_default())?,
            }))
        })
    }

    #[staticmethod]
    fn of_matcher(py: Python, matcher: &Matcher, challenges: Vec<String>, k: usize) -> Answer<Self> {
        let challenges = challenges.iter().map(String::as_str);
        py.detach(|| Ok(Self(eval::Run::of_matcher(&matcher.0, challenges, k)?)))
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

fn json(value: &impl Serialize) -> Answer {
    serde_json::to_string(value).map_err(|e| Fault::invalid("", e))
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
        (R::Matcher(a), None) => json(&eval::evaluate(&a.get().0, q, &o)?),
        (R::Matcher(a), Some(R::Matcher(b))) => json(&eval::compare(&a.get().0, &b.get().0, q, &o)?),
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
    py.detach(|| json(&eval::tune(&matcher.0, &qrels.0, &options)?))
}

/// The file of learnt weights, as JSON: written first, where there is something to write.
#[pyfunction]
pub fn learnt_weights(py: Python, path: PathBuf, json: Option<&str>) -> Answer {
    py.detach(|| {
        if let Some(json) = json {
            eval::LearntWeights::from_json(json)?.save(&path)?;
        }
        Ok(eval::LearntWeights::load(path)?.to_json()?)
    })
}
