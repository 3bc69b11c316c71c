//! The compiled form of profiles and challenges: an immutable, portable file that every host reads alike.
//!
//! `compile.rs` turns documents into `columns.rs`, which `format.rs` writes as arrays of numbers one after another.
//! Reading parses nothing but the taxonomy: a snapshot in memory or in a mapped file is used where it lies. The same
//! documents, taxonomy and settings give the same bytes on every platform, whatever the order in which they came.
//!
//! Promise: damaged bytes are an error, never a panic, a huge allocation or a wrong answer: checksums are compared first,
//! then every length and index is checked. From memory that is done at once. A mapped file is opened by its head,
//! taxonomy and ids, and all else is checked by who first needs it ([`Data::whole`]): a matcher, or a document.

mod columns;
mod compile;
mod format;
mod meaning;

pub(crate) use meaning::{Meaning, Space};

#[cfg(feature = "arrow")]
pub(crate) use compile::days;
#[cfg(feature = "pool")]
pub(crate) use compile::{Compiling, Taken, json};

pub(crate) use columns::{Challenges, Common, FOREIGN, Inverted, NO_DAY, NONE, Profiles};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Challenge, Language, Profile, Side};
use crate::parallel;
use crate::semantic::SubwordMap;
use crate::taxonomy::Taxonomy;
use crate::text::Analyzer;
use format::{Array, Buffer, Packed, Reader, Strings, Writer, damaged};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// How texts are analysed and weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Settings {
    /// Shortest and longest subword gram in characters; `None` for words alone.
    pub subwords: Option<(usize, usize)>,
    /// BM25's saturation of repeated terms, above 0.
    pub k1: f64,
    /// BM25's normalisation by length, 0 to 1.
    pub b: f64,
}

impl Default for Settings {
    /// Grams of 3 to 5, k1 = 1.2, b = 0.75 (the usual values of BM25).
    fn default() -> Self {
        Self { subwords: Some((3, 5)), k1: 1.2, b: 0.75 }
    }
}

impl Settings {
    pub(crate) fn validate(&self) -> Result<()> {
        if !(self.k1.is_finite() && self.k1 > 0.0) {
            return Err(Error::invalid("/k1", format!("{} is out of range: above 0", self.k1)));
        }
        if !(0.0..=1.0).contains(&self.b) {
            return Err(Error::invalid("/b", format!("{} is out of range: 0 to 1", self.b)));
        }
        if let Some((shortest, longest)) = self.subwords
            && !(2 <= shortest && shortest <= longest && longest <= 10)
        {
            let message = format!("({shortest}, {longest}) is out of range: 2 <= shortest <= longest <= 10");
            return Err(Error::invalid("/subwords", message));
        }
        Ok(())
    }

    pub(crate) fn analyzer(&self) -> Analyzer {
        Analyzer { subwords: self.subwords }
    }
}

/// Which part of a snapshot goes where it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotOptions {
    /// One side, see [`Snapshot::only`]; absent for both.
    pub sides: Option<Side>,
    /// Without what no document has to do with, see [`Snapshot::prune`].
    pub prune: bool,
    /// With the map from texts to vectors, see [`Snapshot::without_map`].
    pub map: bool,
}

impl Default for SnapshotOptions {
    /// Everything.
    fn default() -> Self {
        Self { sides: None, prune: false, map: true }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub settings: Settings,
    /// Documents of both sides, for idf.
    pub documents: u32,
    /// Content words of a profile, on the average.
    pub average: f64,
    pub profiles: bool,
    pub challenges: bool,
    /// The taxonomy is the part that the documents need.
    pub pruned: bool,
}

/// An immutable, compiled pool. Cheap to clone.
///
/// ```
/// use osuma::{Snapshot, Settings, Taxonomy, from_json};
/// let profile = from_json(r#"{"id": "p", "text": "I bake bread."}"#)?;
/// let challenge = from_json(r#"{"id": "c", "title": "Bread", "text": "Our bakery needs hands."}"#)?;
/// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![profile], vec![challenge], Settings::default())?;
/// let again = Snapshot::from_bytes(&snapshot.to_bytes())?;
/// assert_eq!(again.to_bytes(), snapshot.to_bytes());
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) data: Arc<Data>,
}

