//! What a change would do: other scores and ranks for a changed profile, the least that brings a person to a target,
//! and the skills that would open most challenges. Nothing of it touches the pool.
//!
//! Promise: the answer is what the pool would give after the change, to the bit. A change never touches the person's
//! text, and idf, the average length and the means of the vectors come from texts alone, so they stay what they are.
//! For the same reason the text and semantic signals are taken over, and only the others are reckoned again.

use crate::error::{Error, ErrorKind, Result};
use crate::matcher::Matcher;
use crate::model::{Availability, Challenge, LanguageSkill, Place, Profile, Route, Side, SkillClaim, Status, Wish};
use crate::signal::{Gate, MUST_MET, Pair, Query, Signal, Sums, Values, sums_of_all};
use crate::snapshot::{Data, Profiles};
use serde::{Deserialize, Serialize, de};
use std::collections::{BTreeMap, BTreeSet};

/// What could be otherwise about a person. What is not given stays as it is.
///
/// ```
/// let change: osuma::Change = serde_json::from_str(r#"{"add": ["osuma:baking", {"label": "sourdough"}]}"#)?;
/// assert_eq!(change.add[1].label.as_deref(), Some("sourdough"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// Claims that the person would have besides: whole claims, or URIs of concepts, which stand for confirmed claims.
    /// An earlier rejection of the same concept is taken back.
    #[serde(deserialize_with = "claims_or_uris")]
    #[cfg_attr(feature = "typescript", ts(as = "Vec<ClaimOrUri>"))]
    pub add: Vec<SkillClaim>,
    /// Concepts or free labels whose claims are taken away. What the text names is rejected, not removed.
    pub remove: Vec<String>,
    /// URIs of concepts that are confirmed, claimed before or not.
    pub confirm: Vec<String>,
    /// URIs of concepts that are rejected, even where the text names them.
    pub reject: Vec<String>,
    /// Other wishes in place of all.
    pub wishes: Option<Vec<Wish>>,
    /// Another place.
    pub place: Option<Place>,
    /// Another time.
    pub availability: Option<Availability>,
    /// Other languages in place of all.
    pub languages: Option<Vec<LanguageSkill>>,
    /// Other routes in place of all.
    pub routes: Option<Vec<Route>>,
}

/// For the declarations of TypeScript: what stands in [`Change::add`].
#[cfg(feature = "typescript")]
#[derive(Debug, ts_rs::TS)]
#[ts(untagged)]
pub enum ClaimOrUri {
    /// A URI, for a confirmed claim of the concept.
    Uri(String),
    /// A whole claim.
    Claim(SkillClaim),
}

fn confirmed(uri: impl Into<String>) -> SkillClaim {
    SkillClaim { concept: Some(uri.into()), status: Status::Confirmed, ..SkillClaim::default() }
}

/// Not an untagged enum, whose errors would not name the field that is wrong.
fn claims_or_uris<'de, D: de::Deserializer<'de>>(from: D) -> Result<Vec<SkillClaim>, D::Error> {
    struct Either(SkillClaim);
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Either;
        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("the URI of a concept, or a claim")
        }
        fn visit_str<E: de::Error>(self, uri: &str) -> Result<Either, E> {
            Ok(Either(confirmed(uri)))
        }
        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Either, A::Error> {
            SkillClaim::deserialize(de::value::MapAccessDeserializer::new(map)).map(Either)
        }
    }
    impl<'de> Deserialize<'de> for Either {
        fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Visitor)
        }
    }
    Ok(Vec::deserialize(from)?.into_iter().map(|e: Either| e.0).collect())
}

impl Change {
    /// The profile as it would be.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a claim to remove that is not there, and
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a concept that stands in two of the four lists; both with the path
    /// in the change.
    pub fn apply(&self, profile: &Profile) -> Result<Profile> {
        let mut p = profile.clone();
        let added = self.add.iter().map(|a| a.concept.as_ref());
        let lists = [("add", added.collect::<Vec<_>>()), ("remove", self.remove.iter().map(Some).collect())]
            .into_iter()
            .chain([("confirm", self.confirm.iter().map(Some).collect())])
            .chain([("reject", self.reject.iter().map(Some).collect())]);
        let mut seen = BTreeSet::new();
        for (name, list) in lists {
            let before = seen.clone();
            for (i, uri) in list.into_iter().enumerate().filter_map(|(i, uri)| Some((i, uri?))) {
                if before.contains(uri) {
                    let message = format!("\"{uri}\" stands in two lists of the change; leave it in one");
                    return Err(Error::invalid(format!("/{name}/{i}"), message));
                }
                seen.insert(uri);
            }
        }
        for (i, name) in self.remove.iter().enumerate() {
            let before = p.skills.len();
            p.skills.retain(|s| s.concept.as_ref() != Some(name) && s.label.as_ref() != Some(name));
            if p.skills.len() == before {
                let message = format!("profile \"{}\" claims no \"{name}\"; reject what only its text names", p.id);
                return Err(Error::new(ErrorKind::NotFound, format!("/remove/{i}"), message));
            }
        }
        for claim in &self.add {
            p.skills.retain(|s| s.status != Status::Rejected || s.concept.is_none() || s.concept != claim.concept);
            p.skills.push(claim.clone());
        }
        for (uris, status) in [(&self.confirm, Status::Confirmed), (&self.reject, Status::Rejected)] {
            for uri in uris {
                let mut claims = p.skills.iter_mut().filter(|s| s.concept.as_ref() == Some(uri)).peekable();
                if claims.peek().is_none() {
                    p.skills.push(SkillClaim { status, ..confirmed(uri) });
                } else {
                    claims.for_each(|s| s.status = status);
                }
            }
        }
        fn put<T: Clone>(to: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                to.clone_from(new);
            }
        }
        put(&mut p.wishes, self.wishes.as_ref());
        put(&mut p.languages, self.languages.as_ref());
        put(&mut p.routes, self.routes.as_ref());
        p.place = self.place.clone().or(p.place);
        p.availability = self.availability.clone().or(p.availability);
        Ok(p)
    }

    /// The text stays, and with it its signals; so does what the change does not name.
    fn keeps(&self) -> Kept {
        let mut kept = Kept { signals: vec![Signal::Text, Signal::Semantic], gates: Vec::new() };
        let parts = [
            (self.wishes.is_none(), Signal::Wishes, None),
            (self.languages.is_none(), Signal::Language, Some(Gate::Language)),
            (self.place.is_none(), Signal::Place, Some(Gate::Place)),
            (self.availability.is_none(), Signal::Time, Some(Gate::Period)),
        ];
        for (_, signal, gate) in parts.into_iter().filter(|p| p.0) {
            kept.signals.push(signal);
            kept.gates.extend(gate);
        }
        if self.routes.is_none() {
            kept.gates.push(Gate::Route);
        }
        kept
    }

    /// Every concept is in the taxonomy.
    fn check(&self, data: &Data) -> Result<()> {
        let added = self.add.iter().map(|a| a.concept.as_ref()).collect::<Vec<_>>();
        let named = [("add", added), ("confirm", self.confirm.iter().map(Some).collect())]
            .into_iter()
            .chain([("reject", self.reject.iter().map(Some).collect())]);
        for (name, uris) in named {
            for (i, uri) in uris.into_iter().enumerate().filter_map(|(i, uri)| Some((i, uri?))) {
                known(data, uri, || format!("/{name}/{i}"))?;
            }
        }
        Ok(())
    }
}

