//! The durable, changeable index of profiles and challenges, on tantivy: in memory or in a directory, one API.
//!
//! Promises: a batch is all or nothing, and bad input changes nothing; what was committed survives the death of the
//! process at any moment, and what was not is gone whole; after [`Pool::forget`] no byte of the document is left in the
//! directory; one writer at a time, and a second gets [`Locked`](ErrorKind::Locked).
//!
//! In a browser there are no threads and no directory, and tantivy's writer needs both. There a pool in memory stages its
//! changes and builds the index anew at each commit (`Rebuilt`), so that a commit costs as much as the pool is long.
//!
//! A directory holds tantivy's files and `osuma.json`: the version, the settings and the digest of the taxonomy, without
//! which the directory does not open, since its documents were checked against that one.

mod compile;
mod feedback;
mod find;
mod query;
mod record;

use crate::content::{ChallengeContent, Content, Key, ProfileContent, Words};
use crate::error::{Error, ErrorKind, Result};
use crate::matcher::{MatchConfig, Matcher};
use crate::model::{Challenge, Document, Language, Profile, Route, Side};
use crate::parallel;
use crate::snapshot::Settings;
use crate::taxonomy::Taxonomy;
pub use find::Filter;
use query::Having;
use record::{Part, Record, Stored};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tantivy::collector::Count;
use tantivy::directory::RamDirectory;
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::{DocAddress, Index, IndexReader, IndexSettings, ReloadPolicy, Searcher, TantivyError};
#[cfg(not(target_family = "wasm"))]
use tantivy::{IndexWriter, Term};

/// The file that says what a directory is.
#[cfg(not(target_family = "wasm"))]
const MANIFEST: &str = "osuma.json";
#[cfg(not(target_family = "wasm"))]
const VERSION: u32 = 3;
/// Documents that are analysed at once, between two calls of progress.
const CHUNK: usize = 1024;
/// Memory for documents that are not committed, in bytes; beyond it tantivy writes them to the directory, unseen.
const BUDGET: usize = 64 << 20;

#[cfg(not(target_family = "wasm"))]
#[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
struct Manifest {
    version: u32,
    taxonomy: String,
    settings: Settings,
}

/// A committed document: its side and id, and where it is.
type Row = (String, DocAddress);

#[derive(Clone, Copy)]
struct Fields {
    /// The side and the id, as `profiles/p1`.
    key: Field,
    side: Field,
    json: Field,
    /// What the engine takes from the document but its stems, which are postings, so that a snapshot analyses nothing.
    content: Field,
    stems: Field,
    language: Field,
    route: Field,
    place: Field,
    concept: Field,
}

/// Profiles and challenges that change.
///
/// ```
/// use osuma::{MatchConfig, Pool, Taxonomy, from_json};
/// let mut pool = Pool::in_memory(Taxonomy::starter())?;
/// pool.add_profiles(vec![from_json(r#"{"id": "p", "text": "I bake bread."}"#)?])?;
/// pool.add_challenges(vec![from_json(r#"{"id": "c", "title": "Bread", "text": "Our bread sells out."}"#)?])?;
/// pool.commit()?;
/// let ranking = pool.matcher(MatchConfig::default())?.profiles_for("c", 10)?;
/// assert_eq!(ranking.matches[0].profile, "p");
/// # Ok::<(), osuma::Error>(())
/// ```
pub struct Pool {
    taxonomy: Taxonomy,
    settings: Settings,
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// Taken at the first change, kept until the pool is dropped.
    writer: Option<Writer>,
    /// Keys changed since the last commit, and whether they are there now.
    pending: HashMap<String, bool>,
    directory: Option<PathBuf>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("directory", &self.directory).field("pending", &self.pending.len()).finish()
    }
}

