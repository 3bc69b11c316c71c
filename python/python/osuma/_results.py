"""What a matcher answers: plain, immutable, pickled as data, shown as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from html import escape
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints, overload

from . import _core
from ._errors import call

if TYPE_CHECKING:
    # Private names: they are not there at run time.
    import pandas as _pandas
    import polars as _polars
    import pyarrow as _pyarrow

#: Rows of a long table that are shown.
_SHOWN = 20


@dataclass(frozen=True)
class Mention:
    """A place in a text that names a concept. `start` and `end` are bytes of the text in UTF-8."""

    start: int
    end: int
    concept: str
    confidence: float
    negated: bool


@dataclass(frozen=True)
class Link:
    """A concept that a text may mean, its label in the text's language, and a score in [0, 1] within this text."""

    concept: str
    label: str
    score: float


@dataclass(frozen=True)
class Match:
    """A scored pair. `score` is None if nothing is known, and then `unknown` says why."""

    profile: str
    challenge: str
    rank: int
    score: float | None
    known: float
    signals: dict[str, float | None]
    gates: list[str]
    unknown: str | None


@dataclass(frozen=True)
class Contribution:
    """What one signal adds to a score: weight * value / sum of the known weights."""

    signal: str
    value: float | None
    weight: float
    contribution: float
    #: Why the value is not known; None where it is.
    silent: str | None = None


@dataclass(frozen=True)
class RequirementMet:
    """How one requirement is met, 0 (missing) to 1, and by which claim."""

    requirement: str
    weight: float
    must: bool
    degree: float
    by: str | None
    #: The level that is asked for, 1 to 5, and who asks.
    level: int | None = None
    status: str = "stated"
    #: Bytes of the challenge's title, line feed, text that name it.
    span: list[int] | None = None
    #: What is known of the claim: how, status, similarity, strength, level, span.
    meets: dict[str, Any] | None = None


@dataclass(frozen=True)
class NearSentences:
    """Two sentences that are near in meaning, as bytes like those of SharedWords, and how near, 0 to 1."""

    profile: list[int]
    challenge: list[int]
    degree: float


@dataclass(frozen=True)
class SharedWords:
    """Words that the two texts share, as bytes of the profile's text and of the challenge's title, line feed, text."""

    profile: list[int]
    challenge: list[int]
    share: float


@dataclass(frozen=True)
class Explanation:
    """Why a pair scores as it does. The contributions, added in their order, are the score to the bit."""

    profile: str
    challenge: str
    score: float | None
    known: float
    contributions: list[Contribution]
    requirements: list[RequirementMet]
    words: list[SharedWords]
    sentences: list[NearSentences]
    gates: list[str]
    #: Languages, distance, days, hours and routes of the two.
    circumstances: dict[str, Any]
    unknown: str | None

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Explanation:
        found["contributions"] = [Contribution(**c) for c in found["contributions"]]
        found["requirements"] = [RequirementMet(**r) for r in found["requirements"]]
        found["words"] = [SharedWords(**w) for w in found["words"]]
        found["sentences"] = [NearSentences(**n) for n in found["sentences"]]
        return cls(**found)

    def __repr__(self) -> str:
        head = f"{self.profile} for {self.challenge}: {number(self.score)} ({number(self.known)} of the weights known)"
        rows = [[c.signal, number(c.value), number(c.weight), number(c.contribution)] for c in self.contributions]
        parts = [head, show_text(["signal", "value", "weight", "adds"], rows)]
        if self.requirements:
            met = [[r.requirement, number(r.degree), r.by or ""] for r in self.requirements]
            parts.append(show_text(["requirement", "met", "by"], met))
        parts += [f"fails: {', '.join(self.gates)}"] * bool(self.gates)
        parts += [f"unknown: {self.unknown}"] * (self.unknown is not None)
        return "\n\n".join(parts)


def record(found: Any) -> Any:
    """An answer of the core with its fields as attributes."""
    if isinstance(found, list):
        return [record(one) for one in found]
    return SimpleNamespace(**{name: record(value) for name, value in found.items()}) if isinstance(found, dict) else found


T = TypeVar("T")


def made(of: type[T], found: dict[str, Any]) -> T:
    """An answer of the core as a dataclass, and its parts as those that the fields are declared with."""
    types = get_type_hints(of)
    return of(**{name: _part(types[name], value) for name, value in found.items()})


def _part(of: Any, found: Any) -> Any:
    if get_origin(of) is list:
        return [_part(get_args(of)[0], one) for one in found]
    return made(of, found) if isinstance(of, type) and is_dataclass(of) else found


def number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return number(value) if isinstance(value, float) else "" if value is None else str(value)


def show_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in [columns, *rows])


