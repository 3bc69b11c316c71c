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

pub(crate) use blocks::{Asked, Block, Candidates, KINDS, LEVELS, TextSums, above, claim_of, need_of};

use crate::matcher::Matcher;
use crate::order;
use crate::signal::{
    Coverage, Gate, Pair, Query, Signal, Sums, TEXT_HALF, UNKNOWN, Wishes, ask, meanings, skill_bounds, wish_bounds,
};
use crate::snapshot::{Data, NO_DAY, NONE};
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

    /// What a signal of circumstance adds to a margin above `t`; at most, where its value is not had.
    #[inline(always)]
    fn by_circumstance(t: f32, weight: f32, value: Option<f32>) -> f32 {
        match value {
            None => weight * (1.0 - t),
            Some(UNKNOWN) => 0.0,
            Some(value) => weight * (value - t),
        }
    }

    /// A bound of a candidate's margin above `t`.
    #[inline]
    fn margin(&self, t: f32, c: &Candidate) -> f32 {
        // Without other evidence there is no score unless the texts meet.
        let known = (c.languages & self.languages != 0) | !((c.skills > 0.0) | (c.meaning > 0.0));
        let [language, place, time] = c.circumstances;
        SLACK
            + self.by_text(t, c.text, known)
            + self.by_skills(t, c.skills, c.asks)
            + self.by_meaning(t, c.meaning)
            + Self::by_circumstance(t, self.wishes, c.wishes)
            + Self::by_circumstance(t, self.language, language)
            + Self::by_circumstance(t, self.place, place)
            + Self::by_circumstance(t, self.time, time)
    }

    /// Whether a candidate can have a score above `t`: signal after signal is known exactly, the cheap ones first. Adds
    /// the wishes' sums if so.
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    fn may_pass(&self, t: f32, pair: &Pair, c: &mut Candidate, sums: &mut Sums) -> bool {
        let number = |value: Option<f64>| value.map_or(UNKNOWN, |v| v as f32);
        let weights = [self.language, self.place, self.time];
        let signals = [Signal::Language, Signal::Place, Signal::Time];
        for ((value, weight), signal) in c.circumstances.iter_mut().zip(weights).zip(signals) {
            if weight > 0.0 && value.is_none() {
                *value = Some(number(pair.circumstance(signal)));
            }
        }
        let mut margin = self.margin(t, c);
        if margin > 0.0 && self.semantic > 0.0 {
            margin += self.by_meaning(t, number(pair.semantic())) - self.by_meaning(t, c.meaning);
        }
        if margin > 0.0 && self.wishes > 0.0 {
            pair.add_wishes(sums);
            margin += Self::by_circumstance(t, self.wishes, Some(number(pair.wishes(sums))))
                - Self::by_circumstance(t, self.wishes, c.wishes);
        }
        margin > 0.0
    }

    /// A text sum that a candidate with a score above `t` has, where only texts are evidence; else none.
    fn least_text(&self, t: f32) -> f32 {
        const HALF: f32 = TEXT_HALF as f32;
        if self.skills > 0.0 || self.semantic > 0.0 {
            return UNKNOWN;
        }
        let value = t - (self.rest * (1.0 - t) + SLACK) / self.text;
        if value > 0.0 { value * HALF / (1.0 + HALF - value) / self.factor * (1.0 - 1e-5) } else { UNKNOWN }
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

/// What is had in bulk of one candidate.
struct Candidate {
    text: f32,
    skills: f32,
    meaning: f32,
    asks: f32,
    languages: u8,
    /// Language, place and time, as far as there are tables; [`UNKNOWN`] if a table says so.
    circumstances: [Option<f32>; 3],
    /// A bound, if there is one.
    wishes: Option<f32>,
}

/// The values of a question's circumstances by class.
type Tables = [Vec<f32>; KINDS];

/// Fills the tables of the signals that count.
#[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
fn tabulate(query: Query, data: &Data, plan: &Plan, candidates: &Candidates, tables: &mut Tables) {
    let weights = [plan.language, plan.place, plan.time, plan.time];
    for (kind, ((table, rows), weight)) in tables.iter_mut().zip(&candidates.classes).zip(weights).enumerate() {
        table.clear();
        if weight > 0.0 {
            table.extend(rows.iter().map(|&row| {
                let pair = query.pair(data, row as usize);
                let value = match kind {
                    0 => pair.language(),
                    1 => pair.place(),
                    2 => pair.days(),
                    _ => pair.hours(),
                };
                value.map_or(UNKNOWN, |v| v as f32)
            }));
        }
    }
}

/// A candidate's language, place and time.
#[inline]
fn circumstances(tables: &Tables, block: &Block, at: usize) -> [Option<f32>; 3] {
    let value = |kind: usize| tables[kind].get(usize::from(*block.classes[kind].get(at)?)).copied();
    // Where both are known, the less of both.
    let time = |days: f32, hours: f32| if days == UNKNOWN || (hours != UNKNOWN && hours < days) { hours } else { days };
    [value(0), value(1), value(2).zip(value(3)).map(|(days, hours)| time(days, hours))]
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

/// Numbers that are compared at once: a fold one by one would not become SIMD.
const LANES: usize = if cfg!(test) { 2 } else { 8 };

/// The highest number, at least [`UNKNOWN`].
#[inline(always)]
fn highest(numbers: &[f32; CHUNK]) -> f32 {
    let mut most = [UNKNOWN; LANES];
    for part in numbers.as_chunks::<LANES>().0 {
        most.iter_mut().zip(part).for_each(|(most, &x)| *most = if x > *most { x } else { *most });
    }
    most.iter().fold(UNKNOWN, |most, &x| if x > most { x } else { most })
}

/// The lowest number, at most 1.
#[inline(always)]
fn lowest(numbers: &[f32; CHUNK]) -> f32 {
    let mut least = [1.0; LANES];
    for part in numbers.as_chunks::<LANES>().0 {
        least.iter_mut().zip(part).for_each(|(least, &x)| *least = if x < *least { x } else { *least });
    }
    least.iter().fold(1.0, |least, &x| if x < least { x } else { least })
}

impl Chunk<'_> {
    #[inline(always)]
    fn top(&self, plan: &Plan, rows: f32) -> Top {
        let (skills, asks) = if plan.skills > 0.0 { (highest(self.skills), lowest(self.asks)) } else { (0.0, 0.0) };
        let (meaning, least) =
            if plan.semantic > 0.0 { (highest(self.meaning), lowest(self.meaning)) } else { (UNKNOWN, UNKNOWN) };
        let text = if plan.text > 0.0 { highest(self.text) + rows } else { 0.0 };
        Top { text, skills, meaning, asks, unknown: least < 0.0 }
    }
}

/// What a thread needs to look at a block, used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    plans: Vec<Plan>,
    asked: Vec<[Asked; 2]>,
    tables: Vec<Tables>,
    text: TextSums,
    meaning: Vec<f32>,
    skills: Coverage,
    wishes: Wishes,
    /// The question's impacts by term, all zero between questions.
    weights: Vec<f32>,
    tops: Vec<Top>,
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
    text: f32,
    /// Its place in the block.
    at: u32,
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
        s.plans.extend(queries.iter().map(|&q| Plan::new(q, self, candidates)));
        s.tables.resize_with(s.tables.len().max(queries.len()), Default::default);
        for ((&query, plan), tables) in queries.iter().zip(&s.plans).zip(&mut s.tables) {
            tabulate(query, &self.snapshot().data, plan, candidates, tables);
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
                let own = block.some_languages & s.plans[i].languages != 0;
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
        let data = &*self.snapshot().data;
        let plan = s.plans[n];
        let on = |signal: Signal| self.weights()[signal as usize] > 0.0;
        let common = data.common(query.candidates());
        let (width, (terms, impacts)) = (block.width, query.terms());
        s.text.clear(width);
        if plan.text > 0.0 {
            terms.iter().zip(impacts).for_each(|(&t, &x)| block.terms.add(t, x, &mut s.text));
        }
        s.text.settle();
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
        s.shut.resize(width, false);
        if !self.config().gates.is_empty() {
            best.shut_out += self.shut_out(query, block, &s.skills.missing, &mut s.shut);
        }
        let meaning = if on(Signal::Semantic) { n * width } else { 0 };
        let (skills, meaning) = (&s.skills.shares[..width], &s.meaning[meaning..meaning + width]);
        let wishes = &*s.wishes.values;
        let (texts, tables) = (s.text.sums[..width].as_chunks().0, &s.tables[n]);
        let chunk = |n: usize| Chunk {
            text: &texts[n],
            skills: &skills.as_chunks().0[n],
            meaning: &meaning.as_chunks().0[n],
            languages: &block.languages.as_chunks().0[n],
            asks: &block.asks.as_chunks().0[n],
        };
        let candidate = |at: usize, text: f32| Candidate {
            text,
            skills: skills[at],
            meaning: meaning[at],
            asks: block.asks[at],
            languages: block.languages[at],
            circumstances: circumstances(tables, block, at),
            wishes: wishes.get(at).copied(),
        };
        s.tops.clear();
        s.tops.extend((0..width / CHUNK).map(|n| chunk(n).top(&plan, s.text.tops[n])));
        // Chunks that may have somebody, and first among them the `k` that promise most: the sooner the good ones are
        // seen, the fewer are scored.
        let bar = best.bar(k);
        let most = |n: usize, top: &Top, t: f64| plan.most(t as f32, top, block.common_languages[n]);
        let least_text = bar.map_or(UNKNOWN, |t| plan.least_text(t as f32));
        s.order.clear();
        for (n, top) in s.tops.iter().enumerate().filter(|(_, top)| top.text >= least_text) {
            let most = most(n, top, bar.unwrap_or(0.0));
            if bar.is_none() || most > 0.0 {
                s.order.push((most, n as u32));
            }
        }
        s.likely.clone_from(&s.order);
        keep_first(&mut s.likely, k, |a, b| b.0.total_cmp(&a.0));
        let mut weighed = false;
        for first in [true, false] {
            let (bar, chunks) = (best.bar(k), if first { &s.likely } else { &s.order });
            s.passed.clear();
            for &(_, n) in chunks {
                let n = n as usize;
                if bar.is_some_and(|t| most(n, &s.tops[n], t) <= 0.0) {
                    continue;
                }
                let text = block.terms.of_chunk(n, &s.text);
                // What the rows add is less than they could.
                let top = Top { text: highest(&text), ..s.tops[n] };
                if bar.is_some_and(|t| most(n, &top, t) <= 0.0) {
                    continue;
                }
                let chunk = Chunk { text: &text, ..chunk(n) };
                let margins = bar.map_or([1.0; CHUNK], |t| plan.margins(t as f32, &chunk));
                let mut passed = margins.iter().rev().fold(0_u32, |bits, &m| bits << 1 | u32::from(m > 0.0));
                while passed != 0 {
                    let i = passed.trailing_zeros() as usize;
                    passed &= passed - 1;
                    let at = n * CHUNK + i;
                    let Some(&row) = block.rows.get(at) else { break };
                    if s.shut[at] {
                        continue;
                    }
                    if plan.normal && text[i] == 0.0 && skills[at] == 0.0 && meaning[at] <= 0.0 {
                        // No evidence, no score.
                        if bar.is_none() && !first {
                            best.push_unknown(k, row);
                        }
                        continue;
                    }
                    let margin = plan.margin(bar.map_or(0.0, |t| t as f32), &candidate(at, text[i]));
                    if bar.is_none() || margin > 0.0 {
                        s.passed.push(Passed { margin, text: text[i], at: at as u32 });
                    }
                }
            }
            if first {
                keep_first(&mut s.passed, k, |a, b| b.margin.total_cmp(&a.margin));
            }
            // The best first, so that the bar rises soon.
            order::in_place_by(&mut s.passed, |a, b| b.margin.total_cmp(&a.margin));
            if on(Signal::Text) && !weighed && !s.passed.is_empty() {
                weighed = true;
                s.weights.resize(s.weights.len().max(data.terms.len()), 0.0);
                terms.iter().zip(impacts).for_each(|(&t, &x)| s.weights[t as usize] = x);
            }
            for passed in &s.passed {
                let at = passed.at as usize;
                let (row, bar) = (block.rows[at], best.bar(k));
                s.shut[at] = true;
                let pair = query.pair(data, row as usize);
                let mut sums = Sums::NONE;
                if let Some(t) = bar
                    && !plan.may_pass(t as f32, &pair, &mut candidate(at, passed.text), &mut sums)
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
        if weighed {
            terms.iter().for_each(|&t| s.weights[t as usize] = 0.0);
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
