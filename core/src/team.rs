//! The team that solves a challenge best together: not the best few people, but those who cover its different parts.
//!
//! [`Cover`] is the problem as plain numbers. Its objective, in whole numbers of 2^-40 so that it is exact:
//!
//! `coverage * (sum of weight * degree over facets) + rest * (0.65 mean merit + 0.3 mean fit of pairs + 0.05 evidence)`
//!
//! where a facet's degree is that of its best member, or with a redundancy of 2 the mean of the best two; `rest` is 1 -
//! `coverage`; a pair's fit is half for a language in common and half for days in common, whole where not told; and
//! evidence is the mean over its kinds (skills, text, meaning) of the degree to which the team has it, as with facets, so
//! that among equal teams the one does better that does not rest on one kind alone. A member's merit is the matcher's
//! score, and so holds meaning and wishes.
//!
//! Roles are a condition: as many as can be are held, each by one member, and a member holds one at most.
//!
//! It is solved by branch and bound. The upper bound is Lagrangian: each facet pays a price to whoever covers it, which
//! takes the facets apart, so that the best team is that of the members who earn most. Each role has a price too, which is
//! paid to whoever could hold it. (The p-median relaxation of
//! Cornuejols, Fisher and Nemhauser, 1977; prices by subgradients.) It is so near that few candidates remain: whoever
//! cannot be in a team better than the best ones found is dropped before the search. A greedy team improved by exchanges
//! stands at the start, so that there is a good answer at any budget, with a gap that is proven.

use crate::error::{Error, Result};
use crate::matcher::Matcher;
use crate::model::{Challenge, Importance, Requirement, Side};
use crate::signal::{Pair, Signal};
use crate::snapshot::{Challenges, NO_DAY, NONE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Units of a weight and of a degree; their product is in 2^-40.
const PART: f64 = (1u64 << 20) as f64;
const WHOLE: f64 = PART * PART;
/// Of what coverage leaves: for the members' own merit, for pairs, and for kinds of evidence. The last only decides among
/// equals: at .1 it cost the development data .02 of its cover.
const MERIT: f64 = 0.65;
const PAIRS: f64 = 0.3;
const EVIDENCE: f64 = 0.05;
/// Kinds of evidence: the signals that can make a match.
const KINDS: [Signal; 3] = [Signal::Skills, Signal::Text, Signal::Semantic];
/// Roles at most, as many as members.
const ROLES: usize = 8;
/// Rounds of prices at most; a first choice, at which teams of 4 from 2,000 are proven within some thousand nodes.
const ROUNDS: u32 = 200;
/// A requirement met less than this stays uncovered, as the gate of musts has it.
const COVERED: f64 = 0.5;
/// Sentences of a problem that become facets, at most; the first ones.
const SENTENCES: usize = 48;

/// Candidates and the facets that a team of them is to cover.
///
/// ```
/// use osuma::team::{Candidate, Cover};
/// let candidate = |degrees: [f64; 2], merit| Candidate { degrees: degrees.into(), merit, ..Candidate::default() };
/// // The two best alone do the same; together, one of them with the third covers both facets.
/// let candidates = [candidate([1.0, 0.0], 0.9), candidate([0.9, 0.0], 0.8), candidate([0.0, 0.5], 0.3)];
/// let cover = Cover { size: 2, ..Cover::new(&candidates, &[1.0, 1.0]) };
/// assert_eq!(cover.solve(1_000, 0)?.teams[0].members, [0, 2]);
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cover<'a> {
    /// Whom to choose from; their order decides ties.
    pub candidates: &'a [Candidate],
    /// Of each facet, above 0.
    pub weights: &'a [f64],
    /// How many members, 1 to 8.
    pub size: usize,
    /// How many members each facet should have, 1 or 2.
    pub redundancy: usize,
    /// What coverage counts, 0 to 1; the rest is for merit, pairs and evidence.
    pub coverage: f64,
    /// How many roles there are, 0 to `size`. As many are held as in any team of this size with those included.
    pub roles: usize,
    /// Candidates who are members in any case, by number.
    pub included: Vec<u32>,
    /// The largest share of what two members cover that may be the same, 0 to 1.
    pub max_overlap: f64,
}

/// Somebody who could be a member.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// To what degree they cover each facet, 0 to 1.
    pub degrees: Vec<f64>,
    /// How well they fit alone, 0 to 1.
    pub merit: f64,
    /// Languages, ascending; empty is not told.
    pub languages: Vec<u16>,
    /// First and last day; `None` is not told.
    pub days: Option<(i32, i32)>,
    /// How much evidence of each kind (skills, text, meaning), 0 to 1.
    pub evidence: [f64; 3],
    /// The roles that they could hold: bit `i` for role `i`.
    pub roles: u8,
}

/// Members, ascending, and what they are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Numbers of the candidates.
    pub members: Vec<u32>,
    /// The objective, 0 to 1.
    pub value: f64,
}

/// The best teams and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Best first, each with other members. Fewer than asked where there are no more.
    pub teams: Vec<Choice>,
    /// There is no better team, and no better alternative.
    pub optimal: bool,
    /// By how much a team could be better than the first at most; 0 if it is proven best.
    pub gap: f64,
    /// Partial teams that were looked at.
    pub nodes: u32,
}

impl<'a> Cover<'a> {
    /// One member, redundancy 1, coverage .9, no role, nobody included, any overlap.
    #[must_use]
    pub fn new(candidates: &'a [Candidate], weights: &'a [f64]) -> Self {
        let (included, max_overlap) = (Vec::new(), 1.0);
        Self { candidates, weights, size: 1, redundancy: 1, coverage: 0.9, roles: 0, included, max_overlap }
    }

