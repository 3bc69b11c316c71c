//! The private module `osuma._core`: documents in as JSON or Arrow, answers out as JSON or Arrow, errors mapped.
//! Everything that decides is in `osuma`.
//!
//! Documents and answers cross as JSON, so that the wire types of the core are converted nowhere by hand; frames and
//! tables cross as Arrow, without a copy; vectors as the bytes of f32. Long work runs without the GIL, in threads that
//! end with it: nothing is left that a fork could break.

mod eval;
mod frame;
mod semantic;

use eval::{Qrels, Run, learnt_weights, measure, tune};
use frame::{Documents, Table};
use osuma::questions::Units;
use osuma::{Challenge, Direction, ErrorKind, Language, MatchConfig, Profile, Settings, Side};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rayon::ThreadPoolBuilder;
use semantic::{Beside, SubwordMap, attach, sentences};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

create_exception!(osuma, CoreError, PyException, "(kind, path, message); the face turns it into its own tree.");

/// An error on its way to Python: kind, path and message.
pub(crate) struct Fault(&'static str, String, String);

impl Fault {
    fn new(kind: ErrorKind, path: &str, message: impl ToString) -> Self {
        Self(kind.name(), path.to_owned(), message.to_string())
    }

    pub(crate) fn invalid(path: &str, message: impl ToString) -> Self {
        Self::new(ErrorKind::InvalidInput, path, message)
    }

    fn storage(path: &str, message: impl ToString) -> Self {
        Self::new(ErrorKind::Storage, path, message)
    }
}

impl From<osuma::Error> for Fault {
    fn from(e: osuma::Error) -> Self {
        Self::new(e.kind(), e.path(), e.message())
    }
}

impl From<Fault> for PyErr {
    fn from(Fault(kind, path, message): Fault) -> Self {
        CoreError::new_err((kind, path, message))
    }
}

/// What crosses to Python, as JSON where nothing else is said.
type Answer<T = String> = Result<T, Fault>;

/// A side or language, which cross by name in an argument that is called as its type.
struct Named<T>(T);

impl<'py, T: DeserializeOwned> FromPyObject<'_, 'py> for Named<T> {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let argument = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default().to_lowercase();
        let named = serde_json::from_value(given.extract::<String>()?.into());
        Ok(Self(named.map_err(|e| Fault::invalid(&format!("/{argument}"), e))?))
    }
}

fn bare<T>(named: Option<Named<T>>) -> Option<T> {
    named.map(|n| n.0)
}

/// How far a long work is, and whether it is to stop.
#[derive(Default)]
struct Watch {
    done: AtomicUsize,
    all: AtomicUsize,
    over: AtomicBool,
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
/// `progress(done, all)`. An error of either stops the work, which is waited for: it borrows what the caller owns.
fn watched<T: Send>(
    py: Python,
    threads: Option<usize>,
    progress: Option<&Bound<PyAny>>,
    work: impl FnOnce(&Watch) -> Answer<T> + Send,
) -> PyResult<T> {
    if threads.is_some_and(|n| !(1..=1024).contains(&n)) {
        return Err(Fault::invalid("/threads", "out of range: 1 to 1024, or None for all cores").into());
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
    let pool = pool.map_err(|e| Fault::storage("/threads", e))?;
    let (watch, caller) = (&Watch::default(), &std::thread::current());
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let answer = pool.install(|| work(watch));
            watch.over.store(true, Release);
            caller.unpark();
            answer
        });
        let (mut stopped, mut told) = (None, 0);
        loop {
            let over = watch.over.load(Acquire) || worker.is_finished();
            py.detach(|| std::thread::park_timeout(Duration::from_millis(if over { 0 } else { 50 })));
            let (now, all) = (watch.done.load(Relaxed), watch.all.load(Relaxed));
            if stopped.is_none() {
                let tell = |p: &Bound<PyAny>| if now > told { p.call1((now, all)).map(drop) } else { Ok(()) };
                stopped = py.check_signals().and_then(|()| progress.map_or(Ok(()), tell)).err();
                told = now;
                watch.stop.store(stopped.is_some(), Relaxed);
            }
            if over {
                break;
            }
        }
        // A thread that is joined ends its panic here.
        let broken = |_| Fault::storage("", "the work broke off, a fault of osuma; please report it");
        let answer = py.detach(|| worker.join()).map_err(broken)?;
        stopped.map_or_else(|| Ok(answer?), Err)
    })
}

