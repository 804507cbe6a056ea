"""Everything of the form is within reach: on a small screen, with large text, offline, by name."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.network import Network
from playwright.sync_api import expect

from browser.phones import Ledger, Phone, Phones
from browser.test_access import AXE, violations
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from stores import signed

SMALL = {"width": 360, "height": 640}
SCREENS = ({"width": 320, "height": 568}, SMALL, {"width": 390, "height": 664})
SMALLEST_PX = 47.5
NEVER_ANSWERED = """
Geolocation.prototype.watchPosition = Geolocation.prototype.getCurrentPosition = () => 0;
"""
IN_SIGHT = """async (one) => {
  // What sticks to an edge is put there when a frame is drawn, after what was written last.
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return top >= 0 && bottom <= innerHeight && (one === found || one.contains(found));
}"""
TOO_SMALL = """() => [...document.querySelectorAll("main :is(button, a, summary, select, input)")]
  .filter((one) => !["hidden", "checkbox"].includes(one.type))
  .filter((one) => one.checkVisibility() && !one.closest(".leaflet-container, #today"))
  .map((one) => [one.getBoundingClientRect().height, one.outerHTML.slice(0, 60)])
  .filter(([height]) => height < SMALLEST_PX)""".replace("SMALLEST_PX", str(SMALLEST_PX))


def in_sight(phone: Phone, selector: str) -> bool:
    return bool(phone.page.locator(selector).first.evaluate(IN_SIGHT))


def located(phone: Phone) -> None:
    expect(phone.page.locator("#fix")).to_contain_text("12 m")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: f"{one['width']}px")
def test_the_usual_case_is_two_taps_in_sight(
    phone: Phones, ledger: Ledger, screen: dict[str, int]
) -> None:
    """Line 19: count and send without scrolling; the confirmation is where the thumb was."""
    one = phone(viewport=screen)
    located(one)
    began = time.monotonic()
    for selector in ("[data-step='5']", "[type=submit]"):
        assert in_sight(one, selector), selector
        one.page.locator(selector).first.click()
    expect(one.latest).to_contain_text("Envoyé")
    assert time.monotonic() - began < 10
    assert in_sight(one, "#latest li b")
    assert in_sight(one, "[type=submit]")
    expect(one.latest).to_be_focused()
    assert ledger.heads() == [5]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: f"{one['width']}px")
def test_an_error_is_in_sight_and_has_the_focus(phone: Phones, screen: dict[str, int]) -> None:
    """Line 19: beside the field, which says that it is wrong."""
    one = phone(viewport=screen)
    located(one)
    one.page.get_by_text("Autre heure").click()
    one.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    one.send()
    count = one.page.locator("[name=headcount]")
    expect(count).to_be_focused()
    expect(count).to_have_attribute("aria-invalid", "true")
    assert in_sight(one, "[name=headcount]")
    assert in_sight(one, "#wrong-headcount")


def test_everything_to_press_is_48_px_high(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 19: in every state of the form."""
    one = phone(viewport=SMALL)
    located(one)
    net.tell("cut", "/api/")
    one.page.get_by_text("Autre heure").click()
    one.page.get_by_text("Lieu, ou longitude").click()
    one.report(7)
    expect(one.latest).to_contain_text("Le service ne répond pas")
    assert one.page.evaluate(TOO_SMALL) == []
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.latest).to_contain_text("Envoyé")
    assert one.page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_text_at_200_percent_fits_360_px(phone: Phones, ledger: Ledger, language: str) -> None:
    """Line 19: no sideways scrolling, and Send in sight."""
    one = phone(viewport=SMALL, locale=language)
    one.page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = "document.documentElement.scrollWidth"
    assert one.page.evaluate(wide) <= SMALL["width"]
    assert in_sight(one, "[type=submit]")
    one.page.locator("[name=headcount]").fill("7")
    one.page.locator("[type=submit]").click()
    expect(one.page.locator("#latest li")).to_contain_text("7.")
    assert one.page.evaluate(wide) <= SMALL["width"]
    assert in_sight(one, "[type=submit]")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_serious_violation_in_any_state(phone: Phones, ledger: Ledger, language: str) -> None:
    """Shows: axe, with a receipt, a question and an error on the page."""
    one = phone(locale=language)
    found: dict[str, Any] = {}

    def look(state: str) -> None:
        one.page.evaluate(AXE)
        found[state] = violations(one.page)

    expect(one.page.locator("#fix")).to_contain_text("12")
    one.page.locator("[type=submit]").click()
    expect(one.page.locator("#wrong-headcount")).to_be_visible()
    look("an error")
    one.page.locator("[data-step='5']").click()
    one.page.locator("[type=submit]").click()
    expect(one.page.locator("#latest a")).to_be_visible()
    look("a receipt")
    one.page.locator("[data-step='5']").click()
    one.page.locator("[type=submit]").click()
    expect(one.page.locator("#ask-text")).to_be_visible()
    look("a question")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}
    assert len(found) == 3


