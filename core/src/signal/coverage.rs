//! The skills and wishes signals: how well what one side offers covers what the other asks for. For skills, claims
//! cover requirements; for wishes, what a challenge offers covers what a person would like to do.
//!
//! A maximum inside a sum: each slot (a requirement, a wish) counts by the best that covers it, so that two claims of
//! the same thing are not worth two things.

use super::{Pair, Query, Sums, UNKNOWN};
use crate::kernel::{Block, LEVELS, above, claim_of, need_of};
use crate::snapshot::{Challenges, Data, Profiles};
use std::ops::Range;

/// Below this degree a must counts as not met by the gate.
pub(crate) const MUST_MET: f64 = 0.5;

/// How one requirement is met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Meeting {
    pub degree: f64,
    /// The place in its column of the claim that meets it best.
    pub by: Option<usize>,
    /// How near that claim is, before trust and level.
    pub similarity: f64,
}

/// To what degree a claim of one competence covers a slot of another.
fn similarity(data: &Data, claim: u32, slot: u32) -> f64 {
    let concepts = data.taxonomy.concepts().len();
    if claim == slot {
        // A label that the snapshot does not know has no number.
        return if (slot as usize) < data.keys() { 1.0 } else { 0.0 };
    }
    if claim as usize >= concepts || slot as usize >= concepts {
        return 0.0;
    }
    let met_by = data.taxonomy.met_by(slot);
    met_by.binary_search_by_key(&claim, |m| m.0).map_or(0.0, |i| met_by[i].1)
}

/// The competences that the graph reaches from one, with the degrees; a free label reaches itself.
fn reach<'a>(data: &'a Data, key: u32, graph: impl Fn(u32) -> &'a [(u32, f64)]) -> impl Iterator<Item = (u32, f64)> {
    let concept = (key as usize) < data.taxonomy.concepts().len();
    let others = if concept { graph(key) } else { &[] };
    let itself = (!concept && (key as usize) < data.keys()).then_some((key, 1.0));
    others.iter().copied().chain(itself)
}

/// What a level is worth beside the one that is wanted; 1 where one of them is not told.
fn level(has: u8, wants: u8) -> f64 {
    if has > 0 && has < wants { f64::from(has) / f64::from(wants) } else { 1.0 }
}

/// What turns a similarity into a degree.
struct Degrees<'a> {
    has: &'a [u8],
    wants: &'a [u8],
    strengths: &'a [f64],
}

impl<'a> Degrees<'a> {
    fn new(profiles: &'a Profiles, challenges: &'a Challenges) -> Self {
        Self { has: &profiles.claim_levels, wants: &challenges.need_levels, strengths: &profiles.claim_strengths }
    }

    /// The degree to which a claim meets a requirement: similarity times trust, less where the level falls short.
    fn of(&self, need: usize, claim: usize, similarity: f64) -> f64 {
        similarity * self.strengths[claim] * level(self.has[claim], self.wants[need])
    }
}

/// What turns the degree of a requirement into sums.
struct Needs<'a> {
    weights: &'a [f64],
    musts: &'a [u8],
}

impl<'a> Needs<'a> {
    fn new(challenges: &'a Challenges) -> Self {
        Self { weights: &challenges.need_weights, musts: &challenges.need_musts }
    }

    fn add(&self, need: usize, degree: f64, (met, musts): &mut (f64, u32)) {
        *met += self.weights[need] * degree;
        *musts += u32::from(self.musts[need] != 0 && degree >= MUST_MET);
    }
}

/// Where bounds of the skills signal are added up, used again.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    /// The shares of the candidates of a block.
    pub shares: Vec<f32>,
    /// How many of a candidate's musts are not met for certain, where that is asked.
    pub missing: Vec<f32>,
    /// Of each slot, zero between questions.
    best: Vec<f32>,
    /// Places of postings that were looked at.
    seen: Vec<Range<usize>>,
}

/// Slots of which less than one in so many are touched are looked at one by one.
const SPARSE: usize = 4;

