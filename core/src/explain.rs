//! Why a pair scores as it does: contributions that add up to the score, requirements and what meets them, and the
//! words that the two texts share.
//!
//! The numbers come from the functions that rank, so that an explanation cannot tell another story than a ranking.

use crate::content::{challenge_text, requirement_mentions};
use crate::error::Result;
use crate::matcher::{Matcher, contribution};
use crate::model::{Cefr, Challenge, Language, Profile, Route, Side, Status};
use crate::order;
use crate::semantic::{MAP_HALF, calibrate, cosine};
use crate::signal::{Gate, Pair, Signal, UNLIKE, Unknown};
use crate::snapshot::{NO_DAY, NONE};
use crate::taxonomy::{Found, Taxonomy};
use crate::text::{Analysis, Analyzer, Token, to_utf16};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// What one signal adds to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Contribution {
    /// The signal.
    pub signal: Signal,
    /// Its value, 0 to 1; `None` is unknown, and adds nothing.
    pub value: Option<f64>,
    /// Its weight among all.
    pub weight: f64,
    /// `weight * value / sum of known weights`.
    pub contribution: f64,
    /// Why the value is not known; `None` where it is.
    pub silent: Option<Silent>,
}

/// Why a signal says nothing about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Silent {
    /// The profile does not tell what is compared.
    Profile,
    /// The challenge does not tell it.
    Challenge,
    /// Neither does.
    Both,
    /// Both tell, but not what could be compared: texts in different languages, place names without coordinates,
    /// dates beside hours.
    Differ,
    /// There are no vectors of the two texts.
    Vectors,
}

/// What a claim is to the requirement that it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The same competence.
    Same,
    /// A kind of what is required.
    Narrower,
    /// What is required is a kind of it.
    Broader,
    /// Near it in the taxonomy, neither above nor below.
    Related,
}

/// The claim that meets a requirement best. `similarity * strength * level` (1 where the levels do not say
/// otherwise) is the degree.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Meets {
    /// What it is to the requirement.
    pub how: How,
    /// Who says so; recognised where the person's text names it.
    pub status: Status,
    /// Its nearness to the requirement, 0 to 1.
    pub similarity: f64,
    /// Trust in it, 0 to 1.
    pub strength: f64,
    /// Its level, 1 to 5, where it is told.
    pub level: Option<u8>,
    /// Where the profile's text names it.
    pub span: Option<Span>,
}

/// How one requirement is met.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RequirementMet {
    /// URI of the concept, or a free label as it was written.
    pub requirement: String,
    /// Its weight.
    pub weight: f64,
    /// True for a must.
    pub must: bool,
    /// 0 (missing) to 1.
    pub degree: f64,
    /// The claim that meets it best: its URI, or a free label as it was written.
    pub by: Option<String>,
    /// The level that is asked for, 1 to 5.
    pub level: Option<u8>,
    /// Who asks for it; recognised where the challenge's text names it.
    pub status: Status,
    /// Where the challenge's title, a line feed and its text name it.
    pub span: Option<Span>,
    /// What is known of the claim that meets it best; there where `by` is.
    pub meets: Option<Meets>,
}

/// A language that the challenge asks for, beside what the person tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LanguageMet {
    /// ISO 639-1 code.
    pub language: String,
    /// The least level.
    pub asked: Cefr,
    /// The person's level; `None` where the person tells other languages only.
    pub has: Option<Cefr>,
}

/// What the signals and gates of circumstance rest on. A field is empty where one of the two does not tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Circumstances {
    /// Each language that the challenge asks for.
    pub languages: Vec<LanguageMet>,
    /// Both accept remote work.
    pub remote: bool,
    /// Between the two places, in kilometres.
    pub distance_km: Option<f64>,
    /// How far the person travels, in kilometres; given with the distance.
    pub radius_km: Option<f64>,
    /// Days that the person is available in the challenge's period, and days of the period.
    pub days: Option<(u32, u32)>,
    /// Hours a week that the person has, and that the challenge asks for.
    pub hours: Option<(f64, f64)>,
    /// How a person comes to work on the challenge.
    pub route: Option<Route>,
    /// The routes that the person accepts.
    pub accepts: Vec<Route>,
}

/// First byte, and byte after the last one.
pub type Span = (usize, usize);

/// Words that the two texts share.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SharedWords {
    /// Bytes of the profile's text.
    pub profile: Span,
    /// Bytes of the challenge's title, a line feed and its text.
    pub challenge: Span,
    /// The share of the text signal's raw sum, 0 to 1.
    pub share: f64,
}

/// Two sentences that are near in meaning, by the taxonomy's map.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NearSentences {
    /// Bytes of the profile's text.
    pub profile: Span,
    /// Bytes of the challenge's title, a line feed and its text.
    pub challenge: Span,
    /// Closeness as the semantic signal sees it, 0 to 1.
    pub degree: f64,
}

