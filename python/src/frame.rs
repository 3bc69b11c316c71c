//! Frames in and out: rows of Arrow batches become documents, matches become Arrow batches. No Python object is made
//! for a row. What a column may hold is the core's to say: a row goes through its JSON reader, as a dict does.
//!
//! Cost: linear; beside the documents themselves, one row at a time is in memory.

use crate::Fault;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, Float64Array, RecordBatch, RecordBatchReader, StringArray, StructArray, UInt32Array,
};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use osuma::{Document, Signal};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::{Map, Value, from_str};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Fields whose text is JSON when they come as a column of strings.
const NESTED: [&str; 10] =
    ["skills", "wishes", "languages", "place", "availability", "routes", "requirements", "period", "teaches", "extra"];
/// What pandas calls an index that has no name.
const INDEX: &str = "__index_level_";
const BATCH: usize = 1 << 16;
const DAY: FormatOptions = FormatOptions::new()
    .with_date_format(Some("%Y-%m-%d"))
    .with_datetime_format(Some("%Y-%m-%d"))
    .with_timestamp_format(Some("%Y-%m-%d"))
    .with_timestamp_tz_format(Some("%Y-%m-%d"));

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
    /// As `osuma::from_json_all`; the pointer of a frame's fault begins with the row.
    pub(crate) fn read<D: Document>(self) -> Result<Vec<D>, Fault> {
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
                let checked = column.to_data().validate_full();
                checked.map_err(|e| Fault::invalid(&pointer(field.name()), e.to_string()))?;
            }
            for row in 0..batch.num_rows() {
                let doc = document(&batch, row).and_then(|json| Ok(osuma::from_json(&json)?));
                docs.push(doc.map_err(|e| e.within(&format!("/{}", docs.len())))?);
            }
        }
        Ok(docs)
    }
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A column of nulls names no field in any row, so that columns are checked by themselves.
fn check_columns<D: Document>(schema: &Schema) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for name in schema.fields().iter().map(|f| f.name()).filter(|n| !n.starts_with(INDEX)) {
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

fn document(batch: &RecordBatch, row: usize) -> Result<String, Fault> {
    let mut doc = Map::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        if name.starts_with(INDEX) {
            continue;
        }
        let at = |e: Fault| e.within(&pointer(name));
        let value = match cell(column, row, name != "extra").map_err(at)? {
            Value::Null => continue,
            Value::String(text) if NESTED.contains(&name) => {
                from_str(&text).map_err(|e| at(Fault::invalid("", format!("the text is not JSON: {e}"))))?
            }
            value => value,
        };
        doc.insert(name.to_owned(), value);
    }
    Ok(Value::Object(doc).to_string())
}

/// One value as JSON. Nulls and NaN, pandas' word for what is missing, are null; in a struct they are absent. A date or
/// a time is its day. With `whole`, 3.0 is 3, since pandas has no missing integers.
fn cell(array: &dyn Array, row: usize, whole: bool) -> Result<Value, Fault> {
    use DataType as T;
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let list = |items: ArrayRef| {
        let each = (0..items.len()).map(|i| cell(&items, i, whole).map_err(|e| e.within(&format!("/{i}"))));
        each.collect::<Result<_, _>>().map(Value::Array)
    };
    let text = || Ok::<_, Fault>(ArrayFormatter::try_new(array, &DAY)?.value(row).try_to_string()?);
    Ok(match array.data_type() {
        T::Null => Value::Null,
        T::Boolean => array.as_boolean().value(row).into(),
        T::Utf8 => array.as_string::<i32>().value(row).into(),
        T::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        T::Utf8View => array.as_string_view().value(row).into(),
        T::Date32 | T::Date64 | T::Timestamp(..) => text()?.into(),
        T::List(_) => list(array.as_list::<i32>().value(row))?,
        T::LargeList(_) => list(array.as_list::<i64>().value(row))?,
        T::FixedSizeList(..) => list(array.as_fixed_size_list().value(row))?,
        T::Struct(_) => fields(array.as_struct(), row, whole)?,
        T::Map(..) => {
            let entries = array.as_map().value(row);
            let keys = arrow_cast::cast(entries.column(0), &T::Utf8)?;
            let entry = |i| Ok((keys.as_string::<i32>().value(i).to_owned(), cell(entries.column(1), i, whole)?));
            Value::Object((0..entries.len()).map(entry).collect::<Result<_, Fault>>()?)
        }
        T::Dictionary(_, of) => cell(&arrow_cast::cast(&array.slice(row, 1), of)?, 0, whole)?,
        t if t.is_numeric() => number(&text()?, whole)?,
        t => return Err(Fault::invalid("", format!("a column of {t} is not read; cast it to text, numbers or dates"))),
    })
}

