"""Phones in the field under random faults: no report lost without a word, doubled, or wrong.

Each schedule is made from a seed: what a crew does with its phone (reports, reloads, closes the
tab, signs in as another account) and what happens to it (a captive portal, errors of other servers,
no answer, half of one, a lost answer, a clock that is put, storage that is erased, a session that
ends). The browser is a real Chromium, the service a real one, and between them is a proxy process
with faults. At the end the network heals, every account signs in once more, and the store is held
against what the screen said of each report: who made it, where, when, how many.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import structlog
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from bench.network import Network, network
from bench.table import Promise, Table
from geosites.auth import accounts, sessions
from geosites.auth.session_lifetimes import SHIFT
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.ops.private_postgres.scratch import scratch_cluster
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.middleware.timeouts import PatientProtocol

SCHEDULES = int(os.environ.get("GEOSITES_BENCH_FIELD", "200"))
LANES = 3
"""Phones with a service of their own, side by side: each mostly waits."""
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CHROMIUM = Path(os.environ.get("GEOSITES_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
CREWS = ("crew-one", "crew-two")
FAULTS = (
    "portal", "portal-redirect", "500", "503", "403", "404", "408", "413", "451", "cut", "cut",
    "lose", "lose", "half", "hang", "delay", "date",
)  # fmt: skip
PATHS = ("/", "/", "/api/", "/api/sightings", "/report")
CLOCK = """
(() => {
  const Real = Date, shift = () => +(localStorage["test-shift"] || 0);
  self.Date = class extends Real {
    constructor(...of) { of.length ? super(...of) : super(Real.now() + shift()); }
    static now() { return Real.now() + shift(); }
  };
})();
"""
THERE = """([lat, lon]) => {
  const { elements } = document.getElementById("report");
  return Math.abs(elements.lat.value - lat) + Math.abs(elements.lon.value - lon) < 2e-5;
}"""
WHOSE = "document.getElementById('report').dataset.viewer || localStorage.viewer"
"""The account that the page on the screen is of."""
WEST, SOUTH, STEP = 2.330, 48.862, 0.006
"""Where reports are made: each in a place of its own, 400 m or more from any other."""
NEAR_M, SOON_S = 60.0, 90.0
SETTLED_S = 75.0
BEGINS_MS = 90_000
"""How long the form may take where there is no fault, on a machine that does more."""


PER_SCHEDULE = 15
"""Each try has a count of its own, other than those of the schedules before: a delayed request of
an earlier one may still arrive."""


@dataclass(frozen=True)
class Made:
    """A report as the screen took it: by whom, how many, where (degrees), when."""

    crew: str
    heads: int
    lat: float
    lon: float
    at: dt.datetime


@dataclass
class Came:
    """What a schedule came to. `tried`: also what the screen did not get to confirm."""

    made: list[Made] = field(default_factory=list)
    tried: list[Made] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    told: int = 0

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not (self.lost or self.doubled or self.wrong)


@dataclass
class Field:
    """A service, a network in front of it, and a browser."""

    store: Store
    net: Network
    browser: Browser

    def session(self, crew: str) -> str:
        """Return the cookie of a new session."""
        with self.store.begin() as conn:
            return sessions.begin(conn, crew, dt.datetime.now(dt.UTC), SHIFT)


class Crew:
    """One phone during one schedule."""

    def __init__(self, field_: Field, seed: int) -> None:
        self.field, self.rng, self.came = field_, random.Random(seed), Came()
        self.first = 1 + PER_SCHEDULE * (seed % 19)
        self.who = CREWS[0]
        self.spots = self.rng.sample([(x, y) for x in range(8) for y in range(6)], 12)
        self.context: BrowserContext = field_.browser.new_context(
            viewport={"width": 390, "height": 664}, locale="fr-FR", permissions=["geolocation"]
        )
        self.context.add_init_script(CLOCK)
        self.context.set_default_timeout(12_000)
        self.page: Page = self.context.new_page()

    def run(self) -> Came:
        """Do what the schedule says, and look at what came of it."""
        try:
            self._begin()
            for _ in range(self.rng.randint(5, 9)):
                name = self.rng.choices(list(STEPS), list(WEIGHTS))[0]
                self.came.steps.append(name)
                with suppress(Error):  # what cannot be done now is not done
                    STEPS[name](self)
            self._settle()
        finally:
            self.context.close()
        return self.came

    def _begin(self) -> None:
        self.sign_in()
        self.place()
        self.page.goto(self.url, timeout=BEGINS_MS)
        kept = "() => navigator.serviceWorker.controller !== null"
        self.page.wait_for_function(kept, timeout=BEGINS_MS)

    @property
    def url(self) -> str:
        """The address of the form."""
        return self.field.net.base + "/report"

    def sign_in(self) -> None:
        """Begin a session of the crew that holds the phone."""
        cookie: Any = {"name": "geosites", "value": self.field.session(self.who)}
        self.context.add_cookies([{**cookie, "url": self.field.net.base}])

    def place(self) -> tuple[float, float]:
        """Walk to a place where nobody was."""
        x, y = self.spots.pop()
        lat, lon = SOUTH + y * STEP, WEST + x * STEP
        self.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 10})
        return lat, lon

    def report(self) -> None:
        """Count and send, if the form is there; note what the screen then says."""
        lat, lon = self.place()
        self.page.wait_for_function(THERE, arg=[lat, lon])
        heads, crew = self.first + len(self.came.tried), self.page.evaluate(WHOSE)
        self.page.locator("[name=headcount]").fill(str(heads))
        one = Made(crew, heads, lat, lon, dt.datetime.now(dt.UTC))
        self.came.tried.append(one)
        self.page.locator("[type=submit]").click()
        if self.page.locator("#ask:not([hidden])").count():
            self.page.locator("#ask-answers button").first.click()
        self.page.locator("#latest li").filter(has_text=f", {heads}.").wait_for()
        self.came.made.append(one)

    def fault(self) -> None:
        """Let the network have one more fault."""
        do, path = self.rng.choice(FAULTS), self.rng.choice(PATHS)
        self.came.steps[-1] = f"{do} {path}"
        self.field.net.tell(do, path, self.rng.choice((1, 2, None)))

    def heal(self) -> None:
        """Let the network be well."""
        self.field.net.heal()

    def clock(self) -> None:
        """Put the clock of the phone."""
        minutes = self.rng.choice((-4000, -60, -3, 3, 20, 600, 13_000))
        self.came.steps[-1] = f"clock {minutes} min"
        self.page.evaluate("(ms) => { localStorage['test-shift'] = ms; }", 60_000 * minutes)

    def reload(self) -> None:
        """Load the form again."""
        self.page.goto(self.url, wait_until="commit")
        self.page.locator("#report").wait_for()

    def close_tab(self) -> None:
        """Close the tab and open another."""
        self.page.close()
        self.page = self.context.new_page()
        self.reload()

    def erase(self) -> None:
        """Have the browser erase one of the two places where reports are kept."""
        kind = self.rng.choice(("indexeddb", "local_storage"))
        self.came.steps[-1] = f"erased {kind}"
        told = {"origin": self.field.net.base, "storageTypes": kind}
        crew, shift = self.page.evaluate(f"[{WHOSE}, localStorage['test-shift'] || 0]")
        self.context.new_cdp_session(self.page).send("Storage.clearDataForOrigin", told)
        if kind == "local_storage":
            kept = {"viewer": crew, "test-shift": shift}  # the clock is not what was erased
            self.page.evaluate("(kept) => Object.assign(localStorage, kept)", kept)

    def sign_out(self) -> None:
        """Have the session end."""
        self.context.clear_cookies()

    def sign_back_in(self) -> None:
        """Sign in again."""
        self.sign_in()

    def second_account(self) -> None:
        """Have the other crew sign in, in another tab."""
        self.who = CREWS[1 - CREWS.index(self.who)]
        self.sign_in()

    def _settle(self) -> None:
        """Heal everything, let each account send what is left, and compare."""
        self.field.net.heal()
        self.context.set_default_timeout(BEGINS_MS)
        words: list[str] = []
        for crew in CREWS:
            self.who = crew
            self.sign_in()
            for _ in range(3):
                with suppress(Error):
                    self.reload()
                    self.page.wait_for_function(f"() => localStorage.viewer === '{crew}'")
                    break
            self._empty()
            words += self.page.locator("#latest li, #items li").all_inner_texts()
        self.compare(words)

    def _empty(self) -> None:
        end = time.monotonic() + SETTLED_S
        while time.monotonic() < end:
            self.page.wait_for_timeout(300)
            if not self.page.locator("#queue").inner_text():
                return
            self.page.evaluate("document.getElementById('now').click()")

    def compare(self, words: list[str]) -> None:
        """Hold the store against what was made; `words` are what the screen still tells."""
        with self.field.store.begin() as conn:
            rows = conn.exec_driver_sql(_RECORDED).all()
        found: dict[tuple[str, int], list[Any]] = {}
        for row in rows:
            found.setdefault((row.unit, row.headcount), []).append(row)
        for one in self.came.tried:
            mine = found.pop((one.crew, one.heads), [])
            if len(mine) > 1:
                self.came.doubled.append(str(one))
            if not mine and any(re.search(rf", {one.heads}\.", text) for text in words):
                self.came.told += 1
            elif not mine and one in self.came.made:
                self.came.lost.append(str(one))
            self.came.wrong += [fault for row in mine for fault in _faults(one, row)]
        ours = range(self.first, self.first + PER_SCHEDULE)
        self.came.wrong += [f"nobody made {key}" for key in found if key[1] in ours]


_RECORDED = """
SELECT unit, headcount, observed_at, ST_X(ST_Transform(point, 4326)) AS lon,
  ST_Y(ST_Transform(point, 4326)) AS lat
