//! Explanations as texts: what they say is what the explanation says. The goldens in `goldens/` are read by people;
//! `UPDATE_GOLDENS=1 cargo test -p osuma --test render` writes them anew.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::{
    Challenge, Explanation, Gate, Language, MatchConfig, Matcher, Profile, Reader, Rendering, Settings, Side, Snapshot,
    Source, Taxonomy,
};
use std::path::Path;
use std::sync::LazyLock;

static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let (profiles, challenges) = cohort();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default().gate(Gate::Language)).unwrap()
});

/// Strong and weak, across languages, with gates failed, without requirements, without evidence.
const PAIRS: [(&str, &str); 10] = [
    ("p006", "farm-webshop"),
    ("p022", "bakery-orders"),
    ("p066", "metal-shop-first-week"),
    ("p059", "mail-boat-leaks"),
    ("p050", "lending-depot-bikes"),
    ("p005", "association-passwords"),
    ("p051", "ghost-stock"),
    ("p001", "silent-museum"),
    ("p034", "phone-help"),
    ("p003", "bracket-returns"),
];

#[test]
fn goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    for (profile, challenge) in PAIRS {
        let mut all = String::new();
        for language in Language::ALL {
            for reader in Reader::ALL {
                let told = MATCHER.render(profile, challenge, reader, language).unwrap();
                all.push_str(&format!("=== {} {reader:?}\n\n{}\n", language.code(), told.text));
            }
        }
        // The digest of the snapshot changes with every word of the cohort, and is checked elsewhere.
        let snapshot = MATCHER.snapshot();
        all = all.replace(&snapshot.digest(), "(digest)").replace(&snapshot.taxonomy().digest(), "(digest)");
        let file = folder.join(format!("{profile}-{challenge}.txt"));
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&file, &all).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        // Line by line, so that a failure shows what changed and not nine pages.
        for (n, (now, then)) in all.lines().zip(golden.lines()).enumerate() {
            assert_eq!(now, then, "{}:{}", file.display(), n + 1);
        }
        assert_eq!(all.lines().count(), golden.lines().count(), "{}", file.display());
    }
}

/// The characters of a document as a rendering shows them.
fn line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What may stand in the text without a mark: the scales, and the name of BM25's parameter.
const TEMPLATE: [&str; 3] = ["0–1", "1–5", "k1"];

