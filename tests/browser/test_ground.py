"""Streets under the maps, as somebody sees them: names, the form on a phone, a saved file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from geosites.permissions.policy import Role
from screenshots.browser_watch import WIDTHS, Watched, watch
from stores import signed

FORCEVAL = {"latitude": 48.899854, "longitude": 2.38995, "accuracy": 12}


PLACED = "() => new Promise((done) => setTimeout(done, 300))"
"""Names are placed again 80 ms after marks have come: by the page's own clock, before this ends."""


def names(page: Page) -> Locator:
    page.locator("[data-streets=ready]").wait_for()
    page.evaluate(PLACED)
    return page.locator(".street-name")


def test_forceval_lies_between_station_street_canal_and_ring_road(watched: Watched) -> None:
    shown = names(watched.open("/sites/forceval"))
    texts = set(shown.all_text_contents())
    assert {"Porte de la Villette", "Boulevard périphérique"} <= texts
    assert texts & {"Canal Saint-Denis", "Canal de l'Ourcq"}
    for kind in ("water", "road", "rail"):
        assert watched.page.locator(f"path.ground-{kind}").count() >= 1
    expect(watched.page.locator(".ground-credit")).to_contain_text("Île-de-France Mobilités")
    assert watched.wrong == []


def test_names_cover_neither_one_another_nor_the_buttons(watched: Watched) -> None:
    page = watched.open("/maps/hotspots/2022-W40")
    drawn = page.locator(".street-name.station, .leaflet-control")
    expect(names(page).first).to_be_visible()
    boxes = drawn.evaluate_all("every => every.map(one => one.getBoundingClientRect().toJSON())")
    found = [box for box in boxes if box["width"] and box["height"]]
    assert len(found) >= 4
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"] + 1
                or other["x"] + other["width"] <= one["x"] + 1
                or one["y"] + one["height"] <= other["y"] + 1
                or other["y"] + other["height"] <= one["y"] + 1
            )
            assert apart, (one, other)


@pytest.fixture
def form(browser: Browser, served: str) -> Watched:
    context = browser.new_context(
        viewport={"width": 390, "height": WIDTHS[390]},
        locale="fr-FR",
        geolocation=FORCEVAL,  # type: ignore[arg-type]
        permissions=["geolocation"],
    )
    context.add_cookies([signed.cookie(served, Role.COORDINATOR)])  # type: ignore[list-item]
    return watch(context.new_page(), served)


def test_a_phone_shows_where_it_is_and_keeps_the_streets(form: Watched) -> None:
    page = form.page
    page.goto(form.base + "/report")
    assert names(page).count() >= 1
    assert page.locator("#place path.ground-road").count() >= 2
    page.context.set_offline(True)
    page.wait_for_function("async () => (await (await caches.open('ground')).keys()).length === 1")
    page.context.set_offline(False)
    page.route("**/layers/streets", lambda route: route.abort())
    page.reload()
    page.locator("[data-streets=ready]").wait_for()
    assert page.locator("#place path.ground-road").count() >= 2
    page.context.close()


def test_a_saved_file_has_its_streets(browser: Browser, hostile_file: Path) -> None:
    context = browser.new_context(offline=True, locale="fr-FR")
    page = context.new_page()
    page.goto(hostile_file.as_uri())
    assert "Gare du Nord" in names(page).all_text_contents()
    context.close()


COVERED = """() => {
  const over = ["#map-full", "figcaption", ".search", ".leaflet-control", ".mark > span",
    ".ground-credit"];
  const boxes = over.flatMap((one) => [...document.querySelectorAll(`.map ${one}`)])
    .filter((one) => getComputedStyle(one).visibility === "visible")
    .map((one) => one.getBoundingClientRect());
  const map = document.querySelector(".canvas").getBoundingClientRect();
  const inside = (box) => box.left >= map.left && box.right <= map.right
    && box.top >= map.top && box.bottom <= map.bottom;
  const meets = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  return [...document.querySelectorAll(".street-name.station")].filter((one) => {
    const box = one.getBoundingClientRect();
    return !inside(box) || boxes.some((other) => meets(box, other));
  }).map((one) => one.textContent);
}"""
CUT = """() => {
  const map = document.querySelector(".canvas").getBoundingClientRect();
  return [...document.querySelectorAll(".mark-territory-label > span")].filter((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const seen = right > map.left && left < map.right && bottom > map.top && top < map.bottom;
    const whole = left >= map.left && right <= map.right && top >= map.top && bottom <= map.bottom;
    return seen && !whole && getComputedStyle(one).visibility === "visible";
  }).map((one) => one.textContent);
}"""


@pytest.mark.parametrize(
    "path", ["/maps/hotspots/2022-W40", "/maps/displacement/forceval@2022-10-05", "/"]
)
def test_names_are_not_cut_and_lie_under_nothing(watched: Watched, path: str) -> None:
    page = watched.open(path)
    assert names(page).count() >= 3
    assert page.evaluate(COVERED) == []
    assert page.evaluate(CUT) == []


def test_no_name_is_written_over_an_arrow(watched: Watched) -> None:
    page = watched.open("/maps/displacement/forceval@2022-10-05")
    assert names(page).count() >= 4
    over = page.evaluate(
        """() => [...document.querySelectorAll(".street-name.station")].filter((one) => {
          const { x, y, width, height } = one.getBoundingClientRect();
          return [...document.querySelectorAll(".flow")].some((flow) => {
            const back = flow.getScreenCTM().inverse();
            return Array.from({ length: 50 }, (_, n) => n / 50).some((part) => flow.isPointInFill(
              new DOMPoint(x + part * width, y + height / 2).matrixTransform(back)));
          });
        }).map((one) => one.textContent)"""
    )
    assert page.locator(".flow").count() >= 1
    assert over == []


OVER_THE_DOT = """() => {
  const { x, y, width, height } = document.querySelector("#place .here").getBoundingClientRect();
  return [...document.querySelectorAll("#place .street-name")].filter((one) => {
    const origin = one.parentNode.getBoundingClientRect();
    const dot = new DOMPoint(x + width / 2 - origin.x, y + height / 2 - origin.y);
    const at = dot.matrixTransform(new DOMMatrix(getComputedStyle(one).transform).inverse());
    return at.x > -7 && at.x < one.offsetWidth + 7 && at.y > -7 && at.y < one.offsetHeight + 7;
  }).map((one) => one.textContent);
}"""


def test_the_form_names_where_a_phone_is_and_covers_no_name_with_it(form: Watched) -> None:
    page = form.page
    page.goto(form.base + "/report")
    page.locator("#place .here").wait_for()
    assert names(page).count() >= 1
    assert page.evaluate(OVER_THE_DOT) == []
    page.context.close()


def test_a_button_of_the_map_that_is_pointed_at_keeps_its_sign_in_the_dark(form: Watched) -> None:
    page = form.page
    page.emulate_media(color_scheme="dark")
    page.goto(form.base + "/report")
    button = page.locator("#place .leaflet-control-zoom-out")
    button.hover()
    shown = "(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    pointed = button.evaluate(shown)
    page.mouse.move(0, 0)
    assert pointed == button.evaluate(shown)
    assert pointed[0] != "rgb(244, 244, 244)"
    page.context.close()
