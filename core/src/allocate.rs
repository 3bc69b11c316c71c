//! A whole cohort over all challenges at once: who is placed where, what that is worth, and why somebody is left out.
//!
//! [`Cohort`] is the problem as plain numbers, with an exact algorithm for each objective; [`Matcher::allocate`] puts a
//! matcher's scores into it. What each objective promises:
//!
//! - `total`: the largest sum of values (a maximum-weight flow by successive shortest paths with potentials). The
//!   prices it returns prove it: no allocation can be worth more than their sum, see [`Total::bound`].
//! - `max_min`: the least lucky person as well off as possible, then the next, and so on; who is not placed is worst
//!   off. Values are taken up one after another, from the lowest: as few people as possible stay there (a
//!   minimum-cost flow with costs 0 and 1), and what all such allocations have in common is kept for the next value.
//!   This is the method of Burkard and Rendl, "Lexicographic bottleneck problems" (1991).
//! - `stable`: nobody finds a challenge that they would rather have and that would rather have them (deferred
//!   acceptance of Gale and Shapley, with places for many).
//!
//! All arithmetic on values is in whole numbers of 2^-40, so that equal is equal on every platform. People and places
//! are taken in the order of their numbers (ids, for a matcher), which decides ties. Memory is linear in the edges.

use crate::error::{Error, Result};
use crate::matcher::{Direction, Matcher};
use crate::model::Side;
use crate::signal::{Gate, Signal, Unknown};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Units of a value of 1: the rounding of an edge is below 5e-13, and a sum over any path fits an i64.
const ONE: f64 = (1u64 << 40) as f64;
const NONE: u32 = u32::MAX;
/// Bids a person on the average, before paths take over.
const BIDS: usize = 20;
const FAR: i64 = i64::MAX;
/// A place that was reached from the sink, by no edge.
const SINK: u32 = u32::MAX - 1;

/// People, places and what each of the possible placements is worth.
///
/// ```
/// use osuma::allocate::Cohort;
/// // Two people, two challenges with one place each.
/// let cohort = Cohort::new(&[1, 1], &[1, 1], &[(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.7)])?;
/// let best = cohort.total();
/// assert_eq!(cohort.pairs(&best.edges), [(0, 1, 0.8), (1, 0, 0.7)]);
/// assert!((best.bound - 1.5).abs() < 1e-9);
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cohort {
    /// Where each person's edges begin.
    first: Vec<u32>,
    edges: Vec<Edge>,
    values: Vec<f64>,
    capacities: Vec<u32>,
    times: Vec<u32>,
}

/// The value is in units of 1 / [`ONE`].
#[derive(Debug, Clone, Copy)]
struct Edge {
    value: i64,
    person: u32,
    place: u32,
}

/// The largest sum, and its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// The edges that are used, ascending.
    pub edges: Vec<u32>,
    /// For each challenge what one place more would add to the total at most; 0 where a place is left.
    pub prices: Vec<f64>,
    /// For each person what they add to the total beyond the price of their place.
    pub gains: Vec<f64>,
    /// The dual value: prices times capacities, gains times how often each is placed, and what edges are worth beyond
    /// both. No allocation is worth more, and this one is worth as much (without rounding, in units of 2^-40).
    pub bound: f64,
}

