//! osuma turns what people know how to do into solutions for organisations' problems.
//!
//! Profiles of competence stand on one side, organisations' problem descriptions ("challenges") on the other, in
//! Finnish, Swedish and English. See [`Profile`] and [`Challenge`] for the documents and [`Taxonomy`]
//! for the competences that texts name.

pub mod allocate;
mod content;
mod error;
#[cfg(feature = "eval")]
pub mod eval;
mod explain;
mod feedback;
#[cfg(feature = "arrow")]
pub mod frame;
mod json;
mod kernel;
mod matcher;
mod model;
mod order;
mod parallel;
mod pointer;
#[cfg(feature = "pool")]
mod pool;
pub mod questions;
#[cfg(feature = "render")]
mod render;
mod review;
mod routes;
pub mod semantic;
mod signal;
mod snapshot;
mod supply;
mod taxonomy;
pub mod team;
pub mod text;
mod what_if;

pub use allocate::{AllocateOptions, Allocation, Filled, LeftOut, LeftOutReason, Objective, Placement, Placing};
pub use error::{Error, ErrorKind, Result};
pub use explain::{
    Circumstances, Contribution, Explanation, How, LanguageMet, Meets, NearSentences, RequirementMet, SharedWords,
    Silent, Span,
};
pub use feedback::{Feedback, FeedbackFilter, FeedbackKind};
pub use matcher::{Direction, Match, MatchConfig, MatchTable, Matcher, Ranking};
pub use model::{
    Availability, Cefr, Challenge, Document, Extra, Importance, Language, LanguageSkill, MAX_TEXT, Place, Profile,
    Requirement, Route, SCHEMA, Side, SkillClaim, Status, Vectors, Wish, attach_vectors, from_json, from_json_all,
    options_from_json,
};
#[cfg(feature = "pool")]
pub use pool::{Filter, Pool};
#[cfg(feature = "render")]
pub use render::{Context, Mark, Part, PartKind, Reader, Rendering, Source};
pub use review::{Finding, FindingKind, MustCount, Proxy, Severity, Texts};
pub use routes::{DirectionOptions, Goal, Missing, NewDirection, RouteOptions, RoutePath, RouteStep, Routes, StepNeed};
pub use signal::{Gate, Signal, Unknown};
pub use snapshot::{Settings, Snapshot, SnapshotOptions};
pub use supply::{SupplyBy, SupplyOptions, SupplyRow};
pub use taxonomy::{Concept, ConceptKind, Label, LabelKind, Link, Mention, NeededSkill, Taxonomy};
pub use team::{Alternative, Brought, Facet, FacetKind, Member, Role, RoleHeld, Team, TeamOptions};
#[cfg(feature = "typescript")]
pub use what_if::ClaimOrUri;
pub use what_if::{Change, Learnt, Outlook, SmallestChange, Standing, Target, Unlock, UnlockOptions, Unlocks, WhatIf};

#[cfg(all(doctest, feature = "starter"))]
#[doc = include_str!("../../README.md")]
struct Readme;
