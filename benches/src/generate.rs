//! Profiles and challenges by the million, from a seed, that read like people and are skewed like life.
//!
//! A document is a function of generator, side and number alone: the stream is the same on every platform, from any
//! number of threads, and may be entered anywhere. Texts are sentence templates (`templates/`) filled with the labels
//! of concepts; labels stand where their base form is right, so no ending is ever added.
//!
//! The skew: concepts by Zipf's law ([`ZIPF`]); one person's concepts are walks in the taxonomy's graph from one home
//! trade, so that what belongs together comes together; lengths are log-normal; languages fi 70, sv 10, en 20 %, some
//! texts mixed; structured parts are missing at random. Everything not named so is a judgement by eye of the cohort.
//!
//! Cost: about 5 microseconds and 1 KB a document; memory for one document at a time.

use jiff::{ToSpan, civil::date};
use osuma::{
    Availability, Cefr, Challenge, Importance, Language, LanguageSkill, Place, Profile, Requirement, Route, Side,
    SkillClaim, Status, Taxonomy, Wish,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rayon::prelude::*;
use serde::Deserialize;
use std::ops::Range;

/// The exponent of Zipf's law over concepts; 1 is what words of a language have.
pub const ZIPF: f64 = 1.0;
/// The next concept of a person is a neighbour of one they have, in two of three cases.
const IN_TRADE: f64 = 0.67;

/// A concept as texts name it.
#[derive(Debug, Clone)]
struct Term {
    uri: Option<String>,
    /// Per language, in the order of [`Language::ALL`]; the first is the preferred one.
    labels: [Vec<String>; 3],
    /// Broader, narrower and related ones.
    neighbours: Vec<usize>,
}

/// Draws from one document's own stream of random bits. Only integer arithmetic and the `libm` crate, so that a
/// document is the same everywhere.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }
    fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }
    fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
    /// By the cumulative weights, which end with their sum.
    fn by(&mut self, cumulative: &[f64]) -> usize {
        let at = self.unit() * cumulative.last().copied().unwrap_or(0.0);
        cumulative.partition_point(|&c| c <= at).min(cumulative.len() - 1)
    }
    /// Log-normal by Box and Muller, rounded, within the range.
    fn log_normal(&mut self, median: f64, sigma: f64, range: Range<usize>) -> usize {
        let z = libm::sqrt(-2.0 * libm::log(1.0 - self.unit())) * libm::cos(std::f64::consts::TAU * self.unit());
        ((median * libm::exp(sigma * z) + 0.5) as usize).clamp(range.start, range.end)
    }
}

/// Sentence templates of one language.
#[derive(Debug)]
struct Templates {
    sections: [Vec<&'static str>; 8],
}

#[derive(Clone, Copy)]
enum Section {
    Skill,
    Life,
    Not,
    Wish,
    List,
    Title,
    Need,
    Problem,
}

impl Templates {
    fn read(file: &'static str) -> Self {
        const NAMES: [&str; 8] = ["[skill]", "[life]", "[not]", "[wish]", "[list]", "[title]", "[need]", "[problem]"];
        let mut sections: [Vec<&str>; 8] = Default::default();
        let mut open = 0;
        for line in file.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            match NAMES.iter().position(|&n| n == line) {
                Some(n) => open = n,
                None => sections[open].push(line),
            }
        }
        Self { sections }
    }
}

/// (Finnish and Swedish name, latitude, longitude, "in" it in Finnish, Swedish and English), by inhabitants.
#[rustfmt::skip]
const PLACES: &[(&str, &str, f64, f64, [&str; 3])] = &[
    ("Turku", "Åbo", 60.4518, 22.2666, ["Turussa", "i Åbo", "in Turku"]),
    ("Salo", "Salo", 60.3861, 23.1256, ["Salossa", "i Salo", "in Salo"]),
    ("Kaarina", "S:t Karins", 60.4072, 22.3690, ["Kaarinassa", "i S:t Karins", "in Kaarina"]),
    ("Raisio", "Reso", 60.4859, 22.1689, ["Raisiossa", "i Reso", "in Raisio"]),
    ("Lieto", "Lundo", 60.5060, 22.4600, ["Liedossa", "i Lundo", "in Lieto"]),
    ("Naantali", "Nådendal", 60.4674, 22.0243, ["Naantalissa", "i Nådendal", "in Naantali"]),
    ("Uusikaupunki", "Nystad", 60.8004, 21.4084, ["Uudessakaupungissa", "i Nystad", "in Uusikaupunki"]),
    ("Loimaa", "Loimaa", 60.8497, 23.0561, ["Loimaalla", "i Loimaa", "in Loimaa"]),
    ("Parainen", "Pargas", 60.3066, 22.3006, ["Paraisilla", "i Pargas", "in Pargas"]),
    ("Paimio", "Pemar", 60.4569, 22.6869, ["Paimiossa", "i Pemar", "in Paimio"]),
    ("Mynämäki", "Virmo", 60.6786, 21.9867, ["Mynämäellä", "i Virmo", "in Mynämäki"]),
    ("Kemiönsaari", "Kimitoön", 60.1630, 22.7290, ["Kemiönsaarella", "på Kimitoön", "on Kimitoön"]),
];

