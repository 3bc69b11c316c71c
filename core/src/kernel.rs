//! Which of very many candidates can be among the best, at little more than what adding up postings costs.
//!
//! Candidates come in blocks ([`blocks`]) whose sums stay in a core's own cache. For all of a block the strong signals
//! are had in bulk and from above: text sums over postings, requirements met through the graph, cosines over bytes. From
//! them follows a bound of the score, and only the few candidates above the worst of the best `k` so far are scored, by
//! [`Matcher::score`], the function that also explains. So every answer is exact to the bit.
//!
//! The bound. A score is `sum w v / sum w` over the known signals, so it is above a threshold `t` where
//! `sum w (v - t)` over the known signals is above 0, which needs no division and lets each signal be bounded alone:
//! - a signal of circumstance adds at most `w (1 - t)`, and nothing if it is unknown;
//! - text adds `w (v - t)` or, if it may be unknown, at most the larger of this and 0; but without skills and meaning a
//!   pair has a score only if its text is known. Its `f32` sum of `n` products of positive numbers is wrong by less than
//!   `n + 1` roundings, a share of `(n + 1) 2^-24`; twice that is added;
//! - all else (roundings of shares, weights and values, all of which lie in [0, 1]) is below [`SLACK`].
//!
//! So whoever is passed over has a score below the `k`-th best; ties pass and go by id. Of a chunk of candidates first
//! the highest text, skills and meaning are looked at, as if one had them all: most chunks are passed over by that.
//! Chunks that promise most come first, which changes nothing but how many are scored.

mod blocks;
mod plan;
mod simd;
mod terms;

pub(crate) use blocks::{Asked, Block, Candidates, LEVELS, above, claim_of, need_of};
pub(crate) use simd::{Loops, widest};

use crate::matcher::Matcher;
use crate::order;
use crate::signal::{Coverage, Gate, Query, Signal, Sums, UNKNOWN, Wishes, ask, meanings, skill_bounds, wish_bounds};
use plan::{Bounds, Look, Plan, Seen, Tables, Top, Tops};

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use terms::{TextSums, Weights};

/// Candidates that are looked at together; a block is a multiple of it.
const CHUNK: usize = if cfg!(test) { 4 } else { 32 };
/// What a thread needs to look at a block, used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    weights: Vec<Weights>,
    plans: Vec<Plan>,
    asked: Vec<[Asked; 2]>,
    tables: Vec<Tables>,
    text: TextSums,
    meaning: Vec<f32>,
    skills: Coverage,
    wishes: Wishes,
    /// The question's impacts by term, all zero between questions.
    impacts: Vec<f32>,
    tops: Vec<Top>,
    seen: Vec<Seen>,
    /// Chunks that may have somebody, each with its bound, and those of them that promise most.
    order: Vec<(f32, u32)>,
    likely: Vec<(f32, u32)>,
    /// Who is shut out by a gate, or has been scored.
    shut: Vec<bool>,
    passed: Vec<Passed>,
}

/// A candidate that may be among the best.
#[derive(Debug, Clone, Copy)]
struct Passed {
    /// A bound of its margin.
    margin: f32,
    /// Its place in the block.
    at: u32,
}

impl Passed {
    /// The most promising first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.margin.total_cmp(&self.margin)
    }
}

/// The question's impacts by term, set at the first use and cleared in the end.
struct Impacts<'a> {
    of: (&'a [u32], &'a [f32]),
    all: &'a mut Vec<f32>,
    set: bool,
}

impl Impacts<'_> {
    fn by_term(&mut self, terms: usize) -> &[f32] {
        if !self.set {
            self.set = true;
            self.all.resize(self.all.len().max(terms), 0.0);
            self.of.0.iter().zip(self.of.1).for_each(|(&t, &x)| self.all[t as usize] = x);
        }
        self.all
    }

    fn clear(self) {
        if self.set {
            self.of.0.iter().for_each(|&t| self.all[t as usize] = 0.0);
        }
    }
}

/// A candidate with its score and what it came from. The greatest is the worst.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub score: f64,
    pub row: u32,
    pub sums: Sums,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

/// The best of the candidates that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Best {
    best: BinaryHeap<Entry>,
    /// Those without a score, ascending in the end: the first `k` of them where fewer than `k` have one, else some.
    pub unknown: Vec<u32>,
    pub shut_out: u32,
}

impl Best {
    pub(crate) fn clear(&mut self) {
        self.best.clear();
        self.unknown.clear();
        self.shut_out = 0;
    }

