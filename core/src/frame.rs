//! Frames in and out: rows of Arrow batches become documents, matches become Arrow batches.
//!
//! What a column may hold is the documents' to say: a row goes through the same JSON reader as every document. Columns
//! are a document's fields; nested ones are lists and structs, or JSON in text. Nulls and NaN are absent, 3.0 is 3, a
//! date or a time is its day.
//!
//! Cost: linear; beside the documents themselves, one batch as JSON is in memory.

use crate::error::{Error, Result};
use crate::matcher::Match;
use crate::model::{Document, from_json};
use crate::signal::Signal;
use arrow_array::{
    Array, Date32Array, Float32Array, Float64Array, RecordBatch, RecordBatchOptions, RecordBatchReader, make_array,
};
use arrow_data::ArrayData;
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, from_slice, from_str, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Fields whose text is JSON when they come as a column of strings.
const NESTED: [&str; 11] = [
    "skills",
    "wishes",
    "languages",
    "place",
    "availability",
    "routes",
    "requirements",
    "period",
    "teaches",
    "vectors",
    "extra",
];
/// What pandas calls an index that has no name; it is passed over.
const INDEX: &str = "__index_level_";
/// Matches of one batch.
const BATCH: usize = 1 << 16;

fn failed(e: ArrowError) -> Error {
    Error::invalid("", format!("the frame cannot be read: {e}"))
}

/// Reads a frame's rows as documents and validates each. `model` is the encoder's name for a column `vectors` that
/// holds lists of numbers; structs of `model`, `document` and `parts` name it themselves.
///
/// ```
/// use arrow_array::{RecordBatchIterator, record_batch};
/// let batch = record_batch!(("id", Utf8, ["p1"]), ("text", Utf8, ["I repair bicycles."]))?;
/// let frame = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
/// let people: Vec<osuma::Profile> = osuma::frame::documents(frame, None)?;
/// assert_eq!(people[0].text, "I repair bicycles.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput): the pointer begins with the row, or names the column where the
/// whole column is at fault (an unknown name, a type that is not read, an infinite number, text that is not UTF-8).
pub fn documents<D: Document>(batches: impl RecordBatchReader, model: Option<&str>) -> Result<Vec<D>> {
    check_columns::<D>(&batches.schema())?;
    let mut docs = Vec::new();
    for batch in batches {
        let batch = batch.map_err(failed)?;
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            // What comes from another library is believed in nothing, not even that its strings are UTF-8.
            let data = column.to_data();
            let fault = data.validate_full().err().map(|e| e.to_string()).or_else(|| unread(&data));
            fault.map_or(Ok(()), |m| Err(Error::invalid(pointer(field.name()), m)))?;
        }
        let batch = in_days(&batch)?;
        for line in lines(&batch, false)?.split(|&b| b == b'\n').filter(|l| !l.is_empty()) {
            let doc = document(line, model).and_then(|json| from_json(&json));
            docs.push(doc.map_err(|e| e.within(&format!("/{}", docs.len())))?);
        }
    }
    Ok(docs)
}

/// The batch with the day in the place of every moment in a named time zone. Arrow itself would need a database of all
/// zones within the program, half a megabyte; here it is the system's.
fn in_days(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    if !schema.fields().iter().any(|f| in_a_zone(f.data_type())) {
        return Ok(batch.clone());
    }
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let data = days(&column.to_data()).map_err(|m| Error::invalid(pointer(field.name()), m))?;
        fields.push(field.as_ref().clone().with_data_type(data.data_type().clone()));
        columns.push(make_array(data));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Schema::new(fields).into(), columns, &options).map_err(failed)
}

/// Whether there are moments in a named time zone.
fn in_a_zone(of: &DataType) -> bool {
    match of {
        DataType::Timestamp(_, Some(zone)) => !zone.starts_with(['+', '-']),
        DataType::Struct(fields) => fields.iter().any(|f| in_a_zone(f.data_type())),
        DataType::List(values) | DataType::LargeList(values) => in_a_zone(values.data_type()),
        _ => false,
    }
}

