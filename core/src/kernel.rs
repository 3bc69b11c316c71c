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

pub(crate) use blocks::{Asked, Block, Candidates, LEVELS, above, claim_of, need_of};

use crate::matcher::Matcher;
use crate::order;
use crate::signal::{Coverage, Gate, Pair, Query, Signal, Sums, TEXT_HALF, UNKNOWN, ask, meanings, skill_bounds};
use crate::snapshot::{NO_DAY, NONE};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Candidates that are looked at together; a block is a multiple of it.
const CHUNK: usize = if cfg!(test) { 4 } else { 32 };
/// More than all roundings of a margin in `f32`: some twenty operations with numbers up to 1, each wrong by 2^-24.
const SLACK: f32 = 1e-5;

/// A question's part of the bound.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Weights, their sum 1; 0 for a signal that is off or unknown to the query.
    text: f32,
    skills: f32,
    semantic: f32,
    /// Of wishes, language, place and time.
    rest: f32,
    wishes: f32,
    language: f32,
    place: f32,
    time: f32,
    /// The query's part of the share that a text sum, and a sum of requirements, is.
    factor: f32,
    share: f64,
    languages: u8,
    /// A text sum of 0 says that no term is shared.
    normal: bool,
}

impl Plan {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a bound; see the slack")]
    fn new(query: Query, matcher: &Matcher, candidates: &Candidates) -> Self {
        let (data, weights) = (&*matcher.snapshot().data, matcher.weights());
        let all = weights.iter().fold(0.0, |sum, w| sum + w);
        let weight = |signal: Signal, known: bool| if known { weights[signal as usize] / all } else { 0.0 };
        let (common, row) = query.document();
        let (text, skills, wishes, dated) = match query {
            Query::Profile(p, i) => {
                let dated = common.from[i] != NO_DAY || common.until[i] != NO_DAY;
                (blocks::told_by_profile(p, i), blocks::speaks(p, i), !p.wish_lists.range(i).is_empty(), dated)
            }
            Query::Challenge(c, i) => {
                let dated = common.from[i] != NO_DAY && common.until[i] != NO_DAY;
                (blocks::told_by_challenge(c, i), blocks::asked(c, i), !c.offer_lists.range(i).is_empty(), dated)
            }
        };
        let time = dated || !common.hours[row].is_nan();
        let place = common.remote[row] == 2 || common.places[row] != NONE || !common.points[3 * row].is_nan();
        let language = !common.skill_lists.range(row).is_empty();
        let wishes = weight(Signal::Wishes, wishes);
        let language = weight(Signal::Language, language);
        let place = weight(Signal::Place, place);
        let time = weight(Signal::Time, time);
        let (terms, impacts) = query.terms();
        let rounding = 1.0 + 2.0 * (terms.len() as f64 + 1.0) * f64::from(f32::EPSILON);
        let least = impacts.iter().fold(f32::MAX, |least, &x| least.min(x));
        let vectors = data.common(query.candidates());
        Self {
            text: weight(Signal::Text, text > 0.0) as f32,
            skills: weight(Signal::Skills, skills > 0.0) as f32,
            share: skills,
            semantic: weight(Signal::Semantic, !vectors.given.is_empty() || !vectors.mapped.is_empty()) as f32,
            rest: (wishes + language + place + time) as f32,
            wishes: wishes as f32,
            language: language as f32,
            place: place as f32,
            time: time as f32,
            factor: (text * rounding) as f32,
            languages: common.languages[row],
            normal: f64::from(least) * f64::from(candidates.least) > f64::from(f32::MIN_POSITIVE),
        }
    }

