//! An explanation as a text for the person, the organisation or an auditor, in Finnish, Swedish or English.
//!
//! Promises: what a rendering says stands in the [`Explanation`] or in the two documents; every number, quotation and
//! competence in it is marked with where it comes from; what is not known is said to be not known, never to be zero.
//! The person and the organisation get no score: counts of what shows in the profile, and reasons. The auditor gets
//! every number and the versions that give them again.
//!
//! The words are Fluent templates (`en.ftl`, `fi.ftl`, `sv.ftl`), and this module chooses among them. Whatever people
//! wrote goes in as values, which Fluent does not read as templates; its control characters and marks of direction are
//! taken out, and where it runs from right to left it is isolated, so that it cannot turn the words around it.

use crate::content::challenge_text;
use crate::error::Result;
use crate::explain::{Explanation, RequirementMet, Silent, Span};
use crate::matcher::Matcher;
use crate::model::{Availability, Challenge, Language, Profile, Route, SCHEMA, Side, Status};
use crate::signal::{Gate, MUST_MET, Signal, Unknown};
use crate::text::to_utf16;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;
use serde::Serialize;
use std::fmt::Write;
use std::sync::LazyLock;

/// A competence or quotation is cut after so many characters.
const LONGEST: usize = 300;
/// Shared words that a person or an organisation sees.
const WORDS: usize = 3;

/// For whom an explanation is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// The person: strengths first, then what would open the challenge; no number without its meaning.
    Person,
    /// The organisation: what the person brings, what others need to add.
    Organisation,
    /// A caseworker or auditor: every number, and how to get it again.
    Auditor,
}

impl Reader {
    /// All readers.
    pub const ALL: [Self; 3] = [Self::Person, Self::Organisation, Self::Auditor];
}

/// What a part of a rendering is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum PartKind {
    /// The title of the whole.
    Title,
    /// A heading of the parts after it.
    Heading,
    /// The answer in a sentence or two.
    Summary,
    /// What speaks for the match.
    Strength,
    /// What would help, or what others need to add.
    Missing,
    /// A circumstance that does not fit.
    Obstacle,
    /// What is not known.
    Unknown,
    /// A figure or fact for the auditor.
    Figure,
    /// What the reader can do, or how to reproduce.
    Note,
}

/// Where a marked piece of a text comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// A competence.
    Competence {
        /// URI of the concept, or a free label as it was written.
        competence: String,
    },
    /// Words of a document.
    Quote {
        /// Of which side.
        side: Side,
        /// Bytes of the profile's text, or of the challenge's title, a line feed and its text.
        span: Span,
    },
    /// A number, before it was rounded to what is shown.
    Number {
        /// The number.
        value: f64,
    },
    /// A name: a title, id, language, level, route, day or digest.
    Name,
}

/// A piece of a part's text, with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Mark {
    /// First byte in the part's text.
    pub start: usize,
    /// Byte after the last one.
    pub end: usize,
    /// Where it comes from.
    pub source: Source,
}

/// A sentence or line of a rendering.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Part {
    /// What it is about.
    pub kind: PartKind,
    /// Plain text without line feeds; not escaped for any markup.
    pub text: String,
    /// Its competences, quotations, numbers and names, in their order.
    pub marks: Vec<Mark>,
}

/// An explanation as a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rendering {
    /// For whom.
    pub reader: Reader,
    /// In which language; quotations stay in their own.
    pub language: Language,
    /// All parts as plain text: headings and paragraphs on lines, items behind a dash.
    pub text: String,
    /// The same in pieces, for a page to lay out.
    pub parts: Vec<Part>,
}

/// What an explanation is about: the documents that were compared and the matcher that did.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The profile that was explained.
    pub profile: &'a Profile,
    /// The challenge that was explained.
    pub challenge: &'a Challenge,
    /// The matcher that explained.
    pub matcher: &'a Matcher,
}

