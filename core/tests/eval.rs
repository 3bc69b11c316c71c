//! Evaluation: files and their faults, matchers compared in parts, and weights that are only taken when they pay.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::eval::{
    Measure, Options, Qrels, Resampling, Run, Ties, TuneOptions, Verdict, compare, evaluate, evaluate_run, tune,
};
use osuma::{ErrorKind, Language, MatchConfig, Matcher, Settings, Signal, Snapshot, Taxonomy, from_json_all};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn faults_in_files_are_named_with_their_line() {
    for (text, path, part) in [
        ("q 0 d", "line 1", "3 fields instead of 4"),
        ("q 0 d 1\n\nq 0 e 1 x\n", "line 3", "5 fields instead of 4"),
        ("q 0 d high\n", "line 1", "grade \"high\" is not a whole number"),
        ("q 0 d 1.5\n", "line 1", "whole number"),
        ("q 0 d 1001\n", "line 1", "out of range"),
        ("q 0 d 1\r\nq 0 d 2\r\n", "line 2", "judged twice"),
    ] {
        let e = Qrels::parse(text).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{text:?}");
        assert!(e.message().contains(part), "{e}");
    }
    for (text, path, part) in [
        ("q Q0 d 1 0.5", "line 1", "5 fields instead of 6"),
        ("q Q0 d 1 NaN x", "line 1", "finite"),
        ("q Q0 d 1 1e999 x", "line 1", "finite"),
        ("q Q0 d 1 many x", "line 1", "not a number"),
        ("q Q0 d 1 0.5 x\nq Q0 d 2 0.4 x", "line 2", "ranked twice"),
    ] {
        let e = Run::parse(text).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{text:?}");
        assert!(e.message().contains(part), "{e}");
    }
    assert_eq!(Qrels::read("/no/such/file").unwrap_err().kind(), ErrorKind::NotFound);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("qrels");
    std::fs::write(&file, "q 0 d 1\nbroken\n").unwrap();
    assert_eq!(Qrels::read(&file).unwrap_err().path(), format!("{}, line 2", file.display()));
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    assert_eq!(Run::read(&file).unwrap_err().kind(), ErrorKind::Storage);
    let mut spaced = Qrels::default();
    spaced.insert("a query", "d", 1).unwrap();
    assert!(spaced.to_trec().unwrap_err().message().contains("a query"));
}

#[test]
fn options_out_of_range_are_named() {
    let (qrels, run) = (Qrels::parse("q 0 d 1").unwrap(), Run::default());
    let cases = [
        (Options { measures: vec![], ..Options::default() }, "/measures"),
        (Options { resampling: Resampling { rounds: 0, seed: 0 }, ..Options::default() }, "/rounds"),
    ];
    for (options, path) in cases {
        assert_eq!(evaluate_run(&run, &qrels, &options).unwrap_err().path(), path);
    }
    assert_eq!(evaluate_run(&run, &Qrels::default(), &Options::default()).unwrap_err().path(), "/qrels");
    let none = Qrels::parse("q 0 d 0").unwrap();
    assert_eq!(evaluate_run(&run, &none, &Options::default()).unwrap().without_relevant, ["q"]);
    let skip = Options { skip_without_relevant: true, ..Options::default() };
    assert_eq!(evaluate_run(&run, &none, &skip).unwrap_err().path(), "/qrels");
}

proptest! {
    #[test]
    fn files_read_back_and_measures_stay_in_range(
        grades in proptest::collection::btree_map(("q[0-3]", "d[0-9]"), -2..4, 1..30),
        scores in proptest::collection::btree_map(("q[0-4]", "d[0-9]"), -3..4, 0..40),
    ) {
        let (mut qrels, mut run) = (Qrels::default(), Run::default());
        for ((q, d), g) in &grades {
            qrels.insert(q, d, *g).unwrap();
        }
        for ((q, d), s) in &scores {
            run.insert(q, d, f64::from(*s) / 3.0).unwrap();
        }
        prop_assert_eq!(&Qrels::parse(&qrels.to_trec().unwrap()).unwrap(), &qrels);
        prop_assert_eq!(&Run::parse(&run.to_trec("mine").unwrap()).unwrap(), &run);
        let names = ["nDCG", "nDCG@3", "nDCG(dcg='exp-log2')@5", "AP", "AP(rel=2)", "RR", "P@5", "R@5", "RP@5"];
        let options = Options {
            measures: names.map(|n| n.parse().unwrap()).to_vec(),
            resampling: Resampling { rounds: 100, seed: 1 },
            ..Options::default()
        };
        let report = evaluate_run(&run, &qrels, &options).unwrap();
        for s in &report.scores {
            prop_assert!((0.0..=1.0).contains(&s.mean) && s.low <= s.high, "{s:?}");
        }
        for q in &report.queries {
            let ranked = run.ranked(&q.query, Ties::Id);
            let judged = ranked.iter().filter(|d| qrels.grade(&q.query, d).is_some()).count();
            prop_assert_eq!(q.unjudged, ranked.len() - judged);
            prop_assert_eq!(q.missing, qrels.of(&q.query).count() - judged);
        }
    }
}

