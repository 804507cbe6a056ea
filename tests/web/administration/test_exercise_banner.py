"""In an exercise every page says so, also those of errors and those that nobody signed in sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.page_table import templates
from stores import signed, small_exercise
from web.conftest import HERE, as_service

BANNER = '<p class="exercise">'
WRONG = (
    "/sites/nowhere",
    "/nowhere",
    "/maps/hotspots/2022-W60",
    "/service?x=%00",
    "/sightings?week=x",
)


@pytest.fixture(scope="module")
def service(small_store: Store) -> Iterator[TestClient]:
    """Return the service over the fictional weeks."""
    with as_service(small_store) as served:
        config = WebConfig(clock=lambda: small_exercise.LAST + dt.timedelta(minutes=5))
        with TestClient(
            create_app(served, config), base_url=HERE, raise_server_exceptions=False
        ) as client:
            yield client


def page(client: TestClient, path: str, role: Role | None) -> str | None:
    """Return the page at an address; None where it is none."""
    headers = {"accept": "text/html", **(signed.bearer(role) if role else {})}
    answer = client.get(path, headers=headers, follow_redirects=False)
    typed = answer.headers.get("content-type", "").startswith("text/html")
    return answer.text if typed and "<html" in answer.text else None


def test_every_page_says_that_it_is_an_exercise(service: TestClient) -> None:
    assert isinstance(service.app, FastAPI)
    asked = templates(service.app, small_exercise.EXAMPLES)
    shown = {one.route: page(service, one.path, one.role) for one in asked}
    pages = {route: text for route, text in shown.items() if text is not None}
    assert len(pages) > 40
    assert [route for route, text in pages.items() if BANNER not in text] == []


@pytest.mark.parametrize("role", [*Role, None])
def test_every_page_of_an_error_says_so_too(service: TestClient, role: Role | None) -> None:
    told = {path: page(service, path, role) for path in WRONG}
    assert {path for path, text in told.items() if text and BANNER not in text} == set()
    assert any(told.values()) or role is None
