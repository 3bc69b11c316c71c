//! Compiles a small pool natively and writes its bytes and the native answers to a folder, for the tests of the
//! WebAssembly package: `cargo run -p osuma --example fixture -- FOLDER`. Spans are in UTF-16 units, as the package gives them.

use osuma::text::to_utf16;
use osuma::{
    Challenge, Concept, Explanation, Label, LabelKind, Language, MatchConfig, Matcher, Profile, Settings, Side,
    Snapshot, Taxonomy, from_json,
};
use serde_json::json;
use std::error::Error;
use std::{env, fs, path::PathBuf};

const PROFILES: [&str; 3] = [
    r#"{"id": "aino", "language": "fi", "text": "🥖 Leivon ruisleipää ja pullaa. En osaa kirjanpitoa.",
        "skills": [{"concept": "x:baking", "level": 4, "status": "confirmed"}], "wishes": [{"label": "leivonta"}],
        "languages": [{"language": "fi", "level": "C2"}, {"language": "ar", "level": "B1"}],
        "place": {"latitude": 61.4978, "longitude": 23.761, "radius_km": 17.3},
        "availability": {"from": "2026-01-07", "until": "2026-03-19", "hours_per_week": 23},
        "routes": ["workshop", "work_trial"], "extra": {"note": "Åbo 🥖", "n": [1, 2.5, null]}}"#,
    r#"{"id": "bo", "language": "sv", "text": "Jag sköter bokföring och fakturor för små företag."}"#,
    r#"{"id": "cleo", "text": "I keep the books of a bakery, and I repair bicycles."}"#,
];
const CHALLENGES: [&str; 2] = [
    r#"{"id": "bakery", "language": "fi", "title": "Leipomo 🥐 tarvitsee apua", "text": "Leivomme ruisleipää aamuisin.",
        "requirements": [{"concept": "x:bread", "importance": "must"}, {"concept": "x:books", "importance": "nice"}],
        "languages": [{"language": "fi", "level": "B1"}], "place": {"latitude": 61.45, "longitude": 23.85},
        "period": {"from": "2026-02-01", "until": "2026-05-31", "hours_per_week": 30}, "route": "work_trial"}"#,
    r#"{"id": "books", "language": "en", "title": "Our books", "text": "We need somebody for bookkeeping and bicycles."}"#,
];
const NEW_PROFILE: &str = r#"{"id": "me", "text": "I do bookkeeping and I bake bread.", "extra": {"a": {"b": []}}}"#;
const NEW_CHALLENGE: &str = r#"{"id": "new", "title": "Fakturor", "text": "Vi behöver hjälp med bokföring."}"#;
const TEXTS: [&str; 3] =
    ["Osaan leipoa leipää 🥖, en osaa kirjanpitoa.", "Jag kan bokföring.", "I do bookkeeping and baking."];

fn concept(uri: &str, broader: &[&str], [fi, sv, en]: [&str; 3]) -> Concept {
    let labels = [(Language::Fi, fi), (Language::Sv, sv), (Language::En, en)];
    Concept {
        uri: uri.into(),
        labels: labels.map(|(language, t)| Label { text: t.into(), language, kind: LabelKind::Preferred }).into(),
        broader: broader.iter().map(ToString::to_string).collect(),
        ..Concept::default()
    }
}

