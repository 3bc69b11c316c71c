//! A question's bound of a candidate's score, signal by signal: see [`kernel`](super).

use super::CHUNK;
use super::blocks::{self, Block, Candidates, KINDS};
use super::simd::Loops;
use super::terms::{TextSums, Weights};
use crate::matcher::Matcher;
use crate::signal::{Pair, Query, Signal, Sums, TEXT_HALF, UNKNOWN};
use crate::snapshot::{Data, NO_DAY, NONE};

/// More than all roundings of a margin in `f32`: some twenty operations with numbers up to 1, each wrong by 2^-24.
const SLACK: f32 = 1e-5;

/// A question's part of the bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Weights, their sum 1; 0 for a signal that is off or unknown to the query.
    pub text: f32,
    skills: f32,
    semantic: f32,
    pub wishes: f32,
    language: f32,
    place: f32,
    time: f32,
    /// The query's part of the share that a text sum, and a sum of requirements, is.
    factor: f32,
    pub share: f64,
    pub languages: u8,
}

impl Plan {
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    pub(super) fn new(query: Query, matcher: &Matcher, of_terms: &Weights) -> Self {
        let (data, weights) = (&*matcher.snapshot().data, matcher.weights());
        let all = weights.iter().fold(0.0, |sum, w| sum + w);
        let weight = |signal: Signal, known: bool| if known { (weights[signal as usize] / all) as f32 } else { 0.0 };
        let (common, row) = query.document();
        let (text, share, wishes, dated) = match query {
            Query::Profile(p, i) => {
                let dated = common.from[i] != NO_DAY || common.until[i] != NO_DAY;
                (blocks::told_by_profile(p, i), blocks::speaks(p, i), !p.wish_lists.range(i).is_empty(), dated)
            }
            Query::Challenge(c, i) => {
                let dated = common.from[i] != NO_DAY && common.until[i] != NO_DAY;
                (blocks::told_by_challenge(c, i), blocks::asked(c, i), !c.offer_lists.range(i).is_empty(), dated)
            }
        };
        let place = common.remote[row] == 2 || common.places[row] != NONE || !common.points[3 * row].is_nan();
        let vectors = data.common(query.candidates());
        Self {
            text: weight(Signal::Text, text > 0.0),
            skills: weight(Signal::Skills, share > 0.0),
            semantic: weight(Signal::Semantic, !vectors.given.is_empty() || !vectors.mapped.is_empty()),
            wishes: weight(Signal::Wishes, wishes),
            language: weight(Signal::Language, !common.skill_lists.range(row).is_empty()),
            place: weight(Signal::Place, place),
            time: weight(Signal::Time, dated || !common.hours[row].is_nan()),
            factor: text as f32 * of_terms.most,
            share,
            languages: common.languages[row],
        }
    }

    /// Whether some signal is not had in bulk for every candidate.
    fn circumstantial(&self) -> bool {
        self.language + self.place + self.time > 0.0
    }

    /// What text can add to a margin above `t`: see the kernel. `known`: for certain, if there is to be a score.
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

    /// What any other signal adds to a margin above `t`.
    #[inline(always)]
    fn by(t: f32, weight: f32, value: f32) -> f32 {
        if value == UNKNOWN { 0.0 } else { weight * (value - t) }
    }

    /// A bound of a candidate's margin above `t`.
    #[inline]
    fn margin(&self, t: f32, c: &Candidate) -> f32 {
        // Without other evidence there is no score unless the texts meet.
        let known = (c.languages & self.languages != 0) | !((c.skills > 0.0) | (c.meaning > 0.0));
        let [language, place, time] = c.circumstances.map(|value| value.unwrap_or(1.0));
        SLACK
            + self.by_text(t, c.text, known)
            + self.by_skills(t, c.skills, c.asks)
            + Self::by(t, self.semantic, c.meaning)
            + Self::by(t, self.wishes, c.wishes)
            + Self::by(t, self.language, language)
            + Self::by(t, self.place, place)
            + Self::by(t, self.time, time)
    }