impl Matcher {
    /// [`explain`](Self::explain) as a text.
    ///
    /// ```
    /// use osuma::{Language, MatchConfig, Matcher, Reader, Settings, Snapshot, Taxonomy, from_json};
    /// let profile = from_json(r#"{"id": "p", "text": "I repair bicycles."}"#)?;
    /// let challenge = from_json(r#"{"id": "c", "title": "Bikes", "text": "Forty bikes need bicycle repair."}"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![profile], vec![challenge], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let told = matcher.render("p", "c", Reader::Person, Language::En)?;
    /// assert!(told.text.contains("What you bring"));
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn render(&self, profile: &str, challenge: &str, reader: Reader, language: Language) -> Result<Rendering> {
        let profile = &self.snapshot().profile(profile)?;
        let challenge = &self.snapshot().challenge(challenge)?;
        let context = Context { profile, challenge, matcher: self };
        Ok(self.explain(&profile.id, &challenge.id)?.render(reader, language, &context))
    }

    /// [`explain_new`](Self::explain_new) as a text.
    ///
    /// # Errors
    /// As [`explain_new`](Self::explain_new).
    pub fn render_new(
        &self,
        profile: &Profile,
        challenge: &str,
        reader: Reader,
        language: Language,
    ) -> Result<Rendering> {
        let challenge = &self.snapshot().challenge(challenge)?;
        let context = Context { profile, challenge, matcher: self };
        Ok(self.explain_new(profile, &challenge.id)?.render(reader, language, &context))
    }
}

impl Rendering {
    /// Turns marks and quotations into UTF-16 units, as JavaScript counts: marks in their part's text, quotations in the
    /// two documents' texts. Cost: linear in the texts.
    pub fn to_utf16(&mut self, profile: &Profile, challenge: &Challenge) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for part in &mut self.parts {
            to_utf16(&part.text, part.marks.iter_mut().flat_map(|m| [&mut m.start, &mut m.end]));
            for mark in &mut part.marks {
                match &mut mark.source {
                    Source::Quote { side: Side::Profiles, span } => ours.extend([&mut span.0, &mut span.1]),
                    Source::Quote { side: Side::Challenges, span } => theirs.extend([&mut span.0, &mut span.1]),
                    Source::Competence { .. } | Source::Number { .. } | Source::Name => {}
                }
            }
        }
        to_utf16(&profile.text, ours);
        to_utf16(&challenge_text(challenge), theirs);
    }
}

impl Explanation {
    /// The explanation as a text. `context` must be what it explains; with other documents the quotations are wrong.
    ///
    /// Cost: some ten microseconds a line; for the auditor also [`Snapshot::digest`](crate::Snapshot::digest).
    #[must_use]
    pub fn render(&self, reader: Reader, language: Language, context: &Context) -> Rendering {
        let telling = Telling {
            why: self,
            on: context,
            challenge: challenge_text(context.challenge),
            language,
            bundle: &BUNDLES[language as usize],
            parts: Vec::new(),
        };
        let parts = match reader {
            Reader::Auditor => telling.account(),
            Reader::Person => telling.story("p"),
            Reader::Organisation => telling.story("o"),
        };
        let mut text = String::new();
        for part in &parts {
            let before = match part.kind {
                PartKind::Title => "",
                PartKind::Heading => "\n",
                PartKind::Summary => "",
                PartKind::Note => "\n",
                _ => "- ",
            };
            let _ = writeln!(text, "{before}{}", part.text);
        }
        Rendering { reader, language, text, parts }
    }
}

/// A value's place in a formatted text: it begins with a character of its own and ends with this one.
const FIRST: u32 = 0xE000;
const COUNT: char = '\u{E0FE}';
const END: char = '\u{E0FF}';

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| {
    let bundle = |language: Language, source: &str| {
        let mut bundle = Bundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
        // A test reads all three without a fault.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(n) => Some(format!("{COUNT}{}{END}", n.value)),
            _ => None,
        }));
        bundle
    };
    // In the order of `Language::ALL`.
    [
        bundle(Language::Fi, include_str!("fi.ftl")),
        bundle(Language::Sv, include_str!("sv.ftl")),
        bundle(Language::En, include_str!("en.ftl")),
    ]
});

/// The values of one message.
#[derive(Default)]
struct Values {
    args: FluentArgs<'static>,
    sources: Vec<Source>,
}

impl Values {
    /// A word that the template chooses by.
    fn choice(mut self, name: &'static str, choice: &'static str) -> Self {
        self.args.set(name, choice);
        self
    }

    /// A whole number, which the template may choose by.
    fn count(mut self, name: &'static str, count: usize) -> Self {
        self.args.set(name, count);
        self
    }

