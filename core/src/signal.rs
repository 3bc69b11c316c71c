//! The signals: each one named reason to match, a value in [0, 1] or unknown; and the gates, yes or no.
//!
//! One code path: [`Pair::score`] is what ranking and explaining both call. All sums run in a fixed order (terms by
//! their bytes, requirements by their place), with additions, multiplications, divisions and square roots only, so
//! that a pair scores the same to the bit on every platform and from either side.

use crate::content::{Held, Needed, Words};
use crate::model::{Availability, Challenge, Place, Profile};
use crate::taxonomy::Taxonomy;
use serde::{Deserialize, Serialize};

/// A named reason to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// Weighted coverage of the challenge's requirements.
    Skills,
    /// BM25 over stems and subwords as a share of what the challenge could give.
    Text,
    /// Closeness of meaning by vectors. Always unknown in this version.
    Semantic,
    /// The share of the person's wishes that the challenge serves.
    Wishes,
    /// How well the person's languages meet the challenge's.
    Language,
    /// Nearness, or remote work that both accept.
    Place,
    /// How much of the challenge's period and hours the person is available.
    Time,
}

impl Signal {
    /// All signals, in the order in which they are summed.
    pub const ALL: [Self; 7] =
        [Self::Skills, Self::Text, Self::Semantic, Self::Wishes, Self::Language, Self::Place, Self::Time];

    /// The signal's name, the same in all languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["skills", "text", "semantic", "wishes", "language", "place", "time"][self as usize]
    }
}

/// A yes/no condition, apart from the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// Every must is met at least half.
    Musts,
    /// Every language is known at its level or better.
    Language,
    /// Within the person's radius, or remote for both.
    Place,
    /// The person is available for some of the period.
    Period,
    /// The person accepts the challenge's route.
    Route,
}

/// Why a pair has no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The profile's text is in no supported language, and it claims no skill.
    ProfileLanguage,
    /// The challenge's text is in no supported language, and it has no requirement.
    ChallengeLanguage,
    /// The profile says nothing that could be understood.
    EmptyProfile,
    /// The challenge says nothing that could be understood.
    EmptyChallenge,
    /// Both say something, and nothing of it meets. This is not a zero: people do not tell everything.
    NoEvidence,
}

/// Values of all signals in the order of [`Signal::ALL`]; `None` is unknown.
pub(crate) type Values = [Option<f64>; 7];

/// Below this degree a must counts as not met by the gate.
const MUST_MET: f64 = 0.5;
/// Kilometres that a person travels who did not say; half an hour to an hour by bus around a Finnish city.
const RADIUS_KM: f64 = 30.0;
/// The text share at which the signal is half of its way to 1. A share is small even for a good fit (two texts share
/// few words), and this rational curve, monotone from 0 to 1, makes it readable beside the other signals.
/// A first choice, not yet measured.
const TEXT_HALF: f64 = 0.1;

/// A profile, compiled against a snapshot's terms.
#[derive(Debug, Clone)]
pub(crate) struct CompiledProfile {
    pub doc: Profile,
    /// Terms that the snapshot knows, ascending, with their BM25 impact.
    pub terms: Vec<(u32, f64)>,
    pub held: Vec<Held>,
    pub wishes: Vec<(String, bool)>,
    pub languages: u8,
    pub foreign: bool,
}

/// A challenge, compiled against a snapshot's terms.
#[derive(Debug, Clone)]
pub(crate) struct CompiledChallenge {
    pub doc: Challenge,
    /// Terms that the snapshot knows, ascending, with idf times weight.
    pub terms: Vec<(u32, f64)>,
    /// What the terms, the unknown ones too, could give at most.
    pub most: f64,
    pub needed: Vec<Needed>,
    pub teaches: Vec<String>,
    pub languages: u8,
    pub foreign: bool,
}

/// How one requirement is met.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meeting {
    pub degree: f64,
    /// Index of the claim that meets it best.
    pub by: Option<usize>,
}

/// One profile beside one challenge.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub taxonomy: &'a Taxonomy,
    pub profile: &'a CompiledProfile,
    pub challenge: &'a CompiledChallenge,
    /// Per term: true for a stem or a gram of the longest length, which alone makes a match.
    pub telling: &'a [bool],
}

