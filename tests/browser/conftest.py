"""The service in a real server, and a real browser that is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.network import Network, network
from playwright.sync_api import Browser, expect

from browser.phones import Ledger, Phones, forget_sightings, phones
from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.maps.map_export import week_files
from geosites.presentation.i18n import Language
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from screenshots.browser_watch import WIDTHS, Watched, serve, watch
from stores import signed, small_exercise

PATIENCE_MS = 60_000
"""How long a page may take until it shows what is expected: the machine may do other work."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def served_store(hostile_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with three fictional weeks and hostile names."""
    store = Store(new_database(hostile_template))
    yield store
    store.close()


@pytest.fixture(scope="session")
def served(served_store: Store) -> Iterator[str]:
    """Return the address of a running service over that store."""
    yield from serve(create_app(served_store, WebConfig(clock=lambda: small_exercise.LAST)))


@pytest.fixture(scope="session")
def hostile_file(
    served: str, served_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the week as a file."""
    path = tmp_path_factory.mktemp("maps") / "week.html"
    with served_store.begin() as conn:
        answer = services.hotspots(conn, IsoWeek.parse(small_exercise.WEEK))
        html = week_files(conn, answer, small_exercise.LAST, Language.FRENCH)["html"]()
    path.write_bytes(html)
    return path


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def watched(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Watched]:
    """Return a watched page, once as wide as a desk's screen and once as a phone's."""
    width = request.param
    viewport = {"width": width, "height": WIDTHS[width]}
    context = browser.new_context(viewport=viewport, locale="fr-FR")  # type: ignore[arg-type]
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    yield watch(context.new_page(), served)
    context.close()


@pytest.fixture(scope="module")
def quick(browser: Browser, served: str) -> Iterator[Watched]:
    """Return the first page, opened once for many looks at it."""
    context = browser.new_context(locale="fr-FR")
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    opened = watch(context.new_page(), served)
    opened.open("/")
    yield opened
    context.close()


@pytest.fixture(scope="session")
def field_store(template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store into which phones report."""
    store = Store(new_database(template))
    yield store
    store.close()


@pytest.fixture(scope="session")
def field(field_store: Store) -> Iterator[str]:
    """Return the address of a service by whose clock it is now."""
    yield from serve(create_app(field_store))


@pytest.fixture(scope="session")
def faulty(field: str) -> Iterator[Network]:
    """Return the network between phones and that service, a process of its own."""
    with network(field) as between:
        yield between


@pytest.fixture
def net(faulty: Network) -> Iterator[Network]:
    """Return the network, in which everything passes when a test begins."""
    faulty.heal()
    yield faulty
    faulty.heal()


@pytest.fixture
def phone(browser: Browser, field_store: Store, net: Network) -> Iterator[Phones]:
    """Return a function that takes a phone into the field."""
    with phones(browser, field_store, net) as make:
        yield make


@pytest.fixture
def ledger(field_store: Store) -> Ledger:
    """Return what the service records from now on; what earlier tests left counts no more."""
    forget_sightings(field_store)
    return Ledger.opened(field_store)
