"""Take the pictures of the documentation, over the exercise: `script/pictures --docs [WORD…]`.

Each shows one screen in French, at desktop or phone width, as the role that uses the page sees it.
It is kept as a PNG of few colours in `docs/pictures`, so that the repository stays small.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.config import WebConfig
from screenshots.browser_watch import CHROMIUM, FLAGS, serve, watch
from screenshots.pictures import NOW, PATIENCE_MS, WEEK, exercise_store
from stores import signed

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
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
}


def main(words: list[str]) -> None:
    """Serve the exercise, and take the pictures whose name holds one of the words, or all."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {n: s for n, s in SHOTS.items() if not words or any(word in n for word in words)}
    with exercise_store() as store, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for base in serve(create_app(store, WebConfig(clock=lambda: NOW))):
            _issue_bulletin(browser, base)
            for name, shot in wanted.items():
                _keep(name, _take(browser, base, shot))
        browser.close()


def _issue_bulletin(browser: Browser, base: str) -> None:
    context = browser.new_context()
    issue = f"{base}/bulletins/{WEEK}"
    answer = context.request.post(issue, headers=signed.bearer(), timeout=PATIENCE_MS)
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
    page = watched.open(shot.path)
    page.wait_for_load_state("networkidle")
    taken = page.screenshot()
    context.close()
    if watched.wrong:
        sys.stderr.write(f"{shot.path}: {sorted(set(watched.wrong))}\n")
    return taken


def _keep(name: str, taken: bytes) -> None:
    """Write a picture with few colours: text and flat areas lose nothing by it."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
