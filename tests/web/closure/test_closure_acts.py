"""Closures from the page of a site: declared, extended, lifted, each shown before it is saved."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.records import Closure
from geosites.db.closure import closures
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from plain import plain
from samples.hostile import ATTACKS, COMPUTED
from stores import signed
from web.conftest import NOW, Clients

PAGE = "/sites/forceval/closures"
DECLARED = {
    "closed_from": "2022-10-05T06:30",
    "closed_until": "2022-12-01T00:00",
    "reason": "order",
    "legal_ref": "2022-1189",
    "source": "préfecture",
    "review_days": "7",
}
LATER = {"closed_until": "2023-02-01T00:00", "reason": "still_needed", "legal_ref": "2022-1300"}
EARLIER = {"closed_until": "2022-10-08T00:00", "reason": "purpose_met"}


def post(client: TestClient, path: str, form: dict[str, str], **more: str) -> Any:
    return client.post(path, data={**form, **more}, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    """Return what a page of confirmation would send."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in fields} | {"confirmed": "1"}


def confirm(client: TestClient, path: str, form: dict[str, str], **more: str) -> Any:
    """Send a form, look at what would change, and confirm it as the page does."""
    shown = post(client, path, form, **more)
    assert shown.status_code == 200, text(shown.text)
    return post(client, path, hidden(shown.text))


def text(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def of_forceval(store: Store) -> list[Closure]:
    with store.begin() as conn:
        return closures.of_site(conn, "forceval")


@pytest.fixture
def closed(client: TestClient, store: Store) -> Closure:
    assert confirm(client, PAGE, DECLARED).status_code == 303
    (closure,) = of_forceval(store)
    return closure


def opened(client: TestClient, closure: Closure, act: str) -> dict[str, str]:
    """Return the version that the form of an act holds."""
    page = client.get(f"/closures/{closure.id}/{act}").text
    return {"version": html.unescape(re.findall(r'name="version" value="([^"]*)"', page)[0])}


def test_the_answer_is_shown_before_a_closure_is_declared(client: TestClient, store: Store) -> None:
    assert PAGE in client.get("/sites/forceval").text
    shown = post(client, PAGE, DECLARED)
    assert of_forceval(store) == []
    assert "n'est encore enregistré" in text(shown.text)
    assert "2022-1189" in shown.text
    assert post(client, PAGE, hidden(shown.text)).headers["location"] == "/sites/forceval#recorded"
    assert 'id="recorded"' in client.get("/sites/forceval").text
    assert 'href="/export?kind=closures"' in client.get(PAGE).text
    (closure,) = of_forceval(store)
    assert (closure.legal_ref, closure.review_days, closure.source) == (
        "2022-1189",
        7,
        "préfecture",
    )
    answer = client.get("/api/sites/forceval/closure").json()
    assert answer["status"] == "unverified"
    before, after = re.findall(r"<strong>([^<]+)</strong>", shown.text)
    assert before != after
    page = client.get("/sites/forceval").text
    assert plain(html.unescape(after)).rstrip(".") in plain(html.unescape(page))


def test_a_closure_is_extended_and_lifted_with_its_history(
    client: TestClient, store: Store, closed: Closure
) -> None:
    extend, lift = (f"/closures/{closed.id}/{act}" for act in ("extend", "lift"))
    page = client.get(PAGE).text
    assert extend in page
    assert lift in page
    assert confirm(client, extend, LATER, **opened(client, closed, "extend")).status_code == 303
    (longer,) = of_forceval(store)
    assert longer.closed_until is not None
    assert longer.closed_until.isoformat() == "2023-01-31T23:00:00+00:00"
    assert longer.review_days == 7
    assert confirm(client, lift, EARLIER, **opened(client, closed, "lift")).status_code == 303
    assert client.get("/api/sites/forceval/closure").json()["status"] == "lifted"
    with store.begin() as conn:
        acts = [(act.kind, act.reason) for _, act in closures.acts(conn, closed.id)]
        assert closures.get(conn, closed.id, None).closed_from == closed.closed_from
    assert acts == [
        ("declared", "order"),
        ("extended", "still_needed"),
        ("lifted", "purpose_met"),
    ]
    told = text(client.get(PAGE).text)
    assert told.count("2022-1300") == 1
    assert "Levée" in told or "levée" in told


def test_until_further_notice_has_no_end(client: TestClient, store: Store, closed: Closure) -> None:
    extend = f"/closures/{closed.id}/extend"
    form = {"further_notice": "1", "reason": "order", **opened(client, closed, "extend")}
    assert confirm(client, extend, form).status_code == 303
    assert of_forceval(store)[0].closed_until is None
    assert extend not in client.get(PAGE).text


@pytest.mark.parametrize("confirmed", ["", "1"])
@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"closed_from": ""}, "closed_from"),
        ({"closed_from": "yesterday"}, "closed_from"),
        ({"closed_from": "1850-01-01T00:00"}, "closed_from"),
        ({"closed_until": "2022-10-05T06:00"}, "closed_until"),
        ({"reason": ""}, "reason"),
        ({"reason": "purpose_met"}, "reason"),
        ({"legal_ref": "Monsieur X"}, "legal_ref"),
        ({"source": "x" * 3000}, "source"),
        ({"review_days": "0"}, "review_days"),
        ({"review_days": "a week"}, "review_days"),
    ],
)
def test_what_cannot_be_declared_is_named_beside_its_field_and_kept(
    client: TestClient, store: Store, changes: dict[str, str], beside: str, confirmed: str
) -> None:
    answer = post(client, PAGE, {**DECLARED, **changes, "confirmed": confirmed})
    assert answer.status_code == 422
    assert f'id="wrong-{beside}"' in answer.text
    assert f'href="#field-{beside}"' in answer.text
    kept = {**DECLARED, **changes}
    for name in ("closed_until", "legal_ref", "review_days"):
        assert f'value="{kept[name]}"' in answer.text
    assert of_forceval(store) == []


