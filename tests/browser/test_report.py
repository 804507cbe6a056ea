"""The report form on a phone and on a desk: position, queue, drafts, no network, no script."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from browser.phones import forget_sightings
from geosites.auth import sessions
from geosites.auth.session_lifetimes import SHIFT
from geosites.db.postgres.connection import Store
from geosites.db.schema.sightings import sighting as table
from geosites.permissions.policy import Role
from screenshots.browser_watch import WIDTHS, Watched, watch
from stores import signed

FORCEVAL = {"latitude": 48.899854, "longitude": 2.38995, "accuracy": 12}
LONDON = {"latitude": 51.5, "longitude": -0.12, "accuracy": 12}
NETWORK = "console: Failed to load resource"
PARTS = (".stepper", "#place", ".actions", "#today", "footer")
Open = Callable[..., Watched]


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def width(request: pytest.FixtureRequest) -> int:
    """Return the width of a desk's screen, then of a phone's."""
    return int(request.param)


@pytest.fixture
def form(browser: Browser, field: str, field_store: Store, width: int) -> Iterator[Open]:
    """Return a function that opens the form, signed in, where the device says it is."""
    contexts: list[BrowserContext] = []

    def make(place: dict[str, float] | None = FORCEVAL, script: bool = True) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            locale="fr-FR",
            java_script_enabled=script,
            geolocation=place,  # type: ignore[arg-type]
            permissions=["geolocation"] if place else [],
        )
        contexts.append(context)
        context.add_cookies([{"name": "geosites", "value": session(field_store), "url": field}])
        watched = watch(context.new_page(), field)
        watched.page.goto(field + "/report")
        return watched

    yield make
    for context in contexts:
        context.close()


def session(store: Store) -> str:
    with store.begin() as conn:
        return sessions.begin(conn, signed.login(Role.REPORTER), dt.datetime.now(dt.UTC), SHIFT)


@pytest.fixture
def added(field_store: Store) -> Callable[[], int]:
    """Return a function that counts the sightings recorded since the test began."""
    statement = sa.select(sa.func.count()).select_from(table)

    def total() -> int:
        with field_store.begin() as conn:
            return int(conn.execute(statement).scalar_one())

    forget_sightings(field_store)
    return total


def fill(page: Page, heads: int = 5) -> None:
    page.get_by_role("textbox", name="Combien de personnes").fill(str(heads))


def send(page: Page) -> None:
    page.get_by_role("button", name="Envoyer", exact=True).click()


def item(page: Page, state: str) -> Any:
    return page.locator("#latest li, #items li").filter(has_text=state)


def test_the_usual_case_is_three_taps(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("12 m")
    page.get_by_role("button", name="Cinq de plus").click()
    send(page)
    expect(item(page, "Envoyé")).to_be_visible()
    expect(page.locator("#queue")).to_be_empty()
    expect(page.locator("#today li").filter(has_text="votre unité")).to_have_count(0)
    assert added() == 1
    item(page, "Envoyé").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Enregistré")
    page.go_back()
    expect(page.locator("#today li").filter(has_text="votre unité")).to_have_count(1)
    assert watched.wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_from_1024_px_the_map_stands_beside_the_form(form: Open, width: int) -> None:
    """It takes the width that is there, and hides nothing; on a phone it stands in the column."""
    page = form().page
    expect(page.locator("#fix")).to_contain_text("12")
    sizes = ((1024, 768), (1280, 900), (1920, 1080)) if width >= 1024 else ((width, 844),)
    for wide, high in sizes:
        page.set_viewport_size({"width": wide, "height": high})
        boxes = {name: page.locator(name).bounding_box() for name in PARTS}
        count, place, send, today, footer = (boxes[name] or {} for name in PARTS)
        assert page.evaluate("document.documentElement.scrollWidth") <= wide
        if wide < 1024:
            assert place["y"] > count["y"] + count["height"]
            continue
        assert place["x"] >= max(box["x"] + box["width"] for box in (count, send, today))
        assert place["x"] + place["width"] > wide - 60
        assert place["y"] < count["y"] + count["height"]
        assert send["y"] + send["height"] <= high
        other = page.locator("#other").bounding_box() or {}
        assert footer["y"] >= other["y"] + other["height"]


def test_nobody_here_is_as_large_as_the_count(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("12 m")
    nobody, stepper = (page.locator(one).bounding_box() for one in (".nobody", ".stepper"))
    assert nobody is not None
    assert stepper is not None
    assert nobody["height"] >= stepper["height"] - 1
    for button in page.locator(".stepper button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 48
    fill(page)
    page.get_by_label("Il n’y a personne").check()
    expect(page.locator("[name=headcount]")).to_have_value("")
    send(page)
    expect(item(page, "Envoyé")).to_contain_text("personne")
    assert added() == 1
    assert watched.wrong == []


def test_without_a_position_a_site_will_do(form: Open, added: Callable[[], int]) -> None:
    watched = form(None)
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("Pas de position")
    fill(page)
    send(page)
    expect(page.locator("#wrong-place")).to_be_visible()
    page.locator("[name=site]").select_option("forceval")
    expect(page.locator("#wrong-place")).to_be_hidden()
    send(page)
    expect(item(page, "Envoyé")).to_contain_text("Square Forceval")
    assert added() == 1
    assert watched.wrong == []


def test_a_rough_position_is_said_to_be_so_and_corrected_by_a_tap(
    form: Open, field_store: Store, added: Callable[[], int]
) -> None:
    watched = form({**FORCEVAL, "accuracy": 85})
    page = watched.page
    expect(page.locator("#fix.caution")).to_contain_text("85 m")
    expect(page.locator("path.accuracy")).to_have_count(1)
    page.locator("#place").click(position={"x": 90, "y": 90})
    expect(page.locator("#fix")).to_have_text("Position choisie sur la carte.")
    expect(page.locator("[name=accuracy_m]")).to_have_value("")
    expect(page.locator("path.accuracy")).to_have_count(0)
    fill(page)
    send(page)
    expect(item(page, "Envoyé")).to_be_visible()
    assert added() == 1
    assert watched.wrong == []


def test_offline_then_online_sends_once(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("12 m")
    page.context.set_offline(True)
    for heads in (3, 4):
        fill(page, heads)
        send(page)
        if heads == 4:
            page.get_by_role("button", name="Un autre groupe").click()
        expect(item(page, "En attente").filter(has_text=f", {heads}.")).to_be_visible()
    expect(page.locator("#queue")).to_contain_text("2 en attente")
    assert added() == 0
    page.context.set_offline(False)
    expect(item(page, "Envoyé")).to_have_count(2)
    expect(page.locator("#queue")).to_be_empty()
    assert added() == 2
    page.reload()
    expect(page.locator("#items li")).to_have_count(0)
    assert added() == 2
    assert [one for one in watched.wrong if not one.startswith(NETWORK)] == []


def test_an_answer_that_is_lost_doubles_nothing(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page

    def lose(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort()

    page.route("**/api/sightings", lose)
    fill(page)
    send(page)
    expect(item(page, "Le service ne répond pas")).to_be_visible()
    assert added() == 1
    page.unroute("**/api/sightings")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(item(page, "Envoyé")).to_be_visible()
    assert added() == 1
    assert [one for one in watched.wrong if not one.startswith(NETWORK)] == []


def test_a_double_tap_is_one_report(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("12 m")
    fill(page)
    page.get_by_role("button", name="Envoyer", exact=True).dblclick()
    expect(item(page, "Envoyé")).to_have_count(1)
    assert added() == 1


def test_what_is_refused_stays_with_its_reason(form: Open, added: Callable[[], int]) -> None:
    watched = form(LONDON)
    page = watched.page
    fill(page)
    send(page)
    refused = item(page, "Refusé")
    expect(refused).to_contain_text("dans le périmètre suivi")
    page.reload()
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="Ouvrir").click()
    expect(page.locator("[name=headcount]")).to_have_value("5")
    expect(page.locator("#items li")).to_have_count(0)
    page.reload()
    item(page, "Brouillon").get_by_role("button", name="Supprimer").click()
    expect(page.locator("#items li")).to_have_count(0)
    assert added() == 0
    assert [one for one in watched.wrong if not one.startswith(NETWORK)] == []


def test_several_drafts_are_kept(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    expect(page.locator("#fix")).to_contain_text("12 m")
    page.get_by_text("Lieu, ou longitude").click()
    for heads in (7, 8):
        fill(page, heads)
        page.locator("[name=site]").select_option("forceval")
        page.get_by_role("button", name="Garder en brouillon").click()
        expect(item(page, "Brouillon").filter(has_text=f", {heads}.")).to_be_visible()
    page.reload()
    expect(item(page, "Brouillon")).to_have_count(2)
    item(page, ", 8.").get_by_role("button", name="Ouvrir").click()
    expect(page.locator("[name=headcount]")).to_have_value("8")
    expect(page.locator("[name=observed_at]")).to_have_value(re.compile(r"^\d{4}-\d\d-\d\dT"))
    send(page)
    expect(item(page, "Envoyé")).to_be_visible()
    expect(item(page, "Brouillon")).to_have_count(1)
    assert added() == 1
    assert watched.wrong == []


def test_what_was_typed_survives_the_page(form: Open) -> None:
    watched = form()
    page = watched.page
    fill(page, 6)
    page.reload()
    expect(item(page, "Brouillon")).to_contain_text(", 6.")
    assert watched.wrong == []


def test_a_session_that_ended_keeps_what_waits(
    form: Open, field: str, field_store: Store, added: Callable[[], int]
) -> None:
    watched = form()
    page = watched.page
    page.context.clear_cookies()
    fill(page)
    send(page)
    expect(page.locator("#state")).to_contain_text("La session est terminée")
    cookie = {"name": "geosites", "value": session(field_store), "url": field}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(item(page, "Envoyé")).to_be_visible()
    assert added() == 1


def test_another_account_sees_and_sends_nothing_of_the_first(
    form: Open, field: str, field_store: Store, added: Callable[[], int]
) -> None:
    watched = form()
    page = watched.page
    page.context.set_offline(True)
    fill(page)
    send(page)
    expect(page.locator("#queue")).to_contain_text("1 en attente")
    page.context.clear_cookies()
    with field_store.begin() as conn:
        other = sessions.begin(conn, signed.login(Role.COORDINATOR), dt.datetime.now(dt.UTC), SHIFT)
    page.context.add_cookies([{"name": "geosites", "value": other, "url": field}])
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(field + "/healthz")
    page.goto(field + "/report")
    expect(page.locator("#report")).to_have_attribute("data-viewer", signed.login(Role.COORDINATOR))
    expect(page.locator("#fix")).to_contain_text("12 m")
    expect(page.locator("#items li")).to_have_count(0)
    assert added() == 0


def test_the_form_opens_without_a_network(form: Open, added: Callable[[], int]) -> None:
    watched = form()
    page = watched.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    expect(page.locator("#today")).to_contain_text("Square Forceval")  # else nothing is kept yet
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("Signaler")
    expect(page.locator("#today")).to_contain_text("Square Forceval")
    expect(page.locator("#since")).to_contain_text("Sans réseau")
    expect(page.locator("#fix")).to_contain_text("12 m")
    fill(page, 2)
    send(page)
    expect(page.locator("#queue")).to_contain_text("1 en attente")
    page.context.set_offline(False)
    expect(item(page, "Envoyé")).to_be_visible()
    assert added() == 1
    assert [one for one in watched.wrong if not one.startswith(NETWORK)] == []


def test_nothing_of_the_store_but_the_streets_is_kept_by_the_worker(form: Open) -> None:
    page = form().page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = page.evaluate(
        """async () => {
          const found = (await caches.keys()).map(async (name) => (await caches.open(name)).keys());
          return (await Promise.all(found)).flat().map((one) => new URL(one.url).pathname);
        }"""
    )
    assert len(kept) >= 8
    own = ("/static/", "/report/shell", "/layers/streets")
    assert all(path.startswith(own) for path in kept)


def test_without_a_script_the_form_reports_and_says_what_is_wrong(
    form: Open, added: Callable[[], int]
) -> None:
    page = form(None, script=False).page
    send(page)
    expect(page.locator("#wrong-place")).to_be_visible()
    page.locator("[name=site]").select_option("forceval")
    send(page)
    expect(page.locator("#wrong-headcount")).to_be_visible()
    expect(page.locator("[name=site]")).to_have_value("forceval")
    fill(page)
    send(page)
    expect(page.locator("h1")).to_have_text("Enregistré")
    assert added() == 1
