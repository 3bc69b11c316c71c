//! The container of a snapshot: arrays of numbers, one after another, behind a checked head.
//!
//! Form, little-endian: the magic `OSUMASNP`; `u32` version; `u32` number of arrays; per array its first byte and its
//! length in bytes and its XXH3, each as `u64`; the `u64` XXH3 of everything before it; and the arrays, each at a
//! multiple of eight and padded with zeros. Arrays have no names: writer and reader go through the same structs in the
//! same order.
//!
//! An array that is read is a view into the bytes, which lie in memory or in a mapped file; nothing is parsed. It is read
//! first when it is compared with its sum, once, and is written again with the sum that it came with: damage that nobody
//! saw yet stays to be seen.

use crate::error::{Error, ErrorKind, Result};
use crate::parallel;
use bytemuck::{AnyBitPattern, NoUninit, cast_slice, cast_slice_mut, try_cast_slice};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::xxh3_64;

#[cfg(target_endian = "big")]
compile_error!("snapshots are read in place, which needs a little-endian machine");

const MAGIC: &[u8; 8] = b"OSUMASNP";
/// The version of the form; every change of it makes a new one.
const VERSION: u32 = 2;
/// Magic, version and number of arrays.
const HEAD: usize = 16;
/// First byte, length and sum of an array.
const ENTRY: usize = 24;

pub(crate) fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Damaged, "", format!("not a whole snapshot: {what}"))
}

/// The bytes of a snapshot, at an address that every number may start at.
#[derive(Clone)]
pub(super) enum Buffer {
    Memory(Arc<[u64]>, usize),
    #[cfg(feature = "mmap")]
    File(Arc<memmap2::Mmap>),
}

impl Buffer {
    pub(super) fn copy(bytes: &[u8]) -> Self {
        let mut words = vec![0u64; bytes.len().div_ceil(8)];
        cast_slice_mut::<u64, u8>(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self::Memory(words.into(), bytes.len())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Memory(words, len) => &cast_slice::<u64, u8>(words)[..*len],
            #[cfg(feature = "mmap")]
            Self::File(map) => map,
        }
    }
}

/// Numbers of their own, or a view into a snapshot's bytes.
#[derive(Clone)]
pub(crate) enum Array<T> {
    Own(Vec<T>),
    View(View<T>),
}

#[derive(Clone)]
pub(crate) struct View<T> {
    bytes: Bytes,
    of: PhantomData<T>,
}

/// An array's bytes among a snapshot's.
#[derive(Clone)]
struct Bytes {
    buffer: Buffer,
    range: Range<usize>,
    sum: u64,
    /// Whether they have this sum, once somebody looked.
    whole: Arc<OnceLock<bool>>,
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.buffer.bytes()[self.range.clone()]
    }
}

impl Bytes {
    fn whole(&self) -> bool {
        *self.whole.get_or_init(|| xxh3_64(self) == self.sum)
    }
}

impl<T: AnyBitPattern + NoUninit> Deref for Array<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Self::Own(own) => own,
            // Checked when it was read.
            Self::View(v) => try_cast_slice(&v.bytes).unwrap_or_default(),
        }
    }
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(own: Vec<T>) -> Self {
        Self::Own(own)
    }
}

impl<T: AnyBitPattern + NoUninit> std::fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} numbers]", self.len())
    }
}

/// What is written as arrays and read from them, in one order.
pub(crate) trait Packed: Sized {
    fn write<'a>(&'a self, to: &mut Writer<'a>);
    /// After a fault, which the reader keeps, it is empty.
    fn read(from: &mut Reader) -> Self;
}

impl<T: AnyBitPattern + NoUninit> Packed for Array<T> {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        to.arrays.push(match self {
            Self::Own(own) => Part::New(Cow::Borrowed(cast_slice(own))),
            Self::View(v) => Part::Read(&v.bytes),
        });
    }
    fn read(from: &mut Reader) -> Self {
        let view = |bytes| Self::View(View { bytes, of: PhantomData });
        from.next(size_of::<T>()).map_or_else(Self::default, view)
    }
}