    fn marked(mut self, name: &'static str, text: &str, source: Source) -> Self {
        let begin = char::from_u32(FIRST + self.sources.len() as u32).unwrap_or(COUNT);
        let text = clean(text);
        let value = if text.chars().any(right_to_left) {
            format!("\u{2068}{begin}{text}{END}\u{2069}")
        } else {
            format!("{begin}{text}{END}")
        };
        self.args.set(name, value);
        self.sources.push(source);
        self
    }

    fn name(self, name: &'static str, text: &str) -> Self {
        self.marked(name, text, Source::Name)
    }

    fn number(self, name: &'static str, value: f64, shown: &str) -> Self {
        self.marked(name, shown, Source::Number { value })
    }
}

/// What people wrote, fit to stand in a line: no control characters, marks of direction or marks of our own.
fn clean(text: &str) -> String {
    let hidden = |c: &char| {
        matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{61C}' | '\u{FEFF}')
            || matches!(c, '\u{E000}'..='\u{E0FF}')
    };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !hidden(c)).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// A line begins with a capital, but for what has capitals of its own (*iOS*).
fn capitalise(text: &mut String) {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let Some(first) = first.filter(|_| second.is_none_or(|c| !c.is_uppercase())) else { return };
    let upper: String = first.to_uppercase().collect();
    // The marks keep their places.
    if upper.len() == first.len_utf8() {
        text.replace_range(..upper.len(), &upper);
    }
}

/// Takes the marks out of a formatted text.
fn unmark(text: &str, sources: &[Source]) -> (String, Vec<Mark>) {
    let (mut plain, mut marks, mut open) = (String::with_capacity(text.len()), Vec::new(), None);
    for c in text.chars() {
        if c == END {
            if let Some((start, place)) = open.take() {
                let shown: &str = &plain[start..];
                let counted = || Source::Number { value: shown.parse().unwrap_or_default() };
                let source = sources.get(place as usize).cloned().unwrap_or_else(counted);
                marks.push(Mark { start, end: plain.len(), source });
            }
        } else if (FIRST..FIRST + 0xFF).contains(&(c as u32)) {
            open = Some((plain.len(), c as u32 - FIRST));
        } else {
            plain.push(c);
        }
    }
    (plain, marks)
}

/// One rendering while it is told.
struct Telling<'a> {
    why: &'a Explanation,
    on: &'a Context<'a>,
    challenge: String,
    language: Language,
    bundle: &'a Bundle,
    parts: Vec<Part>,
}

