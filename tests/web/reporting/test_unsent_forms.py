"""A form that is sent when its session has ended: what was typed is kept over signing in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.alarms.own_subscriptions import Ways
from geosites.auth.two_factor_policy import TwoFactors
from geosites.db.postgres.connection import Store
from geosites.db.schema.accounts import sign_in_wait
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.desk_acts import (
    ACTS,
    HERE,
    NOW,
    PASSWORD,
    Desk,
    DeskAct,
    Sent,
    a_role_for,
    routes_of_forms,
)
from routes.page_forms import form_to
from web.conftest import as_service

PAGE = {"accept": "text/html", "sec-fetch-site": "same-origin", "origin": HERE}
KEPT = [act for act in ACTS if not act.route.startswith("/account/") and act.route != "/import"]
TYPED = "<b>\"&\u202f'"


@pytest.fixture(scope="module")
def desk(template: str, new_database: Callable[..., str]) -> Iterator[Desk]:
    store, clock = Store(new_database(template)), [NOW]
    with as_service(store) as served:
        config = WebConfig(
            clock=lambda: clock[0],
            ways=Ways(mail=True),
            import_wait_s=600,
            two_factors=TwoFactors.OFFERED,
        )
        with TestClient(create_app(served, config), base_url=HERE) as client:
            yield Desk(client, store, clock)
    store.close()


@pytest.fixture(autouse=True)
def as_it_was(desk: Desk) -> Iterator[None]:
    yield
    desk.mark_exercise(on=False)
    desk.clock[0] = NOW
    desk.client.cookies.clear()
    with desk.store.begin() as conn:  # a source that signs in often would wait
        conn.execute(sa.delete(sign_in_wait))


def opened(desk: Desk, act: DeskAct) -> tuple[Sent, str]:
    """Return an act as it is sent, and who does it."""
    permission = routes_of_forms(desk.client.app)[act.route]  # type: ignore[arg-type]
    visitor = act.maker(desk, a_role_for(permission))
    return act.opened(desk, visitor), visitor.login


def signed_in(desk: Desk, page: str, login: str, password: str = PASSWORD) -> str:
    form = form_to(page, "/sign-in").with_typed([("login", login), ("password", password)])
    answer = desk.client.post("/sign-in", data=dict(form), headers=PAGE)
    return answer.text


@pytest.mark.parametrize("act", KEPT, ids=[act.route for act in KEPT])
def test_what_was_typed_is_offered_after_signing_in_and_then_sent(desk: Desk, act: DeskAct) -> None:
    sent, login = opened(desk, act)
    before = written(desk)
    late = desk.send(sent, PAGE)
    assert late.status_code == 401
    offer = signed_in(desk, late.text, login)
    assert written(desk) == before
    kept = form_to(offer, act.route)
    assert kept.action == sent.path
    assert sorted(kept.pairs) == sorted(plain(pair) for pair in sent.pairs)
    cookies = "; ".join(f"{name}={value}" for name, value in desk.client.cookies.items())
    desk.client.cookies.clear()
    answer = desk.send(Sent(path=kept.action, pairs=kept.pairs), {**PAGE, "cookie": cookies})
    assert answer.status_code in (200, 303), answer.text[-800:]
    assert (written(desk) != before) is act.writes


def written(desk: Desk) -> dict[str, tuple[int, int]]:
    """Return the state of the tables but those that signing in writes to."""
    asked = {"known_device", "account_use", "sign_in_wait"}
    return {name: state for name, state in desk.state().items() if name not in asked}


def test_a_slip_in_the_password_loses_nothing(desk: Desk) -> None:
    login = desk.visitor(Role.COORDINATOR).login
    late = desk.client.post("/new-site", data={"name": TYPED}, headers=PAGE)
    again = signed_in(desk, late.text, login, "not the password")
    assert 'role="alert"' in again
    offer = signed_in(desk, again, login)
    assert dict(form_to(offer, "/new-site").pairs)["name"] == TYPED


def plain(pair: tuple[str, str]) -> tuple[str, str]:
    """Return a field as a browser sends it: lines end alike."""
    return pair[0], pair[1].replace("\r\n", "\n")


@pytest.mark.parametrize("act", [act for act in ACTS if act not in KEPT], ids=lambda act: act.route)
def test_secrets_and_files_are_written_into_no_page(desk: Desk, act: DeskAct) -> None:
    sent, _ = opened(desk, act)
    answer = desk.send(sent, PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_hostile_text_is_text_on_the_way(desk: Desk) -> None:
    desk.visitor(Role.COORDINATOR)
    late = desk.client.post("/new-site", data={"name": TYPED}, headers=PAGE)
    assert TYPED not in late.text
    offer = signed_in(desk, late.text, desk.visitor(Role.COORDINATOR).login)
    assert TYPED not in offer
    assert dict(form_to(offer, "/new-site").pairs)["name"] == TYPED


@pytest.mark.parametrize(
    "kept", ["x", "1", "{}", "[" * 50_000, '["//evil.example", []]', '["javascript:x", []]', "[1]"]
)
def test_what_no_form_of_ours_held_is_not_offered(desk: Desk, kept: str) -> None:
    login = desk.visitor(Role.COORDINATOR).login
    form = {"login": login, "password": PASSWORD, "unsent": kept}
    answer = desk.client.post("/sign-in", data=form, headers=PAGE, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_a_page_elsewhere_gets_no_form_of_ours(desk: Desk) -> None:
    headers = {**PAGE, "sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    answer = desk.client.post("/new-site", data={"name": "x"}, headers=headers)
    assert answer.status_code == 403
    assert not re.search(r'name="unsent"', html.unescape(answer.text))