impl Pair<'_> {
    /// The values of the signals with a weight.
    pub(crate) fn values(&self, weights: &[f64; 7]) -> Values {
        let mut values = [None; 7];
        for (signal, value) in Signal::ALL.iter().zip(&mut values) {
            if weights[*signal as usize] > 0.0 {
                *value = match signal {
                    Signal::Skills => self.skills(),
                    Signal::Text => self.text(),
                    Signal::Semantic => None,
                    Signal::Wishes => self.wishes(),
                    Signal::Language => self.language(),
                    Signal::Place => place(self.profile.doc.place.as_ref(), self.challenge.doc.place.as_ref()),
                    Signal::Time => time(self.profile.doc.availability.as_ref(), self.challenge.doc.period.as_ref()),
                };
            }
        }
        values
    }

    /// Why the pair has no score, if it has none.
    pub(crate) fn unknown(&self, values: &Values) -> Option<Unknown> {
        let evidence = [Signal::Skills, Signal::Text, Signal::Semantic];
        if evidence.iter().any(|&s| values[s as usize].is_some_and(|v| v > 0.0)) {
            return None;
        }
        let (p, c) = (self.profile, self.challenge);
        Some(if c.needed.is_empty() && c.languages == 0 {
            if c.foreign { Unknown::ChallengeLanguage } else { Unknown::EmptyChallenge }
        } else if p.held.is_empty() && p.languages == 0 {
            if p.foreign { Unknown::ProfileLanguage } else { Unknown::EmptyProfile }
        } else {
            Unknown::NoEvidence
        })
    }

    /// How requirement `n` is met: the best of the claims.
    pub(crate) fn meeting(&self, n: usize) -> Meeting {
        let need = &self.challenge.needed[n];
        let mut best = Meeting { degree: 0.0, by: None };
        for (i, h) in self.profile.held.iter().enumerate() {
            let same = if h.key == need.key { 1.0 } else { 0.0 };
            let similarity = self.taxonomy.similarity(&h.key, &need.key).unwrap_or(same);
            let level = match (h.level, need.level) {
                (Some(has), Some(wants)) if has < wants => f64::from(has) / f64::from(wants),
                _ => 1.0,
            };
            let degree = similarity * h.strength * level;
            if degree > best.degree {
                best = Meeting { degree, by: Some(i) };
            }
        }
        best
    }

    /// Known where the challenge needs something and the profile says anything: whether a claim happens to meet a
    /// requirement must not decide it, or a new claim could lower the score.
    fn skills(&self) -> Option<f64> {
        let p = self.profile;
        if self.challenge.needed.is_empty() || (p.held.is_empty() && p.terms.is_empty()) {
            return None;
        }
        let (mut met, mut all) = (0.0, 0.0);
        for (n, need) in self.challenge.needed.iter().enumerate() {
            met += need.weight * self.meeting(n).degree;
            all += need.weight;
        }
        Some(met / all)
    }

    /// The shared terms, each with what it adds to the raw sum.
    pub(crate) fn shared_terms(&self) -> Vec<(u32, f64)> {
        let mut shared = Vec::new();
        let (mut p, mut c) = (self.profile.terms.iter().peekable(), self.challenge.terms.iter().peekable());
        while let (Some(&&(pt, impact)), Some(&&(ct, weight))) = (p.peek(), c.peek()) {
            match pt.cmp(&ct) {
                std::cmp::Ordering::Less => drop(p.next()),
                std::cmp::Ordering::Greater => drop(c.next()),
                std::cmp::Ordering::Equal => {
                    shared.push((pt, weight * impact));
                    p.next();
                    c.next();
                }
            }
        }
        shared
    }

    fn text(&self) -> Option<f64> {
        if self.profile.terms.is_empty() || self.challenge.most <= 0.0 {
            return None;
        }
        let shared = self.shared_terms();
        if !shared.iter().any(|&(t, _)| self.telling[t as usize]) {
            // Texts in different languages share no words, whatever they say.
            return (self.profile.languages & self.challenge.languages != 0).then_some(0.0);
        }
        let share = shared.iter().map(|s| s.1).sum::<f64>() / self.challenge.most;
        Some(share * (1.0 + TEXT_HALF) / (share + TEXT_HALF))
    }

    fn wishes(&self) -> Option<f64> {
        let (c, wishes) = (self.challenge, &self.profile.wishes);
        let offers: Vec<&str> =
            c.needed.iter().map(|n| n.key.as_str()).chain(c.teaches.iter().map(String::as_str)).collect();
        if wishes.is_empty() || offers.is_empty() {
            return None;
        }
        let mut served = 0.0;
        for (wish, avoid) in wishes {
            let near =
                |offer: &&str| self.taxonomy.similarity(offer, wish).unwrap_or(f64::from(u8::from(offer == wish)));
            let degree = offers.iter().map(near).fold(0.0, f64::max);
            served += if *avoid { 1.0 - degree } else { degree };
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of wishes")]
        let count = wishes.len() as f64;
        Some(served / count)
    }

    fn language(&self) -> Option<f64> {
        let (has, wants) = (&self.profile.doc.languages, &self.challenge.doc.languages);
        if has.is_empty() || wants.is_empty() {
            return None;
        }
        let mut met = 0.0;
        for w in wants {
            let level = has.iter().find(|h| h.language == w.language).map_or(0, |h| h.level as u8);
            met += (f64::from(level) / f64::from(w.level as u8)).min(1.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of languages")]
        let count = wants.len() as f64;
        Some(met / count)
    }

    /// The gates that the pair is known to fail, in their order. What is not known fails no gate.
    pub(crate) fn failed_gates(&self) -> Vec<Gate> {
        let (p, c) = (self.profile, self.challenge);
        let musts = c.needed.iter().enumerate().any(|(n, need)| need.must && self.meeting(n).degree < MUST_MET);
        let says_nothing = p.held.is_empty() && p.terms.is_empty();
        let near = place(p.doc.place.as_ref(), c.doc.place.as_ref());
        let overlap = overlap_days(p.doc.availability.as_ref(), c.doc.period.as_ref());
        let route = c.doc.route.is_some_and(|r| !p.doc.routes.is_empty() && !p.doc.routes.contains(&r));
        [
            (musts && !says_nothing, Gate::Musts),
            (self.language().is_some_and(|v| v < 1.0), Gate::Language),
            (near.is_some_and(|v| v < 1.0), Gate::Place),
            (overlap.is_some_and(|(days, _)| days == 0), Gate::Period),
            (route, Gate::Route),
        ]
        .into_iter()
        .filter_map(|(fails, gate)| fails.then_some(gate))
        .collect()
    }
}

/// 1 for remote work that both accept and within the radius, falling to 0 at twice the radius; by name where there
/// are no coordinates, and unknown where the names differ: they may be neighbours.
fn place(profile: Option<&Place>, challenge: Option<&Place>) -> Option<f64> {
    let (p, c) = (profile?, challenge?);
    if p.remote == Some(true) && c.remote == Some(true) {
        return Some(1.0);
    }
    if let (Some(a), Some(b)) = (unit_vector(p), unit_vector(c)) {
        let chord =
            ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2])).sqrt();
        // The chord is shorter than the arc by less than 0.1 % up to 1,000 km. Mean radius of the Earth: IUGG.
        let km = 6371.0 * chord;
        let radius = p.radius_km.unwrap_or(RADIUS_KM);
        return Some(if km <= radius { 1.0 } else { (2.0 - km / radius).max(0.0) });
    }
    match (&p.name, &c.name) {
        (Some(a), Some(b)) if crate::text::fold(a) == crate::text::fold(b) => Some(1.0),
        _ => None,
    }
}

