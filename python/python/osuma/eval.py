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
from dataclasses import asdict, dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Literal

from . import _core
from ._documents import ask, given, to_events
from ._errors import call, invalid
from ._results import Shown

if TYPE_CHECKING:
    from . import Matcher

__all__ = [
    "Comparison", "Difference", "Differences", "Evaluation", "Fold", "LearntWeights", "Qrels", "QueryReport", "Report", "Run",
    "Score", "Tuned", "compare", "compare_runs", "evaluate", "evaluate_run", "learn", "tune",
]


class Qrels:
    """Judged grades: for each query its documents, each with a grade; 0 and below is not relevant.

    >>> Qrels.parse("bread 0 baker 3").grades()
    {'bread': {'baker': 3}}
    """

    def __init__(self, grades: Mapping[str, Mapping[str, int]]) -> None:
        self._core = call(_core.Qrels, ({q: dict(d) for q, d in grades.items()}, None, None))

    @classmethod
    def _of(cls, text: str | None, path: str | None) -> Qrels:
        qrels = cls.__new__(cls)
        qrels._core = call(_core.Qrels, (None, text, path))
        return qrels

    @classmethod
    def parse(cls, text: str) -> Qrels:
        """Reads TREC's form; InvalidInputError names the line."""
        return cls._of(text, None)

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Qrels:
        """Reads a file in TREC's form."""
        return cls._of(None, fspath(path))

    def grades(self) -> dict[str, dict[str, int]]:
        """The grades by query and document."""
        return self._core.grades()

    def to_trec(self) -> str:
        """TREC's form."""
        return call(self._core.to_trec)

    def __repr__(self) -> str:
        grades = self.grades()
        return f"Qrels({len(grades)} queries, {sum(map(len, grades.values()))} grades)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Qrels, (self.grades(),)


class Run:
    """The scores that a system gave to documents, by query; more is better.

    >>> Run({"q": {"b": 0.5, "a": 0.5, "c": 0.7}}).ranked("q")
    ['c', 'a', 'b']
    """

    def __init__(self, scores: Mapping[str, Mapping[str, float]]) -> None:
        self._core = call(_core.Run, ({q: dict(d) for q, d in scores.items()}, None, None))

    @classmethod
    def _of(cls, core: _core.Run) -> Run:
        run = cls.__new__(cls)
        run._core = core
        return run

    @classmethod
    def parse(cls, text: str) -> Run:
        """Reads TREC's form; InvalidInputError names the line."""
        return cls._of(call(_core.Run, (None, text, None)))

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Run:
        """Reads a file in TREC's form."""
        return cls._of(call(_core.Run, (None, None, fspath(path))))

    @classmethod
    def of_matcher(cls, matcher: Matcher, challenges: Iterable[str], k: int = 1000) -> Run:
        """The k best profiles for each challenge; those without a score get -1."""
        return cls._of(call(_core.Run.of_matcher, matcher._core, list(challenges), k))

    def queries(self) -> list[str]:
        """The queries, ascending."""
        return self._core.queries()

    def ranked(self, query: str, trec_ties: bool = False) -> list[str]:
        """The documents of a query, best first; none for one that the run does not have."""
        return self._core.ranked(query, trec_ties)

    def to_trec(self, name: str = "osuma") -> str:
        """TREC's form."""
        return call(self._core.to_trec, name)

    def __repr__(self) -> str:
        queries = self.queries()
        return f"Run({len(queries)} queries, {sum(len(self.ranked(q)) for q in queries)} scores)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Run.parse, (self.to_trec(),)


@dataclass(frozen=True)
class Score:
    """A mean over queries, with its 95 % bootstrap interval."""

    measure: str
    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class QueryReport:
    """One query's values in the order of the measures; unjudged: ranked, not judged; missing: judged, not ranked."""

    query: str
    values: list[float]
    relevant: int
    unjudged: int
    missing: int


@dataclass(frozen=True, repr=False)
class Report(Shown):
    """The figures of a run. Ids on one side only are named: missing queries count 0, unjudged ones do not count."""

    scores: list[Score]
    queries: list[QueryReport]
    missing_queries: list[str]
    unjudged_queries: list[str]
    without_relevant: list[str]

    def __getitem__(self, measure: str) -> Score:
        """The score of a measure, by its name."""
        found = [score for score in self.scores if score.measure == measure]
        if not found:
            raise KeyError(f"{measure}: {', '.join(s.measure for s in self.scores)} were measured")
        return found[0]

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        return ["measure", "mean (95 %)"], [[s.measure, str(s)] for s in self.scores], _ids(self)


def _ids(report: Report) -> list[str]:
    unjudged, missing = (sum(getattr(q, what) for q in report.queries) for what in ("unjudged", "missing"))
    counts = {
        "queries": len(report.queries), "not ranked": len(report.missing_queries),
        "not judged": len(report.unjudged_queries), "without a relevant document": len(report.without_relevant),
        "documents ranked but not judged": unjudged, "judged but not ranked": missing,
    }
    return [", ".join(f"{count} {what}" for what, count in counts.items() if count or what == "queries")]