impl<T: AnyBitPattern + NoUninit> Array<T> {
    /// [`read`](Packed::read), and compared with its sum at once.
    pub(super) fn read_whole(from: &mut Reader) -> Self {
        let array = Self::read(from);
        from.demand(array.whole(), DIFFERS);
        array
    }

    fn whole(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::View(v) => v.bytes.whole(),
        }
    }
}

const DIFFERS: &str = "a checksum differs; fetch or make it again";

/// Texts one after another.
#[derive(Clone, Debug)]
pub(crate) struct Strings {
    starts: Array<u64>,
    bytes: Array<u8>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { starts: vec![0].into(), bytes: Array::default() }
    }
}

/// Texts to which more are added.
#[derive(Default)]
pub(super) struct GrowingStrings {
    ends: Vec<u64>,
    bytes: Vec<u8>,
}

impl GrowingStrings {
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u64);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "they are lengths of a vector")]
    pub(super) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        std::str::from_utf8(&self.bytes[start as usize..self.ends[i] as usize]).unwrap_or_default()
    }
}

impl From<GrowingStrings> for Strings {
    fn from(all: GrowingStrings) -> Self {
        let mut starts = all.ends;
        starts.insert(0, 0);
        Self { starts: starts.into(), bytes: all.bytes.into() }
    }
}

impl<S: AsRef<str>> FromIterator<S> for Strings {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let mut all = GrowingStrings::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref()));
        all.into()
    }
}

impl Strings {
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "checked against the bytes when it was read")]
    pub(crate) fn get(&self, i: usize) -> &str {
        // Checked when it was read.
        std::str::from_utf8(&self.bytes[self.starts[i] as usize..self.starts[i + 1] as usize]).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The place of a text among those of a range that ascends.
    pub(crate) fn find(&self, text: &str, range: Range<usize>) -> Option<usize> {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.get(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    pub(crate) fn ascends(&self, range: Range<usize>) -> bool {
        range.clone().skip(1).all(|i| self.get(i - 1) < self.get(i))
    }
}

impl Packed for Strings {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.starts.write(to);
        self.bytes.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        let (starts, bytes) = (Array::read(from), Array::read(from));
        from.demand(!starts.is_empty(), UNSOUND);
        Self { starts, bytes }
    }
}

const UNSOUND: &str = "its texts do not follow one another";

impl Strings {
    /// [`read`](Packed::read), and checked at once.
    pub(super) fn read_whole(from: &mut Reader) -> Self {
        let all = Self::read(from);
        from.demand(all.starts.whole() && all.bytes.whole(), DIFFERS);
        from.demand(all.sound(), UNSOUND);
        all
    }

    /// Whether these are texts that follow one another.
    pub(super) fn sound(&self) -> bool {
        let (starts, bytes) = (&*self.starts, &*self.bytes);
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        starts.first() == Some(&0)
            && starts.last() == Some(&(bytes.len() as u64))
            && starts.is_sorted()
            && starts.iter().all(|&s| usize::try_from(s).is_ok_and(|s| text.is_char_boundary(s)))
    }
}

/// Lists one after another: list `i` is the range `starts[i]..starts[i + 1]` of arrays that lie beside.
#[derive(Clone, Debug)]
pub(crate) struct Lists(Array<u32>);

impl Default for Lists {
    fn default() -> Self {
        Self(vec![0].into())
    }
}

impl Lists {
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for more entries than a `u32` counts.
    pub(crate) fn new(lengths: impl IntoIterator<Item = usize>) -> Result<Self> {
        let (mut starts, mut end) = (vec![0u32], 0usize);
        for length in lengths {
            end += length;
            let end = u32::try_from(end)
                .map_err(|_| Error::invalid("", "more than 4,294,967,295 terms in all; split the pool"))?;
            starts.push(end);
        }
        Ok(Self(starts.into()))
    }

    /// The number of lists.
    pub(crate) fn len(&self) -> usize {
        self.0.len() - 1
    }

    #[inline]
    pub(crate) fn range(&self, i: usize) -> Range<usize> {
        let starts = &*self.0;
        starts[i] as usize..starts[i + 1] as usize
    }

    /// That these are `count` lists which exactly fill `entries`.
    pub(crate) fn fill(&self, count: usize, entries: usize) -> bool {
        self.0.len() == count + 1 && self.0[0] == 0 && self.0[count] as usize == entries && self.0.is_sorted()
    }
}

impl Packed for Lists {
    fn write<'a>(&'a self, to: &mut Writer<'a>) {
        self.0.write(to);
    }
    fn read(from: &mut Reader) -> Self {
        let starts: Array<u32> = Array::read(from);
        from.demand(!starts.is_empty(), "its lists do not follow one another");
        Self(starts)
    }
}

