//! Meaning as vectors: the distilled subword map, the means that are removed, and the calibration to [0, 1].
//!
//! Texts about the same thing in other words, or in another language, share no terms; their vectors are near. Vectors
//! come from the caller's own encoder or from a [`SubwordMap`], a linear map that was fitted to an encoder once and
//! needs no network afterwards: a text's words and character grams each add one row of a table.
//!
//! Promises: the same text gives the same bits on every platform (sums in the order of the features; only `+ - * /`
//! and `sqrt`); damaged bytes are an error, never a panic or a large allocation; cost is linear in the text, well
//! under a millisecond for 100 words.

mod centre;
mod fit;
mod rows;

pub(crate) use centre::BELOW;
pub use centre::{ENCODER_HALF, MAP_HALF, Means, calibrate, cosine, windows};
pub use fit::FitOptions;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use crate::text::{Analyzer, Token};
use std::collections::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"OSUMAMAP";
const VERSION: u32 = 1;
/// Characters of the shortest and the longest gram, the spaces at a word's edges included.
const GRAMS: (usize, usize) = (3, 5);
/// The longest feature in bytes: a word of 64 characters between two spaces.
const MAX_FEATURE: usize = 4 * 64 + 2;
/// More dimensions than any sentence encoder in use has; bounds what damaged bytes may ask for.
pub(crate) const MAX_DIMENSIONS: usize = 4096;

/// How one value of the table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 4 bits: 15 steps between minus and plus the feature's largest value. The smallest.
    #[default]
    Four,
    /// 8 bits: 255 steps.
    Eight,
    /// 32 bits, as fitted.
    Full,
}

impl Precision {
    const ALL: [Self; 3] = [Self::Four, Self::Eight, Self::Full];

    /// Bits of one value.
    #[must_use]
    pub const fn bits(self) -> u8 {
        [4, 8, 32][self as usize]
    }

    /// Bytes of a row of `dimensions` values.
    const fn row(self, dimensions: usize) -> usize {
        (dimensions * self.bits() as usize).div_ceil(8)
    }

    /// The largest step.
    const fn top(self) -> f32 {
        [7.0, 127.0, 1.0][self as usize]
    }
}

/// A linear map from a text's words and character grams to vectors of meaning. Immutable; cheap to clone.
///
/// The vector of a text is the sum over its features (words, and their grams of 3 to 5 characters, a space at each
/// edge) of `sqrt(count) * scale * row`, made of unit length. A feature's weight (its inverse document frequency) is
/// part of its scale. Vectors of two texts are compared after [`Means`] were removed.
///
/// Bytes, little-endian: the magic `OSUMAMAP`; `u32` version, dimensions, features, bytes of the model's name, bytes of
/// the keys, bits a value; the name; the keys (ascending UTF-8, each as shared and own length in a byte, then its own
/// bytes); a bf16 scale a feature; the rows; and the `u64` XXH3 of everything before it.
#[derive(Clone)]
pub struct SubwordMap {
    bytes: Arc<[u8]>,
    model: Arc<str>,
    dimensions: usize,
    precision: Precision,
    /// Index of a feature by the hash of its key; a key's own hash is distinct from all others', which loading checks.
    index: Arc<HashMap<u64, u32, Hashed>>,
    scales: Arc<[f32]>,
    /// First byte of the rows.
    rows: usize,
}

/// Keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
struct Hashed;

impl std::hash::BuildHasher for Hashed {
    type Hasher = Pass;
    fn build_hasher(&self) -> Pass {
        Pass(0)
    }
}

struct Pass(u64);

impl std::hash::Hasher for Pass {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl std::fmt::Debug for SubwordMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (features, bits) = (self.features(), self.precision.bits());
        write!(f, "SubwordMap({}, {features} features x {} of {bits} bits)", self.model, self.dimensions)
    }
}