/// Bounds of the shares of a block's candidates; `share` is the question's part of them. Cost: the claims
/// (requirements) that the graph reaches, and a part of all requirements of the block.
#[expect(clippy::cast_possible_truncation, reason = "bounds; see the kernel's slack")]
pub(crate) fn skill_bounds(query: Query, data: &Data, block: &Block, share: f64, musts: bool, to: &mut Coverage) {
    let Coverage { shares, missing, best, seen } = to;
    let (keys, width) = (&block.keys, block.width);
    shares.resize(shares.len().max(width), 0.0);
    let sums = &mut shares[..width];
    sums.fill(0.0);
    if musts {
        missing.resize(missing.len().max(width), 0.0);
        missing[..width].fill(0.0);
    }
    best.resize(best.len().max(width).max(keys.weights.len()), 0.0);
    // What a level is worth beside each that is wanted, or had.
    let table = |of: &dyn Fn(u8) -> f64| -> [f32; LEVELS] { std::array::from_fn(|l| above(of(l as u8))) };
    match query {
        Query::Challenge(c, row) => {
            let best = &mut best[..width];
            for need in c.need_lists.range(row) {
                seen.clear();
                let wants = c.need_levels[need];
                for (claim, similarity) in reach(data, c.need_keys[need], |k| data.taxonomy.met_by(k)) {
                    let list = keys.of(claim);
                    if list.is_empty() {
                        continue;
                    }
                    let worth = table(&|has| similarity * level(has, wants));
                    for &posting in &keys.postings[list.clone()] {
                        let (at, has, trust) = claim_of(posting);
                        let (best, degree) = (&mut best[at], worth[has] * trust);
                        *best = if degree > *best { degree } else { *best };
                    }
                    seen.push(list);
                }
                let weight = above(c.need_weights[need]);
                if musts && c.need_musts[need] != 0 {
                    best.iter().zip(&mut *missing).for_each(|(&best, missing)| *missing += lacks(best));
                }
                if seen.iter().map(Range::len).sum::<usize>() < width / SPARSE {
                    for &posting in seen.iter().flat_map(|list| &keys.postings[list.clone()]) {
                        let at = claim_of(posting).0;
                        sums[at] += weight * std::mem::take(&mut best[at]);
                    }
                } else {
                    for (sum, best) in sums.iter_mut().zip(&mut *best) {
                        *sum += weight * std::mem::take(best);
                    }
                }
            }
        }
        Query::Profile(p, row) => {
            let best = &mut best[..keys.weights.len()];
            seen.clear();
            for claim in p.claim_lists.range(row) {
                let (has, strength) = (p.claim_levels[claim], p.claim_strengths[claim]);
                let worth = table(&|wants| strength * level(has, wants));
                for (need, similarity) in reach(data, p.claim_keys[claim], |k| data.taxonomy.meets(k)) {
                    let list = keys.of(need);
                    if list.is_empty() {
                        continue;
                    }
                    let worth = worth.map(|x| x * similarity as f32);
                    for &posting in &keys.postings[list.clone()] {
                        let (slot, wants) = need_of(posting);
                        let (best, degree) = (&mut best[slot], worth[wants]);
                        *best = if degree > *best { degree } else { *best };
                    }
                    seen.push(list);
                }
            }
            let rows = keys.rows.windows(2).map(|r| r[0] as usize..r[1] as usize);
            if musts {
                for row in rows.clone() {
                    let slots = best[row.clone()].iter().zip(&keys.musts[row]);
                    slots.zip(&mut *missing).for_each(|((&best, must), missing)| *missing += must * lacks(best));
                }
            }
            if seen.iter().map(Range::len).sum::<usize>() < best.len() / SPARSE {
                for &posting in seen.iter().flat_map(|list| &keys.postings[list.clone()]) {
                    let slot = need_of(posting).0;
                    sums[usize::from(keys.places[slot])] += keys.weights[slot] * std::mem::take(&mut best[slot]);
                }
            } else {
                for row in rows {
                    let slots = best[row.clone()].iter_mut().zip(&keys.weights[row]);
                    sums.iter_mut().zip(slots).for_each(|(sum, (best, weight))| *sum += weight * std::mem::take(best));
                }
            }
        }
    }
    let share = share as f32;
    for (sum, of) in sums.iter_mut().zip(&block.shares) {
        let value = *sum * of * share;
        *sum = if value < 1.0 { value } else { 1.0 };
    }
}

/// Where bounds of the wishes signal are added up, used again.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    /// Of the candidates of a block, [`UNKNOWN`] where there is none; empty without bounds.
    pub values: Vec<f32>,
    /// How far each candidate serves a wish, zero between wishes.
    best: Vec<f32>,
    seen: Vec<u32>,
}

/// Bounds of the values of a block's challenges for a profile that has wishes. Cost: the offers that the graph reaches.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "bounds; see the kernel's slack")]
pub(crate) fn wish_bounds((p, row): (&Profiles, usize), data: &Data, block: &Block, to: &mut Wishes) {
    let (wishes, offers) = (p.wish_lists.range(row), &block.offers);
    let all = wishes.len() as f32;
    let avoids = p.wish_avoids[wishes.clone()].iter().filter(|&&a| a != 0).count() as f32;
    // Takes in the roundings of the sum.
    to.values.resize(block.width, avoids / all + all * f32::EPSILON);
    to.best.resize(to.best.len().max(block.width), 0.0);
    for wish in wishes {
        for (offer, similarity) in reach(data, p.wish_keys[wish], |k| data.taxonomy.met_by(k)) {
            for &at in &offers.postings[offers.of(offer)] {
                let best = &mut to.best[at as usize];
                *best = best.max(similarity as f32);
                to.seen.push(at);
            }
        }
        let worth = if p.wish_avoids[wish] == 0 { 1.0 / all } else { -1.0 / all };
        for at in to.seen.drain(..) {
            to.values[at as usize] += worth * std::mem::take(&mut to.best[at as usize]);
        }
    }
    for (value, &offering) in to.values.iter_mut().zip(&block.offering) {
        *value = if offering > 0.0 { *value } else { UNKNOWN };
    }
}

