//! Vectors of meaning: the distilled map, and vectors that come beside documents. Numbers cross as the bytes of f32.

use crate::frame::Documents;
use crate::{Answer, Fault, Named, bare, watched};
use osuma::semantic::{FitOptions, Precision, SubwordMap as Map};
use osuma::text::Analyzer;
use osuma::{Document, Language};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

/// The encoder's name, and one vector a document: how many numbers it has, and all of them.
pub type Beside = (Option<String>, Option<(usize, PyBackedBytes)>);

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_ne_bytes(b)).collect()
}

/// Reads documents and gives them the vectors that came beside them.
pub fn attach<D: Document>(docs: Documents, (model, vectors): Beside) -> Answer<Vec<D>> {
    let mut docs = docs.read::<D>(model.as_deref())?;
    if let Some((width, bytes)) = vectors {
        osuma::attach_vectors(&mut docs, &model.unwrap_or_default(), width, &floats(&bytes))?;
    }
    Ok(docs)
}

#[pyclass(frozen)]
pub(crate) struct SubwordMap(pub Map);

#[pymethods]
impl SubwordMap {
    #[staticmethod]
    fn from_bytes(py: Python, data: &[u8]) -> Answer<Self> {
        py.detach(|| Ok(Self(Map::from_bytes(data)?)))
    }

    /// Labels with their concept's number and language, a vector for each; dimensions, features, bits and ridge.
    #[staticmethod]
    fn distil(
        py: Python,
        model: &str,
        labels: Vec<(u32, Named<Language>, String)>,
        vectors: PyBackedBytes,
        options: (usize, usize, u8, f32),
        progress: Option<&Bound<PyAny>>,
    ) -> PyResult<Self> {
        let (dimensions, features, bits, ridge) = options;
        let precision = [Precision::Four, Precision::Eight, Precision::Full].into_iter().find(|p| p.bits() == bits);
        let precision = precision.ok_or_else(|| Fault::invalid("/bits", format!("{bits}: 4, 8 or 32 are right")))?;
        let options = FitOptions { dimensions, features, precision, ridge, ..FitOptions::default() };
        watched(py, None, progress, |watch| {
            let labels: Vec<_> = labels.iter().map(|(concept, l, text)| (*concept, l.0, text.as_str())).collect();
            let tell = &mut |share: f64| watch.step((share * 100.0) as usize, 100).is_continue();
            let map = Map::distil(model, &labels, &floats(&vectors), &options, tell)?;
            let _ = watch.step(100, 100);
            Ok(Self(map))
        })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.bytes())
    }

    /// A row of numbers for each text: zeros where no part of it is known.
    fn embed<'py>(
        &self,
        py: Python<'py>,
        texts: Vec<String>,
        language: Option<Named<Language>>,
    ) -> Bound<'py, PyBytes> {
        let language = bare(language);
        let row = |text: &String| self.0.embed(text, language).unwrap_or_else(|| vec![0.0; self.0.dimensions()]);
        let bytes: Vec<u8> = py.detach(|| texts.iter().flat_map(row).flat_map(f32::to_ne_bytes).collect());
        PyBytes::new(py, &bytes)
    }

    /// Model, dimensions, features and bits.
    fn parts(&self) -> (&str, usize, usize, u8) {
        (self.0.model(), self.0.dimensions(), self.0.features(), self.0.precision().bits())
    }
}

/// A text's language, and its sentences.
#[pyfunction]
pub fn sentences(text: &str) -> (Option<&'static str>, Vec<&str>) {
    let analysis = Analyzer { subwords: None }.analyse(text, None);
    (analysis.language.map(Language::code), analysis.sentences.iter().map(|s| &text[s.start..s.end]).collect())
}
