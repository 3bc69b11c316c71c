//! A question allocates its answer and nothing else, once the matcher has answered a few.
#![expect(clippy::unwrap_used, reason = "tests")]

use allocation_counter::measure;
use osuma::{Challenge, MatchConfig, Matcher, Profile, Settings, Snapshot, Taxonomy};
use serde_json::json;

#[test]
fn a_question_allocates_its_answer_alone() {
    let taxonomy = Taxonomy::starter();
    let concept = |i: usize| taxonomy.concepts()[i % taxonomy.concepts().len()].uri.clone();
    let words = ["leivon leipää", "jag bakar bröd", "I weld steel", "siivous", "sewing"];
    let text = |i: usize| format!("{}. {}.", words[i % 5], words[i / 5 % 5]);
    let profiles: Vec<Profile> = (0..2_000)
        .map(|i| {
            let skills = [json!({"concept": concept(i)}), json!({"concept": concept(7 * i)})];
            serde_json::from_value(json!({
                "id": format!("p{i:04}"), "text": text(i), "skills": skills, "wishes": [{"concept": concept(3 * i)}],
                "languages": [{"language": "fi", "level": "B2"}], "place": {"name": "Turku"},
                "availability": {"hours_per_week": 20},
            }))
            .unwrap()
        })
        .collect();
    let challenges: Vec<Challenge> = (0..2_000)
        .map(|i| {
            serde_json::from_value(json!({
                "id": format!("c{i:04}"), "title": "x", "text": text(i + 1), "requirements": [{"concept": concept(5 * i)}],
                "languages": [{"language": "fi", "level": "C1"}], "place": {"name": "Turku"},
                "period": {"hours_per_week": 30}, "teaches": [concept(i)],
            }))
            .unwrap()
        })
        .collect();
    let snapshot = Snapshot::compile(&taxonomy, profiles, challenges, Settings::default()).unwrap();
    let m = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let ids: Vec<(String, String)> = (0..200).map(|i| (format!("p{i:04}"), format!("c{i:04}"))).collect();
    let ask = |p: &str, c: &str| [m.challenges_for(p, 10).unwrap(), m.profiles_for(c, 10).unwrap()];
    ids.iter().for_each(|(p, c)| drop(ask(p, c)));
    for (p, c) in &ids {
        let mut answer = None;
        let asked = measure(|| answer = Some(ask(p, c))).count_total;
        let mut copy = None;
        let copied = measure(|| copy.clone_from(&answer)).count_total;
        assert_eq!(asked, copied, "{p}, {c}");
        assert!(copied > 80, "an answer holds its ids: {copied}");
    }
}