impl Cohort {
    /// `times` says for each person at how many places at most, `capacities` for each place how many people. Edges are
    /// (person, place, value), in any order: people and places are numbered from 0, values are 0 to 1.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for numbers out of range, a value that is not a number, an edge
    /// given twice, and 2^31 or more of anything.
    pub fn new(times: &[u32], capacities: &[u32], edges: &[(u32, u32, f64)]) -> Result<Self> {
        let people = times.len();
        if [people, capacities.len(), edges.len()].iter().any(|&n| n >= 1 << 31) {
            return Err(Error::invalid("/edges", "too many people, places or edges: fewer than 2^31"));
        }
        for (i, &(person, place, value)) in edges.iter().enumerate() {
            let path = format!("/edges/{i}");
            if person as usize >= people || place as usize >= capacities.len() {
                let there = format!("{people} people and {} places", capacities.len());
                return Err(Error::invalid(path, format!("({person}, {place}) is out of range: there are {there}")));
            }
            // A score may pass 1 by a bit.
            if !(0.0..=1.0 + 1e-9).contains(&value) {
                return Err(Error::invalid(path, format!("value {value} is out of range: 0 to 1")));
            }
        }
        let mut sorted = edges.to_vec();
        sorted.sort_unstable_by_key(|&(person, place, _)| (person, place));
        if let Some(w) = sorted.windows(2).find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1)) {
            let message = format!("person {} and place {} are given twice; give each pair once", w[0].0, w[0].1);
            return Err(Error::invalid("/edges", message));
        }
        let mut first = vec![0; people + 1];
        sorted.iter().for_each(|e| first[e.0 as usize + 1] += 1);
        (0..people).for_each(|i| first[i + 1] += first[i]);
        let units = |v: f64| (v * ONE).round() as i64;
        Ok(Self {
            first,
            values: sorted.iter().map(|e| e.2).collect(),
            edges: sorted.iter().map(|&(person, place, v)| Edge { value: units(v), person, place }).collect(),
            capacities: capacities.to_vec(),
            times: times.to_vec(),
        })
    }

    /// Edges by their numbers, as (person, place, value).
    #[must_use]
    pub fn pairs(&self, edges: &[u32]) -> Vec<(u32, u32, f64)> {
        let pair = |&e: &u32| (self.edges[e as usize].person, self.edges[e as usize].place, self.values[e as usize]);
        edges.iter().map(pair).collect()
    }

    /// How many edges there are; their numbers ascend by person, then place.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// There is no edge.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    fn people(&self) -> usize {
        self.first.len() - 1
    }

    fn of(&self, person: u32) -> std::ops::Range<usize> {
        self.first[person as usize] as usize..self.first[person as usize + 1] as usize
    }

    /// The largest sum of values. Cost: at most a shortest path over the edges for each person; in practice the paths
    /// are short.
    #[must_use]
    pub fn total(&self) -> Total {
        Flow::new(self).solve()
    }

    /// The numbers of the edges of a stable allocation, ascending: no person and place outside it would both rather
    /// have each other than what they have. People prefer by value, places by `theirs` (a value per edge, in their
    /// order; as the people where `None`), both the lower number among equals. Of all stable allocations it is the best
    /// for everybody on the side of `best_for`. Cost: the edges are sorted.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `theirs` has another length or holds what is no number.
    pub fn stable(&self, theirs: Option<&[f64]>, best_for: Side) -> Result<Vec<u32>> {
        let theirs = theirs.unwrap_or(&self.values);
        if theirs.len() != self.len() || theirs.iter().any(|v| v.is_nan()) {
            return Err(Error::invalid("/theirs", format!("give {} numbers, one per edge", self.len())));
        }
        let person = |e: u32| self.edges[e as usize].person as usize;
        let place = |e: u32| self.edges[e as usize].place as usize;
        let (people, places) = (&self.times[..], &self.capacities[..]);
        let mut chosen = match best_for {
            Side::Profiles => {
                defer(&Lists::new(self.len(), &self.values, people.len(), person), people, places, theirs, place)
            }
            Side::Challenges => {
                defer(&Lists::new(self.len(), theirs, places.len(), place), places, people, &self.values, person)
            }
        };
        chosen.sort_unstable();
        Ok(chosen)
    }

    /// How many edges block an allocation: the person would rather have it than stay with one place fewer or with their
    /// worst, and so would the place. 0 is what `stable` promises.
    #[must_use]
    pub fn blocking(&self, chosen: &[u32], theirs: Option<&[f64]>) -> u32 {
        let theirs = theirs.unwrap_or(&self.values);
        let mut used = vec![false; self.len()];
        let mut worst_of_person = vec![(0, (i64::MAX, Reverse(0))); self.people()];
        let mut worst_of_place = vec![(0, (i64::MAX, Reverse(0))); self.capacities.len()];
        let keys = |e: usize| {
            let last = Reverse(e as u32);
            ((ordered(self.values[e]), last), (ordered(theirs[e]), last))
        };
        for &e in chosen {
            let (edge, (ours, theirs)) = (self.edges[e as usize], keys(e as usize));
            used[e as usize] = true;
            let (person, place) =
                (&mut worst_of_person[edge.person as usize], &mut worst_of_place[edge.place as usize]);
            *person = (person.0 + 1, person.1.min(ours));
            *place = (place.0 + 1, place.1.min(theirs));
        }
        let blocks = |e: &usize| {
            let (edge, (ours, theirs)) = (self.edges[*e], keys(*e));
            let (times, capacity) = (self.times[edge.person as usize], self.capacities[edge.place as usize]);
            let wants = |(has, worst), most, offer| has < most || (most > 0 && worst < offer);
            !used[*e]
                && wants(worst_of_person[edge.person as usize], times, ours)
                && wants(worst_of_place[edge.place as usize], capacity, theirs)
        };
        (0..self.len()).filter(blocks).count() as u32
    }

    /// The numbers of the edges, ascending, of the allocation whose values, sorted from the lowest, are the largest
    /// from left to right; not to be placed is below every value. Cost: a search over the edges for each person in the
    /// worst case.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for `times` above 1: then nobody has one value.
    pub fn max_min(&self) -> Result<Vec<u32>> {
        if let Some(times) = self.times.iter().find(|&&t| t > 1) {
            let message = format!("{times} is out of range: with max_min everybody is placed once at most");
            return Err(Error::invalid("/times", message));
        }
        Ok(Levels::new(self).solve())
    }
}

/// Successive shortest paths. Reduced costs are never negative: a person's gain plus a place's price is at least the
/// value of an edge that is not used, and at most that of one that is.
struct Flow<'a> {
    cohort: &'a Cohort,
    /// Each place's slots, one after another; of a full one the edges that fill it.
    slots: Vec<u32>,
    slot_of: Vec<u32>,
    first_slot: Vec<u32>,
    filled: Vec<u32>,
    prices: Vec<i64>,
    gains: Vec<i64>,
    place_far: Vec<i64>,
    person_far: Vec<i64>,
    place_by: Vec<u32>,
    person_by: Vec<u32>,
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(i64, u32)>>,
}

/// Where a path ends.
#[derive(Clone, Copy)]
enum End {
    Place(u32),
    /// The person gives up one placement, or stays without.
    Out(u32),
}

impl<'a> Flow<'a> {
    fn new(cohort: &'a Cohort) -> Self {
        let (people, places) = (cohort.people(), cohort.capacities.len());
        let mut wanted = vec![0u32; places];
        cohort.edges.iter().for_each(|e| wanted[e.place as usize] += 1);
        let mut first_slot = vec![0; places + 1];
        for i in 0..places {
            first_slot[i + 1] = first_slot[i] + wanted[i].min(cohort.capacities[i]);
        }
        Self {
            cohort,
            slots: vec![NONE; first_slot[places] as usize],
            slot_of: vec![NONE; cohort.len()],
            first_slot,
            filled: vec![0; places],
            prices: vec![0; places],
            gains: vec![0; people],
            place_far: vec![FAR; places],
            person_far: vec![FAR; people],
            place_by: vec![NONE; places],
            person_by: vec![NONE; people],
            touched: Vec::new(),
            queue: BinaryHeap::new(),
        }
    }

    fn free(&self, place: usize) -> bool {
        self.filled[place] < self.first_slot[place + 1] - self.first_slot[place]
    }

