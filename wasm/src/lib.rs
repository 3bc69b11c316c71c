//! osuma for browsers and Node. Conversion and errors only; everything that decides is in `osuma`.
//!
//! Documents come in as JSON text made by the host's own `JSON.stringify`, and are read by the core's reader: unknown
//! fields, paths and limits of depth are the same as in Rust and Python (`serde-wasm-bindgen` would ignore unknown
//! fields and recurse without a limit). Answers go out through `serde-wasm-bindgen` as plain objects and numbers.
//! Every argument is a `JsValue`, so that a wrong type is an `Error` with `kind` and `path` too. Spans go out in
//! UTF-16 units, as JavaScript counts.

#[cfg(feature = "pool")]
mod pool;

use js_sys::{Array, ArrayBuffer, Error as JsError, Function, JSON, JsString, Reflect, Uint8Array};
use osuma::{Document, ErrorKind, Language, MatchConfig, Profile, Snapshot, semantic::SubwordMap, text::to_utf16};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

type Answer<T = JsValue> = Result<T, JsValue>;

fn error(kind: ErrorKind, path: &str, message: &str) -> JsValue {
    let e = JsError::new(message);
    // An Error that was just made takes new properties.
    let _ = Reflect::set(&e, &"kind".into(), &kind.name().into());
    let _ = Reflect::set(&e, &"path".into(), &path.into());
    e.into()
}

fn raised(e: osuma::Error) -> JsValue {
    error(e.kind(), e.path(), &e.to_string())
}

fn invalid(path: &str, message: &str) -> JsValue {
    let place = if path.is_empty() { String::new() } else { format!(" (at {path})") };
    error(ErrorKind::InvalidInput, path, &format!("{message}{place}"))
}

fn answer(value: &impl Serialize) -> Answer {
    value.serialize(&Serializer::json_compatible()).map_err(|e| invalid("", &e.to_string()))
}

/// What a value is, for messages.
fn what(value: &JsValue) -> String {
    if value.is_null() { "null".into() } else { value.js_typeof().as_string().unwrap_or_default() }
}

fn string(path: &str, value: &JsValue) -> Answer<String> {
    let Some(text) = value.dyn_ref::<JsString>() else {
        return Err(invalid(path, &format!("expected a string, got {}", what(value))));
    };
    if !text.is_valid_utf16() {
        return Err(invalid(path, "the string has a lone surrogate, which is no character"));
    }
    Ok(text.into())
}

/// `JSON.stringify`, which drops `undefined`; but what it would silently lose otherwise is an error.
fn json(value: &JsValue, wanted: &str) -> Answer<String> {
    if !value.is_object() || Array::is_array(value) != (wanted == "an array") {
        let got = if Array::is_array(value) { "an array".into() } else { what(value) };
        return Err(invalid("", &format!("expected {wanted}, got {got}")));
    }
    let refuse = |key: JsValue, v: JsValue| -> Answer {
        let lost = v.as_f64().is_some_and(|n| !n.is_finite())
            || v.is_bigint()
            || v.is_function()
            || v.is_symbol()
            || v.is_instance_of::<js_sys::Map>()
            || v.is_instance_of::<js_sys::Set>();
        if !lost {
            return Ok(v);
        }
        let (key, shown) =
            (key.as_string().unwrap_or_default(), v.as_f64().map_or_else(|| what(&v), |n| n.to_string()));
        Err(invalid("", &format!("\"{key}\" is not JSON: {shown}; give plain objects, arrays and finite numbers")))
    };
    let refuse = Closure::<dyn Fn(JsValue, JsValue) -> Answer>::new(refuse);
    let text = JSON::stringify_with_replacer(value, refuse.as_ref().unchecked_ref::<Function>()).map_err(|e| {
        let ours = Reflect::has(&e, &"kind".into()).unwrap_or(false);
        let message = || e.dyn_ref::<JsError>().map_or_else(|| "threw".into(), |e| String::from(e.message()));
        if ours { e } else { invalid("", &format!("cannot be written as JSON: {}", message())) }
    })?;
    // A toJSON may answer undefined, and then there is no text.
    let text: JsValue = text.into();
    text.as_string().ok_or_else(|| invalid("", "cannot be written as JSON"))
}

fn document<D: Document>(value: &JsValue) -> Answer<D> {
    osuma::from_json(&json(value, "an object")?).map_err(raised)
}

/// Options: absent is the default.
fn options<T: DeserializeOwned + Default>(value: &JsValue) -> Answer<T> {
    if value.is_undefined() {
        return Ok(T::default());
    }
    let text = json(value, "an object")?;
    osuma::options_from_json(&text).map_err(raised)
}

/// One of the names of an enum.
fn named<T: DeserializeOwned>(path: &str, value: &JsValue) -> Answer<T> {
    serde_json::from_value(string(path, value)?.into()).map_err(|e| invalid(path, &e.to_string()))
}

