"""The public table and the double counts over the web: who reads what."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import uuid
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
import shapely
from starlette.testclient import TestClient

from geosites.core.quarters import Quarter
from geosites.core.records import DoubleCount, Sighting
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.services.territories import public_tables
from routes.told_numbers import table_rows
from stores import signed
from web.conftest import over

NOW = dt.datetime(2024, 1, 9, tzinfo=dt.UTC)
QUARTER = Quarter(2022, 3)


@pytest.fixture
def store(exercise_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    own = Store(new_database(exercise_template))
    yield own
    own.close()


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    yield from over(store, now=NOW)


def release(store: Store) -> None:
    chance = random.Random(3)
    with store.begin() as conn:
        public_tables.release(conn, QUARTER, NOW, epsilon=Fraction(1, 2), below=chance.randrange)


def count_twice(store: Store) -> None:
    """Record 20 scenes with 7 and 7 counted apart, and 9 together."""
    with store.begin() as conn:
        for number in range(20):
            start = NOW - dt.timedelta(days=20, hours=2 * number)
            for minute, heads, kind in ((0, 7, "separate"), (4, 7, "separate"), (9, 9, "joint")):
                one = Sighting(
                    id=uuid.uuid4(),
                    observed_at=start + dt.timedelta(minutes=minute),
                    point=shapely.Point(654000.0, 6865000.0),
                    headcount=heads,
                    double_count=DoubleCount(kind),
                    territory="75119",
                )
                sightings.add(conn, one)


def asked(client: TestClient, path: str, role: Role = Role.COORDINATOR) -> TestClient:
    return client.get(path, headers=signed.bearer(role))


def test_every_role_reads_the_same_table(store: Store, client: TestClient) -> None:
    assert asked(client, f"/api/open-data/{QUARTER}").status_code == 404
    release(store)
    told = [
        asked(client, f"/api/open-data/{QUARTER}", role).json()
        for role in Role
        if role is not Role.ADMIN
    ]
    assert all(one == told[0] for one in told)
    assert asked(client, f"/api/open-data/{QUARTER}", Role.ADMIN).status_code == 403
    assert told[0]["epsilon"] == 0.5


def test_page_and_file_say_what_the_document_says(store: Store, client: TestClient) -> None:
    assert "Aucun tableau" in asked(client, "/open-data?lang=fr").text
    release(store)
    document = asked(client, f"/api/open-data/{QUARTER}").json()
    page = asked(client, "/open-data?lang=fr", Role.PARTNER).text
    same = asked(client, f"/open-data/{QUARTER}?lang=fr", Role.PARTNER).text
    assert list(table_rows(same)) == list(table_rows(page))
    assert "au plus 1,65 fois plus probable" in page
    assert "modifié au hasard\u00a0: une fois sur deux de 1\u00a0personne au plus" in page
    assert "Le nombre de visites, lui, est exact" in page
    assert "mois ne s’additionnent pas" in page
    assert "3e trimestre 2022" in page
    rows = list(table_rows(page))[1:]
    assert len(rows) == len({row["code"] for row in document["rows"]})
    file = list(csv.DictReader(io.StringIO(asked(client, f"/open-data/{QUARTER}.csv").text)))
    assert [row["heads"] for row in file] == [
        "" if row["heads"] is None else str(row["heads"]) for row in document["rows"]
    ]


def test_what_is_no_quarter_is_refused(client: TestClient) -> None:
    assert asked(client, "/api/open-data/2022-W40").status_code == 422


def test_partners_are_told_shares_and_no_number_of_people(store: Store, client: TestClient) -> None:
    count_twice(store)
    path = f"/api/detection?as_of={NOW:%Y-%m-%dT%H:%M:%SZ}"
    whole, coarse = (asked(client, path, role).json() for role in (Role.ANALYST, Role.PARTNER))
    assert whole["present"]["value"] == pytest.approx(196, abs=1)
    assert whole["counted"] == 140
    assert coarse["present"] is coarse["counted"] is None
    assert coarse["seen"] == whole["seen"]
    assert whole["seen"]["value"] == pytest.approx(0.714, abs=0.01)


def test_the_week_tells_what_its_total_stands_for(store: Store, client: TestClient) -> None:
    count_twice(store)
    page = asked(client, "/maps/hotspots/2023-W52?lang=fr&whole=1").text
    assert "une équipe a vu 71\u00a0% des personnes" in page
    assert "étaient présentes" in page
    assert "seen_share" not in asked(client, "/api/hotspots/2023-W40").json()
    assert asked(client, "/api/hotspots/2023-W52").json()["seen_share"]["pairs"] == 20