/// Why a pair scores as it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Explanation {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
    /// The score, the same to the bit as in a ranking.
    pub score: Option<f64>,
    /// The share of the weights that was known.
    pub known: f64,
    /// In the order of [`Signal::ALL`]; their contributions, added in this order, are the score to the bit.
    pub contributions: Vec<Contribution>,
    /// Every requirement, explicit or recognised in the challenge's text.
    pub requirements: Vec<RequirementMet>,
    /// The strongest shared words, at most eight, strongest first.
    pub words: Vec<SharedWords>,
    /// The sentences that are nearest in meaning, at most three, nearest first; none where the semantic signal is
    /// unknown, off or next to 0, or the snapshot has no map.
    pub sentences: Vec<NearSentences>,
    /// The gates that the pair fails.
    pub gates: Vec<Gate>,
    /// Languages, place, time and route.
    pub circumstances: Circumstances,
    /// Why there is no score.
    pub unknown: Option<Unknown>,
}

/// Sentences with less in common are no reason to show. On the development data a cosine of .3, which this is, was a
/// good fit in two pairs of five.
const NEAR: f64 = 0.5;

impl Explanation {
    /// Turns its spans into UTF-16 units of the two documents' texts, as JavaScript counts. Cost: linear in the texts.
    pub fn to_utf16(&mut self, profile: &Profile, challenge: &Challenge) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for w in &mut self.words {
            ours.push(&mut w.profile);
            theirs.push(&mut w.challenge);
        }
        for s in &mut self.sentences {
            ours.push(&mut s.profile);
            theirs.push(&mut s.challenge);
        }
        for r in &mut self.requirements {
            theirs.extend(&mut r.span);
            ours.extend(r.meets.as_mut().and_then(|m| m.span.as_mut()));
        }
        to_utf16(&profile.text, ours.into_iter().flat_map(|s| [&mut s.0, &mut s.1]));
        to_utf16(&challenge_text(challenge), theirs.into_iter().flat_map(|s| [&mut s.0, &mut s.1]));
    }
}

impl Matcher {
    /// Why a pair of the snapshot scores as it does.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an id that is not there,
    /// [`MissingSide`](crate::ErrorKind::MissingSide).
    pub fn explain(&self, profile: &str, challenge: &str) -> Result<Explanation> {
        let (data, p) = (&self.snapshot().data, self.snapshot().row(Side::Profiles, profile)?);
        let doc = data.document(&data.profiles.common, p)?;
        let c = self.snapshot().row(Side::Challenges, challenge)?;
        let challenges = &data.challenges;
        self.explanation(&Pair { data, profiles: &data.profiles, p, challenges, c }, &doc)
    }

    /// Why a profile that the snapshot does not hold scores as it does for a challenge.
    ///
    /// # Errors
    /// As [`explain`](Self::explain), and for a profile that is not valid.
    pub fn explain_new(&self, profile: &Profile, challenge: &str) -> Result<Explanation> {
        let (data, c) = (&self.snapshot().data, self.snapshot().row(Side::Challenges, challenge)?);
        let profiles = &data.profile(profile)?;
        self.explanation(&Pair { data, profiles, p: 0, challenges: &data.challenges, c }, profile)
    }

