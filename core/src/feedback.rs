//! What came of a match: who was shown, asked, taken, and what was confirmed, as events that are only ever appended.
//!
//! Events never change a score. They are evidence, from which weights can be learnt when somebody asks for it
//! (`eval::learn_from_events`), and which a caseworker can read. A person's events are the person's: they go with them
//! when they are forgotten.
//!
//! **Exposure**: who was never shown could not be chosen. So every pair that somebody sees is worth an event
//! [`Shown`](FeedbackKind::Shown), and silence about a pair that was not shown says nothing.

use crate::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum FeedbackKind {
    /// The person confirmed that they have a competence; names a concept.
    Confirmed,
    /// The person said that a competence is not theirs; names a concept.
    Rejected,
    /// Somebody saw the pair, or the person a proposed competence; names a challenge, a concept, or both.
    Shown,
    /// The organisation asked the person; names a challenge.
    Contacted,
    /// The person came to work on the challenge; names it.
    Accepted,
    /// Nothing came of it, whoever said no; names a challenge.
    Declined,
}

impl FeedbackKind {
    /// All kinds, in their order.
    pub const ALL: [Self; 6] =
        [Self::Confirmed, Self::Rejected, Self::Shown, Self::Contacted, Self::Accepted, Self::Declined];

    /// The kind's name, the same in all languages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ["confirmed", "rejected", "shown", "contacted", "accepted", "declined"][self as usize]
    }
}

/// One event.
///
/// ```
/// use osuma::{Feedback, FeedbackKind, options_from_json};
/// let event: Feedback = options_from_json(
///     r#"{"kind": "accepted", "at": "2027-03-01T12:00:00+02:00", "profile": "p042", "challenge": "bakery-orders"}"#)?;
/// assert_eq!(event.kind, FeedbackKind::Accepted);
/// assert_eq!(event.at.to_string(), "2027-03-01T10:00:00Z");
/// assert!(options_from_json::<Feedback>(r#"{"kind": "liked", "at": "2027-03-01T12:00:00Z", "profile": "p"}"#).is_err());
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// What happened.
    pub kind: FeedbackKind,
    /// When: RFC 3339 with `Z` or an offset; kept in UTC.
    #[cfg_attr(feature = "typescript", ts(as = "String"))]
    pub at: Timestamp,
    /// Id of the profile.
    pub profile: String,
    /// Id of the challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub challenge: Option<String>,
    /// URI of the concept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub concept: Option<String>,
}

impl Feedback {
    /// Checks that it names what its kind needs.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with a pointer to the field that is missing.
    pub fn validate(&self) -> Result<()> {
        let missing = |field: &str, what: &str| {
            Err(Error::invalid(field, format!("is missing; \"{}\" is said of {what}", self.kind.name())))
        };
        if self.profile.trim().is_empty() {
            return Err(Error::invalid("/profile", "is empty; give the id of a profile"));
        }
        match self.kind {
            FeedbackKind::Confirmed | FeedbackKind::Rejected if self.concept.is_none() => {
                missing("/concept", "a competence")
            }
            FeedbackKind::Contacted | FeedbackKind::Accepted | FeedbackKind::Declined if self.challenge.is_none() => {
                missing("/challenge", "a challenge")
            }
            FeedbackKind::Shown if self.challenge.is_none() && self.concept.is_none() => {
                missing("/challenge", "a challenge or a competence")
            }
            _ => Ok(()),
        }
    }
}

/// Which events; one must have all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields, default)]
pub struct FeedbackFilter {
    /// What happened.
    pub kind: Option<FeedbackKind>,
    /// Id of the profile.
    pub profile: Option<String>,
    /// Id of the challenge.
    pub challenge: Option<String>,
    /// Not before this moment, RFC 3339.
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub since: Option<Timestamp>,
}