    fn solve(mut self) -> Total {
        let c = self.cohort;
        for person in self.bid() {
            self.gains[person as usize] = self.offers(person).0.max(0);
            for _ in 0..c.times[person as usize].min(c.of(person).len() as u32 + 1) {
                let (end, far) = self.path(person);
                self.reprice(far);
                self.augment(person, end);
            }
        }
        let mut bound: i128 = 0;
        for (&price, &capacity) in self.prices.iter().zip(&c.capacities) {
            bound += i128::from(price) * i128::from(capacity);
        }
        for (&gain, &times) in self.gains.iter().zip(&c.times) {
            bound += i128::from(gain) * i128::from(times);
        }
        let edges: Vec<u32> = (0..c.len() as u32).filter(|&e| self.slot_of[e as usize] != NONE).collect();
        for e in edges.iter().map(|&e| c.edges[e as usize]) {
            bound += i128::from((e.value - self.prices[e.place as usize] - self.gains[e.person as usize]).max(0));
        }
        // Where there is no place at all, one more would be worth what somebody would gain by it.
        for e in c.edges.iter().filter(|e| c.capacities[e.place as usize] == 0) {
            let price = &mut self.prices[e.place as usize];
            *price = (*price).max(e.value - self.gains[e.person as usize]);
        }
        let values = |units: &[i64]| units.iter().map(|&u| u as f64 / ONE).collect();
        Total { edges, prices: values(&self.prices), gains: values(&self.gains), bound: bound as f64 / ONE }
    }

    /// What a person gains at the best place and at the second best, at today's prices and at least 0, and the edge to
    /// the best.
    fn offers(&self, person: u32) -> (i64, i64, u32) {
        let (mut best, mut second, mut at) = (0, 0, NONE);
        for e in self.cohort.of(person) {
            let edge = self.cohort.edges[e];
            let gain = edge.value - self.prices[edge.place as usize];
            if gain > second && self.first_slot[edge.place as usize] < self.first_slot[edge.place as usize + 1] {
                if gain > best {
                    (best, second, at) = (gain, best, e as u32);
                } else {
                    second = gain;
                }
            }
        }
        (best, second, at)
    }

    /// An auction without steps, where everybody is placed once: who wants a full place drives its price to the least
    /// that one of its people (or the bidder) would leave it for. It keeps every condition of the paths and is much
    /// cheaper, but can stand still; then paths take over. Returns the people who are left to them, ascending.
    fn bid(&mut self) -> Vec<u32> {
        let c = self.cohort;
        if c.times.iter().any(|&t| t > 1) {
            return (0..c.people() as u32).collect();
        }
        let mut limits = vec![0; self.slots.len()];
        let mut bidders: Vec<u32> = (0..c.people() as u32).rev().filter(|&p| c.times[p as usize] > 0).collect();
        let (mut left, mut bids) = (Vec::new(), BIDS * c.people());
        while let Some(bidder) = bidders.pop() {
            let (_, second, e) = self.offers(bidder);
            if e == NONE || bids == 0 {
                left.push(bidder);
                continue;
            }
            bids -= 1;
            let Edge { value, place, .. } = c.edges[e as usize];
            let (place, limit) = (place as usize, value - second);
            let slots = self.first_slot[place] as usize..self.first_slot[place + 1] as usize;
            if self.free(place) {
                let slot = slots.start + self.filled[place] as usize;
                self.filled[place] += 1;
                limits[slot] = limit;
                self.take(slot as u32, e);
                continue;
            }
            // Prices only rise, so a limit that was found earlier is too low at most.
            let (slot, least) = loop {
                let slot = slots.clone().min_by_key(|&s| limits[s]).unwrap_or(slots.start);
                let held = c.edges[self.slots[slot] as usize];
                let fresh = held.value - self.offers_besides(held.person, held.place);
                if fresh == limits[slot] {
                    break (slot, fresh);
                }
                limits[slot] = fresh;
            };
            if limit > least {
                let out = self.slots[slot];
                self.slot_of[out as usize] = NONE;
                self.prices[place] = least;
                limits[slot] = limit;
                self.take(slot as u32, e);
                bidders.push(c.edges[out as usize].person);
            } else if limit > self.prices[place] {
                self.prices[place] = limit;
                bidders.push(bidder);
            } else {
                left.push(bidder);
            }
        }
        for &e in self.slots.iter().filter(|&&e| e != NONE) {
            let Edge { value, person, place } = c.edges[e as usize];
            self.gains[person as usize] = value - self.prices[place as usize];
        }
        left.sort_unstable();
        left
    }

    /// What a person gains at the best of the other places, at least 0.
    fn offers_besides(&self, person: u32, place: u32) -> i64 {
        let range = self.cohort.of(person);
        let others = self.cohort.edges[range]
            .iter()
            .filter(|e| e.place != place && self.first_slot[e.place as usize] < self.first_slot[e.place as usize + 1]);
        others.map(|e| e.value - self.prices[e.place as usize]).fold(0, i64::max)
    }

    /// The shortest way for one placement more of a person: to a free slot, or to somebody who goes without.
    fn path(&mut self, person: u32) -> (End, i64) {
        let people = self.cohort.people() as u32;
        let mut best = (End::Out(person), FAR);
        self.person_far[person as usize] = 0;
        self.person_by[person as usize] = NONE;
        self.touched.push(person);
        self.expand(person, 0, &mut best);
        while let Some(Reverse((far, node))) = self.queue.pop() {
            if far >= best.1 {
                break;
            }
            if node < people {
                if self.person_far[node as usize] == far {
                    self.expand(node, far, &mut best);
                }
                continue;
            }
            let place = (node - people) as usize;
            if self.place_far[place] != far {
                continue;
            }
            for slot in self.first_slot[place]..self.first_slot[place + 1] {
                let e = self.slots[slot as usize];
                let Edge { value, person: holder, .. } = self.cohort.edges[e as usize];
                let slack = value - self.prices[place] - self.gains[holder as usize];
                let there = far + slack;
                if there < self.person_far[holder as usize] && there < best.1 {
                    if self.person_far[holder as usize] == FAR {
                        self.touched.push(holder);
                    }
                    self.person_far[holder as usize] = there;
                    self.person_by[holder as usize] = e;
                    if slack == 0 {
                        self.expand(holder, there, &mut best);
                    } else {
                        self.queue.push(Reverse((there, holder)));
                    }
                }
            }
        }
        self.queue.clear();
        best
    }