impl Telling<'_> {
    fn format(&self, id: &str, values: &Values) -> (String, Vec<Mark>) {
        let pattern = self.bundle.get_message(id).and_then(|m| m.value());
        let text = pattern.map(|p| self.bundle.format_pattern(p, Some(&values.args), &mut Vec::new()));
        unmark(&text.unwrap_or_default(), &values.sources)
    }

    fn say(&mut self, kind: PartKind, id: &str, values: Values) {
        let (mut text, marks) = self.format(id, &values);
        let first = marks.first().filter(|m| m.start == 0);
        if id.ends_with("language") || first.is_some_and(|m| matches!(m.source, Source::Competence { .. })) {
            capitalise(&mut text);
        }
        self.parts.push(Part { kind, text, marks });
    }

    /// A message that is a word or two, for another one.
    fn word(&self, id: &str, values: Values) -> String {
        self.format(id, &values).0
    }

    /// A heading over what `tell` says; none over nothing.
    fn under(&mut self, heading: &str, tell: impl FnOnce(&mut Self)) {
        let before = self.parts.len();
        self.say(PartKind::Heading, heading, Values::default());
        tell(self);
        self.parts.truncate(if self.parts.len() == before + 1 { before } else { self.parts.len() });
    }

    /// A number with at most so many decimals, without zeros at its end.
    fn decimals(&self, value: f64, decimals: usize) -> String {
        let shown = format!("{value:.decimals$}");
        let shown = if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.') } else { &shown };
        self.comma(shown)
    }

    fn comma(&self, number: &str) -> String {
        if self.language == Language::En { number.to_owned() } else { number.replace('.', ",") }
    }

    fn six(&self, values: Values, name: &'static str, value: f64) -> Values {
        let shown = self.decimals(value, 6);
        values.number(name, value, &shown)
    }

    fn one(&self, values: Values, name: &'static str, value: f64) -> Values {
        let shown = self.decimals(value, 1);
        values.number(name, value, &shown)
    }

    fn competence(&self, values: Values, name: &'static str, competence: &str) -> Values {
        let taxonomy = self.on.matcher.snapshot().taxonomy();
        let label = taxonomy.concept(competence).map_or(competence, |c| c.label(self.language));
        values.marked(name, label, Source::Competence { competence: competence.to_owned() })
    }

    /// A quotation, or `none` to choose by.
    fn quote(&self, values: Values, name: &'static str, side: Side, span: Option<Span>) -> Values {
        let text = match side {
            Side::Profiles => &self.on.profile.text,
            Side::Challenges => &self.challenge,
        };
        match span.and_then(|s| Some((s, text.get(s.0..s.1)?))) {
            Some((span, quoted)) => values.marked(name, quoted, Source::Quote { side, span }),
            None => values.choice(name, "none"),
        }
    }

    fn route(&self, route: Route) -> String {
        let name = match route {
            Route::Workshop => "workshop",
            Route::CooperativeActivity => "cooperative_activity",
            Route::WorkTrial => "work_trial",
            Route::PaySubsidy => "pay_subsidy",
            Route::Commission => "commission",
            Route::Employment => "employment",
        };
        self.word("route", Values::default().choice("route", name))
    }

    fn day(&self, day: Date) -> String {
        match self.language {
            Language::En => day.to_string(),
            Language::Fi | Language::Sv => format!("{}.{}.{}", day.day(), day.month(), day.year()),
        }
    }

    fn days(&self, time: Option<&Availability>) -> String {
        let (from, until) = time.map_or((None, None), |t| (t.from, t.until));
        let values =
            |name, day: Option<Date>| Values::default().name(name, &day.map_or(String::new(), |d| self.day(d)));
        match (from, until) {
            (Some(f), Some(u)) => self.word("from-until", values("from", Some(f)).name("until", &self.day(u))),
            (Some(_), None) => self.word("from-on", values("from", from)),
            _ => self.word("until-on", values("until", until)),
        }
    }

    fn language_named(&self, values: Values, code: &str) -> Values {
        let mut named = Values::default();
        named.args.set("code", code.to_owned());
        values.name("language", &self.word("language", named))
    }

    /// The person's and the organisation's text; `to` begins the names of its messages.
    fn story(mut self, to: &str) -> Vec<Part> {
        let id = |name: &str| format!("{to}-{name}");
        let why = self.why;
        let titled = Values::default().name("title", &self.on.challenge.title).name("profile", &why.profile);
        self.say(PartKind::Title, &id("title"), titled);
        let needs = needs(why);
        let clear = needs.iter().filter(|n| n.degree >= MUST_MET).count();
        let partly = needs.iter().filter(|n| n.degree > 0.0 && n.degree < MUST_MET).count();
        let missing = needs.len() - clear - partly;
        if let Some(unknown) = why.unknown {
            self.say(PartKind::Summary, &id("unknown"), Values::default().choice("why", unknown_name(unknown)));
        } else if needs.is_empty() {
            self.say(PartKind::Summary, &id("no-list"), Values::default());
        } else {
            let counts = Values::default().count("all", needs.len()).count("clear", clear);
            self.say(PartKind::Summary, &id("needs"), counts.count("partly", partly).count("missing", missing));
        }
        self.under(&id("brings"), |t| t.strengths(&id, &needs));
        let opens = if to == "p" { "opens" } else { "adds" };
        self.under(&id(opens), |t| {
            t.gaps(&id, &needs, to == "p");
            if to == "p" {
                t.obstacles(&id);
            }
        });
        if to == "o" {
            self.under(&id("agree"), |t| t.obstacles(&id));
        }
        self.under(&id("unclear"), |t| {
            for c in &why.contributions {
                // Nobody who reads this can do anything about vectors.
                let told = c.silent.filter(|&s| s != Silent::Vectors && c.signal != Signal::Semantic);
                // What neither asks nor tells matters to nobody, and the summary has said that there is no list.
                let said = c.signal == Signal::Skills && needs.is_empty() && why.unknown.is_none();
                if let Some(silent) = told.filter(|&s| s != Silent::Both && !said) {
                    let values = Values::default().choice("signal", c.signal.name());
                    t.say(PartKind::Unknown, &id("silent"), values.choice("silent", silent_name(silent)));
                }
            }
        });
        self.say(PartKind::Note, &id("note"), Values::default());
        self.parts
    }

    fn strengths(&mut self, id: &impl Fn(&str) -> String, needs: &[&RequirementMet]) {
        for &(name, clear) in &[("met", true), ("part", false)] {
            for need in needs.iter().filter(|n| n.degree > 0.0 && (n.degree >= MUST_MET) == clear) {
                if let (Some(meets), Some(by)) = (&need.meets, &need.by) {
                    let values = self.competence(Values::default(), "need", &need.requirement);
                    let values = self.competence(values, "claim", by);
                    let values = self.quote(values, "quote", Side::Profiles, meets.span);
                    let values = values.choice("how", how_name(meets.how)).choice("status", status_name(meets.status));
                    self.say(PartKind::Strength, &id(name), values);
                }
            }
        }
        for words in self.why.words.iter().take(WORDS) {
            let said = |side, span: Span| {
                let text = if side == Side::Profiles { &self.on.profile.text } else { &self.challenge };
                text.get(span.0..span.1).map(|w| clean(w).to_lowercase())
            };
            let same = said(Side::Profiles, words.profile) == said(Side::Challenges, words.challenge);
            let values = self.quote(Values::default(), "theirs", Side::Challenges, Some(words.challenge));
            let values = if same {
                values.choice("ours", "same")
            } else {
                self.quote(values, "ours", Side::Profiles, Some(words.profile))
            };
            self.say(PartKind::Strength, &id("words"), values);
        }
        // The nearest pair alone: the others are for the auditor.
        if let Some(near) = self.why.sentences.first() {
            let values = self.quote(Values::default(), "ours", Side::Profiles, Some(near.profile));
            let values = self.quote(values, "theirs", Side::Challenges, Some(near.challenge));
            self.say(PartKind::Strength, &id("near"), values);
        }
        for c in self.why.contributions.iter().filter(|c| c.value == Some(1.0)) {
            let fits = match c.signal {
                Signal::Language => "fits-language",
                Signal::Place if self.why.circumstances.remote => "fits-remote",
                Signal::Place => "fits-place",
                Signal::Time => "fits-time",
                Signal::Wishes => "fits-wishes",
                Signal::Skills | Signal::Text | Signal::Semantic => continue,
            };
            self.say(PartKind::Strength, &id(fits), Values::default());
        }
    }

    fn gaps(&mut self, id: &impl Fn(&str) -> String, needs: &[&RequirementMet], person: bool) {
        for need in needs.iter().filter(|n| n.degree < MUST_MET) {
            let taught = self.on.challenge.teaches.contains(&need.requirement);
            let values = self.competence(Values::default(), "need", &need.requirement);
            let asks = match (need.must, need.status) {
                (true, _) => "must",
                (false, Status::Recognised) => "found",
                (false, _) => "asked",
            };
            let values = values.choice("why", asks).choice("taught", if taught { "yes" } else { "no" });
            if need.degree == 0.0 {
                self.say(PartKind::Missing, &id("missing"), values);
            } else if !person {
                self.say(PartKind::Missing, &id("more"), values);
            }
        }
        for need in needs {
            let (Some(meets), Some(by)) = (&need.meets, &need.by) else { continue };
            if person && meets.status == Status::Recognised && meets.strength < 1.0 {
                let values = self.competence(Values::default(), "claim", by);
                // One claim may meet several requirements.
                let (mut text, marks) = self.format("p-confirm", &values);
                capitalise(&mut text);
                if !self.parts.iter().any(|p| p.text == text) {
                    self.parts.push(Part { kind: PartKind::Missing, text, marks });
                }
            }
            if let (Some(has), Some(asked)) = (meets.level, need.level)
                && has < asked
            {
                let values = self.competence(Values::default(), "need", &need.requirement);
                let values = values.count("asked", asked.into()).count("has", has.into());
                self.say(PartKind::Missing, &id("level"), values);
            }
        }
    }

    /// Circumstances that are known not to fit, whether or not their signal counts.
    fn obstacles(&mut self, id: &impl Fn(&str) -> String) {
        let facts = &self.why.circumstances;
        for l in facts.languages.iter().filter(|l| l.has.is_none_or(|has| has < l.asked)) {
            let values = self.language_named(Values::default(), &l.language).name("asked", &format!("{:?}", l.asked));
            let values = match l.has {
                Some(has) => values.name("has", &format!("{has:?}")),
                None => values.choice("has", "none"),
            };
            self.say(PartKind::Obstacle, &id("language"), values);
        }
        if let (Some(km), Some(radius), true) =
            (facts.distance_km, facts.radius_km, self.why.gates.contains(&Gate::Place))
        {
            let values = self.one(Values::default(), "km", km);
            let values = self.one(values, "radius", radius);
            self.say(PartKind::Obstacle, &id("place"), values);
        }
        if self.why.gates.contains(&Gate::Period) {
            let period = self.days(self.on.challenge.period.as_ref());
            let free = self.days(self.on.profile.availability.as_ref());
            self.say(PartKind::Obstacle, &id("period"), Values::default().name("period", &period).name("free", &free));
        } else if let Some((common, days)) = facts.days.filter(|d| d.0 < d.1) {
            let values = Values::default().count("common", common as usize).count("days", days as usize);
            self.say(PartKind::Obstacle, &id("days"), values);
        }
        if let Some((has, asked)) = facts.hours.filter(|h| h.0 < h.1) {
            let values = self.one(Values::default(), "has", has);
            let values = self.one(values, "asked", asked);
            self.say(PartKind::Obstacle, &id("hours"), values);
        }
        if let (Some(route), true) = (facts.route, self.why.gates.contains(&Gate::Route)) {
            let route = self.route(route);
            self.say(PartKind::Obstacle, &id("route"), Values::default().name("route", &route));
        }
        let wishes = self.why.contributions.iter().find(|c| c.signal == Signal::Wishes).and_then(|c| c.value);
        if wishes.is_some_and(|v| v < 1.0) {
            self.say(PartKind::Obstacle, &id("wishes"), Values::default());
        }
    }

    /// The auditor's text.
    fn account(mut self) -> Vec<Part> {
        use PartKind::{Figure, Note, Summary, Title};
        let why = self.why;
        let ids = |v: Values| v.name("profile", &why.profile).name("challenge", &why.challenge);
        self.say(Title, "a-title", ids(Values::default()));
        match (why.score, why.unknown) {
            (Some(score), _) => {
                let exact = self.comma(&score.to_string());
                let values = self.six(Values::default(), "score", score).number("exact", score, &exact);
                self.say(Summary, "a-score", values);
            }
            (None, unknown) => {
                let name = unknown.map_or("no_evidence", unknown_name);
                self.say(Summary, "a-unknown", Values::default().choice("why", name));
            }
        }
        let known = self.six(Values::default(), "known", why.known);
        self.say(Summary, "a-known", known);
        // In the order in which the score was summed.
        let total = why.contributions.iter().filter(|c| c.value.is_some()).fold(0.0, |sum, c| sum + c.weight);
        let formula = self.six(Values::default(), "total", total);
        self.say(Summary, "a-formula", formula);
        self.under("a-signals", |t| {
            for c in &why.contributions {
                let values = t.six(Values::default(), "weight", c.weight).choice("signal", c.signal.name());
                if let Some(value) = c.value {
                    let values = t.six(values, "value", value);
                    let values = t.six(values, "contribution", c.contribution);
                    t.say(Figure, "a-signal", values);
                } else {
                    let silent = c.silent.map_or("both", silent_name);
                    t.say(PartKind::Unknown, "a-silent", values.choice("silent", silent));
                }
            }
            let sum = why.contributions.iter().fold(0.0, |sum, c| sum + c.contribution);
            let sum = t.six(Values::default(), "sum", sum);
            t.say(Figure, "a-sum", sum);
        });
        self.under("a-needs", Self::account_of_needs);
        self.under("a-words", |t| {
            for w in &why.words {
                let values = t.quote(Values::default(), "ours", Side::Profiles, Some(w.profile));
                let values = t.quote(values, "theirs", Side::Challenges, Some(w.challenge));
                let values = t.six(values, "share", w.share);
                t.say(Figure, "a-word", values);
            }
        });
        self.under("a-nears", |t| {
            for near in &why.sentences {
                let values = t.quote(Values::default(), "ours", Side::Profiles, Some(near.profile));
                let values = t.quote(values, "theirs", Side::Challenges, Some(near.challenge));
                let values = t.six(values, "degree", near.degree);
                t.say(Figure, "a-near", values);
            }
        });
        self.under("a-facts", Self::account_of_facts);
        self.under("a-gates", |t| {
            for gate in &why.gates {
                let shuts = if t.on.matcher.config().gates.contains(gate) { "yes" } else { "no" };
                t.say(
                    PartKind::Obstacle,
                    "a-gate",
                    Values::default().choice("gate", gate.name()).choice("shuts", shuts),
                );
            }
            if why.gates.is_empty() {
                t.say(Figure, "a-no-gate", Values::default());
            }
        });
        self.under("a-versions", |t| {
            let snapshot = t.on.matcher.snapshot();
            let version = Values::default().name("version", env!("CARGO_PKG_VERSION")).count("schema", SCHEMA as usize);
            t.say(Figure, "a-version", version);
            t.say(Figure, "a-taxonomy", Values::default().name("digest", &snapshot.taxonomy().digest()));
            t.say(Figure, "a-snapshot", Values::default().name("digest", &snapshot.digest()));
            let settings = snapshot.settings();
            let values = t.six(Values::default(), "k1", settings.k1);
            let values = t.six(values, "b", settings.b);
            let values = match settings.subwords {
                Some((shortest, longest)) => values.name("subwords", &format!("{shortest}–{longest}")),
                None => values.choice("subwords", "none"),
            };
            t.say(Figure, "a-settings", values);
            let stored = snapshot.profile(&why.profile).is_ok_and(|p| p == *t.on.profile);
            let again = ids(Values::default()).choice("stored", if stored { "yes" } else { "no" });
            t.say(Note, "a-again", again);
        });
        self.parts
    }

    fn account_of_needs(&mut self) {
        let why = self.why;
        if why.requirements.is_empty() {
            self.say(PartKind::Figure, "a-no-needs", Values::default());
        }
        for need in &why.requirements {
            let values = self.competence(Values::default(), "need", &need.requirement);
            let values = self.six(values, "degree", need.degree);
            let values = self.six(values, "weight", need.weight);
            let values = values.choice("must", if need.must { "yes" } else { "no" });
            let values =
                values.choice("status", status_name(need.status)).count("asked", need.level.unwrap_or(0).into());
            let values = self.quote(values, "quote", Side::Challenges, need.span);
            self.say(PartKind::Figure, "a-need", values);
            if let (Some(meets), Some(by)) = (&need.meets, &need.by) {
                let values = self.competence(Values::default(), "claim", by);
                let values = values.choice("how", how_name(meets.how)).choice("status", status_name(meets.status));
                let values = self.six(values, "similarity", meets.similarity);
                let values = self.six(values, "strength", meets.strength);
                let values = values.count("has", meets.level.unwrap_or(0).into());
                let values = self.quote(values, "quote", Side::Profiles, meets.span);
                self.say(PartKind::Figure, "a-met", values);
            } else {
                self.say(PartKind::Unknown, "a-unmet", Values::default());
            }
        }
    }

    fn account_of_facts(&mut self) {
        use PartKind::Figure;
        let (facts, before) = (&self.why.circumstances, self.parts.len());
        for l in &facts.languages {
            let values = self.language_named(Values::default(), &l.language).name("asked", &format!("{:?}", l.asked));
            let values = match l.has {
                Some(has) => values.name("has", &format!("{has:?}")),
                None => values.choice("has", "none"),
            };
            self.say(Figure, "a-language", values);
        }
        if facts.remote {
            self.say(Figure, "a-remote", Values::default());
        }
        if let (Some(km), Some(radius)) = (facts.distance_km, facts.radius_km) {
            let values = self.six(Values::default(), "km", km);
            let values = self.six(values, "radius", radius);
            self.say(Figure, "a-distance", values);
        }
        if let Some((common, days)) = facts.days {
            let values = Values::default().count("common", common as usize).count("days", days as usize);
            self.say(Figure, "a-days", values);
        }
        if let Some((has, asked)) = facts.hours {
            let values = self.six(Values::default(), "has", has);
            let values = self.six(values, "asked", asked);
            self.say(Figure, "a-hours", values);
        }
        if let Some(route) = facts.route {
            let route = self.route(route);
            self.say(Figure, "a-route", Values::default().name("route", &route));
        }
        if !facts.accepts.is_empty() {
            let routes: Vec<String> = facts.accepts.iter().map(|&r| self.route(r)).collect();
            self.say(Figure, "a-accepts", Values::default().name("route", &routes.join(", ")));
        }
        if self.parts.len() == before {
            self.say(Figure, "a-no-facts", Values::default());
        }
    }
}