/// How changes get into the index.
enum Writer {
    /// tantivy's own, with threads and a lock.
    #[cfg(not(target_family = "wasm"))]
    Threads(Box<IndexWriter<Record>>),
    #[cfg_attr(
        not(any(target_family = "wasm", test)),
        expect(dead_code, reason = "made where there are no threads; compiled everywhere, so that all see its errors")
    )]
    Rebuilt(Rebuilt),
}

/// The writer where there are no threads: it keeps all documents, and at a commit builds an index of them.
#[derive(Default)]
struct Rebuilt {
    committed: BTreeMap<String, Record>,
    /// By key, what takes the place of the committed document.
    staged: BTreeMap<String, Option<Record>>,
}

impl Rebuilt {
    /// An index of what is staged over what is committed. Only when it stands does anything change.
    fn commit(&mut self) -> tantivy::Result<Index> {
        let kept = self.committed.iter().filter(|(key, _)| !self.staged.contains_key(*key)).map(|(_, doc)| doc);
        let index = rebuilt(kept.chain(self.staged.values().flatten()))?;
        for (key, doc) in std::mem::take(&mut self.staged) {
            match doc {
                Some(doc) => self.committed.insert(key, doc),
                None => self.committed.remove(&key),
            };
        }
        Ok(index)
    }
}

/// An index in memory, built on this thread.
fn rebuilt<'a>(docs: impl Iterator<Item = &'a Record>) -> tantivy::Result<Index> {
    let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
    let builder = Index::builder().schema(schema().0).settings(settings);
    let mut writer = builder.single_segment_index_writer(RamDirectory::create(), BUDGET)?;
    for doc in docs {
        writer.add_document(doc.clone())?;
    }
    writer.finalize()
}

