"""No report is recorded wrong by accident: account, place, time, count are what the screen said."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import shapely
from bench.network import Network
from playwright.sync_api import expect

from browser.phones import FORCEVAL, SHIFTED, Ledger, Phone, Phones
from geosites.core.crs import to_metric
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from stores import signed

AWAY = {"latitude": 48.8700, "longitude": 2.3700, "accuracy": 15}
"""3.6 km from the square Forceval."""
OVER_THERE = {"latitude": 48.883656, "longitude": 2.369942, "accuracy": 10}
CELL_TOWER = {**FORCEVAL, "accuracy": 25_000}
MINUTE = dt.timedelta(minutes=1)
PARIS = ZoneInfo("Europe/Paris")


def metres(found: shapely.Point, place: dict[str, float]) -> float:
    """Return how far a recorded point lies from a place."""
    x, y = to_metric([place["longitude"], place["latitude"]])[0]
    return float(found.distance(shapely.Point(x, y)))


def move(phone: Phone, place: dict[str, float]) -> None:
    phone.context.set_geolocation(place)  # type: ignore[arg-type]


def count(phone: Phone, heads: int | str) -> None:
    phone.page.get_by_role("textbox", name="Combien de personnes").fill(str(heads))


def answer(phone: Phone, name: str) -> None:
    phone.page.locator("#ask").get_by_role("button", name=name, exact=True).click()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_what_was_typed_as_one_account_is_not_recorded_as_another(
    phone: Phones, ledger: Ledger
) -> None:
    """Line 11: another tab signed in as somebody else; the phone says so and offers to switch."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.sign_in(Role.COORDINATOR)
    one.report(7)
    said = f"ouverte par {signed.login(Role.REPORTER)}, mais le compte connecté est"
    expect(one.latest).to_contain_text("Le compte qui l’a rédigé doit se connecter")
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.page.locator("#state")).to_contain_text(said)
    expect(one.page.locator("#state").get_by_role("link")).to_have_count(2)
    assert ledger.heads() == []
    one.sign_in(Role.REPORTER)
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert found.unit == signed.unit(Role.REPORTER)


def test_the_plain_form_is_bound_to_its_account_too(phone: Phones, ledger: Ledger) -> None:
    """Line 11: without a script the form itself says who opened it."""
    one = phone(java_script_enabled=False)
    one.page.locator("[name=site]").select_option("forceval")
    one.sign_in(Role.COORDINATOR)
    one.report(7)
    expect(one.page.locator("#wrong-account")).to_be_visible()
    expect(one.page.locator("[name=headcount]")).to_have_value("7")
    assert ledger.heads() == []
    one.send()
    expect(one.page.locator("h1")).to_have_text("Enregistré")
    (found,) = ledger.new()
    assert found.unit == signed.unit(Role.COORDINATOR)


