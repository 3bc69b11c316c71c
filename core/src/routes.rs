//! From today's skills to a target, over challenges that teach something; and challenges outside a person's old trade
//! where their evidence is strong.
//!
//! A step is a challenge that a person can enter: its musts are met, by what they have or what earlier steps teach, and
//! language, place, time and route do not stand in the way. What it teaches then counts as a confirmed claim.

use crate::error::{Error, ErrorKind, Result};
use crate::explain::Explanation;
use crate::matcher::Matcher;
use crate::model::{Challenge, Profile, Route, Side};
use crate::signal::{Gate, MUST_MET, Query};
use crate::snapshot::{Data, Profiles};
use crate::taxonomy::{ConceptKind, Taxonomy};
use crate::what_if::{Person, known};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a person wants to get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Goal {
    /// A challenge, by its id: its musts met, and at least half of its requirements covered.
    Challenge(String),
    /// A concept, by its URI: a skill is reached by a claim of it or of a kind of it, an occupation by its essential
    /// skills.
    Concept(String),
}

/// How [`Matcher::routes`] looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RouteOptions {
    /// Steps at most, 1 to 4; the target challenge is one of them.
    pub steps: u32,
    /// Paths at most, at least 1.
    pub most: u32,
    /// Partial paths that are looked at, at most.
    pub nodes: u32,
}

impl Default for RouteOptions {
    /// Four steps, five paths, 50,000 partial paths.
    fn default() -> Self {
        Self { steps: 4, most: 5, nodes: 50_000 }
    }
}

/// A requirement of a step or a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StepNeed {
    /// URI of the concept, or a free label as it was written.
    pub requirement: String,
    /// True for a must.
    pub must: bool,
    /// To what degree it is met at that step, 0 to 1.
    pub degree: f64,
    /// The step, from 1, whose teaching meets it best; `None` where what the person has does.
    pub taught_by: Option<u32>,
}

/// One challenge on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RouteStep {
    /// Id of the challenge.
    pub challenge: String,
    /// How a person comes to work on it.
    pub route: Option<Route>,
    /// What it needs.
    pub needs: Vec<StepNeed>,
    /// The weighted share of its needs that is met at that step, 0 to 1; 1 where it needs nothing.
    pub coverage: f64,
    /// URIs of what it teaches and the person has not learnt or confirmed before.
    pub gives: Vec<String>,
}

/// Steps to a target, the last one the target itself where it is a challenge.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoutePath {
    /// In the order in which they are taken; none where the target concept is reached today.
    pub steps: Vec<RouteStep>,
    /// The mean coverage of the steps, 0 to 1.
    pub coverage: f64,
}

/// What a target asks for and no path brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Missing {
    /// URI of the concept, or a free label as it was written.
    pub requirement: String,
    /// True for a must.
    pub must: bool,
    /// To what degree it is met today, 0 to 1.
    pub degree: f64,
    /// Ids of the challenges that teach it or a kind of it, whether or not the person can enter them.
    pub taught_by: Vec<String>,
}

/// Paths to a target.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Routes {
    /// Id of the profile.
    pub profile: String,
    /// Shortest first, then the best covered; none contains another.
    pub paths: Vec<RoutePath>,
    /// Where there is no path: what is missing at the target.
    pub missing: Vec<Missing>,
    /// Gates of the target challenge that no skill opens; then there is no path.
    pub blocked: Vec<Gate>,
    /// False where the budget of partial paths ran out: there may be others. Else "none" is a fact.
    pub complete: bool,
}

/// A claim that is near enough to say "can do it": stated, or of a kind of it, and not both in part.
const CAN: f64 = 0.8;
/// Share of a target's requirements that is to be covered.
const COVERED: f64 = 0.5;
/// Gates that teaching does not open.
const CIRCUMSTANCES: [Gate; 4] = [Gate::Language, Gate::Place, Gate::Period, Gate::Route];

#[derive(Debug, Clone)]
struct Need {
    key: u32,
    name: String,
    weight: f64,
    must: bool,
    /// To what degree today's claims meet it.
    today: f64,
}

/// A challenge that teaches, or the target.
#[derive(Debug, Clone)]
struct Place {
    id: String,
    route: Option<Route>,
    needs: Vec<Need>,
    teaches: Vec<u32>,
    open: bool,
}

/// What earlier steps taught: concept and step.
type Learnt = BTreeMap<u32, u32>;

