"""The attack: partners who collect every number they are told, and subtract.

A count is recovered where the difference of two answers equals the true count of exactly those
persons who are in the one and not in the other, and they are from 1 to 10.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.crs import to_metric
from geosites.core.records import Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.told_numbers import STATISTICS, Atom, Collector, Told, leaves
from stores import signed, small_exercise
from web.conftest import as_service

WEEKS = [IsoWeek(2022, 40).shift(-back) for back in reversed(range(6))]
SCOPE = ("75104", "75118", "75119", "93001")
SMALL = {"75104": 652_000.0, "75111": 654_600.0, "75117": 648_600.0, "93001": 656_000.0}
"""Territories in which few are seen, and where in them: metres east."""
PAIRS = 2_000
LATER = dt.timedelta(days=30)
START = dt.datetime(2022, 12, 1, tzinfo=dt.UTC)
SPACE = UUID("a1c5b0de-3c52-4d0c-8c39-1d8b6a3b8a10")

Truth = dict[tuple[str, Atom], float]


@dataclass
class Clock:
    """A clock that the attack turns."""

    now: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass(frozen=True)
class Loot:
    """What two partners were told before and after late sightings, and what was true then."""

    told: tuple[list[Told], list[Told]]
    truth: tuple[Truth, Truth]
    collected: tuple[Collector, ...]


def seen(number: int, headcount: int, east: float, at: dt.datetime) -> Sighting:
    return Sighting(
        id=uuid5(SPACE, str(number)),
        observed_at=at,
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(east, 6_862_000),
        headcount=headcount,
        territory=next(code for code, known in SMALL.items() if known == east),
        verified=True,
        unit=f"unit {number % 3}",
    )


def few(rng: np.random.Generator) -> list[Sighting]:
    """Return sightings of few in every week, in some territories: some of nobody, some of 24."""
    made = [(week, east) for week in WEEKS for east in SMALL.values() for _ in range(2)]
    return [
        seen(number, int(rng.integers(0, 13)), east, _within(week, rng))
        for number, (week, east) in enumerate(made)
    ]


def late(rng: np.random.Generator) -> list[Sighting]:
    """Return sightings of 1 to 9 that come in late, and one of many, which makes a new release."""
    some = [
        seen(
            1000 + number,
            int(rng.integers(1, 10)),
            float(rng.choice([*SMALL.values()])),
            _within(week, rng),
        )
        for number, week in enumerate(WEEKS)
    ]
    return [*some, seen(2000, 400, SMALL["75104"], _within(WEEKS[2], rng))]


def _within(week: IsoWeek, rng: np.random.Generator) -> dt.datetime:
    return week.start + dt.timedelta(minutes=int(rng.integers(0, 7 * 24 * 60)))


def truth_of(client: TestClient) -> Truth:
    """Return every count as a coordinator reads it."""
    found: Truth = {}
    for week in map(str, WEEKS):
        headers = signed.bearer(Role.COORDINATOR)
        for row in client.get(f"/api/hotspots/{week}", headers=headers).json()["territories"]:
            for name in STATISTICS:
                found[name, (row["code"], week)] = row[name]
    return found


@pytest.fixture(scope="module")
def attacked(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store of this module's own in which many counts are small."""
    own = Store(new_database(small_template))
    with own.begin() as conn:
        for one in few(np.random.default_rng(11)):
            sightings.add(conn, one)
        second = accounts.AccountRequest(
            login="partner-b", role=Role.PARTNER, unit="ars", scope=SCOPE
        )
        accounts.add(conn, second, signed.BEGAN, password="not asked for", hasher=signed.CHEAP)
    yield own
    own.close()


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def asking(attacked: Store, clock: Clock) -> Iterator[TestClient]:
    with as_service(attacked) as served:
        app = create_app(served, WebConfig(clock=clock))
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            yield client


