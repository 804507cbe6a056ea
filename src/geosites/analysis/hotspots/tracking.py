"""Hotspot tracking: match this week's hotspots with last week's by overlap or contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.analysis.hotspots.clusters import Hotspot, beside

Ground = frozenset[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Life:
    """Identity of a hotspot over weeks.

    `first` and `first_rank` identify it permanently: the index of the week it was first seen in,
    and its rank there. `age` counts the weeks since, this one included; in `weeks` of them it was
    found.
    """

    first: int
    first_rank: int
    age: int
    weeks: int


def follow(weeks: Sequence[Sequence[Hotspot]], gap: int = 1) -> tuple[tuple[Life, ...], ...]:
    """Return the life of every hotspot of every week, in the order given.

    A hotspot continues if its cells overlap or touch those it was last seen on, at most `gap` weeks
    earlier. If several match the same past hotspot, the largest overlap has priority; each past
    hotspot continues in one hotspot only. A scene that moves by a cell a week keeps its identity; a
    scene that jumps over empty ground is a new one.
    """
    known: dict[tuple[int, int], tuple[Life, Ground]] = {}
    lives = []
    for week, spots in enumerate(weeks):
        recent = {name: past for name, past in known.items() if _last(past[0]) >= week - 1 - gap}
        named = _named(spots, recent)
        now = []
        for index, spot in enumerate(spots):
            name = named.get(index, (week, spot.rank))
            before = recent[name][0].weeks if index in named else 0
            life = Life(first=name[0], first_rank=name[1], age=week - name[0] + 1, weeks=before + 1)
            known[name] = (life, frozenset(spot.cells))
            now.append(life)
        lives.append(tuple(now))
    return tuple(lives)


def _last(life: Life) -> int:
    """Return the index of the week of a life."""
    return life.first + life.age - 1


def _named(
    spots: Sequence[Hotspot], known: dict[tuple[int, int], tuple[Life, Ground]]
) -> dict[int, tuple[int, int]]:
    """Return the lasting names of those hotspots that go on from known ones."""
    claims = [
        (-len(around & ground), -_last(life), name, index)
        for index, around in enumerate([beside(spot.cells) for spot in spots])
        for name, (life, ground) in known.items()
    ]
    named: dict[int, tuple[int, int]] = {}
    for overlap, _, name, index in sorted(claims):
        if overlap < 0 and index not in named and name not in named.values():
            named[index] = name
    return named
