//! The Future Workshop cohort, from files to ranked people with reasons (`make demo`).
#![expect(clippy::print_stdout, reason = "a demo prints")]

use osuma::{
    AllocateOptions, Challenge, Explanation, Language, LeftOutReason, MatchConfig, Matcher, Pool, Profile, Result,
    Taxonomy, TeamOptions, Unknown,
};
use std::collections::BTreeMap;
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
    team(&matcher, "bakery-orders")?;
    let asked = Instant::now();
    let all = matcher.match_all(osuma::Direction::ProfilesToChallenges, 10)?.len();
    let scored = asked.elapsed().as_millis();
    everybody(&matcher, &challenges)?;
    println!("\n{} profiles, {} challenges; ready in {} ms,", counts.0, counts.1, ready.as_millis());
    println!("every pair scored in {scored} ms ({all} rankings), snapshot of {} KB", bytes / 1000);
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

/// The people who cover one problem best together.
fn team(matcher: &Matcher, id: &str) -> Result<()> {
    let team = matcher.assemble_team(id, &TeamOptions { size: Some(3), ..TeamOptions::default() })?;
    println!("\nA team of {} for: {}", team.members.len(), matcher.snapshot().challenge(id)?.title);
    let sure = if team.optimal { "no team of this size does better" } else { "there may be a better one" };
    println!("  covers {:.0} % of what the problem asks for; {sure}", 100.0 * team.coverage);
    let names = |facets: Vec<usize>| {
        let names: Vec<String> = facets.into_iter().map(|f| name(matcher, &team.facets[f].name)).collect();
        names.join(", ")
    };
    for m in &team.members {
        let brings = m.brings.iter().filter(|b| b.degree >= 0.5).map(|b| b.facet as usize).collect();
        let line = format!("{}  adds {:2.0} %  {}", m.profile, 100.0 * m.adds, names(brings));
        println!("  {}", first_line(&line, 76));
    }
    let open = names((0..team.facets.len()).filter(|&f| !team.facets[f].covered).collect());
    if !open.is_empty() {
        println!("  {}", first_line(&format!("nobody covers: {open}"), 76));
    }
    Ok(())
}

/// Everybody placed at once, with the figures and with reasons for those who are not.
fn everybody(matcher: &Matcher, challenges: &[Challenge]) -> Result<()> {
    let all = matcher.allocate(&AllocateOptions { floor: 0.2, ..AllocateOptions::default() })?;
    let (places, filled) = all.challenges.iter().fold((0, 0), |(p, f), c| (p + c.places, f + c.filled));
    let people = all.placements.len() + all.left_out.len();
    println!("\nEverybody at once: {people} people, {} challenges with {places} places", challenges.len());
    println!("  placed: {}, nobody below a fit of 0.20; places left empty: {}", all.placements.len(), places - filled);
    println!("  fit of those placed: mean {}, lowest {}", share(all.mean), share(all.least));
    if all.bound.is_some_and(|bound| bound - all.total < 1e-9) {
        println!("  sum of fits: {:.2}; proven, no other allocation reaches more", all.total);
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for left in &all.left_out {
        *reasons.entry(reason(left.reason)).or_default() += 1;
    }
    for (reason, people) in reasons {
        println!("  left out: {people}, {reason}");
    }
    let wanted = |a: &&osuma::Filled, b: &&osuma::Filled| {
        a.price.unwrap_or_default().total_cmp(&b.price.unwrap_or_default()).then(b.challenge.cmp(&a.challenge))
    };
    if let Some(c) = all.challenges.iter().max_by(wanted)
        && let Some(gain) = c.price
    {
        let title = matcher.snapshot().challenge(&c.challenge)?.title;
        println!("  {}", first_line(&format!("one place more could add most ({gain:.2}) at: {title}"), 76));
    }
    Ok(())
}

fn reason(reason: LeftOutReason) -> &'static str {
    match reason {
        LeftOutReason::Full => "every place of their challenges went to others",
        LeftOutReason::NoEvidence => "nothing in their texts meets a challenge yet",
        LeftOutReason::ShutOut => "language, place, time or route stands in the way",
        LeftOutReason::BelowFloor => "no challenge fits well enough",
        LeftOutReason::Forbidden => "their challenges are ruled out",
        LeftOutReason::NoChallenge | LeftOutReason::NoPlaces => "there is no place",
    }
}

fn name(matcher: &Matcher, uri: &str) -> String {
    let label = matcher.snapshot().taxonomy().concept(uri).map(|x| x.label(Language::En).to_owned());
    label.unwrap_or_else(|_| uri.to_owned())
}

fn first_line(text: &str, width: usize) -> String {
    wrapped(text, width).into_iter().next().unwrap_or_default()
}

fn share(score: Option<f64>) -> String {
    score.map_or("  ?".into(), |s| format!("{:.2}", s))
}

fn challenge(matcher: &Matcher, c: &Challenge) -> Result<()> {
    println!("\n{} ({})", c.title, c.language.map_or("", Language::code));
    for line in wrapped(&c.text, 76).iter().take(2) {
        println!("  {line}");
    }
    for m in matcher.profiles_for(&c.id, 2)?.matches {
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
    let list = |met: bool| {
        let some = why.requirements.iter().filter(|r| (r.degree > 0.0) == met);
        let names: Vec<String> = some.take(3).map(|r| name(matcher, &r.requirement)).collect();
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
    lines.iter().map(|l| first_line(l, 70)).collect()
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