/// An error for a concept that is not in the taxonomy; a pruned one may have had it.
pub(crate) fn known(data: &Data, uri: &str, path: impl FnOnce() -> String) -> Result<()> {
    if data.taxonomy.number(uri).is_some() || data.taxonomy.is_pruned() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::NotFound, path(), format!("unknown concept \"{uri}\"; it is not in this taxonomy")))
}

/// Where a challenge stands for a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Standing {
    /// 0 to 1; `None` if nothing is known.
    pub score: Option<f64>,
    /// Among the person's challenges, from 1; `None` if a gate shuts it out.
    pub rank: Option<u32>,
    /// The gates that the pair fails.
    pub gates: Vec<Gate>,
}

/// A challenge before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Outlook {
    /// Id of the challenge.
    pub challenge: String,
    /// As it is.
    pub before: Standing,
    /// As it would be.
    pub after: Standing,
    /// What the score gains or loses, -1 to 1; no score counts as 0.
    pub change: f64,
}

/// What a change would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WhatIf {
    /// Id of the profile.
    pub profile: String,
    /// All challenges in their new order; those that a gate shuts out last, by id.
    pub challenges: Vec<Outlook>,
    /// Those whose score or gates change, as places in `challenges`: the largest gain first, the largest loss last.
    pub moved: Vec<u32>,
}

/// A pair's values and what follows from them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub values: Values,
    pub score: Option<f64>,
    /// A bit for each gate that fails.
    pub gates: u8,
}

impl Seen {
    /// A gate that the configuration names shuts the pair out.
    fn shut(&self, shutting: u8) -> bool {
        self.gates & shutting != 0
    }
}

/// What a change leaves as it was.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    signals: Vec<Signal>,
    gates: Vec<Gate>,
}

