//! The kernel study and this machine's limits: postings a second into an accumulator, memory bandwidth, and the
//! variants of `osuma_benches::kernel` on one core. `benches/NOTES.md` keeps the figures.
#![allow(missing_docs, clippy::allow_attributes, reason = "criterion's macros")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use osuma::text::Analyzer;
use osuma_benches::generate::Generator;
use osuma_benches::kernel::{BATCH, Bytes, Double, Index, Kind, Rows, Single, Words, bm25};
use std::collections::HashMap;
use std::hint::black_box;

fn smoke() -> bool {
    std::env::args().any(|a| a == "--test")
}

/// Distinct ids in ascending order with gaps, as postings are, into an accumulator of `size` floats.
fn scatter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scatter-add");
    for size in [2_048usize, 8_192, 32_768] {
        let mut sums = vec![0f32; 1 << 16].into_boxed_slice();
        for gap in [2, 16] {
            let ids: Vec<u16> = (0..size).step_by(gap).filter_map(|i| u16::try_from(i).ok()).collect();
            let impacts = vec![0.5f32; ids.len()];
            group.throughput(Throughput::Elements(ids.len() as u64));
            let Ok(sums): Result<&mut [f32; 1 << 16], _> = (&mut *sums).try_into() else { return };
            group.bench_function(BenchmarkId::new(format!("every {gap}th"), size), |b| {
                b.iter(|| {
                    let weight = black_box(1.5f32);
                    for (&id, &impact) in ids.iter().zip(&impacts) {
                        sums[usize::from(id)] += weight * impact;
                    }
                });
            });
        }
    }
}

/// Reading, and adding to, more than the caches hold.
fn memory(criterion: &mut Criterion) {
    let n = if smoke() { 1 << 12 } else { 1 << 26 };
    let (from, mut to) = (vec![1f32; n], vec![0f32; n]);
    let mut group = criterion.benchmark_group("memory");
    group.sample_size(10).throughput(Throughput::Bytes(4 * n as u64));
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut lanes = [0f32; 32];
            from.as_chunks::<32>().0.iter().for_each(|c| lanes.iter_mut().zip(c).for_each(|(l, x)| *l += x));
            lanes
        });
    });
    group.throughput(Throughput::Bytes(12 * n as u64));
    group.bench_function("add", |b| b.iter(|| to.iter_mut().zip(&from).for_each(|(t, f)| *t += f)));
}

/// Word counts of generated profiles and challenges, weighed.
fn rows() -> (Rows, Rows) {
    let (profiles, challenges) = if smoke() { (20, 100) } else { (1_000, 20_000) };
    let g = Generator::new(1, &osuma::Taxonomy::starter());
    let analyzer = Analyzer { subwords: None };
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut counts = |texts: Vec<(String, Option<osuma::Language>)>| {
        let mut rows = Rows { offsets: vec![0], ..Rows::default() };
        for (text, language) in texts {
            let mut row = Vec::new();
            for (term, tf) in analyzer.terms(&analyzer.analyse(&text, language)) {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                row.push((*numbers.entry(term).or_insert(next), f64::from(tf)));
            }
            row.sort_unstable_by_key(|r| r.0);
            rows.terms.extend(row.iter().map(|r| r.0));
            rows.weights.extend(row.iter().map(|r| r.1));
            rows.offsets.push(rows.terms.len());
        }
        rows
    };
    let p = counts(g.profiles(0..profiles).map(|p| (p.text, p.language)).collect());
    let c = counts(g.challenges(0..challenges).map(|c| (c.title + "\n" + &c.text, c.language)).collect());
    bm25(&p, &c, 1.2, 0.75)
}

fn variant<K: Kind>(
    criterion: &mut Criterion,
    name: &str,
    (queries, candidates): &(Rows, Rows),
    shapes: &[(usize, usize)],
) {
    let width = queries.width().max(candidates.width());
    let mut with = vec![0u64; width];
    candidates.terms.iter().for_each(|&t| with[t as usize] += 1);
    let mut group = criterion.benchmark_group("all-pairs");
    group.sample_size(10).throughput(Throughput::Elements(queries.terms.iter().map(|&t| with[t as usize]).sum()));
    for &(block, dense) in shapes {
        let index = Index::<K>::new(candidates.clone(), width, block, dense);
        let mut scratch = index.scratch();
        group.bench_function(BenchmarkId::new(format!("{name}, rows from 1/{dense}"), block), |b| {
            b.iter(|| {
                let mut out = Vec::with_capacity(queries.len());
                for first in (0..queries.len()).step_by(BATCH) {
                    index.best(queries, first..queries.len(), 10, &mut scratch, &mut out);
                }
                out
            });
        });
    }
}

fn kernel(criterion: &mut Criterion) {
    let rows = rows();
    let blocks = [2_048, 4_096, 8_192, 16_384];
    let shapes: Vec<(usize, usize)> = blocks.iter().flat_map(|&b| [0, 4, 8].map(|d| (b, d))).collect();
    variant::<Single>(criterion, "f32", &rows, &shapes);
    variant::<Double>(criterion, "f64 sums", &rows, &[(8_192, 0), (8_192, 8)]);
    variant::<Words>(criterion, "u16 impacts", &rows, &[(8_192, 0), (8_192, 8)]);
    variant::<Bytes>(criterion, "u8 impacts", &rows, &[(8_192, 0), (8_192, 8)]);
}

criterion_group!(benches, scatter, memory, kernel);
criterion_main!(benches);
