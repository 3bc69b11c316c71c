//! The compiled form of a taxonomy: what building it took time for, ready to use.
//!
//! Bytes: `OSUMATAX`, the version, the body, and the xxh3 of all before it (8 bytes, little-endian). The body is a
//! stream of numbers (LEB128) and strings (length and UTF-8): the vocabulary of stems; the concepts; the trust and stems of every
//! label; the degrees to which concepts meet one another, in ten-thousandths; 0, or 1 and the concepts' vectors by a map
//! (see [`Taxonomy::to_bytes_with_vectors`]). The same taxonomy gives the same bytes on every platform. Everything is checked when it is read; memory stays within a constant factor of the bytes.

use super::graph::{Edges, PARTS};
use super::link::{MEANS, Meanings};
use super::recognise::{Phrases, Stems};
use super::{Concept, ConceptKind, Label, LabelKind, NeededSkill, Taxonomy};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Language;
use crate::semantic::{MAX_DIMENSIONS, SubwordMap};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"OSUMATAX";
const VERSION: u8 = 2;
/// References may take up to this many bytes in memory for one byte of the file, so that no file fills the memory.
const COPIED: usize = 256;
const KINDS: [ConceptKind; 4] =
    [ConceptKind::Skill, ConceptKind::Knowledge, ConceptKind::Group, ConceptKind::Occupation];
const LABEL_KINDS: [LabelKind; 3] = [LabelKind::Preferred, LabelKind::Alternative, LabelKind::Hidden];

impl Taxonomy {
    /// The compiled form, which [`from_bytes`](Self::from_bytes) reads; the same bytes on every platform. ESCO with
    /// its English descriptions and alternative labels takes about 11 MB.
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
        let mut out = Writer([&MAGIC[..], &[VERSION]].concat());
        out.count(i.phrases.vocabulary().len());
        for stem in i.phrases.vocabulary() {
            out.string(stem);
        }
        out.count(i.concepts.len());
        let mut label = 0;
        for c in &i.concepts {
            out.string(&c.uri);
            out.count(c.kind as usize);
            out.count(c.labels.len());
            for l in &c.labels {
                out.count(l.language as usize * LABEL_KINDS.len() + l.kind as usize);
                out.string(&l.text);
                out.0.push(i.phrases.trust(label));
                let stems = i.phrases.stems(label);
                out.count(stems.len());
                for &s in stems {
                    out.count(s as usize);
                }
                label += 1;
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
        for requirement in 0..i.concepts.len() {
            let list = i.met_by.of(requirement as u32);
            out.count(list.len());
            for &(claim, degree) in list {
                out.count(claim as usize);
                out.count((degree * PARTS + 0.5) as usize);
            }
        }
        out.count(usize::from(vectors.is_some()));
        if let Some((meanings, map)) = vectors {
            out.0.extend(xxh3_64(map.bytes()).to_le_bytes());
            out.count(meanings.dimensions);
            out.count(meanings.concepts.len());
            meanings.concepts.iter().for_each(|&c| out.count(c as usize));
            meanings.means.iter().flatten().for_each(|m| out.0.extend(m.to_le_bytes()));
            meanings.rows.iter().for_each(|v| out.0.extend(v.to_le_bytes()));
        }
        let sum = xxh3_64(&out.0);
        out.0.extend(sum.to_le_bytes());
        out.0
    }

    /// Reads the compiled form. Cost: linear in the bytes; ESCO takes some tens of milliseconds.
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
        Reader(&body[MAGIC.len() + 1..]).taxonomy()
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
        let mut lists: Vec<&[u32]> = Vec::new();
        let mut trust: Vec<u8> = Vec::new();
        let mut label = 0;
        for (n, c) in i.concepts.iter().enumerate() {
            if kept.contains(&(n as u32)) {
                let mut c = c.clone();
                c.broader.retain(|u| is_kept(u));
                c.related.retain(|u| is_kept(u));
                c.skills.retain(|s| is_kept(&s.concept));
                concepts.push(c);
                let labels = label..label + i.concepts[n].labels.len();
                lists.extend(labels.clone().map(|l| i.phrases.stems(l)));
                trust.extend(labels.map(|l| i.phrases.trust(l)));
            }
            label += c.labels.len();
        }
        let used: BTreeSet<u32> = lists.iter().copied().flatten().copied().collect();
        let stem: HashMap<u32, u32> = used.iter().enumerate().map(|(n, &s)| (s, n as u32)).collect();
        let vocabulary = used.iter().map(|&s| i.phrases.vocabulary()[s as usize].clone()).collect();
        let mut stems = Stems::none();
        for (list, trust) in lists.iter().zip(trust) {
            stems.push(list.iter().map(|s| stem[s]), trust);
        }
        let phrases = Phrases::of_stems(&concepts, vocabulary, stems);
        let met_by = Edges::new(kept.iter().map(|&r| {
            let list = self.met_by(r).iter();
            list.filter_map(|&(claim, degree)| new.get(&claim).map(|&c| (c, degree))).collect()
        }));
        let by_uri = super::by_uri(&concepts);
        Self::of(concepts, by_uri, met_by, phrases).with_map(self.map.clone())
    }
}

