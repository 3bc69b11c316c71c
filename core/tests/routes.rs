//! The promises of routes: a path is one that can be walked, the shortest one is found, and none is said to be none with
//! what is missing.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::{
    Change, Concept, DirectionOptions, ErrorKind, Gate, Goal, MatchConfig, Matcher, Profile, RouteOptions, Settings,
    Side, Signal, Snapshot, Taxonomy,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Ten skills in two families, and an occupation.
fn taxonomy() -> Taxonomy {
    let concept = |i: u32| Concept {
        uri: format!("x:{i}"),
        broader: if i.is_multiple_of(5) { vec![] } else { vec![format!("x:{}", i / 5 * 5)] },
        ..Concept::default()
    };
    let baker = json!({"uri": "x:baker", "kind": "occupation", "labels": [],
        "skills": [{"concept": "x:1", "essential": true}, {"concept": "x:7", "essential": true}]});
    let group = json!({"uri": "x:group", "kind": "group", "labels": []});
    let more = [baker, group].map(|c| serde_json::from_value(c).unwrap());
    Taxonomy::new((0..10).map(concept).chain(more).collect()).unwrap()
}

fn matcher(profile: &Value, challenges: &[Value]) -> Matcher {
    let challenges = challenges.iter().map(|c| serde_json::from_value(c.clone()).unwrap()).collect();
    let profile = serde_json::from_value(profile.clone()).unwrap();
    let snapshot = Snapshot::compile(&taxonomy(), vec![profile], challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn challenge(id: &str, musts: &[u32], teaches: &[u32]) -> Value {
    let uri = |i: &u32| format!("x:{i}");
    let needs: Vec<_> = musts.iter().map(|i| json!({"concept": uri(i), "importance": "must"})).collect();
    json!({"id": id, "title": "", "text": "", "requirements": needs, "route": "workshop",
        "teaches": teaches.iter().map(uri).collect::<Vec<_>>()})
}

fn person(skills: &[u32]) -> Value {
    let skills: Vec<_> = skills.iter().map(|i| json!({"concept": format!("x:{i}"), "status": "confirmed"})).collect();
    json!({"id": "p", "text": "", "skills": skills, "routes": ["workshop"]})
}

fn ids(m: &Matcher, goal: &Goal) -> Vec<Vec<String>> {
    let routes = m.routes("p", goal, &RouteOptions::default()).unwrap();
    routes.paths.into_iter().map(|p| p.steps.into_iter().map(|s| s.challenge).collect()).collect()
}

#[test]
fn short_ways_lead_to_a_goal() {
    let goal = || Goal::Challenge("goal".into());
    let chain = [
        challenge("first", &[1], &[7]),
        challenge("second", &[7], &[3]),
        challenge("idle", &[1], &[9]),
        challenge("goal", &[3], &[]),
    ];
    let m = matcher(&person(&[1]), &chain);
    assert_eq!(ids(&m, &goal()), [["first", "second", "goal"]]);
    let routes = m.routes("p", &goal(), &RouteOptions::default()).unwrap();
    let steps = &routes.paths[0].steps;
    assert_eq!(steps[0].gives, ["x:7"]);
    assert_eq!((steps[1].needs[0].degree, steps[1].needs[0].taught_by), (1.0, Some(1)));
    assert_eq!((steps[2].needs[0].taught_by, steps[2].coverage), (Some(2), 1.0));
    assert!(routes.complete && routes.missing.is_empty() && routes.blocked.is_empty());
    // A concept, and an occupation by its essential skills.
    assert_eq!(ids(&m, &Goal::Concept("x:3".into())), [["first", "second"]]);
    assert_eq!(ids(&m, &Goal::Concept("x:baker".into())), [["first"]]);
    assert_eq!(ids(&m, &Goal::Concept("x:1".into())), [[""; 0]]);
    // Two steps are too few; what is missing is told, with who teaches it.
    let few = m.routes("p", &goal(), &RouteOptions { steps: 2, ..RouteOptions::default() }).unwrap();
    assert!(few.paths.is_empty() && few.complete);
    let missing: Vec<_> = few.missing.iter().map(|m| (&*m.requirement, m.taught_by.clone())).collect();
    assert_eq!(missing, [("x:3", vec!["second".to_owned()])]);
    // Who cannot enter the first step gets nowhere.
    assert!(ids(&matcher(&person(&[9]), &chain), &goal()).is_empty());
    // A step whose route the person does not accept is none, and a target of that kind is told to be out of reach.
    let mut other = chain.clone();
    other[1]["route"] = json!("employment");
    assert!(ids(&matcher(&person(&[1]), &other), &goal()).is_empty());
    other[3]["route"] = json!("employment");
    let blocked = matcher(&person(&[3]), &other).routes("p", &goal(), &RouteOptions::default()).unwrap();
    assert!(blocked.paths.is_empty() && blocked.blocked == [Gate::Route]);
    // A small budget says that it was small.
    assert!(!m.routes("p", &goal(), &RouteOptions { nodes: 2, ..RouteOptions::default() }).unwrap().complete);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_shortest_way_is_what_trying_all_finds(
        has in proptest::collection::vec(0u32..10, 0..3),
        all in proptest::collection::vec((proptest::collection::btree_set(0u32..10, 0..3), proptest::collection::btree_set(0u32..10, 0..3)), 2..6),
    ) {
        let lists = |s: &std::collections::BTreeSet<u32>| s.iter().copied().collect::<Vec<_>>();
        let challenges: Vec<Value> =
            all.iter().enumerate().map(|(i, (needs, teaches))| challenge(&format!("c{i}"), &lists(needs), &lists(teaches))).collect();
        let m = matcher(&person(&has), &challenges);
        let base = m.snapshot().profile("p").unwrap();
        // Whether a person who learnt the steps' teachings can enter a challenge, and cover half of it.
        let stands = |taught: &[usize], c: usize| -> (bool, bool) {
            let add: Vec<String> = taught.iter().flat_map(|&t| lists(&all[t].1)).map(|i| format!("x:{i}")).collect();
            let change: Change = serde_json::from_value(json!({"add": add})).unwrap();
            let p: Profile = change.apply(&base).unwrap();
            let ranking = m.challenges_for_new(&p, 99).unwrap().matches;
            let found = ranking.iter().find(|x| x.challenge == format!("c{c}")).unwrap();
            // Who says nothing at all fails no gate there; here only a challenge without musts is open to them.
            let speaks = !p.skills.is_empty() || all[c].0.is_empty();
            let enters = speaks && !found.gates.contains(&Gate::Musts);
            (enters, enters && found.signals[&Signal::Skills].is_none_or(|v| v >= 0.5))
        };
        let n = all.len();
        let mut level: Vec<Vec<usize>> = vec![vec![]];
        let mut shortest = None;
        for learning in 0..4usize {
            if level.iter().any(|path| stands(path, 0).1) {
                shortest = Some(learning + 1);
                break;
            }
            level = level.iter().flat_map(|path| {
                (1..n).filter(|c| !path.contains(c) && stands(path, *c).0)
                    .map(|c| [path.clone(), vec![c]].concat()).collect::<Vec<_>>()
            }).collect();
        }
        let routes = m.routes("p", &Goal::Challenge("c0".into()), &RouteOptions { most: 100, ..RouteOptions::default() }).unwrap();
        prop_assert!(routes.complete);
        prop_assert_eq!(routes.paths.first().map(|p| p.steps.len()), shortest);
        prop_assert_eq!(routes.paths.is_empty() && !all[0].0.is_empty(), !routes.missing.is_empty());
        for path in &routes.paths {
            let number = |s: &osuma::RouteStep| s.challenge[1..].parse::<usize>().unwrap();
            let steps: Vec<usize> = path.steps.iter().map(number).collect();
            for (i, &step) in steps.iter().enumerate() {
                prop_assert!(stands(&steps[..i], step).0);
            }
            prop_assert!(stands(&steps[..steps.len() - 1], 0).1);
        }
    }
}

#[test]
fn new_directions_are_outside_the_trade() {
    let (profiles, challenges) = cohort();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles.clone(), challenges, Settings::default()).unwrap();
    let m = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let mut all = 0;
    for p in &profiles {
        let directions = m.new_directions(&p.id, &DirectionOptions::default()).unwrap();
        for d in &directions {
            assert!(d.outside >= 0.5 && d.evidence.score.unwrap() >= 0.4 && d.evidence.challenge == d.challenge);
            assert!(!d.evidence.gates.contains(&Gate::Musts));
        }
        assert!(directions.windows(2).all(|w| w[0].evidence.score >= w[1].evidence.score));
        all += directions.len();
    }
    assert!(all > 0, "nobody has a new direction");
    // Who bakes has bakeries as a trade, and what they do not know is none.
    let baker = matcher(&person(&[1, 2]), &[challenge("old", &[3], &[]), challenge("new", &[6], &[])]);
    assert!(baker.new_directions("p", &DirectionOptions::default()).unwrap().is_empty());
    let hobby = matcher(&person(&[1, 2, 3, 6]), &[challenge("old", &[3], &[]), challenge("new", &[6], &[])]);
    let found = hobby.new_directions("p", &DirectionOptions::default()).unwrap();
    assert_eq!(found.iter().map(|d| (&*d.challenge, d.outside)).collect::<Vec<_>>(), [("new", 1.0)]);
    assert_eq!(found[0].evidence.requirements[0].by.as_deref(), Some("x:6"));
}

#[test]
fn goals_and_options_that_cannot_be() {
    let m = matcher(&person(&[1]), &[challenge("goal", &[3], &[])]);
    let usual = RouteOptions::default();
    let goal = |uri: &str| Goal::Concept(uri.into());
    for (goal, options, kind, path) in [
        (Goal::Challenge("no".into()), usual.clone(), ErrorKind::NotFound, ""),
        (goal("x:no"), usual.clone(), ErrorKind::NotFound, "/concept"),
        (goal("x:group"), usual.clone(), ErrorKind::InvalidInput, "/concept"),
        (goal("x:1"), RouteOptions { steps: 0, ..usual.clone() }, ErrorKind::InvalidInput, "/steps"),
        (goal("x:1"), RouteOptions { steps: 5, ..usual.clone() }, ErrorKind::InvalidInput, "/steps"),
        (goal("x:1"), RouteOptions { most: 0, ..usual.clone() }, ErrorKind::InvalidInput, "/most"),
    ] {
        let e = m.routes("p", &goal, &options).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{goal:?} {options:?}");
    }
    for (options, path) in [
        (DirectionOptions { score: 2.0, ..DirectionOptions::default() }, "/score"),
        (DirectionOptions { outside: f64::NAN, ..DirectionOptions::default() }, "/outside"),
        (DirectionOptions { most: 0, ..DirectionOptions::default() }, "/most"),
    ] {
        assert_eq!(m.new_directions("p", &options).unwrap_err().path(), path);
    }
    let people = Matcher::new(m.snapshot().only(Side::Profiles).unwrap(), MatchConfig::default()).unwrap();
    assert_eq!(people.routes("p", &goal("x:1"), &usual).unwrap_err().kind(), ErrorKind::MissingSide);
}
