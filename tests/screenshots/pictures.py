"""Take a picture of every page in three widths, in both languages, light, dark and on paper.

The pages are those of the service's own route table, over the exercise in a store made for it.
Words on the command line choose pages whose name holds one of them.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from geosites import exercise
from geosites.alarms.own_subscriptions import Ways
from geosites.core.alarm_messages import Channel, Hours, Subscription
from geosites.core.crs import geometry_to_metric
from geosites.core.quarters import Quarter
from geosites.core.records import Sighting
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.db.reports import sightings
from geosites.imports import import_file, import_results
from geosites.ops.private_postgres import PrivateCluster
from geosites.permissions.policy import Role
from geosites.services.territories import public_tables
from geosites.validation import FileKind
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.page_table import Address, is_page, templates
from screenshots.browser_watch import CHROMIUM, FLAGS, WIDTHS, serve, watch
from stores import signed, small_exercise

FOLDER = Path(__file__).parents[2] / "pictures"
WEEK = "2022-W40"
NOW = dt.datetime(2023, 12, 31, 21, 0, tzinfo=dt.UTC)
EXAMPLES = small_exercise.EXAMPLES | {
    "code": "75119",
    "event": "forceval@2022-10-05",
    "name": "sites.csv",
    "sighting": str(UUID(int=1)),
    "closure": "98b2e275-37a9-5c7d-a567-c8de9ac4f803",
    "operation": "326cef63-6092-5f28-bdba-ad555a5100e3",
    "subscription": str(UUID(int=3)),
    "identifier": str(UUID(int=1)),
    "quarter": "2023-Q3",
}
"""Those of the tests, so that no page is missing, with others where the exercise shows more."""
MORE = {
    "week-unobserved": "/maps/hotspots/2020-W10",
    "week-reports": "/maps/hotspots/2021-W40",
    "displacement-operation": "/maps/displacement/326cef63-6092-5f28-bdba-ad555a5100e3",
    "displacement-compare": "/maps/displacement?event=forceval@2022-10-05"
    "&event=jardins-eole@2021-06-30&event=riquet-aubervilliers@2021-09-24"
    "&event=colline-crack@2018-06-27",
    "displacement-refused": "/maps/displacement/colline-crack@2018-06-27",
    "site-missing": "/sites/forcval",
    "territory-seldom-seen": "/territories/75116?weeks=52",
}
AS_PARTNER = {
    "partner-week": f"/maps/hotspots/{WEEK}",
    "partner-territory": "/territories/75119",
    "partner-sites": "/sites",
}
IMPORTED = """observed_at,lon,lat,headcount
2022-10-05T14:30,2.3899,48.8998,12
2022-10-05T15:10,2.3691,48.8835,9
2022-10-06T07:45,2.3662,48.8875,0
"""
ASKED = {"accept": "text/html"}
PATIENCE_MS = 180_000
SIZES = {**WIDTHS, 1920: 1000}
"""How high the window is, by its width."""
PHONES = {320: 568, 360: 640, 768: 1024}
"""Further sizes, of phones and a tablet, in which the report form is taken."""

CARDS = {"maps-hotspots-week": ".mark-hotspot-rank", "sites-slug": ".mark-site"}


def main(chosen: list[str]) -> None:
    """Serve the exercise, and photograph it."""
    FOLDER.mkdir(exist_ok=True)
    with exercise_store() as store, sync_playwright() as playwright:
        app = create_app(store, WebConfig(clock=lambda: NOW, ways=Ways(mail=True)))
        named = {_name(one): one for one in templates(app, EXAMPLES | _imported(store))}
        named |= {name: Address(path, path, Role.COORDINATOR) for name, path in MORE.items()}
        named |= {name: Address(path, path, Role.PARTNER) for name, path in AS_PARTNER.items()}
        wanted = {
            name: one
            for name, one in named.items()
            if not chosen or any(word in name for word in chosen)
        }
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for base in serve(app):
            for width in SIZES:
                _photograph(browser, base, width, wanted)
            for width in PHONES:
                _photograph(
                    browser, base, width, {k: v for k, v in wanted.items() if k == "report"}
                )
        browser.close()


@contextmanager
def exercise_store() -> Iterator[Store]:
    """Make a store of its own that holds the exercise and the accounts of the tests."""
    with tempfile.TemporaryDirectory(prefix="geosites-pictures-") as home:
        Path(home).chmod(0o755)
        cluster = PrivateCluster(Path(home))
        store = Store(cluster.start())
        try:
            with store.begin() as conn:
                migrate.upgrade(conn)
                exercise.load(conn)
                signed.add_accounts(conn)
                _add_today(conn)
                _add_subscription(conn)
                public_tables.release(conn, Quarter.parse(EXAMPLES["quarter"]), NOW)
            with store.begin() as conn:
                _add_import(conn, Path(home))
            yield store
        finally:
            store.close()
            cluster.stop()


def _add_today(conn: sa.Connection) -> None:
    """Add a report of the day, and one of another unit that may show the same scene."""
    seen = {
        "point": geometry_to_metric(shapely.Point(2.3691, 48.8835)),
        "territory": "75119",
        "site": "stalingrad",
    }
    for number, role, heads in ((1, Role.COORDINATOR, 14), (2, Role.REPORTER, 12)):
        at = NOW - dt.timedelta(minutes=10 * number)
        unit, identifier = signed.unit(role), UUID(int=number)
        one = Sighting(id=identifier, observed_at=at, headcount=heads, unit=unit, **seen)
        sightings.add(conn, one)


def _add_subscription(conn: sa.Connection) -> None:
    """Let the coordinator be told of closures by mail, at night."""
    made = Subscription(
        id=UUID(EXAMPLES["subscription"]),
        channel=Channel.EMAIL,
        address="permanence@prefecture.example",
        account=signed.login(Role.COORDINATOR),
        hours=Hours(dt.time(20), dt.time(6)),
    )
    alarm_outbox.subscribe(conn, made, NOW)


def _add_import(conn: sa.Connection, folder: Path) -> None:
    """Import a file of a town hall, and keep its result."""
    file = folder / "mairie-19.csv"
    file.write_text(IMPORTED)
    report = import_file(conn, FileKind.SIGHTINGS, file, now=NOW)
    import_results.keep(conn, report, FileKind.SIGHTINGS, signed.login(Role.COORDINATOR), NOW)


def _imported(store: Store) -> dict[str, str]:
    """Return the key of the import, which is another each time."""
    with store.begin() as conn:
        (kept,) = import_results.latest(conn, signed.login(Role.COORDINATOR))
    return {"key": kept["key"]}


def _name(one: Address) -> str:
    return re.sub(r"[^a-z]+", "-", one.route.lower()).strip("-") or "home"


def _photograph(browser: Browser, base: str, width: int, wanted: dict[str, Address]) -> None:
    for scheme, language in product(("light", "dark"), ("fr", "en")):
        options: dict[str, Any] = {"color_scheme": scheme, "locale": language}
        viewport: Any = {"width": width, "height": (SIZES | PHONES)[width]}
        context = browser.new_context(viewport=viewport, **options)
        for name, one in wanted.items():
            if _answers_with_page(context, base, one):
                _take(context, base, name, one, f"{width}-{scheme}-{language}")
        context.close()


def _answers_with_page(context: BrowserContext, base: str, one: Address) -> bool:
    context.clear_cookies()
    if one.role is not None:
        context.add_cookies([signed.cookie(base, one.role)])  # type: ignore[list-item]
    answer = context.request.get(
        base + one.path, headers=ASKED, max_redirects=0, timeout=PATIENCE_MS
    )
    return is_page(answer)


def _take(context: BrowserContext, base: str, name: str, one: Address, variant: str) -> None:
    watched = watch(context.new_page(), base)
    try:
        page = watched.open(one.path)
        if one.role is not None and page.locator("#place").count():
            page.locator(".near-site").first.wait_for(state="attached")
        page.screenshot(path=FOLDER / f"{name}-{variant}.png", full_page=True)
        _take_more(page, name, variant)
    except Error as error:
        watched.wrong.append(str(error).partition("\n")[0])
    for wrong in sorted(set(watched.wrong)):
        sys.stderr.write(f"{name} {variant}: {wrong}\n")
    watched.page.close()


def _take_more(page: Page, name: str, variant: str) -> None:
    """Take the card of a map as well, and what a page looks like on paper."""
    if name in CARDS and page.locator(CARDS[name]).count():
        page.locator(CARDS[name]).first.dispatch_event("click")
        page.screenshot(path=FOLDER / f"{name}-card-{variant}.png")
    if name == "home" and variant.startswith("390-"):
        page.locator(".menu").click()
        page.screenshot(path=FOLDER / f"{name}-menu-{variant}.png")
    if variant.startswith("1280-light"):
        page.emulate_media(media="print")
        language = variant.rpartition("-")[2]
        page.screenshot(path=FOLDER / f"{name}-paper-{language}.png", full_page=True)


if __name__ == "__main__":
    main(sys.argv[1:])
