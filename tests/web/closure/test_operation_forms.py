"""Operations in the browser: typed or drawn, edited and withdrawn as new versions."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from uuid import UUID

import pytest
import shapely
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.crs import geometry_to_metric
from geosites.core.records import Operation
from geosites.db.closure import operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from plain import plain
from samples.hostile import ATTACKS, COMPUTED
from stores import signed
from web.conftest import NOW, Clients

NEW = "/new-operation"
CIRCLE = {"shape": "circle", "lon": "2,38995", "lat": "48,899854", "radius_m": "100"}
WHAT = {
    "kind": "dispersal",
    "started_at": "2022-10-07T08:00",
    "ended_at": "2022-10-07T09:30",
    "headcount_dispersed": "40",
    "arrests": "2",
    "site": "forceval",
    "unit": "PP-19",
    "source": "main courante",
}
SQUARE = [[2.388, 48.899], [2.391, 48.899], [2.391, 48.901], [2.388, 48.901], [2.388, 48.899]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
AREA_OF_SQUARE = geometry_to_metric(shapely.Polygon(SQUARE)).area


def post(client: TestClient, path: str, form: dict[str, str], **more: Any) -> Any:
    return client.post(path, data=form, follow_redirects=False, **more)


def recorded(store: Store) -> list[Operation]:
    with store.begin() as conn:
        return operations.during(conn)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def fields(client: TestClient, path: str) -> dict[str, str]:
    """Return the form of a page as a browser would send it."""
    page = client.get(path).text
    (form,) = re.findall(r'(?s)<form class="desk beside".*?</form>', page)
    found = dict(re.findall(r'<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'(?s)<textarea[^>]*? name="(\w+)"[^>]*>\n(.*?)</textarea>', form))
    for name, options in re.findall(r'(?s)<select[^>]*? name="(\w+)".*?>(.*?)</select>', form):
        chosen = re.findall(r'value="([^"]*)"[^>]* selected', options)
        found[name] = chosen[0] if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return {name: html.unescape(value) for name, value in found.items() if name != "file"}


@pytest.fixture
def entered(client: TestClient, store: Store) -> Operation:
    form = {**fields(client, NEW), **WHAT, **CIRCLE}
    assert post(client, NEW, form).status_code == 303
    (operation,) = recorded(store)
    return operation


def test_an_operation_is_entered_by_a_circle(client: TestClient, entered: Operation) -> None:
    assert (entered.kind, entered.headcount_dispersed, entered.arrests) == ("dispersal", 40, 2)
    assert (entered.site, entered.unit, entered.source) == ("forceval", "PP-19", "main courante")
    assert entered.started_at.isoformat() == "2022-10-07T06:00:00+00:00"
    assert entered.area.area == pytest.approx(31_400, rel=0.01)
    told = text(client.get("/operations").text)
    assert "Square Forceval" in told
    assert "40" in told
    assert "/operations" in client.get("/maps/displacement").text


WAYS = {
    "corners": {"shape": "polygon", "points": "\n".join(f"{x} {y}" for x, y in SQUARE[:4])},
    "corners with commas": {
        "shape": "polygon",
        "points": "2,388 48,899\r\n2,391; 48,899\r\n\r\n2.391, 48.901\r\n2.388,48.901\r\n",
    },
    "geometry": {"shape": "geojson", "geojson": json.dumps(POLYGON)},
    "feature": {
        "shape": "geojson",
        "geojson": json.dumps({"type": "Feature", "properties": {}, "geometry": POLYGON}),
    },
    "collection": {
        "shape": "geojson",
        "geojson": json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "properties": None, "geometry": POLYGON}],
            }
        ),
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_an_area_is_given_in_several_ways(client: TestClient, store: Store, way: str) -> None:
    assert post(client, NEW, {**WHAT, **WAYS[way]}).status_code == 303
    (operation,) = recorded(store)
    assert operation.area.area == pytest.approx(AREA_OF_SQUARE, rel=1e-4)


def test_an_area_is_that_of_a_site(client: TestClient, store: Store) -> None:
    form = {**WHAT, "shape": "site", "area_site": "forceval"}
    assert post(client, NEW, form).status_code == 303
    with store.begin() as conn:
        perimeter = sites.get(conn, "forceval").perimeter
    (operation,) = recorded(store)
    assert shapely.hausdorff_distance(operation.area, perimeter) < 0.01


def test_an_area_comes_as_a_file(client: TestClient, store: Store) -> None:
    sent = {"file": ("area.geojson", json.dumps(POLYGON).encode(), "application/geo+json")}
    form = {**WHAT, "shape": "geojson"}
    assert post(client, NEW, form, files=sent).status_code == 303
    assert recorded(store)[0].area.area == pytest.approx(AREA_OF_SQUARE, rel=1e-4)
    for content in (b"\xff\xfe", b"[" * 100_000, b"{}", b"x" * 1_100_000):
        wrong = {"file": ("area.geojson", content, "application/geo+json")}
        assert post(client, NEW, form, files=wrong).status_code == 422


def test_the_same_form_sent_twice_records_one(client: TestClient, store: Store) -> None:
    form = {**fields(client, NEW), **WHAT, **CIRCLE}
    assert [post(client, NEW, form).status_code for _ in range(2)] == [303, 303]
    assert len(recorded(store)) == 1
    other = post(client, NEW, {**form, "arrests": "3"})
    assert other.status_code == 422
    assert 'id="wrong-form"' in other.text


BOW = [[2.388, 48.899], [2.391, 48.901], [2.391, 48.899], [2.388, 48.901], [2.388, 48.899]]
WRONG = (
    ({"kind": ""}, "kind"),
    ({"kind": "raid"}, "kind"),
    ({"started_at": ""}, "started_at"),
    ({"started_at": "2022-10-07"}, "started_at"),
    ({"started_at": "2030-01-01T00:00"}, "started_at"),
    ({"ended_at": "2022-10-07T07:00"}, "ended_at"),
    ({"ended_at": "then"}, "ended_at"),
    ({"headcount_dispersed": "-1"}, "headcount_dispersed"),
    ({"arrests": "a few"}, "arrests"),
    ({"site": "nowhere"}, "site"),
    ({"unit": "x" * 300}, "unit"),
    ({"shape": ""}, "shape"),
    ({"shape": "kept"}, "shape"),
    ({"shape": "heart"}, "shape"),
    ({"radius_m": ""}, "radius_m"),
    ({"radius_m": "1000000"}, "radius_m"),
    ({"lon": "12"}, "lon"),
    ({"lat": "x"}, "lat"),
    ({"shape": "site"}, "area_site"),
    ({"shape": "polygon", "points": "2.3 48.8"}, "points"),
    ({"shape": "polygon", "points": "2.3 48.8\n2.4 48.8\n2.4 488"}, "points"),
    ({"shape": "polygon", "points": "2.3 48.8\n2.4 48.8\n1 2 3"}, "points"),
    ({"shape": "polygon", "points": "\n".join(f"{x} {y}" for x, y in BOW)}, "shape"),
    ({"shape": "geojson", "geojson": "x"}, "geojson"),
    ({"shape": "geojson", "geojson": "[1]"}, "geojson"),
    ({"shape": "geojson", "geojson": '{"type": "Point", "coordinates": [2, 48]}'}, "geojson"),
    ({"shape": "geojson", "geojson": '{"type": "Polygon", "coordinates": [[1]]}'}, "geojson"),
    ({"shape": "geojson", "geojson": '{"type": "Polygon", "coordinates": []}'}, "geojson"),
    ({"shape": "geojson", "geojson": '{"type": "FeatureCollection", "features": 3}'}, "geojson"),
    (
        {
            "shape": "geojson",
            "geojson": json.dumps({"type": "Polygon", "coordinates": [BOW]}),
        },
        "geojson",
    ),
)


@pytest.mark.parametrize(("changes", "beside"), WRONG)
def test_what_cannot_be_taken_is_named_beside_its_field_and_kept(
    client: TestClient, store: Store, changes: dict[str, str], beside: str
) -> None:
    answer = post(client, NEW, {**WHAT, **CIRCLE, **changes})
    assert answer.status_code == 422
    assert f'id="wrong-{beside}"' in answer.text
    assert f'href="#field-{beside}"' in answer.text
    kept = {**WHAT, **CIRCLE, **changes}
    for name in ("started_at", "arrests", "radius_m", "source"):
        assert f'value="{kept[name]}"' in answer.text
    assert recorded(store) == []


def test_an_operation_is_edited_as_a_new_version_and_keeps_its_area(
    client: TestClient, store: Store, entered: Operation
) -> None:
    path = f"/operations/{entered.id}"
    form = fields(client, path)
    assert form["shape"] == "kept"
    assert post(client, path, form).status_code == 422, "nothing was changed"
    assert post(client, path, {**form, "arrests": "", "kind": "evacuation"}).status_code == 303
    (after,) = recorded(store)
    assert (after.id, after.arrests, after.kind) == (entered.id, None, "evacuation")
    assert after.area.equals_exact(entered.area, 0.0)
    moved = {**fields(client, path), **WAYS["corners"]}
    assert post(client, path, moved).status_code == 303
    assert recorded(store)[0].area.area == pytest.approx(AREA_OF_SQUARE, rel=1e-4)
    with store.begin() as conn:
        versions = operations.versions(conn, entered.id)
    assert [item.operation.arrests for item in versions] == [2, None, None]
    assert versions[0].operation == entered
    assert text(client.get(path).text).count("Dispersion") + 1 >= 1


def test_a_withdrawn_operation_counts_nowhere_and_stays_to_be_read(
    client: TestClient, store: Store, entered: Operation
) -> None:
    path = f"/operations/{entered.id}"
    version = {"version": fields(client, path)["version"]}
    unsure = post(client, f"{path}/withdraw", version)
    assert unsure.status_code == 422
    assert 'id="wrong-sure"' in unsure.text
    assert len(recorded(store)) == 1
    before = client.get("/api/changes").json()["changes"]
    assert post(client, f"{path}/withdraw", {**version, "sure": "1"}).status_code == 303
    assert recorded(store) == []
    assert client.get("/api/displacement", params={"operation": str(entered.id)}).status_code == 404
    page = client.get(path)
    assert page.status_code == 200
    assert "a été retirée" in text(page.text)
    assert 'name="started_at"' not in page.text
    after = client.get("/api/changes").json()["changes"]
    assert len(after) == len(before) + 1, "who follows is told"
    assert after[-1]["ids"] == [str(entered.id)]
    late = post(client, f"{path}/withdraw", {**version, "sure": "1"})
    assert late.status_code == 409
    assert post(client, path, {**WHAT, **CIRCLE, **version}).status_code == 409


def test_who_comes_second_sees_what_changed_and_keeps_what_was_typed(
    client: TestClient, store: Store, entered: Operation
) -> None:
    path = f"/operations/{entered.id}"
    mine = {**fields(client, path), "arrests": "7", "source": "rapport"}
    theirs = {**fields(client, path), "arrests": "5"}
    assert post(client, path, theirs).status_code == 303
    answer = post(client, path, mine)
    assert answer.status_code == 409
    assert "Interpellations : « 2 » est devenu « 5 »" in text(answer.text)
    assert 'value="7"' in answer.text
    assert 'value="rapport"' in answer.text
    assert recorded(store)[0].arrests == 5
    again = {**mine, "version": fields(client, path)["version"]}
    assert post(client, path, again).status_code == 303
    assert recorded(store)[0].arrests == 7
    for version in ("", "x", "2022-10-08"):
        stale = {**mine, "version": version, "arrests": "1"}
        assert post(client, path, stale).status_code == 409
    withdrawn = {"version": mine["version"], "sure": "1"}
    assert post(client, f"{path}/withdraw", withdrawn).status_code == 409
    assert len(recorded(store)) == 1


@pytest.mark.parametrize("attack", ATTACKS[1::3])
def test_hostile_text_in_a_field_is_only_ever_text(
    client: TestClient, store: Store, attack: str
) -> None:
    for name in (*WHAT, *CIRCLE, "points", "geojson", "area_site", "id", "version"):
        shaped = {"points": "polygon", "geojson": "geojson", "area_site": "site"}
        form = {**WHAT, **CIRCLE, "shape": shaped.get(name, "circle"), name: attack}
        answer = post(client, NEW, form)
        taken = name in ("unit", "source", "version")
        assert answer.status_code == (303 if taken else 422) or answer.status_code == 422, name
        assert COMPUTED not in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
    listed = client.get("/operations").text
    assert "<script>alert" not in listed
    assert "<img src=x" not in listed
    for item in recorded(store):
        page = client.get(f"/operations/{item.id}").text
        assert "<script>alert" not in page
        assert COMPUTED not in page


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN, None])
def test_nobody_else_enters_edits_or_withdraws(
    make_client: Clients, store: Store, entered: Operation, role: Role | None
) -> None:
    other, status = make_client(role), 403 if role else 401
    path = f"/operations/{entered.id}"
    for address in ("/operations", NEW, path):
        assert other.get(address).status_code == status
    for address in (NEW, path, f"{path}/withdraw"):
        assert post(other, address, {**WHAT, **CIRCLE, "sure": "1"}).status_code == status
    assert recorded(store) == [entered]


def test_an_area_lies_in_scope_whole(
    make_client: Clients, store: Store, entered: Operation, client: TestClient
) -> None:
    asked = accounts.AccountRequest(
        login="local", role=Role.COORDINATOR, unit="18e", scope=("75118",)
    )
    with store.begin() as conn:
        accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
        token = tokens.issue(conn, "local", NOW).token
    local = make_client(role=None)
    local.headers["Authorization"] = f"Bearer {token}"
    path, form = f"/operations/{entered.id}", {**fields(client, NEW), **WHAT, **CIRCLE}
    version = fields(client, f"/operations/{entered.id}")["version"]
    assert local.get(path).status_code == 404
    assert post(local, path, {**form, "version": version}).status_code == 404
    withdrawn = {"version": version, "sure": "1"}
    assert post(local, f"{path}/withdraw", withdrawn).status_code == 404
    assert str(entered.id) not in local.get("/operations").text
    outside = post(local, NEW, {**form, "site": ""})
    assert outside.status_code == 422
    assert 'id="wrong-shape"' in outside.text
    there = {"lon": "2.366215", "lat": "48.887513", "site": ""}
    across = post(local, NEW, {**form, **there, "radius_m": "900"})
    assert across.status_code == 422
    assert "en tout ou partie" in text(across.text)
    assert post(local, NEW, {**form, **there, "radius_m": "30"}).status_code == 303
    assert [item.id for item in recorded(store)].count(UUID(str(entered.id))) == 1
    assert len(recorded(store)) == 2


def test_every_field_has_its_label(client: TestClient, entered: Operation) -> None:
    for path in (NEW, f"/operations/{entered.id}"):
        page = client.get(path).text
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            named = re.search(r'id="([^"]+)"', tag)
            labelled = named is not None and f'for="{named[1]}"' in page
            assert labelled or "hidden" in tag or "checkbox" in tag, tag
