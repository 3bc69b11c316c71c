//! Times rankings over a generated pool, by wall clock and by the process's CPU time: on a shared machine only the
//! second says much. Compiled snapshots are kept in a directory and used again.

use clap::{Parser, ValueEnum};
use osuma::{Change, Direction, MatchConfig, Matcher, Settings, Signal, Snapshot, Taxonomy};
use osuma_benches::generate::Generator;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// One question after another, from both sides.
    One,
    /// Everybody with everything.
    All,
    /// The same as columns of numbers.
    Table,
    /// The same in batches with progress; then, how soon it stops when told.
    Batches,
    /// One change of a profile after another, beside all challenges.
    WhatIf,
    /// Only makes the snapshot, anew, so that what is measured later holds no trace of it.
    Compile,
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
    /// No map from texts to vectors.
    #[arg(long)]
    no_map: bool,
    /// So many sentences of each text at most.
    #[arg(long)]
    sentences: Option<usize>,
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
    let marks = [(o.words, "-words"), (o.no_map, "-no-map"), (o.sentences.is_some(), "-short")];
    let marks: String = marks.into_iter().filter(|m| m.0).map(|m| m.1).collect();
    let path = o.directory.join(format!("{source}-{}-{}{marks}.osuma", o.profiles, o.challenges));
    if path.exists() && o.work != Work::Compile {
        let wall = Instant::now();
        let snapshot = Snapshot::open(&path)?;
        eprintln!("opened in {:.0} ms", wall.elapsed().as_secs_f64() * 1e3);
        return Ok(snapshot);
    }
    let taxonomy = Taxonomy::starter();
    let g = match &o.labels {
        Some(labels) => Generator::from_labels(1, &std::fs::read_to_string(labels)?)?,
        None => Generator::new(1, &taxonomy),
    };
    let (mut p, mut c) = (g.profiles_in_parallel(0..o.profiles), g.challenges_in_parallel(0..o.challenges));
    let taxonomy = if o.no_map { taxonomy.with_map(None) } else { taxonomy };
    let texts = p.iter_mut().map(|d| &mut d.text).chain(c.iter_mut().map(|d| &mut d.text));
    let (mut bytes, mut words) = (0, 0);
    for text in texts {
        let end = o.sentences.and_then(|n| text.match_indices(". ").nth(n.saturating_sub(1))).map(|m| m.0 + 1);
        text.truncate(end.unwrap_or(text.len()));
        text.shrink_to_fit();
        bytes += text.len();
        words += text.split_whitespace().count();
    }
    let settings = if o.words { Settings { subwords: None, ..Settings::default() } } else { Settings::default() };
    let (documents, held) = (p.len() + c.len(), memory());
    let (wall, before) = (Instant::now(), cpu());
    let snapshot = Snapshot::compile(&taxonomy, p, c, settings)?;
    let (wall, used) = (wall.elapsed().as_secs_f64(), cpu() - before);
    let (peak, left) = memory();
    let rate = documents as f64 / wall;
    eprintln!(
        "compiled in {wall:.2} s, CPU {used:.2} s: {rate:.0} documents a second of {:.1} words",
        words as f64 / documents as f64
    );
    eprintln!("texts {:.1} MB; {} MB held before, {peak} at most, {left} after", bytes as f64 / 1e6, held.1);
    eprintln!("snapshot {:.1} MB, {}", snapshot.to_bytes().len() as f64 / 1e6, snapshot.digest());
    std::fs::create_dir_all(&o.directory)?;
    snapshot.save(&path)?;
    drop(snapshot);
    Ok(Snapshot::open(&path)?)
}

/// Megabytes that the process had in memory at most, and now in pages that no file backs.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    (kilobytes("VmHWM:") / 1_024, kilobytes("RssAnon:") / 1_024)
}

/// Least, middle and late times of many.
fn spread(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("p50 {:.2}, p99 {:.2}, least {:.2}", at(50), at(99), at(0))
}