@dataclass(frozen=True, repr=False)
class Evaluation(Shown):
    """The figures of a matcher: all, by the challenge's language, and only candidates in the same or another one."""

    all: Report
    by_language: dict[str, Report]
    same_language: Report | None
    cross_language: Report | None

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        parts = {"all": self.all, **self.by_language, "same language": self.same_language,
                 "other languages": self.cross_language}
        shown = {name: part for name, part in parts.items() if part is not None}
        rows = [[s.measure, *(str(part.scores[i]) for part in shown.values())] for i, s in enumerate(self.all.scores)]
        return ["measure", *shown], rows, _ids(self.all)


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


_DIFFERENCE = ["measure", "a", "b", "b - a (95 %)", "p", "queries", "better"]


def _difference(d: Difference) -> list[str]:
    interval = f"{d.difference:+.3f} ({d.low:+.3f} to {d.high:+.3f})"
    return [d.measure, f"{d.a:.3f}", f"{d.b:.3f}", interval, f"{d.p:.3f}", str(d.queries), d.verdict]


class Differences(list[Difference], Shown):
    """One difference a measure; shows as a table."""

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        return _DIFFERENCE, [_difference(d) for d in self], []

    __repr__ = Shown.__repr__


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Which of two matchers is better, one difference a measure; in the parts of an Evaluation."""

    all: Differences
    by_language: dict[str, Differences]
    same_language: Differences
    cross_language: Differences

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        parts = {"all": self.all, **self.by_language, "same language": self.same_language,
                 "other languages": self.cross_language}
        return ["candidates", *_DIFFERENCE], [[name, *_difference(d)] for name, ds in parts.items() for d in ds], []


@dataclass(frozen=True)
class Fold:
    """One outer fold: its challenges, the weights fitted without them, and the means of both weights on them."""

    challenges: list[str]
    weights: dict[str, float]
    base: float
    tuned: float


@dataclass(frozen=True, repr=False)
class Tuned(Shown):
    """`weights` to use: the fitted ones if the gain on unseen challenges is more than noise, else the base ones."""

    weights: dict[str, float]
    fitted: dict[str, float]
    gain: Difference
    accepted: bool
    folds: list[Fold]

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [[s, f"{self.weights.get(s, 0.0):.3f}", f"{w:.3f}", *(f"{f.weights.get(s, 0.0):.3f}" for f in self.folds)]
                for s, w in self.fitted.items()]
        g = self.gain
        gain = f"{g.measure} {g.a:.3f} to {g.b:.3f} on unseen challenges ({g.low:+.3f} to {g.high:+.3f}, p {g.p:.3f})"
        verdict = "the fitted weights are kept" if self.accepted else "that may be noise: the base weights are kept"
        return ["signal", "to use", "fitted", *(f"fold {i + 1}" for i in range(len(self.folds)))], rows, [
            f"{gain}; {verdict}"]


def _asked(
    measures: Sequence[str] | None, trec_ties: bool, skip: bool, rounds: int, seed: int
) -> tuple[list[str] | None, bool, bool, int, int]:
    return None if measures is None else list(measures), trec_ties, skip, rounds, seed


def _report(found: dict[str, Any]) -> Report:
    scores = [Score(**s) for s in found.pop("scores")]
    queries = [QueryReport(**q) for q in found.pop("queries")]
    return Report(scores, queries, **found)


def _differences(found: list[dict[str, Any]]) -> Differences:
    return Differences(Difference(**d) for d in found)


def _measure(a: Any, b: Any, qrels: Qrels, asked: tuple[list[str] | None, bool, bool, int, int]) -> Any:
    return json.loads(call(_core.measure, a._core, None if b is None else b._core, qrels._core, asked))


def evaluate_run(
    run: Run, qrels: Qrels, measures: Sequence[str] | None = None, *, trec_ties: bool = False,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Report:
    """Measures a run. Queries without a relevant document count 0, as in trec_eval, unless they are skipped."""
    asked = _asked(measures, trec_ties, skip_without_relevant, rounds, seed)
    return _report(_measure(run, None, qrels, asked))


def compare_runs(
    a: Run, b: Run, qrels: Qrels, measures: Sequence[str] | None = None, *, trec_ties: bool = False,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Differences:
    """Which of two runs is better, and whether it is noise: one answer a measure.

    >>> qrels = Qrels({f"q{i}": {"right": 1} for i in range(12)})
    >>> a = Run({f"q{i}": {"wrong": 2, "right": 1} for i in range(12)})
    >>> b = Run({f"q{i}": {"right": 1} for i in range(12)})
    >>> compare_runs(a, b, qrels, ["RR"])[0].verdict
    'b'
    """
    asked = _asked(measures, trec_ties, skip_without_relevant, rounds, seed)
    return _differences(_measure(a, b, qrels, asked))


def evaluate(
    matcher: Matcher, qrels: Qrels, measures: Sequence[str] | None = None, *,
    skip_without_relevant: bool = False, rounds: int = 10_000, seed: int = 0,
) -> Evaluation:
    """How well a matcher ranks all its profiles for each judged challenge.

    >>> import osuma
    >>> people = [{"id": "baker", "text": "I bake bread."}, {"id": "p", "text": "I paint houses."}]
    >>> problem = {"id": "c", "title": "Bread", "text": "Who bakes the bread?"}
    >>> matcher = osuma.Matcher(osuma.Snapshot.compile(osuma.Taxonomy.starter(), people, [problem]))
    >>> evaluate(matcher, Qrels({"c": {"baker": 3, "p": 0}})).all.scores[0].mean
    1.0
    """
    asked = _asked(measures, False, skip_without_relevant, rounds, seed)
    found = _measure(matcher, None, qrels, asked)
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
    found = _measure(a, b, qrels, asked)
    by_language = {language: _differences(d) for language, d in found["by_language"].items()}
    all, same, cross = (_differences(found[part]) for part in ("all", "same_language", "cross_language"))
    return Comparison(all, by_language, same, cross)


def tune(
    matcher: Matcher, qrels: Qrels, measure: str | None = None, *, folds: int = 5, rounds: int = 10_000, seed: int = 0
) -> Tuned:
    """Fits weights by nested cross-validation, and keeps the matcher's own where the gain may be noise."""
    found = json.loads(call(_core.tune, matcher._core, qrels._core, measure, folds, rounds, seed))
    found["gain"], found["folds"] = Difference(**found["gain"]), [Fold(**f) for f in found["folds"]]
    return Tuned(**found)