    /// The score that a candidate must pass.
    fn bar(&self, k: usize) -> Option<f64> {
        if self.best.len() < k { None } else { self.best.peek().map(|worst| worst.score) }
    }

    fn push(&mut self, k: usize, entry: Entry) {
        if self.best.len() < k {
            self.best.push(entry);
        } else if let Some(mut worst) = self.best.peek_mut()
            && entry < *worst
        {
            *worst = entry;
        }
    }

    /// Keeps the first `k`, looking rarely.
    fn push_unknown(&mut self, k: usize, row: u32) {
        self.unknown.push(row);
        if self.unknown.len() >= k.saturating_mul(2).saturating_add(4 * CHUNK) {
            order::first_by(&mut self.unknown, k, u32::cmp);
            self.unknown.truncate(k);
        }
    }

    /// Best first. Takes what is there; the memory stays.
    pub(crate) fn sorted(&mut self, then: impl FnOnce(&[Entry])) {
        let mut entries = std::mem::take(&mut self.best).into_vec();
        order::in_place_by(&mut entries, Entry::cmp);
        then(&entries);
        entries.clear();
        self.best = entries.into();
    }
}

/// Keeps the first `k`, in any order.
fn keep_first<T>(items: &mut Vec<T>, k: usize, cmp: impl FnMut(&T, &T) -> Ordering) {
    if items.len() > k {
        order::first_by(items, k, cmp);
        items.truncate(k);
    }
}

impl Matcher {
    /// Looks at all candidates for the best `k` of each query; the queries are of one side.
    pub(crate) fn look(&self, queries: &[Query], k: usize, s: &mut Scratch, best: &mut [Best]) {
        let Some(side) = queries.first().map(|q| q.candidates()) else { return };
        best.iter_mut().for_each(Best::clear);
        let candidates = self.candidates(side);
        s.plans.clear();
        s.weights.resize_with(s.weights.len().max(queries.len()), Default::default);
        for (&query, weights) in queries.iter().zip(&mut s.weights) {
            weights.set(query.terms(), candidates);
            s.plans.push(Plan::new(query, self, weights));
        }
        s.tables.resize_with(s.tables.len().max(queries.len()), Default::default);
        for ((&query, plan), tables) in queries.iter().zip(&s.plans).zip(&mut s.tables) {
            plan.tabulate(query, &self.snapshot().data, candidates, tables);
        }
        let semantic = self.weights()[Signal::Semantic as usize] > 0.0;
        if semantic {
            s.asked.resize_with(s.asked.len().max(queries.len()), Default::default);
            queries.iter().zip(&mut s.asked).for_each(|(&query, asked)| ask(query, asked));
        }
        // Texts of a query's own language come first, as they raise the bar; meanings are had of all queries at once.
        let sweeps: &[Option<bool>] = if semantic { &[None] } else { &[Some(true), Some(false)] };
        for (sweep, block) in sweeps.iter().flat_map(|sweep| candidates.blocks.iter().map(move |b| (sweep, b))) {
            let values = if semantic { queries.len() } else { 1 } * block.width;
            // Without the signal they stay unknown.
            s.meaning.resize(s.meaning.len().max(values), UNKNOWN);
            if semantic {
                meanings(&s.asked[..queries.len()], block, &mut s.meaning[..values]);
            }
            for (i, (&query, best)) in queries.iter().zip(&mut *best).enumerate() {
                let own = block.main_languages & s.plans[i].languages != 0;
                if sweep.is_none_or(|sweep| sweep == own) {
                    self.look_at(query, i, block, k, s, best);
                }
            }
        }
        best.iter_mut().for_each(|best| order::in_place_by(&mut best.unknown, u32::cmp));
    }