fn batches(matcher: &Matcher, o: &Options) -> Fallible<()> {
    let direction = Direction::ProfilesToChallenges;
    let (wall, before) = (Instant::now(), cpu());
    let (mut matches, mut sum) = (0, 0.0);
    let mut told = 0;
    matcher.match_all_batches(direction, o.k, 4_096, &|_, _| ControlFlow::Continue(()), |part| {
        let found = || part.iter().flat_map(|r| &r.matches);
        matches += found().count();
        sum += found().filter_map(|m| m.score).sum::<f64>();
        told += part.len();
        if told / 32_768 > (told - part.len()) / 32_768 {
            eprintln!(
                "  {told} done, {:.0} s, CPU {:.0} s, {:?} MB",
                wall.elapsed().as_secs_f64(),
                cpu() - before,
                memory()
            );
        }
        ControlFlow::Continue(())
    })?;
    let (wall, used) = (wall.elapsed().as_secs_f64(), cpu() - before);
    let pairs = f64::from(o.profiles) * f64::from(o.challenges);
    let (peak, own) = memory();
    println!(
        "{wall:.1} s, CPU {used:.1} s, {:.1} M pairs a CPU second, {matches} matches, scores sum to {sum}",
        pairs / used / 1e6
    );
    println!("peak {peak} MB with the mapped file, {own} MB of its own");
    let begun = Instant::now();
    let stop = |done, _| if done < 1_000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let stopped = matcher.match_all_batches(direction, o.k, 4_096, &stop, |_| ControlFlow::Continue(()));
    println!(
        "told to stop after 1,000: {:?} after {:.2} s",
        stopped.map_err(|e| e.kind()),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Each adds a claim, takes back what the person rejected, and moves them.
fn what_if(matcher: &Matcher, o: &Options) -> Fallible<()> {
    let concepts = matcher.snapshot().taxonomy().concepts();
    let (mut times, before, mut moved) = (Vec::new(), cpu(), 0);
    for i in 0..20 * o.runs {
        let change = Change {
            add: vec![serde_json::from_value(serde_json::json!({
            "concept": concepts[i as usize * 7 % concepts.len()].uri, "status": "confirmed"}))?],
            ..Change::default()
        };
        let now = Instant::now();
        moved += matcher.what_if(&format!("p{:07}", i * 37 % o.profiles), &change)?.moved.len();
        times.push(now.elapsed().as_secs_f64() * 1e3);
    }
    let mean = (cpu() - before) * 1e3 / times.len() as f64;
    println!("what_if, ms a change: {}; CPU {mean:.2} of all threads; {moved} moved", spread(times));
    Ok(())
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
    let (wall, before) = (Instant::now(), cpu());
    let matcher = Matcher::new(snapshot, config)?;
    eprintln!("checked in {:.0} ms, CPU {:.0}", wall.elapsed().as_secs_f64() * 1e3, (cpu() - before) * 1e3);
    match o.work {
        Work::Compile => {}
        Work::Batches => batches(&matcher, &o)?,
        Work::WhatIf => what_if(&matcher, &o)?,
        Work::Table => {
            for _ in 0..o.runs {
                let (wall, before) = (Instant::now(), cpu());
                let go_on = |_, _| ControlFlow::Continue(());
                let all = matcher.match_all_table(Direction::ProfilesToChallenges, o.k, &go_on)?;
                let sum: f64 = all.scores.iter().filter(|s| !s.is_nan()).sum();
                println!("{:.3} s, CPU {:.2} s, scores sum to {sum}", wall.elapsed().as_secs_f64(), cpu() - before);
            }
        }
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
                let ask = |i: u32| match side {
                    "profiles_for" => matcher.profiles_for(&format!("c{:07}", i * 37 % o.challenges), o.k),
                    _ => matcher.challenges_for(&format!("p{:07}", i * 37 % o.profiles), o.k),
                };
                // The first question prepares what later ones use.
                let (wall, before) = (Instant::now(), cpu());
                ask(0)?;
                println!(
                    "{side}: first {:.0} ms, CPU {:.0}",
                    wall.elapsed().as_secs_f64() * 1e3,
                    (cpu() - before) * 1e3
                );
                (1..20).try_for_each(|i| ask(i).map(drop))?;
                let (mut times, before) = (Vec::new(), cpu());
                for i in 0..200 * o.runs {
                    let wall = Instant::now();
                    std::hint::black_box(ask(i)?);
                    times.push(wall.elapsed().as_secs_f64() * 1e3);
                }
                let mean = (cpu() - before) * 1e3 / times.len() as f64;
                println!("{side}, ms a question: {}; CPU {mean:.2}", spread(times));
            }
        }
    }
    Ok(())
}
