//! The private module `osuma._core`: documents in as JSON or Arrow, answers out as JSON or Arrow, errors mapped.
//! Everything that decides is in `osuma`.
//!
//! Documents and answers cross as JSON, so that the wire types of the core are converted nowhere by hand; frames and
//! tables cross as Arrow, without a copy. Long work runs without the GIL, in threads that end with it: nothing is left
//! that a fork could break.

mod eval;
mod frame;

use frame::{Documents, Row, Table};
use osuma::{Challenge, Direction, Document, ErrorKind, Filter, Gate, MatchConfig, Profile, Settings, Side, Signal};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::ThreadPoolBuilder;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

create_exception!(osuma, CoreError, PyException, "(kind, path, message); the face turns it into its own tree.");

/// An error on its way to Python.
pub(crate) struct Fault {
    kind: &'static str,
    path: String,
    message: String,
}

impl Fault {
    fn new(kind: ErrorKind, path: &str, message: String) -> Self {
        Self { kind: kind.name(), path: path.to_owned(), message }
    }

    pub(crate) fn invalid(path: &str, message: String) -> Self {
        Self::new(ErrorKind::InvalidInput, path, message)
    }

    pub(crate) fn within(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }
}

impl From<osuma::Error> for Fault {
    fn from(e: osuma::Error) -> Self {
        Self::new(e.kind(), e.path(), e.message().to_owned())
    }
}

impl From<Fault> for PyErr {
    fn from(f: Fault) -> Self {
        CoreError::new_err((f.kind, f.path, f.message))
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::invalid("", e.to_string()))
}

fn name<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, Fault> {
    serde_json::from_value(text.into()).map_err(|e| Fault::invalid(path, e.to_string()))
}

/// How far a long work is, and whether it is to stop.
#[derive(Default)]
struct Watch {
    done: AtomicUsize,
    all: AtomicUsize,
    stop: AtomicBool,
}

