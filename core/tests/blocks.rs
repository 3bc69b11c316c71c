//! A pool that fills more than one block of candidates ranks as scoring pair by pair does, to the bit. The unit tests
//! of the kernel compare thousands of pools, but their blocks hold eight candidates; here they are as large as they are.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{Challenge, Gate, MatchConfig, Matcher, Profile, Settings, Side, Signal, Snapshot, Taxonomy};
use serde_json::json;

#[test]
fn a_pool_of_more_than_a_block_ranks_as_scoring_pair_by_pair() {
    const MANY: usize = 8_193;
    let taxonomy = Taxonomy::starter();
    let concept = |i: usize| taxonomy.concepts()[i % 300].uri.clone();
    let words =
        ["leivon leipää", "jag bakar bröd", "I weld steel", "siivous", "sewing", "hitsaan terästä", "kassakone"];
    // Some numbers that look like nothing, the same for the same document.
    let dice = |i: usize, n: usize, sides: usize| (i * 7_919 + n * 104_729) % 1_000_003 % sides;
    let document = |i: usize, id: String| {
        json!({
            "id": id, "text": format!("{}. {}.", words[dice(i, 1, 7)], words[dice(i, 2, 7)]),
            "languages": [{"language": (["fi", "sv"][dice(i, 3, 2)]), "level": (["A2", "B2", "C1"][dice(i, 4, 3)])}],
            "place": {"name": (["Turku", "Salo", "Oulu"][dice(i, 5, 3)]), "remote": dice(i, 6, 5) == 0},
            "vectors": {"model": "m", "document": [dice(i, 7, 9), dice(i, 8, 5), dice(i, 9, 7), 1 + dice(i, 10, 3)]},
        })
    };
    let profile = |i: usize| -> Profile {
        let mut p = document(i, format!("p{i:05}"));
        p["skills"] = (0..dice(i, 11, 4)).map(|n| json!({"concept": concept(dice(i, 12 + n, 300))})).collect();
        p["wishes"] = json!([{"concept": concept(dice(i, 16, 300))}]);
        serde_json::from_value(p).unwrap()
    };
    let challenge = |i: usize| -> Challenge {
        let mut c = document(i, format!("c{i:05}"));
        c["title"] = json!("x");
        let need = |n: usize| json!({"concept": concept(dice(i, 12 + n, 300)), "level": 1 + dice(i, 20 + n, 5)});
        c["requirements"] = (0..dice(i, 11, 6)).map(need).collect();
        serde_json::from_value(c).unwrap()
    };
    for (people, problems) in [(2, MANY), (MANY, 2)] {
        let (profiles, challenges) = ((0..people).map(profile).collect(), (0..problems).map(challenge).collect());
        let snapshot =
            Snapshot::compile(&taxonomy.clone().with_map(None), profiles, challenges, Settings::default()).unwrap();
        let text = MatchConfig { weights: [(Signal::Text, 1.0)].into(), gates: Vec::new() };
        for config in [MatchConfig::default(), text, MatchConfig::default().gate(Gate::Musts).gate(Gate::Language)] {
            let gates = config.gates.clone();
            let m = Matcher::new(snapshot.clone(), config).unwrap();
            for id in snapshot.ids(if people < problems { Side::Profiles } else { Side::Challenges }) {
                let ask = |k| if people < problems { m.challenges_for(id, k) } else { m.profiles_for(id, k) }.unwrap();
                // Where all are asked for, nobody is passed over.
                let (few, all) = (ask(25), ask(MANY));
                assert_eq!(all.matches.len() + all.shut_out as usize, MANY);
                assert!(gates.is_empty() || all.shut_out > 0);
                assert_eq!(
                    (&few.matches[..], few.shut_out),
                    (&all.matches[..25], all.shut_out),
                    "{id}, {:?}",
                    m.config()
                );
                assert!(all.matches.is_sorted_by(|a, b| a.score > b.score
                    || (a.score == b.score && (&a.profile, &a.challenge) < (&b.profile, &b.challenge))));
                for x in all.matches.iter().take(25).chain(all.matches.iter().step_by(101)) {
                    let e = m.explain(&x.profile, &x.challenge).unwrap();
                    assert_eq!(e.score.map(f64::to_bits), x.score.map(f64::to_bits));
                    assert!(e.gates == x.gates && !e.gates.iter().any(|g| gates.contains(g)));
                }
            }
        }
    }
}
