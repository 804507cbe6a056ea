"""Behind a proxy under a path: every address that leaves us has it, and leads back to us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.testclient import TestClient

import geosites
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed
from web.conftest import NOW, as_service

ROOT = "/counts"
ORIGIN = "https://geosites.example:8443"
PUBLIC = f"{ORIGIN}{ROOT}/"
HTML = {"Accept": "text/html"}
MOST = 160


@pytest.fixture(scope="module")
def behind(small_template: str, new_database: Any) -> Iterator[TestClient]:
    """Return a client of the service as a proxy asks it that takes nothing off the path."""
    store = Store(new_database(small_template))
    with as_service(store) as served:
        hosts = ("127.0.0.1", "geosites.example")
        config = WebConfig(clock=lambda: NOW, public_url=PUBLIC, hosts=hosts)
        app = create_app(served, config)
        headers = signed.bearer(Role.COORDINATOR)
        with TestClient(
            app, base_url="http://127.0.0.1:8000", headers=headers, follow_redirects=False
        ) as client:
            yield client
    store.close()


class Addresses(HTMLParser):
    """Collects the addresses in a page, and what each stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction") or (
                name.startswith("data-") and name != "data-root" and (value or "").startswith("/")
            ):
                self.found.append((f"{tag} {name}", value or ""))


def addresses(text: str) -> list[tuple[str, str]]:
    """Return the addresses of a page; those in its scripts begin with a slash and a letter."""
    parser = Addresses()
    parser.feed(text)
    scripts = "".join(re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL))
    inside = re.findall(r"""["'`](/[a-z][\w./?=&{}-]*)["'`]""", scripts)
    return parser.found + [("script", one) for one in inside]


def outside(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the addresses that name this server and do not stand under the path."""
    absolute = [(where, one) for where, one in found if one.startswith("/")]
    return [(where, one) for where, one in absolute if not one.startswith(f"{ROOT}/")]


def test_every_address_of_every_page_has_the_path_and_is_answered(behind: TestClient) -> None:
    waiting = [f"{ROOT}/", f"{ROOT}/account", f"{ROOT}/report", f"{ROOT}/ogc/"]
    seen: set[tuple[str, str]] = set()
    while waiting and len(seen) < MOST:
        here = waiting.pop(0)
        kind = re.sub(r"\d+|[0-9a-f-]{36}", "N", here.partition("?")[0])
        if here in {one for one, _ in seen} or sum(one[1] == kind for one in seen) > 2:
            continue
        seen.add((here, kind))
        answer = behind.get(here, headers=HTML)
        if answer.is_redirect:
            assert answer.headers["location"].startswith(f"{ROOT}/"), here
            waiting.append(answer.headers["location"])
            continue
        assert answer.status_code in (200, 422), here  # no bulletin of a week that is not over
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found = addresses(answer.text)
        assert outside(found) == [], here
        for where, one in found:
            whole = urlsplit(urljoin(ORIGIN + here, one))
            if where.endswith("href") and f"{whole.scheme}://{whole.netloc}" == ORIGIN:
                waiting.append(f"{whole.path}?{whole.query}" if whole.query else whole.path)
    assert len({kind for _, kind in seen}) > 25


def test_a_proxy_may_take_the_path_off(behind: TestClient) -> None:
    page = behind.get("/sites", headers=HTML)
    assert page.status_code == 200
    assert outside(addresses(page.text)) == []


def test_headers_lead_to_places_under_the_path(behind: TestClient) -> None:
    nobody = {"Authorization": "", **HTML}
    leads = behind.get(f"{ROOT}/sites/forceval?lang=en", headers=nobody)
    assert leads.headers["location"].startswith(f"{ROOT}/sign-in?next=%2Fcounts%2Fsites")
    week = behind.get(f"{ROOT}/maps/hotspots", headers=HTML).headers["location"]
    assert week.startswith(f"{ROOT}/maps/hotspots/")
    preload = behind.get(week, headers=HTML).headers.get("link", "")
    assert set(re.findall("<(/[^/]+)/", preload)) <= {ROOT}


def test_the_worker_and_the_installed_form_stay_under_the_path(behind: TestClient) -> None:
    worker = behind.get(f"{ROOT}/worker.js").text
    (files,) = re.findall(r"FILES = (\[.*?\]);", worker)
    assert [one for one in re.findall('"(/[^"]*)"', files) if not one.startswith(ROOT)] == []
    assert behind.get(re.findall('"(/[^"]*)"', files)[-1]).status_code == 200
    manifest = behind.get(f"{ROOT}/manifest.webmanifest").json()
    assert manifest["scope"] == f"{ROOT}/"
    assert manifest["start_url"] == manifest["id"] == f"{ROOT}/report"
    assert all(icon["src"].startswith(f"{ROOT}/static/") for icon in manifest["icons"])


def hrefs(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name in ("href", "url") and isinstance(value, str):
                yield value
            yield from hrefs(value)
    elif isinstance(document, list):
        for value in document:
            yield from hrefs(value)


@pytest.mark.parametrize(
    "path", ["/ogc", "/ogc/collections", "/ogc/collections/sites", "/ogc/api", "/openapi.json"]
)
def test_documents_of_machines_name_the_public_address(behind: TestClient, path: str) -> None:
    answer = behind.get(f"{ROOT}{path}?f=json" if "ogc" in path else f"{ROOT}{path}")
    if answer.is_redirect:
        answer = behind.get(answer.headers["location"])
    found = list(hrefs(answer.json()))
    assert found
    ours = [one for one in found if "geosites.example" in one or one.startswith("/")]
    assert ours
    assert [one for one in ours if not (one + "/").startswith((PUBLIC, f"{ROOT}/"))] == []


def test_the_feed_names_the_public_address(behind: TestClient) -> None:
    feed = behind.get(f"{ROOT}/feed.atom").text
    found = re.findall('href="([^"]+)"', feed)
    assert found
    assert [one for one in found if not one.startswith(PUBLIC)] == []


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("geosites.example:8443", ORIGIN, 303),
        ("geosites.example", ORIGIN, 303),
        ("127.0.0.1:8000", ORIGIN, 303),
        ("geosites.example", "https://geosites.example:9443", 403),
        ("geosites.example", "http://geosites.example:8443", 403),
        ("geosites.example", "https://evil.example", 403),
        ("geosites.example", "null", 403),
    ],
)
def test_the_public_address_decides_where_a_form_may_come_from(
    behind: TestClient, host: str, origin: str, status: int
) -> None:
    headers = {"Host": host, "Origin": origin, "Authorization": "", "Sec-Fetch-Site": "same-origin"}
    answer = behind.post(f"{ROOT}/sign-out", headers=headers)
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"] == f"{ROOT}/sign-in"


def test_no_template_writes_an_address_without_the_path() -> None:
    """An address of ours is `rooted(…)` or comes from `links`."""
    folder = Path(geosites.__file__).parent / "presentation" / "templates"
    found = {
        f"{file.name}: {match}"
        for file in folder.glob("*.html")
        for match in re.findall(r'(?:href|src|action|formaction)="/[^"]*', file.read_text())
    }
    assert found == set()
