//! What the index takes and gives back of one document or event. tantivy's own document can hold any value there is, and
//! its dates, facets and regular expressions would be a tenth of the browser's module.

use std::iter::Empty;
use std::sync::Arc;
use tantivy::schema::Field;
use tantivy::schema::document::{
    DeserializeError, Document, DocumentDeserialize, DocumentDeserializer, ReferenceValue, ReferenceValueLeaf, Value,
};
use tantivy::tokenizer::{PreTokenizedString, Token};

/// What is indexed, field by field. Cheap to copy.
#[derive(Debug, Clone)]
pub(super) struct Record(Arc<[(Field, Part)]>);

/// One field of a record.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Bytes(Vec<u8>),
    /// Terms with their counts.
    Terms(Vec<(String, u32)>),
}

/// What is stored of a record.
pub(super) struct Stored {
    pub json: String,
    /// Empty for an event.
    pub content: Vec<u8>,
}

impl Record {
    /// Of the fields that are stored the JSON comes first, then the content.
    pub(super) fn new(parts: Vec<(Field, Part)>) -> Self {
        Self(parts.into())
    }

    /// Whether a field of text says just this.
    pub(super) fn says(&self, field: Field, text: &str) -> bool {
        self.0.iter().any(|(f, part)| *f == field && matches!(part, Part::Text(t) if t == text))
    }
}

impl Document for Record {
    type Value<'a> = &'a Part;
    type FieldsValuesIter<'a> =
        std::iter::Map<std::slice::Iter<'a, (Field, Part)>, fn(&(Field, Part)) -> (Field, &Part)>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.0.iter().map(|(field, part)| (*field, part))
    }
}

impl<'a> Value<'a> for &'a Part {
    type ArrayIter = Empty<Self>;
    type ObjectIter = Empty<(&'a str, Self)>;

    fn as_value(&self) -> ReferenceValue<'a, Self> {
        ReferenceValue::Leaf(match self {
            Part::Text(text) => ReferenceValueLeaf::Str(text),
            Part::Bytes(bytes) => ReferenceValueLeaf::Bytes(bytes),
            Part::Terms(terms) => {
                let tokens = (terms.iter())
                    .flat_map(|(term, count)| std::iter::repeat_n(term, *count as usize))
                    .enumerate()
                    .map(|(position, term)| Token { position, text: term.clone(), ..Token::default() })
                    .collect();
                ReferenceValueLeaf::PreTokStr(Box::new(PreTokenizedString { text: String::new(), tokens }))
            }
        })
    }
}

impl DocumentDeserialize for Stored {
    fn deserialize<'de, D: DocumentDeserializer<'de>>(mut from: D) -> Result<Self, DeserializeError> {
        let (_, json) = from.next_field()?.ok_or_else(|| DeserializeError::custom("a document without JSON"))?;
        let content = from.next_field()?.map(|(_, content)| content).unwrap_or_default();
        Ok(Self { json, content })
    }
}
