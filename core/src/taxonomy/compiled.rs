//! The compiled form of a taxonomy: what building it took time for, ready to use.
//!
//! Bytes: `OSUMATAX`, the version, the body, and the xxh3 of all before it (8 bytes, little-endian). The body is the text
//! of all strings (length and UTF-8), and a stream of numbers (LEB128), the strings' lengths among them: the vocabulary
//! of stems; the concepts' URIs; the concepts, with the trust and stems of every label; the degrees to which concepts
//! meet one another, in ten-thousandths; 0, or 1 and the concepts' vectors by a map (see
//! [`Taxonomy::to_bytes_with_vectors`]). The same taxonomy gives the same bytes on every platform. Everything is checked
//! when it is read; memory stays within a constant factor of the bytes.
//!
//! Half the time of reading is the memory's first use, so that it is done on one thread: several put each other off, and
//! what they made is slower to drop.

use super::graph::{Edges, PARTS};
use super::link::{MEANS, Meanings};
use super::recognise::{Form, Near, Phrases, Stems, VERBS};
use super::words::Words;
use super::{Concept, ConceptKind, Label, LabelKind, NeededSkill, Taxonomy};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use crate::semantic::{MAX_DIMENSIONS, SubwordMap};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"OSUMATAX";
const VERSION: u8 = 3;
/// References may take up to this many bytes in memory for one byte of the file, so that no file fills the memory.
const COPIED: usize = 256;
const KINDS: [ConceptKind; 4] =
    [ConceptKind::Skill, ConceptKind::Knowledge, ConceptKind::Group, ConceptKind::Occupation];
const LABEL_KINDS: [LabelKind; 3] = [LabelKind::Preferred, LabelKind::Alternative, LabelKind::Hidden];

