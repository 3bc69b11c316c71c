//! The private module `osuma._core`: JSON text in, JSON text out, errors mapped. Everything that decides is in `osuma`.
//!
//! Documents and answers cross as JSON, so that the wire types of the core are converted nowhere by hand.

mod eval;

use osuma::{Challenge, Direction, Error, ErrorKind, Gate, Language, MatchConfig, Profile, Settings, Side, Signal};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

create_exception!(osuma, CoreError, PyException, "(kind, path, message); the face turns it into its own tree.");

fn raised(e: Error) -> PyErr {
    CoreError::new_err((e.kind().name(), e.path().to_owned(), e.message().to_owned()))
}

fn invalid(path: &str, message: String) -> PyErr {
    CoreError::new_err((ErrorKind::InvalidInput.name(), path.to_owned(), message))
}

fn json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| invalid("", e.to_string()))
}

fn name<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> PyResult<T> {
    serde_json::from_value(text.into()).map_err(|e| invalid(path, e.to_string()))
}

fn language(code: Option<&str>) -> PyResult<Option<Language>> {
    code.map(|c| name("/language", c)).transpose()
}

#[pyclass(frozen)]
struct Taxonomy(osuma::Taxonomy);

#[pymethods]
impl Taxonomy {
    #[staticmethod]
    fn starter() -> Self {
        Self(osuma::Taxonomy::starter())
    }

    #[pyo3(signature = (text, language=None))]
    fn recognise(&self, text: &str, language: Option<&str>) -> PyResult<String> {
        json(&self.0.recognise(text, self::language(language)?))
    }

    fn similarity(&self, claim: &str, requirement: &str) -> PyResult<f64> {
        self.0.similarity(claim, requirement).map_err(raised)
    }

    fn label(&self, uri: &str, language: &str) -> PyResult<String> {
        Ok(self.0.concept(uri).map_err(raised)?.label(name("/language", language)?).to_owned())
    }

    fn __len__(&self) -> usize {
        self.0.concepts().len()
    }
}

#[pyclass(frozen)]
struct Pool(Mutex<osuma::Pool>);

impl Pool {
    fn with<T: Send>(&self, py: Python, run: impl FnOnce(&mut osuma::Pool) -> osuma::Result<T> + Send) -> PyResult<T> {
        py.detach(|| {
            let mut pool = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            run(&mut pool)
        })
        .map_err(raised)
    }
}

#[pymethods]
impl Pool {
    #[new]
    fn open(py: Python, path: &str, taxonomy: &Taxonomy) -> PyResult<Self> {
        py.detach(|| osuma::Pool::open_or_create(path, taxonomy.0.clone())).map(|p| Self(Mutex::new(p))).map_err(raised)
    }

    #[staticmethod]
    fn in_memory(taxonomy: &Taxonomy, subwords: Option<(usize, usize)>, k1: f64, b: f64) -> PyResult<Self> {
        let pool = osuma::Pool::in_memory_with(taxonomy.0.clone(), Settings { subwords, k1, b });
        pool.map(|p| Self(Mutex::new(p))).map_err(raised)
    }

    fn add_profiles(&self, py: Python, docs: &str) -> PyResult<()> {
        self.with(py, |p| p.add_profiles(osuma::from_json_all(docs)?))
    }

    fn add_challenges(&self, py: Python, docs: &str) -> PyResult<()> {
        self.with(py, |p| p.add_challenges(osuma::from_json_all(docs)?))
    }

    fn update_profiles(&self, py: Python, docs: &str) -> PyResult<()> {
        self.with(py, |p| p.update_profiles(osuma::from_json_all(docs)?))
    }

    fn update_challenges(&self, py: Python, docs: &str) -> PyResult<()> {
        self.with(py, |p| p.update_challenges(osuma::from_json_all(docs)?))
    }

    fn remove(&self, py: Python, side: &str, id: &str) -> PyResult<bool> {
        let side = name("/side", side)?;
        self.with(py, |p| p.remove(side, id))
    }

    fn forget(&self, py: Python, side: &str, id: &str) -> PyResult<bool> {
        let side = name("/side", side)?;
        self.with(py, |p| p.forget(side, id))
    }

    fn commit(&self, py: Python) -> PyResult<()> {
        self.with(py, osuma::Pool::commit)
    }

    fn rollback(&self, py: Python) -> PyResult<()> {
        self.with(py, osuma::Pool::rollback)
    }

    fn count(&self, py: Python, side: &str) -> PyResult<usize> {
        let side = name("/side", side)?;
        self.with(py, |p| p.count(side))
    }

    fn snapshot(&self, py: Python) -> PyResult<Snapshot> {
        self.with(py, |p| p.snapshot()).map(Snapshot)
    }
}

