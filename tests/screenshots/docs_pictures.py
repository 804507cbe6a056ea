"""Make the pictures of the documentation: `script/pictures --docs [WORD…]`.

Most are screens of the service over the exercise, in French, at desktop or phone width, as the role
that uses the page sees them. The others are charts of the tables on their pages, diagrams, and
commands that are run for them. Each is kept as a PNG of few colours in `docs/pictures`, so that the
repository stays small. Words choose those whose name holds one of them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.page_forms import form_to
from screenshots import docs_boxes, docs_charts, docs_diagrams, docs_terminals
from screenshots.browser_watch import CHROMIUM, FLAGS, serve, watch
from screenshots.pictures import NOW, PATIENCE_MS, WEEK, exercise_store
from stores import signed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
COLOURS = 96
STANDS_AT = {"latitude": 48.8835, "longitude": 2.3691, "accuracy": 12}
EVENT = "forceval@2022-10-05"


@dataclass(frozen=True)
class Shot:
    """A page, who looks at it, and the screen in pixels that the picture shows."""

    path: str
    role: Role | None = Role.COORDINATOR
    width: int = 1280
    height: int = 900


PHONE = 390
SHOTS = {
    "report": Shot("/report", Role.REPORTER, PHONE, 1010),
    "receipt": Shot(f"/report/{UUID(int=1)}", Role.COORDINATOR, PHONE, 760),
    "home": Shot("/"),
    "week": Shot(f"/maps/hotspots/{WEEK}", height=1420),
    "week-partner": Shot(f"/maps/hotspots/{WEEK}", Role.PARTNER, height=700),
    "week-phone": Shot(f"/maps/hotspots/{WEEK}", width=PHONE, height=900),
    "territory": Shot("/territories/75119"),
    "displacement": Shot(f"/maps/displacement/{EVENT}", height=1120),
    "displacement-list": Shot("/maps/displacement", height=620),
    "sites": Shot("/sites", height=760),
    "site": Shot("/sites/forceval", height=1320),
    "rounds": Shot("/rounds?days=14", height=620),
    "duplicates": Shot("/duplicates", height=620),
    "bulletin": Shot(f"/bulletins/{WEEK}", height=1010),
    "published-counts": Shot("/published-counts", height=760),
    "sign-in": Shot("/sign-in", None, PHONE, 560),
    "account": Shot("/account", height=760),
    "journal": Shot("/journal", Role.ADMIN, height=620),
    "ogc": Shot("/ogc/collections", height=620),
    "monday": Shot("/monday", height=900),
    "import": Shot("/import", height=760),
    "export": Shot("/export", height=620),
    "service": Shot("/service", Role.ADMIN, height=900),
    "accessibility": Shot("/accessibility", height=760),
    "open-data": Shot("/open-data/2023-Q3", height=860),
}
DRAWN: Mapping[str, Callable[[], str]] = {
    "calibration-closure": docs_charts.reliability,
    "calibration-hotspots": docs_charts.hotspots,
    "calibration-displacement": docs_charts.displacement,
    "calibration-counts": docs_charts.counts,
    "calibration-effort": docs_charts.effort,
    "calibration-rounds": docs_charts.rounds,
    "calibration-real-data": docs_charts.real_data,
    "calibration": docs_diagrams.calibration,
    "fooled": docs_charts.fooled,
    "benchmarks": docs_charts.benchmarks,
    "scaling": docs_charts.scaling,
    "rooms": docs_diagrams.rooms,
    "change": docs_diagrams.change,
    "sharing": docs_diagrams.sharing,
    "terms": docs_diagrams.terms,
    "two-crews": docs_diagrams.two_crews,
    "decisions": docs_diagrams.decisions,
    "known-time": docs_diagrams.known_time,
    "one-set-of-rules": docs_diagrams.one_set_of_rules,
    "people-present": docs_diagrams.people_present,
    "journal-chains": docs_diagrams.journal_chains,
}
RUN: Mapping[str, tuple[str, ...]] = {
    "backup": ("db backup store.geosites", "db verify store.geosites"),
    "check": ("check",),
}
ASKED: Mapping[str, Callable[[str], str]] = {
    "api": docs_terminals.closure_over_http,
    "changes": docs_terminals.changes_over_http,
    "client": lambda base: docs_terminals.client(base, signed.token(Role.COORDINATOR)),
}
CITY = "city"
SITE = "site-of-docs"


def names() -> set[str]:
    """Return the names of all pictures that this program makes."""
    return {*SHOTS, *DRAWN, *RUN, *ASKED, CITY, SITE}


def main(words: list[str]) -> None:
    """Make the pictures whose name holds one of the words, or all."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {name for name in names() if not words or any(word in name for word in words)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name in sorted(wanted & {*DRAWN}):
            _keep(name, _drawn(browser, DRAWN[name]()))
        if wanted & {*SHOTS, *RUN, *ASKED}:
            with exercise_store() as store:
                _take_from_service(browser, store, wanted)
        if CITY in wanted:
            _keep(CITY, _city_map(browser))
        if SITE in wanted:
            _keep(SITE, _site_of_docs(browser))
        browser.close()


