//! The promises of supply and demand: counts are what counting one by one gives, and small ones are not told.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{
    Challenge, ErrorKind, MatchConfig, Matcher, Profile, Settings, Side, Snapshot, SupplyBy, SupplyOptions, SupplyRow,
    Taxonomy,
};
use serde_json::json;

/// `people`: place, concept, status, and how many.
fn rows(people: &[(&str, &str, &str, usize)], needs: &[(&str, &str)], options: &SupplyOptions) -> Vec<SupplyRow> {
    let mut profiles: Vec<Profile> = Vec::new();
    for (place, concept, status, many) in people {
        for _ in 0..*many {
            let p = json!({"id": format!("p{}", profiles.len()), "text": "", "place": {"name": place},
                "skills": [{"concept": concept, "status": status}]});
            profiles.push(serde_json::from_value(p).unwrap());
        }
    }
    let challenge = |(i, (place, concept)): (usize, &(&str, &str))| -> Challenge {
        let c = json!({"id": format!("c{i}"), "title": "", "text": "", "place": {"name": place},
            "requirements": [{"concept": concept, "importance": if i % 2 == 0 { "must" } else { "nice" }}]});
        serde_json::from_value(c).unwrap()
    };
    let challenges = needs.iter().enumerate().map(challenge).collect();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap().supply_and_demand(options).unwrap()
}

#[test]
fn who_can_and_who_needs() {
    let people = [("Turku", "osuma:baking", "confirmed", 7), ("Turku", "osuma:baking", "stated", 6)];
    let needs = [("Turku", "osuma:baking"), ("Turku", "osuma:baking"), ("Turku", "osuma:welding")];
    let of = |rows: &[SupplyRow], concept: &str| rows.iter().find(|r| r.concept == concept).cloned().unwrap();
    let all = rows(&people, &needs, &SupplyOptions::default());
    let baking = of(&all, "osuma:baking");
    assert_eq!((baking.people, baking.confirmed, baking.unconfirmed), (Some(13), Some(7), Some(6)));
    assert_eq!((baking.challenges, baking.musts, baking.gap, baking.hidden_strength), (2, 1, Some(-11), true));
    // Nobody and few look alike.
    let welding = of(&all, "osuma:welding");
    assert_eq!((welding.people, welding.confirmed, welding.gap, welding.hidden_strength), (None, None, None, false));
    let open = of(&rows(&people, &needs, &SupplyOptions { least: 1, ..SupplyOptions::default() }), "osuma:welding");
    assert_eq!((open.people, open.gap), (Some(0), Some(1)));
}

#[test]
fn small_numbers_cannot_be_reckoned_from_others() {
    let options = |by| SupplyOptions { by, ..SupplyOptions::default() };
    let baking = |rows: Vec<SupplyRow>| rows.into_iter().filter(|r| r.concept == "osuma:baking").collect::<Vec<_>>();
    // Three confirmed of 20: neither part is told, the sum is.
    let people = [("Turku", "osuma:baking", "confirmed", 3), ("Turku", "osuma:baking", "stated", 17)];
    let row = baking(rows(&people, &[], &options(SupplyBy::None))).remove(0);
    assert_eq!((row.people, row.confirmed, row.unconfirmed), (Some(20), None, None));
    // Four people and no challenge: the row itself would tell them.
    assert!(rows(&[("Turku", "osuma:baking", "stated", 4)], &[], &options(SupplyBy::None)).is_empty());
    // One small group would follow from the sum over all: the next smallest is hidden with it.
    let people = [
        ("Turku", "osuma:baking", "stated", 30),
        ("Lahti", "osuma:baking", "stated", 9),
        ("Oulu", "osuma:baking", "stated", 2),
    ];
    let needs = [("Turku", "osuma:baking"), ("Lahti", "osuma:baking"), ("Oulu", "osuma:baking")];
    let told: Vec<_> = baking(rows(&people, &needs, &options(SupplyBy::Place)))
        .into_iter()
        .map(|r| (r.group.unwrap(), r.people, r.challenges))
        .collect();
    assert_eq!(told, [("lahti".into(), None, 1), ("oulu".into(), None, 1), ("turku".into(), Some(30), 1)]);
    let languages = baking(rows(&people, &needs, &options(SupplyBy::Language)));
    assert_eq!(languages.iter().map(|r| (r.group.clone(), r.people)).collect::<Vec<_>>(), [(None, Some(41))]);
}

#[test]
fn what_cannot_be_counted() {
    let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![], vec![], Settings::default()).unwrap();
    let m = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    assert!(m.supply_and_demand(&SupplyOptions::default()).unwrap().is_empty());
    let e = m.supply_and_demand(&SupplyOptions { least: 0, ..SupplyOptions::default() }).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/least"));
    for side in [Side::Profiles, Side::Challenges] {
        let part = Matcher::new(m.snapshot().only(side).unwrap(), MatchConfig::default()).unwrap();
        assert_eq!(part.supply_and_demand(&SupplyOptions::default()).unwrap_err().kind(), ErrorKind::MissingSide);
    }
}
