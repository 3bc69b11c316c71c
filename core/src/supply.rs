//! Supply and demand: per competence how many people can, how many challenges need it, what is lacking and what lies
//! hidden.
//!
//! A person can what a claim of theirs, or a word of their text, meets at least half, as the gate of musts has it: who
//! bakes rye bread can bake. Small numbers of people are not told, and neither is a number from which one could be
//! reckoned: where one part of a sum is small, its other part is hidden too, and where a competence has one small group
//! only, its next smallest group is hidden with it. Numbers of challenges are no people's, and are told as they are.

use crate::error::{Error, Result};
use crate::matcher::Matcher;
use crate::model::{Language, Profile, Side, Status};
use crate::parallel;
use crate::signal::MUST_MET;
use crate::snapshot::{Common, Data, NONE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the rows of [`Matcher::supply_and_demand`] are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SupplyBy {
    /// One row a competence.
    #[default]
    None,
    /// By the language of the documents' texts.
    Language,
    /// By the name of the place.
    Place,
}

/// How [`Matcher::supply_and_demand`] counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SupplyOptions {
    /// What rows are counted by.
    pub by: SupplyBy,
    /// Fewer people are not told; at least 1, which tells all.
    pub least: u32,
}

impl Default for SupplyOptions {
    /// One row a competence; fewer than five people are not told.
    fn default() -> Self {
        Self { by: SupplyBy::None, least: 5 }
    }
}

/// One competence, in one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SupplyRow {
    /// URI of the concept.
    pub concept: String,
    /// Code of the language, or name of the place in small letters; `None` where a document has none, and where rows are
    /// not counted by anything.
    pub group: Option<String>,
    /// People who can. `None` is fewer than [`least`](SupplyOptions::least), or hidden for another group's sake.
    pub people: Option<u32>,
    /// Of them, those with a confirmed claim that is enough; `None` where this or `unconfirmed` is small.
    pub confirmed: Option<u32>,
    /// Of them, those whose claims that are enough are stated, or recognised in their text.
    pub unconfirmed: Option<u32>,
    /// Challenges that need it.
    pub challenges: u32,
    /// Of them, those where it is a must.
    pub musts: u32,
    /// Challenges less people, above 0 where people are lacking; `None` where people are not told.
    pub gap: Option<i64>,
    /// Hidden strength: at least four people who can for each challenge that needs it, or no challenge at all.
    pub hidden_strength: bool,
}

/// Many people for a challenge: a first choice, not measured.
const STRENGTH: u32 = 4;

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    confirmed: u32,
    unconfirmed: u32,
    challenges: u32,
    musts: u32,
}

impl Count {
    fn people(&self) -> u32 {
        self.confirmed + self.unconfirmed
    }
}

