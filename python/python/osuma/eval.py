"""How good is a ranking, which of two is better, and is it noise.

>>> from osuma import eval
>>> qrels = eval.Qrels({"bread": {"baker": 3, "cleaner": 0}})
>>> run = eval.Run({"bread": {"cleaner": 0.9, "baker": 0.4}})
>>> report = eval.evaluate_run(run, qrels, ["RR", "P@1"])
>>> [(str(s.measure), s.mean) for s in report.scores]
[('RR', 0.5), ('P@1', 0.0)]

Measures are named as in `ir_measures`: `nDCG@10` (linear gain), `nDCG(dcg='exp-log2')@10` (gain 2^grade - 1), `AP`,
`AP(rel=2)`, `RR`, `P@5`, `R@5`; and `RP@5`, R-precision at k. With `trec_ties=True` values agree with `ir_measures`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Literal

from . import Matcher, _call, _core

__all__ = [
    "Comparison", "Difference", "Evaluation", "Fold", "Qrels", "QueryReport", "Report", "Run", "Score", "Tuned",
    "compare", "compare_runs", "evaluate", "evaluate_run", "tune",
]


class Qrels:
    """Judged grades: for each query its documents, each with a grade; 0 and below is not relevant.

    >>> Qrels.parse("bread 0 baker 3").grades()
    {'bread': {'baker': 3}}
    """

    def __init__(self, grades: Mapping[str, Mapping[str, int]]) -> None:
        self._core = _call(_core.Qrels, {q: dict(d) for q, d in grades.items()})

    @classmethod
    def _of(cls, core: _core.Qrels) -> Qrels:
        qrels = cls.__new__(cls)
        qrels._core = core
        return qrels

    @classmethod
    def parse(cls, text: str) -> Qrels:
        """Reads TREC's form; InvalidInputError names the line."""
        return cls._of(_call(_core.Qrels.parse, text))

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Qrels:
        """Reads a file in TREC's form."""
        return cls._of(_call(_core.Qrels.read, fspath(path)))

    def grades(self) -> dict[str, dict[str, int]]:
        """The grades by query and document."""
        return self._core.grades()

    def to_trec(self) -> str:
        """TREC's form."""
        return _call(self._core.to_trec)


class Run:
    """The scores that a system gave to documents, by query; more is better.

    >>> Run({"q": {"b": 0.5, "a": 0.5, "c": 0.7}}).ranked("q")
    ['c', 'a', 'b']
    """

    def __init__(self, scores: Mapping[str, Mapping[str, float]]) -> None:
        self._core = _call(_core.Run, {q: dict(d) for q, d in scores.items()})

    @classmethod
    def _of(cls, core: _core.Run) -> Run:
        run = cls.__new__(cls)
        run._core = core
        return run

    @classmethod
    def parse(cls, text: str) -> Run:
        """Reads TREC's form; InvalidInputError names the line."""
        return cls._of(_call(_core.Run.parse, text))

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Run:
        """Reads a file in TREC's form."""
        return cls._of(_call(_core.Run.read, fspath(path)))

    @classmethod
    def of_matcher(cls, matcher: Matcher, challenges: Iterable[str], k: int = 1000) -> Run:
        """The k best profiles for each challenge; those without a score get -1."""
        return cls._of(_call(_core.Run.of_matcher, matcher._core, list(challenges), k))

    def ranked(self, query: str, trec_ties: bool = False) -> list[str]:
        """The documents of a query, best first."""
        return self._core.ranked(query, trec_ties)

    def to_trec(self, name: str = "osuma") -> str:
        """TREC's form."""
        return _call(self._core.to_trec, name)


@dataclass(frozen=True)
class Score:
    """A mean over queries, with its 95 % bootstrap interval."""

    measure: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class QueryReport:
    """One query's values in the order of the measures; unjudged: ranked, not judged; missing: judged, not ranked."""

    query: str
    values: list[float]
    relevant: int
    unjudged: int
    missing: int


@dataclass(frozen=True)
class Report:
    """The figures of a run. Ids on one side only are named: missing queries count 0, unjudged ones do not count."""

    scores: list[Score]
    queries: list[QueryReport]
    missing_queries: list[str]
    unjudged_queries: list[str]
    without_relevant: list[str]


@dataclass(frozen=True)
class Evaluation:
    """The figures of a matcher: all, by the challenge's language, and only candidates in the same or another one."""

    all: Report
    by_language: dict[str, Report]
    same_language: Report | None
    cross_language: Report | None


@dataclass(frozen=True)
class Difference:
    """One measure of two systems: means, mean difference b - a with its 95 % interval, two-sided p, the verdict."""

    measure: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    queries: int
    verdict: Literal["a", "b", "noise"]