impl PartialEq for SubwordMap {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

fn damaged(message: &str) -> Error {
    Error::new(ErrorKind::Damaged, "", format!("the subword map is damaged: {message}"))
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(head)
}

fn take_u32(rest: &mut &[u8]) -> Option<usize> {
    take(rest, 4).and_then(|b| b.try_into().ok()).map(|b| u32::from_le_bytes(b) as usize)
}

impl SubwordMap {
    /// Reads a map. The table stays in `bytes` as it is; about 4 ms for 50,000 features.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) for bytes that are not a whole, undamaged map, [`Version`](ErrorKind::Version)
    /// for one of a newer osuma.
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes: Arc<[u8]> = bytes.into();
        let mut rest = &bytes[..];
        if take(&mut rest, 8) != Some(MAGIC) {
            return Err(damaged("it does not begin with OSUMAMAP"));
        }
        let version = take_u32(&mut rest).ok_or_else(|| damaged("it is cut short"))?;
        if version != VERSION as usize {
            let message = format!("the subword map has version {version}, this osuma reads {VERSION}");
            return Err(Error::new(ErrorKind::Version, "", message));
        }
        let Some((body, sum)) = bytes.split_last_chunk::<8>() else {
            return Err(damaged("it is cut short"));
        };
        if xxh3_64(body) != u64::from_le_bytes(*sum) {
            return Err(damaged("its checksum differs; fetch or make it again"));
        }
        let mut rest = body.get(12..).unwrap_or_default();
        let mut head = [0; 5];
        for h in &mut head {
            *h = take_u32(&mut rest).ok_or_else(|| damaged("it is cut short"))?;
        }
        let [dimensions, features, name, keys, bits] = head;
        let precision = Precision::ALL.into_iter().find(|p| usize::from(p.bits()) == bits);
        let Some(precision) = precision.filter(|_| (1..=MAX_DIMENSIONS).contains(&dimensions)) else {
            return Err(damaged("no such number of dimensions or bits"));
        };
        let (Some(name), Some(keys)) = (take(&mut rest, name), take(&mut rest, keys)) else {
            return Err(damaged("it is cut short"));
        };
        let model = std::str::from_utf8(name).map_err(|_| damaged("its model's name is not UTF-8"))?;
        // No overflow on 32 bits: features are at most the bytes of the keys halved, dimensions a few thousand.
        let size = (features as u64) * (2 + precision.row(dimensions) as u64);
        if rest.len() as u64 != size {
            return Err(damaged("its table is not as long as it says"));
        }
        let index = read_keys(keys, features)?;
        let (scales, table) = rest.split_at(2 * features);
        let scales: Arc<[f32]> = scales.chunks_exact(2).map(|b| unpack(u16::from_le_bytes([b[0], b[1]]))).collect();
        let full = precision == Precision::Full;
        let values = table.as_chunks::<4>().0.iter().filter(|_| full).map(|&b| f32::from_le_bytes(b));
        if scales.iter().copied().chain(values).any(|s| !s.is_finite()) {
            return Err(damaged("a value is not a number"));
        }
        let (model, rows) = (model.into(), body.len() - table.len());
        Ok(Self { model, dimensions, precision, index: Arc::new(index), scales, rows, bytes })
    }

