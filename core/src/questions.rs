//! Questions by name, with JSON for their arguments and JSON for the answer: the one door for hosts that hold text
//! instead of Rust's types, such as Python and JavaScript. A Rust program calls the methods of the same names; their
//! docs say what is asked, what comes back and what it costs.
//!
//! Arguments are one JSON object with the method's parameters by name. Where a method has a twin `…_new`, `profile` and
//! `challenge` are an id or a whole document. Options may be left out, whole or in part; `k` is 10 where it is not given.
//! Answers are the methods' own structs as JSON.
//!
//! | asked of | questions |
//! |---|---|
//! | [`Taxonomy`] | `recognise` (`text`, `language`), `label` (`uri`, `language`), `link` (`text`, `language`, `options`), `similarity` (`claim`, `requirement`), `concept` (`uri`), `concepts` |
//! | [`Snapshot`] | the same, and `profiles`, `challenges`, `document` (`side`, `id`), `ids` (`side`), `count` (`side`), `language` (`side`, `id`) |
//! | [`Matcher`] | the same, and `profiles_for` (`challenge`, `options`: `k`), `challenges_for` (`profile`, `options`: `k`), `explain` (`profile`, `challenge`), `what_if` (`profile`, `change`), `smallest_change` (`profile`, `challenge`, `target`, `costs`), `unlocks` (`profile`, `options`), `routes` (`profile`, `goal`, `options`), `new_directions` (`profile`, `options`), `supply_and_demand` (`options`), `assemble_team` (`challenge`, `options`), `allocate` (`options`), `review` (`challenge`), `render` (`profile`, `challenge`, `reader`, `language`), `config`, `learn` (`judgements`, `options`: `measure`, `folds`, `rounds`, `seed`), `learn_from_events` (`events`, `options`) |
//! | `Pool` | `add_profiles` and `update_profiles` (`profiles`), `add_challenges` and `update_challenges` (`challenges`), `remove`, `forget`, `get` (`side`, `id`), `count` (`side`), `profiles` and `challenges` (`options`: `after`, `k`), `search` (`side`, `query`, `options`: `k`, `filter`), `add_feedback` (`events`), `feedback` and `feedback_counts` (`filter`), `commit`, `rollback`, `reload` |
//!
//! Without the feature `actions` there are those of a match only: `recognise`, `label`, `profiles`, `challenges`,
//! `profiles_for`, `challenges_for`, `explain` (and `render` with its feature). A browser's module holds all that a
//! question could ask for: changes, routes and the like would make it 15 % larger, teams and allocation more.
//!
//! An error's path points into the document, the change or the options (`/skills/0/level`, `/k`), or names the argument
//! (`/target`).