#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub head: Head,
    pub taxonomy: Taxonomy,
    /// First those that tell, then the others, each part ascending.
    pub terms: Strings,
    /// How many terms tell: a stem or a gram of the longest length, which alone makes two texts meet.
    pub telling: usize,
    pub idf: Array<f32>,
    /// Free labels by their stems, ascending; their competences are numbered after the concepts.
    pub labels: Strings,
    /// Folded place names, ascending.
    pub places: Strings,
    pub profiles: Profiles,
    pub challenges: Challenges,
    pub by_challenge: Inverted,
    pub meaning: Meaning,
    /// Whether what is not checked at opening is as it should be, once somebody asked.
    pub checked: OnceLock<Result<()>>,
    /// The file that is mapped.
    pub place: String,
}

impl Snapshot {
    /// Compiles documents. Cost: linear in their text, on all threads of the current rayon pool.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a document that is not valid, an id that is given twice, a concept
    /// that the taxonomy does not have, and settings out of range.
    pub fn compile(
        taxonomy: &Taxonomy,
        profiles: Vec<Profile>,
        challenges: Vec<Challenge>,
        settings: Settings,
    ) -> Result<Self> {
        Ok(Self::new(compile::compile(taxonomy, profiles, challenges, settings)?))
    }

    pub(crate) fn new(data: Data) -> Self {
        Self { data: Arc::new(data) }
    }

    /// The part of the snapshot that the options name.
    ///
    /// # Errors
    /// As [`only`](Self::only) and [`prune`](Self::prune).
    pub fn part(&self, options: SnapshotOptions) -> Result<Self> {
        let sides = options.sides.map_or_else(|| Ok(self.clone()), |side| self.only(side))?;
        let kept = if options.prune { sides.prune()? } else { sides };
        Ok(if options.map { kept } else { kept.without_map() })
    }

    /// The snapshot with one side only, as a web page needs that ranks challenges for a profile of its own. Scores
    /// stay the same to the bit.
    ///
    /// # Errors
    /// [`MissingSide`](ErrorKind::MissingSide) if the snapshot does not hold the side.
    pub fn only(&self, side: Side) -> Result<Self> {
        self.require(side)?;
        let mut data = Data::clone(&self.data);
        data.head.profiles = side == Side::Profiles;
        data.head.challenges = side == Side::Challenges;
        match side {
            Side::Profiles => (data.challenges, data.by_challenge) = Default::default(),
            Side::Challenges => data.profiles = Profiles::default(),
        }
        Ok(Self { data: Arc::new(data) })
    }