    /// The map's bytes: what [`from_bytes`](Self::from_bytes) was given.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Makes a map of its parts: ascending `keys`, and a row of `dimensions` values for each.
    fn pack(model: &str, keys: &[&str], rows: &[f32], dimensions: usize, precision: Precision) -> Result<Self> {
        let (mut packed, mut last) = (Vec::new(), "");
        for key in keys {
            // A key is cut at a byte, not at a character: what matters is that it is put together again.
            let shared = last.bytes().zip(key.bytes()).take_while(|(a, b)| a == b).count().min(255);
            let own = &key.as_bytes()[shared..];
            for length in [shared, own.len()] {
                packed.push(u8::try_from(length).map_err(|_| Error::invalid("/features", "a feature is too long"))?);
            }
            packed.extend_from_slice(own);
            last = key;
        }
        let mut bytes = MAGIC.to_vec();
        let bits = usize::from(precision.bits());
        for n in [VERSION as usize, dimensions, keys.len(), model.len(), packed.len(), bits] {
            let n = u32::try_from(n).map_err(|_| Error::invalid("/features", "the map is too large"))?;
            bytes.extend_from_slice(&n.to_le_bytes());
        }
        bytes.extend_from_slice(model.as_bytes());
        bytes.extend_from_slice(&packed);
        let scales: Vec<u16> = rows.chunks_exact(dimensions).map(|row| scale(row, precision)).collect();
        for s in &scales {
            bytes.extend_from_slice(&s.to_le_bytes());
        }
        for (row, &s) in rows.chunks_exact(dimensions).zip(&scales) {
            let s = unpack(s);
            match precision {
                Precision::Full => row.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes())),
                Precision::Eight => bytes.extend(row.iter().map(|&v| step(v, s, 127.0).to_le_bytes()[0])),
                Precision::Four => bytes.extend(row.chunks(2).map(|p| {
                    let nibble = |v: f32| (step(v, s, 7.0) + 8).to_le_bytes()[0];
                    nibble(p[0]) | nibble(p.get(1).copied().unwrap_or(0.0)) << 4
                })),
            }
        }
        bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
        Self::from_bytes(bytes)
    }

    /// Fits a map to an encoder's vectors: one row of `targets` for each text, from which the means should have been
    /// removed (see [`distil`](Self::distil) for labels). `weights` says how much each text counts (all the same by
    /// default). `progress` is called with the share that is done, on the calling thread, and cancels by `false`.
    ///
    /// Cost: a minute or two on two cores for 65,000 labels in three languages; memory about
    /// `16 * features * dimensions` bytes. The same input gives the same map, whatever the number of threads.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) where numbers of texts, weights and vectors do not fit, a value is not
    /// finite or an option out of range, [`Cancelled`](ErrorKind::Cancelled) if `progress` says so.
    ///
    /// ```
    /// use osuma::semantic::{FitOptions, SubwordMap};
    /// let texts = ["leipä", "leipää", "talo", "talon"];
    /// let targets = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    /// let map = SubwordMap::fit("mine", &texts, None, &targets, &FitOptions::default(), &mut |_| true)?;
    /// let bread = map.embed("leivän leipä", None).unwrap_or_default();
    /// assert!(bread[0] > 0.9);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    pub fn fit(
        model: &str,
        texts: &[&str],
        weights: Option<&[f32]>,
        targets: &[f32],
        options: &FitOptions,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Self> {
        fit::Task { model, texts, weights, targets, options: *options }.fit(progress)
    }

    /// Fits a map to an encoder's vectors of a taxonomy's labels (and of other texts, each a concept of its own, or
    /// translations of one under one number): from each vector its language's mean is removed, and a label's target is
    /// the mean over its concept's languages, so that its forms in all languages come to lie together.
    ///
    /// `vectors` holds `dimensions` values for each label, in their order.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn distil(
        model: &str,
        labels: &[(u32, Language, &str)],
        vectors: &[f32],
        options: &FitOptions,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Self> {
        let targets = fit::concept_means(labels, vectors)?;
        let texts: Vec<&str> = labels.iter().map(|l| l.2).collect();
        Self::fit(model, &texts, None, &targets, options, progress)
    }

    /// Values of a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The name of the map, for which its vectors are comparable with those of the same name alone.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many words and grams it knows.
    #[must_use]
    pub fn features(&self) -> usize {
        self.scales.len()
    }

    /// How a value is stored.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The vector of a text, of unit length; `None` where no feature of it is known. `hint` is its language, if known.
    ///
    /// Cost: that of [`Analyzer::analyse`] and about 2 µs a word.
    #[must_use]
    pub fn embed(&self, text: &str, hint: Option<Language>) -> Option<Vec<f32>> {
        self.embed_tokens(&Analyzer::default().analyse(text, hint).tokens)
    }

    /// The vector of some of a text's tokens, such as a few sentences; negated words are left out.
    #[must_use]
    pub fn embed_tokens(&self, tokens: &[Token]) -> Option<Vec<f32>> {
        self.embed_words(&mut tokens.iter())
    }

    /// [`embed_tokens`](Self::embed_tokens) of tokens that do not follow one another.
    pub(crate) fn embed_words(&self, tokens: &mut dyn Iterator<Item = &Token>) -> Option<Vec<f32>> {
        self.embed_known(tokens, 0.0)
    }
}