const ROUTES: [Route; 6] = [
    Route::Workshop,
    Route::CooperativeActivity,
    Route::WorkTrial,
    Route::PaySubsidy,
    Route::Commission,
    Route::Employment,
];
const LEVELS: [Cefr; 6] = [Cefr::A1, Cefr::A2, Cefr::B1, Cefr::B2, Cefr::C1, Cefr::C2];

/// Makes documents. Cheap to share between threads.
///
/// ```
/// use osuma_benches::generate::Generator;
/// let generator = Generator::new(7, &osuma::Taxonomy::starter());
/// let people: Vec<_> = generator.profiles(0..3).collect();
/// assert_eq!(people[2], generator.profile(2));
/// ```
#[derive(Debug)]
pub struct Generator {
    seed: u64,
    terms: Vec<Term>,
    /// Zipf's weights summed up; `by_rank` says whose they are.
    cumulative: Vec<f64>,
    by_rank: Vec<usize>,
    templates: [Templates; 3],
}

impl Generator {
    /// A generator over a taxonomy's labels and graph.
    #[must_use]
    pub fn new(seed: u64, taxonomy: &Taxonomy) -> Self {
        let concepts = taxonomy.concepts();
        let at: std::collections::HashMap<&str, usize> =
            (0..).zip(concepts).map(|(i, c)| (c.uri.as_str(), i)).collect();
        let mut neighbours = vec![Vec::new(); concepts.len()];
        for (i, c) in concepts.iter().enumerate() {
            for n in c.broader.iter().chain(&c.related).filter_map(|uri| at.get(uri.as_str())) {
                neighbours[i].push(*n);
                neighbours[*n].push(i);
            }
        }
        let labels = |c: &osuma::Concept, l| {
            let all: Vec<String> = c.labels.iter().filter(|x| x.language == l).map(|x| x.text.clone()).collect();
            if all.is_empty() { vec![c.label(l).to_owned()] } else { all }
        };
        let terms = (concepts.iter().zip(neighbours))
            .map(|(c, neighbours)| Term {
                uri: Some(c.uri.clone()),
                labels: Language::ALL.map(|l| labels(c, l)),
                neighbours,
            })
            .collect();
        Self::of(seed, terms)
    }

    /// A generator over labels alone: JSON `[{"prefLabel": {"fi": "…", "sv": "…", "en": "…"}}, …]`, as the national
    /// extract of ESCO comes. Its neighbours are those next to it by the alphabet; its claims are free labels.
    ///
    /// # Errors
    /// If the JSON has another form, or no concept.
    pub fn from_labels(seed: u64, json: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Row {
            pref_label: Labels,
        }
        #[derive(Deserialize)]
        struct Labels {
            fi: String,
            sv: String,
            en: String,
        }
        let mut rows: Vec<Row> = serde_json::from_str(json)?;
        if rows.is_empty() {
            return Err(serde::de::Error::custom("no concept; give at least one"));
        }
        rows.sort_by(|a, b| a.pref_label.en.cmp(&b.pref_label.en));
        let all = rows.len();
        let near = |i: usize| (i.saturating_sub(4)..(i + 5).min(all)).filter(move |&n| n != i).collect();
        let terms = (rows.into_iter().enumerate())
            .map(|(i, Row { pref_label: l })| Term {
                uri: None,
                labels: [vec![l.fi], vec![l.sv], vec![l.en]],
                neighbours: near(i),
            })
            .collect();
        Ok(Self::of(seed, terms))
    }