impl Matcher {
    /// Who can what, and which challenges need it: a row for each competence that somebody needs, or that enough people
    /// can to be told, and each group; by URI, then by group.
    ///
    /// Cost: every profile is parsed, on all threads of the current rayon pool.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for `least` of 0, [`MissingSide`](crate::ErrorKind::MissingSide).
    ///
    /// ```
    /// use osuma::{MatchConfig, Matcher, Settings, Snapshot, SupplyOptions, Taxonomy, from_json};
    /// let p = from_json(r#"{"id": "p", "text": "", "skills": [{"concept": "osuma:baking"}]}"#)?;
    /// let c = from_json(r#"{"id": "c", "title": "Help", "text": "", "requirements": [{"concept": "osuma:baking"}]}"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![p], vec![c], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let rows = matcher.supply_and_demand(&SupplyOptions { least: 1, ..SupplyOptions::default() })?;
    /// let baking = rows.iter().find(|r| r.concept == "osuma:baking").unwrap();
    /// assert_eq!((baking.people, baking.challenges, baking.gap), (Some(1), 1, Some(0)));
    /// # Ok::<(), osuma::Error>(())
    /// ```
    pub fn supply_and_demand(&self, options: &SupplyOptions) -> Result<Vec<SupplyRow>> {
        if options.least == 0 {
            return Err(Error::invalid("/least", "0 is out of range: at least 1, which tells all"));
        }
        self.snapshot().require(Side::Profiles)?;
        self.snapshot().require(Side::Challenges)?;
        let data = &*self.snapshot().data;
        let mut counts: BTreeMap<u32, BTreeMap<Option<String>, Count>> = BTreeMap::new();
        let group = |common: &Common, row: usize| match options.by {
            SupplyBy::None => None,
            SupplyBy::Language => Language::ALL.get(usize::from(common.language[row])).map(|l| l.code().to_owned()),
            SupplyBy::Place => {
                Some(common.places[row]).filter(|&p| p != NONE).map(|p| data.places.get(p as usize).to_owned())
            }
        };
        let people = &data.profiles;
        for (row, able) in parallel::map(people.common.len(), |row| abilities(data, row)).into_iter().enumerate() {
            let group = group(&people.common, row);
            for (concept, confirmed) in able? {
                let count = counts.entry(concept).or_default().entry(group.clone()).or_default();
                if confirmed { count.confirmed += 1 } else { count.unconfirmed += 1 }
            }
        }
        let c = &data.challenges;
        for row in 0..c.common.len() {
            let mut needs: BTreeMap<u32, bool> = BTreeMap::new();
            for need in c.need_lists.range(row).filter(|&n| (c.need_keys[n] as usize) < data.taxonomy.concepts().len())
            {
                *needs.entry(c.need_keys[need]).or_default() |= c.need_musts[need] != 0;
            }
            for (concept, must) in needs {
                let count = counts.entry(concept).or_default().entry(group(&c.common, row)).or_default();
                count.challenges += 1;
                count.musts += u32::from(must);
            }
        }
        let mut rows = Vec::new();
        for (concept, groups) in counts {
            let hidden = hidden(&groups, options.least);
            for (group, n) in groups {
                let told = !hidden.contains(&group);
                // A row that only a small number calls for would tell that there is one.
                if n.challenges == 0 && !told {
                    continue;
                }
                let parts = told && n.confirmed >= options.least && n.unconfirmed >= options.least;
                let parts = parts || options.least == 1;
                rows.push(SupplyRow {
                    concept: data.taxonomy.concepts()[concept as usize].uri.clone(),
                    group,
                    people: told.then(|| n.people()),
                    confirmed: parts.then_some(n.confirmed),
                    unconfirmed: parts.then_some(n.unconfirmed),
                    challenges: n.challenges,
                    musts: n.musts,
                    gap: told.then(|| i64::from(n.challenges) - i64::from(n.people())),
                    hidden_strength: told && n.people() > 0 && n.people() / STRENGTH >= n.challenges,
                });
            }
        }
        rows.sort_by(|a, b| (&a.concept, &a.group).cmp(&(&b.concept, &b.group)));
        Ok(rows)
    }
}

/// The groups whose people are not told: the small ones, and where only one is, the next smallest with it.
fn hidden(groups: &BTreeMap<Option<String>, Count>, least: u32) -> BTreeSet<Option<String>> {
    let small = |n: &Count| n.people() < least && least > 1;
    let mut hidden: BTreeSet<Option<String>> =
        groups.iter().filter(|(_, n)| small(n)).map(|(g, _)| g.clone()).collect();
    let alone = groups.iter().filter(|(_, n)| small(n) && n.people() > 0).count() == 1;
    if alone && groups.len() > 1 {
        let others = groups.iter().filter(|(_, n)| !small(n));
        hidden.extend(others.min_by_key(|(g, n)| (n.people(), *g)).map(|(g, _)| g.clone()));
    }
    hidden
}

/// The concepts that a person can, and whether a confirmed claim says so.
fn abilities(data: &Data, row: usize) -> Result<BTreeMap<u32, bool>> {
    let (p, concepts) = (&data.profiles, data.taxonomy.concepts());
    let document: Profile = data.document(&p.common, row)?;
    let mut able: BTreeMap<u32, bool> = BTreeMap::new();
    for claim in p.claim_lists.range(row).filter(|&c| (p.claim_keys[c] as usize) < concepts.len()) {
        let source = document.skills.get(p.claim_sources[claim] as usize);
        let confirmed = source.is_some_and(|s| s.status == Status::Confirmed);
        for &(concept, similarity) in data.taxonomy.meets(p.claim_keys[claim]) {
            if similarity * p.claim_strengths[claim] >= MUST_MET && concepts[concept as usize].kind.is_skill() {
                *able.entry(concept).or_default() |= confirmed;
            }
        }
    }
    Ok(able)
}
