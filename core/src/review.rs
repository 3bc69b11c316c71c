//! What an organisation should look at before it publishes a challenge: [`Matcher::review`].
//!
//! Findings are proposals with a reason in three languages; nothing is changed and nobody is judged. The wordings that
//! stand for a protected characteristic are in `review.txt`. Promise: a story may speak of young people, of mothers
//! and of cars; only a demand on the person is a finding, as far as words side by side can tell the two apart.

use crate::content::{challenge_text, requirement_mentions};
use crate::error::Result;
use crate::explain::Span;
use crate::matcher::Matcher;
use crate::model::{Challenge, Document, Language, Status};
use crate::signal::{MUST_MET, Pair};
use crate::snapshot::NONE;
use crate::text::{Analysis, Token, to_utf16};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Fewer content words than these, and nothing that is recognised, say too little to match.
const FEW_WORDS: usize = 8;
/// More hours a week than the law allows for (Working Hours Act 872/2019, on the average with overtime).
const MOST_HOURS: f64 = 48.0;
/// A must that at most so many people meet, or at most one in a hundred, is met by almost nobody.
const FEW_PEOPLE: u32 = 2;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The text says too little to match.
    TooVague,
    /// A period that ends before it begins, or hours, team size or capacity that cannot be.
    ImpossibleValue,
    /// More places than the pool has people.
    TooManyPlaces,
    /// The place is given as remote and the text speaks of being on the spot, or the other way round.
    RemoteContradiction,
    /// A language is asked for that the text says is not needed.
    LanguageContradiction,
    /// Nobody or almost nobody in the pool meets a must.
    RareMust,
    /// Each must is met by some people, and all together by nobody or almost nobody.
    MustsTogether,
    /// Words that stand for a protected characteristic, or a demand that the task seldom needs.
    Wording,
    /// A requirement that the text does not speak of.
    UnspokenRequirement,
    /// A competence that the text names, for the organisation to confirm or reject.
    RecognisedRequirement,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Cannot be published so: no matching is possible.
    Error,
    /// Likely shuts people out, or misleads.
    Warning,
    /// Worth a look.
    Info,
}

/// For what a wording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Proxy {
    /// Age.
    Age,
    /// Gender, or looks.
    Gender,
    /// Origin, nationality or mother tongue.
    Origin,
    /// Health or disability.
    Health,
    /// Family.
    Family,
    /// Religion or conviction.
    Religion,
    /// Nothing protected: a demand that the task seldom needs.
    Needless,
}

/// The same text in three languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Texts {
    /// In Finnish.
    pub fi: String,
    /// In Swedish.
    pub sv: String,
    /// In English.
    pub en: String,
}

/// How many people of the pool meet a must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MustCount {
    /// People who meet this must at least half.
    pub meet: u32,
    /// People who meet all musts.
    pub all: u32,
    /// People who meet all musts but for this one.
    pub without: u32,
    /// People in the pool.
    pub people: u32,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// How much it matters.
    pub severity: Severity,
    /// Bytes of the challenge's title, a line feed and its text, where words are meant.
    pub span: Option<Span>,
    /// JSON pointer to the field that is meant, where there is one.
    pub path: Option<String>,
    /// URI of the concept that is meant, or a free label as it was written.
    pub requirement: Option<String>,
    /// For what a wording stands.
    pub proxy: Option<Proxy>,
    /// Counts over the pool's people, for a must.
    pub count: Option<MustCount>,
    /// Why it is a finding.
    pub reason: Texts,
    /// What to do about it.
    pub suggestion: Texts,
    /// For a wording: better words, in the wording's own language.
    pub better: Option<String>,
}

impl Finding {
    /// Turns its span into UTF-16 units of the challenge's title, a line feed and its text, as JavaScript counts.
    pub fn to_utf16(&mut self, challenge: &Challenge) {
        to_utf16(&challenge_text(challenge), self.span.iter_mut().flat_map(|s| [&mut s.0, &mut s.1]));
    }
}

