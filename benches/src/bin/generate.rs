//! Writes generated documents as JSON lines.

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use osuma_benches::generate::Generator;
use rayon::prelude::*;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Profiles,
    Challenges,
}

/// Seeded profiles or challenges as JSON lines, the same on every platform.
#[derive(Parser)]
struct Options {
    /// Which documents.
    side: Side,
    /// How many.
    count: u32,
    /// The same seed gives the same documents.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Concepts: a JSON file of `{"prefLabel": {"fi", "sv", "en"}}` in the place of the starter taxonomy.
    #[arg(long)]
    labels: Option<PathBuf>,
    /// The file to write; standard output if not given.
    #[arg(long)]
    output: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Options { side, count, seed, labels, output } = Options::parse();
    let generator = match labels {
        Some(path) => Generator::from_labels(seed, &std::fs::read_to_string(path)?)?,
        None => Generator::new(seed, &osuma::Taxonomy::starter()),
    };
    let mut out: Box<dyn Write> = match output {
        Some(path) => Box::new(BufWriter::new(std::fs::File::create(path)?)),
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {per_sec} {eta}")?;
    let bar = ProgressBar::new(u64::from(count)).with_style(style);
    for first in (0..count).step_by(1 << 13) {
        let lines = (first..count.min(first.saturating_add(1 << 13))).into_par_iter().map(|i| match side {
            Side::Profiles => serde_json::to_string(&generator.profile(i)),
            Side::Challenges => serde_json::to_string(&generator.challenge(i)),
        });
        for line in lines.collect::<Result<Vec<_>, _>>()? {
            writeln!(out, "{line}")?;
            bar.inc(1);
        }
    }
    bar.finish();
    Ok(out.flush()?)
}
