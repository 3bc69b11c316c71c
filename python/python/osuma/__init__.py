"""osuma turns what people know how to do into solutions for organisations' problems.

>>> import osuma
>>> pool = osuma.Pool.in_memory(osuma.Taxonomy.starter())
>>> pool.add_profiles([{"id": "p1", "text": "I bake bread and I sell it at the market."}])
>>> pool.add_challenges([{"id": "c1", "title": "Bread", "text": "We have too few people who bake the bread."}])
>>> pool.commit()
>>> best = pool.matcher().profiles_for("c1", k=5)[0]
>>> best.profile, best.score is not None
('p1', True)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Literal, TypeVar, overload

from . import _core

__all__ = [
    "CancelledError", "Contribution", "Explanation", "FormatError", "InvalidInputError", "Match", "Matcher", "Mention",
    "MissingSideError", "NotFoundError", "OsumaError", "Pool", "Ranking", "RequirementMet", "SharedWords", "Snapshot",
    "StorageError", "Taxonomy",
]

Document = Mapping[str, Any]
Side = Literal["profiles", "challenges"]
T = TypeVar("T")


class OsumaError(Exception):
    """What osuma raises. `kind` says what went wrong, `path` where (a JSON pointer or a file)."""

    def __init__(self, kind: str, path: str, message: str) -> None:
        super().__init__(kind, path, message)
        self.kind = kind
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} (at {self.path})" if self.path else self.message


class InvalidInputError(OsumaError, ValueError):
    """A document, option or argument that is not acceptable."""


class NotFoundError(OsumaError, KeyError):
    """An id, concept or directory that is not there."""


class FormatError(OsumaError, ValueError):
    """Bytes or a directory that are damaged, or of another version."""


class StorageError(OsumaError, OSError):
    """The storage failed, or another writer has the pool."""


class MissingSideError(OsumaError, LookupError):
    """The snapshot does not hold the side that the question needs."""


class CancelledError(OsumaError):
    """The work was cancelled."""


_KINDS: dict[str, type[OsumaError]] = {
    "invalid_input": InvalidInputError, "not_found": NotFoundError, "damaged": FormatError, "version": FormatError,
    "storage": StorageError, "locked": StorageError, "missing_side": MissingSideError, "cancelled": CancelledError,
}


def _call(function: Callable[..., T], *arguments: Any) -> T:
    try:
        return function(*arguments)
    except _core.CoreError as error:
        kind, path, message = error.args
        raise _KINDS[kind](kind, path, message) from None
    except (OverflowError, UnicodeEncodeError) as error:  # numbers and strings that Rust has no place for
        raise InvalidInputError("invalid_input", "", str(error)) from None


def _json(value: Any) -> str:
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("invalid_input", "", str(error)) from None


@dataclass(frozen=True)
class Mention:
    """A place in a text that names a concept. `start` and `end` are bytes of the text in UTF-8."""

    start: int
    end: int
    concept: str
    confidence: float
    negated: bool


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
class Ranking(Sequence[Match]):
    """The best candidates of one document, best first; those without a score last."""

    matches: list[Match]
    shut_out: int

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

    def __repr__(self) -> str:
        lines = [f"{'rank':>4}  {'score':>5}  {'known':>5}  profile, challenge"]
        for m in self.matches:
            score = "    ?" if m.score is None else f"{m.score:5.2f}"
            why = f" ({m.unknown})" if m.unknown else ""
            lines.append(f"{m.rank:4}  {score}  {m.known:5.2f}  {m.profile}, {m.challenge}{why}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Contribution:
    """What one signal adds to a score: weight * value / sum of the known weights."""

    signal: str
    value: float | None
    weight: float
    contribution: float


@dataclass(frozen=True)
class RequirementMet:
    """How one requirement is met, 0 (missing) to 1, and by which claim."""

    requirement: str
    weight: float
    must: bool
    degree: float
    by: str | None


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
    gates: list[str]
    unknown: str | None


class Taxonomy:
    """Concepts of competence and their graph.

    >>> taxonomy = Taxonomy.starter()
    >>> [taxonomy.label(m.concept, "en") for m in taxonomy.recognise("Laitan ruokaa.", language="fi")]
    ['cooking']
    """

    def __init__(self, core: _core.Taxonomy) -> None:
        self._core = core

    @classmethod
    def starter(cls) -> Taxonomy:
        """The taxonomy that comes with osuma."""
        return cls(_core.Taxonomy.starter())

    def recognise(self, text: str, language: str | None = None) -> list[Mention]:
        """The concepts that a text names, in the order of their places."""
        return [Mention(**m) for m in json.loads(_call(self._core.recognise, _text(text), language))]

    def similarity(self, claim: str, requirement: str) -> float:
        """To what degree, 0 to 1, a claim of one concept meets a requirement of another."""
        return _call(self._core.similarity, claim, requirement)

    def label(self, uri: str, language: str) -> str:
        """A concept's preferred label."""
        return _call(self._core.label, uri, language)

    def __len__(self) -> int:
        return len(self._core)