    fn expand(&mut self, person: u32, far: i64, best: &mut (End, i64)) {
        let base = far + self.gains[person as usize];
        let range = self.cohort.of(person);
        for (e, edge) in range.clone().zip(&self.cohort.edges[range]) {
            let place = edge.place as usize;
            let there = base + self.prices[place] - edge.value;
            if there >= best.1 || there >= self.place_far[place] || self.slot_of[e] != NONE {
                continue;
            }
            let free = self.free(place);
            if !free && self.first_slot[place] == self.first_slot[place + 1] {
                continue;
            }
            if self.place_far[place] == FAR {
                self.touched.push(self.cohort.people() as u32 + edge.place);
            }
            self.place_far[place] = there;
            self.place_by[place] = e as u32;
            if free {
                *best = (End::Place(edge.place), there);
            } else {
                self.queue.push(Reverse((there, self.cohort.people() as u32 + edge.place)));
            }
        }
        if base < best.1 {
            *best = (End::Out(person), base);
        }
    }

    fn reprice(&mut self, far: i64) {
        let people = self.cohort.people();
        for node in self.touched.drain(..).map(|n| n as usize) {
            if node < people {
                self.gains[node] -= (far - self.person_far[node]).max(0);
                self.person_far[node] = FAR;
            } else {
                self.prices[node - people] += (far - self.place_far[node - people]).max(0);
                self.place_far[node - people] = FAR;
            }
        }
    }

    fn augment(&mut self, source: u32, end: End) {
        let mut person = match end {
            End::Out(person) => person,
            End::Place(place) => {
                let (at, e) = (place as usize, self.place_by[place as usize]);
                self.take(self.first_slot[at] + self.filled[at], e);
                self.filled[at] += 1;
                self.cohort.edges[e as usize].person
            }
        };
        while person != source {
            // The person leaves a slot, and whoever came this way takes it.
            let left = self.person_by[person as usize] as usize;
            let slot = std::mem::replace(&mut self.slot_of[left], NONE);
            let e = self.place_by[self.cohort.edges[left].place as usize];
            self.take(slot, e);
            person = self.cohort.edges[e as usize].person;
        }
    }

    fn take(&mut self, slot: u32, e: u32) {
        self.slots[slot as usize] = e;
        self.slot_of[e as usize] = slot;
    }
}

/// Edges in groups, each from the best to the worst.
struct Lists {
    first: Vec<u32>,
    edges: Vec<u32>,
}

impl Lists {
    fn new(edges: usize, values: &[f64], groups: usize, group: impl Fn(u32) -> usize) -> Self {
        let mut all: Vec<u32> = (0..edges as u32).collect();
        let value = |e: u32| values[e as usize] + 0.0;
        // Within a group edges ascend by the number of the other side.
        all.sort_unstable_by(|&a, &b| group(a).cmp(&group(b)).then(value(b).total_cmp(&value(a))).then(a.cmp(&b)));
        let mut first = vec![0; groups + 1];
        all.iter().for_each(|&e| first[group(e) + 1] += 1);
        (0..groups).for_each(|i| first[i + 1] += first[i]);
        Self { first, edges: all }
    }
}

/// Orders as the number does.
fn ordered(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// An edge by its worth to who keeps it; the worst is on top of a heap.
type Kept = Reverse<(i64, Reverse<u32>)>;

/// Deferred acceptance: who asks goes down their list, who is asked keeps the best so far.
fn defer(asks: &Lists, askers: &[u32], asked: &[u32], values: &[f64], of: impl Fn(u32) -> usize) -> Vec<u32> {
    let mut next: Vec<u32> = asks.first[..askers.len()].to_vec();
    let mut keeps: Vec<BinaryHeap<Kept>> = vec![BinaryHeap::new(); asked.len()];
    let mut asker_of = vec![0; asks.edges.len()];
    for asker in 0..askers.len() {
        for i in asks.first[asker]..asks.first[asker + 1] {
            asker_of[asks.edges[i as usize] as usize] = asker;
        }
    }
    let mut waiting: Vec<usize> = Vec::new();
    for (asker, &quota) in askers.iter().enumerate().rev() {
        waiting.extend(std::iter::repeat_n(asker, quota.min(asks.first[asker + 1] - asks.first[asker]) as usize));
    }
    while let Some(asker) = waiting.pop() {
        if next[asker] == asks.first[asker + 1] {
            continue;
        }
        let e = asks.edges[next[asker] as usize];
        next[asker] += 1;
        let keep = &mut keeps[of(e)];
        keep.push(Reverse((ordered(values[e as usize]), Reverse(e))));
        if keep.len() > asked[of(e)] as usize
            && let Some(Reverse((_, Reverse(worst)))) = keep.pop()
        {
            waiting.push(asker_of[worst as usize]);
        }
    }
    keeps.into_iter().flatten().map(|Reverse((_, Reverse(e)))| e).collect()
}

/// The levels of `max_min`, a flow in which everybody is always placed: "out" is a place of its own, below all values.
///
/// Nodes are people, places, "out", and the sink to which each place passes what it holds. For one level, its edges cost
/// 1 and others nothing: those that are used are taken away, and their people routed anew by shortest paths. A node's
/// height is how much its potential is below the highest. An arc whose reduced cost is not 0 carries the same in every
/// best flow, so it is fixed there for good.
struct Levels<'a> {
    cohort: &'a Cohort,
    /// Edges of each place, to fix them.
    by_place: Lists,
    /// Each person's edges that are not fixed yet, and how many they are.
    active: Vec<u32>,
    active_count: Vec<u32>,
    held: Vec<Vec<u32>>,
    /// Where an edge stands among those its place holds.
    slot_of: Vec<u32>,
    fixed: Vec<bool>,
    costs: Vec<bool>,
    /// What each place passes to the sink.
    load: Vec<u32>,
    load_fixed: Vec<bool>,
    /// By how much a place holds less than it passes on.
    missing: Vec<u32>,
    height: Vec<u32>,
    raised: Vec<u32>,
    far: Vec<u32>,
    by: Vec<u32>,
    touched: Vec<u32>,
    now: Vec<u32>,
    later: BinaryHeap<Reverse<(u32, u32)>>,
}