use crate::error::{Error, Result};
#[cfg(all(feature = "actions", feature = "eval"))]
use crate::eval;
use crate::json::parse;
use crate::matcher::{MatchConfig, Matcher};
use crate::model::{Challenge, Language, Profile, Side};
#[cfg(feature = "actions")]
use crate::{
    AllocateOptions, Change, DirectionOptions, Goal, RouteOptions, SupplyOptions, Target, TeamOptions, UnlockOptions,
};
use crate::{Snapshot, Taxonomy, text::to_utf16};
use serde::{Deserialize, Serialize, de, de::IntoDeserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// How an answer counts the places in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// Bytes of UTF-8, as Rust and Python's `bytes` do.
    #[default]
    Bytes,
    /// Units of UTF-16, as JavaScript does.
    Utf16,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Question {
    Recognise {
        text: String,
        language: Option<Language>,
    },
    Label {
        uri: String,
        language: Language,
    },
    #[cfg(feature = "actions")]
    Link {
        text: String,
        language: Option<Language>,
        #[serde(default)]
        options: Limit,
    },
    #[cfg(feature = "actions")]
    Similarity {
        claim: String,
        requirement: String,
    },
    #[cfg(feature = "actions")]
    Concept {
        uri: String,
    },
    #[cfg(feature = "actions")]
    Concepts {},
    Profiles {},
    Challenges {},
    #[cfg(feature = "actions")]
    Document {
        side: Side,
        id: String,
    },
    #[cfg(feature = "actions")]
    Ids {
        side: Side,
    },
    #[cfg(feature = "actions")]
    Count {
        side: Side,
    },
    #[cfg(feature = "actions")]
    Language {
        side: Side,
        id: String,
    },
    #[cfg(feature = "actions")]
    Config {},
    #[cfg(all(feature = "actions", feature = "eval"))]
    Learn {
        judgements: eval::Table<i32>,
        #[serde(default)]
        options: Learning,
    },
    #[cfg(all(feature = "actions", feature = "eval"))]
    LearnFromEvents {
        events: Vec<crate::Feedback>,
        #[serde(default)]
        options: Learning,
    },
    ProfilesFor {
        challenge: Asked<Challenge>,
        #[serde(default)]
        options: Limit,
    },
    ChallengesFor {
        profile: Asked<Profile>,
        #[serde(default)]
        options: Limit,
    },
    Explain {
        profile: Asked<Profile>,
        challenge: String,
    },
    #[cfg(feature = "actions")]
    WhatIf {
        profile: Asked<Profile>,
        #[serde(default)]
        change: Change,
    },
    #[cfg(feature = "actions")]
    SmallestChange {
        profile: Asked<Profile>,
        challenge: String,
        target: Target,
        #[serde(default)]
        costs: BTreeMap<String, f64>,
    },
    #[cfg(feature = "actions")]
    Unlocks {
        profile: Asked<Profile>,
        #[serde(default)]
        options: UnlockOptions,
    },
    #[cfg(feature = "actions")]
    Routes {
        profile: Asked<Profile>,
        goal: Goal,
        #[serde(default)]
        options: RouteOptions,
    },
    #[cfg(feature = "actions")]
    NewDirections {
        profile: String,
        #[serde(default)]
        options: DirectionOptions,
    },
    #[cfg(feature = "actions")]
    SupplyAndDemand {
        #[serde(default)]
        options: SupplyOptions,
    },
    #[cfg(feature = "actions")]
    AssembleTeam {
        challenge: String,
        #[serde(default)]
        options: TeamOptions,
    },
    #[cfg(feature = "actions")]
    Allocate {
        #[serde(default)]
        options: AllocateOptions,
    },
    #[cfg(feature = "actions")]
    Review {
        challenge: Box<Challenge>,
    },
    #[cfg(feature = "render")]
    Render {
        profile: Asked<Profile>,
        challenge: String,
        reader: crate::Reader,
        language: Language,
    },
}

/// How many at most.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limit {
    k: Option<u64>,
}

/// 10 if absent.
fn limit(k: Option<u64>) -> usize {
    usize::try_from(k.unwrap_or(10)).unwrap_or(usize::MAX)
}

/// A document of the snapshot by its id, or one that the snapshot need not hold.
#[derive(Debug)]
enum Asked<D> {
    Id(String),
    New(Box<D>),
}

impl<D> Asked<D> {
    fn answer<T>(&self, of_id: impl FnOnce(&str) -> Result<T>, new: impl FnOnce(&D) -> Result<T>) -> Result<T> {
        match self {
            Self::Id(id) => of_id(id),
            Self::New(document) => new(document),
        }
    }
}

/// Not an untagged enum, whose errors would not name the field that is wrong.
impl<'de, D: Deserialize<'de>> Deserialize<'de> for Asked<D> {
    fn deserialize<F: de::Deserializer<'de>>(from: F) -> Result<Self, F::Error> {
        struct Visitor<D>(PhantomData<D>);
        impl<'de, D: Deserialize<'de>> de::Visitor<'de> for Visitor<D> {
            type Value = Asked<D>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an id (a string) or a document")
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Asked<D>, E> {
                Ok(Asked::Id(id.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Asked<D>, A::Error> {
                D::deserialize(de::value::MapAccessDeserializer::new(map)).map(|d| Asked::New(Box::new(d)))
            }
        }
        from.deserialize_any(Visitor(PhantomData))
    }
}