def _text(text: str) -> str:
    """Lone surrogates, which are no characters, become question marks; spans are bytes of the text with these."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Snapshot:
    """An immutable, compiled pool: one set of bytes for every host.

    >>> person = {"id": "p1", "text": "I bake bread."}
    >>> problem = {"id": "c1", "title": "Bread", "text": "We need somebody who bakes bread."}
    >>> snapshot = Snapshot.compile(Taxonomy.starter(), [person], [problem])
    >>> Snapshot.from_bytes(snapshot.to_bytes()).to_bytes() == snapshot.to_bytes()
    True
    """

    def __init__(self, core: _core.Snapshot) -> None:
        self._core = core

    @classmethod
    def compile(
        cls, taxonomy: Taxonomy, profiles: Sequence[Document], challenges: Sequence[Document],
        subwords: tuple[int, int] | None = (3, 5), k1: float = 1.2, b: float = 0.75,
    ) -> Snapshot:
        """Compiles documents without a pool, with the same scores."""
        documents = _json(list(profiles)), _json(list(challenges))
        return cls(_call(_core.Snapshot.compile, taxonomy._core, *documents, subwords, k1, b))

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """Reads a snapshot; FormatError if the bytes are damaged or of another version."""
        return cls(_call(_core.Snapshot.from_bytes, data))

    def to_bytes(self) -> bytes:
        """The snapshot as bytes, the same on every platform."""
        return self._core.to_bytes()

    def only(self, side: Side) -> Snapshot:
        """The snapshot with one side only; scores stay the same to the bit."""
        return Snapshot(_call(self._core.only, side))


class Matcher:
    """Answers over a snapshot. Giving weights replaces all of them: a signal that is not named is off.

    >>> problem = {"id": "c1", "title": "Bread", "text": "We need somebody who bakes bread."}
    >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), [], [problem]), weights={"skills": 0.7, "text": 0.3})
    >>> me = {"id": "me", "text": "I bake bread."}
    >>> [m.challenge for m in matcher.challenges_for(me)]
    ['c1']
    >>> [c.signal for c in matcher.explain(me, "c1").contributions]
    ['skills', 'text']
    """

    def __init__(
        self, snapshot: Snapshot, weights: Mapping[str, float] | None = None, gates: Sequence[str] | None = None
    ) -> None:
        given = None if weights is None else dict(weights)
        self._core = _call(_core.Matcher, snapshot._core, given, list(gates or ()))

    @classmethod
    def from_bytes(
        cls, data: bytes, weights: Mapping[str, float] | None = None, gates: Sequence[str] | None = None
    ) -> Matcher:
        """A matcher over a snapshot's bytes."""
        return cls(Snapshot.from_bytes(data), weights, gates)

    def profiles_for(self, challenge: str | Document, k: int = 10) -> Ranking:
        """The k best profiles for a challenge, by its id or as a dict that the snapshot need not hold."""
        ask = self._core.profiles_for if isinstance(challenge, str) else self._core.profiles_for_new
        return _ranking(json.loads(_call(ask, _id(challenge), k)))

    def challenges_for(self, profile: str | Document, k: int = 10) -> Ranking:
        """The k best challenges for a profile, by its id or as a dict that the snapshot need not hold."""
        ask = self._core.challenges_for if isinstance(profile, str) else self._core.challenges_for_new
        return _ranking(json.loads(_call(ask, _id(profile), k)))

    def explain(self, profile: str | Document, challenge: str) -> Explanation:
        """Why a pair scores as it does."""
        ask = self._core.explain if isinstance(profile, str) else self._core.explain_new
        found = json.loads(_call(ask, _id(profile), challenge))
        found["contributions"] = [Contribution(**c) for c in found["contributions"]]
        found["requirements"] = [RequirementMet(**r) for r in found["requirements"]]
        found["words"] = [SharedWords(**w) for w in found["words"]]
        return Explanation(**found)

    def match_all(self, k: int = 10, side: Side = "profiles") -> list[Ranking]:
        """Rankings of every document of a side, in the order of ids. Ctrl-C stops it."""
        return [_ranking(r) for r in json.loads(_call(self._core.match_all, side, k))]


