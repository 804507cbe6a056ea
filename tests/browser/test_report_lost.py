"""No report is lost: real faults of a network, by a proxy between the browser and the service."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.network import Network
from playwright.sync_api import CDPSession, Page, expect

from browser.phones import LONDON, SHIFTED, Ledger, Phone, Phones
from geosites.auth import sessions
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from stores import signed

HELD = 8_000
SOONER = 12_000
"""Before a request without an answer is given up, which is after 15 s."""

FOREIGN = ("403", "404", "408", "413", "451", "500", "503")
OLD_BROWSER = """
delete AbortSignal.timeout;
delete Crypto.prototype.randomUUID;
delete Navigator.prototype.locks;
delete Navigator.prototype.storage;
"""
NEVER_OPENS = "IDBFactory.prototype.open = () => ({});"
NEVER_ENDS = """
for (const name of ["oncomplete", "onabort"]) {
  Object.defineProperty(IDBTransaction.prototype, name, { set() {} });
}
"""


def devtools(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def until(phone: Phone, holds: Callable[[], object]) -> None:
    """Let the browser go on until something holds."""
    for _ in range(600):
        if holds():
            return
        phone.page.wait_for_timeout(100)
    raise AssertionError("it never came about")


def try_again(phone: Phone) -> None:
    """Press the button, which may be gone where the form has just tried again by itself."""
    phone.page.evaluate("document.getElementById('now').click()")


@pytest.mark.parametrize("portal", ["portal", "portal-redirect"])
def test_a_captive_portal_is_no_receipt(
    phone: Phones, net: Network, ledger: Ledger, portal: str
) -> None:
    """Line 1: status 200 is not success, only our receipt is."""
    one = phone()
    net.tell(portal)
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    expect(one.page.locator("#queue")).to_have_text("1 en attente")
    expect(one.latest).to_contain_text("Le service ne répond pas")
    assert ledger.heads() == []
    net.heal()
    try_again(one)
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_a_receipt_for_another_report_is_none(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 1: a proxy that answers one request by what it kept of another."""
    one = phone()
    net.tell("replay", "/api/sightings")
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    one.page.locator("#place").click(position={"x": 200, "y": 40})
    one.report(9)
    expect(one.latest).to_contain_text("En attente")
    net.heal()
    try_again(one)
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7, 9]


