//! The pool: what changes it, what does not, what stays after a sudden end, and what is forgotten.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use osuma::{
    ErrorKind, Filter, Language, MatchConfig, Pool, Profile, Settings, Side, Snapshot, Taxonomy, Vectors, from_json_all,
};
use std::io::{BufRead, BufReader};
use std::path::Path;

fn taxonomy() -> Taxonomy {
    Taxonomy::starter()
}

fn profiles(json: &str) -> Vec<Profile> {
    from_json_all(json).unwrap()
}

const TWO: &str = r#"[{"id":"a","text":"I bake bread and sell it to the shops.","place":{"name":"Turku"},"routes":["workshop"]},
                      {"id":"b","text":"Siivoan kouluja ja leivon leipää."}]"#;

fn ids(pool: &Pool) -> Vec<String> {
    pool.profiles().map(|p| p.unwrap().id).collect()
}

#[test]
fn changes_are_seen_after_commit_and_gone_after_rollback() {
    let dir = tempfile::tempdir().unwrap();
    for mut pool in
        [Pool::in_memory(taxonomy()).unwrap(), Pool::open_or_create(dir.path().join("pool"), taxonomy()).unwrap()]
    {
        pool.add_profiles(profiles(TWO)).unwrap();
        assert_eq!(pool.count(Side::Profiles).unwrap(), 0);
        pool.commit().unwrap();
        assert_eq!(ids(&pool), ["a", "b"]);
        assert!(pool.remove(Side::Profiles, "a").unwrap());
        assert!(!pool.remove(Side::Profiles, "a").unwrap());
        assert!(!pool.remove(Side::Challenges, "b").unwrap());
        pool.rollback().unwrap();
        pool.commit().unwrap();
        assert_eq!(ids(&pool), ["a", "b"]);
        pool.update_profiles(profiles(r#"[{"id":"b","text":"I sew."},{"id":"c","text":"x"}]"#)).unwrap();
        pool.remove(Side::Profiles, "a").unwrap();
        pool.commit().unwrap();
        assert_eq!(ids(&pool), ["b", "c"]);
        assert_eq!(pool.profile("b").unwrap().unwrap().text, "I sew.");
        assert_eq!(pool.profile("a").unwrap(), None);
    }
}

#[test]
fn a_side_is_read_a_page_at_a_time_as_it_was_at_the_beginning() {
    let mut pool = Pool::in_memory(Taxonomy::new(Vec::new()).unwrap()).unwrap();
    let person = |n: usize, text: &str| profiles(&format!(r#"[{{"id":"p{n:04}","text":"{text}"}}]"#)).remove(0);
    for half in [0, 1] {
        pool.add_profiles((0..2500).filter(|n| n % 2 == half).map(|n| person(n, "I bake.")).collect()).unwrap();
        pool.commit().unwrap();
    }
    pool.update_profiles((0..2500).step_by(5).map(|n| person(n, "I sew.")).collect()).unwrap();
    pool.remove(Side::Profiles, "p1024").unwrap();
    pool.commit().unwrap();
    let want: Vec<String> = (0..2500).filter(|&n| n != 1024).map(|n| format!("p{n:04}")).collect();
    assert_eq!(ids(&pool), want);
    assert_eq!(pool.profiles().filter(|p| p.as_ref().unwrap().text == "I sew.").count(), 500);
    assert_eq!(pool.challenges().count(), 0);
    let mut begun = pool.profiles();
    begun.next().unwrap().unwrap();
    let all = begun.count();
    assert_eq!(all, want.len() - 1);
}

#[test]
fn a_snapshot_is_that_of_the_documents_to_the_byte() {
    let (people, problems) = cohort::cohort();
    let dir = tempfile::tempdir().unwrap();
    let mut pool = Pool::create(dir.path().join("pool"), taxonomy(), Settings::default()).unwrap();
    // Several segments, with holes where documents were removed or changed.
    let mut last = people[1].clone();
    pool.add_profiles(vec![Profile { id: last.id.clone(), ..people[0].clone() }, people[2].clone()]).unwrap();
    pool.commit().unwrap();
    pool.add_challenges(problems.clone()).unwrap();
    pool.update_profiles(people.clone()).unwrap();
    pool.commit().unwrap();
    last.vectors = Some(Vectors { model: "mine".into(), document: vec![1.0, 0.5], parts: Vec::new() });
    pool.update_profiles(vec![last.clone()]).unwrap();
    pool.remove(Side::Profiles, &people[5].id).unwrap();
    pool.remove(Side::Challenges, &problems[0].id).unwrap();
    pool.commit().unwrap();
    let mut left = people.clone();
    left[1] = last;
    left.remove(5);
    let asked = Snapshot::compile(&taxonomy(), left, problems[1..].to_vec(), Settings::default()).unwrap();
    assert_eq!(pool.snapshot().unwrap().digest(), asked.digest());
    drop(pool);
    let again = Pool::open(dir.path().join("pool"), taxonomy()).unwrap();
    assert_eq!(again.snapshot().unwrap().digest(), asked.digest());
}

#[test]
fn a_bad_batch_changes_nothing() {
    let mut pool = Pool::in_memory(taxonomy()).unwrap();
    pool.add_profiles(profiles(TWO)).unwrap();
    let good = profiles(r#"[{"id":"c","text":"x"}]"#).remove(0);
    for (bad, path) in [
        (Profile { id: String::new(), ..good.clone() }, "/1/id"),
        (Profile { id: "c".into(), ..good.clone() }, "/1/id"),
        (Profile { id: "a".into(), ..good.clone() }, "/1/id"),
        (profiles(r#"[{"id":"d","text":"","wishes":[{"concept":"osuma:flying"}]}]"#).remove(0), "/1/wishes/0/concept"),
    ] {
        let e = pool.add_profiles(vec![good.clone(), bad]).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{e}");
    }
    pool.commit().unwrap();
    assert_eq!(ids(&pool), ["a", "b"]);
}

#[test]
fn search_finds_words_in_any_form_and_filters() {
    let mut pool = Pool::in_memory(taxonomy()).unwrap();
    pool.add_profiles(profiles(TWO)).unwrap();
    pool.commit().unwrap();
    let find = |query: &str, filter: Filter| pool.search(Side::Profiles, query, &filter, 9).unwrap();
    assert_eq!(find("koulu", Filter::default()), ["b"]);
    assert_eq!(find("baking", Filter::default()), ["a"]);
    assert_eq!(find("", Filter::default()), ["a", "b"]);
    assert!(find("the", Filter::default()).is_empty(), "a function word finds nobody");
    for (query, want) in [
        ("leipä bread", &["a", "b"][..]),
        ("bread +koulu", &["b"]),
        ("leipä bread -shop", &["b"]),
        ("-shops", &["b"]),
        ("+the", &[]),
        ("+bread +koulu", &[]),
        ("koulu - +", &["b"]),
        ("!?", &[]),
    ] {
        let mut found = find(query, Filter::default());
        found.sort();
        assert_eq!(found, want, "{query}");
    }
    assert_eq!(find("", Filter { language: Some(Language::Fi), ..Filter::default() }), ["b"]);
    assert_eq!(find("", Filter { place: Some("TURKU".into()), ..Filter::default() }), ["a"]);
    assert_eq!(find("bread", Filter { route: Some(osuma::Route::Workshop), ..Filter::default() }), ["a"]);
    assert!(find("bread", Filter { route: Some(osuma::Route::Commission), ..Filter::default() }).is_empty());
    assert!(pool.search(Side::Challenges, "bread", &Filter::default(), 9).unwrap().is_empty());
    assert_eq!(pool.search(Side::Profiles, "bread", &Filter::default(), 0).unwrap_err().path(), "/k");
}

#[test]
fn directories_that_are_no_pool_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    let kind = |path: &Path| Pool::open(path, taxonomy()).unwrap_err().kind();
    assert_eq!(kind(&path), ErrorKind::NotFound);
    let mut pool = Pool::create(&path, taxonomy(), Settings::default()).unwrap();
    pool.add_profiles(profiles(TWO)).unwrap();
    pool.commit().unwrap();
    assert_eq!(Pool::create(&path, taxonomy(), Settings::default()).unwrap_err().kind(), ErrorKind::Storage);

    let mut second = Pool::open(&path, taxonomy()).unwrap();
    assert_eq!(ids(&second), ["a", "b"], "a reader beside the writer");
    let e = second.remove(Side::Profiles, "a").unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Locked, "{e}");
    drop(pool);
    assert!(second.remove(Side::Profiles, "a").unwrap());
    drop(second);

    let other = Taxonomy::new(vec![]).unwrap();
    assert_eq!(Pool::open(&path, other).unwrap_err().kind(), ErrorKind::Version);
    let manifest = path.join("osuma.json");
    let good = std::fs::read_to_string(&manifest).unwrap();
    for (content, want) in [
        (good.replace("\"version\": ", "\"version\": 99"), ErrorKind::Version),
        (good[..good.len() / 2].to_owned(), ErrorKind::Damaged),
        (good.replace("1.2", "-1.2"), ErrorKind::Damaged),
    ] {
        std::fs::write(&manifest, content).unwrap();
        assert_eq!(kind(&path), want);
    }
    std::fs::write(&manifest, &good).unwrap();
    assert_eq!(Pool::open(&path, taxonomy()).unwrap().count(Side::Profiles).unwrap(), 2);
    let meta = path.join("meta.json");
    let saved = std::fs::read(&meta).unwrap();
    std::fs::remove_file(&meta).unwrap();
    assert_eq!(kind(&path), ErrorKind::Damaged);
    std::fs::write(&meta, &saved).unwrap();
    std::fs::remove_file(&manifest).unwrap();
    assert_eq!(kind(&path), ErrorKind::Damaged);
    assert_eq!(Pool::open_or_create(&path, taxonomy()).unwrap_err().kind(), ErrorKind::Damaged);
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert_eq!(Pool::create(&file, taxonomy(), Settings::default()).unwrap_err().kind(), ErrorKind::Storage);
}

fn bytes_of(dir: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(dir).unwrap();
    files.flat_map(|f| std::fs::read(f.unwrap().path()).unwrap()).collect()
}

#[test]
fn forget_leaves_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    let mut pool = Pool::create(&path, taxonomy(), Settings::default()).unwrap();
    pool.add_profiles(profiles(TWO)).unwrap();
    pool.commit().unwrap();
    pool.add_profiles(profiles(r#"[{"id":"secret-id","text":"Xylophonist of Raunistula"}]"#)).unwrap();
    pool.commit().unwrap();
    let has = |needle: &str| bytes_of(&path).windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()));
    for needle in ["secret-id", "Xylophonist", "Raunistula"] {
        assert!(has(needle), "{needle} is there before");
    }
    pool.remove(Side::Profiles, "a").unwrap();
    assert_eq!(pool.forget(Side::Profiles, "secret-id").unwrap_err().kind(), ErrorKind::InvalidInput);
    pool.rollback().unwrap();
    assert!(pool.forget(Side::Profiles, "secret-id").unwrap());
    for needle in ["secret-id", "Xylophon", "Raunistul"] {
        assert!(!has(needle), "{needle} is left");
    }
    assert_eq!(ids(&pool), ["a", "b"]);
    for id in ["a", "b"] {
        assert!(pool.forget(Side::Profiles, id).unwrap());
    }
    assert!(!has("bread"));
    assert!(!pool.forget(Side::Profiles, "a").unwrap());
    assert!(pool.snapshot().unwrap().to_bytes() == Pool::in_memory(taxonomy()).unwrap().snapshot().unwrap().to_bytes());
    assert!(pool.matcher(MatchConfig::default()).is_ok());
}

const CHILD: &str = "OSUMA_KILL_CHILD";
const BATCH: usize = 7;

/// No concepts: the child is killed while it commits, not while it reads a taxonomy.
fn no_concepts() -> Taxonomy {
    Taxonomy::new(vec![]).unwrap()
}

/// In the child process: commits batch after batch and tells each, until it is killed.
#[test]
fn committing_child() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let mut pool = Pool::open(path, no_concepts()).unwrap();
    let mut done = pool.count(Side::Profiles).unwrap() / BATCH;
    loop {
        let batch =
            (0..BATCH).map(|i| Profile { id: format!("{done}-{i}"), text: "I bake".into(), ..Profile::default() });
        pool.add_profiles(batch.collect()).unwrap();
        pool.commit().unwrap();
        done += 1;
        println!("committed {done}");
    }
}

/// Kills a committing process at many moments (`OSUMA_KILLS` of them, 20 if not given).
#[test]
fn what_was_committed_survives_a_kill_and_what_was_not_is_gone_whole() {
    let kills = std::env::var("OSUMA_KILLS").map_or(20, |n| n.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pool");
    drop(Pool::create(&path, no_concepts(), Settings::default()).unwrap());
    let mut told = 0;
    for n in 0..kills {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["committing_child", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut commits = lines.filter_map(|l| l.strip_prefix("committed ").and_then(|n| n.parse().ok()));
        // Different moments: from before the first commit to some commits later, and every other time after the first
        // one, however slow the machine is.
        let first = if n % 2 == 1 { commits.next() } else { None };
        std::thread::sleep(std::time::Duration::from_micros(40_000 + (n * 7919) % 160_000));
        child.kill().unwrap();
        let last = commits.last().or(first);
        child.wait().unwrap();
        told = last.unwrap_or(told);
        let pool = Pool::open(&path, no_concepts()).unwrap();
        let found = ids(&pool);
        assert_eq!(found.len() % BATCH, 0, "kill {n}: a batch is whole");
        // Killed between the commit and its telling, one batch more may be there.
        let batches = found.len() / BATCH;
        assert!(batches == told || batches == told + 1, "kill {n}: told {told}, found {batches}");
        told = batches;
    }
    println!("{kills} kills, {told} batches");
    assert!(told >= (kills / 2) as usize, "every other child commits at least once: {told}");
}