fn similarity(taxonomy: &Taxonomy, claim: u32, need: u32) -> f64 {
    if need as usize >= taxonomy.concepts().len() {
        return 0.0;
    }
    let met_by = taxonomy.met_by(need);
    met_by.binary_search_by_key(&claim, |m| m.0).map_or(0.0, |i| met_by[i].1)
}

impl Need {
    /// Its degree, and the step that teaches what meets it best, the first of equals.
    fn met(&self, taxonomy: &Taxonomy, learnt: &Learnt) -> (f64, Option<u32>) {
        let mut best = (self.today, None);
        for (&claim, &step) in learnt {
            let degree = similarity(taxonomy, claim, self.key);
            if degree > best.0 || (degree == best.0 && best.1.is_some_and(|s| step < s)) {
                best = (degree, Some(step));
            }
        }
        best
    }
}

/// Whether the musts are met, and the share of the needs that is.
fn covers(needs: &[Need], taxonomy: &Taxonomy, learnt: &Learnt) -> (bool, f64) {
    let (mut musts, mut sum, mut all) = (true, 0.0, 0.0);
    for need in needs {
        let degree = need.met(taxonomy, learnt).0;
        musts &= !need.must || degree >= MUST_MET;
        sum += need.weight * degree;
        all += need.weight;
    }
    (musts, if all > 0.0 { (sum / all).min(1.0) } else { 1.0 })
}

struct Search<'a> {
    taxonomy: &'a Taxonomy,
    places: &'a [Place],
    /// How near the person is to every concept.
    today: &'a [f64],
    reached: &'a dyn Fn(&Learnt) -> bool,
    nodes: u32,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn gives(&self, place: usize, learnt: &Learnt) -> Vec<u32> {
        let lacks = |t: &&u32| self.today[**t as usize] < 1.0 && !learnt.contains_key(*t);
        self.places[place].teaches.iter().filter(lacks).copied().collect()
    }

    /// All paths of exactly `left` more steps.
    fn walk(&mut self, path: &mut Vec<usize>, learnt: &Learnt, left: u32) {
        if self.nodes == 0 {
            return;
        }
        self.nodes -= 1;
        if left == 0 {
            if (self.reached)(learnt) {
                self.found.push(path.clone());
            }
            return;
        }
        for place in 0..self.places.len() {
            if path.contains(&place) || !covers(&self.places[place].needs, self.taxonomy, learnt).0 {
                continue;
            }
            let gives = self.gives(place, learnt);
            if gives.is_empty() {
                continue;
            }
            path.push(place);
            // A path that holds a shorter one has a step too many.
            let holds = |shorter: &Vec<usize>| shorter.iter().all(|p| path.contains(p));
            if !self.found.iter().any(|f| f.len() < path.len() && holds(f)) {
                #[expect(clippy::cast_possible_truncation, reason = "at most four steps")]
                let step = path.len() as u32;
                let mut more = learnt.clone();
                gives.into_iter().for_each(|g| _ = more.entry(g).or_insert(step));
                self.walk(path, &more, left - 1);
            }
            path.pop();
        }
    }
}

impl Matcher {
    /// Paths of at most four steps from what a profile of the snapshot can today to a goal.
    ///
    /// Cost: every challenge is looked at once, those that teach are parsed; then at most
    /// [`nodes`](RouteOptions::nodes) partial paths over those that teach what the goal, or a step to it, lacks.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id or a concept that is not there,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an option out of range and a goal that nobody can reach by
    /// learning (a group of skills), [`MissingSide`](ErrorKind::MissingSide).
    pub fn routes(&self, profile: &str, goal: &Goal, options: &RouteOptions) -> Result<Routes> {
        self.routes_of(&Person::of_pool(self, profile)?, goal, options)
    }

    /// The same for a profile that the snapshot does not hold.
    ///
    /// # Errors
    /// As [`routes`](Self::routes), and for a profile that is not valid.
    pub fn routes_new(&self, profile: &Profile, goal: &Goal, options: &RouteOptions) -> Result<Routes> {
        self.routes_of(&Person::new(self, profile)?, goal, options)
    }

