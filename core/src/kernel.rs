//! Which of very many candidates can be among the best, at little more than what adding up postings costs.
//!
//! Candidates come in blocks whose sums stay in a core's own cache. For all of a block the strong signals are had in
//! bulk: text sums in `f32` over postings, requirements met through the graph, cosines over contiguous rows. From them
//! follows a bound of the score, and only the few candidates above the worst of the best `k` so far are scored, by
//! [`Matcher::score`], the function that also explains. So every answer is exact to the bit.
//!
//! The bound. A score is `sum w v / sum w` over the known signals, so it is above a threshold `t` where
//! `sum w (v - t)` over the known signals is above 0, which needs no division and lets each signal be bounded alone:
//! - a signal of circumstance adds at most `w (1 - t)`, and nothing if it is unknown;
//! - text adds `w (v - t)` or, if it may be unknown, at most the larger of this and 0. Its `f32` sum of `n` products of
//!   positive numbers is wrong by less than `n + 1` roundings, a share of `(n + 1) 2^-24`; twice that is added;
//! - all else (roundings of shares, weights and values, all of which lie in [0, 1]) is below [`SLACK`].
//!
//! So whoever is passed over has a score below the `k`-th best; ties pass and go by id. Chunks of candidates that
//! promise most are looked at first, which changes nothing but how many are scored.

use crate::matcher::Matcher;
use crate::model::Side;
use crate::signal::{
    Gate, Known, Met, Pair, Query, Signal, Sums, TEXT_HALF, UNKNOWN, meanings, rough_sums, skill_sums,
};
use crate::snapshot::{Challenges, Data, NO_DAY, NONE, Profiles};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Candidates of one block: their sums in `f32` fill a quarter of an L2 cache of 1 MB.
pub(crate) const BLOCK: usize = if cfg!(test) { 8 } else { 65_536 };
/// Candidates that are looked at together; a block is a multiple of it.
const CHUNK: usize = if cfg!(test) { 4 } else { 64 };
/// More than all roundings of a margin in `f32`: some twenty operations with numbers up to 1, each wrong by 2^-24.
const SLACK: f32 = 1e-5;

/// What does not change between questions about one side's candidates.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// What makes a text sum a share beside the query's part of it; 0 where the text is never known.
    factors: Vec<f32>,
    /// The languages of texts that can be known.
    languages: Vec<u32>,
    /// 1 where the skills can be known, else 0.
    skills: Vec<f32>,
    /// What makes a sum of requirements a share beside the query's part of it.
    shares: Vec<f32>,
    known: Known,
    /// The least impact of a term.
    least: f32,
}

impl Candidates {
    /// Cost: a look at each candidate and at each of its terms.
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    pub(crate) fn new(data: &Data, side: Side) -> Self {
        let (p, c) = (&data.profiles, &data.challenges);
        let common = data.common(side);
        let n = common.len();
        let padded = n.next_multiple_of(CHUNK);
        let (mut factors, mut languages) = (vec![0.0; padded], vec![0; padded]);
        let (mut skills, mut shares) = (vec![0.0; padded], vec![0.0; padded]);
        for i in 0..n {
            let (text, by_needs) = match side {
                Side::Profiles => (f64::from(u8::from(p.common.words[i] > 0)), speaks(p, i)),
                Side::Challenges => (share(c.most[i]), share(needs(c, i))),
            };
            if text > 0.0 {
                (factors[i], languages[i]) = (text as f32, u32::from(common.languages[i]));
            }
            (skills[i], shares[i]) = (if by_needs > 0.0 { 1.0 } else { 0.0 }, by_needs as f32);
        }
        Self { factors, languages, skills, shares, known: Known::new(common), least: least(&common.impacts) }
    }
}

fn share(most: f64) -> f64 {
    if most > 0.0 { 1.0 / most } else { 0.0 }
}

fn speaks(p: &Profiles, row: usize) -> f64 {
    f64::from(u8::from(p.common.words[row] > 0 || !p.claim_lists.range(row).is_empty()))
}

fn needs(c: &Challenges, row: usize) -> f64 {
    c.need_weights[c.need_lists.range(row)].iter().sum()
}

fn least(impacts: &[f32]) -> f32 {
    impacts.iter().fold(f32::MAX, |least, &x| least.min(x))
}

