//! From documents to columns, and from one new document to columns of one row.

use super::columns::{Challenges, Common, FOREIGN, Inverted, NO_DAY, NO_LANGUAGE, NONE, Profiles};
use super::format::{GrowingStrings, Lists, Strings};
use super::meaning::Texts;
use super::{Data, Head, Meaning, Settings, Space};
use crate::content::{ChallengeContent, Content, Key, ProfileContent, Words};
use crate::error::{Error, Result};
use crate::model::{Availability, Challenge, Document, LanguageSkill, Place, Profile, Route, Side, Vectors};
use crate::order;
use crate::parallel;
use crate::semantic::SubwordMap;
use crate::taxonomy::Taxonomy;
use crate::text::Analyzer;
use std::borrow::Cow;
use std::collections::HashMap;
use std::mem::take;
use std::sync::OnceLock;

/// A gram counts a fifth of a word: a word of seven letters has twelve grams.
/// A first choice, not yet measured.
const GRAM: f64 = 0.2;
/// Kilometres that a person travels who did not say; half an hour to an hour by bus around a Finnish city.
const RADIUS_KM: f64 = 30.0;
/// A stem and its count.
type Counted<T> = (T, u32);

/// Gives numbers to texts in the order in which they come.
#[derive(Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    /// Those that have a number by it, the others by their text. Needs no change, so that all threads can ask.
    fn look_up(&self, texts: Vec<Counted<String>>) -> Vec<Counted<Result<u32, String>>> {
        texts.into_iter().map(|(text, count)| (self.0.get(&text).copied().ok_or(text), count)).collect()
    }

    /// Gives numbers to those that had none.
    fn all(&mut self, texts: Vec<Counted<Result<u32, String>>>) -> Result<Vec<Counted<u32>>> {
        let number =
            |(text, count): Counted<Result<u32, String>>| Ok((text.or_else(|text| self.number(text.into()))?, count));
        texts.into_iter().map(number).collect()
    }

    fn number(&mut self, text: Cow<str>) -> Result<u32> {
        if let Some(&n) = self.0.get(&*text) {
            return Ok(n);
        }
        let n = u32::try_from(self.0.len())
            .ok()
            .filter(|&n| n < NONE)
            .ok_or_else(|| Error::invalid("", "more than 4,294,967,294 different terms; split the pool"))?;
        self.0.insert(text.into_owned(), n);
        Ok(n)
    }

    /// The texts, those of which `first` is true before the others and each part ascending, and each number's place.
    fn sorted(self, first: impl Fn(&str) -> bool) -> (Vec<String>, Vec<u32>) {
        let mut all: Vec<(bool, String, u32)> = self.0.into_iter().map(|(text, n)| (!first(&text), text, n)).collect();
        parallel::sort(&mut all, |a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut place = vec![0; all.len()];
        for ((.., old), new) in all.iter().zip(0..) {
            place[*old as usize] = new;
        }
        (all.into_iter().map(|(_, text, _)| text).collect(), place)
    }
}

/// What a new document's texts are looked up in, and a pool's are collected in.
#[derive(Default)]
struct Vocabulary {
    terms: Numbers,
    labels: Numbers,
    places: Numbers,
}

/// The grams of every stem, as numbers of the same vocabulary. A stem is taken apart once, however many documents have
/// it.
struct Grams {
    starts: Vec<usize>,
    all: Vec<u32>,
}

impl Grams {
    /// Of all terms so far, which are stems; adds their grams to them.
    fn new(terms: &mut Numbers, analyzer: Analyzer) -> Result<Self> {
        let mut stems: Vec<(u32, String)> = terms.0.iter().map(|(text, &n)| (n, text.clone())).collect();
        order::ascending(&mut stems);
        let (mut starts, mut all, mut fault) = (vec![0], Vec::new(), None);
        for (_, stem) in &stems {
            analyzer.grams(stem, |gram| match terms.number(gram.into()) {
                Ok(n) => all.push(n),
                Err(e) => fault = Some(e),
            });
            starts.push(all.len());
        }
        fault.map_or(Ok(Self { starts, all }), Err)
    }

