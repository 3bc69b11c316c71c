//! Events of [`Feedback`] in the pool: documents of a third kind in the same index, so that they are committed, rolled
//! back and forgotten together with the rest.
//!
//! An event's terms in the field `key` are what it is found and forgotten by: its profile, its challenge and its kind.
//! None of them can be the key of a profile or challenge, so that updating or removing one leaves its events.

use super::{Having, Part, Pool, Rebuilt, Record, Stored, Writer, damaged_index, failed, key};
use crate::error::{Error, ErrorKind, Result};
use crate::feedback::{Feedback, FeedbackFilter, FeedbackKind};
use crate::model::Side;
use std::collections::BTreeMap;
#[cfg(not(target_family = "wasm"))]
use tantivy::Term;
use tantivy::collector::{Count, DocSetCollector};
use tantivy::query::{BooleanQuery, Occur, Query};
use tantivy::schema::Field;

/// What stands in the field `side`.
const EVENTS: &str = "events";

fn of_document(side: Side, id: &str) -> String {
    format!("{EVENTS}/{}", key(side, id))
}

fn of_kind(kind: FeedbackKind) -> String {
    format!("{EVENTS}/kinds/{}", kind.name())
}

impl Pool {
    /// Appends events, which stay until a document that they name is [forgotten](Self::forget); [removing](Self::remove)
    /// or updating one leaves them. They change no score. Durable with the next commit, as all other changes.
    ///
    /// # Errors
    /// With a pointer that begins with the event's number: [`InvalidInput`](ErrorKind::InvalidInput) for one that does
    /// not name what its kind needs, [`NotFound`](ErrorKind::NotFound) for a profile or challenge that is not in the pool,
    /// or a concept that is not in its taxonomy. [`Locked`](ErrorKind::Locked), [`Storage`](ErrorKind::Storage). None of
    /// the events is in the pool then.
    pub fn add_feedback(&mut self, events: &[Feedback]) -> Result<()> {
        let mut docs = Vec::with_capacity(events.len());
        for (i, event) in events.iter().enumerate() {
            let at = format!("/{i}");
            event.validate().map_err(|e| e.within(&at))?;
            let absent = |field: &str, what: String| Err(Error::new(ErrorKind::NotFound, format!("{at}{field}"), what));
            if !self.has(&key(Side::Profiles, &event.profile))? {
                return absent("/profile", format!("no profile has the id \"{}\"", event.profile));
            }
            if let Some(challenge) = &event.challenge
                && !self.has(&key(Side::Challenges, challenge))?
            {
                return absent("/challenge", format!("no challenge has the id \"{challenge}\""));
            }
            if let Some(concept) = &event.concept {
                self.taxonomy.concept(concept).map_err(|e| e.within(&format!("{at}/concept")))?;
            }
            let about = event.challenge.as_ref().map(|id| of_document(Side::Challenges, id));
            let json = serde_json::to_string(event).map_err(|e| Error::invalid(at, e.to_string()))?;
            let fields = self.fields;
            let named = [Some(of_kind(event.kind)), Some(of_document(Side::Profiles, &event.profile)), about];
            let keys = named.into_iter().flatten().map(|key| (fields.key, Part::Text(key)));
            let rest = [(fields.side, Part::Text(EVENTS.to_owned())), (fields.json, Part::Text(json))];
            docs.push(Record::new(rest.into_iter().chain(keys).collect()));
        }
        if docs.is_empty() {
            return Ok(());
        }
        #[cfg(not(target_family = "wasm"))]
        let place = self.place();
        match self.writer()? {
            #[cfg(not(target_family = "wasm"))]
            Writer::Threads(writer) => {
                for doc in docs {
                    writer.add_document(doc).map_err(|e| failed(&place, e))?;
                }
            }
            Writer::Rebuilt(writer) => writer.append(docs),
        }
        self.pending.insert(EVENTS.to_owned(), true);
        Ok(())
    }

