//! Writes the cohort's snapshot and digests of all its scores, so that every host can show that it computes the same
//! bits: `cargo run -p osuma --example digest -- OUTDIR`.
//!
//! OUTDIR gets `cohort.osuma` (the snapshot) and `digest.json`:
//! `{"profiles_to_challenges": hex, "challenges_to_profiles": hex, "pairs": n}`. Each digest is the SHA-256, in lower
//! case hex, over one UTF-8 line for each pair, `profile TAB challenge TAB rank TAB bits LF`: the rankings in the order
//! of `match_all` (ids ascending), without a limit on k, under the default `MatchConfig`. `bits` are the 16 lower case
//! hex digits of the score's f64, big end first, or `unknown` where there is no score.

use osuma::{Direction, MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json_all};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: digest OUTDIR")?);
    let cohort = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/cohort");
    let read = |file| fs::read_to_string(cohort.join(file));
    let profiles = from_json_all(&read("profiles.jsonl")?)?;
    let challenges = from_json_all(&read("challenges.jsonl")?)?;
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
    let bytes = snapshot.to_bytes();
    // Over the bytes' reading, as the other hosts do.
    let matcher = Matcher::new(Snapshot::from_bytes(&bytes)?, MatchConfig::default())?;
    let (p2c, pairs) = digest(&matcher, Direction::ProfilesToChallenges)?;
    let (c2p, _) = digest(&matcher, Direction::ChallengesToProfiles)?;
    let json = serde_json::json!({"profiles_to_challenges": p2c, "challenges_to_profiles": c2p, "pairs": pairs});
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("cohort.osuma"), bytes)?;
    fs::write(folder.join("digest.json"), format!("{json}\n"))?;
    Ok(())
}

fn digest(matcher: &Matcher, direction: Direction) -> osuma::Result<(String, usize)> {
    let (mut hash, mut pairs) = (Sha256::new(), 0);
    for m in matcher.match_all(direction, usize::MAX)?.iter().flat_map(|r| &r.matches) {
        let bits = m.score.map_or_else(|| "unknown".into(), |s| format!("{:016x}", s.to_bits()));
        hash.update(format!("{}\t{}\t{}\t{bits}\n", m.profile, m.challenge, m.rank));
        pairs += 1;
    }
    Ok((hash.finalize().iter().map(|b| format!("{b:02x}")).collect(), pairs))
}