fn reader(index: &Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

fn schema() -> (Schema, Fields) {
    let mut s = Schema::builder();
    let frequencies = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
    let fields = Fields {
        key: s.add_text_field("key", STRING),
        side: s.add_text_field("side", STRING),
        json: s.add_text_field("json", STORED),
        content: s.add_bytes_field("content", STORED),
        stems: s.add_text_field("stems", TextOptions::default().set_indexing_options(frequencies)),
        language: s.add_text_field("language", STRING),
        route: s.add_text_field("route", STRING),
        place: s.add_text_field("place", STRING),
        concept: s.add_text_field("concept", STRING),
    };
    (s.build(), fields)
}

fn key(side: Side, id: &str) -> String {
    format!("{}/{id}", side.name())
}

impl Pool {
    /// A pool that lives as long as the value.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) if there is no memory.
    pub fn in_memory(taxonomy: Taxonomy) -> Result<Self> {
        Self::in_memory_with(taxonomy, Settings::default())
    }

    /// [`in_memory`](Self::in_memory) with other settings.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for settings out of range.
    pub fn in_memory_with(taxonomy: Taxonomy, settings: Settings) -> Result<Self> {
        settings.validate()?;
        #[cfg(target_family = "wasm")]
        return Self::in_memory_rebuilt(taxonomy, settings);
        #[cfg(not(target_family = "wasm"))]
        Self::over(Index::create_in_ram(schema().0), taxonomy, settings, None)
    }

    /// [`in_memory_with`](Self::in_memory_with) as it is where there are no threads.
    #[cfg(any(target_family = "wasm", test))]
    fn in_memory_rebuilt(taxonomy: Taxonomy, settings: Settings) -> Result<Self> {
        let index = rebuilt(std::iter::empty()).map_err(|e| failed(Path::new(""), e))?;
        let mut pool = Self::over(index, taxonomy, settings, None)?;
        pool.writer = Some(Writer::Rebuilt(Rebuilt::default()));
        Ok(pool)
    }

    /// Makes a pool in a directory that does not exist or is empty.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) if the directory is not empty or cannot be written,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for settings out of range.
    #[cfg(not(target_family = "wasm"))]
    pub fn create(path: impl AsRef<Path>, taxonomy: Taxonomy, settings: Settings) -> Result<Self> {
        settings.validate()?;
        let path = path.as_ref();
        std::fs::create_dir_all(path).map_err(|e| storage(path, "cannot make the directory", &e))?;
        let mut entries = std::fs::read_dir(path).map_err(|e| storage(path, "cannot read the directory", &e))?;
        if entries.next().is_some() {
            let message = "the directory is not empty; open it, or choose another one";
            return Err(Error::new(ErrorKind::Storage, path.display().to_string(), message));
        }
        let index = Index::create_in_dir(path, schema().0).map_err(|e| failed(path, e))?;
        let manifest = Manifest { version: VERSION, taxonomy: taxonomy.digest(), settings };
        // Last, and by a rename: a directory without it is half a directory.
        let (draft, done) = (path.join("osuma.json.tmp"), path.join(MANIFEST));
        serde_json::to_vec_pretty(&manifest)
            .map_err(std::io::Error::other)
            .and_then(|json| std::fs::write(&draft, json))
            .and_then(|()| std::fs::File::open(&draft)?.sync_all())
            .and_then(|()| std::fs::rename(&draft, &done))
            .and_then(|()| std::fs::File::open(path)?.sync_all())
            .map_err(|e| storage(path, "cannot write osuma.json", &e))?;
        Self::over(index, taxonomy, settings, Some(path.to_owned()))
    }

    /// Opens a pool.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no directory, [`Damaged`](ErrorKind::Damaged) if it is not a whole
    /// pool, [`Version`](ErrorKind::Version) if it is of another version or was made with another taxonomy,
    /// [`Storage`](ErrorKind::Storage) if it cannot be read.
    #[cfg(not(target_family = "wasm"))]
    pub fn open(path: impl AsRef<Path>, taxonomy: Taxonomy) -> Result<Self> {
        let path = path.as_ref();
        let at = || path.display().to_string();
        if !path.is_dir() {
            return Err(Error::new(ErrorKind::NotFound, at(), "there is no such directory; create the pool first"));
        }
        let json = std::fs::read_to_string(path.join(MANIFEST)).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                let message =
                    "not a whole pool: osuma.json is missing; restore the directory, or remove it and create again";
                Error::new(ErrorKind::Damaged, at(), message)
            }
            _ => storage(path, "cannot read osuma.json", &e),
        })?;
        let damaged = |e: String| Error::new(ErrorKind::Damaged, at(), format!("osuma.json is damaged: {e}"));
        // The version first: another version may have another form.
        let any: serde_json::Value = serde_json::from_str(&json).map_err(|e| damaged(e.to_string()))?;
        if any["version"] != VERSION {
            let message = format!(
                "the pool has version {}, this osuma reads {VERSION}; export it with the osuma that made it",
                any["version"]
            );
            return Err(Error::new(ErrorKind::Version, at(), message));
        }
        let manifest: Manifest = serde_json::from_value(any).map_err(|e| damaged(e.to_string()))?;
        manifest.settings.validate().map_err(|e| damaged(e.to_string()))?;
        if manifest.taxonomy != taxonomy.digest() {
            let message = "the pool was made with another taxonomy; open it with that one, or make a new pool";
            return Err(Error::new(ErrorKind::Version, at(), message));
        }
        let index = Index::open_in_dir(path).map_err(|e| match e {
            TantivyError::OpenReadError(e) => damaged_index(path, &e.to_string()),
            e => failed(path, e),
        })?;
        if index.schema() != schema().0 {
            return Err(damaged_index(path, "its fields are not those of osuma.json's version"));
        }
        Self::over(index, taxonomy, manifest.settings, Some(path.to_owned()))
    }

    /// Opens a pool, or makes one with the default settings where there is nothing yet.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`create`](Self::create).
    #[cfg(not(target_family = "wasm"))]
    pub fn open_or_create(path: impl AsRef<Path>, taxonomy: Taxonomy) -> Result<Self> {
        let path = path.as_ref();
        if nothing_at(path) { Self::create(path, taxonomy, Settings::default()) } else { Self::open(path, taxonomy) }
    }

    /// Opens a pool that was made with these settings, or makes one where there is nothing yet.
    ///
    /// # Errors
    /// As [`open_or_create`](Self::open_or_create), and [`InvalidInput`](ErrorKind::InvalidInput) for a pool that was
    /// made with other settings.
    #[cfg(not(target_family = "wasm"))]
    pub fn open_or_create_with(path: impl AsRef<Path>, taxonomy: Taxonomy, settings: Settings) -> Result<Self> {
        let path = path.as_ref();
        if nothing_at(path) {
            return Self::create(path, taxonomy, settings);
        }
        let pool = Self::open(path, taxonomy)?;
        if pool.settings != settings {
            let Settings { subwords, k1, b } = pool.settings;
            let message = format!("the pool was made with subwords {subwords:?}, k1 {k1}, b {b}; open it with those");
            return Err(Error::invalid("/settings", message));
        }
        Ok(pool)
    }

    fn over(index: Index, taxonomy: Taxonomy, settings: Settings, directory: Option<PathBuf>) -> Result<Self> {
        let place = directory.clone().unwrap_or_default();
        let reader = reader(&index).map_err(|e| failed(&place, e))?;
        let fields = schema().1;
        Ok(Self { taxonomy, settings, index, fields, reader, writer: None, pending: HashMap::new(), directory })
    }

    /// The taxonomy.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// Adds profiles whose ids the pool does not have.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput), with a pointer that begins with the profile's number, for one that is
    /// not valid or whose id is there already; [`Locked`](ErrorKind::Locked); [`Storage`](ErrorKind::Storage). Nothing of
    /// the batch is in the pool then.
    pub fn add_profiles(&mut self, profiles: Vec<Profile>) -> Result<()> {
        self.put(&profiles, false, &|_, _| ControlFlow::Continue(()))
    }

    /// Adds challenges whose ids the pool does not have.
    ///
    /// # Errors
    /// As [`add_profiles`](Self::add_profiles).
    pub fn add_challenges(&mut self, challenges: Vec<Challenge>) -> Result<()> {
        self.put(&challenges, false, &|_, _| ControlFlow::Continue(()))
    }

    /// Adds profiles, in the place of those with the same ids.
    ///
    /// # Errors
    /// As [`add_profiles`](Self::add_profiles), but an id may be there already.
    pub fn update_profiles(&mut self, profiles: Vec<Profile>) -> Result<()> {
        self.put(&profiles, true, &|_, _| ControlFlow::Continue(()))
    }

    /// Adds challenges, in the place of those with the same ids.
    ///
    /// # Errors
    /// As [`update_profiles`](Self::update_profiles).
    pub fn update_challenges(&mut self, challenges: Vec<Challenge>) -> Result<()> {
        self.put(&challenges, true, &|_, _| ControlFlow::Continue(()))
    }

    /// Adds documents of either side, or puts them in the place of those with the same ids; tells its progress (documents
    /// done, documents in all) and stops when told.
    ///
    /// # Errors
    /// As [`add_profiles`](Self::add_profiles), and [`Cancelled`](ErrorKind::Cancelled) when `progress` breaks.
    pub fn put<D: Indexed>(
        &mut self,
        docs: &[D],
        replace: bool,
        progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
    ) -> Result<()> {
        let mut keys = BTreeSet::new();
        for (i, d) in docs.iter().enumerate() {
            let at = format!("/{i}");
            d.validate().map_err(|e| e.within(&at))?;
            let key = key(D::SIDE, d.id());
            if !replace && self.has(&key)? {
                let message = format!("id \"{}\" is in the pool already; update it instead", d.id());
                return Err(Error::invalid(format!("{at}/id"), message));
            }
            if !keys.insert(key) {
                return Err(Error::invalid(format!("{at}/id"), format!("id \"{}\" is given twice", d.id())));
            }
        }
        let mut batch = Vec::with_capacity(docs.len());
        for chunk in docs.chunks(CHUNK) {
            let first = batch.len();
            let entries = parallel::map(chunk.len(), |i| {
                let at = format!("/{}", first + i);
                let entry = chunk[i].entry(&self.taxonomy).map_err(|e| e.within(&at))?;
                let json = serde_json::to_string(&chunk[i]).map_err(|e| Error::invalid(at, e.to_string()))?;
                Ok((key(D::SIDE, chunk[i].id()), json, entry))
            });
            for entry in entries {
                batch.push(entry?);
            }
            if progress(batch.len(), docs.len()).is_break() {
                return Err(Error::new(ErrorKind::Cancelled, "", "cancelled by the caller"));
            }
        }
        let fields = self.fields;
        #[cfg(not(target_family = "wasm"))]
        let place = self.place();
        let writer = self.writer()?;
        for (key, json, entry) in batch {
            let doc = record(fields, D::SIDE, &key, json, entry);
            match writer {
                #[cfg(not(target_family = "wasm"))]
                Writer::Threads(writer) => {
                    writer.delete_term(Term::from_field_text(fields.key, &key));
                    writer.add_document(doc).map_err(|e| failed(&place, e))?;
                }
                Writer::Rebuilt(writer) => drop(writer.staged.insert(key.clone(), Some(doc))),
            }
        }
        self.pending.extend(keys.into_iter().map(|key| (key, true)));
        Ok(())
    }

    fn place(&self) -> PathBuf {
        self.directory.clone().unwrap_or_default()
    }

    fn writer(&mut self) -> Result<&mut Writer> {
        let writer = match self.writer.take() {
            Some(w) => w,
            #[cfg(not(target_family = "wasm"))]
            None => {
                let writer = self.index.writer_with_num_threads(1, BUDGET).map_err(|e| failed(&self.place(), e))?;
                Writer::Threads(Box::new(writer))
            }
            #[cfg(target_family = "wasm")]
            None => Writer::Rebuilt(Rebuilt::default()),
        };
        Ok(self.writer.insert(writer))
    }

    fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Whether a key is in the pool as the writer sees it.
    fn has(&self, key: &str) -> Result<bool> {
        if let Some(&there) = self.pending.get(key) {
            return Ok(there);
        }
        let found = self.searcher().search(&self.by_key(key), &Count).map_err(|e| failed(&self.place(), e))?;
        Ok(found > 0)
    }

    fn by_key(&self, key: &str) -> Having {
        Having::new(self.fields.key, key)
    }

    /// Removes a document with the next commit. Tells whether it was there. Events of [feedback](Self::add_feedback) that
    /// name it stay; [`forget`](Self::forget) takes them too.
    ///
    /// # Errors
    /// [`Locked`](ErrorKind::Locked), [`Storage`](ErrorKind::Storage).
    pub fn remove(&mut self, side: Side, id: &str) -> Result<bool> {
        let key = key(side, id);
        let there = self.has(&key)?;
        #[cfg(not(target_family = "wasm"))]
        let term = Term::from_field_text(self.fields.key, &key);
        match self.writer()? {
            #[cfg(not(target_family = "wasm"))]
            Writer::Threads(writer) => drop(writer.delete_term(term)),
            Writer::Rebuilt(writer) => drop(writer.staged.insert(key.clone(), None)),
        }
        self.pending.insert(key, false);
        Ok(there)
    }

    /// Removes a document and all events that name it at once, and every byte of them from the directory. Tells whether
    /// anything was there. Costs a merge of the whole pool.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) while there are uncommitted changes, since it commits;
    /// [`Locked`](ErrorKind::Locked), [`Storage`](ErrorKind::Storage).
    pub fn forget(&mut self, side: Side, id: &str) -> Result<bool> {
        if !self.pending.is_empty() {
            return Err(Error::invalid("", "there are uncommitted changes; commit or roll back before forgetting"));
        }
        let there = self.remove(side, id)? | self.remove_feedback(side, id)?;
        self.commit()?;
        #[cfg(not(target_family = "wasm"))]
        self.compact()?;
        Ok(there)
    }

    /// Merges all segments into one and removes the files of the others. A rebuilt index is always so.
    #[cfg(not(target_family = "wasm"))]
    fn compact(&mut self) -> Result<()> {
        let place = self.place();
        // Merges that run in the background could hold segments back.
        match self.writer.take() {
            Some(Writer::Threads(writer)) => writer.wait_merging_threads().map_err(|e| failed(&place, e))?,
            other => {
                self.writer = other;
                return Ok(());
            }
        }
        let segments = self.index.searchable_segment_ids().map_err(|e| failed(&place, e))?;
        let Writer::Threads(writer) = self.writer()? else { return Ok(()) };
        if !segments.is_empty() {
            writer.merge(&segments).wait().map_err(|e| failed(&place, e))?;
        }
        self.reader.reload().map_err(|e| failed(&place, e))?;
        let Some(Writer::Threads(writer)) = &mut self.writer else { return Ok(()) };
        writer.garbage_collect_files().wait().map_err(|e| failed(&place, e))?;
        Ok(())
    }

    /// Makes all changes since the last commit durable and visible, at once.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage); the pool then stands as after the last commit.
    pub fn commit(&mut self) -> Result<()> {
        let place = self.place();
        match &mut self.writer {
            #[cfg(not(target_family = "wasm"))]
            Some(Writer::Threads(writer)) => drop(writer.commit().map_err(|e| failed(&place, e))?),
            Some(Writer::Rebuilt(writer)) if !writer.staged.is_empty() => {
                self.index = writer.commit().map_err(|e| failed(&place, e))?;
                self.reader = reader(&self.index).map_err(|e| failed(&place, e))?;
            }
            _ => {}
        }
        self.pending.clear();
        self.reload()
    }

    /// Drops all changes since the last commit.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub fn rollback(&mut self) -> Result<()> {
        match &mut self.writer {
            #[cfg(not(target_family = "wasm"))]
            Some(Writer::Threads(writer)) => {
                let place = self.directory.as_deref().unwrap_or(Path::new(""));
                writer.rollback().map_err(|e| failed(place, e))?;
            }
            Some(Writer::Rebuilt(writer)) => writer.staged.clear(),
            None => {}
        }
        self.pending.clear();
        Ok(())
    }

    /// Sees what another process has committed.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage).
    pub fn reload(&self) -> Result<()> {
        self.reader.reload().map_err(|e| failed(&self.place(), e))
    }

    /// A matcher over [`snapshot`](Self::snapshot).
    ///
    /// # Errors
    /// As [`snapshot`](Self::snapshot) and [`Matcher::new`].
    pub fn matcher(&self, config: MatchConfig) -> Result<Matcher> {
        config.validate()?;
        Matcher::new(self.snapshot()?, config)
    }
}