def _take_from_service(browser: Browser, store: Store, wanted: set[str]) -> None:
    with docs_terminals.command_line(store.url) as run:
        for name in sorted(wanted & {*RUN}):
            _keep(name, _drawn(browser, run(*RUN[name])))
    with closing(serve(create_app(store, WebConfig(clock=lambda: NOW)))) as served:
        base = next(served)
        _issue_bulletin(browser, base)
        for name in sorted(wanted & {*SHOTS}):
            _keep(name, _take(browser, base, SHOTS[name]))
        for name in sorted(wanted & {*ASKED}):
            _keep(name, _drawn(browser, ASKED[name](base)))


def _issue_bulletin(browser: Browser, base: str) -> None:
    """Issue the bulletin of the week as its draft says, by the form at its end."""
    context = browser.new_context()
    address, ask = f"{base}/bulletins/{WEEK}", {"headers": signed.bearer(), "timeout": PATIENCE_MS}
    read = context.request.get(address, **ask).text()  # type: ignore[arg-type]
    form = dict(form_to(read, "/bulletins/{week}").pairs)
    answer = context.request.post(address, form=form, **ask)  # type: ignore[arg-type]
    while "issuing=" in answer.url:
        answer = context.request.get(answer.url, **ask)  # type: ignore[arg-type]
    assert answer.ok, answer.status
    context.close()


def _take(browser: Browser, base: str, shot: Shot) -> bytes:
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        locale="fr",
        color_scheme="light",
        geolocation=STANDS_AT,  # type: ignore[arg-type]
        permissions=["geolocation"],
    )
    if shot.role is not None:
        context.add_cookies([signed.cookie(base, shot.role)])  # type: ignore[list-item]
    watched = watch(context.new_page(), base)
    watched.page.clock.set_fixed_time(NOW)  # or the form says that the device's clock is fast
    page = watched.open(shot.path)
    page.wait_for_load_state("networkidle")
    taken = page.screenshot()
    context.close()
    if watched.wrong:
        sys.stderr.write(f"{shot.path}: {sorted(set(watched.wrong))}\n")
    return taken


def _drawn(browser: Browser, inside: str) -> bytes:
    """Return a picture of HTML of ours."""
    page = browser.new_page(viewport={"width": 900, "height": 800})
    page.set_content(docs_boxes.document(inside))
    taken = page.locator("#picture").screenshot()
    page.close()
    return taken


def _city_map(browser: Browser) -> bytes:
    """Return the map that `city init` draws of the quarters of a city."""
    quarters = ROOT / "tests/data/cities/zurich"
    with tempfile.TemporaryDirectory(prefix="geosites-city-") as home:
        file = Path(home) / "city.html"
        command = ["geosites", "city", "init", str(quarters), "--level", "Quartier"]
        command += ["--metric", "2056", "--dry-run", "--map", str(file)]
        subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            cwd=home,
            check=True,
            capture_output=True,
        )
        return _screen(browser, file.as_uri(), 700)


def _site_of_docs(browser: Browser) -> bytes:
    """Return the first screen of the documentation as a site."""
    with tempfile.TemporaryDirectory(prefix="geosites-docs-") as folder:
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        return _screen(browser, (Path(folder) / "methods/closure/index.html").as_uri(), 700)


def _screen(browser: Browser, address: str, height: int) -> bytes:
    page = browser.new_page(viewport={"width": 1280, "height": height})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    taken = page.screenshot()
    page.close()
    return taken


def _keep(name: str, taken: bytes) -> None:
    """Write a picture with few colours: text and flat areas lose nothing by it."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
