"""What an administrator sees of the service."""

from __future__ import annotations

import datetime as dt
import html
import re
from uuid import UUID

import pytest

from geosites import __version__
from geosites.core.alarm_messages import MessageState
from geosites.core.job_schedule import ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.maintenance.service_status import ServiceStatus
from geosites.db.maintenance.store_metrics import Vitals
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.presentation.i18n import Language
from geosites.presentation.template_rendering import Page
from geosites.web import views
from plain import plain
from stores import signed
from web.conftest import NOW, Clients

DAY = dt.timedelta(days=1)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def test_it_tells_jobs_size_and_versions(store: Store, make_client: Clients) -> None:
    with store.begin() as conn:
        job_table.succeeded(conn, ServiceJob.RETENTION, NOW - DAY, 2.5)
        job_table.failed(conn, ServiceJob.BACKUP, NOW, "the folder is full")
    said = text_of(make_client(Role.ADMIN).get("/service").text)
    assert "La base n'a jamais été sauvegardée." in said
    assert "Sauvegarde : échec : the folder is full" in said
    assert re.search(r"Taille de la base \d+ Mo", said)
    assert f"geosites {__version__}" in said
    assert re.search(r"PostgreSQL \d+\.\d+.* PostGIS 3\.\d+", said)
    assert "8 octobre 2022, 22 h 00 (hier) 2,5 s" in said


def test_jobs_stand_below_each_other_on_a_phone(make_client: Clients) -> None:
    """A table that is wider than a phone, and holds no link, cannot be scrolled by keyboard."""
    page = make_client(Role.ADMIN).get("/service").text
    assert '<table id="jobs" class="stacked">' in page


def test_it_tells_how_many_reports_came_from_phones_that_may_erase_them(
    make_client: Clients,
) -> None:
    """Of those that were recorded, once each; which phone it was is in no record."""
    client = make_client(Role.REPORTER)
    for number, more in enumerate(({}, {"evictable": True}, {"evictable": False})):
        report = {
            "id": str(UUID(int=number, version=4)),
            "observed_at": (NOW - DAY).isoformat(),
            "lon": 2.39,
            "lat": 48.9,
            "headcount": number,
            **more,
        }
        for status in (201, 200):
            assert client.post("/api/sightings", json=report).status_code == status
    odd = {**report, "id": str(UUID(int=9, version=4)), "evictable": "perhaps"}
    assert client.post("/api/sightings", json=odd).status_code == 422
    client.headers.update(signed.bearer(Role.ADMIN))
    said = text_of(client.get("/service").text)
    assert "Signalements de téléphones qui peuvent effacer ce qui attend 1 sur 3" in said
    assert 'geosites_reports_total{storage="evictable"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_sees_it(make_client: Clients, role: Role) -> None:
    assert make_client(role).get("/service").status_code == 403


def told(**changes: object) -> str:
    known: dict[str, object] = {
        "schema": "0017",
        "postgresql": "15.14",
        "postgis": "3.3.2",
        "messages": {},
        "oldest_waiting_at": None,
        "backed_up_at": NOW - DAY,
    }
    status = ServiceStatus(**{**known, **changes})  # type: ignore[arg-type]
    numbers = Vitals(sightings=3, entries=40, size_bytes=52_000_000)
    page = Page.of(Language.FRENCH, False, "/service", "n0nce")
    return text_of(views.service(page, NOW, [], status, numbers, (0, 0)))


def test_in_order_is_said_to_be_so() -> None:
    assert "Tout est en ordre." in told()
    assert "Taille de la base 52 Mo" in told()


def test_what_needs_a_person_comes_first() -> None:
    old = told(backed_up_at=NOW - 3 * DAY)
    assert "À traiter La dernière sauvegarde date du 6 octobre." in old
    lost = told(messages={MessageState.DEAD: 2, MessageState.WAITING: 1}, oldest_waiting_at=NOW)
    assert "2 messages d'alerte n'ont pas pu être remis." in lost
    assert "Messages d'alerte en attente 1, 9 octobre 2022, 22 h 00 (aujourd'hui)" in lost
