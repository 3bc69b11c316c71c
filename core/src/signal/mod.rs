//! The signals: each one named reason to match, a value in [0, 1] or unknown; and the gates, yes or no.
//!
//! A signal is computed in two ways that give the same bits: for one pair (explaining), and for one document beside
//! all of the other side (ranking). Both add the same products in the same order (terms by their number, requirements
//! by their place) and finish with the same function. Only additions, multiplications, divisions and square roots are
//! used, so that a pair scores the same on every platform and from either side.

mod circumstances;
mod coverage;
mod semantic;
mod text;

pub(crate) use coverage::{Coverage, MUST_MET, Wishes, skill_bounds, wish_bounds};
pub(crate) use semantic::{UNKNOWN, ask, meanings};
pub(crate) use text::TEXT_HALF;

use crate::model::Side;
use crate::snapshot::{Challenges, Common, Data, FOREIGN, Profiles};
use serde::{Deserialize, Serialize};

/// A named reason to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Signal {
    /// Weighted coverage of the challenge's requirements.
    Skills,
    /// BM25 over stems and subwords as a share of what the challenge could give.
    Text,
    /// Closeness of meaning by vectors.
    Semantic,
    /// The share of the person's wishes that the challenge serves.
    Wishes,
    /// How well the person's languages meet the challenge's.
    Language,
    /// Nearness, or remote work that both accept.
    Place,
    /// How much of the challenge's period and hours the person is available.
    Time,
}

impl Signal {
    /// All signals, in the order in which they are summed.
    pub const ALL: [Self; 7] =
        [Self::Skills, Self::Text, Self::Semantic, Self::Wishes, Self::Language, Self::Place, Self::Time];

    /// The signal's name, the same in all languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["skills", "text", "semantic", "wishes", "language", "place", "time"][self as usize]
    }
}

/// A yes/no condition, apart from the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Gate {
    /// Every must is met at least half.
    Musts,
    /// Every language is known at its level or better.
    Language,
    /// Within the person's radius, or remote for both.
    Place,
    /// The person is available for some of the period.
    Period,
    /// The person accepts the challenge's route.
    Route,
}

impl Gate {
    /// All gates, in their order.
    pub const ALL: [Self; 5] = [Self::Musts, Self::Language, Self::Place, Self::Period, Self::Route];

    /// The gate's name, the same in all languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["musts", "language", "place", "period", "route"][self as usize]
    }
}

/// Why a pair has no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Unknown {
    /// The profile's text is in no supported language, and it claims no skill.
    ProfileLanguage,
    /// The challenge's text is in no supported language, and it has no requirement.
    ChallengeLanguage,
    /// The profile says nothing that could be understood.
    EmptyProfile,
    /// The challenge says nothing that could be understood.
    EmptyChallenge,
    /// Both say something, and nothing of it meets. This is not a zero: people do not tell everything.
    NoEvidence,
}

/// Values of all signals in the order of [`Signal::ALL`]; `None` is unknown.
pub(crate) type Values = [Option<f64>; 7];

/// One profile beside one challenge.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub data: &'a Data,
    pub profiles: &'a Profiles,
    /// Row of the profile.
    pub p: usize,
    pub challenges: &'a Challenges,
    /// Row of the challenge.
    pub c: usize,
}

/// Sums of one pair that ranking collects for all candidates at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    /// Of the shared terms.
    pub text: f64,
    /// A shared term tells.
    pub told: bool,
    /// Of the requirements' weights, each times the degree to which it is met.
    pub met: f64,
    /// Musts that are met.
    pub musts: u32,
    /// Degrees to which the liked wishes are served, and the avoided ones.
    pub liked: f64,
    pub avoided: f64,
}

