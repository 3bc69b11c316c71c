//! What a change would do: other scores and ranks for a changed profile, the least that brings a person to a target,
//! and the skills that would open most challenges. Nothing of it touches the pool.
//!
//! Promise: the answer is what the pool would give after the change, to the bit. A change never touches the person's
//! text, and idf, the average length and the means of the vectors come from texts alone, so they stay what they are.
//! For the same reason the text and semantic signals are taken over, and only the others are reckoned again.

use crate::error::{Error, ErrorKind, Result};
use crate::matcher::Matcher;
use crate::model::{Availability, LanguageSkill, Place, Profile, Route, Side, SkillClaim, Status, Wish};
use crate::signal::{Gate, Pair, Query, Scratch, Signal, Values};
use crate::snapshot::{Data, Profiles};
use serde::{Deserialize, Serialize, de};
use std::collections::BTreeSet;

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
#[derive(ts_rs::TS)]
#[ts(untagged)]
#[expect(dead_code, reason = "only declared")]
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

/// Signals that a change leaves as they are.
const KEPT: [Signal; 2] = [Signal::Text, Signal::Semantic];

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
    /// assert!(what.challenges[0].before.score.is_none() && what.challenges[0].change > 0.8);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    pub fn what_if(&self, profile: &str, change: &Change) -> Result<WhatIf> {
        let person = Person::of_pool(self, profile)?;
        self.compare(&person, change)
    }

    /// What a change of a profile that the snapshot does not hold would do.
    ///
    /// # Errors
    /// As [`what_if`](Self::what_if), and for a profile that is not valid.
    pub fn what_if_new(&self, profile: &Profile, change: &Change) -> Result<WhatIf> {
        self.compare(&Person::new(self, profile)?, change)
    }

    fn compare(&self, person: &Person, change: &Change) -> Result<WhatIf> {
        self.snapshot().require(Side::Challenges)?;
        let data = &*self.snapshot().data;
        change.check(data)?;
        let changed = person.changed(data, &change.apply(&person.document)?)?;
        let before = self.see(Query::Profile(&person.columns, 0), None);
        let after = self.see(Query::Profile(&changed, 0), Some(&before));
        let shutting = self.config().gates.iter().fold(0, |bits, &g| bits | 1 << g as u8);
        let (old, _) = ranks(&before, shutting);
        let (new, order) = ranks(&after, shutting);
        let standing = |seen: &Seen, rank: u32| Standing {
            score: seen.score,
            rank: (rank > 0).then_some(rank),
            gates: Gate::ALL.into_iter().filter(|&g| seen.gates & 1 << g as u8 != 0).collect(),
        };
        let ids = &data.challenges.common.ids;
        let outlook = |&c: &u32| {
            let c = c as usize;
            let (before, after) = (standing(&before[c], old[c]), standing(&after[c], new[c]));
            let change = after.score.unwrap_or(0.0) - before.score.unwrap_or(0.0);
            Outlook { challenge: ids.get(c).to_owned(), before, after, change }
        };
        let challenges: Vec<Outlook> = order.iter().map(outlook).collect();
        let differs = |o: &Outlook| (o.before.score, &o.before.gates) != (o.after.score, &o.after.gates);
        let mut moved: Vec<u32> = (0..).zip(&challenges).filter(|(_, o)| differs(o)).map(|(i, _)| i).collect();
        let change = |i: u32| challenges[i as usize].change;
        moved.sort_by(|&a, &b| change(b).total_cmp(&change(a)).then(a.cmp(&b)));
        Ok(WhatIf { profile: person.document.id.clone(), challenges, moved })
    }

    /// A profile beside all challenges. `kept`: what it was before a change that leaves its text as it is.
    pub(crate) fn see(&self, query: Query, kept: Option<&[Seen]>) -> Vec<Seen> {
        let data = &*self.snapshot().data;
        let mut weights = self.weights;
        if kept.is_some() {
            KEPT.iter().for_each(|&s| weights[s as usize] = 0.0);
        }
        let mut scratch = Scratch::default();
        let sums = query.sums(data, &weights, true, &mut scratch);
        let see = |(i, sums)| {
            let pair: Pair = query.pair(data, i);
            let mut values = pair.values(&weights, sums);
            if let Some(kept) = kept {
                KEPT.iter().for_each(|&s| values[s as usize] = kept[i].values[s as usize]);
            }
            let gates = Gate::ALL.into_iter().filter(|&g| pair.fails(g, sums)).fold(0, |bits, g| bits | 1 << g as u8);
            Seen { values, score: self.score_of(&pair, values).score, gates }
        };
        sums.iter().enumerate().map(see).collect()
    }
}

/// The rank of every challenge, 0 for one that is shut out; and their order, those that are shut out last.
fn ranks(seen: &[Seen], shutting: u8) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..).zip(seen).map(|(i, _)| i).collect();
    order.sort_unstable_by(|&a, &b| {
        let (x, y) = (&seen[a as usize], &seen[b as usize]);
        let score = |s: &Seen| s.score.unwrap_or(-1.0);
        (x.shut(shutting).cmp(&y.shut(shutting)))
            .then_with(|| if x.shut(shutting) { a.cmp(&b) } else { score(y).total_cmp(&score(x)) })
            .then(a.cmp(&b))
    });
    let mut ranks = vec![0; seen.len()];
    for (rank, &i) in (1..).zip(&order) {
        if !seen[i as usize].shut(shutting) {
            ranks[i as usize] = rank;
        }
    }
    (ranks, order)
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
        // Its vectors stand in the columns only, and where a snapshot goes without its map, so do those of the text.
        let of = |rows: &[f32]| {
            let width = rows.len() / common.len().max(1);
            rows[row * width..(row + 1) * width].to_vec()
        };
        columns.common.given = of(&common.given).into();
        columns.common.mapped = of(&common.mapped).into();
        Ok(Self { document, columns })
    }

    pub(crate) fn new(matcher: &Matcher, profile: &Profile) -> Result<Self> {
        let columns = matcher.snapshot().data.profile(profile)?;
        Ok(Self { document: profile.clone(), columns })
    }

    /// The columns of the person's document after a change that leaves the text as it is.
    fn changed(&self, data: &Data, document: &Profile) -> Result<Profiles> {
        let mut columns = data.profile(document)?;
        columns.common.given = self.columns.common.given.to_vec().into();
        columns.common.mapped = self.columns.common.mapped.to_vec().into();
        Ok(columns)
    }
}
