"""Take a picture of every page, at a desk's width and a phone's, light, dark and on paper."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from browser_watch import CHROMIUM, FLAGS, WIDTHS, Watched, serve, watch
from geosites.access import sessions
from geosites.access.policy import Role
from geosites.cli.opening import open_store
from geosites.settings import Settings
from geosites.store import accounts
from geosites.store.connection import Store
from geosites.web import create_app

FOLDER = Path(__file__).parents[1] / "pictures"
PAGES = {
    "home": "/",
    "week": "/maps/hotspots/2022-W40",
    "unobserved": "/maps/hotspots/2020-W10",
    "sites": "/sites",
    "site": "/sites/forceval",
    "displacement": "/maps/displacement/forceval@2022-10-05",
    "reports": "/maps/hotspots/2021-W40",
    "events": "/maps/displacement",
    "operation": "/maps/displacement/326cef63-6092-5f28-bdba-ad555a5100e3",
    "compare": "/maps/displacement?event=forceval@2022-10-05&event=jardins-eole@2021-06-30"
    "&event=riquet-aubervilliers@2021-09-24&event=colline-crack@2018-06-27",
    "refused": "/maps/displacement/colline-crack@2018-06-27",
    "missing": "/sites/forcval",
    "account": "/account",
}
CARDS = {"week": ".mark-hotspot-rank", "site": ".mark-site", "displacement": ".mark-change"}


def main() -> None:
    """Serve the store of the settings, and photograph it."""
    FOLDER.mkdir(exist_ok=True)
    with open_store(Settings()) as store, sync_playwright() as playwright:
        session = _signed_in(store)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for base in serve(create_app(store)):
            for width in WIDTHS:
                _photograph(browser, base, width, session)
        browser.close()


def _signed_in(store: Store) -> str:
    """Begin a session for the first account that sees everything; return what its cookie holds."""
    with store.begin() as conn:
        seeing = [one for one in accounts.everything(conn) if one.role == Role.COORDINATOR]
        return sessions.begin(conn, seeing[0].login, dt.datetime.now(dt.UTC), sessions.SHIFT)


def _photograph(browser: Browser, base: str, width: int, session: str) -> None:
    for scheme, language in (("light", "fr"), ("light", "en"), ("dark", "fr")):
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,
            locale=language,
        )
        context.add_cookies([{"name": "geosites", "value": session, "url": base}])
        watched = watch(context.new_page(), base)
        for name, path in PAGES.items():
            _take(watched, name, path, f"{width}-{scheme}-{language}")
        context.close()
        for wrong in sorted(set(watched.wrong)):
            sys.stderr.write(f"{wrong}\n")


def _take(watched: Watched, name: str, path: str, variant: str) -> None:
    page = watched.open(path)
    page.screenshot(path=FOLDER / f"{name}-{variant}.png", full_page=True)
    if name in CARDS and page.locator(CARDS[name]).count():
        page.locator(CARDS[name]).first.dispatch_event("click")
        page.screenshot(path=FOLDER / f"{name}-card-{variant}.png")
    if variant == "1280-light-fr":
        page.emulate_media(media="print")
        page.screenshot(path=FOLDER / f"{name}-paper.png", full_page=True)
        page.emulate_media(media="screen")


if __name__ == "__main__":
    main()
