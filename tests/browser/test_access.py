"""axe-core on every page in both languages: nothing serious stands in anybody's way."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import signed
import small_exercise
from browser_watch import WIDTHS, watch

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PAGES = (
    "/",
    f"/maps/hotspots/{small_exercise.WEEK}",
    "/maps/hotspots/2021-W10",
    "/sites",
    "/sites/forceval",
    "/maps/displacement",
    f"/maps/displacement?event={small_exercise.EVENT}&event=forceval@2022-09-29",
    f"/maps/displacement/{small_exercise.EVENT}",
    "/maps/displacement/porte-villette@2020-01-01",
    "/sites/nowhere",
    "/problems",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_holds_a_serious_violation(
    browser: Browser, served: str, language: str, scheme: Any
) -> None:
    width = 1280 if scheme == "light" else 390
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, locale=language, color_scheme=scheme
    )
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    watched = watch(context.new_page(), served)
    found = {path: violations(watched.open(path)) for path in PAGES}
    context.close()
    assert {path: names for path, names in found.items() if names} == {}


def test_the_check_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<button></button>")
    assert [rule for rule in violations(page) if rule.startswith("button-name")] != []
    page.close()


def violations(page: Page) -> list[str]:
    """Return the serious violations, each with what it is about; axe runs as no script tag."""
    page.evaluate(AXE)
    answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']}"
        for rule in answer["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
