//! Text analysis on the development set of real-looking texts (`make test-data`): languages are detected, stems meet
//! across a challenge and its judged profiles.
#![expect(clippy::unwrap_used, reason = "a test")]

use osuma::Language;
use osuma::text::Analyzer;

#[test]
#[ignore = "needs DATA; run by `make test-data`"]
fn the_language_of_every_text_is_found() {
    let dir = std::env::var("DATA").unwrap();
    let analyzer = Analyzer::default();
    let (mut all, mut wrong) = (0, Vec::new());
    for file in ["challenges", "profiles"] {
        let lines = std::fs::read_to_string(format!("{dir}/gold-dev-fi-sv-en/{file}.jsonl")).unwrap();
        for line in lines.lines() {
            let doc: serde_json::Value = serde_json::from_str(line).unwrap();
            let want = Language::from_code(doc["lang"].as_str().unwrap());
            let text = doc["text"].as_str().unwrap();
            all += 1;
            if analyzer.analyse(text, None).language != want {
                wrong.push(doc["id"].to_string());
            }
        }
    }
    println!("language detected in {} of {all} texts", all - wrong.len());
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
}