    fn routes_of(&self, person: &Person, goal: &Goal, options: &RouteOptions) -> Result<Routes> {
        if !(1..=4).contains(&options.steps) {
            return Err(Error::invalid("/steps", format!("{} is out of range: 1 to 4", options.steps)));
        }
        if options.most == 0 {
            return Err(Error::invalid("/most", "0 is out of range: ask for at least 1"));
        }
        self.snapshot().require(Side::Challenges)?;
        let (data, columns) = (&*self.snapshot().data, &person.columns);
        let taxonomy = &data.taxonomy;
        let today = nearness(data, columns);
        let (target, own, floor) = match goal {
            Goal::Challenge(id) => {
                let row = self.snapshot().row(Side::Challenges, id)?;
                (place(data, columns, row)?, Some(row), COVERED)
            }
            Goal::Concept(uri) => {
                known(data, uri, || "/concept".to_owned())?;
                let needs = concept_needs(taxonomy, uri, &today)?;
                let floor = if needs.len() == 1 { CAN } else { COVERED };
                (Place { id: String::new(), route: None, needs, teaches: vec![], open: true }, None, floor)
            }
        };
        let reached = |learnt: &Learnt| {
            let (musts, coverage) = covers(&target.needs, taxonomy, learnt);
            musts && coverage >= floor
        };
        let blocked = own.map_or_else(Vec::new, |row| stands_in_the_way(data, columns, row));
        let c = &data.challenges.common;
        let teaching = (0..c.len()).filter(|&row| Some(row) != own && c.json.get(row).contains("\"teaches\""));
        let all: Vec<Place> = teaching.map(|row| place(data, columns, row)).collect::<Result<_>>()?;
        let places = leading(taxonomy, &all, &target, options.steps);
        let mut search =
            Search { taxonomy, places: &places, today: &today, reached: &reached, nodes: options.nodes, found: vec![] };
        let learning = options.steps - u32::from(own.is_some());
        let mut paths: Vec<RoutePath> = Vec::new();
        for left in (0..=learning).take_while(|_| blocked.is_empty()) {
            let before = search.found.len();
            search.walk(&mut Vec::new(), &Learnt::new(), left);
            let mut new: Vec<(RoutePath, BTreeSet<usize>)> = (search.found[before..].iter())
                .map(|f| (path(&search, f, own.map(|_| &target)), f.iter().copied().collect()))
                .collect();
            let ids = |p: &RoutePath| p.steps.iter().map(|s| s.challenge.clone()).collect::<Vec<_>>();
            new.sort_by(|a, b| b.0.coverage.total_cmp(&a.0.coverage).then_with(|| ids(&a.0).cmp(&ids(&b.0))));
            let mut seen = BTreeSet::new();
            paths.extend(new.into_iter().filter(|(_, set)| seen.insert(set.clone())).map(|(p, _)| p));
            if paths.len() >= options.most as usize {
                break;
            }
        }
        let complete = search.nodes > 0;
        paths.truncate(options.most as usize);
        let lacks =
            |n: &&Need| paths.is_empty() && n.today < if n.must || floor == CAN { floor.max(MUST_MET) } else { CAN };
        let missing = |n: &Need| Missing {
            requirement: n.name.clone(),
            must: n.must,
            degree: n.today,
            taught_by: (all.iter())
                .filter(|p| p.teaches.iter().any(|&t| similarity(taxonomy, t, n.key) >= CAN))
                .map(|p| p.id.clone())
                .collect(),
        };
        let missing = target.needs.iter().filter(lacks).map(missing).collect();
        Ok(Routes { profile: person.document.id.clone(), paths, missing, blocked, complete })
    }
}

/// How near the person's claims come to every concept.
fn nearness(data: &Data, columns: &Profiles) -> Vec<f64> {
    let mut near = vec![0.0_f64; data.taxonomy.concepts().len()];
    for claim in columns.claim_lists.range(0) {
        let key = columns.claim_keys[claim];
        if (key as usize) < near.len() {
            for &(concept, similarity) in data.taxonomy.meets(key) {
                let n = &mut near[concept as usize];
                *n = n.max(similarity * columns.claim_strengths[claim]);
            }
        }
    }
    near
}

fn stands_in_the_way(data: &Data, columns: &Profiles, row: usize) -> Vec<Gate> {
    let pair = Query::Profile(columns, 0).pair(data, row);
    let sums = pair.sums();
    CIRCUMSTANCES.into_iter().filter(|&g| pair.fails(g, &sums)).collect()
}