    /// Looks at a block's candidates; `n` is the question's number.
    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32; else a bound, see the slack")]
    fn look_at(&self, query: Query, n: usize, block: &Block, k: usize, s: &mut Scratch, best: &mut Best) {
        self.bound(query, n, block, s, best);
        let (data, width) = (&*self.snapshot().data, block.width);
        let meaning = if self.weights()[Signal::Semantic as usize] > 0.0 { n * width } else { 0 };
        let bounds = Bounds {
            plan: s.plans[n],
            block,
            text: &s.text,
            skills: &s.skills.shares[..width],
            meaning: &s.meaning[meaning..meaning + width],
            wishes: &s.wishes.values,
            tables: s.plans[n].tables(query, data, self.candidates(query.candidates()), &s.tables[n]),
        };
        widest(Tops(&bounds, &mut s.tops));
        // Chunks that may have somebody, and first among them the `k` that promise most: the sooner the good ones are
        // seen, the fewer are scored.
        let bar = best.bar(k);
        let t = bar.unwrap_or(0.0) as f32;
        let least_text = if bar.is_some() { bounds.least_text(t) } else { UNKNOWN };
        s.order.clear();
        for (n, top) in s.tops.iter().enumerate().filter(|(_, top)| top.text() >= least_text) {
            let most = bounds.most(t, n, top);
            if bar.is_none() || most > 0.0 {
                s.order.push((most, n as u32));
            }
        }
        s.likely.clone_from(&s.order);
        keep_first(&mut s.likely, k, |a, b| b.0.total_cmp(&a.0));
        let mut impacts = Impacts { of: query.terms(), all: &mut s.impacts, set: false };
        for first in [true, false] {
            let bar = best.bar(k);
            let chunks = if first { &s.likely } else { &s.order };
            let t = bar.map(|t| t as f32);
            widest(Look { bounds: &bounds, t, chunks, tops: &s.tops, seen: &mut s.seen });
            s.passed.clear();
            for seen in &s.seen {
                let mut passed = seen.passed;
                while passed != 0 {
                    let i = passed.trailing_zeros() as usize;
                    passed &= passed - 1;
                    let at = seen.n as usize * CHUNK + i;
                    if s.shut[at] {
                        continue;
                    }
                    if !bounds.evident(at) {
                        // No evidence, no score.
                        if bar.is_none() && !first {
                            best.push_unknown(k, block.rows[at]);
                        }
                        continue;
                    }
                    let margin = bounds.margin(t.unwrap_or(0.0), at, &s.tops[seen.n as usize], seen.margins[i]);
                    if margin > 0.0 || bar.is_none() {
                        s.passed.push(Passed { margin, at: at as u32 });
                    }
                }
            }
            if first {
                keep_first(&mut s.passed, k, Passed::cmp);
            }
            // The best first, so that the bar rises soon.
            order::in_place_by(&mut s.passed, Passed::cmp);
            for &Passed { at, .. } in &s.passed {
                s.shut[at as usize] = true;
                self.score_one(query, at as usize, &bounds, k, &mut impacts, best);
            }
        }
        impacts.clear();
    }

    /// What can be had in bulk of a block's candidates, and who is shut out.
    fn bound(&self, query: Query, n: usize, block: &Block, s: &mut Scratch, best: &mut Best) {
        let (data, plan, width) = (&*self.snapshot().data, &s.plans[n], block.width);
        s.text.clear(width);
        if plan.text > 0.0 {
            block.terms.sum(block.number, &s.weights[n], &mut s.text);
        }
        let musts = self.config().gates.contains(&Gate::Musts);
        if self.needs_skills() {
            skill_bounds(query, data, block, plan.share, musts, &mut s.skills);
        } else {
            s.skills.shares.resize(s.skills.shares.len().max(width), 0.0);
        }
        s.wishes.values.clear();
        if let Query::Profile(p, row) = query
            && plan.wishes > 0.0
        {
            wish_bounds((p, row), data, block, &mut s.wishes);
        }
        s.shut.clear();
        s.shut.resize(block.rows.len(), false);
        // Nobody stands where a chunk is not full.
        s.shut.resize(width, true);
        if !self.config().gates.is_empty() {
            best.shut_out += self.shut_out(query, block, &s.skills.missing, &mut s.shut);
        }
    }

    /// Scores a candidate that may be among the best, if it still may.
    #[expect(clippy::cast_possible_truncation, reason = "a bound, see the slack")]
    fn score_one(&self, query: Query, at: usize, bounds: &Bounds, k: usize, impacts: &mut Impacts, best: &mut Best) {
        let data = &*self.snapshot().data;
        let on = |signal: Signal| self.weights()[signal as usize] > 0.0;
        let (row, bar) = (bounds.block.rows[at], best.bar(k));
        let pair = query.pair(data, row as usize);
        let mut sums = Sums::NONE;
        if let Some(t) = bar
            && !bounds.plan.may_pass(t as f32, &pair, bounds.candidate(at), &mut sums)
        {
            return;
        }
        if on(Signal::Text) {
            let impacts = impacts.by_term(data.terms.len());
            (sums.text, sums.told) = pair.exact_sum(data.common(query.candidates()), row as usize, impacts);
        }
        if self.needs_skills() {
            pair.add_needs(&mut sums);
        }
        if on(Signal::Wishes) && bar.is_none() {
            pair.add_wishes(&mut sums);
        }
        match self.score(&pair, &sums).score {
            Some(score) => best.push(k, Entry { score, row, sums }),
            None => best.push_unknown(k, row),
        }
    }

