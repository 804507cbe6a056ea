"""What surrounds every answer: headers, policy, limits, errors."""

from __future__ import annotations

import gzip
import re

import pytest
from starlette.testclient import TestClient

from geosites.core import errors
from geosites.core.errors import GeositesError
from geosites.db.postgres.connection import Store
from geosites.presentation import static_assets
from geosites.web.app import create_app
from geosites.web.http import problems
from routes.page_table import templates
from stores import signed, small_exercise
from web.conftest import HERE

EVERYWHERE = ("/", "/sites", "/sites/nowhere", "/nothing", "/healthz", "/api/sites/x/closure")
BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_carries_the_strict_headers(reader: TestClient, path: str) -> None:
    headers = reader.get(path, headers=BROWSER).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'nonce-")
    assert "style-src 'self'; img-src 'self' data:; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_nonce_is_new_each_time_and_stands_on_one_tag(reader: TestClient) -> None:
    seen = set()
    for _ in range(3):
        answer = reader.get("/sites/forceval")
        policy = answer.headers["content-security-policy"]
        (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
        assert answer.text.count(f'<script nonce="{nonce}">') == answer.text.count("nonce=") == 1
        seen.add(nonce)
    assert len(seen) == 3


def every_error(root: type[GeositesError]) -> list[type[GeositesError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in every_error(child))]


def test_every_error_has_a_status_and_a_name() -> None:
    here = {kind for kind in every_error(GeositesError) if kind.__module__ == errors.__name__}
    assert set(problems.STATUS) == set(problems.NAMES) == here - {errors.ClientGone}


def test_a_program_gets_a_problem_document(reader: TestClient) -> None:
    answer = reader.get("/api/sites/forcval/closure")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 404
    assert problem["type"] == "/problems#not-found"
    assert problem["near"] == ["forceval"]


def test_a_reader_gets_a_page_with_the_near_sites(reader: TestClient) -> None:
    answer = reader.get("/sites/forcval", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/sites/forceval"' in answer.text


def test_an_error_page_says_that_it_is_an_exercise_too(reader: TestClient) -> None:
    assert 'class="exercise"' in reader.get("/nothing", headers=BROWSER).text


def test_an_address_that_does_not_exist_is_a_problem_too(reader: TestClient) -> None:
    answer = reader.get("/nothing")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "request_id": answer.headers["x-request-id"],
    }
    assert "Introuvable" in reader.get("/nothing", headers=BROWSER).text


def test_a_wrong_method_is_a_problem_too(reader: TestClient) -> None:
    answer = reader.put("/api/sightings")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_malformed_question_names_what_and_where(reader: TestClient) -> None:
    answer = reader.get("/api/sites/forceval/closure", params={"as_of": "2023-07-13T12:00:00"})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "/problems#malformed"
    assert problem["errors"][0]["where"] == "query.as_of"


def test_the_problems_named_are_explained(reader: TestClient) -> None:
    page = reader.get("/problems", headers=BROWSER)
    assert page.status_code == 200
    for name in (*problems.NAMES.values(), "malformed"):
        assert f'id="{name}"' in page.text


def test_a_store_out_of_reach_is_said_to_be_so_and_to_come_back() -> None:
    gone = Store("postgresql:///x?host=/nonexistent", wait_s=0.1)
    with TestClient(create_app(gone), base_url="http://127.0.0.1") as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["type"] == "/problems#store-unavailable"
        assert client.get("/healthz").text == "ok\n"
        page = client.get("/sites", headers=BROWSER)
        assert page.status_code == 503
        assert "Indisponible" in page.text
    gone.close()


def test_an_error_nobody_foresaw_shows_nothing_of_the_inside(client: TestClient) -> None:
    @client.app.get("/api/broken")  # type: ignore[attr-defined]
    def broken() -> None:
        raise ZeroDivisionError("the secret of the inside")

    answer = client.get("/api/broken")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "request_id": answer.headers["x-request-id"],
    }
    assert "content-security-policy" in answer.headers