fn days(data: &ArrayData) -> Result<ArrayData, String> {
    let child = |field: &FieldRef, data: &ArrayData| {
        let data = days(data)?;
        Ok((FieldRef::new(field.as_ref().clone().with_data_type(data.data_type().clone())), data))
    };
    let rebuilt = |of: DataType, children: Vec<ArrayData>| {
        data.clone().into_builder().data_type(of).child_data(children).build().map_err(|e| e.to_string())
    };
    match (data.data_type(), data.child_data()) {
        (DataType::Timestamp(unit, Some(zone)), _) if in_a_zone(data.data_type()) => {
            let zone = TimeZone::get(zone).map_err(|e| format!("time zone \"{zone}\": {e}"))?;
            let second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            let moments = &data.buffer::<i64>(0)[..data.len()];
            let day = |(i, &at): (usize, &i64)| {
                if data.is_null(i) {
                    return Ok(0);
                }
                let at = Timestamp::from_second(at.div_euclid(second)).map_err(|e| format!("row {i}: {e}"))?;
                Ok(crate::snapshot::days(zone.to_datetime(at).date()))
            };
            let days = moments.iter().enumerate().map(day).collect::<Result<Vec<i32>, String>>()?;
            Ok(Date32Array::new(days.into(), data.nulls().cloned()).into_data())
        }
        (DataType::Struct(fields), children) => {
            let all = fields.iter().zip(children).map(|(f, d)| child(f, d)).collect::<Result<Vec<_>, String>>()?;
            let (fields, children): (Vec<FieldRef>, Vec<ArrayData>) = all.into_iter().unzip();
            rebuilt(DataType::Struct(fields.into()), children)
        }
        (DataType::List(field), [values]) => {
            child(field, values).and_then(|(f, d)| rebuilt(DataType::List(f), vec![d]))
        }
        (DataType::LargeList(field), [values]) => {
            child(field, values).and_then(|(f, d)| rebuilt(DataType::LargeList(f), vec![d]))
        }
        _ => Ok(data.clone()),
    }
}

/// Rows as JSON Lines; nulls are written or left out.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a column that has no form in JSON.
pub fn lines(batch: &RecordBatch, nulls: bool) -> Result<Vec<u8>> {
    let day = || "%Y-%m-%d".to_owned();
    let format = WriterBuilder::new().with_explicit_nulls(nulls).with_date_format(day()).with_datetime_format(day());
    let format = format.with_timestamp_format(day()).with_timestamp_tz_format(day());
    let mut writer = format.build::<_, LineDelimited>(Vec::new());
    writer.write(batch).and_then(|()| writer.finish()).map_err(failed)?;
    Ok(writer.into_inner())
}

fn pointer(name: &str) -> String {
    format!("/{}", crate::pointer::escaped(name))
}

