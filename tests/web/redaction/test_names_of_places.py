"""Where a place is, in words, wherever one is told: by streets, or by stations without any.

Five papers and pages, each in both situations. Streets are a grid of 100 m under names of its own,
so that no other name can be taken for theirs; without them the store knows stations alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from uuid import uuid4

import numpy as np
import pytest
from starlette.testclient import TestClient

from geosites.core.ground import Ground, GroundKind
from geosites.core.street_network import STOOD_ON, WALKED, StreetNetwork, network
from geosites.db.geography import ground, street_map
from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from plain import plain
from stores import signed

SOUTH_WEST, STEP_M = np.array([638_000.0, 6_860_000.0]), 100.0
WIDE_M, HIGH_M = 20_000, 9_000
"""Lambert-93: from Nanterre to Pantin, where the exercise plays."""

STREET = re.compile(
    r"(?:rue (?:Levante|Couchante) \d+, à \d+ m de la rue (?:Levante|Couchante) \d+"
    r"|angle de la rue (?:Levante|Couchante) \d+ et de la rue (?:Levante|Couchante) \d+)",
    re.IGNORECASE,
)
STATION = re.compile(
    r"à [\d,]+ k?m (?:au nord|à l’est|au sud|à l’ouest|au nord-est|au nord-ouest|au sud-est|"
    r"au sud-ouest) de la station [A-ZÉÈÎ0-9]",
    re.IGNORECASE,
)
WEEK, NOW = "2022-W39", dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 1, 4, 9, 0, tzinfo=dt.UTC)


def grid() -> StreetNetwork:
    east, north = (np.arange(0, size + 1, STEP_M) for size in (WIDE_M, HIGH_M))
    lines = [np.column_stack([np.full_like(north, x), north]) for x in east]
    lines += [np.column_stack([east, np.full_like(east, y)]) for y in north]
    names = [f"Rue Levante {n}" for n in range(len(east))]
    names += [f"Rue Couchante {n}" for n in range(len(north))]
    return network(
        np.concatenate(lines) + SOUTH_WEST,
        np.repeat(np.arange(len(lines)), [len(line) for line in lines]),
        np.array(names, dtype=object),
        np.full(len(lines), WALKED | STOOD_ON),
    )


def stations_alone(known: Ground) -> Ground:
    kept = tuple(one for one in known.features if one.kind is GroundKind.STATION)
    return Ground(features=kept, credit=known.credit)


@pytest.fixture
def now() -> dt.datetime:
    """Return Sunday evening of week 40; a bulletin is read when all is known."""
    return NOW


@pytest.fixture(params=["streets", "stations"])
def told(
    request: pytest.FixtureRequest, small: Store, now: dt.datetime
) -> Iterator[tuple[TestClient, re.Pattern]]:
    """Return a client of a store with streets or without, and how it tells places."""
    with small.begin() as conn:
        ground.put(conn, stations_alone(ground.get(conn)))
        if request.param == "streets":
            street_map.put_network(conn, grid())
    app = create_app(small, WebConfig(clock=lambda: now))
    headers = {**signed.bearer(), "accept-language": "fr"}
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=headers) as client:
        yield client, STREET if request.param == "streets" else STATION


def shown(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[-1500:]
    return plain(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text)))


def report(client: TestClient) -> str:
    """Send a report from the street, at no site; return the address of its receipt."""
    form = {
        "id": str(uuid4()), "lon": "2.3719", "lat": "48.8861", "headcount": "4",
        "accuracy_m": "12", "site": "", "origin": "patrol", "activity": "",
        "observed_at": "2022-10-09T21:30",
    }  # fmt: skip
    assert client.post("/report", data=form, follow_redirects=False).status_code == 303
    return f"/report/{form['id']}"


def test_a_receipt_names_where_it_was(told: tuple[TestClient, re.Pattern]) -> None:
    client, name = told
    assert name.search(shown(client, report(client)))


def test_a_list_of_reports_names_where_each_was(told: tuple[TestClient, re.Pattern]) -> None:
    client, name = told
    report(client)
    assert name.search(shown(client, "/report"))


def test_a_round_sheet_names_where_each_stop_is(told: tuple[TestClient, re.Pattern]) -> None:
    client, name = told
    assert name.search(shown(client, "/rounds"))


def test_hotspots_are_named_by_where_they_are(told: tuple[TestClient, re.Pattern]) -> None:
    client, name = told
    assert name.search(shown(client, f"/maps/hotspots/{WEEK}"))


@pytest.mark.parametrize("now", [LATER])
def test_the_bulletin_names_where_hotspots_are(told: tuple[TestClient, re.Pattern]) -> None:
    client, name = told
    assert name.search(shown(client, f"/bulletins/{WEEK}"))
