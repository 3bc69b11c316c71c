//! Judgements, runs and evaluation; answers cross as JSON.

use crate::{Matcher, json, raised};
use osuma::eval::{self, Measure, Options, Resampling, Ties, TuneOptions};
use pyo3::prelude::*;
use std::collections::BTreeMap;

type Table<T> = BTreeMap<String, BTreeMap<String, T>>;

#[pyclass(frozen)]
struct Qrels(eval::Qrels);

#[pymethods]
impl Qrels {
    #[new]
    fn new(grades: Table<i32>) -> PyResult<Self> {
        let mut qrels = eval::Qrels::default();
        for (query, documents) in &grades {
            documents.iter().try_for_each(|(d, &g)| qrels.insert(query, d, g)).map_err(raised)?;
        }
        Ok(Self(qrels))
    }

    #[staticmethod]
    fn parse(text: &str) -> PyResult<Self> {
        eval::Qrels::parse(text).map(Self).map_err(raised)
    }

    #[staticmethod]
    fn read(path: &str) -> PyResult<Self> {
        eval::Qrels::read(path).map(Self).map_err(raised)
    }

    fn grades(&self) -> Table<i32> {
        let of = |q: &str| (q.to_owned(), self.0.of(q).map(|(d, g)| (d.to_owned(), g)).collect());
        self.0.queries().map(of).collect()
    }

    fn to_trec(&self) -> PyResult<String> {
        self.0.to_trec().map_err(raised)
    }
}

#[pyclass(frozen)]
struct Run(eval::Run);

#[pymethods]
impl Run {
    #[new]
    fn new(scores: Table<f64>) -> PyResult<Self> {
        let mut run = eval::Run::default();
        for (query, documents) in &scores {
            documents.iter().try_for_each(|(d, &s)| run.insert(query, d, s)).map_err(raised)?;
        }
        Ok(Self(run))
    }

    #[staticmethod]
    fn parse(text: &str) -> PyResult<Self> {
        eval::Run::parse(text).map(Self).map_err(raised)
    }

    #[staticmethod]
    fn read(path: &str) -> PyResult<Self> {
        eval::Run::read(path).map(Self).map_err(raised)
    }

    #[staticmethod]
    fn of_matcher(py: Python, matcher: &Matcher, challenges: Vec<String>, k: usize) -> PyResult<Self> {
        let challenges = challenges.iter().map(String::as_str);
        py.detach(|| eval::Run::of_matcher(&matcher.0, challenges, k)).map(Self).map_err(raised)
    }

    fn ranked(&self, query: &str, trec_ties: bool) -> Vec<String> {
        self.0.ranked(query, ties(trec_ties)).into_iter().map(str::to_owned).collect()
    }

    fn to_trec(&self, name: &str) -> PyResult<String> {
        self.0.to_trec(name).map_err(raised)
    }
}

fn ties(trec: bool) -> Ties {
    if trec { Ties::Trec } else { Ties::Id }
}

/// `EvalOptions` as it crosses: measures, TREC's ties, skip queries without relevant documents, rounds, seed.
type Asked = (Option<Vec<String>>, bool, bool, u32, u64);

fn options((measures, trec_ties, skip_without_relevant, rounds, seed): Asked) -> PyResult<Options> {
    let measures = match measures {
        None => Options::default().measures,
        Some(names) => names.iter().map(|m| m.parse()).collect::<osuma::Result<_>>().map_err(raised)?,
    };
    let resampling = Resampling { rounds, seed };
    Ok(Options { measures, ties: ties(trec_ties), skip_without_relevant, resampling })
}

#[pyfunction]
fn evaluate_run(py: Python, run: &Run, qrels: &Qrels, asked: Asked) -> PyResult<String> {
    let options = options(asked)?;
    json(&py.detach(|| eval::evaluate_run(&run.0, &qrels.0, &options)).map_err(raised)?)
}

#[pyfunction]
fn compare_runs(py: Python, a: &Run, b: &Run, qrels: &Qrels, asked: Asked) -> PyResult<String> {
    let options = options(asked)?;
    json(&py.detach(|| eval::compare_runs(&a.0, &b.0, &qrels.0, &options)).map_err(raised)?)
}

#[pyfunction]
fn evaluate(py: Python, matcher: &Matcher, qrels: &Qrels, asked: Asked) -> PyResult<String> {
    let options = options(asked)?;
    json(&py.detach(|| eval::evaluate(&matcher.0, &qrels.0, &options)).map_err(raised)?)
}

#[pyfunction]
fn compare(py: Python, a: &Matcher, b: &Matcher, qrels: &Qrels, asked: Asked) -> PyResult<String> {
    let options = options(asked)?;
    json(&py.detach(|| eval::compare(&a.0, &b.0, &qrels.0, &options)).map_err(raised)?)
}

#[pyfunction]
fn tune(
    py: Python,
    matcher: &Matcher,
    qrels: &Qrels,
    measure: Option<&str>,
    folds: usize,
    rounds: u32,
    seed: u64,
) -> PyResult<String> {
    let measure = measure.map(str::parse::<Measure>).transpose().map_err(raised)?;
    let measure = measure.unwrap_or(TuneOptions::default().measure);
    let options = TuneOptions { measure, folds, resampling: Resampling { rounds, seed } };
    json(&py.detach(|| eval::tune(&matcher.0, &qrels.0, &options)).map_err(raised)?)
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Qrels>()?;
    m.add_class::<Run>()?;
    m.add_function(wrap_pyfunction!(evaluate_run, m)?)?;
    m.add_function(wrap_pyfunction!(compare_runs, m)?)?;
    m.add_function(wrap_pyfunction!(evaluate, m)?)?;
    m.add_function(wrap_pyfunction!(compare, m)?)?;
    m.add_function(wrap_pyfunction!(tune, m)?)
}
