"""What becomes of a match: changes and what they would do, ways to a goal, teams and allocations; shown as tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ._results import Explanation, Shown, Table, Tabular, number


@dataclass(frozen=True)
class Standing:
    """Where a challenge stands for a person. `rank` is None if a gate shuts it out, `score` if nothing is known."""

    score: float | None
    rank: int | None
    gates: list[str]


@dataclass(frozen=True)
class Outlook:
    """A challenge before and after a change, and what the score gains or loses; no score counts as 0."""

    challenge: str
    before: Standing
    after: Standing
    change: float


@dataclass(frozen=True, repr=False)
class WhatIf(Tabular):
    """What a change would do. Shown are the challenges that it moves, the largest gain first.

    Columns of its table, which has all challenges in their new order: `challenge`, `change`, and `score`, `rank` and
    `gates` with `_before` and `_after`.
    """

    profile: str
    #: All challenges in their new order; those that a gate shuts out last.
    challenges: list[Outlook]
    #: Those whose score or gates change, as places in `challenges`: the largest gain first, the largest loss last.
    moved: list[int]

    def table(self) -> Table:
        """All challenges as a table, for whatever reads Arrow."""
        rows = [
            {"challenge": o.challenge, "change": o.change}
            | {f"{name}_before": value for name, value in asdict(o.before).items()}
            | {f"{name}_after": value for name, value in asdict(o.after).items()}
            for o in self.challenges
        ]
        return Table._of("outlooks", rows)

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        moved = [self.challenges[i] for i in self.moved]
        rows = [
            [o.challenge, number(o.before.score), number(o.after.score), f"{_rank(o.before)} → {_rank(o.after)}"]
            for o in moved
        ]
        return ["challenge", "before", "after", "rank"], rows, [f"challenges that change: {len(moved)} of {len(self.challenges)}"]


def _rank(standing: Standing) -> str:
    return f"fails {', '.join(standing.gates)}" if standing.rank is None else str(standing.rank)


@dataclass(frozen=True)
class Learnt:
    """A skill to learn, by its URI or label, or to confirm or deepen where it is `held`; and what it costs."""

    skill: str
    cost: float
    held: bool


@dataclass(frozen=True, repr=False)
class SmallestChange(Shown):
    """The cheapest set of skills that brings a person to a target."""

    profile: str
    challenge: str
    before: float | None
    #: Whether skills can reach the target at all.
    reachable: bool
    #: Each as a confirmed claim; none where nothing need change, or nothing would do.
    skills: list[Learnt]
    cost: float
    #: The score with them; where the target is out of reach, with every skill that the challenge could use.
    after: float | None
    #: No set of any size costs less.
    at_least: float
    #: The set is proven to be the cheapest; among those of at most three skills it always is.
    proven: bool
    #: Gates that no skill opens.
    blocked: list[str]

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [[s.skill, number(s.cost), "yes" if s.held else ""] for s in self.skills]
        note = f"{self.challenge}: {number(self.before)} → {number(self.after)}"
        if not self.reachable:
            note += f"; out of reach{': ' * bool(self.blocked)}{', '.join(self.blocked)}"
        elif not self.proven:
            note += f"; at least {number(self.at_least)}"
        return ["skill", "cost", "held"], rows, [note]


@dataclass(frozen=True)
class Unlock:
    """One or two skills, each as a confirmed claim, and the ids of the challenges that they would newly open."""

    skills: list[Learnt]
    opens: list[str]


@dataclass(frozen=True, repr=False)
class Unlocks(Shown):
    """The skills that would open most challenges: single ones, and pairs that open more than either alone."""

    profile: str
    #: How many challenges are open as it is.
    open: int
    singles: list[Unlock]
    pairs: list[Unlock]

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [
            [" + ".join(s.skill for s in u.skills), number(sum(s.cost for s in u.skills)), ", ".join(u.opens)]
            for u in self.singles + self.pairs
        ]
        return ["skills", "cost", "opens"], rows, [f"challenges open as it is: {self.open}"]


@dataclass(frozen=True)
class StepNeed:
    """A requirement of a step, to what degree it is met there, and the step, from 1, that teaches what meets it best."""

    requirement: str
    must: bool
    degree: float
    taught_by: int | None


@dataclass(frozen=True)
class RouteStep:
    """One challenge on the way: what it needs, the share of it that is met, and what it teaches that is new."""

    challenge: str
    route: str | None
    needs: list[StepNeed]
    coverage: float
    gives: list[str]


@dataclass(frozen=True)
class RoutePath:
    """Steps to a goal, the last one the goal itself where it is a challenge, and their mean coverage."""

    steps: list[RouteStep]
    coverage: float


@dataclass(frozen=True)
class Missing:
    """What a goal asks for and no path brings, and the challenges that teach it, whether or not the person can enter."""

    requirement: str
    must: bool
    degree: float
    taught_by: list[str]


@dataclass(frozen=True, repr=False)
class Routes(Shown):
    """Paths to a goal, the shortest first, then the best covered; or what is missing."""

    profile: str
    paths: list[RoutePath]
    #: Where there is no path.
    missing: list[Missing]
    #: Gates of the goal that no skill opens.
    blocked: list[str]
    #: False where the budget ran out: there may be other paths.
    complete: bool

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        notes = [f"blocked by {', '.join(self.blocked)}"] * bool(self.blocked)
        notes += ["not all paths were looked at"] * (not self.complete)
        if not self.paths:
            rows = [[m.requirement, number(m.degree), ", ".join(m.taught_by)] for m in self.missing]
            return ["missing", "degree", "taught by"], rows, ["no path", *notes]
        rows = [
            [" → ".join(s.challenge for s in p.steps) or "reached", number(p.coverage),
             ", ".join(gift for s in p.steps for gift in s.gives)]
            for p in self.paths
        ]
        return ["steps", "coverage", "gives"], rows, notes


@dataclass(frozen=True)
class NewDirection:
    """A challenge outside a person's former trade, the share of its needs that is outside, and the evidence."""

    challenge: str
    outside: float
    evidence: Explanation