    /// The best team and the best `alternatives` besides it, within a budget of nodes; 0 gives the greedy team. Cost:
    /// candidates times facets for each round of prices, and the search.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for numbers out of range, more members than candidates, and if
    /// no team keeps the overlap (or none was found within the budget).
    pub fn solve(&self, nodes: u32, alternatives: usize) -> Result<Solution> {
        self.check()?;
        let mut search = Search::new(self, nodes, alternatives + 1);
        search.greedy();
        search.price();
        let optimal = search.branch();
        let best = search.best.first().map(|b| b.0).ok_or_else(|| {
            let message = format!("no team of {} was found whose members overlap so little", self.size);
            Error::invalid("/max_overlap", format!("{message}; allow more than {}", self.max_overlap))
        })?;
        let gap = if optimal { 0.0 } else { (search.bound - best).max(0) as f64 / WHOLE };
        let choice = |(value, members): (i64, Vec<u32>)| Choice { members, value: value as f64 / WHOLE };
        let (nodes, teams) = (search.nodes, search.best.into_iter().map(choice).collect());
        Ok(Solution { teams, optimal, gap, nodes })
    }

    fn check(&self) -> Result<()> {
        let n = self.candidates.len();
        let wrong = |path: &str, message: String| Err(Error::invalid(path, message));
        if !(1..=8).contains(&self.size) {
            return wrong("/size", format!("{} is out of range: 1 to 8", self.size));
        }
        if self.size > n {
            return wrong("/size", format!("a team of {} needs as many candidates; there are {n}", self.size));
        }
        if !(1..=2).contains(&self.redundancy) {
            return wrong("/redundancy", format!("{} is out of range: 1 or 2", self.redundancy));
        }
        if self.roles > self.size {
            let message = format!("{} roles are more than a team of {}; each member holds one", self.roles, self.size);
            return wrong("/roles", message);
        }
        for (path, value) in [("/coverage", self.coverage), ("/max_overlap", self.max_overlap)] {
            if !(0.0..=1.0).contains(&value) {
                return wrong(path, format!("{value} is out of range: 0 to 1"));
            }
        }
        let distinct: BTreeSet<u32> = self.included.iter().copied().collect();
        if distinct.len() < self.included.len() || distinct.last().is_some_and(|&i| i as usize >= n) {
            return wrong("/included", format!("give each once, a number below {n}"));
        }
        if distinct.len() > self.size {
            return wrong("/included", format!("{} members are more than a team of {}", distinct.len(), self.size));
        }
        if let Some(w) = self.weights.iter().find(|&&w| !(w > 0.0 && w.is_finite())) {
            return wrong("/weights", format!("weight {w} is out of range: above 0"));
        }
        for (i, c) in self.candidates.iter().enumerate() {
            let values = || c.degrees.iter().chain([&c.merit]).chain(&c.evidence);
            if c.degrees.len() != self.weights.len() || values().any(|v| !(0.0..=1.0 + 1e-9).contains(v)) {
                let message = format!("give {} degrees, a merit and evidence, each 0 to 1", self.weights.len());
                return wrong(&format!("/candidates/{i}"), message);
            }
            if usize::from(c.roles) >> self.roles != 0 {
                let message = format!("{:#b} names a role beyond the {} there are", c.roles, self.roles);
                return wrong(&format!("/candidates/{i}/roles"), message);
            }
        }
        Ok(())
    }
}

/// Who holds which role: for each role what its holder could hold, 0 while nobody holds it. As many are held as the
/// members can, since whoever comes may move the others (augmenting paths, Kuhn 1955).
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    by: [u8; ROLES],
    count: usize,
}

impl Held {
    fn add(&mut self, could: u8) -> bool {
        fn take(by: &mut [u8; ROLES], could: u8, seen: &mut u8) -> bool {
            for role in 0..ROLES {
                let bit = 1 << role;
                if could & bit != 0 && *seen & bit == 0 {
                    *seen |= bit;
                    let holder = by[role];
                    if holder == 0 || take(by, holder, seen) {
                        by[role] = could;
                        return true;
                    }
                }
            }
            false
        }
        let more = take(&mut self.by, could, &mut 0);
        self.count += usize::from(more);
        more
    }

    fn of(could: impl Iterator<Item = u8>) -> Self {
        let mut held = Self::default();
        for could in could {
            held.add(could);
        }
        held
    }
}

/// Members so far.
#[derive(Debug, Clone)]
struct Partial {
    members: Vec<usize>,
    held: Held,
    /// Of each facet the best and the second best, weighed.
    tops: Vec<[i64; 2]>,
    /// Merit and pairs.
    besides: i64,
    /// What the pairs are worth less than the most.
    lost: i64,
}

struct Search<'a> {
    cover: &'a Cover<'a>,
    /// Facets and kinds of evidence.
    facets: usize,
    /// Weight times degree, a row for each candidate.
    worth: Vec<i64>,
    /// How many roles a team has to hold.
    held: usize,
    merits: Vec<i64>,
    /// What each half of a pair's fit is worth.
    pair: i64,
    /// Number of teams that are wanted.
    wanted: usize,
    budget: u32,
    nodes: u32,
    best: Vec<(i64, Vec<u32>)>,
    /// No team is worth more.
    bound: i64,
    /// What a team is worth at most: `base` and what its members earn.
    base: i64,
    earns: Vec<i64>,
    /// Candidates in the order of the search, and sums of what the first ones earn.
    order: Vec<usize>,
    sums: Vec<i64>,
    /// Of those from each place of the order on: the best two of each facet, and the highest merit.
    ahead: Vec<[i64; 2]>,
    ahead_merit: Vec<i64>,
}

fn insert(top: &mut [i64; 2], value: i64) {
    if value > top[0] {
        *top = [value, top[0]];
    } else if value > top[1] {
        top[1] = value;
    }
}