    /// The places of stems and of their grams, ascending, each with its count.
    fn of(&self, stems: impl Iterator<Item = Counted<u32>>, places: Option<&[u32]>) -> Vec<Counted<u32>> {
        let place = |n: u32| places.map_or(n, |p| p[n as usize]);
        let mut all: Vec<Counted<u32>> = Vec::new();
        for (stem, count) in stems {
            let own = &self.all[self.starts[stem as usize]..self.starts[stem as usize + 1]];
            all.reserve(1 + own.len());
            all.push((place(stem), count));
            all.extend(own.iter().map(|&gram| (place(gram), count)));
        }
        order::in_place_by(&mut all, |a, b| a.0.cmp(&b.0));
        all.dedup_by(|b, a| a.0 == b.0 && (a.1 += b.1, true).1);
        all
    }
}

/// What the columns take beside a document's own fields.
pub(crate) struct Taken<C> {
    pub json: String,
    pub vectors: Option<Vectors>,
    pub content: C,
    pub stems: Vec<Counted<u32>>,
}

/// Columns while they grow. Numbers of terms, labels and places are those of a [`Vocabulary`].
#[derive(Default)]
struct Growing {
    /// Values of a vector of the map.
    width: usize,
    ids: GrowingStrings,
    json: GrowingStrings,
    language: Vec<u8>,
    languages: Vec<u8>,
    words: Vec<u32>,
    term_lengths: Vec<usize>,
    terms: Vec<u32>,
    /// Occurrences of each term.
    counts: Vec<u32>,
    skill_lengths: Vec<usize>,
    skill_codes: Vec<u16>,
    skill_levels: Vec<u8>,
    points: Vec<f64>,
    radii: Vec<f64>,
    places: Vec<u32>,
    remote: Vec<u8>,
    from: Vec<i32>,
    until: Vec<i32>,
    hours: Vec<f64>,
    routes: Vec<u8>,
    /// Rows of `width`, zeros where a text means nothing by the map.
    mapped: Vec<f32>,
    given: Vec<Option<Vectors>>,
}

impl Growing {
    /// What the means of the vectors are made of.
    fn means(&self) -> Texts<'_> {
        let Self { width, ids, language, mapped, given, .. } = self;
        Texts { ids, languages: language, width: *width, mapped, given }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts that profiles and challenges have in common")]
    fn push(
        &mut self,
        id: &str,
        json: &str,
        vectors: Option<Vectors>,
        words: Words,
        stems: &[Counted<u32>],
        languages: &[LanguageSkill],
        place: Option<&Place>,
        time: Option<&Availability>,
        routes: impl IntoIterator<Item = Route>,
        numbers: &mut Vocabulary,
    ) -> Result<()> {
        self.ids.push(id);
        self.json.push(json);
        self.language.push(words.language.map_or(NO_LANGUAGE, |l| l as u8));
        self.languages.push(words.languages | if words.foreign { FOREIGN } else { 0 });
        self.words.push(words.length);
        self.term_lengths.push(stems.len());
        self.terms.extend(stems.iter().map(|s| s.0));
        self.counts.extend(stems.iter().map(|s| s.1));
        let mapped = words.mapped.filter(|v| v.len() == self.width).unwrap_or_default();
        self.mapped.extend_from_slice(&mapped);
        self.mapped.resize(self.words.len() * self.width, 0.0);
        self.given.push(vectors);
        self.skill_lengths.push(languages.len());
        self.skill_codes.extend(languages.iter().map(|l| code(&l.language)));
        self.skill_levels.extend(languages.iter().map(|l| l.level as u8));
        self.points.extend(place.and_then(point).unwrap_or([f64::NAN; 3]));
        self.radii.push(place.and_then(|p| p.radius_km).unwrap_or(RADIUS_KM));
        let name = place.and_then(|p| p.name.as_deref());
        self.places.push(name.map_or(Ok(NONE), |n| numbers.places.number(crate::text::fold(n).into()))?);
        self.remote.push(place.and_then(|p| p.remote).map_or(0, |r| 1 + u8::from(r)));
        let day = |d: Option<jiff::civil::Date>| d.map_or(NO_DAY, days);
        self.from.push(day(time.and_then(|t| t.from)));
        self.until.push(day(time.and_then(|t| t.until)));
        self.hours.push(time.and_then(|t| t.hours_per_week).unwrap_or(f64::NAN));
        self.routes.push(routes.into_iter().fold(0, |bits, r| bits | 1 << r as u8));
        Ok(())
    }