impl Taxonomy {
    /// The compiled form, which [`from_bytes`](Self::from_bytes) reads; the same bytes on every platform. ESCO with
    /// its English descriptions and alternative labels takes about 15 MB.
    ///
    /// ```
    /// # #[cfg(feature = "starter")] {
    /// use osuma::Taxonomy;
    /// let taxonomy = Taxonomy::starter();
    /// let again = Taxonomy::from_bytes(&taxonomy.to_bytes())?;
    /// assert_eq!(again.digest(), taxonomy.digest());
    /// # }
    /// # Ok::<(), osuma::Error>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.compiled(None)
    }

    /// The same with the concepts' vectors by the taxonomy's [map](Self::with_map), so that the first
    /// [`link`](Self::link) and [`recognise`](Self::recognise) after reading need not make them: for ESCO 3.6 MB more, and
    /// a second or more less. They count for the same map alone, which is not in the bytes: give it to
    /// [`with_map`](Self::with_map) again. Cost: making them, if no call has yet.
    ///
    /// ```
    /// # #[cfg(feature = "starter-map")] {
    /// use osuma::Taxonomy;
    /// let taxonomy = Taxonomy::starter();
    /// let bytes = taxonomy.to_bytes_with_vectors();
    /// let again = Taxonomy::from_bytes(&bytes)?.with_map(taxonomy.map().cloned());
    /// assert_eq!(again.link("welding", None, 3), taxonomy.link("welding", None, 3));
    /// # }
    /// # Ok::<(), osuma::Error>(())
    /// ```
    #[must_use]
    pub fn to_bytes_with_vectors(&self) -> Vec<u8> {
        self.compiled(self.meanings())
    }

    fn compiled(&self, vectors: Option<(&Meanings, &SubwordMap)>) -> Vec<u8> {
        let i = &*self.inner;
        let mut out = Writer::default();
        out.count(i.phrases.vocabulary().len());
        i.phrases.vocabulary().iter().for_each(|stem| out.string(stem));
        out.count(i.concepts.len());
        i.concepts.iter().for_each(|c| out.string(&c.uri));
        let mut label = 0;
        for c in &i.concepts {
            self.write(c, label, &mut out);
            label += c.labels.len();
        }
        out.count((0..i.concepts.len()).map(|c| i.met_by.of(c as u32).len()).sum());
        for requirement in 0..i.concepts.len() {
            let list = i.met_by.of(requirement as u32);
            out.count(list.len());
            let mut least = 0;
            for &(claim, degree) in list {
                out.count((claim - least) as usize);
                out.count((degree * PARTS + 0.5) as usize);
                least = claim + 1;
            }
        }
        out.count(usize::from(vectors.is_some()));
        if let Some((meanings, map)) = vectors {
            out.numbers.extend(xxh3_64(map.bytes()).to_le_bytes());
            out.count(meanings.dimensions);
            out.count(meanings.concepts.len());
            meanings.concepts.iter().for_each(|&c| out.count(c as usize));
            meanings.means.iter().flatten().for_each(|m| out.numbers.extend(m.to_le_bytes()));
            meanings.rows.iter().for_each(|v| out.numbers.extend(v.to_le_bytes()));
        }
        let mut head = Writer { numbers: [&MAGIC[..], &[VERSION]].concat(), ..Writer::default() };
        head.count(out.text.len());
        let mut bytes = [&head.numbers[..], out.text.as_bytes(), &out.numbers].concat();
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        bytes
    }

    /// A concept, whose first label has this number over all.
    fn write(&self, c: &Concept, first: usize, out: &mut Writer) {
        let phrases = &self.inner.phrases;
        out.count(c.kind as usize);
        out.count(c.labels.len());
        for (number, l) in (first..).zip(&c.labels) {
            out.count(l.language as usize * LABEL_KINDS.len() + l.kind as usize);
            out.string(&l.text);
            out.count(usize::from(phrases.trust(number)));
            let stems = phrases.stems(number);
            out.count(stems.len());
            stems.iter().for_each(|&s| out.count(s as usize));
            if let Some(form) = phrases.form(number) {
                match &form.near {
                    Near::Nothing => out.count(0),
                    Near::Verb(v) => out.count(1 + *v as usize),
                    Near::Word(word) => {
                        out.count(1 + VERBS.len());
                        out.string(word);
                    }
                }
                form.word.iter().for_each(|word| out.string(word));
            }
        }
        out.count(c.description.len());
        for (&language, text) in &c.description {
            out.count(language as usize);
            out.string(text);
        }
        let number = |uri: &str| self.number(uri).map_or(0, |n| n as usize);
        for list in [&c.broader, &c.related] {
            out.count(list.len());
            list.iter().for_each(|uri| out.count(number(uri)));
        }
        out.count(c.skills.len());
        for s in &c.skills {
            out.count(number(&s.concept) * 2 + usize::from(s.essential));
        }
    }

    /// Reads the compiled form. Cost: linear in the bytes; ESCO takes some twenty milliseconds.
    ///
    /// # Errors
    /// [`Damaged`](ErrorKind::Damaged) for bytes that are not a whole compiled taxonomy, and
    /// [`Version`](ErrorKind::Version) for those of another version of osuma.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(damaged("do not begin as a compiled taxonomy does"));
        };
        if rest.first().is_some_and(|&v| v != VERSION) {
            let message = "the compiled taxonomy is of another version of osuma; compile it again from its source";
            return Err(Error::new(ErrorKind::Version, "taxonomy", message));
        }
        let Some((body, sum)) = bytes.split_last_chunk::<8>() else {
            return Err(damaged("end too early"));
        };
        if xxh3_64(body) != u64::from_le_bytes(*sum) || body.len() <= MAGIC.len() {
            return Err(damaged("do not agree with their checksum"));
        }
        Reader { text: "", rest: &body[MAGIC.len() + 1..] }.taxonomy().map_err(damaged)
    }

    /// The part of the taxonomy that documents with these concepts need: the concepts, what meets them and what they
    /// meet, and all that is broader. Similarities stay as they were, to the bit; labels stay, so that texts are read.
    pub(crate) fn prune(&self, keep: &BTreeSet<u32>) -> Taxonomy {
        let i = &*self.inner;
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let near = |&c: &u32| self.met_by(c).iter().chain(self.meets(c)).map(|m| m.0);
        let mut open: Vec<u32> = keep.iter().copied().chain(keep.iter().flat_map(near)).collect();
        open.retain(|&c| (c as usize) < i.concepts.len());
        while let Some(c) = open.pop() {
            if kept.insert(c) {
                open.extend(i.concepts[c as usize].broader.iter().filter_map(|b| self.number(b)));
            }
        }
        let new: HashMap<u32, u32> = kept.iter().enumerate().map(|(n, &old)| (old, n as u32)).collect();
        let is_kept = |uri: &str| self.number(uri).is_some_and(|c| kept.contains(&c));
        let mut concepts = Vec::with_capacity(kept.len());
        let mut labels: Vec<usize> = Vec::new();
        let mut label = 0;
        for (n, c) in i.concepts.iter().enumerate() {
            if kept.contains(&(n as u32)) {
                let mut c = c.clone();
                c.broader.retain(|u| is_kept(u));
                c.related.retain(|u| is_kept(u));
                c.skills.retain(|s| is_kept(&s.concept));
                concepts.push(c);
                labels.extend(label..label + i.concepts[n].labels.len());
            }
            label += c.labels.len();
        }
        let used: BTreeSet<u32> = labels.iter().flat_map(|&l| i.phrases.stems(l)).copied().collect();
        let stem: HashMap<u32, u32> = used.iter().enumerate().map(|(n, &s)| (s, n as u32)).collect();
        let vocabulary = used.iter().map(|&s| i.phrases.vocabulary().get(s as usize)).collect();
        let mut stems = Stems::default();
        for l in labels {
            i.phrases.stems(l).iter().for_each(|s| stems.add(stem[s]));
            stems.close(i.phrases.trust(l));
            i.phrases.form(l).into_iter().for_each(|form| stems.form(form.clone()));
        }
        let phrases = Phrases::of_stems(&concepts, vocabulary, stems);
        let met_by = Edges::new(kept.iter().map(|&r| {
            let list = self.met_by(r).iter();
            list.filter_map(|&(claim, degree)| new.get(&claim).map(|&c| (c, degree))).collect()
        }));
        let by_uri = super::by_uri(&concepts);
        Self::of(concepts, by_uri, met_by.with_inverse(), phrases).with_map(self.map.clone())
    }
}