/// A question's part of the bound.
struct Plan {
    /// Weights, their sum 1; 0 for a signal that is off or unknown to the query.
    text: f32,
    skills: f32,
    semantic: f32,
    /// Of wishes, language, place and time.
    rest: f32,
    /// The query's part of the share that a text sum, and a sum of requirements, is.
    factor: f32,
    share: f64,
    languages: u32,
    /// A text sum of 0 says that no term is shared.
    normal: bool,
}

impl Plan {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a bound; see the slack")]
    fn new(query: Query, weights: &[f64; 7], candidates: &Candidates) -> Self {
        let all = weights.iter().fold(0.0, |sum, w| sum + w);
        let weight = |signal: Signal, known: bool| if known { weights[signal as usize] / all } else { 0.0 };
        let (common, row) = query.document();
        let (text, skills, wishes, dated) = match query {
            Query::Profile(p, i) => {
                let dated = common.from[i] != NO_DAY || common.until[i] != NO_DAY;
                (f64::from(u8::from(common.words[i] > 0)), speaks(p, i), !p.wish_lists.range(i).is_empty(), dated)
            }
            Query::Challenge(c, i) => {
                let dated = common.from[i] != NO_DAY && common.until[i] != NO_DAY;
                (share(c.most[i]), share(needs(c, i)), !c.offer_lists.range(i).is_empty(), dated)
            }
        };
        let time = dated || !common.hours[row].is_nan();
        let place = common.remote[row] == 2 || common.places[row] != NONE || !common.points[3 * row].is_nan();
        let language = !common.skill_lists.range(row).is_empty();
        let rest = weight(Signal::Wishes, wishes)
            + weight(Signal::Language, language)
            + weight(Signal::Place, place)
            + weight(Signal::Time, time);
        let (terms, impacts) = query.terms();
        let rounding = 1.0 + 2.0 * (terms.len() as f64 + 1.0) * f64::from(f32::EPSILON);
        Self {
            text: weight(Signal::Text, text > 0.0) as f32,
            skills: weight(Signal::Skills, skills > 0.0) as f32,
            share: skills,
            semantic: weight(Signal::Semantic, true) as f32,
            rest: rest as f32,
            factor: (text * rounding) as f32,
            languages: u32::from(common.languages[row]),
            normal: f64::from(least(impacts)) * f64::from(candidates.least) > f64::from(f32::MIN_POSITIVE),
        }
    }

    /// What text can add to a margin above `t`: see the module.
    #[inline(always)]
    fn by_text(&self, t: f32, text: f32, factor: f32, languages: u32) -> f32 {
        const HALF: f32 = TEXT_HALF as f32;
        let share = text * factor * self.factor;
        // In this form what is not a number counts as 1.
        let share = if share < 1.0 { share } else { 1.0 };
        let margin = self.text * (share * (1.0 + HALF) / (share + HALF) - t);
        // Known for certain where the languages meet; else perhaps unknown.
        let least = if languages & self.languages == 0 { 0.0 } else { -1.0 };
        if margin > least { margin } else { least }
    }

    #[inline(always)]
    fn by_skills(&self, t: f32, value: f32, known: f32) -> f32 {
        self.skills * (value - t * known)
    }

    #[inline(always)]
    fn by_meaning(&self, t: f32, value: f32) -> f32 {
        if value == UNKNOWN { 0.0 } else { self.semantic * (value - t) }
    }

    /// About how good the best of a chunk is: the sooner the good ones are seen, the fewer are scored.
    #[inline(always)]
    fn promise(&self, chunk: &Chunk) -> f32 {
        let mut promises = [0.0_f32; CHUNK];
        for (i, promise) in promises.iter_mut().enumerate() {
            // A text share of a third is as good as any.
            let text = 3.0 * self.text * chunk.text[i] * chunk.factors[i] * self.factor;
            *promise = text + self.skills * chunk.skills[i] + self.semantic * chunk.meaning[i];
        }
        promises.iter().fold(0.0, |most, &p| if p > most { p } else { most })
    }

    /// Bounds of what text, skills and meaning add to margins above `t`, of the candidates of a chunk. One loop a
    /// signal over arrays of one length, so that they become SIMD.
    #[inline(always)]
    fn margins(&self, t: f32, chunk: &Chunk) -> [f32; CHUNK] {
        let mut margins = [self.rest * (1.0 - t) + SLACK; CHUNK];
        if self.text > 0.0 {
            for (i, margin) in margins.iter_mut().enumerate() {
                *margin += self.by_text(t, chunk.text[i], chunk.factors[i], chunk.languages[i]);
            }
        }
        if self.skills > 0.0 {
            for (i, margin) in margins.iter_mut().enumerate() {
                *margin += self.by_skills(t, chunk.skills[i], chunk.asks[i]);
            }
        }
        if self.semantic > 0.0 {
            for (i, margin) in margins.iter_mut().enumerate() {
                *margin += self.by_meaning(t, chunk.meaning[i]);
            }
        }
        margins
    }
}

