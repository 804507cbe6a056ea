"""Tries of those who have an account, or the browser of somebody who has: none gets further."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.crs import to_metric
from geosites.core.records import Closure, Site
from geosites.db.closure import closures
from geosites.db.geography import site_changes, territories
from geosites.db.geography.site_changes import SiteUse
from geosites.db.postgres.connection import Store
from geosites.db.schema.closures import closure
from geosites.db.schema.duplicates import sighting_judgement
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site
from geosites.permissions.policy import Role
from geosites.web.security.route_permissions import declared
from routes.page_table import fill
from samples.web_samples import sighting as report
from stores import signed, small_exercise
from web.access.test_policy import BODIES, EXAMPLES
from web.conftest import HERE, NOW, Clients
from web.data_files.test_import import upload

INSIDE, OUTSIDE = "75119", "75118"
THERE = {"lon": 2.366215, "lat": 48.887513, "site": "jardins-eole"}
"""A place in the territory that is out of scope."""


@pytest.fixture
def local(make_client: Clients, store: Store) -> TestClient:
    """Return a client of a coordinator who sees one arrondissement."""
    asked = accounts.AccountRequest(
        login="local", role=Role.COORDINATOR, unit="19e", scope=(INSIDE,)
    )
    with store.begin() as conn:
        accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
        token = tokens.issue(conn, "local", NOW).token
    client = make_client(role=None)
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def rows(store: Store, *tables: sa.Table) -> list[int]:
    with store.begin() as conn:
        counts = [sa.select(sa.func.count()).select_from(table) for table in tables]
        return [int(conn.execute(count).scalar_one()) for count in counts]


def send(client: TestClient, **changes: Any) -> str:
    """Record a sighting and return its id."""
    identifier = str(uuid4())
    answer = client.post("/api/sightings", json=report(id=identifier, **changes))
    assert answer.status_code == 201, answer.text
    return identifier


# ids of others -------------------------------------------------------------------------------


def test_the_receipt_of_another_unit_is_not_found(make_client: Clients) -> None:
    theirs = send(make_client(), unit="another unit")
    reporter = make_client(Role.REPORTER)
    answer = reporter.get(f"/report/{theirs}")
    unknown = reporter.get(f"/report/{uuid4()}")
    assert answer.status_code == unknown.status_code == 404
    assert "another unit" not in answer.text
    assert reporter.get(f"/report/{send(reporter)}").status_code == 200


def test_the_id_of_another_unit_s_report_takes_no_other_content(
    make_client: Clients, store: Store
) -> None:
    theirs = send(make_client(), unit="another unit", headcount=7)
    reporter = make_client(Role.REPORTER)
    answer = reporter.post("/api/sightings", json=report(id=theirs, headcount=1))
    assert answer.status_code == 409
    assert "another unit" not in answer.text
    assert "7" not in answer.json()["detail"].replace(theirs, "")
    assert rows(store, sighting) == [1]


def test_an_id_that_was_seen_leads_an_analyst_nowhere(make_client: Clients) -> None:
    theirs = send(make_client())
    analyst = make_client(Role.ANALYST)
    for path in (f"/report/{theirs}", "/api/duplicates", "/layers/today"):
        assert analyst.get(path).status_code == 403
    told = analyst.get(f"/ogc/collections/sightings/items/{theirs}").json()
    middles = [value % 100 for value in metres(told["geometry"]["coordinates"])]
    assert middles == pytest.approx([50, 50], abs=0.2)


def metres(lonlat: list[float]) -> list[float]:
    return [float(value) for value in to_metric([lonlat])[0]]


# scope ---------------------------------------------------------------------------------------


def test_sightings_out_of_scope_are_neither_merged_nor_parted(
    make_client: Clients, local: TestClient, store: Store
) -> None:
    everywhere = make_client()
    first, second = (send(everywhere, **THERE, unit=unit) for unit in ("a", "b"))
    inside = send(everywhere)
    reason = {"reason": "same_scene"}
    for moved, kept in ((first, second), (inside, second), (second, inside)):
        answer = local.post(f"/api/sightings/{moved}/merge", json={"into": kept, **reason})
        assert answer.status_code == 403
        form = {"sighting": moved, "other": kept, **reason}
        assert local.post("/duplicates", data=form).status_code == 403
    part = {"other": second, "reason": "other_group"}
    assert local.post(f"/api/sightings/{first}/part", json=part).status_code == 403
    assert rows(store, sighting_judgement) == [0]


def test_closures_out_of_scope_are_neither_declared_nor_extended_nor_lifted(
    local: TestClient, store: Store
) -> None:
    known = Closure(
        id=uuid4(), site="jardins-eole", closed_from=NOW - dt.timedelta(days=9), review_days=7
    )
    with store.begin() as conn:
        closures.add(conn, known)
    before = rows(store, closure)
    until = (NOW + dt.timedelta(days=60)).isoformat()
    tries = {
        "/api/closures": {"site": "jardins-eole", "closed_from": until},
        f"/api/closures/{known.id}/extend": {"until": until, "reason": "still_needed"},
        f"/api/closures/{known.id}/lift": {"until": NOW.isoformat(), "reason": "purpose_met"},
        f"/api/closures/{known.id}/withdraw": {"reason": "made_in_error"},
    }
    for path, body in tries.items():
        assert local.post(path, json=body).status_code == 404, path
    assert rows(store, closure) == before
    inside = {"site": "porte-villette", "closed_from": until}
    assert local.post("/api/closures", json=inside).status_code == 201


@pytest.fixture
def straddling(store: Store) -> Site:
    """Return a site in scope whose perimeter reaches over the boundary."""
    with store.begin() as conn:
        tiling = territories.frame(conn).set_index("code").geometry
        shared = tiling[INSIDE].intersection(tiling[OUTSIDE].buffer(1))
        made = Site(
            slug="straddling",
            name="Straddling",
            perimeter=shapely.MultiPolygon([shapely.point_on_surface(shared).buffer(60)]),
            precision_m=0.0,
            territory=INSIDE,
        )
        site_changes.add(conn, made, SiteUse())
    return made


def test_nothing_is_done_to_a_site_of_which_a_part_lies_out_of_scope(
    local: TestClient, client: TestClient, store: Store, straddling: Site
) -> None:
    slug = straddling.slug
    known = Closure(
        id=uuid4(),
        site=slug,
        closed_from=NOW - dt.timedelta(days=9),
        closed_until=NOW + dt.timedelta(days=30),
        review_days=7,
    )
    with store.begin() as conn:
        closures.add(conn, known)
        (version,) = site_changes.versions(conn, slug)
    before = rows(store, closure, site)
    until = (NOW + dt.timedelta(days=60)).isoformat()
    seen = {"version": version.since.isoformat(), "sure": "1", "sure_merge": "1"}
    extension = {"until": until, "reason": "still_needed"}
    by_api: dict[str, dict[str, str]] = {
        "/api/closures": {"site": slug, "closed_from": until},
        f"/api/closures/{known.id}/extend": extension,
        f"/api/closures/{known.id}/lift": {"until": NOW.isoformat(), "reason": "purpose_met"},
        f"/api/closures/{known.id}/withdraw": {"reason": "made_in_error"},
    }
    by_form: dict[str, dict[str, str]] = {
        f"/sites/{slug}/closures": {"closed_from": "2023-01-01T08:00", "reason": "order"},
        f"/closures/{known.id}/extend": {"closed_until": "2023-01-01T08:00"},
        f"/closures/{known.id}/lift": {"closed_until": "2022-10-09T08:00"},
        f"/closures/{known.id}/withdraw": {"reason": "made_in_error"},
        f"/sites/{slug}/edit": {**seen, "name": "Other", "shape": "kept"},
        f"/sites/{slug}/retire": seen,
        f"/sites/{slug}/merge": {**seen, "into": "porte-villette"},
        "/sites/porte-villette/merge": {**seen, "into": slug},
    }
    page = local.get(f"/sites/{slug}?lang=en").text
    assert "outside your territories" in page
    assert f"/sites/{slug}/closures" not in page
    assert f"/sites/{slug}/edit" not in page
    assert "/sites/porte-villette/closures" in local.get("/sites/porte-villette").text
    for path, body in by_api.items():
        assert local.post(path, json=body).status_code == 403, path
    for path, body in by_form.items():
        answer = local.post(path, data=body, headers={"accept": "text/html"})
        assert answer.status_code == 403, path
    assert local.get(f"/sites/{slug}/closures").status_code == 200, "it may be looked at"
    file = f"site,closed_from\nporte-villette,2022-01-05\n{slug},2022-01-05\n".encode()
    there = upload(local, file, kind="closures")
    assert "lies outside your territories" in local.get(f"{there}&lang=en").text
    assert rows(store, closure, site) == before
    assert client.post(f"/api/closures/{known.id}/extend", json=extension).status_code == 200


def test_operations_out_of_scope_are_not_recorded(local: TestClient, store: Store) -> None:
    body = dict(BODIES["/api/operations"]["json"])
    answer = local.post("/api/operations", json=body)
    assert answer.status_code == 403
    assert rows(store, operation) == [0]
    inside = {**body, "lon": 2.38995, "lat": 48.899854}
    assert local.post("/api/operations", json=inside).status_code == 201


def test_what_was_done_out_of_scope_is_not_told(store: Store, local: TestClient) -> None:
    small_exercise.fill(store)
    path = f"/maps/displacement/{small_exercise.OPERATION}"
    page = local.get(path, headers={"accept": "text/html"})
    assert "Unit 1" not in page.text
    assert not re.search(r"\b60\b", page.text)
    for path in ("/api/sites/jardins-eole/closure", "/sites/jardins-eole", "/territories/75118"):
        assert local.get(path).status_code == 404


@pytest.mark.parametrize("name", ["territories", "sites", "sightings", "operations", "closures"])
def test_collections_are_read_in_scope_and_nothing_else_of_them(
    make_client: Clients, local: TestClient, name: str
) -> None:
    everywhere = make_client()
    inside = [send(everywhere), send(everywhere, **THERE)][0]
    asked = f"/ogc/collections/{name}"
    found = local.get(f"{asked}/items?limit=1000").raise_for_status().json()["features"]
    assert {one["properties"].get("territory", INSIDE) for one in found} <= {INSIDE}
    assert name != "sightings" or [one["id"] for one in found] == [inside]
    for client in (local, make_client(Role.ANALYST)):
        tile = client.get(f"{asked}/tiles/WebMercatorQuad/12/1408/2074")
        assert tile.status_code in (200, 204)


# foreign pages -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ],
)
def test_a_foreign_page_writes_nowhere(
    make_client: Clients, store: Store, said: dict[str, str]
) -> None:
    client = make_client(role=None)
    client.cookies.set("geosites", signed.session(Role.COORDINATOR), domain="127.0.0.1")
    assert client.get("/rounds").status_code == 200
    before = rows(store, sighting, operation, closure)
    for method, route in declared(client.app):  # type: ignore[arg-type]
        if method == "POST":
            body = BODIES.get(route, {"data": {"login": "x", "password": "y"}})
            answer = client.post(
                fill(route, EXAMPLES), headers=said, follow_redirects=False, **body
            )
            assert answer.status_code == 403, route
    assert rows(store, sighting, operation, closure) == before
    assert client.get("/rounds").status_code == 200


@pytest.mark.parametrize(
    "path", ["/maps/displacement?event=//evil.example", "/sites//evil.example"]
)
def test_no_redirect_leads_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    where = answer.headers.get("location", "/")
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


@pytest.mark.parametrize("identifier", [UUID(int=0), "0", "%2e%2e", "1' or '1'='1"])
def test_what_is_no_id_leads_nowhere(client: TestClient, identifier: object) -> None:
    assert client.get(f"/report/{identifier}").status_code in (404, 422)
