"""Sessions: kept on the server, ended at once, and of no use to whoever forges or steals."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.auth import accounts
from geosites.auth.generated_secrets import hashed
from geosites.db.postgres.connection import Store
from geosites.db.schema.accounts import session
from geosites.permissions.policy import Role
from stores import signed
from web.access.test_sign_in import Clock, Visitor, clock, enter, in_use, visitor
from web.conftest import HERE, NOW

__all__ = ["clock", "visitor"]


def held(client: TestClient) -> str:
    return str(client.cookies["geosites"])


def holding(client: TestClient, value: str, name: str = "geosites") -> TestClient:
    client.cookies.clear()
    client.cookies.set(name, value, domain="127.0.0.1", path="/")
    return client


def test_the_cookie_is_chance_and_only_its_hash_is_kept(visitor: Visitor, store: Store) -> None:
    client = visitor()
    answer = enter(client)
    (cookie,) = [
        one for one in answer.headers.get_list("set-cookie") if one.startswith("geosites=")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    with store.begin() as conn:
        kept = set(conn.execute(sa.select(session.c.id_hash)).scalars())
    assert hashed(held(client)) in kept
    assert held(client).encode() not in kept
    assert len(held(client)) >= 43


def test_over_https_the_cookie_is_bound_to_this_host(visitor: Visitor) -> None:
    client = visitor(secure=True)
    answer = enter(client)
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-geosites")
        assert "; Secure" in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


def test_over_https_a_cookie_by_the_plain_name_is_not_taken(visitor: Visitor) -> None:
    assert not in_use(holding(visitor(secure=True), signed.session(Role.REPORTER)))


def test_a_session_is_new_at_each_sign_in_and_the_old_one_ends(visitor: Visitor) -> None:
    client = visitor()
    enter(client)
    first = held(client)
    enter(client)
    assert held(client) != first
    assert not in_use(holding(visitor(), first))


def test_a_session_that_was_planted_is_not_taken_over(visitor: Visitor) -> None:
    planted = secrets.token_urlsafe(32)
    client = holding(visitor(), planted)
    enter(client)
    assert held(client) != planted
    assert not in_use(holding(visitor(), planted))


def test_signing_out_ends_it_on_the_server(visitor: Visitor) -> None:
    client = visitor()
    enter(client)
    stolen = held(client)
    out = client.post("/sign-out", follow_redirects=False)
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert out.headers["clear-site-data"] == '"cache"'
    assert not in_use(holding(visitor(), stolen))


def test_a_session_ends_unused_and_ends_anyway(visitor: Visitor, clock: Clock) -> None:
    client = visitor()
    enter(client)
    clock.turn(minutes=119)
    assert in_use(client)
    clock.turn(minutes=121)
    assert not in_use(client)
    enter(client)
    for _ in range(7):
        clock.turn(minutes=100)
        assert in_use(client)
    clock.turn(minutes=30)
    assert not in_use(client)


def test_disabling_an_account_ends_its_session_at_once(visitor: Visitor, store: Store) -> None:
    client = visitor()
    enter(client)
    assert in_use(client)
    with store.begin() as conn:
        accounts.disable(conn, signed.login(Role.REPORTER), NOW)
    assert not in_use(client)


def test_a_role_taken_away_is_gone_at_the_next_request(visitor: Visitor, store: Store) -> None:
    client = visitor()
    enter(client, Role.COORDINATOR)
    assert client.get("/rounds").status_code == 200
    with store.begin() as conn:
        conn.exec_driver_sql("UPDATE account SET role = 'partner' WHERE login = 'test-coordinator'")
    assert client.get("/rounds").status_code == 403


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "0" * 43,
        "test-coordinator",
        "' OR '1'='1",
        "a" * 5000,
        hashed(signed.session(Role.COORDINATOR)).hex(),
        signed.token(Role.COORDINATOR),
    ],
)
def test_a_forged_cookie_is_nobody(visitor: Visitor, forged: str) -> None:
    client = visitor()
    client.headers["cookie"] = f"geosites={forged}"
    assert client.get("/account", follow_redirects=False).status_code == 303
    assert client.get("/api/closures").status_code == 401


def test_a_hundred_guessed_sessions_are_nobody(visitor: Visitor) -> None:
    client = visitor()
    for _ in range(100):
        assert not in_use(holding(client, secrets.token_urlsafe(32)))


def test_all_other_sessions_are_ended_where_asked(visitor: Visitor) -> None:
    mine, lost = visitor(), visitor()
    enter(mine)
    enter(lost)
    assert mine.post("/account/sessions/end").status_code == 200
    assert (in_use(mine), in_use(lost)) == (True, False)


@pytest.mark.parametrize(
    "said",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"origin": "", "sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/account/password", "/api/closures"])
def test_a_foreign_page_writes_nothing_by_the_session_of_its_reader(
    visitor: Visitor, path: str, said: dict[str, str]
) -> None:
    client = visitor()
    enter(client, Role.COORDINATOR)
    answer = client.post(path, headers=said, follow_redirects=False)
    assert answer.status_code == 403
    assert in_use(client)


def test_without_a_word_of_its_origin_a_cookie_writes_nothing(visitor: Visitor) -> None:
    client = visitor()
    enter(client, Role.COORDINATOR)
    del client.headers["origin"]
    assert client.post("/api/closures", json={}).status_code == 403


@pytest.mark.parametrize(
    "trick",
    [
        {"X-Original-URL": "/healthz"},
        {"X-Rewrite-URL": "/healthz"},
        {"X-Forwarded-Prefix": "/static"},
        {"X-Forwarded-User": "test-coordinator"},
        {"X-Remote-User": "test-coordinator"},
        {"X-HTTP-Method-Override": "GET"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
    ],
)
def test_no_header_opens_a_door(visitor: Visitor, trick: dict[str, str]) -> None:
    client = visitor()
    client.headers.update(trick)
    assert client.get("/api/closures").status_code == 401
    led = client.get("/sites", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fsites")
    assert "evil" not in client.get("/sign-in").text


@pytest.mark.parametrize(
    "path",
    ["//sites", "/./sites", "/static/../sites", "/sites/", "/%73ites", "/sites;x=1", "/SITES"],
)
def test_no_spelling_of_an_address_opens_a_door(visitor: Visitor, path: str) -> None:
    client = visitor()
    answer = client.get(f"{HERE}{path}", follow_redirects=False)
    assert answer.status_code in (303, 307, 404)
    assert "forceval" not in answer.text


def test_pages_are_kept_nowhere_and_layers_asked_again(visitor: Visitor) -> None:
    client = visitor()
    enter(client, Role.COORDINATOR)
    assert client.get("/sites").headers["cache-control"] == "private, no-store"
    assert "no-cache" in client.get("/layers/sites/forceval?lang=fr").headers["cache-control"]
    assert "no-store" in client.get("/sign-in").headers["cache-control"]


def test_its_use_is_written_down_at_most_once_a_minute(
    visitor: Visitor, clock: Clock, store: Store
) -> None:
    client = visitor()
    enter(client)

    def seen() -> Any:
        with store.begin() as conn:
            mine = session.c.id_hash == hashed(held(client))
            return conn.execute(sa.select(session.c.seen_at).where(mine)).scalar_one()

    clock.turn(seconds=59)
    in_use(client)
    assert seen() == NOW
    clock.turn(seconds=1)
    in_use(client)
    assert seen() == NOW + dt.timedelta(minutes=1)