/// Reads front-coded keys into an index by hash.
fn read_keys(mut keys: &[u8], features: usize) -> Result<HashMap<u64, u32, Hashed>> {
    let err = || damaged("its keys are not in order");
    // A key has two bytes of lengths at least, so this reserves no more than the bytes that are there.
    if features > keys.len() / 2 || u32::try_from(features).is_err() {
        return Err(err());
    }
    let mut index = HashMap::with_capacity_and_hasher(features, Hashed);
    let mut key: Vec<u8> = Vec::new();
    for i in 0..features {
        let (shared, own) = match take(&mut keys, 2) {
            Some(&[shared, own]) => (usize::from(shared), usize::from(own)),
            _ => return Err(err()),
        };
        let own = take(&mut keys, own).filter(|_| shared <= key.len()).ok_or_else(err)?;
        let ascends = i == 0 || key[shared..] < *own;
        key.truncate(shared);
        key.extend_from_slice(own);
        if !ascends || key.len() > MAX_FEATURE || std::str::from_utf8(&key).is_err() {
            return Err(err());
        }
        #[expect(clippy::cast_possible_truncation, reason = "features fit in u32")]
        if index.insert(xxh3_64(&key), i as u32).is_some() {
            return Err(damaged("two of its keys have the same hash"));
        }
    }
    if keys.is_empty() { Ok(index) } else { Err(err()) }
}

/// The features of a folded word, each as often as it occurs: the word between two spaces, and the grams of that.
fn features(word: &str, mut each: impl FnMut(&str)) {
    let padded = format!(" {word} ");
    let edges: Vec<usize> = padded.char_indices().map(|(i, _)| i).chain([padded.len()]).collect();
    let characters = edges.len() - 1;
    // The word itself comes once, also where it is as short as a gram.
    each(&padded);
    for n in GRAMS.0..=GRAMS.1.min(characters - 1) {
        for w in edges.windows(n + 1) {
            each(&padded[w[0]..w[n]]);
        }
    }
}

/// The scale of a row as the upper half of an f32.
fn scale(row: &[f32], precision: Precision) -> u16 {
    if precision == Precision::Full {
        return bf16(1.0);
    }
    let largest = row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    // Cutting the largest values off costs less than coarse steps for all others: the best of ten tries.
    let tries = (0..10_u8).map(|i| bf16(largest / precision.top() * (1.0 - 0.06 * f32::from(i))));
    let error = |bits: u16| {
        let s = unpack(bits);
        row.iter().fold(0.0_f32, |e, &v| e + square(v - f32::from(step(v, s, precision.top())) * s))
    };
    tries.min_by(|&a, &b| error(a).total_cmp(&error(b))).unwrap_or_default()
}

fn square(v: f32) -> f32 {
    v * v
}

/// The upper half of a finite f32, rounded to the nearest.
fn bf16(v: f32) -> u16 {
    let [a, b, ..] = (v.to_bits().saturating_add(0x8000)).to_be_bytes();
    u16::from_be_bytes([a, b])
}

