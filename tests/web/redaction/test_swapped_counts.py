"""Two stores in which withheld counts stand in each other's place: a partner is told the same.

Sums stay, and so does everything that is not withheld. So whatever a partner can tell the two apart
by, on any channel, tells of a withheld count: documents, pages, layers, tiles, feeds, bulletins
with their papers, open data. Equations need not be found for it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid5

import pypdf
import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.records import Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from routes.probes import SCOPES
from stores import small_exercise
from web.attacks.test_probes import ask, served
from web.conftest import HERE
from web.redaction.test_noninterference import plain, told

SPACE = UUID("a1c5b0de-3c52-4d0c-8c39-1d8b6a3b8a22")
FEW = ("75112", "75113", "75114")
"""Territories in which nobody looks besides. The last has as many in both stores."""
WEEKS = [IsoWeek(2022, 40).shift(-back) for back in range(3)]
INSIDE = sa.text(
    "SELECT code, ST_AsBinary(ST_PointOnSurface(area)) AS point FROM territory"
    " WHERE code = ANY(:codes)"
)
COUNTS = ((3, 5, 4), (5, 3, 4))
"""Heads in each of the territories, in the one store and in the other."""


def fill(store: Store, counts: tuple[int, ...]) -> None:
    """Put in visits of the same hours and places, with counts by territory.

    The mark tells the stores apart for what one process keeps: they have as many rows, of the same
    transactions.
    """
    with store.begin() as conn:
        store_flags.put(conn, "swapped", str(counts))
        found = conn.execute(INSIDE, {"codes": list(FEW)})
        where = {row.code: shapely.from_wkb(row.point) for row in found}
        for week in WEEKS:
            for day in (1, 3):
                for code, heads in zip(FEW, counts, strict=True):
                    seen = Sighting(
                        id=uuid5(SPACE, f"{week} {day} {code}"),
                        observed_at=week.start + dt.timedelta(days=day, hours=9),
                        time_precision=TimePrecision.INSTANT,
                        point=where[code],
                        headcount=heads,
                        territory=code,
                        verified=True,
                        unit="unit 1",
                    )
                    sightings.add(conn, seen)


@pytest.fixture(scope="module")
def both(new_database: Callable[..., str], small_template: str) -> Iterator[Any]:
    with ExitStack() as stack:
        found = []
        for counts in COUNTS:
            store = Store(new_database(small_template))
            stack.callback(store.close)
            fill(store, counts)
            app, shown = stack.enter_context(served(store))
            found.append((TestClient(app, base_url=HERE, raise_server_exceptions=False), shown))
        yield found


def read(answer: Any) -> Any:
    """Return what an answer tells; of paper, its text."""
    if answer.headers.get("content-type", "").startswith("application/pdf"):
        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        return answer.status_code, "".join(page.extract_text() for page in pages)
    return told(answer)


def apart(both: Any, role: Role, scope: tuple[str, ...]) -> list[str]:
    """Return the questions whose answers tell the two stores apart."""
    (one, shown_one), (other, shown_other) = both
    asked = {probe.route: probe for probe in reversed(plain(one.app, scope, role))}
    return [
        str(probe)
        for probe in asked.values()
        if read(ask(one, shown_one, probe)) != read(ask(other, shown_other, probe))
    ]


def test_the_counts_are_withheld_and_differ(both: Any) -> None:
    week = str(WEEKS[0])
    for role, seen in ((Role.PARTNER, {None}), (Role.COORDINATOR, {6, 10})):
        heads = set()
        for client, shown in both:
            headers = {"authorization": f"Bearer {shown[role, ()]}"}
            rows = client.get(f"/api/hotspots/{week}", headers=headers).json()["territories"]
            heads |= {row["heads_counted"] for row in rows if row["code"] == FEW[0]}
        assert heads == seen


def test_a_coordinator_tells_them_apart(both: Any) -> None:
    assert len(apart(both, Role.COORDINATOR, ())) >= 5


@pytest.mark.parametrize("scope", SCOPES[:2])
def test_nothing_a_partner_is_told_tells_them_apart(both: Any, scope: tuple[str, ...]) -> None:
    assert small_exercise.WEEK in {str(week) for week in WEEKS}
    assert apart(both, Role.PARTNER, scope) == []