@dataclass(frozen=True)
class Comparison:
    """Which of two matchers is better, one difference a measure; in the parts of an Evaluation."""

    all: list[Difference]
    by_language: dict[str, list[Difference]]
    same_language: list[Difference]
    cross_language: list[Difference]


@dataclass(frozen=True)
class Fold:
    """One outer fold: its challenges, the weights fitted without them, and the means of both weights on them."""

    challenges: list[str]
    weights: dict[str, float]
    base: float
    tuned: float


@dataclass(frozen=True)
class Tuned:
    """`weights` to use: the fitted ones if the gain on unseen challenges is more than noise, else the base ones."""

    weights: dict[str, float]
    fitted: dict[str, float]
    gain: Difference
    accepted: bool
    folds: list[Fold]


def _asked(
    measures: Sequence[str] | None, trec_ties: bool, skip: bool, rounds: int, seed: int
) -> tuple[list[str] | None, bool, bool, int, int]:
    return None if measures is None else list(measures), trec_ties, skip, rounds, seed


def _report(found: dict[str, Any]) -> Report:
    scores = [Score(**s) for s in found.pop("scores")]
    queries = [QueryReport(**q) for q in found.pop("queries")]
    return Report(scores, queries, **found)


def _differences(found: list[dict[str, Any]]) -> list[Difference]:
    return [Difference(**d) for d in found]


def evaluate_run(
    run: Run, qrels: Qrels, measures: Sequence[str] | None = None, *, trec_ties: bool = False,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Report:
    """Measures a run. Queries without a relevant document count 0, as in trec_eval, unless they are skipped."""
    asked = _asked(measures, trec_ties, skip_without_relevant, rounds, seed)
    return _report(json.loads(_call(_core.evaluate_run, run._core, qrels._core, asked)))


def compare_runs(
    a: Run, b: Run, qrels: Qrels, measures: Sequence[str] | None = None, *, trec_ties: bool = False,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> list[Difference]:
    """Which of two runs is better, and whether it is noise: one answer a measure.

    >>> qrels = Qrels({f"q{i}": {"right": 1} for i in range(12)})
    >>> a = Run({f"q{i}": {"wrong": 2, "right": 1} for i in range(12)})
    >>> b = Run({f"q{i}": {"right": 1} for i in range(12)})
    >>> compare_runs(a, b, qrels, ["RR"])[0].verdict
    'b'
    """
    asked = _asked(measures, trec_ties, skip_without_relevant, rounds, seed)
    return _differences(json.loads(_call(_core.compare_runs, a._core, b._core, qrels._core, asked)))


def evaluate(
    matcher: Matcher, qrels: Qrels, measures: Sequence[str] | None = None, *,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Evaluation:
    """How well a matcher ranks all its profiles for each judged challenge.

    >>> import osuma
    >>> people = [{"id": "baker", "text": "I bake bread."}, {"id": "p", "text": "I paint houses."}]
    >>> problem = {"id": "c", "title": "Bread", "text": "Who bakes the bread?"}
    >>> matcher = Matcher(osuma.Snapshot.compile(osuma.Taxonomy.starter(), people, [problem]))
    >>> evaluate(matcher, Qrels({"c": {"baker": 3, "p": 0}})).all.scores[0].mean
    1.0
    """
    asked = _asked(measures, False, skip_without_relevant, rounds, seed)
    found = json.loads(_call(_core.evaluate, matcher._core, qrels._core, asked))
    same, cross = ((found[part] and _report(found[part])) for part in ("same_language", "cross_language"))
    return Evaluation(
        _report(found["all"]), {language: _report(r) for language, r in found["by_language"].items()}, same, cross
    )


def compare(
    a: Matcher, b: Matcher, qrels: Qrels, measures: Sequence[str] | None = None, *,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Comparison:
    """Which of two matchers is better, and whether it is noise."""
    asked = _asked(measures, False, skip_without_relevant, rounds, seed)
    found = json.loads(_call(_core.compare, a._core, b._core, qrels._core, asked))
    by_language = {language: _differences(d) for language, d in found["by_language"].items()}
    all, same, cross = (_differences(found[part]) for part in ("all", "same_language", "cross_language"))
    return Comparison(all, by_language, same, cross)


def tune(
    matcher: Matcher, qrels: Qrels, measure: str | None = None, *, folds: int = 5, rounds: int = 10_000, seed: int = 0
) -> Tuned:
    """Fits weights by nested cross-validation, and keeps the matcher's own where the gain may be noise."""
    found = json.loads(_call(_core.tune, matcher._core, qrels._core, measure, folds, rounds, seed))
    found["gain"], found["folds"] = Difference(**found["gain"]), [Fold(**f) for f in found["folds"]]
    return Tuned(**found)