    /// Where each document's terms begin.
    fn starts(&self) -> Vec<usize> {
        let step = |next: &mut usize, n: &usize| {
            let start = *next;
            *next += n;
            Some(start)
        };
        self.term_lengths.iter().scan(0, step).collect()
    }

    /// Puts the grams of each document's stems beside them, and places in the place of numbers, ascending.
    fn expand(&mut self, grams: &Grams, places: Option<&[u32]>) {
        let starts = self.starts();
        let (stems, counts, lengths) = (take(&mut self.terms), take(&mut self.counts), take(&mut self.term_lengths));
        let list = |i: usize| {
            let own = starts[i]..starts[i] + lengths[i];
            grams.of(stems[own.clone()].iter().copied().zip(counts[own].iter().copied()), places)
        };
        for some in parallel::chunks(starts.len()) {
            for list in parallel::map(some.len(), |i| list(some.start + i)) {
                self.term_lengths.push(list.len());
                self.terms.extend(list.iter().map(|t| t.0));
                self.counts.extend(list.iter().map(|t| t.1));
            }
        }
    }

    /// The columns; the counts are impacts by now.
    fn finish(mut self, to: &Target, side: Side) -> Result<Common> {
        // As much as they need, since they stay.
        self.terms.shrink_to_fit();
        self.counts.shrink_to_fit();
        let impacts: Vec<f32> = self.counts.into_iter().map(f32::from_bits).collect();
        let mapped = to.meaning.mapped(self.mapped, side, &self.language);
        let given = to.meaning.given(self.given, side, &self.language);
        let place = |&p: &u32| to.places.get(p as usize).copied().unwrap_or(NONE);
        Ok(Common {
            ids: self.ids.into(),
            json: self.json.into(),
            language: self.language.into(),
            languages: self.languages.into(),
            words: self.words.into(),
            term_lists: Lists::new(self.term_lengths)?,
            terms: self.terms.into(),
            impacts: impacts.into(),
            skill_lists: Lists::new(self.skill_lengths)?,
            skill_codes: self.skill_codes.into(),
            skill_levels: self.skill_levels.into(),
            points: self.points.into(),
            radii: self.radii.into(),
            places: self.places.iter().map(place).collect::<Vec<_>>().into(),
            remote: self.remote.into(),
            from: self.from.into(),
            until: self.until.into(),
            hours: self.hours.into(),
            routes: self.routes.into(),
            mapped: mapped.into(),
            given: given.into(),
        })
    }
}

/// The two letters of an ISO 639-1 code.
fn code(language: &str) -> u16 {
    language.bytes().fold(0, |code, b| code << 8 | u16::from(b))
}

fn point(p: &Place) -> Option<[f64; 3]> {
    let (lat, lon) = (p.latitude?.to_radians(), p.longitude?.to_radians());
    let (sin_lat, cos_lat) = (libm::sin(lat), libm::cos(lat));
    Some([cos_lat * libm::cos(lon), cos_lat * libm::sin(lon), sin_lat])
}

/// Days since 1970.
pub(crate) fn days(date: jiff::civil::Date) -> i32 {
    // A duration, not a span: spans can fail, and the texts of their errors weigh 10 KB in the browser.
    i32::try_from(date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24).unwrap_or(NO_DAY)
}

#[derive(Default)]
struct GrowingProfiles {
    common: Growing,
    claim_lengths: Vec<usize>,
    claim_keys: Vec<Competence>,
    claim_strengths: Vec<f64>,
    claim_levels: Vec<u8>,
    claim_sources: Vec<u32>,
    wish_lengths: Vec<usize>,
    wish_keys: Vec<Competence>,
    wish_avoids: Vec<u8>,
}

#[derive(Default)]
struct GrowingChallenges {
    common: Growing,
    need_lengths: Vec<usize>,
    need_keys: Vec<Competence>,
    need_weights: Vec<f64>,
    need_levels: Vec<u8>,
    need_musts: Vec<u8>,
    need_sources: Vec<u32>,
    offer_lengths: Vec<usize>,
    offer_keys: Vec<Competence>,
}

/// A concept's number, or a label's in the vocabulary.
enum Competence {
    Concept(u32),
    Label(u32),
}