def test_a_report_is_corrected_and_withdrawn_by_its_reporter(
    phone: Phones, ledger: Ledger, field_store: Store
) -> None:
    """Line 20: each a new version of the row, told by the name of the place."""
    one = phone()
    located(one)
    one.report(41)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text("Square Forceval")
    expect(one.latest).not_to_contain_text("2.38")
    (first,) = ledger.new()
    one.press("Corriger")
    expect(one.page.locator("#correcting")).to_be_visible()
    one.report(14)
    expect(one.latest).to_contain_text(", 14.")
    expect(one.page.locator("#queue")).to_be_empty()
    (found,) = ledger.new()
    assert (found.id, found.headcount, found.observed_at) == (first.id, 14, first.observed_at)
    assert found.point.distance(first.point) < 0.1
    one.press("Annuler")
    one.page.locator("#ask").get_by_role("button", name="Oui").click()
    expect(one.latest).to_contain_text("Annulé")
    expect(one.latest.get_by_role("button")).to_have_count(0)
    assert ledger.heads() == []
    with field_store.begin() as conn:
        assert sightings.get(conn, first.id).verified is False


def test_a_report_is_corrected_from_its_receipt(phone: Phones, ledger: Ledger) -> None:
    """Line 20: also when the page was closed in between."""
    one = phone()
    located(one)
    one.report(41)
    expect(one.latest).to_contain_text("Envoyé")
    one.latest.get_by_role("link", name="Accusé de réception").click()
    one.page.get_by_role("link", name="Corriger").click()
    expect(one.page.locator("#correcting")).to_be_visible()
    expect(one.page.locator("[name=headcount]")).to_have_value("41")
    one.report(14)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text(", 14.")
    expect(one.page.locator("[name=headcount]")).to_have_value("")
    assert ledger.heads() == [14]


def test_what_waits_is_corrected_and_withdrawn_as_well(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 20: also where the answer was lost and the service has it already."""
    one = phone()
    located(one)
    net.tell("lose", "/api/sightings", times=1)
    net.tell("cut", "/report/state")
    one.report(41)
    expect(one.latest).to_contain_text("Le service ne répond pas")
    assert ledger.heads() == [41]
    net.tell("cut", "/api/")
    one.press("Corriger")
    one.report(14)
    expect(one.latest).to_contain_text(", 14.")
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [14]
    net.tell("cut")
    one.page.locator("#place").click(position={"x": 300, "y": 20})
    one.report(3)
    expect(one.latest).to_contain_text("En attente")
    one.press("Annuler")
    one.page.locator("#ask").get_by_role("button", name="Oui").click()
    net.heal()
    expect(one.page.locator("#queue")).to_be_empty()
    assert ledger.heads() == [14]


def test_sites_reports_and_ground_are_there_without_a_network(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 21: as they were when there was one, and said to be so."""
    one = phone()
    one.worked()
    located(one)
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    one.open()
    expect(one.page.locator("#today")).to_contain_text("votre unité")
    net.tell("cut")
    one.page.reload()
    expect(one.page.locator("#since")).to_contain_text("Sans réseau")
    expect(one.page.locator("#today")).to_contain_text("votre unité")
    expect(one.page.locator("[name=site] option[value=forceval]")).to_have_count(1)
    assert one.page.locator("path.territory").count() > 10
    one.press("Vu ailleurs ou plus tôt")
    one.page.locator("[name=site]").select_option("stalingrad")
    ten_days_ago = dt.datetime.now(ZoneInfo("Europe/Paris")) - dt.timedelta(days=10)
    one.page.locator("[name=observed_at]").fill(f"{ten_days_ago:%Y-%m-%dT}10:00")
    one.report(9)
    expect(one.latest).to_contain_text("Stalingrad")
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7, 9]


def test_a_question_for_the_position_that_nobody_answers_says_what_to_do(phone: Phones) -> None:
    """Line 22: the line is never empty."""
    one = phone(scripts=(NEVER_ANSWERED,))
    expect(one.page.locator("#fix")).to_contain_text("Autorisez-la, touchez la carte")


def test_the_form_is_an_app_on_any_phone(phone: Phones) -> None:
    """Line 22: icons as pictures, a colour for the frame, in both schemes."""
    page = phone().page
    manifest = page.request.get(page.url.replace("/report", "/manifest.webmanifest")).json()
    sizes = {icon["sizes"] for icon in manifest["icons"] if icon["type"] == "image/png"}
    assert sizes == {"192x192", "512x512"}
    paths = [icon["src"] for icon in manifest["icons"]]
    touch = page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    for path in [*paths, str(touch)]:
        answer = page.request.get(page.url.replace("/report", path))
        assert answer.headers["content-type"].startswith("image/")
    assert page.locator("meta[name=theme-color]").count() == 2


def test_a_coordinator_reports_for_another_unit(phone: Phones, ledger: Ledger) -> None:
    """Line 23: and a reporter is not asked."""
    one = phone(role=Role.COORDINATOR)
    located(one)
    one.page.get_by_text("Autre heure").click()
    one.page.locator("[name=unit]").select_option(signed.unit(Role.REPORTER))
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text(signed.unit(Role.REPORTER))
    (found,) = ledger.new()
    assert found.unit == signed.unit(Role.REPORTER)
    assert phone().page.locator("[name=unit]").count() == 0
