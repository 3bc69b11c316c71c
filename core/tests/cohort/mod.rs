//! The Future Workshop cohort, for the tests that ask real questions.

use osuma::{Challenge, Profile, from_json_all};

/// Its profiles and challenges, in the order of their files.
pub fn cohort() -> (Vec<Profile>, Vec<Challenge>) {
    let read = |side: &str| {
        std::fs::read_to_string(format!("{}/../datasets/cohort/{side}.jsonl", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    (from_json_all(&read("profiles")).unwrap(), from_json_all(&read("challenges")).unwrap())
}
