//! The part of `make bench-peers` that is Rust: writes the terms of generated texts for the peers, and times osuma on
//! the same texts. `benches/peers/run.py` calls it.

use clap::{Parser, Subcommand};
use osuma::semantic::Means;
use osuma::text::Analyzer;
use osuma::{
    Challenge, Direction, Language, MatchConfig, MatchTable, Matcher, Profile, Settings, Side, Signal, Snapshot,
    Taxonomy, Vectors,
};
use osuma_benches::generate::Generator;
use osuma_benches::kernel::{BATCH, Index, Rows, Single, bm25};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

const DIMENSIONS: usize = 384;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Terms for the peers, and osuma's own times and answers.
#[derive(Parser)]
struct Options {
    /// Where the files go.
    directory: PathBuf,
    #[arg(long, default_value_t = 5_000)]
    profiles: u32,
    #[arg(long, default_value_t = 20_000)]
    challenges: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// ESCO's labels (`skills_fi_sv_en.json`) in the place of the starter taxonomy.
    #[arg(long)]
    labels: Option<PathBuf>,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// `{profiles,challenges}.{offsets,terms,counts}` (u64, u32, u32; little-endian) and `terms.txt`.
    Terms,
    /// All pairs by the text signal alone, words alone: `seconds` to standard output, `osuma.top` (u32, ten a profile).
    Osuma {
        #[arg(long, default_value_t = 5)]
        runs: u32,
        /// No further run begins after so many seconds.
        #[arg(long, default_value_t = 60)]
        budget: u64,
        /// As columns of numbers, which is what the peers give.
        #[arg(long)]
        table: bool,
    },
    /// All pairs by the semantic signal alone, over random vectors of 384 values: `seconds`, `osuma.top`, and
    /// `{profiles,challenges}.vectors` as they are compared (f32, means removed).
    Cosine {
        #[arg(long, default_value_t = 6)]
        runs: u32,
    },
    /// The study's kernel on the same terms: `seconds`, `kernel.top`.
    Kernel {
        #[arg(long, default_value_t = 9)]
        runs: u32,
    },
}

fn main() -> Fallible<()> {
    let options = Options::parse();
    rayon::ThreadPoolBuilder::new().num_threads(options.threads).build_global()?;
    let generator = match &options.labels {
        Some(path) => Generator::from_labels(options.seed, &std::fs::read_to_string(path)?)?,
        None => Generator::new(options.seed, &Taxonomy::starter()),
    };
    let profiles = generator.profiles_in_parallel(0..options.profiles);
    let challenges = generator.challenges_in_parallel(0..options.challenges);
    let directory = &options.directory;
    match options.work {
        Work::Terms => {
            let (terms, p, c) = counts(&profiles, &challenges);
            std::fs::create_dir_all(directory)?;
            std::fs::write(directory.join("terms.txt"), terms.join("\n"))?;
            write(&p, &directory.join("profiles"))?;
            write(&c, &directory.join("challenges"))
        }
        Work::Osuma { runs, budget, table } => {
            let settings = Settings { subwords: None, ..Settings::default() };
            // Free labels need no concept: ESCO-made documents go with the starter taxonomy too.
            let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, settings)?;
            let matcher = by(snapshot, Signal::Text)?;
            let begun = Instant::now();
            let (mut all, mut columns) = (Vec::new(), MatchTable::default());
            for _ in 0..runs {
                let now = Instant::now();
                if table {
                    columns = matcher.match_all_table(Direction::ProfilesToChallenges, 10, &go_on)?;
                } else {
                    all = matcher.match_all(Direction::ProfilesToChallenges, 10)?;
                }
                println!("{}", now.elapsed().as_secs_f64());
                if begun.elapsed().as_secs() > budget {
                    break;
                }
            }
            // The documents' ids are their numbers with zeros before them, so that rows are numbers too.
            let number = |m: &osuma::Match| m.challenge[1..].parse().unwrap_or(u32::MAX);
            let mut top = tops(&columns, options.profiles);
            for (top, ranking) in top.iter_mut().zip(&all) {
                let found = ranking.matches.iter().filter(|m| m.score.is_some_and(|s| s > 0.0));
                top.extend(found.map(number));
            }
            write_top(top.into_iter(), &directory.join("osuma.top"))
        }
        Work::Cosine { runs } => {
            let (people, problems) = (unit_vectors(1, options.profiles), unit_vectors(2, options.challenges));
            let vectors = |v: &[f32]| Some(Vectors { model: "random".into(), document: v.to_vec(), parts: Vec::new() });
            let texts = profiles.into_iter().zip(&people).map(|(p, v)| Profile { vectors: vectors(v), ..p });
            let (profiles, language) = (texts.collect(), Some(Language::En));
            let texts = challenges.into_iter().zip(&problems).map(|(c, v)| Challenge { vectors: vectors(v), ..c });
            let (mut profiles, mut challenges): (Vec<Profile>, Vec<Challenge>) = (profiles, texts.collect());
            profiles.iter_mut().for_each(|p| p.language = language);
            challenges.iter_mut().for_each(|c| c.language = language);
            centred(&people, &problems, language, directory)?;
            let settings = Settings { subwords: None, ..Settings::default() };
            let snapshot = Snapshot::compile(&Taxonomy::starter().with_map(None), profiles, challenges, settings)?;
            let matcher = by(snapshot, Signal::Semantic)?;
            let mut columns = MatchTable::default();
            for _ in 0..runs {
                let now = Instant::now();
                columns = matcher.match_all_table(Direction::ProfilesToChallenges, 10, &go_on)?;
                println!("{}", now.elapsed().as_secs_f64());
            }
            write_top(tops(&columns, options.profiles).into_iter(), &directory.join("osuma.top"))
        }
        Work::Kernel { runs } => {
            let (_, p, c) = counts(&profiles, &challenges);
            let (queries, candidates) = bm25(&p, &c, 1.2, 0.75);
            let index = Index::<Single>::new(candidates, queries.width(), 8_192, 4);
            let mut all: Vec<Vec<(f64, u32)>> = Vec::new();
            for _ in 0..runs {
                let now = Instant::now();
                let batches = (0..queries.len()).into_par_iter().step_by(BATCH);
                let parts: Vec<Vec<Vec<(f64, u32)>>> = batches
                    .map_init(
                        || index.scratch(),
                        |scratch, first| {
                            let mut out = Vec::with_capacity(BATCH);
                            index.best(&queries, first..queries.len(), 10, scratch, &mut out);
                            out
                        },
                    )
                    .collect();
                all = parts.into_iter().flatten().collect();
                println!("{}", now.elapsed().as_secs_f64());
            }
            write_top(all.iter().map(|best| best.iter().map(|b| b.1).collect()), &directory.join("kernel.top"))
        }
    }
}

