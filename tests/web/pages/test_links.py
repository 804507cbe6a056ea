"""No page offers what the account that sees it may not open, or what is not there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.db.maintenance import exercise_reset
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import RULES, Permission, Principal, Role, permissions_of
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.security.route_permissions import Open, declared
from routes import desk_acts
from routes.desk_acts import Desk, Visitor
from routes.page_table import Address, fill, may_be_page
from stores import small_exercise
from web.conftest import HERE, as_service

HERE_ALONE, ELSEWHERE_ALONE = (desk_acts.SCOPE,), (desk_acts.ELSEWHERE,)
FOR_NOBODY = frozenset({"/sign-in", "/report/shell"})
"""Pages that do not know who reads them."""
WHO: Sequence[tuple[Role, tuple[str, ...]]] = (
    *((role, ()) for role in Role),
    *((role, HERE_ALONE) for role in Role if role is not Role.ADMIN),
    (Role.COORDINATOR, ELSEWHERE_ALONE),
)
"""Accounts whose pages are read; of alike links one is followed for each."""

_PARAMETER = re.compile(r"{(\w+)(:path)?}")
_FILE = re.compile(r"\.\w+$|/tiles/|^/static/")


@pytest.fixture(scope="module")
def desk(small_template: str, new_database: Callable[..., str]) -> Iterator[Desk]:
    """Return the service over the half year of fictional visits, an exercise that may be reset."""
    store, clock = Store(new_database(small_template)), [small_exercise.LAST]
    with store.begin() as conn:
        exercise_reset.note_loaded(conn)
    with as_service(store) as served:
        config = WebConfig(clock=lambda: clock[0] + dt.timedelta(minutes=5))
        with TestClient(
            create_app(served, config), base_url=HERE, raise_server_exceptions=False
        ) as client:
            desk = Desk(client, store, clock)
            desk.sighting()
            yield desk
    store.close()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.found.append(given["href"])
        if tag == "form" and given.get("method", "get") == "get":
            self.found.append(given.get("action", ""))


def links_of(page: str, path: str) -> list[str]:
    """Return the addresses of ours that a page leads to, without fragments."""
    reader = _Links()
    reader.feed(page)
    whole = [urlsplit(urljoin(HERE + path, link)) for link in reader.found]
    ours = [one for one in whole if f"{one.scheme}://{one.netloc}" == HERE]
    return list(dict.fromkeys(one.path + (f"?{one.query}" if one.query else "") for one in ours))


def route_of(routes: Iterable[tuple[str, str]], link: str) -> str:
    """Return the route that a link leads to, the plainest that fits; its path where none does."""
    path = urlsplit(link).path
    fitting = [
        route
        for method, route in routes
        if (method == "GET" and re.fullmatch(_PARAMETER.sub(_pattern, route), path))
        or (method == "MOUNT" and path.startswith(f"{route}/"))
    ]
    return min(fitting, key=lambda route: (route.count("{"), -len(route)), default=path)


def _pattern(found: re.Match[str]) -> str:
    return ".+" if found[2] else "[^/]+"


def permitted(visitor: Visitor, scope: tuple[str, ...]) -> frozenset[Permission]:
    """Return what an account may do."""
    return permissions_of(
        Principal(login=visitor.login, role=visitor.role, unit="PP-19", scope=scope)
    )


def pages(app: FastAPI, visitor: Visitor, may: frozenset[Permission]) -> Iterator[str]:
    """Yield the pages that an account may see, with an example each."""
    for (method, route), permission in declared(app).items():
        if (
            method != "GET"
            or route in FOR_NOBODY
            or not (isinstance(permission, Open) or permission in may)
        ):
            continue
        path = fill(route, small_exercise.EXAMPLES)
        if may_be_page(Address(route, path, visitor.role)) and not route.startswith("/ogc"):
            yield path


@pytest.mark.parametrize(
    ("role", "scope"), WHO, ids=[f"{role}-{'-'.join(scope)}" for role, scope in WHO]
)
def test_no_link_of_any_page_is_refused(desk: Desk, role: Role, scope: tuple[str, ...]) -> None:
    app, visitor = desk.client.app, desk.visitor(role, scope)
    assert isinstance(app, FastAPI)
    may, routes = permitted(visitor, scope), declared(app)
    wrong, followed, read = list[str](), set[str](), 0
    for page in pages(app, visitor, may):
        answer = desk.client.get(page, headers=dict(visitor.headers), follow_redirects=False)
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            assert answer.status_code < 500, page
            continue
        read += 1
        for link in links_of(answer.text, page):
            route = route_of(routes, link)
            needed = routes.get(("GET", route), routes.get(("MOUNT", route)))
            if needed is None or not (isinstance(needed, Open) or needed in may):
                wrong.append(f"{page} leads to {link}: {needed or 'nothing'}")
            elif "{" in route and route not in followed and not _FILE.search(urlsplit(link).path):
                followed.add(route)
                status = desk.client.get(link, headers=dict(visitor.headers)).status_code
                refused = status in (401, 403, 404) or status >= 500
                wrong += [f"{page} leads to {link}: {status}"] if refused else []
    assert wrong == []
    assert read >= 4


def test_a_menu_says_what_the_account_may(desk: Desk) -> None:
    """Who sees part of the ground is offered no bulletin and no reset."""
    whole = desk.read("/", desk.visitor(Role.COORDINATOR))
    part = desk.read("/", desk.visitor(Role.COORDINATOR, (desk_acts.SCOPE,)))
    for path in ('"/bulletins', '"/exercise'):
        assert f"href={path}" in whole
        assert f"href={path}" not in part
    assert Permission.READ_BULLETIN in RULES
