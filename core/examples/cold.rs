//! What opening costs, natively: the starter's map, and ESCO in three languages in its compiled form (`make cold`).
//! Writes the files that `wasm/cold.mjs` opens in Node and in Chromium.
#![expect(clippy::print_stdout, reason = "it prints a table")]

use osuma::semantic::SubwordMap;
use osuma::{Language, Settings, Snapshot, Taxonomy};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

const RUNS: usize = 11;
const TEXT: &str = "I have repaired bicycles for years, and taught young people to do so.";

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let (Some(data), Some(folder)) = (args.next(), args.next()) else { return Err("cold DATA FOLDER".into()) };
    std::fs::create_dir_all(&folder)?;
    let starter = Taxonomy::starter();
    let map = starter.map().cloned().ok_or("the starter has no map")?;
    let esco = Taxonomy::from_esco(data.join("esco-v1.1.1"), &Language::ALL)?.with_map(Some(map.clone()));
    for (name, taxonomy) in [("starter", &starter), ("esco", &esco)] {
        let snapshot = Snapshot::compile(taxonomy, Vec::new(), Vec::new(), Settings::default())?;
        std::fs::write(folder.join(format!("{name}.osuma")), snapshot.without_map().to_bytes())?;
    }
    let (plain, vectors) = (esco.to_bytes(), esco.to_bytes_with_vectors());
    drop(esco);
    println!("| native | bytes | ms, first | median of {RUNS} |\n|---|---|---|---|");
    row("starter map", map.bytes().len(), || SubwordMap::from_bytes(map.bytes().clone()))?;
    row("compiled ESCO", plain.len(), || Taxonomy::from_bytes(&plain))?;
    row("compiled ESCO with its concepts' vectors", vectors.len(), || Taxonomy::from_bytes(&vectors))?;
    for (how, bytes) in [("", &plain), (", vectors there", &vectors)] {
        let mut fresh = (0..RUNS).map(|_| Ok(Taxonomy::from_bytes(bytes)?.with_map(Some(map.clone()))));
        let fresh = fresh.by_ref().collect::<osuma::Result<Vec<_>>>()?;
        let mut each = fresh.iter();
        row(&format!("first recognise in ESCO{how}"), 0, || {
            Ok(each.next().map(|t| t.recognise(TEXT, Some(Language::En))))
        })?;
    }
    Ok(())
}

fn row<T>(name: &str, bytes: usize, mut open: impl FnMut() -> osuma::Result<T>) -> osuma::Result<()> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let begun = Instant::now();
        let opened = open()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        drop(opened);
    }
    let first = times[0];
    times.sort_by(f64::total_cmp);
    let size = if bytes > 0 { bytes.to_string() } else { String::new() };
    println!("| {name} | {size} | {first:.1} | {:.1} |", times[RUNS / 2]);
    Ok(())
}
