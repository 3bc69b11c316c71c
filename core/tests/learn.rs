//! What learning promises: it finds what choices follow, refuses what may be chance, looks only at who was shown, and
//! writes a file that reads back.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::eval::{
    Gain, LearntWeights, Measure, Qrels, Refusal, Resampling, Source, TuneOptions, learn, learn_from_events, tune,
};
use osuma::{
    Challenge, ErrorKind, Feedback, MatchConfig, Matcher, Profile, Settings, Signal, Snapshot, Taxonomy, from_json_all,
    options_from_json,
};

const CRAFTS: [&str; 8] = ["bread", "paint", "boats", "clocks", "shoes", "gardens", "violins", "cameras"];
const TOWNS: [(&str, f64, f64); 4] =
    [("Turku", 60.45, 22.27), ("Kuopio", 62.89, 27.68), ("Oulu", 65.01, 25.47), ("Vaasa", 63.1, 21.62)];

/// Everybody knows one craft and lives in one town; challenges need a craft in a town.
fn documents() -> (Vec<Profile>, Vec<Challenge>) {
    let (mut profiles, mut challenges) = (String::new(), String::new());
    for craft in CRAFTS {
        for (town, lat, lon) in TOWNS {
            let place = format!(r#"{{"name": "{town}", "latitude": {lat}, "longitude": {lon}, "radius_km": 30}}"#);
            profiles += &format!("{{\"id\": \"{craft}-{town}\", \"text\": \"I know {craft}.\", \"place\": {place}}}\n");
            challenges += &format!(
                "{{\"id\": \"c-{craft}-{town}\", \"title\": \"Help\", \"text\": \"Who knows {craft}?\", \"place\": {}}}\n",
                place.replace(", \"radius_km\": 30", "")
            );
        }
    }
    (from_json_all(&profiles).unwrap(), from_json_all(&challenges).unwrap())
}

/// A matcher that looks at words only.
fn matcher(text: f64, place: f64) -> Matcher {
    let (profiles, challenges) = documents();
    let snapshot =
        Snapshot::compile(&Taxonomy::new(vec![]).unwrap(), profiles, challenges, Settings::default()).unwrap();
    let weights = [(Signal::Text, text), (Signal::Place, place)].into();
    Matcher::new(snapshot, MatchConfig { weights, gates: vec![] }).unwrap()
}

fn options() -> TuneOptions {
    TuneOptions { resampling: Resampling { rounds: 2_000, seed: 3 }, ..TuneOptions::default() }
}

/// Who is right knows the craft and lives in the town.
fn judgements() -> Qrels {
    let mut qrels = Qrels::default();
    for craft in CRAFTS {
        for (town, ..) in TOWNS {
            qrels.insert(&format!("c-{craft}-{town}"), &format!("{craft}-{town}"), 3).unwrap();
        }
    }
    qrels
}

/// Each challenge was shown to those who know the craft, and `chosen` of the towns came.
fn events(chosen: impl Fn(usize, usize) -> usize) -> Vec<Feedback> {
    let mut json = Vec::new();
    for (i, craft) in CRAFTS.iter().enumerate() {
        for (j, (town, ..)) in TOWNS.iter().enumerate() {
            let mut event = |kind: &str, at: &str, lives: &str| {
                json.push(format!(
                    r#"{{"kind": "{kind}", "at": "2027-03-0{at}T10:00:00Z", "profile": "{craft}-{lives}", "challenge": "c-{craft}-{town}"}}"#
                ));
            };
            TOWNS.iter().for_each(|(lives, ..)| event("shown", "1", lives));
            event("contacted", "2", TOWNS[chosen(i, j)].0);
            event("accepted", "3", TOWNS[chosen(i, j)].0);
        }
    }
    options_from_json(&format!("[{}]", json.join(","))).unwrap()
}

#[test]
fn what_choices_follow_gets_weight() {
    let m = matcher(1.0, 0.0);
    for (source, learnt) in [
        (Source::Judgements, learn(&m, &judgements(), &options()).unwrap()),
        (Source::Events, learn_from_events(&m, &events(|_, j| j), &options()).unwrap()),
    ] {
        assert_eq!((learnt.refused, learnt.evidence.source), (None, source), "{}", learnt.verdict);
        assert_eq!((learnt.evidence.challenges, learnt.evidence.chosen), (32, 32));
        assert_eq!(learnt.evidence.candidates, if source == Source::Events { 128 } else { 1024 });
        let place = learnt.signals[&Signal::Place];
        assert!(
            place.base == 0.0 && place.fitted > 0.02 && place.least <= place.fitted && place.fitted <= place.most + 0.2
        );
        let gain = learnt.gain.unwrap();
        assert!(gain.fitted.mean > gain.base.mean + 0.1 && gain.difference.low > 0.0 && gain.p < 0.05);
        assert!(gain.base.low <= gain.base.mean && gain.base.mean <= gain.base.high);
        assert!((gain.difference.mean - (gain.fitted.mean - gain.base.mean)).abs() < 1e-12);
        // Put back, it is what was measured: the right ones first.
        let better = Matcher::new(m.snapshot().clone(), learnt.config(m.config())).unwrap();
        assert_eq!(better.profiles_for("c-boats-Oulu", 1).unwrap().matches[0].profile, "boats-Oulu");
        assert_eq!(better.profiles_for("c-boats-Turku", 1).unwrap().matches[0].profile, "boats-Turku");
    }
    let tuned = tune(&m, &judgements(), &options()).unwrap();
    assert!(tuned.accepted && tuned.weights.contains_key(&Signal::Place), "the other way to fit finds it too");
}

#[test]
fn chance_and_too_little_are_refused() {
    let m = matcher(0.7, 0.3);
    // Towns at random, as a fixed scramble has it.
    let noise = learn_from_events(&m, &events(|i, j| (i * 7 + j * 5 + i * j * 3) % 4), &options()).unwrap();
    assert!(matches!(noise.refused, Some(Refusal::Noise | Refusal::Worse)), "{}", noise.verdict);
    assert_eq!(noise.weights[&Signal::Text], 0.7);
    assert!(noise.verdict.contains("own weights stay"));
    let perfect = learn(&m, &judgements(), &options()).unwrap();
    assert_eq!(perfect.refused, Some(Refusal::Noise), "nothing to gain: {}", perfect.verdict);
    let few: Vec<Feedback> = events(|_, j| j).into_iter().take(9 * 6).collect();
    let little = learn_from_events(&m, &few, &options()).unwrap();
    assert_eq!((little.refused, little.gain, little.strength), (Some(Refusal::TooLittle), None, None));
    assert!(little.verdict.starts_with("9 challenges had a choice; 5 folds need at least 10"), "{}", little.verdict);
    assert_eq!(little.weights, noise.weights);
    let nothing = learn_from_events(&m, &[], &options()).unwrap();
    assert_eq!((nothing.refused, nothing.evidence.challenges), (Some(Refusal::TooLittle), 0));
    // Who was shown and not chosen is a choice; who was never shown is none.
    let only_chosen: Vec<Feedback> = events(|_, j| j).into_iter().filter(|e| e.kind.name() == "accepted").collect();
    let one_sided = learn_from_events(&m, &only_chosen, &options()).unwrap();
    assert_eq!((one_sided.refused, one_sided.evidence.challenges), (Some(Refusal::TooLittle), 0));
}

#[test]
fn order_of_events_changes_nothing_and_the_latest_word_counts() {
    let m = matcher(1.0, 0.0);
    let mut shuffled = events(|_, j| j);
    let learnt = learn_from_events(&m, &shuffled, &options()).unwrap();
    shuffled.reverse();
    shuffled.sort_by_key(|e| e.profile.len());
    assert_eq!(learnt, learn_from_events(&m, &shuffled, &options()).unwrap());
    let grades = |json: &str| Qrels::from_feedback(&options_from_json::<Vec<_>>(json).unwrap()).grade("c", "p");
    let event = |kind: &str, day: u8| {
        format!(r#"{{"kind": "{kind}", "at": "2027-03-0{day}T10:00:00Z", "profile": "p", "challenge": "c"}}"#)
    };
    for (kinds, grade) in [
        (&["shown"][..], Some(0)),
        (&["contacted"], Some(2)),
        (&["shown", "contacted", "accepted", "shown"], Some(3)),
        (&["contacted", "declined"], Some(0)),
        (&["declined", "contacted", "accepted"], Some(3)),
        (&[], None),
    ] {
        let list: Vec<String> = kinds.iter().zip(1..).map(|(kind, day)| event(kind, day)).collect();
        let turned: Vec<String> = list.iter().rev().cloned().collect();
        assert_eq!(grades(&format!("[{}]", list.join(","))), grade, "{kinds:?}");
        assert_eq!(grades(&format!("[{}]", turned.join(","))), grade, "{kinds:?} in another order");
    }
    let concept =
        r#"[{"kind": "confirmed", "at": "2027-03-01T10:00:00Z", "profile": "p", "challenge": "c", "concept": "x"}]"#;
    assert_eq!(grades(concept), None);
}

#[test]
fn the_file_reads_back_and_says_what_is_wrong_with_it() {
    let learnt = learn_from_events(&matcher(1.0, 0.0), &events(|_, j| j), &options()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weights.json");
    learnt.save(&path).unwrap();
    assert_eq!(LearntWeights::load(&path).unwrap(), learnt);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"verdict\": \"On challenges that the fit had not seen, nDCG"), "{text}");
    assert!(text.lines().count() > 20, "a person reads it line by line");
    for (from, to, kind, pointer) in [
        ("\"version\": 1", "\"version\": 2", ErrorKind::Version, "/version"),
        ("\"seed\"", "\"sed\"", ErrorKind::InvalidInput, "/sed"),
        ("\"weights\": {\n    \"text\": ", "\"weights\": {\n    \"text\": -", ErrorKind::InvalidInput, "/weights/text"),
        ("\"weights\": {", "\"weights\": {\"charm\": 1,", ErrorKind::InvalidInput, "/weights"),
    ] {
        assert!(text.contains(from), "{from} is not in {text}");
        let e = LearntWeights::from_json(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
        assert!(e.path().starts_with(pointer), "{pointer}: {e}");
    }
    assert_eq!(LearntWeights::load(dir.path().join("no.json")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(learnt.save(dir.path().join("no/such.json")).unwrap_err().kind(), ErrorKind::Storage);
}

#[test]
fn options_that_cannot_be_are_errors() {
    let m = matcher(1.0, 0.0);
    for (options, path) in [
        (TuneOptions { folds: 1, ..options() }, "/folds"),
        (TuneOptions { folds: 21, ..options() }, "/folds"),
        (TuneOptions { resampling: Resampling { rounds: 5, seed: 0 }, ..options() }, "/rounds"),
    ] {
        let e = learn(&m, &judgements(), &options).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
    }
    let rr = TuneOptions { measure: Measure::Ndcg { k: None, gain: Gain::Linear }, folds: 3, ..options() };
    assert_eq!(learn(&m, &judgements(), &rr).unwrap().measure, "nDCG");
}
