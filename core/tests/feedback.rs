//! Feedback in the pool: appended, found, counted, never a part of a score, as durable as the rest, and forgotten with
//! the person.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{
    ErrorKind, Feedback, FeedbackFilter, FeedbackKind, Pool, Profile, Settings, Side, Taxonomy, from_json_all,
    options_from_json,
};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

fn events(json: &str) -> Vec<Feedback> {
    options_from_json(json).unwrap()
}

/// Two people and a challenge.
fn fill(pool: &mut Pool) {
    pool.add_profiles(from_json_all(r#"[{"id":"a","text":"I bake bread."},{"id":"b","text":"I sew."}]"#).unwrap())
        .unwrap();
    pool.add_challenges(from_json_all(r#"[{"id":"c","title":"Bread","text":"Our bread sells out."}]"#).unwrap())
        .unwrap();
}

const SOME: &str = r#"[
    {"kind": "accepted", "at": "2027-03-03T10:00:00Z", "profile": "a", "challenge": "c"},
    {"kind": "shown", "at": "2027-03-01T12:00:00+02:00", "profile": "b", "challenge": "c"},
    {"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "a", "challenge": "c"},
    {"kind": "confirmed", "at": "2027-03-02T10:00:00Z", "profile": "a", "concept": "osuma:baking"}]"#;

fn told(pool: &Pool, filter: &str) -> Vec<String> {
    let events = pool.feedback(&serde_json::from_str::<FeedbackFilter>(filter).unwrap()).unwrap();
    events.iter().map(|e| format!("{} {}", e.profile, e.kind.name())).collect()
}

#[test]
fn events_are_appended_found_and_counted_and_change_no_score() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    for mut pool in
        [Pool::in_memory(Taxonomy::starter()).unwrap(), Pool::open_or_create(&path, Taxonomy::starter()).unwrap()]
    {
        fill(&mut pool);
        pool.commit().unwrap();
        let before = pool.snapshot().unwrap().to_bytes();
        pool.add_feedback(&events(SOME)).unwrap();
        assert!(told(&pool, "{}").is_empty(), "not committed");
        assert_eq!(pool.forget(Side::Profiles, "b").unwrap_err().kind(), ErrorKind::InvalidInput, "uncommitted");
        pool.rollback().unwrap();
        pool.commit().unwrap();
        assert!(told(&pool, "{}").is_empty(), "rolled back");
        pool.add_feedback(&events(SOME)).unwrap();
        pool.commit().unwrap();
        assert_eq!(told(&pool, "{}"), ["a shown", "b shown", "a confirmed", "a accepted"]);
        assert_eq!(told(&pool, r#"{"profile": "a"}"#), ["a shown", "a confirmed", "a accepted"]);
        assert_eq!(told(&pool, r#"{"challenge": "c", "kind": "shown"}"#), ["a shown", "b shown"]);
        assert_eq!(told(&pool, r#"{"since": "2027-03-02T10:00:00Z"}"#), ["a confirmed", "a accepted"]);
        let counts = |filter: &str| pool.feedback_counts(&serde_json::from_str(filter).unwrap()).unwrap();
        let shown = FeedbackKind::Shown;
        assert_eq!(
            counts("{}"),
            BTreeMap::from([(FeedbackKind::Confirmed, 1), (shown, 2), (FeedbackKind::Accepted, 1)])
        );
        assert_eq!(counts(r#"{"profile": "b"}"#), BTreeMap::from([(shown, 1)]));
        assert_eq!(counts(r#"{"kind": "shown", "since": "2027-03-02T00:00:00Z"}"#), BTreeMap::new());
        // The same once more is one event more: who was asked twice was asked twice.
        pool.add_feedback(&events(SOME)[..1]).unwrap();
        pool.commit().unwrap();
        assert_eq!(told(&pool, r#"{"kind": "accepted"}"#), ["a accepted", "a accepted"]);
        assert_eq!(pool.snapshot().unwrap().to_bytes(), before, "the snapshot is the same to the byte");
        assert_eq!((pool.count(Side::Profiles).unwrap(), pool.count(Side::Challenges).unwrap()), (2, 1));
        assert_eq!(pool.search(Side::Profiles, "", &osuma::Filter::default(), 9).unwrap(), ["a", "b"]);
        // They outlive a change and a removal, but nothing new is said of who is not there.
        pool.update_profiles(from_json_all(r#"[{"id":"a","text":"I bake cakes."}]"#).unwrap()).unwrap();
        pool.remove(Side::Profiles, "b").unwrap();
        pool.commit().unwrap();
        assert_eq!(told(&pool, "{}").len(), 5);
        assert_eq!(pool.add_feedback(&events(SOME)).unwrap_err().path(), "/1/profile");
    }
    assert_eq!(told(&Pool::open(&path, Taxonomy::starter()).unwrap(), "{}").len(), 5);
}

#[test]
fn a_bad_event_names_itself_and_none_of_its_batch_is_kept() {
    let mut pool = Pool::in_memory(Taxonomy::starter()).unwrap();
    fill(&mut pool);
    let good = r#"{"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "a", "challenge": "c"}"#;
    for (bad, kind, path) in [
        (r#""kind": "confirmed", "profile": "a""#, ErrorKind::InvalidInput, "/1/concept"),
        (r#""kind": "rejected", "profile": "a", "challenge": "c""#, ErrorKind::InvalidInput, "/1/concept"),
        (r#""kind": "accepted", "profile": "a", "concept": "osuma:baking""#, ErrorKind::InvalidInput, "/1/challenge"),
        (r#""kind": "shown", "profile": "a""#, ErrorKind::InvalidInput, "/1/challenge"),
        (r#""kind": "shown", "profile": "", "challenge": "c""#, ErrorKind::InvalidInput, "/1/profile"),
        (r#""kind": "shown", "profile": "nobody", "challenge": "c""#, ErrorKind::NotFound, "/1/profile"),
        (r#""kind": "shown", "profile": "a", "challenge": "nothing""#, ErrorKind::NotFound, "/1/challenge"),
        (r#""kind": "confirmed", "profile": "a", "concept": "osuma:flying""#, ErrorKind::NotFound, "/1/concept"),
    ] {
        let batch = events(&format!(r#"[{good}, {{{bad}, "at": "2027-03-01T10:00:00Z"}}]"#));
        let e = pool.add_feedback(&batch).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{bad}: {e}");
    }
    for (json, path) in [
        (r#"[{"kind": "shown", "at": "yesterday", "profile": "a"}]"#, "/0/at"),
        (r#"[{"kind": "shown", "at": "2027-03-01T10:00:00", "profile": "a"}]"#, "/0/at"),
        (r#"[{"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "a", "score": 1}]"#, "/0/score"),
        (r#"[{"kind": "liked", "at": "2027-03-01T10:00:00Z", "profile": "a"}]"#, "/0/kind"),
    ] {
        let e = options_from_json::<Vec<Feedback>>(json).unwrap_err();
        assert_eq!(e.path(), path, "{e}");
    }
    pool.commit().unwrap();
    assert!(told(&pool, "{}").is_empty());
}

fn bytes_of(dir: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(dir).unwrap();
    files.flat_map(|f| std::fs::read(f.unwrap().path()).unwrap()).collect()
}

#[test]
fn forgetting_takes_the_events_of_a_document_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    let mut pool = Pool::create(&path, Taxonomy::starter(), Settings::default()).unwrap();
    fill(&mut pool);
    pool.add_profiles(from_json_all(r#"[{"id":"secret-person","text":""},{"id":"also-secret","text":""}]"#).unwrap())
        .unwrap();
    pool.commit().unwrap();
    pool.add_feedback(&events(SOME)).unwrap();
    for secret in ["secret-person", "also-secret"] {
        pool.add_feedback(&events(&SOME.replace("\"a\"", &format!("\"{secret}\"")))).unwrap();
        pool.commit().unwrap();
    }
    let has = |needle: &str| bytes_of(&path).windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(has("secret-person") && has("also-secret"));
    assert!(pool.forget(Side::Profiles, "secret-person").unwrap());
    assert!(!has("secret-person"), "an event is left");
    // Somebody whose profile was removed before still has events to be forgotten.
    pool.remove(Side::Profiles, "also-secret").unwrap();
    pool.commit().unwrap();
    assert!(has("also-secret"));
    assert!(pool.forget(Side::Profiles, "also-secret").unwrap());
    assert!(!has("also-secret"));
    assert!(!pool.forget(Side::Profiles, "also-secret").unwrap());
    // An event of b stands there once for each time that SOME was added.
    assert_eq!(told(&pool, "{}"), ["a shown", "b shown", "b shown", "b shown", "a confirmed", "a accepted"]);
    assert!(pool.forget(Side::Challenges, "c").unwrap());
    assert_eq!(told(&pool, "{}"), ["a confirmed"]);
    assert!(pool.profile("a").unwrap().is_some());
}

const CHILD: &str = "OSUMA_FEEDBACK_CHILD";

/// In the child process: commits a profile with three events of it at a time, until it is killed.
#[test]
fn appending_child() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let mut pool = Pool::open(path, Taxonomy::new(vec![]).unwrap()).unwrap();
    pool.update_challenges(from_json_all(r#"[{"id":"c","title":"","text":""}]"#).unwrap()).unwrap();
    for n in pool.count(Side::Profiles).unwrap().. {
        let id = format!("p{n}");
        pool.add_profiles(vec![Profile { id: id.clone(), ..Profile::default() }]).unwrap();
        let event =
            format!(r#"{{"kind": "shown", "at": "2027-03-01T10:00:00Z", "profile": "{id}", "challenge": "c"}}"#);
        pool.add_feedback(&events(&format!("[{event}, {event}, {event}]"))).unwrap();
        pool.commit().unwrap();
        println!("committed {}", n + 1);
    }
}

#[test]
fn events_survive_a_kill_with_the_rest_of_their_commit_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    let taxonomy = || Taxonomy::new(vec![]).unwrap();
    drop(Pool::create(&path, taxonomy(), Settings::default()).unwrap());
    let mut told = 0;
    for n in 0..8u64 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["appending_child", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut commits = lines.filter_map(|l| l.strip_prefix("committed ").and_then(|n| n.parse::<usize>().ok()));
        // At different moments after its first commit, however slow the machine is.
        let first = commits.next();
        std::thread::sleep(std::time::Duration::from_micros((n * 7919) % 160_000));
        child.kill().unwrap();
        let last = commits.last().or(first);
        child.wait().unwrap();
        told = last.unwrap_or(told);
        let pool = Pool::open(&path, taxonomy()).unwrap();
        let (people, events) =
            (pool.count(Side::Profiles).unwrap(), pool.feedback(&FeedbackFilter::default()).unwrap());
        assert_eq!(events.len(), 3 * people, "kill {n}: events and profiles are of the same commits");
        assert!(people == told || people == told + 1, "kill {n}: told {told}, found {people}");
        told = people;
    }
    assert!(told >= 8, "each child commits at least once: {told}");
}
