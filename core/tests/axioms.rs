//! The axioms of the scoring contract, over random pools.
#![expect(clippy::unwrap_used, reason = "tests")]

use osuma::{
    Challenge, Direction, LanguageSkill, MatchConfig, Matcher, Profile, Requirement, Settings, Signal, SkillClaim,
    Snapshot, Status, Taxonomy, Wish,
};
use proptest::prelude::*;

const WORDS: [&str; 12] = [
    "leivon",
    "leipää",
    "hitsata",
    "en osaa",
    "siivous",
    "jag bakar",
    "bröd",
    "I bake bread",
    "cooking",
    "sewing.",
    "kassakone",
    "ja the och",
];

fn uri() -> impl Strategy<Value = String> {
    let all: Vec<String> = Taxonomy::starter().concepts().iter().take(40).map(|c| c.uri.clone()).collect();
    proptest::sample::select(all)
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..8).prop_map(|w| w.join(" "))
}

fn claim() -> impl Strategy<Value = SkillClaim> {
    let status =
        proptest::sample::select(vec![Status::Stated, Status::Recognised, Status::Confirmed, Status::Rejected]);
    (uri(), proptest::option::of(1u8..=5), status).prop_map(|(uri, level, status)| SkillClaim {
        concept: Some(uri),
        level,
        status,
        ..SkillClaim::default()
    })
}

fn requirement() -> impl Strategy<Value = Requirement> {
    use osuma::Importance::{Must, Nice, Should};
    (uri(), proptest::option::of(1u8..=5), proptest::sample::select(vec![Must, Should, Nice])).prop_map(
        |(uri, level, importance)| Requirement { concept: Some(uri), level, importance, ..Requirement::default() },
    )
}

fn languages() -> impl Strategy<Value = Vec<LanguageSkill>> {
    use osuma::Cefr::{A2, B1, C2};
    proptest::option::of(proptest::sample::select(vec![A2, B1, C2]))
        .prop_map(|l| l.map(|level| LanguageSkill { language: "fi".into(), level }).into_iter().collect())
}

fn profile(id: usize) -> impl Strategy<Value = Profile> {
    let wishes = proptest::collection::vec((uri(), any::<bool>()), 0..2);
    (text(), proptest::collection::vec(claim(), 0..4), wishes, languages()).prop_map(
        move |(text, skills, wishes, languages)| Profile {
            id: format!("p{id}"),
            text,
            skills,
            wishes: wishes
                .into_iter()
                .map(|(uri, avoid)| Wish { concept: Some(uri), avoid, ..Wish::default() })
                .collect(),
            languages,
            ..Profile::default()
        },
    )
}

fn challenge(id: usize) -> impl Strategy<Value = Challenge> {
    (text(), proptest::collection::vec(requirement(), 0..4), languages()).prop_map(
        move |(text, requirements, languages)| Challenge {
            id: format!("c{id}"),
            title: "x".into(),
            text,
            requirements,
            languages,
            ..Challenge::default()
        },
    )
}

fn pool() -> impl Strategy<Value = (Vec<Profile>, Vec<Challenge>)> {
    (
        (0usize..6).prop_flat_map(|n| (0..n).map(profile).collect::<Vec<_>>()),
        (0usize..5).prop_flat_map(|n| (0..n).map(challenge).collect::<Vec<_>>()),
    )
}

fn matcher(profiles: Vec<Profile>, challenges: Vec<Challenge>) -> Matcher {
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
}