    fn explanation(&self, pair: &Pair, profile: &Profile) -> Result<Explanation> {
        let challenge: Challenge = pair.data.document(&pair.challenges.common, pair.c)?;
        let sums = pair.sums();
        let s = self.score(pair, &sums);
        let contributions = (self.counting())
            .map(|(signal, weight)| {
                let value = s.values[signal as usize];
                let contribution = contribution(value, weight, s.total);
                let silent = value.is_none().then(|| silent(pair, signal));
                Contribution { signal, value, weight, contribution, silent }
            })
            .collect();
        let analyzer = pair.data.head.settings.analyzer();
        let taxonomy = &pair.data.taxonomy;
        let ours = analyzer.analyse(&profile.text, profile.language);
        let theirs = analyzer.analyse(&challenge_text(&challenge), challenge.language);
        let named = |mut found: Vec<Found>| {
            order::by_key(&mut found, |f| f.concept);
            found
        };
        let first = |found: &[Found], concept: u32| {
            let f = found.get(found.partition_point(|f| f.concept < concept))?;
            (f.concept == concept).then_some((f.start, f.end))
        };
        let mut mentions = taxonomy.recognise_numbers(&ours);
        mentions.retain(|m| !m.negated);
        let (claimed, asked) = (named(mentions), named(requirement_mentions(&theirs, taxonomy)));
        let shown = |key: u32, label: Option<&String>| match taxonomy.concepts().get(key as usize) {
            Some(concept) => concept.uri.clone(),
            None => label.cloned().unwrap_or_default(),
        };
        let requirement = |need: usize| {
            let meeting = pair.meeting(need);
            let (p, c) = (pair.profiles, pair.challenges);
            let key = c.need_keys[need];
            let wanted = challenge.requirements.get(c.need_sources[need] as usize);
            let claim = |i: usize| {
                let claim = profile.skills.get(p.claim_sources[i] as usize);
                let meets = Meets {
                    how: how(taxonomy, p.claim_keys[i], key),
                    status: claim.map_or(Status::Recognised, |s| s.status),
                    similarity: meeting.similarity,
                    strength: p.claim_strengths[i],
                    level: Some(p.claim_levels[i]).filter(|&l| l > 0),
                    span: first(&claimed, p.claim_keys[i]),
                };
                (shown(p.claim_keys[i], claim.and_then(|s| s.label.as_ref())), meets)
            };
            let (by, meets) = meeting.by.map(claim).unzip();
            RequirementMet {
                requirement: shown(key, wanted.and_then(|r| r.label.as_ref())),
                weight: c.need_weights[need],
                must: c.need_musts[need] != 0,
                degree: meeting.degree,
                by,
                level: Some(c.need_levels[need]).filter(|&l| l > 0),
                status: wanted.map_or(Status::Recognised, |r| r.status),
                span: first(&asked, key),
                meets,
            }
        };
        Ok(Explanation {
            profile: profile.id.clone(),
            challenge: challenge.id.clone(),
            score: s.score,
            known: s.known,
            contributions,
            requirements: pair.challenges.need_lists.range(pair.c).map(requirement).collect(),
            words: shared_words(pair, &places(&ours, analyzer), &places(&theirs, analyzer)),
            sentences: if s.values[Signal::Semantic as usize].is_some_and(|v| v > UNLIKE) {
                near_sentences(pair, (&ours, profile.language), (&theirs, challenge.language))
            } else {
                Vec::new()
            },
            gates: pair.failed_gates(&sums),
            circumstances: circumstances(pair, profile, &challenge),
            unknown: s.unknown,
        })
    }

    /// The competences that a challenge's own words name, with spans into its title, a line feed and its text: proposals.
    /// A single word of them is a requirement only in the title, or where its sentence says that it is needed.
    #[must_use]
    pub fn recognise_requirements(&self, challenge: &Challenge) -> Vec<crate::Mention> {
        let analyzer = self.snapshot().settings().analyzer();
        let analysis = analyzer.analyse(&challenge_text(challenge), challenge.language);
        let taxonomy = self.snapshot().taxonomy();
        requirement_mentions(&analysis, taxonomy).into_iter().map(|f| taxonomy.mention(f)).collect()
    }
}

/// What a claim is to a requirement that it meets.
fn how(taxonomy: &Taxonomy, claim: u32, requirement: u32) -> How {
    if claim == requirement {
        return How::Same;
    }
    let above = |from: u32, to: u32| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(concept) = next.pop().and_then(|n| taxonomy.concepts().get(n as usize)) {
            next.extend(concept.broader.iter().filter_map(|uri| taxonomy.number(uri)).filter(|&n| seen.insert(n)));
        }
        seen.contains(&to)
    };
    if above(claim, requirement) {
        How::Narrower
    } else if above(requirement, claim) {
        How::Broader
    } else {
        How::Related
    }
}

/// Why a signal of a pair has no value.
fn silent(pair: &Pair, signal: Signal) -> Silent {
    let (p, c) = (pair.profiles, pair.challenges);
    let place = |common: &crate::snapshot::Common, i: usize| !common.points[3 * i].is_nan() || common.places[i] != NONE;
    let time = |common: &crate::snapshot::Common, i: usize| {
        common.from[i] != NO_DAY || common.until[i] != NO_DAY || !common.hours[i].is_nan()
    };
    let told = match signal {
        Signal::Skills => (
            p.common.words[pair.p] > 0 || !p.claim_lists.range(pair.p).is_empty(),
            !c.need_lists.range(pair.c).is_empty(),
        ),
        Signal::Text => (p.common.words[pair.p] > 0, c.most[pair.c] > 0.0),
        Signal::Semantic => return Silent::Vectors,
        Signal::Wishes => (!p.wish_lists.range(pair.p).is_empty(), !c.offer_lists.range(pair.c).is_empty()),
        Signal::Language => {
            (!p.common.skill_lists.range(pair.p).is_empty(), !c.common.skill_lists.range(pair.c).is_empty())
        }
        Signal::Place => (place(&p.common, pair.p), place(&c.common, pair.c)),
        Signal::Time => (time(&p.common, pair.p), time(&c.common, pair.c)),
    };
    match told {
        (false, true) => Silent::Profile,
        (true, false) => Silent::Challenge,
        (false, false) => Silent::Both,
        (true, true) => Silent::Differ,
    }
}

