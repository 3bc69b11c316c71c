"""osuma turns what people know how to do into solutions for organisations' problems.

>>> import osuma
>>> pool = osuma.Pool.in_memory(osuma.Taxonomy.starter())
>>> pool.add_profiles([{"id": "p1", "text": "I bake bread and I sell it at the market."}])
>>> pool.add_challenges([{"id": "c1", "title": "Bread", "text": "We have too few people who bake the bread."}])
>>> pool.commit()
>>> best = pool.matcher().profiles_for("c1", k=5)[0]
>>> best.profile, best.score is not None
('p1', True)

Documents come as dicts, or as a frame: pandas, polars, pyarrow, or anything else with Arrow's PyCapsule interface. Its
columns are the documents' fields; nested ones are lists and structs, or JSON in text. Nulls and NaN are absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Literal, TypeAlias

from . import _core, eval, semantic
from ._documents import Document, Documents, Progress, Vectors, plain_text, to_core, to_floats, to_json, told
from ._errors import (
    CancelledError, FormatError, InvalidInputError, MissingSideError, NotFoundError, OsumaError, StorageError, call,
    invalid,
)
from ._results import Contribution, Explanation, Link, Match, Mention, NearSentences, Ranking, RequirementMet, SharedWords, Table, record
from ._taxonomy import Taxonomy
from .semantic import SubwordMap

__all__ = [
    "CancelledError", "Contribution", "Explanation", "FormatError", "InvalidInputError", "Link", "Match", "Matcher",
    "Mention", "MissingSideError", "NearSentences", "NotFoundError", "OsumaError", "Pool", "Ranking",
    "RequirementMet", "SharedWords", "Snapshot", "StorageError", "Table", "Taxonomy", "eval", "semantic",
]

# A union at run time too, as stubtest wants it.
Side: TypeAlias = Literal["profiles"] | Literal["challenges"]
Subwords: TypeAlias = tuple[int, int] | None


class Snapshot:
    """An immutable, compiled pool: one set of bytes for every host. It pickles as its bytes.

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
        cls, taxonomy: Taxonomy, profiles: Documents, challenges: Documents,
        subwords: Subwords = (3, 5), k1: float = 1.2, b: float = 0.75,
    ) -> Snapshot:
        """Compiles documents without a pool, with the same scores."""
        documents = to_core(profiles), to_core(challenges)
        return cls(call(_core.Snapshot.compile, taxonomy._core, *documents, (subwords, k1, b)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Snapshot:
        """Reads a snapshot; FormatError if the bytes are damaged or of another version."""
        return cls(call(_core.Snapshot.from_bytes, data))

    def to_bytes(self) -> bytes:
        """The snapshot as bytes, the same on every platform."""
        return self._core.to_bytes()

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Snapshot:
        """Maps a snapshot's file into memory, shared with other processes; FormatError names it if it is damaged.

        The file must stay as it is while the snapshot is used; `save` puts another in its place instead.
        """
        return cls(call(_core.Snapshot.open, path))

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the snapshot to a file, in the place of one that is there, whole or not at all."""
        call(self._core.save, path)

    def only(self, side: Side) -> Snapshot:
        """The snapshot with one side only; scores stay the same to the bit."""
        return Snapshot(call(self._core.only, side))

    def without_map(self) -> Snapshot:
        """The snapshot without its map of meaning, a file of its own for all snapshots of a web page then."""
        return Snapshot(call(self._core.with_map, None))

    def with_map(self, map: SubwordMap) -> Snapshot:
        """The snapshot with the map that its documents were compiled with; FormatError for another one."""
        return Snapshot(call(self._core.with_map, map._core))

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that it was compiled with."""
        return Taxonomy(self._core.taxonomy())

    def ids(self, side: Side) -> list[str]:
        """The ids of a side, ascending."""
        return call(self._core.ids, side)

    def get(self, side: Side, id: str) -> dict[str, Any]:
        """A document as it was given; NotFoundError without one."""
        found: dict[str, Any] = json.loads(call(self._core.document, side, id))
        return found

    def language(self, side: Side, id: str) -> str | None:
        """A document's language: as it says, else as its text is recognised; None if it is none of the three."""
        return call(self._core.language, side, id)

    def count(self, side: Side) -> int:
        """How many documents a side has; 0 for a side that it does not hold."""
        return call(self._core.count, side)

    def __repr__(self) -> str:
        return f"Snapshot({self.count('profiles')} profiles, {self.count('challenges')} challenges)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Snapshot.from_bytes, (self.to_bytes(),)


class Matcher:
    """Answers over a snapshot. Giving weights replaces all of them: a signal that is not named is off.

    It pickles as its snapshot's bytes and its options, so that Spark and multiprocessing can send it.

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
        self._snapshot = snapshot
        given = None if weights is None else dict(weights)
        self._core = call(_core.Matcher, snapshot._core, given, list(gates or ()))

    @classmethod
    def from_bytes(
        cls, data: bytes, weights: Mapping[str, float] | None = None, gates: Sequence[str] | None = None
    ) -> Matcher:
        """A matcher over a snapshot's bytes."""
        return cls(Snapshot.from_bytes(data), weights, gates)

    def profiles_for(self, challenge: str | Document, k: int = 10) -> Ranking:
        """The k best profiles for a challenge, by its id or as a dict that the snapshot need not hold."""
        asked, new = _asked(challenge)
        return Ranking._of(json.loads(call(self._core.rank, "profiles", asked, new, k)))

    def challenges_for(self, profile: str | Document, k: int = 10) -> Ranking:
        """The k best challenges for a profile, by its id or as a dict that the snapshot need not hold."""
        asked, new = _asked(profile)
        return Ranking._of(json.loads(call(self._core.rank, "challenges", asked, new, k)))

    def explain(self, profile: str | Document, challenge: str) -> Explanation:
        """Why a pair scores as it does."""
        asked, new = _asked(profile)
        return Explanation._of(json.loads(call(self._core.explain, asked, challenge, new)))

    def assemble_team(self, challenge: str, size: int | None = None, **options: Any) -> Any:
        """The team that covers a challenge best together; `.members`, each with `.profile` and what it adds.

        Options are those of the Rust crate's `TeamOptions`: `must_include`, `exclude`, `max_overlap`, `redundancy`,
        `candidates`, `nodes`, `alternatives`, `coverage`.

        >>> profiles = [{"id": "a", "text": "I bake bread."}, {"id": "b", "text": "I keep the books."}]
        >>> problem = {"id": "c", "title": "Shop", "text": "We need baking bread and bookkeeping."}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), profiles, [problem]))
        >>> [member.profile for member in matcher.assemble_team("c", size=2).members]
        ['a', 'b']
        """
        return record(call(self._core.assemble_team, challenge, to_json({"size": size, **options})))

    def allocate(self, objective: str = "total", **options: Any) -> Any:
        """All people to all challenges at once: `total`, `max_min` or `stable`; `.placements`, `.left_out` with reasons.

        Options are those of the Rust crate's `AllocateOptions`: `best_for`, `candidates`, `floor`, `times`, `locked`,
        `forbidden`, `places`, `gates`.
        """
        return record(call(self._core.allocate, to_json({"objective": objective, **options})))

    def review(self, challenge: Document) -> list[Any]:
        """What an organisation should look at before it publishes a challenge, with reasons in three languages."""
        found: list[Any] = record(call(self._core.review, to_json(challenge)))
        return found

    def render(self, profile: str | Document, challenge: str, reader: str = "person", language: str = "en") -> Any:
        """An explanation in words (`.text`, `.parts`) for a "person", an "organisation" or an "auditor"."""
        asked, new = _asked(profile)
        return record(call(self._core.render, asked, challenge, new, reader, language))

    def match_all(
        self, k: int = 10, side: Side = "profiles", progress: Progress = False, threads: int | None = None
    ) -> Table:
        """The k best of every document of a side, in the order of ids, then of ranks. Ctrl-C stops it.

        `progress` is True for a bar (where tqdm is installed) or a function of (done, total); `threads` is the number
        of threads, all cores by default. Neither changes the answer. An error that the function raises stops the work.

        >>> person, problem = {"id": "p", "text": "I bake bread."}, {"id": "c", "title": "", "text": "Who bakes bread?"}
        >>> table = Matcher(Snapshot.compile(Taxonomy.starter(), [person], [problem])).match_all(k=3)
        >>> [(row["profile"], row["challenge"], row["rank"]) for row in table.to_pylist()]
        [('p', 'c', 1)]
        """
        with told(progress, side) as tell:
            return Table(call(self._core.match_all, side, k, threads, tell))

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that it answers over."""
        return self._snapshot

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each signal."""
        return dict(self._config()["weights"])

    @property
    def gates(self) -> list[str]:
        """The gates that shut out."""
        return list(self._config()["gates"])

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self._core.config())
        return config

    def __repr__(self) -> str:
        return f"Matcher({self.snapshot!r}, weights={self.weights}, gates={self.gates})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self.snapshot, self.weights, self.gates)


def _asked(document: str | Document) -> tuple[str, bool]:
    """An id, or the JSON of a document that is new."""
    if isinstance(document, str):
        return document, False
    if isinstance(document, Mapping):
        return to_json(document), True
    raise invalid("", f"got {type(document).__name__}; give an id, or a document as a dict")


class Pool:
    """Profiles and challenges that change, in a directory or in memory. Changes count from the next commit.

    Options: `subwords`, the shortest and longest grams of words (None for words alone); `k1` and `b` of BM25. A
    directory keeps those that it was made with; opening it with other ones is an error.

    As a context manager it commits at the end, rolls back after an exception, and closes. One process writes at a
    time; a pool is not for a fork of the process that opened it, but its snapshots and matchers are.

    >>> with Pool.in_memory(Taxonomy.starter()) as pool:
    ...     pool.add_profiles([{"id": "p1", "text": "I repair bicycles."}])
    ...     pool.commit()
    ...     pool.search("profiles", "bicycle"), pool.get("profiles", "p1")
    (['p1'], {'id': 'p1', 'text': 'I repair bicycles.'})
    """

    def __init__(
        self, path: str | PathLike[str], taxonomy: Taxonomy,
        subwords: Subwords = (3, 5), k1: float = 1.2, b: float = 0.75,
    ) -> None:
        self._path: str | None = fspath(path)
        self._core = call(_core.Pool, self._path, taxonomy._core, (subwords, k1, b))

    @classmethod
    def in_memory(
        cls, taxonomy: Taxonomy, subwords: Subwords = (3, 5), k1: float = 1.2, b: float = 0.75
    ) -> Pool:
        """A pool that lives as long as the object."""
        pool = cls.__new__(cls)
        pool._path = None
        pool._core = call(_core.Pool, None, taxonomy._core, (subwords, k1, b))
        return pool

    def add_profiles(
        self, profiles: Documents, progress: Progress = False, *, vectors: Vectors | None = None,
        model: str | None = None,
    ) -> None:
        """Adds profiles, all or none; an id that is there already is an error.

        `vectors` has a row of numbers for each profile, in their order, and `model` is the name of the encoder that
        made them. A frame's own column `vectors` holds lists of numbers, with `model` too, or structs of `model`,
        `document` and `parts`.

        `progress` is as in `Matcher.match_all`. Ctrl-C, or an error that it raises, stops the work while nothing of
        the batch is in.

        >>> pool = Pool.in_memory(Taxonomy.starter())
        >>> pool.add_profiles([{"id": "p", "text": "I bake."}], vectors=[[0.6, 0.8]], model="mine")
        >>> pool.commit()
        >>> pool.get("profiles", "p")["vectors"]
        {'model': 'mine', 'document': [0.6, 0.8]}
        """
        self._put("profiles", profiles, False, progress, vectors, model)

    def add_challenges(
        self, challenges: Documents, progress: Progress = False, *, vectors: Vectors | None = None,
        model: str | None = None,
    ) -> None:
        """Adds challenges, all or none; an id that is there already is an error."""
        self._put("challenges", challenges, False, progress, vectors, model)

    def update_profiles(
        self, profiles: Documents, progress: Progress = False, *, vectors: Vectors | None = None,
        model: str | None = None,
    ) -> None:
        """Adds profiles, in the place of those with the same ids."""
        self._put("profiles", profiles, True, progress, vectors, model)

    def update_challenges(
        self, challenges: Documents, progress: Progress = False, *, vectors: Vectors | None = None,
        model: str | None = None,
    ) -> None:
        """Adds challenges, in the place of those with the same ids."""
        self._put("challenges", challenges, True, progress, vectors, model)

    def _put(
        self, side: Side, documents: Documents, replace: bool, progress: Progress, vectors: Vectors | None,
        model: str | None,
    ) -> None:
        beside = model, None if vectors is None else to_floats(vectors, "/vectors")
        with told(progress, side) as tell:
            call(self._core.put, side, to_core(documents), beside, replace, tell)

    def remove(self, side: Side, id: str) -> bool:
        """Removes a document with the next commit. Tells whether it was there."""
        return call(self._core.remove, side, id, False)

    def forget(self, side: Side, id: str) -> bool:
        """Removes a document at once, and every byte of it from the directory."""
        return call(self._core.remove, side, id, True)

    def commit(self) -> None:
        """Makes all changes durable and visible."""
        call(self._core.turn, "commit")

    def rollback(self) -> None:
        """Drops all changes since the last commit."""
        call(self._core.turn, "rollback")

    def reload(self) -> None:
        """Sees what another process has committed."""
        call(self._core.turn, "reload")

    def close(self) -> None:
        """Drops what is not committed, and lets others write."""
        call(self._core.close)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            (self.commit if kind is None else self.rollback)()
        finally:
            self.close()

    def count(self, side: Side) -> int:
        """How many committed documents a side has."""
        return call(self._core.count, side)

    def get(self, side: Side, id: str) -> dict[str, Any] | None:
        """A committed document, or None."""
        return next(map(json.loads, call(self._core.documents, side, id)), None)

    def profiles(self) -> Iterator[dict[str, Any]]:
        """The committed profiles, in the order of their ids."""
        return map(json.loads, call(self._core.documents, "profiles", None))

    def challenges(self) -> Iterator[dict[str, Any]]:
        """The committed challenges, in the order of their ids."""
        return map(json.loads, call(self._core.documents, "challenges", None))

    def search(
        self, side: Side, query: str = "", k: int = 10, language: str | None = None, route: str | None = None,
        place: str | None = None, concept: str | None = None,
    ) -> list[str]:
        """Ids of committed documents with any of the query's words, best first; by id without words.

        The filters leave in those that have a sentence in the language, the route, the place's name and the concept.
        For finding one's way, not for matching.
        """
        return call(self._core.search, side, plain_text(query), (language, route, place, concept), k)

    def snapshot(self, sides: Literal["profiles", "challenges", "both"] = "both") -> Snapshot:
        """The committed pool, compiled; with one side only, as a web page needs it, if `sides` names one."""
        snapshot = Snapshot(call(self._core.snapshot))
        return snapshot if sides == "both" else snapshot.only(sides)

    def matcher(self, weights: Mapping[str, float] | None = None, gates: Sequence[str] | None = None) -> Matcher:
        """A matcher over the committed pool."""
        return Matcher(self.snapshot(), weights, gates)

    def __repr__(self) -> str:
        where = "in memory" if self._path is None else repr(self._path)
        try:
            return f"Pool({where}, {self.count('profiles')} profiles, {self.count('challenges')} challenges)"
        except StorageError as error:
            return f"Pool({where}, {error.message})"