fn utf16(mut why: Explanation, p: &Profile, c: &Challenge) -> serde_json::Value {
    let words = why.words.iter_mut().map(|w| (&mut w.profile, &mut w.challenge));
    let near = why.sentences.iter_mut().map(|s| (&mut s.profile, &mut s.challenge));
    let (ours, theirs): (Vec<_>, Vec<_>) = words.chain(near).unzip();
    to_utf16(&p.text, ours.into_iter().flat_map(|s| [&mut s.0, &mut s.1]));
    let text = format!("{}\n{}", c.title, c.text);
    to_utf16(&text, theirs.into_iter().flat_map(|s| [&mut s.0, &mut s.1]));
    json!(why)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("give the folder to write to")?);
    let taxonomy = Taxonomy::new(vec![
        concept("x:baking", &[], ["leivonta", "bakning", "baking"]),
        concept("x:bread", &["x:baking"], ["leivän leipominen", "brödbakning", "bread baking"]),
        concept("x:books", &[], ["kirjanpito", "bokföring", "bookkeeping"]),
    ])?;
    let profiles = PROFILES.iter().map(|p| from_json(p)).collect::<Result<_, _>>()?;
    let challenges = CHALLENGES.iter().map(|c| from_json(c)).collect::<Result<_, _>>()?;
    let snapshot = Snapshot::compile(&taxonomy, profiles, challenges, Settings::default())?;
    let config = json!({"weights": {"skills": 0.7, "text": 0.1, "time": 0.3}, "gates": ["musts"]});
    let mut native = json!({"profiles": {}, "challenges": {}});
    for (side, all) in [("profiles", &PROFILES[..]), ("challenges", &CHALLENGES[..])] {
        let docs = all.iter().map(|d| serde_json::from_str(d)).collect::<Result<Vec<serde_json::Value>, _>>()?;
        native[side] = docs.into();
    }
    native["new_profile"] = serde_json::from_str(NEW_PROFILE)?;
    native["new_challenge"] = serde_json::from_str(NEW_CHALLENGE)?;
    for (name, config) in [("default", json!(MatchConfig::default())), ("config", config)] {
        let m = Matcher::new(snapshot.clone(), serde_json::from_value(config.clone())?)?;
        let mut all = json!({"config": config, "profiles_for": {}, "challenges_for": {}, "explain": {}});
        for c in snapshot.challenges().collect::<Result<Vec<_>, _>>()? {
            all["profiles_for"][&c.id] = json!(m.profiles_for(&c.id, 10)?);
            let new: Profile = from_json(NEW_PROFILE)?;
            all["explain_new"][&c.id] = utf16(m.explain_new(&new, &c.id)?, &new, &c);
            for p in snapshot.profiles().collect::<Result<Vec<_>, _>>()? {
                all["explain"][&p.id][&c.id] = utf16(m.explain(&p.id, &c.id)?, &p, &c);
            }
        }
        for p in snapshot.profiles().collect::<Result<Vec<_>, _>>()? {
            all["challenges_for"][&p.id] = json!(m.challenges_for(&p.id, 10)?);
        }
        all["best"] = json!(m.profiles_for("books", 1)?);
        all["profiles_for_new"] = json!(m.profiles_for_new(&from_json(NEW_CHALLENGE)?, 10)?);
        all["challenges_for_new"] = json!(m.challenges_for_new(&from_json(NEW_PROFILE)?, 10)?);
        native[name] = all;
    }
    let recognised = TEXTS.map(|text| {
        let mut mentions = taxonomy.recognise(text, None);
        to_utf16(text, mentions.iter_mut().flat_map(|m| [&mut m.start, &mut m.end]));
        json!({"text": text, "mentions": mentions})
    });
    native["recognise"] = recognised.into();
    native["labels"] = (Language::ALL.iter())
        .map(|&l| Ok((l.code().to_owned(), json!(taxonomy.concept("x:books")?.label(l)))))
        .collect::<osuma::Result<serde_json::Map<_, _>>>()?
        .into();
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("full.osuma"), snapshot.to_bytes())?;
    let mut newer = snapshot.to_bytes();
    newer[8..12].copy_from_slice(&1000_u32.to_le_bytes());
    let body = newer.len() - 8;
    let sum = xxhash_rust::xxh3::xxh3_64(&newer[..body]).to_le_bytes();
    newer[body..].copy_from_slice(&sum);
    fs::write(folder.join("newer.osuma"), newer)?;
    fs::write(folder.join("profiles.osuma"), snapshot.only(Side::Profiles)?.to_bytes())?;
    fs::write(folder.join("challenges.osuma"), snapshot.only(Side::Challenges)?.to_bytes())?;
    fs::write(folder.join("native.json"), serde_json::to_vec(&native)?)?;
    Ok(())
}