FROM sighting WHERE upper_inf(known)
"""


def _faults(one: Made, row: Any) -> Iterator[str]:
    metres = 111_000 * max(abs(row.lat - one.lat), 0.66 * abs(row.lon - one.lon))
    if metres > NEAR_M:
        yield f"{one.heads} lies {metres:.0f} m off"
    seconds = abs((row.observed_at - one.at).total_seconds())
    if seconds > SOON_S:
        yield f"{one.heads} is {seconds:.0f} s off"


STEPS: Mapping[str, Callable[[Crew], None]] = {
    "report": Crew.report,
    "fault": Crew.fault,
    "healed": Crew.heal,
    "clock": Crew.clock,
    "reload": Crew.reload,
    "tab closed": Crew.close_tab,
    "erased": Crew.erase,
    "signed out": Crew.sign_out,
    "signed in": Crew.sign_back_in,
    "second account": Crew.second_account,
}
WEIGHTS = (10, 5, 2, 2, 1, 1, 1, 1, 1, 1)


@contextmanager
def launched() -> Iterator[Browser]:
    """Yield Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def in_the_field(url: str, browser: Browser) -> Iterator[Field]:
    """Yield a service over a database with two crews, a network and a browser."""
    store = Store(url)
    with store.begin() as conn:
        for crew in CREWS:
            asked = accounts.AccountRequest(login=crew, role=Role.REPORTER, unit=crew)
            accounts.add(conn, asked, dt.datetime.now(dt.UTC))
            conn.exec_driver_sql("UPDATE account SET password_once = false")
    with serving(store) as base, network(base) as net:
        yield Field(store, net, browser)
    store.close()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Yield the address of a service over a store."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(create_app(store), log_level="critical", http=PatientProtocol)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def run_schedule(field_: Field, seed: int) -> Came:
    """Run the schedule of a seed over a store without sightings."""
    field_.net.heal()
    with psycopg.connect(field_.store.url, autocommit=True) as conn:
        conn.execute("TRUNCATE sighting, sighting_week")
    return Crew(field_, seed).run()


