//! How well one concept stands in for another.
//!
//! The degree to which a claim meets a requirement is the best of:
//!
//! - **narrower**: the claim is a kind of what is required; [`NARROWER`] a step. Directed: who bakes rye bread, bakes.
//! - **broader**: what is required is a kind of the claim; [`BROADER`] times Lin's similarity, so that the general
//!   skill helps less the more kinds it has.
//! - **related**: the taxonomy says that one helps with the other; [`RELATED`], in both directions (SKOS `related`),
//!   and on to what is narrower than the related concept.
//! - **kin**: [`SHARED_MEANING`] times Lin's similarity plus [`SHARED_WORK`] times the cosine of the sets of
//!   occupations that need them. Symmetric.
//!
//! Lin's similarity of two concepts is 2 IC(a) / (IC(x) + IC(y)), `a` the common ancestor with most information (D.
//! Lin, An Information-Theoretic Definition of Similarity, ICML 1998). Information content comes from the hierarchy
//! itself: IC(x) = 1 - ln(1 + descendants of x) / ln(concepts) (N. Seco, T. Veale, J. Hayes, An Intrinsic Information
//! Content Metric for Semantic Similarity in WordNet, ECAI 2004). So siblings in a family of five are close, two
//! leaves under "services" are not.
//!
//! Below [`FLOOR`] there is no similarity. Of all but the narrower ones only the best [`MOST`] of a requirement are
//! kept. Degrees are whole ten-thousandths, so that the compiled form holds them exactly.
//!
//! Cost: linear in the pairs that share an occupation or an ancestor with much information; ESCO takes some tenths of
//! a second.

use super::Concept;
use crate::order;
use std::collections::HashMap;

/// A step from the required concept to a narrower one that is claimed.
const NARROWER: f64 = 0.9;
/// Lin's similarity counts this much where a broader concept is claimed.
const BROADER: f64 = 0.6;
/// A related concept helps half as much as the concept itself.
const RELATED: f64 = 0.5;
/// Lin's similarity counts this much between concepts of which neither is above the other.
const SHARED_MEANING: f64 = 0.5;
/// The cosine of occupations counts this much. Alone it stays under the floor unless all the work is shared: skills of
/// one trade are not yet one skill.
const SHARED_WORK: f64 = 0.3;
/// Below this there is no similarity.
const FLOOR: f64 = 0.3;
// The six constants are a judgement, checked on the pairs in the tests; no judged pairs were at hand to fit them.

/// The concepts, other than narrower ones, that are kept for a requirement.
const MOST: usize = 30;
/// Ancestors with less information say nothing about two concepts below them (a family of some 300 of ESCO's 17,000).
const TELLING: f64 = 0.4;
/// The information content of a small taxonomy is reckoned as if it had so many concepts.
const AT_LEAST: usize = 1_000;
/// An optional skill of an occupation weighs this much of an essential one.
const OPTIONAL: f64 = 0.5;
/// Occupations that two skills must share for their cosine to count half; guards against pairs of two rare skills.
const FEW: f64 = 2.0;
/// An occupation with more skills says little of any two of them, and would cost their square.
const CROWDED: usize = 400;

/// Degrees are stored as whole multiples of this part.
pub(super) const PARTS: f64 = 10_000.0;

/// Weighted edges from every concept, by ascending number of their end.
#[derive(Debug, Default)]
pub(super) struct Edges {
    start: Vec<u32>,
    to: Vec<(u32, f64)>,
}

impl Edges {
    pub(super) fn new(lists: impl IntoIterator<Item = Vec<(u32, f64)>>) -> Self {
        let mut edges = Self::none();
        for list in lists {
            edges.to.extend(list);
            edges.close();
        }
        edges
    }

    /// Edges from no concept; those of the first come with [`push`](Self::push) and [`close`](Self::close).
    pub(super) fn none() -> Self {
        Self { start: vec![0], to: Vec::new() }
    }

    /// Makes room for so many edges.
    pub(super) fn reserve(&mut self, edges: usize) {
        self.to.reserve_exact(edges);
    }

    pub(super) fn push(&mut self, to: u32, degree: f64) {
        self.to.push((to, degree));
    }

