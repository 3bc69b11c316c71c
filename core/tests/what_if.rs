//! The promises of what-if: it gives what the pool would give after the change, to the bit.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::{
    Challenge, Change, Concept, ErrorKind, Gate, LanguageSkill, MatchConfig, Matcher, Place, Profile, Settings,
    Snapshot, Target, Taxonomy, UnlockOptions, from_json,
};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

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

/// Ten concepts: two families, and one that is related to both.
fn small() -> Taxonomy {
    let concept = |i: u32| {
        let broader = match i {
            1..=3 => vec!["x:0".to_owned()],
            4 => vec!["x:1".into(), "x:6".into()],
            6 | 7 => vec!["x:5".into()],
            8 => vec!["x:7".into(), "x:2".into()],
            _ => vec![],
        };
        let related = if i == 9 { vec!["x:1".to_owned(), "x:7".into(), "x:3".into()] } else { vec![] };
        Concept { uri: format!("x:{i}"), broader, related, ..Concept::default() }
    };
    Taxonomy::new((0..10).map(concept).collect()).unwrap()
}

/// A concept, its level, and a status or an importance.
type Named = (u32, Option<u8>, &'static str);

fn documents() -> impl Strategy<Value = (Vec<Profile>, Vec<Challenge>)> {
    let claim =
        (0u32..10, proptest::option::of(1u8..=3), proptest::sample::select(vec!["stated", "confirmed", "rejected"]));
    let claims = proptest::collection::vec(proptest::collection::vec(claim, 0..3), 4);
    let need = (0u32..10, proptest::option::of(1u8..=5), proptest::sample::select(vec!["must", "should", "nice"]));
    let needs = proptest::collection::vec((proptest::collection::vec(need, 1..6), any::<bool>()), 3);
    (claims, needs).prop_map(|(claims, needs)| {
        let profile = |(i, claims): (usize, &Vec<Named>)| {
            let skills: Vec<_> = (claims.iter())
                .map(|(c, level, status)| json!({"concept": format!("x:{c}"), "level": level, "status": status}))
                .collect();
            let p = json!({"id": format!("p{i}"), "text": if i == 1 { "bread" } else { "" }, "skills": skills,
                "languages": [{"language": "fi", "level": "B1"}]});
            serde_json::from_value(p).unwrap()
        };
        let challenge = |(i, (needs, swedish)): (usize, &(Vec<Named>, bool))| {
            let needs: Vec<_> = (needs.iter())
                .map(|(c, level, importance)| json!({"concept": format!("x:{c}"), "level": level, "importance": importance}))
                .collect();
            let language = if *swedish { "sv" } else { "fi" };
            let c = json!({"id": format!("c{i}"), "title": "bread", "text": "we bake bread", "requirements": needs,
                "languages": [{"language": language, "level": "B1"}]});
            serde_json::from_value(c).unwrap()
        };
        (claims.iter().enumerate().map(profile).collect(), needs.iter().enumerate().map(challenge).collect())
    })
}

fn small_matcher(profiles: Vec<Profile>, challenges: Vec<Challenge>, gates: &[Gate]) -> Matcher {
    let config = gates.iter().fold(MatchConfig::default(), |config, &g| config.gate(g));
    let snapshot = Snapshot::compile(&small(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, config).unwrap()
}

fn learning(set: u32) -> Change {
    let uris: Vec<String> = (0..10).filter(|i| set >> i & 1 == 1).map(|i| format!("x:{i}")).collect();
    serde_json::from_value(json!({"add": uris})).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_smallest_change_is_what_brute_force_finds(
        (profiles, challenges) in documents(), score in 0.2f64..0.95, rank in 1u32..5, kind in 0usize..3,
        costs in proptest::collection::btree_map((0u32..10).prop_map(|i| format!("x:{i}")), 0.0f64..2.0, 0..5),
        gates in proptest::sample::select(vec![vec![], vec![Gate::Musts], vec![Gate::Musts, Gate::Language]]),
    ) {
        let m = small_matcher(profiles, challenges, &gates);
        let taxonomy = small();
        let target = [Target::Score(score), Target::Rank(rank), Target::Gates][kind];
        let said = |p: &Profile, rejected: bool| -> Vec<String> {
            let of = p.skills.iter().filter(|s| (s.status == osuma::Status::Rejected) == rejected);
            of.filter_map(|s| s.concept.clone()).collect()
        };
        let held = |p: &Profile| -> Vec<String> {
            said(p, false).into_iter().filter(|uri| !said(p, true).contains(uri)).collect()
        };
        let p = m.snapshot().profile("p0").unwrap();
        let price = |i: u32| {
            let uri = format!("x:{i}");
            let near = held(&p).iter().map(|h| taxonomy.similarity(h, &uri).unwrap()).fold(0.0, f64::max);
            costs.get(&uri).copied().unwrap_or((1.0 - near).max(0.1))
        };
        let found = m.smallest_change("p0", "c0", target, &costs).unwrap();
        let others = m.profiles_for("c0", 9).unwrap().matches;
        let enough = |o: &osuma::Standing| match target {
            Target::Gates => !o.gates.iter().any(|g| *g == Gate::Musts || gates.contains(g)),
            Target::Score(x) => o.rank.is_some() && o.score.is_some_and(|s| s >= x),
            Target::Rank(n) => o.rank.is_some() && o.score.is_some_and(|s| {
                let ahead = others.iter().filter(|r| r.profile != "p0" && r.score.is_some_and(|r| r > s));
                ahead.count() < n as usize
            }),
        };
        let at = |change: &Change| {
            m.what_if("p0", change).unwrap().challenges.into_iter().find(|o| o.challenge == "c0").unwrap().after
        };
        // p0 is the first of all ids, so a tie is a win.
        let sets = (0u32..1 << 10).filter(|&set| enough(&at(&learning(set))));
        let cost = |set: u32| (0..10).filter(|i| set >> i & 1 == 1).map(price).sum::<f64>();
        let (mut few, mut least) = (f64::INFINITY, f64::INFINITY);
        for set in sets {
            least = least.min(cost(set));
            if set.count_ones() <= 3 {
                few = few.min(cost(set));
            }
        }
        prop_assert_eq!(found.reachable, least.is_finite(), "{:?}", found);
        if !found.reachable {
            return Ok(());
        }
        prop_assert!(found.at_least <= least + 1e-9, "{least} {found:?}");
        prop_assert!(found.cost >= least - 1e-9 && found.cost <= few + 1e-9, "{least} {few} {found:?}");
        if found.proven {
            prop_assert!((found.cost - least).abs() < 1e-6, "{least} {found:?}");
        }
        let change: Change = serde_json::from_value(
            json!({"add": found.skills.iter().map(|s| &s.skill).collect::<Vec<_>>()})).unwrap();
        let after = at(&change);
        prop_assert!(enough(&after));
        prop_assert_eq!(after.score.map(f64::to_bits), found.after.map(f64::to_bits));
    }
}

#[test]
fn targets_and_costs_that_cannot_be() {
    let (profiles, challenges) = cohort();
    let m = matcher(profiles, challenges, &MatchConfig::default());
    let none = BTreeMap::new();
    for (target, path) in [
        (Target::Rank(0), "/target/rank"),
        (Target::Score(1.1), "/target/score"),
        (Target::Score(f64::NAN), "/target/score"),
    ] {
        let e = m.smallest_change("p001", "bakery-orders", target, &none).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
    }
    for (uri, cost, kind) in [
        ("x:nothing", 1.0, ErrorKind::NotFound),
        ("osuma:baking", -1.0, ErrorKind::InvalidInput),
        ("osuma:baking", f64::NAN, ErrorKind::InvalidInput),
    ] {
        let costs = [(uri.to_owned(), cost)].into();
        let e = m.smallest_change("p001", "bakery-orders", Target::Gates, &costs).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, &*format!("/costs/{uri}")));
    }
    for (p, c) in [("nobody", "bakery-orders"), ("p001", "nothing")] {
        assert_eq!(m.smallest_change(p, c, Target::Gates, &none).unwrap_err().kind(), ErrorKind::NotFound);
    }
    // Every rank can be asked for, and a place that the person has needs nothing.
    let best = m.challenges_for("p001", 1).unwrap().matches.remove(0).challenge;
    let last = m.smallest_change("p001", &best, Target::Rank(u32::MAX), &none).unwrap();
    assert!(last.reachable && last.skills.is_empty() && last.proven, "{last:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unlocks_are_what_trying_every_skill_and_pair_finds(
        (profiles, challenges) in documents(), score in 0.2f64..0.95,
        gates in proptest::sample::select(vec![vec![], vec![Gate::Musts], vec![Gate::Language]]),
    ) {
        let m = small_matcher(profiles, challenges, &gates);
        let options = UnlockOptions { score, most: 1_000 };
        let found = m.unlocks("p0", &options).unwrap();
        let open = |set: u32| -> Vec<String> {
            let what = m.what_if("p0", &learning(set)).unwrap();
            let is_open = |s: &osuma::Standing| {
                s.rank.is_some() && !s.gates.contains(&Gate::Musts) && s.score.is_some_and(|s| s >= score)
            };
            let mut new: Vec<_> = what.challenges.iter().filter(|o| is_open(&o.after) && (set == 0 || !is_open(&o.before)))
                .map(|o| o.challenge.clone()).collect();
            new.sort();
            new
        };
        prop_assert_eq!(found.open as usize, open(0).len());
        let p = m.snapshot().profile("p0").unwrap();
        let rejects = |i: u32| p.skills.iter().any(|s| {
            s.status == osuma::Status::Rejected && s.concept.as_deref() == Some(&*format!("x:{i}"))
        });
        let told = |unlocks: &[osuma::Unlock]| -> BTreeMap<u32, Vec<String>> {
            let bits = |u: &osuma::Unlock| u.skills.iter().map(|s| 1 << s.skill[2..].parse::<u32>().unwrap()).sum();
            unlocks.iter().map(|u| (bits(u), u.opens.clone())).collect()
        };
        let (singles, pairs) = (told(&found.singles), told(&found.pairs));
        // Needed by a challenge that only skills keep shut.
        let (today, shut) = (open(0), gates.contains(&Gate::Language));
        let closed: Vec<Challenge> = (m.snapshot().challenges().map(Result::unwrap))
            .filter(|c| !today.contains(&c.id) && (!shut || c.languages[0].language == "fi"))
            .collect();
        let needed = |i: u32| {
            let uri = format!("x:{i}");
            closed.iter().any(|c| c.requirements.iter().any(|r| r.concept.as_ref() == Some(&uri)))
        };
        for i in (0..10).filter(|&i| !rejects(i)) {
            let alone = open(1 << i);
            // A skill that is neither near nor needed is not proposed; on so small a pool that is seldom.
            match singles.get(&(1 << i)) {
                Some(opens) => prop_assert_eq!(opens, &alone),
                None => prop_assert!(alone.is_empty() || !needed(i)),
            }
        }
        for (set, opens) in &pairs {
            prop_assert_eq!(opens, &open(*set));
            let parts = (0..10).filter(|i| set >> i & 1 == 1).map(|i| singles.get(&(1 << i)).map_or(0, Vec::len));
            prop_assert!(opens.len() > parts.max().unwrap());
        }
        for (i, j) in (0..10).flat_map(|i| (0..i).map(move |j| (i, j))) {
            let (set, usual) = (1 << i | 1 << j, |i| needed(i) && !rejects(i));
            if usual(i) && usual(j) && !pairs.contains_key(&set) {
                prop_assert_eq!(open(set).len(), open(1 << i).len().max(open(1 << j).len()));
            }
        }
        for list in [&found.singles, &found.pairs] {
            prop_assert!(list.windows(2).all(|w| w[0].opens.len() >= w[1].opens.len()));
        }
        let first = m.unlocks("p0", &UnlockOptions { score, most: 1 }).unwrap();
        prop_assert_eq!(&first.singles[..], &found.singles[..found.singles.len().min(1)]);
    }
}

#[test]
fn options_of_unlocks_that_cannot_be() {
    let m = small_matcher(vec![], vec![], &[]);
    let new = Profile { id: "new".into(), ..Profile::default() };
    for (score, most, path) in [(1.5, 1, "/score"), (f64::NAN, 1, "/score"), (0.5, 0, "/most")] {
        let e = m.unlocks_new(&new, &UnlockOptions { score, most }).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path));
    }
    let nothing = m.unlocks_new(&new, &UnlockOptions::default()).unwrap();
    assert!(nothing.open == 0 && nothing.singles.is_empty() && nothing.pairs.is_empty());
}
