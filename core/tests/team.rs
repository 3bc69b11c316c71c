//! The promises of teams: the best is what brute force finds, the gap is honest, order changes nothing, and what cannot
//! be is an error.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::team::{Candidate, Choice, Cover};
use osuma::{
    Challenge, ErrorKind, FacetKind, MatchConfig, Matcher, Profile, Settings, Side, Snapshot, Taxonomy, Team,
    TeamOptions, from_json_all,
};
use proptest::prelude::*;

/// The objective as its documentation has it.
fn value(cover: &Cover, members: &[u32]) -> f64 {
    let of = |m: u32| &cover.candidates[m as usize];
    let all: f64 = cover.weights.iter().sum();
    let mut covered = 0.0;
    for (f, w) in cover.weights.iter().enumerate() {
        let mut degrees: Vec<f64> = members.iter().map(|&m| of(m).degrees[f]).collect();
        degrees.sort_by(|a, b| b.total_cmp(a));
        covered += w * degrees.iter().take(cover.redundancy).sum::<f64>() / cover.redundancy as f64;
    }
    let merit = members.iter().map(|&m| of(m).merit).sum::<f64>() / members.len() as f64;
    let (mut fit, mut pairs) = (0.0, 0.0);
    for (i, &a) in members.iter().enumerate() {
        for &b in &members[..i] {
            let (a, b) = (of(a), of(b));
            pairs += 1.0;
            let silent = a.languages.is_empty() || b.languages.is_empty();
            fit += if silent || a.languages.iter().any(|l| b.languages.contains(l)) { 0.5 } else { 0.0 };
            fit += match (a.days, b.days) {
                (Some(a), Some(b)) if a.1 < b.0 || b.1 < a.0 => 0.0,
                _ => 0.5,
            };
        }
    }
    let mut evidence = 0.0;
    for kind in 0..3 {
        let mut degrees: Vec<f64> = members.iter().map(|&m| of(m).evidence[kind]).collect();
        degrees.sort_by(|a, b| b.total_cmp(a));
        evidence += degrees.iter().take(cover.redundancy).sum::<f64>() / cover.redundancy as f64 / 3.0;
    }
    let rest = 1.0 - cover.coverage;
    let fit = if pairs > 0.0 { fit / pairs } else { 0.0 };
    cover.coverage * covered / all + rest * (0.65 * merit + 0.3 * fit + 0.05 * evidence)
}

/// How many roles the members can hold, by trying every way.
fn held(cover: &Cover, members: &[u32]) -> usize {
    let Some((&first, others)) = members.split_first() else { return 0 };
    fn with(cover: &Cover, first: u32, others: &[u32], taken: u8) -> usize {
        let go = |taken: u8| others.split_first().map_or(0, |(&next, rest)| with(cover, next, rest, taken));
        let roles = cover.candidates[first as usize].roles;
        let holding = (0..8).filter(|r| roles >> r & 1 == 1 && taken >> r & 1 == 0).map(|r| 1 + go(taken | 1 << r));
        holding.chain([go(taken)]).max().unwrap()
    }
    with(cover, first, others, 0)
}

fn keeps_overlap(cover: &Cover, members: &[u32]) -> bool {
    let row = |m: u32| cover.candidates[m as usize].degrees.iter().zip(cover.weights).map(|(d, w)| d * w);
    members.iter().enumerate().all(|(i, &a)| {
        members[..i].iter().all(|&b| {
            let common: f64 = row(a).zip(row(b)).map(|(x, y)| x.min(y)).sum();
            common <= cover.max_overlap * row(a).sum::<f64>().min(row(b).sum())
        })
    })
}

/// All teams, best first.
fn every(cover: &Cover) -> Vec<Choice> {
    let n = cover.candidates.len() as u32;
    let subsets = (0u32..1 << n).filter(|s| s.count_ones() as usize == cover.size);
    let members = subsets.map(|s| (0..n).filter(|i| s >> i & 1 == 1).collect::<Vec<u32>>());
    let included = members.filter(|m| cover.included.iter().all(|i| m.contains(i)));
    let with_roles: Vec<(usize, Vec<u32>)> = included.map(|m| (held(cover, &m), m)).collect();
    let most = with_roles.iter().map(|m| m.0).max().unwrap_or(0);
    let fits = with_roles.into_iter().filter(|(held, m)| *held == most && keeps_overlap(cover, m));
    let mut all: Vec<Choice> = fits.map(|(_, members)| Choice { value: value(cover, &members), members }).collect();
    all.sort_by(|a, b| b.value.total_cmp(&a.value));
    all
}

