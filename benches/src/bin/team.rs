//! Times the search for a team, and writes its instances as JSON for `benches/peers/team.py`.

use clap::Parser;
use osuma::team::{Candidate, Cover};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use std::time::Instant;

/// Writes `{size, weights, candidates: [[degrees], merit], value, seconds, nodes, optimal, gap}` to standard output.
#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 2_000)]
    candidates: usize,
    #[arg(long, default_value_t = 12)]
    facets: usize,
    #[arg(long, default_value_t = 4)]
    size: usize,
    #[arg(long, default_value_t = 1)]
    redundancy: usize,
    /// The share of the requirements that a candidate meets at all.
    #[arg(long, default_value_t = 0.25)]
    density: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 5)]
    runs: u32,
    #[arg(long, default_value_t = 1_000_000)]
    nodes: u32,
    #[arg(long, default_value_t = 0)]
    alternatives: usize,
    /// Leave the instance out.
    #[arg(long)]
    quiet: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let o = Options::parse();
    let mut random = ChaCha8Rng::seed_from_u64(o.seed);
    let mut unit = move || f64::from(random.next_u32()) / f64::from(u32::MAX);
    let weights: Vec<f64> = (0..o.facets).map(|_| [1.0, 0.6, 0.3][(unit() * 2.99) as usize]).collect();
    let all: f64 = weights.iter().sum();
    // Degrees as claims give them: a similarity of the graph, times a trust, times a share of the level.
    let mut degree = || {
        let told = unit() < o.density;
        let near = [1.0, 1.0, 0.8, 0.5][(unit() * 3.99) as usize];
        let trust = [1.0, 0.9, 0.7][(unit() * 2.99) as usize];
        let level = [1.0, 1.0, 0.75, 0.5][(unit() * 3.99) as usize];
        if told { near * trust * level } else { 0.0 }
    };
    let mut candidates: Vec<Candidate> = Vec::new();
    for _ in 0..o.candidates {
        let degrees: Vec<f64> = (0..o.facets).map(|_| degree()).collect();
        let merit = degrees.iter().zip(&weights).map(|(d, w)| d * w).sum::<f64>() / all;
        candidates.push(Candidate { degrees, merit, ..Candidate::default() });
    }
    let cover = Cover { size: o.size, redundancy: o.redundancy, ..Cover::new(&candidates, &weights) };
    let (mut seconds, mut last) = (Vec::new(), None);
    for _ in 0..o.runs {
        let now = Instant::now();
        last = Some(cover.solve(o.nodes, o.alternatives)?);
        seconds.push(now.elapsed().as_secs_f64());
    }
    let solution = last.ok_or("give at least one run")?;
    let mut out = json!({"size": o.size, "redundancy": o.redundancy, "value": solution.teams[0].value,
        "members": solution.teams[0].members, "seconds": seconds, "nodes": solution.nodes,
        "optimal": solution.optimal, "gap": solution.gap});
    if !o.quiet {
        out["weights"] = json!(weights);
        out["candidates"] = candidates.iter().map(|c| json!([c.degrees, c.merit])).collect();
    }
    println!("{out}");
    Ok(())
}