impl<'a> Levels<'a> {
    fn new(cohort: &'a Cohort) -> Self {
        let (people, places, edges) = (cohort.people(), cohort.capacities.len(), cohort.len());
        let nodes = people + places + 2;
        let place = |e: u32| cohort.edges[e as usize].place as usize;
        let mut levels = Self {
            cohort,
            by_place: Lists::new(edges, &cohort.values, places, place),
            active: (0..edges as u32).collect(),
            active_count: cohort.first.windows(2).map(|w| w[1] - w[0]).collect(),
            held: vec![Vec::new(); places + 1],
            slot_of: vec![NONE; edges + people],
            fixed: vec![false; edges + people],
            costs: vec![false; edges + people],
            load: vec![0; places + 1],
            load_fixed: vec![false; places + 1],
            missing: vec![0; places + 1],
            height: vec![0; nodes],
            raised: Vec::new(),
            far: vec![NONE; nodes],
            by: vec![NONE; nodes],
            touched: Vec::new(),
            now: Vec::new(),
            later: BinaryHeap::new(),
        };
        let mut placed = vec![false; people];
        for e in cohort.total().edges {
            placed[cohort.edges[e as usize].person as usize] = true;
            levels.hold(e);
        }
        for person in (0..people).filter(|&p| !placed[p] && cohort.times[p] > 0) {
            levels.hold((edges + person) as u32);
        }
        for place in 0..=places {
            levels.load[place] = levels.held[place].len() as u32;
        }
        levels
    }

    fn person(&self, e: u32) -> usize {
        self.cohort.edges.get(e as usize).map_or_else(|| e as usize - self.cohort.len(), |e| e.person as usize)
    }

    fn place(&self, e: u32) -> usize {
        self.cohort.edges.get(e as usize).map_or(self.cohort.capacities.len(), |e| e.place as usize)
    }

    fn hold(&mut self, e: u32) {
        let place = self.place(e);
        self.slot_of[e as usize] = self.held[place].len() as u32;
        self.held[place].push(e);
    }

    fn release(&mut self, e: u32) {
        let place = self.place(e);
        let slot = std::mem::replace(&mut self.slot_of[e as usize], NONE) as usize;
        self.held[place].swap_remove(slot);
        if let Some(&moved) = self.held[place].get(slot) {
            self.slot_of[moved as usize] = slot as u32;
        }
    }

    fn solve(mut self) -> Vec<u32> {
        let (c, edges) = (self.cohort, self.cohort.len() as u32);
        self.level(&(edges..edges + c.people() as u32).collect::<Vec<_>>());
        let mut ascending: Vec<u32> = (0..edges).collect();
        ascending.sort_unstable_by_key(|&e| (ordered(c.values[e as usize]), e));
        for level in ascending.chunk_by(|&a, &b| c.values[a as usize] == c.values[b as usize]) {
            self.level(level);
        }
        (0..edges).filter(|&e| self.slot_of[e as usize] != NONE).collect()
    }

    fn level(&mut self, level: &[u32]) {
        let used: Vec<u32> =
            level.iter().copied().filter(|&e| self.slot_of[e as usize] != NONE && !self.fixed[e as usize]).collect();
        if used.is_empty() {
            level.iter().for_each(|&e| self.fixed[e as usize] = true);
            return;
        }
        level.iter().for_each(|&e| self.costs[e as usize] = true);
        for &e in &used {
            self.release(e);
            let place = self.place(e);
            self.missing[place] += 1;
        }
        for &e in &used {
            self.route(self.person(e) as u32);
        }
        level.iter().for_each(|&e| self.fix(e));
        let (people, places) = (self.cohort.people(), self.cohort.capacities.len());
        let sink = people + places + 1;
        let raised = std::mem::take(&mut self.raised);
        for node in raised.iter().map(|&n| n as usize) {
            if node < people {
                self.cohort.of(node as u32).for_each(|e| self.fix(e as u32));
                self.fix((self.cohort.len() + node) as u32);
            } else if node < people + places {
                let place = node - people;
                for i in self.by_place.first[place]..self.by_place.first[place + 1] {
                    self.fix(self.by_place.edges[i as usize]);
                }
                self.load_fixed[place] |= self.height[node] != self.height[sink];
            } else if node == people + places {
                (0..people).for_each(|person| self.fix((self.cohort.len() + person) as u32));
                self.load_fixed[places] |= self.height[node] != self.height[sink];
            } else {
                for place in 0..=places {
                    self.load_fixed[place] |= self.height[people + place] != self.height[sink];
                }
            }
        }
        raised.into_iter().for_each(|node| self.height[node as usize] = 0);
        level.iter().for_each(|&e| self.costs[e as usize] = false);
    }

    fn fix(&mut self, e: u32) {
        let place = self.cohort.people() + self.place(e);
        let toll = u32::from(self.costs[e as usize]);
        self.fixed[e as usize] |= toll + self.height[place] != self.height[self.person(e)];
    }

