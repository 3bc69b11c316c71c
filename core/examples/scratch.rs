use osuma::eval::*; use osuma::*; use std::collections::BTreeMap; use std::path::Path; use serde_json::Value;
fn renamed(path: &Path) -> String { let mut lines = Vec::new(); for line in std::fs::read_to_string(path).unwrap().lines() { let mut doc: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap(); if let Some(l) = doc.remove("lang") { doc.insert("language".into(), l); } lines.push(serde_json::to_string(&doc).unwrap()); } lines.join("\n") }
fn bare(s: &str) -> String { s.lines().map(|l| { let d: serde_json::Map<String, Value> = serde_json::from_str(l).unwrap(); let mut o = serde_json::Map::new(); for k in ["id","language","title","text"] { if let Some(v)=d.get(k){o.insert(k.into(),v.clone());} } serde_json::to_string(&o).unwrap() }).collect::<Vec<_>>().join("\n") }
fn main() {
    let mut sets = vec![];
    for (dir, strip) in [("datasets/cohort", false), ("datasets/cohort", true), ("/work/shared/data/gold-dev-fi-sv-en", false)] {
        let d = Path::new(dir);
        let (mut p, mut c) = (renamed(&d.join("profiles.jsonl")), renamed(&d.join("challenges.jsonl")));
        if strip { p = bare(&p); c = bare(&c); }
        let snap = Snapshot::compile(&Taxonomy::starter(), from_json_all(&p).unwrap(), from_json_all(&c).unwrap(), Settings::default()).unwrap();
        sets.push((snap, Qrels::read(d.join("qrels.tsv")).unwrap()));
    }
    let o = Options { measures: vec![Measure::Ndcg { k: Some(10), gain: Gain::Exponential }], ..Options::default() };
    let mut rows = vec![];
    for sk in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5] { for tx in [0.0, 0.05, 0.1, 0.2, 0.3] { for sm in [0.3, 0.4, 0.5, 0.6, 0.7,0.8, 1.0] { for other in [0.0, 0.02] {
        let w = BTreeMap::from([(Signal::Skills, sk), (Signal::Text, tx), (Signal::Semantic, sm), (Signal::Wishes, other), (Signal::Language, other), (Signal::Place, other), (Signal::Time, other)]);
        let mut v = vec![];
        for (s, q) in &sets { let m = Matcher::new(s.clone(), MatchConfig { weights: w.clone(), gates: vec![] }).unwrap();
            let e = evaluate(&m, q, &o).unwrap(); let f = |r: &Report| r.scores[0].mean; v.push(f(&e.all)); v.push(e.cross_language.as_ref().map_or(0.0, f)); v.push(e.same_language.as_ref().map_or(0.0, f)); }
        rows.push(((v[0]+v[3]+v[6])*2.0+v[1]+v[4]+v[7], sk, tx, sm, other, v)); } } } }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for r in rows.iter().take(25) { println!("{:.3} sk {} tx {} sm {} o {}  {}", r.0, r.1, r.2, r.3, r.4, r.5.iter().map(|x| format!("{x:.3}")).collect::<Vec<_>>().join(" ")); }
}