def _id(document: str | Document) -> str:
    return document if isinstance(document, str) else _json(document)


def _ranking(found: dict[str, Any]) -> Ranking:
    return Ranking([Match(**m) for m in found["matches"]], found["shut_out"])


class Pool:
    """Profiles and challenges that change, in a directory or in memory. Changes count from the next commit."""

    def __init__(self, path: str | PathLike[str], taxonomy: Taxonomy) -> None:
        self._core = _call(_core.Pool, fspath(path), taxonomy._core)

    @classmethod
    def in_memory(
        cls, taxonomy: Taxonomy, subwords: tuple[int, int] | None = (3, 5), k1: float = 1.2, b: float = 0.75
    ) -> Pool:
        """A pool that lives as long as the object."""
        pool = cls.__new__(cls)
        pool._core = _call(_core.Pool.in_memory, taxonomy._core, subwords, k1, b)
        return pool

    def add_profiles(self, profiles: Sequence[Document]) -> None:
        """Adds profiles, all or none; an id that is there already is an error."""
        _call(self._core.add_profiles, _json(list(profiles)))

    def add_challenges(self, challenges: Sequence[Document]) -> None:
        """Adds challenges, all or none; an id that is there already is an error."""
        _call(self._core.add_challenges, _json(list(challenges)))

    def update_profiles(self, profiles: Sequence[Document]) -> None:
        """Adds profiles, in the place of those with the same ids."""
        _call(self._core.update_profiles, _json(list(profiles)))

    def update_challenges(self, challenges: Sequence[Document]) -> None:
        """Adds challenges, in the place of those with the same ids."""
        _call(self._core.update_challenges, _json(list(challenges)))

    def remove(self, side: Side, id: str) -> bool:
        """Removes a document with the next commit. Tells whether it was there."""
        return _call(self._core.remove, side, id)

    def forget(self, side: Side, id: str) -> bool:
        """Removes a document at once, and every byte of it from the directory."""
        return _call(self._core.forget, side, id)

    def commit(self) -> None:
        """Makes all changes durable and visible."""
        _call(self._core.commit)

    def rollback(self) -> None:
        """Drops all changes since the last commit."""
        _call(self._core.rollback)

    def count(self, side: Side) -> int:
        """How many committed documents a side has."""
        return _call(self._core.count, side)

    def snapshot(self) -> Snapshot:
        """The committed pool, compiled."""
        return Snapshot(_call(self._core.snapshot))

    def matcher(self, weights: Mapping[str, float] | None = None, gates: Sequence[str] | None = None) -> Matcher:
        """A matcher over the committed pool."""
        return Matcher(self.snapshot(), weights, gates)