impl<'a> Search<'a> {
    fn new(cover: &'a Cover<'a>, budget: u32, wanted: usize) -> Self {
        let all = cover.weights.iter().fold(0.0, |sum, w| sum + w);
        let (size, rest) = (cover.size as f64, 1.0 - cover.coverage);
        let share = |w: f64| (w / cover.redundancy as f64 * PART).round() as i64;
        let mut weights: Vec<i64> = cover.weights.iter().map(|w| share(cover.coverage * w / all)).collect();
        if cover.candidates.iter().any(|c| c.evidence != [0.0; 3]) {
            weights.extend(KINDS.map(|_| share(rest * EVIDENCE / KINDS.len() as f64)));
        }
        let degrees = cover.candidates.iter().flat_map(|c| c.degrees.iter().chain(&c.evidence).zip(&weights));
        let worth = degrees.map(|(d, w)| w * (d * PART).round() as i64).collect();
        let pairs = size * (size - 1.0) / 2.0;
        let could = |i: &u32| cover.candidates[*i as usize].roles;
        let included = Held::of(cover.included.iter().map(could)).count;
        let most = Held::of(cover.candidates.iter().map(|c| c.roles)).count;
        Self {
            cover,
            facets: weights.len(),
            worth,
            // Each further member can fill one more of what can be filled at all.
            held: most.min(included + cover.size - cover.included.len()),
            merits: cover.candidates.iter().map(|c| (c.merit * rest * MERIT / size * WHOLE).round() as i64).collect(),
            pair: if pairs > 0.0 { (rest * PAIRS / (2.0 * pairs) * WHOLE).round() as i64 } else { 0 },
            wanted,
            budget,
            nodes: 0,
            best: Vec::new(),
            bound: i64::MAX,
            base: 0,
            earns: Vec::new(),
            order: Vec::new(),
            sums: Vec::new(),
            ahead: Vec::new(),
            ahead_merit: Vec::new(),
        }
    }

    fn row(&self, candidate: usize) -> &[i64] {
        &self.worth[candidate * self.facets..][..self.facets]
    }

    fn fit(&self, a: usize, b: usize) -> i64 {
        let (a, b) = (&self.cover.candidates[a], &self.cover.candidates[b]);
        let speak =
            a.languages.is_empty() || b.languages.is_empty() || a.languages.iter().any(|l| b.languages.contains(l));
        let meet = a.days.zip(b.days).is_none_or(|(a, b)| a.0.max(b.0) <= a.1.min(b.1));
        self.pair * (i64::from(speak) + i64::from(meet))
    }

    fn apart(&self, a: usize, b: usize) -> bool {
        if self.cover.max_overlap >= 1.0 {
            return true;
        }
        let row = |c: usize| self.cover.candidates[c].degrees.iter().zip(self.cover.weights).map(|(d, w)| d * w);
        let sum = |c: usize| row(c).fold(0.0, |sum, d| sum + d);
        let common = row(a).zip(row(b)).fold(0.0, |sum, (x, y)| sum + x.min(y));
        common <= self.cover.max_overlap * sum(a).min(sum(b))
    }

    fn empty(&self) -> Partial {
        Partial { members: Vec::new(), held: Held::default(), tops: vec![[0; 2]; self.facets], besides: 0, lost: 0 }
    }

    fn with(&self, team: &Partial, candidate: usize) -> Partial {
        let mut team = team.clone();
        self.row(candidate).iter().zip(&mut team.tops).for_each(|(&worth, top)| insert(top, worth));
        let fit: i64 = team.members.iter().map(|&m| self.fit(m, candidate)).sum();
        team.besides += self.merits[candidate] + fit;
        team.lost += 2 * self.pair * team.members.len() as i64 - fit;
        team.held.add(self.cover.candidates[candidate].roles);
        team.members.push(candidate);
        team
    }

    fn covers(&self, tops: &[[i64; 2]]) -> i64 {
        tops.iter().map(|t| if self.cover.redundancy == 1 { t[0] } else { t[0] + t[1] }).sum()
    }

    /// What a team would be worth with one more.
    fn value_with(&self, team: &Partial, candidate: usize) -> i64 {
        let twice = self.cover.redundancy == 2;
        let mut value = team.besides + self.merits[candidate];
        for (&worth, top) in self.row(candidate).iter().zip(&team.tops) {
            value += if twice { top[0].max(worth) + top[1].max(top[0].min(worth)) } else { top[0].max(worth) };
        }
        value + team.members.iter().map(|&m| self.fit(m, candidate)).sum::<i64>()
    }

    fn fits(&self, team: &Partial, candidate: usize) -> bool {
        let left = self.cover.size - team.members.len() - 1;
        let enough = team.held.count + left >= self.held
            || (team.held.count + left + 1 == self.held
                && team.held.clone().add(self.cover.candidates[candidate].roles));
        enough && team.members.iter().all(|&m| m != candidate && self.apart(m, candidate))
    }

    /// The value that a team has to pass.
    fn least(&self) -> i64 {
        if self.best.len() < self.wanted { i64::MIN } else { self.best[self.wanted - 1].0 }
    }

    fn offer(&mut self, value: i64, members: impl Iterator<Item = usize>) {
        if value <= self.least() {
            return;
        }
        let mut members: Vec<u32> = members.map(|m| m as u32).collect();
        members.sort_unstable();
        if self.best.iter().all(|b| b.1 != members) {
            let at = self.best.partition_point(|b| (b.0, &members) > (value, &b.1));
            self.best.insert(at, (value, members));
            self.best.truncate(self.wanted);
        }
    }

    fn included(&self) -> Option<Partial> {
        let mut team = self.empty();
        for &i in &self.cover.included {
            if !self.fits(&team, i as usize) {
                return None;
            }
            team = self.with(&team, i as usize);
        }
        Some(team)
    }

    /// A team by the largest gain each time, then by the best exchange of one member as long as one helps.
    fn greedy(&mut self) {
        let Some(mut team) = self.included() else { return };
        let n = self.cover.candidates.len();
        while team.members.len() < self.cover.size {
            let open = (0..n).filter(|&c| self.fits(&team, c));
            let Some(next) = open.max_by_key(|&c| (self.value_with(&team, c), std::cmp::Reverse(c))) else { return };
            team = self.with(&team, next);
        }
        let fixed = self.cover.included.len();
        let mut value = self.covers(&team.tops) + team.besides;
        self.offer(value, team.members.iter().copied());
        loop {
            let mut better: Option<Partial> = None;
            for out in fixed..team.members.len() {
                let kept = team.members.iter().enumerate().filter(|m| m.0 != out);
                let without = kept.fold(self.empty(), |t, (_, &m)| self.with(&t, m));
                for next in 0..n {
                    let there = self.value_with(&without, next);
                    if (there > value || there > self.least()) && next != team.members[out] && self.fits(&without, next)
                    {
                        self.offer(there, without.members.iter().copied().chain([next]));
                        if there > value {
                            value = there;
                            better = Some(self.with(&without, next));
                        }
                    }
                }
            }
            match better {
                Some(better) => team = better,
                None => return,
            }
        }
    }

