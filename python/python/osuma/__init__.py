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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Literal, TypeAlias

from . import _core, eval, semantic
from ._actions import (
    Allocation, NewDirection, Routes, SmallestChange, Team, Unlocks, WhatIf,
)
from ._documents import Document, Documents, Progress, Vectors, ask, given, plain_text, to_core, to_events, to_floats, told
from ._errors import (
    CancelledError, FormatError, InvalidInputError, MissingSideError, NotFoundError, OsumaError, StorageError, call,
)
from ._results import (
    Contribution, Explanation, Link, Match, Mention, NearSentences, Ranking, RequirementMet, SharedWords, Table, made,
    record,
)
from ._taxonomy import Taxonomy
from .semantic import SubwordMap

__all__ = [
    "Allocation", "CancelledError", "Contribution", "Explanation", "FormatError", "InvalidInputError", "Link", "Match",
    "Matcher", "Mention", "MissingSideError", "NearSentences", "NewDirection", "NotFoundError", "OsumaError", "Pool",
    "Ranking", "RequirementMet", "Routes", "SharedWords", "SmallestChange", "Snapshot", "StorageError", "Table",
    "Taxonomy", "Team", "Unlocks", "WhatIf", "eval", "semantic",
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
        ids: list[str] = ask(self._core.answer, "ids", side=side)
        return ids

    def get(self, side: Side, id: str) -> dict[str, Any]:
        """A document as it was given; NotFoundError without one."""
        found: dict[str, Any] = ask(self._core.answer, "document", side=side, id=id)
        return found

    def language(self, side: Side, id: str) -> str | None:
        """A document's language: as it says, else as its text is recognised; None if it is none of the three."""
        language: str | None = ask(self._core.answer, "language", side=side, id=id)
        return language

    def count(self, side: Side) -> int:
        """How many documents a side has; 0 for a side that it does not hold."""
        count: int = ask(self._core.answer, "count", side=side)
        return count

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
        return Ranking._of(ask(self._core.answer, "profiles_for", False, challenge=challenge, options={"k": k}))

    def challenges_for(self, profile: str | Document, k: int = 10) -> Ranking:
        """The k best challenges for a profile, by its id or as a dict that the snapshot need not hold."""
        return Ranking._of(ask(self._core.answer, "challenges_for", False, profile=profile, options={"k": k}))

    def explain(self, profile: str | Document, challenge: str) -> Explanation:
        """Why a pair scores as it does."""
        return Explanation._of(ask(self._core.answer, "explain", False, profile=profile, challenge=challenge))

    def what_if(
        self, profile: str | Document, add: Sequence[str | Mapping[str, Any]] = (), remove: Sequence[str] = (),
        confirm: Sequence[str] = (), reject: Sequence[str] = (), *, wishes: Sequence[Mapping[str, Any]] | None = None,
        place: Mapping[str, Any] | None = None, availability: Mapping[str, Any] | None = None,
        languages: Sequence[Mapping[str, Any]] | None = None, routes: Sequence[str] | None = None,
    ) -> WhatIf:
        """What a change of a person would do to all challenges. Nothing of it is stored.

        `add` takes claims, or URIs of concepts for confirmed claims; `remove` takes claims away, `confirm` and `reject`
        change what stands behind a concept, also one that only the text names. `wishes`, `place`, `availability`,
        `languages` and `routes` stand in place of the person's. A path in an error points into the change.

        >>> problem = {"id": "c", "title": "Help", "text": "", "requirements": [{"concept": "osuma:baking"}]}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), [], [problem]), weights={"skills": 1.0})
        >>> matcher.what_if({"id": "me", "text": "I repair bicycles."}, add=["osuma:baking"])
        challenge  before  after  rank
        c          ?       1.00   1 → 1
        challenges that change: 1 of 1
        """
        change = given(
            add=list(add), remove=list(remove), confirm=list(confirm), reject=list(reject), wishes=wishes, place=place,
            availability=availability, languages=languages, routes=routes,
        )
        return made(WhatIf, ask(self._core.answer, "what_if", True, profile=profile, change=change))

    def smallest_change(
        self, profile: str | Document, challenge: str, target: Literal["gates"] | Mapping[str, float],
        costs: Mapping[str, float] | None = None,
    ) -> SmallestChange:
        """The cheapest set of skills that brings a person to a target at a challenge.

        `target` is `{"score": 0.7}`, `{"rank": 3}` among the challenge's people, or "gates": past the musts and the
        matcher's gates. A skill costs its distance from what the person has, 0.1 to 1, or what `costs` says by URI.

        >>> problem = {"id": "c", "title": "Help", "text": "", "requirements": [{"concept": "osuma:baking"}]}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), [], [problem]), weights={"skills": 1.0})
        >>> least = matcher.smallest_change({"id": "me", "text": "I repair bicycles."}, "c", {"score": 0.8})
        >>> [skill.skill for skill in least.skills], least.reachable, least.proven
        (['osuma:baking'], True, True)
        """
        arguments = {"profile": profile, "challenge": challenge, "target": target, "costs": costs}
        return made(SmallestChange, ask(self._core.answer, "smallest_change", False, **arguments))

    def unlocks(self, profile: str | Document, score: float | None = None, most: int | None = None) -> Unlocks:
        """Which single skills and pairs would newly open most challenges to a person.

        A challenge is open from `score` on (0.5), where the person meets its musts and no gate shuts it; at most
        `most` skills and pairs (10) are told.

        >>> problem = {"id": "c", "title": "Help", "text": "", "requirements": [{"concept": "osuma:baking"}]}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), [], [problem]), weights={"skills": 1.0})
        >>> matcher.unlocks({"id": "me", "text": "I repair bicycles."}, most=1)
        skills        cost  opens
        osuma:baking  1.00  c
        challenges open as it is: 0
        """
        options = given(score=score, most=most)
        return made(Unlocks, ask(self._core.answer, "unlocks", True, profile=profile, options=options))

    def routes(
        self, profile: str | Document, goal: Mapping[str, str], *, steps: int | None = None, most: int | None = None,
        nodes: int | None = None,
    ) -> Routes:
        """Paths from what a person can today to a goal, over challenges that teach something.

        `goal` is `{"challenge": id}` or `{"concept": URI}` of a skill or an occupation. `steps` at most (4, as many as
        there may be), `most` paths (5), after looking at `nodes` partial ones (50,000).

        >>> course = {"id": "course", "title": "Baking", "text": "", "teaches": ["osuma:baking"]}
        >>> shop = {"id": "shop", "title": "Shop", "text": "", "requirements": [{"concept": "osuma:baking", "importance": "must"}]}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), [], [course, shop]))
        >>> matcher.routes({"id": "me", "text": "I repair bicycles."}, {"challenge": "shop"})
        steps          coverage  gives
        course → shop  0.50      osuma:baking
        """
        options = given(steps=steps, most=most, nodes=nodes)
        return made(Routes, ask(self._core.answer, "routes", False, profile=profile, goal=goal, options=options))

    def new_directions(
        self, profile: str, score: float | None = None, outside: float | None = None, most: int | None = None
    ) -> list[NewDirection]:
        """Challenges outside a person's former trade where their evidence is strong, with that evidence, best first.

        Strong is a score of `score` (0.4) or more; outside is a challenge of whose needs the share `outside` (0.5) is
        in other fields than most of the person's claims. At most `most` (5) are told.

        >>> person = {"id": "p", "text": "I bake bread.", "skills": [{"concept": "osuma:baking"}]}
        >>> problem = {"id": "c", "title": "Bread", "text": "Who bakes the bread?"}
        >>> Matcher(Snapshot.compile(Taxonomy.starter(), [person], [problem])).new_directions("p")
        []
        """
        options = given(score=score, outside=outside, most=most)
        found = ask(self._core.answer, "new_directions", False, profile=profile, options=options)
        return [NewDirection(d["challenge"], d["outside"], Explanation._of(d["evidence"])) for d in found]

    def supply_and_demand(self, by: Literal["none", "language", "place"] = "none", least: int | None = None) -> Table:
        """Per competence how many people can, and how many challenges need it, as a table.

        Columns: `concept`, `group` (the language or place that rows are counted by), `people`, `confirmed`,
        `unconfirmed`, `challenges`, `musts`, `gap` (challenges less people) and `hidden_strength` (much supply, little
        demand). Fewer than `least` people (5) are null, and so is what they could be reckoned from.

        >>> people = [{"id": f"p{i}", "text": "", "skills": [{"concept": "osuma:baking"}]} for i in range(6)]
        >>> problem = {"id": "c", "title": "Help", "text": "", "requirements": [{"concept": "osuma:baking"}]}
        >>> table = Matcher(Snapshot.compile(Taxonomy.starter(), people, [problem])).supply_and_demand()
        >>> [(r["concept"], r["people"], r["gap"]) for r in table.to_pylist() if r["challenges"]]
        [('osuma:baking', 6, -5)]
        """
        rows = ask(self._core.answer, "supply_and_demand", True, options=given(by=by, least=least))
        return Table._of("supply", rows)

    def assemble_team(self, challenge: str, size: int | None = None, **options: Any) -> Team:
        """The team that covers a challenge best together; `.members`, each with `.profile` and what it adds.

        Options are those of the Rust crate's `TeamOptions`: `must_include`, `exclude`, `max_overlap`, `redundancy`,
        `candidates`, `nodes`, `alternatives`, `coverage`, and `roles`: each a `name` and `requirements`, held by one
        member; `.roles` tells who holds them.

        >>> profiles = [{"id": "a", "text": "I bake bread."}, {"id": "b", "text": "I keep the books."}]
        >>> problem = {"id": "c", "title": "Shop", "text": "We need baking bread and bookkeeping."}
        >>> matcher = Matcher(Snapshot.compile(Taxonomy.starter(), profiles, [problem]))
        >>> [member.profile for member in matcher.assemble_team("c", size=2).members]
        ['a', 'b']
        >>> cashier = {"name": "cashier", "requirements": [{"concept": "osuma:bookkeeping"}]}
        >>> [(held.role, held.profile) for held in matcher.assemble_team("c", size=2, roles=[cashier]).roles]
        [('cashier', 'b')]
        """
        options = given(size=size, **options)
        return made(Team, ask(self._core.answer, "assemble_team", True, challenge=challenge, options=options))

    def allocate(self, objective: Literal["total", "max_min", "stable"] = "total", **options: Any) -> Allocation:
        """All people to all challenges at once; `.placements`, and `.left_out` with reasons.

        Options are those of the Rust crate's `AllocateOptions`: `best_for`, `candidates`, `floor`, `times`, `locked`,
        `forbidden`, `places`, `gates`.

        >>> people = [{"id": "a", "text": "I bake bread."}, {"id": "b", "text": "I bake bread and cakes."}]
        >>> problem = {"id": "c", "title": "Cakes", "text": "Who can bake bread and cakes with us?"}
        >>> allocation = Matcher(Snapshot.compile(Taxonomy.starter(), people, [problem])).allocate()
        >>> [p.profile for p in allocation.placements], [(p.profile, p.reason) for p in allocation.left_out]
        (['b'], [('a', 'full')])
        """
        options = given(objective=objective, **options)
        return made(Allocation, ask(self._core.answer, "allocate", True, options=options))

    def review(self, challenge: Document) -> list[Any]:
        """What an organisation should look at before it publishes a challenge, with reasons in three languages."""
        found: list[Any] = record(ask(self._core.answer, "review", False, challenge=challenge))
        return found

    def render(self, profile: str | Document, challenge: str, reader: str = "person", language: str = "en") -> Any:
        """An explanation in words (`.text`, `.parts`) for a "person", an "organisation" or an "auditor"."""
        arguments = {"profile": profile, "challenge": challenge, "reader": reader, "language": language}
        return record(ask(self._core.answer, "render", False, **arguments))

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
        config: dict[str, Any] = ask(self._core.answer, "config", False)
        return config

    def __repr__(self) -> str:
        return f"Matcher({self.snapshot!r}, weights={self.weights}, gates={self.gates})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Matcher, (self.snapshot, self.weights, self.gates)


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
        was: bool = ask(self._core.answer, "remove", side=side, id=id)
        return was

    def forget(self, side: Side, id: str) -> bool:
        """Removes a document at once, and every byte of it from the directory."""
        was: bool = ask(self._core.answer, "forget", side=side, id=id)
        return was

    def commit(self) -> None:
        """Makes all changes durable and visible."""
        ask(self._core.answer, "commit")

    def rollback(self) -> None:
        """Drops all changes since the last commit."""
        ask(self._core.answer, "rollback")

    def reload(self) -> None:
        """Sees what another process has committed."""
        ask(self._core.answer, "reload")

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
        count: int = ask(self._core.answer, "count", side=side)
        return count

    def get(self, side: Side, id: str) -> dict[str, Any] | None:
        """A committed document, or None."""
        found: dict[str, Any] | None = ask(self._core.answer, "get", side=side, id=id)
        return found

    def profiles(self) -> Iterator[dict[str, Any]]:
        """The committed profiles, in the order of their ids, read by the thousand: a pool may be larger than memory."""
        return self._listed("profiles")

    def challenges(self) -> Iterator[dict[str, Any]]:
        """The committed challenges, in the order of their ids, as `profiles`."""
        return self._listed("challenges")

    def _listed(self, side: Side) -> Iterator[dict[str, Any]]:
        last: str | None = None
        while page := ask(self._core.answer, side, options=given(after=last, k=1000)):
            yield from page
            last = page[-1]["id"]

    def search(
        self, side: Side, query: str = "", k: int = 10, language: str | None = None, route: str | None = None,
        place: str | None = None, concept: str | None = None,
    ) -> list[str]:
        """Ids of committed documents with any of the query's words, best first; by id without words.

        A word behind `+` must be there, one behind `-` must not: "leipä +Turku -kondiittori".
        The filters leave in those that have a sentence in the language, the route, the place's name and the concept.
        For finding one's way, not for matching.
        """
        filter = given(language=language, route=route, place=place, concept=concept)
        options = {"k": k, "filter": filter}
        try:
            ids: list[str] = ask(self._core.answer, "search", side=side, query=plain_text(query), options=options)
        except OsumaError as error:
            error.path = error.path.removeprefix("/filter")  # here each filter is an argument
            raise
        return ids

    def add_feedback(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Appends what came of matches: dicts of `kind` (confirmed, rejected, shown, contacted, accepted, declined), `at`
        (RFC 3339), `profile`, and `challenge`, `concept` or both. They change no score; `osuma.eval.learn` learns from
        them when asked. Durable with the next commit; forgetting a document forgets its events.

        >>> pool = Pool.in_memory(Taxonomy.starter())
        >>> pool.add_profiles([{"id": "p", "text": "I bake bread."}])
        >>> pool.add_challenges([{"id": "c", "title": "Bread", "text": "Our bread sells out."}])
        >>> pool.add_feedback([{"kind": "shown", "at": "2027-03-01T12:00:00Z", "profile": "p", "challenge": "c"}])
        >>> pool.commit()
        >>> pool.feedback_counts()
        {'shown': 1}
        """
        ask(self._core.answer, "add_feedback", events=to_events(events))

    def feedback(
        self, kind: str | None = None, profile: str | None = None, challenge: str | None = None,
        since: str | datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Committed events, the oldest first; those that have all that is given, and are not before `since`."""
        filter = given(kind=kind, profile=profile, challenge=challenge, since=since)
        events: list[dict[str, Any]] = ask(self._core.answer, "feedback", filter=filter)
        return events

    def feedback_counts(
        self, kind: str | None = None, profile: str | None = None, challenge: str | None = None,
        since: str | datetime | None = None,
    ) -> dict[str, int]:
        """How many committed events of each kind there are, as `feedback` filters them."""
        filter = given(kind=kind, profile=profile, challenge=challenge, since=since)
        counts: dict[str, int] = ask(self._core.answer, "feedback_counts", filter=filter)
        return counts

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
