"""Under the path of a proxy: no answer of any address names a place outside of it, or turns a ring.

The addresses are those of the route table, filled in, and all that their answers lead to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urljoin

import pytest
import shapely
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes import page_table
from stores import signed, small_exercise
from web.conftest import NOW, as_service
from web.http.test_sub_path import addresses

ROOT = "/outil"
HOST = "https://h.example"
PUBLIC = HOST + ROOT
FORMS = ("application/json", "text/html")
MOST, MOST_ALIKE = 500, 4

_URL = re.compile(r"""https?://[^\s"'<>\\)\]}]+""")
_OURS = re.compile(r"https?://(?:h\.example|127\.0\.0\.1|localhost|testserver)")
_PATH = re.compile(r"/(?:[a-z][\w.{}/-]*)?(?:[?#].*)?")
_VARIES = re.compile(r"\d+|[0-9a-f-]{36}|[?].*")


@pytest.fixture(scope="module")
def app(small_template: str, new_database: Any) -> Iterator[FastAPI]:
    store = Store(new_database(small_template))
    with as_service(store) as served:
        hosts = ("127.0.0.1", "h.example")
        yield create_app(served, WebConfig(clock=lambda: NOW, public_url=PUBLIC, hosts=hosts))
    store.close()


def texts(document: object) -> Iterator[str]:
    """Yield every text of a JSON document."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for value in document.values():
            yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)


def shapes(document: object) -> Iterator[shapely.Geometry]:
    """Yield every area of a JSON document that is written as GeoJSON writes one."""
    if isinstance(document, Mapping):
        if document.get("type") in ("Polygon", "MultiPolygon") and "coordinates" in document:
            yield shapely.geometry.shape(cast("Mapping[str, Any]", document))
        for value in document.values():
            yield from shapes(value)
    elif isinstance(document, list):
        for value in document:
            yield from shapes(value)


def links(answer: Response) -> list[str]:
    """Return every address in the head and the body of an answer, as it is written."""
    kind = answer.headers.get("content-type", "")
    heads = [answer.headers.get(name, "") for name in ("location", "content-location")]
    found = [one for one in heads if one]
    found += re.findall("<([^>]+)>", answer.headers.get("link", ""))
    if "json" in kind:
        for text in texts(answer.json()):
            found += [text] if _PATH.fullmatch(text) and len(text) > 1 else []
            found += _URL.findall(text)
    elif "html" in kind or "xml" in kind:
        found += [one for _, one in addresses(answer.text)]
        found += _URL.findall(answer.text)
    return found


def is_outside(link: str) -> bool:
    """Return whether an address names this server, and no place under the path."""
    whole = HOST + link if link.startswith("/") and not link.startswith("//") else link
    return bool(_OURS.match(whole)) and not re.match(re.escape(PUBLIC) + r"(?:[/?#]|$)", whole)


def clients(app: FastAPI) -> dict[Role | None, TestClient]:
    return {
        role: TestClient(
            app,
            base_url="http://127.0.0.1:8000",
            headers={"Host": "h.example", **(signed.bearer(role) if role else {})},
            follow_redirects=False,
        )
        for role in (None, *Role)
    }


def test_no_answer_names_a_place_outside_of_the_path(app: FastAPI) -> None:
    asks = clients(app)
    waiting: list[tuple[str, Role | None]] = [
        (ROOT + one.path, one.role) for one in page_table.addresses(app, small_exercise.EXAMPLES)
    ]
    waiting += [(f"{ROOT}/ogc/collections/{name}", Role.PARTNER) for name in ("weeks", "closures")]
    waiting += [(f"{ROOT}/nothing", None), (f"{ROOT}/api/hotspots/x", Role.ANALYST)]
    seen: dict[str, int] = {}
    wrong: set[tuple[str, str]] = set()
    turned: set[str] = set()
    asked = 0
    while waiting and asked < MOST:
        here, role = waiting.pop(0)
        kind = _VARIES.sub("N", here)
        if "/static/" in here or "/export/" in here or seen.get(kind, 0) >= MOST_ALIKE:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        for form in FORMS:
            answer = asks[role].get(here, headers={"Accept": form})
            asked += 1
            found = links(answer)
            wrong |= {(here, one) for one in found if is_outside(one)}
            if "json" in answer.headers.get("content-type", ""):
                areas = [part for one in shapes(answer.json()) for part in shapely.get_parts(one)]
                turned |= {here for part in areas if not part.exterior.is_ccw}
                turned |= {here for part in areas if any(ring.is_ccw for ring in part.interiors)}
            for one in found:
                whole = urljoin(HOST + here, one)
                if whole.startswith(f"{PUBLIC}/") and "{" not in whole:
                    waiting.append((whole.removeprefix(HOST).partition("#")[0], role))
    assert wrong == set()
    assert turned == set()
    assert asked > 300
    assert len(seen) > 150


@pytest.mark.parametrize(
    ("link", "outside"),
    [
        ("/outil/sites", False),
        ("/outil", False),
        ("/outil?lang=fr", False),
        ("/outils", True),
        ("/sites", True),
        ("https://h.example/outil/ogc", False),
        ("https://h.example/ogc", True),
        ("http://h.example/outil/ogc", True),
        ("http://127.0.0.1:8000/outil", True),
        ("https://www.openstreetmap.org/copyright", False),
    ],
)
def test_what_lies_outside(link: str, outside: bool) -> None:
    assert is_outside(link) is outside


def test_a_document_of_links_is_read_whole() -> None:
    document = {"type": "/problems#x", "links": [{"href": "https://h.example/a"}, {"text": "a/b"}]}
    answer = Response(json.dumps(document), media_type="application/json")
    vars(answer)["json"] = lambda: document
    assert links(answer) == ["/problems#x", "https://h.example/a"]