/// The document that is asked about, beside all of the other side.
#[derive(Clone, Copy)]
pub(crate) enum Query<'a> {
    Profile(&'a Profiles, usize),
    Challenge(&'a Challenges, usize),
}

impl<'a> Query<'a> {
    /// The columns of the document's side, and its row.
    pub(crate) fn document(self) -> (&'a Common, usize) {
        match self {
            Self::Profile(p, i) => (&p.common, i),
            Self::Challenge(c, i) => (&c.common, i),
        }
    }

    /// The side that is ranked.
    pub(crate) fn candidates(self) -> Side {
        match self {
            Self::Profile(..) => Side::Challenges,
            Self::Challenge(..) => Side::Profiles,
        }
    }

    /// The pair with candidate `i` of the other side.
    pub(crate) fn pair(self, data: &'a Data, i: usize) -> Pair<'a> {
        match self {
            Self::Profile(profiles, p) => Pair { data, profiles, p, challenges: &data.challenges, c: i },
            Self::Challenge(challenges, c) => Pair { data, profiles: &data.profiles, p: i, challenges, c },
        }
    }
}

/// The semantic signal of texts whose vectors stand at a right angle: no evidence alone.
pub(crate) const UNLIKE: f64 = 0.06;

impl Sums {
    pub(crate) const NONE: Self = Self { text: 0.0, told: false, met: 0.0, musts: 0, liked: 0.0, avoided: 0.0 };
}

/// The [`Sums`] of a profile beside all challenges, those of text only if it is asked for: what [`Pair::sums`] gives
/// for each, to the bit. Cost: the postings of the profile's terms, and of what the graph reaches from its claims and
/// wishes.
pub(crate) fn sums_of_all(profile: (&Profiles, usize), data: &Data, text: bool) -> Vec<Sums> {
    let mut all = vec![Sums::NONE; data.challenges.common.len()];
    if text {
        text::add_sums(Query::Profile(profile.0, profile.1), data, &mut all);
    }
    coverage::add_sums(profile, data, &mut all);
    all
}

impl Pair<'_> {
    /// What ranking collects for many candidates, of this pair alone.
    pub(crate) fn sums(&self) -> Sums {
        let mut sums = Sums::NONE;
        for (term, product) in self.shared_terms() {
            sums.text += product;
            sums.told |= (term as usize) < self.data.telling;
        }
        self.add_needs(&mut sums);
        self.add_wishes(&mut sums);
        sums
    }

    /// The values of the signals with a weight.
    pub(crate) fn values(&self, weights: &[f64; 7], sums: &Sums) -> Values {
        let mut values = [None; 7];
        for (signal, value) in Signal::ALL.iter().zip(&mut values) {
            if weights[*signal as usize] > 0.0 {
                *value = match signal {
                    Signal::Skills => self.skills(sums),
                    Signal::Text => self.text(sums),
                    Signal::Semantic => self.semantic(),
                    Signal::Wishes => self.wishes(sums),
                    Signal::Language => self.language(),
                    Signal::Place => self.place(),
                    Signal::Time => self.time(),
                };
            }
        }
        values
    }

    /// The value of a signal of circumstance that is neither wishes nor evidence.
    pub(crate) fn circumstance(&self, signal: Signal) -> Option<f64> {
        match signal {
            Signal::Language => self.language(),
            Signal::Place => self.place(),
            Signal::Time => self.time(),
            _ => None,
        }
    }

    /// The profile says anything at all.
    pub(crate) fn profile_speaks(&self) -> bool {
        self.profiles.common.words[self.p] > 0 || !self.profiles.claim_lists.range(self.p).is_empty()
    }

    /// Why the pair has no score, if it has none.
    pub(crate) fn unknown(&self, values: &Values) -> Option<Unknown> {
        let evidence = [Signal::Skills, Signal::Text, Signal::Semantic];
        let none = |s| if s == Signal::Semantic { UNLIKE } else { 0.0 };
        if evidence.iter().any(|&s| values[s as usize].is_some_and(|v| v > none(s))) {
            return None;
        }
        let (p, c) = (self.profiles.common.languages[self.p], self.challenges.common.languages[self.c]);
        let silent = |languages: u8| languages & !FOREIGN == 0;
        Some(if self.challenges.need_lists.range(self.c).is_empty() && silent(c) {
            if c == FOREIGN { Unknown::ChallengeLanguage } else { Unknown::EmptyChallenge }
        } else if self.profiles.claim_lists.range(self.p).is_empty() && silent(p) {
            if p == FOREIGN { Unknown::ProfileLanguage } else { Unknown::EmptyProfile }
        } else {
            Unknown::NoEvidence
        })
    }

    /// Whether the pair is known to fail a gate. What is not known fails none.
    pub(crate) fn fails(&self, gate: Gate, sums: &Sums) -> bool {
        match gate {
            Gate::Musts => self.profile_speaks() && sums.musts < self.musts(),
            Gate::Language => self.language().is_some_and(|v| v < 1.0),
            Gate::Place => self.place().is_some_and(|v| v < 1.0),
            Gate::Period => self.overlap_days().is_some_and(|(common, _)| common == 0),
            Gate::Route => {
                let (p, c) = (self.profiles.common.routes[self.p], self.challenges.common.routes[self.c]);
                p != 0 && c != 0 && p & c == 0
            }
        }
    }

    /// The gates that the pair fails, in their order.
    pub(crate) fn failed_gates(&self, sums: &Sums) -> Vec<Gate> {
        Gate::ALL.into_iter().filter(|&g| self.fails(g, sums)).collect()
    }
}
