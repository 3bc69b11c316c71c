//! The measures, by their definitions, and the report over all queries of a run.

use super::compare::{Resampling, resampled};
use super::{Qrels, Run};
use crate::error::{Error, Result};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What a grade is worth in nDCG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gain {
    /// The grade itself, as in `trec_eval` and `ir_measures`' plain `nDCG` (Järvelin and Kekäläinen 2002).
    Linear,
    /// 2^grade - 1 (Burges et al. 2005): the best documents count most.
    Exponential,
}

/// A measure of one ranking, 0 to 1. Documents that were not judged count as not relevant. Names are those of
/// `ir_measures`; `rel=` is the least grade that counts as relevant, 1 if it is not given.
///
/// | name | value |
/// |---|---|
/// | `nDCG@10`, `nDCG` | sum of grade / log2(rank + 1), by the sum of the best order; [`Gain::Linear`] |
/// | `nDCG(dcg='exp-log2')@10` | the same with 2^grade - 1; [`Gain::Exponential`] |
/// | `AP`, `AP(rel=2)@100` | mean over the relevant documents of the precision at their rank; its mean is MAP |
/// | `RR`, `RR@10` | 1 / rank of the first relevant document; its mean is MRR |
/// | `P@5` | relevant among the first k, by k |
/// | `R@5` | relevant among the first k, by all relevant |
/// | `RP@5` | relevant among the first k, by the smaller of k and all relevant (R-precision at k, as in the literature on skill extraction; not in `ir_measures`) |
///
/// ```
/// use osuma::eval::{Gain, Measure};
/// let measure: Measure = "nDCG(dcg='exp-log2')@10".parse()?;
/// assert_eq!(measure, Measure::Ndcg { k: Some(10), gain: Gain::Exponential });
/// assert_eq!("AP(rel=2)".parse::<Measure>()?.to_string(), "AP(rel=2)");
/// assert!("nDGC@10".parse::<Measure>().is_err());
/// # Ok::<(), osuma::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are explained above: the depth, the least relevant grade, the gain")]
pub enum Measure {
    /// Normalised discounted cumulative gain.
    Ndcg { k: Option<usize>, gain: Gain },
    /// Average precision.
    Ap { k: Option<usize>, rel: i32 },
    /// Reciprocal rank.
    Rr { k: Option<usize>, rel: i32 },
    /// Precision.
    P { k: usize, rel: i32 },
    /// Recall.
    R { k: usize, rel: i32 },
    /// R-precision at k.
    Rp { k: usize, rel: i32 },
}

impl Measure {
    /// How deep it looks; `None` to the end.
    #[must_use]
    pub const fn depth(self) -> Option<usize> {
        match self {
            Self::Ndcg { k, .. } | Self::Ap { k, .. } | Self::Rr { k, .. } => k,
            Self::P { k, .. } | Self::R { k, .. } | Self::Rp { k, .. } => Some(k),
        }
    }

    /// The value of one ranking: the grades in the order of the ranking (0 for what was not judged), and all judged
    /// grades of the query in any order. 0 where nothing is relevant. Cost: a sort of the judged grades.
    ///
    /// ```
    /// let precision: osuma::eval::Measure = "P@2".parse()?;
    /// assert_eq!(precision.value(&[0, 3, 1], &[3, 1, 0, 0]), 0.5);
    /// # Ok::<(), osuma::Error>(())
    /// ```
    #[must_use]
    pub fn value(self, ranked: &[i32], judged: &[i32]) -> f64 {
        let top = &ranked[..self.depth().unwrap_or(usize::MAX).min(ranked.len())];
        let hits = |rel: i32| top.iter().filter(|&&g| g >= rel).count();
        let relevant = |rel: i32| judged.iter().filter(|&&g| g >= rel).count();
        match self {
            Self::Ndcg { k, gain } => {
                let mut best = judged.to_vec();
                best.sort_unstable_by(|a, b| b.cmp(a));
                best.truncate(k.unwrap_or(usize::MAX));
                share(dcg(top, gain), dcg(&best, gain))
            }
            Self::Ap { rel, .. } => {
                let (mut found, mut sum) = (0, 0.0);
                for (rank, _) in (1..).zip(top).filter(|(_, g)| **g >= rel) {
                    found += 1;
                    sum += share(number(found), number(rank));
                }
                share(sum, number(relevant(rel)))
            }
            Self::Rr { rel, .. } => top.iter().position(|&g| g >= rel).map_or(0.0, |i| 1.0 / number(i + 1)),
            Self::P { k, rel } => share(number(hits(rel)), number(k)),
            Self::R { rel, .. } => share(number(hits(rel)), number(relevant(rel))),
            Self::Rp { k, rel } => share(number(hits(rel)), number(relevant(rel).min(k))),
        }
    }
}

