"""Every page of the route table, for everybody: axe-core, the keyboard alone, without the map.

Each page is opened once in each language: in French it is printed first, and walked through by the
keyboard. It is looked at as wide as a desk in light, and then made as
narrow as a phone and dark; a width in the other scheme shares its layout with one and its colours
with the other. The collections of OGC API have one template: the first stands for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from routes.page_table import Address, is_page, templates
from screenshots.browser_watch import WIDTHS, watch
from stores import signed, small_exercise
from stores.once_a_run import once_a_run

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
MORE = (
    "/maps/hotspots/2021-W10",
    f"/maps/displacement?event={small_exercise.EVENT}&event=forceval@2022-09-29",
    f"/maps/displacement/{small_exercise.OPERATION}",
    "/maps/displacement/porte-villette@2020-01-01",
    "/sites/nowhere",
    "/territories/75102?weeks=104",
)
"""Pages of the same routes that look otherwise: nothing seen, several beside, nothing to tell."""

MOST_TOP_PX = 112
"""Two lines of what is 44 pixels high, and what is around them."""

LOOKS = ((1280, "light"), (390, "dark"))


@pytest.fixture(scope="module")
def pages(
    browser: Browser, served: str, served_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> list[Address]:
    """Return every address that answers a browser with a page, and some that look otherwise."""
    found = every_page(browser, served, served_store, tmp_path_factory)
    return [*found, *(Address(path, path, Role.COORDINATOR) for path in MORE)]


def every_page(
    browser: Browser, base: str, store: Store, factory: pytest.TempPathFactory
) -> list[Address]:
    """Return every address of the route table that answers a browser with a page."""

    def asked() -> list[tuple[str, str, str | None]]:
        context = browser.new_context()
        everything = templates(create_app(store), small_exercise.EXAMPLES)
        found = [one for one in everything if answers_with_page(context, base, one)]
        context.close()
        return [(one.route, one.path, one.role and one.role.value) for one in found]

    found = once_a_run(factory, "pages", asked)
    return [Address(route, path, Role(role) if role else None) for route, path, role in found]


def answers_with_page(context: BrowserContext, base: str, one: Address) -> bool:
    become(context, base, one)
    headers = {"accept": "text/html"}
    return is_page(context.request.get(base + one.path, headers=headers, max_redirects=0))


def become(context: BrowserContext, base: str, one: Address) -> None:
    """Sign a browser in as somebody who may ask for an address."""
    context.clear_cookies()
    if one.role is not None:
        context.add_cookies([signed.cookie(base, one.role)])  # type: ignore[list-item]


def visited(context: BrowserContext, base: str, pages: list[Address]) -> Iterator[tuple[str, Page]]:
    """Yield each page once opened, by its path; whatever was wrong on it fails the test."""
    for one in pages:
        become(context, base, one)
        watched = watch(context.new_page(), base)
        page = watched.open(one.path)
        yield one.path, page
        quiet = [wrong for wrong in watched.wrong if "Failed to load resource" not in wrong]
        assert quiet == [], one.path
        page.close()


@pytest.fixture(scope="module")
def french(
    browser: Browser, served: str, pages: list[Address], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Return what each page is in French, by its path; one worker opens each once for all looks."""
    return once_a_run(tmp_path_factory, "french", lambda: all_looks(browser, served, pages))


def all_looks(browser: Browser, base: str, pages: list[Address]) -> dict[str, dict[str, Any]]:
    """Open every page in French; return what is printed, reached by keyboard, and found by axe."""
    context = browser.new_context(locale="fr")
    found: dict[str, dict[str, Any]] = {}
    for path, page in visited(context, base, pages):
        assert page.evaluate(PRINTED) == []
        one: dict[str, Any] = {"told": page.evaluate("window.told.length")}
        page.emulate_media(media="print")
        one["lost"] = page.evaluate(PRINTED)
        one["drawn"] = page.locator(".drawing").count() > 0
        if one["drawn"]:
            expect(page.locator(".drawing"), path).to_be_visible()
        page.emulate_media(media="screen")
        one["walked"] = walked(page)
        one["looks"] = looks(page, "fr")
        found[path] = one
    context.close()
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_quiet_fits_and_holds_no_serious_violation(
    request: pytest.FixtureRequest,
    browser: Browser,
    served: str,
    pages: list[Address],
    language: str,
) -> None:
    if language == "fr":
        each = {path: one["looks"] for path, one in request.getfixturevalue("french").items()}
    else:
        context = browser.new_context(locale=language)
        each = {path: looks(page, language) for path, page in visited(context, served, pages)}
        context.close()
    found = {f"{path} {look}": wrong for path, one in each.items() for look, wrong in one.items()}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert len(found) >= 2 * 15


