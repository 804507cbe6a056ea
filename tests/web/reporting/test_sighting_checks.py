"""The sightings a coordinator works through: listed, verified, rejected, corrected, withdrawn."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.records import Sighting
from geosites.db.postgres.connection import Store
from geosites.db.reports import sighting_checks, sightings
from geosites.db.schema.checks import sighting_check
from geosites.db.schema.journal import entry as journal
from geosites.permissions.policy import Role
from plain import plain
from samples.hostile import ATTACKS, COMPUTED
from samples.web_samples import sighting as report
from stores import signed
from web.conftest import NOW, Clients

THERE = {"lon": 2.366215, "lat": 48.887513, "site": "jardins-eole"}
Send = Callable[..., str]


@pytest.fixture
def send(make_client: Clients) -> Send:
    """Return a function by which a reporter sends a sighting; it returns the id."""
    reporter = make_client(Role.REPORTER)

    def post(**changes: Any) -> str:
        identifier = str(uuid4())
        answer = reporter.post("/api/sightings", json=report(id=identifier, **changes))
        assert answer.status_code == 201, answer.text
        return identifier

    return post


def version(client: TestClient, identifier: str) -> str:
    page = client.get(f"/sightings/{identifier}").text
    return html.unescape(re.findall(r'name="version" value="([^"]+)"', page)[0])


def decide(client: TestClient, identifier: str, decision: str, **more: str) -> Any:
    form = {"decision": decision, "version": version(client, identifier), **more}
    return client.post(f"/sightings/{identifier}/decision", data=form, follow_redirects=False)


def correction(client: TestClient, identifier: str, **changes: str) -> dict[str, str]:
    """Return the form of a sighting as a browser would send it, with some fields changed."""
    page = client.get(f"/sightings/{identifier}").text
    (form,) = re.findall(r'(?s)action="/sightings/[^"]+/correction".*?</form>', page)
    typed = dict(re.findall(r'<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', form))
    typed["site"] = "".join(re.findall(r'<option value="([^"]*)" selected', form)[:1])
    return {**typed, "reason": "corrected:typing_error", **changes}


def correct(client: TestClient, identifier: str, **changes: str) -> Any:
    form = correction(client, identifier, **changes)
    return client.post(f"/sightings/{identifier}/correction", data=form, follow_redirects=False)


def kept(store: Store, identifier: str) -> Sighting:
    with store.begin() as conn:
        return sightings.get(conn, UUID(identifier))


def listed(client: TestClient, **asked: str) -> list[str]:
    answer = client.get("/sightings", params=asked)
    assert answer.status_code == 200
    return re.findall(r'<li id="sighting-([^"]+)"', answer.text)


def test_what_is_to_be_checked_is_listed_the_newest_first(client: TestClient, send: Send) -> None:
    old = send(observed_at="2022-10-01T09:30:00+02:00")
    new = send(observed_at="2022-10-08T10:30:00+02:00")
    assert listed(client) == [new, old]
    assert "2\u00a0signalements" in client.get("/sightings").text.replace("2 ", "2\u00a0")
    assert decide(client, new, "verified:on_the_spot").status_code == 303
    assert decide(client, old, "rejected:wrong_place").status_code == 303
    assert listed(client) == []
    assert listed(client, state="verified") == [new]
    assert listed(client, state="rejected") == [old]
    assert listed(client, state="all") == [new, old]


def test_visits_that_saw_nobody_are_listed_on_request(client: TestClient, send: Send) -> None:
    seen, empty = send(), send(headcount=0, observed_at="2022-10-08T10:30:00+02:00")
    assert listed(client) == [seen]
    assert listed(client, people="all") == [empty, seen]


def test_the_list_is_narrowed_by_week_unit_and_territory(client: TestClient, send: Send) -> None:
    early = send(observed_at="2022-10-01T09:30:00+02:00")
    there = send(**THERE)
    here = send(observed_at="2022-10-08T08:30:00+02:00")
    assert listed(client, week="2022-W39") == [early]
    assert listed(client, week="2022-W40") == [there, here]
    assert listed(client, territory="75118") == [there]
    assert len(listed(client, unit=signed.unit(Role.REPORTER))) == 3
    assert listed(client, unit="nobody") == []
    wrong = client.get("/sightings", params={"week": "last"})
    assert wrong.status_code == 422
    assert 'value="last"' in wrong.text
    assert 'id="wrong-week"' in wrong.text


def test_a_decision_leads_back_to_the_list_and_nowhere_else(client: TestClient, send: Send) -> None:
    one = send()
    back = "/sightings?state=all&unit=a%26b"
    answer = decide(client, one, "verified:on_the_spot", back=back)
    assert answer.headers["location"] == f"{back}&done={one}"
    assert "Enregistré" in client.get(answer.headers["location"]).text
    assert "Enregistré" not in client.get(f"{back}&done={uuid4()}").text
    answer = decide(client, one, "reopened:new_information", back="//evil.example/sightings")
    assert answer.headers["location"].startswith(f"/sightings/{one}")
    assert kept(client.app.state.store, one).verified is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("decision", "verified"),
    [
        ("verified:second_report", True),
        ("rejected:not_confirmed", False),
        ("withdrawn:made_in_error", False),
    ],
)
def test_every_decision_is_a_new_version_with_its_reason_and_in_the_journal(
    client: TestClient, store: Store, send: Send, decision: str, verified: bool
) -> None:
    one = send()
    before = kept(store, one)
    assert decide(client, one, decision).status_code == 303
    assert kept(store, one).verified is verified
    with store.begin() as conn:
        versions = sighting_checks.versions(conn, UUID(one))
        entries = conn.execute(
            sa.select(journal.c.actor, journal.c.what).where(journal.c.refs.contains(one))
        ).all()
    assert versions[0].sighting == before
    check = versions[1].check
    assert check is not None
    assert f"{check.verdict}:{check.reason}" == decision
    assert check.login == signed.login(Role.COORDINATOR)
    assert (signed.login(Role.COORDINATOR), "sighting_check") in [tuple(row) for row in entries]
    page = plain(client.get(f"/sightings/{one}", params={"lang": "en"}).text)
    assert "as reported" in page
    assert signed.login(Role.COORDINATOR) in page


@pytest.mark.parametrize(
    "decision",
    ["", "verified", "verified:wrong_place", "corrected:typing_error", "x:y", *ATTACKS[:8]],
)
def test_a_decision_that_is_none_is_refused_beside_its_field(
    client: TestClient, store: Store, send: Send, decision: str
) -> None:
    one = send()
    answer = decide(client, one, decision)
    assert answer.status_code == 422
    assert 'id="wrong-decision"' in answer.text
    assert COMPUTED not in answer.text
    assert kept(store, one).verified is None


def test_a_correction_changes_count_time_and_place_and_keeps_the_rest(
    client: TestClient, store: Store, send: Send
) -> None:
    one = send(headcount=99_999, accuracy_m=12, activity="gathering", duration_min=20)
    before = kept(store, one)
    changes = {
        "headcount": "9",
        "observed_at": "2022-10-07T09:00",
        "site": "",
        "lon": "2,366215",
        "lat": "48,887513",
    }
    assert correct(client, one, **changes).status_code == 303
    after = kept(store, one)
    assert (after.headcount, after.site, after.territory) == (9, None, "75118")
    assert after.observed_at.isoformat() == "2022-10-07T07:00:00+00:00"
    assert (after.activity, after.duration_min, after.unit) == ("gathering", 20, before.unit)
    assert after.verified is None
    with store.begin() as conn:
        assert sighting_checks.versions(conn, UUID(one))[0].sighting == before


def test_an_empty_position_stays_and_another_site_moves(
    client: TestClient, store: Store, send: Send
) -> None:
    one = send(accuracy_m=7)
    before = kept(store, one)
    assert correct(client, one, headcount="5").status_code == 303
    after = kept(store, one)
    assert (after.point, after.accuracy_m, after.observed_at) == (
        before.point,
        before.accuracy_m,
        before.observed_at,
    )
    assert correct(client, one, site="jardins-eole").status_code == 303
    assert (kept(store, one).site, kept(store, one).territory) == ("jardins-eole", "75118")


def test_the_exact_position_is_shown_to_who_says_why(client: TestClient, send: Send) -> None:
    one = send()
    page = client.get(f"/sightings/{one}").text
    assert "48.8998" not in page
    assert "100 m" in plain(page)
    assert client.get("/sightings").text.count("48.8998") == 0
    why = {"motive": "contrôle du lieu"}
    assert "48.899854" in client.get(f"/sightings/{one}", params=why).text
    assert "48.899854" in client.get("/sightings", params=why).text


WRONG = (
    ("headcount", "", "headcount"),
    ("headcount", "-3", "headcount"),
    ("headcount", "many", "headcount"),
    ("observed_at", "2030-01-01T00:00", "observed_at"),
    ("observed_at", "2022-10-30T02:30", "observed_at"),
    ("site", "nowhere", "site"),
    ("lon", "200", "lon"),
    ("lat", "x", "lon"),
    ("reason", "verified:on_the_spot", "reason"),
    ("reason", "because", "reason"),
)


@pytest.mark.parametrize(("name", "value", "beside"), WRONG)
def test_what_cannot_be_taken_is_named_beside_its_field_and_kept(
    client: TestClient, store: Store, send: Send, name: str, value: str, beside: str
) -> None:
    one = send()
    before = kept(store, one)
    full = {"headcount": "7", "lon": "2.39", "lat": "48.9", name: value}
    answer = correct(client, one, **full)
    assert answer.status_code == 422, answer.text
    assert re.search(r'id="wrong-(\w+)"', answer.text)
    assert f'href="#field-{beside}"' in answer.text
    if name not in ("site", "reason"):
        assert f'value="{value}"' in answer.text
    if name != "headcount":
        assert 'name="headcount" type="text" value="7"' in answer.text
    assert kept(store, one) == before


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_in_a_field_is_only_ever_text(
    client: TestClient, store: Store, send: Send, attack: str
) -> None:
    one = send()
    before = kept(store, one)
    form = correction(client, one)
    for name in ("headcount", "observed_at", "offset", "site", "lon", "lat", "reason", "back"):
        typed = {**form, name: attack, "reason": form["reason"] if name != "reason" else attack}
        typed = typed if name != "back" else {**typed, "headcount": "x"}
        answer = client.post(f"/sightings/{one}/correction", data=typed)
        assert answer.status_code == 422, name
        assert COMPUTED not in answer.text
        assert "<script>alert" not in answer.text
        assert "onerror=alert" not in re.sub(r'value="[^"]*"', "", answer.text)
    assert kept(store, one) == before


def test_the_second_of_two_sees_what_the_first_changed_and_loses_nothing(
    client: TestClient, store: Store, send: Send
) -> None:
    one = send()
    mine = correction(client, one, headcount="40", observed_at="2022-10-08T09:00")
    assert correct(client, one, headcount="12").status_code == 303
    answer = client.post(
        f"/sightings/{one}/correction", data=mine, headers={"accept-language": "en"}
    )
    assert answer.status_code == 409
    text = plain(html.unescape(answer.text))
    assert "“about 4 people” became “about 12 people”" in text
    assert 'value="40"' in answer.text
    assert 'value="2022-10-08T09:00"' in answer.text
    assert kept(store, one).headcount == 12
    fresh = {**mine, "version": version(client, one)}
    sent = client.post(f"/sightings/{one}/correction", data=fresh, follow_redirects=False)
    assert sent.status_code == 303
    assert kept(store, one).headcount == 40


def test_of_two_at_the_same_moment_one_is_taken(
    make_client: Clients, store: Store, send: Send
) -> None:
    client = make_client()
    for _ in range(4):
        one = send()
        seen = version(client, one)
        forms = [
            {"decision": decision, "version": seen}
            for decision in ("verified:on_the_spot", "rejected:wrong_time", "withdrawn:test_report")
        ]

        def post(form: dict[str, str], one: str = one) -> int:
            answer = client.post(f"/sightings/{one}/decision", data=form, follow_redirects=False)
            return int(answer.status_code)

        with ThreadPoolExecutor(3) as pool:
            statuses = sorted(pool.map(post, forms))
        assert statuses == [303, 409, 409]
        with store.begin() as conn:
            assert len(sighting_checks.versions(conn, UUID(one))) == 2


@pytest.mark.parametrize("seen", ["", "x", "2022-10-08", "2022-10-08T00:00:00+00:00"])
def test_a_form_without_its_version_changes_nothing(
    client: TestClient, store: Store, send: Send, seen: str
) -> None:
    one = send()
    form = {"decision": "verified:on_the_spot", "version": seen}
    assert client.post(f"/sightings/{one}/decision", data=form).status_code == 409
    assert kept(store, one).verified is None


def test_what_others_were_merged_into_is_not_rejected_before_they_are_separated(
    client: TestClient, send: Send
) -> None:
    one, other = send(), send(headcount=5)
    merge = {"into": one, "reason": "same_scene"}
    client.post(f"/api/sightings/{other}/merge", json=merge).raise_for_status()
    assert listed(client) == [one]
    assert decide(client, one, "rejected:wrong_count").status_code == 422


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN, None])
def test_nobody_else_checks(
    make_client: Clients, store: Store, send: Send, role: Role | None
) -> None:
    one, client = send(), make_client(role)
    status = 403 if role else 401
    form = {"decision": "verified:on_the_spot", "version": "x"}
    assert client.get("/sightings").status_code == status
    assert client.get(f"/sightings/{one}").status_code == status
    assert client.post(f"/sightings/{one}/decision", data=form).status_code == status
    assert client.post(f"/sightings/{one}/correction", data=form).status_code == status
    with store.begin() as conn:
        assert conn.execute(sa.select(sighting_check)).all() == []


def test_what_lies_out_of_scope_is_not_there(
    make_client: Clients, store: Store, client: TestClient, send: Send
) -> None:
    asked = accounts.AccountRequest(
        login="local", role=Role.COORDINATOR, unit="19e", scope=("75119",)
    )
    with store.begin() as conn:
        accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
        token = tokens.issue(conn, "local", NOW).token
    local = make_client(role=None)
    local.headers["Authorization"] = f"Bearer {token}"
    inside, outside = send(), send(**THERE)
    assert listed(local, state="all") == [inside]
    assert "75118" not in local.get("/sightings").text
    assert listed(local, territory="75118") == []
    form = {"decision": "verified:on_the_spot", "version": version(client, outside)}
    assert local.get(f"/sightings/{outside}").status_code == 404
    assert local.post(f"/sightings/{outside}/decision", data=form).status_code == 404
    typed = correction(client, outside, headcount="1")
    assert local.post(f"/sightings/{outside}/correction", data=typed).status_code == 404
    moved = correct(local, inside, lon="2.366215", lat="48.887513")
    assert moved.status_code == 422
    assert 'id="wrong-lon"' in moved.text
    assert kept(store, inside).territory == "75119"


def test_the_page_of_one_sighting_says_what_may_be_decided(client: TestClient, send: Send) -> None:
    one = send()
    decide(client, one, "rejected:other_gathering")
    page = client.get(f"/sightings/{one}").text
    assert 'value="reopened:new_information"' in page
    assert 'value="rejected:other_gathering"' not in page
    assert client.get(f"/sightings/{uuid4()}").status_code == 404


def test_every_field_has_its_label(client: TestClient, send: Send) -> None:
    one = send()
    for path in ("/sightings", f"/sightings/{one}"):
        page = client.get(path).text
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            named = re.search(r'id="([^"]+)"', tag)
            labelled = named is not None and f'for="{named[1]}"' in page
            assert labelled or "hidden" in tag or "aria-label" in tag, tag