fn damaged(how: &str) -> Error {
    Error::new(ErrorKind::Damaged, "taxonomy", format!("the bytes {how}; get the whole file again"))
}

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, mut n: usize) {
        while n > 0x7f {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    fn string(&mut self, s: &str) {
        self.count(s.len());
        self.0.extend_from_slice(s.as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    fn number(&mut self) -> Result<u32> {
        // Most are small.
        if let Some((&byte, rest)) = self.0.split_first()
            && byte < 0x80
        {
            self.0 = rest;
            return Ok(u32::from(byte));
        }
        self.long_number()
    }

    fn long_number(&mut self) -> Result<u32> {
        let mut n = 0_u64;
        for shift in (0..35).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or_else(|| damaged("end too early"))?;
            self.0 = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(n).map_err(|_| damaged("hold a number that is too large"));
            }
        }
        Err(damaged("hold a number that is too large"))
    }

    /// A number below a limit.
    fn below(&mut self, limit: usize) -> Result<u32> {
        let n = self.number()?;
        if (n as usize) < limit { Ok(n) } else { Err(damaged("refer to what is not there")) }
    }

    /// How many things follow; each takes at least one byte, so that no more is set aside than there can be.
    fn count(&mut self) -> Result<usize> {
        let n = self.number()? as usize;
        if n <= self.0.len() { Ok(n) } else { Err(damaged("end too early")) }
    }

    fn str(&mut self) -> Result<&'a str> {
        let n = self.count()?;
        let (own, rest) = self.0.split_at(n);
        self.0 = rest;
        std::str::from_utf8(own).map_err(|_| damaged("hold a text that is not UTF-8"))
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let n = self.count()?;
        let mut list = Vec::with_capacity(n.min(1 << 12));
        for _ in 0..n {
            list.push(each(self)?);
        }
        Ok(list)
    }

    fn taxonomy(mut self) -> Result<Taxonomy> {
        let size = self.0.len();
        let vocabulary = self.list(|r| r.str().map(str::to_owned))?;
        if !vocabulary.is_sorted_by(|a, b| a < b) {
            return Err(damaged("hold words out of order"));
        }
        let n = self.count()?;
        let mut concepts: Vec<Concept> = Vec::with_capacity(n.min(1 << 16));
        let mut stems = Stems::none();
        // References go by number until all URIs are known.
        let mut references: Vec<[Vec<u32>; 3]> = Vec::new();
        for _ in 0..n {
            let uri = self.str()?.to_owned();
            let kind = KINDS[self.below(KINDS.len())? as usize];
            let labels = self.list(|r| {
                let code = r.below(Language::ALL.len() * LABEL_KINDS.len())? as usize;
                let text = r.str()?.to_owned();
                let trust = r.below(101)? as u8;
                for _ in 0..r.count()? {
                    stems.add(r.below(vocabulary.len())?);
                }
                stems.close(trust);
                let (language, kind) = (code / LABEL_KINDS.len(), code % LABEL_KINDS.len());
                Ok(Label { text, language: Language::ALL[language], kind: LABEL_KINDS[kind] })
            })?;
            let mut description = BTreeMap::new();
            self.list(|r| {
                let language = Language::ALL[r.below(Language::ALL.len())? as usize];
                description.insert(language, r.str()?.to_owned());
                Ok(())
            })?;
            references.push([self.list(|r| r.below(n))?, self.list(|r| r.below(n))?, self.list(|r| r.below(2 * n))?]);
            concepts.push(Concept { uri, kind, labels, description, ..Concept::default() });
        }
        // Occupations name the same skills again and again.
        let mut shared: Vec<Option<Arc<str>>> = vec![None; concepts.len()];
        let mut copied = 0;
        for (i, [broader, related, skills]) in references.into_iter().enumerate() {
            copied += broader.iter().chain(&related).map(|&c| concepts[c as usize].uri.len()).sum::<usize>();
            if copied > COPIED.saturating_mul(size) {
                return Err(damaged("name long URIs too often"));
            }
            let uris = |list: Vec<u32>| list.iter().map(|&c| concepts[c as usize].uri.clone()).collect();
            let (broader, related) = (uris(broader), uris(related));
            let need = |&s: &u32| {
                let shared = &mut shared[s as usize / 2];
                let concept = shared.get_or_insert_with(|| Arc::from(concepts[s as usize / 2].uri.as_str())).clone();
                NeededSkill { concept, essential: s % 2 == 1 }
            };
            let skills = skills.iter().map(need).collect();
            let c = &mut concepts[i];
            (c.broader, c.related, c.skills) = (broader, related, skills);
        }
        let mut met_by = Edges::none();
        for _ in 0..n {
            let mut least = 0;
            for _ in 0..self.count()? {
                let claim = self.below(n)?;
                if claim < least {
                    return Err(damaged("hold degrees out of order"));
                }
                least = claim + 1;
                met_by.push(claim, f64::from(self.below(PARTS as usize + 1)?) / PARTS);
            }
            met_by.close();
        }
        let vectors = if self.below(2)? == 1 { Some(self.vectors(n)?) } else { None };
        let by_uri = super::by_uri(&concepts);
        let uri = |n: &u32| &concepts[*n as usize].uri;
        if !by_uri.is_sorted_by(|a, b| uri(a) < uri(b)) || !self.0.is_empty() {
            return Err(damaged("hold a concept twice, or more than a taxonomy"));
        }
        let phrases = Phrases::of_stems(&concepts, vocabulary, stems);
        let stored = vectors.map(|(map, meanings)| (map, Arc::new(OnceLock::from(meanings))));
        Ok(Taxonomy { stored, ..Taxonomy::of(concepts, by_uri, met_by, phrases) })
    }

    /// So many bytes.
    fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        let (own, rest) = self.0.split_at_checked(n).ok_or_else(|| damaged("end too early"))?;
        self.0 = rest;
        Ok(own)
    }

    /// The digest of a map, and the vectors that it gives for some of `n` concepts.
    fn vectors(&mut self, n: usize) -> Result<(u64, Meanings)> {
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
        let meanings = Meanings::of_parts(dimensions, concepts, rows, means);
        Ok((map, meanings.ok_or_else(|| damaged("hold vectors that are none"))?))
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