/// [`eval::TuneOptions`] as hosts give them.
#[cfg(all(feature = "actions", feature = "eval"))]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Learning {
    measure: Option<String>,
    folds: Option<usize>,
    rounds: Option<u32>,
    seed: Option<u64>,
}

#[cfg(all(feature = "actions", feature = "eval"))]
impl Learning {
    fn tune(&self) -> Result<eval::TuneOptions> {
        let usual = eval::TuneOptions::default();
        Ok(eval::TuneOptions {
            measure: self.measure.as_ref().map_or(Ok(usual.measure), |m| m.parse())?,
            folds: self.folds.unwrap_or(usual.folds),
            resampling: eval::Resampling {
                rounds: self.rounds.unwrap_or(usual.resampling.rounds),
                seed: self.seed.unwrap_or(usual.resampling.seed),
            },
        })
    }
}

/// Arguments that an error's path points into, not at.
const OPENED: [&str; 8] = ["profile", "challenge", "change", "options", "profiles", "challenges", "events", "filter"];

/// Reads a question and its arguments as one JSON value, so that an unknown name is told with those that are known.
fn read<Q: de::DeserializeOwned>(question: &str, arguments: &str) -> Result<Q> {
    if !arguments.trim_start().starts_with('{') {
        // A list would be taken for the fields in their order.
        return Err(Error::invalid("", "the arguments are no JSON object"));
    }
    let name = json(question)?;
    parse(&format!("{{{name}:{arguments}}}")).map_err(|e: Error| {
        let path = e.path().strip_prefix('/').and_then(|p| p.strip_prefix(question)).unwrap_or_default();
        let opened =
            |name: &&str| path.strip_prefix('/')?.strip_prefix(name)?.starts_with('/').then_some(name.len() + 1);
        let path = &path[OPENED.iter().find_map(opened).unwrap_or(0)..];
        // Line and column are those of no text that the caller knows.
        let message = e.message().rfind(" at line ").map_or(e.message(), |end| &e.message()[..end]);
        match message.strip_prefix("unknown variant `").filter(|_| path.is_empty()) {
            Some(rest) => Error::invalid("", format!("unknown question `{rest}")),
            None => Error::new(e.kind(), path, message),
        }
    })
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::invalid("", e.to_string()))
}

impl MatchConfig {
    /// A configuration of signals and gates by their names. Weights are numbers here, since JSON has no word for NaN,
    /// which a matcher refuses by its signal; without any they are the default ones.
    ///
    /// ```
    /// let config = osuma::MatchConfig::named(Some(&[("text".to_owned(), 1.0)].into()), &["route"])?;
    /// assert_eq!(config, osuma::MatchConfig { weights: [(osuma::Signal::Text, 1.0)].into(), gates: vec![osuma::Gate::Route] });
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a name that no signal or gate has, with its path.
    pub fn named(weights: Option<&BTreeMap<String, f64>>, gates: &[impl AsRef<str>]) -> Result<Self> {
        fn one<T: de::DeserializeOwned>(path: String, name: &str) -> Result<T> {
            let from: de::value::StrDeserializer<'_, serde_json::Error> = name.into_deserializer();
            T::deserialize(from).map_err(|e| Error::invalid(path, e.to_string()))
        }
        let mut config = Self::default();
        if let Some(weights) = weights {
            let named = weights.iter().map(|(s, &w)| Ok((one(format!("/weights/{s}"), s)?, w)));
            config.weights = named.collect::<Result<_>>()?;
        }
        let gates = gates.iter().enumerate().map(|(i, g)| one(format!("/gates/{i}"), g.as_ref()));
        config.gates = gates.collect::<Result<_>>()?;
        Ok(config)
    }
}

impl Taxonomy {
    /// Answers a question by its name, see [`questions`](crate::questions).
    ///
    /// ```
    /// use osuma::{Taxonomy, questions::Units};
    /// let taxonomy = Taxonomy::starter();
    /// let answer = taxonomy.answer("label", r#"{"uri": "osuma:baking", "language": "sv"}"#, Units::Bytes)?;
    /// assert_eq!(answer, "\"bakning\"");
    /// assert!(taxonomy.answer("labels", "{}", Units::Bytes).unwrap_err().message().contains("`recognise`"));
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an unknown question (the message names those that there are),
    /// for one that a taxonomy has no answer to, and for arguments that are not right; else those of the method.
    pub fn answer(&self, question: &str, arguments: &str, units: Units) -> Result<String> {
        self.tell(question, read(question, arguments)?, units)
    }