def test_a_clock_put_by_days_erases_nothing(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 2: what waits is not judged by the clock of the phone, and keeps its true time."""
    one = phone(scripts=(SHIFTED,))
    one.worked()
    net.tell("cut")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    sent_at = dt.datetime.now(dt.UTC)
    one.put_clock(9 * 86_400)
    one.page.reload()
    expect(one.items("En attente")).to_have_count(1)
    one.put_clock(-400 * 86_400)
    one.page.reload()
    expect(one.items("En attente")).to_have_count(1)
    net.heal()
    try_again(one)
    expect(one.items("Envoyé")).to_have_count(1)
    (found,) = ledger.new()
    assert abs(found.observed_at - sent_at) < dt.timedelta(seconds=60)


def test_a_browser_that_believes_to_be_offline_sends_all_the_same(
    phone: Phones, ledger: Ledger
) -> None:
    """Line 3: it is tried, not asked."""
    offline = "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });"
    one = phone(scripts=(offline,))
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_what_waits_is_tried_again_by_itself(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 3: with pauses that grow, and nobody has to press anything."""
    one = phone()
    net.tell("cut", "/api/")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    expect(one.page.get_by_role("button", name="Envoyer maintenant")).to_be_visible()
    net.heal()
    expect(one.latest).to_contain_text("Envoyé", timeout=60_000)
    assert ledger.heads() == [7]


def test_one_report_that_fails_holds_back_no_other(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 4: each has its own tries."""
    one = phone()
    net.tell("500", "/api/sightings", body='"headcount":"13"')
    one.report(13)
    expect(one.latest).to_contain_text("En attente")
    one.page.locator("#place").click(position={"x": 200, "y": 40})
    one.report(8)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.items("En attente")).to_have_count(1)
    assert ledger.heads() == [8]
    net.heal()
    try_again(one)
    expect(one.items("Envoyé")).to_have_count(2)
    assert ledger.heads() == [8, 13]


@pytest.mark.parametrize("status", FOREIGN)
def test_no_other_server_refuses_for_ours(
    phone: Phones, net: Network, ledger: Ledger, status: str
) -> None:
    """Line 5: a refusal is final only where it is a problem document of ours."""
    one = phone()
    net.tell(status, "/api/")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    net.heal()
    try_again(one)
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_what_we_refuse_says_why_and_is_corrected(phone: Phones, ledger: Ledger) -> None:
    """Line 5: in French, beside what can be done about it."""
    one = phone(LONDON)
    one.report(7)
    expect(one.latest).to_contain_text("Refusé")
    expect(one.latest).to_contain_text("hors de tout territoire")
    one.press("Ouvrir")
    one.page.locator("[name=site]").select_option("forceval")
    expect(one.page.locator("[name=headcount]")).to_have_value("7")
    one.send()
    one.page.locator("#ask").get_by_role("button", name="Sur le lieu").click()
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_an_evicted_database_is_opened_again(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 6: the browser erases or closes it while the page is open."""
    one = phone()
    net.tell("cut")
    one.report(5)
    expect(one.latest).to_contain_text("En attente")
    devtools(one.page).send(
        "Storage.clearDataForOrigin", {"origin": net.base, "storageTypes": "indexeddb"}
    )
    one.page.locator("#place").click(position={"x": 200, "y": 40})
    one.report(7)
    expect(one.items("En attente").filter(has_text=", 7.")).to_be_visible()
    net.heal()
    try_again(one)
    expect(one.latest).to_contain_text("Envoyé")
    assert 7 in ledger.heads()


@pytest.mark.parametrize("script", [NEVER_OPENS, NEVER_ENDS], ids=["opens", "ends"])
def test_a_database_that_never_answers_holds_nothing_up(
    phone: Phones, ledger: Ledger, script: str
) -> None:
    """Line 6: not even an error; the report is kept beside it and sent, not step by step late."""
    one = phone(scripts=(script,))
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé", timeout=HELD)
    assert ledger.heads() == [7]


@pytest.mark.parametrize("path", ["/api/sightings", "/"])
def test_a_press_tries_at_once_whatever_is_under_way(
    phone: Phones, net: Network, ledger: Ledger, path: str
) -> None:
    """Line 3: neither a request without an answer nor another tab that sends holds it up."""
    one = phone()
    other = one.context.new_page()
    other.goto(net.base + "/sign-in")
    other.evaluate("() => { navigator.locks.request('reports', () => new Promise(() => {})); }")
    net.tell("hang", path)
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    one.page.wait_for_timeout(1_000)
    net.heal()
    one.press("Envoyer maintenant")
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_another_tab_that_hangs_holds_nothing_up_for_long(phone: Phones, ledger: Ledger) -> None:
    """Line 3: what waits is sent without a press as well."""
    one = phone()
    other = one.context.new_page()
    other.goto(one.net.base + "/sign-in")
    other.evaluate("() => { navigator.locks.request('reports', () => new Promise(() => {})); }")
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé", timeout=60_000)
    assert ledger.heads() == [7]


def test_a_full_database_leaves_local_storage(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 6: offline and out of space, the report is kept all the same, and over a reload."""
    one = phone()
    one.worked()
    fill_up(one)
    net.tell("cut")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    expect(one.page.locator("#lost")).to_be_hidden()
    one.page.reload()
    expect(one.items("En attente")).to_have_count(1)
    net.heal()
    try_again(one)
    expect(one.items("Envoyé")).to_have_count(1)
    assert ledger.heads() == [7]


def fill_up(one: Phone) -> None:
    """Leave no room in the databases of the phone."""
    quota = {"origin": one.net.base, "quotaSize": 1}
    devtools(one.page).send("Storage.overrideQuotaForOrigin", quota)


def test_what_can_be_kept_nowhere_is_shown_as_text(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 6: before the person leaves, and it is still tried as long as the page is open."""
    one = phone()
    fill_up(one)
    one.page.evaluate(
        """() => { for (let size = 2 ** 22; size >= 1; size /= 2) {
          const part = "x".repeat(size);
          try { for (let n = 0; ; n += 1) localStorage[`${size} ${n}`] = part; } catch {}
        } }"""
    )
    net.tell("cut")
    one.report(7)
    expect(one.page.locator("#lost")).to_contain_text("copiez-le avant de quitter la page")
    expect(one.page.locator("#lost-text")).to_have_value(re.compile(r'"7"'))
    net.heal()
    try_again(one)
    expect(one.latest).to_contain_text("Envoyé")
    expect(one.page.locator("#lost")).to_be_hidden()
    assert ledger.heads() == [7]


def test_a_browser_that_may_evict_says_so(phone: Phones, net: Network) -> None:
    """Line 6: persistent storage is asked for, and its denial shown."""
    one = phone(scripts=("StorageManager.prototype.persist = async () => false;",))
    net.tell("cut")
    with one.page.expect_request("**/api/sightings") as asked:
        one.report(7)
    expect(one.page.locator("#state")).to_contain_text("Ce navigateur peut effacer")
    assert asked.value.post_data_json["evictable"] is True


def test_a_browser_of_four_years_ago_sends(phone: Phones, ledger: Ledger) -> None:
    """Line 7: without AbortSignal.timeout, crypto.randomUUID, locks or a storage manager."""
    one = phone(scripts=(OLD_BROWSER,))
    one.report(7)
    expect(one.latest).to_contain_text("Envoyé")
    assert ledger.heads() == [7]


def test_a_browser_that_will_not_do_says_so_at_once(phone: Phones, ledger: Ledger) -> None:
    """Line 7: and the plain form serves."""
    one = phone(scripts=("delete self.AbortController;",))
    expect(one.page.locator("#state")).to_contain_text("rien n’est conservé en l’absence de réseau")
    one.page.locator("[name=site]").select_option("forceval")
    one.report(7)
    expect(one.page.locator("h1")).to_have_text("Enregistré")
    assert ledger.heads() == [7]


@pytest.mark.parametrize("fault", ["503", "hang", "half", "portal", "404", "cut"])
def test_the_kept_form_opens_whatever_the_network_does(
    phone: Phones, net: Network, ledger: Ledger, fault: str
) -> None:
    """Line 8: within seconds, for errors, silence, half an answer and pages that are not ours."""
    one = phone()
    one.worked()
    net.tell(fault)
    one.page.goto(net.base + "/report", wait_until="commit", timeout=HELD)
    expect(one.page.locator("#queue")).to_be_attached(timeout=HELD)
    one.report(7)
    expect(one.page.locator("#queue")).to_have_text("1 en attente")
    net.heal()
    try_again(one)
    expect(one.items("Envoyé")).to_have_count(1, timeout=60_000)
    assert ledger.heads() == [7]


def test_our_own_redirect_to_sign_in_is_followed(phone: Phones) -> None:
    """Line 8: who is not signed in is asked to, and not shown the kept form."""
    one = phone()
    one.worked()
    one.context.clear_cookies()
    one.open()
    expect(one.page).to_have_url(re.compile("/sign-in"))


def test_a_coordinator_takes_over_what_a_disabled_account_left(
    phone: Phones, net: Network, ledger: Ledger, field_store: Store, tmp_path: Path
) -> None:
    """Line 9: the queue is saved as a file, which `import sightings` takes, once."""
    one = phone()
    net.tell("cut")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    with field_store.begin() as conn:
        (held,) = [each for each in one.context.cookies() if each["name"] == "geosites"]
        sessions.end(conn, held["value"])
    one.context.clear_cookies()
    net.heal()
    one.open("/sign-in")
    expect(one.page.locator("#unsent")).to_contain_text("1 en attente sur cet appareil")
    one.page.get_by_role("link", name="Les voir").click()
    expect(one.page.locator("#state")).to_contain_text("La session est terminée")
    with one.page.expect_download() as saved:
        one.press("Enregistrer les signalements en attente dans un fichier")
    file = tmp_path / "queue.csv"
    saved.value.save_as(file)
    for added in (1, 0):
        told = imported(field_store, file)
        assert (told["rows"], told["added"], told["already_there"]) == (1, added, 1 - added)
    (found,) = ledger.new()
    assert (found.headcount, found.unit) == (7, signed.unit(Role.REPORTER))


def imported(store: Store, file: Path) -> dict[str, Any]:
    """Return what the command says that took a file in."""
    words = ["import", "sightings", str(file), "--json"]
    told = subprocess.run(
        [sys.executable, "-c", "from geosites.cli import main; main()", *words],
        env={**os.environ, "GEOSITES_DATABASE_URL": store.url},
        capture_output=True,
        check=True,
    )
    return json.loads(told.stdout)  # type: ignore[no-any-return]


def test_a_closed_page_sends_in_the_background(phone: Phones, net: Network, ledger: Ledger) -> None:
    """Line 10: by Background Sync, and the form says so when it is opened next."""
    one = phone()
    one.worked()
    watcher = devtools(one.page)
    found: list[str] = []
    watcher.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    watcher.send("ServiceWorker.enable")
    until(one, lambda: found)
    net.tell("cut")
    one.report(7)
    expect(one.latest).to_contain_text("En attente")
    one.page.goto("about:blank")
    net.heal()
    assert ledger.heads() == []
    sync = {"origin": net.base, "registrationId": found[0], "tag": "reports", "lastChance": False}
    watcher.send("ServiceWorker.dispatchSyncEvent", sync)
    until(one, ledger.heads)
    assert ledger.heads() == [7]
    one.open()
    expect(one.items("Envoyé")).to_have_count(1)
    assert ledger.heads() == [7]


def test_the_next_report_need_not_wait_for_the_one_before(
    phone: Phones, net: Network, ledger: Ledger
) -> None:
    """Line 4: while one is still being sent, another is counted, kept and shown."""
    one = phone()
    expect(one.page.locator("#fix")).to_contain_text("12 m")
    net.tell("hang", "/api/sightings", times=1)
    one.report(13)
    expect(one.latest).to_contain_text(", 13.")
    one.page.locator("#place").click(position={"x": 200, "y": 40})
    one.report(8)
    expect(one.latest).to_contain_text(", 8.", timeout=SOONER)
    expect(one.items("Envoyé")).to_have_count(2, timeout=60_000)
    assert ledger.heads() == [8, 13]