@pytest.mark.parametrize(
    ("act", "changes", "beside"),
    [
        ("extend", {"closed_until": ""}, "closed_until"),
        ("extend", {"closed_until": "2022-11-01T00:00"}, "closed_until"),
        ("extend", {"further_notice": "1"}, "closed_until"),
        ("extend", {"closed_until": "then"}, "closed_until"),
        ("extend", {"review_days": "3.5"}, "review_days"),
        ("extend", {"review_days": "²"}, "review_days"),
        ("extend", {"reason": "purpose_met"}, "reason"),
        ("lift", {"closed_until": "2022-10-01T00:00"}, "closed_until"),
        ("lift", {"closed_until": "2023-10-01T00:00"}, "closed_until"),
        ("lift", {"legal_ref": "no number"}, "legal_ref"),
    ],
)
def test_what_cannot_be_changed_is_named_beside_its_field(
    client: TestClient,
    store: Store,
    closed: Closure,
    act: str,
    changes: dict[str, str],
    beside: str,
) -> None:
    form = {**(LATER if act == "extend" else EARLIER), **opened(client, closed, act), **changes}
    answer = post(client, f"/closures/{closed.id}/{act}", form)
    assert answer.status_code == 422
    assert f'id="wrong-{beside}"' in answer.text
    assert of_forceval(store) == [closed]


def test_a_closure_over_another_is_refused_with_the_other_named(
    client: TestClient, store: Store, closed: Closure
) -> None:
    answer = post(client, PAGE, {**DECLARED, "closed_from": "2022-11-01T00:00"})
    assert answer.status_code == 422
    assert str(closed.id) in text(answer.text)
    again = post(client, PAGE, DECLARED)
    assert again.status_code == 422
    assert "déjà enregistrée" in text(again.text)


def test_who_comes_second_sees_what_changed_and_keeps_what_was_typed(
    client: TestClient, store: Store, closed: Closure
) -> None:
    extend, seen = f"/closures/{closed.id}/extend", opened(client, closed, "extend")
    shown = post(client, extend, {**LATER, **seen, "closed_until": "2023-05-01T00:00"})
    assert shown.status_code == 200
    assert confirm(client, extend, {**LATER, **seen}).status_code == 303
    answer = post(client, extend, hidden(shown.text))
    assert answer.status_code == 409
    assert "1er février 2023" in text(answer.text)
    assert 'value="2023-05-01T00:00"' in answer.text
    assert len(of_forceval(store)) == 1
    fresh = {**LATER, **opened(client, closed, "extend"), "closed_until": "2023-05-01T00:00"}
    assert confirm(client, extend, fresh).status_code == 303
    for version in ("", "x", "2022-10-08"):
        assert post(client, extend, {**fresh, "version": version}).status_code == 409


@pytest.mark.parametrize("attack", ATTACKS[::3])
def test_hostile_text_in_a_field_is_only_ever_text(
    client: TestClient, store: Store, closed: Closure, attack: str
) -> None:
    for name in DECLARED:
        later = {**DECLARED, "closed_from": "2024-01-01T00:00", "closed_until": ""}
        answer = post(client, PAGE, {**later, name: attack})
        assert answer.status_code == (200 if name == "source" else 422) or attack[0] == "\u2028"
        assert COMPUTED not in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
    for act in ("extend", "lift"):
        for name in (*LATER, "version", "review_days", "further_notice"):
            form = {**LATER, **opened(client, closed, act), name: attack}
            answer = post(client, f"/closures/{closed.id}/{act}", form)
            assert answer.status_code in (200, 409, 422)
            assert "<script>alert" not in answer.text
    assert of_forceval(store) == [closed]


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN, None])
def test_nobody_else_acts_on_closures(
    make_client: Clients, store: Store, closed: Closure, role: Role | None
) -> None:
    other, status = make_client(role), 403 if role else 401
    for path in (PAGE, f"/closures/{closed.id}/extend", f"/closures/{closed.id}/lift"):
        assert other.get(path).status_code == status
        assert post(other, path, DECLARED, confirmed="1").status_code == status
    assert of_forceval(store) == [closed]
    if role and role is not Role.ADMIN:
        assert PAGE not in other.get("/sites/forceval").text