@pytest.fixture(scope="module")
def loot(
    attacked: Store, asking: TestClient, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Loot:
    """Return what two colluding partners collect, before and after sightings came in late."""
    folder = tmp_path_factory.mktemp("tiles")
    with attacked.begin() as conn:
        second = tokens.issue(conn, "partner-b", START).token
    shown = {signed.token(Role.PARTNER): (), second: SCOPE}
    told, truths, everything = [], [], []
    for revision in range(2):
        truth = truth_of(asking)
        names = _names(asking)
        both = [
            Collector(
                asking,
                token,
                weeks=[str(week) for week in WEEKS],
                codes={code: names[code] for _, (code, _) in truth if code in (scope or names)},
                scope=scope,
            ).collect(folder)
            for token, scope in shown.items()
        ]
        told.append([one for collector in both for one in collector.told])
        truths.append(truth)
        everything += both
        if revision == 0:
            with attacked.begin() as conn:
                for one in late(np.random.default_rng(12)):
                    sightings.add(conn, one)
            clock.now += LATER
    return Loot((told[0], told[1]), (truths[0], truths[1]), tuple(everything))


def _names(client: TestClient) -> dict[str, str]:
    headers = signed.bearer(Role.COORDINATOR)
    found = client.get("/ogc/collections/territories/items?limit=10000", headers=headers).json()
    return {one["properties"]["code"]: one["properties"]["name"] for one in found["features"]}


# the attack ----------------------------------------------------------------------------------


def small(count: float) -> bool:
    return 0 < round(count) < 11


def true(truth: Truth, statistic: str, atoms: frozenset[Atom]) -> float:
    return sum(truth.get((statistic, atom), 0.0) for atom in atoms)


def recovered(
    told: Sequence[Sequence[Told]], truth: Sequence[Truth], rng: np.random.Generator
) -> list[str]:
    """Return which small counts random pairs of queries give back, of those told per revision.

    A query is a count that was told, or a sum of some; one revision's is taken from another's.
    """
    found: list[str] = []
    tried = 0
    while tried < PAIRS:
        one, other = (int(rng.integers(len(told))) for _ in range(2))
        whole = told[one][int(rng.integers(len(told[one])))]
        same = rng.random() < 0.3
        parts = _same(whole, told[other], rng) if same else _parts(whole, told[other], rng)
        tried += bool(parts)
        found += _one(whole, one, parts, other, truth) if parts else []
    return found


def _same(whole: Told, known: Sequence[Told], rng: np.random.Generator) -> list[Told]:
    """Return a count of the very same, by another channel or of another revision."""
    same = [one for one in known if (one.statistic, one.atoms) == (whole.statistic, whole.atoms)]
    return [same[int(rng.integers(len(same)))]] if same else []


def _parts(whole: Told, known: Sequence[Told], rng: np.random.Generator) -> list[Told]:
    """Return told counts without a common territory that lie in a whole: all of them, or some."""
    inside = [one for one in known if one.statistic == whole.statistic and one.atoms < whole.atoms]
    rng.shuffle(inside)  # type: ignore[arg-type]
    taken: list[Told] = []
    covered: frozenset[Atom] = frozenset()
    for one in inside:
        if not one.atoms & covered:
            taken.append(one)
            covered |= one.atoms
    return (
        taken
        if rng.random() < 0.6
        else taken[: int(rng.integers(1, len(taken) + 1))]
        if taken
        else []
    )


def _one(
    whole: Told, revision: int, parts: Sequence[Told], other: int, truth: Sequence[Truth]
) -> list[str]:
    covered = frozenset(atom for one in parts for atom in one.atoms)
    difference = whole.value - sum(one.value for one in parts)
    left = true(truth[revision], whole.statistic, whole.atoms) - true(
        truth[other], whole.statistic, covered
    )
    if small(left) and abs(difference - left) < 0.5:
        rest = sorted(whole.atoms - covered)
        return [f"{whole.channel} less {len(parts)} parts: {difference:g} in {rest}"]
    return []


def unguarded(truth: Truth) -> list[Told]:
    """Return what would be told if small counts were left out and nothing else was."""
    told = [
        Told(name, frozenset({atom}), value, "cell")
        for (name, atom), value in truth.items()
        if not small(value)
    ]
    for week in map(str, WEEKS):
        for name in STATISTICS:
            atoms = frozenset(atom for said, atom in truth if said == name and atom[1] == week)
            told.append(Told(name, atoms, true(truth, name, atoms), "total"))
    return told


def test_the_attack_finds_what_is_not_guarded(loot: Loot) -> None:
    told = [unguarded(truth) for truth in loot.truth]
    assert len(recovered(told, loot.truth, np.random.default_rng(1))) >= 20


def test_no_pair_of_answers_gives_a_small_count_back(loot: Loot) -> None:
    assert sum(small(count) for truth in loot.truth for count in truth.values()) >= 40
    assert recovered(loot.told, loot.truth, np.random.default_rng(2)) == []


def test_no_small_count_is_told_by_any_channel(loot: Loot) -> None:
    told = [one for revision in loot.told for one in revision]
    assert {one.channel for one in told} == {
        "week", "total", "page", "territory", "features", "tile",
    }  # fmt: skip
    assert [one for one in told if small(one.value)] == []
    assert len(told) >= 300


def test_every_channel_and_account_tells_the_same_count(loot: Loot) -> None:
    for revision in loot.told:
        values: dict[tuple[str, frozenset[Atom]], set[float]] = {}
        for one in revision:
            values.setdefault((one.statistic, one.atoms), set()).add(one.value)
        assert [(of, said) for of, said in values.items() if len(said) > 1] == []


def test_all_that_is_left_of_a_total_is_never_few(loot: Loot) -> None:
    for revision, told in enumerate(loot.told):
        cells = {(one.statistic, one.atoms): one.value for one in told if len(one.atoms) == 1}
        totals = [one for one in told if len(one.atoms) > 1]
        assert len(totals) >= 10
        for total in totals:
            parts = {
                atom: cells[total.statistic, frozenset({atom})]
                for atom in total.atoms
                if (total.statistic, frozenset({atom})) in cells
            }
            hidden = total.atoms - parts.keys()
            left = total.value - sum(parts.values())
            assert not hidden or left >= 10 * len(hidden) + 1 - len(parts), (revision, total)


def test_two_revisions_differ_by_nobody_or_by_many(loot: Loot) -> None:
    first, later = ({(one.statistic, one.atoms): one.value for one in told} for told in loot.told)
    moved = [abs(later[of] - first[of]) for of in first.keys() & later.keys()]
    assert [by for by in moved if small(by)] == []
    assert max(moved) >= 11


def test_a_second_visit_cannot_be_told_from_the_two_ways_to_count(loot: Loot) -> None:
    for told in loot.told:
        values = {(one.statistic, one.atoms): one.value for one in told}
        for (name, atoms), counted in values.items():
            if name == "heads_counted" and ("heads", atoms) in values:
                assert not 0 < counted - values["heads", atoms] < 10, sorted(atoms)


# places --------------------------------------------------------------------------------------

TERRITORIES = "/ogc/collections/territories/items?limit=10000"
FEATURES = ("sites", "operations", "closures", "hotspots", "weeks", "flows")
COUNTS = frozenset({"headcount", "headcount_dispersed", "heads_dispersed", "arrests"})
EVENT = "forceval@2022-09-29"
PATHS = (
    "/",
    "/sites",
    "/sites/forceval",
    "/territories",
    "/maps/displacement",
    f"/maps/displacement/{EVENT}",
    f"/maps/displacement/{small_exercise.OPERATION}",
    "/api/changes",
    "/feed.atom",
    "/api/closures",
    "/api/sites/forceval/closure",
    "/api/sites/forceval/history",
    "/api/displacement?site=forceval&at=2022-09-29T06:30:00%2B02:00",
    f"/api/displacement?operation={small_exercise.OPERATION}",
    "/ogc/collections",
    *(f"/ogc/collections/{name}/items?limit=1000" for name in FEATURES),
)
REFUSED = (
    "/report",
    "/rounds",
    "/layers/today",
    "/layers/weeks/2022-W40",
    f"/layers/displacement/{EVENT}",
    "/maps/hotspots/2022-W40/facts",
    "/maps/hotspots/2022-W40.png",
    "/bulletins/2022-W40",
    "/ogc/collections/sightings/items",
    "/ogc/collections/sightings/tiles/WebMercatorQuad/14/5633/8300",
    "/api/duplicates",
    "/api/journal",
    "/metrics",
    "/api/hotspots/2022-W40?as_known_at=2022-11-01T00:00:00Z",
    "/api/displacement?site=stalingrad&at=2022-08-02T00:00:00%2B02:00&before_weeks=25",
    *(
        f"/api/export/{kind}.{ending}?motive=x"
        for kind in ("sightings", "operations", "closures")
        for ending in ("csv", "geojson", "parquet")
    ),
)


def test_what_has_places_or_rows_is_refused_to_partners(asking: TestClient) -> None:
    shown = signed.bearer(Role.PARTNER)
    given = {path: asking.get(path, headers=shown).status_code for path in REFUSED}
    assert {path: status for path, status in given.items() if status not in (403, 404)} == {}


def test_nothing_that_partners_read_lies_inside_a_territory(loot: Loot, attacked: Store) -> None:
    collector = loot.collected[0]
    ground = collector.document(TERRITORIES)["features"]
    outlines = {json.dumps(one["geometry"]) for one in ground}
    wrong = []
    for name in ("sites", "operations", "closures", "hotspots", "weeks"):
        found = collector.document(f"/ogc/collections/{name}/items?limit=1000")["features"]
        assert found, name
        wrong += [one["id"] for one in found if json.dumps(one["geometry"]) not in outlines]
    assert wrong == []
    flows = collector.document("/ogc/collections/flows/items")["features"]
    with attacked.begin() as conn:
        areas = territories.frame(conn).geometry.to_numpy()
    middles = shapely.get_coordinates(shapely.point_on_surface(areas))
    for one in flows:
        ends = to_metric(one["geometry"]["coordinates"])
        assert np.hypot(*(ends[:, None] - middles).transpose(2, 0, 1)).min(axis=1).max() < 1


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_to_a_partner_names_a_point_or_a_visit_s_count(loot: Loot, path: str) -> None:
    answer = loot.collected[0].get(path)
    assert answer.status_code in (200, 422), path
    if "json" not in answer.headers["content-type"]:
        return
    told = {where[-1]: value for where, value in leaves(answer.json()) if value is not None}
    assert told.keys() & (COUNTS | {"lon", "lat", "x", "y", "quartier_heads"}) == set()


# cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ANALYST, Role.REPORTER])
def test_single_sightings_of_others_lie_in_the_middle_of_their_cell(
    asking: TestClient, tmp_path: Path, role: Role
) -> None:
    shown = signed.bearer(role)
    items = "/ogc/collections/sightings/items?limit=2000"
    found = asking.get(items, headers=shown).raise_for_status().json()["features"]
    points = [one["geometry"]["coordinates"] for one in found]
    assert len(points) >= 100
    assert in_the_middle(to_metric(points))
    tile = "/ogc/collections/sightings/tiles/WebMercatorQuad/14/5633/8300?detail=each"
    assert asking.get(tile, headers=shown).status_code == 200
    if role is Role.ANALYST:
        for ending in ("geojson", "parquet", "csv"):
            path = f"/api/export/sightings.{ending}?motive=test"
            answer = asking.get(path, headers=shown).raise_for_status()
            (tmp_path / f"s.{ending}").write_bytes(answer.content)
            assert in_the_middle(to_metric(positions(tmp_path / f"s.{ending}")))


def in_the_middle(metres: np.ndarray) -> bool:
    """Return whether points lie in the middle of cells of 100 m, to a metre."""
    return bool((np.abs(metres % 100 - 50) < 1).all()) and len(metres) > 0


def positions(path: Path) -> np.ndarray:
    """Return the longitudes and latitudes in an exported file."""
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "geojson": gpd.read_file}
    frame = read[path.suffix[1:]](path)
    if path.suffix == ".geojson":
        return shapely.get_coordinates(frame.geometry.to_numpy())
    return frame[["lon", "lat"]].to_numpy()