    /// What text can add to a margin above `t`: see the module. `known`: for certain, if there is to be a score.
    #[inline(always)]
    fn by_text(&self, t: f32, text: f32, known: bool) -> f32 {
        const HALF: f32 = TEXT_HALF as f32;
        let share = text * self.factor;
        // In this form what is not a number counts as 1.
        let share = if share < 1.0 { share } else { 1.0 };
        let margin = self.text * (share * (1.0 + HALF) / (share + HALF) - t);
        let least = if known { -1.0 } else { 0.0 };
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

    /// Whether a candidate of a chunk can have a score above `t`: signal after signal is known exactly, the cheap ones
    /// first. Adds the wishes' sums if so.
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    fn may_pass(&self, t: f32, pair: &Pair, chunk: &Chunk, i: usize, sums: &mut Sums) -> bool {
        let (skills, meaning) = (chunk.skills[i], chunk.meaning[i]);
        // Without other evidence there is no score unless the texts meet.
        let known = (chunk.languages[i] & self.languages != 0) | !((skills > 0.0) | (meaning > 0.0));
        let by = |weight: f32, value: Option<f64>| value.map_or(0.0, |v| weight * (v as f32 - t));
        let mut margin = SLACK + self.by_text(t, chunk.text[i], known) + self.by_skills(t, skills, chunk.asks[i]);
        let (mut meaning, mut wishes) = (self.by_meaning(t, meaning), self.wishes * (1.0 - t));
        for (weight, signal) in
            [(self.language, Signal::Language), (self.place, Signal::Place), (self.time, Signal::Time)]
        {
            if weight > 0.0 {
                margin += by(weight, pair.circumstance(signal));
            }
        }
        if margin + meaning + wishes <= 0.0 {
            return false;
        }
        if self.semantic > 0.0 {
            meaning = by(self.semantic, pair.semantic());
            if margin + meaning + wishes <= 0.0 {
                return false;
            }
        }
        if self.wishes > 0.0 {
            pair.add_wishes(sums);
            wishes = by(self.wishes, pair.wishes(sums));
        }
        margin + meaning + wishes > 0.0
    }

    /// About how good the best of a chunk is: the sooner the good ones are seen, the fewer are scored.
    fn promise(&self, top: &Top) -> f32 {
        // A text share of a third is as good as any.
        3.0 * self.text * top.text * self.factor + self.skills * top.skills + self.semantic * top.meaning
    }

    /// A bound of all margins above `t` of a chunk whose texts have some languages in common.
    fn most(&self, t: f32, top: &Top, languages: u8) -> f32 {
        let known = (languages & self.languages != 0) | !((top.skills > 0.0) | (top.meaning > 0.0));
        let meaning = self.by_meaning(t, top.meaning);
        let meaning = if top.unknown { meaning.max(0.0) } else { meaning };
        self.by_text(t, top.text, known)
            + self.by_skills(t, top.skills, top.asks)
            + meaning
            + (self.rest * (1.0 - t) + SLACK)
    }

    /// Bounds of margins above `t` of the candidates of a chunk. One loop a signal over arrays of one length, so that
    /// they become SIMD.
    #[inline(always)]
    fn margins(&self, t: f32, chunk: &Chunk) -> [f32; CHUNK] {
        let mut margins = [self.rest * (1.0 - t) + SLACK; CHUNK];
        if self.text > 0.0 {
            for (i, margin) in margins.iter_mut().enumerate() {
                let known =
                    (chunk.languages[i] & self.languages != 0) | !((chunk.skills[i] > 0.0) | (chunk.meaning[i] > 0.0));
                *margin += self.by_text(t, chunk.text[i], known);
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
    languages: &'a [u8; CHUNK],
    asks: &'a [f32; CHUNK],
}

/// The highest of a chunk.
#[derive(Debug, Clone, Copy)]
struct Top {
    text: f32,
    skills: f32,
    meaning: f32,
    /// The lowest: not all ask for skills.
    asks: f32,
    /// Of some the meaning is unknown.
    unknown: bool,
}

impl Chunk<'_> {
    #[inline(always)]
    fn top(&self, plan: &Plan) -> Top {
        let most = |numbers: &[f32; CHUNK]| numbers.iter().fold(UNKNOWN, |most, &x| if x > most { x } else { most });
        let least = |numbers: &[f32; CHUNK]| numbers.iter().fold(1.0, |least, &x| if x < least { x } else { least });
        let (skills, asks) = if plan.skills > 0.0 { (most(self.skills), least(self.asks)) } else { (0.0, 0.0) };
        let (meaning, lowest) =
            if plan.semantic > 0.0 { (most(self.meaning), least(self.meaning)) } else { (UNKNOWN, UNKNOWN) };
        let text = if plan.text > 0.0 { most(self.text) } else { 0.0 };
        Top { text, skills, meaning, asks, unknown: lowest < 0.0 }
    }
}

/// Sums of a block by the candidates' places.
#[derive(Debug)]
struct TextSums(Box<[f32; 1 << 16]>);

impl Default for TextSums {
    fn default() -> Self {
        // Of the right length, so that there is no other case; an array would come over the stack.
        let sums = vec![0.0; 1 << 16].into_boxed_slice().try_into();
        Self(sums.unwrap_or_else(|_| Box::new([0.0; 1 << 16])))
    }
}

/// What a thread needs to look at a block, used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    plans: Vec<Plan>,
    asked: Vec<[Asked; 2]>,
    text: TextSums,
    meaning: Vec<f32>,
    skills: Coverage,
    /// The question's impacts by term, all zero between questions.
    weights: Vec<f32>,
    tops: Vec<Top>,
    /// Chunks, those that promise most first.
    order: Vec<(f32, u32)>,
    /// Who is shut out by a gate.
    shut: Vec<bool>,
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

impl Matcher {
    /// Looks at all candidates for the best `k` of each query; the queries are of one side.
    pub(crate) fn look(&self, queries: &[Query], k: usize, s: &mut Scratch, best: &mut [Best]) {
        let Some(side) = queries.first().map(|q| q.candidates()) else { return };
        best.iter_mut().for_each(Best::clear);
        let candidates = self.candidates(side);
        s.plans.clear();
        s.plans.extend(queries.iter().map(|&q| Plan::new(q, self, candidates)));
        let semantic = self.weights()[Signal::Semantic as usize] > 0.0;
        if semantic {
            s.asked.resize_with(s.asked.len().max(queries.len()), Default::default);
            queries.iter().zip(&mut s.asked).for_each(|(&query, asked)| ask(query, asked));
        }
        for block in &candidates.blocks {
            let values = if semantic { queries.len() } else { 1 } * block.width;
            // Without the signal they stay unknown.
            s.meaning.resize(s.meaning.len().max(values), UNKNOWN);
            if semantic {
                meanings(&s.asked[..queries.len()], block, &mut s.meaning[..values]);
            }
            for (i, (&query, best)) in queries.iter().zip(&mut *best).enumerate() {
                self.look_at(query, i, block, k, s, best);
            }
        }
        best.iter_mut().for_each(|best| order::in_place_by(&mut best.unknown, u32::cmp));
    }

    /// Looks at a block's candidates; `n` is the question's number.
    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32; else a bound, see the slack")]
    fn look_at(&self, query: Query, n: usize, block: &Block, k: usize, s: &mut Scratch, best: &mut Best) {
        let data = &*self.snapshot().data;
        let plan = s.plans[n];
        let on = |signal: Signal| self.weights()[signal as usize] > 0.0;
        let common = data.common(query.candidates());
        let (width, (terms, impacts)) = (block.width, query.terms());
        if on(Signal::Text) {
            s.text.0[..width].fill(0.0);
        }
        if plan.text > 0.0 {
            terms.iter().zip(impacts).for_each(|(&t, &x)| block.terms.add(t, x, &mut s.text.0, width));
        }
        let (gated, musts) = (!self.config().gates.is_empty(), self.config().gates.contains(&Gate::Musts));
        if self.needs_skills() {
            skill_bounds(query, data, block, plan.share, musts, &mut s.skills);
        } else {
            s.skills.shares.resize(s.skills.shares.len().max(width), 0.0);
        }
        if gated {
            best.shut_out += self.shut_out(query, block, &s.skills.missing, &mut s.shut);
        }
        if on(Signal::Text) {
            s.weights.resize(s.weights.len().max(data.terms.len()), 0.0);
            terms.iter().zip(impacts).for_each(|(&t, &x)| s.weights[t as usize] = x);
        }
        let meaning = if on(Signal::Semantic) { n * width } else { 0 };
        let (text, skills) = (s.text.0[..width].as_chunks().0, s.skills.shares[..width].as_chunks().0);
        let (meaning, asks) = (s.meaning[meaning..meaning + width].as_chunks().0, block.asks.as_chunks().0);
        let languages = block.languages.as_chunks().0;
        let chunk = |n: usize| Chunk {
            text: &text[n],
            skills: &skills[n],
            meaning: &meaning[n],
            languages: &languages[n],
            asks: &asks[n],
        };
        s.tops.clear();
        s.tops.extend((0..width / CHUNK).map(|n| chunk(n).top(&plan)));
        s.order.clear();
        s.order.extend((0..).zip(&s.tops).map(|(n, top)| (plan.promise(top), n)));
        if s.order.len() > k {
            order::first_by(&mut s.order, k, |a, b| b.0.total_cmp(&a.0));
            order::in_place_by(&mut s.order[..k], |a, b| b.0.total_cmp(&a.0));
        }
        for &(_, n) in &s.order {
            let n = n as usize;
            let chunk = chunk(n);
            let margins = match best.bar(k) {
                Some(t) if plan.most(t as f32, &s.tops[n], block.common_languages[n]) <= 0.0 => continue,
                Some(t) => plan.margins(t as f32, &chunk),
                None => [1.0; CHUNK],
            };
            let mut passed = margins.iter().rev().fold(0_u32, |bits, &m| bits << 1 | u32::from(m > 0.0));
            while passed != 0 {
                let i = passed.trailing_zeros() as usize;
                passed &= passed - 1;
                let Some(&row) = block.rows.get(n * CHUNK + i) else { break };
                if gated && s.shut[n * CHUNK + i] {
                    continue;
                }
                let bar = best.bar(k);
                let (text, skills, meaning) = (chunk.text[i], chunk.skills[i], chunk.meaning[i]);
                if plan.normal && text == 0.0 && skills == 0.0 && meaning <= 0.0 {
                    // No evidence, no score.
                    if bar.is_none() {
                        best.push_unknown(k, row);
                    }
                    continue;
                }
                let pair = query.pair(data, row as usize);
                let mut sums = Sums::NONE;
                if let Some(t) = bar
                    && !plan.may_pass(t as f32, &pair, &chunk, i, &mut sums)
                {
                    continue;
                }
                if on(Signal::Text) {
                    (sums.text, sums.told) = pair.exact_sum(common, row as usize, &s.weights);
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
        }
        if on(Signal::Text) {
            terms.iter().for_each(|&t| s.weights[t as usize] = 0.0);
        }
    }

    /// Tells whom a gate shuts out, and counts them.
    fn shut_out(&self, query: Query, block: &Block, missing: &[f32], shut: &mut Vec<bool>) -> u32 {
        let data = &*self.snapshot().data;
        shut.clear();
        shut.resize(block.width, false);
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
        shut.iter().map(|&s| u32::from(s)).sum()
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