    fn tell(&self, name: &str, question: Question, units: Units) -> Result<String> {
        match question {
            Question::Recognise { text, language } => {
                let mut mentions = self.recognise(&text, language);
                if units == Units::Utf16 {
                    to_utf16(&text, mentions.iter_mut().flat_map(|m| [&mut m.start, &mut m.end]));
                }
                json(&mentions)
            }
            Question::Label { uri, language } => json(self.concept(&uri)?.label(language)),
            #[cfg(feature = "actions")]
            Question::Link { text, language, options } => json(&self.link(&text, language, limit(options.k))),
            #[cfg(feature = "actions")]
            Question::Similarity { claim, requirement } => json(&self.similarity(&claim, &requirement)?),
            #[cfg(feature = "actions")]
            Question::Concept { uri } => json(self.concept(&uri)?),
            #[cfg(feature = "actions")]
            Question::Concepts {} => json(self.concepts()),
            _ => Err(Error::invalid("", format!("`{name}` is asked of documents; ask a snapshot or a matcher"))),
        }
    }
}

impl Snapshot {
    /// Answers a question by its name, see [`questions`](crate::questions).
    ///
    /// # Errors
    /// As [`Taxonomy::answer`].
    pub fn answer(&self, question: &str, arguments: &str, units: Units) -> Result<String> {
        self.tell(question, read(question, arguments)?, units)
    }

    /// A side's documents as they are kept, which is JSON.
    fn listed(&self, side: Side) -> String {
        let mut list = String::from("[");
        for document in self.data.common(side).json.iter() {
            list.extend([if list.len() > 1 { "," } else { "" }, document]);
        }
        list + "]"
    }

    fn tell(&self, name: &str, question: Question, units: Units) -> Result<String> {
        self.data.whole()?;
        match question {
            Question::Profiles {} => Ok(self.listed(Side::Profiles)),
            Question::Challenges {} => Ok(self.listed(Side::Challenges)),
            #[cfg(feature = "actions")]
            Question::Document { side, id } => Ok(self.data.common(side).json.get(self.row(side, &id)?).to_owned()),
            #[cfg(feature = "actions")]
            Question::Ids { side } => json(&self.ids(side).collect::<Vec<_>>()),
            #[cfg(feature = "actions")]
            Question::Count { side } => json(&self.count(side)),
            #[cfg(feature = "actions")]
            Question::Language { side, id } => json(&self.language(side, &id)?),
            question => self.taxonomy().tell(name, question, units),
        }
    }
}