fn dcg(grades: &[i32], gain: Gain) -> f64 {
    (2..).zip(grades).filter(|(_, g)| **g > 0).fold(0.0, |sum, (place, &g)| {
        let gain = match gain {
            Gain::Linear => f64::from(g),
            Gain::Exponential => libm::scalbn(1.0, g) - 1.0,
        };
        sum + gain / libm::log2(number(place))
    })
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts of documents and queries are far below 2^53")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, rel) = match *self {
            Self::Ndcg { gain: Gain::Linear, .. } => ("nDCG", 1),
            Self::Ndcg { gain: Gain::Exponential, .. } => ("nDCG(dcg='exp-log2')", 1),
            Self::Ap { rel, .. } => ("AP", rel),
            Self::Rr { rel, .. } => ("RR", rel),
            Self::P { rel, .. } => ("P", rel),
            Self::R { rel, .. } => ("R", rel),
            Self::Rp { rel, .. } => ("RP", rel),
        };
        f.write_str(name)?;
        if rel != 1 {
            write!(f, "(rel={rel})")?;
        }
        self.depth().map_or(Ok(()), |k| write!(f, "@{k}"))
    }
}

impl FromStr for Measure {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = "use nDCG@10, nDCG(dcg='exp-log2')@10, AP, RR, P@5, R@5, RP@5, or with rel: AP(rel=2)";
        let wrong = || {
            let shown: String = text.chars().take(60).collect();
            Error::invalid("/measure", format!("unknown measure \"{shown}\"; {known}"))
        };
        let (head, k) = match text.split_once('@') {
            None => (text, None),
            Some((head, k)) => (head, Some(k.parse::<usize>().ok().filter(|&k| k > 0).ok_or_else(wrong)?)),
        };
        let (name, argument) = match head.split_once('(') {
            None => (head, None),
            Some((name, rest)) => {
                (name, Some(rest.strip_suffix(')').and_then(|a| a.split_once('=')).ok_or_else(wrong)?))
            }
        };
        if name == "nDCG" {
            let gain = match argument.map(|(key, value)| (key.trim(), value.trim().trim_matches(['\'', '"']))) {
                None | Some(("dcg", "log2")) => Gain::Linear,
                Some(("dcg", "exp-log2")) => Gain::Exponential,
                Some(_) => return Err(wrong()),
            };
            return Ok(Self::Ndcg { k, gain });
        }
        let rel = match argument {
            None => 1,
            Some((key, value)) if key.trim() == "rel" => {
                value.trim().parse().ok().filter(|rel| *rel > 0).ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        Ok(match (name, k) {
            ("AP", k) => Self::Ap { k, rel },
            ("RR", k) => Self::Rr { k, rel },
            ("P", Some(k)) => Self::P { k, rel },
            ("R", Some(k)) => Self::R { k, rel },
            ("RP", Some(k)) => Self::Rp { k, rel },
            _ => return Err(wrong()),
        })
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How equal scores are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ties {
    /// By id, ascending: as [`Matcher`](crate::Matcher) ranks.
    #[default]
    Id,
    /// By id, descending: as `trec_eval` ranks.
    Trec,
}

/// What to measure, and how sure to be of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The measures, in the order of the answer.
    pub measures: Vec<Measure>,
    /// The order of equal scores.
    pub ties: Ties,
    /// Leaves out queries without a document of grade 1 or more; otherwise they count 0, as in `trec_eval`.
    pub skip_without_relevant: bool,
    /// How intervals and p-values are drawn.
    pub resampling: Resampling,
}

impl Default for Options {
    /// nDCG@10 with gain 2^grade - 1, MAP, MRR, P@5; ties by id.
    fn default() -> Self {
        let measures = vec![
            Measure::Ndcg { k: Some(10), gain: Gain::Exponential },
            Measure::Ap { k: None, rel: 1 },
            Measure::Rr { k: None, rel: 1 },
            Measure::P { k: 5, rel: 1 },
        ];
        Self { measures, ties: Ties::Id, skip_without_relevant: false, resampling: Resampling::default() }
    }
}

/// A mean over queries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// What was measured.
    pub measure: Measure,
    /// Mean over the queries, 0 to 1.
    pub mean: f64,
    /// Lower end of the 95 % bootstrap interval over queries.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One query's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryReport {
    /// Its id.
    pub query: String,
    /// In the order of the measures.
    pub values: Vec<f64>,
    /// Documents of grade 1 or more.
    pub relevant: usize,
    /// Ranked documents that nobody judged; they count as not relevant.
    pub unjudged: usize,
    /// Judged documents that the run does not rank.
    pub missing: usize,
}

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// One a measure, in the order asked for.
    pub scores: Vec<Score>,
    /// One a judged query, in the order of ids.
    pub queries: Vec<QueryReport>,
    /// Judged queries that the run does not answer; they count 0.
    pub missing_queries: Vec<String>,
    /// Queries of the run that nobody judged; they do not count.
    pub unjudged_queries: Vec<String>,
    /// Queries without a relevant document; see [`Options::skip_without_relevant`].
    pub without_relevant: Vec<String>,
}