impl Texts {
    fn of(fi: impl Into<String>, sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fi: fi.into(), sv: sv.into(), en: en.into() }
    }
}

impl Finding {
    fn new(kind: FindingKind, severity: Severity, reason: Texts, suggestion: Texts) -> Self {
        let (span, path, requirement, proxy, count, better) = (None, None, None, None, None, None);
        Self { kind, severity, span, path, requirement, proxy, count, reason, suggestion, better }
    }

    fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

impl Matcher {
    /// What to look at in a challenge before it is published; the gravest first. The challenge need not be in the
    /// snapshot, and its period, hours, team size and capacity need not be valid: that is a finding.
    ///
    /// Cost: one reading of the text, and one look at the claims of every profile for the musts.
    ///
    /// ```
    /// use osuma::{FindingKind, MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json};
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![], vec![], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let challenge = from_json(r#"{"id": "c", "title": "Café", "text": "Join our young team and bake bread with us."}"#)?;
    /// let findings = matcher.review(&challenge)?;
    /// assert!(findings.iter().any(|f| f.kind == FindingKind::Wording));
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for everything else that is not valid, such as an unknown
    /// concept.
    pub fn review(&self, challenge: &Challenge) -> Result<Vec<Finding>> {
        let mut sound = challenge.clone();
        let mut findings = impossible_values(&mut sound);
        sound.validate()?;
        let text = challenge_text(&sound);
        let analysis = self.snapshot().settings().analyzer().analyse(&text, sound.language);
        self.places(&sound, &mut findings);
        wordings(&sound, &analysis, &mut findings);
        self.requirements(&sound, &analysis, &mut findings)?;
        findings.sort_by(|a, b| {
            (a.severity, a.kind, a.span, &a.path, &a.requirement).cmp(&(
                b.severity,
                b.kind,
                b.span,
                &b.path,
                &b.requirement,
            ))
        });
        Ok(findings)
    }

    fn places(&self, c: &Challenge, findings: &mut Vec<Finding>) {
        let people = self.snapshot().count(crate::model::Side::Profiles);
        let places = u64::from(c.team_size.unwrap_or(1)) * u64::from(c.capacity.unwrap_or(1));
        if people > 0 && places > people as u64 {
            findings.push(
                Finding::new(
                    FindingKind::TooManyPlaces,
                    Severity::Warning,
                    Texts::of(
                        format!("Paikkoja on {places}, mutta ihmisiä vain {people}."),
                        format!("Platserna är {places}, men personerna bara {people}."),
                        format!("There are {places} places, and only {people} people."),
                    ),
                    Texts::of(
                        "Tarkistakaa ryhmän koko ja ryhmien määrä.",
                        "Kontrollera gruppens storlek och antalet grupper.",
                        "Check the size of a team and the number of teams.",
                    ),
                )
                .at(if c.capacity.is_some() { "/capacity" } else { "/team_size" }),
            );
        }
    }

    fn requirements(&self, c: &Challenge, analysis: &Analysis, findings: &mut Vec<Finding>) -> Result<()> {
        let (data, taxonomy) = (&self.snapshot().data, self.snapshot().taxonomy());
        let challenges = &data.challenge(c)?;
        let mentions = requirement_mentions(analysis, taxonomy);
        let named = |key: u32, source: u32| match taxonomy.concepts().get(key as usize) {
            Some(concept) => (concept.uri.clone(), [0, 1, 2].map(|l| concept.label(Language::ALL[l]).to_owned())),
            None => {
                let label = c.requirements.get(source as usize).and_then(|r| r.label.clone()).unwrap_or_default();
                (label.clone(), [label.clone(), label.clone(), label])
            }
        };
        let needs = challenges.need_lists.range(0);
        if needs.is_empty() {
            let words = analysis.tokens.iter().filter(|t| !t.stop).count();
            let silent = analysis.sentences.iter().all(|s| s.language.is_none());
            if words < FEW_WORDS || silent {
                findings.push(too_vague(silent));
            }
        }
        for need in needs.clone().filter(|&n| challenges.need_sources[n] == NONE) {
            let key = challenges.need_keys[need];
            let (uri, [fi, sv, en]) = named(key, NONE);
            let mut finding = Finding::new(
                FindingKind::RecognisedRequirement,
                Severity::Info,
                Texts::of(
                    format!("Tekstissä puhutaan osaamisesta: {fi}."),
                    format!("Texten talar om kunnandet: {sv}."),
                    format!("The text speaks of the competence: {en}."),
                ),
                Texts::of(
                    "Vahvistakaa, jos sitä tarvitaan, tai poistakaa se.",
                    "Bekräfta om det behövs, eller ta bort det.",
                    "Confirm it if it is needed, or reject it.",
                ),
            );
            finding.span = mentions.iter().find(|m| m.concept == key).map(|m| (m.start, m.end));
            finding.requirement = Some(uri);
            findings.push(finding);
        }
        if analysis.sentences.iter().any(|s| s.language.is_some()) {
            let stems: BTreeSet<&str> = analysis.tokens.iter().filter(|t| !t.stop).map(|t| t.stem.as_str()).collect();
            for need in needs.clone().filter(|&n| challenges.need_sources[n] != NONE) {
                let (key, source) = (challenges.need_keys[need], challenges.need_sources[need]);
                let near = |m: &crate::taxonomy::Found| {
                    m.concept == key || [(m.concept, key), (key, m.concept)].iter().any(|&(a, b)| near(taxonomy, a, b))
                };
                // More than half of the words of one of its names.
                let told = |name: &BTreeSet<String>| {
                    2 * name.iter().filter(|w| stems.contains(w.as_str())).count() > name.len()
                };
                let spoken = mentions.iter().any(near) || self.names_of(key, source, c).iter().any(told);
                let recognised = c.requirements.get(source as usize).is_some_and(|r| r.status == Status::Recognised);
                if !spoken && !recognised {
                    let (requirement, [fi, sv, en]) = named(key, source);
                    let mut finding = Finding::new(
                        FindingKind::UnspokenRequirement,
                        Severity::Info,
                        Texts::of(
                            format!("Tekstissä ei puhuta tästä vaatimuksesta: {fi}."),
                            format!("Texten talar inte om detta krav: {sv}."),
                            format!("The text does not speak of this requirement: {en}."),
                        ),
                        Texts::of(
                            "Kertokaa tekstissä, mihin sitä tarvitaan, tai poistakaa vaatimus.",
                            "Berätta i texten vad det behövs till, eller ta bort kravet.",
                            "Say in the text what it is needed for, or remove the requirement.",
                        ),
                    )
                    .at(&format!("/requirements/{source}"));
                    finding.requirement = Some(requirement);
                    findings.push(finding);
                }
            }
        }
        let musts: Vec<usize> = needs.filter(|&n| challenges.need_musts[n] != 0).collect();
        if musts.is_empty() || data.profiles.common.len() == 0 {
            return Ok(());
        }
        let counts = self.must_counts(challenges, &musts);
        let rare = |n: u32, people: u32| n <= FEW_PEOPLE.max(people / 100);
        let mut some_rare = false;
        for (&need, count) in musts.iter().zip(&counts).filter(|(_, k)| rare(k.meet, k.people)) {
            some_rare = true;
            let source = challenges.need_sources[need];
            let (requirement, [fi, sv, en]) = named(challenges.need_keys[need], source);
            let MustCount { meet, all, without, people } = *count;
            let mut finding = Finding::new(
                FindingKind::RareMust,
                Severity::Warning,
                Texts::of(
                    format!("Välttämätön vaatimus: {fi}. Sen täyttäviä ihmisiä: {meet} (kaikkiaan {people}). Kaikki välttämättömät täyttäviä: {all}, ilman tätä vaatimusta: {without}."),
                    format!("Nödvändigt krav: {sv}. Personer som uppfyller det: {meet} (av alla {people}). Personer som uppfyller allt nödvändigt: {all}, utan detta krav: {without}."),
                    format!("Must: {en}. People who meet it: {meet} (of {people}). People who meet all musts: {all}, without this one: {without}."),
                ),
                Texts::of(
                    "Riittäisikö, että siitä on hyötyä? Voisiko sen oppia työssä tai löytyisikö se ryhmästä?",
                    "Räcker det att det är till nytta? Kan det läras i arbetet eller finnas i ett team?",
                    "Would it do if it were only wanted? Could it be learnt at work, or brought by a team?",
                ),
            )
            .at(&format!("/requirements/{source}/importance"));
            finding.requirement = Some(requirement);
            finding.count = Some(*count);
            findings.push(finding);
        }
        if let Some(&MustCount { all, people, .. }) = counts.first()
            && !some_rare
            && counts.len() > 1
            && rare(all, people)
        {
            for (&need, count) in musts.iter().zip(&counts) {
                let source = challenges.need_sources[need];
                let (requirement, [fi, sv, en]) = named(challenges.need_keys[need], source);
                let without = count.without;
                let mut finding = Finding::new(
                    FindingKind::MustsTogether,
                    Severity::Warning,
                    Texts::of(
                        format!("Kaikki välttämättömät vaatimukset täyttäviä ihmisiä: {all} (kaikkiaan {people}). Ilman tätä vaatimusta: {without}. Vaatimus: {fi}."),
                        format!("Personer som uppfyller allt nödvändigt: {all} (av alla {people}). Utan detta krav: {without}. Kravet: {sv}."),
                        format!("People who meet all musts: {all} (of {people}). Without this one: {without}. The must: {en}."),
                    ),
                    Texts::of(
                        "Pyytäkää ryhmää, tai tehkää osasta vaatimuksia toiveita.",
                        "Be om ett team, eller gör en del av kraven till önskemål.",
                        "Ask for a team, or make some of the musts wishes.",
                    ),
                )
                .at(&format!("/requirements/{source}/importance"));
                finding.requirement = Some(requirement);
                finding.count = Some(*count);
                findings.push(finding);
            }
        }
        Ok(())
    }

    fn must_counts(&self, challenges: &crate::snapshot::Challenges, musts: &[usize]) -> Vec<MustCount> {
        let data = &self.snapshot().data;
        let people = u32::try_from(data.profiles.common.len()).unwrap_or(u32::MAX);
        let mut counts = vec![MustCount { meet: 0, all: 0, without: 0, people }; musts.len()];
        let mut all = 0;
        for p in 0..data.profiles.common.len() {
            let pair = Pair { data, profiles: &data.profiles, p, challenges, c: 0 };
            let met: Vec<bool> = musts.iter().map(|&need| pair.meeting(need).degree >= MUST_MET).collect();
            let missed = met.iter().filter(|m| !**m).count();
            all += u32::from(missed == 0);
            for (count, met) in counts.iter_mut().zip(met) {
                count.meet += u32::from(met);
                count.without += u32::from(missed == 0 || (missed == 1 && !met));
            }
        }
        counts.iter_mut().for_each(|c| c.all = all);
        counts
    }

    /// Stems of each of a requirement's names.
    fn names_of(&self, key: u32, source: u32, c: &Challenge) -> Vec<BTreeSet<String>> {
        let analyzer = self.snapshot().settings().analyzer();
        let stems = |text: &str, language| {
            let tokens = analyzer.analyse(text, language).tokens;
            tokens.into_iter().filter(|t| !t.stop).map(|t| t.stem).collect()
        };
        match self.snapshot().taxonomy().concepts().get(key as usize) {
            Some(concept) => concept.labels.iter().map(|l| stems(&l.text, Some(l.language))).collect(),
            None => {
                let label = c.requirements.get(source as usize).and_then(|r| r.label.as_deref());
                vec![stems(label.unwrap_or_default(), c.language)]
            }
        }
    }
}

fn near(taxonomy: &crate::Taxonomy, claim: u32, requirement: u32) -> bool {
    if requirement as usize >= taxonomy.concepts().len() {
        return false;
    }
    let met_by = taxonomy.met_by(requirement);
    met_by.binary_search_by_key(&claim, |m| m.0).is_ok_and(|i| met_by[i].1 >= MUST_MET)
}

fn too_vague(silent: bool) -> Finding {
    if silent {
        return Finding::new(
            FindingKind::TooVague,
            Severity::Error,
            Texts::of(
                "Haasteessa ei ole suomen-, ruotsin- tai englanninkielistä tekstiä eikä vaatimuksia.",
                "Utmaningen har varken text på finska, svenska eller engelska eller några krav.",
                "The challenge has neither text in Finnish, Swedish or English nor requirements.",
            ),
            Texts::of(
                "Kertokaa muutamalla lauseella, mikä ongelma on, tai luetelkaa, mitä pitää osata.",
                "Berätta med några meningar vad problemet är, eller räkna upp vad man ska kunna.",
                "Tell in a few sentences what the problem is, or list what one should be able to do.",
            ),
        );
    }
    Finding::new(
        FindingKind::TooVague,
        Severity::Warning,
        Texts::of(
            "Teksti on niin lyhyt, ettei siitä voi päätellä, mitä osaamista tarvitaan.",
            "Texten är så kort att den inte visar vad man behöver kunna.",
            "The text is too short to tell which competences are needed.",
        ),
        Texts::of(
            "Kertokaa, mitä tapahtuu nyt, mikä siinä on vialla ja mitä toivotte sen sijaan.",
            "Berätta vad som händer nu, vad som är fel med det och vad ni önskar i stället.",
            "Tell what happens now, what is wrong with it and what you would like instead.",
        ),
    )
}

/// Values that cannot be, taken out of the challenge so that the rest can be reviewed.
fn impossible_values(c: &mut Challenge) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |severity, path: &str, reason: Texts, suggestion: Texts| {
        findings.push(Finding::new(FindingKind::ImpossibleValue, severity, reason, suggestion).at(path));
    };
    let check = || Texts::of("Tarkistakaa luku.", "Kontrollera talet.", "Check the number.");
    if let Some(period) = &mut c.period {
        if let (Some(from), Some(until)) = (period.from, period.until)
            && until < from
        {
            say(
                Severity::Error,
                "/period",
                Texts::of(
                    "Jakso päättyy ennen kuin se alkaa.",
                    "Perioden slutar innan den börjar.",
                    "The period ends before it begins.",
                ),
                Texts::of("Vaihtakaa päivät keskenään.", "Byt plats på dagarna.", "Exchange the two days."),
            );
            (period.from, period.until) = (None, None);
        }
        if let Some(hours) = period.hours_per_week {
            if !(hours > 0.0 && hours <= 168.0) {
                say(
                    Severity::Error,
                    "/period/hours_per_week",
                    Texts::of(
                        "Viikossa on 168 tuntia, ja niistä tarvitaan enemmän kuin nolla.",
                        "En vecka har 168 timmar, och av dem behövs fler än noll.",
                        "A week has 168 hours, and more than none of them are needed.",
                    ),
                    check(),
                );
                period.hours_per_week = None;
            } else if hours > MOST_HOURS {
                say(
                    Severity::Warning,
                    "/period/hours_per_week",
                    Texts::of(
                        "Viikossa on enemmän tunteja kuin yksi ihminen saa tehdä työtä.",
                        "Timmarna i veckan är fler än en människa får arbeta.",
                        "The hours a week are more than one person may work.",
                    ),
                    Texts::of(
                        "Ilmoittakaa yhden ihmisen tunnit ja ryhmän koko erikseen.",
                        "Ange en persons timmar och gruppens storlek för sig.",
                        "Give one person's hours, and the size of the team apart.",
                    ),
                );
            }
        }
    }
    for (path, value) in [("/team_size", &mut c.team_size), ("/capacity", &mut c.capacity)] {
        if value.is_some_and(|n| !(1..=100_000).contains(&n)) {
            let reason = Texts::of(
                "Määrän pitää olla vähintään 1 ja enintään 100000.",
                "Antalet ska vara minst 1 och högst 100000.",
                "The number must be at least 1 and at most 100000.",
            );
            say(Severity::Error, path, reason, check());
            *value = None;
        }
    }
    findings
}

/// What a wording of `review.txt` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    Stands(Proxy),
    Onsite,
    Remote,
    NoLanguage,
}