    /// Whether a candidate can have a score above `t`: signal after signal is known exactly, the cheap ones first. Adds
    /// the wishes' sums if so.
    #[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
    pub(super) fn may_pass(&self, t: f32, pair: &Pair, mut c: Candidate, sums: &mut Sums) -> bool {
        let number = |value: Option<f64>| value.map_or(UNKNOWN, |v| v as f32);
        if self.circumstantial() {
            for (value, signal) in c.circumstances.iter_mut().zip([Signal::Language, Signal::Place, Signal::Time]) {
                value.get_or_insert_with(|| number(pair.circumstance(signal)));
            }
        }
        if self.semantic > 0.0 && self.margin(t, &c) > 0.0 {
            c.meaning = number(pair.semantic());
        }
        if self.wishes > 0.0 && self.margin(t, &c) > 0.0 {
            pair.add_wishes(sums);
            c.wishes = number(pair.wishes(sums));
        }
        self.margin(t, &c) > 0.0
    }

    /// A text sum that a candidate with a score above `t` has, where only texts are evidence; else none.
    fn least_text(&self, t: f32) -> f32 {
        const HALF: f32 = TEXT_HALF as f32;
        if self.skills > 0.0 || self.semantic > 0.0 {
            return UNKNOWN;
        }
        let rest = self.wishes + self.language + self.place + self.time;
        let value = t - (rest * (1.0 - t) + SLACK) / self.text;
        if value > 0.0 { value * HALF / (1.0 + HALF - value) / self.factor * (1.0 - 1e-5) } else { UNKNOWN }
    }
}

/// What is had of one candidate, from above.
pub(super) struct Candidate {
    text: f32,
    skills: f32,
    /// From here on [`UNKNOWN`] where there is no value.
    meaning: f32,
    wishes: f32,
    /// Language, place and time, as far as there are tables.
    circumstances: [Option<f32>; 3],
    /// 1 where the skills can be known, else 0.
    asks: f32,
    languages: u8,
}

/// The values of a question's circumstances by class, [`UNKNOWN`] where there is none.
pub(super) type Tables = [Vec<f32>; KINDS];

impl Plan {
    /// The weights of circumstances by kind.
    fn weights_of_kinds(&self) -> [f32; KINDS] {
        [self.language, self.place, self.time, self.time]
    }

    /// Fills the tables of what counts and is not known for all questions.
    pub(super) fn tabulate(&self, query: Query, data: &Data, candidates: &Candidates, tables: &mut Tables) {
        let kinds = tables.iter_mut().zip(&candidates.classes).zip(self.weights_of_kinds());
        for (kind, ((table, rows), weight)) in kinds.enumerate() {
            table.clear();
            if weight > 0.0 && candidates.known(query, data, kind).is_none() {
                table.extend(rows.iter().map(|&row| value_of(kind, &query.pair(data, row as usize))));
            }
        }
    }

    /// The tables of what counts, else empty ones.
    pub(super) fn tables<'a>(
        &self,
        query: Query,
        data: &Data,
        candidates: &'a Candidates,
        filled: &'a Tables,
    ) -> [&'a [f32]; KINDS] {
        let weights = self.weights_of_kinds();
        std::array::from_fn(|kind| match candidates.known(query, data, kind) {
            Some(values) if weights[kind] > 0.0 => values,
            _ => &filled[kind],
        })
    }
}

/// The value of a kind of circumstance, [`UNKNOWN`] if there is none.
#[expect(clippy::cast_possible_truncation, reason = "a bound; see the slack")]
pub(super) fn value_of(kind: usize, pair: &Pair) -> f32 {
    let value = match kind {
        0 => pair.language(),
        1 => pair.place(),
        2 => pair.days(),
        _ => pair.hours(),
    };
    value.map_or(UNKNOWN, |v| v as f32)
}

/// The highest of some values.
#[derive(Debug, Clone, Copy)]
struct Most {
    value: f32,
    /// Some are unknown, maybe all.
    unknown: bool,
}

impl Most {
    /// Of values of which nothing is had.
    const ANY: Self = Self { value: 1.0, unknown: true };

    const NONE: Self = Self { value: UNKNOWN, unknown: true };

    #[inline(always)]
    fn of(values: &[f32; CHUNK]) -> Self {
        Self { value: highest(values), unknown: lowest(values) < 0.0 }
    }

    /// What they add to a margin above `t` at most.
    #[inline(always)]
    fn by(self, t: f32, weight: f32) -> f32 {
        let margin = weight * (self.value - t);
        if self.unknown && margin < 0.0 { 0.0 } else { margin }
    }
}

