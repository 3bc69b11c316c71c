//! Times rankings over a generated pool, by wall clock and by the process's CPU time: on a shared machine only the
//! second says much. Compiled snapshots are kept in a directory and used again.

use clap::{Parser, ValueEnum};
use osuma::{Direction, MatchConfig, Matcher, Settings, Signal, Snapshot, Taxonomy};
use osuma_benches::generate::Generator;
use std::path::PathBuf;
use std::time::Instant;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// One question after another, from both sides.
    One,
    /// Everybody with everything.
    All,
}

/// All signals with their default weights, unless some are named.
#[derive(Parser)]
struct Options {
    work: Work,
    /// Where compiled snapshots are kept.
    directory: PathBuf,
    #[arg(long, default_value_t = 5_000)]
    profiles: u32,
    #[arg(long, default_value_t = 20_000)]
    challenges: u32,
    /// Signals that count alike, in the place of the default weights.
    #[arg(long, value_delimiter = ',')]
    signals: Vec<String>,
    /// Words alone, no subwords.
    #[arg(long)]
    words: bool,
    /// ESCO's labels (`skills_fi_sv_en.json`) in the place of the starter taxonomy.
    #[arg(long)]
    labels: Option<PathBuf>,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long, default_value_t = 3)]
    runs: u32,
    #[arg(long, default_value_t = 10)]
    k: usize,
}

/// Seconds of CPU that the process has used, all threads together.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    // Linux counts them in hundredths.
    ticks.sum::<f64>() / 100.0
}

fn snapshot(o: &Options) -> Fallible<Snapshot> {
    let source = o.labels.as_ref().map_or("starter", |_| "esco");
    let name = format!("{source}-{}-{}{}.osuma", o.profiles, o.challenges, if o.words { "-words" } else { "" });
    let path = o.directory.join(name);
    if let Ok(bytes) = std::fs::read(&path) {
        return Ok(Snapshot::from_bytes(&bytes)?);
    }
    let taxonomy = Taxonomy::starter();
    let g = match &o.labels {
        Some(labels) => Generator::from_labels(1, &std::fs::read_to_string(labels)?)?,
        None => Generator::new(1, &taxonomy),
    };
    let (p, c) = (g.profiles_in_parallel(0..o.profiles), g.challenges_in_parallel(0..o.challenges));
    let settings = if o.words { Settings { subwords: None, ..Settings::default() } } else { Settings::default() };
    let (wall, before) = (Instant::now(), cpu());
    let snapshot = Snapshot::compile(&taxonomy, p, c, settings)?;
    eprintln!("compiled in {:.2} s, CPU {:.2} s", wall.elapsed().as_secs_f64(), cpu() - before);
    std::fs::create_dir_all(&o.directory)?;
    std::fs::write(&path, snapshot.to_bytes())?;
    Ok(snapshot)
}

fn main() -> Fallible<()> {
    let o = Options::parse();
    rayon::ThreadPoolBuilder::new().num_threads(o.threads).build_global()?;
    let snapshot = snapshot(&o)?;
    let mut config = MatchConfig::default();
    if !o.signals.is_empty() {
        let named = Signal::ALL.into_iter().filter(|s| o.signals.iter().any(|n| n == s.name()));
        config.weights = named.map(|s| (s, 1.0)).collect();
    }
    let matcher = Matcher::new(snapshot, config)?;
    match o.work {
        Work::All => {
            for _ in 0..o.runs {
                let (wall, before) = (Instant::now(), cpu());
                let all = matcher.match_all(Direction::ProfilesToChallenges, o.k)?;
                let sum: f64 = all.iter().flat_map(|r| &r.matches).filter_map(|m| m.score).sum();
                println!("{:.3} s, CPU {:.2} s, scores sum to {sum}", wall.elapsed().as_secs_f64(), cpu() - before);
            }
        }
        Work::One => {
            for side in ["profiles_for", "challenges_for"] {
                let (mut times, before) = (Vec::new(), cpu());
                for i in 0..200 * o.runs {
                    let now = Instant::now();
                    let (p, c) = (i * 37 % o.profiles, i * 37 % o.challenges);
                    let found = match side {
                        "profiles_for" => matcher.profiles_for(&format!("c{c:07}"), o.k)?,
                        _ => matcher.challenges_for(&format!("p{p:07}"), o.k)?,
                    };
                    std::hint::black_box(found);
                    times.push(now.elapsed().as_secs_f64() * 1e3);
                }
                let mean = (cpu() - before) * 1e3 / times.len() as f64;
                times.sort_by(f64::total_cmp);
                let at = |share: usize| times[(times.len() - 1) * share / 100];
                println!(
                    "{side}: p50 {:.2} ms, p99 {:.2}, least {:.2}; CPU {mean:.2} a question",
                    at(50),
                    at(99),
                    at(0)
                );
            }
        }
    }
    Ok(())
}
