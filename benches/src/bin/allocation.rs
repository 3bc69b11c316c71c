//! The part of the comparison with OR-tools that is Rust: writes instances as JSON, and times osuma on them.
//! `benches/peers/ortools_run.py` calls it.

use clap::Parser;
use osuma::allocate::Cohort;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use std::time::Instant;

/// Writes `{capacities, people, edges: [[person, place, value in 2^-40]], value, seconds, ...}` to standard output.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 10_000)]
    people: u32,
    #[arg(long, default_value_t = 2_000)]
    places: u32,
    /// Edges a person.
    #[arg(long, default_value_t = 50)]
    edges: u32,
    /// People a place takes.
    #[arg(long, default_value_t = 5)]
    capacity: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Time the other objectives too.
    #[arg(long)]
    all: bool,
    /// Leave the instance out.
    #[arg(long)]
    quiet: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let o = Options::parse();
    let mut random = ChaCha8Rng::seed_from_u64(o.seed);
    let mut unit = move || f64::from(random.next_u32()) / f64::from(u32::MAX);
    // As scores are: some challenges suit many people, some people suit much, and the rest is the pair's own.
    let easy: Vec<f64> = (0..o.places).map(|_| unit()).collect();
    let mut edges = Vec::new();
    for person in 0..o.people {
        let able = unit();
        let mut chosen = std::collections::BTreeSet::new();
        while chosen.len() < o.edges.min(o.places) as usize {
            chosen.insert((unit() * f64::from(o.places)).min(f64::from(o.places) - 1.0) as u32);
        }
        for place in chosen {
            let value = 0.25 * able + 0.25 * easy[place as usize] + 0.5 * unit();
            // Whole units, so that nobody has to round.
            edges.push((person, place, (value * 1e6).round() / (1u64 << 20) as f64));
        }
    }
    let capacities = vec![o.capacity; o.places as usize];
    let times = vec![1; o.people as usize];
    let mut seconds = Vec::new();
    let mut value = 0;
    for _ in 0..o.runs {
        let now = Instant::now();
        let cohort = Cohort::new(&times, &capacities, &edges)?;
        let total = cohort.total();
        seconds.push(now.elapsed().as_secs_f64());
        value = cohort.pairs(&total.edges).iter().map(|e| (e.2 * (1u64 << 20) as f64) as u64).sum();
    }
    let mut out = json!({"people": o.people, "capacities": capacities, "value": value, "seconds": seconds});
    if o.all {
        let cohort = Cohort::new(&times, &capacities, &edges)?;
        let now = Instant::now();
        let stable = cohort.stable(None, osuma::Side::Profiles)?;
        out["stable"] = json!({"seconds": now.elapsed().as_secs_f64(), "placed": stable.len()});
        let now = Instant::now();
        let fair = cohort.max_min()?;
        out["max_min"] = json!({"seconds": now.elapsed().as_secs_f64(), "placed": fair.len()});
    }
    if !o.quiet {
        out["edges"] = edges.iter().map(|e| json!([e.0, e.1, (e.2 * (1u64 << 20) as f64) as u64])).collect();
    }
    println!("{out}");
    Ok(())
}