fn competence(key: Key, numbers: &mut Vocabulary) -> Result<Competence> {
    Ok(match key {
        Key::Concept(n) => Competence::Concept(n),
        Key::Label(text) => Competence::Label(numbers.labels.number(text.into())?),
    })
}

/// A side while it grows.
trait Grow: Sized {
    type Content: Content;
    type Done;
    /// With vectors of so many values by the map.
    fn new(width: usize) -> Self;
    fn common(&mut self) -> &mut Growing;
    fn push(
        &mut self,
        doc: &<Self::Content as Content>::Of,
        taken: Taken<Self::Content>,
        numbers: &mut Vocabulary,
    ) -> Result<()>;
    fn finish(self, to: &Target) -> Result<Self::Done>;

    /// All documents, ascending by id, some at a time, on all threads.
    fn read(
        &mut self,
        docs: Vec<<Self::Content as Content>::Of>,
        taxonomy: &Taxonomy,
        numbers: &mut Vocabulary,
    ) -> Result<()> {
        let mut docs = docs.into_iter();
        while !docs.as_slice().is_empty() {
            let mut chunk: Vec<_> = docs.by_ref().take(parallel::CHUNK).collect();
            let vectors: Vec<_> = chunk.iter_mut().map(|d| d.vectors_mut().take()).collect();
            let read = parallel::map(chunk.len(), |i| {
                let mut content = Self::Content::new(&chunk[i], taxonomy)?;
                let stems = numbers.terms.look_up(take(&mut content.words().stems));
                Ok((json(&chunk[i]), content, stems))
            });
            for ((doc, vectors), read) in chunk.iter().zip(vectors).zip(read) {
                let (json, content, stems) = read.map_err(|e: Error| {
                    let place = format!("{} \"{}\"", <Self::Content as Content>::Of::SIDE.name(), doc.id());
                    Error::new(e.kind(), e.path(), format!("{place}: {}", e.message()))
                })?;
                let stems = numbers.terms.all(stems)?;
                self.push(doc, Taken { json, vectors, content, stems }, numbers)?;
            }
        }
        Ok(())
    }

    /// A document that the snapshot need not hold, as columns of one row.
    fn one(doc: &<Self::Content as Content>::Of, data: &Data) -> Result<Self::Done> {
        doc.validate()?;
        data.meaning.check(doc.vectors())?;
        let mut content = Self::Content::new(doc, &data.taxonomy)?;
        let mut numbers = Vocabulary::default();
        let stems = numbers.terms.look_up(take(&mut content.words().stems));
        let stems = numbers.terms.all(stems)?;
        let mut growing = Self::new(data.meaning.mapped.as_ref().map_or(0, Space::dimensions));
        let taken = Taken { json: json(doc), vectors: doc.vectors().cloned(), content, stems };
        growing.push(doc, taken, &mut numbers)?;
        growing.common().expand(&Grams::new(&mut numbers.terms, data.head.settings.analyzer())?, None);
        growing.finish(&data.target(numbers))
    }
}

impl Grow for GrowingProfiles {
    type Content = ProfileContent;
    type Done = Profiles;

    fn new(width: usize) -> Self {
        Self { common: Growing { width, ..Growing::default() }, ..Self::default() }
    }

    fn common(&mut self) -> &mut Growing {
        &mut self.common
    }

    fn push(&mut self, p: &Profile, taken: Taken<ProfileContent>, numbers: &mut Vocabulary) -> Result<()> {
        let Taken { json, vectors, content, stems } = taken;
        let (place, time, routes) = (p.place.as_ref(), p.availability.as_ref(), p.routes.iter().copied());
        let (words, languages) = (content.words, &p.languages);
        self.common.push(&p.id, &json, vectors, words, &stems, languages, place, time, routes, numbers)?;
        self.claim_lengths.push(content.held.len());
        for h in content.held {
            self.claim_keys.push(competence(h.key, numbers)?);
            self.claim_strengths.push(h.strength);
            self.claim_levels.push(h.level);
            self.claim_sources.push(h.source);
        }
        self.wish_lengths.push(content.wishes.len());
        for (key, avoid) in content.wishes {
            self.wish_keys.push(competence(key, numbers)?);
            self.wish_avoids.push(avoid.into());
        }
        Ok(())
    }