    /// Tells whom a gate shuts out, and counts them.
    fn shut_out(&self, query: Query, block: &Block, missing: &[f32], shut: &mut [bool]) -> u32 {
        let data = &*self.snapshot().data;
        for &gate in &self.config().gates {
            for (at, (shut, &row)) in shut.iter_mut().zip(&block.rows).enumerate().filter(|(_, (shut, _))| !**shut) {
                let pair = query.pair(data, row as usize);
                *shut = if gate == Gate::Musts {
                    pair.profile_speaks() && (missing[at] > 0.0 || pair.lacks_musts())
                } else {
                    pair.fails(gate, &Sums::NONE)
                };
            }
        }
        shut[..block.rows.len()].iter().map(|&s| u32::from(s)).sum()
    }

    /// Whether ranking adds up what meets the requirements.
    pub(crate) fn needs_skills(&self) -> bool {
        self.weights()[Signal::Skills as usize] > 0.0 || self.config().gates.contains(&Gate::Musts)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    //! In tests a block is of 8 candidates and a chunk of 4, so that small pools have many of both.
    use crate::{
        Challenge, Direction, ErrorKind, Gate, Match, MatchConfig, Matcher, Profile, Ranking, Settings, Signal,
        Snapshot, Taxonomy,
    };
    use serde_json::{Value, json};
    use std::collections::BTreeMap;
    use std::ops::ControlFlow;

    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
        fn some<T: Clone>(&mut self, most: u64, of: &[T]) -> Vec<T> {
            (0..self.below(most + 1)).map(|_| of[self.below(of.len() as u64) as usize].clone()).collect()
        }
        fn or_none(&mut self, value: Value) -> Value {
            if self.below(2) == 0 { Value::Null } else { value }
        }
        /// What both sides have, and what is the same in each of its kinds.
        fn document(&mut self, id: String) -> Value {
            const WORDS: [&str; 12] = [
                "leivon leipää.",
                "hitsata terästä.",
                "en osaa siivota.",
                "siivous",
                "jag bakar bröd.",
                "svetsning",
                "I bake bread.",
                "we need cooking",
                "sewing.",
                "kassakone",
                "Я работала учителем",
                "ja the och",
            ];
            let languages = self.some(1, &["fi", "sv"]);
            let levels = ["A2", "B2", "C2"];
            let languages: Vec<Value> =
                (languages.iter()).map(|l| json!({"language": l, "level": levels[self.below(3) as usize]})).collect();
            let place = [
                json!({"name": "Turku"}),
                json!({"latitude": 60.45, "longitude": 22.27}),
                json!({"latitude": 60.8, "longitude": 21.4, "radius_km": 40}),
                json!({"name": "Salo", "remote": true}),
            ][self.below(4) as usize]
                .clone();
            let time = [json!({"hours_per_week": 20}), json!({"from": "2026-03-01", "until": "2026-04-15"})];
            let time = time[self.below(2) as usize].clone();
            let vector: Vec<f64> = (0..6).map(|_| self.below(7) as f64 - 3.5).collect();
            let text = self.some(5, &WORDS).join(" ");
            json!({
                "id": id, "text": text, "languages": languages, "place": self.or_none(place),
                "time": self.or_none(time), "vectors": self.or_none(json!({"model": "m", "document": vector})),
            })
        }
    }

    fn put(document: &mut Value, key: &str, value: Value) {
        document.as_object_mut().unwrap().insert(key.into(), value);
    }

    /// `time` under its name for the side, and nothing where nothing is said.
    fn ready<T: serde::de::DeserializeOwned>(mut document: Value, time: &str) -> T {
        let all = document.as_object_mut().unwrap();
        let value = all.remove("time").unwrap();
        all.insert(time.into(), value);
        all.retain(|_, v| !v.is_null());
        serde_json::from_value(document).unwrap()
    }

