"""The report form without a script, its receipt, and what a phone keeps of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from geosites.core import city
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.web.security.csrf import is_ours
from samples.web_samples import sighting
from stores import signed

BROWSER = {"accept": "text/html"}
Clients = Callable[..., TestClient]


def typed(**changes: str) -> dict[str, str]:
    form = {"id": str(uuid4()), "lon": "2.38995", "lat": "48.899854", "headcount": "4"}
    return {**form, "accuracy_m": "12", "site": "", "origin": "patrol", "activity": "", **changes}


def count(store: Store) -> int:
    with store.begin() as conn:
        return sightings.count(conn)


def test_a_report_leads_to_its_receipt(client: TestClient, store: Store) -> None:
    form = typed(site="forceval", observed_at="2022-10-09T21:30")
    answer = client.post("/report", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/report/{form['id']}"
    page = client.get(answer.headers["location"]).text.replace("\u00a0", " ")
    for said in ("9 octobre 2022, 21 h 30", "Square Forceval", "4 personnes", form["id"]):
        assert said in page
    assert count(store) == 1


def test_the_unit_is_the_viewers_and_not_typed(make_client: Clients, store: Store) -> None:
    form = typed(unit="another")
    make_client(Role.REPORTER).post("/report", data=form)
    with store.begin() as conn:
        assert sightings.get(conn, form["id"]).unit == signed.unit(Role.REPORTER)  # type: ignore[arg-type]


def test_the_api_takes_the_viewers_unit_and_no_other_from_reporters(
    make_client: Clients, store: Store
) -> None:
    reporter = make_client(Role.REPORTER)
    assert reporter.post("/api/sightings", json=sighting()).status_code == 201
    other = sighting(id=str(uuid4()), unit="another")
    assert reporter.post("/api/sightings", json=other).status_code == 403
    assert make_client(Role.COORDINATOR).post("/api/sightings", json=other).status_code == 201


def test_what_waited_is_sent_by_the_account_that_made_it(
    make_client: Clients, store: Store
) -> None:
    reporter = make_client(Role.REPORTER)
    for role, status in ((Role.COORDINATOR, 401), (Role.REPORTER, 201)):
        made_by = {"Geosites-Made-By": signed.login(role)}
        answer = reporter.post("/api/sightings", json=sighting(), headers=made_by)
        assert answer.status_code == status
    assert count(store) == 1


def test_nobody_here_is_a_visit_that_saw_nobody(client: TestClient, store: Store) -> None:
    form = typed(headcount="", nobody="1")
    assert client.post("/report", data=form).status_code == 200
    with store.begin() as conn:
        assert sightings.get(conn, form["id"]).headcount == 0  # type: ignore[arg-type]


def test_a_site_alone_is_a_position_with_its_reach(client: TestClient, store: Store) -> None:
    form = typed(lon="", lat="", accuracy_m="", site="forceval")
    assert client.post("/report", data=form).status_code == 200
    with store.begin() as conn:
        found = sightings.get(conn, form["id"])  # type: ignore[arg-type]
    assert found.site == "forceval"
    assert found.accuracy_m is not None


def test_a_double_click_never_doubles(client: TestClient, store: Store) -> None:
    form = typed()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.post("/report", data=form), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.url.path for answer in answers} == {f"/report/{form['id']}"}
    assert count(store) == 1


def test_the_same_item_sent_ten_times_at_once_is_one_row(client: TestClient, store: Store) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = pool.map(lambda _: client.post("/api/sightings", json=sighting()), range(10))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert count(store) == 1


def test_a_form_sent_again_with_other_content_is_shown_again(
    client: TestClient, store: Store
) -> None:
    form = typed()
    client.post("/report", data=form)
    again = client.post("/report", data={**form, "headcount": "5"})
    assert again.status_code == 409
    assert 'id="wrong-form"' in again.text
    assert f'name="id" value="{form["id"]}"' not in again.text, (
        "sent once more, it is another report"
    )
    assert 'value="5"' in again.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headcount": ""}, "headcount"),
        ({"headcount": "many"}, "headcount"),
        ({"headcount": "-1"}, "headcount"),
        ({"headcount": "3", "nobody": "1"}, "headcount"),
        ({"lon": "", "lat": ""}, "place"),
        ({"lon": "2.39", "lat": ""}, "place"),
        ({"lon": "0", "lat": "0"}, "place"),
        ({"lon": "", "lat": "", "site": "nowhere"}, "place"),
        ({"accuracy_m": "-3"}, "place"),
        ({"observed_at": "2022-10-30T02:30"}, "observed_at"),
        ({"observed_at": "2022-10-10T02:30"}, "observed_at"),
        ({"observed_at": "soon"}, "observed_at"),
        ({"origin": "rumour"}, "origin"),
        ({"activity": "other"}, "activity"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_is_kept(
    empty: TestClient, empty_store: Store, changes: dict[str, str], field: str
) -> None:
    form = typed(**{"activity": "traces", **changes})
    answer = empty.post("/report", data=form)
    assert answer.status_code == 422
    shown = re.findall(r'id="wrong-(\w+)"[^>]*role="alert"(?! hidden)', answer.text)
    assert shown == [field]
    for name in ("id", "lon", "lat", "headcount", "observed_at"):
        if form.get(name):
            assert f'value="{form[name]}"' in answer.text
    if form["activity"] == "traces":
        assert '<option value="traces" selected>' in answer.text
    assert count(empty_store) == 0


def test_hostile_text_is_text_in_the_form(empty: TestClient) -> None:
    attack = '"><script>alert(1)</script>'
    answer = empty.post("/report", data=typed(lon=attack, site=attack, headcount=attack))
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_analysts_and_partners_report_nothing(as_role: Callable[[Role], TestClient]) -> None:
    for role in (Role.ANALYST, Role.PARTNER, Role.ADMIN):
        assert as_role(role).get("/report").status_code == 403
        assert as_role(role).post("/report", data=typed()).status_code == 403


def test_what_others_reported_today_is_shown_by_cell(make_client: Clients) -> None:
    coordinator, reporter = make_client(Role.COORDINATOR), make_client(Role.REPORTER)
    theirs, own = typed(), typed(lon="2.37", lat="48.88")
    coordinator.post("/report", data=theirs)
    reporter.post("/report", data=own)
    seen = [one for one in layer(reporter) if one["properties"]["kind"] == "seen"]
    exact = {one["properties"]["id"]: one["geometry"]["coordinates"] for one in seen}
    assert exact[own["id"]] == pytest.approx([2.37, 48.88], abs=1e-5)
    assert exact[None] != pytest.approx([2.38995, 48.899854], abs=1e-5)
    assert exact[None] == pytest.approx([2.38995, 48.899854], abs=1.2e-3)
    assert theirs["id"] not in reporter.get("/report").text
    assert theirs["id"] in coordinator.get("/report").text
    assert reporter.get(f"/report/{theirs['id']}").status_code == 404
    assert coordinator.get(f"/report/{own['id']}").status_code == 404
    why = {"x-motive": "checking a count"}
    assert coordinator.get(f"/report/{own['id']}", headers=why).status_code == 200


def test_what_was_rejected_today_has_yet_to_be_reported(client: TestClient, store: Store) -> None:
    report = typed()
    client.post("/report", data=report)
    assert report["id"] in {one["properties"].get("id") for one in layer(client)}
    with store.begin() as conn:
        found = sightings.get(conn, UUID(report["id"]))
        sightings.correct(conn, dataclasses.replace(found, verified=False))
    assert report["id"] not in {one["properties"].get("id") for one in layer(client)}


def layer(client: TestClient) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = client.get("/layers/today").json()["features"]
    return features


def test_the_receipt_names_a_possible_duplicate(make_client: Clients) -> None:
    one, other = typed(), typed(lon="2.3905", headcount="6")
    make_client(Role.COORDINATOR).post("/report", data=one)
    reporter = make_client(Role.REPORTER)
    receipt = reporter.post("/report", data=other)
    assert 'id="doubts"' in receipt.text
    assert one["id"] not in receipt.text
    assert "doublon possible" in reporter.get("/report").text


def test_a_phone_can_install_the_form(client: TestClient) -> None:
    manifest = client.get("/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    assert manifest.json()["start_url"] == "/report"
    worker = client.get("/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    (files,) = re.findall(r"FILES = (\[.*?\]);", worker.text)
    for path in json.loads(files):
        kept = client.get(path)
        assert kept.status_code == 200
        assert path.startswith(("/static/", "/report/shell"))


def test_the_page_kept_for_no_network_holds_nothing_of_the_store(make_client: Clients) -> None:
    nobody = make_client(None)
    page = nobody.get("/report/shell?lang=en")
    assert page.status_code == 200
    assert 'data-viewer=""' in page.text
    assert "Forceval" not in page.text
    assert "Not available without a network." in page.text
    assert nobody.get("/report", follow_redirects=False).status_code in (303, 401)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "http://here:8000"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://here:8000", "cookie": "geosites=x"}, True),
        ({"origin": "https://here:8000"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://evil.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://here:8000"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://here.evil.example"}, False),
        ({"origin": "http://evil.example"}, False),
        ({}, True),
        ({"cookie": "geosites=x"}, False),
        ({"authorization": "Bearer x", "origin": "http://evil.example"}, True),
        ({"authorization": "Basic x", "origin": "http://evil.example"}, False),
    ],
)
def test_what_changes_something_comes_from_our_own_pages(
    headers: dict[str, str], ours: bool
) -> None:
    assert is_ours(Headers({"host": "here:8000", **headers})) is ours


def test_a_foreign_page_cannot_send_a_report(make_client: Clients, store: Store) -> None:
    nobody = make_client(None)
    foreign = {"origin": "http://evil.example", **BROWSER}
    answer = nobody.post("/report", data=typed(), headers=foreign)
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers
    assert nobody.post("/report", data=typed()).status_code in (303, 401)
    assert count(store) == 0


RECEIPT = {"accept": "application/vnd.geosites.receipt+json", "accept-language": "fr"}


def test_the_form_gets_a_receipt_of_its_own_type(make_client: Clients) -> None:
    reporter = make_client(Role.REPORTER)
    answer = reporter.post("/api/sightings", json=sighting(), headers=RECEIPT)
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith(RECEIPT["accept"])
    told = answer.json()
    assert told["id"] == sighting()["id"]
    assert told["place"].startswith("Square Forceval")
    assert (told["unit"], told["login"]) == (
        signed.unit(Role.REPORTER),
        signed.login(Role.REPORTER),
    )
    plain = reporter.post("/api/sightings", json=sighting())
    assert plain.json() == {"id": sighting()["id"], "added": False}
    assert plain.headers["content-type"] == "application/json"


def test_a_refusal_tells_its_reason_in_the_language_of_the_form(make_client: Clients) -> None:
    wrong = sighting(lon=0, lat=0)
    answer = make_client(Role.REPORTER).post("/api/sightings", json=wrong, headers=RECEIPT)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems#rows-refused"
    assert "hors de tout territoire" in answer.json()["said"]
    plain = make_client(Role.REPORTER).post("/api/sightings", json=wrong)
    assert "said" not in plain.json()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"headcount": 301}, "heads"),
        ({"observed_at": "2022-08-08T09:30:00+02:00"}, "old"),
        ({"accuracy_m": 25_000, "site": None}, "accuracy"),
        ({"lon": 2.36, "lat": 48.87, "accuracy_m": 12}, "site"),
    ],
)
def test_a_likely_slip_is_asked_about_where_the_caller_wants_it(
    make_client: Clients, store: Store, changes: dict[str, Any], code: str
) -> None:
    reporter, report = make_client(Role.REPORTER), sighting(**changes)
    asked = reporter.post("/api/sightings", json={**report, "confirmed": []})
    assert asked.status_code == 422
    assert asked.json()["type"] == "/problems#unconfirmed"
    assert [one["code"] for one in asked.json()["questions"]] == [code]
    assert count(store) == 0
    confirmed = {**report, "confirmed": [code]}
    assert reporter.post("/api/sightings", json=confirmed).status_code == 201
    other = {**report, "id": str(uuid4())}
    assert reporter.post("/api/sightings", json=other).status_code == 201, "programs are not asked"


def test_a_second_count_minutes_later_is_asked_about(make_client: Clients, store: Store) -> None:
    reporter, coordinator = make_client(Role.REPORTER), make_client(Role.COORDINATOR)
    assert reporter.post("/api/sightings", json=sighting()).status_code == 201
    later = sighting(id=str(uuid4()), observed_at="2022-10-08T09:35:00+02:00", confirmed=[])
    asked = reporter.post("/api/sightings", json=later)
    assert [one["code"] for one in asked.json()["questions"]] == ["again"]
    assert asked.json()["questions"][0]["about"] == sighting()["id"]
    assert coordinator.post("/api/sightings", json=later).status_code == 201, "another account"
    earlier = sighting(id=str(uuid4()), observed_at="2022-10-08T09:25:00+02:00", confirmed=[])
    assert reporter.post("/api/sightings", json=earlier).status_code == 201, "it came late"


def test_a_report_is_its_reporters_to_correct_and_then_a_coordinators(
    make_client: Clients, store: Store
) -> None:
    address = f"/api/sightings/{sighting()['id']}"
    reporter = make_client(Role.REPORTER)
    assert reporter.post("/api/sightings", json=sighting()).status_code == 201
    changed = sighting(headcount=9)
    assert reporter.post(f"{address}/correct", json=changed).json()["added"] is True
    assert reporter.post(f"{address}/correct", json=changed).json()["added"] is False
    late = make_client(Role.REPORTER, correct_min=0)
    with store.begin() as conn:
        conn.exec_driver_sql("SELECT pg_sleep(1.1)")
    answer = late.post(f"{address}/correct", json=sighting(headcount=10), headers=RECEIPT)
    assert answer.status_code == 403
    assert "un coordinateur peut encore" in answer.json()["said"]
    coordinator = make_client(Role.COORDINATOR, correct_min=0)
    assert coordinator.post(f"{address}/correct", json=sighting(headcount=10)).status_code == 200
    with store.begin() as conn:
        found = sightings.get(conn, UUID(sighting()["id"]))
    assert (found.headcount, found.unit) == (10, signed.unit(Role.REPORTER))
    assert coordinator.post(f"{address}/withdraw", json={}).status_code == 200
    assert coordinator.post(f"{address}/withdraw", json={}).status_code == 200
    again = reporter.post("/api/sightings", json=sighting())
    assert again.status_code == 409, "what was withdrawn does not come back by a late copy"
    assert reporter.post(f"{address}/correct", json=changed).status_code == 409


def test_nobody_corrects_the_report_of_another_account(make_client: Clients, store: Store) -> None:
    address = f"/api/sightings/{sighting()['id']}"
    make_client(Role.COORDINATOR).post("/api/sightings", json=sighting())
    reporter = make_client(Role.REPORTER)
    for act, body in (("correct", sighting(headcount=9)), ("withdraw", {})):
        assert reporter.post(f"{address}/{act}", json=body).status_code == 403
    with store.begin() as conn:
        assert sightings.get(conn, UUID(sighting()["id"])).headcount == 4


def test_the_receipt_offers_to_correct_and_withdraw(make_client: Clients, store: Store) -> None:
    reporter, form = make_client(Role.REPORTER), typed()
    receipt = reporter.post("/report", data=form)
    assert f"/report?corrects={form['id']}" in receipt.text
    filled = reporter.get(f"/report?corrects={form['id']}").text
    assert 'value="4"' in filled
    changed = {**typed(headcount="6"), "id": form["id"], "corrects": form["id"]}
    assert "6 personnes" in reporter.post("/report", data=changed).text.replace("\u00a0", " ")
    withdrawn = reporter.post(f"/report/{form['id']}/withdraw", headers=BROWSER)
    assert "Annulé" in withdrawn.text
    with store.begin() as conn:
        assert sightings.get(conn, UUID(form["id"])).verified is False


def test_the_plain_form_asks_and_takes_the_answer(make_client: Clients, store: Store) -> None:
    reporter, form = make_client(Role.REPORTER), typed(headcount="99999")
    asked = reporter.post("/report", data=form)
    assert asked.status_code == 422
    assert 'name="confirmed" value="heads"' in asked.text
    assert count(store) == 0
    assert reporter.post("/report", data={**form, "confirmed": "heads"}).status_code == 200
    assert count(store) == 1


def test_the_plain_form_takes_commas_and_the_second_reading(
    make_client: Clients, store: Store
) -> None:
    reporter = make_client(Role.REPORTER, clock=lambda: dt.datetime(2022, 11, 2, tzinfo=dt.UTC))
    form = typed(lon="2,38995", lat="48,899854", observed_at="2022-10-30T02:30", offset="+01:00")
    assert reporter.post("/report", data=form).status_code == 200
    with store.begin() as conn:
        found = sightings.get(conn, UUID(form["id"]))
    assert found.observed_at == dt.datetime(2022, 10, 30, 1, 30, tzinfo=dt.UTC)


def test_the_plain_form_is_refused_from_another_account(make_client: Clients, store: Store) -> None:
    form = typed(made_by=signed.login(Role.COORDINATOR))
    answer = make_client(Role.REPORTER).post("/report", data=form)
    assert answer.status_code == 409
    assert 'id="wrong-account"' in answer.text
    assert count(store) == 0


def test_only_coordinators_report_for_another_unit(make_client: Clients, store: Store) -> None:
    page = make_client(Role.COORDINATOR).get("/report").text
    assert f'<option value="{signed.unit(Role.REPORTER)}"' in page
    form = typed(unit=signed.unit(Role.REPORTER))
    make_client(Role.COORDINATOR).post("/report", data=form)
    with store.begin() as conn:
        assert sightings.get(conn, UUID(form["id"])).unit == signed.unit(Role.REPORTER)
    assert 'name="unit"' not in make_client(Role.REPORTER).get("/report").text


def test_the_map_of_the_form_begins_with_the_view_of_the_city(client: TestClient) -> None:
    at = re.search(r'data-at="([^"]+)"', client.get("/report", headers=BROWSER).text)
    assert at is not None
    south_west, north_east = city.current().first_view.corners
    assert json.loads(at[1]) == [list(south_west), list(north_east)]
