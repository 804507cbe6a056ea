"""A day at the desk from adding accounts to the export, through the pages alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page

from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures, operations
from geosites.db.postgres.connection import Store
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition
from geosites.db.schema.sightings import sighting
from geosites.exercise import accounts
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from screenshots.browser_watch import serve
from screenshots.day import RIGHT, SITE, WEEK, WRONG, Day


@pytest.fixture
def desk_store(exercise_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return the exercise, as a server that was just started holds it."""
    store = Store(new_database(exercise_template))
    yield store
    store.close()


@pytest.fixture
def served_desk(desk_store: Store) -> Iterator[str]:
    """Return the address of the service over it."""
    yield from serve(create_app(desk_store))


def test_a_day_at_the_desk(
    browser: Browser, served_desk: str, desk_store: Store, tmp_path: Path
) -> None:
    with desk_store.begin() as conn:
        made = dict(accounts.add_accounts(conn, dt.datetime.now(dt.UTC)))[Role.ADMIN]
    seen: dict[str, str] = {}

    def look(name: str, page: Page) -> None:
        seen[name] = page.locator("main").inner_text().replace("\xa0", " ").replace("\u202f", " ")

    day = Day(browser, served_desk, look, tmp_path)
    done = list(day.steps(made.login, made.password or ""))
    assert done[-1] == "exported"
    assert seen["alarm-first"].startswith("Personnes vues dans des lieux fermés\nJardins d'Éole")
    assert "10 personnes signalées" in seen["alarm-first"].partition("Semaine")[0]
    assert "non vérifié" in seen["alarm-first"].partition("Semaine")[0]
    assert "Enregistré : vérifié" in seen["verified"]
    assert "3 lignes" in seen["workbook-previewed"]
    assert "99 999" in seen["wrong-count"]
    with desk_store.begin() as conn:
        assert operations.during(conn)[-1].headcount_dispersed == 12
        (closure,) = [one for one in closures.list_all(conn) if one.site == SITE]
        assert closure.closed_until is None
        assert bulletins.get(conn, IsoWeek.parse(WEEK), Edition.SERVICE, 1)
        known = sighting.c.known.op("@>")(sa.func.now())
        counts = conn.execute(sa.select(sighting.c.headcount).where(known)).scalars().all()
    assert WRONG not in counts
    exported = load_workbook(tmp_path / "semaine.xlsx", read_only=True)
    cells = [cell for row in exported.worksheets[0].values for cell in row]
    assert RIGHT in cells
    assert str(WRONG) not in map(str, cells)
    assert [wrong for one in day.watched for wrong in one.wrong] == []
    for one in day.watched:
        one.page.context.close()
