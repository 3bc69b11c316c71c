//! ESCO as its users have it (`make test-data`): the official packages are read, compiled and compared with what a
//! person would say of pairs of skills.
#![cfg(all(feature = "esco", feature = "starter-map"))]
#![expect(clippy::unwrap_used, reason = "a test")]

use osuma::Language::{En, Fi, Sv};
use osuma::Taxonomy;
use std::collections::HashMap;
use std::time::Instant;

fn data() -> String {
    std::env::var("DATA").unwrap()
}

fn esco() -> Taxonomy {
    Taxonomy::from_esco(format!("{}/esco-v1.1.1", data()), &[En, Fi, Sv]).unwrap()
}

#[test]
#[ignore = "needs DATA; run by `make test-data`"]
fn it_is_read_compiled_and_loaded() {
    let start = Instant::now();
    let t = esco();
    println!("from CSV {:?}", start.elapsed());
    assert_eq!(t.concepts().iter().filter(|c| c.kind.is_skill()).count(), 13_896);
    let occupations = t.concepts().iter().filter(|c| c.kind == osuma::ConceptKind::Occupation);
    assert_eq!(occupations.clone().count(), 3_007);
    assert_eq!(occupations.map(|c| c.skills.len()).sum::<usize>(), 123_788, "one occupation has no row");
    let start = Instant::now();
    let bytes = t.to_bytes();
    println!("{} bytes in {:?}", bytes.len(), start.elapsed());
    for _ in 0..3 {
        let start = Instant::now();
        let again = Taxonomy::from_bytes(&bytes).unwrap();
        println!("loaded in {:?}", start.elapsed());
        assert_eq!(again.concepts().len(), t.concepts().len());
    }
    assert!(Taxonomy::from_bytes(&bytes).unwrap().to_bytes() == bytes);
    let map = Taxonomy::starter().map().cloned();
    let with_vectors = t.with_map(map.clone()).to_bytes_with_vectors();
    let text = "I have repaired bicycles and small engines for years, welded frames and taught young people to do so. \
                I keep the accounts of our club, and in summer I grow vegetables for forty families. "
        .repeat(3);
    for (how, bytes) in [("without", &bytes), ("with", &with_vectors)] {
        let start = Instant::now();
        let t = Taxonomy::from_bytes(bytes).unwrap().with_map(map.clone());
        let loaded = start.elapsed();
        let start = Instant::now();
        let _ = t.recognise(&text, Some(En));
        let recognised = start.elapsed();
        let start = Instant::now();
        let _ = t.link("welding", Some(En), 5);
        let linked = start.elapsed();
        let start = Instant::now();
        (0..20).for_each(|_| assert!(!t.recognise(&text, Some(En)).is_empty()));
        println!(
            "{how} vectors: {} bytes, loaded in {loaded:?}, first recognise {recognised:?}, first link {linked:?}; \
             {:?} to recognise {} words",
            bytes.len(),
            start.elapsed() / 20,
            text.split(' ').count()
        );
    }
}

#[test]
#[ignore = "needs DATA; run by `make test-data`"]
fn similar_is_what_a_person_finds_similar() {
    let t = esco();
    let by_label: HashMap<&str, &str> =
        t.concepts().iter().filter(|c| c.kind.is_skill()).map(|c| (c.label(En), c.uri.as_str())).collect();
    // Claim, requirement, and the degree between which bounds.
    for (claim, requirement, low, high) in [
        ("Python (computer programming)", "computer programming", 0.9, 0.9),
        ("computer programming", "Python (computer programming)", 0.3, 0.7),
        ("Java (computer programming)", "Python (computer programming)", 0.4, 0.7),
        ("C++", "C#", 0.4, 0.7),
        ("bake goods", "prepare bakery products", 0.5, 0.9),
        ("operate welding equipment", "apply arc welding techniques", 0.3, 0.6),
        ("bookkeeping regulations", "accounting techniques", 0.3, 0.6),
        ("tend to elderly people", "assist children with special needs in education settings", 0.0, 0.0),
        ("Python (computer programming)", "prepare bakery products", 0.0, 0.0),
    ] {
        let degree = t.similarity(by_label[claim], by_label[requirement]).unwrap();
        println!("{degree:.2} {claim} -> {requirement}");
        assert!(degree >= low && degree <= high, "{claim} for {requirement}: {degree}");
    }
}