/// One element of a pattern: words or their beginnings, or up to two words that are passed over.
#[derive(Debug)]
enum Element {
    Words(Vec<Word>),
    Gap,
}

/// A word, or the beginning of one.
#[derive(Debug)]
struct Word {
    text: &'static str,
    begins: bool,
}

impl Word {
    fn new(word: &'static str) -> Self {
        let begins = word.ends_with('*');
        Self { text: word.trim_end_matches('*'), begins }
    }

    fn is(&self, token: &Token) -> bool {
        if self.begins { token.folded.starts_with(self.text) } else { token.folded == self.text }
    }
}

#[derive(Debug)]
struct Pattern {
    about: Wording,
    elements: Vec<Element>,
    even_negated: bool,
    unless: Vec<Word>,
    better: &'static str,
}

impl Pattern {
    /// A line of `review.txt`; nothing for one of another form, which a test finds.
    fn new(line: &'static str) -> Option<Self> {
        let mut columns = line.split('|');
        let (_, about, pattern) = (columns.next()?, columns.next()?, columns.next()?);
        let about = match about {
            "age" => Wording::Stands(Proxy::Age),
            "gender" => Wording::Stands(Proxy::Gender),
            "origin" => Wording::Stands(Proxy::Origin),
            "health" => Wording::Stands(Proxy::Health),
            "family" => Wording::Stands(Proxy::Family),
            "religion" => Wording::Stands(Proxy::Religion),
            "needless" => Wording::Stands(Proxy::Needless),
            "onsite" => Wording::Onsite,
            "remote" => Wording::Remote,
            "no_language" => Wording::NoLanguage,
            _ => return None,
        };
        let even_negated = pattern.starts_with('!');
        let element = |e: &'static str| match e {
            "_" => Element::Gap,
            e => Element::Words(e.split('/').map(Word::new).collect()),
        };
        let elements = pattern.trim_start_matches('!').split(' ').map(element).collect();
        let unless = columns.next()?.split_whitespace().map(Word::new).collect();
        Some(Self { about, elements, even_negated, unless, better: columns.next()? })
    }

    /// How many of the tokens the elements take from the first one on.
    fn length(elements: &[Element], tokens: &[Token]) -> Option<usize> {
        match elements.split_first() {
            None => Some(0),
            Some((Element::Gap, rest)) => {
                (0..=2.min(tokens.len())).find_map(|skip| Some(skip + Self::length(rest, &tokens[skip..])?))
            }
            Some((Element::Words(words), rest)) => {
                let (first, others) = tokens.split_first()?;
                words.iter().any(|w| w.is(first)).then(|| Self::length(rest, others))?.map(|n| n + 1)
            }
        }
    }

    /// Where it stands in a sentence first.
    fn find(&self, sentence: &[Token], text: &[Token]) -> Option<Span> {
        let scope = if self.about == Wording::Stands(Proxy::Needless) { text } else { sentence };
        let found = (0..sentence.len()).find_map(|i| {
            let length = Self::length(&self.elements, &sentence[i..])?;
            let own = &sentence[i..i + length];
            (self.even_negated || !own.iter().any(|t| t.negated)).then_some(own)
        })?;
        let spared = self.unless.iter().any(|u| scope.iter().any(|t| u.is(t)));
        (!spared).then_some((found.first()?.start, found.last()?.end))
    }
}

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let lines = include_str!("review.txt").lines().filter(|l| !l.starts_with('#'));
    lines.filter_map(Pattern::new).collect()
});