def test_each_account_has_its_own_queue_over_sign_out(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 11: who signs out erases the own drafts once told; another account's reports stay."""
    one = phone()
    one.worked()
    net.tell("cut", "/api/")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    one.sign_in(Role.COORDINATOR)
    one.open()
    expect(one.page.locator("#queue")).to_be_empty()
    count(one, 9)
    one.press("Se déconnecter")
    expect(one.page.locator("#unsent")).to_contain_text("Appuyez de nouveau")
    one.press("Se déconnecter")
    expect(one.page).to_have_url(re.compile("/sign-in"))
    net.heal()
    one.sign_in(Role.REPORTER)
    one.open()
    expect(one.items("Envoyé")).to_have_count(1)
    expect(one.items("Brouillon")).to_have_count(0)
    assert ledger.heads() == [7]


def test_the_place_is_taken_with_the_count(phone: Phones, ledger: Ledger) -> None:
    """Line 12: who walks on before sending reports where the count was made."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    count(one, 41)
    move(one, AWAY)
    expect(one.page.locator("#fix")).to_contain_text("3,6 km d’ici")
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text("Square Forceval")
    (found,) = ledger.new()
    assert metres(found.point, FORCEVAL) < 1


def test_before_a_count_the_place_follows_and_a_worse_fix_does_not_win(phone: Phones) -> None:
    """Line 12: the best fix of the last minute, unless one has moved out of it."""
    one = phone()
    accuracy = one.page.locator("[name=accuracy_m]")
    expect(accuracy).to_have_value("12")
    move(one, {**FORCEVAL, "latitude": 48.8999, "accuracy": 90})
    one.page.wait_for_timeout(500)
    expect(accuracy).to_have_value("12")
    move(one, AWAY)
    expect(accuracy).to_have_value("15")


def test_my_position_takes_back_a_stray_tap(phone: Phones, ledger: Ledger) -> None:
    """Line 12: and a position that was lost says so."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.page.locator("#place").click(position={"x": 300, "y": 20})
    expect(one.page.locator("#fix")).to_have_text("Position choisie sur la carte.")
    one.press("Ma position")
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.context.set_geolocation(None)
    expect(one.page.locator("#fix")).to_contain_text("Position perdue")
    one.context.set_geolocation(FORCEVAL)  # type: ignore[arg-type]
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert metres(found.point, FORCEVAL) < 1


def test_a_site_seen_from_elsewhere_is_reported_there(
    phone: Phones, ledger: Ledger, field_store: Store
) -> None:
    """Line 13: site and position too far apart ask where it was; the place is the site's then."""
    one = phone(AWAY)
    expect(one.page.locator("#fix")).to_contain_text("15 m")
    one.page.get_by_text("Lieu, ou longitude").click()
    one.page.locator("[name=site]").select_option("forceval")
    one.report(7)
    expect(one.page.locator("#ask-text")).to_contain_text("La position est à 3,6 km de Square")
    answer(one, "Sur le lieu")
    expect(one.page.locator("[name=observed_at]")).to_be_focused()
    an_hour_ago = now() - 60 * MINUTE
    local = an_hour_ago.astimezone(PARIS)
    one.page.locator("[name=observed_at]").fill(local.strftime("%Y-%m-%dT%H:%M"))
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    with field_store.begin() as conn:
        assert sites.get(conn, "forceval").perimeter.distance(found.point) == 0
    assert abs(found.observed_at - an_hour_ago) < 2 * MINUTE


def test_seen_elsewhere_or_earlier_needs_a_place_and_a_time(phone: Phones, ledger: Ledger) -> None:
    """Line 13: the phone's own position counts no more."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.press("Vu ailleurs ou plus tôt")
    expect(one.page.locator("[name=lon]")).to_have_value("")
    one.report(7)
    expect(one.page.locator("#wrong-place")).to_be_visible()
    one.page.locator("[name=site]").select_option("stalingrad")
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text("Stalingrad")
    (found,) = ledger.new()
    assert metres(found.point, OVER_THERE) < 200


def test_a_position_known_to_25_km_is_none(phone: Phones, ledger: Ledger) -> None:
    """Line 14: a tap, a site or coordinates are asked for."""
    one = phone(CELL_TOWER)
    expect(one.page.locator("#fix.caution")).to_contain_text("25 km près seulement")
    one.report(7)
    expect(one.page.locator("#wrong-place")).to_be_visible()
    assert ledger.heads() == []
    one.page.locator("[name=site]").select_option("forceval")
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text("Square Forceval")
    (found,) = ledger.new()
    assert found.accuracy_m is not None
    assert found.accuracy_m < 200


def test_a_count_beyond_belief_is_asked_about(phone: Phones, ledger: Ledger) -> None:
    """Line 15: and sent only once somebody has said yes."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.report(99_999)
    expect(one.page.locator("#ask-text")).to_contain_text(
        "99 999 personnes".replace(" ", "\u202f", 1)
    )
    expect(one.page.locator("#ask-text")).to_be_focused()
    answer(one, "Revenir")
    assert ledger.heads() == []
    count(one, 301)
    one.send()
    answer(one, "Oui")
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [301]


def test_a_date_years_back_is_asked_about(phone: Phones, ledger: Ledger) -> None:
    """Line 15: and one minutes ahead is not taken."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.page.get_by_text("Autre heure").click()
    at = one.page.locator("[name=observed_at]")
    at.fill((now() + 30 * MINUTE).astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"))
    one.report(7)
    expect(one.page.locator("#wrong-observed_at")).to_be_visible()
    expect(at).to_have_attribute("aria-invalid", "true")
    at.fill("2021-06-30T10:00")
    one.send()
    expect(one.page.locator("#ask-text")).to_contain_text("30 juin 2021")
    answer(one, "Oui")
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert found.observed_at == dt.datetime(2021, 6, 30, 8, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(("typed", "steps", "heads"), [("~10", 1, 15), ("12 ", 0, 12), ("", 2, 10)])
def test_a_count_is_read_as_people_type_it(
    phone: Phones, ledger: Ledger, typed: str, steps: int, heads: int
) -> None:
    """Line 15: no NaN, and a space is not a mistake."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    count(one, typed)
    for _ in range(steps):
        one.press("Cinq de plus")
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [heads]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(20, "avance de 20 minutes"), (3, "avance de 3 minutes"), (-2880, "retarde de 48 heures")],
)
def test_the_clock_of_the_phone_is_corrected_in_sight(
    phone: Phones, net: Network, ledger: Ledger, minutes: int, said: str
) -> None:
    """Line 16: by the time our server tells; a header that a proxy changed is not believed."""
    one = phone(scripts=(SHIFTED, f"localStorage['test-shift'] ??= {60_000 * minutes}"))
    net.tell("date")
    expect(one.page.locator("#state")).to_contain_text(said)
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert abs(found.observed_at - now()) < MINUTE