fn judged() -> (Snapshot, Qrels) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/cohort");
    let (profiles, challenges) = cohort();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    (snapshot, Qrels::read(dir.join("qrels.tsv")).unwrap())
}

#[test]
fn a_matcher_is_measured_in_its_parts() {
    let (snapshot, qrels) = judged();
    let (candidates, challenges) = (snapshot.profiles().count(), snapshot.challenges().count());
    let matcher = Matcher::new(snapshot.clone(), MatchConfig::default()).unwrap();
    let found = evaluate(&matcher, &qrels, &Options::default()).unwrap();
    assert_eq!(found.all.queries.len(), challenges);
    assert!(found.all.missing_queries.is_empty() && found.all.unjudged_queries.is_empty());
    for q in &found.all.queries {
        assert_eq!((q.unjudged, q.missing), (0, 0), "{}: every pair is judged", q.query);
    }
    let by_language: usize = found.by_language.values().map(|r| r.queries.len()).sum();
    assert_eq!(by_language, challenges);
    let (same, cross) = (found.same_language.unwrap(), found.cross_language.unwrap());
    for (report, same_language) in [(&same, true), (&cross, false)] {
        let language = |id: &str| snapshot.profile(id).unwrap().language;
        for q in &report.queries {
            let wants = snapshot.challenge(&q.query).unwrap().language;
            let relevant = qrels.of(&q.query).filter(|(p, g)| *g > 0 && (language(p) == wants) == same_language);
            assert_eq!(q.relevant, relevant.count(), "{}", q.query);
        }
    }
    // The run that is measured is the ranking.
    let run = Run::of_matcher(&matcher, qrels.queries(), candidates).unwrap();
    for challenge in qrels.queries() {
        let ranking = matcher.profiles_for(challenge, candidates).unwrap();
        let ids: Vec<&str> = ranking.matches.iter().map(|m| m.profile.as_str()).collect();
        assert_eq!(run.ranked(challenge, Ties::Id), ids);
    }
}

#[test]
fn ids_on_one_side_only_are_reported() {
    let (snapshot, _) = judged();
    let (challenge, profile) = (snapshot.ids(osuma::Side::Challenges).next().unwrap().to_owned(), "p001");
    let mut qrels = Qrels::default();
    qrels.insert(&challenge, profile, 2).unwrap();
    qrels.insert(&challenge, "nobody", 3).unwrap();
    qrels.insert("nothing", profile, 1).unwrap();
    let candidates = snapshot.profiles().count();
    let matcher = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let found = evaluate(&matcher, &qrels, &Options::default()).unwrap();
    assert_eq!(found.all.missing_queries, ["nothing"]);
    let q = found.all.queries.iter().find(|q| q.query == challenge).unwrap();
    assert_eq!((q.missing, q.unjudged), (1, candidates - 1));
}

#[test]
fn a_matcher_beats_one_that_sees_nothing_and_not_itself() {
    let (snapshot, qrels) = judged();
    let whole = Matcher::new(snapshot.clone(), MatchConfig::default()).unwrap();
    let place = MatchConfig { weights: BTreeMap::from([(Signal::Place, 1.0)]), gates: vec![] };
    let blind = Matcher::new(snapshot, place).unwrap();
    let found = compare(&blind, &whole, &qrels, &Options::default()).unwrap();
    assert_eq!(found.all[0].verdict, Verdict::B, "{:?}", found.all[0]);
    assert!(found.by_language.contains_key(&Language::Fi));
    let back = compare(&whole, &blind, &qrels, &Options::default()).unwrap();
    assert_eq!(back.all[0].verdict, Verdict::A);
    let itself = compare(&whole, &whole, &qrels, &Options::default()).unwrap();
    for d in itself.all.iter().chain(&itself.cross_language).chain(&itself.same_language) {
        assert_eq!((d.difference, d.low, d.high, d.p, d.verdict), (0.0, 0.0, 0.0, 1.0, Verdict::Noise));
    }
}

