//! Frames in and out: rows of Arrow batches become documents, matches become Arrow batches. No Python object is made
//! for a row. What a column may hold is the core's to say: a row goes through its JSON reader, as a dict does.
//!
//! Cost: linear; beside the documents themselves, one batch as JSON is in memory.

use crate::{Answer, Fault};
use arrow_array::{Array, ArrayRef, Float32Array, Float64Array, RecordBatch, RecordBatchReader, StructArray};
use arrow_data::ArrayData;
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use osuma::{Document, Match, Signal};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use serde::Serialize;
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
/// What pandas calls an index that has no name.
const INDEX: &str = "__index_level_";
const BATCH: usize = 1 << 16;

impl From<ArrowError> for Fault {
    fn from(e: ArrowError) -> Self {
        Self::invalid("", format!("the frame cannot be read: {e}"))
    }
}

/// Documents as the face hands them over.
pub enum Documents {
    Json(String),
    Frame(Box<dyn RecordBatchReader + Send>),
}

impl<'py> FromPyObject<'_, 'py> for Documents {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if given.is_instance_of::<PyString>() {
            return Ok(Self::Json(given.extract()?));
        }
        let frame = given.extract::<AnyRecordBatch>().and_then(AnyRecordBatch::into_reader);
        frame.map(Self::Frame).map_err(|e| match e.is_instance_of::<PyException>(given.py()) {
            true => Fault::invalid("", format!("the frame cannot be read as Arrow: {}", e.value(given.py()))).into(),
            false => e,
        })
    }
}

impl Documents {
    /// # Errors
    /// As `osuma::from_json_all`; the pointer of a frame's fault begins with the row. `model` is the encoder's name for
    /// a column of vectors that are lists of numbers.
    pub(crate) fn read<D: Document>(self, model: Option<&str>) -> Answer<Vec<D>> {
        let batches = match self {
            Self::Json(text) => return Ok(osuma::from_json_all(&text)?),
            Self::Frame(batches) => batches,
        };
        check_columns::<D>(&batches.schema())?;
        let mut docs = Vec::new();
        for batch in batches {
            let batch = batch?;
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                // What comes from another library is believed in nothing, not even that its strings are UTF-8.
                let data = column.to_data();
                let fault = data.validate_full().err().map(|e| e.to_string()).or_else(|| unread(&data));
                fault.map_or(Ok(()), |m| Err(Fault::invalid(&pointer(field.name()), m)))?;
            }
            for line in written(&batch, false)?.split(|&b| b == b'\n').filter(|l| !l.is_empty()) {
                let doc = document(line, model).and_then(|json| Ok(osuma::from_json(&json)?));
                docs.push(doc.map_err(|e| e.within(&format!("/{}", docs.len())))?);
            }
        }
        Ok(docs)
    }
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

/// Rows as JSON Lines; a date or a time is its day.
fn written(batch: &RecordBatch, nulls: bool) -> Answer<Vec<u8>> {
    let day = || "%Y-%m-%d".to_owned();
    let format = WriterBuilder::new().with_explicit_nulls(nulls).with_date_format(day()).with_datetime_format(day());
    let format = format.with_timestamp_format(day()).with_timestamp_tz_format(day());
    let mut writer = format.build::<_, LineDelimited>(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A column of nulls names no field in any row, so that columns are checked by themselves.
fn check_columns<D: Document>(schema: &Schema) -> Answer<()> {
    let mut seen = BTreeSet::new();
    for field in schema.fields().iter().filter(|f| !f.name().starts_with(INDEX)) {
        let name = field.name();
        if !seen.insert(name) {
            return Err(Fault::invalid(&pointer(name), format!("the frame has two columns \"{name}\"")));
        }
        let probe = Value::Object(Map::from_iter([(name.clone(), Value::Null)]));
        match osuma::from_json::<D>(&probe.to_string()) {
            Err(e) if e.message().starts_with("unknown field") => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A row as the JSON of a document.
fn document(line: &[u8], model: Option<&str>) -> Answer {
    let mut doc: Map<String, Value> = from_slice(line).map_err(|e| Fault::invalid("", e.to_string()))?;
    doc.retain(|name, value| !name.starts_with(INDEX) && !value.is_null());
    for (name, value) in &mut doc {
        let fault = |m: String| Fault::invalid(&pointer(name), m);
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

/// Makes 3.0 a 3, since pandas has no missing integers; NaN, its word for what is missing, came as null.
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

/// Matches as Arrow batches, of the same columns whatever counts: those of signals that do not are null.
#[pyclass(frozen)]
#[derive(Debug)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    of: &'a Match,
    #[serde(flatten)]
    signals: &'a BTreeMap<Signal, Option<f64>>,
}

impl Table {
    pub(crate) fn new(matches: &[Match]) -> Answer<Self> {
        Self::of_rows(
            matches.chunks(BATCH).map(|some| some.iter().map(|m| Row { of: m, signals: &m.signals }).collect()),
        )
    }

    fn of_rows<R: Serialize>(parts: impl Iterator<Item = Vec<R>>) -> Answer<Self> {
        let column = |(name, of, null): (&str, DataType, bool)| Field::new(name, of, null);
        let (text, number) = (DataType::Utf8, DataType::Float64);
        let first = [("profile", text.clone(), false), ("challenge", text.clone(), false)];
        let figures =
            [("rank", DataType::UInt32, false), ("score", number.clone(), true), ("known", number.clone(), false)];
        let signals = Signal::ALL.iter().map(|s| (s.name(), number.clone(), true));
        let last = [("gates", DataType::new_list(text.clone(), true), false), ("unknown", text, true)];
        let columns = first.into_iter().chain(figures).chain(signals).chain(last).map(column);
        let schema = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let mut decoder = ReaderBuilder::new(schema.clone()).build_decoder()?;
        let mut batches = Vec::new();
        for rows in parts {
            decoder.serialize(&rows)?;
            batches.extend(decoder.flush()?);
        }
        Ok(Self { schema, batches })
    }
}

#[pymethods]
impl Table {
    /// Of a JSON array of rows.
    #[new]
    fn of(rows: &str) -> Answer<Self> {
        let rows: Vec<Value> = from_str(rows).map_err(|e| Fault::invalid("", e.to_string()))?;
        Self::of_rows(std::iter::once(rows))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let arrays: Vec<_> =
            self.batches.iter().map(|b| Ok(Arc::new(StructArray::from(b.clone())) as ArrayRef)).collect();
        let field = Field::new_struct("", self.schema.fields().clone(), false);
        Ok(to_stream_pycapsule(py, Box::new(ArrayIterator::new(arrays, field.into())), requested_schema)?)
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// The first `count` rows as JSON Lines, every column in each.
    fn rows(&self, count: usize) -> Answer<Vec<u8>> {
        let (mut lines, mut left) = (Vec::new(), count);
        for batch in &self.batches {
            let some = batch.slice(0, left.min(batch.num_rows()));
            lines.extend(written(&some, true)?);
            left -= some.num_rows();
        }
        Ok(lines)
    }
}