    fn finish(self, to: &Target) -> Result<Profiles> {
        let Settings { k1, b, .. } = to.head.settings;
        let length = |length: u32| f64::from(length) / to.head.average;
        let (common, _) = to.common(self.common, Side::Profiles, |own, _, tf| impact(tf, k1, b, length(own)))?;
        Ok(Profiles {
            claim_lists: Lists::new(self.claim_lengths)?,
            claim_keys: to.keys(&self.claim_keys).into(),
            claim_strengths: self.claim_strengths.into(),
            claim_levels: self.claim_levels.into(),
            claim_sources: self.claim_sources.into(),
            wish_lists: Lists::new(self.wish_lengths)?,
            wish_keys: to.keys(&self.wish_keys).into(),
            wish_avoids: self.wish_avoids.into(),
            common,
        })
    }
}

impl Grow for GrowingChallenges {
    type Content = ChallengeContent;
    type Done = Challenges;

    fn new(width: usize) -> Self {
        Self { common: Growing { width, ..Growing::default() }, ..Self::default() }
    }

    fn common(&mut self) -> &mut Growing {
        &mut self.common
    }

    fn push(&mut self, c: &Challenge, taken: Taken<ChallengeContent>, numbers: &mut Vocabulary) -> Result<()> {
        let Taken { json, vectors, content, stems } = taken;
        let (words, languages) = (content.words, &c.languages);
        let (place, time) = (c.place.as_ref(), c.period.as_ref());
        self.common.push(&c.id, &json, vectors, words, &stems, languages, place, time, c.route, numbers)?;
        let needed = content.needed.iter().map(|n| n.key.clone());
        let mut offers: Vec<Key> = needed.chain(content.teaches).collect();
        order::ascending(&mut offers);
        offers.dedup();
        self.need_lengths.push(content.needed.len());
        for n in content.needed {
            self.need_keys.push(competence(n.key, numbers)?);
            self.need_weights.push(n.weight);
            self.need_levels.push(n.level);
            self.need_musts.push(n.must.into());
            self.need_sources.push(n.source);
        }
        self.offer_lengths.push(offers.len());
        for key in offers {
            self.offer_keys.push(competence(key, numbers)?);
        }
        Ok(())
    }

    fn finish(self, to: &Target) -> Result<Challenges> {
        let k1 = to.head.settings.k1;
        // A challenge is the query: repeated words count more, its length does not (b = 0).
        let (common, most) =
            to.common(self.common, Side::Challenges, |_, (kind, idf), tf| kind * idf * impact(tf, k1, 0.0, 1.0))?;
        Ok(Challenges {
            common,
            most: most.into(),
            need_lists: Lists::new(self.need_lengths)?,
            need_keys: to.keys(&self.need_keys).into(),
            need_weights: self.need_weights.into(),
            need_levels: self.need_levels.into(),
            need_musts: self.need_musts.into(),
            need_sources: self.need_sources.into(),
            offer_lists: Lists::new(self.offer_lengths)?,
            offer_keys: to.keys(&self.offer_keys).into(),
        })
    }
}

/// BM25's impact of a term: `tf (k1 + 1) / (tf + k1 (1 - b + b length / average))` (Robertson and Zaragoza 2009).
fn impact(tf: u32, k1: f64, b: f64, relative_length: f64) -> f64 {
    let tf = f64::from(tf);
    tf * (k1 + 1.0) / (tf + k1 * (1.0 - b + b * relative_length))
}

/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, by the `libm` crate: the same bits everywhere.
fn idf(documents: u32, with: u32) -> f64 {
    libm::log(1.0 + (f64::from(documents - with) + 0.5) / (f64::from(with) + 0.5))
}

/// A stem, or a gram of the longest length: what alone makes two texts meet.
pub(super) fn tells(term: &str, settings: &Settings) -> bool {
    // A gram stands behind a `~`, so it is one character longer.
    !term.starts_with('~') || settings.subwords.is_some_and(|(_, longest)| term.chars().count() > longest)
}

/// What a growing side's numbers become.
struct Target<'a> {
    head: &'a Head,
    concepts: u32,
    /// Number in the vocabulary to the snapshot's, or [`NONE`]; whether it is a stem; its idf.
    terms: Vec<(u32, f64, f64)>,
    labels: Vec<u32>,
    places: Vec<u32>,
    meaning: &'a Meaning,
}

