"""Criteria of RGAA 4.1 on every page of the route table, as far as a program can judge them.

`/accessibility` names these tests beside the criteria that it calls conform.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tinyhtml5.parser import HTMLParser

from browser.test_access import become, every_page
from geosites.db.postgres.connection import Store
from routes.page_table import Address
from screenshots.browser_watch import watch
from stores.once_a_run import once_a_run

CHECKS = Path(__file__).with_name("rgaa.js").read_text(encoding="utf-8")
JUDGED = re.findall(r'^    "([0-9.]+)": ', CHECKS, re.MULTILINE)
JUDGE = """() => Object.fromEntries(
  Object.entries(window.rgaa).map(([number, check]) => [number, check()]))"""

WIDE = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("main *, header *, footer *")].filter((one) =>
    one.checkVisibility() && !one.closest(".scroll, .leaflet-container, .skip, .unseen, svg")
    && one.getBoundingClientRect().right > innerWidth + 1);
  const named = out.slice(0, 3).map((one) => one.outerHTML.slice(0, 100));
  return wide > 0 ? [`${wide} px too wide`, ...named] : [];
}"""
"""Reflow: nothing is wider than the window but tables and maps, which the criterion allows."""

CUT = """() => [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
  const style = getComputedStyle(one);
  return one.checkVisibility() && !one.closest(".leaflet-container, .unseen, svg, [hidden]")
    && !one.matches(".unseen, .skip, input, select, textarea, progress, output")
    && [style.overflowX, style.overflowY].some((flow) => flow === "hidden" || flow === "clip")
    && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 110))"""
"""Text that is cut off where letters or spacing grow."""

SAME_PAGE = re.compile(r"\?.*|/shell$|/oidc/callback$")
"""What an address may have more and still be that of the same page."""

LABELS = """() => [...document.querySelectorAll("input:not([type=hidden]), select")].map((one) =>
  `${one.name}=${one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent.trim()}`)"""

SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"""


@pytest.fixture(scope="module")
def judged(
    browser: Browser,
    served: str,
    served_store: Store,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, dict[str, list[str]]]:
    """Return what is wrong, by criterion and page; one worker looks for all."""
    pages = every_page(browser, served, served_store, tmp_path_factory)
    return once_a_run(tmp_path_factory, "rgaa", lambda: judge_all(browser, served, pages))


def judge_all(
    browser: Browser, served: str, pages: list[Address]
) -> dict[str, dict[str, list[str]]]:
    """Open every page and return what is wrong, by criterion and page."""
    context = browser.new_context(locale="fr", viewport={"width": 1280, "height": 1024})
    found: dict[str, dict[str, list[str]]] = {}
    for one in pages:
        for number, wrong in looked_at(context.new_page(), served, one).items():
            found.setdefault(number, {})[one.path] = wrong
    context.close()
    assert len({path for rows in found.values() for path in rows}) >= 15
    return found


def looked_at(page: Page, base: str, one: Address) -> dict[str, list[str]]:
    """Return what is wrong on a page by criterion, in several widths and with wide spacing."""
    become(page.context, base, one)
    watch(page, base).open(one.path)
    page.evaluate(CHECKS)
    found: dict[str, list[str]] = page.evaluate(JUDGE)
    found["8.6 title"] = [page.title()]
    found["11.3 labels"] = page.evaluate(LABELS)
    page.set_viewport_size({"width": 320, "height": 256})
    found["10.11"] = page.evaluate(WIDE)
    page.set_viewport_size({"width": 1280, "height": 1024})
    sheet = page.evaluate_handle(
        """(rules) => { const one = new CSSStyleSheet(); one.replaceSync(rules);
          document.adoptedStyleSheets = [one]; return one; }""",
        SPACING,
    )
    found["10.12"] = [*page.evaluate(CUT), *page.evaluate(WIDE)]
    sheet.evaluate("(one) => one.replaceSync('html { font-size: 32px !important; }')")
    found["10.4"] = [*page.evaluate(CUT), *page.evaluate(WIDE)]
    page.close()
    return found


@pytest.mark.parametrize("number", [*JUDGED, "10.4", "10.11", "10.12"])
def test_on_every_page(judged: dict[str, dict[str, list[str]]], number: str) -> None:
    assert {path: wrong for path, wrong in judged[number].items() if wrong} == {}


def test_pages_of_one_service_are_told_apart_by_their_titles(
    judged: dict[str, dict[str, list[str]]],
) -> None:
    by_title: dict[str, set[str]] = {}
    for path, (title,) in judged["8.6 title"].items():
        by_title.setdefault(title, set()).add(SAME_PAGE.sub("", path))
    for refusal in ("Introuvable", "Pas de réponse"):
        by_title.pop(f"{refusal} · geosites", None)
    assert {title: paths for title, paths in by_title.items() if len(paths) > 1} == {}


def test_a_field_is_called_the_same_everywhere(judged: dict[str, dict[str, list[str]]]) -> None:
    names = {"login", "password", "code", "lang", "lon", "lat", "radius_m"}
    called: dict[str, set[str]] = {}
    for fields in judged["11.3 labels"].values():
        for name, label in (field.split("=", 1) for field in fields):
            if name in names:
                called.setdefault(name, set()).add(label)
    assert len(called) >= 4
    assert {name: labels for name, labels in called.items() if len(labels) > 1} == {}


def test_the_source_of_every_page_is_well_formed(
    browser: Browser, served: str, served_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    context = browser.new_context(locale="fr")
    wrong = {}
    for one in every_page(browser, served, served_store, tmp_path_factory):
        become(context, served, one)
        wrong[one.path] = parse_errors(source(context, served + one.path))
    context.close()
    assert len(wrong) >= 15
    assert {path: errors for path, errors in wrong.items() if errors} == {}


def test_the_checks_find_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 256})
    page.set_content("""<main><h3>x</h3><h3>x</h3><img src=x><table><td>1<td>2</table>
      <a href=x>ici</a><input><p style="width: 500px">x</p>
      <div style="overflow: hidden; width: 9px">
      too long a word</div></main>""")
    page.evaluate(CHECKS)
    found = page.evaluate(JUDGE)
    for number in ("1.1", "5.4", "5.6", "6.1", "8.4", "8.6", "9.1", "9.2", "11.1", "12.7"):
        assert found[number] != [], number
    assert page.evaluate(WIDE) != []
    assert page.evaluate(CUT) != []
    assert parse_errors("<!doctype html><html><p><b></p></i><div id=a id=b></html>") != []
    page.close()


def source(context: BrowserContext, address: str) -> str:
    """Return a page as a browser is sent it."""
    return context.request.get(address, headers={"accept": "text/html"}).text()


def parse_errors(html: str) -> list[str]:
    """Return what a parser of the HTML standard objects to."""
    parser = HTMLParser(namespace_html_elements=True)
    parser.parse(html)
    return [f"{at}: {code}" for at, code, _ in parser.errors]