    /// Places a person who lost an edge, by the cheapest way to a place that misses somebody.
    fn route(&mut self, source: u32) {
        let (people, places) = (self.cohort.people(), self.cohort.capacities.len());
        let sink = (people + places + 1) as u32;
        self.reach(source, NONE, 0, 0);
        let mut far = 0;
        let target = loop {
            let node = match self.now.pop() {
                Some(node) => node,
                None => match self.later.pop() {
                    Some(Reverse((there, node))) if there == self.far[node as usize] => {
                        far = there;
                        node
                    }
                    Some(_) => continue,
                    // Not to be reached: the edge that was taken away leads there.
                    None => break None,
                },
            };
            let own = self.height[node as usize];
            if (node as usize) < people {
                let out = self.cohort.len() as u32 + node;
                if !self.fixed[out as usize] && self.slot_of[out as usize] == NONE {
                    self.follow(out, far, own);
                }
                let first = self.cohort.first[node as usize] as usize;
                let mut i = 0;
                while i < self.active_count[node as usize] as usize {
                    let e = self.active[first + i];
                    if self.fixed[e as usize] {
                        self.active_count[node as usize] -= 1;
                        self.active.swap(first + i, first + self.active_count[node as usize] as usize);
                        continue;
                    }
                    if self.slot_of[e as usize] == NONE {
                        self.follow(e, far, own);
                    }
                    i += 1;
                }
            } else if node == sink {
                for place in 0..=places {
                    if !self.load_fixed[place] && self.load[place] > 0 {
                        let there = people + place;
                        self.reach(there as u32, SINK, far, self.height[there] - own);
                    }
                }
            } else {
                let place = node as usize - people;
                if self.missing[place] > 0 {
                    break Some(place);
                }
                for i in 0..self.held[place].len() {
                    let e = self.held[place][i];
                    if !self.fixed[e as usize] {
                        let person = self.person(e);
                        let cost = self.height[person] - own - u32::from(self.costs[e as usize]);
                        self.reach(person as u32, e, far, cost);
                    }
                }
                let room = place == places || self.load[place] < self.cohort.capacities[place];
                if room && !self.load_fixed[place] {
                    self.reach(sink, node, far, self.height[sink as usize] - own);
                }
            }
        };
        self.now.clear();
        self.later.clear();
        for node in std::mem::take(&mut self.touched) {
            let there = std::mem::replace(&mut self.far[node as usize], NONE);
            if there < far {
                if self.height[node as usize] == 0 {
                    self.raised.push(node);
                }
                self.height[node as usize] += far - there;
            }
        }
        let Some(mut place) = target else { return };
        self.missing[place] -= 1;
        loop {
            let e = self.by[people + place];
            if e == SINK {
                self.load[place] -= 1;
                place = self.by[sink as usize] as usize - people;
                self.load[place] += 1;
                continue;
            }
            self.hold(e);
            let person = self.person(e);
            if person == source as usize {
                return;
            }
            let left = self.by[person];
            self.release(left);
            place = self.place(left);
        }
    }
    /// From a person at a height to the place of an edge.
    fn follow(&mut self, e: u32, far: u32, own: u32) {
        let place = self.cohort.people() + self.place(e);
        let cost = u32::from(self.costs[e as usize]) + self.height[place] - own;
        self.reach(place as u32, e, far, cost);
    }

    fn reach(&mut self, node: u32, by: u32, far: u32, cost: u32) {
        let (at, there) = (node as usize, far + cost);
        if there < self.far[at] {
            if self.far[at] == NONE {
                self.touched.push(node);
            }
            self.far[at] = there;
            self.by[at] = by;
            if cost == 0 { self.now.push(node) } else { self.later.push(Reverse((there, node))) }
        }
    }
}

/// What an allocation is best at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Objective {
    /// The largest sum of scores.
    #[default]
    Total,
    /// The least lucky person as well off as possible, then the next, and so on.
    MaxMin,
    /// No person and challenge would both rather have each other.
    Stable,
}

/// A profile and a challenge, by their ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Placing {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
}

/// How [`Matcher::allocate`] places people.
///
/// ```
/// use osuma::AllocateOptions;
/// let options: AllocateOptions = serde_json::from_str(r#"{"objective": "max_min", "floor": 0.2}"#)?;
/// assert_eq!(options.candidates, 50);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AllocateOptions {
    /// What it is best at.
    pub objective: Objective,
    /// With `stable`: for whom it is the best of all stable allocations.
    pub best_for: Side,
    /// How many challenges are considered for each person, the best ones first; at least 1.
    pub candidates: u32,
    /// Nobody is placed below this score, 0 to 1.
    pub floor: f64,
    /// How many challenges one person may get, at least 1; 1 with `max_min`.
    pub times: u32,
    /// People who are placed already. They take their places before everybody else, whatever they score.
    pub locked: Vec<Placing>,
    /// Pairs that must not be.
    pub forbidden: Vec<Placing>,
    /// Places of challenges by id, in the stead of team size times capacity; 0 closes one.
    pub places: BTreeMap<String, u32>,
    /// Gates that shut pairs out of the allocation, besides the matcher's own; `period` asks for common days.
    pub gates: Vec<Gate>,
}

impl Default for AllocateOptions {
    /// `total`, 50 candidates, no floor, everybody once.
    fn default() -> Self {
        Self {
            objective: Objective::Total,
            best_for: Side::Profiles,
            candidates: 50,
            floor: 0.0,
            times: 1,
            locked: Vec::new(),
            forbidden: Vec::new(),
            places: BTreeMap::new(),
            gates: Vec::new(),
        }
    }
}

/// One person at one challenge.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Placement {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
    /// The matcher's score; a locked pair may have none.
    pub score: Option<f64>,
    /// The options asked for it.
    pub locked: bool,
}

/// Why somebody is placed nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum LeftOutReason {
    /// There is no challenge.
    NoChallenge,
    /// Gates shut the person out of every challenge.
    ShutOut,
    /// No challenge has a score for them; `unknown` says why the first has none.
    NoEvidence,
    /// Every challenge with a score is forbidden.
    Forbidden,
    /// No challenge that is allowed reaches the floor.
    BelowFloor,
    /// No challenge that comes into question has any place.
    NoPlaces,
    /// Every place went to others; `challenges` says where.
    Full,
}

/// A person who is placed nowhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LeftOut {
    /// Id of the profile.
    pub profile: String,
    /// Why.
    pub reason: LeftOutReason,
    /// Why there is no score, where there is none.
    pub unknown: Option<Unknown>,
    /// The best score among the challenges considered.
    pub best: Option<f64>,
    /// The challenges that came into question, best first, and whose places went to others.
    pub challenges: Vec<String>,
    /// At how many of these everybody who was placed scores at least as high as this person.
    pub outscored: u32,
}

/// A challenge's places.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Filled {
    /// Id of the challenge.
    pub challenge: String,
    /// How many people it takes: teams times team size, or as the options say.
    pub places: u32,
    /// How many it got.
    pub filled: u32,
    /// With `total`: what one place more could add to the sum of scores at most.
    pub price: Option<f64>,
}

