"""Pages of the desk in states that the route table does not open: bulletins, imports, refusals.

In the store of the other tests bulletins are refused, since its territories are known from today
on and its clock is of 2022. Here the clock goes by later, so that a bulletin is shown, as a draft
and published, with all its tables and hostile names.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.test_access import AXE, LOOKS, looked_at, walked
from browser.test_rgaa import looked_at as judged_in
from geosites.db.postgres.connection import Store
from geosites.imports import staging
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.page_table import Address
from screenshots.browser_watch import serve, watch
from stores import signed, small_exercise

LATER = dt.datetime(2030, 1, 7, 8, 0, tzinfo=dt.UTC)
BULLETIN = f"/bulletins/{small_exercise.WEEK}"
BAD = b"observed_at;lon;lat;headcount\n05/10/2022 14:00;2,3899;48,8998;12\nx;2,3899;48,8998;-1\n"


@pytest.fixture(scope="module")
def later_store(hostile_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    store = Store(new_database(hostile_template))
    yield store
    store.close()


@pytest.fixture(scope="module")
def later(later_store: Store) -> Iterator[str]:
    """Return the address of a service whose clock goes by later than its territories."""
    yield from serve(create_app(later_store, WebConfig(clock=lambda: LATER, import_wait_s=0.5)))


@pytest.fixture
def context(browser: Browser, later: str) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="fr", viewport={"width": 1280, "height": 860})
    made.add_cookies([signed.cookie(later, Role.COORDINATOR)])  # type: ignore[list-item]
    yield made
    made.close()


def checked(page: Page) -> list[str]:
    """Return what axe, the width of the window and the Tab key find wrong on a page."""
    page.evaluate(AXE)
    found = [wrong for width, scheme in LOOKS for wrong in looked_at(page, width, scheme)]
    return found + walked(page)


@pytest.mark.parametrize("path", [BULLETIN, "/monday"])
@pytest.mark.parametrize("state", ["draft", "published"])
def test_a_bulletin_is_shown_and_holds_no_serious_violation(
    context: BrowserContext, later: str, path: str, state: str
) -> None:
    watched = watch(context.new_page(), later)
    page = watched.open(BULLETIN)
    if state == "published" and page.locator(".draft").count():
        page.get_by_role("button", name="Publier").click()
        page.get_by_role("link", name=re.compile("PDF")).first.wait_for(timeout=600_000)
    page = watched.open(path)
    expect(page.locator("h1")).to_contain_text("Bulletin hebdomadaire")
    if path == BULLETIN:
        assert page.locator("table").count() >= 3
        expect(page.locator("main")).to_contain_text("Square Forceval")
        expect(page.locator(".draft")).to_have_count(1 if state == "draft" else 0)
    assert checked(page) == []
    found = judged_in(context.new_page(), later, Address(path, path, Role.COORDINATOR))
    found = {name: wrong for name, wrong in found.items() if name[-1].isdigit() and wrong}
    assert found == {}
    assert watched.wrong == []


def upload(context: BrowserContext, later: str, content: bytes) -> Page:
    page = context.new_page()
    page.goto(later + "/import")
    file = {"name": "releves.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="Examiner").click()
    return page


def test_a_file_under_way_says_how_far_it_is_and_holds_no_serious_violation(
    context: BrowserContext, later: str, later_store: Store
) -> None:
    context.route("**/static/import.js*", lambda route: route.fulfill(body=""))
    with later_store.begin() as conn:
        staging.wait_for_others(conn)
        page = upload(context, later, BAD)
        page.wait_for_selector("#under-way")
        wrong = checked(page)
        expect(page.locator("#under-way progress")).to_be_visible()
    assert wrong == []


GOOD = b"observed_at,lon,lat,headcount\n2022-10-05T14:30,2.3899,48.8998,12\n"


def test_an_import_being_taken_back_says_how_far_and_holds_no_serious_violation(
    context: BrowserContext, later: str, later_store: Store
) -> None:
    page = upload(context, later, GOOD)
    page.get_by_role("button", name="Importer tel").click()
    page.wait_for_url("**/import?*done*")
    page.locator("#last a").first.click()
    page.locator("[name=sure]").check()
    with later_store.begin() as conn:
        staging.wait_for_others(conn)
        page.get_by_role("button", name="Revenir").click()
        expect(page.locator("#under-way progress")).to_be_visible()
        wrong = checked(page)
    assert wrong == []
    expect(page.get_by_role("button", name="Les compter de nouveau")).to_be_visible()


def test_bad_rows_stand_beside_their_reasons_and_hold_no_serious_violation(
    context: BrowserContext, later: str
) -> None:
    page = upload(context, later, BAD)
    page.wait_for_selector("#bad")
    assert page.locator("#bad tbody tr").count() >= 1
    assert checked(page) == []


def test_every_form_that_is_refused_holds_no_serious_violation(
    context: BrowserContext, later: str, later_store: Store
) -> None:
    wrong = {}
    for path, button in {
        "/new-operation": "Enregistrer",
        "/new-site": "Enregistrer",
        "/sites/forceval/closures": "Voir ce qui changerait",
        f"/operations/{small_exercise.OPERATION}": "Retirer l’opération",
        "/subscriptions": "S’abonner",
    }.items():
        page = context.new_page()
        page.goto(later + path)
        page.get_by_role("button", name=button).last.click()
        page.wait_for_load_state()
        assert page.locator("[aria-invalid=true], .mistake").count() >= 1, path
        wrong[path] = checked(page)
    assert {path: found for path, found in wrong.items() if found} == {}
    with later_store.begin() as conn:
        assert conn.execute(sa.select(1)).scalar_one() == 1


PRESSED_THRICE = "(one) => [0, 400, 800].forEach((ms) => setTimeout(() => one.click(), ms))"


def test_a_button_pressed_again_while_one_waits_sends_its_form_once(
    browser: Browser, later: str, later_store: Store
) -> None:
    """The second form would be refused, and the slip of the first never be seen."""
    context = browser.new_context(locale="fr", viewport={"width": 1280, "height": 860})
    context.add_cookies([signed.cookie(later, Role.ADMIN)])  # type: ignore[list-item]
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.goto(later + "/accounts")
    page.get_by_label("Identifiant", exact=True).fill("psp-20e-once")
    page.get_by_label("Unité").fill("PSP 20")
    button = page.get_by_role("button", name="Ajouter")
    with later_store.begin() as conn:
        conn.execute(sa.text("LOCK TABLE account IN SHARE MODE"))
        button.evaluate(PRESSED_THRICE)
        page.wait_for_timeout(1500)
    expect(page.locator(".slip")).to_contain_text("psp-20e-once")
    assert sent == [later + "/accounts"]
    context.close()


def test_a_form_of_a_session_that_ended_is_offered_again_without_a_violation(
    browser: Browser, later: str
) -> None:
    context = browser.new_context(locale="fr", viewport={"width": 1280, "height": 860})
    context.add_cookies([signed.cookie(later, Role.ANALYST)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(later + "/subscriptions")
    page.get_by_label("Adresse").fill("permanence@prefecture.example")
    context.clear_cookies()
    page.get_by_role("button", name="S’abonner").click()
    expect(page.get_by_role("alert")).to_contain_text("La session avait pris fin")
    wrong = checked(page)
    page.get_by_label("Identifiant").fill(signed.login(Role.ANALYST))
    page.get_by_label("Mot de passe").fill(signed.password(Role.ANALYST))
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator("main li")).to_have_text("permanence@prefecture.example")
    assert wrong + checked(page) == []
    page.get_by_role("button", name="Envoyer maintenant").click()
    expect(page.get_by_label("Adresse")).to_have_value("permanence@prefecture.example")
    context.close()