impl Report {
    pub(super) fn values(&self, measure: usize) -> Vec<f64> {
        self.queries.iter().map(|q| q.values[measure]).collect()
    }
}

/// Measures a run. Cost: a sort of each query's documents, and `rounds` resamples of the queries.
///
/// ```
/// use osuma::eval::{Options, Qrels, Run, evaluate_run};
/// let qrels = Qrels::parse("q1 0 a 1\nq2 0 a 1\n")?;
/// let run = Run::parse("q1 Q0 a 1 0.9 x\nq1 Q0 new 2 0.8 x\nq3 Q0 a 1 0.9 x\n")?;
/// let report = evaluate_run(&run, &qrels, &Options::default())?;
/// assert_eq!(report.scores[0].mean, 0.5);
/// assert_eq!((report.missing_queries, report.unjudged_queries), (vec!["q2".into()], vec!["q3".into()]));
/// assert_eq!(report.queries[0].unjudged, 1);
/// # Ok::<(), osuma::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) without measures, without queries, or with impossible resampling.
pub fn evaluate_run(run: &Run, qrels: &Qrels, options: &Options) -> Result<Report> {
    if options.measures.is_empty() {
        return Err(Error::invalid("/measures", "no measure is asked for; give at least one, such as nDCG@10"));
    }
    options.resampling.validate()?;
    let mut report = Report {
        scores: Vec::new(),
        queries: Vec::new(),
        missing_queries: Vec::new(),
        unjudged_queries: run.queries().filter(|q| !qrels.grades.contains_key(*q)).map(str::to_owned).collect(),
        without_relevant: Vec::new(),
    };
    for (query, grades) in &qrels.grades {
        let judged: Vec<i32> = grades.values().copied().collect();
        let relevant = judged.iter().filter(|&&g| g > 0).count();
        if relevant == 0 {
            report.without_relevant.push(query.clone());
            if options.skip_without_relevant {
                continue;
            }
        }
        if !run.scores.contains_key(query) {
            report.missing_queries.push(query.clone());
        }
        let found: Vec<Option<i32>> =
            run.ranked(query, options.ties).into_iter().map(|d| grades.get(d).copied()).collect();
        let unjudged = found.iter().filter(|g| g.is_none()).count();
        let missing = judged.len() - (found.len() - unjudged);
        let ranked: Vec<i32> = found.into_iter().map(|g| g.unwrap_or(0)).collect();
        let values = options.measures.iter().map(|m| m.value(&ranked, &judged)).collect();
        report.queries.push(QueryReport { query: query.clone(), values, relevant, unjudged, missing });
    }
    if report.queries.is_empty() {
        let message = "no query is left to measure: the judgements are empty, or nothing in them is relevant";
        return Err(Error::invalid("/qrels", message));
    }
    for (i, &measure) in options.measures.iter().enumerate() {
        let (mean, low, high) = resampled(&report.values(i), options.resampling);
        report.scores.push(Score { measure, mean, low, high });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn values_are_those_of_the_definitions() {
        let log2 = f64::log2;
        let judged = [3, 2, 1, 1, 0, 0, -1];
        for (measure, ranked, value) in [
            ("nDCG@3", vec![3, 2, 1], 1.0),
            ("nDCG@2", vec![0, 3], (3.0 / log2(3.0)) / (3.0 + 2.0 / log2(3.0))),
            ("nDCG(dcg='exp-log2')@2", vec![0, 3], (7.0 / log2(3.0)) / (7.0 + 3.0 / log2(3.0))),
            ("nDCG@5", vec![-1, 0, 0], 0.0),
            ("AP", vec![3, 0, 1], (1.0 + 2.0 / 3.0) / 4.0),
            ("AP(rel=2)", vec![1, 3, 2], (0.5 + 2.0 / 3.0) / 2.0),
            ("AP@1", vec![3, 2], 0.25),
            ("RR", vec![0, 0, 1], 1.0 / 3.0),
            ("RR@2", vec![0, 0, 1], 0.0),
            ("RR(rel=3)", vec![2, 3], 0.5),
            ("P@5", vec![1, 1], 0.4),
            ("R@2", vec![1, 1, 1], 0.5),
            ("RP@2", vec![1, 0], 0.5),
            ("RP@10", vec![3, 2, 0, 1], 0.75),
            ("RP(rel=2)@5", vec![0, 3], 0.5),
            ("nDCG", vec![], 0.0),
        ] {
            let found = measure.parse::<Measure>().unwrap().value(&ranked, &judged);
            assert!((found - value).abs() < 1e-12, "{measure} of {ranked:?}: {found}, not {value}");
        }
        for name in ["nDCG@10", "nDCG", "AP", "RR", "P@1", "R@1", "RP@1"] {
            let measure: Measure = name.parse().unwrap();
            assert_eq!(measure.value(&[0, 0], &[0, -1]), 0.0, "{name}: nothing is relevant");
            assert_eq!(measure.to_string(), name);
        }
        let steep: Measure = "nDCG(dcg='exp-log2')".parse().unwrap();
        assert_eq!(steep.value(&[1000, 1000], &[1000, 1000]), 1.0);
    }

    #[test]
    fn unknown_measures_are_named() {
        for name in [
            "",
            "ndcg@10",
            "P",
            "R",
            "RP",
            "P@0",
            "P@-1",
            "P@x",
            "AP(rel=0)",
            "AP(rel)",
            "AP(x=1)",
            "nDCG(rel=2)@5",
            "AP(rel=2",
            "RR@99999999999999999999999",
        ] {
            let e = name.parse::<Measure>().unwrap_err();
            assert_eq!(e.path(), "/measure", "{name}");
        }
    }
}