fn candidate(facets: usize) -> impl Strategy<Value = Candidate> {
    // Many zeros and ties, as requirements have them.
    let degree = proptest::sample::select(vec![0.0, 0.0, 0.0, 0.3, 0.5, 0.9, 0.9, 1.0, 0.123_456, 0.777_7]);
    let days = proptest::option::of((0i32..4, 0i32..4).prop_map(|(from, more)| (from, from + more)));
    let kind = proptest::sample::select(vec![0.0, 0.25, 0.6, 1.0]);
    let (evidence, languages) = ([kind.clone(), kind.clone(), kind], proptest::collection::btree_set(0u16..4, 0..3));
    // Most people can hold no role, some one, few several.
    let roles = proptest::sample::select(vec![0u8, 0, 0, 1, 1, 2, 4, 3, 6, 255]);
    (proptest::collection::vec(degree, facets), 0.0f64..=1.0, languages, days, evidence, roles).prop_map(
        |(degrees, merit, languages, days, evidence, roles)| Candidate {
            degrees,
            merit,
            languages: languages.into_iter().collect(),
            days,
            evidence,
            roles,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_best_team_and_its_alternatives_are_what_brute_force_finds(
        (candidates, weights) in (1usize..6).prop_flat_map(|f| (
            proptest::collection::vec(candidate(f), 1..10), proptest::collection::vec(0.1f64..=1.0, f))),
        size in 1usize..=5, redundancy in 1usize..=2, coverage in proptest::sample::select(vec![0.0, 0.5, 0.9, 1.0]),
        include in any::<bool>(), max_overlap in proptest::sample::select(vec![1.0, 1.0, 0.4]), roles in 0usize..=4,
    ) {
        let size = size.min(candidates.len());
        let roles = roles.min(size);
        let mut candidates = candidates;
        candidates.iter_mut().for_each(|c| c.roles &= ((1u16 << roles) - 1) as u8);
        let included = if include { vec![candidates.len() as u32 / 2] } else { vec![] };
        let cover =
            Cover { size, redundancy, coverage, roles, included, max_overlap, ..Cover::new(&candidates, &weights) };
        let all = every(&cover);
        if all.is_empty() {
            let e = cover.solve(1 << 30, 2).unwrap_err();
            prop_assert_eq!(e.path(), "/max_overlap");
            return Ok(());
        }
        let solution = cover.solve(1 << 30, 2).unwrap();
        prop_assert!(solution.optimal && solution.gap == 0.0);
        prop_assert_eq!(solution.teams.len(), all.len().min(3));
        for (found, best) in solution.teams.iter().zip(&all) {
            prop_assert!((found.value - best.value).abs() < 2e-5, "{found:?} is not {best:?}");
            prop_assert!((found.value - value(&cover, &found.members)).abs() < 2e-5);
            prop_assert!(keeps_overlap(&cover, &found.members));
        }
        for (i, a) in solution.teams.iter().enumerate() {
            prop_assert!(solution.teams[..i].iter().all(|b| b.members != a.members));
        }
        // A budget of nothing: a team all the same, and a gap that holds.
        if max_overlap == 1.0 {
            let hasty = cover.solve(0, 0).unwrap();
            prop_assert!(all[0].value <= hasty.teams[0].value + hasty.gap + 2e-5, "{hasty:?} {:?}", all[0]);
        }
    }
}

#[test]
fn a_problem_that_cannot_be_is_an_error() {
    let candidates = vec![Candidate { degrees: vec![0.5], ..Candidate::default() }; 3];
    let cover = || Cover { size: 2, ..Cover::new(&candidates, &[1.0]) };
    let wrong = vec![Candidate { degrees: vec![f64::NAN], ..Candidate::default() }; 3];
    let lead = vec![Candidate { degrees: vec![0.5], roles: 1, ..Candidate::default() }; 3];
    let cases = [
        (Cover { size: 0, ..cover() }, "/size"),
        (Cover { size: 9, ..cover() }, "/size"),
        (Cover { size: 4, ..cover() }, "/size"),
        (Cover { redundancy: 0, ..cover() }, "/redundancy"),
        (Cover { redundancy: 3, ..cover() }, "/redundancy"),
        (Cover { coverage: 1.5, ..cover() }, "/coverage"),
        (Cover { max_overlap: f64::NAN, ..cover() }, "/max_overlap"),
        (Cover { included: vec![3], ..cover() }, "/included"),
        (Cover { included: vec![1, 1], ..cover() }, "/included"),
        (Cover { included: vec![0, 1, 2], ..cover() }, "/included"),
        (Cover { weights: &[0.0], ..cover() }, "/weights"),
        (Cover { weights: &[1.0, 1.0], ..cover() }, "/candidates/0"),
        (Cover { candidates: &wrong, ..cover() }, "/candidates/0"),
        (Cover { roles: 3, ..cover() }, "/roles"),
        (Cover { candidates: &[], ..cover() }, "/size"),
        (Cover { candidates: &lead, ..cover() }, "/candidates/0/roles"),
    ];
    for (cover, path) in cases {
        let e = cover.solve(100, 0).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{e}");
    }
}

fn matcher(profiles: &[Profile], challenges: &[Challenge]) -> Matcher {
    let snapshot =
        Snapshot::compile(&Taxonomy::starter(), profiles.to_vec(), challenges.to_vec(), Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn ids(team: &Team) -> Vec<&str> {
    team.members.iter().map(|m| &m.profile[..]).collect()
}

#[test]
fn teams_of_the_cohort_are_proven_explained_and_do_not_depend_on_order() {
    let (mut profiles, mut challenges) = cohort();
    let m = matcher(&profiles, &challenges);
    profiles.reverse();
    challenges.reverse();
    let reversed = matcher(&profiles, &challenges);
    for c in &challenges {
        let options = TeamOptions { size: Some(3), ..TeamOptions::default() };
        let team = m.assemble_team(&c.id, &options).unwrap();
        assert_eq!(team, reversed.assemble_team(&c.id, &options).unwrap());
        assert!(team.optimal && team.gap == 0.0 && team.unfilled == 0, "{}", c.id);
        let adds = team.members.iter().fold(0.0, |sum, m| sum + m.adds);
        assert!((adds - team.coverage).abs() < 1e-12, "what members add is the coverage");
        assert!(team.members.windows(2).all(|w| w[0].adds >= w[1].adds - 1e-12));
        let facets = team.facets.iter().fold((0.0, 0.0), |s, f| (s.0 + f.weight, s.1 + f.weight * f.degree));
        assert!((facets.0 - 1.0).abs() < 1e-9 && (facets.1 - team.coverage).abs() < 1e-9);
        for (f, facet) in team.facets.iter().enumerate() {
            let best = team.members.iter().flat_map(|m| &m.brings).filter(|b| b.facet as usize == f);
            let best = best.map(|b| b.degree).fold(0.0, f64::max);
            assert_eq!(facet.degree, best);
            assert_eq!(facet.covered, best >= if facet.kind == FacetKind::Sentence { 1e-300 } else { 0.5 });
        }
        assert_eq!(team.alternatives.len(), 2);
        assert!(team.value >= team.alternatives[0].value && team.alternatives[0].value >= team.alternatives[1].value);
        let top: Vec<String> = m.profiles_for(&c.id, 3).unwrap().matches.into_iter().map(|m| m.profile).collect();
        let same = m.assemble_team(&c.id, &TeamOptions { must_include: top, ..options.clone() }).unwrap();
        assert!(team.value >= same.value - 1e-9, "{}: not worse than the three best", c.id);
        let lead = team.members[0].profile.clone();
        let without = m.assemble_team(&c.id, &TeamOptions { exclude: vec![lead.clone()], ..options.clone() }).unwrap();
        assert!(!ids(&without).contains(&&lead[..]) && without.value <= team.value);
    }
}

#[test]
fn a_problem_without_requirements_is_covered_by_its_sentences() {
    let profiles: Vec<Profile> = from_json_all(
        r#"{"id": "a", "text": "Korjaan polkupyöriä ja vaihdan ketjut."}
           {"id": "b", "text": "Korjaan polkupyöriä, vaihdan ketjut ja säädän jarrut."}
           {"id": "c", "text": "Kirjoitan mainoksia ja hoidan verkkosivuja."}"#,
    )
    .unwrap();
    let challenge =
        |text: &str| Challenge { id: "x".into(), title: "Paja".into(), text: text.into(), ..Challenge::default() };
    let text =
        "Pajallamme korjataan polkupyöriä ja vaihdetaan ketjut. Mainoksia pitäisi kirjoittaa ja verkkosivuja hoitaa.";
    let m = matcher(&profiles, &[challenge(text)]);
    let team = m.assemble_team("x", &TeamOptions { size: Some(2), ..TeamOptions::default() }).unwrap();
    let sentences = team.facets.iter().filter(|f| f.kind == FacetKind::Sentence).collect::<Vec<_>>();
    assert_eq!(
        sentences.iter().map(|f| &f.name[..]).collect::<Vec<_>>(),
        text.trim_end_matches('.').split(". ").collect::<Vec<_>>()
    );
    assert!(sentences.iter().all(|f| f.covered));
    assert!(ids(&team).contains(&"c"), "somebody for each part: {:?}", ids(&team));
    // Nobody has anything to say to it.
    let m = matcher(&profiles, &[challenge("Quantum chromodynamics on lattices.")]);
    let team = m.assemble_team("x", &TeamOptions::default()).unwrap();
    assert!(team.members.is_empty() && team.unfilled == 3 && team.coverage == 0.0 && team.alternatives.is_empty());
    let team = m.assemble_team("x", &TeamOptions { must_include: vec!["b".into()], ..TeamOptions::default() }).unwrap();
    assert_eq!((ids(&team), team.members[0].score, team.unfilled), (vec!["b"], None, 2));
}

#[test]
fn roles_are_held_by_one_member_each_or_told_to_be_open() {
    let people = from_json_all(
        r#"[{"id": "a", "text": "", "skills": [{"label": "welding"}, {"label": "bookkeeping"}]},
            {"id": "b", "text": "", "skills": [{"label": "welding"}]},
            {"id": "c", "text": "", "skills": [{"label": "painting"}]},
            {"id": "d", "text": "", "skills": [{"label": "painting"}, {"label": "bookkeeping"}, {"label": "driving"}]}]"#,
    );
    let gate = serde_json::from_str(
        r#"{"id": "gate", "title": "Gate", "text": "",
            "requirements": [{"label": "welding", "importance": "must"}, {"label": "painting", "importance": "nice"}]}"#,
    );
    let m = matcher(&people.unwrap(), &[gate.unwrap()]);
    let team = |options: &str| m.assemble_team("gate", &serde_json::from_str(options).unwrap()).unwrap();
    let of = |team: &Team| -> Vec<(String, Option<String>, u32)> {
        team.roles.iter().map(|r| (r.role.clone(), r.profile.clone(), r.candidates)).collect()
    };
    let role = |name: &str, label: &str| {
        format!(
            r#"{{"name": "{name}", "requirements": [{{"label": "{label}"}}, {{"label": "driving", "importance": "nice"}}]}}"#
        )
    };
    let (books, lead) = (role("books", "bookkeeping"), role("lead", "welding"));
    // Without roles nobody needs d.
    let free = team(r#"{"size": 2, "must_include": ["b"]}"#);
    assert!(free.roles.is_empty() && free.members.iter().all(|m| m.role.is_none()));
    // a could hold both, but one member holds one: b leads.
    let t = team(&format!(r#"{{"size": 2, "roles": [{books}, {lead}], "exclude": ["d"]}}"#));
    assert_eq!(of(&t), [("books".into(), Some("a".into()), 1), ("lead".into(), Some("b".into()), 2)]);
    assert!(t.optimal && t.roles.iter().all(|r| r.degree.is_some_and(|d| d >= 0.5)));
    for m in &t.members {
        assert_eq!(m.role.as_deref(), Some(if m.profile == "a" { "books" } else { "lead" }));
    }
    // Only d can do both at once, and is taken though another team would cover more.
    let both =
        r#"{"name": "office", "requirements": [{"label": "bookkeeping"}, {"label": "driving", "importance": "must"}]}"#;
    let t = team(&format!(r#"{{"size": 1, "roles": [{both}]}}"#));
    assert_eq!((ids(&t), of(&t)), (vec!["d"], vec![("office".into(), Some("d".into()), 1)]));
    assert!(t.coverage < team(r#"{"size": 1}"#).coverage);
    // Nobody can: the team is the best without, and the role is open.
    let flying = role("pilot", "flying");
    let t = team(&format!(r#"{{"size": 2, "roles": [{flying}, {lead}]}}"#));
    assert_eq!(of(&t)[0], ("pilot".into(), None, 0));
    assert!(of(&t)[1].1.is_some() && t.optimal && t.roles[0].degree.is_none());
    // The excluded hold nothing.
    let t = team(&format!(r#"{{"size": 2, "roles": [{books}], "exclude": ["a", "d"]}}"#));
    assert_eq!(of(&t), [("books".into(), None, 0)]);
}

#[test]
fn threads_change_nothing() {
    let (profiles, challenges) = cohort();
    let m = matcher(&profiles, &challenges);
    let lead = r#"{"size": 3, "roles": [{"name": "baker", "requirements": [{"concept": "osuma:baking"}]}]}"#;
    let options: TeamOptions = serde_json::from_str(lead).unwrap();
    for c in challenges.iter().take(4) {
        let one = m.with_threads(1).unwrap().assemble_team(&c.id, &options).unwrap();
        assert_eq!(one, m.with_threads(3).unwrap().assemble_team(&c.id, &options).unwrap());
        assert_eq!(one, m.assemble_team(&c.id, &options).unwrap());
    }
}

#[test]
fn a_budget_of_nothing_and_a_side_without_people_have_honest_answers() {
    let (profiles, challenges) = cohort();
    let m = matcher(&profiles, &challenges);
    for c in &challenges {
        let best = m.assemble_team(&c.id, &TeamOptions::default()).unwrap();
        let hasty = m.assemble_team(&c.id, &TeamOptions { nodes: 0, ..TeamOptions::default() }).unwrap();
        assert_eq!(hasty.members.len(), best.members.len());
        assert!(best.value <= hasty.value + hasty.gap + 1e-9, "{}: the gap is honest", c.id);
        assert!(hasty.gap >= 0.0 && (!hasty.optimal || hasty.gap == 0.0));
    }
    let e = matcher(&[], &challenges).assemble_team(&challenges[0].id, &TeamOptions::default()).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, "/size"), "nobody is there at all");
}

#[test]
fn options_that_cannot_be_are_errors() {
    use ErrorKind::{InvalidInput, NotFound};
    let (profiles, challenges) = cohort();
    let m = matcher(&profiles[..5], &challenges);
    let ids: Vec<&str> = profiles.iter().map(|p| &p.id[..]).collect();
    let role = |name: &str, label: &str| format!(r#"{{"name": "{name}", "requirements": [{{"label": "{label}"}}]}}"#);
    let nice = r#"{"roles": [{"name": "a", "requirements": [{"label": "baking", "importance": "nice"}]}]}"#;
    let cases = [
        (r#"{"size": 0}"#.to_owned(), InvalidInput, "/size"),
        (r#"{"size": 9}"#.to_owned(), InvalidInput, "/size"),
        (r#"{"size": 6}"#.to_owned(), InvalidInput, "/size"),
        (r#"{"redundancy": 3}"#.to_owned(), InvalidInput, "/redundancy"),
        (r#"{"max_overlap": -1}"#.to_owned(), InvalidInput, "/max_overlap"),
        (r#"{"candidates": 0}"#.to_owned(), InvalidInput, "/candidates"),
        (r#"{"alternatives": 21}"#.to_owned(), InvalidInput, "/alternatives"),
        (r#"{"must_include": ["nobody"]}"#.to_owned(), NotFound, "/must_include/0"),
        (r#"{"exclude": ["nobody"]}"#.to_owned(), NotFound, "/exclude/0"),
        (format!(r#"{{"must_include": ["{0}", "{0}"]}}"#, ids[0]), InvalidInput, "/must_include/1"),
        (format!(r#"{{"must_include": ["{0}"], "exclude": ["{0}"]}}"#, ids[0]), InvalidInput, "/must_include/0"),
        (format!(r#"{{"size": 1, "must_include": ["{}", "{}"]}}"#, ids[0], ids[1]), InvalidInput, "/must_include"),
        (
            format!(r#"{{"size": 1, "roles": [{}, {}]}}"#, role("a", "baking"), role("b", "welding")),
            InvalidInput,
            "/roles",
        ),
        (format!(r#"{{"size": 2, "roles": [{0}, {0}]}}"#, role("a", "baking")), InvalidInput, "/roles/1/name"),
        (format!(r#"{{"roles": [{}]}}"#, role(" ", "baking")), InvalidInput, "/roles/0/name"),
        (format!(r#"{{"roles": [{}]}}"#, role("a", " ")), InvalidInput, "/roles/0/requirements/0/label"),
        (r#"{"roles": [{"name": "a", "requirements": []}]}"#.to_owned(), InvalidInput, "/roles/0/requirements"),
        (nice.to_owned(), InvalidInput, "/roles/0/requirements"),
        (
            r#"{"roles": [{"name": "a", "requirements": [{"concept": "x:no"}]}]}"#.to_owned(),
            InvalidInput,
            "/roles/0/requirements/0/concept",
        ),
    ];
    for (options, kind, path) in cases {
        let e = m.assemble_team(&challenges[0].id, &serde_json::from_str(&options).unwrap()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{options}: {e}");
    }
    assert_eq!(m.assemble_team("nothing", &TeamOptions::default()).unwrap_err().kind(), NotFound);
    assert!(serde_json::from_str::<TeamOptions>(r#"{"sise": 3}"#).is_err());
    let side = Matcher::new(m.snapshot().only(Side::Challenges).unwrap(), MatchConfig::default()).unwrap();
    let missing = side.assemble_team(&challenges[0].id, &TeamOptions::default()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::MissingSide);
}