    /// Prices of the facets, and who can still be in a team that is good enough.
    fn price(&mut self) {
        let (n, size) = (self.cover.candidates.len(), self.cover.size);
        let twice = self.cover.redundancy as i64;
        let included: Vec<usize> = self.cover.included.iter().map(|&i| i as usize).collect();
        let open: Vec<usize> = (0..n).filter(|c| !included.contains(c)).collect();
        let choose = size - included.len();
        let most_of_pairs = self.pair * (size * (size - 1)) as i64;
        // Of the facets, then of the roles.
        let mut prices = vec![0.0f64; self.facets + self.cover.roles];
        let target = self.best.first().map_or(0, |b| b.0);
        let (mut pace, mut idle) = (1.0, 0);
        let mut earns = vec![0; n];
        for _ in 0..ROUNDS {
            let whole: Vec<i64> = prices.iter().map(|p| p.round() as i64).collect();
            let (whole, roles) = whole.split_at(self.facets);
            let paid = |c: usize| {
                let could = self.cover.candidates[c].roles;
                (0..roles.len()).filter(|r| could >> r & 1 == 1).map(|r| roles[r]).max().unwrap_or(0)
            };
            for (c, earns) in earns.iter_mut().enumerate() {
                let over = self.row(c).iter().zip(whole).map(|(worth, price)| (worth - price).max(0));
                *earns = self.merits[c] + paid(c) + over.sum::<i64>();
            }
            // Whatever roles are held, they are paid at least as much as the cheapest.
            let mut cheapest: Vec<usize> = (0..roles.len()).collect();
            cheapest.sort_unstable_by_key(|&r| (roles[r], r));
            cheapest.truncate(self.held);
            let due: i64 = cheapest.iter().map(|&r| roles[r]).sum();
            let mut order = open.clone();
            let by_earning = |a: &usize, b: &usize| earns[*b].cmp(&earns[*a]).then(a.cmp(b));
            if choose > 0 && choose < order.len() {
                order.select_nth_unstable_by(choose - 1, by_earning);
            }
            let chosen = || included.iter().chain(&order[..choose]).copied();
            let base = whole.iter().sum::<i64>() * twice + most_of_pairs - due;
            let bound = base + chosen().map(|c| earns[c]).sum::<i64>();
            if bound < self.bound {
                (self.bound, self.base, idle) = (bound, base, 0);
                self.earns.clone_from(&earns);
            } else {
                idle += 1;
                if idle == 8 {
                    (pace, idle) = (pace * 0.6, 0);
                }
            }
            let taken = |f: usize| chosen().filter(|&c| self.row(c)[f] > whole[f]).count() as i64;
            let mut slopes: Vec<i64> = (0..self.facets).map(|f| twice - taken(f)).collect();
            let mut over = vec![0i64; roles.len()];
            cheapest.iter().for_each(|&r| over[r] -= 1);
            for c in chosen().filter(|&c| self.cover.candidates[c].roles != 0) {
                // Of roles that are paid alike, the one that still lacks somebody.
                let could = self.cover.candidates[c].roles;
                let alike = (0..roles.len()).filter(|r| could >> r & 1 == 1 && roles[*r] == paid(c));
                if let Some(r) = alike.min_by_key(|&r| over[r]) {
                    over[r] += 1;
                }
            }
            slopes.extend(over);
            let prices_now = whole.iter().chain(roles);
            let steep: i64 =
                slopes.iter().zip(prices_now).map(|(s, &w)| if *s > 0 && w == 0 { 0 } else { s * s }).sum();
            if steep == 0 || bound <= target {
                break;
            }
            let step = pace * (bound - target) as f64 / steep as f64;
            for (price, slope) in prices.iter_mut().zip(slopes) {
                *price = (*price - step * slope as f64).max(0.0);
            }
        }
        let mut order = open;
        order.sort_unstable_by(|&a, &b| self.earns[b].cmp(&self.earns[a]).then(a.cmp(&b)));
        let fixed = self.base + included.iter().map(|&c| self.earns[c]).sum::<i64>();
        self.base = fixed;
        if choose > 0 {
            let least = self.least();
            let others: i64 = order[..choose - 1].iter().map(|&c| self.earns[c]).sum();
            order.retain(|&c| fixed + others + self.earns[c] > least);
        }
        self.sums = vec![0];
        for &c in &order {
            self.sums.push(self.sums[self.sums.len() - 1] + self.earns[c]);
        }
        self.ahead = vec![[0; 2]; (order.len() + 1) * self.facets];
        self.ahead_merit = vec![0; order.len() + 1];
        for (at, &c) in order.iter().enumerate().rev() {
            for f in 0..self.facets {
                let mut top = self.ahead[(at + 1) * self.facets + f];
                insert(&mut top, self.row(c)[f]);
                self.ahead[at * self.facets + f] = top;
            }
            self.ahead_merit[at] = self.ahead_merit[at + 1].max(self.merits[c]);
        }
        self.order = order;
    }

    /// True if everything was looked at that could be better.
    fn branch(&mut self) -> bool {
        let Some(team) = self.included() else { return true };
        if team.members.len() == self.cover.size {
            let value = self.covers(&team.tops) + team.besides;
            self.offer(value, team.members.iter().copied());
            return true;
        }
        // Greedy may have found nothing; then there is no bound on the first.
        self.descend(&team, 0, 0)
    }