    fn pool(dice: &mut Dice, people: u64, problems: u64, uris: &[String]) -> (Vec<Profile>, Vec<Challenge>) {
        let statuses = ["stated", "confirmed", "rejected"];
        let routes = ["workshop", "employment"];
        // Copies make ties.
        let seeds: Vec<u64> = (0..3).map(|_| dice.below(1 << 30)).collect();
        let profiles = (0..people).map(|i| {
            let mut own = Dice(if dice.below(3) == 0 { seeds[dice.below(3) as usize] } else { dice.below(1 << 40) });
            let d = &mut own;
            let mut document = d.document(format!("p{i}"));
            let skills = d.some(3, uris);
            let skills: Vec<Value> = (skills.iter())
                .map(|u| json!({"concept": u, "status": statuses[d.below(3) as usize], "level": 1 + d.below(5)}))
                .collect();
            let wishes = d.some(2, uris);
            let wishes: Vec<Value> = wishes.iter().map(|u| json!({"concept": u, "avoid": d.below(2) == 0})).collect();
            put(&mut document, "skills", skills.into());
            put(&mut document, "wishes", wishes.into());
            put(&mut document, "routes", d.some(1, &routes).into());
            ready(document, "availability")
        });
        let profiles = profiles.collect();
        let challenges = (0..problems).map(|i| {
            let mut own = Dice(if dice.below(3) == 0 { seeds[dice.below(3) as usize] } else { dice.below(1 << 40) });
            let d = &mut own;
            let mut document = d.document(format!("c{i}"));
            let needs = d.some(3, uris);
            let importance = ["must", "should", "nice"];
            let needs: Vec<Value> = (needs.iter())
                .map(|u| json!({"concept": u, "importance": importance[d.below(3) as usize], "level": 1 + d.below(5)}))
                .collect();
            put(&mut document, "requirements", needs.into());
            put(&mut document, "title", "x".into());
            put(&mut document, "route", d.some(1, &routes).first().map_or(Value::Null, |&r| r.into()));
            ready(document, "period")
        });
        (profiles, challenges.collect())
    }