    fn of(seed: u64, terms: Vec<Term>) -> Self {
        let mut sum = 0.0;
        let mut weigh = |rank: usize| {
            sum += libm::pow(rank as f64, -ZIPF);
            sum
        };
        let cumulative = (1..=terms.len()).map(&mut weigh).collect();
        // Which concept is common does not depend on the seed, so that pools of several seeds are alike.
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(0));
        let mut by_rank: Vec<usize> = (0..terms.len()).collect();
        for i in (1..by_rank.len()).rev() {
            by_rank.swap(i, dice.below(i + 1));
        }
        let templates = [
            Templates::read(include_str!("templates/fi.txt")),
            Templates::read(include_str!("templates/sv.txt")),
            Templates::read(include_str!("templates/en.txt")),
        ];
        Self { seed, terms, cumulative, by_rank, templates }
    }

    /// Profiles number `range`, one after another.
    pub fn profiles(&self, range: Range<u32>) -> impl ExactSizeIterator<Item = Profile> {
        range.map(|i| self.profile(i))
    }

    /// Challenges number `range`, one after another.
    pub fn challenges(&self, range: Range<u32>) -> impl ExactSizeIterator<Item = Challenge> {
        range.map(|i| self.challenge(i))
    }

    /// Profiles number `range`, on all threads of rayon's pool, in order.
    #[must_use]
    pub fn profiles_in_parallel(&self, range: Range<u32>) -> Vec<Profile> {
        range.into_par_iter().map(|i| self.profile(i)).collect()
    }

    /// Challenges number `range`, on all threads of rayon's pool, in order.
    #[must_use]
    pub fn challenges_in_parallel(&self, range: Range<u32>) -> Vec<Challenge> {
        range.into_par_iter().map(|i| self.challenge(i)).collect()
    }

    fn dice(&self, side: Side, number: u32) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(number) << 1 | u64::from(side == Side::Challenges));
        Dice(rng)
    }

    /// Profile number `number`.
    #[must_use]
    pub fn profile(&self, number: u32) -> Profile {
        let dice = &mut self.dice(Side::Profiles, number);
        let language = dice.by(&[0.7, 0.8, 1.0]);
        let place = place_of(dice);
        let has = self.trade(dice, 7.0);
        let text = self.profile_text(dice, language, place, &has);
        let mut p = Profile { id: format!("p{number:07}"), text, ..Profile::default() };
        p.language = dice.chance(0.8).then_some(Language::ALL[language]);
        for &t in &has {
            if dice.chance(0.45) {
                p.skills.push(self.claim(dice, t, language));
            }
        }
        if dice.chance(0.4) {
            for _ in 0..=dice.below(3) {
                let t = if dice.chance(0.6) { *dice.pick(&has) } else { self.any(dice) };
                let (concept, label) = self.named(dice, t, language);
                p.wishes.push(Wish { concept, label, avoid: dice.chance(0.2) });
            }
        }
        if dice.chance(0.75) {
            p.languages = spoken(dice, language);
        }
        if dice.chance(0.8) {
            p.place = Some(placed(dice, place, true));
        }
        if dice.chance(0.55) {
            p.availability = Some(period(dice, 26));
        }
        if dice.chance(0.6) {
            p.routes = ROUTES.into_iter().filter(|_| dice.chance(0.45)).collect();
        }
        p
    }

    /// Challenge number `number`.
    #[must_use]
    pub fn challenge(&self, number: u32) -> Challenge {
        let dice = &mut self.dice(Side::Challenges, number);
        let language = dice.by(&[0.7, 0.8, 1.0]);
        let place = place_of(dice);
        let needs = self.trade(dice, 5.0);
        let mut title = String::new();
        self.sentence(dice, Section::Title, language, place, &needs, &mut Vec::new(), &mut title);
        let text = self.challenge_text(dice, language, place, &needs);
        let mut c = Challenge { id: format!("c{number:07}"), title, text, ..Challenge::default() };
        c.language = dice.chance(0.8).then_some(Language::ALL[language]);
        for &t in &needs {
            if dice.chance(0.4) {
                let (concept, label) = self.named(dice, t, language);
                let importance = [Importance::Must, Importance::Should, Importance::Nice][dice.by(&[0.4, 0.8, 1.0])];
                let level = dice.chance(0.4).then(|| 1 + dice.below(4) as u8);
                c.requirements.push(Requirement { concept, label, importance, level, ..Requirement::default() });
            }
        }
        if dice.chance(0.5) {
            let level = LEVELS[1 + dice.below(4)];
            c.languages = vec![LanguageSkill { language: Language::ALL[language].code().into(), level }];
        }
        if dice.chance(0.85) {
            c.place = Some(placed(dice, place, false));
        }
        if dice.chance(0.7) {
            c.period = Some(period(dice, 12));
        }
        if dice.chance(0.6) {
            c.team_size = Some(1 + dice.below(5) as u32);
            c.capacity = dice.chance(0.5).then(|| 1 + dice.below(3) as u32);
        }
        c.route = dice.chance(0.85).then(|| *dice.pick(&ROUTES));
        if dice.chance(0.3) {
            c.teaches = needs.iter().take(2).filter_map(|&t| self.terms[t].uri.clone()).collect();
        }
        c
    }

    fn any(&self, dice: &mut Dice) -> usize {
        self.by_rank[dice.by(&self.cumulative)]
    }

    /// At least three concepts around one home, without repetition as far as the taxonomy is large enough.
    fn trade(&self, dice: &mut Dice, median: f64) -> Vec<usize> {
        let mut has = vec![self.any(dice)];
        let wanted = dice.log_normal(median, 0.5, 3..40);
        for _ in 0..4 * wanted {
            if has.len() == wanted {
                break;
            }
            let near = &self.terms[*dice.pick(&has)].neighbours;
            let next = if dice.chance(IN_TRADE) && !near.is_empty() { *dice.pick(near) } else { self.any(dice) };
            if !has.contains(&next) {
                has.push(next);
            }
        }
        while has.len() < 3 {
            has.push(has[0]);
        }
        has
    }

    fn profile_text(&self, dice: &mut Dice, language: usize, place: usize, has: &[usize]) -> String {
        let (mut text, mut used) = (String::new(), Vec::new());
        let mixed = dice.chance(0.08).then(|| dice.below(3));
        for n in 0..dice.log_normal(6.0, 0.55, 2..60) {
            let speaks = mixed.filter(|_| dice.chance(0.3)).unwrap_or(language);
            // Whoever writes two sentences says at least once what they can do.
            let section = if n == 1 || dice.chance(0.5) { Section::Skill } else { Section::Life };
            self.sentence(dice, section, speaks, place, has, &mut used, &mut text);
        }
        let asides = [(Section::Not, 0.15), (Section::Wish, 0.2), (Section::List, 0.25)];
        for (section, p) in asides {
            if dice.chance(p) {
                let others = [self.any(dice), self.any(dice), self.any(dice)];
                let about = if matches!(section, Section::List) { has } else { &others };
                self.sentence(dice, section, language, place, about, &mut used, &mut text);
            }
        }
        text
    }

    fn challenge_text(&self, dice: &mut Dice, language: usize, place: usize, needs: &[usize]) -> String {
        let (mut text, mut used) = (String::new(), Vec::new());
        for n in 0..dice.log_normal(6.0, 0.45, 2..40) {
            let section = if n == 1 || dice.chance(0.4) { Section::Need } else { Section::Problem };
            self.sentence(dice, section, language, place, needs, &mut used, &mut text);
        }
        text
    }

    /// Adds a sentence to `out` that the document does not have yet, if a few throws find one.
    #[expect(clippy::too_many_arguments, reason = "all that a sentence is made of, and nothing of it belongs together")]
    fn sentence(
        &self,
        dice: &mut Dice,
        section: Section,
        language: usize,
        place: usize,
        about: &[usize],
        used: &mut Vec<&'static str>,
        out: &mut String,
    ) {
        let all = &self.templates[language].sections[section as usize];
        let mut template = *dice.pick(all);
        for _ in 0..4 {
            if !used.contains(&template) {
                break;
            }
            template = *dice.pick(all);
        }
        used.push(template);
        // Three in a row from somewhere in the list are three different ones.
        let first = dice.below(about.len());
        let alternatives = matches!(section, Section::List);
        if !out.is_empty() {
            out.push(' ');
        }
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (slot, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            match slot {
                "in" => out.push_str(PLACES[place].4[language]),
                "y" => out.push_str(&(2 + dice.below(23)).to_string()),
                "n" => out.push_str(&(3 + dice.below(88)).to_string()),
                _ => {
                    let nth = usize::from(slot.as_bytes()[0].saturating_sub(b'1'));
                    let labels = &self.terms[about[(first + nth) % about.len()]].labels[language];
                    let label = if alternatives { dice.pick(labels) } else { &labels[0] };
                    let mut chars = label.chars();
                    match chars.next().filter(|_| slot.ends_with('^')) {
                        Some(c) => out.extend(c.to_uppercase().chain(chars)),
                        None => out.push_str(label),
                    }
                }
            }
        }
        out.push_str(rest);
    }

    /// A concept by its URI in four of five cases, else by one of its labels.
    fn named(&self, dice: &mut Dice, t: usize, language: usize) -> (Option<String>, Option<String>) {
        let term = &self.terms[t];
        match &term.uri {
            Some(uri) if dice.chance(0.8) => (Some(uri.clone()), None),
            _ => (None, Some(dice.pick(&term.labels[language]).clone())),
        }
    }

    fn claim(&self, dice: &mut Dice, t: usize, language: usize) -> SkillClaim {
        let (concept, label) = self.named(dice, t, language);
        let statuses = [Status::Stated, Status::Confirmed, Status::Recognised, Status::Rejected];
        let status = statuses[dice.by(&[0.5, 0.75, 0.95, 1.0])];
        let level = dice.chance(0.6).then(|| 1 + dice.below(5) as u8);
        let sure = status == Status::Recognised;
        let confidence = sure.then(|| 0.5 + f64::from(u32::try_from(dice.below(50)).unwrap_or(0)) / 100.0);
        SkillClaim { concept, label, level, status, confidence, evidence: None }
    }
}