fn wordings(c: &Challenge, analysis: &Analysis, findings: &mut Vec<Finding>) {
    let mut found: Vec<(Span, &Pattern)> = Vec::new();
    for sentence in analysis.tokens.chunk_by(|a, b| a.sentence == b.sentence) {
        for pattern in &*PATTERNS {
            if let Some(span) = pattern.find(sentence, &analysis.tokens) {
                // Of two readings of the same words the longer one.
                let within = |a: Span, b: Span| b.0 <= a.0 && a.1 <= b.1;
                if !found.iter().any(|(s, p)| p.about == pattern.about && within(span, *s)) {
                    found.retain(|(s, p)| p.about != pattern.about || !within(*s, span));
                    found.push((span, pattern));
                }
            }
        }
    }
    let remote = c.place.as_ref().and_then(|p| p.remote);
    for (span, pattern) in found {
        let finding = match pattern.about {
            Wording::Stands(proxy) => {
                let mut finding = stands_for(proxy);
                finding.better = Some(pattern.better.to_owned());
                finding
            }
            Wording::Onsite if remote == Some(true) => Finding::new(
                FindingKind::RemoteContradiction,
                Severity::Warning,
                Texts::of(
                    "Haaste on merkitty etänä tehtäväksi, mutta tekstin mukaan ollaan paikalla.",
                    "Utmaningen är märkt som distansarbete, men enligt texten är man på plats.",
                    "The challenge is marked as remote, and the text speaks of being there.",
                ),
                Texts::of("Kumpi pitää paikkansa?", "Vilketdera stämmer?", "Which of the two is right?"),
            )
            .at("/place/remote"),
            Wording::Remote if remote == Some(false) => Finding::new(
                FindingKind::RemoteContradiction,
                Severity::Warning,
                Texts::of(
                    "Tekstissä puhutaan etätyöstä, mutta haastetta ei ole merkitty etänä tehtäväksi.",
                    "Texten talar om distansarbete, men utmaningen är inte märkt så.",
                    "The text speaks of remote work, and the challenge is not marked so.",
                ),
                Texts::of("Kumpi pitää paikkansa?", "Vilketdera stämmer?", "Which of the two is right?"),
            )
            .at("/place/remote"),
            Wording::NoLanguage if !c.languages.is_empty() => Finding::new(
                FindingKind::LanguageContradiction,
                Severity::Warning,
                Texts::of(
                    "Tekstin mukaan kielitaitoa ei tarvita, mutta haasteessa vaaditaan kieli.",
                    "Enligt texten behövs inga språkkunskaper, men utmaningen kräver ett språk.",
                    "The text says that no language is needed, and the challenge asks for one.",
                ),
                Texts::of(
                    "Poistakaa kielivaatimus tai korjatkaa teksti.",
                    "Ta bort språkkravet eller rätta texten.",
                    "Remove the language, or correct the text.",
                ),
            )
            .at("/languages"),
            Wording::Onsite | Wording::Remote | Wording::NoLanguage => continue,
        };
        findings.push(Finding { span: Some(span), ..finding });
    }
}