impl Matcher {
    /// What a change of a profile of the snapshot would do to all challenges.
    ///
    /// Cost: the profile's text is analysed, and every challenge scored once and a half; 10,000 take some milliseconds.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id, a concept or a claim to remove that is not there,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a change that contradicts itself or gives no valid profile,
    /// [`MissingSide`](ErrorKind::MissingSide).
    ///
    /// ```
    /// use osuma::{Change, MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json};
    /// let p = from_json(r#"{"id": "p", "text": "I repair bicycles."}"#)?;
    /// let c = from_json(r#"{"id": "c", "title": "Help", "text": "", "requirements": [{"label": "baking"}]}"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![p], vec![c], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let change = Change { add: vec![serde_json::from_str(r#"{"label": "baking"}"#).unwrap()], ..Change::default() };
    /// let what = matcher.what_if("p", &change)?;
    /// assert!(what.moved == [0] && what.challenges[0].change > 0.1);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    pub fn what_if(&self, profile: &str, change: &Change) -> Result<WhatIf> {
        let (data, row) = (&*self.snapshot().data, self.snapshot().row(Side::Profiles, profile)?);
        self.compare(&data.document(&data.profiles.common, row)?, (&data.profiles, row), change)
    }

    /// What a change of a profile that the snapshot does not hold would do.
    ///
    /// # Errors
    /// As [`what_if`](Self::what_if), and for a profile that is not valid.
    pub fn what_if_new(&self, profile: &Profile, change: &Change) -> Result<WhatIf> {
        self.compare(profile, (&self.snapshot().data.profile(profile)?, 0), change)
    }

    fn compare(&self, document: &Profile, (of, row): (&Profiles, usize), change: &Change) -> Result<WhatIf> {
        self.snapshot().require(Side::Challenges)?;
        let data = &*self.snapshot().data;
        change.check(data)?;
        let mut changed = data.profile(&change.apply(document)?)?;
        keep_vectors(&mut changed, of, row);
        let seen = self.see_both((of, row), &changed, &change.keeps());
        let shutting = self.config().gates.iter().fold(0, |bits, &g| bits | 1 << g as u8);
        let [(old, _), (new, order)] =
            crate::parallel::both(|after| ranks(seen.iter().map(|s| s[usize::from(after)]), shutting));
        let standing = |of: Stands, rank: u32| Standing {
            score: of.score,
            rank: (rank > 0).then_some(rank),
            gates: Gate::ALL.into_iter().filter(|&g| of.gates & 1 << g as u8 != 0).collect(),
        };
        let ids = &data.challenges.common.ids;
        let outlook = |i: usize| {
            let c = order[i] as usize;
            let (before, after) = (standing(seen[c][0], old[c]), standing(seen[c][1], new[c]));
            let change = after.score.unwrap_or(0.0) - before.score.unwrap_or(0.0);
            Outlook { challenge: ids.get(c).to_owned(), before, after, change }
        };
        let challenges: Vec<Outlook> = crate::parallel::map(order.len(), outlook);
        let differs = |o: &Outlook| (o.before.score, &o.before.gates) != (o.after.score, &o.after.gates);
        let mut moved: Vec<u32> = (0..).zip(&challenges).filter(|(_, o)| differs(o)).map(|(i, _)| i).collect();
        let change = |i: u32| challenges[i as usize].change;
        moved.sort_by(|&a, &b| change(b).total_cmp(&change(a)).then(a.cmp(&b)));
        Ok(WhatIf { profile: document.id.clone(), challenges, moved })
    }

    /// A profile beside all challenges.
    pub(crate) fn see(&self, profile: (&Profiles, usize)) -> Vec<Seen> {
        let data = &*self.snapshot().data;
        let all = sums_of_all(profile, data, self.weights[Signal::Text as usize] > 0.0);
        let query = Query::Profile(profile.0, profile.1);
        crate::parallel::map(all.len(), |i| self.seen(&query.pair(data, i), &all[i]))
    }

    fn seen(&self, pair: &Pair, sums: &Sums) -> Seen {
        let values = pair.values(&self.weights, sums);
        let gates = Gate::ALL.into_iter().filter(|&g| pair.fails(g, sums)).fold(0, |bits, g| bits | 1 << g as u8);
        Seen { values, score: self.score_of(pair, values).score, gates }
    }

    /// Where all challenges stand for a profile before and after a change that keeps something.
    fn see_both(&self, of: (&Profiles, usize), changed: &Profiles, kept: &Kept) -> Vec<[Stands; 2]> {
        let data = &*self.snapshot().data;
        let (query, changed) = (Query::Profile(of.0, of.1), (changed, 0));
        let text = self.weights[Signal::Text as usize] > 0.0;
        let [old, new] =
            crate::parallel::both(
                |after| {
                    if after { sums_of_all(changed, data, false) } else { sums_of_all(of, data, text) }
                },
            );
        let mut weights = self.weights;
        kept.signals.iter().for_each(|&s| weights[s as usize] = 0.0);
        let kept_gates = kept.gates.iter().fold(0, |bits, &g| bits | 1 << g as u8);
        let both = |i: usize| {
            let before = self.seen(&query.pair(data, i), &old[i]);
            let (pair, sums) = (Query::Profile(changed.0, changed.1).pair(data, i), &new[i]);
            let mut values = pair.values(&weights, sums);
            kept.signals.iter().for_each(|&s| values[s as usize] = before.values[s as usize]);
            let gates = Gate::ALL.into_iter().filter(|&g| kept_gates & 1 << g as u8 == 0 && pair.fails(g, sums));
            let gates = gates.fold(before.gates & kept_gates, |bits, g| bits | 1 << g as u8);
            let after = Stands { score: self.score_of(&pair, values).score, gates };
            [Stands { score: before.score, gates: before.gates }, after]
        };
        crate::parallel::map(old.len(), both)
    }
}

/// A pair's score, and a bit for each gate that fails.
#[derive(Debug, Clone, Copy)]
struct Stands {
    score: Option<f64>,
    gates: u8,
}

/// The rank of every challenge, 0 for one that is shut out; and their order, those that are shut out last.
fn ranks(seen: impl ExactSizeIterator<Item = Stands>, shutting: u8) -> (Vec<u32>, Vec<u32>) {
    let mut ranks = vec![0; seen.len()];
    // Integers that ascend as scores, which are at least +0, descend. No score stands behind all scores, and among those
    // that are shut out none counts.
    let key = |s: Stands| match s.score {
        _ if s.gates & shutting != 0 => u64::MAX,
        Some(score) => (u64::MAX >> 1) - score.to_bits(),
        None => 1 << 63,
    };
    let mut keys: Vec<(u64, u32)> = seen.map(key).zip(0..).collect();
    keys.sort_unstable();
    for (rank, &(key, i)) in (1..).zip(&keys) {
        ranks[i as usize] = if key == u64::MAX { 0 } else { rank };
    }
    (ranks, keys.into_iter().map(|k| k.1).collect())
}

/// One person as columns of one row.
pub(crate) struct Person {
    pub document: Profile,
    pub columns: Profiles,
}

impl Person {
    pub(crate) fn of_pool(matcher: &Matcher, id: &str) -> Result<Self> {
        let snapshot = matcher.snapshot();
        let (data, row) = (&*snapshot.data, snapshot.row(Side::Profiles, id)?);
        let common = &data.profiles.common;
        let document: Profile = data.document(common, row)?;
        let mut columns = data.profile(&document)?;
        keep_vectors(&mut columns, &data.profiles, row);
        Ok(Self { document, columns })
    }