def test_a_clock_put_while_a_report_waits_changes_no_time(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 16: the count of the machine goes on while its clock jumps."""
    one = phone(scripts=(SHIFTED,))
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    net.tell("cut")
    one.put_clock(3 * 3600)
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert abs(found.observed_at - now()) < MINUTE


@pytest.mark.parametrize("hours", [-10, 3])
def test_a_clock_put_and_put_back_unseen_is_asked_about(
    phone: Phones, net: Network, ledger: Ledger, hours: int
) -> None:
    """Line 16: the report was made by a clock that is right before and after; it went back once."""
    one = phone(scripts=(SHIFTED,))
    one.worked()
    net.tell("cut")
    one.put_clock(hours * 3600)
    one.open()
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    one.put_clock(0)
    one.open()
    expect(one.items("En attente")).to_have_count(1)
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.items("Refusé")).to_contain_text("heure")
    assert ledger.heads() == []
    one.press("Ouvrir")
    there = "new Date().toLocaleString('sv', { timeZone: 'Europe/Paris' }).replace(' ', 'T')"
    one.page.locator("[name=observed_at]").fill(one.page.evaluate(there))
    one.send()
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert abs(found.observed_at - now()) < MINUTE


def test_a_report_made_while_nobody_knew_the_time_is_sent_after_a_reload(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 16: where the clock was not put nobody is asked."""
    one = phone(scripts=(SHIFTED,))
    one.worked()
    net.tell("cut")
    one.open()
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    one.open()
    net.heal()
    one.page.evaluate("document.getElementById('now').click()")
    expect(one.items("Envoyé")).to_have_count(1)
    (found,) = ledger.new()
    assert abs(found.observed_at - now()) < MINUTE


def test_a_comma_is_a_decimal_point_where_the_language_has_it(
    phone: Phones, ledger: Ledger
) -> None:
    """Line 17."""
    one = phone(None)
    one.page.locator("[name=lon]").fill("2,38995")
    one.page.locator("[name=lat]").fill("48,899854")
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.latest).to_contain_text("Square Forceval")
    (found,) = ledger.new()
    assert metres(found.point, FORCEVAL) < 1


@pytest.mark.parametrize(("reading", "utc"), [("la première fois", 0), ("la seconde fois", 1)])
def test_the_hour_that_comes_twice_has_two_readings(
    phone: Phones, ledger: Ledger, reading: str, utc: int
) -> None:
    """Line 17: on 26 October 2025 at 02:30, which is asked about: more than a month ago."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.page.get_by_text("Autre heure").click()
    one.page.locator("[name=observed_at]").fill("2025-10-26T02:30")
    expect(one.page.locator("#twice")).to_be_visible()
    one.report(7)
    expect(one.page.locator("#wrong-observed_at")).to_be_visible()
    choice = one.page.locator("[name=offset] option", has_text=reading)
    one.page.locator("[name=offset]").select_option(str(choice.get_attribute("value")))
    one.send()
    answer(one, "Oui")
    expect(one.latest).to_contain_text("Envoyé")
    (found,) = ledger.new()
    assert found.observed_at == dt.datetime(2025, 10, 26, utc, 30, tzinfo=dt.UTC)


def test_two_counts_at_one_place_ask_whether_one_corrects_the_other(
    phone: Phones, ledger: Ledger, field_store: Store
) -> None:
    """Line 18: the correction is a new version of the row."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    (first,) = ledger.new()
    before = now()
    one.report(9)
    expect(one.page.locator("#ask-text")).to_contain_text("Vous venez de signaler ici")
    answer(one, "Corriger le précédent")
    expect(one.latest).to_contain_text(", 9.")
    expect(one.page.locator("#queue")).to_be_empty()
    expect(one.items("Envoyé")).to_have_count(1)
    (found,) = ledger.new()
    assert (found.id, found.headcount) == (first.id, 9)
    with field_store.begin() as conn:
        assert sightings.get(conn, first.id, as_known_at=before).headcount == 7


def test_another_group_is_another_report(phone: Phones, ledger: Ledger) -> None:
    """Line 18: asked by the server as well, of a page that does not know of the first."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    one.open()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    one.report(9)
    expect(one.page.locator("#ask-text")).to_contain_text("Vous avez signalé 7 personnes ici")
    answer(one, "Un autre groupe")
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7, 9]