/// 1 where a must is not met for certain, whatever the rounding.
fn lacks(best: f32) -> f32 {
    const SURELY: f32 = MUST_MET as f32 - 1e-4;
    if best < SURELY { 1.0 } else { 0.0 }
}

/// Adds what of all challenges a profile meets, requirements in order, and what of its wishes they serve.
pub(super) fn add_sums((p, row): (&Profiles, usize), data: &Data, all: &mut [Sums]) {
    let c = &data.challenges;
    let (degrees, needs) = (Degrees::new(p, c), Needs::new(c));
    let postings = &data.by_challenge.keys;
    let mut best = vec![0.0; c.need_keys.len()];
    for claim in p.claim_lists.range(row) {
        for (need, similarity) in reach(data, p.claim_keys[claim], |k| data.taxonomy.meets(k)) {
            for &place in &postings.places[postings.lists.range(need as usize)] {
                let best = &mut best[place as usize];
                *best = f64::max(*best, degrees.of(place as usize, claim, similarity));
            }
        }
    }
    for (i, sums) in all.iter_mut().enumerate() {
        let mut met = (0.0, 0);
        for need in c.need_lists.range(i) {
            needs.add(need, best[need], &mut met);
        }
        (sums.met, sums.musts) = met;
    }
    let postings = &data.by_challenge.wishes;
    let mut best = vec![0.0; all.len()];
    for wish in p.wish_lists.range(row) {
        for (offer, similarity) in reach(data, p.wish_keys[wish], |k| data.taxonomy.met_by(k)) {
            for &doc in &postings.docs[postings.lists.range(offer as usize)] {
                let best = &mut best[doc as usize];
                *best = f64::max(*best, similarity);
            }
        }
        for (sums, best) in all.iter_mut().zip(&mut best) {
            add_wish(p, wish, std::mem::take(best), sums);
        }
    }
}

fn add_wish(profiles: &Profiles, wish: usize, degree: f64, sums: &mut Sums) {
    if profiles.wish_avoids[wish] == 0 { sums.liked += degree } else { sums.avoided += degree }
}

impl Pair<'_> {
    /// How a requirement, told by its place in its column, is met: by the best of the claims, the first of equals.
    pub(crate) fn meeting(&self, need: usize) -> Meeting {
        let mut best = Meeting { degree: 0.0, by: None, similarity: 0.0 };
        let degrees = Degrees::new(self.profiles, self.challenges);
        for claim in self.profiles.claim_lists.range(self.p) {
            let similarity = similarity(self.data, self.profiles.claim_keys[claim], self.challenges.need_keys[need]);
            let degree = degrees.of(need, claim, similarity);
            if degree > best.degree {
                best = Meeting { degree, by: Some(claim), similarity };
            }
        }
        best
    }

    /// Adds how the requirements are met.
    pub(crate) fn add_needs(&self, sums: &mut Sums) {
        let needs = Needs::new(self.challenges);
        let mut met = (0.0, 0);
        for need in self.challenges.need_lists.range(self.c) {
            needs.add(need, self.meeting(need).degree, &mut met);
        }
        (sums.met, sums.musts) = met;
    }

    /// Adds how the wishes are served.
    pub(crate) fn add_wishes(&self, sums: &mut Sums) {
        let offers = self.challenges.offer_lists.range(self.c);
        for wish in self.profiles.wish_lists.range(self.p) {
            let near = |offer| similarity(self.data, self.challenges.offer_keys[offer], self.profiles.wish_keys[wish]);
            add_wish(self.profiles, wish, offers.clone().map(near).fold(0.0, f64::max), sums);
        }
    }

    /// A must is not met.
    pub(crate) fn lacks_musts(&self) -> bool {
        let mut needs = self.challenges.need_lists.range(self.c);
        needs.any(|need| self.challenges.need_musts[need] != 0 && self.meeting(need).degree < MUST_MET)
    }

    pub(super) fn musts(&self) -> u32 {
        let needs = self.challenges.need_lists.range(self.c);
        self.challenges.need_musts[needs].iter().map(|&m| u32::from(m != 0)).sum()
    }

    /// Known where the challenge needs something and the profile says anything: whether a claim happens to meet a
    /// requirement must not decide it, or a new claim could lower the score.
    pub(crate) fn skills(&self, sums: &Sums) -> Option<f64> {
        let needs = self.challenges.need_lists.range(self.c);
        if needs.is_empty() || !self.profile_speaks() {
            return None;
        }
        let all: f64 = self.challenges.need_weights[needs].iter().fold(0.0, |sum, w| sum + w);
        Some((sums.met / all).min(1.0))
    }

    pub(crate) fn wishes(&self, sums: &Sums) -> Option<f64> {
        let wishes = self.profiles.wish_lists.range(self.p);
        if wishes.is_empty() || self.challenges.offer_lists.range(self.c).is_empty() {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of wishes")]
        let (all, avoids) =
            (wishes.len() as f64, self.profiles.wish_avoids[wishes].iter().filter(|&&a| a != 0).count() as f64);
        Some((sums.liked + (avoids - sums.avoided)) / all)
    }
}