    pub(crate) fn new(matcher: &Matcher, profile: &Profile) -> Result<Self> {
        let columns = matcher.snapshot().data.profile(profile)?;
        Ok(Self { document: profile.clone(), columns })
    }
}

/// Vectors of the caller's encoder stand in the columns only, and where a snapshot goes without its map, so do those of
/// the text.
fn keep_vectors(columns: &mut Profiles, of: &Profiles, row: usize) {
    let own = |rows: &[f32]| {
        let width = rows.len() / of.common.len().max(1);
        rows[row * width..(row + 1) * width].to_vec()
    };
    columns.common.given = own(&of.common.given).into();
    columns.common.mapped = own(&of.common.mapped).into();
}

/// What a person is to reach at a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Target {
    /// This place or a better one among the profiles of the challenge, from 1.
    Rank(u32),
    /// This score or more, 0 to 1.
    Score(f64),
    /// Past the gate of musts, and every gate that the configuration names.
    Gates,
}

/// A skill to learn; or to confirm or deepen, where it is held already.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Learnt {
    /// URI of the concept, or a free label as the challenge writes it.
    pub skill: String,
    /// What it costs: as given, else 1 less its nearness to the nearest claim, at least .1.
    pub cost: f64,
    /// The person claims it already, or their text names it.
    pub held: bool,
}

/// The cheapest set of skills that brings a person to a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SmallestChange {
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    pub challenge: String,
    /// The score as it is.
    pub before: Option<f64>,
    /// Whether skills can reach the target at all.
    pub reachable: bool,
    /// The skills, each as a confirmed claim; empty where nothing need change, or nothing would do.
    pub skills: Vec<Learnt>,
    /// Their costs together.
    pub cost: f64,
    /// The score with them; where the target is out of reach, with every skill that the challenge could use.
    pub after: Option<f64>,
    /// No set of any size costs less than this; 0 where the target is out of reach.
    pub at_least: f64,
    /// The set is proven to be the cheapest: among all of at most three skills it always is.
    pub proven: bool,
    /// Gates that no skill opens: the reason where the target is out of reach for them.
    pub blocked: Vec<Gate>,
}

/// The least cost of a skill, however near.
const LEAST_COST: f64 = 0.1;
/// Sets up to this size are all searched.
const SEARCHED: usize = 3;
/// For bounds that are added up in another order than scores.
const SLACK: f64 = 1e-9;

/// A skill with what it would raise.
#[derive(Debug, Clone)]
struct Skill {
    name: String,
    cost: f64,
    held: bool,
    /// Of each requirement, 0 where it does nothing.
    degrees: Vec<f64>,
}

/// One person beside one challenge, as far as new confirmed claims change it.
struct Prospect<'a> {
    matcher: &'a Matcher,
    pair: Pair<'a>,
    today: Seen,
    /// Of each requirement, today.
    degrees: Vec<f64>,
}

impl<'a> Prospect<'a> {
    fn new(matcher: &'a Matcher, person: &'a Profiles, c: usize, today: Option<Seen>) -> Self {
        let data = &*matcher.snapshot().data;
        let pair = Query::Profile(person, 0).pair(data, c);
        let today = today.unwrap_or_else(|| {
            let sums = pair.sums();
            let values = pair.values(&matcher.weights, &sums);
            let gates = Gate::ALL.into_iter().filter(|&g| pair.fails(g, &sums)).fold(0, |bits, g| bits | 1 << g as u8);
            Seen { values, score: matcher.score_of(&pair, values).score, gates }
        });
        let degrees = pair.challenges.need_lists.range(c).map(|need| pair.meeting(need).degree).collect();
        Self { matcher, pair, today, degrees }
    }

    fn weights(&self) -> &[f64] {
        &self.pair.challenges.need_weights[self.pair.challenges.need_lists.range(self.pair.c)]
    }

    /// The weighted sum of degrees, in the order in which the skills signal adds it.
    fn met(&self, degrees: &[f64]) -> f64 {
        self.weights().iter().zip(degrees).fold(0.0, |sum, (w, d)| sum + w * d)
    }

    /// The score where the requirements are met so much.
    fn score(&self, met: f64) -> Option<f64> {
        let mut values = self.today.values;
        if !self.degrees.is_empty() && self.matcher.weights[Signal::Skills as usize] > 0.0 {
            let all = self.weights().iter().fold(0.0, |sum, w| sum + w);
            values[Signal::Skills as usize] = Some((met / all).min(1.0));
        }
        self.matcher.score_of(&self.pair, values).score
    }

    /// Musts that are not met.
    fn lacking(&self, degrees: &[f64]) -> usize {
        let musts = &self.pair.challenges.need_musts[self.pair.challenges.need_lists.range(self.pair.c)];
        musts.iter().zip(degrees).filter(|&(&must, &d)| must != 0 && d < MUST_MET).count()
    }

    /// The least weighted sum whose score is enough, from below; `None` if none is.
    fn needed(&self, enough: &dyn Fn(Option<f64>) -> bool) -> Option<f64> {
        let (mut low, mut high) = (self.met(&self.degrees), self.weights().iter().fold(0.0, |sum, w| sum + w));
        if enough(self.score(low)) {
            return Some(low);
        }
        if !enough(self.score(high)) {
            return None;
        }
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if enough(self.score(middle)) { high = middle } else { low = middle }
        }
        Some(low)
    }
}

fn raised(degrees: &[f64], by: &[f64]) -> Vec<f64> {
    degrees.iter().zip(by).map(|(a, b)| a.max(*b)).collect()
}

