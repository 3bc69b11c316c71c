//! Frames in and tables out, through Arrow's PyCapsule interface. No Python object is made for a row.

use crate::{Answer, Fault, Named};
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_pyarrow::FromPyArrow;
use arrow_schema::SchemaRef;
use osuma::frame::{self, Rows};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyString};

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
        let frame = RecordBatchStreamReader::from_pyarrow_bound(&given);
        frame.map(|f| Self::Frame(Box::new(f))).map_err(|e| match e.is_instance_of::<PyException>(given.py()) {
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

    /// Always of its own columns, whatever is asked for, as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = RecordBatchIterator::new(self.1.clone().into_iter().map(Ok), self.0.clone());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
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
