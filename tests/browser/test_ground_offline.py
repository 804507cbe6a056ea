"""A built street map on a phone: its tiles stay, at most 8 MB, and are drawn without a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from playwright.sync_api import Browser, expect

from geosites.core.crs import to_metric
from geosites.core.records import Closure, Site
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.imports.basemap.build import build
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from screenshots.browser_watch import WIDTHS, Watched, serve, watch
from stores import signed

BARBES = {"latitude": 48.8793, "longitude": 2.3486, "accuracy": 12}
ALL_KEPT = """async () => {
  const fetched = performance.getEntriesByType("resource").map(({ name }) => name);
  const tiles = fetched.filter((name) => name.includes("/tiles/base/"));
  const kept = (await (await caches.open("ground")).keys()).map(({ url }) => url);
  return tiles.length >= 2 && tiles.every((one) => kept.includes(one));
}"""
"""Whether all tiles that were fetched are written down: one after the other, behind the drawing."""

KEPT = """async () => {
  const box = await caches.open("ground"), urls = (await box.keys()).map(({ url }) => url);
  const told = JSON.parse(localStorage["geosites-tiles"] || "[]");
  const tiles = urls.filter((url) => url.includes("/tiles/base/"));
  return [tiles.length, told.reduce((sum, [, size]) => sum + size, 0)];
}"""


THREE_KEPT = f"async () => (await ({KEPT})())[0] >= 3"
"""Whether the tiles under way are there too, which are no entries of performance before."""

GONE = """async () => {
  const box = await caches.open("ground");
  return !(await box.match("/tiles/base/15/1/1?old"));
}"""


@pytest.fixture
def phone_on_streets(browser: Browser, store: Store, tmp_path: Path) -> Iterator[Watched]:
    streets = tmp_path / "streets.mbtiles"
    extract = Path(__file__).parents[1] / "data" / "barbes.osm.gz"
    build(extract, streets, None, None, lambda _done, _of: None)
    for base in serve(create_app(store, WebConfig(basemap=streets))):
        context = browser.new_context(
            viewport={"width": 390, "height": WIDTHS[390]},
            locale="fr-FR",
            geolocation=BARBES,  # type: ignore[arg-type]
            permissions=["geolocation"],
        )
        context.add_cookies([signed.cookie(base, Role.REPORTER)])  # type: ignore[list-item]
        yield watch(context.new_page(), base)
        context.close()


def test_the_streets_around_stay_on_the_phone(phone_on_streets: Watched) -> None:
    page = phone_on_streets.open("/report")
    page.locator("#place[data-tiled=ready]").wait_for()
    expect(page.locator(".street-name.road").first).to_be_attached()
    page.wait_for_function(ALL_KEPT)
    count, size = page.evaluate(KEPT)
    assert count >= 2
    assert 0 < size <= 8_000_000
    names = set(page.locator(".street-name.road").all_text_contents())
    page.context.set_offline(True)
    page.reload()
    page.locator("#place[data-tiled=ready]").wait_for()
    expect(page.locator(".street-name.road").first).to_be_attached()
    assert names & set(page.locator(".street-name.road").all_text_contents())
    page.context.set_offline(False)


WEST = {"latitude": 48.8790, "longitude": 2.3440, "accuracy": 12}
AT_SITE = "/tiles/base/15/16598/11270"
"""The tile of the site, which is out of sight of who stands at the western edge of the extract."""

HELD = """async (wanted) => {
  const keys = await (await caches.open("ground")).keys();
  return keys.some(({ url }) => url.includes(wanted));
}"""


def closed_site(store: Store) -> None:
    """Add a closed site at the eastern edge of the extract of Barbès."""
    (xy,) = to_metric([[2.3538, 48.8790]])
    site = Site(
        slug="rue-fermee",
        name="Rue Fermée",
        perimeter=shapely.Point(xy).buffer(40),
        precision_m=20.0,
        territory="75110",
    )
    with store.begin() as conn:
        sites.add(conn, site)
        start = dt.datetime.now(dt.UTC) - dt.timedelta(days=9)
        closures.add(conn, Closure(id=uuid4(), site=site.slug, closed_from=start))


def test_the_ground_of_a_closed_site_is_there_for_a_tap_without_a_network(
    store: Store, phone_on_streets: Watched
) -> None:
    closed_site(store)
    page = phone_on_streets.page
    page.context.set_geolocation(WEST)  # type: ignore[arg-type]
    phone_on_streets.open("/report")
    page.locator("#place[data-tiled=ready]").wait_for()
    page.wait_for_function(HELD, arg=AT_SITE)
    page.wait_for_function(ALL_KEPT)
    page.wait_for_function(THREE_KEPT)
    page.context.set_offline(True)
    page.reload()
    page.locator("#place[data-tiled=ready]").wait_for()
    page.locator("#place .here").wait_for()
    before = page.locator("[name=lon]").input_value()
    box = page.locator("#place").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5)
    expect(page.locator("[name=lon]")).not_to_have_value(before)
    tapped = float(page.locator("[name=lon]").input_value())
    assert WEST["longitude"] < tapped < WEST["longitude"] + 0.006
    expect(page.locator(".street-name.road").first).to_be_attached()
    count, size = page.evaluate(KEPT)
    assert count >= 3
    assert 0 < size <= 8_000_000
    page.context.set_offline(False)


FULL = """async (site) => {
  const box = await caches.open("ground"), key = "geosites-tiles", used = "/tiles/base/15/1/1?used";
  const known = JSON.parse(localStorage[key]).filter(([url]) => !url.includes(site));
  const size = 8e6 - 10 - known.reduce((sum, [, one]) => sum + one, 0);
  await box.put(used, new Response("x"));
  localStorage[key] = JSON.stringify([...known, [used, size]]);
  for (const { url } of await box.keys()) if (url.includes(site)) await box.delete(url);
}"""


SEE_DELETED = """{
  const real = Cache.prototype.delete;
  self.deleted = [];
  Cache.prototype.delete = async function (one, ...more) {
    const done = await real.call(this, one, ...more);
    deleted.push(String(one.url ?? one));
    return done;
  };
}"""
"""Note what the page takes out of what is kept."""


def test_what_lies_around_sites_does_not_take_the_place_of_what_was_used(
    store: Store, phone_on_streets: Watched
) -> None:
    closed_site(store)
    page = phone_on_streets.page
    page.add_init_script(SEE_DELETED)
    page.context.set_geolocation(WEST)  # type: ignore[arg-type]
    phone_on_streets.open("/report")
    page.locator("#place[data-tiled=ready]").wait_for()
    page.wait_for_function(HELD, arg=AT_SITE)
    page.wait_for_function(ALL_KEPT)
    page.evaluate(FULL, AT_SITE)
    page.reload()
    page.locator("#place[data-tiled=ready]").wait_for()
    page.wait_for_function("(site) => deleted.some((url) => url.includes(site))", arg=AT_SITE)
    assert page.evaluate(HELD, "/tiles/base/15/1/1?used")
    assert not page.evaluate(HELD, AT_SITE)


def test_no_more_than_8_mb_are_kept(phone_on_streets: Watched) -> None:
    page = phone_on_streets.open("/report")
    page.locator("#place[data-tiled=ready]").wait_for()
    page.wait_for_function(ALL_KEPT)
    page.evaluate(
        """async () => {
          const box = await caches.open("ground");
          await box.put("/tiles/base/15/1/1?old", new Response("x"));
          localStorage["geosites-tiles"] = JSON.stringify([["/tiles/base/15/1/1?old", 8e6]]);
          for (const { url } of await box.keys()) {
            if (url.includes("/tiles/") && !url.includes("old")) await box.delete(url);
          }
        }"""
    )
    page.reload()
    page.locator("#place[data-tiled=ready]").wait_for()
    page.wait_for_function(ALL_KEPT)
    page.wait_for_function(GONE)
    count, size = page.evaluate(KEPT)
    assert count >= 1
    assert size <= 8_000_000