/// The requirements from the most to the least important, and among those from the best met on.
fn needs(why: &Explanation) -> Vec<&RequirementMet> {
    let mut needs: Vec<&RequirementMet> = why.requirements.iter().collect();
    needs.sort_by(|a, b| b.must.cmp(&a.must).then(b.weight.total_cmp(&a.weight)).then(b.degree.total_cmp(&a.degree)));
    needs
}

fn unknown_name(unknown: Unknown) -> &'static str {
    match unknown {
        Unknown::ProfileLanguage => "profile_language",
        Unknown::ChallengeLanguage => "challenge_language",
        Unknown::EmptyProfile => "empty_profile",
        Unknown::EmptyChallenge => "empty_challenge",
        Unknown::NoEvidence => "no_evidence",
    }
}

fn silent_name(silent: Silent) -> &'static str {
    match silent {
        Silent::Profile => "profile",
        Silent::Challenge => "challenge",
        Silent::Both => "both",
        Silent::Differ => "differ",
        Silent::Vectors => "vectors",
    }
}

fn how_name(how: crate::explain::How) -> &'static str {
    use crate::explain::How;
    match how {
        How::Same => "same",
        How::Narrower => "narrower",
        How::Broader => "broader",
        How::Related => "related",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Stated => "stated",
        Status::Recognised => "recognised",
        Status::Confirmed => "confirmed",
        // A rejected claim meets nothing.
        Status::Rejected => "rejected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Message ids with the variables that they name.
    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut id = String::new();
        for line in source.lines().filter(|l| !l.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                id = name.to_owned();
            }
            for variable in line.split('$').skip(1) {
                let end = variable.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(variable.len());
                found.entry(id.clone()).or_default().insert(variable[..end].to_owned());
            }
            if !line.is_empty() {
                found.entry(id.clone()).or_default();
            }
        }
        found
    }

    #[test]
    fn the_three_languages_have_the_same_messages_without_a_fault() {
        let sources = [include_str!("fi.ftl"), include_str!("sv.ftl"), include_str!("en.ftl")];
        for source in sources {
            let faults = FluentResource::try_new(source.to_owned()).err().map(|(_, faults)| faults);
            assert!(faults.is_none(), "{faults:?}");
        }
        let ids = |source| messages(source).into_keys().collect::<Vec<_>>();
        assert_eq!(ids(sources[0]), ids(sources[2]));
        assert_eq!(ids(sources[1]), ids(sources[2]));
        for id in ids(sources[2]) {
            for bundle in &*BUNDLES {
                assert!(bundle.get_message(&id).and_then(|m| m.value()).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn what_people_wrote_cannot_break_a_line_or_turn_it_around() {
        for (written, shown) in [
            ("{ $title } \"quoted\" { a-score }", "{ $title } \"quoted\" { a-score }"),
            ("two\nlines\u{0}\tand more", "two lines and more"),
            ("\u{202E}turned\u{202C}", "turned"),
            ("\u{E000}mark\u{E0FF}", "mark"),
            ("  ", ""),
        ] {
            assert_eq!(clean(written), shown);
        }
        assert_eq!(clean(&"ä".repeat(500)).chars().count(), LONGEST + 1);
        let values = Values::default().name("title", "شارع").name("profile", "p");
        let text =
            |v: &Values| v.args.get("title").map(|t| matches!(t, FluentValue::String(s) if s.starts_with('\u{2068}')));
        assert_eq!(text(&values), Some(true));
    }

    #[test]
    fn marks_are_taken_out_and_kept() {
        let sources = [Source::Name];
        let (text, marks) = unmark("a \u{E000}bc\u{E0FF}, \u{E0FE}12\u{E0FF}", &sources);
        assert_eq!(text, "a bc, 12");
        let places: Vec<_> = marks.iter().map(|m| (m.start, m.end)).collect();
        assert_eq!(places, [(2, 4), (6, 8)]);
        assert_eq!(marks[1].source, Source::Number { value: 12.0 });
    }
}
