//! What an organisation should look at before it publishes a challenge.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cohort;

use cohort::cohort;
use osuma::{
    Challenge, FindingKind, MatchConfig, Matcher, Profile, Proxy, Settings, Severity, Snapshot, Taxonomy, from_json,
};
use std::sync::LazyLock;

static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let (profiles, challenges) = cohort();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, challenges, Settings::default()).unwrap();
    Matcher::new(snapshot, MatchConfig::default()).unwrap()
});

fn challenge(text: &str) -> Challenge {
    Challenge { id: "c".into(), title: "Apua".into(), text: text.into(), ..Challenge::default() }
}

/// The wordings that are found: what they stand for, and their words.
fn wordings(text: &str) -> Vec<(Proxy, String)> {
    let c = challenge(text);
    let whole = format!("{}\n{}", c.title, c.text);
    let findings = MATCHER.review(&c).unwrap();
    let wordings = findings.into_iter().filter(|f| f.kind == FindingKind::Wording);
    wordings.map(|f| (f.proxy.unwrap(), whole[f.span.map(|s| s.0..s.1).unwrap()].to_owned())).collect()
}

#[test]
fn demands_on_the_person_are_found() {
    use Proxy::{Age, Family, Gender, Health, Needless, Origin, Religion};
    let cases = [
        ("Kaipaamme reipasta nuorta tekijää varastoon.", Age, "reipasta nuorta"),
        ("Haemme reipas nuori mies auttamaan pihatöissä.", Age, "reipas nuori"),
        ("Tule mukaan nuoreen ja dynaamiseen porukkaan.", Age, "nuoreen"),
        ("Meillä on nuorekas tiimi ja hyvä meno.", Age, "nuorekas tiimi"),
        ("Etsimme alle 30-vuotiasta myyjää liikkeeseen.", Age, "alle 30-vuotiasta"),
        ("Etsimme vahvaa miestä kantamaan huonekaluja.", Gender, "Etsimme vahvaa miestä"),
        ("Toivomme, että hakija puhuu suomea äidinkielenään.", Origin, "äidinkielenään"),
        ("Hakijalta vaaditaan täydellistä suomen kieltä.", Origin, "täydellistä suomen"),
        ("Tarvitsemme hyväkuntoisen tekijän kahdeksi viikoksi.", Health, "hyväkuntoisen tekijän"),
        ("Työ vaatii hyvää stressinsietokykyä joka päivä.", Health, "hyvää stressinsietokykyä"),
        ("Paikka sopii hyvin kotiäidille, joka kaipaa tekemistä.", Family, "sopii hyvin kotiäidille"),
        ("Toivomme kristillistä vakaumusta kahvilan työntekijältä.", Religion, "kristillistä vakaumusta"),
        ("Kahvilan tiskille tarvitaan ihminen, jolla on oma auto.", Needless, "oma auto"),
        ("Vi söker en ung medarbetare till butiken.", Age, "söker en ung"),
        ("Bli en del av vårt team, vi är ung och dynamisk.", Age, "ung och dynamisk"),
        ("Vi är ett ungt team som bakar bröd.", Age, "ungt team"),
        ("Vi söker en stark karl som bär möbler.", Gender, "stark karl"),
        ("Vi kräver svenska som modersmål av den sökande.", Origin, "svenska som modersmål"),
        ("Du talar finska utan brytning i telefonen.", Origin, "utan brytning"),
        ("Du är stresstålig och van vid kunder.", Health, "stresstålig"),
        ("Arbetet passar bra hemmafruar på förmiddagen.", Family, "passar bra hemmafruar"),
        ("Du har kristna värderingar och bakar gärna.", Religion, "kristna värderingar"),
        ("I kaféet behövs någon som har egen bil.", Needless, "egen bil"),
        ("Join our young team in the bakery.", Age, "young team"),
        ("We are looking for someone young to sort the shelves.", Age, "for someone young"),
        ("We are young and dynamic, and so should you be.", Age, "young and dynamic"),
        ("We need a strong man to carry the furniture.", Gender, "strong man"),
        ("We only take native speakers of Finnish for the desk.", Origin, "native speakers"),
        ("The person at the desk speaks Finnish without an accent.", Origin, "without an accent"),
        ("You should be physically fit and like paper.", Health, "physically fit"),
        ("The work suits mothers who want a few hours.", Family, "suits mothers"),
        ("We ask for Christian values in our café.", Religion, "Christian values"),
        ("For the desk we want a person with their own car.", Needless, "own car"),
    ];
    let missed: Vec<_> = (cases.into_iter())
        .map(|(text, proxy, words)| (text, proxy, words, wordings(text)))
        .filter(|(_, proxy, words, found)| !found.iter().any(|(p, w)| p == proxy && w.contains(words)))
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn stories_about_people_are_left_alone() {
    let texts = [
        "Nuorten paja tarvitsee uuden hyllyn ja joku sen rakentamaan.",
        "Haemme ohjaajaa nuorten iltoihin nuorisotalolle.",
        "Haemme vetäjää, joka toimii nuoria varten kahtena iltana.",
        "Naapurin nuori mies auttoi meitä viime talvena lumitöissä.",
        "Asukkaista moni puhuu äidinkielenään arabiaa tai somalia.",
        "Omaa autoa ei tarvita, bussi pysähtyy ovella.",
        "Kuljetamme ruokakasseja kotiin, ja siihen tarvitaan oma auto.",
        "Ajokortti on tarpeen, koska työssä ajetaan pakettiautoa.",
        "Kerhossa käy lapsia perheineen ja eläkeläisiä.",
        "Pyörät ovat hyvässä kunnossa, mutta ketjut ruosteessa.",
        "Äiti ja isä hoitavat lapset vuorotellen, ja me autamme.",
        "Vuonna 2019 taloon tuli alle 30 uutta ikkunaa.",
        "Maahanmuuttajat eivät ole löytäneet kerhoomme.",
        "Kirkon katto vuotaa, ja seurakunta etsii tekijää.",
        "Vi behöver hjälp med unga på kvällarna.",
        "Vi vill att unga ska våga komma till biblioteket.",
        "Ungdomarna i byn saknar en plats att vara på.",
        "Vi behöver veta hur man gör sylt av äpplen.",
        "Många elever har arabiska eller finska som modersmål.",
        "Föreningen har under 30 år samlat gamla foton.",
        "Körkort behövs, för man kör lastbil till ön.",
        "Ingen egen bil behövs, bussen går varje timme.",
        "De gamla karlarna i byn kunde laga båten.",
        "En kvinna i föreningen sköter boken.",
        "Our young children's club needs a leader for two afternoons.",
        "We need a leader for a young people's club.",
        "Young readers ask for comics, and we have none.",
        "Many residents have another mother tongue than Finnish.",
        "Not a single person came to the meeting.",
        "You don't need your own car for this work.",
        "The driver delivers meals in their own car, and needs a driving licence.",
        "Our foreman says that the old men knew how to do it.",
        "The machines are in good physical condition.",
        "Native plants grow along the brook, and we want more of them.",
        "Some families have no young children any more.",
        "The healthy trees are strong, the others rot.",
    ];
    for text in texts {
        assert_eq!(wordings(text), [], "{text}");
    }
    for c in MATCHER.snapshot().challenges() {
        let c = c.unwrap();
        let findings = MATCHER.review(&c).unwrap();
        let wrong: Vec<_> = (findings.iter())
            .filter(|f| matches!(f.kind, FindingKind::Wording | FindingKind::TooVague | FindingKind::ImpossibleValue))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", c.id);
    }
}

fn review(json: &str) -> Vec<osuma::Finding> {
    // Not from_json: what is not valid is a finding.
    MATCHER.review(&serde_json::from_str(json).unwrap()).unwrap()
}

fn kinds(json: &str) -> Vec<(FindingKind, Option<String>)> {
    review(json).into_iter().map(|f| (f.kind, f.path)).collect()
}

#[test]
fn contradictions() {
    use FindingKind::{ImpossibleValue, LanguageContradiction, RemoteContradiction, TooManyPlaces};
    let cases = [
        (r#""text": "x", "period": {"from": "2027-05-01", "until": "2027-04-01"}"#, ImpossibleValue, "/period"),
        (r#""text": "x", "period": {"hours_per_week": 169}"#, ImpossibleValue, "/period/hours_per_week"),
        (r#""text": "x", "period": {"hours_per_week": 0}"#, ImpossibleValue, "/period/hours_per_week"),
        (r#""text": "x", "period": {"hours_per_week": 60}"#, ImpossibleValue, "/period/hours_per_week"),
        (r#""text": "x", "team_size": 0"#, ImpossibleValue, "/team_size"),
        (r#""text": "x", "capacity": 0"#, ImpossibleValue, "/capacity"),
        (r#""text": "x", "team_size": 10, "capacity": 7"#, TooManyPlaces, "/capacity"),
        (r#""text": "Työ tehdään paikan päällä.", "place": {"remote": true}"#, RemoteContradiction, "/place/remote"),
        (r#""text": "Työtä voi tehdä etänä.", "place": {"remote": false}"#, RemoteContradiction, "/place/remote"),
        (r#""text": "Arbetet görs på plats.", "place": {"remote": true}"#, RemoteContradiction, "/place/remote"),
        (r#""text": "Man kan arbeta på distans.", "place": {"remote": false}"#, RemoteContradiction, "/place/remote"),
        (r#""text": "The work is done on site.", "place": {"remote": true}"#, RemoteContradiction, "/place/remote"),
        (r#""text": "You can work remotely.", "place": {"remote": false}"#, RemoteContradiction, "/place/remote"),
        (
            r#""text": "Suomea ei tarvitse osata.", "languages": [{"language": "fi", "level": "B1"}]"#,
            LanguageContradiction,
            "/languages",
        ),
        (
            r#""text": "Inga språkkunskaper krävs.", "languages": [{"language": "sv", "level": "B1"}]"#,
            LanguageContradiction,
            "/languages",
        ),
        (
            r#""text": "No Finnish is needed.", "languages": [{"language": "fi", "level": "B1"}]"#,
            LanguageContradiction,
            "/languages",
        ),
    ];
    for (fields, kind, path) in cases {
        let found = kinds(&format!(r#"{{"id": "c", "title": "t", {fields}}}"#));
        assert!(found.contains(&(kind, Some(path.into()))), "{fields}: {found:?}");
    }
    let fine = [
        r#""text": "Työ tehdään paikan päällä.", "place": {"remote": false}"#,
        r#""text": "The work is done on site.""#,
        r#""text": "You can work remotely.", "place": {"remote": true}"#,
        r#""text": "You cannot work remotely.", "place": {"remote": false}"#,
        r#""text": "No Finnish is needed.""#,
        r#""text": "Finnish is needed.", "languages": [{"language": "fi", "level": "B1"}]"#,
        r#""text": "x", "period": {"from": "2027-05-01", "until": "2027-05-01", "hours_per_week": 40}"#,
        r#""text": "x", "team_size": 4, "capacity": 2"#,
    ];
    for fields in fine {
        let found = kinds(&format!(r#"{{"id": "c", "title": "t", {fields}}}"#));
        let contradictions = [ImpossibleValue, LanguageContradiction, RemoteContradiction, TooManyPlaces];
        assert!(!found.iter().any(|(k, _)| contradictions.contains(k)), "{fields}: {found:?}");
    }
    let unknown = r#"{"id": "c", "title": "t", "text": "x", "requirements": [{"concept": "osuma:no-such"}]}"#;
    let error = MATCHER.review(&from_json(unknown).unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.path()), (osuma::ErrorKind::InvalidInput, "/requirements/0/concept"));
}

#[test]
fn too_little_to_match() {
    let first = |text: &str| {
        let findings = review(&format!(r#"{{"id": "c", "title": "", "text": "{text}"}}"#));
        findings.first().filter(|f| f.kind == FindingKind::TooVague).map(|f| f.severity)
    };
    assert_eq!(first(""), Some(Severity::Error));
    assert_eq!(first("Нам нужна помощь в пекарне каждое утро."), Some(Severity::Error));
    assert_eq!(first("We need help with many things here."), Some(Severity::Warning));
    assert_eq!(first("Our bicycles need bicycle repair."), None);
}

#[test]
fn requirements_and_musts() {
    let json = r#"{"id": "c", "title": "Bikes", "text": "Forty bikes need bicycle repair before the spring comes.",
        "requirements": [{"concept": "osuma:forklift-driving", "importance": "must"},
                         {"concept": "osuma:wooden-boat-building", "importance": "must"},
                         {"label": "ornithopter piloting", "importance": "must"},
                         {"concept": "osuma:bicycle-repair"}]}"#;
    let findings = review(json);
    let of = |kind| findings.iter().filter(move |f| f.kind == kind);
    let unspoken: Vec<_> = of(FindingKind::UnspokenRequirement).filter_map(|f| f.path.as_deref()).collect();
    assert_eq!(unspoken, ["/requirements/0", "/requirements/1", "/requirements/2"]);
    let pilot = of(FindingKind::RareMust).find(|f| f.requirement.as_deref() == Some("ornithopter piloting")).unwrap();
    let count = pilot.count.unwrap();
    assert_eq!((count.meet, count.all, count.people), (0, 0, 68));
    // The counts, by the explanations of everybody.
    let mut challenge: Challenge = from_json(json).unwrap();
    challenge.id = "new".into();
    let profiles: Vec<Profile> = MATCHER.snapshot().profiles().map(Result::unwrap).collect();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles.clone(), vec![challenge], Settings::default());
    let matcher = Matcher::new(snapshot.unwrap(), MatchConfig::default()).unwrap();
    for finding in of(FindingKind::RareMust) {
        let this = finding.requirement.as_deref().unwrap();
        let (mut meet, mut all, mut without) = (0, 0, 0);
        for p in &profiles {
            let needs = matcher.explain(&p.id, "new").unwrap().requirements;
            let met = |mine: bool| {
                needs.iter().filter(|r| r.must && (mine || r.requirement != this)).all(|r| r.degree >= 0.5)
            };
            meet += u32::from(needs.iter().any(|r| r.requirement == this && r.degree >= 0.5));
            all += u32::from(met(true));
            without += u32::from(met(false));
        }
        let count = finding.count.unwrap();
        assert_eq!((count.meet, count.all, count.without), (meet, all, without), "{this}");
        for text in [&finding.reason.fi, &finding.reason.sv, &finding.reason.en] {
            for n in [meet, all, without, 68] {
                assert!(text.contains(&n.to_string()), "{text}");
            }
        }
    }
    let recognised =
        review(r#"{"id": "c", "title": "Bikes", "text": "Forty bikes need bicycle repair before spring."}"#);
    let finding = recognised.iter().find(|f| f.kind == FindingKind::RecognisedRequirement).unwrap();
    assert_eq!(finding.requirement.as_deref(), Some("osuma:bicycle-repair"));
    assert_eq!(finding.span, Some((23, 37)));
    assert!(finding.reason.fi.contains("polkupyör"), "{}", finding.reason.fi);
}

#[test]
fn musts_that_nobody_meets_together() {
    let (weld, book) = ("osuma:welding", "osuma:bookkeeping");
    let profiles: Vec<Profile> = (0..8)
        .map(|i| {
            let concept = if i % 2 == 0 { weld } else { book };
            from_json(&format!(
                r#"{{"id": "p{i}", "text": "", "skills": [{{"concept": "{concept}", "status": "confirmed"}}]}}"#
            ))
            .unwrap()
        })
        .collect();
    let snapshot = Snapshot::compile(&Taxonomy::starter(), profiles, vec![], Settings::default()).unwrap();
    let matcher = Matcher::new(snapshot, MatchConfig::default()).unwrap();
    let challenge = from_json(&format!(
        r#"{{"id": "c", "title": "t", "text": "x", "requirements": [
            {{"concept": "{weld}", "importance": "must"}}, {{"concept": "{book}", "importance": "must"}}]}}"#
    ));
    let findings = matcher.review(&challenge.unwrap()).unwrap();
    let together: Vec<_> = findings.iter().filter(|f| f.kind == FindingKind::MustsTogether).collect();
    assert_eq!(together.len(), 2, "{findings:?}");
    for finding in together {
        let count = finding.count.unwrap();
        assert_eq!((count.meet, count.all, count.without, count.people), (4, 0, 4, 8));
    }
}

#[test]
fn hostile_text_costs_little_and_breaks_nothing() {
    for text in ["young ".repeat(100_000), "a".repeat(1 << 20), "\u{202E}\0 oma auto \u{0}".into(), "🙂".repeat(10_000)]
    {
        let c = challenge(&text);
        let whole = format!("{}\n{}", c.title, c.text);
        for finding in MATCHER.review(&c).unwrap() {
            if let Some((start, end)) = finding.span {
                assert!(whole.get(start..end).is_some());
            }
        }
    }
}