def test_another_name_for_this_server_is_not_answered(reader: TestClient) -> None:
    assert reader.get("/sites", headers={"host": "evil.example"}).status_code == 400


def test_it_is_ready_when_the_territories_are_there(reader: TestClient) -> None:
    assert reader.get("/readyz").json() == {"ready": True, "territories": 222}


def test_files_with_a_version_are_kept_and_others_asked_again(reader: TestClient) -> None:
    page = reader.get("/sites/forceval").text
    paths = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(paths) >= 5
    for path in paths:
        answer = reader.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert "no-cache" in reader.get("/static/app.css").headers["cache-control"]
    assert reader.get("/static/../app.py").status_code == 404


OWN = re.compile(r'"/static/([a-z_]+\.(?:css|js))\?')
MOST_A_PAGE, MOST_IN_ALL = 45_000, 40_000


def test_what_a_page_loads_of_our_styles_and_scripts_stays_small(
    reader: TestClient, small_store: Store
) -> None:
    sizes = {}
    for address in templates(create_app(small_store), small_exercise.EXAMPLES):
        headers = BROWSER | (signed.bearer(address.role) if address.role else {})
        page = reader.get(address.path, headers=headers)
        loaded = {
            *OWN.findall(page.text),
            *(["service_worker.js"] if "manifest" in page.text else []),
        }
        sizes[address.route] = sum(len(reader.get(f"/static/{name}").content) for name in loaded)
    assert sizes["/report"] > sizes["/sites"] > 0
    assert {route: size for route, size in sizes.items() if size > MOST_A_PAGE} == {}


def test_our_own_styles_and_scripts_stay_small_in_all(reader: TestClient) -> None:
    names = [name for name in static_assets.names() if name.endswith((".css", ".js"))]
    assert len(names) >= 5
    sent = [len(gzip.compress(reader.get(f"/static/{name}").content)) for name in names]
    assert sum(sent) <= MOST_IN_ALL


@pytest.mark.parametrize("name", static_assets.LEAFLET_FILES)
def test_leaflet_is_sent_as_it_is_and_packed_once(reader: TestClient, name: str) -> None:
    first = reader.get(static_assets.asset(name), headers={"accept-encoding": "gzip"})
    assert first.text == static_assets.path(name).read_text(encoding="utf-8")
    assert first.headers["content-encoding"] == "gzip"
    assert "immutable" in first.headers["cache-control"]
    again = reader.get(f"/static/{name}", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("query", ["", "?v=1", "?v=0123abcd", "?v=", "?v={own}&x=1", "?x=v={own}"])
def test_under_the_version_of_another_release_a_file_is_not_kept(
    reader: TestClient, query: str
) -> None:
    """Workers of two releases may answer side by side: what is kept for good is of that version."""
    own = static_assets.asset("app.css").partition("v=")[2]
    answer = reader.get(f"/static/app.css{query.format(own=own)}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


def test_a_file_is_sent_small_and_only_where_it_is_not_held(reader: TestClient) -> None:
    first = reader.get("/static/ground.js")
    assert len(first.content) < static_assets.path("ground.js").stat().st_size
    again = reader.get("/static/ground.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert reader.post("/static/ground.js", headers={"origin": HERE}).status_code == 405


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [("", "", "fr"), ("", "en-GB", "en"), ("?lang=en", "fr", "en"), ("?lang=xx", "", "fr")],
)
def test_pages_speak_the_language_asked_for(
    reader: TestClient, asked: str, accepted: str, language: str
) -> None:
    page = reader.get(f"/sites{asked}", headers={"accept-language": accepted}).text
    assert f'<html lang="{language}">' in page


def test_the_api_describes_itself(reader: TestClient) -> None:
    described = reader.get("/openapi.json").json()
    assert {
        "/api/sightings",
        "/api/operations",
        "/api/closures",
        "/api/sites/{slug}/closure",
        "/api/hotspots/{week}",
        "/api/displacement",
    } <= set(described["paths"])