fn fields(array: &StructArray, row: usize, whole: bool) -> Result<Value, Fault> {
    let mut object = Map::new();
    for (field, column) in array.fields().iter().zip(array.columns()) {
        let value = cell(column, row, whole).map_err(|e| e.within(&pointer(field.name())))?;
        if !value.is_null() {
            object.insert(field.name().clone(), value);
        }
    }
    Ok(Value::Object(object))
}

fn number(text: &str, whole: bool) -> Result<Value, Fault> {
    let digits = if whole { text.strip_suffix(".0").unwrap_or(text) } else { text };
    if let Ok(n) = digits.parse::<i64>() {
        return Ok(n.into());
    }
    match text.parse::<f64>() {
        Ok(n) if n.is_nan() => Ok(Value::Null),
        Ok(n) if n.is_finite() => Ok(n.into()),
        _ => Err(Fault::invalid("", format!("{text} is out of range: a finite number"))),
    }
}

/// A match, from the core or from the face's `Match`.
#[derive(Debug, FromPyObject)]
pub struct Row {
    profile: String,
    challenge: String,
    rank: u32,
    score: Option<f64>,
    known: f64,
    #[pyo3(from_py_with = values)]
    signals: [Option<f64>; Signal::ALL.len()],
    gates: Vec<String>,
    unknown: Option<String>,
}

fn values(signals: &Bound<PyAny>) -> PyResult<[Option<f64>; Signal::ALL.len()]> {
    let named: BTreeMap<String, Option<f64>> = signals.extract()?;
    Ok(Signal::ALL.map(|s| named.get(s.name()).copied().flatten()))
}

impl From<osuma::Match> for Row {
    fn from(m: osuma::Match) -> Self {
        let word = |value: serde_json::Result<Value>| value.ok().and_then(|v| v.as_str().map(str::to_owned));
        Self {
            signals: Signal::ALL.map(|s| m.signals.get(&s).copied().flatten()),
            gates: m.gates.iter().filter_map(|g| word(serde_json::to_value(g))).collect(),
            unknown: m.unknown.and_then(|u| word(serde_json::to_value(u))),
            profile: m.profile,
            challenge: m.challenge,
            rank: m.rank,
            score: m.score,
            known: m.known,
        }
    }
}

/// Matches as Arrow batches, of the same columns whatever counts: those of signals that do not are null.
#[pyclass(frozen)]
#[derive(Debug)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    pub(crate) fn new(rows: impl IntoIterator<Item = Row>) -> Result<Self, Fault> {
        let mut rows = rows.into_iter().peekable();
        let mut batches = vec![batch(&mut rows)?];
        while rows.peek().is_some() {
            batches.push(batch(&mut rows)?);
        }
        Ok(Self { schema: batches[0].schema(), batches })
    }
}

fn batch(rows: &mut impl Iterator<Item = Row>) -> Result<RecordBatch, Fault> {
    let rows: Vec<Row> = rows.take(BATCH).collect();
    let text = |of: fn(&Row) -> Option<&str>| Arc::new(StringArray::from_iter(rows.iter().map(of))) as ArrayRef;
    let number = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let mut columns = vec![
        ("profile", text(|r| Some(&r.profile)), false),
        ("challenge", text(|r| Some(&r.challenge)), false),
        ("rank", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|r| r.rank))), false),
        ("score", number(rows.iter().map(|r| r.score).collect()), true),
        ("known", number(rows.iter().map(|r| Some(r.known)).collect()), false),
    ];
    for (i, signal) in Signal::ALL.iter().enumerate() {
        columns.push((signal.name(), number(rows.iter().map(|r| r.signals[i]).collect()), true));
    }
    let mut gates = ListBuilder::new(StringBuilder::new());
    rows.iter().for_each(|r| gates.append_value(r.gates.iter().map(Some)));
    columns.push(("gates", Arc::new(gates.finish()), false));
    columns.push(("unknown", text(|r| r.unknown.as_deref()), true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

#[pymethods]
impl Table {
    #[new]
    fn of(matches: Vec<Row>) -> PyResult<Self> {
        Ok(Self::new(matches)?)
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

    /// The first `count` rows as JSON, every column in each.
    fn rows(&self, count: usize) -> PyResult<String> {
        let row = |batch: &RecordBatch, row| {
            let cells = self.schema.fields().iter().zip(batch.columns());
            let cells = cells.map(|(f, c)| Ok((f.name().clone(), cell(c, row, false)?)));
            cells.collect::<Result<_, Fault>>().map(Value::Object)
        };
        let rows = self.batches.iter().flat_map(|b| (0..b.num_rows()).map(move |i| row(b, i)));
        Ok(Value::Array(rows.take(count).collect::<Result<_, Fault>>()?).to_string())
    }
}