fn place(data: &Data, columns: &Profiles, row: usize) -> Result<Place> {
    let (c, taxonomy) = (&data.challenges, &data.taxonomy);
    let document: Challenge = data.document(&c.common, row)?;
    let pair = Query::Profile(columns, 0).pair(data, row);
    let need = |need: usize| {
        let key = c.need_keys[need];
        let written = document.requirements.get(c.need_sources[need] as usize).and_then(|r| r.label.clone());
        Need {
            key,
            name: taxonomy.concepts().get(key as usize).map_or_else(|| written.unwrap_or_default(), |c| c.uri.clone()),
            weight: c.need_weights[need],
            must: c.need_musts[need] != 0,
            today: pair.meeting(need).degree,
        }
    };
    Ok(Place {
        needs: c.need_lists.range(row).map(need).collect(),
        teaches: document.teaches.iter().filter_map(|uri| taxonomy.number(uri)).collect(),
        open: stands_in_the_way(data, columns, row).is_empty(),
        id: document.id,
        route: document.route,
    })
}

/// What a concept asks for: a skill itself, an occupation its skills.
fn concept_needs(taxonomy: &Taxonomy, uri: &str, today: &[f64]) -> Result<Vec<Need>> {
    let wrong = |message: String| Err(Error::invalid("/concept", message));
    let Some(key) = taxonomy.number(uri) else {
        return Err(Error::new(ErrorKind::NotFound, "/concept", format!("\"{uri}\" is not in this pruned taxonomy")));
    };
    let need = |key: u32, weight: f64, must: bool| Need {
        key,
        name: taxonomy.concepts()[key as usize].uri.clone(),
        weight,
        must,
        today: today[key as usize],
    };
    let concept = &taxonomy.concepts()[key as usize];
    match concept.kind {
        kind if kind.is_skill() => Ok(vec![need(key, 1.0, true)]),
        ConceptKind::Occupation if !concept.skills.is_empty() => Ok((concept.skills.iter())
            .filter_map(|s| Some((taxonomy.number(&s.concept)?, s.essential)))
            .map(|(key, essential)| need(key, if essential { 1.0 } else { COVERED }, essential))
            .collect()),
        _ => wrong(format!("\"{uri}\" is neither a skill nor an occupation with skills; choose one of those")),
    }
}

/// The challenges that the person may enter and that teach what the target lacks, or the musts of a step to it.
fn leading(taxonomy: &Taxonomy, all: &[Place], target: &Place, steps: u32) -> Vec<Place> {
    let lacking = |p: &Place, musts: bool| -> Vec<(u32, f64)> {
        p.needs.iter().filter(|n| n.must || !musts).map(|n| (n.key, n.today)).collect()
    };
    let mut wanted = lacking(target, false);
    let mut chosen = vec![false; all.len()];
    for _ in 0..steps {
        let mut more = Vec::new();
        for (p, chosen) in all.iter().zip(&mut chosen).filter(|(p, chosen)| p.open && !**chosen) {
            let helps = |&(need, today): &(u32, f64)| p.teaches.iter().any(|&t| similarity(taxonomy, t, need) > today);
            if wanted.iter().any(helps) {
                *chosen = true;
                more.extend(lacking(p, true).into_iter().filter(|n| n.1 < MUST_MET));
            }
        }
        wanted = more;
    }
    all.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(p, _)| p.clone()).collect()
}

/// A found path in full.
fn path(search: &Search, found: &[usize], target: Option<&Place>) -> RoutePath {
    let (taxonomy, mut learnt, mut steps) = (search.taxonomy, Learnt::new(), Vec::new());
    let mut take = |p: &Place, gives: Vec<u32>, learnt: &Learnt| {
        let need = |n: &Need| {
            let (degree, taught_by) = n.met(taxonomy, learnt);
            StepNeed { requirement: n.name.clone(), must: n.must, degree, taught_by }
        };
        steps.push(RouteStep {
            challenge: p.id.clone(),
            route: p.route,
            needs: p.needs.iter().map(need).collect(),
            coverage: covers(&p.needs, taxonomy, learnt).1,
            gives: gives.iter().map(|&g| taxonomy.concepts()[g as usize].uri.clone()).collect(),
        });
    };
    for (step, &place) in (1..).zip(found) {
        let gives = search.gives(place, &learnt);
        take(&search.places[place], gives.clone(), &learnt);
        gives.into_iter().for_each(|g| _ = learnt.entry(g).or_insert(step));
    }
    if let Some(target) = target {
        take(target, Vec::new(), &learnt);
    }
    #[expect(clippy::cast_precision_loss, reason = "at most four steps")]
    let coverage = steps.iter().fold(0.0, |sum, s| sum + s.coverage) / (steps.len() as f64).max(1.0);
    RoutePath { coverage: if steps.is_empty() { 1.0 } else { coverage }, steps }
}