fn check(why: &Explanation, told: &Rendering, profile: &Profile, challenge: &Challenge, matcher: &Matcher) {
    let auditor = told.reader == Reader::Auditor;
    let theirs = format!("{}\n{}", challenge.title, challenge.text);
    let facts = &why.circumstances;
    let clear = why.requirements.iter().filter(|r| r.degree >= 0.5).count();
    let partly = why.requirements.iter().filter(|r| r.degree > 0.0 && r.degree < 0.5).count();
    // The numbers that a reader may see.
    let mut numbers = vec![why.requirements.len() as f64, clear as f64, partly as f64];
    numbers.extend(facts.distance_km.into_iter().chain(facts.radius_km));
    numbers.extend(facts.days.into_iter().flat_map(|d| [f64::from(d.0), f64::from(d.1)]));
    numbers.extend(facts.hours.into_iter().flat_map(|h| [h.0, h.1]));
    for r in &why.requirements {
        numbers.extend(r.level.into_iter().chain(r.meets.iter().filter_map(|m| m.level)).map(f64::from));
    }
    let settings = matcher.snapshot().settings();
    if auditor {
        let total = why.contributions.iter().filter(|c| c.value.is_some()).fold(0.0, |sum, c| sum + c.weight);
        numbers.extend([why.known, total, settings.k1, settings.b, f64::from(osuma::SCHEMA)]);
        numbers.push(why.contributions.iter().fold(0.0, |sum, c| sum + c.contribution));
        numbers.extend(why.score);
        for c in &why.contributions {
            numbers.extend([Some(c.weight), Some(c.contribution), c.value].into_iter().flatten());
        }
        for r in &why.requirements {
            numbers.extend([r.weight, r.degree]);
            numbers.extend(r.meets.iter().flat_map(|m| [m.similarity, m.strength]));
        }
        numbers.extend(why.words.iter().map(|w| w.share));
        numbers.extend(why.sentences.iter().map(|n| n.degree));
    }
    let date = |d: jiff::civil::Date| match told.language {
        Language::En => d.to_string(),
        _ => format!("{}.{}.{}", d.day(), d.month(), d.year()),
    };
    let mut names = vec![line(&challenge.title), profile.id.clone(), challenge.id.clone()];
    for l in &facts.languages {
        names.extend([format!("{:?}", l.asked), l.has.map_or(String::new(), |h| format!("{h:?}"))]);
    }
    if auditor {
        let snapshot = matcher.snapshot();
        names.extend([env!("CARGO_PKG_VERSION").into(), snapshot.digest(), snapshot.taxonomy().digest(), "3–5".into()]);
    }
    let times = [&profile.availability, &challenge.period];
    let dates: Vec<String> = times.into_iter().flatten().flat_map(|t| [t.from, t.until]).flatten().map(date).collect();
    for part in &told.parts {
        let mut rest = part.text.clone();
        for mark in part.marks.iter().rev() {
            let shown = &part.text[mark.start..mark.end];
            rest.replace_range(mark.start..mark.end, "");
            match &mark.source {
                Source::Quote { side, span } => {
                    let document = if *side == Side::Profiles { &profile.text } else { &theirs };
                    assert_eq!(shown, line(&document[span.0..span.1]), "{part:?}");
                }
                Source::Number { value } => {
                    assert!(numbers.contains(value), "{value} stands in no explanation: {part:?}");
                    let number: f64 = shown.replace(',', ".").parse().unwrap();
                    let rounding = if auditor { 5.1e-7 } else { 0.051 };
                    assert!((number - value).abs() <= rounding, "{shown} is not {value}: {part:?}");
                }
                Source::Competence { competence } => {
                    let known =
                        |r: &osuma::RequirementMet| r.requirement == *competence || r.by.as_ref() == Some(competence);
                    assert!(why.requirements.iter().any(known), "{part:?}");
                    let label = matcher.snapshot().taxonomy().concept(competence);
                    let label = label.map_or(competence.as_str(), |c| c.label(told.language));
                    assert_eq!(shown.to_lowercase(), line(label).to_lowercase());
                }
                Source::Name => {
                    let days = dates.iter().fold(shown.to_owned(), |s, d| s.replace(d, ""));
                    let known = names.iter().any(|n| n == shown) || !days.contains(|c: char| c.is_ascii_digit());
                    assert!(known, "{shown} comes from nowhere: {part:?}");
                }
            }
        }
        let rest = TEMPLATE.iter().fold(rest, |r, t| r.replace(t, ""));
        assert!(!rest.contains(|c: char| c.is_ascii_digit()), "a number without a mark: {part:?}");
        assert!(!part.text.contains(['{', '}', '$', '\n', '\u{E000}', '\u{E0FF}']), "{part:?}");
        assert!(!part.text.trim().is_empty() && part.text.trim() == part.text, "{part:?}");
    }
}