fn unit_vector(p: &Place) -> Option<[f64; 3]> {
    let (lat, lon) = (p.latitude?.to_radians(), p.longitude?.to_radians());
    let (sin_lat, cos_lat) = (libm::sin(lat), libm::cos(lat));
    Some([cos_lat * libm::cos(lon), cos_lat * libm::sin(lon), sin_lat])
}

/// Days that the two have in common, and days of the challenge; unknown where it has no two dates, or the person none.
fn overlap_days(profile: Option<&Availability>, challenge: Option<&Availability>) -> Option<(i32, i32)> {
    let (p, c) = (profile?, challenge?);
    let (from, until) = (c.from?, c.until?);
    if p.from.is_none() && p.until.is_none() {
        return None;
    }
    // A duration, not a span: spans can fail, and the texts of their errors weigh 10 KB in the browser.
    let days = |a: jiff::civil::Date, b: jiff::civil::Date| {
        i32::try_from(b.duration_since(a).as_hours() / 24).map_or(i32::MAX, |d| d + 1)
    };
    let first = p.from.map_or(from, |d| d.max(from));
    let last = p.until.map_or(until, |d| d.min(until));
    Some((if last < first { 0 } else { days(first, last) }, days(from, until)))
}

fn time(profile: Option<&Availability>, challenge: Option<&Availability>) -> Option<f64> {
    let days = overlap_days(profile, challenge).map(|(common, all)| f64::from(common) / f64::from(all));
    let hours = (profile.and_then(|p| p.hours_per_week)).zip(challenge.and_then(|c| c.hours_per_week));
    let hours = hours.map(|(has, wants)| (has / wants).min(1.0));
    match (days, hours) {
        (Some(d), Some(h)) => Some(d.min(h)),
        (d, h) => d.or(h),
    }
}

/// BM25's impact of a term: `tf (k1 + 1) / (tf + k1 (1 - b + b length / average))` (Robertson and Zaragoza 2009).
pub(crate) fn impact(tf: u32, words: &Words, k1: f64, b: f64, average: f64) -> f64 {
    let tf = f64::from(tf);
    tf * (k1 + 1.0) / (tf + k1 * (1.0 - b + b * f64::from(words.length) / average))
}