def run(schedules: int = SCHEDULES) -> Table:
    """Return what happened how often, and what was lost, doubled or wrong in all."""
    began = time.monotonic()
    shares = [range(lane, schedules, LANES) for lane in range(LANES)]
    with ProcessPoolExecutor(LANES, get_context("spawn")) as lanes:
        came = [one for found in lanes.map(_lane, shares) for one in found]
    steps = Counter(step.split(" /")[0] for one in came for step in one.steps)
    minutes, made = (time.monotonic() - began) / 60, sum(len(one.made) for one in came)
    told = sum(one.told for one in came)
    counted = (
        ("lost without a word", sum(len(one.lost) for one in came)),
        ("doubled", sum(len(one.doubled) for one in came)),
        ("under another unit, place or time", sum(len(one.wrong) for one in came)),
    )
    return Table(
        name="field",
        note=f"{schedules} schedules, {made} reports, {told} left on the screen, {minutes:.0f} min",
        columns=("what happened", "times"),
        rows=tuple(sorted(steps.items())),
        promises=tuple(
            Promise(what=f"reports {what}", promised="0", measured=count, kept=count == 0)
            for what, count in counted
        ),
    )


def _lane(seeds: Sequence[int]) -> list[Came]:
    """Return what came of the schedules of these seeds, over a service of their own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    came = []
    with scratch_cluster(SETTINGS) as cluster:
        store = Store(cluster.url())
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
        store.close()
        with launched() as browser, in_the_field(cluster.url(), browser) as field_:
            for seed in seeds:
                came.append(run_schedule(field_, seed))
                told = "sound" if came[-1].sound else str(came[-1])
                print(f"schedule {seed}: {told}", file=sys.stderr, flush=True)
    return came