/// What the index keeps of a document beside its JSON.
#[derive(Debug)]
pub struct Entry {
    words: Words,
    /// All of it but the stems, as bytes.
    content: Vec<u8>,
    concepts: Vec<String>,
    routes: Vec<Route>,
    place: Option<String>,
}

/// A document that the pool can index.
pub trait Indexed: Document {
    #[doc(hidden)]
    fn entry(&self, taxonomy: &Taxonomy) -> Result<Entry>;
}

/// The concepts among competences; free labels are found by their words.
fn uris(taxonomy: &Taxonomy, keys: impl Iterator<Item = Key>) -> Vec<String> {
    let uri = |key| match key {
        Key::Concept(n) => Some(taxonomy.concepts()[n as usize].uri.clone()),
        Key::Label(_) => None,
    };
    keys.filter_map(uri).collect()
}

fn bytes(content: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_allocvec(content).map_err(|e| Error::invalid("", format!("cannot be stored: {e}")))
}

impl Indexed for Profile {
    fn entry(&self, taxonomy: &Taxonomy) -> Result<Entry> {
        let content = ProfileContent::new(self, taxonomy)?;
        let (bytes, place) = (bytes(&content)?, self.place.as_ref().and_then(|p| p.name.clone()));
        let concepts = uris(taxonomy, content.held.into_iter().map(|h| h.key));
        Ok(Entry { words: content.words, content: bytes, concepts, routes: self.routes.clone(), place })
    }
}