/// What is had in bulk of some candidates that stand together.
struct Chunk<'a> {
    text: &'a [f32; CHUNK],
    skills: &'a [f32; CHUNK],
    meaning: &'a [f32; CHUNK],
    factors: &'a [f32; CHUNK],
    languages: &'a [u32; CHUNK],
    asks: &'a [f32; CHUNK],
}

/// What a thread needs to look at a block, used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    text: Vec<f32>,
    meaning: Vec<f32>,
    /// Values of the skills signal, all zero between blocks as `met` and `weights` are.
    skills: Vec<f32>,
    met: Met,
    weights: Vec<f32>,
    /// Chunks, those that promise most first.
    order: Vec<(f32, u32)>,
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
    /// Those without a score, in no order: all of them where fewer than `k` have one, else some.
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

    /// Best first. Takes what is there; the memory stays.
    pub(crate) fn sorted(&mut self, then: impl FnOnce(&[Entry])) {
        let mut entries = std::mem::take(&mut self.best).into_vec();
        entries.sort_unstable();
        then(&entries);
        entries.clear();
        self.best = entries.into();
    }
}

impl Matcher {
    /// Looks at all candidates for the best `k` of each query; the queries are of one side.
    pub(crate) fn look(&self, queries: &[Query], k: usize, s: &mut Scratch, best: &mut [Best]) {
        let Some(side) = queries.first().map(|q| q.candidates()) else { return };
        best.iter_mut().for_each(Best::clear);
        let (data, candidates) = (&*self.snapshot().data, self.candidates(side));
        let n = data.common(side).len();
        for first in (0..n).step_by(BLOCK) {
            let block = first..n.min(first + BLOCK);
            let width = block.len().next_multiple_of(CHUNK);
            if self.weights()[Signal::Semantic as usize] > 0.0 {
                s.meaning.resize(s.meaning.len().max(width * queries.len()), UNKNOWN);
                meanings(queries, data, &candidates.known, &block, width, &mut s.meaning[..width * queries.len()]);
            } else {
                s.meaning.resize(s.meaning.len().max(width), UNKNOWN);
            }
            for (i, (&query, best)) in queries.iter().zip(&mut *best).enumerate() {
                self.look_at(query, i * width, &block, k, s, best);
            }
        }
        best.iter_mut().for_each(|best| best.unknown.sort_unstable());
    }