impl Target<'_> {
    fn term(&self, t: u32) -> (u32, f64, f64) {
        self.terms[t as usize]
    }

    fn keys(&self, keys: &[Competence]) -> Vec<u32> {
        let key = |k: &Competence| match k {
            Competence::Concept(n) => *n,
            Competence::Label(n) => match self.labels[*n as usize] {
                NONE => NONE,
                place => self.concepts + place,
            },
        };
        keys.iter().map(key).collect()
    }

    /// The columns, and what each document's terms, the unknown ones too, could give at most. `impact` is of the document's
    /// length, the term's kind and idf, and its count.
    #[expect(clippy::cast_possible_truncation, reason = "impacts are stored as f32")]
    fn common(
        &self,
        mut growing: Growing,
        side: Side,
        impact: impl Fn(u32, (f64, f64), u32) -> f64 + Sync,
    ) -> Result<(Common, Vec<f64>)> {
        let k1 = self.head.settings.k1;
        let starts = growing.starts();
        let list = |growing: &Growing, i: usize| {
            let own = starts[i]..starts[i] + growing.term_lengths[i];
            let mut own: Vec<(u32, f32)> = (growing.terms[own.clone()].iter().zip(&growing.counts[own]))
                .map(|(&t, &tf)| {
                    let (place, kind, idf) = self.term(t);
                    (place, impact(growing.words[i], (kind, idf), tf) as f32)
                })
                .collect();
            // A sum over all terms in their order, those that nobody has at the end.
            order::by(&mut own, |a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let most = own.iter().fold(0.0, |sum, (_, w)| sum + f64::from(*w) * (k1 + 1.0));
            own.truncate(own.partition_point(|t| t.0 != NONE));
            (own, most)
        };
        // Places and impacts, as bits, take the memory of numbers and counts, of which there are no fewer.
        let (mut end, mut most) = (0, Vec::with_capacity(starts.len()));
        for some in parallel::chunks(starts.len()) {
            for (i, (own, sum)) in some.clone().zip(parallel::map(some.len(), |i| list(&growing, some.start + i))) {
                growing.term_lengths[i] = own.len();
                for (place, impact) in own {
                    (growing.terms[end], growing.counts[end]) = (place, impact.to_bits());
                    end += 1;
                }
                most.push(sum);
            }
        }
        growing.terms.truncate(end);
        growing.counts.truncate(end);
        Ok((growing.finish(self, side)?, most))
    }
}

/// The document as JSON, without its vectors, which are a column.
pub(crate) fn json<D: Document>(doc: &D) -> String {
    let mut bare = Cow::Borrowed(doc);
    if doc.vectors().is_some() {
        bare.to_mut().without_vectors();
    }
    // The documents' own maps have string keys only, so this cannot fail.
    serde_json::to_string(&*bare).unwrap_or_default()
}

pub(super) fn kind(term: &str) -> f64 {
    if term.starts_with('~') { GRAM } else { 1.0 }
}

fn sorted<D: Document>(mut docs: Vec<D>) -> Result<Vec<D>> {
    for (i, valid) in parallel::map(docs.len(), |i| docs[i].validate()).into_iter().enumerate() {
        valid.map_err(|e| e.within(&format!("/{i}")))?;
    }
    let mut order: Vec<usize> = (0..docs.len()).collect();
    order::by(&mut order, |&a, &b| docs[a].id().cmp(docs[b].id()));
    if let Some(w) = order.windows(2).find(|w| docs[w[0]].id() == docs[w[1]].id()) {
        let message = format!("id \"{}\" stands twice among the {}", docs[w[0]].id(), D::SIDE.name());
        return Err(Error::invalid(format!("/{}/id", w[1]), message));
    }
    order::by(&mut docs, |a, b| a.id().cmp(b.id()));
    Ok(docs)
}

/// Compiles documents.
pub(super) fn compile(
    taxonomy: &Taxonomy,
    profiles: Vec<Profile>,
    challenges: Vec<Challenge>,
    settings: Settings,
) -> Result<Data> {
    settings.validate()?;
    let (profiles, challenges) = (sorted(profiles)?, sorted(challenges)?);
    let mut all = Compiling::new(taxonomy);
    all.people.read(profiles, taxonomy, &mut all.numbers)?;
    all.problems.read(challenges, taxonomy, &mut all.numbers)?;
    all.finish(taxonomy, settings)
}