fn damaged(how: &str) -> Error {
    Error::new(ErrorKind::Damaged, "taxonomy", format!("the bytes {how}; get the whole file again"))
}

/// What a [`Reader`] reads.
#[derive(Default)]
struct Writer {
    text: String,
    numbers: Vec<u8>,
}

impl Writer {
    fn count(&mut self, mut n: usize) {
        while n > 0x7f {
            self.numbers.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.numbers.push(n as u8);
    }

    fn string(&mut self, s: &str) {
        self.count(s.len());
        self.text.push_str(s);
    }
}

/// What is wrong with bytes.
type Fault = &'static str;
const SHORT: Fault = "end too early";
const LARGE: Fault = "hold a number that is too large";
const ASTRAY: Fault = "refer to what is not there";

/// Numbers, and the text of the strings whose lengths are among them, each from where it is not read yet.
struct Reader<'a> {
    text: &'a str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    fn number(&mut self) -> Result<u32, Fault> {
        // Most are small.
        match *self.rest {
            [a @ ..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(u32::from(a))
            }
            [a, b @ ..0x80, ref rest @ ..] => {
                self.rest = rest;
                Ok(u32::from(a & 0x7f) | u32::from(b) << 7)
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u32, Fault> {
        let mut n = 0_u64;
        for shift in (0..35).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(SHORT)?;
            self.rest = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(n).map_err(|_| LARGE);
            }
        }
        Err(LARGE)
    }

    /// A number below a limit.
    #[inline]
    fn below(&mut self, limit: usize) -> Result<u32, Fault> {
        let n = self.number()?;
        if (n as usize) < limit { Ok(n) } else { Err(ASTRAY) }
    }

    /// How many things follow; each takes at least one byte, so that no more is set aside than there can be.
    #[inline]
    fn count(&mut self) -> Result<usize, Fault> {
        let n = self.number()? as usize;
        if n <= self.rest.len() { Ok(n) } else { Err(SHORT) }
    }

