//! The Future Workshop cohort, from files to ranked people with reasons (`make demo`).
#![expect(clippy::print_stdout, reason = "a demo prints")]

use osuma::{Challenge, Explanation, Language, MatchConfig, Matcher, Pool, Profile, Result, Taxonomy, Unknown};
use std::path::Path;
use std::time::Instant;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let cohort = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/cohort");
    let read = |side: &str| std::fs::read_to_string(cohort.join(side));
    let profiles: Vec<Profile> = osuma::from_json_all(&read("profiles.jsonl")?)?;
    let challenges: Vec<Challenge> = osuma::from_json_all(&read("challenges.jsonl")?)?;
    let counts = (profiles.len(), challenges.len());

    let directory = std::env::temp_dir().join(format!("osuma-demo-{}", std::process::id()));
    let mut pool = Pool::open_or_create(&directory, Taxonomy::starter())?;
    pool.add_profiles(profiles)?;
    pool.add_challenges(challenges.clone())?;
    pool.commit()?;
    let matcher = pool.matcher(MatchConfig::default())?;
    let bytes = matcher.snapshot().to_bytes().len();
    let ready = begun.elapsed();

    for language in Language::ALL {
        if let Some(c) = challenges.iter().find(|c| c.language == Some(language)) {
            challenge(&matcher, c)?;
        }
    }
    let me = "p001";
    println!("\nAnd the other way round: challenges for {me}");
    for m in matcher.challenges_for(me, 3)?.matches {
        let title = matcher.snapshot().challenge(&m.challenge)?.title;
        println!("  {}  {title}", share(m.score));
    }
    let asked = Instant::now();
    let all = matcher.match_all(osuma::Direction::ProfilesToChallenges, 10)?;
    println!(
        "\n{} profiles, {} challenges; ready in {} ms, every pair scored in {} ms,\nsnapshot of {} KB, {} rankings",
        counts.0,
        counts.1,
        ready.as_millis(),
        asked.elapsed().as_millis(),
        bytes / 1000,
        all.len()
    );
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

fn share(score: Option<f64>) -> String {
    score.map_or("  ?".into(), |s| format!("{:.2}", s))
}

fn challenge(matcher: &Matcher, c: &Challenge) -> Result<()> {
    println!("\n{} ({})", c.title, c.language.map_or("", Language::code));
    for line in wrapped(&c.text, 76).iter().take(2) {
        println!("  {line}");
    }
    for m in matcher.profiles_for(&c.id, 3)?.matches {
        let why = matcher.explain(&m.profile, &m.challenge)?;
        println!("  {}  {}, on {:.0} % of what could be known", share(m.score), m.profile, 100.0 * m.known);
        for line in reasons(matcher, c, &why) {
            println!("        {line}");
        }
    }
    Ok(())
}

/// What the person brings, what is missing, and the words it rests on.
fn reasons(matcher: &Matcher, c: &Challenge, why: &Explanation) -> Vec<String> {
    let name = |uri: &str| {
        let label = matcher.snapshot().taxonomy().concept(uri).map(|x| x.label(Language::En).to_owned());
        label.unwrap_or_else(|_| uri.to_owned())
    };
    let list = |met: bool| {
        let some = why.requirements.iter().filter(|r| (r.degree > 0.0) == met);
        let names: Vec<String> = some.take(3).map(|r| name(&r.requirement)).collect();
        names.join(", ")
    };
    let mut lines = Vec::new();
    for (what, names) in [("brings", list(true)), ("not told", list(false))] {
        if !names.is_empty() {
            lines.push(format!("{what}: {names}"));
        }
    }
    let profile = matcher.snapshot().profile(&why.profile);
    let text = format!("{}\n{}", c.title, c.text);
    let words: Vec<String> = (why.words.iter().take(3))
        .filter_map(|w| {
            Some(format!(
                "{} ~ {}",
                profile.as_ref().ok()?.text.get(w.profile.0..w.profile.1)?,
                &text[w.challenge.0..w.challenge.1]
            ))
        })
        .collect();
    if !words.is_empty() {
        lines.push(format!("words: {}", words.join(", ")));
    }
    if let Some(near) = why.sentences.first()
        && let Some(said) = profile.as_ref().ok().and_then(|p| p.text.get(near.profile.0..near.profile.1))
    {
        lines.push(format!("near: \u{201c}{said}\u{201d}"));
    }
    match why.unknown {
        Some(Unknown::NoEvidence) => lines.push("nothing in the two texts meets; that is no zero".into()),
        Some(_) => lines.push("a text could not be understood".into()),
        None => {}
    }
    lines.into_iter().flat_map(|l| wrapped(&l, 70).into_iter().take(1)).collect()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().map_or(0, |l| l.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
