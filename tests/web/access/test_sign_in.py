"""Signing in with a password and a second factor, on the page and against those who guess."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from geosites.auth import totp
from geosites.auth.two_factor_policy import TwoFactors
from geosites.db.access import accounts
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import RULES, Permission, Role
from geosites.web.app import create_app
from geosites.web.http.redirects import safe_path
from stores import signed
from web.conftest import HERE, NOW, Clients

BROWSER = {"accept": "text/html,application/xhtml+xml", "origin": HERE}
Visitor = Callable[..., TestClient]


@dataclass
class Clock:
    """A clock that tests turn."""

    now: dt.datetime = field(default=NOW)

    def __call__(self) -> dt.datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitor(make_client: Any, clock: Clock) -> Visitor:
    """Return a function that makes a browser nobody has signed in with."""

    def make(source: str = "192.0.2.1", **options: Any) -> TestClient:
        options = {"two_factors": TwoFactors.OFFERED, **options}
        client: TestClient = make_client(role=None, clock=clock, **options)
        client.headers.update(BROWSER)
        client._transport.client = (source, 50000)  # type: ignore[attr-defined]
        return client

    return make


def enter(client: TestClient, role: Role = Role.REPORTER, **changes: str) -> Any:
    form = {"login": signed.login(role), "password": signed.password(role), **changes}
    return client.post("/sign-in", data=form, follow_redirects=False)


def in_use(client: TestClient) -> bool:
    return bool(client.get("/account", follow_redirects=False).status_code == 200)


def test_a_password_opens_a_session(visitor: Visitor) -> None:
    client = visitor()
    answer = enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = client.get("/account").text
    assert signed.login(Role.REPORTER) in page
    assert "/sign-out" in page


def test_who_reads_no_weeks_manages_accounts_and_begins_there(visitor: Visitor) -> None:
    assert enter(visitor(), Role.ADMIN).headers["location"] == "/accounts"
    read, manage = (RULES[one] for one in (Permission.READ_WEEK, Permission.MANAGE_ACCOUNTS))
    assert [role for role in Role if role not in read] == list(manage)


def test_the_first_page_leads_who_reads_no_weeks_to_accounts(make_client: Clients) -> None:
    page = {"accept": "text/html"}
    answer = make_client(Role.ADMIN).get("/", headers=page, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")


@pytest.mark.parametrize(
    "changes", [{"password": "wrong"}, {"login": "nobody"}, {"login": "' OR 1=1"}]
)
def test_what_was_wrong_is_not_told(visitor: Visitor, changes: dict[str, str]) -> None:
    client = visitor()
    answer = enter(client, **changes)
    assert answer.status_code == 401
    assert "mot de passe ou code incorrect" in answer.text
    assert "geosites" not in client.cookies


def test_a_disabled_account_does_not_sign_in(visitor: Visitor, store: Store) -> None:
    with store.begin() as conn:
        accounts.change(conn, signed.login(Role.REPORTER), disabled_at=NOW)
    assert enter(visitor()).status_code == 401


def test_a_browser_without_a_session_is_led_to_the_form_where_programs_are_told(
    visitor: Visitor,
) -> None:
    client = visitor()
    browser = client.get("/ogc/collections", follow_redirects=False)
    assert browser.headers["location"] == "/sign-in?next=%2Fogc%2Fcollections"
    program = client.get("/ogc/collections", headers={"accept": "application/json"})
    assert program.status_code == 401
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("present", "new", "said"),
    [
        ("not this one", "a long new password", "actuel est incorrect"),
        (signed.password(Role.REPORTER), "short", "de 12 à 128 caractères"),
        (signed.password(Role.REPORTER), "aaaaaaaaaaaaaaaa", "répéter quelques caractères"),
        (signed.password(Role.REPORTER), signed.password(Role.REPORTER), "identique à l’actuel"),
    ],
)
def test_why_a_password_is_not_changed_is_said_in_french(
    visitor: Visitor, present: str, new: str, said: str
) -> None:
    client = visitor()
    enter(client)
    form = {"present": present, "new": new, "again": new}
    answer = client.post("/account/password", data=form)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_page_without_a_session_leads_to_the_form_and_back(visitor: Visitor) -> None:
    client = visitor()
    asked = client.get("/sites/forceval?lang=en", follow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fsites%2Fforceval%3Flang%3Den"
    assert (
        'name="next" value="/sites/forceval?lang=en"' in client.get(asked.headers["location"]).text
    )
    answer = enter(client, next="/sites/forceval?lang=en")
    assert answer.headers["location"] == "/sites/forceval?lang=en"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "HTTPS:/evil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "/%2fevil.example",
        "/%252fevil.example",
        "/%5cevil.example",
        "/\tevil.example",
        "/\n/evil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:%20a=b",
        " //evil.example",
        "///evil.example",
        "evil.example",
        "/.//evil\u2028",
        "/sign-out",
        "",
        "/" + "x" * 600,
    ],
)
def test_nobody_is_led_elsewhere(visitor: Visitor, elsewhere: str) -> None:
    assert safe_path(elsewhere) is None
    answer = enter(visitor(), next=elsewhere)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "path", ["/", "/sites", "/maps/displacement?event=a%402022-01-01", "/sites/a#b"]
)
def test_a_page_of_ours_is_led_to(path: str) -> None:
    assert safe_path(path) == path


# guessing ------------------------------------------------------------------------------------


def tries_until_wait(client: TestClient, most: int = 60, **changes: str) -> int:
    for number in range(most):
        answer = enter(client, **{"password": "wrong", **changes})
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
            return number
    return most


def test_who_guesses_waits_longer_each_time(visitor: Visitor, clock: Clock) -> None:
    client, waits = visitor(), []
    for _ in range(18):
        answer = enter(client, password="wrong")
        while answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            clock.turn(seconds=waits[-1])
            answer = enter(client, password="wrong")
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 900
    assert waits == sorted(waits)


def test_while_one_waits_the_right_password_is_not_looked_at(
    visitor: Visitor, clock: Clock
) -> None:
    client = visitor()
    tries_until_wait(client)
    assert enter(client).status_code == 429
    clock.turn(seconds=2)
    assert enter(client).status_code == 303


def test_nobody_is_locked_out_by_tries_from_elsewhere(visitor: Visitor) -> None:
    tries_until_wait(visitor("198.51.100.7"))
    assert enter(visitor("192.0.2.1")).status_code == 303


def test_a_known_device_has_its_own_allowance_on_a_shared_network(visitor: Visitor) -> None:
    known = visitor()
    assert enter(known).status_code == 303
    known.post("/sign-out")
    stranger = visitor()
    tries_until_wait(stranger)
    assert enter(stranger).status_code == 429
    assert enter(known).status_code == 303


def test_the_device_of_one_account_is_no_allowance_for_another(visitor: Visitor) -> None:
    known = visitor()
    enter(known)
    other = {"login": signed.login(Role.COORDINATOR)}
    assert tries_until_wait(known, **other) <= 6
    assert tries_until_wait(visitor(), **other) == 0


def test_one_source_does_not_try_every_account(visitor: Visitor) -> None:
    client = visitor()
    answers = [enter(client, login=f"nobody-{number}").status_code for number in range(60)]
    assert answers[:50] == [401] * 50
    assert 429 in answers[50:]
    assert enter(visitor("198.51.100.7")).status_code == 303


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_a_header_makes_nobody_another_source(visitor: Visitor, name: str) -> None:
    client = visitor()
    for number in range(7):
        client.headers[name] = f"198.51.100.{number}"
        enter(client, password="wrong")
    assert enter(client).status_code == 429


def test_an_ipv6_subscriber_is_one_source(visitor: Visitor) -> None:
    for number in range(8):
        enter(visitor(f"2001:db8::{number}"), password="wrong")
    assert enter(visitor("2001:db8::ffff")).status_code == 429
    assert enter(visitor("2001:db8:0:1::1")).status_code == 303


# second factors ------------------------------------------------------------------------------


@pytest.fixture
def secret(store: Store) -> str:
    """Return the second factor given to the reporter."""
    made = totp.new_secret()
    with store.begin() as conn:
        accounts.change(conn, signed.login(Role.REPORTER), totp_secret=made)
    return made


def test_a_second_factor_is_asked_for_and_taken_once(
    visitor: Visitor, clock: Clock, secret: str
) -> None:
    client, code = visitor(), pyotp.TOTP(secret).at(NOW)
    assert enter(client).status_code == 401
    assert enter(client, code="000000").status_code == 401
    assert enter(client, code=code).status_code == 303
    assert enter(visitor(), code=code).status_code == 401
    clock.turn(seconds=31)
    assert enter(visitor(), code=code).status_code == 401
    assert enter(visitor(), code=pyotp.TOTP(secret).at(clock.now)).status_code == 303


def test_a_code_of_long_ago_is_not_taken(visitor: Visitor, clock: Clock, secret: str) -> None:
    code = pyotp.TOTP(secret).at(NOW)
    clock.turn(seconds=95)
    assert enter(visitor(), code=code).status_code == 401


def test_a_second_factor_is_set_up_and_recovery_codes_open_once(
    visitor: Visitor, clock: Clock
) -> None:
    client = visitor()
    enter(client)
    assert client.post("/account/second-factor", data={"present": "wrong"}).status_code == 422
    present = {"present": signed.password(Role.REPORTER)}
    offered = client.post("/account/second-factor", data=present).text
    secret = offered.split("<code>")[1].split("</code>")[0]
    wrong = client.post("/account/second-factor/confirm", data={"code": "000000"})
    assert wrong.status_code == 422
    confirmed = client.post(
        "/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).at(NOW)}
    ).text
    codes = [part.split("</code>")[0] for part in confirmed.split("<li><code>")[1:]]
    assert len(set(codes)) == 10
    assert codes[0] not in client.get("/account").text
    clock.turn(minutes=5)
    assert enter(visitor()).status_code == 401
    assert enter(visitor(), code=codes[0].upper()).status_code == 303
    assert enter(visitor(), code=codes[0]).status_code == 401


def test_where_required_a_coordinator_sets_one_up_before_anything_else(visitor: Visitor) -> None:
    client = visitor(two_factors=TwoFactors.REQUIRED)
    assert enter(client, Role.COORDINATOR).headers["location"] == "/account"
    led = client.get("/sites", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/account")
    refused = client.get("/api/sites/forceval/closure")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems#account-unfinished")
    present = {"present": signed.password(Role.COORDINATOR)}
    page = client.post("/account/second-factor", data=present).text
    secret = page.split("<code>")[1].split("</code>")[0]
    client.post("/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).at(NOW)})
    assert client.get("/sites", follow_redirects=False).status_code == 200


def test_in_an_exercise_a_second_factor_is_offered_and_not_required(
    visitor: Visitor, store: Store
) -> None:
    with store.begin() as conn:
        store_flags.put(conn, store_flags.EXERCISE, "small")
    client = visitor(two_factors=TwoFactors.REQUIRED)
    assert enter(client, Role.COORDINATOR).headers["location"] == "/"


# passwords -----------------------------------------------------------------------------------


def test_a_password_that_was_handed_out_is_changed_first(visitor: Visitor, store: Store) -> None:
    with store.begin() as conn:
        accounts.change(conn, signed.login(Role.REPORTER), password_once=True)
    client = visitor()
    assert enter(client).headers["location"] == "/account"
    assert client.get("/sites", follow_redirects=False).headers["location"] == "/account"
    own = "a meadow at noon"
    form = {"present": signed.password(Role.REPORTER), "new": own, "again": own}
    assert client.post("/account/password", data=form).status_code == 200
    assert client.get("/sites", follow_redirects=False).status_code == 200
    assert enter(visitor()).status_code == 401
    assert enter(visitor(), password=own).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"present": "wrong"},
        {"new": "short", "again": "short"},
        {"again": "another one entirely"},
        {"new": "test-reporter-1", "again": "test-reporter-1"},
        {"new": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"},
    ],
)
def test_a_password_that_does_not_fit_is_refused(visitor: Visitor, changes: dict[str, str]) -> None:
    client = visitor()
    enter(client)
    form = {
        "present": signed.password(Role.REPORTER),
        "new": "a meadow at noon",
        "again": "a meadow at noon",
        **changes,
    }
    assert client.post("/account/password", data=form).status_code == 422
    assert enter(visitor()).status_code == 303


def test_a_new_password_ends_every_other_session(visitor: Visitor) -> None:
    mine, other = visitor(), visitor()
    enter(mine)
    enter(other)
    form = {
        "present": signed.password(Role.REPORTER),
        "new": "a meadow at noon",
        "again": "a meadow at noon",
    }
    assert mine.post("/account/password", data=form).status_code == 200
    assert in_use(mine)
    assert not in_use(other)


def test_the_form_says_nothing_of_who_has_an_account(store: Store) -> None:
    with TestClient(create_app(store), base_url=HERE) as client:
        page = client.get("/sign-in").text
    assert all(signed.login(role) not in page for role in Role)


@pytest.mark.parametrize(
    "common",
    ["Password123456!", "azertyuiop12", "123456789012", "Paris2024Paris2024", "Bonjour!!2025"],
)
def test_a_password_that_anybody_would_try_is_refused(visitor: Visitor, common: str) -> None:
    client = visitor()
    enter(client)
    form = {"present": signed.password(Role.REPORTER), "new": common, "again": common}
    assert client.post("/account/password", data=form).status_code == 422


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (
            "/account/password",
            {"present": "wrong", "new": "a meadow at noon", "again": "a meadow at noon"},
        ),
        ("/account/second-factor", {"present": "wrong"}),
        ("/account/second-factor/confirm", {"code": "000000"}),
        ("/account/recovery-codes", {"code": "000000"}),
    ],
)
def test_after_some_wrong_proofs_an_account_waits_and_then_its_sessions_end(
    visitor: Visitor, clock: Clock, path: str, form: dict[str, str]
) -> None:
    client = visitor()
    enter(client)
    statuses = [client.post(path, data=form).status_code for _ in range(20)]
    assert statuses[:3] == [422] * 3
    assert set(statuses[4:]) == {429}
    clock.turn(minutes=10)
    client.post(path, data=form)
    clock.turn(minutes=10)
    client.post(path, data=form)
    assert client.get("/account", follow_redirects=False).status_code in (303, 401)


def test_who_chose_a_password_is_led_on_and_reads_the_names_of_its_territories(
    visitor: Visitor, store: Store
) -> None:
    with store.begin() as conn:
        accounts.change(conn, signed.login(Role.REPORTER), password_once=True, scope=["75118"])
    client = visitor()
    enter(client)
    own = "a meadow at noon"
    form = {"present": signed.password(Role.REPORTER), "new": own, "again": own}
    page = client.post("/account/password", data=form).text
    assert 'class="action" href="/report"' in page
    assert "Paris 18e" in page
    assert "75118" not in page