fn stands_for(proxy: Proxy) -> Finding {
    let (fi, sv, en) = match proxy {
        Proxy::Age => (
            "Sanat viittaavat ikään. Ikä ei kerro, osaako ihminen.",
            "Orden syftar på ålder. Åldern säger inte vad en människa kan.",
            "The words point to age. Age does not tell what a person can do.",
        ),
        Proxy::Gender => (
            "Sanat viittaavat sukupuoleen tai ulkonäköön. Ne eivät kerro, osaako ihminen.",
            "Orden syftar på kön eller utseende. De säger inte vad en människa kan.",
            "The words point to gender or looks. These do not tell what a person can do.",
        ),
        Proxy::Origin => (
            "Sanat viittaavat alkuperään tai äidinkieleen. Ne sulkevat pois ihmisiä, jotka osaavat.",
            "Orden syftar på ursprung eller modersmål. De stänger ute människor som kan.",
            "The words point to origin or mother tongue. They shut out people who can do it.",
        ),
        Proxy::Health => (
            "Sanat viittaavat terveyteen tai vammaan. Kertokaa mieluummin, mitä työssä tehdään.",
            "Orden syftar på hälsa eller funktionsnedsättning. Berätta hellre vad man gör i arbetet.",
            "The words point to health or disability. Tell rather what is done in the work.",
        ),
        Proxy::Family => (
            "Sanat viittaavat perheeseen. Perhe ei kerro, osaako ihminen.",
            "Orden syftar på familjen. Familjen säger inte vad en människa kan.",
            "The words point to family. Family does not tell what a person can do.",
        ),
        Proxy::Religion => (
            "Sanat viittaavat uskontoon tai vakaumukseen.",
            "Orden syftar på religion eller övertygelse.",
            "The words point to religion or conviction.",
        ),
        Proxy::Needless => (
            "Vaatimus voi sulkea pois ihmisiä, jotka osaavat työn, eikä tekstistä näy, mihin sitä tarvitaan.",
            "Kravet kan stänga ute människor som kan arbetet, och texten visar inte vad det behövs till.",
            "The demand may shut out people who can do the work, and the text does not show what it is needed for.",
        ),
    };
    let suggestion = if proxy == Proxy::Needless {
        Texts::of(
            "Kertokaa, mihin sitä tarvitaan, tai poistakaa vaatimus.",
            "Berätta vad det behövs till, eller ta bort kravet.",
            "Say what it is needed for, or remove it.",
        )
    } else {
        Texts::of(
            "Kertokaa sen sijaan, mitä työssä pitää osata ja tehdä.",
            "Berätta i stället vad man ska kunna och göra i arbetet.",
            "Say instead what the work needs one to know and do.",
        )
    };
    let severity = if proxy == Proxy::Needless { Severity::Info } else { Severity::Warning };
    let mut finding = Finding::new(FindingKind::Wording, severity, Texts::of(fi, sv, en), suggestion);
    finding.proxy = Some(proxy);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_line_is_a_pattern_and_each_language_has_forty() {
        let lines = include_str!("review.txt").lines().filter(|l| !l.starts_with('#'));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for line in lines {
            let columns: Vec<&str> = line.split('|').collect();
            assert_eq!(columns.len(), 5, "{line}");
            let pattern = Pattern::new(line);
            assert!(pattern.is_some(), "{line}");
            let Some(pattern) = pattern else { continue };
            assert!(matches!(pattern.elements.first(), Some(Element::Words(_))), "{line}");
            assert!(matches!(pattern.elements.last(), Some(Element::Words(_))), "{line}");
            if matches!(pattern.about, Wording::Stands(_)) {
                assert!(!pattern.better.is_empty(), "{line}");
                *counts.entry(columns[0]).or_default() += 1;
            }
            // Every word can be met: it is one token, folded as texts are.
            for words in pattern.elements.iter().filter_map(|e| if let Element::Words(w) = e { Some(w) } else { None })
            {
                for w in words.iter().chain(&pattern.unless) {
                    let tokens = crate::text::Analyzer { subwords: None }.analyse(w.text, None).tokens;
                    assert_eq!(tokens.len(), 1, "{} in {line}", w.text);
                    assert_eq!(tokens[0].folded, w.text, "{line}");
                }
            }
        }
        assert!(counts.len() == 3 && counts.values().all(|&n| n >= 40), "{counts:?}");
    }
}