/// Half of everybody lives in the first place, the others by Zipf's law.
fn place_of(dice: &mut Dice) -> usize {
    if dice.chance(0.5) { 0 } else { (PLACES.len() - 1) * dice.below(100) * dice.below(100) / 9_900 }
}

fn placed(dice: &mut Dice, place: usize, person: bool) -> Place {
    let (fi, sv, latitude, longitude, _) = PLACES[place];
    let at = dice.chance(0.7);
    Place {
        name: Some(if dice.chance(0.85) { fi } else { sv }.into()),
        latitude: at.then_some(latitude),
        longitude: at.then_some(longitude),
        radius_km: (person && dice.chance(0.5)).then(|| *dice.pick(&[10.0, 20.0, 30.0, 50.0, 80.0])),
        remote: dice.chance(0.35).then(|| dice.chance(0.4)),
    }
}

/// The language of the text well, the others by what is common around Turku.
fn spoken(dice: &mut Dice, language: usize) -> Vec<LanguageSkill> {
    let mut all =
        vec![LanguageSkill { language: Language::ALL[language].code().into(), level: LEVELS[3 + dice.below(3)] }];
    for (code, p) in [("fi", 0.8), ("sv", 0.35), ("en", 0.65), ("ru", 0.08), ("et", 0.05), ("ar", 0.05), ("so", 0.03)] {
        if code != all[0].language && dice.chance(p) {
            all.push(LanguageSkill { language: code.into(), level: *dice.pick(&LEVELS) });
        }
    }
    all
}