    fn descend(&mut self, team: &Partial, from: usize, earned: i64) -> bool {
        let missing = self.cover.size - team.members.len();
        let top = team.members.len() == self.cover.included.len();
        for at in from..self.order.len() {
            if at + missing > self.order.len() {
                break;
            }
            // Those that follow earn less, so that this bounds them all.
            let bound = self.base - team.lost + earned + self.sums[at + missing] - self.sums[at];
            if bound <= self.least() {
                break;
            }
            if self.nodes >= self.budget {
                if top {
                    self.bound = self.bound.min(bound);
                }
                return false;
            }
            self.nodes += 1;
            let candidate = self.order[at];
            if !self.fits(team, candidate) {
                continue;
            }
            if missing == 1 {
                let value = self.value_with(team, candidate);
                if value > self.least() {
                    self.offer(value, team.members.iter().copied().chain([candidate]));
                }
                continue;
            }
            let next = self.with(team, candidate);
            if self.reach(&next, at + 1, missing - 1) > self.least()
                && !self.descend(&next, at + 1, earned + self.earns[candidate])
            {
                if top {
                    self.bound = self.bound.min(bound);
                }
                return false;
            }
        }
        true
    }

    /// What a team could come to at most with `missing` more from a place of the order on, facet by facet.
    fn reach(&self, team: &Partial, from: usize, missing: usize) -> i64 {
        let mut reach = team.besides + missing as i64 * self.ahead_merit[from];
        for (top, ahead) in team.tops.iter().zip(&self.ahead[from * self.facets..]) {
            let mut top = *top;
            insert(&mut top, ahead[0]);
            if missing > 1 {
                insert(&mut top, ahead[1]);
            }
            reach += if self.cover.redundancy == 1 { top[0] } else { top[0] + top[1] };
        }
        let size = self.cover.size;
        let had = team.members.len();
        reach + self.pair * (size * (size - 1) - had * (had - 1)) as i64
    }
}

/// A part in a team that one member plays, beside what the challenge needs: who meets each of its requirements at least
/// half (as with the gate of musts), but for those that are only `nice`, can hold it. A member holds one role at most.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Role {
    /// What it is called, once in a team.
    pub name: String,
    /// What its holder must be able to do; at least one that is not `nice`.
    pub requirements: Vec<Requirement>,
}

/// How [`Matcher::assemble_team`] chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TeamOptions {
    /// How many members, 1 to 8; as the challenge says where not given, and 3 where it does not.
    pub size: Option<u32>,
    /// Ids of profiles that are members in any case.
    pub must_include: Vec<String>,
    /// Ids of profiles that are not.
    pub exclude: Vec<String>,
    /// Roles to be held, at most as many as members.
    pub roles: Vec<Role>,
    /// The largest share of what two members cover that may be the same, 0 to 1.
    pub max_overlap: f64,
    /// How many members should meet each requirement, 1 or 2.
    pub redundancy: u32,
    /// How many of the best profiles are considered, at least 1.
    pub candidates: u32,
    /// How many partial teams are looked at, at most; 0 gives a greedy team.
    pub nodes: u32,
    /// How many teams besides the best, at most 20.
    pub alternatives: u32,
    /// What coverage counts beside the members' own scores, 0 to 1; .9 where not given, and .2 for a challenge that is
    /// only text: sentences are a weaker sign than requirements (measured by the example `facets`: more gives away what a
    /// good ranking has, less does not mend a bad one).
    pub coverage: Option<f64>,
}

impl Default for TeamOptions {
    /// 2,000 candidates, 1,000,000 nodes, two alternatives, redundancy 1, any overlap.
    fn default() -> Self {
        Self {
            size: None,
            must_include: Vec::new(),
            exclude: Vec::new(),
            roles: Vec::new(),
            max_overlap: 1.0,
            redundancy: 1,
            candidates: 2_000,
            nodes: 1_000_000,
            alternatives: 2,
            coverage: None,
        }
    }
}

/// What kind of part of a problem a facet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum FacetKind {
    /// A requirement that the organisation wrote.
    Requirement,
    /// A requirement that its text names.
    Recognised,
    /// A sentence of the problem.
    Sentence,
}

/// A part of the problem.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Facet {
    /// The requirement's URI or label, or the sentence.
    pub name: String,
    /// What it is.
    pub kind: FacetKind,
    /// Its share of all weights; they add up to 1.
    pub weight: f64,
    /// True for a must.
    pub must: bool,
    /// To what degree the team covers it, 0 to 1.
    pub degree: f64,
    /// False where it stays uncovered: a requirement met less than half, a sentence to which nobody has anything to say.
    pub covered: bool,
}

/// What a member has for one facet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Brought {
    /// Number of the facet in [`Team::facets`].
    pub facet: u32,
    /// To what degree, above 0.
    pub degree: f64,
}

/// Somebody in a team.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Member {
    /// Id of the profile.
    pub profile: String,
    /// The matcher's score; somebody who had to be included may have none.
    pub score: Option<f64>,
    /// The role that they hold.
    pub role: Option<String>,
    /// By how much the coverage rises with them, after those before them.
    pub adds: f64,
    /// The facets they can do something for.
    pub brings: Vec<Brought>,
}

/// A role and who holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoleHeld {
    /// Its name.
    pub role: String,
    /// Id of the profile. `None` if nobody can hold it, or only those who are needed in another role.
    pub profile: Option<String>,
    /// To what degree its holder meets its requirements, as a mean of those that are not `nice`, .5 to 1.
    pub degree: Option<f64>,
    /// How many of the candidates could hold it.
    pub candidates: u32,
}

/// A team that is nearly as good.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Alternative {
    /// Ids of the profiles, ascending.
    pub profiles: Vec<String>,
    /// The objective.
    pub value: f64,
    /// The coverage.
    pub coverage: f64,
}

/// The best team for a challenge.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Team {
    /// Id of the challenge.
    pub challenge: String,
    /// Whoever adds most first; what they add sums up to the coverage.
    pub members: Vec<Member>,
    /// How many members are missing, because nobody else has any evidence.
    pub unfilled: u32,
    /// The weighted share of the facets that is covered, 0 to 1.
    pub coverage: f64,
    /// The objective: coverage, scores, pairs and evidence, 0 to 1.
    pub value: f64,
    /// The parts of the problem.
    pub facets: Vec<Facet>,
    /// The roles, in the order given.
    pub roles: Vec<RoleHeld>,
    /// How much evidence of each kind (skills, text, semantic) the member has who has most of it, 0 to 1.
    pub evidence: BTreeMap<Signal, f64>,
    /// Languages (ISO 639-1) that all members know who tell theirs.
    pub languages: Vec<String>,
    /// Nobody found a better team because there is none.
    pub optimal: bool,
    /// By how much another team could be better at most; 0 if `optimal`.
    pub gap: f64,
    /// The next best teams.
    pub alternatives: Vec<Alternative>,
}

