"""A phone in the field: a browser whose every request goes through a network that has faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from bench.network import Network
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from geosites.auth import sessions
from geosites.auth.session_lifetimes import SHIFT
from geosites.core.errors import StoreUnavailable
from geosites.core.records import Sighting
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.db.schema.sightings import sighting as table
from geosites.permissions.policy import Role
from screenshots.browser_watch import Watched, watch
from stores import signed

FORCEVAL = {"latitude": 48.899854, "longitude": 2.38995, "accuracy": 12}
LONDON = {"latitude": 51.5, "longitude": -0.12, "accuracy": 12}
SIZE = {"width": 390, "height": 664}
SHIFTED = """
(() => {
  const Real = Date, shift = () => +(localStorage["test-shift"] || 0);
  self.Date = class extends Real {
    constructor(...of) { of.length ? super(...of) : super(Real.now() + shift()); }
    static now() { return Real.now() + shift(); }
  };
})();
"""
"""A clock that can be put: the shift in ms is kept where it outlives a page."""


def session(store: Store, role: Role = Role.REPORTER) -> str:
    """Return the cookie of a new session."""
    with store.begin() as conn:
        return sessions.begin(conn, signed.login(role), dt.datetime.now(dt.UTC), SHIFT)


def forget_sightings(store: Store) -> None:
    """Empty the tables of sightings; again where a request of the page before locks them crosswise.

    PostgreSQL ends one of two transactions that wait for each other, and it may be this one.
    """
    for _ in range(4):
        with suppress(StoreUnavailable), store.begin() as conn:
            conn.execute(sa.text("TRUNCATE sighting, sighting_week"))
            return
    with store.begin() as conn:
        conn.execute(sa.text("TRUNCATE sighting, sighting_week"))


@dataclass
class Phone:
    """One browser with a storage of its own, and its page of the form."""

    context: BrowserContext
    watched: Watched
    store: Store
    net: Network

    @property
    def page(self) -> Page:
        """The page of the form."""
        return self.watched.page

    def sign_in(self, role: Role) -> None:
        """Have another account signed in, as any tab of the browser may."""
        cookie = {"name": "geosites", "value": session(self.store, role), "url": self.net.base}
        self.context.add_cookies([cookie])  # type: ignore[list-item]

    def open(self, path: str = "/report") -> None:
        """Open the form anew."""
        self.page.goto(self.net.base + path)

    def report(self, heads: int) -> None:
        """Count and send."""
        self.page.get_by_role("textbox", name="Combien de personnes").fill(str(heads))
        self.send()

    def send(self) -> None:
        """Press the button."""
        self.page.get_by_role("button", name="Envoyer", exact=True).click()

    def press(self, name: str) -> None:
        """Press any button by its name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    @property
    def latest(self) -> Locator:
        """What the form says of what was just done."""
        return self.page.locator("#latest li")

    def items(self, state: str) -> Locator:
        """Return everything that is in a state."""
        return self.page.locator("#latest li, #items li").filter(has_text=state)

    def put_clock(self, seconds: float) -> None:
        """Put the clock of the phone ahead of the truth, or behind it."""
        self.page.evaluate("(ms) => { localStorage['test-shift'] = ms; }", seconds * 1000)

    def worked(self) -> None:
        """Wait until the worker keeps the page."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")


@dataclass
class Ledger:
    """What the service has recorded since the test began."""

    store: Store
    before: frozenset[UUID]

    @classmethod
    def opened(cls, store: Store) -> Ledger:
        """Return a ledger from now on."""
        return cls(store, frozenset(_ids(store)))

    def new(self) -> list[Sighting]:
        """Return the new sightings, as they are held now, the earliest received first."""
        with self.store.begin() as conn:
            ids = [one for one in _ids(self.store) if one not in self.before]
            return [sightings.get(conn, one) for one in ids]

    def heads(self) -> list[int]:
        """Return the counts of the new sightings that count."""
        return sorted(one.headcount for one in self.new() if one.verified is not False)


def _ids(store: Store) -> list[UUID]:
    statement = sa.select(table.c.id).where(sa.func.upper_inf(table.c.known))
    with store.begin() as conn:
        return list(conn.execute(statement.order_by(table.c.received_at)).scalars())


Phones = Callable[..., Phone]


@contextmanager
def phones(browser: Browser, store: Store, net: Network) -> Iterator[Phones]:
    """Yield a function that takes a phone into the field, signed in, with the form open."""
    contexts: list[BrowserContext] = []

    def make(
        place: dict[str, float] | None = FORCEVAL,
        role: Role | None = Role.REPORTER,
        scripts: tuple[str, ...] = (),
        path: str = "/report",
        **options: Any,
    ) -> Phone:
        settings: dict[str, Any] = {"viewport": SIZE, "locale": "fr-FR", **options}
        context = browser.new_context(
            geolocation=place,  # type: ignore[arg-type]
            permissions=["geolocation"] if place else [],
            **settings,
        )
        contexts.append(context)
        for script in scripts:
            context.add_init_script(script)
        phone = Phone(context, watch(context.new_page(), net.base), store, net)
        if role is not None:
            phone.sign_in(role)
        phone.open(path)
        return phone

    yield make
    for context in contexts:
        context.close()
