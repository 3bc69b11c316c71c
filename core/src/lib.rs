//! osuma turns what people know how to do into solutions for organisations' problems.
//!
//! Profiles of competence stand on one side, organisations' problem descriptions ("challenges") on the other, in
//! Finnish, Swedish and English. See [`Profile`] and [`Challenge`] for the documents and [`Taxonomy`]
//! for the competences that texts name.

mod content;
mod error;
#[cfg(feature = "eval")]
pub mod eval;
mod explain;
#[cfg(feature = "arrow")]
pub mod frame;
mod matcher;
mod model;
mod parallel;
#[cfg(feature = "pool")]
mod pool;
pub mod semantic;
mod signal;
mod snapshot;
mod taxonomy;
pub mod text;

pub use error::{Error, ErrorKind, Result};
pub use explain::{Contribution, Explanation, RequirementMet, SharedWords, Span};
pub use matcher::{Direction, Match, MatchConfig, Matcher, Ranking};
pub use model::{
    Availability, Cefr, Challenge, Document, Extra, Importance, Language, LanguageSkill, MAX_TEXT, Place, Profile,
    Requirement, Route, SCHEMA, Side, SkillClaim, Status, Vectors, Wish, from_json, from_json_all,
};
#[cfg(feature = "pool")]
pub use pool::{Filter, Pool};
pub use signal::{Gate, Signal, Unknown};
pub use snapshot::{Settings, Snapshot};
pub use taxonomy::{Concept, ConceptKind, Label, LabelKind, Link, Mention, NeededSkill, Taxonomy};

#[cfg(all(doctest, feature = "starter"))]
#[doc = include_str!("../../README.md")]
struct Readme;
