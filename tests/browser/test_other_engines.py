"""The report form in Firefox and in WebKitGTK: sent, kept without a network, erased at sign-out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.network import Network

from browser.engines import ENGINES, Engine, here
from browser.phones import Ledger, session
from geosites.db.postgres.connection import Store

CHOOSE = """
const { site } = document.getElementById("report").elements;
site.value = "forceval";
site.dispatchEvent(new Event("input", { bubbles: true }));
"""
CONTROLLED = "return (await navigator.serviceWorker.ready) && 'kept'"
LEFT = """
const database = await new Promise((resolve, reject) => {
  const asked = indexedDB.open("geosites");
  asked.onupgradeneeded = () => asked.result.createObjectStore("reports", { keyPath: "id" });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = reject;
});
const rows = await new Promise((resolve) => {
  const asked = database.transaction("reports").objectStore("reports").getAll();
  asked.onsuccess = () => resolve(asked.result);
});
database.close();
return { rows: rows.length, viewer: localStorage.viewer ?? null,
         aside: Object.values(JSON.parse(localStorage["geosites-reports"] ?? "{}"))
           .filter(({ state }) => state !== "gone").length };
"""


@pytest.fixture(params=here())
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, net: Network, field_store: Store
) -> Iterator[Engine]:
    """Return a browser that is signed in, with the form open and kept by its worker."""
    with ENGINES[request.param](tmp_path) as one:
        one.goto(net.base + "/sign-in?lang=fr")
        one.sign_in(session(field_store))
        one.goto(net.base + "/report?lang=fr")
        assert one.run(f"return (async () => {{ {CONTROLLED} }})()") == "kept"
        yield one


def report(one: Engine, heads: int) -> None:
    one.run(CHOOSE)
    one.type("[name=headcount]", str(heads))
    one.click("[type=submit]")


def test_a_report_is_sent(engine: Engine, ledger: Ledger) -> None:
    report(engine, 7)
    told = engine.until("#latest", "Envoyé")
    assert "Square Forceval" in told
    assert ledger.heads() == [7]


def test_without_a_network_a_report_waits_over_a_reload_and_is_sent_after(
    engine: Engine, net: Network, ledger: Ledger
) -> None:
    net.tell("cut")
    report(engine, 7)
    engine.until("#latest", "En attente")
    engine.goto(net.base + "/report?lang=fr")
    engine.until("#queue", "1 en attente")
    assert ledger.heads() == []
    net.heal()
    engine.click("#now")
    engine.until("#latest", "Envoyé")
    engine.until("#queue", "")
    assert ledger.heads() == [7]


def test_signing_out_asks_and_then_erases(engine: Engine, net: Network, ledger: Ledger) -> None:
    net.tell("500", "/api/")
    report(engine, 7)
    engine.until("#queue", "1 en attente")
    assert engine.run(f"return (async () => {{ {LEFT} }})()")["rows"] == 1
    engine.click(".who button")
    engine.until("#unsent", "1 en attente")
    engine.click(".who button")
    engine.until("h1", "")
    engine.goto(net.base + "/sign-in?lang=fr")
    left = engine.run(f"return (async () => {{ {LEFT} }})()")
    assert left == {"rows": 0, "viewer": None, "aside": 0}
    assert ledger.heads() == []
