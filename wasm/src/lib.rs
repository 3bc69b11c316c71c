//! osuma for browsers and Node: bytes and JSON text in, JSON text out. Everything that decides is in `osuma`; what is
//! JavaScript's (values to text and back, errors as `Error`) is in `js/face.js`.
//!
//! A fault is thrown as an array of kind, path and message, of which the face makes an `Error`. Spans go out in UTF-16
//! units, as JavaScript counts.

#[cfg(feature = "pool")]
mod pool;

use osuma::questions::Units;
use osuma::{Snapshot, semantic::SubwordMap};
use wasm_bindgen::prelude::*;

type Answer<T = String> = Result<T, Vec<String>>;

fn raised(e: osuma::Error) -> Vec<String> {
    vec![e.kind().name().into(), e.path().into(), e.to_string()]
}

/// Answers over a snapshot.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Matcher(osuma::Matcher);

#[wasm_bindgen]
impl Matcher {
    /// A matcher over the bytes of a snapshot, with the JSON of a configuration.
    pub fn load(bytes: &[u8], config: &str) -> Answer<Matcher> {
        let config = osuma::options_from_json(config).map_err(raised)?;
        let matcher = Snapshot::from_bytes(bytes).and_then(|snapshot| osuma::Matcher::new(snapshot, config));
        matcher.map(Self).map_err(raised)
    }

    /// The same with the map that its snapshot left out.
    pub fn mapped(&self, bytes: Vec<u8>) -> Answer<Matcher> {
        let map = SubwordMap::from_bytes(bytes).and_then(|map| self.0.with_map(map));
        map.map(Self).map_err(raised)
    }

    /// The answer to a question by its name.
    pub fn answer(&self, question: &str, arguments: &str) -> Answer {
        self.0.answer(question, arguments, Units::Utf16).map_err(raised)
    }
}
