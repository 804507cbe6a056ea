"""Sites in the browser: added, renamed, redrawn, merged, retired, put back into use."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.records import Site
from geosites.db.geography import site_changes, sites
from geosites.db.geography.site_changes import SiteUse
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.permissions.policy import Role
from plain import plain
from samples.hostile import ATTACKS, COMPUTED
from samples.web_samples import sighting as report
from stores import signed
from web.closure.test_operation_forms import AREA_OF_SQUARE, BOW, POLYGON, SQUARE, fields, text
from web.conftest import NOW, Clients

NEW = "/new-site"
CIRCLE = {"shape": "circle", "lon": "2,3699", "lat": "48,8835", "radius_m": "60"}
WHAT = {"name": "Quai de Loire", "aliases": "Bassin\nLe quai", "source": "mairie"}
CORNERS = {"shape": "polygon", "points": "\n".join(f"{x} {y}" for x, y in SQUARE[:4])}
SLUG = "quai-de-loire"


def post(client: TestClient, path: str, form: dict[str, str]) -> Any:
    return client.post(path, data=form, follow_redirects=False)


def known(store: Store, slug: str = SLUG) -> tuple[Site, SiteUse]:
    with store.begin() as conn:
        return sites.get(conn, slug), site_changes.use_of(conn, slug)


def slugs(store: Store) -> list[str]:
    with store.begin() as conn:
        return [site.slug for site in sites.list_all(conn)]


def version(client: TestClient, slug: str) -> dict[str, str]:
    page = client.get(f"/sites/{slug}/edit").text
    return {"version": html.unescape(re.findall(r'name="version" value="([^"]*)"', page)[0])}


@pytest.fixture
def added(client: TestClient, store: Store) -> Site:
    assert post(client, NEW, {**WHAT, **CIRCLE}).status_code == 303
    return known(store)[0]


def test_a_site_is_added_and_reported_about_at_once(
    client: TestClient, store: Store, added: Site
) -> None:
    assert (added.name, added.territory, added.source) == ("Quai de Loire", "75119", "mairie")
    assert added.perimeter.area == pytest.approx(3.14159 * 60**2, rel=0.01)
    assert added.quartier
    assert known(store)[1].aliases == ("Bassin", "Le quai")
    assert "/new-site" in client.get("/sites").text
    assert "Quai de Loire" in client.get(f"/sites/{SLUG}").text
    assert "Quai de Loire" in client.get("/report").text
    here = report(site=SLUG, lon=2.3699, lat=48.8835)
    assert client.post("/api/sightings", json=here).status_code == 201
    assert post(client, NEW, {**WHAT, **CIRCLE}).headers["location"] == f"/sites/{SLUG}-2#recorded"


def test_a_site_is_renamed_and_redrawn_and_its_history_kept(
    client: TestClient, store: Store, added: Site
) -> None:
    path = f"/sites/{SLUG}/edit"
    form = fields(client, path)
    assert form["aliases"].split() == ["Bassin", "Le", "quai"]
    assert post(client, path, form).status_code == 422, "nothing was changed"
    assert post(client, path, {**form, "name": "Quai de la Loire"}).status_code == 303
    site, used = known(store)
    assert (site.name, site.slug) == ("Quai de la Loire", SLUG)
    assert used.aliases == ("Quai de Loire", "Bassin", "Le quai")
    assert site.perimeter.equals_exact(added.perimeter, 0.0)
    assert post(client, path, {**fields(client, path), **CORNERS}).status_code == 303
    assert known(store)[0].perimeter.area == pytest.approx(AREA_OF_SQUARE, rel=1e-4)
    geojson = {"shape": "geojson", "geojson": json.dumps(POLYGON), "aliases": ""}
    assert post(client, path, {**fields(client, path), **geojson}).status_code == 303
    assert known(store)[1].aliases == ()
    with store.begin() as conn:
        versions = site_changes.versions(conn, SLUG)
    assert versions[0].site == added
    assert [item.site.name for item in versions][1:] == ["Quai de la Loire"] * 3
    assert "Quai de Loire" in text(client.get(path).text)


def test_marks_of_direction_are_no_part_of_a_name(client: TestClient, store: Store) -> None:
    assert post(client, NEW, {**WHAT, **CIRCLE, "name": "Quai\u202e de\u2066 Loire"}).is_redirect
    assert known(store)[0].name == "Quai de Loire"


def test_a_name_with_no_break_spaces_is_kept_among_the_other_names(
    client: TestClient, store: Store, added: Site
) -> None:
    """Texts pasted from a French letter have them; such a site could not be renamed."""
    spaced = "«\u202fColline\u00a0»"
    path = f"/sites/{added.slug}/edit"
    for name in (spaced, "Colline"):
        form = {**fields(client, path), "name": name, "source": "Arrêté no\u00a012"}
        assert post(client, path, form).status_code == 303
    assert spaced in known(store)[1].aliases


def test_what_a_coordinator_edited_is_not_overwritten_by_loading(
    client: TestClient, store: Store
) -> None:
    path = "/sites/forceval/edit"
    assert post(client, path, {**fields(client, path), "name": "Forceval"}).status_code == 303
    with store.begin() as conn:
        assert geography.load(conn).sites == 0
    assert known(store, "forceval")[0].name == "Forceval"


def test_two_sites_are_merged_and_the_old_one_leads_on(
    client: TestClient, store: Store, added: Site
) -> None:
    form = {**version(client, SLUG), "into": "stalingrad", "whole": "1", "sure": "1"}
    before, _ = known(store, "stalingrad")
    answer = post(client, f"/sites/{SLUG}/merge", form)
    assert answer.headers["location"] == "/sites/stalingrad#recorded"
    after, used = known(store, "stalingrad")
    assert used.aliases == ("Quai de Loire", "Bassin", "Le quai")
    whole = shapely.union(before.perimeter, added.perimeter)
    assert after.perimeter.area == pytest.approx(whole.area)
    assert SLUG not in slugs(store)
    led = client.get(f"/sites/{SLUG}", follow_redirects=False)
    assert led.headers["location"] == "/sites/stalingrad"
    assert f'value="{SLUG}"' not in client.get("/report").text
    assert f'"/sites/{SLUG}"' not in client.get("/sites").text
    late = report(site=SLUG, lon=2.3699, lat=48.8835)
    assert client.post("/api/sightings", json=late).status_code == 201, "a phone may still name it"
    assert post(client, f"/sites/{SLUG}/merge", form).status_code == 409
    back = post(client, f"/sites/{SLUG}/restore", version(client, SLUG))
    assert back.status_code == 303
    assert SLUG in slugs(store)
    assert known(store)[1].merged_into is None


def test_a_site_is_retired_and_put_back(client: TestClient, store: Store, added: Site) -> None:
    unsure = post(client, f"/sites/{SLUG}/retire", version(client, SLUG))
    assert unsure.status_code == 422
    assert 'id="wrong-sure"' in unsure.text
    sure = {**version(client, SLUG), "sure": "1"}
    assert post(client, f"/sites/{SLUG}/retire", sure).status_code == 303
    assert SLUG not in slugs(store)
    assert SLUG not in client.get("/api/closures").text
    assert SLUG not in client.get("/ogc/collections/sites/items?limit=1000").text
    assert client.get(f"/sites/{SLUG}").status_code == 200
    assert "n'est plus utilisé" in text(client.get(f"/sites/{SLUG}/edit").text)
    again = post(client, f"/sites/{SLUG}/retire", {**version(client, SLUG), "sure": "1"})
    assert again.status_code == 422
    assert post(client, f"/sites/{SLUG}/restore", version(client, SLUG)).status_code == 303
    assert SLUG in slugs(store)
    assert post(client, f"/sites/{SLUG}/restore", version(client, SLUG)).status_code == 422


def test_a_closed_site_is_neither_retired_nor_merged(client: TestClient, store: Store) -> None:
    closed = {"site": "forceval", "closed_from": "2022-10-05T06:30:00+02:00"}
    assert client.post("/api/closures", json=closed).status_code == 201
    sure = {**version(client, "forceval"), "sure": "1"}
    answer = post(client, "/sites/forceval/retire", sure)
    assert answer.status_code == 422
    assert "levez d'abord la fermeture" in text(answer.text)
    merged = post(client, "/sites/forceval/merge", {**sure, "into": "stalingrad"})
    assert merged.status_code == 422
    assert 'id="wrong-into"' in merged.text
    assert {"forceval", "stalingrad"} <= set(slugs(store))


WRONG = (
    ({"name": ""}, "name"),
    ({"name": "x" * 300}, "name"),
    ({"name": "a\x07b"}, "name"),
    ({"aliases": "\n".join(f"n{number}" for number in range(30))}, "aliases"),
    ({"aliases": "y" * 300}, "aliases"),
    ({"source": "z" * 300}, "source"),
    ({"shape": "kept"}, "shape"),
    ({"radius_m": "0"}, "radius_m"),
    ({"radius_m": "6000"}, "radius_m"),
    ({"radius_m": "nan"}, "radius_m"),
    ({"lon": "inf"}, "lon"),
    ({"lat": "91"}, "lon"),
    ({"lon": "12"}, "shape"),
    ({"shape": "polygon", "points": "\n".join(f"{x} {y}" for x, y in BOW[:4])}, "shape"),
    ({"shape": "polygon", "points": "2.3 48.8\n2.3 48.8\n2.3 48.8"}, "shape"),
    ({"shape": "polygon", "points": "2.0 48.7\n2.6 48.7\n2.3 49.0"}, "shape"),
    ({"shape": "site", "area_site": "nowhere"}, "area_site"),
)


@pytest.mark.parametrize(("changes", "beside"), WRONG)
def test_what_cannot_be_taken_is_named_beside_its_field_and_kept(
    client: TestClient, store: Store, changes: dict[str, str], beside: str
) -> None:
    before = slugs(store)
    answer = post(client, NEW, {**WHAT, **CIRCLE, **changes})
    assert answer.status_code == 422
    assert f'id="wrong-{beside}"' in answer.text
    assert f'href="#field-{beside}"' in answer.text
    kept = {**WHAT, **CIRCLE, **changes}
    assert f'value="{kept["radius_m"]}"' in answer.text
    assert "Bassin" in answer.text or "aliases" in changes
    assert slugs(store) == before


def test_who_comes_second_sees_what_changed_and_keeps_what_was_typed(
    client: TestClient, store: Store, added: Site
) -> None:
    path = f"/sites/{SLUG}/edit"
    mine = {**fields(client, path), "name": "Mon nom"}
    assert post(client, path, {**fields(client, path), "name": "Leur nom"}).status_code == 303
    answer = post(client, path, mine)
    assert answer.status_code == 409
    assert "Nom : « Quai de Loire » est devenu « Leur nom »" in text(answer.text)
    assert 'value="Mon nom"' in answer.text
    assert known(store)[0].name == "Leur nom"
    stale = {"version": mine["version"], "sure": "1", "into": "stalingrad"}
    for act in ("retire", "merge", "restore"):
        assert post(client, f"/sites/{SLUG}/{act}", stale).status_code == 409
    assert post(client, path, {**mine, **version(client, SLUG)}).status_code == 303
    assert known(store)[1].aliases[0] == "Leur nom"


@pytest.mark.parametrize("attack", ATTACKS[2::3])
def test_hostile_text_in_a_field_is_only_ever_text(
    client: TestClient, store: Store, attack: str
) -> None:
    for name in (*WHAT, *CIRCLE, "points", "geojson", "area_site", "version"):
        shaped = {"points": "polygon", "geojson": "geojson", "area_site": "site"}
        form = {**WHAT, **CIRCLE, "shape": shaped.get(name, "circle"), name: attack}
        answer = post(client, NEW, form)
        assert answer.status_code in (303, 422), name
        for path in [answer.headers["location"]] if answer.status_code == 303 else []:
            for page in (client.get(path), client.get(f"{path}/edit"), client.get("/sites")):
                assert page.status_code == 200
                assert COMPUTED not in page.text
                assert "<script>alert" not in page.text
                assert "<img src=x" not in page.text
        assert COMPUTED not in answer.text
        assert "<script>alert" not in answer.text
    use = {**version(client, "forceval"), "into": attack, "sure": attack, "whole": attack}
    assert post(client, "/sites/forceval/merge", use).status_code == 422


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN, None])
def test_nobody_else_changes_sites(make_client: Clients, store: Store, role: Role | None) -> None:
    other, status, before = make_client(role), 403 if role else 401, slugs(store)
    for path in (NEW, "/sites/forceval/edit"):
        assert other.get(path).status_code == status
    for act in ("edit", "merge", "retire", "restore"):
        form = {**WHAT, **CIRCLE, "sure": "1", "into": "stalingrad"}
        assert post(other, f"/sites/forceval/{act}", form).status_code == status
    assert post(other, NEW, {**WHAT, **CIRCLE}).status_code == status
    assert slugs(store) == before
    if role and role is not Role.ADMIN:
        assert "/new-site" not in other.get("/sites").text


def test_a_site_lies_in_scope_whole(make_client: Clients, store: Store, client: TestClient) -> None:
    asked = accounts.AccountRequest(
        login="local", role=Role.COORDINATOR, unit="18e", scope=("75118",)
    )
    with store.begin() as conn:
        accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
        token = tokens.issue(conn, "local", NOW).token
    local = make_client(role=None)
    local.headers["Authorization"] = f"Bearer {token}"
    outside = post(local, NEW, {**WHAT, **CIRCLE})
    assert outside.status_code == 422
    assert 'id="wrong-shape"' in outside.text
    sure = {**version(client, "forceval"), "sure": "1", "into": "jardins-eole"}
    for act in ("edit", "merge", "retire", "restore"):
        assert post(local, f"/sites/forceval/{act}", {**WHAT, **sure}).status_code == 404
    assert local.get("/sites/forceval/edit").status_code == 404
    mine = {**version(local, "porte-chapelle"), "sure": "1", "into": "forceval"}
    assert post(local, "/sites/porte-chapelle/merge", mine).status_code == 422
    path = "/sites/porte-chapelle/edit"
    assert post(local, path, {**fields(local, path), **CORNERS}).status_code == 422
    assert post(local, path, {**fields(local, path), "name": "La Chapelle"}).status_code == 303
    assert "porte-chapelle" in slugs(store)


def test_every_field_has_its_label(client: TestClient) -> None:
    for path in (NEW, "/sites/forceval/edit"):
        page = plain(client.get(path).text)
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            named = re.search(r'id="([^"]+)"', tag)
            labelled = named is not None and f'for="{named[1]}"' in page
            assert labelled or "hidden" in tag or "checkbox" in tag, tag