@dataclass(frozen=True, repr=False)
class LearntWeights(Shown):
    """Weights, how they were got, and what they gain: a plain file that a person can read, change and put back
    (`Matcher(snapshot, learnt.weights)`).

    `refused` is None where the fitted weights replace the matcher's own, else "too_little" (evidence), "noise" (the gain
    may be chance) or "worse"; `verdict` says it in words. `signals` holds for each the own weight (`base`), the `fitted`
    one, and the `least` and `most` of the folds.
    """

    version: int
    weights: dict[str, float]
    refused: str | None
    verdict: str
    measure: str
    gain: dict[str, Any] | None
    signals: dict[str, dict[str, float]]
    strength: float | None
    evidence: dict[str, Any]
    folds: int
    seed: int
    osuma: str

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the file."""
        call(_core.learnt_weights, fspath(path), json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> LearntWeights:
        """Reads the file; an error names what is wrong in it."""
        return cls(**json.loads(call(_core.learnt_weights, fspath(path), None)))

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [[s, f"{self.weights.get(s, 0.0):.3f}", *(f"{w[c]:.3f}" for c in ("base", "fitted", "least", "most"))]
                for s, w in self.signals.items()]
        return ["signal", "to use", "own", "fitted", "least", "most"], rows, [self.verdict]


def learn(
    matcher: Matcher, judgements: Qrels | None = None, *, events: Iterable[Mapping[str, Any]] | None = None,
    measure: str | None = None, folds: int = 5, rounds: int = 10_000, seed: int = 0,
) -> LearntWeights:
    """Learns the signals' weights from judgements, or from a pool's feedback, by a convex fit with weights that are never
    negative. If there is too little to learn from, or the gain on unseen challenges may be chance, the matcher's own
    weights stay, and `refused` says why. Who was never shown was never refused: from events only those are candidates
    who were shown for a challenge, or more.

    >>> import osuma
    >>> pool = osuma.Pool.in_memory(osuma.Taxonomy.starter())
    >>> pool.add_profiles([{"id": "a", "text": "I bake."}, {"id": "b", "text": "I sew."}])
    >>> pool.add_challenges([{"id": "c", "title": "Bread", "text": "Who can bake?"}])
    >>> pool.commit()
    >>> learn(pool.matcher(), Qrels({"c": {"a": 3}})).refused
    'too_little'
    """
    if not isinstance(judgements, Qrels | None):
        raise invalid("/judgements", f"got {type(judgements).__name__}; give Qrels, or feedback as `events`")
    options = given(measure=measure, folds=folds, rounds=rounds, seed=seed)
    if (judgements is None) == (events is None):
        raise invalid("/events", "weights are learnt from judgements or from events")
    if judgements is not None:
        return LearntWeights(**ask(matcher._core.answer, "learn", True, judgements=judgements.grades(), options=options))
    found = ask(matcher._core.answer, "learn_from_events", True, events=to_events(events or ()), options=options)
    return LearntWeights(**found)