/// From some Monday of 2027, for up to `weeks` weeks and four; each part may be missing.
fn period(dice: &mut Dice, weeks: usize) -> Availability {
    let from = date(2027, 1, 4).saturating_add((dice.below(40) as i64).weeks());
    let until = from.saturating_add(((4 + dice.below(weeks)) as i64).weeks()).saturating_sub(3.days());
    let hours = dice.chance(0.6).then(|| *dice.pick(&[10.0, 15.0, 20.0, 25.0, 30.0, 37.5]));
    Availability {
        from: dice.chance(0.9).then_some(from),
        until: dice.chance(0.7).then_some(until),
        hours_per_week: hours,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use osuma::Document;
    use std::collections::BTreeMap;

    fn generator(seed: u64) -> Generator {
        Generator::new(seed, &Taxonomy::starter())
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_in_any_order() {
        let (a, b) = (generator(1), generator(1));
        let line = |d: &Profile| serde_json::to_string(d).unwrap();
        let forward: Vec<String> = a.profiles(0..500).map(|p| line(&p)).collect();
        let parallel: Vec<String> = b.profiles_in_parallel(0..500).iter().map(line).collect();
        assert_eq!(forward, parallel);
        assert_eq!(line(&b.profile(321)), forward[321]);
        assert_eq!(a.challenges(7..9).collect::<Vec<_>>(), b.challenges_in_parallel(7..9));
        assert_ne!(line(&generator(2).profile(3)), forward[3]);
    }

    #[test]
    fn every_document_is_valid_to_the_core() {
        let g = generator(3);
        for (p, c) in g.profiles(0..3_000).zip(g.challenges(0..3_000)) {
            assert_eq!(p.validate(), Ok(()), "{}", p.text);
            assert_eq!(c.validate(), Ok(()), "{}", c.text);
            let again: Profile = osuma::from_json(&serde_json::to_string(&p).unwrap()).unwrap();
            assert_eq!(again, p);
            for text in [&p.text, &c.text, &c.title] {
                assert!(!text.is_empty() && !text.contains(['{', '}', '[']), "{text}");
            }
        }
        osuma::Snapshot::compile(
            &Taxonomy::starter(),
            g.profiles(0..50).collect(),
            g.challenges(0..50).collect(),
            osuma::Settings::default(),
        )
        .unwrap();
    }

    #[test]
    fn it_is_skewed_as_life_is() {
        let g = generator(4);
        let people: Vec<Profile> = g.profiles(0..6_000).collect();
        let share = |n: usize| n as f64 / people.len() as f64;
        let speaks = |l| people.iter().filter(|p| p.language == Some(l)).count();
        for (language, wanted) in [(Language::Fi, 0.56), (Language::Sv, 0.08), (Language::En, 0.16)] {
            assert!((share(speaks(language)) - wanted).abs() < 0.02, "{language:?}");
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for uri in people.iter().flat_map(|p| &p.skills).filter_map(|s| s.concept.as_deref()) {
            *counts.entry(uri).or_insert(0) += 1;
        }
        let mut common: Vec<usize> = counts.into_values().collect();
        common.sort_unstable_by(|a, b| b.cmp(a));
        let all: usize = common.iter().sum();
        let top: usize = common.iter().take(common.len() / 20).sum();
        assert!((0.2..0.8).contains(&(top as f64 / all as f64)), "the commonest twentieth has {top} of {all} claims");
        assert!(common.len() > Taxonomy::starter().concepts().len() * 9 / 10, "{} concepts", common.len());
        let mut lengths: Vec<usize> = people.iter().map(|p| p.text.len()).collect();
        lengths.sort_unstable();
        let (median, long) = (lengths[3_000], lengths[5_940]);
        assert!(long > 2 * median && long < 10 * median, "median {median}, 99th of a hundred {long}");
        let missing: [usize; 4] = [
            people.iter().filter(|p| p.place.is_none()).count(),
            people.iter().filter(|p| p.languages.is_empty()).count(),
            people.iter().filter(|p| p.availability.is_none()).count(),
            people.iter().filter(|p| p.routes.is_empty()).count(),
        ];
        assert!(missing.iter().all(|&n| (0.15..0.5).contains(&share(n))), "{missing:?}");
    }

    #[test]
    fn neighbours_come_together_more_often_than_by_chance() {
        let g = generator(5);
        let linked = |trade: &[usize]| {
            let pairs = trade.iter().enumerate().flat_map(|(i, a)| trade[..i].iter().map(move |b| (*a, *b)));
            let (near, all) =
                pairs.fold((0, 0), |(n, all), (a, b)| (n + usize::from(g.terms[a].neighbours.contains(&b)), all + 1));
            f64::from(u32::try_from(near).unwrap()) / f64::from(all)
        };
        let mut dice = g.dice(Side::Profiles, 0);
        let together: f64 = (0..500).map(|_| linked(&g.trade(&mut dice, 7.0))).sum::<f64>() / 500.0;
        let chance: f64 =
            (0..500).map(|_| linked(&(0..7).map(|_| g.any(&mut dice)).collect::<Vec<_>>())).sum::<f64>() / 500.0;
        assert!(together > 5.0 * chance, "{together} against {chance}");
    }

    #[test]
    fn labels_alone_are_enough() {
        let json = r#"[{"prefLabel": {"fi": "hitsata", "sv": "svetsa", "en": "weld"}}]"#;
        let g = Generator::from_labels(1, json).unwrap();
        assert!(g.profiles(0..20).any(|p| p.text.contains("hitsata")));
        assert!(Generator::from_labels(1, "[]").is_err());
    }
}