def test_a_site_out_of_scope_is_not_there(
    make_client: Clients, store: Store, closed: Closure
) -> None:
    asked = accounts.AccountRequest(
        login="local", role=Role.COORDINATOR, unit="18e", scope=("75118",)
    )
    with store.begin() as conn:
        accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
        token = tokens.issue(conn, "local", NOW).token
    local = make_client(role=None)
    local.headers["Authorization"] = f"Bearer {token}"
    for path in (PAGE, f"/closures/{closed.id}/extend", f"/closures/{closed.id}/lift"):
        assert local.get(path).status_code == 404
        assert post(local, path, DECLARED, confirmed="1").status_code == 404
    assert of_forceval(store) == [closed]


def test_every_field_has_its_label(client: TestClient, closed: Closure) -> None:
    for path in (PAGE, f"/closures/{closed.id}/extend", f"/closures/{closed.id}/lift"):
        page = client.get(path).text
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            named = re.search(r'id="([^"]+)"', tag)
            labelled = named is not None and f'for="{named[1]}"' in page
            assert labelled or "hidden" in tag or "checkbox" in tag, tag


MISTAKE = {"reason": "made_in_error", "legal_ref": "2022-1190"}


def withdrawn_by_mistake(client: TestClient, closure: Closure) -> None:
    path, seen = f"/closures/{closure.id}/withdraw", opened(client, closure, "withdraw")
    assert confirm(client, path, MISTAKE, **seen).status_code == 303


def test_what_follows_from_a_withdrawal_is_shown_before_it_is_saved(
    client: TestClient, store: Store, closed: Closure
) -> None:
    path = f"/closures/{closed.id}/withdraw"
    assert path in client.get(PAGE).text
    shown = post(client, path, MISTAKE, **opened(client, closed, "withdraw"))
    assert of_forceval(store) == [closed]
    assert "n'est encore enregistré" in text(shown.text)
    assert re.findall(r"<strong>([^<]+)</strong>", shown.text)[1] == "Non fermé."
    assert post(client, path, hidden(shown.text)).status_code == 303
    assert of_forceval(store) == []


def test_a_withdrawn_closure_counts_in_no_answer_and_was_known_then(
    client: TestClient, store: Store, closed: Closure
) -> None:
    with store.begin() as conn:
        then = closures.version(conn, closed.id).isoformat()
    places = (
        "/sites/forceval/closures",
        "/maps/displacement",
        "/ogc/collections/closures/items",
        "/api/export/closures.csv?motive=monthly",
    )
    before = [client.get(place).raise_for_status().text for place in places]
    withdrawn_by_mistake(client, closed)
    after = [client.get(place).raise_for_status().text for place in places]
    lift, told = f"/closures/{closed.id}/lift", str(closed.id)
    marks = (lift, "forceval@2022-10-05", told, told)
    assert [mark in text for mark, text in zip(marks, before, strict=True)] == [True] * 4
    assert [mark in text for mark, text in zip(marks, after, strict=True)] == [False] * 4
    board = client.get("/api/closures").json()["sites"]
    assert [site["status"] for site in board if site["site"] == "forceval"] == ["never_closed"]
    answer = client.get("/api/sites/forceval/closure").json()
    assert answer["status"] == "never_closed"
    earlier = client.get("/api/sites/forceval/closure", params={"as_known_at": then}).json()
    assert earlier["status"] == "unverified"
    kinds = [item["kind"] for item in client.get("/api/changes").json()["changes"]]
    assert kinds[-1] == "closure.changed"


def test_another_closure_is_declared_in_the_place_of_one_withdrawn(
    client: TestClient, store: Store, closed: Closure
) -> None:
    withdrawn_by_mistake(client, closed)
    form = {**DECLARED, "closed_from": "2022-10-05T07:00"}
    assert confirm(client, PAGE, form).status_code == 303
    page = client.get(PAGE).text
    restore = f"/closures/{closed.id}/restore"
    version = re.findall(rf'{restore}"><input type="hidden" name="version" value="([^"]*)"', page)
    answer = post(client, restore, {"version": html.unescape(version[0])})
    assert answer.status_code == 422
    assert "chevauche" in text(answer.text)
    (standing,) = of_forceval(store)
    assert standing.id != closed.id


def test_who_comes_after_a_withdrawal_is_told_of_it(
    client: TestClient, store: Store, closed: Closure
) -> None:
    seen = {act: opened(client, closed, act) for act in ("extend", "lift", "withdraw")}
    withdrawn_by_mistake(client, closed)
    for act, form in (("extend", LATER), ("lift", EARLIER), ("withdraw", MISTAKE)):
        answer = post(client, f"/closures/{closed.id}/{act}", form, **seen[act], confirmed="1")
        assert answer.status_code == 409
        assert "Retirée entre-temps." in text(answer.text)
    assert of_forceval(store) == []
    page = client.get(PAGE).text
    assert "2022-1190" in page