/// A snapshot that is being made. Documents come ascending by id on each side; stems have numbers and counts.
pub(crate) struct Compiling {
    numbers: Vocabulary,
    people: GrowingProfiles,
    problems: GrowingChallenges,
}

impl Compiling {
    pub(crate) fn new(taxonomy: &Taxonomy) -> Self {
        let width = taxonomy.map().map_or(0, SubwordMap::dimensions);
        let (people, problems) = (Grow::new(width), Grow::new(width));
        Self { numbers: Vocabulary::default(), people, problems }
    }

    /// The number of a stem.
    #[cfg(feature = "pool")]
    pub(crate) fn stem(&mut self, stem: &str) -> Result<u32> {
        self.numbers.terms.number(stem.into())
    }

    #[cfg(feature = "pool")]
    pub(crate) fn profile(&mut self, p: &Profile, taken: Taken<ProfileContent>) -> Result<()> {
        self.people.push(p, taken, &mut self.numbers)
    }

    #[cfg(feature = "pool")]
    pub(crate) fn challenge(&mut self, c: &Challenge, taken: Taken<ChallengeContent>) -> Result<()> {
        self.problems.push(c, taken, &mut self.numbers)
    }

    pub(crate) fn finish(self, taxonomy: &Taxonomy, settings: Settings) -> Result<Data> {
        let Self { mut numbers, mut people, mut problems } = self;
        let grams = Grams::new(&mut numbers.terms, settings.analyzer())?;
        // Those that tell come first, so that a text that shares none of them is known after them.
        let (terms, places) = numbers.terms.sorted(|t| tells(t, &settings));
        people.common.expand(&grams, Some(&places));
        problems.common.expand(&grams, Some(&places));
        drop((grams, places));
        let documents = u32::try_from(people.common.ids.len() + problems.common.ids.len())
            .map_err(|_| Error::invalid("", "more than 4,294,967,295 documents; split the pool"))?;
        let length: u64 = people.common.words.iter().map(|&w| u64::from(w)).sum();
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 words")]
        let average = if length == 0 { 1.0 } else { length as f64 / people.common.ids.len() as f64 };
        let head = Head { settings, documents, average, profiles: true, challenges: true, pruned: false };

        let mut with = vec![0u32; terms.len()];
        for &t in people.common.terms.iter().chain(&problems.common.terms) {
            with[t as usize] += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "idf is stored as f32")]
        let idf: Vec<f32> = with.iter().map(|&n| idf(documents, n) as f32).collect();
        let (labels, places_of_labels) = numbers.labels.sorted(|_| true);
        let (places, places_of_places) = numbers.places.sorted(|_| true);
        let term = |((place, text), &idf): ((u32, &String), &f32)| (place, kind(text), f64::from(idf));
        let meaning = Meaning::new(taxonomy, &people.common.means(), &problems.common.means())?;
        let to = Target {
            head: &head,
            meaning: &meaning,
            concepts: u32::try_from(taxonomy.concepts().len()).unwrap_or(NONE),
            terms: (0..).zip(&terms).zip(&idf).map(term).collect(),
            labels: places_of_labels,
            places: places_of_places,
        };
        let (people, problems) = (people.finish(&to)?, problems.finish(&to)?);
        let keys = taxonomy.concepts().len() + labels.len();
        Ok(Data {
            by_challenge: Inverted::new(&problems, terms.len(), keys)?,
            telling: terms.partition_point(|t| tells(t, &settings)),
            checked: OnceLock::from(Ok(())),
            place: String::new(),
            terms: terms.iter().collect(),
            idf: idf.into(),
            labels: labels.iter().collect(),
            places: places.iter().collect(),
            profiles: people,
            challenges: problems,
            taxonomy: taxonomy.clone(),
            head,
            meaning,
        })
    }
}