/// Sentences of job ads with the labels of their skills.
fn annotated(set: &str) -> Vec<(String, Vec<String>)> {
    let path = format!("{}/skill-extraction-validation/{set}_validation_annotations.csv", data());
    let mut by_sentence: Vec<(String, Vec<String>)> = Vec::new();
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        let (sentence, label) = (&row[0], &row[3]);
        if by_sentence.last().is_none_or(|s| s.0 != *sentence) {
            by_sentence.push((sentence.into(), vec![]));
        }
        let labels = &mut by_sentence.last_mut().unwrap().1;
        if !label.starts_with("LABEL NOT") && !labels.iter().any(|l| l == label) {
            labels.push(label.into());
        }
    }
    by_sentence.retain(|s| !s.1.is_empty());
    by_sentence
}

#[test]
#[ignore = "needs DATA; run by `make test-data`"]
fn linked_sentences() {
    let lexical = Taxonomy::from_bytes(&esco().to_bytes()).unwrap();
    let t = lexical.clone().with_map(Taxonomy::starter().map().cloned());
    // The least RP@5 by words alone, and with meaning.
    for (how, t, tech, house) in [("words", &lexical, 0.65, 0.45), ("with meaning", &t, 0.72, 0.55)] {
        let start = Instant::now();
        let _ = t.link("welding", Some(En), 5);
        println!("{how}: first link {:?}", start.elapsed());
        for (set, least) in [("tech", tech), ("house", house)] {
            let sentences = annotated(set);
            let start = Instant::now();
            let mut rp = 0.0;
            for (sentence, labels) in &sentences {
                let links = t.link(sentence, Some(En), 5);
                let right = links.iter().filter(|l| labels.contains(&l.label)).count();
                rp += right as f64 / labels.len().min(5) as f64;
            }
            let n = sentences.len() as f64;
            println!("{set}: RP@5 {:.1} over {n}; {:?} a sentence", 100.0 * rp / n, start.elapsed() / n as u32);
            assert!(rp / n > least, "{set}");
        }
        let start = Instant::now();
        for text in ["hitsaan ruostumatonta", "tar hand om äldre", "bookkeeping and payroll", "leivon leipää"] {
            (0..100).for_each(|_| assert!(!t.link(text, None, 10).is_empty()));
        }
        println!("{:?} a short text", start.elapsed() / 400);
    }
    for (text, language, right) in [
        ("pystyn hitsaamaan ruostumatonta", Fi, "muokata ruostumatonta terästä"),
        ("olen hoitanut vanhuksia kotona", Fi, "huolehtia vanhuksista"),
        ("kirjanpito ja palkanlaskenta", Fi, "kirjanpito"),
        ("jag kan svetsa rostfritt stål", Sv, "bearbeta rostfritt stål"),
        ("tar hand om äldre", Sv, "ta hand om äldre personer"),
    ] {
        let links = t.link(text, Some(language), 5);
        assert_eq!(links[0].label, right, "{text}: {links:?}");
    }
}

#[test]
#[ignore = "needs DATA; run by `make test-data`"]
fn recognised_in_sentences() {
    let t = esco();
    for set in ["tech", "house"] {
        let sentences = annotated(set);
        // Per tenth of confidence: mentions, right ones.
        let mut bins = [(0, 0); 11];
        let mut wanted = 0;
        let mut wrong: HashMap<(String, String), usize> = HashMap::new();
        let start = Instant::now();
        for (sentence, labels) in &sentences {
            wanted += labels.len();
            for m in t.recognise(sentence, Some(En)) {
                let label = t.concept(&m.concept).unwrap().label(En);
                let right = labels.iter().any(|l| l == label);
                let bin = &mut bins[(m.confidence * 10.0) as usize];
                *bin = (bin.0 + 1, bin.1 + usize::from(right));
                if !right {
                    let key = (sentence[m.start..m.end].to_lowercase(), format!("{label} {:.2}", m.confidence));
                    *wrong.entry(key).or_default() += 1;
                }
            }
        }
        println!("{set}: {:?} a sentence, {wanted} wanted", start.elapsed() / sentences.len() as u32);
        for (bin, (all, right)) in bins.iter().enumerate().filter(|b| b.1.0 > 0) {
            println!("  .{bin}: {right} of {all} right, {:.2}", f64::from(*right as u32) / f64::from(*all as u32));
        }
        let (all, right) = bins[8..].iter().fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
        assert!(right * 10 >= all * 6, "{set}: of the surest mentions {right} of {all} are right");
        let mut wrong: Vec<_> = wrong.into_iter().collect();
        wrong.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        for ((words, label), n) in wrong.iter().take(40) {
            println!("  {n} x {words} -> {label}");
        }
    }
    let fi = "Olen työskennellyt lähihoitajana. En osaa kirjanpitoa.";
    let found = t.recognise(fi, None);
    assert!(found.iter().any(|m| m.negated && t.concept(&m.concept).unwrap().label(Fi) == "kirjanpito"), "{found:?}");
}
