//! The one question that the pool asks of the index: which documents have a term in a field.

use tantivy::query::{EnableScoring, Explanation, Query, Scorer, TermQuery, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Score, SegmentReader, Term};

/// Documents with a term in a field, scored by BM25. tantivy's own `TermQuery` can also search columns for numbers and
/// addresses and describe terms of any type, which with the regular expressions that it takes is 90 KB in the browser.
#[derive(Debug, Clone)]
pub(super) struct Having {
    field: Field,
    term: String,
}

/// A weight of tantivy's without its description of the term.
struct Bare<W>(W);

impl Having {
    pub(super) fn new(field: Field, term: impl Into<String>) -> Self {
        Self { field, term: term.into() }
    }
}

impl Query for Having {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let term = Term::from_field_text(self.field, &self.term);
        let weight = TermQuery::new(term, IndexRecordOption::WithFreqs).specialized_weight(scoring)?;
        Ok(Box::new(Bare(weight)))
    }
}

impl<W: Weight> Weight for Bare<W> {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        self.0.scorer(segment, boost)
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(segment, 1.0)?;
        let found = scorer.doc() <= doc && scorer.seek(doc) == doc;
        Ok(Explanation::new("BM25 of the term", if found { scorer.score() } else { 0.0 }))
    }
}
