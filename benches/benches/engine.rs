//! The engine by its public face: analyse, recognise, compile, one query, all pairs, explain, snapshot to and from
//! bytes. `cargo bench -p osuma-benches --bench engine -- --test` runs everything once, on small pools.
#![allow(missing_docs, clippy::allow_attributes, clippy::unwrap_used, reason = "criterion's macros; a bench may stop")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use osuma::text::Analyzer;
use osuma::{Direction, MatchConfig, Matcher, Settings, Snapshot, Taxonomy};
use osuma_benches::generate::Generator;
use std::hint::black_box;

fn smoke() -> bool {
    std::env::args().any(|a| a == "--test")
}

fn matcher(profiles: u32, challenges: u32) -> Matcher {
    let g = Generator::new(1, &Taxonomy::starter());
    let (p, c) = (g.profiles_in_parallel(0..profiles), g.challenges_in_parallel(0..challenges));
    let snapshot = Snapshot::compile(&Taxonomy::starter(), p, c, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn texts(criterion: &mut Criterion) {
    let taxonomy = Taxonomy::starter();
    let people = Generator::new(1, &taxonomy).profiles_in_parallel(0..200);
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(people.iter().map(|p| p.text.len() as u64).sum()));
    for (name, subwords) in [("words", None), ("subwords", Some((3, 5)))] {
        let analyzer = Analyzer { subwords };
        group.bench_function(BenchmarkId::new("analyse", name), |b| {
            b.iter(|| {
                people.iter().map(|p| analyzer.terms(&analyzer.analyse(&p.text, p.language)).len()).sum::<usize>()
            });
        });
    }
    group.bench_function("recognise", |b| {
        b.iter(|| people.iter().map(|p| taxonomy.recognise(&p.text, p.language).len()).sum::<usize>());
    });
}

fn build(criterion: &mut Criterion) {
    let n = if smoke() { 50 } else { 2_000 };
    let g = Generator::new(1, &Taxonomy::starter());
    let (p, c) = (g.profiles_in_parallel(0..n), g.challenges_in_parallel(0..n));
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10).throughput(Throughput::Elements(2 * u64::from(n)));
    group.bench_function("generate", |b| b.iter(|| (g.profiles_in_parallel(0..n), g.challenges_in_parallel(0..n))));
    group.bench_function("compile", |b| {
        let documents = || (p.clone(), c.clone());
        let compile = |(p, c)| Snapshot::compile(&Taxonomy::starter(), p, c, Settings::default()).unwrap();
        b.iter_batched(documents, compile, criterion::BatchSize::LargeInput);
    });
    let snapshot = Snapshot::compile(&Taxonomy::starter(), p.clone(), c.clone(), Settings::default()).unwrap();
    let bytes = snapshot.to_bytes();
    group.bench_function("to_bytes", |b| b.iter(|| snapshot.to_bytes().len()));
    group.bench_function("from_bytes", |b| b.iter(|| Snapshot::from_bytes(&bytes).unwrap()));
}

fn queries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("query");
    group.sample_size(20);
    for n in if smoke() { vec![200] } else { vec![10_000, 50_000] } {
        let m = matcher(n, n);
        let numbers = |i: u32| (format!("p{:07}", i % n), format!("c{:07}", i % n));
        let mut i = 0;
        let mut next = move || {
            i += 1;
            numbers(i)
        };
        group.bench_function(BenchmarkId::new("profiles_for", n), |b| {
            b.iter_batched(&mut next, |(_, c)| m.profiles_for(&c, 10).unwrap(), criterion::BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::new("challenges_for", n), |b| {
            b.iter_batched(&mut next, |(p, _)| m.challenges_for(&p, 10).unwrap(), criterion::BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::new("explain", n), |b| {
            b.iter_batched(&mut next, |(p, c)| m.explain(&p, &c).unwrap(), criterion::BatchSize::SmallInput);
        });
    }
}

fn all_pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("match_all");
    group.sample_size(10);
    for (p, c) in if smoke() { vec![(40, 60)] } else { vec![(1_000, 2_000)] } {
        let m = matcher(p, c);
        group.throughput(Throughput::Elements(u64::from(p) * u64::from(c)));
        for direction in [Direction::ProfilesToChallenges, Direction::ChallengesToProfiles] {
            group.bench_function(BenchmarkId::new(format!("{direction:?}"), format!("{p}x{c}")), |b| {
                b.iter(|| black_box(m.match_all(direction, 10).unwrap()));
            });
        }
    }
}

criterion_group!(benches, texts, build, queries, all_pairs);
criterion_main!(benches);