/// The highest of a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Top {
    text: f32,
    skills: f32,
    /// The lowest: not all ask for skills.
    asks: f32,
    meaning: Most,
    wishes: Most,
    language: Most,
    place: Most,
}

impl Top {
    pub(super) fn text(&self) -> f32 {
        self.text
    }
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

/// What is had in bulk of a block's candidates beside a question.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub plan: Plan,
    pub block: &'a Block,
    pub text: &'a TextSums,
    /// By place, as are the next two.
    pub skills: &'a [f32],
    pub meaning: &'a [f32],
    /// Empty where wishes are not had in bulk.
    pub wishes: &'a [f32],
    /// Of circumstances by class; empty where there is none.
    pub tables: [&'a [f32]; KINDS],
}

/// Some numbers of a chunk.
#[inline(always)]
fn part<T>(of: &[T], n: usize) -> &[T; CHUNK] {
    &of.as_chunks().0[n]
}

/// The highest of every chunk of a block.
pub(super) struct Tops<'a>(pub &'a Bounds<'a>, pub &'a mut Vec<Top>);

impl Loops for Tops<'_> {
    #[inline(always)]
    fn run(self) {
        let Self(bounds, tops) = self;
        tops.clear();
        // No iterator's own loop, which would be a function for every processor alike.
        for n in 0..bounds.block.width / CHUNK {
            tops.push(bounds.top(n));
        }
    }
}

/// What is had of a chunk's candidates one by one.
#[derive(Debug)]
pub(super) struct Seen {
    pub n: u32,
    /// Bounds of their margins.
    pub margins: [f32; CHUNK],
    /// A bit for each that may pass, the first one lowest.
    pub passed: u32,
}

/// Some chunks' candidates one by one; those chunks that cannot have a score above `t` are left out, if there is one.
pub(super) struct Look<'a> {
    pub bounds: &'a Bounds<'a>,
    pub t: Option<f32>,
    pub chunks: &'a [(f32, u32)],
    pub tops: &'a [Top],
    pub seen: &'a mut Vec<Seen>,
}

impl Loops for Look<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { bounds, t, chunks, tops, seen } = self;
        seen.clear();
        let (bar, least) = (t.unwrap_or(0.0), if t.is_some() { 0.0 } else { f32::NEG_INFINITY });
        for &(_, n) in chunks {
            let top = &tops[n as usize];
            if bounds.most(bar, n as usize, top) > least {
                let margins = bounds.margins(bar, n as usize, top);
                let passed = margins.iter().rev().fold(0, |bits, &m| bits << 1 | u32::from(m > least));
                seen.push(Seen { n, margins, passed });
            }
        }
    }
}