/// Collects arrays.
#[derive(Default)]
pub(crate) struct Writer<'a> {
    arrays: Vec<Part<'a>>,
}

enum Part<'a> {
    New(Cow<'a, [u8]>),
    Read(&'a Bytes),
}

impl Part<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::New(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn borrow(&mut self, bytes: &'a [u8]) {
        self.arrays.push(Part::New(bytes.into()));
    }

    /// An array that is made for the writing.
    pub(super) fn own(&mut self, bytes: Vec<u8>) {
        self.arrays.push(Part::New(bytes.into()));
    }

    /// Texts that are made for the writing.
    pub(super) fn text(&mut self, text: Option<&str>) {
        let starts: &[u64] = &[0, text.map_or(0, str::len) as u64];
        self.own(cast_slice(&starts[..1 + usize::from(text.is_some())]).to_vec());
        self.own(text.unwrap_or_default().as_bytes().to_vec());
    }

    /// Whether all arrays that were mapped are whole. Cost: each is read once, on all threads.
    #[cfg(feature = "mmap")]
    pub(super) fn whole(&self) -> Result<()> {
        let whole = parallel::map(self.arrays.len(), |i| match &self.arrays[i] {
            Part::New(_) => true,
            Part::Read(bytes) => bytes.whole(),
        });
        if whole.contains(&false) { Err(damaged(DIFFERS)) } else { Ok(()) }
    }

    pub(super) fn head(&self) -> Vec<u8> {
        let sums = parallel::map(self.arrays.len(), |i| match &self.arrays[i] {
            Part::New(bytes) => xxh3_64(bytes),
            Part::Read(bytes) => bytes.sum,
        });
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_le_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "some dozens")]
        out.extend_from_slice(&(self.arrays.len() as u32).to_le_bytes());
        let mut start = HEAD + ENTRY * self.arrays.len() + 8;
        for (part, sum) in self.arrays.iter().zip(sums) {
            let length = part.bytes().len();
            out.extend_from_slice(&(start as u64).to_le_bytes());
            out.extend_from_slice(&(length as u64).to_le_bytes());
            out.extend_from_slice(&sum.to_le_bytes());
            start += length.next_multiple_of(8);
        }
        out.extend_from_slice(&xxh3_64(&out).to_le_bytes());
        out
    }

    /// The snapshot's bytes, one stretch after another.
    pub(super) fn write<E>(&self, mut to: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        to(&self.head())?;
        for bytes in self.arrays.iter().map(Part::bytes) {
            to(bytes)?;
            to(&[0; 8][..bytes.len().next_multiple_of(8) - bytes.len()])?;
        }
        Ok(())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let head = HEAD + ENTRY * self.arrays.len() + 8;
        let mut out = Vec::with_capacity(self.arrays.iter().fold(head, |n, p| n + p.bytes().len().next_multiple_of(8)));
        let _: Result<()> = self.write(|bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        });
        out
    }
}

/// Gives the arrays back in the order in which they were written.
pub(crate) struct Reader {
    buffer: Buffer,
    arrays: std::vec::IntoIter<(Range<usize>, u64)>,
    /// The first.
    fault: Option<&'static str>,
}

