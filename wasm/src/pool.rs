//! The pool, in memory: what the full module adds.

use crate::{Answer, Matcher, answer, document, json, language, limit, named, options, raised, string};
use osuma::semantic::SubwordMap;
use osuma::{AllocateOptions, Document, Filter, Reader, Settings, Side, SnapshotOptions, Taxonomy, TeamOptions};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// Profiles and challenges that change.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pool(osuma::Pool);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Open {
    taxonomy: Option<Vec<osuma::Concept>>,
    settings: Option<Settings>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Search {
    k: Option<u64>,
    filter: Filter,
}

fn side(value: &JsValue) -> Answer<Side> {
    named("/side", value)
}

fn documents<D: Document>(value: &JsValue) -> Answer<Vec<D>> {
    osuma::from_json_all(&json(value, "an array")?).map_err(raised)
}

#[wasm_bindgen]
impl Pool {
    /// An empty pool. The map's bytes stand beside the options, since they are no JSON.
    #[wasm_bindgen(js_name = inMemory)]
    pub fn in_memory(options: &JsValue, map: &JsValue) -> Answer<Pool> {
        let Open { taxonomy, settings } = crate::options(options)?;
        let taxonomy = taxonomy.map_or_else(|| Ok(Taxonomy::starter()), Taxonomy::new).map_err(raised)?;
        let map = if map.is_undefined() { None } else { Some(crate::bytes(map)?) };
        let map = map.map(SubwordMap::from_bytes).transpose().map_err(raised)?;
        osuma::Pool::in_memory_with(taxonomy.with_map(map), settings.unwrap_or_default()).map(Self).map_err(raised)
    }

    /// Adds profiles.
    #[wasm_bindgen(js_name = addProfiles)]
    pub fn add_profiles(&mut self, profiles: &JsValue) -> Answer<()> {
        self.0.add_profiles(documents(profiles)?).map_err(raised)
    }

    /// Adds challenges.
    #[wasm_bindgen(js_name = addChallenges)]
    pub fn add_challenges(&mut self, challenges: &JsValue) -> Answer<()> {
        self.0.add_challenges(documents(challenges)?).map_err(raised)
    }

    /// Adds profiles, or takes them in the place of those with the same ids.
    #[wasm_bindgen(js_name = updateProfiles)]
    pub fn update_profiles(&mut self, profiles: &JsValue) -> Answer<()> {
        self.0.update_profiles(documents(profiles)?).map_err(raised)
    }

    /// Adds challenges, or takes them in the place of those with the same ids.
    #[wasm_bindgen(js_name = updateChallenges)]
    pub fn update_challenges(&mut self, challenges: &JsValue) -> Answer<()> {
        self.0.update_challenges(documents(challenges)?).map_err(raised)
    }

    /// Removes a document with the next commit.
    pub fn remove(&mut self, side: &JsValue, id: &JsValue) -> Answer<bool> {
        self.0.remove(self::side(side)?, &string("/id", id)?).map_err(raised)
    }

    /// Removes a document at once.
    pub fn forget(&mut self, side: &JsValue, id: &JsValue) -> Answer<bool> {
        self.0.forget(self::side(side)?, &string("/id", id)?).map_err(raised)
    }

    /// Makes the changes visible.
    pub fn commit(&mut self) -> Answer<()> {
        self.0.commit().map_err(raised)
    }

    /// Drops the changes since the last commit.
    pub fn rollback(&mut self) -> Answer<()> {
        self.0.rollback().map_err(raised)
    }

    /// How many committed documents a side has.
    pub fn count(&self, side: &JsValue) -> Answer<usize> {
        self.0.count(self::side(side)?).map_err(raised)
    }

    /// A committed document, or undefined.
    pub fn get(&self, side: &JsValue, id: &JsValue) -> Answer {
        let id = string("/id", id)?;
        match self::side(side)? {
            Side::Profiles => found(self.0.profile(&id)),
            Side::Challenges => found(self.0.challenge(&id)),
        }
    }

    /// Ids of documents that have the query's words.
    pub fn search(&self, side: &JsValue, query: &JsValue, options: &JsValue) -> Answer {
        let Search { k, filter } = crate::options(options)?;
        let (side, query) = (self::side(side)?, string("/query", query)?);
        answer(&self.0.search(side, &query, &filter, limit(k)).map_err(raised)?)
    }

    /// The committed pool as a snapshot's bytes.
    pub fn snapshot(&self, options: &JsValue) -> Answer<Vec<u8>> {
        let options: SnapshotOptions = crate::options(options)?;
        let part = self.0.snapshot().and_then(|s| s.part(options));
        Ok(part.map_err(raised)?.to_bytes())
    }

    /// A matcher over the committed pool.
    pub fn matcher(&self, config: &JsValue) -> Answer<Matcher> {
        self.0.matcher(options(config)?).map(Matcher).map_err(raised)
    }
}

#[wasm_bindgen]
impl Matcher {
    /// The team that covers a challenge best together.
    #[wasm_bindgen(js_name = assembleTeam)]
    pub fn assemble_team(&self, challenge: &JsValue, options: &JsValue) -> Answer {
        let options: TeamOptions = crate::options(options)?;
        answer(&self.0.assemble_team(&string("/challenge", challenge)?, &options).map_err(raised)?)
    }

    /// All people to all challenges at once.
    pub fn allocate(&self, options: &JsValue) -> Answer {
        let options: AllocateOptions = crate::options(options)?;
        answer(&self.0.allocate(&options).map_err(raised)?)
    }

    /// What an organisation should look at before it publishes a challenge.
    pub fn review(&self, challenge: &JsValue) -> Answer {
        let challenge: osuma::Challenge = document(challenge)?;
        let mut findings = self.0.review(&challenge).map_err(raised)?;
        findings.iter_mut().for_each(|f| f.to_utf16(&challenge));
        answer(&findings)
    }

    /// An explanation in words.
    pub fn render(&self, profile: &JsValue, challenge: &JsValue, reader: &JsValue, language: &JsValue) -> Answer {
        let snapshot = self.0.snapshot();
        let challenge = snapshot.challenge(&string("/challenge", challenge)?).map_err(raised)?;
        let (reader, language) = (named::<Reader>("/reader", reader)?, self::language(language)?);
        let profile = if profile.is_object() {
            document(profile)?
        } else {
            snapshot.profile(&string("/profile", profile)?).map_err(raised)?
        };
        let mut told = self.0.render_new(&profile, &challenge.id, reader, language).map_err(raised)?;
        told.to_utf16(&profile, &challenge);
        answer(&told)
    }
}

fn found(doc: osuma::Result<Option<impl Serialize>>) -> Answer {
    doc.map_err(raised)?.map_or(Ok(JsValue::UNDEFINED), |doc| answer(&doc))
}
