//! Which value of a JSON text stands at a place, as a JSON pointer (RFC 6901).
//!
//! serde_json tells an error's line and column. A deserializer that carries its path along (`serde_path_to_error`) tells
//! the same, but is compiled once more for every type: 19 KB of what a browser loads. Here the text is read once more
//! instead, and only when there is an error.

/// Where a scan is, from outside in.
enum Within {
    /// The key, once it was read and until the comma behind its value.
    Object(Option<String>),
    /// The number of the value that comes or came last.
    Array(usize),
}

/// The pointer of the value that ends at, or begins behind, so many bytes (`column`) of a line, as serde_json counts
/// them (lines from 1). Behind a key: of the key's value.
pub(crate) fn of(json: &str, line: usize, column: usize) -> String {
    let start = match line {
        0 => return String::new(),
        1 => 0,
        n => json.match_indices('\n').nth(n - 2).map_or(json.len(), |(i, _)| i + 1),
    };
    let bytes = &json.as_bytes()[..json.len().min(start + column)];
    let mut stack: Vec<Within> = Vec::new();
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        let from = i;
        i += 1;
        match b {
            b'{' => stack.push(Within::Object(None)),
            b'[' => stack.push(Within::Array(0)),
            b'}' | b']' => drop(stack.pop()),
            b',' => match stack.last_mut() {
                Some(Within::Object(key)) => *key = None,
                Some(Within::Array(n)) => *n += 1,
                None => {}
            },
            b'"' => {
                while bytes.get(i).is_some_and(|&b| b != b'"') {
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
                i += 1;
                if let Some(Within::Object(key @ None)) = stack.last_mut() {
                    *key = json.get(from..i).and_then(|k| serde_json::from_str(k).ok());
                }
            }
            _ => {}
        }
    }
    // An enum in whose place an array stands is looked for in it.
    if bytes.ends_with(b"[") && json.get(bytes.len()..).is_some_and(|rest| rest.trim_start().starts_with(']')) {
        stack.pop();
    }
    let mut pointer = String::new();
    for within in stack {
        match within {
            Within::Object(None) => {}
            Within::Object(Some(key)) => {
                pointer.push('/');
                pointer.push_str(&escaped(&key));
            }
            Within::Array(n) => {
                pointer.push('/');
                pointer.push_str(&n.to_string());
            }
        }
    }
    pointer
}

/// A name as a part of a pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::model::{Challenge, Profile};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    /// What `serde_path_to_error` says of the same text.
    fn tracked<T: DeserializeOwned>(json: &str) -> Option<(String, String)> {
        use serde_path_to_error::Segment;
        let e = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(json)).err()?;
        let path = e.path().iter().map(|s| match s {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        });
        Some((path.collect(), e.inner().to_string()))
    }

    fn ours<T: DeserializeOwned>(json: &str) -> Option<(String, String)> {
        let e = serde_json::from_str::<T>(json).err()?;
        Some((of(json, e.line(), e.column()), e.to_string()))
    }

    fn documents() -> [Value; 2] {
        [
            json!({
                "id": "p", "text": "x", "language": "fi", "extra": {"a/b~": [1, {"c": null}]},
                "skills": [{"concept": "osuma:bread", "level": 3, "status": "stated"}, {"label": "\"quoted\\"}],
                "wishes": [{"label": "x", "avoid": true}], "languages": [{"language": "fi", "level": "B2"}],
                "place": {"name": "Turku", "latitude": 60.0, "longitude": 22.0, "remote": false},
                "availability": {"from": "2026-01-01", "until": null, "hours_per_week": 20}, "routes": ["workshop"],
                "vectors": {"model": "m", "document": [1.0, 0.5], "parts": [[1.0, 2.0]]}
            }),
            json!({
                "id": "c", "title": "t", "text": "x", "teaches": ["osuma:bread"], "route": "workshop",
                "requirements": [{"concept": "osuma:bread", "importance": "must"}, {"label": "y", "confidence": 0.5}]
            }),
        ]
    }

    /// Puts something in the place of the value whose number `at` is, or beside those of an object.
    fn spoil(value: &mut Value, at: &mut usize, with: &Value) {
        let mut here = || {
            *at = at.wrapping_sub(1);
            *at == usize::MAX
        };
        if here() {
            *value = with.clone();
            return;
        }
        match value {
            Value::Array(all) => all.iter_mut().for_each(|v| spoil(v, at, with)),
            Value::Object(all) => {
                if here() {
                    all.insert("a/b~\n".into(), with.clone());
                } else {
                    all.values_mut().for_each(|v| spoil(v, at, with));
                }
            }
            _ => {}
        }
    }

    fn compare<T: DeserializeOwned>(text: &str) -> bool {
        let (ours, tracked) = (ours::<T>(text), tracked::<T>(text));
        match (&ours, &tracked) {
            // Within what stands in the place of an enum, ours goes one step further in.
            (Some((a, message)), Some((b, _)))
                if ["expected value", "unknown variant"].iter().any(|m| message.starts_with(m)) =>
            {
                assert!(a.starts_with(b.as_str()), "{a} {b}");
            }
            _ => assert_eq!(ours, tracked, "{text}"),
        }
        ours.is_some()
    }

    #[test]
    fn it_is_where_a_deserializer_says_that_it_is() {
        let with = [json!(null), json!(-1.5), json!("x"), json!([]), json!({}), json!([[{"a": 1}]]), json!({"q": 1})];
        let mut faults = 0;
        for (side, doc) in documents().iter().enumerate() {
            for (at, with) in (0..80).flat_map(|at| with.iter().map(move |w| (at, w))) {
                let mut doc = doc.clone();
                spoil(&mut doc, &mut { at }, with);
                for text in [serde_json::to_string(&doc).unwrap(), serde_json::to_string_pretty(&doc).unwrap()] {
                    let fault = if side == 0 { compare::<Profile>(&text) } else { compare::<Challenge>(&text) };
                    faults += usize::from(fault);
                }
            }
        }
        assert!(faults > 500, "{faults}");
    }

    #[test]
    fn text_that_is_no_json_has_a_place_too() {
        for text in ["", "{", "[1,", "{\"a\": [1, \"", "{\"a\\", "\"\\", "}]}", "\u{feff}{}", "[\n\n{\"ä\":\n x"] {
            let e = serde_json::from_str::<Value>(text).unwrap_err();
            for column in 0..=text.len() + 1 {
                of(text, e.line(), column);
            }
        }
        assert_eq!(of("{\"a\":\n[1, 2", 2, 6), "/a/1");
    }
}