impl Matcher {
    /// Answers a question by its name, see [`questions`](crate::questions).
    ///
    /// ```
    /// use osuma::{MatchConfig, Matcher, Settings, Snapshot, Taxonomy, from_json, questions::Units};
    /// let bread = from_json(r#"{"id": "bread", "title": "Bread", "text": "We need somebody who bakes bread."}"#)?;
    /// let snapshot = Snapshot::compile(&Taxonomy::starter(), vec![], vec![bread], Settings::default())?;
    /// let matcher = Matcher::new(snapshot, MatchConfig::default())?;
    /// let arguments = r#"{"profile": {"id": "me", "text": "I bake bread."}, "options": {"k": 1}}"#;
    /// assert!(matcher.answer("challenges_for", arguments, Units::Bytes)?.contains(r#""challenge":"bread""#));
    /// let error = matcher.answer("challenges_for", r#"{"profile": {"id": "me", "text": 7}}"#, Units::Bytes).unwrap_err();
    /// assert_eq!(error.path(), "/text");
    /// # Ok::<(), osuma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an unknown question (the message names those that there are)
    /// and for arguments that are not right; else those of the method.
    pub fn answer(&self, question: &str, arguments: &str, units: Units) -> Result<String> {
        let utf16 = units == Units::Utf16;
        match read(question, arguments)? {
            Question::ProfilesFor { challenge, options: Limit { k } } => {
                let (id, new) =
                    (|c: &str| self.profiles_for(c, limit(k)), |c: &Challenge| self.profiles_for_new(c, limit(k)));
                json(&challenge.answer(id, new)?)
            }
            Question::ChallengesFor { profile, options: Limit { k } } => {
                let (id, new) =
                    (|p: &str| self.challenges_for(p, limit(k)), |p: &Profile| self.challenges_for_new(p, limit(k)));
                json(&profile.answer(id, new)?)
            }
            Question::Explain { profile, challenge } => {
                let mut why = profile.answer(|p| self.explain(p, &challenge), |p| self.explain_new(p, &challenge))?;
                if utf16 {
                    let (p, c) = self.documents(profile, &challenge)?;
                    why.to_utf16(&p, &c);
                }
                json(&why)
            }
            #[cfg(feature = "actions")]
            Question::WhatIf { profile, change } => {
                json(&profile.answer(|p| self.what_if(p, &change), |p| self.what_if_new(p, &change))?)
            }
            #[cfg(feature = "actions")]
            Question::SmallestChange { profile, challenge: c, target, costs } => json(&profile.answer(
                |p| self.smallest_change(p, &c, target, &costs),
                |p| self.smallest_change_new(p, &c, target, &costs),
            )?),
            #[cfg(feature = "actions")]
            Question::Unlocks { profile, options } => {
                json(&profile.answer(|p| self.unlocks(p, &options), |p| self.unlocks_new(p, &options))?)
            }
            #[cfg(feature = "actions")]
            Question::Routes { profile, goal, options } => {
                json(&profile.answer(|p| self.routes(p, &goal, &options), |p| self.routes_new(p, &goal, &options))?)
            }
            #[cfg(feature = "actions")]
            Question::NewDirections { profile, options } => {
                let mut found = self.new_directions(&profile, &options)?;
                if utf16 {
                    let p = self.snapshot().profile(&profile)?;
                    for direction in &mut found {
                        direction.evidence.to_utf16(&p, &self.snapshot().challenge(&direction.challenge)?);
                    }
                }
                json(&found)
            }
            #[cfg(feature = "actions")]
            Question::SupplyAndDemand { options } => json(&self.supply_and_demand(&options)?),
            #[cfg(feature = "actions")]
            Question::AssembleTeam { challenge, options } => json(&self.assemble_team(&challenge, &options)?),
            #[cfg(feature = "actions")]
            Question::Allocate { options } => json(&self.allocate(&options)?),
            #[cfg(feature = "actions")]
            Question::Review { challenge } => {
                let mut findings = self.review(&challenge)?;
                if utf16 {
                    findings.iter_mut().for_each(|f| f.to_utf16(&challenge));
                }
                json(&findings)
            }
            #[cfg(feature = "render")]
            Question::Render { profile, challenge: c, reader, language } => {
                let mut told = profile
                    .answer(|p| self.render(p, &c, reader, language), |p| self.render_new(p, &c, reader, language))?;
                if utf16 {
                    let (p, c) = self.documents(profile, &c)?;
                    told.to_utf16(&p, &c);
                }
                json(&told)
            }
            #[cfg(feature = "actions")]
            Question::Config {} => json(self.config()),
            #[cfg(all(feature = "actions", feature = "eval"))]
            Question::Learn { judgements, options } => {
                json(&eval::learn(self, &eval::Qrels::from_table(&judgements)?, &options.tune()?)?)
            }
            #[cfg(all(feature = "actions", feature = "eval"))]
            Question::LearnFromEvents { events, options } => {
                json(&eval::learn_from_events(self, &events, &options.tune()?)?)
            }
            other => self.snapshot().tell(question, other, units),
        }
    }

    fn documents(&self, profile: Asked<Profile>, challenge: &str) -> Result<(Profile, Challenge)> {
        let profile = match profile {
            Asked::Id(id) => self.snapshot().profile(&id)?,
            Asked::New(document) => *document,
        };
        Ok((profile, self.snapshot().challenge(challenge)?))
    }
}

