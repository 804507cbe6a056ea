"""Every act of the desk by every role, with hostile text, from foreign pages, and two at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.alarms.own_subscriptions import Ways
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Permission, Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.desk_acts import (
    ACTS,
    ELSEWHERE,
    HERE,
    NOW,
    Desk,
    DeskAct,
    Sent,
    a_role_for,
    may,
    routes_of_forms,
    texts_of,
)
from routes.page_forms import form_to
from samples.hostile import COMPUTED
from web.attacks.test_attacks import wrong_in
from web.conftest import as_service

FOREIGN = (
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "same-site", "origin": "http://other.127.0.0.1:8000"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8001"},
    {"sec-fetch-site": "none"},
    {},
)
"""What a browser says of where a form came from, none of which is a page of ours."""

MARK = "alert(1)"
HOSTILE = (
    f"=1+\"'></textarea></script><script>{MARK}</script>{{{{ 1234*4321 }}}}\u202egnp.exe\u2066",
    "a\0b\r\nSet-Cookie: x=1\r\n\r\n\u0661\u00b2",
    "@" + "x" * 10_000,
)
"""A formula of markup, template code and marks of direction; NUL, a header, odd digits; 10 kB."""


@pytest.fixture(scope="module")
def desk(template: str, new_database: Callable[..., str]) -> Iterator[Desk]:
    """Return one service over a store without sightings, for all acts."""
    store, clock = Store(new_database(template)), [NOW]
    with as_service(store) as served:
        config = WebConfig(clock=lambda: clock[0], ways=Ways(mail=True), import_wait_s=600)
        with TestClient(
            create_app(served, config), base_url=HERE, raise_server_exceptions=False
        ) as client:
            yield Desk(client, store, clock)
    store.close()


@pytest.fixture(autouse=True)
def as_it_was(desk: Desk) -> Iterator[None]:
    yield
    desk.mark_exercise(on=False)
    desk.clock[0] = NOW


def application(desk: Desk) -> FastAPI:
    app = desk.client.app
    assert isinstance(app, FastAPI)
    return app


def permission_of(desk: Desk, act: DeskAct) -> Permission:
    return routes_of_forms(application(desk))[act.route]


def by_act(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, ACTS, ids=[act.route for act in ACTS])


def test_every_address_that_takes_a_form_is_an_act_here(desk: Desk) -> None:
    assert set(routes_of_forms(application(desk))) == {act.route for act in ACTS}


@by_act("act")
def test_each_role_does_what_it_may_and_else_nothing_is_written(desk: Desk, act: DeskAct) -> None:
    permission = permission_of(desk, act)
    for role in (*Role, None):
        if may(permission, role) and role:
            visitor = act.maker(desk, role)
            sent = act.opened(desk, visitor)
            before = desk.state()
            answer = desk.send(sent, visitor.headers)
            assert answer.status_code in (200, 303), (role, answer.text[-800:])
            assert (desk.state() != before) is act.writes, role
        else:
            sent = act.opened_once(desk, a_role_for(permission))
            shown = desk.visitor(role).headers if role else {}
            before = desk.state()
            assert desk.send(sent, shown).status_code == (403 if role else 401), role
            assert desk.state() == before, role


@by_act("act")
def test_who_has_other_territories_does_nothing_here(desk: Desk, act: DeskAct) -> None:
    role = a_role_for(permission_of(desk, act))
    sent, local = act.opened_once(desk, role), desk.visitor(role, [ELSEWHERE])
    before = desk.state()
    answer = desk.send(sent, local.headers)
    assert answer.status_code < 500
    if not act.anywhere:
        assert answer.status_code in (303, 403, 404, 409, 422), answer.status_code
        assert desk.state() == before
        assert "Place desk-" not in answer.text


@by_act("act")
def test_a_form_from_elsewhere_writes_nothing(desk: Desk, act: DeskAct) -> None:
    role = a_role_for(permission_of(desk, act))
    sent, cookie = act.opened_once(desk, role), desk.visitor(role).headers["cookie"]
    before = desk.state()
    for said in FOREIGN:
        headers = {"cookie": cookie, **said}
        assert desk.send(sent, headers).status_code == 403, said
    assert desk.state() == before


@by_act("act")
def test_hostile_text_in_any_field_is_text(desk: Desk, act: DeskAct) -> None:
    fields = [name for name in texts_of(application(desk), act.route) if name != "confirmed"]
    if not fields:
        return
    role, wrong = a_role_for(permission_of(desk, act)), list[str]()
    visitor = act.maker(desk, role)
    sent = act.opened(desk, visitor)
    for name in fields:
        for text in HOSTILE:
            tried = sent.typed(name, text)
            if act.previewed:
                tried = Sent(
                    path=tried.path,
                    pairs=[pair for pair in tried.pairs if pair[0] != "confirmed"],
                )
            answer = desk.send(tried, visitor.headers)
            wrong += [f"{name} {text[:20]!r}: {found}" for found in faults(answer)]
            if answer.status_code < 400 and not act.previewed:
                visitor = act.maker(desk, role)
                sent = act.opened(desk, visitor)
    assert wrong == []


def faults(answer: object) -> list[str]:
    """Return what is wrong with an answer to hostile text."""
    status, text = answer.status_code, answer.text  # type: ignore[attr-defined]
    found = [f"{status}"] if status >= 500 else []
    if "text/html" in answer.headers.get("content-type", ""):  # type: ignore[attr-defined]
        found += [item for item in wrong_in(text) if "otpauth:" not in item]
        found += [item for item in (f"<script>{MARK}", COMPUTED, "\0") if item in text]
    if "x" in answer.cookies:  # type: ignore[attr-defined]
        found.append("a header was written")
    return found


def test_what_was_taken_is_text_on_pages_and_in_tables(desk: Desk) -> None:
    """After all hostile text that was taken: lists, and cells that a spreadsheet would run."""
    for role, paths in {
        Role.COORDINATOR: ("/", "/sites", "/operations", "/sightings", "/duplicates", "/import"),
        Role.ADMIN: ("/accounts", "/journal", "/service"),
    }.items():
        visitor = desk.visitor(role)
        for path in paths:
            assert wrong_in(desk.read(path, visitor)) == [], path
    visitor = desk.visitor(Role.COORDINATOR)
    for name in ("sites", "operations", "closures", "sightings"):
        text = desk.read(f"/api/export/{name}.csv?motive=a+test", visitor)
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert [cell for cell in cells if cell[:1] in "=+@" and cell] == [], name


VERSIONED = [act for act in ACTS if act.versioned]


@pytest.mark.parametrize("act", VERSIONED, ids=[act.route for act in VERSIONED])
def test_the_second_of_two_sees_what_the_first_changed(desk: Desk, act: DeskAct) -> None:
    role = a_role_for(permission_of(desk, act))
    first = act.maker(desk, role)
    second = first if act.own else desk.new_visitor(role)
    sent = act.opened(desk, first)
    if "version" in dict(sent.pairs):
        assert desk.send(sent.typed("version", ""), second.headers).status_code == 409
    assert desk.send(sent, first.headers).status_code in (200, 303)
    before = desk.state()
    late = desk.send(sent, second.headers)
    assert late.status_code == 409, late.text[-800:]
    assert desk.state() == before
    told = re.findall(r'(?s)id="changed".*?<ul>(.*?)</ul>', late.text)
    assert told, "what the first changed is told"
    assert "<li>" in told[0]
    if act.route in EDITED:
        kept = form_to(late.text, act.route).pairs
        own = [one for one in sent.pairs if one[1] and one[0] not in ("version", "confirmed")]
        assert [pair for pair in own if pair not in kept] == [], "what was typed is still there"


EDITED = {
    "/operations/{operation}",
    "/sites/{slug}/edit",
    "/closures/{closure}/extend",
    "/closures/{closure}/lift",
    "/sightings/{sighting}/correction",
    "/accounts/{login}/change",
    "/subscriptions/{subscription}/change",
}
"""Acts with fields to type into, of which nothing may be lost."""


@by_act("act")
def test_two_at_once_are_done_once_and_none_is_an_error(desk: Desk, act: DeskAct) -> None:
    visitor = act.maker(desk, a_role_for(permission_of(desk, act)))
    sent = act.opened(desk, visitor)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: desk.send(sent, visitor.headers), range(2)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] in (200, 303), statuses
    assert statuses[1] < 500
    if act.versioned:
        assert statuses[1] in (404, 409), statuses