    /// The snapshot without what none of its documents has to do with: concepts that neither meet theirs nor are met by
    /// them, and, where it holds challenges only, the terms of no challenge. A web page loads less; a new document may
    /// still name any concept, which then counts for nothing. Scores stay the same, unless a new text names a dropped
    /// concept in words that also name a kept one.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn prune(&self) -> Result<Self> {
        Ok(Self { data: Arc::new(self.data.prune()?) })
    }

    /// The snapshot without its map from texts to vectors, which is then a file of its own for all snapshots of a
    /// page ([`SubwordMap::bytes`], [`with_map`](Self::with_map)). Documents keep their vectors.
    #[must_use]
    pub fn without_map(&self) -> Self {
        let mut data = Data::clone(&self.data);
        data.taxonomy = data.taxonomy.with_map(None);
        Self { data: Arc::new(data) }
    }

    /// The snapshot with the map that its documents' vectors were made with, so that new texts have a meaning too.
    ///
    /// # Errors
    /// [`Version`](ErrorKind::Version) for another map, or where the snapshot was made without one.
    pub fn with_map(&self, map: SubwordMap) -> Result<Self> {
        let mut data = Data::clone(&self.data);
        data.attach(map)?;
        Ok(Self { data: Arc::new(data) })
    }

    pub(crate) fn require(&self, side: Side) -> Result<()> {
        let there = match side {
            Side::Profiles => self.data.head.profiles,
            Side::Challenges => self.data.head.challenges,
        };
        let message = || format!("this snapshot does not hold {0}; make one that does", side.name());
        if there { Ok(()) } else { Err(Error::new(ErrorKind::MissingSide, "", message())) }
    }

    /// The taxonomy.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.data.taxonomy
    }

    /// How texts are analysed and weighed.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.data.head.settings
    }

    /// How many documents a side has; 0 for one that the snapshot does not hold.
    #[must_use]
    pub fn count(&self, side: Side) -> usize {
        self.data.common(side).len()
    }

    /// The ids of a side, ascending.
    pub fn ids(&self, side: Side) -> impl ExactSizeIterator<Item = &str> {
        self.data.common(side).ids.iter()
    }

    /// The language of a document: as it says, else as detected; `None` if it is not a supported one.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), [`MissingSide`](ErrorKind::MissingSide).
    pub fn language(&self, side: Side, id: &str) -> Result<Option<Language>> {
        let row = self.row(side, id)?;
        self.data.whole()?;
        Ok(Language::ALL.get(usize::from(self.data.common(side).language[row])).copied())
    }

    /// The profiles as they were given, ascending by id. Cost: each is parsed.
    pub fn profiles(&self) -> impl ExactSizeIterator<Item = Result<Profile>> {
        let common = &self.data.profiles.common;
        (0..common.len()).map(|i| self.data.document(common, i))
    }

    /// The challenges as they were given, ascending by id. Cost: each is parsed.
    pub fn challenges(&self) -> impl ExactSizeIterator<Item = Result<Challenge>> {
        let common = &self.data.challenges.common;
        (0..common.len()).map(|i| self.data.document(common, i))
    }

    /// A profile as it was given. Cost: it is parsed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), [`MissingSide`](ErrorKind::MissingSide).
    pub fn profile(&self, id: &str) -> Result<Profile> {
        self.data.document(&self.data.profiles.common, self.row(Side::Profiles, id)?)
    }

    /// A challenge as it was given. Cost: it is parsed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), [`MissingSide`](ErrorKind::MissingSide).
    pub fn challenge(&self, id: &str) -> Result<Challenge> {
        self.data.document(&self.data.challenges.common, self.row(Side::Challenges, id)?)
    }

    /// The row of an id.
    pub(crate) fn row(&self, side: Side, id: &str) -> Result<usize> {
        self.require(side)?;
        let ids = &self.data.common(side).ids;
        let one = match side {
            Side::Profiles => "profile",
            Side::Challenges => "challenge",
        };
        ids.find(id, 0..ids.len())
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "", format!("no {one} has the id \"{id}\"")))
    }

    /// The snapshot as bytes, the same on every platform. Cost: a copy.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.data.writer().to_bytes()
    }

    /// A name of the content: two snapshots with the same bytes have the same. Cost: all bytes are read once, of one that
    /// was opened or read its head alone.
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&self.data.writer().head()))
    }

    /// Reads a snapshot from memory. Cost: a copy and a check of the bytes.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) for bytes that are not a whole snapshot, [`Version`](ErrorKind::Version) for one
    /// of another version of osuma.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let data = Self::read(Buffer::copy(bytes))?;
        data.whole()?;
        Ok(Self::new(data))
    }

    /// Writes the snapshot to a file: whole, or not at all.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) with the path.
    #[cfg(feature = "mmap")]
    pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        let path = path.as_ref();
        let failed = |e: std::io::Error| storage(path, "cannot write the snapshot", &e);
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
        let mut file = tempfile::Builder::new();
        // The rights of any file of the caller's, not those of a temporary one; the umask counts.
        #[cfg(unix)]
        file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = file.tempfile_in(folder).map_err(failed)?;
        self.data.writer().write(|bytes| std::io::Write::write_all(&mut file, bytes)).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    /// Maps a snapshot's file into memory: many processes share it, and only what is asked for stays in memory. The
    /// file must not be changed while it is open; [`save`](Self::save) puts a new one in its place instead.
    ///
    /// Cost: that of head, taxonomy and ids. All else is read once, on all threads, and checked by the first matcher over it,
    /// or by who first asks for a document; if it is damaged, that is where the error comes, and a file that is written of
    /// it is no less damaged.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and [`NotFound`](ErrorKind::NotFound) or [`Storage`](ErrorKind::Storage), all
    /// with the path.
    #[cfg(feature = "mmap")]
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = std::fs::File::open(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                Error::new(ErrorKind::NotFound, path.display().to_string(), "there is no such file")
            }
            _ => storage(path, "cannot open the snapshot", &e),
        })?;
        #[expect(
            unsafe_code,
            reason = "mapping has no safe form; the file is only read, and the docs ask that it stay"
        )]
        // SAFETY: the map is read only; that nobody changes the file in place is asked of the caller above.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|e| storage(path, "cannot map the snapshot", &e))?;
        let at = |e: &Error| Error::new(e.kind(), path.display().to_string(), e.message());
        let mut data = Self::read(Buffer::File(Arc::new(map))).map_err(|e| at(&e))?;
        data.place = path.display().to_string();
        Ok(Self::new(data))
    }

    fn read(buffer: Buffer) -> Result<Data> {
        let mut from = Reader::new(buffer)?;
        let (head, taxonomy): (_, Array<u8>) = (Strings::read_whole(&mut from), Array::read_whole(&mut from));
        from.so_far()?;
        let head: Head = crate::json::read(if head.len() == 1 { head.get(0) } else { "" })
            .map_err(|e| damaged(&format!("head: {e}")))?;
        head.settings.validate().map_err(|e| damaged(e.message()))?;
        let taxonomy = Taxonomy::from_bytes(&taxonomy).map_err(|e| damaged(&format!("taxonomy: {e}")))?;
        let taxonomy = taxonomy.mark_pruned(head.pruned);
        let telling: Array<u64> = Array::read_whole(&mut from);
        let telling = telling.first().and_then(|&t| usize::try_from(t).ok());
        let mut data = Data {
            head,
            taxonomy,
            telling: telling.ok_or_else(|| damaged("its terms are not counted"))?,
            terms: Packed::read(&mut from),
            idf: Packed::read(&mut from),
            labels: Packed::read(&mut from),
            places: Packed::read(&mut from),
            profiles: Packed::read(&mut from),
            challenges: Packed::read(&mut from),
            by_challenge: Packed::read(&mut from),
            meaning: Meaning::read(&mut from)?,
            checked: OnceLock::new(),
            place: String::new(),
        };
        let map: Array<u8> = Array::read_whole(&mut from);
        from.finish()?;
        if !map.is_empty() {
            data.attach(SubwordMap::from_bytes(&*map).map_err(|e| damaged(e.message()))?)
                .map_err(|e| damaged(e.message()))?;
        }
        Ok(data)
    }
}

