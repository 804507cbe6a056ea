"""A closed site where people were seen comes first everywhere, with its count and its act."""

from __future__ import annotations

import datetime as dt
import html
import re
from uuid import UUID

import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites import bulletins
from geosites.bulletins import annex, front_page
from geosites.core.records import Closure, Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from plain import plain
from web.conftest import NOW, Clients

EOLE = "jardins-eole"
HOUR = dt.timedelta(hours=1)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def see(
    conn: sa.Connection, number: int, hours_ago: float, heads: int, *, verified: bool | None = None
) -> None:
    sighting = Sighting(
        id=UUID(int=number),
        observed_at=NOW - hours_ago * HOUR,
        point=shapely.point_on_surface(sites.get(conn, EOLE).perimeter),
        headcount=heads,
        territory="75118",
        site=EOLE,
        verified=verified,
        unit="unit of reporter",
    )
    sightings.add(conn, sighting)


@pytest.fixture
def reported(store: Store) -> Store:
    """Return a store with two closed sites: one never visited, one where ten were reported."""
    with store.begin() as conn:
        began = NOW - 240 * HOUR
        for number, site in enumerate((EOLE, "forceval"), start=50):
            closures.add(conn, Closure(id=UUID(int=number), site=site, closed_from=began))
        see(conn, 1, 3, 10)
    return store


def test_the_first_line_of_home_is_the_site_where_people_were_seen(
    reported: Store, make_client: Clients
) -> None:
    page = make_client().get("/").text
    main = page.partition("<main")[2]
    assert main.index('id="alarms"') < main.index("<h1")
    said = text_of(main)
    assert "10 personnes signalées à 19 h 00, non vérifié" in said.partition("Semaine 40")[0]
    assert 'href="/sightings" aria-label="Vérifier' in main
    assert "1 alerte" in said
    closed = said.partition("Fermetures")[2]
    assert "jamais vérifié depuis la fermeture" in closed
    assert "%" not in closed.partition("Carte")[0].partition("Non fermés")[0]


def test_a_visit_that_saw_nobody_does_not_hide_what_was_reported(
    reported: Store, make_client: Clients
) -> None:
    with reported.begin() as conn:
        see(conn, 2, 1, 0, verified=True)
    first = text_of(make_client().get("/").text.partition("<main")[2]).partition("Semaine")[0]
    assert "10 personnes signalées à 19 h 00, non vérifié, 1 visite n'a vu personne depuis" in first
    answer = make_client().get(f"/api/sites/{EOLE}/closure").json()
    assert answer["last_seen"] == {
        "heads": 10,
        "at": "2022-10-09T17:00:00Z",
        "verified": False,
        "empty_since": 1,
    }


def test_every_list_has_it_first(reported: Store, make_client: Clients) -> None:
    board = make_client().get("/sites").text.partition("<tbody>")[2]
    assert board.index(f"/sites/{EOLE}") < board.index("/sites/forceval")
    with reported.begin() as conn:
        known: dt.datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        content = bulletins.draft(conn, IsoWeek.containing(NOW), known).content
    words, links = Words(Language.FRENCH), Links(Language.FRENCH)
    front = {section.key: section for section in front_page.sections(words, links, content)}
    assert "10 personnes signalées" in front["answer"].alerts[0]
    assert "Semaine 40" in front["answer"].lines[0]
    assert "faire vérifier le signalement" in plain(front["decide"].items[0])
    behind = {section.key: section for section in annex.sections(words, links, content)}
    first = behind["closures"].tables[0].rows[0]
    assert plain(first[1].note or "").startswith("10 personnes signalées")


def test_a_partner_is_told_no_count_and_nothing_of_today(
    reported: Store, make_client: Clients
) -> None:
    with reported.begin() as conn:
        see(conn, 3, 30, 12)
    answer = make_client(Role.PARTNER).get(f"/api/sites/{EOLE}/closure").json()
    assert answer["last_seen"] == {
        "heads": None,
        "at": "2022-10-08",
        "verified": None,
        "empty_since": None,
    }


def test_home_is_quiet_where_nobody_was_seen(client: TestClient) -> None:
    assert 'id="alarms"' not in client.get("/").text