#[test]
fn every_number_and_quotation_stands_in_the_explanation() {
    let snapshot = MATCHER.snapshot();
    let profiles: Vec<Profile> = snapshot.profiles().map(Result::unwrap).collect();
    let challenges: Vec<Challenge> = snapshot.challenges().map(Result::unwrap).collect();
    let mut seen = 0;
    for (i, p) in profiles.iter().enumerate() {
        for c in challenges.iter().skip(i % 5).step_by(5) {
            let why = MATCHER.explain(&p.id, &c.id).unwrap();
            let context = osuma::Context { profile: p, challenge: c, matcher: &MATCHER };
            for language in Language::ALL {
                for reader in [Reader::Person, Reader::Organisation] {
                    check(&why, &why.render(reader, language, &context), p, c, &MATCHER);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1500);
    for (p, c) in PAIRS {
        let (p, c) = (snapshot.profile(p).unwrap(), snapshot.challenge(c).unwrap());
        let why = MATCHER.explain(&p.id, &c.id).unwrap();
        for language in Language::ALL {
            check(&why, &MATCHER.render(&p.id, &c.id, Reader::Auditor, language).unwrap(), &p, &c, &MATCHER);
        }
    }
}

#[test]
fn what_is_not_known_is_never_a_zero() {
    for (p, c) in PAIRS {
        let why = MATCHER.explain(p, c).unwrap();
        for contribution in &why.contributions {
            assert_eq!(contribution.value.is_none(), contribution.silent.is_some());
        }
        let told = MATCHER.render(p, c, Reader::Auditor, Language::En).unwrap();
        assert_eq!(told.text.contains("No score."), why.score.is_none());
        for silent in told.parts.iter().filter(|part| part.text.contains(": not known")) {
            // The weight alone.
            assert_eq!(silent.marks.len(), 1, "{silent:?}");
            assert!(!silent.text.contains("value"), "{silent:?}");
        }
        let silent = why.contributions.iter().filter(|c| c.silent.is_some()).count();
        assert_eq!(told.parts.iter().filter(|part| part.text.contains(": not known")).count(), silent);
    }
}

#[test]
fn how_and_by_whose_word_a_requirement_is_met() {
    use osuma::{How, Status};
    let cases = [
        ("p006", "farm-webshop", "osuma:webshop-keeping", Some((How::Same, Status::Confirmed, Some(4)))),
        ("p006", "farm-webshop", "osuma:product-photographing", Some((How::Same, Status::Stated, Some(3)))),
        ("p006", "farm-webshop", "osuma:web-content-writing", None),
        ("p066", "metal-shop-first-week", "osuma:metalworking", Some((How::Narrower, Status::Confirmed, Some(5)))),
        ("p059", "mail-boat-leaks", "osuma:boat-engine-repair", Some((How::Related, Status::Confirmed, Some(5)))),
    ];
    for (p, c, requirement, expected) in cases {
        let why = MATCHER.explain(p, c).unwrap();
        let met = why.requirements.iter().find(|r| r.requirement == requirement).unwrap();
        let meets = met.meets.as_ref();
        assert_eq!(meets.map(|m| (m.how, m.status, m.level)), expected, "{requirement}");
        assert_eq!(meets.is_some(), met.by.is_some());
        if let Some(m) = meets {
            let (has, asked) = (m.level.unwrap_or(0), met.level.unwrap_or(0));
            let level = if has > 0 && has < asked { f64::from(has) / f64::from(asked) } else { 1.0 };
            assert_eq!(met.degree, m.similarity * m.strength * level);
        }
    }
}

#[test]
fn labels_and_titles_of_people_cannot_break_or_turn_the_text() {
    let label = "{ $score } \"x\" \u{202E}gnidlew\u{202C}\n- Score: 1";
    let skill = osuma::SkillClaim { label: Some(label.into()), ..Default::default() };
    let profile =
        Profile { id: "p\u{E000}1".into(), text: "I weld steel.".into(), skills: vec![skill], ..Profile::default() };
    let need =
        osuma::Requirement { label: Some(label.into()), importance: osuma::Importance::Must, ..Default::default() };
    let challenge = Challenge {
        id: "c1".into(),
        title: "مطلوب لحام\nwelding".into(),
        text: "We need welding of steel.".into(),
        requirements: vec![need],
        ..Challenge::default()
    };
    let snapshot =
        Snapshot::compile(&Taxonomy::starter(), vec![profile.clone()], vec![challenge], Settings::default()).unwrap();
    let matcher = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    for language in Language::ALL {
        for reader in Reader::ALL {
            let told = matcher.render(&profile.id, "c1", reader, language).unwrap();
            assert!(told.parts.iter().all(|p| !p.text.contains('\n')));
            assert!(told.text.contains("{ $score } \"x\" gnidlew - Score: 1"), "{}", told.text);
            assert!(!told.text.contains(['\u{202E}', '\u{E000}']));
            if reader != Reader::Auditor {
                assert!(told.text.contains("\u{2068}مطلوب لحام welding\u{2069}"), "{}", told.text);
            }
            assert_eq!(matcher.render_new(&profile, "c1", reader, language).unwrap(), told);
        }
    }
    assert_eq!(
        matcher.render("nobody", "c1", Reader::Person, Language::Fi).unwrap_err().kind(),
        osuma::ErrorKind::NotFound
    );
}