#[cfg(feature = "mmap")]
fn storage(path: &std::path::Path, what: &str, e: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, path.display().to_string(), format!("{what}: {e}"))
}

impl Data {
    fn attach(&mut self, map: SubwordMap) -> Result<()> {
        if self.meaning.map != Some(meaning::digest(&map)) {
            let message = "this is not the map that the snapshot's documents were mapped with; give that one";
            return Err(Error::new(ErrorKind::Version, "", message));
        }
        self.taxonomy = self.taxonomy.clone().with_map(Some(map));
        Ok(())
    }

    /// How many competences there are: concepts, and free labels after them.
    pub(crate) fn keys(&self) -> usize {
        self.taxonomy.concepts().len() + self.labels.len()
    }

    /// What a challenge's weight of each term holds beside its count.
    #[expect(clippy::cast_possible_truncation, reason = "1 or less")]
    pub(crate) fn term_scales(&self) -> Vec<f32> {
        self.terms.iter().zip(&*self.idf).map(|(term, idf)| compile::kind(term) as f32 * idf).collect()
    }

    fn writer(&self) -> Writer<'_> {
        let mut to = Writer::default();
        to.text(serde_json::to_string(&self.head).ok().as_deref());
        to.own(self.taxonomy.to_bytes());
        to.own((self.telling as u64).to_le_bytes().to_vec());
        self.columns(&mut to);
        self.meaning.write(&mut to);
        to.borrow(self.taxonomy.map().map_or(&[], |m| m.bytes()));
        to
    }

    fn columns<'a>(&'a self, to: &mut Writer<'a>) {
        self.terms.write(to);
        self.idf.write(to);
        self.labels.write(to);
        self.places.write(to);
        self.profiles.write(to);
        self.challenges.write(to);
        self.by_challenge.write(to);
    }

    /// Checks what was read unchecked, the first time.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged), every time.
    pub(crate) fn whole(&self) -> Result<()> {
        let checked = self.checked.get_or_init(|| {
            let sound = self.sums().and_then(|()| self.check());
            sound.map_err(|e| Error::new(e.kind(), &*self.place, e.message()))
        });
        checked.clone()
    }

    #[cfg(feature = "mmap")]
    fn sums(&self) -> Result<()> {
        let mut columns = Writer::default();
        self.columns(&mut columns);
        columns.whole()
    }

    /// In memory sums are compared when an array is read.
    #[cfg(not(feature = "mmap"))]
    fn sums(&self) -> Result<()> {
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<()> {
        let (terms, keys, places) = (self.terms.len(), self.keys(), self.places.len());
        let (p, c) = (&self.profiles, &self.challenges);
        let telling = self.telling;
        let texts = || self.terms.sound() && self.labels.sound() && self.places.sound();
        let sound = self.idf.len() == terms
            && self.idf.iter().all(|w| w.is_finite() && *w > 0.0)
            && self.head.average.is_finite()
            && self.head.average > 0.0
            && self.head.documents as usize >= p.common.len().max(c.common.len())
            && telling <= terms
            && texts()
            && self.terms.ascends(0..telling)
            && self.terms.ascends(telling..terms)
            && (0..terms).all(|i| compile::tells(self.terms.get(i), &self.head.settings) == (i < telling))
            && self.labels.ascends(0..self.labels.len())
            && self.places.ascends(0..places);
        if !sound {
            return Err(damaged("its terms are not in order"));
        }
        let widths =
            [self.meaning.mapped.as_ref(), self.meaning.given.as_ref()].map(|s| s.map_or(0, Space::dimensions));
        let (there, entries) = (self.head.challenges, [c.need_keys.len(), c.offer_keys.len()]);
        let empty = |common: &Common| common.len() == 0;
        if !(self.head.profiles || empty(&p.common)) || !(there || empty(&c.common) && self.by_challenge.is_empty()) {
            return Err(damaged("it holds a side that its head denies"));
        }
        let checks: [&(dyn Fn() -> Result<()> + Sync); 3] =
            [&|| p.check(terms, places, keys, widths), &|| c.check(terms, places, keys, widths), &|| {
                if there { self.by_challenge.check(c.common.len(), terms, keys, entries) } else { Ok(()) }
            }];
        parallel::map(checks.len(), |i| checks[i]()).into_iter().collect()
    }
}