struct Facets {
    all: Vec<Facet>,
    /// For each facet the degree of each candidate.
    degrees: Vec<Vec<f64>>,
}

/// A role's requirements that count.
struct Part {
    columns: Challenges,
    needs: Vec<usize>,
}

/// For each role the member who holds it, so that as many as possible are held, and those to the highest degrees.
fn holders(degrees: &[&[f64]], roles: usize) -> Vec<Option<usize>> {
    // Of each set of roles the best that the members so far can do.
    let mut best: Vec<Option<(f64, Vec<Option<usize>>)>> = vec![None; 1 << roles];
    best[0] = Some((0.0, vec![None; roles]));
    for (m, degrees) in degrees.iter().enumerate() {
        // From the largest, so that no member is taken twice.
        for set in (0..1usize << roles).rev() {
            let Some((sum, holders)) = best[set].clone() else { continue };
            for r in (0..roles).filter(|r| set >> r & 1 == 0 && degrees[*r] > 0.0) {
                let next = &mut best[set | 1 << r];
                if next.as_ref().is_none_or(|n| n.0 < sum + degrees[r]) {
                    let mut holders = holders.clone();
                    holders[r] = Some(m);
                    *next = Some((sum + degrees[r], holders));
                }
            }
        }
    }
    let most = best.into_iter().flatten().reduce(|a, b| {
        let held = |x: &(f64, Vec<Option<usize>>)| x.1.iter().flatten().count();
        if (held(&b), b.0) > (held(&a), a.0) { b } else { a }
    });
    most.map_or_else(Vec::new, |m| m.1)
}

