"""Take a picture of each step of a day at the desk, as it is done in a browser."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from geosites.exercise import accounts
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from screenshots.browser_watch import CHROMIUM, FLAGS, serve
from screenshots.day import Day
from screenshots.pictures import FOLDER, exercise_store


def main() -> None:
    """Serve the exercise, do the day, and photograph it into `pictures/day`."""
    folder = FOLDER / "day"
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[str] = []

    def look(name: str, page: Page) -> None:
        taken.append(name)
        page.screenshot(path=folder / f"{len(taken):02d}-{name}.png", full_page=True)

    with exercise_store() as store, tempfile.TemporaryDirectory() as files:
        with store.begin() as conn:
            made = dict(accounts.add_accounts(conn, dt.datetime.now(dt.UTC)))[Role.ADMIN]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            for base in serve(create_app(store)):
                day = Day(browser, base, look, Path(files))
                list(day.steps(made.login, made.password or ""))
            browser.close()


if __name__ == "__main__":
    main()
