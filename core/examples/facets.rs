//! How much of a problem do teams of three cover that are put together from its text alone? A Markdown table of the mean
//! share of the best possible cover, by hand-marked facets (`make eval DATA=...` reads the same set).
//!
//! `cargo run --release -p osuma --example facets -- [DIR]`: DIR holds `profiles.jsonl`, `challenges.jsonl`, `qrels.tsv`
//! and `facets.jsonl`; documents may bring `vectors`, and are then matched by those.
#![expect(clippy::print_stdout, reason = "it prints a table")]

use osuma::eval::Qrels;
use osuma::{Document, MatchConfig, Matcher, Settings, Snapshot, Taxonomy, TeamOptions, from_json_all};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Members of a team.
const SIZE: usize = 3;
/// Random teams a challenge: their mean then varies by less than .01.
const DRAWS: u64 = 2_000;

#[derive(Deserialize)]
struct Marked {
    id: String,
    facets: Vec<Facet>,
}

#[derive(Deserialize)]
struct Facet {
    weight: f64,
    profiles: BTreeSet<String>,
}

impl Marked {
    /// The weight of the facets that somebody in the team covers.
    fn cover(&self, team: &[String]) -> f64 {
        let covered = self.facets.iter().filter(|f| team.iter().any(|p| f.profiles.contains(p)));
        covered.map(|f| f.weight).sum()
    }

    /// The best that any team can cover.
    fn most(&self) -> f64 {
        let people: Vec<String> =
            self.facets.iter().flat_map(|f| &f.profiles).collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let mut most: f64 = 0.0;
        for i in 0..people.len() {
            for j in i..people.len() {
                for k in j..people.len() {
                    most = most.max(self.cover(&[i, j, k].map(|n| people[n].clone())));
                }
            }
        }
        most
    }
}

fn main() -> Outcome {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var("DATA").map_or_else(|_| here.join("../../shared/data"), PathBuf::from);
    let dir = std::env::args().nth(1).map_or_else(|| data.join("gold-dev-fi-sv-en"), PathBuf::from);
    if !dir.join("facets.jsonl").is_file() {
        println!("{} has no facets.jsonl: nothing is measured.", dir.display());
        return Ok(());
    }
    let profiles = documents::<osuma::Profile>(&dir.join("profiles.jsonl"))?;
    let challenges = documents::<osuma::Challenge>(&dir.join("challenges.jsonl"))?;
    let given = challenges.iter().any(|c| c.vectors.is_some());
    let people: Vec<String> = profiles.iter().map(|p| p.id.clone()).collect();
    let qrels = Qrels::read(dir.join("qrels.tsv"))?;
    let marked: Vec<Marked> =
        read(&dir.join("facets.jsonl"))?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default())?;
    let matcher = Matcher::new(snapshot, MatchConfig::default())?;

    let mean = |team: &dyn Fn(&Marked) -> Outcome<Vec<String>>| -> Outcome<f64> {
        let mut sum = 0.0;
        for m in &marked {
            sum += m.cover(&team(m)?) / m.most();
        }
        Ok(sum / f64::from(u32::try_from(marked.len())?))
    };
    let assembled = |options: TeamOptions| {
        let matcher = &matcher;
        move |m: &Marked| -> Outcome<Vec<String>> {
            Ok(matcher.assemble_team(&m.id, &options)?.members.into_iter().map(|m| m.profile).collect())
        }
    };
    let options = || TeamOptions { size: Some(u32::try_from(SIZE).unwrap_or(0)), ..TeamOptions::default() };
    println!(
        "| teams of {SIZE}, {} | share of the best cover |\n|---|---|",
        if given { "with vectors" } else { "text and map" }
    );
    let row = |name: &str, share: f64| println!("| {name} | {share:.3} |");
    let mut draw = Draw(1);
    let mut random = 0.0;
    for _ in 0..DRAWS {
        let teams: Vec<Vec<String>> = marked.iter().map(|_| draw.team(&people)).collect();
        random += marked.iter().zip(&teams).map(|(m, t)| m.cover(t) / m.most()).sum::<f64>();
    }
    row("random", random / (DRAWS * marked.len() as u64) as f64);
    row("the three ranked highest", mean(&|m| Ok(top(&matcher, &m.id)?))?);
    row("**assembled**", mean(&assembled(options()))?);
    row("the same, only coverage counts", mean(&assembled(TeamOptions { coverage: Some(1.0), ..options() }))?);
    row(
        "the three graded highest by hand",
        mean(&|m| {
            let mut graded: Vec<(i32, String)> = qrels.of(&m.id).map(|(p, grade)| (-grade, p.to_owned())).collect();
            graded.sort();
            Ok(graded.into_iter().take(SIZE).map(|g| g.1).collect())
        })?,
    );
    Ok(())
}

fn top(matcher: &Matcher, challenge: &str) -> osuma::Result<Vec<String>> {
    Ok(matcher.profiles_for(challenge, SIZE)?.matches.into_iter().map(|m| m.profile).collect())
}

/// Numbers by chance, the same each time (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * bound as u128) >> 64) as usize
    }

    fn team(&mut self, people: &[String]) -> Vec<String> {
        let mut left: Vec<&String> = people.iter().collect();
        (0..SIZE.min(left.len())).map(|_| left.swap_remove(self.below(left.len())).clone()).collect()
    }
}

/// JSON Lines, with `lang` in the place of `language`.
fn documents<D: Document>(path: &Path) -> Outcome<Vec<D>> {
    let mut lines = Vec::new();
    for line in read(path)?.lines() {
        let mut doc: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
        if let Some(language) = doc.remove("lang") {
            doc.insert("language".into(), language);
        }
        lines.push(serde_json::to_string(&doc)?);
    }
    Ok(from_json_all(&lines.join("\n"))?)
}

fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()).into())
}
