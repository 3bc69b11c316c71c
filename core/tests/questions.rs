//! Questions by name answer what the methods answer, and say where arguments are wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

mod cohort;

use osuma::eval::{Qrels, TuneOptions, learn};
use osuma::questions::Units;
use osuma::{
    AllocateOptions, Change, DirectionOptions, ErrorKind, Goal, MatchConfig, Matcher, Profile, RouteOptions, Settings,
    Snapshot, SupplyOptions, Target, Taxonomy, TeamOptions, UnlockOptions, from_json,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ME: &str = r#"{"id": "me", "text": "Leivon ruisleipää 🥖 ja teen taulukkolaskentaa."}"#;

fn matcher() -> Matcher {
    let (profiles, challenges) = cohort::cohort();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_question_answers_what_the_method_answers() {
    let m = matcher();
    let me: Profile = from_json(ME).unwrap();
    let new: Value = serde_json::from_str(ME).unwrap();
    let (p, c) = ("p001", "bakery-orders");
    let change: Change = serde_json::from_str(r#"{"add": ["osuma:process-improvement"]}"#).unwrap();
    let (none, goal) = (BTreeMap::new(), Goal::Challenge(c.to_owned()));
    let team = TeamOptions { size: Some(2), ..TeamOptions::default() };
    let unlocks = UnlockOptions { score: 0.4, ..UnlockOptions::default() };
    let (routes, directions) =
        (RouteOptions::default(), DirectionOptions { score: 0.2, ..DirectionOptions::default() });
    let challenge = m.snapshot().challenge(c).unwrap();
    let asked = [
        ("profiles_for", json!({"challenge": c}), text(&m.profiles_for(c, 10).unwrap())),
        (
            "profiles_for",
            json!({"challenge": challenge, "options": {"k": 3}}),
            text(&m.profiles_for_new(&challenge, 3).unwrap()),
        ),
        ("challenges_for", json!({"profile": p, "options": {"k": null}}), text(&m.challenges_for(p, 10).unwrap())),
        ("challenges_for", json!({"profile": new, "options": {"k": 2}}), text(&m.challenges_for_new(&me, 2).unwrap())),
        ("explain", json!({"profile": p, "challenge": c}), text(&m.explain(p, c).unwrap())),
        ("explain", json!({"profile": new, "challenge": c}), text(&m.explain_new(&me, c).unwrap())),
        ("what_if", json!({"profile": p, "change": change}), text(&m.what_if(p, &change).unwrap())),
        ("what_if", json!({"profile": new, "change": change}), text(&m.what_if_new(&me, &change).unwrap())),
        (
            "smallest_change",
            json!({"profile": p, "challenge": c, "target": {"rank": 1}}),
            text(&m.smallest_change(p, c, Target::Rank(1), &none).unwrap()),
        ),
        (
            "smallest_change",
            json!({"profile": new, "challenge": c, "target": "gates", "costs": {"osuma:baking": 2}}),
            text(&m.smallest_change_new(&me, c, Target::Gates, &[("osuma:baking".to_owned(), 2.0)].into()).unwrap()),
        ),
        ("unlocks", json!({"profile": p, "options": unlocks}), text(&m.unlocks(p, &unlocks).unwrap())),
        ("unlocks", json!({"profile": new, "options": unlocks}), text(&m.unlocks_new(&me, &unlocks).unwrap())),
        ("routes", json!({"profile": p, "goal": goal}), text(&m.routes(p, &goal, &routes).unwrap())),
        ("routes", json!({"profile": new, "goal": goal}), text(&m.routes_new(&me, &goal, &routes).unwrap())),
        (
            "new_directions",
            json!({"profile": p, "options": directions}),
            text(&m.new_directions(p, &directions).unwrap()),
        ),
        ("supply_and_demand", json!({}), text(&m.supply_and_demand(&SupplyOptions::default()).unwrap())),
        ("assemble_team", json!({"challenge": c, "options": {"size": 2}}), text(&m.assemble_team(c, &team).unwrap())),
        ("allocate", json!({}), text(&m.allocate(&AllocateOptions::default()).unwrap())),
        ("review", json!({"challenge": challenge}), text(&m.review(&challenge).unwrap())),
        ("config", json!({}), text(m.config())),
        (
            "learn",
            json!({"judgements": {c: {p: 3}}}),
            text(&learn(&m, &Qrels::parse(&format!("{c} 0 {p} 3")).unwrap(), &TuneOptions::default()).unwrap()),
        ),
        ("count", json!({"side": "profiles"}), m.snapshot().count(osuma::Side::Profiles).to_string()),
        ("document", json!({"side": "challenges", "id": c}), text(&challenge)),
        ("concept", json!({"uri": "osuma:baking"}), text(m.snapshot().taxonomy().concept("osuma:baking").unwrap())),
        ("similarity", json!({"claim": "osuma:baking", "requirement": "osuma:baking"}), "1.0".to_owned()),
    ];
    for (name, arguments, answer) in asked {
        assert_eq!(m.answer(name, &arguments.to_string(), Units::Bytes).unwrap(), answer, "{name} {arguments}");
    }
    assert!(text(&m.what_if(p, &change).unwrap().moved).len() > 2, "the change moves something");
}

#[test]
fn spans_count_as_the_host_does() {
    let m = matcher();
    for units in [Units::Bytes, Units::Utf16] {
        let arguments = json!({"text": "🥖🥖 leipä, kirjanpito", "language": "fi"}).to_string();
        let found: Value = serde_json::from_str(&m.answer("recognise", &arguments, units).unwrap()).unwrap();
        let start = "🥖🥖 leipä, ".len() as u64;
        let utf16 = "🥖🥖 leipä, ".encode_utf16().count() as u64;
        let place = if units == Units::Bytes { start } else { utf16 };
        assert!(found.as_array().unwrap().iter().any(|f| f["start"] == place), "{found}");
    }
}

#[test]
fn faults_are_named_with_their_place() {
    let m = matcher();
    let cases = [
        ("explain", r#"{"profile": "p001"}"#, "", "missing field `challenge`"),
        ("explain", r#"{"profile": "p001", "challenge": 3}"#, "/challenge", "expected a string"),
        ("explain", r#"{"profile": 3, "challenge": "x"}"#, "/profile", "an id (a string) or a document"),
        (
            "explain",
            r#"{"profile": "p001", "challenge": "bakery-orders", "reader": 1}"#,
            "/reader",
            "unknown field `reader`",
        ),
        ("challenges_for", r#"{"profile": {"id": "x", "text": "", "ago": 1}}"#, "/ago", "unknown field `ago`"),
        ("challenges_for", r#"{"profile": {"id": "", "text": ""}}"#, "/id", "empty"),
        (
            "challenges_for",
            r#"{"profile": {"id": "x", "text": "", "skills": [{"label": "x", "level": 9}]}}"#,
            "/skills/0/level",
            "1 to 5",
        ),
        ("challenges_for", r#"{"profile": {"id": "x"}}"#, "/profile", "missing field `text`"),
        ("challenges_for", r#"{"profile": "p001", "options": {"k": 0}}"#, "/k", "at least 1"),
        ("challenges_for", r#"{"profile": "p001", "options": {"k": -1}}"#, "/k", "expected u64"),
        ("challenges_for", r#"{"profile": "p001", "options": {"l": 1}}"#, "/l", "unknown field `l`"),
        (
            "what_if",
            r#"{"profile": "p001", "change": {"add": [{"concept": "osuma:baking", "lvl": 1}]}}"#,
            "/add/0/lvl",
            "`lvl`",
        ),
        (
            "smallest_change",
            r#"{"profile": "p001", "challenge": "bakery-orders", "target": {"score": 2}}"#,
            "/target/score",
            "0 to 1",
        ),
        (
            "smallest_change",
            r#"{"profile": "p001", "challenge": "bakery-orders", "target": {"points": 2}}"#,
            "/target/points",
            "unknown variant",
        ),
        ("learn", r#"{}"#, "", "missing field `judgements`"),
        ("learn", r#"{"judgements": {"bakery-orders": {"p001": 1}}, "options": {"folds": 1}}"#, "/folds", "2 to 20"),
        ("learn", r#"{"judgements": {}, "events": []}"#, "/events", "unknown field `events`"),
        ("learn_from_events", r#"{"events": {}}"#, "/events", "expected a sequence"),
        ("learn", r#"{"judgements": {"bakery-orders": {"p001": "good"}}}"#, "/judgements/bakery-orders/p001", "i32"),
        ("learn_from_events", r#"{"events": [], "options": {"measure": "best"}}"#, "/measure", "best"),
        ("learn_from_events", r#"{"events": [], "options": {"folds": -1}}"#, "/folds", "expected usize"),
        ("learn_from_events", r#"{"events": [], "options": {"fold": 5}}"#, "/fold", "unknown field `fold`"),
        ("learn_from_events", r#"{"events": [{"kind": "shown", "at": "soon", "profile": "p001"}]}"#, "/0/at", "year"),
        ("recognise", r#"{"text": "x", "language": "de"}"#, "/language", "unknown variant `de`"),
        ("recognise", r#"{"text": "\ud800"}"#, "/text", "escape"),
        ("allocate", r#"{"options": {"objective": "best"}}"#, "/objective", "unknown variant `best`"),
        ("allocate", r#"{"options": null}"#, "/options", "null"),
        ("allocate", "{", "", "EOF"),
        ("allocate", "[]", "", ""),
        ("allocate", r#"{}, "explain": {}"#, "", ""),
        ("forget_all", "{}", "", "unknown question `forget_all`, expected one of"),
        ("", "{}", "", "unknown question ``"),
        ("a\"b", "{}", "", "unknown question"),
    ];
    for (name, arguments, path, message) in cases {
        let e = m.answer(name, arguments, Units::Bytes).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{name} {arguments}: {e}");
        assert!(e.message().contains(message) && !e.message().contains(" line "), "{name} {arguments}: {e}");
    }
    let unknown = m.answer("what", "{}", Units::Bytes).unwrap_err();
    assert!(unknown.message().contains("`smallest_change`") && unknown.message().contains("`assemble_team`"));
    assert_eq!(
        m.answer("explain", r#"{"profile": "x", "challenge": "y"}"#, Units::Bytes).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let of_taxonomy = m.snapshot().taxonomy().answer("allocate", "{}", Units::Bytes).unwrap_err();
    assert!(of_taxonomy.message().contains("`allocate` is asked of"), "{of_taxonomy}");
}

#[cfg(feature = "pool")]
#[test]
fn feedback_is_asked_of_a_pool_and_learnt_from() {
    use osuma::eval::{Resampling, learn_from_events};
    use osuma::{Feedback, FeedbackFilter, Pool};

    let (mut profiles, challenges) = cohort::cohort();
    profiles.truncate(6);
    let people: Vec<String> = profiles.iter().map(|p| p.id.clone()).collect();
    let mut events = Vec::new();
    for (i, challenge) in challenges.iter().enumerate() {
        let event = |kind: &str, at: &str, who: usize| json!({"kind": kind, "at": at, "profile": people[who % 6], "challenge": challenge.id});
        events.extend((0..6).map(|who| event("shown", "2027-03-01T10:00:00Z", who)));
        events.push(event("accepted", "2027-03-02T10:00:00Z", i));
    }
    let problems = challenges.len();
    let mut pool = Pool::in_memory(Taxonomy::starter()).unwrap();
    pool.add_profiles(profiles).unwrap();
    pool.add_challenges(challenges).unwrap();
    assert_eq!(pool.answer("add_feedback", &json!({"events": events}).to_string()).unwrap(), "null");
    pool.answer("commit", "{}").unwrap();

    let taken = json!({"filter": {"kind": "accepted", "since": "2027-03-02T12:00:00+02:00"}}).to_string();
    let counted = |pool: &mut Pool, arguments: &str| pool.answer("feedback_counts", arguments).unwrap();
    assert_eq!(counted(&mut pool, "{}"), format!(r#"{{"shown":{},"accepted":{problems}}}"#, 6 * problems));
    assert_eq!(counted(&mut pool, &taken), format!(r#"{{"accepted":{problems}}}"#));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&pool.answer("feedback", &taken).unwrap()).unwrap().len(), problems);
    let all = pool.answer("feedback", "{}").unwrap();
    assert_eq!(all, text(&pool.feedback(&FeedbackFilter::default()).unwrap()));

    let matcher = pool.matcher(MatchConfig::default()).unwrap();
    let chosen =
        TuneOptions { measure: "RR".parse().unwrap(), folds: 3, resampling: Resampling { rounds: 100, seed: 7 } };
    let learnt = learn_from_events(&matcher, &serde_json::from_str::<Vec<Feedback>>(&all).unwrap(), &chosen).unwrap();
    assert!(learnt.strength.is_some(), "there is enough to fit: {}", learnt.verdict);
    let options = json!({"measure": "RR", "folds": 3, "rounds": 100, "seed": 7});
    let arguments = format!(r#"{{"events": {all}, "options": {options}}}"#);
    assert_eq!(matcher.answer("learn_from_events", &arguments, Units::Bytes).unwrap(), text(&learnt));

    let event = |kind: &str, who: &str| json!({"kind": kind, "at": "2027-03-01T10:00:00Z", "profile": who, "concept": "osuma:baking"});
    let good = event("confirmed", &people[0]);
    for (name, arguments, kind, path) in [
        ("add_feedback", json!({"events": [good, event("liked", "x")]}), ErrorKind::InvalidInput, "/1/kind"),
        ("add_feedback", json!({"events": [good, event("confirmed", "x")]}), ErrorKind::NotFound, "/1/profile"),
        (
            "add_feedback",
            json!({"events": [good, event("accepted", &people[0])]}),
            ErrorKind::InvalidInput,
            "/1/challenge",
        ),
        ("add_feedback", json!({"events": good}), ErrorKind::InvalidInput, "/events"),
        ("add_feedback", json!({}), ErrorKind::InvalidInput, ""),
        ("feedback", json!({"filter": {"who": "x"}}), ErrorKind::InvalidInput, "/who"),
        ("feedback", json!({"filter": {"since": "yesterday"}}), ErrorKind::InvalidInput, "/since"),
        ("feedback_counts", json!({"filter": {"kind": "liked"}}), ErrorKind::InvalidInput, "/kind"),
        ("feedback_counts", json!({"filter": null}), ErrorKind::InvalidInput, "/filter"),
    ] {
        let e = pool.answer(name, &arguments.to_string()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{name} {arguments}: {e}");
    }
    pool.answer("commit", "{}").unwrap();
    assert_eq!(pool.answer("feedback", "{}").unwrap(), all, "nothing of a bad batch is kept");
}