/// A column of nulls names no field in any row, so that columns are checked by themselves.
fn check_columns<D: Document>(schema: &Schema) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in schema.fields().iter().map(|f| f.name()).filter(|n| !n.starts_with(INDEX)) {
        if !seen.insert(name) {
            return Err(Error::invalid(pointer(name), format!("the frame has two columns \"{name}\"")));
        }
        let probe = Value::Object(Map::from_iter([(name.clone(), Value::Null)]));
        match from_json::<D>(&probe.to_string()) {
            Err(e) if e.message().starts_with("unknown field") => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// What JSON has no word for, or another than the column's type says.
fn unread(data: &ArrayData) -> Option<String> {
    let infinite = match data.data_type() {
        DataType::Float64 => Float64Array::from(data.clone()).iter().flatten().any(f64::is_infinite),
        DataType::Float32 => Float32Array::from(data.clone()).iter().flatten().any(f32::is_infinite),
        t if t.is_binary() || matches!(t, DataType::Duration(_) | DataType::Interval(_)) => {
            return Some(format!("a column of {t} is not read; cast it to text, numbers or dates"));
        }
        _ => return data.child_data().iter().find_map(unread),
    };
    infinite.then(|| "inf is out of range: a finite number".to_owned())
}

/// A row as the JSON of a document.
fn document(line: &[u8], model: Option<&str>) -> Result<String> {
    let mut doc: Map<String, Value> = from_slice(line).map_err(|e| Error::invalid("", e.to_string()))?;
    doc.retain(|name, value| !name.starts_with(INDEX) && !value.is_null());
    for (name, value) in &mut doc {
        let fault = |m: String| Error::invalid(pointer(name), m);
        match value {
            Value::String(text) if NESTED.contains(&name.as_str()) => {
                *value = from_str(text).map_err(|e| fault(format!("the text is not JSON: {e}")))?;
            }
            Value::Array(vector) if name == "vectors" => {
                let model = model.ok_or_else(|| fault("the vectors have no model; give its name".to_owned()))?;
                *value = json!({"model": model, "document": vector});
            }
            value if name != "extra" => whole(value),
            _ => {}
        }
    }
    Ok(Value::Object(doc).to_string())
}

/// Makes 3.0 a 3, since pandas has no missing integers.
fn whole(value: &mut Value) {
    match value {
        Value::Number(n) => {
            let digits = n.to_string();
            if let Some(n) = digits.strip_suffix(".0").and_then(|d| d.parse::<i64>().ok()) {
                *value = n.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(fields) => fields.values_mut().for_each(whole),
        _ => {}
    }
}

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// [`Match`]: `profile`, `challenge`, `rank`, `score`, `known`, one column for each signal, `gates`, `unknown`.
    #[default]
    Matches,
    /// [`SupplyRow`](crate::SupplyRow), its fields.
    Supply,
    /// [`Outlook`](crate::Outlook): `challenge`, `change`, and `score`, `rank` and `gates` with `_before` and `_after`.
    Outlooks,
    /// [`Placement`](crate::Placement), its fields.
    Placements,
    /// [`Member`](crate::Member): `profile`, `role`, `score`, `adds`, and the names of the facets that they bring.
    Members,
}

impl Rows {
    /// The columns, in their order; the same whatever counts, so that tables can be put together.
    #[must_use]
    pub fn columns(self) -> SchemaRef {
        let of = |name: &str, of: DataType| Field::new(name, of, false);
        let text = |name| of(name, DataType::Utf8);
        let number = |name| of(name, DataType::Float64);
        let count = |name| of(name, DataType::UInt32);
        let list = |name| of(name, DataType::new_list(DataType::Utf8, true));
        let maybe = |field: Field| field.with_nullable(true);
        let columns = match self {
            Self::Matches => {
                let first =
                    [text("profile"), text("challenge"), count("rank"), maybe(number("score")), number("known")];
                let signals = Signal::ALL.iter().map(|s| maybe(number(s.name())));
                first.into_iter().chain(signals).chain([list("gates"), maybe(text("unknown"))]).collect()
            }
            Self::Supply => vec![
                text("concept"),
                maybe(text("group")),
                maybe(count("people")),
                maybe(count("confirmed")),
                maybe(count("unconfirmed")),
                count("challenges"),
                count("musts"),
                maybe(of("gap", DataType::Int64)),
                of("hidden_strength", DataType::Boolean),
            ],
            Self::Outlooks => vec![
                text("challenge"),
                maybe(number("score_before")),
                maybe(number("score_after")),
                number("change"),
                maybe(count("rank_before")),
                maybe(count("rank_after")),
                list("gates_before"),
                list("gates_after"),
            ],
            Self::Placements => {
                vec![text("profile"), text("challenge"), maybe(number("score")), of("locked", DataType::Boolean)]
            }
            Self::Members => {
                vec![text("profile"), maybe(text("role")), maybe(number("score")), number("adds"), list("brings")]
            }
        };
        Arc::new(Schema::new(columns))
    }
}

/// The columns of a table of matches.
#[must_use]
pub fn columns() -> SchemaRef {
    Rows::Matches.columns()
}

/// Rows as Arrow batches, from a JSON array of objects that have the columns' names; other names are passed over.
///
/// ```
/// use osuma::frame::{Rows, table_from_json};
/// let rows = r#"[{"profile": "p", "challenge": "c", "score": null, "locked": true}]"#;
/// let batches = table_from_json(Rows::Placements, rows)?;
/// assert_eq!(batches[0].num_rows(), 1);
/// assert!(table_from_json(Rows::Placements, "[{}]").is_err());
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what is no array of objects, and for a value that is missing or
/// of another type than its column.
pub fn table_from_json(rows: Rows, json: &str) -> Result<Vec<RecordBatch>> {
    batches(rows, &crate::json::parse::<Vec<Map<String, Value>>>(json)?)
}

fn batches<T: Serialize>(of: Rows, rows: &[T]) -> Result<Vec<RecordBatch>> {
    let mut decoder = ReaderBuilder::new(of.columns()).build_decoder().map_err(failed)?;
    let batch =
        |some: &[T]| decoder.serialize(some).and_then(|()| decoder.flush()).transpose().map(|b| b.map_err(failed));
    rows.chunks(BATCH).filter_map(batch).collect()
}

/// Matches as Arrow batches of [`columns`], 65,536 rows in each; signals that are off are null.
///
/// # Errors
/// None that a match could cause.
pub fn table(matches: &[Match]) -> Result<Vec<RecordBatch>> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        of: &'a Match,
        #[serde(flatten)]
        signals: &'a BTreeMap<Signal, Option<f64>>,
    }
    let rows = matches.chunks(BATCH).map(|some| {
        batches(Rows::Matches, &some.iter().map(|of| Row { of, signals: &of.signals }).collect::<Vec<_>>())
    });
    Ok(rows.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}