impl Matcher {
    /// The people who together cover a challenge best: each requirement by whoever meets it best (or the best two), and
    /// among equal teams those whose members score higher, share a language, are there on the same days and rest on
    /// different kinds of evidence.
    ///
    /// Where the organisation wrote no requirement, the facets are what its text names and its sentences, half and half,
    /// so that a team covers different parts of the problem. A person covers a sentence as far as they are close to it,
    /// times their score beside the best candidate's: who does not fit the problem has nothing to say to its parts. Candidates are those the matcher's gates let through and
    /// who have a score; whoever must be included is, in any case.
    ///
    /// Roles come before all else: the best team is one that holds as many of them as any team could, and
    /// [`Team::roles`] tells which stay without a holder.
    ///
    /// Cost: a ranking (for sentences one each), then the search; 2,000 candidates and 12 requirements take some
    /// milliseconds.
    ///
    /// ```
    /// use osuma::{MatchConfig, Matcher, Settings, Snapshot, Taxonomy, TeamOptions, from_json, from_json_all};
    /// let people = from_json_all(r#"[{"id": "a", "text": "x", "skills": [{"label": "welding"}]},
    ///     {"id": "b", "text": "y", "skills": [{"label": "welding"}]}, {"id": "c", "text": "z", "skills": [{"label": "painting"}]}]"#)?;
    /// let gate = from_json(r#"{"id": "gate", "title": "A gate", "text": "An iron gate.",
    ///     "requirements": [{"label": "welding"}, {"label": "painting"}]}"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), people, vec![gate], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let team = matcher.assemble_team("gate", &TeamOptions { size: Some(2), ..TeamOptions::default() })?;
    /// let mut members: Vec<&str> = team.members.iter().map(|m| &m.profile[..]).collect();
    /// members.sort();
    /// assert_eq!(members, ["a", "c"]);
    /// assert!(team.optimal);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an id that is not there, [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// for an option out of range, a member given twice, included and excluded at once, or more than the size, a size
    /// above the number of profiles, more roles than members, a role without a name or requirement of its own, and if no
    /// team keeps the overlap;
    /// [`MissingSide`](crate::ErrorKind::MissingSide).
    pub fn assemble_team(&self, challenge: &str, options: &TeamOptions) -> Result<Team> {
        let snapshot = self.snapshot();
        let data = &*snapshot.data;
        let c = snapshot.row(Side::Challenges, challenge)?;
        snapshot.require(Side::Profiles)?;
        let document: Challenge = data.document(&data.challenges.common, c)?;
        let size = options.size.or(document.team_size).unwrap_or(3);
        if !(1..=8).contains(&size) {
            return Err(Error::invalid("/size", format!("{size} is out of range: 1 to 8")));
        }
        if size as usize > snapshot.count(Side::Profiles) {
            let message = format!("a team of {size} is impossible with {} profiles", snapshot.count(Side::Profiles));
            return Err(Error::invalid("/size", message));
        }
        if options.candidates == 0 {
            return Err(Error::invalid("/candidates", "0 is out of range: at least 1"));
        }
        if options.alternatives > 20 {
            return Err(Error::invalid("/alternatives", format!("{} is out of range: 0 to 20", options.alternatives)));
        }
        let rows = |name: &str, ids: &[String]| {
            let mut rows = BTreeSet::new();
            for (i, id) in ids.iter().enumerate() {
                let path = format!("/{name}/{i}");
                if !rows.insert(snapshot.row(Side::Profiles, id).map_err(|e| e.within(&path))?) {
                    return Err(Error::invalid(path, format!("\"{id}\" is given twice; give it once")));
                }
            }
            Ok(rows)
        };
        let included = rows("must_include", &options.must_include)?;
        let excluded = rows("exclude", &options.exclude)?;
        if let Some(i) = included.iter().position(|p| excluded.contains(p)) {
            return Err(Error::invalid(format!("/must_include/{i}"), "is excluded too; take one of them away"));
        }
        if included.len() > size as usize {
            let message = format!("{} members are more than a team of {size}", included.len());
            return Err(Error::invalid("/must_include", message));
        }

        let roles = self.roles(&options.roles, size)?;

        let mut scores: BTreeMap<usize, (Option<f64>, [f64; 3])> = BTreeMap::new();
        for m in self.profiles_for(challenge, options.candidates as usize)?.matches {
            let row = snapshot.row(Side::Profiles, &m.profile)?;
            if m.score.is_some() && !excluded.contains(&row) {
                scores.insert(row, (m.score, KINDS.map(|kind| m.signals.get(&kind).copied().flatten().unwrap_or(0.0))));
            }
        }
        for &row in included.iter().filter(|row| !scores.contains_key(row)).collect::<Vec<_>>() {
            let score = self.explain(data.profiles.common.ids.get(row), challenge)?.score;
            scores.insert(row, (score, [0.0; 3]));
        }
        let people: Vec<usize> = scores.keys().copied().collect();
        let fits: Vec<f64> = scores.values().map(|s| s.0.unwrap_or(0.0)).collect();
        let Facets { mut all, degrees } = self.facets(c, &document, &people, &fits)?;
        let can: Vec<Vec<f64>> = people.iter().map(|&p| roles.iter().map(|r| self.can(p, r)).collect()).collect();
        let candidate = |(i, &row): (usize, &usize)| {
            let p = &data.profiles.common;
            let told = p.from[row] != NO_DAY || p.until[row] != NO_DAY;
            let until = if p.until[row] == NO_DAY { i32::MAX } else { p.until[row] };
            let mut languages = p.skill_codes[p.skill_lists.range(row)].to_vec();
            languages.sort_unstable();
            Candidate {
                degrees: degrees.iter().map(|d| d[i]).collect(),
                merit: fits[i],
                languages,
                days: told.then_some((p.from[row], until)),
                evidence: scores[&row].1.map(|v| v.min(1.0)),
                roles: can[i].iter().rev().fold(0, |bits, &degree| bits << 1 | u8::from(degree > 0.0)),
            }
        };
        let candidates: Vec<Candidate> = people.iter().enumerate().map(candidate).collect();
        let weights: Vec<f64> = all.iter().map(|f| f.weight).collect();
        let text_only = all.iter().all(|f| f.kind != FacetKind::Requirement);
        let of = |row: &usize| people.binary_search(row).map_or(NONE, |i| i as u32);
        let cover = Cover {
            candidates: &candidates,
            weights: &weights,
            size: (size as usize).min(people.len()).max(1),
            redundancy: options.redundancy as usize,
            coverage: options.coverage.unwrap_or(if text_only { 0.2 } else { 0.9 }),
            roles: roles.len(),
            included: included.iter().map(of).collect(),
            max_overlap: options.max_overlap,
        };
        let solution = if people.is_empty() {
            Cover {
                roles: 0,
                candidates: &[Candidate { degrees: vec![0.0; all.len()], ..Candidate::default() }],
                ..cover.clone()
            }
            .check()?;
            Solution { teams: vec![Choice { members: Vec::new(), value: 0.0 }], optimal: true, gap: 0.0, nodes: 0 }
        } else {
            cover.solve(options.nodes, options.alternatives as usize)?
        };

        let covered = |members: &[u32], f: usize| {
            let mut top = [0.0f64; 2];
            for &m in members {
                let d = candidates[m as usize].degrees[f];
                if d > top[0] {
                    top = [d, top[0]];
                } else if d > top[1] {
                    top[1] = d;
                }
            }
            if options.redundancy == 2 { (top[0] + top[1]) / 2.0 } else { top[0] }
        };
        let coverage = |members: &[u32]| (0..all.len()).fold(0.0, |sum, f| sum + weights[f] * covered(members, f));
        let id = |m: u32| data.profiles.common.ids.get(people[m as usize]).to_owned();
        let mut teams = solution.teams.into_iter();
        let best = teams.next().unwrap_or(Choice { members: Vec::new(), value: 0.0 });
        let mut left = best.members.clone();
        let (mut chosen, mut members, mut before) = (Vec::new(), Vec::new(), 0.0);
        while !left.is_empty() {
            let with = |m: u32| coverage(&[&chosen[..], &[m]].concat());
            let mut next = (0, with(left[0]));
            for (i, &m) in left.iter().enumerate().skip(1) {
                let there = with(m);
                if there > next.1 {
                    next = (i, there);
                }
            }
            let m = left.remove(next.0);
            chosen.push(m);
            let brings = candidates[m as usize].degrees.iter().zip(0..).filter(|d| *d.0 > 0.0);
            members.push(Member {
                profile: id(m),
                score: scores[&people[m as usize]].0,
                role: None,
                adds: next.1 - before,
                brings: brings.map(|(&degree, facet)| Brought { facet, degree }).collect(),
            });
            before = next.1;
        }
        let alternatives = teams.map(|t| Alternative {
            profiles: t.members.iter().map(|&m| id(m)).collect(),
            value: t.value,
            coverage: coverage(&t.members),
        });
        let alternatives = alternatives.collect();
        let degrees: Vec<&[f64]> = chosen.iter().map(|&m| &can[m as usize][..]).collect();
        let holders = holders(&degrees, roles.len());
        let mut roles: Vec<RoleHeld> = Vec::new();
        for (r, role) in options.roles.iter().enumerate() {
            let holder = holders[r];
            if let Some(m) = holder {
                members[m].role = Some(role.name.clone());
            }
            roles.push(RoleHeld {
                role: role.name.clone(),
                profile: holder.map(|m| members[m].profile.clone()),
                degree: holder.map(|m| degrees[m][r]),
                candidates: can.iter().filter(|c| c[r] > 0.0).count() as u32,
            });
        }
        let evidence = KINDS.iter().enumerate().map(|(kind, &signal)| {
            let of = chosen.iter().map(|&m| candidates[m as usize].evidence[kind]);
            (signal, of.fold(0.0, f64::max))
        });
        let evidence = evidence.collect();
        let told = chosen.iter().map(|&m| &candidates[m as usize].languages).filter(|l| !l.is_empty());
        let common = told.map(|l| l.iter().copied().collect::<BTreeSet<u16>>()).reduce(|a, b| &a & &b);
        let code = |l: u16| l.to_be_bytes().map(char::from).iter().collect();
        for (f, facet) in all.iter_mut().enumerate() {
            facet.degree = covered(&chosen, f);
            let least = if facet.kind == FacetKind::Sentence { f64::MIN_POSITIVE } else { COVERED };
            facet.covered = chosen.iter().any(|&m| candidates[m as usize].degrees[f] >= least);
        }
        Ok(Team {
            challenge: document.id,
            unfilled: size - members.len() as u32,
            members,
            coverage: before,
            value: best.value,
            facets: all,
            roles,
            evidence,
            languages: common.unwrap_or_default().into_iter().map(code).collect(),
            optimal: solution.optimal,
            gap: solution.gap,
            alternatives,
        })
    }

