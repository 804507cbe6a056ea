"""The map of all weeks in a real browser, beside the stock pages of Folium with the same data."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import structlog
import uvicorn
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from bench import stock
from bench.stores import EXERCISE_LAST, exercised
from bench.table import Promise, Table
from geosites import crs
from geosites.access import accounts
from geosites.access.policy import Role
from geosites.access.secrets import hashed
from geosites.store import sign_ins, visits
from geosites.store.connection import Store
from geosites.store.sign_ins import Token
from geosites.web import create_app
from geosites.weeks import IsoWeek

WEEKS = (104, 52, 520)
"""The stock pages are compared at the first."""

STEPS, ROUNDS = 12, 5
PATIENCE_S = 60
LOOK_MS = 200
"""The page notes by itself when it is ready; who looks more often only makes it wait."""

CHROMIUM = os.environ.get("GEOSITES_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
STOCK = "http://stock.test/"
SECRET = "geosites_bench"
BEARER = {"Authorization": f"Bearer {SECRET}"}
PASSWORD = "open sesame, says the watch"
AREAS = ("density", "reported", "hotspot")

OURS = "document.querySelector('.canvas[data-ground=ready]')?.dataset.shown"
TIMED = "document.querySelector('.leaflet-overlay-pane path')"
HEAT = "document.querySelector('canvas.heatmap-canvas')"
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


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page to be opened: when it is ready, what a step is, what answers in place of servers."""

    url: str
    ready: str
    step: str
    behind: Mapping[str, bytes] | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One page as a browser met it, with nothing kept from before."""

    html: int
    total: int
    sent: int
    ready_ms: float
    step_ms: float


def run() -> Table:
    """Return a row a page: ours over 52, 104 and 520 weeks, the stock ones over 104."""
    rows: dict[str, Seen] = {}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for weeks in WEEKS:
            with exercised(weeks) as store, _served(store) as address:
                pages = {f"geosites, {weeks} weeks": _ours(address)}
                if weeks == WEEKS[0]:
                    pages |= _stock(address, store)
                rows |= _in_turns(browser, pages)
        browser.close()
    return _table(rows)


def _table(rows: Mapping[str, Seen]) -> Table:
    ours, large, small = (rows[f"geosites, {weeks} weeks"] for weeks in (104, 520, 52))
    timed = rows["TimestampedGeoJson, 104 weeks"]
    return Table(
        name="maps",
        note=(
            "the exercise, about 160 sightings a week; cold: the browser's cache, a new profile "
            "each time; warm: the browser, and the service, asked before for each week looked at; "
            f"medians of {ROUNDS} openings in turns, {STEPS} steps each; ready: ours with outlines "
            "and the week drawn, theirs with a first area; stock pages from memory, ours by HTTP"
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
            _most("ready, 104 weeks, ms", 1000, ours.ready_ms),
            _most("a step, 104 weeks, ms", 60, ours.step_ms),
            _most("HTML of 520 weeks beyond 52, kB", 0.5, (large.html - small.html) / 1000),
            _least("times faster ready than TimestampedGeoJson", 2, timed.ready_ms / ours.ready_ms),
        ),
    )


def _most(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f"<= {bound:g}", measured=measured, kept=measured <= bound)


def _least(what: str, bound: float, measured: float) -> Promise:
    return Promise(what=what, promised=f">= {bound:g}", measured=measured, kept=measured >= bound)


# our page ----------------------------------------------------------------------------------------


@contextmanager
def _served(store: Store) -> Iterator[str]:
    """Serve a store to whoever shows the token, on a free port."""
    now = dt.datetime.now(dt.UTC)
    with store.begin() as conn:
        asked = accounts.Asked(login="bench", role=Role.COORDINATOR, unit="bench")
        accounts.add(conn, asked, now, password=PASSWORD, once=False)
        ends = now + dt.timedelta(days=1)
        shown = Token(id=UUID(int=1), login="bench", acts=(), created_at=now, expires_at=ends)
        sign_ins.add_token(conn, shown, hashed(SECRET))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(create_app(store), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _ours(address: str) -> Shown:
    with _asking(address) as client:
        _warmed(client)
    return Shown(url=f"{address}/maps/hotspots/{EXERCISE_LAST}", ready=OURS, step=STEP)


def _warmed(client: httpx2.Client) -> None:
    """Ask once for what will be looked at, as readers of a running service have."""
    for week in (EXERCISE_LAST.shift(-back) for back in range(STEPS + 2)):
        for path in (f"/layers/weeks/{week}?lang=fr", f"/maps/hotspots/{week}/facts"):
            client.get(path).raise_for_status()


def _asking(address: str) -> httpx2.Client:
    return httpx2.Client(base_url=address, headers=BEARER, timeout=60)


# the stock pages ---------------------------------------------------------------------------------


def _stock(address: str, store: Store) -> dict[str, Shown]:
    weeks = [EXERCISE_LAST.shift(-back) for back in reversed(range(WEEKS[0]))]
    behind = stock.assets()
    with store.begin() as conn:
        heat = {str(week): _points(conn, week) for week in weeks}
    with _asking(address) as client:
        areas = {week.monday: _areas(client, week) for week in weeks}
    pages = {
        "HeatMapWithTime": (stock.heat_map(heat), HEAT),
        "TimestampedGeoJson": (stock.timed_geojson(areas), TIMED),
    }
    return {
        f"{name}, {len(weeks)} weeks": Shown(
            url=STOCK, ready=ready, step=STOCK_STEP, behind={STOCK: html.encode(), **behind}
        )
        for name, (html, ready) in pages.items()
    }


def _points(conn: Any, week: IsoWeek) -> list[list[float]]:
    seen = visits.during(conn, week.start, week.end)
    lonlat = crs.to_geographic(seen.xy).tolist()
    return [[lat, lon, float(n)] for (lon, lat), n in zip(lonlat, seen.heads, strict=True)]


def _areas(client: httpx2.Client, week: IsoWeek) -> list[dict[str, Any]]:
    features = client.get(f"/layers/weeks/{week}").json()["features"]
    return [one for one in features if one["properties"]["kind"] in AREAS]


# a browser ---------------------------------------------------------------------------------------


def _in_turns(browser: Browser, pages: Mapping[str, Shown]) -> dict[str, Seen]:
    """Return each page as it was met in the middle, so that a busy moment meets all alike."""
    met = [{name: _opened(browser, one) for name, one in pages.items()} for _ in range(ROUNDS)]
    return {name: _median([turn[name] for turn in met]) for name in pages}


def _opened(browser: Browser, shown: Shown) -> Seen:
    """Return a page opened in a new profile, and stepped through."""
    behind = shown.behind
    headers = None if behind else BEARER
    context = browser.new_context(
        locale="fr-FR", viewport={"width": 1280, "height": 860}, extra_http_headers=headers
    )
    if behind:
        context.route("**/*", lambda route: _answered(route, behind))
    page = context.new_page()
    page.add_init_script(READY % shown.ready)
    answered: list[Request] = []
    wrong: list[str] = []
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
        ready_ms=ready_ms,
        step_ms=statistics.median(steps),
    )


def _answered(route: Route, behind: Mapping[str, bytes]) -> None:
    url = route.request.url
    if url not in behind:
        route.fulfill(status=404)
        return
    kind = "text/css" if url.endswith(".css") else "text/javascript"
    route.fulfill(body=behind[url], content_type="text/html" if url == STOCK else kind)


def _when(page: Page, wrong: list[str]) -> float:
    """Return when a page was ready, in milliseconds; a page that fails is no peer."""
    ends = time.monotonic() + PATIENCE_S
    while (found := page.evaluate("window.ready")) is None:
        if wrong or time.monotonic() > ends:
            raise RuntimeError(f"{page.url} shows nothing: {'; '.join(wrong) or 'too slow'}")
        page.wait_for_timeout(LOOK_MS)
    page.wait_for_load_state("networkidle")
    return float(found)


def _stepped(page: Page, step: str) -> float:
    page.wait_for_timeout(250)
    return float(page.evaluate(step))


def _median(all_seen: list[Seen]) -> Seen:
    def of(name: str) -> Any:
        return statistics.median(getattr(one, name) for one in all_seen)

    return Seen(**{name: of(name) for name in Seen.__dataclass_fields__})
