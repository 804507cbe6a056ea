"""Signing in by a real identity provider that others wrote (npm oidc-provider)."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import sqlalchemy as sa
from bench.ports import free_port
from starlette.testclient import TestClient

from geosites.auth import accounts
from geosites.auth.accounts import AccountRequest
from geosites.auth.oidc import Provider
from geosites.db.access import accounts as kept
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from web.conftest import HERE, NOW

FOLDER = Path(__file__).parents[2] / "oidc"
INSTALLED = Path(__file__).parents[3] / ".venv" / "oidc"
SECRET = "a secret between the two of them"
TWO = {"acr": "eidas2", "amr": ["pwd", "otp"]}
ONE = {"acr": "eidas1", "amr": ["pwd"]}
Run = Callable[..., str]


@pytest.fixture(scope="module")
def provided() -> Iterator[Run]:
    """Return a function that runs a provider with its options and returns its address."""
    running: dict[str, tuple[str, subprocess.Popen[str]]] = {}

    def run(**options: bool) -> str:
        asked = json.dumps({"signedUserinfo": True, "pkce": True, **options}, sort_keys=True)
        if asked not in running:
            running[asked] = _start(asked)
        return running[asked][0]

    yield run
    for _, process in running.values():
        process.terminate()
        process.communicate()


def _start(options: str) -> tuple[str, subprocess.Popen[str]]:
    port = free_port()
    words = ["node", str(FOLDER / "provider.mjs"), str(INSTALLED), str(port), HERE, options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", "script/test installs the provider"
    return f"http://127.0.0.1:{port}", process


def door(issuer: str, **more: Any) -> Provider:
    return Provider(issuer=issuer, client_id="geosites", client_secret=SECRET, **more)


@pytest.fixture
def known(store: Store) -> Store:
    """Return a store with accounts that the provider knows: a reporter and a coordinator."""
    began = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
    with store.begin() as conn:
        for login, role in (("psp-18e", Role.REPORTER), ("coordination", Role.COORDINATOR)):
            asked = AccountRequest(login=login, role=role, unit="U", oidc_subject=f"of-{login}")
            assert accounts.add(conn, asked, began).password is None
    return store


def go(client: TestClient, issuer: str, reader: dict[str, Any], path: str = "") -> str:
    """Send a reader to the provider and return the address it sends them back to."""
    sent = client.get(f"/sign-in/oidc{path}", follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(issuer)
    return through(issuer, sent.headers["location"], reader)


def through(issuer: str, there: str, reader: dict[str, Any]) -> str:
    with httpx2.Client() as agent:
        agent.get(f"{issuer}/reader", params={"is": json.dumps(reader)})
        while there.startswith(issuer):
            there = str(agent.get(there).headers["location"])
            there = issuer + there if there.startswith("/") else there
    return there


def reader(login: str, **how: Any) -> dict[str, Any]:
    return {"account": f"of-{login}", **(how or TWO)}


def came(client: TestClient, address: str) -> Any:
    return client.get(address, follow_redirects=False)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("pkce", [True, False])
def test_who_the_provider_knows_is_signed_in(
    make_client: Any, known: Store, provided: Run, signed: bool, pkce: bool
) -> None:
    issuer = provided(signedUserinfo=signed, pkce=pkce)
    with known.begin() as conn:
        kept.change(conn, "psp-18e", oidc_subject="function-of-of-psp-18e")
    provider = door(issuer, claim="function", scope="openid function", pkce=pkce)
    client = make_client(role=None, provider=provider)
    back = came(client, go(client, issuer, reader("psp-18e"), "?next=/sites"))
    assert (back.status_code, back.headers["location"]) == (303, "/sites")
    assert "psp-18e" in client.get("/account").text


def test_nothing_the_provider_says_of_a_person_is_kept(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer, scope="openid email"))
    assert came(client, go(client, issuer, reader("psp-18e"))).status_code == 303
    with known.begin() as conn:
        tables = conn.execute(
            sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200")
        ).scalars()
        rows = [
            str(row)
            for name in list(tables)
            if name != "spatial_ref_sys"
            for row in conn.execute(sa.text(f'SELECT * FROM "{name}" LIMIT 500'))
        ]
    assert "mail.example" not in "".join(rows)


def test_an_account_nobody_made_is_not_signed_in(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer))
    back = came(client, go(client, issuer, reader("stranger")))
    assert back.status_code == 401
    assert "geosites" not in client.cookies


def test_a_disabled_account_is_not_signed_in(make_client: Any, known: Store, provided: Run) -> None:
    issuer = provided()
    with known.begin() as conn:
        accounts.disable(conn, "psp-18e", NOW)
    client = make_client(role=None, provider=door(issuer))
    assert came(client, go(client, issuer, reader("psp-18e"))).status_code == 401


@pytest.mark.parametrize("acr", [("eidas2",), ()])
@pytest.mark.parametrize(("how", "status"), [(ONE, 401), (TWO, 303)])
def test_a_coordinator_has_to_show_two_factors_there(
    make_client: Any, known: Store, provided: Run, acr: Any, how: dict[str, Any], status: int
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer, acr=acr))
    assert came(client, go(client, issuer, reader("coordination", **how))).status_code == status


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer))
    answer = go(client, issuer, reader("psp-18e"))
    stranger = make_client(role=None, provider=door(issuer))
    assert came(stranger, answer).status_code == 401
    assert came(client, answer).status_code == 303
    assert came(client, answer).status_code == 401


@pytest.mark.parametrize("name", ["state", "iss", "code"])
def test_an_answer_that_was_bent_is_not_taken(
    make_client: Any, known: Store, provided: Run, name: str
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer))
    asked = {
        k: v[0] for k, v in parse_qs(urlsplit(go(client, issuer, reader("psp-18e"))).query).items()
    }
    assert name in asked
    for bent in ({**asked, name: "x"}, {k: v for k, v in asked.items() if k != name}):
        assert client.get("/sign-in/oidc/callback", params=bent).status_code == 401


def test_an_answer_that_comes_too_late_is_not_taken(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer, clock = provided(), [NOW]
    client = make_client(role=None, provider=door(issuer), clock=lambda: clock[0])
    answer = go(client, issuer, reader("psp-18e"))
    clock[0] += dt.timedelta(minutes=11)
    assert came(client, answer).status_code == 401


def test_a_code_of_somebody_elses_sign_in_is_not_taken(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer = provided()
    client, other = (make_client(role=None, provider=door(issuer)) for _ in range(2))
    theirs = parse_qs(urlsplit(go(other, issuer, reader("coordination"))).query)["code"][0]
    mine = {
        k: v[0] for k, v in parse_qs(urlsplit(go(client, issuer, reader("psp-18e"))).query).items()
    }
    back = client.get("/sign-in/oidc/callback", params={**mine, "code": theirs})
    assert back.status_code == 401


def test_signing_out_ends_the_session_there_too(
    make_client: Any, known: Store, provided: Run
) -> None:
    issuer = provided()
    client = make_client(role=None, provider=door(issuer))
    came(client, go(client, issuer, reader("psp-18e")))
    out = client.post("/sign-out", headers={"Origin": HERE})
    assert out.headers["clear-site-data"] == '"cache"'
    onward = out.text.split('<p><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert onward.startswith(f"{issuer}/session/end?id_token_hint=")
    assert httpx2.get(onward).status_code == 200
    assert client.get("/account", follow_redirects=False).status_code == 401


def test_a_provider_out_of_reach_leaves_the_form(make_client: Any, known: Store) -> None:
    client = make_client(role=None, provider=door("http://127.0.0.1:9"))
    answer = client.get("/sign-in/oidc", follow_redirects=False)
    assert answer.status_code == 401
    assert 'name="password"' in answer.text


def test_a_provider_by_another_name_is_not_asked(
    make_client: Any, known: Store, provided: Run
) -> None:
    client = make_client(role=None, provider=door(provided().replace("127.0.0.1", "localhost")))
    assert client.get("/sign-in/oidc", follow_redirects=False).status_code == 401


def test_without_a_provider_there_is_no_way_to_one(make_client: Any) -> None:
    client = make_client(role=None)
    assert client.get("/sign-in/oidc", follow_redirects=False).status_code == 404
    assert "/sign-in/oidc" not in client.get("/sign-in").text
