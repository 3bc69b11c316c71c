//! The promises of allocation: each objective is what brute force finds, its certificate holds, the order of input
//! changes nothing, and everybody who is left out is told why.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::allocate::Cohort;
use osuma::{
    AllocateOptions, Allocation, Challenge, ErrorKind, Gate, LeftOutReason, MatchConfig, Matcher, Objective, Profile,
    Settings, Side, Snapshot, Taxonomy, from_json, from_json_all,
};
use proptest::prelude::*;

type Edge = (u32, u32, f64);
type Edges = Vec<Edge>;

/// How often each person, how many at each place, and the edges.
#[derive(Debug, Clone)]
struct Case {
    times: Vec<u32>,
    capacities: Vec<u32>,
    edges: Edges,
}

impl Case {
    fn cohort(&self) -> Cohort {
        Cohort::new(&self.times, &self.capacities, &self.edges).unwrap()
    }
}

/// Values from few, so that ties are common, or from many.
fn case(people: usize, places: usize, times: u32, all: bool) -> impl Strategy<Value = Case> {
    let value = (any::<bool>(), 0u32..=4, 0u32..=1_000_000)
        .prop_map(|(few, a, b)| if few { f64::from(a) / 4.0 } else { f64::from(b) / 1e6 });
    (1..=people, 1..=places).prop_flat_map(move |(n, m)| {
        let cells =
            proptest::collection::vec(proptest::option::weighted(if all { 0.9 } else { 0.5 }, value.clone()), n * m);
        let times = proptest::collection::vec(if times > 1 { 0..=times } else { 1..=1 }, n);
        (times, proptest::collection::vec(0u32..=3, m), cells).prop_map(move |(times, capacities, cells)| {
            let edges = cells.into_iter().enumerate();
            let edges = edges.filter_map(|(i, v)| v.map(|v| ((i / m) as u32, (i % m) as u32, v))).collect();
            Case { times, capacities, edges }
        })
    })
}

/// Every allocation, one after another.
fn every(case: &Case, visit: &mut impl FnMut(&[usize])) {
    fn go(
        case: &Case,
        e: usize,
        left: &mut (Vec<u32>, Vec<u32>),
        used: &mut Vec<usize>,
        visit: &mut impl FnMut(&[usize]),
    ) {
        let Some(&(p, c, _)) = case.edges.get(e) else { return visit(used) };
        go(case, e + 1, left, used, visit);
        if left.0[p as usize] > 0 && left.1[c as usize] > 0 {
            left.0[p as usize] -= 1;
            left.1[c as usize] -= 1;
            used.push(e);
            go(case, e + 1, left, used, visit);
            used.pop();
            left.0[p as usize] += 1;
            left.1[c as usize] += 1;
        }
    }
    go(case, 0, &mut (case.times.clone(), case.capacities.clone()), &mut Vec::new(), visit);
}

