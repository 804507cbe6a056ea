"""A note is taken where the service takes notes, and only if it tells of nobody."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from geosites.db.postgres.connection import Store
from geosites.db.reports import notes
from geosites.permissions.policy import Role
from web.conftest import Clients

SECRET = "Karim, 06 12 34 56 78"
REPORT = {
    "id": "6d0c3a3e-7a52-4c55-9f59-0d7d2c6f0a11",
    "observed_at": "2022-10-09T20:00+02:00",
    "lon": 2.38995,
    "lat": 48.899854,
    "headcount": 12,
}


def post(clients: Clients, store: Store, note: str, **options: Any) -> tuple[int, str, Any]:
    answer = clients(**options).post("/api/sightings", json={**REPORT, "note": note})
    with store.begin() as conn:
        kept = conn.execute(sa.select(notes.table.c.note)).scalars().all()
    return answer.status_code, answer.text, kept


def test_by_default_no_note_is_taken(make_client: Clients, store: Store) -> None:
    status, text, kept = post(make_client, store, "porte nord")
    assert (status, kept) == (422, [])
    assert "takes no notes" in text


def test_a_note_about_the_place_is_kept_once(make_client: Clients, store: Store) -> None:
    assert post(make_client, store, "porte nord", notes=True)[::2] == (201, ["porte nord"])
    assert post(make_client, store, "porte nord", notes=True)[::2] == (200, ["porte nord"])
    assert post(make_client, store, "porte sud", notes=True)[::2] == (409, ["porte nord"])


def test_a_note_about_a_person_is_refused_and_neither_kept_nor_repeated(
    make_client: Clients, store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    status, text, kept = post(make_client, store, SECRET, notes=True)
    assert (status, kept) == (422, [])
    assert "holds a telephone number" in text
    with store.begin() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM sighting")).scalar_one() == 0
        said = conn.execute(sa.text("SELECT string_agg(e::text, '') FROM journal.entry e"))
        everywhere = text + said.scalar_one() + "".join(capfd.readouterr())
    assert "Karim" not in everywhere
    assert "34 56" not in everywhere


def test_a_report_with_other_faults_does_not_repeat_its_note(
    make_client: Clients, store: Store
) -> None:
    bad = {**REPORT, "note": SECRET, "headcount": None, "unknown": 1}
    answer = make_client(notes=True).post("/api/sightings", json=bad)
    assert answer.status_code == 422
    assert "Karim" not in answer.text


FORM = {
    "id": REPORT["id"],
    "observed_at": "2022-10-09T20:00",
    "lon": "2.38995",
    "lat": "48.899854",
    "headcount": "0",
}


def test_the_form_has_the_field_only_where_notes_are_taken(make_client: Clients) -> None:
    assert 'name="note"' not in make_client().get("/report").text
    assert 'name="note"' in make_client(notes=True).get("/report").text


def test_a_note_typed_into_the_form_is_on_the_receipt(make_client: Clients, store: Store) -> None:
    receipt = make_client(notes=True).post("/report", data={**FORM, "note": "porte nord"})
    assert "porte nord" in receipt.text
    assert "porte nord" not in make_client().get(f"/report/{REPORT['id']}").text


def test_the_form_says_why_a_note_is_refused(make_client: Clients, store: Store) -> None:
    answer = make_client(notes=True).post("/report", data={**FORM, "note": SECRET})
    assert answer.status_code == 422
    assert "holds a telephone number" in answer.text
    with store.begin() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM sighting")).scalar_one() == 0


def test_a_note_is_beside_its_visit_for_who_sees_exactly(
    make_client: Clients, store: Store
) -> None:
    closed = {
        "site": "forceval",
        "closed_from": "2022-10-01T00:00+02:00",
        "legal_ref": "arrêté",
    }
    coordinator = make_client(notes=True)
    assert coordinator.post("/api/closures", json=closed).status_code == 201
    coordinator.post("/report", data={**FORM, "note": "porte nord"})
    assert "porte nord" in coordinator.get("/sites/forceval").text
    for role in (Role.REPORTER, Role.ANALYST, Role.PARTNER):
        assert "porte nord" not in make_client(role, notes=True).get("/sites/forceval").text
    assert "porte nord" not in make_client().get("/sites/forceval").text
