//! One opaque [`Error`]: what went wrong ([`ErrorKind`]), where ([`Error::path`]) and what would be right
//! (its message).
//!
//! Promise: bad input never panics and never changes anything; the error names the id, the place and the value.

use std::fmt;

/// What went wrong, coarse enough to act upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document, option or argument that is not acceptable; the caller can mend it.
    InvalidInput,
    /// An id or concept that is not there.
    NotFound,
    /// Bytes that are not what they should be: damaged, truncated, or not osuma's.
    Damaged,
    /// Bytes or a directory of another version of osuma, or made with another taxonomy.
    Version,
    /// The snapshot does not hold the side (profiles or challenges) that the question needs.
    MissingSide,
    /// The storage failed: disk full, read-only, permission.
    Storage,
    /// Somebody else is writing to the pool.
    Locked,
    /// The caller cancelled the work.
    Cancelled,
}

impl ErrorKind {
    /// The kind's name in snake case, the same in Rust, Python and JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::NotFound => "not_found",
            Self::Damaged => "damaged",
            Self::Version => "version",
            Self::MissingSide => "missing_side",
            Self::Storage => "storage",
            Self::Locked => "locked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An error of osuma. See [`ErrorKind`] for the kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    path: String,
    message: String,
}

/// The result of osuma's fallible functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, path: path.into(), message: message.into() }
    }

    pub(crate) fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, path, message)
    }

    /// Puts `prefix` (a JSON pointer such as `/17`) before the path.
    #[must_use]
    pub(crate) fn within(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where: a JSON pointer into the input (`/17/skills/0/level`), a file, or empty.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What went wrong and what would be right, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{} (at {})", self.message, self.path) }
    }
}

impl std::error::Error for Error {}
