//! The container of a snapshot: arrays of numbers, one after another, behind a checked head.
//!
//! Form, little-endian: the magic `OSUMASNP`; `u32` version; `u32` number of arrays; per array its first byte and its
//! length in bytes as `u64`; the arrays, each at a multiple of eight and padded with zeros; and the `u64` XXH3 of
//! everything before it. Arrays have no names: writer and reader go through the same structs in the same order.
//!
//! An array that is read is a view into the bytes, which lie in memory or in a mapped file; nothing is parsed.

use crate::error::{Error, ErrorKind, Result};
use bytemuck::{AnyBitPattern, NoUninit, cast_slice, cast_slice_mut, try_cast_slice};
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

#[cfg(target_endian = "big")]
compile_error!("snapshots are read in place, which needs a little-endian machine");

const MAGIC: &[u8; 8] = b"OSUMASNP";
/// The version of the form; every change of it makes a new one.
const VERSION: u32 = 2;
/// Magic, version and number of arrays.
const HEAD: usize = 16;

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
    buffer: Buffer,
    range: Range<usize>,
    of: PhantomData<T>,
}

impl<T: AnyBitPattern + NoUninit> Deref for Array<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Self::Own(own) => own,
            // Checked when it was read.
            Self::View(v) => try_cast_slice(&v.buffer.bytes()[v.range.clone()]).unwrap_or_default(),
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
    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader) -> Result<Self>;
}

impl<T: AnyBitPattern + NoUninit> Packed for Array<T> {
    fn write(&self, to: &mut Writer) {
        let bytes: &[u8] = cast_slice(self);
        to.arrays.push((to.bytes.len(), bytes.len()));
        to.bytes.extend_from_slice(bytes);
        to.bytes.resize(to.bytes.len().next_multiple_of(8), 0);
    }
    fn read(from: &mut Reader) -> Result<Self> {
        let range = from.next()?;
        if range.len() % size_of::<T>() != 0 {
            return Err(damaged("an array ends within a number"));
        }
        Ok(Self::View(View { buffer: from.buffer.clone(), range, of: PhantomData }))
    }
}

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

impl<S: AsRef<str>> FromIterator<S> for Strings {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let (mut starts, mut bytes) = (vec![0], Vec::new());
        for text in texts {
            bytes.extend_from_slice(text.as_ref().as_bytes());
            starts.push(bytes.len() as u64);
        }
        Self { starts: starts.into(), bytes: bytes.into() }
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
    fn write(&self, to: &mut Writer) {
        self.starts.write(to);
        self.bytes.write(to);
    }
    fn read(from: &mut Reader) -> Result<Self> {
        let (starts, bytes): (Array<u64>, Array<u8>) = (Array::read(from)?, Array::read(from)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged("a text is not UTF-8"))?;
        let whole = starts.first() == Some(&0)
            && starts.last() == Some(&(bytes.len() as u64))
            && starts.is_sorted()
            && starts.iter().all(|&s| usize::try_from(s).is_ok_and(|s| text.is_char_boundary(s)));
        if whole { Ok(Self { starts, bytes }) } else { Err(damaged("its texts do not follow one another")) }
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
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
    }
    fn read(from: &mut Reader) -> Result<Self> {
        Ok(Self(Array::read(from)?))
    }
}

/// Collects arrays.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    arrays: Vec<(usize, usize)>,
}

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        let first = HEAD + 16 * self.arrays.len();
        let mut out = Vec::with_capacity(first + self.bytes.len() + 8);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "some dozens")]
        out.extend_from_slice(&(self.arrays.len() as u32).to_le_bytes());
        for (start, length) in self.arrays {
            out.extend_from_slice(&((first + start) as u64).to_le_bytes());
            out.extend_from_slice(&(length as u64).to_le_bytes());
        }
        out.extend_from_slice(&self.bytes);
        let sum = xxh3_64(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }
}

/// Gives the arrays back in the order in which they were written.
pub(crate) struct Reader {
    buffer: Buffer,
    arrays: std::vec::IntoIter<Range<usize>>,
}

impl Reader {
    /// Checks magic, checksum, version, and that the arrays fill the bytes.
    pub(super) fn new(buffer: Buffer) -> Result<Self> {
        let bytes = buffer.bytes();
        if !bytes.starts_with(MAGIC) {
            return Err(damaged("it does not begin with OSUMASNP"));
        }
        let Some((body, sum)) = bytes.split_last_chunk::<8>() else { return Err(damaged("it ends in its head")) };
        if body.len() < HEAD {
            return Err(damaged("it ends in its head"));
        }
        if xxh3_64(body) != u64::from_le_bytes(*sum) {
            return Err(damaged("its checksum differs; fetch or make it again"));
        }
        let (&[version, count], _) =
            body[8..].as_chunks::<4>().0.split_first_chunk::<2>().ok_or_else(|| damaged("it ends in its head"))?;
        let version = u32::from_le_bytes(version);
        if version != VERSION {
            let message = format!("the snapshot has version {version}, this osuma reads {VERSION}; make it again");
            return Err(Error::new(ErrorKind::Version, "", message));
        }
        let arrays = arrays(body, u32::from_le_bytes(count)).ok_or_else(|| damaged("its arrays do not fill it"))?;
        Ok(Self { arrays: arrays.into_iter(), buffer })
    }

    fn next(&mut self) -> Result<Range<usize>> {
        self.arrays.next().ok_or_else(|| damaged("an array is missing"))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        if self.arrays.next().is_none() { Ok(()) } else { Err(damaged("it has more arrays than it should")) }
    }
}

fn arrays(body: &[u8], count: u32) -> Option<Vec<Range<usize>>> {
    let first = HEAD.checked_add(usize::try_from(count).ok()?.checked_mul(16)?)?;
    let (numbers, _) = body.get(HEAD..first)?.as_chunks::<8>();
    let mut ranges = Vec::with_capacity(numbers.len() / 2);
    let mut end = first;
    for pair in numbers.chunks_exact(2) {
        let [start, length] = [pair[0], pair[1]].map(|n| usize::try_from(u64::from_le_bytes(n)).ok());
        let (start, stop) = (start?, start?.checked_add(length?)?);
        let padded = stop.checked_next_multiple_of(8)?;
        if start != end || padded > body.len() || body[stop..padded].iter().any(|&b| b != 0) {
            return None;
        }
        ranges.push(start..stop);
        end = padded;
    }
    (end == body.len()).then_some(ranges)
}
