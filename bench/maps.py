"""The map of all weeks in a real browser, beside the stock pages of Folium with the same data."""

from __future__ import annotations

import gzip
import logging
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import structlog
from playwright.sync_api import Browser, Page, Request, sync_playwright

from bench import raster, stock
from bench.services import Service, running, serving
from bench.stores import EXERCISE_LAST, exercised
from bench.table import Promise, Table
from geosites.core import crs
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.reports import visits

WEEKS = (104, 52, 520)
"""The stock pages are compared at the first."""

STEPS, ROUNDS = 12, 7
PATIENCE_S = 60
HERE = "://127.0.0.1:"
LOOK_MS = 200
"""The page notes by itself when it is ready; who looks more often only makes it wait."""

REST_MS = 1500
"""What a new profile does by itself is over after this; and so is what a page fetches ahead."""

CHROMIUM = os.environ.get("GEOSITES_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
GROUND, STREETS = "/layers/territories", "/layers/streets"
AROUND = (1.9, 48.6, 2.9, 49.15)
"""What of the ground is drawn in pictures for the stock page, in degrees."""

OURS = "document.querySelector('.canvas[data-ground=ready][data-streets=ready]')?.dataset.shown"
STOCK_READY = {
    "HeatMapWithTime": "document.querySelector('canvas.heatmap-canvas')"
    " && document.querySelector('.leaflet-tile-loaded')"
    " && !document.querySelector('.leaflet-tile:not(.leaflet-tile-loaded)')",
    "TimestampedGeoJson": "document.querySelector('.leaflet-overlay-pane path')"
    " && document.querySelector('.timecontrol-date')?.textContent",
}
READY = """
const look = () => {
  if (document.body && (%s)) requestAnimationFrame(() => { window.ready = performance.now(); });
  else requestAnimationFrame(look);
};
look();
"""
STEP = """async () => {
  const canvas = document.querySelector(".canvas"), slider = document.querySelector("#weeks");
  const began = performance.now();
  slider.stepDown();
  slider.dispatchEvent(new Event("input"));
  const was = canvas.dataset.shown;
  while (canvas.dataset.shown === was) await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
STOCK_STEP = """() => new Promise((done) => {
  const map = Object.entries(window).find(([name]) => name.startsWith("map_"))[1];
  const began = performance.now();
  const drawn = () => requestAnimationFrame(() => done(performance.now() - began));
  map.timeDimension.once("timeload", drawn);
  map.timeDimension.nextTime();
})"""


@dataclass(frozen=True)
class Shown:
    """A page to be opened: when it is ready, what a step is, what every request shows."""

    url: str
    ready: str
    step: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One page as a browser met it, with nothing kept from before."""

    html: int
    total: int
    sent: int
    outside: int
    ready_ms: float
    step_ms: float


def run() -> Table:
    """Return a row a page: ours over 52, 104 and 520 weeks, the stock ones over 104."""
    rows: dict[str, Seen] = {}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for weeks in WEEKS:
            with (
                exercised(weeks) as store,
                TemporaryDirectory() as folder,
                serving(store, Path(folder)) as served,
            ):
                pages = {f"geosites, {weeks} weeks": _page(served)}
                if weeks != WEEKS[0]:
                    rows |= _in_turns(browser, pages)
                    continue
                with _stock(served, store) as beside:
                    rows |= _in_turns(browser, pages | _theirs(beside, weeks))
        browser.close()
    return _table(rows)


def _table(rows: Mapping[str, Seen]) -> Table:
    ours, large, small = (rows[f"geosites, {weeks} weeks"] for weeks in (104, 520, 52))
    timed, heat = rows["TimestampedGeoJson, 104 weeks"], rows["HeatMapWithTime, 104 weeks"]
    return Table(
        name="maps",
        note=(
            "the exercise, about 160 sightings a week; cold: the browser's cache, a new profile "
            "each time; warm: the browser, and the service, asked before for each week looked at; "
            f"medians of {ROUNDS} openings in turns, {STEPS} steps each; ready: ours with streets, "
            "outlines and the week drawn, HeatMapWithTime with the points of a week on pictures "
            "of the same streets, TimestampedGeoJson with outlines; all by HTTP, compressed, "
            "from this machine: what stock pages ask four other servers for, too"
        ),
        columns=("page", "HTML kB", "all kB", "sent kB", "ready ms", "step ms"),
        rows=tuple(
            (
                name,
                *(size / 1000 for size in (one.html, one.total, one.sent)),
                one.ready_ms,
                one.step_ms,
            )
            for name, one in rows.items()
        ),
        promises=(
            _most("HTML of 104 weeks, kB", 12, ours.html / 1000),
            _most("all of 104 weeks as sent, kB", 250, ours.sent / 1000),
            _most("ready over that of HeatMapWithTime on a base", 1, ours.ready_ms / heat.ready_ms),
            _most("a step, 104 weeks, ms", 16, ours.step_ms),
            _most("requests to other servers", 0, ours.outside),
            _most("HTML of 520 weeks beyond 52, kB", 0.5, (large.html - small.html) / 1000),
            _least("times faster ready than TimestampedGeoJson", 2, timed.ready_ms / ours.ready_ms),
        ),
    )


def _most(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f"<= {bound:g}", measured=measured, kept=measured <= bound)


def _least(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f">= {bound:g}", measured=measured, kept=measured >= bound)


# our page ----------------------------------------------------------------------------------------


def _page(served: Service) -> Shown:
    with _asking(served) as client:
        _warmed(client)
    address = f"{served.address}/maps/hotspots/{EXERCISE_LAST}"
    return Shown(address, OURS, STEP, served.headers)


def _warmed(client: httpx2.Client) -> None:
    """Ask once for what will be looked at, as readers of a running service have."""
    for week in (EXERCISE_LAST.shift(-back) for back in range(STEPS + 2)):
        for path in (f"/layers/weeks/{week}?lang=fr", f"/maps/hotspots/{week}/facts"):
            client.get(path).raise_for_status()


def _asking(served: Service) -> httpx2.Client:
    return httpx2.Client(base_url=served.address, headers=dict(served.headers), timeout=60)


# the stock pages ---------------------------------------------------------------------------------


@contextmanager
def _stock(served: Service, store: Store) -> Iterator[Service]:
    """Run a site of the stock pages, of the same weeks."""
    weeks = [EXERCISE_LAST.shift(-back) for back in reversed(range(WEEKS[0]))]
    with store.begin() as conn:
        heat = {str(week): _points(conn, week) for week in weeks}
    with _asking(served) as client:
        drawn = {week.monday: _features(client, f"/layers/weeks/{week}") for week in weeks}
        streets = _features(client, STREETS)
        ground = [one for one in _features(client, GROUND) if one["geometry"]["type"] != "Point"]
    pages = {
        "HeatMapWithTime": stock.heat_map(heat),
        "TimestampedGeoJson": stock.timed_geojson(ground, drawn),
    }
    with TemporaryDirectory() as kept, TemporaryDirectory() as home:
        stock.keep(pages, Path(kept))
        for (zoom, column, row), picture in raster.tiles(streets, AROUND, range(10, 13)):
            name = stock.TILE.format(z=zoom, x=column, y=row)
            (Path(kept) / name).write_bytes(gzip.compress(picture))
        with running(
            sys.executable,
            "bench.stock:site",
            environment={stock.FOLDER: kept},
            log=Path(home) / "service.log",
            ready="/HeatMapWithTime.html",
            headers={},
            factory=True,
        ) as beside:
            yield beside


def _theirs(beside: Service, weeks: int) -> dict[str, Shown]:
    return {
        f"{name}, {weeks} weeks": Shown(f"{beside.address}/{name}.html", ready, STOCK_STEP, {})
        for name, ready in STOCK_READY.items()
    }


def _points(conn: Any, week: IsoWeek) -> list[list[float]]:
    seen = visits.during(conn, week.start, week.end)
    lonlat = crs.to_geographic(seen.xy).tolist()
    return [[lat, lon, float(n)] for (lon, lat), n in zip(lonlat, seen.heads, strict=True)]


def _features(client: httpx2.Client, path: str) -> list[stock.Feature]:
    found: list[stock.Feature] = client.get(path).raise_for_status().json()["features"]
    return found


# a browser ---------------------------------------------------------------------------------------


def _in_turns(browser: Browser, pages: Mapping[str, Shown]) -> dict[str, Seen]:
    """Return each page as it was met in the middle, so that a busy moment meets all alike."""
    met = [{name: _opened(browser, one) for name, one in pages.items()} for _ in range(ROUNDS)]
    return {name: _median([turn[name] for turn in met]) for name in pages}


def _opened(browser: Browser, shown: Shown) -> Seen:
    """Return a page opened in a new profile, and stepped through."""
    context = browser.new_context(
        locale="fr-FR",
        viewport={"width": 1280, "height": 860},
        extra_http_headers=dict(shown.headers),
    )
    page = context.new_page()
    page.wait_for_timeout(REST_MS)
    page.add_init_script(READY % shown.ready)
    answered: list[Request] = []
    wrong: list[str] = []
    outside: list[str] = []
    context.on("request", lambda one: HERE in one.url or outside.append(one.url))
    context.on("requestfinished", lambda one: answered.append(one))
    page.on("pageerror", lambda error: wrong.append(error.message))
    document = page.goto(shown.url, timeout=1000 * PATIENCE_S)
    ready_ms, html = _when(page, wrong), len(document.body())
    sizes = [(len(one.response().body()), one.sizes()["responseBodySize"]) for one in answered]
    steps = [_stepped(page, shown.step) for _ in range(STEPS)]
    context.close()
    return Seen(
        html=html,
        total=sum(size for size, _ in sizes),
        sent=sum(sent for _, sent in sizes),
        outside=len(outside),
        ready_ms=ready_ms,
        step_ms=statistics.median(steps),
    )


def _when(page: Page, wrong: list[str]) -> float:
    """Return when a page was ready, in milliseconds; a page that fails is no peer."""
    ends = time.monotonic() + PATIENCE_S
    while (found := page.evaluate("window.ready")) is None:
        if wrong or time.monotonic() > ends:
            raise RuntimeError(f"{page.url} shows nothing: {'; '.join(wrong) or 'too slow'}")
        page.wait_for_timeout(LOOK_MS)
    page.wait_for_timeout(REST_MS)
    return float(found)


def _stepped(page: Page, step: str) -> float:
    page.wait_for_timeout(250)
    return float(page.evaluate(step))


def _median(all_seen: list[Seen]) -> Seen:
    def of(name: str) -> Any:
        return statistics.median(getattr(one, name) for one in all_seen)

    return Seen(**{name: of(name) for name in Seen.__dataclass_fields__})
