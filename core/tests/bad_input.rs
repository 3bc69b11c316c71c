//! Bad input is a typed error that names the place and what would be right; damaged bytes are never accepted.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{
    Challenge, ErrorKind, MatchConfig, Matcher, Profile, Settings, Side, Signal, Snapshot, Taxonomy, from_json,
    from_json_all,
};

const TINY: Settings = Settings { subwords: None, k1: 1.2, b: 0.75 };

#[test]
fn documents() {
    // JSON of a profile, the pointer, and a part of the message.
    for (json, path, message) in [
        (r#"{"id":"","text":"x"}"#, "/id", "empty"),
        (r#"{"id":"p"}"#, "", "missing field `text`"),
        (r#"{"id":"p","text":7}"#, "/text", "expected a string"),
        (r#"{"id":"p","text":"x","skils":[]}"#, "/skils", "unknown field `skils`"),
        (
            r#"{"id":"p","text":"x","skills":[{"label":"x","status":"sure"}]}"#,
            "/skills/0/status",
            "unknown variant `sure`",
        ),
        (r#"{"id":"p","text":"x","skills":[{"label":"x","level":6}]}"#, "/skills/0/level", "1 to 5"),
        (r#"{"id":"p","text":"x","skills":[{"level":3}]}"#, "/skills/0", "neither a concept nor a label"),
        (r#"{"id":"p","text":"x","skills":[{"label":"a","concept":"b"}]}"#, "/skills/0", "both"),
        (r#"{"id":"p","text":"x","skills":[{"label":"a","confidence":1.5}]}"#, "/skills/0/confidence", "0 to 1"),
        (r#"{"id":"p","text":"x","language":"de"}"#, "/language", "unknown variant `de`"),
        (r#"{"id":"p","text":"x","languages":[{"language":"qq","level":"B1"}]}"#, "/languages/0/language", "ISO 639-1"),
        (
            r#"{"id":"p","text":"x","languages":[{"language":"fi","level":"D1"}]}"#,
            "/languages/0/level",
            "unknown variant",
        ),
        (
            r#"{"id":"p","text":"x","availability":{"from":"2027-02-01","until":"2027-01-01"}}"#,
            "/availability",
            "before it begins",
        ),
        (r#"{"id":"p","text":"x","availability":{"from":"2027-02-31"}}"#, "/availability/from", ""),
        (r#"{"id":"p","text":"x","availability":{"hours_per_week":0}}"#, "/availability/hours_per_week", "above 0"),
        (r#"{"id":"p","text":"x","place":{"latitude":60.0}}"#, "/place", "together"),
        (r#"{"id":"p","text":"x","place":{"latitude":160.0,"longitude":1}}"#, "/place/latitude", "-90 to 90"),
        (r#"{"id":"p","text":"x","schema":2}"#, "/schema", "schema 1"),
        (r#"{"id":"p","text":"\ud800"}"#, "/text", ""),
        (r#"{"id":"p","text":"x"} x"#, "", "trailing"),
        (r#"{"id":"p","text":NaN}"#, "/text", ""),
    ] {
        let e = from_json::<Profile>(json).unwrap_err();
        assert_eq!(e.path(), path, "{json}: {e}");
        assert!(e.message().contains(message), "{json}: {e}");
    }
    let e = from_json::<Challenge>(r#"{"id":"c","title":"t","text":"x","team_size":0}"#).unwrap_err();
    assert_eq!(e.path(), "/team_size");
    let e = from_json_all::<Profile>("{\"id\":\"a\",\"text\":\"\"}\n\n{\"id\":\"b\"}").unwrap_err();
    assert_eq!(e.path(), "/1");
    assert!(e.message().starts_with("line 3: missing field"), "{e}");
    let e = from_json_all::<Profile>(r#"[{"id":"a","text":""},{"id":"","text":""}]"#).unwrap_err();
    assert_eq!(e.path(), "/1/id");
}

#[test]
fn extra_is_kept_untouched() {
    let json = r#"{"id":"p","text":"x","extra":{"z":[1,{"a":null}],"a":1.5}}"#;
    let p: Profile = from_json(json).unwrap();
    assert_eq!(serde_json::to_string(&p).unwrap(), json);
}

fn compile(profiles: &str, challenges: &str) -> osuma::Result<Snapshot> {
    Snapshot::compile(&Taxonomy::starter(), from_json_all(profiles)?, from_json_all(challenges)?, TINY)
}

#[test]
fn compiling_and_asking() {
    let p = r#"[{"id":"p","text":"I bake bread"}]"#;
    let c = r#"[{"id":"c","title":"Bread","text":"We need bread"}]"#;
    let e = compile(r#"[{"id":"p","text":""},{"id":"p","text":""}]"#, c).unwrap_err();
    assert!(e.message().contains("\"p\" stands twice"), "{e}");
    let e = compile(r#"[{"id":"p","text":"","skills":[{"concept":"osuma:flying"}]}]"#, c).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/skills/0/concept"));
    assert!(e.message().contains("osuma:flying") && e.message().contains("\"p\""), "{e}");
    let e = compile(p, r#"[{"id":"c","title":"","text":"","teaches":["x"]}]"#).unwrap_err();
    assert_eq!(e.path(), "/teaches/0");

    let snapshot = compile(p, c).unwrap();
    for weight in [f64::NAN, f64::INFINITY, -1.0] {
        let e = Matcher::new(snapshot.clone(), MatchConfig::default().weight(Signal::Text, weight)).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/weights/text"));
    }
    let none = MatchConfig { weights: [(Signal::Text, 0.0)].into(), gates: vec![] };
    assert_eq!(Matcher::new(snapshot.clone(), none).unwrap_err().path(), "/weights");
    let m = Matcher::new(snapshot.clone(), MatchConfig::default()).unwrap();
    assert_eq!(m.profiles_for("c", 0).unwrap_err().path(), "/k");
    assert_eq!(m.profiles_for("d", 1).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(m.explain("q", "c").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(m.profiles_for("c", usize::MAX).unwrap().matches.len(), 1);

    let side = Matcher::new(snapshot.only(Side::Challenges).unwrap(), MatchConfig::default()).unwrap();
    assert_eq!(side.profiles_for("c", 1).unwrap_err().kind(), ErrorKind::MissingSide);
    assert!(side.challenges_for_new(&from_json(r#"{"id":"me","text":"bread"}"#).unwrap(), 1).is_ok());

    let empty = Matcher::new(compile("[]", "[]").unwrap(), MatchConfig::default()).unwrap();
    assert!(empty.match_all(osuma::Direction::ProfilesToChallenges, 5).unwrap().is_empty());
    assert!(
        empty
            .profiles_for_new(&from_json(r#"{"id":"c","title":"","text":"x"}"#).unwrap(), 5)
            .unwrap()
            .matches
            .is_empty()
    );
}

#[test]
fn free_labels_meet_whatever_their_case_and_are_shown_as_written() {
    let p = r#"[{"id":"p","text":"","skills":[{"label":"order handling"}]}]"#;
    let c = r#"[{"id":"c","title":"","text":"","requirements":[{"label":"Order handling"}]}]"#;
    let m = Matcher::new(compile(p, c).unwrap(), MatchConfig::default()).unwrap();
    let met = m.explain("p", "c").unwrap().requirements.remove(0);
    assert_eq!((met.requirement.as_str(), met.by.as_deref()), ("Order handling", Some("order handling")));
}

#[test]
fn a_long_run_is_cancelled() {
    let profiles: Vec<String> = (0..50).map(|i| format!(r#"{{"id":"p{i}","text":"bread"}}"#)).collect();
    let snapshot = compile(&profiles.join("\n"), r#"[{"id":"c","title":"Bread","text":"bread"}]"#).unwrap();
    let m = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let stop = |done: usize, all: usize| {
        assert!(done <= all);
        if done > 10 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    let e = m.match_all_with(osuma::Direction::ProfilesToChallenges, 1, &stop).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Cancelled);
}

#[test]
fn three_thousand_damaged_snapshots_are_refused() {
    let taxonomy = Taxonomy::new(vec![]).unwrap();
    let profiles = from_json_all(r#"[{"id":"p","text":"I bake bread"},{"id":"q","text":"Leivon leipää"}]"#).unwrap();
    let challenges = from_json_all(r#"[{"id":"c","title":"Bread","text":"We need bread"}]"#).unwrap();
    let good = Snapshot::compile(&taxonomy, profiles, challenges, Settings::default()).unwrap().to_bytes();
    // SplitMix64, Steele et al. 2014.
    let mut state = 42u64;
    let mut random = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    };
    for n in 0..3000 {
        let mut bytes = good.clone();
        let at = random(bytes.len());
        match n % 5 {
            0 => bytes[at] ^= 1 << random(8),
            1 => bytes.truncate(at),
            2 => bytes.extend_from_within(..=at),
            3 => drop(bytes.drain(at..(at + 1 + random(64)).min(good.len()))),
            _ => {
                let from = random(bytes.len());
                let n = random(32).min(bytes.len() - at.max(from));
                bytes.copy_within(from..from + n, at);
            }
        }
        // A wise attacker mends the checksum: then the form itself must hold, or be refused, without a panic.
        let mut mended = bytes.clone();
        if let Some((body, sum)) = mended.split_last_chunk_mut::<8>() {
            *sum = xxhash_rust::xxh3::xxh3_64(body).to_le_bytes();
        }
        drop(Snapshot::from_bytes(&mended).map(|s| s.to_bytes()));
        if bytes != good {
            let e = Snapshot::from_bytes(&bytes).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Damaged, "mutation {n}: {e}");
        }
    }
    let mut newer = good;
    newer[8] += 1;
    let version = format!("version {}", newer[8]);
    let (body, sum) = newer.split_last_chunk_mut::<8>().unwrap();
    *sum = xxhash_rust::xxh3::xxh3_64(body).to_le_bytes();
    let e = Snapshot::from_bytes(&newer).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Version);
    assert!(e.message().contains(&version), "{e}");
}

#[test]
fn a_long_text_is_read_and_a_longer_one_is_refused() {
    let text = "Leivon ruisleipää. ".repeat(10_000_000 / 20);
    let doc = |text: String| Profile { id: "long".into(), text, ..Profile::default() };
    let challenge = from_json(r#"{"id":"c","title":"Leipä","text":"Tarvitsemme leipurin."}"#).unwrap();
    let snapshot =
        Snapshot::compile(&Taxonomy::starter(), vec![doc(text)], vec![challenge], Settings::default()).unwrap();
    let best = Matcher::new(snapshot.clone(), MatchConfig::default()).unwrap().profiles_for("c", 1).unwrap();
    assert!(best.matches[0].score.is_some_and(|s| s > 0.0));
    let longer = doc("x".repeat(osuma::MAX_TEXT + 1));
    let e = Matcher::new(snapshot, MatchConfig::default()).unwrap().challenges_for_new(&longer, 1).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/text"));
}

#[test]
fn a_file_is_mapped_and_a_wrong_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.osuma");
    let snapshot =
        compile(r#"[{"id":"p","text":"I bake bread"}]"#, r#"[{"id":"c","title":"t","text":"bread"}]"#).unwrap();
    snapshot.save(&path).unwrap();
    let mapped = Snapshot::open(&path).unwrap();
    assert_eq!(mapped.to_bytes(), snapshot.to_bytes());
    // A new file in its place leaves the mapped one as it was.
    snapshot.only(Side::Profiles).unwrap().save(&path).unwrap();
    assert_eq!(mapped.to_bytes(), snapshot.to_bytes());
    let bytes = snapshot.to_bytes();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    for (file, kind) in [
        (path.clone(), ErrorKind::Damaged),
        (folder.path().join("none"), ErrorKind::NotFound),
        (folder.path().to_path_buf(), ErrorKind::Storage),
    ] {
        let e = Snapshot::open(&file).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, file.display().to_string().as_str()));
    }
    std::fs::write(&path, b"").unwrap();
    assert_eq!(Snapshot::open(&path).unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(snapshot.save(folder.path().join("none/pool.osuma")).unwrap_err().kind(), ErrorKind::Storage);
}

#[test]
fn vectors() {
    let with = |vectors: &str| format!(r#"[{{"id":"p","text":"x","vectors":{vectors}}}]"#);
    for (vectors, path) in [
        (r#"{"model":"","document":[1]}"#, "/0/vectors/model"),
        (r#"{"model":"m","document":[]}"#, "/0/vectors/document"),
        (r#"{"model":"m","document":[0,0]}"#, "/0/vectors/document"),
        (r#"{"model":"m","document":[1,null]}"#, "/0/vectors/document/1"),
        (r#"{"model":"m","document":[1e999]}"#, "/0/vectors/document/0"),
        (r#"{"model":"m","document":[1,2],"parts":[[1]]}"#, "/0/vectors/parts/0"),
        (r#"{"model":"m","document":[1],"size":1}"#, "/0/vectors/size"),
    ] {
        let e = from_json_all::<Profile>(&with(vectors)).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{e}");
    }
    // Two encoders, or two lengths of vectors, never mix in a pool, nor in a question to it.
    let (good, challenge) = (with(r#"{"model":"m","document":[1,2]}"#), r#"[{"id":"c","title":"t","text":"y"}]"#);
    for (vectors, path) in [
        (r#"{"model":"n","document":[1,2]}"#, "/vectors/model"),
        (r#"{"model":"m","document":[1,2,3]}"#, "/vectors/document"),
    ] {
        let other = format!(r#"[{{"id":"c","title":"t","text":"y","vectors":{vectors}}}]"#);
        let e = compile(&good, &other).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{e}");
        let m = Matcher::new(compile(&good, challenge).unwrap(), MatchConfig::default()).unwrap();
        let asked: Vec<Challenge> = from_json_all(&other).unwrap();
        assert_eq!(m.profiles_for_new(&asked[0], 1).unwrap_err().path(), path);
    }
}

#[test]
fn meaning_counts_where_both_have_vectors() {
    let doc = |id: &str, v: &str| format!(r#"{{"id":"{id}","text":"x","vectors":{{"model":"m","document":{v}}}}}"#);
    let profiles = format!("[{},{},{}]", doc("a", "[1,0]"), doc("b", "[0,1]"), r#"{"id":"none","text":"x"}"#);
    let challenge = doc("c", "[1,0.1]").replace(r#""text""#, r#""title":"t","text""#);
    let other = doc("d", "[0.1,1]").replace(r#""text""#, r#""title":"t","text""#);
    let taxonomy = Taxonomy::starter().with_map(None);
    let snapshot = Snapshot::compile(
        &taxonomy,
        from_json_all(&profiles).unwrap(),
        from_json_all(&format!("[{challenge},{other}]")).unwrap(),
        TINY,
    );
    let config = MatchConfig { weights: [(Signal::Semantic, 1.0)].into(), gates: vec![] };
    let m = Matcher::new(snapshot.unwrap(), config).unwrap();
    let found: Vec<(String, bool)> =
        m.profiles_for("c", 9).unwrap().matches.into_iter().map(|m| (m.profile, m.score.is_some())).collect();
    assert_eq!(found, [("a".into(), true), ("b".into(), false), ("none".into(), false)]);
}
