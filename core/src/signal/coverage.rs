//! The skills and wishes signals: how well what one side offers covers what the other asks for. For skills, claims
//! cover requirements; for wishes, what a challenge offers covers what a person would like to do.
//!
//! A maximum inside a sum: each slot (a requirement, a wish) counts by the best that covers it, so that two claims of
//! the same thing are not worth two things.

use super::{Pair, Query, Scratch, Sums};
use crate::snapshot::{Challenges, Data, Postings, Profiles};
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

/// The best of every candidate's claims for each slot of the query, in order; `add` gets slot, degree and sums.
fn by_slots(
    data: &Data,
    slots: Range<usize>,
    keys: &[u32],
    claims: &Postings,
    scratch: &mut Scratch,
    degree: impl Fn(usize, usize, f64) -> f64,
    add: impl Fn(usize, f64, &mut Sums),
) {
    let Scratch { sums, best, touched } = scratch;
    best.clear();
    best.resize(sums.len(), 0.0);
    for slot in slots {
        for (claim, similarity) in reach(data, keys[slot], |k| data.taxonomy.met_by(k)) {
            let list = claims.lists.range(claim as usize);
            for (&doc, &place) in claims.docs[list.clone()].iter().zip(&claims.places[list]) {
                let (degree, best) = (degree(slot, place as usize, similarity), &mut best[doc as usize]);
                if degree > *best {
                    if *best == 0.0 {
                        touched.push((doc, doc));
                    }
                    *best = degree;
                }
            }
        }
        for (doc, _) in touched.drain(..) {
            add(slot, std::mem::take(&mut best[doc as usize]), &mut sums[doc as usize]);
        }
    }
}

/// The best of the query's claims for every candidate's slots (`all` in number), in order.
fn by_claims(
    data: &Data,
    claims: Range<usize>,
    keys: &[u32],
    (slots, all): (&Postings, usize),
    scratch: &mut Scratch,
    degree: impl Fn(usize, usize, f64) -> f64,
    add: impl Fn(usize, f64, &mut Sums),
) {
    let Scratch { sums, best, touched } = scratch;
    best.clear();
    best.resize(all, 0.0);
    for claim in claims {
        for (slot, similarity) in reach(data, keys[claim], |k| data.taxonomy.meets(k)) {
            let list = slots.lists.range(slot as usize);
            for (&doc, &place) in slots.docs[list.clone()].iter().zip(&slots.places[list]) {
                let (degree, best) = (degree(place as usize, claim, similarity), &mut best[place as usize]);
                if degree > *best {
                    if *best == 0.0 {
                        touched.push((place, doc));
                    }
                    *best = degree;
                }
            }
        }
    }
    touched.sort_unstable();
    for (slot, doc) in touched.drain(..) {
        add(slot as usize, std::mem::take(&mut best[slot as usize]), &mut sums[doc as usize]);
    }
}

/// The degree to which a claim meets a requirement: similarity times trust, less where the level falls short.
fn degree(profiles: &Profiles, challenges: &Challenges, need: usize, claim: usize, similarity: f64) -> f64 {
    let (has, wants) = (profiles.claim_levels[claim], challenges.need_levels[need]);
    let level = if has > 0 && has < wants { f64::from(has) / f64::from(wants) } else { 1.0 };
    similarity * profiles.claim_strengths[claim] * level
}

fn add_skill(challenges: &Challenges, need: usize, degree: f64, sums: &mut Sums) {
    sums.met += challenges.need_weights[need] * degree;
    sums.musts += u32::from(challenges.need_musts[need] != 0 && degree >= MUST_MET);
}

fn add_wish(profiles: &Profiles, wish: usize, degree: f64, sums: &mut Sums) {
    if profiles.wish_avoids[wish] == 0 { sums.liked += degree } else { sums.avoided += degree }
}

pub(super) fn skill_sums(query: Query, data: &Data, scratch: &mut Scratch) {
    match query {
        Query::Challenge(c, row) => {
            let (needs, claims) = (c.need_lists.range(row), &data.by_profile.keys);
            let degree = |need, claim, similarity| degree(&data.profiles, c, need, claim, similarity);
            by_slots(data, needs, &c.need_keys, claims, scratch, degree, |need, d, s| add_skill(c, need, d, s));
        }
        Query::Profile(p, row) => {
            let c = &data.challenges;
            let (claims, needs) = (p.claim_lists.range(row), (&data.by_challenge.keys, c.need_keys.len()));
            let degree = |need, claim, similarity| degree(p, c, need, claim, similarity);
            by_claims(data, claims, &p.claim_keys, needs, scratch, degree, |need, d, s| add_skill(c, need, d, s));
        }
    }
}

pub(super) fn wish_sums(query: Query, data: &Data, scratch: &mut Scratch) {
    let degree = |_, _, similarity| similarity;
    match query {
        Query::Profile(p, row) => {
            let (wishes, offers) = (p.wish_lists.range(row), &data.by_challenge.wishes);
            by_slots(data, wishes, &p.wish_keys, offers, scratch, degree, |wish, d, s| add_wish(p, wish, d, s));
        }
        Query::Challenge(c, row) => {
            let p = &data.profiles;
            let (offers, wishes) = (c.offer_lists.range(row), (&data.by_profile.wishes, p.wish_keys.len()));
            by_claims(data, offers, &c.offer_keys, wishes, scratch, degree, |wish, d, s| add_wish(p, wish, d, s));
        }
    }
}

impl Pair<'_> {
    /// How a requirement, told by its place in its column, is met: by the best of the claims, the first of equals.
    pub(crate) fn meeting(&self, need: usize) -> Meeting {
        let mut best = Meeting { degree: 0.0, by: None, similarity: 0.0 };
        for claim in self.profiles.claim_lists.range(self.p) {
            let similarity = similarity(self.data, self.profiles.claim_keys[claim], self.challenges.need_keys[need]);
            let degree = degree(self.profiles, self.challenges, need, claim, similarity);
            if degree > best.degree {
                best = Meeting { degree, by: Some(claim), similarity };
            }
        }
        best
    }

    pub(super) fn coverage(&self, sums: &mut Sums) {
        for need in self.challenges.need_lists.range(self.c) {
            add_skill(self.challenges, need, self.meeting(need).degree, sums);
        }
        let offers = self.challenges.offer_lists.range(self.c);
        for wish in self.profiles.wish_lists.range(self.p) {
            let near = |offer| similarity(self.data, self.challenges.offer_keys[offer], self.profiles.wish_keys[wish]);
            add_wish(self.profiles, wish, offers.clone().map(near).fold(0.0, f64::max), sums);
        }
    }

    pub(super) fn musts(&self) -> u32 {
        let needs = self.challenges.need_lists.range(self.c);
        self.challenges.need_musts[needs].iter().map(|&m| u32::from(m != 0)).sum()
    }

    /// Known where the challenge needs something and the profile says anything: whether a claim happens to meet a
    /// requirement must not decide it, or a new claim could lower the score.
    pub(super) fn skills(&self, sums: &Sums) -> Option<f64> {
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