impl Indexed for Challenge {
    fn entry(&self, taxonomy: &Taxonomy) -> Result<Entry> {
        let content = ChallengeContent::new(self, taxonomy)?;
        let (bytes, place) = (bytes(&content)?, self.place.as_ref().and_then(|p| p.name.clone()));
        let concepts = uris(taxonomy, content.needed.into_iter().map(|n| n.key));
        Ok(Entry { words: content.words, content: bytes, concepts, routes: self.route.into_iter().collect(), place })
    }
}

fn record(f: Fields, side: Side, key: &str, json: String, entry: Entry) -> Record {
    let languages = Language::ALL.into_iter().filter(|&l| entry.words.languages & 1 << l as u8 != 0);
    let mut parts = vec![
        (f.key, Part::Text(key.to_owned())),
        (f.side, Part::Text(side.name().to_owned())),
        (f.json, Part::Text(json)),
        (f.content, Part::Bytes(entry.content)),
    ];
    parts.extend(languages.map(|l| (f.language, Part::Text(l.code().to_owned()))));
    parts.extend(entry.routes.into_iter().map(|r| (f.route, Part::Text(route_name(r)))));
    parts.extend(entry.concepts.into_iter().map(|c| (f.concept, Part::Text(c))));
    parts.extend(entry.place.map(|p| (f.place, Part::Text(crate::text::fold(&p)))));
    parts.push((f.stems, Part::Terms(entry.words.stems)));
    Record::new(parts)
}