    /// Looks at a block's candidates, whose meanings are had and begin at `meaning`.
    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32; else a bound, see the slack")]
    fn look_at(&self, query: Query, meaning: usize, block: &Range<usize>, k: usize, s: &mut Scratch, best: &mut Best) {
        let (data, weights) = (&*self.snapshot().data, self.weights());
        let gates = &self.config().gates;
        let on = |signal: Signal| weights[signal as usize] > 0.0;
        let side = query.candidates();
        let (common, candidates) = (data.common(side), self.candidates(side));
        let plan = Plan::new(query, weights, candidates);
        let width = block.len().next_multiple_of(CHUNK);
        s.text.resize(s.text.len().max(width), 0.0);
        s.skills.resize(s.skills.len().max(width), 0.0);
        if on(Signal::Text) {
            s.text[..width].fill(0.0);
            rough_sums(query, data, block, &mut s.text);
            s.weights.resize(s.weights.len().max(data.terms.len()), 0.0);
            let (terms, impacts) = query.terms();
            terms.iter().zip(impacts).for_each(|(&t, &x)| s.weights[t as usize] = x);
        }
        if self.needs_skills() {
            skill_sums(query, data, block.clone(), &mut s.met);
            for &at in &s.met.touched {
                let at = at as usize;
                let value = (s.met.sums[at].0 * plan.share) as f32 * candidates.shares[block.start + at];
                // Above 0 where the sum is, however small.
                let value = if value < 1.0 { value.max(f32::MIN_POSITIVE) } else { 1.0 };
                s.skills[at] = value * candidates.skills[block.start + at];
            }
        }
        let whole = block.start..block.start + width;
        let meaning = if on(Signal::Semantic) { &s.meaning[meaning..meaning + width] } else { &s.skills[..width] };
        let (text, skills) = (s.text[..width].as_chunks().0, s.skills[..width].as_chunks().0);
        let (meaning, factors) = (meaning.as_chunks().0, candidates.factors[whole.clone()].as_chunks().0);
        let languages = candidates.languages[whole.clone()].as_chunks().0;
        let asks = candidates.skills[whole].as_chunks().0;
        let chunk = |n: usize| Chunk {
            text: &text[n],
            skills: &skills[n],
            meaning: &meaning[n],
            factors: &factors[n],
            languages: &languages[n],
            asks: &asks[n],
        };
        s.order.clear();
        s.order.extend((0..width / CHUNK).map(|n| (plan.promise(&chunk(n)), n as u32)));
        if s.order.len() > k {
            s.order.select_nth_unstable_by(k, |a, b| b.0.total_cmp(&a.0));
        }
        for &(_, n) in &s.order {
            let n = n as usize;
            let chunk = chunk(n);
            let first = block.start + n * CHUNK;
            let mut margins = best.bar(k).map_or([1.0; CHUNK], |t| plan.margins(t as f32, &chunk));
            if !gates.is_empty() {
                // Who is shut out is counted.
                margins.iter_mut().for_each(|m| *m = m.max(f32::MIN_POSITIVE));
            }
            if !margins.iter().fold(false, |any, &m| any | (m > 0.0)) {
                continue;
            }
            let mut passed = margins.iter().rev().fold(0_u64, |bits, &m| bits << 1 | u64::from(m > 0.0));
            while passed != 0 {
                let i = passed.trailing_zeros() as usize;
                passed &= passed - 1;
                let row = first + i;
                if row >= block.end {
                    break;
                }
                let pair = query.pair(data, row);
                let (met, musts) = s.met.sums.get(row - block.start).copied().unwrap_or_default();
                let mut sums = Sums { met, musts, ..Sums::NONE };
                if gates.iter().any(|&g| pair.fails(g, &sums)) {
                    best.shut_out += 1;
                    continue;
                }
                if let Some(t) = best.bar(k) {
                    let no_meaning = !on(Signal::Semantic) || chunk.meaning[i] < 0.0;
                    if plan.normal && no_meaning && chunk.text[i] == 0.0 && chunk.skills[i] == 0.0 {
                        // No evidence, no score; and enough others have one.
                        continue;
                    }
                    let t32 = t as f32;
                    let strong = plan.by_text(t32, chunk.text[i], chunk.factors[i], chunk.languages[i])
                        + plan.by_skills(t32, chunk.skills[i], chunk.asks[i])
                        + plan.by_meaning(t32, chunk.meaning[i]);
                    if strong + SLACK + self.circumstances(&pair, t) <= 0.0 {
                        continue;
                    }
                }
                if on(Signal::Text) {
                    (sums.text, sums.told) = pair.exact_sum(common, row, &s.weights);
                }
                if on(Signal::Wishes) {
                    pair.add_wishes(&mut sums);
                }
                match self.score(&pair, &sums).score {
                    Some(score) => best.push(k, Entry { score, row: row as u32, sums }),
                    None => best.unknown.push(row as u32),
                }
            }
        }
        for at in s.met.touched.drain(..) {
            s.met.sums[at as usize] = (0.0, 0);
            s.skills[at as usize] = 0.0;
        }
        if on(Signal::Text) {
            query.terms().0.iter().for_each(|&t| s.weights[t as usize] = 0.0);
        }
    }

    /// What language, place and time add to a margin above `t`, and wishes at most.
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    fn circumstances(&self, pair: &Pair, t: f64) -> f32 {
        let weights = self.weights();
        let all = weights.iter().fold(0.0, |sum, w| sum + w);
        let term = |signal: Signal, value: &dyn Fn() -> Option<f64>| {
            let weight = weights[signal as usize];
            if weight > 0.0 { value().map_or(0.0, |v| weight / all * (v - t)) } else { 0.0 }
        };
        let known = term(Signal::Language, &|| pair.language())
            + term(Signal::Place, &|| pair.place())
            + term(Signal::Time, &|| pair.time());
        (known + weights[Signal::Wishes as usize] / all * (1.0 - t)) as f32
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
