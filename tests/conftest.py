"""What every test shares: a private PostGIS a worker, and databases copied from a template."""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from geosites.core import city
from geosites.db.postgres.connection import Store
from geosites.ops.private_postgres import PrivateCluster
from left_out import COUNTS, NEEDS, leave_out, take_over
from marks import STORE, is_left_out, marks_of
from stores.store_templates import copy_database, drop_database, kept_templates, key, scratch_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile(
    "geosites",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("geosites")

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
"""The instant at which tests happen, wherever one is asked for."""

TEMPLATES = {
    "template": "template_geography",
    "small_template": "template_small",
    "hostile_template": "template_hostile",
    "exercise_template": "template_exercise",
}
"""The databases that fixtures stand for."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read modules of which -m chooses nothing, unless they are named."""
    here = Path(__file__).parent
    if not collection_path.is_relative_to(here):
        return None
    named = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    place, expression = collection_path.relative_to(here), config.getoption("markexpr") or ""
    if collection_path in named or not is_left_out(place, expression):
        return None
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker the digest of what makes the templates, which takes a second to compute."""
    node.workerinput["templates_key"] = key()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by where it stands and by whether it asks for a store, before -m chooses."""
    for mark in marks_of(item.path.relative_to(Path(__file__).parent)):
        item.add_marker(mark)
    if "cluster" in getattr(item, "fixturenames", ()):
        item.add_marker(STORE)


@pytest.hookimpl(trylast=True)  # after -k and -m: what was not asked for is not missed
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs something that is not there."""
    leave_out(config, items)


def pytest_collection_finish() -> None:
    """Have the collector pass over what stays to the end, and look less often at the rest.

    A worker holds all modules and thousands of tests; to walk through them again and again took a
    twelfth of its time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass on from a worker how many were left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(COUNTS, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over from a worker how many were left out."""
    take_over(node.config, getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say aloud how many were left out."""
    for mark, left in config.stash.get(COUNTS, {}).items():
        terminalreporter.write_line(NEEDS[mark].told(left), yellow=True)


@pytest.fixture(autouse=True)
def city_of_before() -> Iterator[None]:
    """Leave the process in the city in which the test found it."""
    before = city.current()
    yield
    if city.current() is not before:
        city.use(before)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[PrivateCluster]:
    """Return a private cluster of this worker's own, with the templates that its tests ask for."""
    asked = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    wanted = [template for fixture, template in TEMPLATES.items() if fixture in asked]
    told = getattr(request.config, "workerinput", {}).get("templates_key")
    with scratch_folder() as home:
        private = kept_templates(told).start(home, wanted)
        yield private
        private.stop()


@pytest.fixture(scope="session")
def new_database(cluster: PrivateCluster) -> Callable[..., str]:
    """Return a function that makes a database, of a template if one is named, and its URL."""
    numbers = itertools.count()

    def make(template: str = "template1") -> str:
        return copy_database(cluster, f"test_{os.getpid()}_{next(numbers)}", template)

    return make


def database_name(url: str) -> str:
    """Return the name of the database in a URL."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture(scope="session")
def template(cluster: PrivateCluster) -> str:
    """Return the name of a database with the schema, territories, sites, and test accounts."""
    return TEMPLATES["template"]


@pytest.fixture(scope="session")
def small_template(cluster: PrivateCluster) -> str:
    """Return the name of a database with half a year of fictional visits in it, too."""
    return TEMPLATES["small_template"]


@pytest.fixture(scope="session")
def hostile_template(cluster: PrivateCluster) -> str:
    """Return the name of one that has a site for every hostile text besides."""
    return TEMPLATES["hostile_template"]


@pytest.fixture(scope="session")
def exercise_template(cluster: PrivateCluster) -> str:
    """Return the name of a database that holds the exercise."""
    return TEMPLATES["exercise_template"]


@pytest.fixture(scope="session")
def shared_store(template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store that no test may change: they roll back."""
    store = Store(new_database(template))
    yield store
    store.close()


@pytest.fixture
def conn(shared_store: Store) -> Iterator[sa.Connection]:
    """Return a connection in a transaction that is rolled back after the test."""
    with shared_store.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture(scope="session")
def exercise_store(exercise_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store that holds the exercise, and that no test may change."""
    store = Store(new_database(exercise_template))
    yield store
    store.close()


@pytest.fixture
def in_exercise(exercise_store: Store) -> Iterator[sa.Connection]:
    """Return a connection to the exercise, in a transaction that is rolled back."""
    with exercise_store.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def store_url(template: str, new_database: Callable[..., str]) -> Iterator[str]:
    """Return the URL of a store of the test's own, with territories and sites in it."""
    url = new_database(template)
    yield url
    drop_database(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Return a store of the test's own, with territories and sites in it."""
    own = Store(store_url)
    yield own
    own.close()


@pytest.fixture
def small(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store of the test's own with half a year of fictional visits in it."""
    own = Store(new_database(small_template))
    yield own
    own.close()
    drop_database(own.url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium with a profile of its own; one a worker, where Playwright allows one."""
    from playwright.sync_api import sync_playwright

    from screenshots.browser_watch import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()