impl Reader {
    /// Checks magic, version, the head's checksum, and that the arrays fill the bytes.
    pub(super) fn new(buffer: Buffer) -> Result<Self> {
        let bytes = buffer.bytes();
        if !bytes.starts_with(MAGIC) {
            return Err(damaged("it does not begin with OSUMASNP"));
        }
        let (&[version, count], _) =
            bytes[8..].as_chunks::<4>().0.split_first_chunk::<2>().ok_or_else(|| damaged("it ends in its head"))?;
        let (version, count) = (u32::from_le_bytes(version), u32::from_le_bytes(count));
        let Some(first) = first(bytes, count) else {
            return Err(if version == VERSION { damaged(DIFFERS) } else { another(bytes, version) });
        };
        if version != VERSION {
            return Err(newer(version));
        }
        let arrays = arrays(bytes, first).ok_or_else(|| damaged("its arrays do not fill it"))?;
        Ok(Self { arrays: arrays.into_iter(), fault: None, buffer })
    }

    /// The next array, of numbers of this size. In memory it is compared with its sum at once.
    fn next(&mut self, size: usize) -> Option<Bytes> {
        let next = self.arrays.next();
        self.demand(next.is_some(), "an array is missing");
        let (range, sum) = next?;
        self.demand(range.len() % size == 0, "an array ends within a number");
        let bytes = Bytes { buffer: self.buffer.clone(), range, sum, whole: Arc::default() };
        self.demand(!matches!(self.buffer, Buffer::Memory(..)) || bytes.whole(), DIFFERS);
        Some(bytes).filter(|_| self.fault.is_none())
    }

    fn demand(&mut self, so: bool, fault: &'static str) {
        self.fault = self.fault.or((!so).then_some(fault));
    }

    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) if there was a fault.
    pub(super) fn so_far(&self) -> Result<()> {
        self.fault.map_or(Ok(()), |fault| Err(damaged(fault)))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let all = self.arrays.next().is_none();
        self.demand(all, "it has more arrays than it should");
        self.so_far()
    }
}

/// Where the arrays begin behind so many entries, if the head has its checksum.
fn first(bytes: &[u8], count: u32) -> Option<usize> {
    let end = usize::try_from(count).ok()?.checked_mul(ENTRY)?.checked_add(HEAD)?;
    let sum = bytes.get(end..)?.first_chunk::<8>()?;
    (xxh3_64(&bytes[..end]) == u64::from_le_bytes(*sum)).then_some(end + 8)
}

fn newer(version: u32) -> Error {
    let message = format!("the snapshot has version {version}, this osuma reads {VERSION}; make it again");
    Error::new(ErrorKind::Version, "", message)
}

/// Version 1 had one checksum of everything, at its end.
fn another(bytes: &[u8], version: u32) -> Error {
    let sum = bytes.split_last_chunk::<8>().filter(|(body, sum)| xxh3_64(body) == u64::from_le_bytes(**sum));
    if sum.is_some() { newer(version) } else { damaged(DIFFERS) }
}

fn arrays(bytes: &[u8], first: usize) -> Option<Vec<(Range<usize>, u64)>> {
    let (entries, _) = bytes[HEAD..first - 8].as_chunks::<ENTRY>();
    let mut ranges = Vec::with_capacity(entries.len());
    let mut end = first;
    for entry in entries {
        let &[start, length, sum] = entry.as_chunks::<8>().0.first_chunk()?;
        let [start, length] = [start, length].map(|n| usize::try_from(u64::from_le_bytes(n)).ok());
        let (start, stop) = (start?, start?.checked_add(length?)?);
        let padded = stop.checked_next_multiple_of(8)?;
        if start != end || padded > bytes.len() || bytes[stop..padded].iter().any(|&b| b != 0) {
            return None;
        }
        ranges.push((start..stop, u64::from_le_bytes(sum)));
        end = padded;
    }
    (end == bytes.len()).then_some(ranges)
}