/// Of everybody, ascending; -1 for those without a place.
fn sorted_values(people: usize, pairs: &[(u32, u32, f64)]) -> Vec<f64> {
    let mut values = vec![-1.0; people];
    pairs.iter().for_each(|&(p, _, v)| values[p as usize] = v);
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn respects(case: &Case, pairs: &[(u32, u32, f64)]) {
    for (p, &times) in case.times.iter().enumerate() {
        assert!(pairs.iter().filter(|x| x.0 as usize == p).count() <= times as usize);
    }
    for (c, &capacity) in case.capacities.iter().enumerate() {
        assert!(pairs.iter().filter(|x| x.1 as usize == c).count() <= capacity as usize);
    }
    assert!(pairs.iter().all(|x| case.edges.contains(x)));
}

fn check_duals(case: &Case) {
    let cohort = case.cohort();
    let total = cohort.total();
    let pairs = cohort.pairs(&total.edges);
    respects(case, &pairs);
    let sum: f64 = pairs.iter().map(|x| x.2).sum();
    assert!((sum - total.bound).abs() < 1e-9, "{sum} is not {}", total.bound);
    let mut dual = 0.0;
    for (&(p, c, v), slack) in
        case.edges.iter().map(|e| (e, e.2 - total.gains[e.0 as usize] - total.prices[e.1 as usize]))
    {
        // Feasible: only an edge that is used may be worth more than both sides ask.
        if pairs.contains(&(p, c, v)) {
            dual += slack.max(0.0);
            assert!(slack > -1e-9, "an edge that is used is tight or better");
        } else {
            assert!(slack < 1e-9 || case.times[p as usize] == 0, "({p}, {c}) could be worth {slack} more");
        }
    }
    for (c, &price) in total.prices.iter().enumerate() {
        let filled = pairs.iter().filter(|x| x.1 as usize == c).count();
        assert!(price >= 0.0 && (price == 0.0 || filled == case.capacities[c] as usize), "a place is left, at a price");
        dual += price * f64::from(case.capacities[c]);
    }
    for (p, &gain) in total.gains.iter().enumerate() {
        let used = pairs.iter().filter(|x| x.0 as usize == p).count();
        assert!(
            gain >= 0.0 && (gain == 0.0 || used == case.times[p] as usize),
            "somebody could gain, and goes without"
        );
        dual += gain * f64::from(case.times[p]);
    }
    assert!((dual - total.bound).abs() < 1e-9, "the prices prove {dual}, not {}", total.bound);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn total_is_what_brute_force_finds(case in case(4, 4, 3, false)) {
        let cohort = case.cohort();
        let found: f64 = cohort.pairs(&cohort.total().edges).iter().map(|x| x.2).sum();
        let mut best = 0.0f64;
        every(&case, &mut |used| best = best.max(used.iter().map(|&e| case.edges[e].2).sum()));
        prop_assert!((found - best).abs() < 1e-9, "{found} is not {best}");
    }

    #[test]
    fn prices_and_gains_prove_the_total(once in case(40, 20, 1, false), often in case(30, 12, 3, true)) {
        check_duals(&once);
        check_duals(&often);
    }

    #[test]
    fn max_min_is_what_brute_force_finds(case in case(5, 4, 1, false)) {
        let cohort = case.cohort();
        let pairs = cohort.pairs(&cohort.max_min().unwrap());
        respects(&case, &pairs);
        let mut best = vec![-1.0; case.times.len()];
        every(&case, &mut |used| {
            let pairs: Edges = used.iter().map(|&e| case.edges[e]).collect();
            let values = sorted_values(case.times.len(), &pairs);
            if values.iter().map(|v| v + 0.0).partial_cmp(best.iter().map(|v| v + 0.0)).unwrap().is_gt() {
                best = values;
            }
        });
        prop_assert_eq!(sorted_values(case.times.len(), &pairs), best);
    }

    #[test]
    fn no_pair_blocks_a_stable_allocation_and_each_side_does_best_in_its_own(
        case in case(12, 6, 3, false), seed in any::<u64>(),
    ) {
        let cohort = case.cohort();
        // What places prefer has nothing to do with what people prefer, and ties are common.
        let theirs: Vec<f64> = (0..cohort.len() as u64)
            .map(|e| ((e + 1).wrapping_mul(seed | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as f64).collect();
        for (theirs, side) in [(None, Side::Profiles), (Some(&theirs[..]), Side::Profiles), (Some(&theirs), Side::Challenges)] {
            let chosen = cohort.stable(theirs, side).unwrap();
            respects(&case, &cohort.pairs(&chosen));
            prop_assert_eq!(cohort.blocking(&chosen, theirs), 0);
            if cohort.len() > chosen.len() && !chosen.is_empty() && case.times.iter().all(|&t| t > 0) {
                let worse = &chosen[1..];
                prop_assert!(cohort.blocking(worse, theirs) > 0, "what is taken away is wanted back");
            }
        }
        let sum = |chosen: &[u32]| cohort.pairs(chosen).iter().map(|x| x.2).sum::<f64>();
        let (people, places) = (cohort.stable(Some(&theirs), Side::Profiles).unwrap(), cohort.stable(Some(&theirs), Side::Challenges).unwrap());
        prop_assert!(sum(&people) >= sum(&places) - 1e-9);
        prop_assert_eq!(people.len(), places.len(), "the same number is placed in every stable allocation");
    }

    #[test]
    fn order_of_edges_changes_nothing(case in case(30, 12, 1, false), seed in any::<u64>()) {
        let cohort = case.cohort();
        let mut other = case.clone();
        other.edges.sort_by_key(|e| (u64::from(e.0) * 31 + u64::from(e.1)).wrapping_mul(seed | 1));
        let other = other.cohort();
        prop_assert_eq!(cohort.total(), other.total());
        prop_assert_eq!(cohort.max_min().unwrap(), other.max_min().unwrap());
        prop_assert_eq!(cohort.stable(None, Side::Profiles).unwrap(), other.stable(None, Side::Profiles).unwrap());
    }
}

#[test]
fn a_cohort_that_cannot_be_is_an_error() {
    type Wrong = (&'static [u32], &'static [u32], &'static [Edge], &'static str);
    let cases: [Wrong; 6] = [
        (&[1], &[1], &[(0, 0, f64::NAN)], "/edges/0"),
        (&[1], &[1], &[(0, 0, -0.1)], "/edges/0"),
        (&[1], &[1], &[(0, 0, 1.5)], "/edges/0"),
        (&[1], &[1], &[(0, 1, 0.5)], "/edges/0"),
        (&[1], &[1], &[(0, 0, 0.5), (1, 0, 0.5)], "/edges/1"),
        (&[1], &[1], &[(0, 0, 0.5), (0, 0, 0.6)], "/edges"),
    ];
    for (times, capacities, edges, path) in cases {
        let e = Cohort::new(times, capacities, edges).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::InvalidInput, path), "{e}");
    }
    let cohort = Cohort::new(&[2], &[1], &[(0, 0, 0.5)]).unwrap();
    assert_eq!(cohort.max_min().unwrap_err().path(), "/times");
    assert_eq!(cohort.stable(Some(&[]), Side::Profiles).unwrap_err().path(), "/theirs");
    assert_eq!(cohort.stable(Some(&[f64::NAN]), Side::Profiles).unwrap_err().path(), "/theirs");
    let empty = Cohort::new(&[], &[], &[]).unwrap();
    assert!(empty.total().edges.is_empty() && empty.max_min().unwrap().is_empty());
    assert!(empty.stable(None, Side::Challenges).unwrap().is_empty());
}

fn matcher(profiles: Vec<Profile>, challenges: Vec<Challenge>) -> Matcher {
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn workshop() -> (Vec<Profile>, Vec<Challenge>) {
    let profiles = from_json_all(
        r#"{"id": "anna", "text": "I bake bread every morning and sell it at the market."}
           {"id": "ben", "text": "I have baked at home for my family, and I like to swim, to read and to walk in the forest."}
           {"id": "cecilia", "text": "I repair bicycles.", "availability": {"from": "2028-01-01", "until": "2028-02-01"}}
           {"id": "dora", "text": ""}
           {"id": "eva", "text": "I sell at the market."}"#,
    );
    let challenges = from_json_all(
        r#"{"id": "bread", "title": "Bread", "text": "Our bakery needs people who bake bread every morning.", "team_size": 1, "capacity": 1}
           {"id": "bicycles", "title": "Bicycles", "text": "We need somebody to repair bicycles.", "period": {"from": "2027-01-01", "until": "2027-02-01"}}"#,
    );
    (profiles.unwrap(), challenges.unwrap())
}

fn allocate(options: &str) -> osuma::Result<Allocation> {
    let (profiles, challenges) = workshop();
    matcher(profiles, challenges).allocate(&serde_json::from_str(options).unwrap())
}

fn placed(a: &Allocation) -> Vec<(&str, &str)> {
    a.placements.iter().map(|p| (&p.profile[..], &p.challenge[..])).collect()
}

#[test]
fn everybody_who_is_left_out_is_told_why() {
    use LeftOutReason::{BelowFloor, Forbidden, Full, NoEvidence, NoPlaces, ShutOut};
    let reason = |a: &Allocation, id: &str| a.left_out.iter().find(|l| l.profile == id).map(|l| l.reason);
    let a = allocate("{}").unwrap();
    assert_eq!(placed(&a), [("anna", "bread"), ("cecilia", "bicycles")]);
    assert_eq!(reason(&a, "ben"), Some(Full));
    assert_eq!(reason(&a, "dora"), Some(NoEvidence));
    let ben = a.left_out.iter().find(|l| l.profile == "ben").unwrap();
    assert_eq!((&ben.challenges[..], ben.outscored), (&["bread".to_owned()][..], 1));
    assert!(ben.best.is_some() && ben.unknown.is_none());
    assert_eq!(a.placed, 0.4);
    assert!((a.bound.unwrap() - a.total).abs() < 1e-9);
    let bread = a.challenges.iter().find(|c| c.challenge == "bread").unwrap();
    assert!((bread.price.unwrap() - ben.best.unwrap()).abs() < 1e-9, "one place more would go to ben");

    let a = allocate(r#"{"floor": 0.999}"#).unwrap();
    assert_eq!(reason(&a, "ben"), Some(BelowFloor));
    let a = allocate(r#"{"gates": ["period"]}"#).unwrap();
    assert_eq!(placed(&a), [("anna", "bread")]);
    assert_ne!(reason(&a, "cecilia"), Some(Full));
    let a = allocate(r#"{"places": {"bread": 0}}"#).unwrap();
    assert_eq!((placed(&a), reason(&a, "anna")), (vec![("cecilia", "bicycles")], Some(NoPlaces)));
    let a = allocate(r#"{"forbidden": [{"profile": "cecilia", "challenge": "bicycles"}]}"#).unwrap();
    assert_eq!((placed(&a), reason(&a, "cecilia")), (vec![("anna", "bread")], Some(Forbidden)));
    let a = allocate(r#"{"locked": [{"profile": "dora", "challenge": "bread"}]}"#).unwrap();
    assert_eq!(placed(&a), [("cecilia", "bicycles"), ("dora", "bread")]);
    assert_eq!((reason(&a, "anna"), a.placements[1].score, a.placements[1].locked), (Some(Full), None, true));
    assert_eq!(a.left_out[0].outscored, 0, "nobody with a score took anna's place");
    let (mut profiles, challenges) = workshop();
    profiles[0].languages =
        from_json::<Profile>(r#"{"id": "x", "text": "", "languages": [{"language": "fi", "level": "A1"}]}"#)
            .unwrap()
            .languages;
    let challenges: Vec<Challenge> = challenges
        .into_iter()
        .map(|c| Challenge {
            languages: vec![osuma::LanguageSkill { language: "fi".into(), level: osuma::Cefr::C1 }],
            ..c
        })
        .collect();
    let a = matcher(profiles, challenges)
        .allocate(&AllocateOptions { gates: vec![Gate::Language], ..AllocateOptions::default() })
        .unwrap();
    assert_eq!(reason(&a, "anna"), Some(ShutOut));
}

#[test]
fn an_empty_side_gives_an_empty_allocation() {
    let (profiles, challenges) = workshop();
    for objective in [Objective::Total, Objective::MaxMin, Objective::Stable] {
        let options = AllocateOptions { objective, ..AllocateOptions::default() };
        let a = matcher(vec![], challenges.clone()).allocate(&options).unwrap();
        assert!(a.placements.is_empty() && a.left_out.is_empty() && a.challenges.len() == 2 && a.mean.is_none());
        let a = matcher(profiles.clone(), vec![]).allocate(&options).unwrap();
        assert_eq!(a.left_out.iter().map(|l| l.reason).collect::<Vec<_>>(), [LeftOutReason::NoChallenge; 5]);
        assert_eq!(a.placed, 0.0);
    }
}

#[test]
fn options_that_cannot_be_are_errors() {
    use ErrorKind::{InvalidInput, NotFound};
    let anna = |c: &str| format!(r#"{{"profile": "anna", "challenge": "{c}"}}"#);
    let ben = r#"{"profile": "ben", "challenge": "bread"}"#;
    let cases = [
        (r#"{"candidates": 0}"#.to_owned(), InvalidInput, "/candidates"),
        (r#"{"floor": 1.5}"#.to_owned(), InvalidInput, "/floor"),
        (r#"{"times": 0}"#.to_owned(), InvalidInput, "/times"),
        (r#"{"times": 2, "objective": "max_min"}"#.to_owned(), InvalidInput, "/times"),
        (r#"{"places": {"nowhere": 1}}"#.to_owned(), NotFound, "/places/nowhere"),
        (format!(r#"{{"locked": [{}]}}"#, anna("nowhere")), NotFound, "/locked/0/challenge"),
        (r#"{"forbidden": [{"profile": "x", "challenge": "bread"}]}"#.to_owned(), NotFound, "/forbidden/0/profile"),
        (format!(r#"{{"locked": [{0}, {0}]}}"#, anna("bread")), InvalidInput, "/locked/1"),
        (format!(r#"{{"forbidden": [{0}, {0}]}}"#, anna("bread")), InvalidInput, "/forbidden/1"),
        (format!(r#"{{"locked": [{0}], "forbidden": [{0}]}}"#, anna("bread")), InvalidInput, "/locked/0"),
        (format!(r#"{{"locked": [{}, {}]}}"#, anna("bread"), anna("bicycles")), InvalidInput, "/locked/1"),
        (format!(r#"{{"locked": [{}, {ben}]}}"#, anna("bread")), InvalidInput, "/locked/1"),
        (format!(r#"{{"locked": [{ben}], "places": {{"bread": 0}}}}"#), InvalidInput, "/locked/0"),
    ];
    for (options, kind, path) in cases {
        let e = allocate(&options).unwrap_err();
        assert_eq!((e.kind(), e.path()), (kind, path), "{options}: {e}");
    }
    assert!(serde_json::from_str::<AllocateOptions>(r#"{"flor": 0.1}"#).is_err());
    assert_eq!(
        Matcher::new(matcher(vec![], vec![]).snapshot().only(Side::Profiles).unwrap(), MatchConfig::default())
            .unwrap()
            .allocate(&AllocateOptions::default())
            .unwrap_err()
            .kind(),
        ErrorKind::MissingSide
    );
}

#[test]
fn order_of_input_and_threads_change_nothing_in_the_cohort() {
    let (mut profiles, mut challenges) = cohort();
    let m = matcher(profiles.clone(), challenges.clone());
    profiles.reverse();
    challenges.reverse();
    let reversed = matcher(profiles, challenges);
    let mut all = Vec::new();
    for objective in [Objective::Total, Objective::MaxMin, Objective::Stable] {
        let options = AllocateOptions { objective, ..AllocateOptions::default() };
        let a = m.allocate(&options).unwrap();
        assert_eq!(a, reversed.allocate(&options).unwrap());
        for threads in [1, 3] {
            assert_eq!(a, m.with_threads(threads).unwrap().allocate(&options).unwrap());
        }
        assert!(a.placements.iter().all(|p| p.score.is_some()));
        assert_eq!(a.blocking, (objective == Objective::Stable).then_some(0));
        all.push(a);
    }
    assert!(all[0].total >= all[1].total && all[0].total >= all[2].total);
    assert!(all[1].placed >= all[0].placed && all[1].placed >= all[2].placed, "max_min leaves fewest out");
    if all[0].placed == all[1].placed {
        assert!(all[1].least >= all[0].least);
    }
}