/// A whole cohort, placed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Allocation {
    /// What it is best at.
    pub objective: Objective,
    /// By profile, then challenge.
    pub placements: Vec<Placement>,
    /// Everybody who got nothing, by id.
    pub left_out: Vec<LeftOut>,
    /// Every challenge, by id.
    pub challenges: Vec<Filled>,
    /// The sum of the scores.
    pub total: f64,
    /// Their mean; `None` where nobody with a score is placed.
    pub mean: Option<f64>,
    /// The lowest of them.
    pub least: Option<f64>,
    /// The share of the people who got at least one placement; 0 where there is nobody.
    pub placed: f64,
    /// With `total`: no allocation over the same candidates and locks has a larger sum. It equals `total` but for
    /// rounding (5e-13 a placement).
    pub bound: Option<f64>,
    /// With `stable`: pairs that would both rather have each other, counted afterwards: 0.
    pub blocking: Option<u32>,
}

impl Matcher {
    /// Places the people of the snapshot at its challenges: each person at most once (or `times`), each challenge with
    /// as many people as it has places: team size times capacity, each 1 where the challenge does not say.
    ///
    /// People prefer by score. In a stable allocation challenges prefer by the score without the person's wishes.
    ///
    /// Cost: `match_all`, then the algorithm over `candidates` edges a person. Order of input and number of threads
    /// change nothing; an empty side gives an empty allocation.
    ///
    /// ```
    /// use osuma::{AllocateOptions, MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json_all};
    /// let people = from_json_all(r#"[{"id": "a", "text": "I bake bread."}, {"id": "b", "text": "I bake bread and cakes."}]"#)?;
    /// let problems = from_json_all(r#"[{"id": "c", "title": "Cakes", "text": "Who can bake bread and cakes with us?"}]"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), people, problems, Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let allocation = matcher.allocate(&AllocateOptions::default())?;
    /// assert_eq!(allocation.placements[0].profile, "b");
    /// assert_eq!(allocation.left_out[0].challenges, ["c"]);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an option out of range, a pair that is given twice, locked and
    /// forbidden at once, or locked beyond places or `times`; [`NotFound`](crate::ErrorKind::NotFound) for an id that is
    /// not there; [`MissingSide`](crate::ErrorKind::MissingSide).
    pub fn allocate(&self, options: &AllocateOptions) -> Result<Allocation> {
        let snapshot = self.snapshot();
        snapshot.require(Side::Profiles)?;
        snapshot.require(Side::Challenges)?;
        if options.candidates == 0 {
            return Err(Error::invalid("/candidates", "0 is out of range: at least 1"));
        }
        if !(0.0..=1.0).contains(&options.floor) {
            return Err(Error::invalid("/floor", format!("{} is out of range: 0 to 1", options.floor)));
        }
        if options.times == 0 || (options.times > 1 && options.objective == Objective::MaxMin) {
            let right = if options.times == 0 { "at least 1" } else { "1 with max_min" };
            return Err(Error::invalid("/times", format!("{} is out of range: {right}", options.times)));
        }
        let profiles: Vec<&str> = snapshot.ids(Side::Profiles).collect();
        let challenges: Vec<&str> = snapshot.ids(Side::Challenges).collect();
        let mut places = Vec::with_capacity(challenges.len());
        for c in snapshot.challenges() {
            let c = c?;
            places.push(c.team_size.unwrap_or(1).saturating_mul(c.capacity.unwrap_or(1)));
        }
        for (id, &n) in &options.places {
            let pointer = || format!("/places/{}", crate::pointer::escaped(id));
            places[snapshot.row(Side::Challenges, id).map_err(|e| e.within(&pointer()))?] = n;
        }
        let locked = self.rows("/locked", &options.locked)?;
        let forbidden = self.rows("/forbidden", &options.forbidden)?;
        let mut times = vec![options.times; profiles.len()];
        let mut room = places.clone();
        for (i, pair) in options.locked.iter().enumerate() {
            let path = format!("/locked/{i}");
            let Placing { profile, challenge } = pair;
            let (p, c) = (snapshot.row(Side::Profiles, profile)?, snapshot.row(Side::Challenges, challenge)?);
            if forbidden.contains(&(p, c)) {
                let message = format!("\"{profile}\" at \"{challenge}\" is forbidden too; take one of them away");
                return Err(Error::invalid(path, message));
            }
            if times[p] == 0 {
                let message = format!("\"{profile}\" is locked more than {} time(s)", options.times);
                return Err(Error::invalid(path, message));
            }
            if room[c] == 0 {
                let message = format!("\"{challenge}\" has {} place(s), and more people are locked there", places[c]);
                return Err(Error::invalid(path, message));
            }
            times[p] -= 1;
            room[c] -= 1;
        }

        let mut config = self.config().clone();
        config = options.gates.iter().fold(config, |config, &g| config.gate(g));
        let gated = Self::new(snapshot.clone(), config)?;
        let rankings = if challenges.is_empty() {
            Vec::new()
        } else {
            gated.match_all(Direction::ProfilesToChallenges, options.candidates as usize)?
        };
        let numbers: BTreeMap<&str, u32> = challenges.iter().copied().zip(0..).collect();
        let mut edges = Vec::new();
        let mut theirs = Vec::new();
        // Of each person: where nobody may place them, and where somebody could.
        let mut fates = Vec::with_capacity(rankings.len());
        for (p, ranking) in rankings.iter().enumerate() {
            let mut fate = Fate::default();
            for m in &ranking.matches {
                let (Some(score), c) = (m.score, numbers[m.challenge.as_str()] as usize) else {
                    fate.unknown = fate.unknown.or(m.unknown);
                    continue;
                };
                fate.best = fate.best.or(Some(score));
                if forbidden.contains(&(p, c)) {
                    continue;
                }
                fate.allowed = true;
                if score < options.floor {
                    continue;
                }
                fate.above = true;
                if places[c] == 0 {
                    continue;
                }
                fate.open.push((c as u32, score));
                if times[p] > 0 && room[c] > 0 && !locked.contains(&(p, c)) {
                    edges.push((p as u32, c as u32, score));
                    theirs.push(self.without_wishes(&m.signals));
                }
            }
            fates.push(fate);
        }
        let cohort = Cohort::new(&times, &room, &edges)?;
        let mut allocation = Allocation {
            objective: options.objective,
            placements: Vec::new(),
            left_out: Vec::new(),
            challenges: Vec::new(),
            total: 0.0,
            mean: None,
            least: None,
            placed: 0.0,
            bound: None,
            blocking: None,
        };
        let mut prices = None;
        let chosen = match options.objective {
            Objective::Total => {
                let total = cohort.total();
                allocation.bound = Some(total.bound);
                prices = Some(total.prices);
                total.edges
            }
            Objective::MaxMin => cohort.max_min()?,
            Objective::Stable => {
                // In the order of the cohort's edges.
                let mut order: Vec<usize> = (0..edges.len()).collect();
                order.sort_unstable_by_key(|&i| (edges[i].0, edges[i].1));
                let theirs: Vec<f64> = order.into_iter().map(|i| theirs[i]).collect();
                let chosen = cohort.stable(Some(&theirs), options.best_for)?;
                allocation.blocking = Some(cohort.blocking(&chosen, Some(&theirs)));
                chosen
            }
        };
        let mut placed: Vec<(usize, usize, Option<f64>, bool)> = Vec::new();
        for (p, c, score) in cohort.pairs(&chosen) {
            placed.push((p as usize, c as usize, Some(score), false));
        }
        let mut locked_total = 0.0;
        for &(p, c) in &locked {
            let score = self.explain(profiles[p], challenges[c])?.score;
            locked_total += score.unwrap_or(0.0);
            placed.push((p, c, score, true));
        }
        placed.sort_unstable_by_key(|x| (x.0, x.1));
        allocation.bound = allocation.bound.map(|b| b + locked_total);

        let mut filled = vec![0; challenges.len()];
        let mut lowest = vec![f64::INFINITY; challenges.len()];
        let mut has = vec![false; profiles.len()];
        let mut scored = 0u32;
        for &(p, c, score, locked) in &placed {
            filled[c] += 1;
            has[p] = true;
            if let Some(score) = score {
                scored += 1;
                allocation.total += score;
                allocation.least = Some(allocation.least.map_or(score, |least| least.min(score)));
            }
            lowest[c] = lowest[c].min(score.unwrap_or(f64::NEG_INFINITY));
            let (profile, challenge) = (profiles[p].to_owned(), challenges[c].to_owned());
            allocation.placements.push(Placement { profile, challenge, score, locked });
        }
        allocation.mean = (scored > 0).then(|| allocation.total / f64::from(scored));
        let number = has.iter().filter(|&&h| h).count();
        allocation.placed = if has.is_empty() { 0.0 } else { number as f64 / has.len() as f64 };
        fates.resize_with(profiles.len(), Fate::default);
        for (p, fate) in fates.into_iter().enumerate().filter(|(p, _)| !has[*p]) {
            let outscored = fate.open.iter().filter(|&&(c, score)| lowest[c as usize] >= score).count();
            allocation.left_out.push(LeftOut {
                profile: profiles[p].to_owned(),
                reason: fate.reason(challenges.is_empty()),
                unknown: if fate.best.is_none() { fate.unknown } else { None },
                best: fate.best,
                challenges: fate.open.iter().map(|&(c, _)| challenges[c as usize].to_owned()).collect(),
                outscored: outscored as u32,
            });
        }
        for (c, id) in challenges.iter().enumerate() {
            let price = prices.as_ref().map(|p| p[c]);
            let challenge = (*id).to_owned();
            allocation.challenges.push(Filled { challenge, places: places[c], filled: filled[c], price });
        }
        Ok(allocation)
    }

