"""Signing in and out in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from geosites.permissions.policy import Role
from screenshots.browser_watch import Watched, watch
from stores import signed


@pytest.fixture
def nobody(browser: Browser, served: str) -> Iterator[Watched]:
    """Return a page, as wide as a telephone's, that nobody has signed in on."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    yield watch(context.new_page(), served)
    context.close()


KEPT = """async () => {
  const opened = indexedDB.open("geosites");
  await new Promise((done) => { opened.onsuccess = done; });
  const asked = opened.result.transaction("reports").objectStore("reports").getAll();
  await new Promise((done) => { asked.onsuccess = done; });
  return asked.result;
}"""


def test_a_reader_signs_in_works_and_signs_out(nobody: Watched) -> None:
    page = nobody.open("/sites")
    assert page.url.endswith("/sign-in?next=%2Fsites")
    page.get_by_label("Identifiant").fill(signed.login(Role.PARTNER))
    page.get_by_label("Mot de passe").fill(signed.password(Role.PARTNER))
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/sites")
    expect(page.locator(".who a")).to_have_text(signed.login(Role.PARTNER))
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Lieux")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".who a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(signed.login(Role.PARTNER))
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/sign-in")
    page.go_back()
    assert "/sign-in" in page.url
    assert [wrong for wrong in nobody.wrong if "Clear-Site-Data" not in wrong] == []


def test_what_was_wrong_keeps_the_login_and_says_so(nobody: Watched) -> None:
    page = nobody.open("/sign-in")
    page.get_by_label("Identifiant").fill(signed.login(Role.ANALYST))
    page.get_by_label("Mot de passe").fill("not this one")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Identifiant").input_value() == signed.login(Role.ANALYST)
    assert page.get_by_label("Mot de passe").input_value() == ""


def test_who_signs_out_is_told_what_that_erases_here(nobody: Watched) -> None:
    nobody.page.context.add_cookies([signed.cookie(nobody.base, Role.REPORTER)])  # type: ignore[list-item]
    page = nobody.open("/report")
    expect(page.locator("#unsent")).to_be_hidden()
    page.context.set_offline(True)
    page.locator("[name=site]").select_option("forceval")
    page.get_by_role("textbox", name="Combien de personnes").fill("5")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    expect(page.locator("#queue")).to_contain_text("1 en attente")
    expect(page.locator("#unsent")).to_contain_text("1 en attente sur cet appareil")
    # Taken up again it is a draft: the browser, back on the network, cannot send it meanwhile.
    page.get_by_role("button", name="Corriger").click()
    expect(page.locator("#queue")).to_be_empty()
    page.goto("about:blank")
    page.context.set_offline(False)
    nobody.open("/account")
    expect(page.locator("#unsent")).to_be_visible()
    expect(page.locator("#unsent")).to_contain_text("1 en attente sur cet appareil")
    expect(page.locator("#unsent").get_by_role("link")).to_have_attribute("href", "/report")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("#unsent")).to_contain_text("Appuyez de nouveau")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate(KEPT) == []
    assert page.evaluate("localStorage.viewer") is None
