//! Fits a subword map to vectors that an encoder made, and embeds texts with one. `datasets/semantic/make_map.py`
//! calls it; see there for the files.
//!
//! `distil fit LABELS.tsv VECTORS.f32 OUT.map NAME [dimensions features bits ridge]`, where a line of LABELS is a
//! concept's number, a language and a text, and VECTORS has as many little-endian f32 for each;
//! `distil embed MAP TEXTS OUT.f32`, one text a line.

use osuma::Language;
use osuma::semantic::{FitOptions, Precision, SubwordMap};
use std::error::Error;
use std::fs;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["fit", labels, vectors, out, name, ref options @ ..] => fit(labels, vectors, out, name, options),
        ["embed", map, texts, out] => embed(map, texts, out),
        _ => {
            Err("distil fit LABELS VECTORS OUT NAME [dimensions features bits ridge] | distil embed MAP TEXTS OUT"
                .into())
        }
    }
}

fn fit(labels: &str, vectors: &str, out: &str, name: &str, given: &[&str]) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(labels)?;
    let labels = text.lines().map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (concept, language) = (parts.next()?.parse().ok()?, Language::from_code(parts.next()?)?);
        Some((concept, language, parts.next()?))
    });
    let labels: Vec<(u32, Language, &str)> =
        labels.collect::<Option<_>>().ok_or("a line is not: number, language, text")?;
    let vectors: Vec<f32> = fs::read(vectors)?.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let mut options = FitOptions::default();
    for (value, place) in given.iter().zip(0..) {
        match place {
            0 => options.dimensions = value.parse()?,
            1 => options.features = value.parse()?,
            2 => {
                options.precision = match *value {
                    "4" => Precision::Four,
                    "8" => Precision::Eight,
                    "32" => Precision::Full,
                    _ => return Err("bits are 4, 8 or 32".into()),
                };
            }
            _ => options.ridge = value.parse()?,
        }
    }
    let started = Instant::now();
    let mut shown = 0.0;
    let map = SubwordMap::distil(name, &labels, &vectors, &options, &mut |share| {
        if share >= shown {
            eprintln!("{:3.0} % {:?}", 100.0 * share, started.elapsed());
            shown = share + 0.1;
        }
        true
    })?;
    fs::write(out, map.bytes())?;
    println!("{map:?}, {} bytes, {:?}", map.bytes().len(), started.elapsed());
    Ok(())
}

fn embed(map: &str, texts: &str, out: &str) -> Result<(), Box<dyn Error>> {
    let bytes = fs::read(map)?;
    let started = Instant::now();
    let map = SubwordMap::from_bytes(bytes)?;
    eprintln!("loaded in {:?}", started.elapsed());
    let texts = fs::read_to_string(texts)?;
    let (started, mut vectors) = (Instant::now(), Vec::new());
    for text in texts.lines() {
        let vector = map.embed(text, None).unwrap_or_else(|| vec![0.0; map.dimensions()]);
        vectors.extend(vector.iter().flat_map(|v| v.to_le_bytes()));
    }
    eprintln!("{} words in {:?}", texts.split_whitespace().count(), started.elapsed());
    fs::write(out, vectors)?;
    Ok(())
}