/// What a skill costs a person by its distance from what they have: of every concept.
fn distances(data: &Data, person: &Profiles) -> Vec<f64> {
    let mut costs = vec![1.0_f64; data.taxonomy.concepts().len()];
    for claim in person.claim_lists.range(0) {
        let key = person.claim_keys[claim];
        if (key as usize) < costs.len() && person.claim_strengths[claim] > 0.0 {
            for &(concept, similarity) in data.taxonomy.meets(key) {
                let cost = &mut costs[concept as usize];
                *cost = cost.min((1.0 - similarity).max(LEAST_COST));
            }
        }
    }
    costs
}

/// The cheapest set of skills with which `reached` holds, which more of a degree never undoes.
struct Search<'a> {
    skills: &'a [Skill],
    /// Of the skills from each on, the best degrees.
    ahead: Vec<Vec<f64>>,
    reached: &'a dyn Fn(&[f64]) -> bool,
    best: Option<(f64, Vec<usize>)>,
}

impl Search<'_> {
    /// All sets that begin with `chosen` and have at most [`SEARCHED`] skills; cheapest first, so that what costs more
    /// than the best ends a row.
    fn extend(&mut self, from: usize, chosen: &mut Vec<usize>, cost: f64, degrees: &[f64]) {
        for i in from..self.skills.len() {
            let cost = cost + self.skills[i].cost;
            if self.best.as_ref().is_some_and(|b| cost > b.0) {
                break;
            }
            let with = raised(degrees, &self.skills[i].degrees);
            if with == degrees {
                continue;
            }
            chosen.push(i);
            if (self.reached)(&with) {
                let better = |b: &(f64, Vec<usize>)| (cost, chosen.len(), &*chosen) < (b.0, b.1.len(), &b.1);
                if self.best.as_ref().is_none_or(better) {
                    self.best = Some((cost, chosen.clone()));
                }
            } else if chosen.len() < SEARCHED && (self.reached)(&raised(&with, &self.ahead[i + 1])) {
                self.extend(i + 1, chosen, cost, &with);
            }
            chosen.pop();
        }
    }
}

impl Matcher {
    /// The cheapest set of skills that brings a profile of the snapshot to a target at a challenge. `costs` by URI
    /// stand in place of the distance in the taxonomy, where given.
    ///
    /// Every skill counts that meets a requirement in part or in full. All sets of up to three are searched; a larger
    /// one is found greedily, and is the cheapest where [`at_least`](SmallestChange::at_least) proves it. The bound is
    /// the cheapest fractional set (skills together raise the score by no more than each alone), or the cost of the four
    /// cheapest skills.
    ///
    /// Cost: some milliseconds; up to a second for a challenge of very many requirements.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id or a concept in `costs` that is not there,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a target or a cost out of range,
    /// [`MissingSide`](ErrorKind::MissingSide), also where a rank is asked for and the snapshot holds no profiles.
    pub fn smallest_change(
        &self,
        profile: &str,
        challenge: &str,
        target: Target,
        costs: &BTreeMap<String, f64>,
    ) -> Result<SmallestChange> {
        self.smallest(&Person::of_pool(self, profile)?, challenge, target, costs)
    }

    /// The same for a profile that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`smallest_change`](Self::smallest_change), and for a profile that is not valid.
    pub fn smallest_change_new(
        &self,
        profile: &Profile,
        challenge: &str,
        target: Target,
        costs: &BTreeMap<String, f64>,
    ) -> Result<SmallestChange> {
        self.smallest(&Person::new(self, profile)?, challenge, target, costs)
    }

    fn smallest(
        &self,
        person: &Person,
        challenge: &str,
        target: Target,
        costs: &BTreeMap<String, f64>,
    ) -> Result<SmallestChange> {
        let data = &*self.snapshot().data;
        let c = self.snapshot().row(Side::Challenges, challenge)?;
        for (uri, cost) in costs {
            known(data, uri, || format!("/costs/{uri}"))?;
            if !(cost.is_finite() && *cost >= 0.0) {
                let message = format!("cost {cost} is out of range: a finite number, at least 0");
                return Err(Error::invalid(format!("/costs/{uri}"), message));
            }
        }
        let enough = self.enough(&person.document.id, challenge, target)?;
        let prospect = Prospect::new(self, &person.columns, c, None);
        let shutting = self.config().gates.iter().copied();
        let fails = |g: &Gate| prospect.today.gates & 1 << *g as u8 != 0;
        let blocked: Vec<Gate> =
            BTreeSet::from_iter(shutting).into_iter().filter(|&g| g != Gate::Musts && fails(&g)).collect();
        let musts = target == Target::Gates || self.config().gates.contains(&Gate::Musts);
        let reached = |degrees: &[f64]| {
            enough(prospect.score(prospect.met(degrees))) && !(musts && prospect.lacking(degrees) > 0)
        };
        let mut answer = SmallestChange {
            profile: person.document.id.clone(),
            challenge: challenge.to_owned(),
            before: prospect.today.score,
            reachable: true,
            skills: Vec::new(),
            cost: 0.0,
            after: prospect.today.score,
            at_least: 0.0,
            proven: true,
            blocked,
        };
        if answer.blocked.is_empty() && enough(prospect.today.score) && !(musts && fails(&Gate::Musts)) {
            return Ok(answer);
        }
        let skills = useful(self.learnable(person, &prospect, costs)?);
        let mut ahead = vec![vec![0.0; prospect.degrees.len()]];
        for s in skills.iter().rev() {
            ahead.push(raised(&ahead[ahead.len() - 1], &s.degrees));
        }
        ahead.reverse();
        let all = raised(&prospect.degrees, &ahead[0]);
        if !answer.blocked.is_empty() || !reached(&all) {
            answer.reachable = false;
            answer.after = if skills.is_empty() { answer.before } else { prospect.score(prospect.met(&all)) };
            return Ok(answer);
        }
        let mut search = Search { skills: &skills, ahead, reached: &reached, best: None };
        search.extend(0, &mut Vec::new(), 0.0, &prospect.degrees);
        let larger = bound(&prospect, &skills, prospect.needed(&enough), musts);
        let mut best = search.best;
        answer.at_least = best.as_ref().map_or(larger, |b| b.0.min(larger));
        if best.as_ref().is_none_or(|b| b.0 > larger + SLACK) {
            let set = greedy(&prospect, &skills, &reached);
            let cost = set.iter().fold(0.0, |sum, &i| sum + skills[i].cost);
            if best.as_ref().is_none_or(|b| cost < b.0) {
                best = Some((cost, set));
            }
        }
        let (cost, set) = best.unwrap_or_default();
        let degrees = set.iter().fold(prospect.degrees.clone(), |d, &i| raised(&d, &skills[i].degrees));
        answer.skills = (set.iter().map(|&i| &skills[i]))
            .map(|s| Learnt { skill: s.name.clone(), cost: s.cost, held: s.held })
            .collect();
        answer.cost = cost;
        answer.after = prospect.score(prospect.met(&degrees));
        answer.proven = cost * (1.0 - 4.0 * SLACK) <= answer.at_least + SLACK;
        Ok(answer)
    }