    fn str(&mut self) -> Result<&'a str, Fault> {
        let n = self.number()? as usize;
        let (own, text) = self.text.split_at_checked(n).ok_or(SHORT)?;
        self.text = text;
        Ok(own)
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let n = self.count()?;
        let mut list = Vec::with_capacity(n.min(1 << 12));
        for _ in 0..n {
            list.push(each(self)?);
        }
        Ok(list)
    }

    /// So many bytes.
    fn bytes(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (own, rest) = self.rest.split_at_checked(n).ok_or(SHORT)?;
        self.rest = rest;
        Ok(own)
    }

    fn taxonomy(mut self) -> Result<Taxonomy, Fault> {
        let mut copies = COPIED.saturating_mul(self.rest.len());
        let n = self.count()?;
        self.text = std::str::from_utf8(self.bytes(n)?).map_err(|_| "hold a text that is not UTF-8")?;
        let vocabulary = self.list(Self::str)?;
        if !vocabulary.is_sorted_by(|a, b| a < b) {
            return Err("hold words out of order");
        }
        let vocabulary: Words = vocabulary.into_iter().collect();
        let uris = self.list(Self::str)?;
        let n = uris.len();
        let mut concepts = Vec::with_capacity(n.min(1 << 16));
        let mut stems = Stems::default();
        // Occupations name the same skills again and again.
        let mut shared: Vec<Option<Arc<str>>> = vec![None; n];
        for uri in &uris {
            let kind = KINDS[self.below(KINDS.len())? as usize];
            let labels = self.list(|r| r.label(vocabulary.len(), &mut stems))?;
            let mut description = BTreeMap::new();
            for _ in 0..self.count()? {
                let language = Language::ALL[self.below(Language::ALL.len())? as usize];
                description.insert(language, self.str()?.to_owned());
            }
            let mut others = || {
                self.list(|r| {
                    let uri = uris[r.below(n)? as usize];
                    copies = copies.checked_sub(uri.len()).ok_or("name long URIs too often")?;
                    Ok(uri.to_owned())
                })
            };
            let (broader, related) = (others()?, others()?);
            let skills = self.list(|r| {
                let code = r.below(2 * n)? as usize;
                let concept = shared[code / 2].get_or_insert_with(|| uris[code / 2].into()).clone();
                Ok(NeededSkill { concept, essential: code % 2 == 1 })
            })?;
            let uri = (*uri).to_owned();
            concepts.push(Concept { uri, kind, labels, description, broader, related, skills });
        }
        let edges = self.degrees(n)?.with_inverse();
        let vectors = if self.below(2)? == 1 { Some(self.vectors(n)?) } else { None };
        let by_uri = super::by_uri(&concepts);
        let twice = !by_uri.is_sorted_by(|&a, &b| uris[a as usize] < uris[b as usize]);
        if twice || !(self.rest.is_empty() && self.text.is_empty()) {
            return Err("hold a concept twice, or more than a taxonomy");
        }
        let phrases = Phrases::of_stems(&concepts, vocabulary, stems);
        let stored = vectors.map(|(map, meanings)| (map, Arc::new(OnceLock::from(meanings))));
        Ok(Taxonomy { stored, ..Taxonomy::of(concepts, by_uri, edges, phrases) })
    }

    fn label(&mut self, vocabulary: usize, stems: &mut Stems) -> Result<Label, Fault> {
        let code = self.below(Language::ALL.len() * LABEL_KINDS.len())? as usize;
        let (language, kind) = (Language::ALL[code / LABEL_KINDS.len()], LABEL_KINDS[code % LABEL_KINDS.len()]);
        let text = self.str()?.to_owned();
        let trust = self.below(101)? as u8;
        for _ in 0..self.count()? {
            stems.add(self.below(vocabulary)?);
        }
        if stems.close(trust) {
            let near = match self.below(VERBS.len() + 2)? {
                0 => Near::Nothing,
                v if v as usize <= VERBS.len() => Near::Verb(v as u8 - 1),
                _ => Near::Word(self.str()?.into()),
            };
            let word = if language == Language::Fi { Some(self.str()?.into()) } else { None };
            stems.form(Form { near, word });
        }
        Ok(Label { text, language, kind })
    }

    /// For each of `n` concepts those that meet it.
    fn degrees(&mut self, n: usize) -> Result<Edges, Fault> {
        let mut met_by = Edges::none();
        met_by.reserve(self.count()?);
        for _ in 0..n {
            let mut least = 0;
            for _ in 0..self.count()? {
                let claim = self.below(n - least)? as usize + least;
                least = claim + 1;
                met_by.push(claim as u32, f64::from(self.below(PARTS as usize + 1)?) / PARTS);
            }
            met_by.close();
        }
        Ok(met_by)
    }

    /// The digest of a map, and the vectors that it gives for some of `n` concepts.
    fn vectors(&mut self, n: usize) -> Result<(u64, Meanings), Fault> {
        let map = self.bytes(8)?.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b));
        let dimensions = self.below(MAX_DIMENSIONS + 1)? as usize;
        let concepts = self.list(|r| r.below(n))?;
        let mut means = Vec::with_capacity(MEANS);
        for _ in 0..MEANS {
            let mean = self.bytes(8 * dimensions)?.as_chunks::<8>().0;
            means.push(mean.iter().map(|b| f64::from_le_bytes(*b)).collect());
        }
        let rows = self.bytes(2 * dimensions * concepts.len())?;
        let rows = rows.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect();
        Ok((map, Meanings::of_parts(dimensions, concepts, rows, means).ok_or("hold vectors that are none")?))
    }
}

