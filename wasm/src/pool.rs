//! The pool, in memory: what the full module adds.

use crate::{Answer, Matcher, raised};
use osuma::semantic::SubwordMap;
use osuma::{Settings, SnapshotOptions, Taxonomy};
use serde::Deserialize;
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

#[wasm_bindgen]
impl Pool {
    /// An empty pool. The map's bytes stand beside the options, since they are no JSON.
    pub fn open(options: &str, map: Option<Vec<u8>>) -> Answer<Pool> {
        let open = || {
            let Open { taxonomy, settings } = osuma::options_from_json(options)?;
            let taxonomy = taxonomy.map_or_else(|| Ok(Taxonomy::starter()), Taxonomy::new)?;
            let map = map.map(SubwordMap::from_bytes).transpose()?;
            osuma::Pool::in_memory_with(taxonomy.with_map(map), settings.unwrap_or_default())
        };
        open().map(Self).map_err(raised)
    }

    /// The answer to a question by its name.
    pub fn answer(&mut self, question: &str, arguments: &str) -> Answer {
        self.0.answer(question, arguments).map_err(raised)
    }

    /// The committed pool as a snapshot's bytes.
    pub fn pack(&self, options: &str) -> Answer<Vec<u8>> {
        let part = || self.0.snapshot()?.part(osuma::options_from_json::<SnapshotOptions>(options)?);
        part().map(|snapshot| snapshot.to_bytes()).map_err(raised)
    }

    /// A matcher over the committed pool.
    pub fn matched(&self, config: &str) -> Answer<Matcher> {
        let matcher = || self.0.matcher(osuma::options_from_json(config)?);
        matcher().map(Matcher).map_err(raised)
    }
}
