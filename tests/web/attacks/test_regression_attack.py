"""The attack by computation: everything two partners are told, as equations and as a regression.

For every withheld small count the attackers work out the least and the most it can be (a linear
programme over all counts told, of every channel, account and revision), and a regression guesses
it from all that was told beside it, trained on true counts that no partner has. Neither may come
within 2 heads more often than whoever guesses the same number each time, chosen in hindsight.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from starlette.testclient import TestClient

from geosites.analysis.differential_privacy import EPSILON
from geosites.core.quarters import Quarter
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.services.territories import public_tables
from routes.told_numbers import STATISTICS, Atom, Told
from stores import signed
from web.attacks.test_disclosure import (
    WEEKS,
    Loot,
    Truth,
    asking,
    attacked,
    clock,
    loot,
    small,
    unguarded,
)

__all__ = ["asking", "attacked", "clock", "loot"]  # fixtures

NEAR = 2.0
LEAST, MOST = 1.0, 10.0
Cell = tuple[str, Atom]


@dataclass(frozen=True)
class Bounds:
    """The least and the most a withheld count can be, by what was told."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def beside(document: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return visits and places by territory, which are told with a withheld count."""
    return {row["code"]: (row["visits"], row["places"]) for row in document["territories"]}


def weeks_told(loot: Loot, revision: int) -> dict[str, Any]:
    """Return the documents of the weeks as the first partner read them in a revision."""
    collector = loot.collected[2 * revision]
    return {str(week): collector.answers[f"/api/hotspots/{week}"].json() for week in WEEKS}