fn unpack(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The nearest step of a value.
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn step(v: f32, scale: f32, top: f32) -> i8 {
    if scale == 0.0 { 0 } else { (v / scale).round().clamp(-top, top) as i8 }
}

/// Makes a vector of unit length; false where it has none.
pub(crate) fn normalise(v: &mut [f32]) -> bool {
    let length = v.iter().fold(0.0_f64, |s, &x| s + f64::from(x) * f64::from(x)).sqrt();
    if !(length.is_finite() && length > 0.0) {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
    v.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    true
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn finite(v: Vec<f32>) -> bool {
        v.iter().all(|x| x.is_finite())
    }

    /// 5 dimensions, so that the last byte of a row of 4 bits is half empty.
    fn small(precision: Precision) -> SubwordMap {
        let keys = [" bak", " leip", " talo ", "aaa", "leipä", "oma"];
        let rows: Vec<f32> = (0..30_u8).map(|i| f32::from(i % 7) - 3.0).collect();
        SubwordMap::pack("test", &keys, &rows, 5, precision).unwrap()
    }

    #[test]
    fn a_text_is_the_sum_of_its_known_features() {
        for precision in Precision::ALL {
            let map = small(precision);
            assert_eq!((map.features(), map.dimensions(), map.model()), (6, 5, "test"));
            let house = map.embed("TALO, talo!", None).unwrap();
            let row: Vec<f32> = [0.0_f32, 1.0, 2.0, 3.0, -3.0].to_vec();
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            for (a, b) in house.iter().zip(&row) {
                assert!((a - b / length).abs() < 0.05, "{precision:?}: {house:?}");
            }
            assert!(map.embed("xyz", None).is_none() && map.embed("", None).is_none());
            assert_eq!(map.embed("leipä talo", None), map.embed("talo leipä", None));
        }
    }

    #[test]
    fn negated_words_are_left_out() {
        let map = small(Precision::Full);
        let fi = Some(Language::Fi);
        assert_eq!(map.embed("Meillä on talo, mutta en tee leipää.", fi), map.embed("Meillä on talo.", fi));
    }

    #[test]
    fn features_are_the_word_and_its_grams() {
        for (word, expected) in [("a", vec![" a "]), ("työ", vec![" työ ", " ty", "työ", "yö ", " työ", "työ "])]
        {
            let mut found = Vec::new();
            features(word, |f| found.push(f.to_owned()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn bytes_come_back_and_damage_is_an_error() {
        for precision in Precision::ALL {
            let map = small(precision);
            let bytes = map.bytes().to_vec();
            assert_eq!(SubwordMap::from_bytes(bytes.clone()).unwrap(), map);
            for n in 0..bytes.len() {
                assert!(SubwordMap::from_bytes(&bytes[..n]).is_err(), "cut at {n}");
                for bit in 0..8 {
                    let mut b = bytes.clone();
                    b[n] ^= 1 << bit;
                    assert!(SubwordMap::from_bytes(b.clone()).is_err(), "bit {bit} of byte {n}");
                    // With a right checksum too: no panic and no large allocation, whatever it says.
                    let end = b.len() - 8;
                    let sum = xxh3_64(&b[..end]).to_le_bytes();
                    b[end..].copy_from_slice(&sum);
                    if let Ok(map) = SubwordMap::from_bytes(b) {
                        assert!(map.embed("talo leipä oma aaa bakar", None).is_none_or(finite));
                    }
                }
            }
        }
    }

    #[test]
    fn the_shipped_map_joins_languages_and_gives_the_same_bits_everywhere() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/semantic/starter.map");
        let map = SubwordMap::from_bytes(std::fs::read(path).unwrap()).unwrap();
        assert!(map.bytes().len() < 4_000_000);
        let vectors = [
            "Korjaan polkupyöriä ja opetan muita korjaamaan omansa.",
            "Jag lagar cyklar och lär andra att laga sina egna.",
            "I repair bicycles and teach others to mend their own.",
            "Leivomme yöllä ruisleipää ja pullaa.",
        ]
        .map(|text| map.embed(text, None).unwrap());
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            assert!(cosine(&vectors[a], &vectors[b]) > 0.7 && cosine(&vectors[a], &vectors[3]) < 0.4);
        }
        let digest = vectors.iter().flatten().fold(0_u64, |h, v| h.rotate_left(5) ^ u64::from(v.to_bits()));
        assert_eq!(digest, 0x20fc_2a5e_2781_1e27);
    }

    #[test]
    fn hostile_text_costs_linear_time() {
        let map = small(Precision::Four);
        for text in ["a".repeat(1 << 20), "a ".repeat(1 << 19), "\u{301}".repeat(1 << 19), "\0".repeat(1 << 20)] {
            assert!(map.embed(&text, None).is_none_or(finite));
        }
    }
}
