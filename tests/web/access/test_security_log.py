"""Attacks leave a line each and are counted: who, from where, what, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from geosites.permissions.policy import Role
from stores import signed
from web.conftest import HERE, Clients

ORIGIN = {"origin": HERE}


def security(lines: list[Any]) -> list[dict[str, Any]]:
    return [dict(line) for line in lines if line["event"] == "security"]


@pytest.mark.parametrize(
    ("login", "password", "outcome", "known"),
    [
        (signed.login(Role.REPORTER), signed.password(Role.REPORTER), "signed_in", True),
        (signed.login(Role.REPORTER), "not-this-one", "wrong", True),
        ("hunter2 typed by mistake", "not-this-one", "wrong", False),
    ],
)
def test_a_sign_in_is_told_with_its_outcome(
    make_client: Clients, login: str, password: str, outcome: str, known: bool
) -> None:
    client = make_client(None)
    with capture_logs() as lines:
        form = {"login": login, "password": password, "code": ""}
        client.post("/sign-in", data=form, headers=ORIGIN, follow_redirects=False)
    (line,) = security(lines)
    assert (line["what"], line["outcome"], line["source"]) == ("sign_in", outcome, "testclient")
    assert (line["who"] == login) is known
    assert password not in str(line)


@pytest.mark.parametrize(
    ("role", "path", "headers", "outcome"),
    [
        (Role.PARTNER, "/api/journal", {}, "forbidden"),
        (None, "/api/closures", {"authorization": "Bearer geosites_made-up"}, "not_signed_in"),
    ],
)
def test_a_refusal_is_told_and_counted(
    make_client: Clients, role: Role | None, path: str, headers: dict[str, str], outcome: str
) -> None:
    client = make_client(role)
    with capture_logs() as lines:
        assert client.get(path, headers=headers).status_code in (401, 403)
    (line,) = security(lines)
    assert line["outcome"] == outcome
    assert "made-up" not in str(lines)
    told = client.app.state.measures.text(None).decode()  # type: ignore[attr-defined]
    assert f'outcome="{outcome}"' in told


def test_who_shows_nothing_is_led_to_sign_in_without_a_line(make_client: Clients) -> None:
    client = make_client(None)
    with capture_logs() as lines:
        client.get("/sites", headers={"accept": "text/html"}, follow_redirects=False)
    assert security(lines) == []