    /// The requirements of each role as columns of their own.
    fn roles(&self, roles: &[Role], size: u32) -> Result<Vec<Part>> {
        if roles.len() > size as usize {
            let message = format!("{} roles are more than a team of {size}; each member holds one", roles.len());
            return Err(Error::invalid("/roles", message));
        }
        let mut parts = Vec::new();
        for (i, role) in roles.iter().enumerate() {
            let path = format!("/roles/{i}");
            if role.name.trim().is_empty() {
                return Err(Error::invalid(format!("{path}/name"), "is empty; give every role a name of its own"));
            }
            if roles[..i].iter().any(|r| r.name == role.name) {
                return Err(Error::invalid(format!("{path}/name"), format!("\"{}\" is given twice", role.name)));
            }
            let document =
                Challenge { id: "role".into(), requirements: role.requirements.clone(), ..Challenge::default() };
            let columns = self.snapshot().data.challenge(&document).map_err(|e| e.within(&path))?;
            let counts = |&need: &usize| {
                let source = role.requirements.get(columns.need_sources[need] as usize);
                source.is_some_and(|r| r.importance != Importance::Nice)
            };
            let needs: Vec<usize> = columns.need_lists.range(0).filter(counts).collect();
            if needs.is_empty() {
                let message = "has none that counts; give at least one that is should or must, and not rejected";
                return Err(Error::invalid(format!("{path}/requirements"), message));
            }
            parts.push(Part { columns, needs });
        }
        Ok(parts)
    }

    /// To what degree somebody can hold a role; 0 if they cannot.
    fn can(&self, p: usize, role: &Part) -> f64 {
        let data = &*self.snapshot().data;
        let pair = Pair { data, profiles: &data.profiles, p, challenges: &role.columns, c: 0 };
        let mut sum = 0.0;
        for &need in &role.needs {
            let degree = pair.meeting(need).degree;
            if degree < COVERED {
                return 0.0;
            }
            sum += degree;
        }
        sum / role.needs.len() as f64
    }

    /// The parts of a problem, and to what degree each of the people covers them.
    /// A sentence counts for somebody as much as they fit the whole, beside whoever fits best (`fits`, one each).
    fn facets(&self, c: usize, document: &Challenge, people: &[usize], fits: &[f64]) -> Result<Facets> {
        let data = &*self.snapshot().data;
        let challenges = &data.challenges;
        let mut facets = Facets { all: Vec::new(), degrees: Vec::new() };
        let mut written = false;
        for need in challenges.need_lists.range(c) {
            let source = document.requirements.get(challenges.need_sources[need] as usize);
            written |= source.is_some();
            let concept = data.taxonomy.concepts().get(challenges.need_keys[need] as usize);
            let label = || source.and_then(|r| r.label.clone()).unwrap_or_default();
            facets.all.push(Facet {
                name: concept.map_or_else(label, |c| c.uri.clone()),
                kind: if source.is_some() { FacetKind::Requirement } else { FacetKind::Recognised },
                weight: challenges.need_weights[need],
                must: challenges.need_musts[need] != 0,
                degree: 0.0,
                covered: false,
            });
            let pair = |p: usize| Pair { data, profiles: &data.profiles, p, challenges, c };
            facets.degrees.push(people.iter().map(|&p| pair(p).meeting(need).degree).collect());
        }
        let concepts = facets.all.len();
        if !written {
            let best = fits.iter().copied().fold(0.0, f64::max);
            let text = if document.text.trim().is_empty() { &document.title } else { &document.text };
            let analysis = self.snapshot().settings().analyzer().analyse(text, document.language);
            let says = |n: usize| analysis.tokens.iter().any(|t| t.sentence == n && !t.stop);
            for (_, s) in analysis.sentences.iter().enumerate().filter(|s| says(s.0)).take(SENTENCES) {
                let sentence = text[s.start..s.end].trim();
                let part = Challenge { language: s.language, ..Challenge::default() };
                let part = Challenge { id: "sentence".into(), title: sentence.to_owned(), ..part };
                let close = self.closeness(&part, people)?;
                facets.degrees.push(
                    close.iter().zip(fits).map(|(d, fit)| if best > 0.0 { d * fit / best } else { 0.0 }).collect(),
                );
                facets.all.push(Facet {
                    name: sentence.to_owned(),
                    kind: FacetKind::Sentence,
                    weight: 1.0,
                    must: false,
                    degree: 0.0,
                    covered: false,
                });
            }
        }
        let sum = |part: &[Facet]| part.iter().fold(0.0, |sum, f| sum + f.weight);
        let (named, said) = (sum(&facets.all[..concepts]), sum(&facets.all[concepts..]));
        let half = if named > 0.0 && said > 0.0 { 0.5 } else { 1.0 };
        for (i, f) in facets.all.iter_mut().enumerate() {
            f.weight *= half / if i < concepts { named } else { said };
        }
        Ok(facets)
    }

    /// How close each of the people is to a part of a problem, 0 to 1; 0 where nothing is known.
    fn closeness(&self, part: &Challenge, people: &[usize]) -> Result<Vec<f64>> {
        let all = self.profiles_for_new(part, self.snapshot().count(Side::Profiles).max(1))?;
        let mut degrees = vec![0.0; people.len()];
        for m in all.matches {
            let row = self.snapshot().row(Side::Profiles, &m.profile)?;
            if let (Ok(i), Some(score)) = (people.binary_search(&row), m.score) {
                degrees[i] = score.min(1.0);
            }
        }
        Ok(degrees)
    }
}