impl Data {
    pub(super) fn prune(&self) -> Result<Self> {
        self.whole()?;
        let mut data = self.clone();
        let concepts = self.taxonomy.concepts().len();
        let (p, c) = (&mut data.profiles, &mut data.challenges);
        let columns = [&mut p.claim_keys, &mut p.wish_keys, &mut c.need_keys, &mut c.offer_keys];
        let used = columns.iter().flat_map(|keys| keys.iter().copied()).filter(|&k| (k as usize) < concepts).collect();
        data.taxonomy = self.taxonomy.prune(&used).mark_pruned(true);
        data.head.pruned = true;
        // What is kept keeps its order, and labels follow the concepts.
        let kept = data.taxonomy.concepts();
        let mut next = 0;
        let mut places = Vec::with_capacity(self.keys());
        for concept in self.taxonomy.concepts() {
            let is_kept = kept.get(next).is_some_and(|k| k.uri == concept.uri);
            places.push(if is_kept { next } else { usize::MAX });
            next += usize::from(is_kept);
        }
        places.extend((0..self.labels.len()).map(|l| next + l));
        let place = |&key: &u32| places.get(key as usize).and_then(|&p| u32::try_from(p).ok()).unwrap_or(NONE);
        for keys in columns {
            *keys = keys.iter().map(place).collect::<Vec<u32>>().into();
        }
        if !data.head.profiles {
            let common = &mut c.common;
            let mut used = vec![false; self.terms.len()];
            common.terms.iter().for_each(|&t| used[t as usize] = true);
            let kept: Vec<usize> = (0..self.terms.len()).filter(|&t| used[t]).collect();
            let place = |t: &u32| u32::try_from(kept.partition_point(|&k| k < *t as usize)).unwrap_or(NONE);
            common.terms = common.terms.iter().map(place).collect::<Vec<_>>().into();
            data.telling = kept.partition_point(|&t| t < self.telling);
            data.idf = kept.iter().map(|&t| self.idf[t]).collect::<Vec<_>>().into();
            data.terms = kept.iter().map(|&t| self.terms.get(t)).collect();
        }
        let (terms, keys) = (data.terms.len(), data.keys());
        if data.head.challenges {
            data.by_challenge = Inverted::new(&data.challenges, terms, keys)?;
        }
        Ok(data)
    }

    /// A profile that the snapshot need not hold, as columns of one row.
    pub(crate) fn profile(&self, p: &Profile) -> Result<Profiles> {
        GrowingProfiles::one(p, self)
    }

    /// A challenge that the snapshot need not hold, as columns of one row.
    pub(crate) fn challenge(&self, c: &Challenge) -> Result<Challenges> {
        GrowingChallenges::one(c, self)
    }

    fn target(&self, numbers: Vocabulary) -> Target<'_> {
        let unseen = idf(self.head.documents, 0);
        #[expect(clippy::cast_possible_truncation, reason = "fits: it was counted as u32")]
        let find = |place: Option<usize>| place.map_or(NONE, |p| p as u32);
        let mut terms = vec![(NONE, 1.0, unseen); numbers.terms.0.len()];
        for (text, n) in &numbers.terms.0 {
            let place = self.term(text);
            let idf = place.map_or(unseen, |p| f64::from(self.idf[p]));
            terms[*n as usize] = (find(place), kind(text), idf);
        }
        let look_up = |texts: &Strings, numbers: &Numbers| {
            let mut places = vec![NONE; numbers.0.len()];
            for (text, n) in &numbers.0 {
                places[*n as usize] = find(texts.find(text, 0..texts.len()));
            }
            places
        };
        Target {
            head: &self.head,
            meaning: &self.meaning,
            concepts: u32::try_from(self.taxonomy.concepts().len()).unwrap_or(NONE),
            terms,
            labels: look_up(&self.labels, &numbers.labels),
            places: look_up(&self.places, &numbers.places),
        }
    }

    /// The number of a term.
    pub(crate) fn term(&self, text: &str) -> Option<usize> {
        let range = if tells(text, &self.head.settings) { 0..self.telling } else { self.telling..self.terms.len() };
        self.terms.find(text, range)
    }

    /// What one side of a pair says of itself.
    pub(crate) fn document<D: Document>(&self, common: &Common, i: usize) -> Result<D> {
        self.whole()?;
        crate::json::read(common.json.get(i))
            .map_err(|e| super::format::damaged(&format!("{} \"{}\": {e}", D::SIDE.name(), common.ids.get(i))))
    }

    pub(crate) fn common(&self, side: Side) -> &Common {
        match side {
            Side::Profiles => &self.profiles.common,
            Side::Challenges => &self.challenges.common,
        }
    }
}