#[cfg(feature = "pool")]
mod pool {
    use super::{json, limit, read};
    use crate::model::{Challenge, Document, Profile, Side};
    use crate::{Feedback, FeedbackFilter, Filter, Pool, Result};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Question {
        AddProfiles {
            profiles: Vec<Profile>,
        },
        AddChallenges {
            challenges: Vec<Challenge>,
        },
        UpdateProfiles {
            profiles: Vec<Profile>,
        },
        UpdateChallenges {
            challenges: Vec<Challenge>,
        },
        Remove {
            side: Side,
            id: String,
        },
        Forget {
            side: Side,
            id: String,
        },
        Get {
            side: Side,
            id: String,
        },
        Count {
            side: Side,
        },
        Profiles {
            #[serde(default)]
            options: Listing,
        },
        Challenges {
            #[serde(default)]
            options: Listing,
        },
        Search {
            side: Side,
            query: String,
            #[serde(default)]
            options: Search,
        },
        AddFeedback {
            events: Vec<Feedback>,
        },
        Feedback {
            #[serde(default)]
            filter: FeedbackFilter,
        },
        FeedbackCounts {
            #[serde(default)]
            filter: FeedbackFilter,
        },
        Commit {},
        Rollback {},
        Reload {},
    }

    /// Documents whose ids come after one, `k` of them; all where nothing is given.
    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Listing {
        after: Option<String>,
        k: Option<u64>,
    }

    impl Listing {
        fn of<D: Document>(&self, pool: &Pool) -> Result<String> {
            let k = self.k.map_or(usize::MAX, |k| limit(Some(k)));
            json(&pool.listed::<D>(self.after.as_deref()).take(k).collect::<Result<Vec<D>>>()?)
        }
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Search {
        k: Option<u64>,
        filter: Filter,
    }

    impl Pool {
        /// Answers a question by its name, see [`questions`](crate::questions); `null` where there is nothing to say.
        ///
        /// ```
        /// use osuma::{Pool, Taxonomy};
        /// let mut pool = Pool::in_memory(Taxonomy::starter())?;
        /// pool.answer("add_profiles", r#"{"profiles": [{"id": "p", "text": "I bake bread."}]}"#)?;
        /// pool.answer("commit", "{}")?;
        /// assert_eq!(pool.answer("count", r#"{"side": "profiles"}"#)?, "1");
        /// # Ok::<(), osuma::Error>(())
        /// ```
        ///
        /// # Errors
        /// As [`Taxonomy::answer`](crate::Taxonomy::answer).
        pub fn answer(&mut self, question: &str, arguments: &str) -> Result<String> {
            match read(question, arguments)? {
                Question::AddProfiles { profiles } => json(&self.add_profiles(profiles)?),
                Question::AddChallenges { challenges } => json(&self.add_challenges(challenges)?),
                Question::UpdateProfiles { profiles } => json(&self.update_profiles(profiles)?),
                Question::UpdateChallenges { challenges } => json(&self.update_challenges(challenges)?),
                Question::Remove { side, id } => json(&self.remove(side, &id)?),
                Question::Forget { side, id } => json(&self.forget(side, &id)?),
                Question::Get { side: Side::Profiles, id } => json(&self.profile(&id)?),
                Question::Get { side: Side::Challenges, id } => json(&self.challenge(&id)?),
                Question::Count { side } => json(&self.count(side)?),
                Question::Profiles { options } => options.of::<Profile>(self),
                Question::Challenges { options } => options.of::<Challenge>(self),
                Question::Search { side, query, options: Search { k, filter } } => {
                    json(&self.search(side, &query, &filter, limit(k))?)
                }
                Question::AddFeedback { events } => json(&self.add_feedback(&events)?),
                Question::Feedback { filter } => json(&self.feedback(&filter)?),
                Question::FeedbackCounts { filter } => json(&self.feedback_counts(&filter)?),
                Question::Commit {} => json(&self.commit()?),
                Question::Rollback {} => json(&self.rollback()?),
                Question::Reload {} => json(&self.reload()?),
            }
        }
    }
}