    /// By explaining one pair after another.
    fn naive(m: &Matcher, pairs: &[(String, String)], k: usize) -> (Vec<(String, String, Option<u64>)>, u32) {
        let mut shut_out = 0;
        let mut scored: Vec<(Option<f64>, String, String)> = Vec::new();
        for (p, c) in pairs {
            let e = m.explain(p, c).unwrap();
            if e.gates.iter().any(|g| m.config().gates.contains(g)) {
                shut_out += 1;
            } else {
                scored.push((e.score, p.clone(), c.clone()));
            }
        }
        // Stable, and the pairs are in the order of ids. Nothing is less than a score.
        scored.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap());
        (scored.into_iter().take(k).map(|(s, p, c)| (p, c, s.map(f64::to_bits))).collect(), shut_out)
    }

    fn plain(matches: &[Match]) -> Vec<(String, String, Option<u64>)> {
        matches.iter().map(|m| (m.profile.clone(), m.challenge.clone(), m.score.map(f64::to_bits))).collect()
    }

    fn same(m: &Matcher, k: usize, threads: &rayon::ThreadPool) {
        let snapshot = m.snapshot();
        let ids = |side| snapshot.ids(side).map(str::to_owned).collect::<Vec<String>>();
        let (people, problems) = (ids(crate::Side::Profiles), ids(crate::Side::Challenges));
        for direction in [Direction::ProfilesToChallenges, Direction::ChallengesToProfiles] {
            let all = threads.install(|| m.match_all(direction, k)).unwrap();
            let (from, to) = match direction {
                Direction::ProfilesToChallenges => (&people, &problems),
                Direction::ChallengesToProfiles => (&problems, &people),
            };
            assert_eq!(all.len(), from.len());
            let mut parts = Vec::new();
            let go_on = |_, _| ControlFlow::Continue(());
            let sink = |part: Vec<Ranking>| {
                assert!(part.len() <= 3);
                parts.extend(part);
                ControlFlow::Continue(())
            };
            threads.install(|| m.match_all_batches(direction, k, 3, &go_on, sink)).unwrap();
            assert_eq!(parts, all);
            let table = threads.install(|| m.match_all_table(direction, k, &go_on)).unwrap();
            let matches: Vec<&Match> = all.iter().flat_map(|r| &r.matches).collect();
            assert_eq!([table.profiles.len(), table.ranks.len(), table.scores.len()], [matches.len(); 3]);
            for (i, x) in matches.into_iter().enumerate() {
                let (p, c) = (table.profiles[i] as usize, table.challenges[i] as usize);
                assert_eq!((&people[p], &problems[c], table.ranks[i]), (&x.profile, &x.challenge, x.rank));
                assert_eq!(Some(table.scores[i]).filter(|s| !s.is_nan()).map(f64::to_bits), x.score.map(f64::to_bits));
            }
            for (ranking, q) in all.iter().zip(from) {
                let pair = |x: &String| match direction {
                    Direction::ProfilesToChallenges => (q.clone(), x.clone()),
                    Direction::ChallengesToProfiles => (x.clone(), q.clone()),
                };
                let (matches, shut_out) = naive(m, &to.iter().map(pair).collect::<Vec<_>>(), k);
                assert_eq!((plain(&ranking.matches), ranking.shut_out), (matches, shut_out), "{q}, {:?}", m.config());
                let one = match direction {
                    Direction::ProfilesToChallenges => m.challenges_for(q, k),
                    Direction::ChallengesToProfiles => m.profiles_for(q, k),
                };
                assert_eq!(&one.unwrap(), ranking);
                for x in &ranking.matches {
                    let e = m.explain(&x.profile, &x.challenge).unwrap();
                    let values: BTreeMap<_, _> = e.contributions.iter().map(|c| (c.signal, c.value)).collect();
                    assert_eq!((&x.signals, x.known, &x.gates, x.unknown), (&values, e.known, &e.gates, e.unknown));
                }
            }
        }
    }

    #[test]
    fn rankings_are_those_of_explaining_every_pair() {
        let starter = Taxonomy::starter();
        let uris: Vec<String> = starter.concepts().iter().take(25).map(|c| c.uri.clone()).collect();
        let without = starter.clone().with_map(None);
        let pools = [1, 3].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap());
        let mut dice = Dice(7);
        let sizes = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 23];
        for round in 0..2_000_usize {
            let [people, problems] = [0; 2].map(|_| sizes[dice.below(sizes.len() as u64) as usize]);
            let (profiles, challenges) = pool(&mut dice, people, problems, &uris);
            let taxonomy = if round % 50 == 0 { &starter } else { &without };
            let settings =
                if round % 2 == 0 { Settings::default() } else { Settings { subwords: None, ..Settings::default() } };
            let snapshot = Snapshot::compile(taxonomy, profiles, challenges, settings).unwrap();
            let mut config = MatchConfig::default();
            if round % 3 > 0 {
                // Any weights; an eighth of the signals is off.
                config.weights = Signal::ALL.into_iter().map(|s| (s, dice.below(8) as f64)).collect();
                config.weights.insert(Signal::ALL[dice.below(7) as usize], 1.0);
            }
            if round % 4 == 0 {
                config.gates = dice.some(2, &Gate::ALL);
            }
            let k = [1, 2, 3, 5, 10, 100][dice.below(6) as usize];
            same(&Matcher::new(snapshot, config).unwrap(), k, &pools[round % 2]);
        }
    }

    #[test]
    fn batches_stop_when_told_and_come_from_threads_of_ones_own() {
        let starter = Taxonomy::starter().with_map(None);
        let (profiles, challenges) = pool(&mut Dice(3), 40, 9, &[starter.concepts()[0].uri.clone()]);
        let snapshot = Snapshot::compile(&starter, profiles, challenges, Settings::default()).unwrap();
        let m = Matcher::new(snapshot, MatchConfig::default()).unwrap();
        let (direction, go_on) = (Direction::ProfilesToChallenges, |_: usize, _: usize| ControlFlow::Continue(()));
        let mut seen = 0;
        let stopped = m.match_all_batches(direction, 2, 7, &go_on, |part| {
            seen += part.len();
            if seen < 20 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert_eq!((stopped.unwrap_err().kind(), seen), (ErrorKind::Cancelled, 21));
        let early = |done, all| if done < 5 && all == 40 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        assert_eq!(m.match_all_table(direction, 2, &early).unwrap_err().kind(), ErrorKind::Cancelled);
        for (batch, k, path) in [(0, 1, "/batch"), (1, 0, "/k")] {
            let error = m.match_all_batches(direction, k, batch, &go_on, |_| ControlFlow::Continue(())).unwrap_err();
            assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidInput, path));
        }
        assert_eq!(m.with_threads(0).unwrap_err().path(), "/threads");
        let own = m.with_threads(2).unwrap();
        assert_eq!(own.match_all(direction, 3).unwrap(), m.match_all(direction, 3).unwrap());
    }
}
