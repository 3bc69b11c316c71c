//! The skills and wishes signals: how well what one side offers covers what the other asks for. For skills, claims
//! cover requirements; for wishes, what a challenge offers covers what a person would like to do.
//!
//! A maximum inside a sum: each slot (a requirement, a wish) counts by the best that covers it, so that two claims of
//! the same thing are not worth two things.

use super::{Pair, Query, Sums};
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

/// What the candidates of a block meet. All zero between questions, so that clearing costs what was touched.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Per candidate the weights of its or the challenge's requirements, each times the degree to which it is met, and
    /// the musts that are met.
    pub sums: Vec<(f64, u32)>,
    /// The candidates with a sum; one may come twice.
    pub touched: Vec<u32>,
    best: Vec<f64>,
    open: Vec<u32>,
    marked: Vec<bool>,
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
    /// How many of a candidate's musts are not met for certain.
    pub missing: Vec<f32>,
    /// Of each slot, zero between questions.
    best: Vec<f32>,
}

/// Bounds of the shares of a block's candidates; `share` is the question's part of them. Cost: the claims
/// (requirements) that the graph reaches, and all requirements of the block.
#[expect(clippy::cast_possible_truncation, reason = "bounds; see the kernel's slack")]
pub(crate) fn skill_bounds(query: Query, data: &Data, block: &Block, share: f64, to: &mut Coverage) {
    // Whoever is below does not meet a must, whatever the rounding.
    const SURELY: f32 = MUST_MET as f32 - 1e-4;
    let Coverage { shares, missing, best } = to;
    let (keys, width) = (&block.keys, block.width);
    for sums in [&mut *shares, missing] {
        sums.resize(sums.len().max(width), 0.0);
        sums[..width].fill(0.0);
    }
    let (sums, missing) = (&mut shares[..width], &mut missing[..width]);
    // What a level is worth beside each that is wanted, or had.
    let table = |of: &dyn Fn(u8) -> f64| -> [f32; LEVELS] { std::array::from_fn(|l| above(of(l as u8))) };
    match query {
        Query::Challenge(c, row) => {
            best.resize(best.len().max(width), 0.0);
            let best = &mut best[..width];
            for need in c.need_lists.range(row) {
                let wants = c.need_levels[need];
                let mut touched = false;
                for (claim, similarity) in reach(data, c.need_keys[need], |k| data.taxonomy.met_by(k)) {
                    let list = keys.of(claim);
                    if list.is_empty() {
                        continue;
                    }
                    touched = true;
                    let worth = table(&|has| similarity * level(has, wants));
                    for &posting in list {
                        let (at, has, trust) = claim_of(posting);
                        let (best, degree) = (&mut best[at], worth[has] * trust);
                        *best = if degree > *best { degree } else { *best };
                    }
                }
                let must = if c.need_musts[need] == 0 { 0.0 } else { 1.0 };
                if touched {
                    let weight = above(c.need_weights[need]);
                    for ((sum, missing), best) in sums.iter_mut().zip(&mut *missing).zip(&mut *best) {
                        *sum += weight * *best;
                        *missing += if *best < SURELY { must } else { 0.0 };
                        *best = 0.0;
                    }
                } else {
                    missing.iter_mut().for_each(|m| *m += must);
                }
            }
        }
        Query::Profile(p, row) => {
            let slots = keys.weights.len();
            best.resize(best.len().max(slots), 0.0);
            let best = &mut best[..slots];
            for claim in p.claim_lists.range(row) {
                let (has, strength) = (p.claim_levels[claim], p.claim_strengths[claim]);
                let worth = table(&|wants| strength * level(has, wants));
                for (need, similarity) in reach(data, p.claim_keys[claim], |k| data.taxonomy.meets(k)) {
                    let list = keys.of(need);
                    if list.is_empty() {
                        continue;
                    }
                    let worth = worth.map(|x| x * similarity as f32);
                    for &posting in list {
                        let (slot, wants) = need_of(posting);
                        let (best, degree) = (&mut best[slot], worth[wants]);
                        *best = if degree > *best { degree } else { *best };
                    }
                }
            }
            for row in keys.rows.windows(2).map(|r| r[0] as usize..r[1] as usize) {
                let slots = best[row.clone()].iter_mut().zip(&keys.weights[row.clone()]).zip(&keys.musts[row]);
                for ((sum, missing), ((best, weight), must)) in sums.iter_mut().zip(&mut *missing).zip(slots) {
                    *sum += weight * *best;
                    *missing += if *best < SURELY { *must } else { 0.0 };
                    *best = 0.0;
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

/// Sums of all candidates, requirements in order. Cost: the claims (requirements) that the graph reaches.
#[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
pub(crate) fn skill_sums(query: Query, data: &Data, block: Range<usize>, to: &mut Met) {
    let Met { sums, touched, best, open, marked } = to;
    sums.resize(sums.len().max(block.len()), (0.0, 0));
    marked.resize(marked.len().max(block.len()), false);
    match query {
        Query::Challenge(c, row) => {
            best.resize(best.len().max(block.len()), 0.0);
            let (postings, keys) = (&data.by_profile.keys, &*c.need_keys);
            let (degrees, needs) = (Degrees::new(&data.profiles, c), Needs::new(c));
            for need in c.need_lists.range(row) {
                for (claim, similarity) in reach(data, keys[need], |k| data.taxonomy.met_by(k)) {
                    let list = postings.within(claim, &block);
                    for (&doc, &place) in postings.docs[list.clone()].iter().zip(&postings.places[list]) {
                        let at = doc as usize - block.start;
                        let (degree, best) = (degrees.of(need, place as usize, similarity), &mut best[at]);
                        if degree > *best {
                            if *best == 0.0 {
                                open.push(at as u32);
                            }
                            *best = degree;
                        }
                    }
                }
                for at in open.drain(..) {
                    let sum = &mut sums[at as usize];
                    if sum.0 == 0.0 {
                        touched.push(at);
                    }
                    needs.add(need, std::mem::take(&mut best[at as usize]), sum);
                }
            }
        }
        Query::Profile(p, row) => {
            let c = &data.challenges;
            let first = c.need_lists.range(block.start).start;
            let slots = c.need_lists.range(block.end - 1).end - first;
            best.resize(best.len().max(slots), 0.0);
            let (postings, keys) = (&data.by_challenge.keys, &*p.claim_keys);
            let (degrees, needs) = (Degrees::new(p, c), Needs::new(c));
            for claim in p.claim_lists.range(row) {
                let has = degrees.has[claim];
                for (need, similarity) in reach(data, keys[claim], |k| data.taxonomy.meets(k)) {
                    let trusted = similarity * degrees.strengths[claim];
                    let list = postings.within(need, &block);
                    for (&doc, &place) in postings.docs[list.clone()].iter().zip(&postings.places[list]) {
                        let at = doc as usize - block.start;
                        let best = &mut best[place as usize - first];
                        let degree =
                            if has == 0 { trusted } else { trusted * level(has, degrees.wants[place as usize]) };
                        if degree > *best {
                            *best = degree;
                            if !std::mem::replace(&mut marked[at], true) {
                                touched.push(at as u32);
                            }
                        }
                    }
                }
            }
            for &at in &*touched {
                marked[at as usize] = false;
                for need in c.need_lists.range(block.start + at as usize) {
                    let degree = std::mem::take(&mut best[need - first]);
                    if degree > 0.0 {
                        needs.add(need, degree, &mut sums[at as usize]);
                    }
                }
            }
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

    pub(super) fn wishes(&self, sums: &Sums) -> Option<f64> {
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