@dataclass(frozen=True)
class Facet:
    """A part of a problem: a requirement, one that the text names, or a sentence; its weight, and how it is covered."""

    name: str
    kind: str
    weight: float
    must: bool
    degree: float
    covered: bool


@dataclass(frozen=True)
class Brought:
    """What a member has for one facet: its number in `Team.facets`, and to what degree."""

    facet: int
    degree: float


@dataclass(frozen=True)
class Member:
    """Somebody in a team, and by how much the coverage rises with them, after those before them."""

    profile: str
    score: float | None
    #: The role that they hold.
    role: str | None
    adds: float
    brings: list[Brought]


@dataclass(frozen=True)
class RoleHeld:
    """A role that was asked for, and who holds it."""

    role: str
    #: `None` if nobody can, or only those who are needed in another role.
    profile: str | None
    #: To what degree the holder meets its requirements, .5 to 1.
    degree: float | None
    #: How many of the candidates could hold it.
    candidates: int


@dataclass(frozen=True)
class Alternative:
    """A team that is nearly as good."""

    profiles: list[str]
    value: float
    coverage: float


@dataclass(frozen=True, repr=False)
class Team(Tabular):
    """The best team for a challenge. Columns of its table: `profile`, `role`, `score`, `adds`, `brings` (names of
    facets)."""

    challenge: str
    #: Whoever adds most first; what they add sums up to the coverage.
    members: list[Member]
    #: How many are missing, because nobody else has any evidence.
    unfilled: int
    coverage: float
    value: float
    facets: list[Facet]
    roles: list[RoleHeld]
    #: By kind (skills, text, semantic), how much the member has who has most of it, 0 to 1.
    evidence: dict[str, float]
    languages: list[str]
    #: There is no better team.
    optimal: bool
    #: By how much another could be better at most.
    gap: float
    alternatives: list[Alternative]

    def table(self) -> Table:
        """The members as a table, for whatever reads Arrow."""
        return Table._of("members", [
            {"profile": m.profile, "role": m.role, "score": m.score, "adds": m.adds,
             "brings": [self.facets[b.facet].name for b in m.brings]}
            for m in self.members
        ])

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [
            [m.profile, *[m.role or ""] * bool(self.roles), number(m.score), number(m.adds),
             ", ".join(_short(self.facets[b.facet].name) for b in m.brings)]
            for m in self.members
        ]
        notes = [f"{number(self.coverage)} of the problem covered, {'proven best' if self.optimal else f'gap {number(self.gap)}'}"]
        open = [_short(f.name) for f in self.facets if not f.covered]
        notes += [f"uncovered: {', '.join(open)}"] * bool(open)
        notes += [f"{self.unfilled} missing"] * bool(self.unfilled)
        notes += [f"nobody holds: {r.role} ({r.candidates} of the candidates could)" for r in self.roles if r.profile is None]
        return ["profile", *["role"] * bool(self.roles), "score", "adds", "brings"], rows, notes


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"


@dataclass(frozen=True)
class Placement:
    """One person at one challenge; a locked pair may have no score."""

    profile: str
    challenge: str
    score: float | None
    locked: bool


@dataclass(frozen=True)
class LeftOut:
    """A person who is placed nowhere, and why: `full` names the challenges whose places went to others."""

    profile: str
    reason: str
    unknown: str | None
    best: float | None
    challenges: list[str]
    #: At how many of these everybody who was placed scores at least as high.
    outscored: int


@dataclass(frozen=True)
class Filled:
    """A challenge's places, how many are filled, and with `total` what one more could add at most."""

    challenge: str
    places: int
    filled: int
    price: float | None


@dataclass(frozen=True, repr=False)
class Allocation(Tabular):
    """A whole cohort, placed. Columns of its table: `profile`, `challenge`, `score`, `locked`."""

    objective: str
    placements: list[Placement]
    left_out: list[LeftOut]
    challenges: list[Filled]
    total: float
    mean: float | None
    least: float | None
    #: The share of the people who got at least one placement.
    placed: float
    #: With `total`: no allocation over the same candidates and locks has a larger sum.
    bound: float | None
    #: With `stable`: pairs that would both rather have each other: 0.
    blocking: int | None

    def table(self) -> Table:
        """The placements as a table, for whatever reads Arrow."""
        return Table._of("placements", [vars(p) for p in self.placements])

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [[p.profile, p.challenge, number(p.score)] for p in self.placements]
        note = f"{len(self.left_out)} left out; mean {number(self.mean)}, least {number(self.least)}"
        return ["profile", "challenge", "score"], rows, [note]