    /// Whether a score is enough for a target; a rank becomes the score that the person there has.
    fn enough(&self, profile: &str, challenge: &str, target: Target) -> Result<Box<dyn Fn(Option<f64>) -> bool>> {
        Ok(match target {
            Target::Gates => Box::new(|_| true),
            Target::Score(x) if !(0.0..=1.0).contains(&x) => {
                return Err(Error::invalid("/target/score", format!("{x} is out of range: 0 to 1")));
            }
            Target::Score(x) => Box::new(move |score| score.is_some_and(|s| s >= x)),
            Target::Rank(0) => return Err(Error::invalid("/target/rank", "0 is out of range: ranks begin at 1")),
            Target::Rank(n) => {
                let mut ranking = self.profiles_for(challenge, (n as usize).saturating_add(1))?.matches;
                ranking.retain(|m| m.profile != profile);
                let rival = ranking.get(n as usize - 1).and_then(|m| Some((m.score?, m.profile.as_str() > profile)));
                Box::new(move |score| match (score, rival) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(score), Some((theirs, after))) => score > theirs || (score == theirs && after),
                })
            }
        })
    }

    /// The skills that would raise a requirement, cheapest first.
    fn learnable(&self, person: &Person, prospect: &Prospect, costs: &BTreeMap<String, f64>) -> Result<Vec<Skill>> {
        let (data, pair) = (&*self.snapshot().data, &prospect.pair);
        let (c, concepts) = (pair.challenges, data.taxonomy.concepts());
        let document: Challenge = data.document(&c.common, pair.c)?;
        let distances = distances(data, &person.columns);
        let held = |key: u32| person.columns.claim_keys.contains(&key);
        let needs = c.need_lists.range(pair.c);
        let mut degrees: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (i, need) in needs.clone().enumerate() {
            let key = c.need_keys[need];
            let label = [(key, 1.0)];
            let by = if (key as usize) < concepts.len() {
                data.taxonomy.met_by(key)
            } else if (key as usize) < data.keys() && person.columns.common.language[0] == c.common.language[pair.c] {
                // Read in another language, the same label may have other stems.
                &label[..]
            } else {
                &[]
            };
            for &(by, degree) in by.iter().filter(|b| b.1 > prospect.degrees[i]) {
                degrees.entry(by).or_insert_with(|| vec![0.0; needs.len()])[i] = degree;
            }
        }
        let mut skills = Vec::new();
        for (key, degrees) in degrees {
            let held = held(key);
            let (name, distance) = match concepts.get(key as usize) {
                Some(concept) if !concept.kind.is_skill() => continue,
                Some(concept) => (concept.uri.clone(), distances[key as usize]),
                None => {
                    let need = needs.clone().find(|&need| c.need_keys[need] == key);
                    let source = need.and_then(|need| document.requirements.get(c.need_sources[need] as usize));
                    let Some(label) = source.and_then(|r| r.label.clone()) else { continue };
                    (label, if held { LEAST_COST } else { 1.0 })
                }
            };
            let cost = costs.get(&name).copied().unwrap_or(distance);
            skills.push(Skill { name, cost, held, degrees });
        }
        skills.sort_by(|a, b| a.cost.total_cmp(&b.cost).then_with(|| a.name.cmp(&b.name)));
        Ok(skills)
    }
}

/// Without skills that another one, not dearer, replaces in every respect.
fn useful(skills: Vec<Skill>) -> Vec<Skill> {
    let covers = |a: &Skill, b: &Skill| a.degrees.iter().zip(&b.degrees).all(|(x, y)| x >= y);
    let kept = |(i, b): (usize, &Skill)| {
        let replaced = |(j, a): (usize, &Skill)| {
            j != i && a.cost <= b.cost && covers(a, b) && (j < i || a.cost < b.cost || !covers(b, a))
        };
        !skills.iter().enumerate().any(replaced)
    };
    skills.iter().enumerate().filter(|&(i, b)| kept((i, b))).map(|(_, s)| s.clone()).collect()
}