def show_html(columns: Sequence[str], rows: Sequence[Sequence[str]], foot: str = "") -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" + (f"<p>{escape(foot)}</p>" if foot else "")


class Shown:
    """Shows as a table, as text and in a notebook."""

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        """Columns, rows and notes."""
        raise NotImplementedError

    def __repr__(self) -> str:
        columns, rows, notes = self._table()
        more = [f"{len(rows)} rows"] * (len(rows) > _SHOWN)
        return "\n".join([show_text(columns, rows[:_SHOWN]), *more, *notes])

    def _repr_html_(self) -> str:
        columns, rows, notes = self._table()
        more = [f"{len(rows)} rows"] * (len(rows) > _SHOWN)
        return show_html(columns, rows[:_SHOWN], "; ".join([*more, *notes]))


class Tabular(Shown):
    """An answer that is also a table, for whatever reads Arrow."""

    def table(self) -> Table:
        """The same as a table, for whatever reads Arrow."""
        raise NotImplementedError

    def to_arrow(self) -> _pyarrow.Table:
        """As a table of pyarrow, which must be installed."""
        return self.table().to_arrow()

    def to_pandas(self) -> _pandas.DataFrame:
        """As a frame of pandas, which must be installed, with pyarrow."""
        return self.table().to_pandas()

    def to_polars(self) -> _polars.DataFrame:
        """As a frame of polars, which must be installed."""
        return self.table().to_polars()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table().__arrow_c_stream__(requested_schema)


class Table:
    """An Arrow table, which pandas, polars, pyarrow, DuckDB and others read without a copy.

    Columns of matches: `profile`, `challenge` (text), `rank` (uint32, from 1), `score` (float64, null if unknown), `known`
    (float64), one float64 column for each signal (null if unknown or off), `gates` (list of text: those that the pair
    fails) and `unknown` (text: why there is no score).

    >>> table = Table([Match("p1", "c1", 1, 0.5, 1.0, {"text": 0.5}, [], None)])
    >>> len(table), table.column_names[:4]
    (1, ['profile', 'challenge', 'rank', 'score'])
    >>> table.to_pylist()[0]["text"]
    0.5
    """

    def __init__(self, matches: Sequence[Match] | _core.Table) -> None:
        self._kind = "matches"
        if not isinstance(matches, _core.Table):
            matches = call(_core.Table, self._kind, json.dumps([vars(m) | m.signals for m in matches]))
        self._core = matches

    @classmethod
    def _of(cls, kind: str, rows: list[dict[str, Any]]) -> Table:
        table = cls.__new__(cls)
        table._kind = kind
        table._core = call(_core.Table, kind, json.dumps(rows))
        return table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._core.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._core)

    @property
    def column_names(self) -> list[str]:
        """The columns' names, in their order."""
        return self._core.columns()

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return self._rows(len(self))

    def to_arrow(self) -> _pyarrow.Table:
        """As a table of pyarrow, which must be installed."""
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> _pandas.DataFrame:
        """As a frame of pandas, which must be installed, with pyarrow."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> _polars.DataFrame:
        """As a frame of polars, which must be installed."""
        import polars

        return polars.DataFrame(self)

    def _rows(self, count: int) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._core.rows(count).splitlines()]

    def _shown(self) -> tuple[list[str], list[list[str]], str]:
        rows = self._rows(_SHOWN)
        # What is empty in all shown rows says nothing.
        columns = [c for c in self.column_names if any(r[c] not in (None, []) for r in rows)] or self.column_names
        foot = f"{len(self)} rows" if len(self) > len(rows) else ""
        return columns, [[_cell(r[c]) for c in columns] for r in rows], foot

    def __repr__(self) -> str:
        columns, rows, foot = self._shown()
        return "\n".join([show_text(columns, rows), foot] if foot else [show_text(columns, rows)])

    def _repr_html_(self) -> str:
        return show_html(*self._shown())

    def __reduce__(self) -> tuple[Any, ...]:
        return Table._of, (self._kind, self.to_pylist())


@dataclass(frozen=True, repr=False)
class Ranking(Tabular, Sequence[Match]):
    """The best candidates of one document, best first; those without a score last. Its columns are those of `Table`."""

    matches: list[Match]
    #: How many candidates a gate shut out.
    shut_out: int

    @classmethod
    def _of(cls, found: dict[str, Any]) -> Ranking:
        return cls([Match(**m) for m in found["matches"]], found["shut_out"])

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> list[Match]: ...
    def __getitem__(self, index: int | slice) -> Match | list[Match]:
        return self.matches[index]

    def __len__(self) -> int:
        return len(self.matches)

    def __iter__(self) -> Iterator[Match]:
        return iter(self.matches)

    def table(self) -> Table:
        """The same as a table, for whatever reads Arrow."""
        return Table(self.matches)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
