"""What an account may not see changes nothing of what it is told.

Two stores differ in what lies out of sight and in nothing else; both have to answer every probe
alike. What compares a place with all others, such as a q value, is left out of the comparison.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from uuid import uuid5

import pytest
import shapely
from starlette.testclient import TestClient

from geosites.core.crs import to_metric
from geosites.core.records import Closure, Operation, OperationKind, Sighting, Site
from geosites.db.closure import closures, operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from routes.probes import IN, Probe, probes
from stores import small_exercise
from web.attacks.test_probes import ask, served
from web.conftest import HERE

CENTRE = shapely.Point(649_700, 6_862_400)
"""A spot in the 9th arrondissement."""

_CHANCE = re.compile(r'nonce="[^"]+"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{22}|[0-9a-f]{32}')
COUNT = int(os.environ.get("GEOSITES_PROBES", "40"))
"""Probes of each role; those that are asked for a path or by a motive lie among them evenly."""
AGAINST_ALL = frozenset(
    {
        "rank", "q_value", "exceedance_p", "trend", "since_week", "weeks_old", "weeks_found",
        "facts", "label", "bbox", "classes", "as_known_at", "timeStamp", "next", "request_id",
    }
)  # fmt: skip
"""Fields that compare with all places, and instants and cursors of the answer itself."""
STUDIES = ("/api/displacement", "/maps/displacement/", "/layers/displacement/", "/flows")
"""A study compares its place with places everywhere; what is told of it has tests of its own."""


def far(store: Store, factor: int) -> None:
    """Put much into the territories that are out of scope, by a factor."""
    space = small_exercise.SPACE
    with store.begin() as conn:
        for number in range(40):
            seen = Sighting(
                id=uuid5(space, f"far {number}"),
                observed_at=small_exercise.LAST - dt.timedelta(hours=31 * number),
                point=shapely.Point(CENTRE.x + 40 * factor, CENTRE.y),
                headcount=7 * factor,
                territory="75109",
                unit=f"unit {factor}",
            )
            sightings.add(conn, seen)
        done = Operation(
            id=uuid5(space, f"far {factor}"),
            started_at=dt.datetime(2022, 9, factor, 8, 0, tzinfo=dt.UTC),
            ended_at=dt.datetime(2022, 9, factor, 9, 0, tzinfo=dt.UTC),
            kind=OperationKind.PRESENCE,
            area=CENTRE.buffer(50 * factor),
            headcount_dispersed=factor,
            unit=f"unit {factor}",
        )
        operations.add(conn, done)
        begun = dt.datetime(2022, 8, 1 + factor, tzinfo=dt.UTC)
        claim = Closure(id=uuid5(space, f"c {factor}"), site="jardins-eole", closed_from=begun)
        closures.add(conn, claim)
        if factor > 1:
            place = Site(
                slug="forceva",
                name="A place that is not there for all",
                perimeter=CENTRE.buffer(40),
                precision_m=5,
                territory="75109",
                quartier="x",
                source="x",
            )
            sites.add(conn, place)


@pytest.fixture(scope="module")
def both(new_database: Callable[..., str], small_template: str) -> Iterator[Any]:
    """Return clients of two services whose stores differ out of scope, and their tokens."""
    with ExitStack() as stack:
        found = []
        for factor in (1, 2):
            store = Store(new_database(small_template))
            far(store, factor)
            app, shown = stack.enter_context(served(store))
            client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
            found.append((client, shown))
            stack.callback(store.close)
        yield found


def told(answer: Any) -> tuple[int, Any]:
    """Return an answer without what is drawn by chance, and what compares with all places."""
    kind = answer.headers.get("content-type", "")
    if "json" in kind:
        return answer.status_code, _told(answer.json())
    text = kind.startswith(("text/", "application/atom"))
    return answer.status_code, _CHANCE.sub("", answer.text) if text else answer.content


def _told(document: Any) -> Any:
    """Leave out comparisons with all places, and the classes of density that are drawn by them."""
    if isinstance(document, Mapping):
        return {name: _told(value) for name, value in document.items() if name not in AGAINST_ALL}
    if isinstance(document, list):
        return [_told(item) for item in document if not _is_density(item)]
    return document


def _is_density(item: Any) -> bool:
    known = item.get("properties") if isinstance(item, dict) else None
    return isinstance(known, dict) and known.get("kind") in ("density", "reported")


def plain(app: Any, scope: tuple[str, ...], role: Role) -> list[Probe]:
    """Return what a role asks of a scope without further parameters, studies left out."""
    return [
        item
        for item in probes(app)
        if (item.scope, item.role) == (scope, role)
        and item.allowed
        and item.query in ({}, {"motive": "a probe"})
        and not any(route in item.path for route in STUDIES)
    ]


def differing(both: Any, chosen: list[Probe]) -> list[str]:
    """Return the probes that the two services answer differently, or break at."""
    (one, shown_one), (other, shown_other) = both
    return [
        str(probe)
        for probe in chosen
        for first in [ask(one, shown_one, probe)]
        if first.status_code >= 500 or told(first) != told(ask(other, shown_other, probe))
    ]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ANALYST, Role.REPORTER, Role.PARTNER])
def test_what_lies_out_of_scope_changes_nothing_of_what_is_told(both: Any, role: Role) -> None:
    chosen = plain(both[0][0].app, (IN,), role)
    assert len(chosen) > COUNT
    chosen = chosen[:: max(1, len(chosen) // COUNT)]
    assert differing(both, chosen) == []


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ANALYST, Role.PARTNER])
def test_a_study_out_of_scope_is_not_there_by_any_channel(both: Any, role: Role) -> None:
    client, shown = both[0]
    key = small_exercise.OPERATION
    for path in (
        f"/api/displacement?operation={key}",
        "/api/displacement?site=jardins-eole&at=2022-08-02T00:00:00%2B02:00",
        f"/maps/displacement/{key}",
        f"/layers/displacement/{key}",
    ):
        headers = {"authorization": f"Bearer {shown[role, (IN,)]}"}
        status = client.get(path, headers=headers).status_code
        assert status == 404 or (role is Role.PARTNER and status == 403), path


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ANALYST])
def test_a_study_in_scope_tells_no_sum_over_other_ground(both: Any, role: Role) -> None:
    client, shown = both[0]
    headers = {"authorization": f"Bearer {shown[role, (IN,)]}"}
    about = {"site": "stalingrad", "at": "2022-08-02T00:00:00+02:00"}
    told = client.get("/api/displacement", params=about, headers=headers).json()
    assert {row["code"] for row in told["territories"]} == {IN}
    assert told["cut_by"] == []
    for name in ("displaced_share", "accounting", "left_or_not_found", "arrived", "effort_ratio"):
        assert told[name] is None
    for name in ("wdd", "wdd_heads", "wdq", "net"):
        assert set(told[name].values()) == {None}
    assert told["sample"]["visits"] == sum(
        row["visits_before"] + row["visits_after"] for row in told["territories"]
    )
    page = client.get(
        f"/maps/displacement/{small_exercise.EVENT}", headers={**headers, "accept": "text/html"}
    )
    assert page.status_code == 200
    layer = client.get(f"/layers/displacement/{small_exercise.EVENT}", headers=headers).json()
    (drawn,) = [one for one in layer["features"] if one["properties"]["kind"] == "operation"]
    corners = {tuple(xy) for xy in to_metric(drawn["geometry"]["coordinates"][0]).round(0)}
    on_cells = all(x % 100 in (0, 1, 99) and y % 100 in (0, 1, 99) for x, y in corners)
    assert on_cells is (role is Role.ANALYST)


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.COORDINATOR])
def test_the_map_of_a_week_shows_operations_as_precisely_as_the_role_sees(
    both: Any, role: Role
) -> None:
    client, shown = both[0]
    headers = {"authorization": f"Bearer {shown[role, ()]}"}
    layer = client.get(f"/layers/weeks/{small_exercise.WEEK}", headers=headers).json()
    drawn = [one for one in layer["features"] if one["properties"]["kind"] == "operation"]
    assert drawn
    told = json.dumps([one["properties"]["facts"] for one in drawn])
    assert ("Unit 1" in told) is (role is Role.COORDINATOR)
    assert ("60" in told) is (role is not Role.REPORTER)