/// What a set of more than [`SEARCHED`] skills costs at least.
fn bound(prospect: &Prospect, skills: &[Skill], needed: Option<f64>, musts: bool) -> f64 {
    let dear = skills.iter().take(SEARCHED + 1).fold(0.0, |sum, s| sum + s.cost);
    let (met, lacking) = (prospect.met(&prospect.degrees), prospect.lacking(&prospect.degrees) as f64);
    // The cheapest fractions of skills whose gains, as if nothing overlapped, are enough.
    let fractional = |gain: &dyn Fn(&Skill) -> f64, mut need: f64| {
        let mut by_price: Vec<(f64, f64)> = skills.iter().map(|s| (s.cost, gain(s))).filter(|g| g.1 > 0.0).collect();
        by_price.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)).then(a.0.total_cmp(&b.0)));
        let mut cost = 0.0;
        for (price, gain) in by_price {
            if need <= 0.0 {
                break;
            }
            let take = (need / gain).min(1.0);
            cost += take * price;
            need -= take * gain;
        }
        cost
    };
    let gain = |s: &Skill| prospect.met(&raised(&prospect.degrees, &s.degrees)) - met + SLACK;
    let by_score = fractional(&gain, needed.map_or(0.0, |n| n - met - SLACK));
    let fewer = |s: &Skill| lacking - prospect.lacking(&raised(&prospect.degrees, &s.degrees)) as f64;
    let by_musts = if musts { fractional(&fewer, lacking) } else { 0.0 };
    dear.max(by_score).max(by_musts) * (1.0 - SLACK)
}

/// A set that is enough: skill by skill the most for its cost, then without those that are not needed.
fn greedy(prospect: &Prospect, skills: &[Skill], reached: &dyn Fn(&[f64]) -> bool) -> Vec<usize> {
    let worth = |degrees: &[f64]| prospect.met(degrees) - prospect.lacking(degrees) as f64;
    let (mut set, mut degrees) = (Vec::new(), prospect.degrees.clone());
    while !reached(&degrees) {
        let now = worth(&degrees);
        let price = |s: &Skill| (worth(&raised(&degrees, &s.degrees)) - now) / s.cost.max(SLACK);
        // The first of equals.
        let best = (0..skills.len()).rev().max_by(|&a, &b| price(&skills[a]).total_cmp(&price(&skills[b])));
        let Some(best) = best.filter(|&b| price(&skills[b]) > 0.0) else { break };
        degrees = raised(&degrees, &skills[best].degrees);
        set.push(best);
    }
    set.sort_unstable();
    for &i in set.clone().iter().rev() {
        let without = set.iter().filter(|&&j| j != i);
        if reached(&without.clone().fold(prospect.degrees.clone(), |d, &j| raised(&d, &skills[j].degrees))) {
            set = without.copied().collect();
        }
    }
    set
}

/// How [`Matcher::unlocks`] looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UnlockOptions {
    /// A challenge is open from this score on, 0 to 1, where the person meets its musts and no gate shuts it.
    pub score: f64,
    /// How many single skills, and how many pairs, are told at most; at least 1.
    pub most: u32,
}

impl Default for UnlockOptions {
    /// Score .5, ten single skills and ten pairs.
    fn default() -> Self {
        Self { score: 0.5, most: 10 }
    }
}

/// What a skill, or a pair of them, would open.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Unlock {
    /// One or two skills, each as a confirmed claim.
    pub skills: Vec<Learnt>,
    /// Ids of the challenges that it would newly open, ascending.
    pub opens: Vec<String>,
}

/// The skills that would open most challenges.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Unlocks {
    /// Id of the profile.
    pub profile: String,
    /// How many challenges are open as it is.
    pub open: u32,
    /// Most challenges first, then the cheapest.
    pub singles: Vec<Unlock>,
    /// Pairs that open more than either of the two alone; in the same order.
    pub pairs: Vec<Unlock>,
}

/// Skills whose pairs are looked at: those that bring most challenges nearer.
const PAIRED: usize = 64;

impl Matcher {
    /// Which single skills and pairs would newly open most challenges to a profile of the snapshot.
    ///
    /// A challenge is open where the person meets its musts, no gate of the configuration shuts it, and its score is at
    /// least the option's. Skills are those near the person (the taxonomy finds a claim similar to them) and those that
    /// a challenge needs which only skills keep shut; what the person rejected is not proposed. Pairs are of the 64
    /// skills that bring most challenges nearer.
    ///
    /// Cost: every challenge is scored once, and again for each skill that could help it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id that is not there, [`InvalidInput`](ErrorKind::InvalidInput) for an
    /// option out of range, [`MissingSide`](ErrorKind::MissingSide).
    pub fn unlocks(&self, profile: &str, options: &UnlockOptions) -> Result<Unlocks> {
        self.unlocked(&Person::of_pool(self, profile)?, options)
    }

    /// The same for a profile that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`unlocks`](Self::unlocks), and for a profile that is not valid.
    pub fn unlocks_new(&self, profile: &Profile, options: &UnlockOptions) -> Result<Unlocks> {
        self.unlocked(&Person::new(self, profile)?, options)
    }