fn language(value: &JsValue) -> Answer<Language> {
    named("/language", value)
}

fn bytes(value: &JsValue) -> Answer<Vec<u8>> {
    let (buffer, offset, length) = if ArrayBuffer::is_view(value) {
        // Buffer, offset and length are the same for every view, of whatever realm.
        let view: &Uint8Array = value.unchecked_ref();
        (view.buffer(), view.byte_offset(), view.byte_length())
    } else if let Some(buffer) = value.dyn_ref::<ArrayBuffer>() {
        (buffer.clone(), 0, buffer.byte_length())
    } else {
        return Err(invalid("", &format!("expected a Uint8Array or an ArrayBuffer, got {}", what(value))));
    };
    // A buffer that was given away has no bytes, and to look into it throws.
    let copy = || Uint8Array::new_with_byte_offset_and_length(&buffer, offset, length).to_vec();
    Ok(if length == 0 { Vec::new() } else { copy() })
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limit {
    k: Option<u64>,
}

/// 10 if absent.
fn limit(k: Option<u64>) -> usize {
    usize::try_from(k.unwrap_or(10)).unwrap_or(usize::MAX)
}

/// Answers over a snapshot.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Matcher(osuma::Matcher);

#[wasm_bindgen]
impl Matcher {
    /// A matcher over the bytes of a snapshot.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(bytes: &JsValue, config: &JsValue) -> Answer<Matcher> {
        let config: MatchConfig = options(config)?;
        let snapshot = Snapshot::from_bytes(&self::bytes(bytes)?).map_err(raised)?;
        osuma::Matcher::new(snapshot, config).map(Self).map_err(raised)
    }

    /// The same with the map that its snapshot left out.
    #[wasm_bindgen(js_name = withMap)]
    pub fn with_map(&self, bytes: &JsValue) -> Answer<Matcher> {
        let map = SubwordMap::from_bytes(self::bytes(bytes)?).and_then(|map| self.0.with_map(map));
        map.map(Self).map_err(raised)
    }

    /// The best profiles for a challenge.
    #[wasm_bindgen(js_name = profilesFor)]
    pub fn profiles_for(&self, challenge: &JsValue, options: &JsValue) -> Answer {
        let k = limit(self::options::<Limit>(options)?.k);
        let ranking = if challenge.is_object() {
            self.0.profiles_for_new(&document(challenge)?, k)
        } else {
            self.0.profiles_for(&string("/challenge", challenge)?, k)
        };
        answer(&ranking.map_err(raised)?)
    }

    /// The best challenges for a profile.
    #[wasm_bindgen(js_name = challengesFor)]
    pub fn challenges_for(&self, profile: &JsValue, options: &JsValue) -> Answer {
        let k = limit(self::options::<Limit>(options)?.k);
        let ranking = if profile.is_object() {
            self.0.challenges_for_new(&document(profile)?, k)
        } else {
            self.0.challenges_for(&string("/profile", profile)?, k)
        };
        answer(&ranking.map_err(raised)?)
    }

    /// Why a pair scores as it does.
    pub fn explain(&self, profile: &JsValue, challenge: &JsValue) -> Answer {
        let challenge = string("/challenge", challenge)?;
        let snapshot = self.0.snapshot();
        let new: Profile;
        let (mut why, p) = if profile.is_object() {
            new = document(profile)?;
            (self.0.explain_new(&new, &challenge).map_err(raised)?, &new)
        } else {
            let id = string("/profile", profile)?;
            new = snapshot.profile(&id).map_err(raised)?;
            (self.0.explain(&id, &challenge).map_err(raised)?, &new)
        };
        let c = snapshot.challenge(&challenge).map_err(raised)?;
        why.to_utf16(p, &c);
        answer(&why)
    }

    /// The concepts that a text names.
    pub fn recognise(&self, text: &JsValue, language: &JsValue) -> Answer {
        let hint = if language.is_undefined() { None } else { Some(self::language(language)?) };
        let text = string("/text", text)?;
        let mut mentions = self.0.snapshot().taxonomy().recognise(&text, hint);
        to_utf16(&text, mentions.iter_mut().flat_map(|m| [&mut m.start, &mut m.end]));
        answer(&mentions)
    }

    /// The profiles of the snapshot.
    pub fn profiles(&self) -> Answer {
        answer(&self.0.snapshot().profiles().collect::<osuma::Result<Vec<_>>>().map_err(raised)?)
    }

    /// The challenges of the snapshot.
    pub fn challenges(&self) -> Answer {
        answer(&self.0.snapshot().challenges().collect::<osuma::Result<Vec<_>>>().map_err(raised)?)
    }

    /// The name of a concept.
    pub fn label(&self, uri: &JsValue, language: &JsValue) -> Answer<String> {
        let language = self::language(language)?;
        let concept = self.0.snapshot().taxonomy().concept(&string("/uri", uri)?).map_err(raised)?;
        Ok(concept.label(language).to_owned())
    }
}