/// The answer to a question by its name; one that takes all threads runs in threads of its own.
fn asked(py: Python, threads: bool, answer: impl FnOnce() -> osuma::Result<String> + Send) -> PyResult<String> {
    if threads { watched(py, None, None, |_| Ok(answer()?)) } else { py.detach(|| Ok(answer().map_err(Fault::from)?)) }
}

/// Where ESCO is, and in which languages.
type Esco = (PathBuf, Vec<Named<Language>>);

#[pyclass(frozen)]
struct Taxonomy(osuma::Taxonomy);

#[pymethods]
impl Taxonomy {
    /// Of the one argument: compiled bytes, JSON, or ESCO's path and languages; the starter without one.
    #[new]
    fn new(py: Python, data: Option<&[u8]>, text: Option<&str>, esco: Option<Esco>) -> Answer<Self> {
        let taxonomy = py.detach(|| match (data, text, esco) {
            (Some(data), ..) => osuma::Taxonomy::from_bytes(data),
            (_, Some(text), _) => osuma::Taxonomy::from_json(text),
            (.., Some((path, of))) => osuma::Taxonomy::from_esco(path, &of.iter().map(|l| l.0).collect::<Vec<_>>()),
            _ => Ok(osuma::Taxonomy::starter()),
        });
        Ok(Self(taxonomy?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    fn with_map(&self, map: Option<&SubwordMap>) -> Self {
        Self(self.0.clone().with_map(map.map(|m| m.0.clone())))
    }

    fn map(&self) -> Option<SubwordMap> {
        self.0.map().cloned().map(SubwordMap)
    }

    fn answer(&self, py: Python, question: &str, arguments: &str, threads: bool) -> PyResult<String> {
        asked(py, threads, || self.0.answer(question, arguments, Units::Bytes))
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
    fn run<T>(&self, run: impl FnOnce(&mut osuma::Pool) -> Answer<T>) -> Answer<T> {
        if self.process != std::process::id() {
            let message = "the pool was opened in another process; open its directory, or take a snapshot, in this one";
            return Err(Fault::storage("", message));
        }
        match &mut *self.pool.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(pool) => run(pool),
            None => Err(Fault::storage("", "the pool is closed; open it again")),
        }
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

#[pymethods]
impl Pool {
    /// In memory without a path. Settings that are not the usual ones must be those of the directory.
    #[new]
    fn new(py: Python, path: Option<PathBuf>, taxonomy: &Taxonomy, options: Options) -> Answer<Self> {
        let (taxonomy, settings) = (taxonomy.0.clone(), settings(options));
        let pool = py.detach(|| match path {
            None => osuma::Pool::in_memory_with(taxonomy, settings),
            Some(path) if settings == Settings::default() => osuma::Pool::open_or_create(path, taxonomy),
            Some(path) => osuma::Pool::open_or_create_with(path, taxonomy, settings),
        });
        Ok(Self { pool: Mutex::new(Some(pool?)), process: std::process::id() })
    }

    /// Adds a batch to a side, all or nothing.
    fn put(
        &self,
        py: Python,
        side: Named<Side>,
        docs: Documents,
        beside: Beside,
        replace: bool,
        progress: Option<&Bound<PyAny>>,
    ) -> PyResult<()> {
        watched(py, None, progress, |watch| {
            let tell = |done, all| watch.step(done, all);
            match side.0 {
                Side::Profiles => {
                    let docs = attach::<Profile>(docs, beside)?;
                    self.run(|pool| Ok(pool.put(&docs, replace, &tell)?))
                }
                Side::Challenges => {
                    let docs = attach::<Challenge>(docs, beside)?;
                    self.run(|pool| Ok(pool.put(&docs, replace, &tell)?))
                }
            }
        })
    }

    fn answer(&self, py: Python, question: &str, arguments: &str) -> Answer {
        py.detach(|| self.run(|pool| Ok(pool.answer(question, arguments)?)))
    }

    /// Ends the writer and drops what is not committed.
    fn close(&self, py: Python) {
        py.detach(|| {
            if self.process == std::process::id() {
                drop(self.pool.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
        });
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
            let within =
                |side: &str, e: osuma::Error| Fault::new(e.kind(), &format!("{side}{}", e.path()), e.message());
            let profiles = profiles.read(None).map_err(|e| within("/profiles", e))?;
            let challenges = challenges.read(None).map_err(|e| within("/challenges", e))?;
            Ok(Self(osuma::Snapshot::compile(&taxonomy.0, profiles, challenges, settings(options))?))
        })
    }

    #[staticmethod]
    fn from_bytes(py: Python, data: &[u8]) -> PyResult<Self> {
        watched(py, None, None, |_| Ok(Self(osuma::Snapshot::from_bytes(data)?)))
    }

    /// Mapped from its file; checked, which takes the time of reading it.
    #[staticmethod]
    fn open(py: Python, path: PathBuf) -> Answer<Self> {
        py.detach(|| Ok(Self(osuma::Snapshot::open(path)?)))
    }

    fn save(&self, py: Python, path: PathBuf) -> Answer<()> {
        py.detach(|| Ok(self.0.save(path)?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    fn only(&self, side: Named<Side>) -> Answer<Self> {
        Ok(Self(self.0.only(side.0)?))
    }

    /// With the map, or with none.
    fn with_map(&self, map: Option<&SubwordMap>) -> Answer<Self> {
        map.map_or_else(|| Ok(Self(self.0.without_map())), |map| Ok(Self(self.0.with_map(map.0.clone())?)))
    }

    fn taxonomy(&self) -> Taxonomy {
        Taxonomy(self.0.taxonomy().clone())
    }

    fn answer(&self, py: Python, question: &str, arguments: &str) -> PyResult<String> {
        asked(py, false, || self.0.answer(question, arguments, Units::Bytes))
    }
}

#[pyclass(frozen)]
struct Matcher(osuma::Matcher);

#[pymethods]
impl Matcher {
    /// Weights cross as numbers, not as JSON, which has no word for NaN: the core refuses it and names the signal.
    #[new]
    fn new(snapshot: &Snapshot, weights: Option<BTreeMap<String, f64>>, gates: Vec<String>) -> Answer<Self> {
        let config = MatchConfig::named(weights.as_ref(), &gates)?;
        Ok(Self(osuma::Matcher::new(snapshot.0.clone(), config)?))
    }

    fn answer(&self, py: Python, question: &str, arguments: &str, threads: bool) -> PyResult<String> {
        asked(py, threads, || self.0.answer(question, arguments, Units::Bytes))
    }

    fn match_all(
        &self,
        py: Python,
        side: Named<Side>,
        k: usize,
        threads: Option<usize>,
        progress: Option<&Bound<PyAny>>,
    ) -> PyResult<Table> {
        let direction = match side.0 {
            Side::Profiles => Direction::ProfilesToChallenges,
            Side::Challenges => Direction::ChallengesToProfiles,
        };
        watched(py, threads, progress, |watch| {
            let all = self.0.match_all_with(direction, k, &|done, all| watch.step(done, all))?;
            Ok(Table::of(&all.into_iter().flat_map(|ranking| ranking.matches).collect::<Vec<_>>())?)
        })
    }
}

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::{
        CoreError, Matcher, Pool, Qrels, Run, Snapshot, SubwordMap, Table, Taxonomy, learnt_weights, measure,
        sentences, tune,
    };
}