    fn unlocked(&self, person: &Person, options: &UnlockOptions) -> Result<Unlocks> {
        let UnlockOptions { score, most } = *options;
        if !(0.0..=1.0).contains(&score) {
            return Err(Error::invalid("/score", format!("{score} is out of range: 0 to 1")));
        }
        if most == 0 {
            return Err(Error::invalid("/most", "0 is out of range: ask for at least 1"));
        }
        self.snapshot().require(Side::Challenges)?;
        let (data, columns) = (&*self.snapshot().data, &person.columns);
        let (c, concepts) = (&data.challenges, data.taxonomy.concepts());
        let musts = 1 << Gate::Musts as u8;
        let shutting = self.config().gates.iter().fold(0, |bits, &g| bits | 1 << g as u8) & !musts;
        let enough = |s: Option<f64>| s.is_some_and(|s| s >= score);
        let mut open = 0;
        let mut closed: Vec<Prospect> = Vec::new();
        for (i, seen) in self.see((columns, 0)).into_iter().enumerate() {
            if seen.gates & (shutting | musts) == 0 && enough(seen.score) {
                open += 1;
            } else if !seen.shut(shutting) && !c.need_lists.range(i).is_empty() {
                closed.push(Prospect::new(self, columns, i, Some(seen)));
            }
        }
        let costs = distances(data, columns);
        let rejected: BTreeSet<u32> = (person.document.skills.iter())
            .filter(|s| s.status == Status::Rejected)
            .filter_map(|s| data.taxonomy.number(s.concept.as_deref()?))
            .collect();
        let concept = |&key: &u32| (key as usize) < concepts.len();
        let mut proposed: Vec<bool> = costs.iter().map(|&cost| cost < 1.0).collect();
        for p in &closed {
            c.need_keys[c.need_lists.range(p.pair.c)]
                .iter()
                .filter(|k| concept(k))
                .for_each(|&k| proposed[k as usize] = true);
        }
        (0..)
            .zip(&mut proposed)
            .for_each(|(k, p)| *p &= concepts[k as usize].kind.is_skill() && !rejected.contains(&k));

        // Of each closed challenge the skills that raise it: what each brings, and what it does to the requirements.
        let reached = |p: &Prospect, degrees: &[f64]| enough(p.score(p.met(degrees))) && p.lacking(degrees) == 0;
        let mut singles: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut promise = vec![0.0; concepts.len()];
        let mut nearer = Vec::new();
        for p in &closed {
            let mut raising: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
            for (i, need) in c.need_lists.range(p.pair.c).enumerate().filter(|n| concept(&c.need_keys[n.1])) {
                for &(by, degree) in data.taxonomy.met_by(c.need_keys[need]) {
                    if proposed[by as usize] && degree > p.degrees[i] {
                        raising.entry(by).or_insert_with(|| p.degrees.clone())[i] = degree;
                    }
                }
            }
            let all = raising.values().fold(p.degrees.clone(), |all, d| raised(&all, d));
            if !reached(p, &all) {
                continue;
            }
            let (met, whole) = (p.met(&p.degrees), p.met(&all));
            let alone = |d: &Vec<f64>| reached(p, d);
            for (&skill, degrees) in &raising {
                let gain = (p.met(degrees) - met) / (whole - met).max(SLACK);
                promise[skill as usize] += if alone(degrees) { 1.0 } else { gain };
            }
            let (opening, others): (Vec<_>, Vec<_>) = raising.into_iter().partition(|(_, d)| alone(d));
            opening.iter().for_each(|&(skill, _)| singles.entry(skill).or_default().push(p.pair.c));
            nearer.push((p.pair.c, others));
        }
        let mut paired: Vec<u32> = (0..).zip(&promise).filter(|p| *p.1 > 0.0).map(|(k, _)| k).collect();
        paired.sort_by(|&a, &b| promise[b as usize].total_cmp(&promise[a as usize]).then(a.cmp(&b)));
        paired.truncate(PAIRED);
        paired.sort_unstable();
        let at = |c: usize| closed.partition_point(|p| p.pair.c < c);
        let mut together: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (challenge, others) in &nearer {
            let p = &closed[at(*challenge)];
            let others: Vec<_> = others.iter().filter(|(k, _)| paired.binary_search(k).is_ok()).collect();
            for (i, (a, first)) in others.iter().enumerate() {
                for (b, second) in &others[i + 1..] {
                    if reached(p, &raised(first, second)) {
                        together.entry((*a, *b)).or_default().push(*challenge);
                    }
                }
            }
        }
        let none = Vec::new();
        let opened = |skill: &u32| singles.get(skill).unwrap_or(&none);
        let mut pairs: Vec<(Vec<u32>, Vec<usize>)> = Vec::new();
        for (i, a) in paired.iter().enumerate() {
            for b in &paired[i + 1..] {
                let all = opened(a).iter().chain(opened(b)).chain(together.get(&(*a, *b)).unwrap_or(&none));
                let all: BTreeSet<usize> = all.copied().collect();
                if all.len() > opened(a).len().max(opened(b).len()) {
                    pairs.push((vec![*a, *b], all.into_iter().collect()));
                }
            }
        }
        let singles = singles.iter().map(|(&skill, opens)| (vec![skill], opens.clone())).collect();
        let unlocks = |mut found: Vec<(Vec<u32>, Vec<usize>)>| {
            let cost = |skills: &[u32]| skills.iter().fold(0.0, |sum, &s| sum + costs[s as usize]);
            let names = |skills: &[u32]| skills.iter().map(|&s| &*concepts[s as usize].uri).collect::<Vec<_>>();
            found.sort_by(|a, b| {
                (b.1.len().cmp(&a.1.len()))
                    .then(cost(&a.0).total_cmp(&cost(&b.0)))
                    .then_with(|| names(&a.0).cmp(&names(&b.0)))
            });
            found.truncate(most as usize);
            let learnt = |&s: &u32| Learnt {
                skill: concepts[s as usize].uri.clone(),
                cost: costs[s as usize],
                held: columns.claim_keys.contains(&s),
            };
            let unlock = |(skills, opens): (Vec<u32>, Vec<usize>)| Unlock {
                skills: skills.iter().map(learnt).collect(),
                opens: opens.iter().map(|&i| c.common.ids.get(i).to_owned()).collect(),
            };
            found.into_iter().map(unlock).collect()
        };
        Ok(Unlocks { profile: person.document.id.clone(), open, singles: unlocks(singles), pairs: unlocks(pairs) })
    }
}
