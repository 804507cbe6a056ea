"""An area drawn on the map of a form, by pressing or by keyboard alone, and what is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from geosites.core.records import Operation, Sighting
from geosites.db.closure import operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.imports.basemap.build import build
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from screenshots.browser_watch import Watched, serve, watch
from stores import signed, small_exercise
from web.conftest import NOW

PAINTED = """() => [...document.querySelectorAll("#drawing canvas")].some((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value > 0);
})"""
"""Whether a tile of the map below the drawing has anything on it."""

LINES_3 = re.compile(r"^[^\n]+\n[^\n]+\n[^\n]+\n?$")


@pytest.fixture
def drawn(browser: Browser, store: Store) -> Iterator[Watched]:
    """Return a watched page of a coordinator over a store of its own."""
    for base in serve(create_app(store)):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        context.add_cookies([signed.cookie(base)])  # type: ignore[list-item]
        yield watch(context.new_page(), base)
        context.close()


def press(box: Locator, *places: tuple[int, int]) -> None:
    for x, y in places:
        box.click(position={"x": x, "y": y}, delay=20)
        box.page.wait_for_timeout(300)  # two presses at once are a zoom


def fill_times(page: Page) -> None:
    page.get_by_label("Début").fill("2022-10-07T08:00")
    page.get_by_label("Fin", exact=True).fill("2022-10-07T09:00")


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**/operations#recorded")
    expect(page.get_by_text("Enregistré.")).to_be_visible()
    page.goto(page.url.partition("#")[0] + "?lang=fr")
    expect(page.get_by_text("Enregistré.")).to_be_hidden()


def recorded(store: Store) -> Operation:
    with store.begin() as conn:
        (operation,) = operations.during(conn)
    return operation


def test_a_polygon_is_drawn_by_pressing_its_corners(drawn: Watched, store: Store) -> None:
    page = drawn.open("/new-operation")
    page.get_by_label("Comment le donner").select_option("polygon")
    expect(page.get_by_label("Longitude")).to_be_hidden()
    press(page.locator("#drawing"), (300, 180), (330, 180), (330, 210))
    expect(page.get_by_label("Sommets")).to_have_value(LINES_3)
    expect(page.locator("path.drawn")).to_have_count(1)
    fill_times(page)
    save(page)
    assert len(recorded(store).area.geoms[0].exterior.coords) == 4
    assert drawn.wrong == []


def test_a_circle_is_drawn_by_its_centre_and_its_radius(drawn: Watched, store: Store) -> None:
    page = drawn.open("/new-operation")
    press(page.locator("#drawing"), (300, 180), (320, 180))
    expect(page.get_by_label("Rayon en mètres")).not_to_have_value("")
    radius = float(page.get_by_label("Rayon en mètres").input_value())
    assert 100 < radius < 5000
    fill_times(page)
    save(page)
    assert recorded(store).area.area == pytest.approx(3.14 * radius**2, rel=0.02)
    assert drawn.wrong == []


def test_the_site_that_is_chosen_stands_on_the_map_with_its_name(drawn: Watched) -> None:
    page = drawn.open("/new-operation")
    rings = page.locator(".drawn-site")
    sites_to_choose = page.locator("#field-site option[data-lat]").count()
    assert sites_to_choose >= 2
    expect(rings).to_have_count(sites_to_choose)
    expect(rings).to_have_text([""] * sites_to_choose, use_inner_text=True)
    page.locator("#field-site").select_option(index=1)
    name = page.locator("#field-site option:checked").inner_text()
    expect(rings.filter(has_text=name)).to_be_visible()
    assert [text for text in rings.all_inner_texts() if text] == [name]
    shown = rings.filter(has_text=name).bounding_box()
    box = page.locator("#drawing").bounding_box()
    assert shown is not None
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert abs(shown["x"] - middle[0]) < 20
    assert abs(shown["y"] - middle[1]) < 20
    assert drawn.wrong == []


UNDER_A_SITE = """() => {
  const meets = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const sites = [...document.querySelectorAll(".drawn-site b")].filter((one) => one.textContent)
    .map((one) => one.getBoundingClientRect());
  return [...document.querySelectorAll(".street-name.station")]
    .filter((one) => sites.some((site) => meets(site, one.getBoundingClientRect())))
    .map((one) => one.textContent);
}"""


def test_no_name_of_the_ground_lies_under_the_name_of_a_site(drawn: Watched) -> None:
    page = drawn.open("/new-operation")
    page.locator("[data-streets=ready]").wait_for()
    chosen = page.locator("#field-site")
    seen = 0
    for value in chosen.locator("option[data-lat]").evaluate_all("all => all.map((o) => o.value)"):
        chosen.select_option(value)
        for _ in range(3):
            page.wait_for_timeout(300)  # names are placed again when the map has moved
            seen += page.locator(".street-name.station").count()
            assert page.evaluate(UNDER_A_SITE) == []
            page.locator(".leaflet-control-zoom-out").dispatch_event("click")
    assert seen >= 3


def test_an_area_is_drawn_by_keyboard_alone(drawn: Watched, store: Store) -> None:
    page = drawn.open("/new-operation")
    page.get_by_label("Comment le donner").select_option("polygon")
    box = page.locator("#drawing")
    box.focus()
    for key in ("ArrowUp", "Enter", *["Shift+ArrowRight"] * 3, "Enter", *["Shift+ArrowUp"] * 3):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    expect(page.get_by_label("Sommets")).to_have_value(LINES_3)
    corners = page.get_by_label("Sommets").input_value().splitlines()
    assert len(corners) == len(set(corners)) == 3
    fill_times(page)
    page.get_by_label("Début").focus()
    page.get_by_role("button", name="Enregistrer").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/operations#recorded")
    assert recorded(store).area.area == pytest.approx(150 * 150 / 2, rel=0.1)
    assert drawn.wrong == []


def test_a_circle_is_moved_and_widened_by_keyboard(drawn: Watched) -> None:
    page = drawn.open("/new-operation")
    page.locator("#drawing").focus()
    for key in ("ArrowUp", "+", "+", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_label("Rayon en mètres")).to_have_value("10")
    lon = float(page.get_by_label("Longitude").input_value())
    page.keyboard.press("Shift+ArrowRight")
    moved = float(page.get_by_label("Longitude").input_value()) - lon
    assert moved * 73_000 == pytest.approx(50, rel=0.05)
    expect(page.locator("path.drawn")).to_have_count(1)
    assert drawn.wrong == []


def test_the_perimeter_of_a_site_is_drawn_again(drawn: Watched, store: Store) -> None:
    with store.begin() as conn:
        before = sites.get(conn, "forceval").perimeter
    page = drawn.open("/sites/forceval/edit")
    expect(page.locator("path.drawn")).to_have_count(1)
    page.get_by_label("Comment le donner").select_option("circle")
    press(page.locator("#drawing"), (300, 180), (330, 180))
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**/sites/forceval#recorded")
    with store.begin() as conn:
        after = sites.get(conn, "forceval").perimeter
    assert not after.equals(before)
    assert after.distance(before) < 500
    assert drawn.wrong == []


def test_a_position_known_to_100_m_is_shown_until_another_is_typed(
    drawn: Watched, store: Store
) -> None:
    seen = Sighting(
        id=uuid4(),
        observed_at=NOW,
        point=small_exercise.FORCEVAL,
        headcount=4,
        territory="75119",
    )
    with store.begin() as conn:
        sightings.add(conn, seen)
    page = drawn.open(f"/sightings/{seen.id}")
    expect(page.locator("path.drawn")).to_have_count(1)
    page.get_by_label("Longitude").fill("2.38995")
    page.get_by_label("Latitude").fill("48.89985")
    expect(page.locator("path.drawn")).to_have_count(0)
    expect(page.locator("path.drawn-last")).to_have_count(1)
    assert drawn.wrong == []


@pytest.fixture
def on_streets(browser: Browser, store: Store, tmp_path: Path) -> Iterator[Watched]:
    """Return a watched page of a service with a street map that was built from an extract."""
    streets = tmp_path / "streets.mbtiles"
    extract = Path(__file__).parents[1] / "data" / "barbes.osm.gz"
    build(extract, streets, None, None, lambda _done, _of: None)
    for base in serve(create_app(store, WebConfig(basemap=streets))):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        context.add_cookies([signed.cookie(base)])  # type: ignore[list-item]
        yield watch(context.new_page(), base)
        context.close()


def test_a_street_map_that_was_built_lies_under_what_is_drawn(on_streets: Watched) -> None:
    page = on_streets.open("/new-operation")
    page.get_by_label("Longitude").fill("2.3505")
    page.get_by_label("Latitude").fill("48.8830")
    page.get_by_label("Rayon en mètres").fill("60")
    page.locator("#drawing[data-tiled=ready]").wait_for()
    page.wait_for_function(PAINTED)
    page.locator(".ground-credit", has_text="OpenStreetMap").wait_for()
    assert on_streets.wrong == []