impl Bounds<'_> {
    #[inline(always)]
    fn top(&self, n: usize) -> Top {
        let Self { plan, block, .. } = self;
        let (skills, asks) =
            if plan.skills > 0.0 { (highest(part(self.skills, n)), lowest(part(&block.asks, n))) } else { (0.0, 0.0) };
        Top {
            text: f32::from(self.text.tops()[n]) * block.terms.step,
            skills,
            asks,
            meaning: if plan.semantic > 0.0 { Most::of(part(self.meaning, n)) } else { Most::NONE },
            wishes: if self.wishes.is_empty() { Most::ANY } else { Most::of(part(self.wishes, n)) },
            language: self.of_classes(0, n),
            place: self.of_classes(1, n),
        }
    }

    /// The highest value of a chunk's classes of a kind.
    #[inline(always)]
    fn of_classes(&self, kind: usize, n: usize) -> Most {
        let (table, classes) = (self.tables[kind], &self.block.of_chunks[kind]);
        if table.is_empty() || classes.is_empty() {
            return Most::ANY;
        }
        let values = classes.of(n).iter().map(|&class| table[usize::from(class)]);
        values.fold(Most { unknown: false, ..Most::NONE }, |most, value| Most {
            value: most.value.max(value),
            unknown: most.unknown || value == UNKNOWN,
        })
    }

    /// A bound of all margins above `t` of a chunk.
    #[inline(always)]
    pub(super) fn most(&self, t: f32, n: usize, top: &Top) -> f32 {
        let plan = &self.plan;
        let shared = self.block.common_languages[n] & plan.languages != 0;
        let known = shared | !((top.skills > 0.0) | (top.meaning.value > 0.0));
        plan.by_text(t, top.text, known)
            + plan.by_skills(t, top.skills, top.asks)
            + top.meaning.by(t, plan.semantic)
            + top.wishes.by(t, plan.wishes)
            + self.around(t, top)
    }

    /// What is the same for all of a chunk.
    #[inline(always)]
    fn around(&self, t: f32, top: &Top) -> f32 {
        let plan = &self.plan;
        top.language.by(t, plan.language) + top.place.by(t, plan.place) + plan.time * (1.0 - t) + SLACK
    }

    /// Whether a chunk can have a text sum that a candidate with a score above `t` needs.
    pub(super) fn least_text(&self, t: f32) -> f32 {
        self.plan.least_text(t)
    }

    /// Bounds of margins above `t` of the candidates of a chunk. One loop a signal over arrays of one length, so that
    /// they become SIMD.
    #[inline(always)]
    fn margins(&self, t: f32, n: usize, top: &Top) -> [f32; CHUNK] {
        let Self { plan, block, .. } = self;
        let wishes = if self.wishes.is_empty() { top.wishes.by(t, plan.wishes) } else { 0.0 };
        let mut margins = [self.around(t, top) + wishes; CHUNK];
        let (skills, meaning) = (part(self.skills, n), part(self.meaning, n));
        if plan.text > 0.0 {
            let (sums, languages) = (self.text.of_chunk(n), part(&block.languages, n));
            for (i, margin) in margins.iter_mut().enumerate() {
                let known = (languages[i] & plan.languages != 0) | !((skills[i] > 0.0) | (meaning[i] > 0.0));
                *margin += plan.by_text(t, f32::from(sums[i]) * block.terms.step, known);
            }
        }
        if plan.skills > 0.0 {
            let asks = part(&block.asks, n);
            margins.iter_mut().enumerate().for_each(|(i, m)| *m += plan.by_skills(t, skills[i], asks[i]));
        }
        if plan.semantic > 0.0 {
            margins.iter_mut().zip(meaning).for_each(|(m, &value)| *m += Plan::by(t, plan.semantic, value));
        }
        if !self.wishes.is_empty() {
            let wishes = part(self.wishes, n);
            margins.iter_mut().zip(wishes).for_each(|(m, &value)| *m += Plan::by(t, plan.wishes, value));
        }
        margins
    }

    /// Whether anything speaks for a candidate.
    pub(super) fn evident(&self, at: usize) -> bool {
        self.text.of(at) > 0 || self.skills[at] > 0.0 || self.meaning[at] > 0.0
    }

    /// A candidate's own bound of a margin above `t`, where it says more than its chunk's.
    #[inline]
    pub(super) fn margin(&self, t: f32, at: usize, top: &Top, of_chunk: f32) -> f32 {
        let plan = &self.plan;
        if !plan.circumstantial() {
            return of_chunk;
        }
        let [language, place, time] = self.circumstances(at).map(|value| value.unwrap_or(1.0));
        let own = Plan::by(t, plan.language, language) + Plan::by(t, plan.place, place) + Plan::by(t, plan.time, time);
        of_chunk - self.around(t, top) + own + SLACK
    }

    pub(super) fn candidate(&self, at: usize) -> Candidate {
        let Self { plan, block, .. } = self;
        Candidate {
            text: f32::from(self.text.of(at)) * block.terms.step,
            skills: self.skills[at],
            meaning: self.meaning[at],
            wishes: self.wishes.get(at).copied().unwrap_or(1.0),
            circumstances: if plan.circumstantial() { self.circumstances(at) } else { [Some(UNKNOWN); 3] },
            asks: block.asks[at],
            languages: block.languages[at],
        }
    }

    /// A candidate's language, place and time.
    #[inline]
    fn circumstances(&self, at: usize) -> [Option<f32>; 3] {
        let value = |kind: usize| {
            let class = self.block.classes[kind].get(at).map(|&class| usize::from(class));
            class.and_then(|class| self.tables[kind].get(class)).copied()
        };
        // Where both are known, the less of both.
        let time =
            |days: f32, hours: f32| if days == UNKNOWN || (hours != UNKNOWN && hours < days) { hours } else { days };
        [value(0), value(1), value(2).zip(value(3)).map(|(days, hours)| time(days, hours))]
    }
}