#[cfg(all(test, feature = "starter"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn compiled_and_read_again_it_is_the_same() {
        let t = Taxonomy::starter();
        let bytes = t.to_bytes();
        let again = Taxonomy::from_bytes(&bytes).unwrap();
        assert_eq!(again.concepts(), t.concepts());
        assert_eq!(again.to_bytes(), bytes);
        for c in 0..t.concepts().len() as u32 {
            assert_eq!((again.met_by(c), again.meets(c)), (t.met_by(c), t.meets(c)));
        }
        let text = "Olen leiponut ruisleipää ja hitsannut. Jag bakar bröd. I know how to cook food for many people.";
        assert_eq!(again.with_map(t.map().cloned()).recognise(text, None), t.recognise(text, None));
    }

    #[cfg(feature = "starter-map")]
    #[test]
    fn vectors_travel_with_it_for_their_map() {
        let small = Taxonomy::starter().prune(&BTreeSet::from([0, 1, 2]));
        let (map, plain, bytes) = (small.map().cloned(), small.to_bytes(), small.to_bytes_with_vectors());
        let again = Taxonomy::from_bytes(&bytes).unwrap();
        assert!(bytes.len() > plain.len() && again.to_bytes() == plain && again.digest() == small.digest());
        assert!(again.meanings().is_none(), "no map yet");
        let again = again.with_map(map.clone());
        assert!(again.meanings.get().is_some(), "they are there already");
        assert_eq!(again.to_bytes_with_vectors(), bytes);
        let other = SubwordMap::fit(
            "x",
            &["ab", "ab"],
            None,
            &[1.0, 1.0],
            &crate::semantic::FitOptions::default(),
            &mut |_| true,
        );
        assert!(again.clone().with_map(other.ok()).meanings.get().is_none(), "those of another map are not");
        assert!(again.with_map(None).with_map(map).meanings.get().is_some());
        for n in (plain.len() - 9..bytes.len()).filter(|&n| n != bytes.len() - 8) {
            assert!(Taxonomy::from_bytes(&bytes[..n]).is_err());
            let mut bad = bytes[..n].to_vec();
            bad.extend(xxh3_64(&bytes[..n]).to_le_bytes());
            assert!(Taxonomy::from_bytes(&bad).is_err(), "cut at {n}");
        }
    }

    #[test]
    fn damage_is_an_error() {
        let t = Taxonomy::starter();
        let keep = BTreeSet::from([t.number("osuma:cooking").unwrap()]);
        let bytes = t.prune(&keep).to_bytes();
        for n in (0..bytes.len()).step_by(bytes.len() / 500) {
            assert!(Taxonomy::from_bytes(&bytes[..n]).is_err(), "cut at {n}");
        }
        // A checksum that agrees with the damage, as an attacker would make it.
        let body = bytes.len() - 8;
        let mut seed = 1_u64;
        for n in (9..body).step_by(body / 2_000 + 1) {
            let mut bad = bytes.clone();
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bad[n] ^= ((seed >> 33) as u8) | 1;
            assert!(Taxonomy::from_bytes(&bad).is_err());
            let sum = xxh3_64(&bad[..body]).to_le_bytes();
            bad[body..].copy_from_slice(&sum);
            if let Ok(t) = Taxonomy::from_bytes(&bad) {
                let _ = (t.recognise("Laitan ruokaa ja leivon.", None), t.to_bytes(), t.prune(&BTreeSet::from([0])));
            }
        }
        let mut newer = bytes.clone();
        newer[8] = VERSION + 1;
        assert_eq!(Taxonomy::from_bytes(&newer).unwrap_err().kind(), ErrorKind::Version);
        assert_eq!(Taxonomy::from_bytes(b"{}").unwrap_err().kind(), ErrorKind::Damaged);
    }

    #[test]
    fn a_pruned_taxonomy_keeps_what_it_needs() {
        let t = Taxonomy::starter();
        let used = ["osuma:cooking", "osuma:python-programming"].map(|u| t.number(u).unwrap());
        let small = t.prune(&BTreeSet::from(used));
        assert!(small.concepts().len() < t.concepts().len() / 2);
        for a in small.concepts() {
            for b in small.concepts() {
                let (kept, was) = (small.similarity(&a.uri, &b.uri), t.similarity(&a.uri, &b.uri));
                assert_eq!(kept.unwrap().to_bits(), was.unwrap().to_bits());
            }
        }
        for &u in &used {
            let uri = |t: &Taxonomy, c: u32| t.concepts()[c as usize].uri.clone();
            let all: Vec<String> = t.met_by(u).iter().map(|m| uri(&t, m.0)).collect();
            let kept = small.met_by(small.number(&uri(&t, u)).unwrap());
            assert_eq!(kept.iter().map(|m| uri(&small, m.0)).collect::<Vec<_>>(), all);
        }
        assert_eq!(small.recognise("Osaan laittaa ruokaa.", None), t.recognise("Osaan laittaa ruokaa.", None));
        assert_ne!(small.digest(), t.digest());
    }
}