fn circumstances(pair: &Pair, profile: &Profile, challenge: &Challenge) -> Circumstances {
    let has = |code: &str| profile.languages.iter().find(|l| l.language == code).map(|l| l.level);
    let asked = challenge.languages.iter().filter(|_| !profile.languages.is_empty());
    let hours = |a: &Option<crate::Availability>| a.as_ref().and_then(|a| a.hours_per_week);
    let distance_km = pair.distance_km();
    Circumstances {
        languages: asked
            .map(|l| LanguageMet { language: l.language.clone(), asked: l.level, has: has(&l.language) })
            .collect(),
        remote: pair.both_remote(),
        distance_km,
        radius_km: distance_km.map(|_| pair.profiles.common.radii[pair.p]),
        days: pair.overlap_days().map(|(common, all)| (common.unsigned_abs(), all.unsigned_abs())),
        hours: hours(&profile.availability).zip(hours(&challenge.period)),
        route: challenge.route,
        accepts: profile.routes.clone(),
    }
}

/// The shared terms, put back to the first words that they stand in.
fn shared_words(pair: &Pair, ours: &HashMap<String, Span>, theirs: &HashMap<String, Span>) -> Vec<SharedWords> {
    let shared = pair.shared_terms();
    let total = shared.iter().fold(0.0, |sum, s| sum + s.1);
    let mut shares: Vec<((Span, Span), f64, bool)> = Vec::new();
    for (term, product) in shared {
        let tells = (term as usize) < pair.data.telling;
        let term = pair.data.terms.get(term as usize);
        if let (Some(&a), Some(&b)) = (ours.get(term), theirs.get(term)) {
            shares.push(((a, b), product / total, tells));
        }
    }
    order::by_key(&mut shares, |s| s.0);
    // Two words with a few letters in common are no reason to show.
    let told = shares.chunk_by(|a, b| a.0 == b.0).filter(|same| same.iter().any(|s| s.2));
    let mut words: Vec<SharedWords> = told
        .map(|same| {
            let (profile, challenge) = same[0].0;
            SharedWords { profile, challenge, share: same.iter().fold(0.0, |sum, s| sum + s.1) }
        })
        .collect();
    order::by(&mut words, |a, b| b.share.total_cmp(&a.share));
    words.truncate(8);
    words
}

/// Sentences of one text that are looked at; bounds the work for hostile ones.
const MAX_SENTENCES: usize = 128;

/// The nearest pairs of sentences, each sentence in one pair only.
fn near_sentences(
    pair: &Pair,
    (ours, profile): (&Analysis, Option<Language>),
    (theirs, challenge): (&Analysis, Option<Language>),
) -> Vec<NearSentences> {
    let vectors = |side: Side, analysis: &Analysis, hint: Option<Language>| -> Vec<(Span, Vec<f32>)> {
        let language = hint.or(analysis.language);
        let sentences = analysis.tokens.chunk_by(|a, b| a.sentence == b.sentence).take(MAX_SENTENCES);
        let vector = |tokens: &[Token]| {
            let span = analysis.sentences.get(tokens[0].sentence).map(|s| (s.start, s.end))?;
            let vector = pair.data.taxonomy.map()?.embed_words(&mut tokens.iter().filter(|t| !t.stop))?;
            Some((span, pair.data.meaning.centre(&vector, side, language)?))
        };
        sentences.filter_map(vector).collect()
    };
    let ours = vectors(Side::Profiles, ours, profile);
    let theirs = vectors(Side::Challenges, theirs, challenge);
    let mut all: Vec<NearSentences> = Vec::with_capacity(ours.len() * theirs.len());
    for (profile, a) in &ours {
        for (challenge, b) in &theirs {
            let degree = calibrate(cosine(a, b), MAP_HALF);
            all.push(NearSentences { profile: *profile, challenge: *challenge, degree });
        }
    }
    all.retain(|n| n.degree >= NEAR);
    order::by(&mut all, |a, b| b.degree.total_cmp(&a.degree));
    let mut best: Vec<NearSentences> = Vec::new();
    for n in all {
        if best.len() < 3 && best.iter().all(|b| b.profile != n.profile && b.challenge != n.challenge) {
            best.push(n);
        }
    }
    best
}

/// Each term's first word.
fn places(analysis: &Analysis, analyzer: Analyzer) -> HashMap<String, Span> {
    let mut places = HashMap::new();
    for t in analysis.tokens.iter().filter(|t: &&Token| !t.stop && !t.negated) {
        let one = Analysis { tokens: vec![t.clone()], ..Analysis::default() };
        for term in analyzer.terms(&one).into_keys() {
            places.entry(term).or_insert((t.start, t.end));
        }
    }
    places
}