/// Twenty challenges; by words the right profile is first, by place another one, who shares a word too.
fn misleading_place() -> (Snapshot, Qrels) {
    let trades = "bread paint boats clocks shoes gardens roofs bicycles cellars sails lamps horses pianos bridges carpets \
                  kettles violins wells chimneys tents";
    let count = trades.split_whitespace().count();
    let (mut profiles, mut challenges, mut qrels) = (String::new(), String::new(), Qrels::default());
    for (i, trade) in trades.split_whitespace().enumerate() {
        let place = |n: usize| format!(r#""place": {{"latitude": {}, "longitude": 22.0}}"#, 30 + 2 * (n % count));
        let text = format!(r#""text": "I know {trade} and hard work.""#);
        profiles += &format!("{{\"id\": \"p{i}\", {text}, {}}}\n", place(i + 1));
        let text = format!(r#""title": "", "text": "We need {trade} for our work.""#);
        challenges += &format!("{{\"id\": \"c{i}\", {text}, {}}}\n", place(i));
        qrels.insert(&format!("c{i}"), &format!("p{i}"), 3).unwrap();
    }
    let (profiles, challenges) = (from_json_all(&profiles).unwrap(), from_json_all(&challenges).unwrap());
    let taxonomy = Taxonomy::new(Vec::new()).unwrap();
    (Snapshot::compile(&taxonomy, profiles, challenges, Settings::default()).unwrap(), qrels)
}

#[test]
fn weights_are_tuned_where_it_pays() {
    let (snapshot, qrels) = misleading_place();
    let base = MatchConfig { weights: BTreeMap::from([(Signal::Text, 0.1), (Signal::Place, 0.9)]), gates: vec![] };
    let matcher = Matcher::new(snapshot.clone(), base).unwrap();
    let options = TuneOptions { folds: 4, ..TuneOptions::default() };
    let tuned = tune(&matcher, &qrels, &options).unwrap();
    assert!(tuned.accepted, "{tuned:?}");
    assert!(tuned.gain.low > 0.0 && tuned.gain.p < 0.05);
    assert!(tuned.weights[&Signal::Text] > 0.1, "{:?}", tuned.weights);
    assert!((tuned.weights.values().sum::<f64>() - 1.0).abs() < 1e-12);
    assert_eq!(tuned.folds.iter().map(|f| f.challenges.len()).sum::<usize>(), 20);

    // The honest gain is what the matcher itself shows, fold by fold.
    let fold = &tuned.folds[0];
    let config = MatchConfig { weights: fold.weights.clone(), gates: vec![] };
    let of_weights = Matcher::new(snapshot, config).unwrap();
    let mut of_fold = qrels.clone();
    of_fold.retain(|c, _| fold.challenges.iter().any(|f| f == c));
    let measures: Vec<Measure> = vec![options.measure];
    let shown = evaluate(&of_weights, &of_fold, &Options { measures, ..Options::default() }).unwrap();
    assert!((shown.all.scores[0].mean - fold.tuned).abs() < 1e-9);
    assert_eq!(tune(&matcher, &qrels, &options).unwrap(), tuned, "the same seed gives the same weights");
}

#[test]
fn weights_stay_where_the_gain_is_noise() {
    // Grades that have nothing to do with the texts.
    let (snapshot, _) = misleading_place();
    let mut qrels = Qrels::default();
    for c in 0..20 {
        for p in 0..20 {
            qrels.insert(&format!("c{c}"), &format!("p{p}"), (c * 7 + p * 13 + c * p) % 5 / 4).unwrap();
        }
    }
    let matcher = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let tuned = tune(&matcher, &qrels, &TuneOptions { folds: 4, ..TuneOptions::default() }).unwrap();
    assert!(!tuned.accepted, "{:?}", tuned.gain);
    let base = MatchConfig::default().weights;
    assert!(tuned.weights.iter().all(|(s, w)| (w - base[s]).abs() < 1e-12), "{:?}", tuned.weights);
}

#[test]
fn tuning_names_what_it_lacks() {
    let (snapshot, qrels) = misleading_place();
    let matcher = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    for (folds, rounds, path) in [(1, 1000, "/folds"), (21, 1000, "/folds"), (11, 1000, "/qrels"), (4, 99, "/rounds")] {
        let options = TuneOptions { folds, resampling: Resampling { rounds, seed: 0 }, ..TuneOptions::default() };
        let e = tune(&matcher, &qrels, &options).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
    }
}