    /// Goes to the next concept.
    pub(super) fn close(&mut self) {
        self.start.push(u32::try_from(self.to.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn of(&self, concept: u32) -> &[(u32, f64)] {
        let at = |i: usize| self.start.get(i).map_or(self.to.len(), |&s| s as usize);
        self.to.get(at(concept as usize)..at(concept as usize + 1)).unwrap_or(&[])
    }

    /// And the same edges from their ends.
    pub(super) fn with_inverse(self) -> (Self, Self) {
        let inverse = self.inverse();
        (self, inverse)
    }

    fn inverse(&self) -> Self {
        let n = self.start.len() - 1;
        let mut start = vec![0_u32; n + 1];
        for &(to, _) in &self.to {
            start[to as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut to = vec![(0, 0.0); self.to.len()];
        for from in 0..n as u32 {
            for &(end, degree) in self.of(from) {
                to[next[end as usize] as usize] = (from, degree);
                next[end as usize] += 1;
            }
        }
        Self { start, to }
    }
}

/// Concepts' references by number.
pub(super) struct Links<'a> {
    pub concepts: &'a [Concept],
    pub broader: &'a [Vec<u32>],
    pub related: &'a [Vec<u32>],
    /// Per occupation the skills it needs, and whether they are essential.
    pub skills: &'a [Vec<(u32, bool)>],
}

/// For each concept as a requirement, the concepts that meet it and how well.
pub(super) fn met_by(links: &Links) -> Edges {
    let n = links.concepts.len();
    let above: Vec<Vec<(u32, u32)>> = (0..n).map(|c| ancestors(links.broader, c as u32)).collect();
    let mut below: Vec<Vec<(u32, u32)>> = vec![Vec::new(); n];
    for (c, up) in above.iter().enumerate() {
        for &(a, steps) in up {
            below[a as usize].push((c as u32, steps));
        }
    }
    let information: Vec<f64> = below
        .iter()
        .map(|b| (1.0 - libm::log((b.len() + 1) as f64) / libm::log(n.max(AT_LEAST) as f64)).max(0.0))
        .collect();
    let lin = |shared: f64, x: u32, y: u32| 2.0 * shared / (information[x as usize] + information[y as usize]);
    let mut related: Vec<Vec<u32>> = links.related.to_vec();
    for (c, others) in links.related.iter().enumerate() {
        for &r in others {
            related[r as usize].push(c as u32);
        }
    }
    let work = Work::new(links.skills, n);
    let narrower_by = |steps: u32| (0..steps).fold(1.0, |degree, _| degree * NARROWER);

    let (mut shared, mut cosine) = (Scratch::new(n), Scratch::new(n));
    Edges::new((0..n as u32).map(|r| {
        let mut best: HashMap<u32, f64> = HashMap::new();
        let mut meets = |claim: u32, degree: f64| {
            let degree = (degree * PARTS + 0.5).floor() / PARTS;
            if degree >= FLOOR && claim != r {
                let b = best.entry(claim).or_insert(degree);
                *b = b.max(degree);
            }
        };
        // What the requirement has in common with others, and how much work.
        for &(a, _) in above[r as usize].iter().chain([&(r, 0)]) {
            let telling = information[a as usize];
            if telling >= TELLING {
                for &(c, _) in below[a as usize].iter().chain([&(a, 0)]) {
                    shared.raise(c, telling);
                }
            }
        }
        work.cosines(r, &mut cosine);
        for &c in shared.seen.iter().chain(&cosine.seen) {
            meets(c, SHARED_MEANING * lin(shared.value[c as usize], c, r) + SHARED_WORK * cosine.value[c as usize]);
        }
        for &(a, _) in &above[r as usize] {
            meets(a, BROADER * lin(information[a as usize], a, r));
        }
        for &x in &related[r as usize] {
            for &(c, steps) in below[x as usize].iter().chain([&(x, 0)]) {
                meets(c, RELATED * narrower_by(steps));
            }
        }
        shared.clear();
        cosine.clear();
        let mut met: Vec<(u32, f64)> = best.into_iter().collect();
        order::by(&mut met, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        met.truncate(MOST);
        let mut all: HashMap<u32, f64> = met.into_iter().collect();
        all.insert(r, 1.0);
        for &(c, steps) in &below[r as usize] {
            let degree = (narrower_by(steps) * PARTS + 0.5).floor() / PARTS;
            if degree >= FLOOR {
                let b = all.entry(c).or_insert(degree);
                *b = b.max(degree);
            }
        }
        let mut all: Vec<(u32, f64)> = all.into_iter().collect();
        order::by_key(&mut all, |m| m.0);
        all
    }))
}

/// The concepts above one, with the fewest steps to them.
fn ancestors(broader: &[Vec<u32>], concept: u32) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    let mut edge = broader[concept as usize].clone();
    let mut steps = 1;
    while !edge.is_empty() {
        let mut next = Vec::new();
        for a in edge {
            if !found.iter().any(|f| f.0 == a) {
                found.push((a, steps));
                next.extend(&broader[a as usize]);
            }
        }
        edge = next;
        steps += 1;
    }
    found
}

/// A sparse vector over concepts that is cleared at the cost of what was set.
struct Scratch {
    value: Vec<f64>,
    seen: Vec<u32>,
}

impl Scratch {
    fn new(n: usize) -> Self {
        Self { value: vec![0.0; n], seen: Vec::new() }
    }

    fn at(&mut self, c: u32) -> &mut f64 {
        let value = &mut self.value[c as usize];
        if *value == 0.0 {
            self.seen.push(c);
        }
        value
    }

    fn raise(&mut self, c: u32, to: f64) {
        let value = self.at(c);
        *value = value.max(to);
    }

    fn clear(&mut self) {
        for c in self.seen.drain(..) {
            self.value[c as usize] = 0.0;
        }
    }
}

/// Which skills occur in the same occupations.
struct Work<'a> {
    skills: &'a [Vec<(u32, bool)>],
    /// Per skill its occupations, with the weight of the skill in it.
    occupations: Vec<Vec<(u32, f64)>>,
    norm: Vec<f64>,
}

impl<'a> Work<'a> {
    fn new(skills: &'a [Vec<(u32, bool)>], n: usize) -> Self {
        let mut occupations = vec![Vec::new(); n];
        for (o, needs) in skills.iter().enumerate() {
            for &(s, essential) in needs.iter().take(CROWDED) {
                occupations[s as usize].push((o as u32, weight(essential)));
            }
        }
        let norm = occupations.iter().map(|o| o.iter().map(|x| x.1 * x.1).sum::<f64>().sqrt()).collect();
        Self { skills, occupations, norm }
    }

    fn cosines(&self, of: u32, into: &mut Scratch) {
        for &(o, own) in &self.occupations[of as usize] {
            for &(s, essential) in self.skills[o as usize].iter().take(CROWDED) {
                *into.at(s) += own * weight(essential);
            }
        }
        for &s in &into.seen {
            let dot = into.value[s as usize];
            // The dot product itself stands for the number of shared occupations.
            let trust = dot / (dot + FEW);
            into.value[s as usize] = trust * dot / (self.norm[of as usize] * self.norm[s as usize]);
        }
    }
}

fn weight(essential: bool) -> f64 {
    if essential { 1.0 } else { OPTIONAL }
}