    /// Committed events, the earliest first; those of one moment by profile, challenge, concept and kind.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage), [`Damaged`](ErrorKind::Damaged).
    pub fn feedback(&self, filter: &FeedbackFilter) -> Result<Vec<Feedback>> {
        let (searcher, place) = (self.searcher(), self.place());
        let found = searcher.search(&self.events(filter), &DocSetCollector).map_err(|e| failed(&place, e))?;
        let mut events = Vec::with_capacity(found.len());
        for address in found {
            let doc: Stored = searcher.doc(address).map_err(|e| failed(&place, e))?;
            let event: Feedback = crate::json::parse(&doc.json).map_err(|e| damaged_index(&place, &e.to_string()))?;
            if filter.since.is_none_or(|since| event.at >= since) {
                events.push(event);
            }
        }
        events.sort_by(|a, b| {
            let rest = |e: &Feedback| (e.profile.clone(), e.challenge.clone(), e.concept.clone(), e.kind);
            a.at.cmp(&b.at).then_with(|| rest(a).cmp(&rest(b)))
        });
        Ok(events)
    }

    /// How many committed events there are of each kind; kinds of which there is none are left out. Cost: a count in the
    /// index, and with `since` a reading of the events.
    ///
    /// # Errors
    /// As [`feedback`](Self::feedback).
    pub fn feedback_counts(&self, filter: &FeedbackFilter) -> Result<BTreeMap<FeedbackKind, u64>> {
        let mut counts = BTreeMap::new();
        if filter.since.is_some() {
            self.feedback(filter)?.iter().for_each(|e| *counts.entry(e.kind).or_default() += 1);
            return Ok(counts);
        }
        let (searcher, place) = (self.searcher(), self.place());
        for kind in FeedbackKind::ALL.into_iter().filter(|&k| filter.kind.is_none_or(|kind| kind == k)) {
            let query = self.events(&FeedbackFilter { kind: Some(kind), ..filter.clone() });
            let count = searcher.search(&query, &Count).map_err(|e| failed(&place, e))?;
            if count > 0 {
                counts.insert(kind, count as u64);
            }
        }
        Ok(counts)
    }

    fn events(&self, filter: &FeedbackFilter) -> BooleanQuery {
        let term = |field: Field, text: String| -> (Occur, Box<dyn Query>) {
            (Occur::Must, Box::new(Having::new(field, text)))
        };
        let keys = [
            filter.kind.map(of_kind),
            filter.profile.as_deref().map(|id| of_document(Side::Profiles, id)),
            filter.challenge.as_deref().map(|id| of_document(Side::Challenges, id)),
        ];
        let keys = keys.into_iter().flatten().map(|k| term(self.fields.key, k));
        BooleanQuery::new([term(self.fields.side, EVENTS.to_owned())].into_iter().chain(keys).collect())
    }

    /// Removes the events of a document with the next commit. Tells whether there were any.
    pub(super) fn remove_feedback(&mut self, side: Side, id: &str) -> Result<bool> {
        let key = of_document(side, id);
        let there = self.has(&key)?;
        let field = self.fields.key;
        match self.writer()? {
            #[cfg(not(target_family = "wasm"))]
            Writer::Threads(writer) => drop(writer.delete_term(Term::from_field_text(field, &key))),
            Writer::Rebuilt(writer) => {
                let named = writer.committed.iter().filter(|(_, doc)| doc.says(field, &key));
                let gone: Vec<String> = named.map(|(key, _)| key.clone()).collect();
                writer.staged.extend(gone.into_iter().map(|key| (key, None)));
            }
        }
        Ok(there)
    }
}

impl Rebuilt {
    /// Stages events under keys that ascend, and that no document has.
    fn append(&mut self, docs: Vec<Record>) {
        let last = |keys: Option<&String>| keys.and_then(|k| k.strip_prefix("events/")?.parse().ok()).unwrap_or(0u64);
        let range = || "events/".to_owned().."events0".to_owned();
        let staged = last(self.staged.range(range()).next_back().map(|e| e.0));
        let committed = last(self.committed.range(range()).next_back().map(|e| e.0));
        for (n, doc) in (staged.max(committed) + 1..).zip(docs) {
            self.staged.insert(format!("events/{n:020}"), Some(doc));
        }
    }
}
