//! What the benches of osuma stand on: a seeded generator of documents ([`generate`]) and the study of the sparse
//! all-pairs kernel ([`kernel`]). Not published; `NOTES.md` beside it holds the figures.

pub mod generate;
pub mod kernel;