#[cfg(not(target_family = "wasm"))]
fn nothing_at(path: &Path) -> bool {
    std::fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none()) && !path.is_file()
}

fn route_name(route: Route) -> String {
    serde_json::to_value(route).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(not(target_family = "wasm"))]
fn storage(path: &Path, what: &str, e: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, path.display().to_string(), format!("{what}: {e}"))
}

fn damaged_index(path: &Path, what: &str) -> Error {
    let message = format!("the index is damaged: {what}; restore the directory, or remove it and create again");
    Error::new(ErrorKind::Damaged, path.display().to_string(), message)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(path: &Path, e: TantivyError) -> Error {
    let (kind, message) = match &e {
        TantivyError::LockFailure(..) => {
            (ErrorKind::Locked, "another writer has the pool open; close it, or wait for it".to_owned())
        }
        TantivyError::DataCorruption(_) | TantivyError::IncompatibleIndex(_) => {
            return damaged_index(path, &e.to_string());
        }
        _ => (ErrorKind::Storage, format!("{e}; look after the disk's space and rights, then open the pool again")),
    };
    Error::new(kind, path.display().to_string(), message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::model::from_json_all;

    /// Every answer that a pool can give, as text.
    fn seen(pool: &Pool) -> String {
        let search = |side, query, filter: Filter| pool.search(side, query, &filter, 9).unwrap();
        let fi = Filter { language: Some(Language::Fi), ..Filter::default() };
        let workshop = Filter { route: Some(Route::Workshop), ..Filter::default() };
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
            pool.profiles().collect::<Result<Vec<_>>>().unwrap(),
            pool.challenges().collect::<Result<Vec<_>>>().unwrap(),
            pool.count(Side::Profiles).unwrap(),
            pool.profile("a").unwrap(),
            search(Side::Profiles, "bread leipää", Filter::default()),
            search(Side::Profiles, "", fi),
            search(Side::Challenges, "", workshop),
            search(Side::Profiles, "hitsaus", Filter::default()),
            pool.feedback(&crate::FeedbackFilter::default()).unwrap(),
            pool.snapshot().unwrap().to_bytes().len(),
        )
    }

    #[test]
    fn a_rebuilt_pool_answers_as_one_with_threads() {
        let taxonomy = || Taxonomy::new(Vec::new()).unwrap();
        let threads = Pool::in_memory(taxonomy()).unwrap();
        let rebuilt = Pool::in_memory_rebuilt(taxonomy(), Settings::default()).unwrap();
        let mut pools = [threads, rebuilt];
        let docs = r#"[{"id":"a","text":"I bake bread."},{"id":"b","text":"Leivon leipää ja hitsaan."}]"#;
        let problem = r#"[{"id":"c","title":"Leipä","text":"Tarvitsemme leipureita.","route":"workshop"}]"#;
        type Step = (&'static str, fn(&mut Pool) -> Result<()>);
        let steps: [Step; 14] = [
            ("nothing", |p| p.commit()),
            ("feedback", |p| {
                for id in ["a", "b", "a"] {
                    let event = r#"[{"kind":"shown","at":"2027-03-01T10:00:00Z","challenge":"c","profile":"ID"}]"#;
                    p.add_feedback(&crate::options_from_json::<Vec<_>>(&event.replace("ID", id))?)?;
                }
                p.commit()
            }),
            ("forget with feedback", |p| p.forget(Side::Profiles, "a").map(|there| assert!(there))),
            ("feedback again", |p| {
                let event = r#"[{"kind":"declined","at":"2027-02-01T10:00:00Z","challenge":"c","profile":"b"}]"#;
                p.add_feedback(&crate::options_from_json::<Vec<_>>(event)?)?;
                p.commit()
            }),
            ("back", |p| p.add_profiles(from_json_all(r#"[{"id":"a","text":"Bread."}]"#)?).and_then(|()| p.commit())),
            ("update nobody", |p| p.update_profiles(Vec::new())),
            ("remove", |p| p.remove(Side::Profiles, "a").map(|there| assert!(there))),
            ("roll back", |p| p.rollback()),
            ("add again", |p| {
                let e = p.add_profiles(from_json_all(r#"[{"id":"n","text":""},{"id":"a","text":""}]"#)?).unwrap_err();
                assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/1/id"));
                p.commit()
            }),
            ("update", |p| p.update_profiles(from_json_all(r#"[{"id":"a","text":"I weld. Hitsaus."}]"#)?)),
            ("pending", |p| {
                assert_eq!(p.forget(Side::Profiles, "a").unwrap_err().kind(), ErrorKind::InvalidInput);
                p.commit()
            }),
            ("forget", |p| p.forget(Side::Profiles, "a").map(|there| assert!(there))),
            ("forget nobody", |p| p.forget(Side::Profiles, "a").map(|there| assert!(!there))),
            ("add", |p| p.add_profiles(from_json_all(r#"[{"id":"a","text":"Bread."}]"#)?).and_then(|()| p.commit())),
        ];
        for pool in &mut pools {
            pool.add_profiles(from_json_all(docs).unwrap()).unwrap();
            pool.add_challenges(from_json_all(problem).unwrap()).unwrap();
            assert_eq!(pool.count(Side::Profiles).unwrap(), 0, "not committed");
            pool.commit().unwrap();
        }
        assert_eq!(seen(&pools[0]), seen(&pools[1]));
        for (name, step) in steps {
            pools.iter_mut().for_each(|p| step(p).unwrap());
            assert_eq!(seen(&pools[0]), seen(&pools[1]), "{name}");
        }
        assert_eq!(pools[1].count(Side::Profiles).unwrap(), 2);
    }
}
