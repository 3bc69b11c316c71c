//! The promises of what-if: it gives what the pool would give after the change, to the bit.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{
    Challenge, Change, ErrorKind, Gate, LanguageSkill, MatchConfig, Matcher, Place, Profile, Settings, Snapshot,
    Taxonomy, from_json, from_json_all,
};
use proptest::prelude::*;
use serde_json::json;

fn cohort() -> (Vec<Profile>, Vec<Challenge>) {
    let of = |file: &str| std::fs::read_to_string(format!("{}/../datasets/cohort/{file}", env!("CARGO_MANIFEST_DIR")));
    (from_json_all(&of("profiles.jsonl").unwrap()).unwrap(), from_json_all(&of("challenges.jsonl").unwrap()).unwrap())
}

fn matcher(profiles: Vec<Profile>, challenges: Vec<Challenge>, config: &MatchConfig) -> Matcher {
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, config.clone()).unwrap()
}

fn uris() -> Vec<String> {
    Taxonomy::starter().concepts().iter().step_by(7).map(|c| c.uri.clone()).collect()
}

fn uri() -> impl Strategy<Value = String> {
    proptest::sample::select(uris())
}

fn change() -> impl Strategy<Value = Change> {
    let claims = proptest::collection::vec((uri(), proptest::option::of(1u8..=5)), 0..4);
    let words = || proptest::collection::btree_set(uri(), 0..3);
    (claims, words(), words(), any::<[bool; 5]>()).prop_map(|(add, confirm, reject, other)| {
        let add: Vec<_> = (add.into_iter())
            .map(|(uri, level)| json!({"concept": uri, "level": level}))
            .filter(|a| !confirm.contains(a["concept"].as_str().unwrap()))
            .collect();
        let named: Vec<&str> = add.iter().map(|a| a["concept"].as_str().unwrap()).collect();
        let reject: Vec<_> =
            reject.iter().filter(|r| !confirm.contains(*r) && !named.contains(&r.as_str())).cloned().collect();
        let mut change: Change =
            serde_json::from_value(json!({"add": add, "confirm": confirm, "reject": reject})).unwrap();
        let [wishes, place, availability, languages, routes] = other;
        change.wishes = wishes.then(|| serde_json::from_value(json!([{"label": "baking"}])).unwrap());
        change.place = place.then(|| Place { name: Some("Turku".into()), remote: Some(true), ..Place::default() });
        change.availability = availability.then(|| serde_json::from_value(json!({"hours_per_week": 7})).unwrap());
        change.languages = languages.then(|| vec![LanguageSkill { language: "fi".into(), level: osuma::Cefr::B1 }]);
        change.routes = routes.then(|| vec![osuma::Route::Workshop]);
        change
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_gives_what_a_pool_with_it_gives_to_the_bit(
        change in change(), who in 0usize..68, encoder in any::<bool>(), gates in any::<bool>(),
    ) {
        let (mut profiles, mut challenges) = cohort();
        if encoder {
            let vectors = |n: usize| serde_json::from_value(
                json!({"model": "m", "document": [n % 7, 1 + n % 3, (n * n) % 5]})).unwrap();
            profiles.iter_mut().enumerate().for_each(|(i, p)| p.vectors = vectors(i));
            challenges.iter_mut().enumerate().for_each(|(i, c)| c.vectors = vectors(i + 3));
        }
        let mut config = MatchConfig::default();
        if gates {
            config = config.gate(Gate::Musts).gate(Gate::Route).gate(Gate::Language);
        }
        let m = matcher(profiles.clone(), challenges.clone(), &config);
        let (id, all) = (profiles[who].id.clone(), challenges.len());
        let what = m.what_if(&id, &change).unwrap();
        prop_assert_eq!(&what.challenges.len(), &all);
        let was = m.challenges_for(&id, all).unwrap();
        profiles[who] = change.apply(&profiles[who]).unwrap();
        let rebuilt = matcher(profiles.clone(), challenges, &config);
        let is = rebuilt.challenges_for(&id, all).unwrap();
        for (ranking, after) in [(&was, false), (&is, true)] {
            let mut ranked = 0;
            for o in &what.challenges {
                let standing = if after { &o.after } else { &o.before };
                match ranking.matches.iter().find(|m| m.challenge == o.challenge) {
                    Some(m) => {
                        prop_assert_eq!(standing.rank, Some(m.rank));
                        prop_assert_eq!(standing.score.map(f64::to_bits), m.score.map(f64::to_bits));
                        prop_assert_eq!(&standing.gates, &m.gates);
                        ranked += 1;
                    }
                    None => prop_assert!(standing.rank.is_none() && !standing.gates.is_empty()),
                }
            }
            prop_assert_eq!(ranked, ranking.matches.len());
        }
        let order: Vec<&str> = what.challenges.iter().map(|o| &*o.challenge).collect();
        let ranked: Vec<&str> = is.matches.iter().map(|m| &*m.challenge).collect();
        prop_assert_eq!(&order[..ranked.len()], &ranked[..]);
        let moved = |i: &u32| &what.challenges[*i as usize];
        prop_assert!(what.moved.windows(2).all(|w| moved(&w[0]).change >= moved(&w[1]).change));
        let still = what.challenges.iter().filter(|o| o.before.score == o.after.score && o.before.gates == o.after.gates);
        prop_assert_eq!(still.count(), all - what.moved.len());
        // Without the pool's people, as a page has it, a new profile with the same words changes alike.
        if !encoder {
            let page = Matcher::new(m.snapshot().only(osuma::Side::Challenges).unwrap(), config).unwrap();
            let profile = m.snapshot().profile(&id).unwrap();
            prop_assert_eq!(page.what_if_new(&profile, &change).unwrap(), what);
        }
    }
}

#[test]
fn what_a_change_cannot_be() {
    let (profiles, challenges) = cohort();
    let m = matcher(profiles, challenges, &MatchConfig::default());
    let cases = [
        (json!({"add": ["x:nothing"]}), ErrorKind::NotFound, "/add/0"),
        (json!({"confirm": ["osuma:baking", "x:nothing"]}), ErrorKind::NotFound, "/confirm/1"),
        (json!({"reject": ["x:nothing"]}), ErrorKind::NotFound, "/reject/0"),
        (json!({"remove": ["osuma:nothing"]}), ErrorKind::NotFound, "/remove/0"),
        (json!({"add": ["osuma:baking"], "reject": ["osuma:baking"]}), ErrorKind::InvalidInput, "/reject/0"),
        (json!({"place": {"latitude": 100.0, "longitude": 0.0}}), ErrorKind::InvalidInput, "/place/latitude"),
    ];
    for (change, kind, path) in cases {
        let e = m.what_if("p001", &serde_json::from_value(change.clone()).unwrap()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{change}");
    }
    assert_eq!(m.what_if("nobody", &Change::default()).unwrap_err().kind(), ErrorKind::NotFound);
    for (change, says) in [
        (json!({"ad": []}), "unknown field `ad`"),
        (json!({"add": [{"concpt": "x"}]}), "unknown field `concpt`"),
        (json!({"add": [7]}), "the URI of a concept, or a claim"),
    ] {
        let e = serde_json::from_value::<Change>(change).unwrap_err().to_string();
        assert!(e.contains(says), "{e}");
    }
    let page = Matcher::new(m.snapshot().only(osuma::Side::Profiles).unwrap(), MatchConfig::default()).unwrap();
    assert_eq!(page.what_if("p001", &Change::default()).unwrap_err().kind(), ErrorKind::MissingSide);
}

#[test]
fn claims_come_and_go() {
    let p: Profile = from_json(
        r#"{"id": "p", "text": "I bake bread.", "skills": [{"concept": "a", "level": 2, "status": "recognised"},
            {"concept": "b", "status": "rejected"}, {"label": "c"}]}"#,
    )
    .unwrap();
    let cases = [
        (json!({}), json!(["a recognised", "b rejected", "c stated"])),
        (json!({"add": ["b"]}), json!(["a recognised", "c stated", "b confirmed"])),
        (json!({"add": [{"label": "d"}]}), json!(["a recognised", "b rejected", "c stated", "d stated"])),
        (json!({"remove": ["a", "c"]}), json!(["b rejected"])),
        (json!({"confirm": ["a", "e"]}), json!(["a confirmed", "b rejected", "c stated", "e confirmed"])),
        (json!({"reject": ["a"]}), json!(["a rejected", "b rejected", "c stated"])),
    ];
    for (change, expected) in cases {
        let after = serde_json::from_value::<Change>(change.clone()).unwrap().apply(&p).unwrap();
        let name = |s: &osuma::SkillClaim| s.concept.clone().or(s.label.clone()).unwrap();
        let status = |s: &osuma::SkillClaim| serde_json::to_value(s.status).unwrap().as_str().unwrap().to_owned();
        let claims: Vec<String> = after.skills.iter().map(|s| format!("{} {}", name(s), status(s))).collect();
        assert_eq!(json!(claims), expected, "{change}");
    }
}