def equations(told: Sequence[Told], index: Mapping[Cell, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return A and b of A x <= b: each count told is true but for half a head of rounding."""
    rows, limits = [], []
    for one in told:
        row = np.zeros(len(index))
        for atom in one.atoms:
            if (one.statistic, atom) in index:
                row[index[one.statistic, atom]] = 1
        rows += [row, -row]
        limits += [one.value + 0.5, 0.5 - one.value]
    for (statistic, atom), here in index.items():
        if (
            statistic == "heads" and ("heads_counted", atom) in index
        ):  # a mean is no more than a sum
            row = np.zeros(len(index))
            row[here], row[index["heads_counted", atom]] = 1, -1
            rows.append(row)
            limits.append(0.0)
    return np.array(rows), np.array(limits)


def bounds(told: Sequence[Told], truth: Truth) -> dict[Cell, Bounds]:
    """Return what can be worked out of each small count of one revision, week by week."""
    found: dict[Cell, Bounds] = {}
    for week in map(str, WEEKS):
        index = {cell: n for n, cell in enumerate(c for c in truth if c[1][1] == week)}
        here = [one for one in told if all(atom[1] == week for atom in one.atoms)]
        matrix, limits = equations(here, index)
        shown = {(one.statistic, *one.atoms) for one in here if len(one.atoms) == 1}
        for cell, column in index.items():
            if not small(truth[cell]) or cell in shown:
                continue
            goal = np.zeros(len(index))
            goal[column] = 1
            ends = [
                linprog(sign * goal, matrix, limits, bounds=(0, None), method="highs")
                for sign in (1, -1)
            ]
            low = ends[0].fun if ends[0].status == 0 else 0.0
            high = -ends[1].fun if ends[1].status == 0 else np.inf
            found[cell] = Bounds(max(low, LEAST), min(high, MOST))
    return found


def chance(counts: Sequence[float]) -> float:
    """Return how often the best of all constant guesses comes near, and what luck may add."""
    hits = max(
        np.mean([abs(count - guess) <= NEAR for count in counts])
        for guess in np.arange(LEAST, MOST + 0.5, 0.5)
    )
    return float(hits + 2 * np.sqrt(hits * (1 - hits) / len(counts)))


def near(guesses: Mapping[Any, float], truth: Mapping[Any, float]) -> float:
    return float(np.mean([abs(guesses[key] - truth[key]) <= NEAR for key in guesses]))


def test_equations_over_all_that_was_told_bring_no_count_nearer_than_chance(loot: Loot) -> None:
    for told, truth in zip(loot.told, loot.truth, strict=True):
        found = bounds(told, truth)
        assert len(found) >= 20
        assert all(one.low <= LEAST and one.high >= MOST for one in found.values())
        guesses = {cell: one.middle for cell, one in found.items()}
        assert near(guesses, truth) <= chance([truth[cell] for cell in found])


def test_the_equations_narrow_what_is_not_guarded(loot: Loot) -> None:
    """Where small counts are left out and nothing else, the totals tell of some what they are."""
    narrow = [
        one.high - one.low < MOST - LEAST
        for truth in loot.truth
        for one in bounds(unguarded(truth), truth).values()
    ]
    assert sum(narrow) >= 3


def test_two_revisions_together_leave_every_small_count_free(loot: Loot) -> None:
    """Late sightings move some counts: what moved by nobody is one unknown in both revisions."""
    both = [*loot.told[0], *loot.told[1]]
    moved = {cell[1][1] for cell, count in loot.truth[0].items() if loot.truth[1][cell] != count}
    weeks = set(map(str, WEEKS)) - moved
    truth = {cell: count for cell, count in loot.truth[0].items() if cell[1][1] in weeks}
    found = bounds([one for one in both if {a[1] for a in one.atoms} <= weeks], truth)
    assert all(one.low <= LEAST and one.high >= MOST for one in found.values())


def features(loot: Loot, revision: int) -> Iterator[tuple[Cell, list[float], float]]:
    """Yield each small count with all that was told beside it: of its week, and its territory."""
    documents, told, truth = weeks_told(loot, revision), loot.told[revision], loot.truth[revision]
    cells = {(one.statistic, *one.atoms): one.value for one in told if len(one.atoms) == 1}
    for (statistic, atom), count in truth.items():
        if not small(count) or (statistic, atom) in cells:
            continue
        code, week = atom
        document = documents[week]
        visits, places = beside(document).get(code, (0, 0))
        own = [v for (s, a), v in cells.items() if s == statistic and a[0] == code]  # type: ignore[misc]
        others = [v for (s, a), v in cells.items() if s == statistic and a[1] == week]  # type: ignore[misc]
        total = document[statistic] or 0
        hidden = sum(row[statistic] is None for row in document["territories"])
        yield (
            (statistic, atom),
            [1, visits, places, np.mean(own or [0]), len(own), total - sum(others), hidden],
            count,
        )


def test_a_regression_on_all_that_was_told_comes_no_nearer_than_chance(loot: Loot) -> None:
    """Ridge regression and nearest neighbours, trained on the true counts of other territories."""
    rows = list(itertools.chain(features(loot, 0), features(loot, 1)))
    known, counts = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    scaled = (known - known.mean(axis=0)) / np.where(known.std(axis=0) > 0, known.std(axis=0), 1)
    scaled[:, 0] = 1
    where = [row[0] for row in rows]
    ridge, nearest = {}, {}
    for number, cell in enumerate(where):
        rest = np.array([other[1][0] != cell[1][0] for other in where])
        x, y = scaled[rest], counts[rest]
        weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
        ridge[number] = float(np.clip(scaled[number] @ weights, LEAST, MOST))
        by_distance = np.argsort(np.linalg.norm(x - scaled[number], axis=1))[:5]
        nearest[number] = float(np.mean(y[by_distance]))
    truth = dict(enumerate(counts))
    assert len(counts) >= 40
    for guesses in (ridge, nearest):
        assert near(guesses, truth) <= chance(list(counts))


def test_the_public_table_brings_no_withheld_week_nearer_than_chance(
    loot: Loot, attacked: Store
) -> None:
    """Its noisy count of the month as a guess at each withheld week, over 400 draws of noise."""
    with attacked.begin() as conn:
        counts = public_tables.counts(conn, Quarter(2022, 3))
    months = {(one.code, one.month): one.heads for one in counts if one.heads is not None}
    told = {(one.statistic, *one.atoms) for one in loot.told[1] if len(one.atoms) == 1}
    truth = {
        (atom, month): count
        for (statistic, atom), count in loot.truth[1].items()
        if statistic == "heads" and small(count) and (statistic, atom) not in told
        for month in [IsoWeek.parse(atom[1]).start.date().replace(day=1)]
        if (atom[0], month) in months
    }
    rng, share = np.random.default_rng(5), 1 - np.exp(-float(EPSILON))
    hits = []
    for _ in range(400):
        noise = {cell: rng.geometric(share) - rng.geometric(share) for cell in months}
        drawn = {cell: float(np.clip(months[cell] + noise[cell], LEAST, MOST)) for cell in months}
        guesses = {(atom, month): drawn[atom[0], month] for atom, month in truth}
        hits.append(near(guesses, truth))
    assert len(truth) >= 10
    assert np.mean(hits) <= chance(list(truth.values()))


def withheld(loot: Loot) -> list[Atom]:
    """Return the cells that are withheld in the later revision."""
    return [
        (row["code"], week)
        for week, document in weeks_told(loot, 1).items()
        for row in document["territories"]
        if row["heads_counted"] is None
        and small(loot.truth[1]["heads_counted", (row["code"], week)])
    ]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_no_filter_says_whether_a_withheld_count_is_large(
    loot: Loot, asking: TestClient, statistic: str
) -> None:
    """A filter is an oracle: what it lets through must not depend on a count that is withheld."""
    shown = signed.bearer(Role.PARTNER)
    cells = withheld(loot)[:1]
    assert cells
    for code, week in cells:
        named = f"code = '{code}' AND week = '{week}'"
        answers = []
        for bound in (3, 11):
            for test in (f"{statistic} >= {bound}", f"NOT ({statistic} < {bound})"):
                answer = asking.get(
                    "/ogc/collections/weeks/items",
                    params={"filter": f"{named} AND {test}"},
                    headers=shown,
                )
                assert answer.status_code in (200, 400), test
                found = answer.json()
                answers.append((len(found.get("features", ())), found.get("numberMatched")))
        assert {count for count, _ in answers} == {0}
        assert not {matched for _, matched in answers} - {None, 0}
        plain = {"filter": f"{named} AND {statistic} IS NULL"}
        found = asking.get("/ogc/collections/weeks/items", params=plain, headers=shown).json()
        assert len(found["features"]) == 1


def test_no_order_and_no_other_document_tells_a_withheld_count(
    loot: Loot, asking: TestClient
) -> None:
    """Rows come in an order of their codes: a rank by heads would say between which counts."""
    for week, document in weeks_told(loot, 1).items():
        codes = [row["code"] for row in document["territories"]]
        assert codes == sorted(codes), week
    for code, week in withheld(loot)[:4]:
        document = asking.get(
            f"/api/territories/{code}?weeks=6", headers=signed.bearer(Role.PARTNER)
        ).json()
        (row,) = (row for row in document["weeks"] if row["week"] == week)
        assert row["heads"] is None
        assert row["heads_counted"] is None