#[pyclass(frozen)]
struct Snapshot(osuma::Snapshot);

#[pymethods]
impl Snapshot {
    #[staticmethod]
    fn compile(
        py: Python,
        taxonomy: &Taxonomy,
        profiles: &str,
        challenges: &str,
        subwords: Option<(usize, usize)>,
        k1: f64,
        b: f64,
    ) -> PyResult<Self> {
        let compile = || {
            let (profiles, challenges) = (osuma::from_json_all(profiles)?, osuma::from_json_all(challenges)?);
            osuma::Snapshot::compile(&taxonomy.0, profiles, challenges, Settings { subwords, k1, b })
        };
        py.detach(compile).map(Self).map_err(raised)
    }

    #[staticmethod]
    fn from_bytes(py: Python, bytes: &[u8]) -> PyResult<Self> {
        py.detach(|| osuma::Snapshot::from_bytes(bytes)).map(Self).map_err(raised)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.0.to_bytes());
        PyBytes::new(py, &bytes)
    }

    fn only(&self, side: &str) -> PyResult<Self> {
        let side: Side = name("/side", side)?;
        self.0.only(side).map(Self).map_err(raised)
    }
}

#[pyclass(frozen)]
struct Matcher(osuma::Matcher);

#[pymethods]
impl Matcher {
    /// Weights cross as numbers, not as JSON, which has no word for NaN: the core refuses it and names the signal.
    #[new]
    fn new(snapshot: &Snapshot, weights: Option<BTreeMap<String, f64>>, gates: Vec<String>) -> PyResult<Self> {
        let mut config = MatchConfig::default();
        if let Some(weights) = weights {
            let named = weights.iter().map(|(s, &w)| Ok((name::<Signal>(&format!("/weights/{s}"), s)?, w)));
            config.weights = named.collect::<PyResult<_>>()?;
        }
        let gates = gates.iter().enumerate().map(|(i, g)| name::<Gate>(&format!("/gates/{i}"), g));
        config.gates = gates.collect::<PyResult<_>>()?;
        osuma::Matcher::new(snapshot.0.clone(), config).map(Self).map_err(raised)
    }

    fn profiles_for(&self, id: &str, k: usize) -> PyResult<String> {
        json(&self.0.profiles_for(id, k).map_err(raised)?)
    }

    fn profiles_for_new(&self, challenge: &str, k: usize) -> PyResult<String> {
        let challenge: Challenge = osuma::from_json(challenge).map_err(raised)?;
        json(&self.0.profiles_for_new(&challenge, k).map_err(raised)?)
    }

    fn challenges_for(&self, id: &str, k: usize) -> PyResult<String> {
        json(&self.0.challenges_for(id, k).map_err(raised)?)
    }

    fn challenges_for_new(&self, profile: &str, k: usize) -> PyResult<String> {
        let profile: Profile = osuma::from_json(profile).map_err(raised)?;
        json(&self.0.challenges_for_new(&profile, k).map_err(raised)?)
    }

    fn explain(&self, profile: &str, challenge: &str) -> PyResult<String> {
        json(&self.0.explain(profile, challenge).map_err(raised)?)
    }

    fn explain_new(&self, profile: &str, challenge: &str) -> PyResult<String> {
        let profile: Profile = osuma::from_json(profile).map_err(raised)?;
        json(&self.0.explain_new(&profile, challenge).map_err(raised)?)
    }

    /// Rankings of all documents of a side, without the GIL; Ctrl-C stops it.
    fn match_all(&self, py: Python, side: &str, k: usize) -> PyResult<String> {
        let direction = match name("/side", side)? {
            Side::Profiles => Direction::ProfilesToChallenges,
            Side::Challenges => Direction::ChallengesToProfiles,
        };
        // Signals reach only the interpreter's main thread, so that it waits here while others work.
        let stop = AtomicBool::new(false);
        let progress = |_, _| if stop.load(Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let (done, answer) = mpsc::channel();
        let answer = Mutex::new(answer);
        let all = std::thread::scope(|scope| {
            scope.spawn(|| done.send(self.0.match_all_with(direction, k, &progress)));
            loop {
                let waited = py.detach(|| {
                    let answer = answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    answer.recv_timeout(Duration::from_millis(100))
                });
                match waited {
                    Ok(all) => return all.map_err(raised),
                    Err(_) => py.check_signals().inspect_err(|_| stop.store(true, Relaxed))?,
                }
            }
        })?;
        json(&all)
    }
}

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("CoreError", m.py().get_type::<CoreError>())?;
    m.add_class::<Taxonomy>()?;
    m.add_class::<Pool>()?;
    m.add_class::<Snapshot>()?;
    m.add_class::<Matcher>()?;
    eval::register(m)
}
