"""All weeks on one page: slider, keyboard, links, address, and the page without any script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from screenshots.browser_watch import Watched, watch
from stores import signed, small_exercise

WEEK = IsoWeek.parse(small_exercise.WEEK)
PATH = f"/maps/hotspots/{WEEK}"
EARLY = IsoWeek(2019, 52)
"""Long before the first sighting, so that the slider runs over three turns of a year."""


def shown(page: Page, week: IsoWeek) -> None:
    """Wait until the map shows a week."""
    page.locator(f'.canvas[data-shown="{week}"]').wait_for(timeout=30_000)


def opened(watched: Watched, path: str = PATH) -> Page:
    page = watched.open(path)
    page.locator(".canvas[data-shown]").wait_for()
    return page


def test_the_keyboard_moves_map_words_and_table_together(watched: Watched) -> None:
    page = opened(watched)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    before = WEEK.shift(-1)
    shown(page, before)
    expect(slider).to_have_attribute("aria-valuetext", Words().week(before))
    expect(page.locator("#week-label")).to_have_text(Words().week(before))
    expect(page.locator("h1")).to_contain_text("Semaine 39 (26 septembre – 2 octobre 2022)")
    expect(page).to_have_title(re.compile("semaine 39"))
    assert page.locator("path.hotspot").count() == page.locator("#hotspots tbody tr").count()
    expect(slider).to_be_focused()
    assert watched.wrong == []


def test_home_end_and_page_keys_reach_far(watched: Watched) -> None:
    page = opened(watched)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("PageDown")
    place = int(slider.input_value())
    assert place < int(slider.get_attribute("max") or 0) - 1
    page.keyboard.press("Home")
    expect(slider).to_have_value("0")
    page.keyboard.press("End")
    shown(page, WEEK)
    assert watched.wrong == []


def test_the_address_follows_and_leads_back(watched: Watched) -> None:
    page = opened(watched)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(rf"/maps/hotspots/{WEEK.shift(-1)}$"))
    page.reload()
    shown(page, WEEK.shift(-1))
    expect(page.locator("h1")).to_contain_text("Semaine 39")
    assert watched.wrong == []


def test_the_links_step_without_loading_a_page(watched: Watched) -> None:
    page = opened(watched)
    page.evaluate("document.body.dataset.same = 'yes'")
    page.get_by_role("link", name="Semaine précédente").click()
    shown(page, WEEK.shift(-1))
    page.get_by_role("link", name="Semaine suivante").click()
    shown(page, WEEK)
    expect(page.locator("#week-after")).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-same", "yes")
    assert watched.wrong == []


def test_neighbours_are_there_before_they_are_asked_for(watched: Watched) -> None:
    page, asked = watched.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    near, far = f"/layers/weeks/{WEEK.shift(-1)}", f"/layers/weeks/{WEEK.shift(-2)}"
    with page.expect_response(lambda answer: near in answer.url):
        opened(watched)
    page.get_by_role("slider").focus()
    with page.expect_response(lambda answer: far in answer.url):
        page.keyboard.press("ArrowLeft")
    shown(page, WEEK.shift(-1))
    assert sum(near in url for url in asked) == 1
    assert watched.wrong == []


def test_of_weeks_passed_by_only_the_last_is_drawn(watched: Watched) -> None:
    page = opened(watched)
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    shown(page, WEEK.shift(-8))
    expect(slider).to_have_attribute("aria-valuetext", Words().week(WEEK.shift(-8)))
    assert watched.wrong == []


def test_an_address_leads_to_a_part_of_the_map_and_follows_it(watched: Watched) -> None:
    page = opened(watched, f"{PATH}#map=15/48.88300/2.37000")
    canvas = page.locator(".canvas")
    expect(canvas).to_have_attribute("data-zoom", "15")
    page.get_by_role("button", name="Zoom avant").click()
    expect(page).to_have_url(re.compile(r"#map=16/48\.883\d*/2\.3[67]\d*$"))
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(rf"{WEEK.shift(-1)}#map=16/"))
    assert watched.wrong == []


def test_an_address_leads_to_a_place(watched: Watched) -> None:
    page = opened(watched, f"{PATH}?place=forceval")
    expect(page.locator("#card h2")).to_contain_text("Square Forceval")
    expect(page.locator(".canvas")).to_have_attribute("data-zoom", "16")
    assert watched.wrong == []


def test_full_screen_has_a_word_and_a_way_back(watched: Watched) -> None:
    page = opened(watched)
    button = page.get_by_role("button", name="Plein écran")
    button.click()
    expect(page.locator("figure.map:fullscreen")).to_be_visible()
    expect(page.get_by_role("slider")).to_be_visible()
    page.get_by_role("button", name="Quitter le plein écran").click()
    expect(button).to_be_visible()
    assert watched.wrong == []


def test_a_week_that_does_not_come_is_not_shown_as_another(watched: Watched) -> None:
    page = opened(watched)
    lost = f"**/layers/weeks/{WEEK.shift(-3)}*"
    page.route(lost, lambda route: route.abort())
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("alert")).to_contain_text("n’a pas pu être chargée")
    expect(page.locator("path.density")).to_have_count(0)
    expect(page.locator("#hotspots")).to_have_count(0)
    page.unroute(lost)
    page.keyboard.press("ArrowRight")
    shown(page, WEEK.shift(-2))
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#hotspots")).to_be_visible()


@pytest.fixture(params=list(Language))
def reading(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Watched]:
    """Return a watched page in a language."""
    context = browser.new_context(locale=request.param.value)
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    yield watch(context.new_page(), served)
    context.close()


def test_the_browser_says_every_week_as_the_server_does(reading: Watched) -> None:
    page = opened(reading, f"/maps/hotspots/{EARLY}")
    words = Words(Language(page.locator("html").get_attribute("lang") or ""))
    said = page.evaluate(
        """() => {
          const slider = document.querySelector("#weeks"), said = [];
          const after = document.querySelector("#week-after");
          for (let place = 0; place <= +slider.max; place += 1) {
            slider.value = place;
            slider.dispatchEvent(new Event("input"));
            said.push([slider.getAttribute("aria-valuetext"), after.href]);
          }
          return JSON.stringify(said);
        }"""
    )
    told = json.loads(said)
    weeks = [EARLY.shift(place) for place in range(len(told))]
    assert weeks[-1] == WEEK
    assert [label for label, _ in told] == [words.week(week) for week in weeks]
    after = [re.sub(r"\?.*", "", href).rpartition("/")[2] for _, href in told]
    assert after == [str(week.shift(1)) for week in weeks]


def test_without_script_each_week_is_a_whole_page(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(served + PATH)
    expect(page.get_by_role("slider")).to_have_count(0)
    page.get_by_role("link", name="Semaine précédente").click()
    expect(page).to_have_url(re.compile(f"{WEEK.shift(-1)}$"))
    expect(page.locator("h1")).to_contain_text("Semaine 39")
    expect(page.locator("#hotspots tbody tr").first).to_be_visible()
    expect(page.locator("#week-classes li")).to_have_count(5)
    expect(page.locator("#week-known")).to_contain_text("D’après ce qui est connu au")
    page.get_by_role("link", name="Semaine suivante").click()
    expect(page.locator("h1")).to_contain_text("Semaine 40")
    context.close()


APART = """() => {
  const all = [...document.querySelectorAll(".mark-territory-label > span")];
  const boxes = all.map((one) => one.getBoundingClientRect()).filter((box) => box.width);
  const over = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const met = boxes.some((one, place) => boxes.slice(place + 1).some((other) => over(one, other)));
  return { met, shown: boxes.length, hidden: all.filter((one) => one.hidden).length };
}"""


ZOOM_OUT = """(button) => new Promise((done) => {
  const pane = document.querySelector(".leaflet-map-pane");
  let moves = false;
  new MutationObserver((_, watching) => {
    const moved = moves;
    moves = pane.classList.contains("leaflet-zoom-anim");
    if (!moved || moves) return;
    watching.disconnect();
    setTimeout(done, 300);
  }).observe(pane, { attributeFilter: ["class"] });
  button.click();
})"""
"""Press the button, and wait until the map has come to rest and names are placed again."""


def test_names_of_territories_stand_clear_of_each_other(watched: Watched) -> None:
    page = opened(watched)
    page.wait_for_function("document.querySelectorAll('.mark-territory-label > span').length > 90")
    crowded = page.evaluate(APART)
    further = page.locator(".leaflet-control-zoom-out:not(.leaflet-disabled)")
    while further.count():
        further.evaluate(ZOOM_OUT)
        found = page.evaluate(APART)
        assert not found["met"]
        crowded["hidden"] = max(crowded["hidden"], found["hidden"])
    assert not crowded["met"]
    assert crowded["hidden"] > 0
    assert page.evaluate(APART)["shown"] > 0
