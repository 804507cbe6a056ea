"""Files over HTTP: by role, with a motive, and gone on with where they were broken off."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import geopandas as gpd
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from web.conftest import Clients

WHY = {"motive": "weekly figures"}
SEEN = {"observed_at": "2022-10-08T14:30+02:00", "lon": 2.38995, "lat": 48.899854, "headcount": 3}


def frame(client: TestClient) -> gpd.GeoDataFrame:
    answer = client.get("/api/export/sightings.parquet", params=WHY).raise_for_status()
    return gpd.read_parquet(io.BytesIO(answer.content))


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "xlsx", "geojson", "gpkg", "fgb", "parquet"])
def test_every_format_is_given(reader: TestClient, ending: str) -> None:
    answer = reader.get(f"/api/export/sightings.{ending}", params=WHY)
    assert answer.status_code == 200
    assert f'filename="sightings.{ending}"' in answer.headers["content-disposition"]
    assert len(answer.content) > 1000


def test_nothing_is_given_without_a_motive(reader: TestClient) -> None:
    for motive in ("", "   ", "x" * 201):
        answer = reader.get("/api/export/sightings.csv", params={"motive": motive})
        assert (answer.status_code, "X-Motive" in answer.json()["detail"]) == (422, True)
    by_header = reader.get("/api/export/sites.csv", headers={"X-Motive": "desk map"})
    assert by_header.status_code == 200


@pytest.mark.parametrize("name", ["sightings.doc", "sighting.csv", "sites", "..%2Fsites.csv"])
def test_what_is_not_written_is_not_found(reader: TestClient, name: str) -> None:
    assert reader.get(f"/api/export/{name}", params=WHY).status_code == 404


def test_what_was_broken_off_is_gone_on_with(reader: TestClient) -> None:
    whole = reader.get("/api/export/sightings.gpkg", params=WHY)
    where, tag = whole.headers["content-location"], whole.headers["etag"]
    rest = reader.get(
        where, headers={"Range": "bytes=1000-", "If-Range": tag, "X-Motive": "weekly figures"}
    )
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    other = reader.get(
        where, headers={"Range": "bytes=1000-", "If-Range": '"x"', "X-Motive": "weekly figures"}
    )
    assert (other.status_code, other.content) == (200, whole.content)


def test_an_analyst_sees_cells_and_no_ids(make_client: Clients) -> None:
    coordinator = make_client()
    coordinator.post("/api/sightings", json=SEEN).raise_for_status()
    exact, coarse = frame(coordinator), frame(make_client(Role.ANALYST))
    assert exact["id"].notna().all()
    assert coarse["id"].isna().all()
    metres = coarse.to_crs(2154).geometry[0]
    assert (metres.x % 100, metres.y % 100) == pytest.approx((50, 50), abs=1e-3)


@pytest.mark.parametrize("role", [Role.PARTNER, Role.REPORTER, Role.ADMIN])
def test_who_sees_no_rows_is_given_none(make_client: Clients, role: Role) -> None:
    for kind in ("sightings", "operations", "closures"):
        answer = make_client(role).get(f"/api/export/{kind}.csv", params=WHY)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems#forbidden")


def test_the_journal_keeps_who_was_given_what_and_why(client: TestClient, store: Store) -> None:
    client.get("/api/export/sites.csv", params=WHY).raise_for_status()
    with store.begin() as conn:
        rows = conn.execute(
            sa.text(
                "SELECT motive, recipient, what FROM journal.entry WHERE kind = 'communication'"
            )
        ).all()
    assert [tuple(row) for row in rows] == [("weekly figures", "test-coordinator", "export sites")]


def test_no_file_is_left_behind(
    reader: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reader.get("/api/export/sites.csv", params=WHY).raise_for_status()
    reader.get("/api/export/sites.doc", params=WHY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("path", "kind"), [("/sites", "sites"), ("/operations", "operations")])
def test_a_list_leads_to_its_export_in_the_language_chosen(
    client: TestClient, path: str, kind: str
) -> None:
    page = client.get(path, params={"lang": "en"}, headers={"accept-language": "fr"}).text
    (link,) = re.findall(r'href="(/export[^"]*)"', page)
    form = client.get(html.unescape(link), headers={"accept-language": "fr"}).text
    assert '<html lang="en"' in form
    assert f'<option value="{kind}" selected>' in form


CHOSEN = {"kind": "sightings", "form": "csv", "first": "", "last": "", "motive": "a test"}


def test_a_form_as_a_browser_sends_it_leads_to_the_file(client: TestClient) -> None:
    """A day that is not given is sent as an empty text, and was refused."""
    page = {"accept": "text/html"}
    for days in ({}, {"first": "2022-10-03"}, {"last": "2022-10-09"}):
        answer = client.get("/export", params=CHOSEN | days, headers=page)
        assert answer.status_code == 200, days
        assert answer.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"motive": " "}, "motive"),
        ({"motive": "x" * 500}, "motive"),
        ({"first": "2022-10-40"}, "first"),
        ({"first": "0001-01-01"}, "first"),
        ({"last": "9999-12-31"}, "last"),
        ({"first": "2022-10-09", "last": "2022-10-03"}, "last"),
        ({"kind": "sites", "first": "2022-10-03"}, "first"),
        ({"kind": "people"}, "kind"),
        ({"form": "doc"}, "kind"),
    ],
)
def test_what_cannot_be_exported_is_named_beside_its_field_and_kept(
    client: TestClient, changes: dict[str, str], field: str
) -> None:
    answer = client.get("/export", params=CHOSEN | changes, headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert f'id="wrong-{field}"' in answer.text
    if "motive" not in changes:
        assert 'value="a test"' in answer.text


def test_a_reader_is_refused_an_export_on_a_page_and_a_program_by_a_document(
    make_client: Clients,
) -> None:
    partner = make_client(Role.PARTNER)
    page = partner.get("/export", params=CHOSEN, headers={"accept": "text/html"})
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    answer = partner.get("/api/export/sightings.csv?motive=x")
    assert answer.headers["content-type"] == "application/problem+json"
