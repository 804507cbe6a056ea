"""Every page in a real browser: nothing on the console, nothing blocked, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from samples.hostile import ATTACKS
from screenshots.browser_watch import Watched, watch
from stores import signed, small_exercise

WEEK = f"/maps/hotspots/{small_exercise.WEEK}"
PAGES = (
    "/",
    "/?lang=en",
    WEEK,
    "/maps/hotspots/2021-W10",
    "/sites",
    "/sites/forceval",
    f"/maps/displacement/{small_exercise.EVENT}",
    "/maps/displacement",
    f"/maps/displacement?event={small_exercise.EVENT}&event=forceval@2022-09-29",
    "/problems",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_quietly_and_fits(watched: Watched, path: str) -> None:
    page = watched.open(path)
    expect(page.locator("h1")).to_be_visible()
    assert watched.wrong == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]  # type: ignore[index]


def test_the_map_draws_what_the_table_says(watched: Watched) -> None:
    page = watched.open(WEEK)
    spots = page.locator("#hotspots tbody tr").count()
    assert spots >= 1
    assert page.locator("path.hotspot").count() == spots
    assert page.locator(".mark-hotspot-rank").count() == spots
    assert page.locator("path.density").count() >= 1
    assert page.locator("path.unobserved").count() == 1
    expect(page.locator("#map-waiting")).to_be_hidden()
    assert watched.wrong == []


def test_what_followed_an_event_is_drawn_with_arrows(watched: Watched) -> None:
    page = watched.open(f"/maps/displacement/{small_exercise.EVENT}")
    assert page.locator("path.flow").count() >= 1
    assert page.locator(".mark-change").count() >= 1
    page.locator("path.flow").first.dispatch_event("click")
    expect(page.locator("#card")).to_contain_text("personne n’a été suivi")
    assert watched.wrong == []


def test_a_tap_opens_a_card_that_stays_and_closes(watched: Watched) -> None:
    page = watched.open(WEEK)
    card = page.locator("#card")
    expect(card).to_be_hidden()
    page.locator(".mark-hotspot-rank").first.dispatch_event("click")
    expect(card).to_be_visible()
    expect(card.locator("h2")).to_have_text("Point chaud 1")
    expect(card).to_contain_text("Personnes présentes")
    card.get_by_role("button").click()
    expect(card).to_be_hidden()
    assert watched.wrong == []


def test_the_keyboard_opens_and_closes_a_card(watched: Watched) -> None:
    page = watched.open("/sites/forceval")
    page.locator(".mark-site").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card h2")).to_contain_text("Square Forceval")
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()


def test_a_card_of_a_site_leads_to_its_page(watched: Watched) -> None:
    page = watched.open(WEEK)
    page.get_by_label("Jardins d'Éole", exact=True).dispatch_event("click")
    page.locator("#card").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Jardins d'Éole")


def test_a_switch_of_the_legend_hides_its_layer(watched: Watched) -> None:
    page = watched.open(WEEK)
    site = page.locator(".mark-site").first
    switch = page.locator('[data-kinds="site"] input')
    expect(site).to_be_visible()
    switch.uncheck()
    expect(site).to_be_hidden()
    switch.check()
    expect(site).to_be_visible()


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_hostile_name_is_text_in_table_and_card(quick: Watched, number: int) -> None:
    page, text = quick.page, ATTACKS[number]
    shown = page.evaluate(
        """(text) => {
          const marks = [...document.querySelectorAll(".mark-site")];
          marks.find((mark) => mark.getAttribute("aria-label") === text).click();
          return document.querySelector("#card h2").textContent;
        }""",
        text,
    )
    assert shown == text
    names = page.evaluate(
        "() => [...document.querySelectorAll('.board a')].map((link) => link.textContent)"
    )
    assert text in names
    assert page.locator("#card h2 > *").count() == 0
    assert quick.wrong == []


def test_without_script_the_page_still_tells(browser: Browser, served: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies([signed.cookie(served)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(served + WEEK)
    expect(page.locator("#hotspots tbody tr").first).to_be_visible()
    expect(page.get_by_text("elle a besoin de JavaScript")).to_be_visible()
    context.close()


def test_a_layer_that_does_not_come_is_said_not_to_have_come(watched: Watched) -> None:
    watched.page.route("**/layers/weeks/**", lambda route: route.abort())
    watched.page.goto(watched.base + WEEK)
    expect(watched.page.locator("#map-failed")).to_be_visible()
    expect(watched.page.locator("#hotspots tbody tr").first).to_be_visible()


def test_english_is_one_tap_away_and_stays(watched: Watched) -> None:
    page = watched.open("/sites")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Sites and their closure")
    page.get_by_role("link", name="Square Forceval").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_a_map_saved_as_a_file_opens_without_any_server(
    browser: Browser, hostile_file: Path
) -> None:
    context = browser.new_context(offline=True, locale="fr-FR")
    watched = watch(context.new_page(), hostile_file.as_uri())
    page = watched.page
    page.goto(hostile_file.as_uri())
    page.locator('.canvas[data-week="ready"]').wait_for()
    assert page.locator("path.density").count() >= 1
    page.get_by_label("Jardins d'Éole", exact=True).dispatch_event("click")
    expect(page.locator("#card h2")).to_have_text("Jardins d'Éole")
    expect(page.locator("#card a")).to_be_hidden()
    assert [wrong for wrong in watched.wrong if hostile_file.name not in wrong] == []
    context.close()