fn bits(score: Option<f64>) -> Option<u64> {
    score.map(f64::to_bits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_confirmed_claim_that_meets_a_must_never_lowers_and_rejecting_never_raises(
        p in profile(0), mut c in challenge(0), uri in uri(), others in proptest::collection::vec(profile(1), 0..2),
    ) {
        c.requirements.push(Requirement { concept: Some(uri.clone()), importance: osuma::Importance::Must, ..Requirement::default() });
        // The pool stays the same: the person's text, and so every idf, does not change.
        let m = matcher([vec![p.clone()], others].concat(), vec![c]);
        let score = |p: &Profile| m.explain_new(p, "c0").unwrap().score;
        let before = score(&p);
        let mut confirmed = p.clone();
        confirmed.skills.retain(|s| s.concept.as_ref() != Some(&uri) || s.status != Status::Rejected);
        let base = score(&confirmed);
        confirmed.skills.push(SkillClaim { concept: Some(uri), status: Status::Confirmed, ..SkillClaim::default() });
        prop_assert!(score(&confirmed) >= base);
        for i in 0..p.skills.len() {
            let mut rejected = p.clone();
            rejected.skills[i].status = Status::Rejected;
            prop_assert!(score(&rejected) <= before, "{:?} > {before:?}", score(&rejected));
        }
    }

    #[test]
    fn every_way_to_ask_gives_the_same_score_and_contributions_add_up((profiles, challenges) in pool()) {
        let m = matcher(profiles.clone(), challenges.clone());
        let by_profile = m.match_all(Direction::ProfilesToChallenges, 100).unwrap();
        let by_challenge = m.match_all(Direction::ChallengesToProfiles, 100).unwrap();
        prop_assert_eq!(by_profile.len(), profiles.len());
        for ranking in &by_profile {
            for x in &ranking.matches {
                let e = m.explain(&x.profile, &x.challenge).unwrap();
                prop_assert_eq!(bits(e.score), bits(x.score));
                if let Some(score) = e.score {
                    let sum = e.contributions.iter().fold(0.0, |s, c| s + c.contribution);
                    prop_assert_eq!(sum.to_bits(), score.to_bits());
                    prop_assert!((0.0..=1.0 + 1e-12).contains(&score));
                } else {
                    prop_assert!(e.unknown.is_some());
                }
                for v in x.signals.values().flatten() {
                    prop_assert!((0.0..=1.0).contains(v));
                }
                let c = challenges.iter().find(|c| c.id == x.challenge).unwrap();
                let p = profiles.iter().find(|p| p.id == x.profile).unwrap();
                let there = by_challenge.iter().flat_map(|r| &r.matches).find(|y| (&y.profile, &y.challenge) == (&x.profile, &x.challenge)).unwrap();
                prop_assert_eq!(bits(there.score), bits(x.score));
                let new = m.profiles_for_new(c, 100).unwrap();
                let new = new.matches.iter().find(|y| y.profile == x.profile).unwrap().score;
                prop_assert_eq!(bits(new), bits(x.score));
                prop_assert_eq!(bits(m.explain_new(p, &c.id).unwrap().score), bits(x.score));
            }
        }
    }

    #[test]
    fn order_of_input_changes_nothing_and_top_k_is_a_prefix((mut profiles, mut challenges) in pool()) {
        let m = matcher(profiles.clone(), challenges.clone());
        profiles.reverse();
        challenges.reverse();
        let reversed = matcher(profiles.clone(), challenges.clone());
        prop_assert_eq!(m.snapshot().to_bytes(), reversed.snapshot().to_bytes());
        for c in &challenges {
            let all = m.profiles_for(&c.id, 100).unwrap().matches;
            prop_assert_eq!(all.len(), profiles.len());
            for k in 1..=profiles.len() {
                prop_assert_eq!(&m.profiles_for(&c.id, k).unwrap().matches[..], &all[..k]);
            }
            for w in all.windows(2) {
                prop_assert!(w[0].score > w[1].score || (w[0].score == w[1].score && w[0].profile < w[1].profile));
            }
        }
    }

    #[test]
    fn a_snapshot_read_back_and_one_side_of_it_score_the_same((profiles, challenges) in pool()) {
        let m = matcher(profiles.clone(), challenges);
        let bytes = m.snapshot().to_bytes();
        let again = Snapshot::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&again.to_bytes(), &bytes);
        let side = again.only(osuma::Side::Challenges).unwrap();
        let pruned = side.prune().unwrap();
        prop_assert!(pruned.to_bytes().len() < side.to_bytes().len());
        for (one, is_pruned) in [(side, false), (again.prune().unwrap(), true), (pruned, true)] {
            let read = Snapshot::from_bytes(&one.to_bytes()).unwrap();
            prop_assert_eq!(read.to_bytes(), one.to_bytes());
            let part = Matcher::new(read, MatchConfig::default()).unwrap();
            for p in &profiles {
                // A text may name a kept concept where a dropped one stood in its way; claims never do.
                let text = if is_pruned { "I read, and I collect stamps" } else { p.text.as_str() };
                let p = Profile { text: text.into(), ..p.clone() };
                prop_assert_eq!(m.challenges_for_new(&p, 9).unwrap(), part.challenges_for_new(&p, 9).unwrap());
            }
        }
    }
}

#[test]
fn what_is_not_known_is_unknown_and_never_zero() {
    use osuma::Unknown::{ChallengeLanguage, EmptyProfile, NoEvidence, ProfileLanguage};
    let p = |id: &str, text: &str| Profile { id: id.into(), text: text.into(), ..Profile::default() };
    let c = |id: &str, text: &str| Challenge { id: id.into(), text: text.into(), ..Challenge::default() };
    let m = matcher(
        vec![
            p("empty", ""),
            p("russian", "Я работала учителем в школе десять лет."),
            p("stop-words", "I am the one and they were not of it."),
            p("letters", "I collect stamps and coins."),
            p("fits", "I bake bread every morning and sell it."),
        ],
        vec![
            c("bread", "Our bakery needs more bread in the morning."),
            c("arabic", "نحتاج إلى مساعدة في المخبز كل صباح"),
        ],
    );
    let reason = |p: &str, c: &str| {
        let e = m.explain(p, c).unwrap();
        assert_eq!(e.score.is_none(), e.unknown.is_some());
        e.unknown
    };
    assert_eq!(reason("fits", "bread"), None);
    assert_eq!(reason("empty", "bread"), Some(EmptyProfile));
    assert_eq!(reason("russian", "bread"), Some(ProfileLanguage));
    assert_eq!(reason("stop-words", "bread"), Some(NoEvidence));
    assert_eq!(reason("letters", "bread"), Some(NoEvidence));
    assert_eq!(reason("fits", "arabic"), Some(ChallengeLanguage));
    let ranking = m.profiles_for("bread", 9).unwrap().matches;
    assert_eq!(ranking[0].profile, "fits");
    assert_eq!(ranking.len(), 5, "nobody is lost");
}

#[test]
fn a_signal_that_is_off_is_not_told() {
    let config = MatchConfig { weights: [(Signal::Text, 1.0)].into(), gates: vec![] };
    let p = Profile { id: "p".into(), text: "I bake bread".into(), ..Profile::default() };
    let c = Challenge { id: "c".into(), title: "Bread".into(), text: "we need bread".into(), ..Challenge::default() };
    let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![p], vec![c], Settings::default()).unwrap();
    let best = Matcher::new(snapshot, config).unwrap().profiles_for("c", 1).unwrap().matches.remove(0);
    assert_eq!(best.signals.keys().collect::<Vec<_>>(), [&Signal::Text]);
    assert_eq!(best.score, best.signals[&Signal::Text]);
    assert_eq!(best.known, 1.0);
}