/// How [`Matcher::new_directions`] looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DirectionOptions {
    /// The evidence is strong from this score on, 0 to 1.
    pub score: f64,
    /// A challenge is outside the person's trade where so much of its needs is, 0 to 1.
    pub outside: f64,
    /// How many are told at most, at least 1.
    pub most: u32,
}

impl Default for DirectionOptions {
    /// Score .4, half of the needs, five challenges.
    fn default() -> Self {
        Self { score: 0.4, outside: 0.5, most: 5 }
    }
}

/// A challenge outside the person's trade.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct NewDirection {
    /// Id of the challenge.
    pub challenge: String,
    /// The weighted share of its needs whose fields are not the person's, 0 to 1.
    pub outside: f64,
    /// The evidence: what meets it, which words and sentences.
    pub evidence: Explanation,
}

impl Matcher {
    /// Challenges outside the former trade of a profile of the snapshot where the evidence is strong, best first.
    ///
    /// A field is a concept without a broader one, and a concept belongs to those above it. The person's trade is the
    /// fields that hold at least half as much of their claims, by trust, as the fullest one does. A challenge whose text
    /// and requirements name no concept is left out: nobody can tell its field.
    ///
    /// Cost: that of ranking all challenges, and of explaining those that are told.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an id that is not there, [`InvalidInput`](ErrorKind::InvalidInput) for an
    /// option out of range, [`MissingSide`](ErrorKind::MissingSide).
    pub fn new_directions(&self, profile: &str, options: &DirectionOptions) -> Result<Vec<NewDirection>> {
        for (path, value) in [("/score", options.score), ("/outside", options.outside)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::invalid(path, format!("{value} is out of range: 0 to 1")));
            }
        }
        if options.most == 0 {
            return Err(Error::invalid("/most", "0 is out of range: ask for at least 1"));
        }
        let row = self.snapshot().row(Side::Profiles, profile)?;
        self.snapshot().require(Side::Challenges)?;
        let data = &*self.snapshot().data;
        let (p, c) = (&data.profiles, &data.challenges);
        let mut fields: BTreeMap<u32, f64> = BTreeMap::new();
        for claim in p.claim_lists.range(row) {
            for field in fields_of(&data.taxonomy, p.claim_keys[claim]) {
                *fields.entry(field).or_default() += p.claim_strengths[claim];
            }
        }
        let fullest = fields.values().fold(0.0, |a: f64, b| a.max(*b));
        let trade: BTreeSet<u32> = fields.into_iter().filter(|f| 2.0 * f.1 >= fullest).map(|f| f.0).collect();
        let mut directions = Vec::new();
        for m in self.challenges_for(profile, c.common.len().max(1))?.matches {
            if directions.len() == options.most as usize || m.score.is_none_or(|s| s < options.score) {
                break;
            }
            let (mut all, mut outside) = (0.0, 0.0);
            for need in c.need_lists.range(self.snapshot().row(Side::Challenges, &m.challenge)?) {
                let fields = fields_of(&data.taxonomy, c.need_keys[need]);
                if !fields.is_empty() {
                    all += c.need_weights[need];
                    outside += if fields.is_disjoint(&trade) { c.need_weights[need] } else { 0.0 };
                }
            }
            if all > 0.0 && !m.gates.contains(&Gate::Musts) && outside / all >= options.outside {
                let evidence = self.explain(profile, &m.challenge)?;
                directions.push(NewDirection { challenge: m.challenge, outside: outside / all, evidence });
            }
        }
        Ok(directions)
    }
}

/// The topmost concepts above one, or itself; none for a free label.
fn fields_of(taxonomy: &Taxonomy, concept: u32) -> BTreeSet<u32> {
    let (mut fields, mut seen, mut next) = (BTreeSet::new(), BTreeSet::from([concept]), vec![concept]);
    while let Some(n) = next.pop() {
        let Some(concept) = taxonomy.concepts().get(n as usize) else { continue };
        if concept.broader.is_empty() {
            fields.insert(n);
        }
        next.extend(concept.broader.iter().filter_map(|uri| taxonomy.number(uri)).filter(|&n| seen.insert(n)));
    }
    fields
}
