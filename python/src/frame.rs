//! Frames in and tables out, through Arrow's PyCapsule interface. No Python object is made for a row.

use crate::{Answer, Fault, Named};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::SchemaRef;
use osuma::frame::{self, Rows};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use std::sync::Arc;

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
    pub(crate) fn read<D: osuma::Document>(self, model: Option<&str>) -> osuma::Result<Vec<D>> {
        match self {
            Self::Json(text) => osuma::from_json_all(&text),
            Self::Frame(batches) => frame::documents(batches, model),
        }
    }
}

/// Rows as Arrow batches.
#[pyclass(frozen)]
pub(crate) struct Table(SchemaRef, Vec<RecordBatch>);

impl Table {
    pub(crate) fn of(matches: &[osuma::Match]) -> osuma::Result<Self> {
        Ok(Self(frame::columns(), frame::table(matches)?))
    }
}

#[pymethods]
impl Table {
    /// Of the JSON of rows, and what they are.
    #[new]
    fn new(rows: Named<Rows>, json: &str) -> Answer<Self> {
        Ok(Self(rows.0.columns(), frame::table_from_json(rows.0, json)?))
    }

    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let arrays = self.1.iter().map(|b| Ok(Arc::new(StructArray::from(b.clone())) as ArrayRef));
        let field = arrow_schema::Field::new_struct("", self.0.fields().clone(), false);
        let stream = ArrayIterator::new(arrays.collect::<Vec<_>>(), field.into());
        Ok(to_stream_pycapsule(py, Box::new(stream), requested_schema)?)
    }

    fn __len__(&self) -> usize {
        self.1.iter().map(RecordBatch::num_rows).sum()
    }

    fn columns(&self) -> Vec<String> {
        self.0.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// The first `count` rows as JSON Lines, every column in each.
    fn rows(&self, mut count: usize) -> Answer<Vec<u8>> {
        let mut lines = Vec::new();
        for batch in &self.1 {
            let some = batch.slice(0, count.min(batch.num_rows()));
            lines.extend(frame::lines(&some, true)?);
            count -= some.num_rows();
        }
        Ok(lines)
    }
}
