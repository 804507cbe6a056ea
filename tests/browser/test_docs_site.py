"""The documentation as a site: no broken link, and no request to another server."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]
LARGEST_PICTURE = 150_000
LOADS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\b(?:src|data|srcset)=["']?([^"'\s>]+)"""
    r"""|<link\b(?![^>]*\brel=["']?canonical)[^>]*?\bhref=["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
STYLE_LOADS = re.compile(r"""@import\s+["']?([^"';)]+)|url\(\s*["']?([^"')]+)""")
FILE_NAMED = re.compile(r"<a [^>]*>(?:<code>)?[\w./-]+\.md(?:</code>)?</a>")
CUT = """() => [...document.querySelectorAll(".md-typeset pre > code")]
    .filter(one => !one.closest(".drawing") && one.scrollWidth > one.clientWidth)
    .map(one => one.innerText)"""
ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)
SHOWN = (
    "",
    "users/liaison/",
    "reporting/",
    "methods/displacement/",
    "architecture/",
    "closures/",
    "reference/geosites/client/client/",
    "benchmarks/",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; a warning fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    built = subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Serve the site on loopback."""
    handler = functools.partial(_Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pages_and_styles_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    loaded = [
        (page.relative_to(site), *found)
        for page in pages
        for found in LOADS.findall(page.read_text())
    ]
    loaded += [
        (style.relative_to(site), *found)
        for style in site.rglob("*.css")
        for found in STYLE_LOADS.findall(style.read_text())
    ]
    assert len(loaded) > len(pages)
    assert [one for one in loaded if any(ELSEWHERE.match(url) for url in one[1:])] == []


def test_no_link_is_called_by_a_file(site: Path) -> None:
    pages = {page.relative_to(site): page.read_text() for page in site.rglob("*.html")}
    assert ">Privacy</a>" in pages[Path("api/index.html")]
    assert [name for name, text in pages.items() if FILE_NAMED.search(text)] == []


def test_every_module_and_page_has_its_place(site: Path) -> None:
    for module in (ROOT / "src/geosites/client").glob("[!_]*.py"):
        assert (site / "reference/geosites/client" / module.stem / "index.html").exists()
    text = (site / "reference/geosites/client/client/index.html").read_text()
    assert "Return whether a site is still closed" in text
    for page in ("contributing", "security", "changelog", "calibration/closure"):
        assert (site / page / "index.html").exists()


def test_pictures_are_small_and_each_is_shown(site: Path) -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    shown = "".join(page.read_text() for page in pages)
    pictures = list((ROOT / "docs/pictures").iterdir())
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert f"pictures/{picture.name})" in shown, picture.name


def test_a_picture_opens_at_its_full_size(browser: Browser, address: str) -> None:
    page, _, wrong = _opened(browser, address, "calibration/closure/", 390)
    assert wrong == []
    page.get_by_role("link", name="Chart: the probability shown").click()
    page.wait_for_url("**/pictures/calibration-closure.png")
    width = page.locator("img").evaluate("async one => (await one.decode(), one.naturalWidth)")
    assert width > 390
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", SHOWN)
def test_a_page_asks_this_server_only_and_fits(
    browser: Browser, address: str, path: str, width: int
) -> None:
    page, asked, wrong = _opened(browser, address, path, width)
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT) == []
    page.context.close()
    assert asked
    assert [url for url in asked if not url.startswith(address)] == []
    assert wrong == []


def test_search_works_without_another_server(browser: Browser, address: str) -> None:
    page, asked, wrong = _opened(browser, address, "", 1280)
    page.keyboard.press("s")  # opens the search, and fetches its index
    page.keyboard.type("recovery codes")
    # The search draws its list again with each key typed: what is waited for is the answer.
    answer = page.locator(".md-search-result__link[href*='/access/']")
    expect(answer.first).to_be_attached()
    page.context.close()
    assert any("search_index.json" in url for url in asked)
    assert [url for url in asked if not url.startswith(address)] == []
    assert wrong == []


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Write nothing."""


def _opened(
    browser: Browser, address: str, path: str, width: int
) -> tuple[Page, list[str], list[str]]:
    """Open a page; return it, every address it asks for but inline ones, and what went wrong."""
    asked: list[str] = []
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 860})
    context.on("request", lambda request: _note(asked, request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    return page, asked, wrong


def _note(asked: list[str], url: str) -> None:
    if not url.startswith(("data:", "blob:")):
        asked.append(url)