impl Watch {
    fn step(&self, done: usize, all: usize) -> ControlFlow<()> {
        // Threads tell out of turn.
        self.done.fetch_max(done, Relaxed);
        self.all.store(all, Relaxed);
        if self.stop.load(Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Runs long work in threads of its own, while this one, which alone gets Python's signals, waits for Ctrl-C and tells
/// `progress(done, all)`. An error of either stops the work, unless it is done by then.
fn watched<T: Send>(
    py: Python,
    threads: Option<usize>,
    progress: Option<&Bound<PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, Fault> + Send,
) -> PyResult<T> {
    if threads.is_some_and(|n| !(1..=1024).contains(&n)) {
        return Err(Fault::invalid("/threads", "out of range: 1 to 1024, or None for all cores".to_owned()).into());
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
    let pool = pool.map_err(|e| Fault::new(ErrorKind::Storage, "/threads", e.to_string()))?;
    let watch = Watch::default();
    let (done, answer) = mpsc::channel();
    let answer = Mutex::new(answer);
    std::thread::scope(|scope| {
        let watch = &watch;
        let worker = scope.spawn(move || done.send(pool.install(|| work(watch))));
        let (mut stopped, mut told) = (None, 0);
        loop {
            let waited = py.detach(|| {
                answer.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(Duration::from_millis(50))
            });
            let (now, all) = (watch.done.load(Relaxed), watch.all.load(Relaxed));
            if stopped.is_none() {
                let tell = |p: &Bound<PyAny>| if now > told { p.call1((now, all)).map(drop) } else { Ok(()) };
                stopped = py.check_signals().and_then(|()| progress.map_or(Ok(()), tell)).err();
                told = now;
            }
            watch.stop.store(stopped.is_some(), Relaxed);
            match (waited, stopped.take()) {
                (Ok(_), Some(e)) => return Err(e),
                (Ok(result), None) => return result.map_err(PyErr::from),
                (Err(RecvTimeoutError::Disconnected), _) => {
                    // Joined, the thread's panic ends here.
                    drop(worker.join());
                    let message = "the work broke off, which is a fault of osuma; please report it".to_owned();
                    return Err(Fault::new(ErrorKind::Cancelled, "", message).into());
                }
                // The work is waited for even when it is to stop: it borrows what the caller owns.
                (Err(RecvTimeoutError::Timeout), e) => stopped = e,
            }
        }
    })
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
        let language = language.map(|l| name("/language", l)).transpose()?;
        Ok(json(&self.0.recognise(text, language))?)
    }

    fn similarity(&self, claim: &str, requirement: &str) -> PyResult<f64> {
        Ok(self.0.similarity(claim, requirement).map_err(Fault::from)?)
    }

    fn label(&self, uri: &str, language: &str) -> PyResult<String> {
        let concept = self.0.concept(uri).map_err(Fault::from)?;
        Ok(concept.label(name("/language", language)?).to_owned())
    }

    fn __len__(&self) -> usize {
        self.0.concepts().len()
    }
}

/// A pool of the process that opened it: tantivy's threads do not live on in a fork.
#[pyclass(frozen)]
struct Pool {
    pool: Mutex<Option<osuma::Pool>>,
    process: u32,
}

impl Pool {
    fn new(pool: osuma::Pool) -> Self {
        Self { pool: Mutex::new(Some(pool)), process: std::process::id() }
    }

    fn run<T>(&self, run: impl FnOnce(&mut osuma::Pool) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.process != std::process::id() {
            let message = "the pool was opened in another process; open its directory, or take a snapshot, in this one";
            return Err(Fault::new(ErrorKind::Storage, "", message.to_owned()));
        }
        match &mut *self.pool.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(pool) => run(pool),
            None => Err(Fault::new(ErrorKind::Storage, "", "the pool is closed; open it again".to_owned())),
        }
    }

    fn with<T: Send>(&self, py: Python, run: impl FnOnce(&mut osuma::Pool) -> osuma::Result<T> + Send) -> PyResult<T> {
        Ok(py.detach(|| self.run(|pool| Ok(run(pool)?)))?)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // In a fork, tantivy would wait for threads that are not there.
        if self.process != std::process::id() {
            std::mem::forget(self.pool.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

/// Subwords, k1 and b.
type Options = (Option<(usize, usize)>, f64, f64);

fn settings((subwords, k1, b): Options) -> Settings {
    Settings { subwords, k1, b }
}

/// Language, route, place and concept.
type Words = (Option<String>, Option<String>, Option<String>, Option<String>);

fn lines<D: Document>(docs: &[D]) -> Result<Vec<String>, Fault> {
    docs.iter().map(json).collect()
}

#[pymethods]
impl Pool {
    /// Settings that are not the usual ones must be those of the directory.
    #[new]
    fn open(py: Python, path: &str, taxonomy: &Taxonomy, options: Options) -> PyResult<Self> {
        let (taxonomy, settings) = (taxonomy.0.clone(), settings(options));
        let open = || match settings == Settings::default() {
            true => osuma::Pool::open_or_create(path, taxonomy),
            false => osuma::Pool::open_or_create_with(path, taxonomy, settings),
        };
        Ok(Self::new(py.detach(open).map_err(Fault::from)?))
    }

    #[staticmethod]
    fn in_memory(taxonomy: &Taxonomy, options: Options) -> PyResult<Self> {
        let pool = osuma::Pool::in_memory_with(taxonomy.0.clone(), settings(options));
        Ok(Self::new(pool.map_err(Fault::from)?))
    }

    /// Adds a batch to a side, all or nothing.
    fn put(
        &self,
        py: Python,
        side: &str,
        docs: Documents,
        replace: bool,
        progress: Option<&Bound<PyAny>>,
    ) -> PyResult<()> {
        let side = name("/side", side)?;
        watched(py, None, progress, |watch| {
            let tell = |done, all| watch.step(done, all);
            match side {
                Side::Profiles => {
                    let docs = docs.read::<Profile>()?;
                    self.run(|pool| Ok(pool.put(&docs, replace, &tell)?))
                }
                Side::Challenges => {
                    let docs = docs.read::<Challenge>()?;
                    self.run(|pool| Ok(pool.put(&docs, replace, &tell)?))
                }
            }
        })
    }

    /// Removes with the next commit, or at once and for good.
    fn remove(&self, py: Python, side: &str, id: &str, forget: bool) -> PyResult<bool> {
        let side = name("/side", side)?;
        self.with(py, |p| if forget { p.forget(side, id) } else { p.remove(side, id) })
    }

    fn commit(&self, py: Python) -> PyResult<()> {
        self.with(py, osuma::Pool::commit)
    }

    fn rollback(&self, py: Python) -> PyResult<()> {
        self.with(py, osuma::Pool::rollback)
    }

    fn reload(&self, py: Python) -> PyResult<()> {
        self.with(py, |p| p.reload())
    }

    /// Ends the writer and drops what is not committed.
    fn close(&self, py: Python) {
        py.detach(|| {
            if self.process == std::process::id() {
                drop(self.pool.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
        });
    }

    fn count(&self, py: Python, side: &str) -> PyResult<usize> {
        let side = name("/side", side)?;
        self.with(py, |p| p.count(side))
    }

    /// A side's documents as JSON: all of them, or the one with the id.
    fn documents(&self, py: Python, side: &str, id: Option<&str>) -> PyResult<Vec<String>> {
        let side = name("/side", side)?;
        let read = |p: &mut osuma::Pool| match (side, id) {
            (Side::Profiles, None) => lines(&p.profiles()?),
            (Side::Challenges, None) => lines(&p.challenges()?),
            (Side::Profiles, Some(id)) => lines(p.profile(id)?.as_slice()),
            (Side::Challenges, Some(id)) => lines(p.challenge(id)?.as_slice()),
        };
        Ok(py.detach(|| self.run(read))?)
    }

    fn search(&self, py: Python, side: &str, query: &str, filter: Words, k: usize) -> PyResult<Vec<String>> {
        let (language, route, place, concept) = filter;
        let language = language.map(|l| name("/language", &l)).transpose()?;
        let route = route.map(|r| name("/route", &r)).transpose()?;
        let side = name("/side", side)?;
        self.with(py, |p| p.search(side, query, &Filter { language, route, place, concept }, k))
    }

    fn snapshot(&self, py: Python) -> PyResult<Snapshot> {
        watched(py, None, None, |_| self.run(|pool| Ok(Snapshot(pool.snapshot()?))))
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
        profiles: Documents,
        challenges: Documents,
        options: Options,
    ) -> PyResult<Self> {
        watched(py, None, None, |_| {
            let profiles = profiles.read().map_err(|e| e.within("/profiles"))?;
            let challenges = challenges.read().map_err(|e| e.within("/challenges"))?;
            Ok(Self(osuma::Snapshot::compile(&taxonomy.0, profiles, challenges, settings(options))?))
        })
    }

    #[staticmethod]
    fn from_bytes(py: Python, bytes: &[u8]) -> PyResult<Self> {
        watched(py, None, None, |_| Ok(Self(osuma::Snapshot::from_bytes(bytes)?)))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.0.to_bytes());
        PyBytes::new(py, &bytes)
    }

    fn only(&self, side: &str) -> PyResult<Self> {
        Ok(Self(self.0.only(name("/side", side)?).map_err(Fault::from)?))
    }

    fn taxonomy(&self) -> Taxonomy {
        Taxonomy(self.0.taxonomy().clone())
    }

    fn count(&self, side: &str) -> PyResult<usize> {
        Ok(match name("/side", side)? {
            Side::Profiles => self.0.profiles().len(),
            Side::Challenges => self.0.challenges().len(),
        })
    }
}

#[pyclass(frozen)]
struct Matcher {
    matcher: osuma::Matcher,
    config: MatchConfig,
}

#[pymethods]
impl Matcher {
    /// Weights cross as numbers, not as JSON, which has no word for NaN: the core refuses it and names the signal.
    #[new]
    fn new(snapshot: &Snapshot, weights: Option<BTreeMap<String, f64>>, gates: Vec<String>) -> PyResult<Self> {
        let mut config = MatchConfig::default();
        if let Some(weights) = weights {
            let named = weights.iter().map(|(s, &w)| Ok((name::<Signal>(&format!("/weights/{s}"), s)?, w)));
            config.weights = named.collect::<Result<_, Fault>>()?;
        }
        let gates = gates.iter().enumerate().map(|(i, g)| name::<Gate>(&format!("/gates/{i}"), g));
        config.gates = gates.collect::<Result<_, _>>()?;
        let matcher = osuma::Matcher::new(snapshot.0.clone(), config.clone()).map_err(Fault::from)?;
        Ok(Self { matcher, config })
    }

    fn config(&self) -> PyResult<String> {
        Ok(json(&self.config)?)
    }

    /// The best of a side for an id, or with `new` for a document.
    fn rank(&self, py: Python, side: &str, asked: &str, new: bool, k: usize) -> PyResult<String> {
        let (m, side) = (&self.matcher, name("/side", side)?);
        let rank = || match (side, new) {
            (Side::Profiles, false) => m.profiles_for(asked, k),
            (Side::Profiles, true) => m.profiles_for_new(&osuma::from_json(asked)?, k),
            (Side::Challenges, false) => m.challenges_for(asked, k),
            (Side::Challenges, true) => m.challenges_for_new(&osuma::from_json(asked)?, k),
        };
        Ok(py.detach(|| json(&rank()?))?)
    }

    fn explain(&self, py: Python, profile: &str, challenge: &str, new: bool) -> PyResult<String> {
        let explain = || match new {
            true => self.matcher.explain_new(&osuma::from_json(profile)?, challenge),
            false => self.matcher.explain(profile, challenge),
        };
        Ok(py.detach(|| json(&explain()?))?)
    }

    fn match_all(
        &self,
        py: Python,
        side: &str,
        k: usize,
        threads: Option<usize>,
        progress: Option<&Bound<PyAny>>,
    ) -> PyResult<Table> {
        let direction = match name("/side", side)? {
            Side::Profiles => Direction::ProfilesToChallenges,
            Side::Challenges => Direction::ChallengesToProfiles,
        };
        watched(py, threads, progress, |watch| {
            let all = self.matcher.match_all_with(direction, k, &|done, all| watch.step(done, all))?;
            Table::new(all.into_iter().flat_map(|ranking| ranking.matches).map(Row::from))
        })
    }
}

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("CoreError", m.py().get_type::<CoreError>())?;
    m.add_class::<Taxonomy>()?;
    m.add_class::<Pool>()?;
    m.add_class::<Snapshot>()?;
    m.add_class::<Matcher>()?;
    m.add_class::<Table>()?;
    eval::register(m)
}