def looks(page: Page, language: str) -> dict[str, list[str]]:
    """Return what axe finds on a page in each width and scheme."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.evaluate(AXE)
    return {f"{width} {scheme}": looked_at(page, width, scheme) for width, scheme in LOOKS}


def looked_at(page: Page, width: int, scheme: Any) -> list[str]:
    """Return what is wrong on a page that holds axe, in a width and a scheme."""
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.emulate_media(color_scheme=scheme)
    wide = page.evaluate("document.documentElement.scrollWidth") > width
    return violations(page) + (["wider than the screen"] if wide else [])


PRINTED = """() => {
  const told = "main :is(table, dl, ul, ol, figure, p.answer, tbody th, tbody a)";
  const kept = "form:not(:has(table)), .choices, .drawing, .unprinted, .links, .search, "
    + ".slider, .card";
  window.told ??= [...document.querySelectorAll(told)]
    .filter((one) => one.checkVisibility() && one.textContent.trim() && !one.closest(kept));
  return window.told.filter((one) => !one.checkVisibility())
    .map((one) => one.outerHTML.slice(0, 120));
}"""


def test_what_a_page_tells_is_printed(french: dict[str, dict[str, Any]]) -> None:
    assert {path: one["lost"] for path, one in french.items() if one["lost"]} == {}
    assert sum(one["told"] for one in french.values()) > 300
    assert sum(one["drawn"] for one in french.values()) >= 5


def test_on_a_phone_the_top_takes_two_lines_and_the_menu_opens_without_script(
    browser: Browser, served: str, pages: list[Address]
) -> None:
    size: Any = {"width": 390, "height": 664}
    context = browser.new_context(locale="fr", viewport=size, java_script_enabled=False)
    for one in (page for page in pages if page.role is not None):
        become(context, served, one)
        page = context.new_page()
        page.goto(served + one.path)
        top = page.locator("header.top").bounding_box()
        assert top is not None
        assert top["height"] <= MOST_TOP_PX, one.path
        page.close()
    become(context, served, Address("/", "/", Role.COORDINATOR))
    page = context.new_page()
    page.goto(served + "/report")
    for width in (320, 360, 390, 768):
        page.set_viewport_size({"width": width, "height": 664})
        top = page.locator("header.top").bounding_box()
        assert top is not None
        assert top["height"] <= MOST_TOP_PX, width
    page.set_viewport_size(size)
    page.goto(served + "/sites")
    links = page.locator("#menu a")
    expect(links.first).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    for number in range(links.count()):
        box = links.nth(number).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= size["height"]
    page.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Doublons").click()
    expect(page).to_have_url(re.compile("/duplicates"))
    page.set_viewport_size({"width": 1280, "height": 860})
    expect(links.first).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
    context.close()


def test_the_open_menu_holds_no_serious_violation(browser: Browser, served: str) -> None:
    size: Any = {"width": 390, "height": 844}
    context = browser.new_context(locale="fr", viewport=size)
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(served + "/sites")
    page.evaluate(AXE)
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#menu a").first).to_be_visible()
    found = {scheme: looked_at(page, 390, scheme) for scheme in ("light", "dark")}
    context.close()
    assert found == {"light": [], "dark": []}


WALK = """() => {
  const focusable = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const all = [...document.querySelectorAll(focusable)].filter((one) => one.tabIndex >= 0
    && !one.disabled && one.checkVisibility({visibilityProperty: true}) && one.type !== "hidden");
  window.walk = { all, seen: [] };
  return all.length;
}"""
STEP = """() => {
  const one = document.activeElement;
  const again = one !== document.body && one === window.walk.seen.at(-1);
  if (again) return "";
  if (one === document.body || window.walk.seen.includes(one)) return "end";
  const before = window.walk.seen.at(-1);
  window.walk.seen.push(one);
  const style = getComputedStyle(one);
  if (style.outlineStyle === "none" && style.boxShadow === "none") return "unseen";
  const after = !before || before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  return after ? "" : "out of order";
}"""
STOPS = 6
"""A field for a day and a time takes so many."""

LEFT = """() => window.walk.all
  .filter((one) => !window.walk.seen.includes(one) && !(one.type === "radio" && !one.checked))
  .map((one) => one.outerHTML.slice(0, 120))"""


def test_the_keyboard_reaches_everything_in_reading_order(french: dict[str, Any]) -> None:
    assert {path: one["walked"] for path, one in french.items() if one["walked"]} == {}


def walked(page: Page) -> list[str]:
    """Return what is wrong on a way through a page by the Tab key alone."""
    steps = page.evaluate(WALK)
    wrong = []
    for _ in range(STOPS * steps + 2):
        page.keyboard.press("Tab")
        said = page.evaluate(STEP)
        if said == "end":
            break
        if said:
            wrong.append(f"{said}: {page.evaluate('document.activeElement.outerHTML')[:120]}")
    return wrong + [f"not reached: {one}" for one in page.evaluate(LEFT)]


def test_everything_is_found_without_map_and_script(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(served + f"/maps/hotspots/{small_exercise.WEEK}")
    assert page.locator("#hotspots tbody tr").count() >= 1
    page.locator("#territories a").first.click()
    expect(page.locator("#weeks tbody tr")).to_have_count(26)
    page.goto(served + "/sites")
    page.get_by_role("link", name="Jardins d'Éole").first.click()
    page.locator("#events a").first.click()
    expect(page.locator("main")).to_contain_text("Unit 1")
    context.close()


def test_the_check_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<button></button><a href=x tabindex=2>x</a><a href=y tabindex=1>y</a>")
    page.evaluate(AXE)
    assert [rule for rule in violations(page) if rule.startswith("button-name")] != []
    assert [said for said in walked(page) if said.startswith("out of order")] != []
    page.close()


def violations(page: Page) -> list[str]:
    """Return the serious violations of a page that holds axe, each with what it is about."""
    answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']}"
        for rule in answer["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