fn go_on(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A matcher by one signal alone.
fn by(snapshot: Snapshot, signal: Signal) -> osuma::Result<Matcher> {
    Matcher::new(snapshot, MatchConfig { weights: BTreeMap::from([(signal, 1.0)]), ..MatchConfig::default() })
}

/// The challenges of each profile in a table, best first.
fn tops(columns: &MatchTable, profiles: u32) -> Vec<Vec<u32>> {
    let mut top = vec![Vec::new(); profiles as usize];
    for ((&p, &c), &score) in columns.profiles.iter().zip(&columns.challenges).zip(&columns.scores) {
        if score > 0.0 {
            top[p as usize].push(c);
        }
    }
    top
}

/// Random vectors of unit length.
#[expect(clippy::cast_precision_loss, reason = "24 bits")]
fn unit_vectors(seed: u64, count: u32) -> Vec<Vec<f32>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // The sum of twelve even numbers is nearly normal (Irwin and Hall).
    let mut normal = || (0..12).map(|_| (random.next_u32() >> 8) as f32 / 16_777_216.0 - 0.5).sum::<f32>();
    let vector = |_| {
        let all: Vec<f32> = (0..DIMENSIONS).map(|_| normal()).collect();
        let norm = all.iter().map(|x| x * x).sum::<f32>().sqrt();
        all.into_iter().map(|x| x / norm).collect()
    };
    (0..count).map(vector).collect()
}

/// Writes vectors as the engine compares them: without the mean of their side and language.
fn centred(people: &[Vec<f32>], problems: &[Vec<f32>], language: Option<Language>, directory: &Path) -> Fallible<()> {
    let mut means = Means::new(DIMENSIONS);
    people.iter().try_for_each(|v| means.add(v, Side::Profiles, language))?;
    problems.iter().try_for_each(|v| means.add(v, Side::Challenges, language))?;
    for (name, side, all) in [("profiles", Side::Profiles, people), ("challenges", Side::Challenges, problems)] {
        let rows = all.iter().map(|v| means.centre(v, side, language).unwrap_or_else(|| v.clone()));
        let bytes: Vec<u8> = rows.flatten().flat_map(f32::to_le_bytes).collect();
        std::fs::write(directory.join(name).with_extension("vectors"), bytes)?;
    }
    Ok(())
}

/// The words of each text as osuma sees them, numbered by their bytes' order, with counts.
fn counts(profiles: &[Profile], challenges: &[Challenge]) -> (Vec<String>, Rows, Rows) {
    let analyzer = Analyzer { subwords: None };
    let terms = |text: &str, hint: Option<Language>| analyzer.terms(&analyzer.analyse(text, hint));
    let people: Vec<_> = profiles.par_iter().map(|p| terms(&p.text, p.language)).collect();
    let problems: Vec<_> =
        challenges.par_iter().map(|c| terms(&format!("{}\n{}", c.title, c.text), c.language)).collect();
    let mut numbers: BTreeMap<&str, u32> =
        people.iter().chain(&problems).flat_map(|d| d.keys()).map(|t| (t.as_str(), 0)).collect();
    (0..).zip(numbers.values_mut()).for_each(|(n, number)| *number = n);
    let rows = |all: &[BTreeMap<String, u32>]| {
        let mut rows = Rows { offsets: vec![0], ..Rows::default() };
        for doc in all {
            rows.terms.extend(doc.keys().map(|t| numbers[t.as_str()]));
            rows.weights.extend(doc.values().map(|&tf| f64::from(tf)));
            rows.offsets.push(rows.terms.len());
        }
        rows
    };
    let (p, c) = (rows(&people), rows(&problems));
    (numbers.into_keys().map(str::to_owned).collect(), p, c)
}

fn write(rows: &Rows, path: &Path) -> Fallible<()> {
    let bytes = |ending: &str, bytes: Vec<u8>| std::fs::write(path.with_extension(ending), bytes);
    bytes("offsets", rows.offsets.iter().flat_map(|&o| (o as u64).to_le_bytes()).collect())?;
    bytes("terms", rows.terms.iter().flat_map(|t| t.to_le_bytes()).collect())?;
    bytes("counts", rows.weights.iter().flat_map(|&w| (w as u32).to_le_bytes()).collect())?;
    Ok(())
}

/// Ten a row, `u32::MAX` where there are fewer.
fn write_top(rows: impl Iterator<Item = Vec<u32>>, path: &Path) -> Fallible<()> {
    let padded = rows.flat_map(|row| row.into_iter().chain(std::iter::repeat(u32::MAX)).take(10));
    Ok(std::fs::write(path, padded.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())?)
}