    /// The rows of pairs, each of which is given once.
    fn rows(&self, path: &str, pairs: &[Placing]) -> Result<BTreeSet<(usize, usize)>> {
        let mut rows = BTreeSet::new();
        for (i, Placing { profile, challenge }) in pairs.iter().enumerate() {
            let at = |name: &str| format!("{path}/{i}/{name}");
            let p = self.snapshot().row(Side::Profiles, profile).map_err(|e| e.within(&at("profile")))?;
            let c = self.snapshot().row(Side::Challenges, challenge).map_err(|e| e.within(&at("challenge")))?;
            if !rows.insert((p, c)) {
                let message = format!("\"{profile}\" at \"{challenge}\" is given twice; give it once");
                return Err(Error::invalid(format!("{path}/{i}"), message));
            }
        }
        Ok(rows)
    }

    /// The score as the challenge's side sees it: what a person wishes is the person's.
    fn without_wishes(&self, signals: &BTreeMap<Signal, Option<f64>>) -> f64 {
        let (mut sum, mut known) = (0.0, 0.0);
        for (signal, weight) in self.counting().filter(|s| s.0 != Signal::Wishes) {
            if let Some(Some(value)) = signals.get(&signal) {
                sum += weight * value;
                known += weight;
            }
        }
        if known > 0.0 { sum / known } else { 0.0 }
    }
}

/// What stood in a person's way.
#[derive(Debug, Default)]
struct Fate {
    unknown: Option<Unknown>,
    best: Option<f64>,
    allowed: bool,
    above: bool,
    open: Vec<(u32, f64)>,
}

impl Fate {
    fn reason(&self, no_challenge: bool) -> LeftOutReason {
        match self {
            _ if no_challenge => LeftOutReason::NoChallenge,
            Self { best: None, unknown: None, .. } => LeftOutReason::ShutOut,
            Self { best: None, .. } => LeftOutReason::NoEvidence,
            Self { allowed: false, .. } => LeftOutReason::Forbidden,
            Self { above: false, .. } => LeftOutReason::BelowFloor,
            Self { open, .. } if open.is_empty() => LeftOutReason::NoPlaces,
            _ => LeftOutReason::Full,
        }
    }
}
