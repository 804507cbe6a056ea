"""The report form in Firefox and WebKit: sign in, report, lose the network, report, get it back.

Debian carries `firefox-esr` and `webkit2gtk-driver` (with `xvfb` for its window). What is not
installed is passed over. Firefox is driven by its own Marionette, WebKit by its WebDriver.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.field import CREWS, SETTINGS, serving
from bench.network import Network, network
from bench.outside import NoData
from bench.served import free_port, wait_until
from bench.table import Promise, Table
from geosites.auth import accounts
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.ops.private_postgres.scratch import scratch_cluster
from geosites.permissions.policy import Role

MINI_BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
PASSWORD = "open sesame, engines of all kinds"
PREFERENCES = {"intl.accept_languages": "fr", "datareporting.policy.dataSubmissionEnabled": False}

PATIENCE_S = 60.0


class Driven:
    """A browser that opens addresses and runs scripts."""

    def __init__(self, go: Callable[[str], Any], script: Callable[[str], Any]) -> None:
        self.go, self.script = go, script

    def until(self, condition: str) -> None:
        """Wait until a script says yes."""
        wait_until(lambda: self._holds(condition), PATIENCE_S)

    def _holds(self, condition: str) -> bool:
        with contextlib.suppress(OSError, KeyError, RuntimeError):
            return bool(self.script(f"return Boolean({condition})"))
        return False


@contextmanager
def firefox() -> Iterator[Driven]:
    """Yield Firefox with a profile of its own, driven by Marionette (lengths and JSON by TCP)."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise NoData("Firefox is not installed")
    port, numbers = free_port(), iter(range(1, 100_000))
    with tempfile.TemporaryDirectory() as profile:
        wanted = {**PREFERENCES, "marionette.port": port}
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in wanted.items())
        Path(profile, "user.js").write_text("".join(lines))
        command = [program, "--headless", "--marionette", "--no-remote", "--profile", profile]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        home = {**os.environ, "HOME": profile}
        with subprocess.Popen(command, env=home, **quiet) as process:  # type: ignore[call-overload]
            try:
                line = _connected(port)
                _read(line)

                def say(name: str, **values: Any) -> Any:
                    told = json.dumps([0, next(numbers), name, values])
                    line.sendall(f"{len(told.encode())}:{told}".encode())
                    _, _, error, result = _read(line)
                    if error:
                        raise RuntimeError(str(error))
                    return result["value"] if result and "value" in result else result

                say("WebDriver:NewSession")
                yield Driven(
                    lambda url: say("WebDriver:Navigate", url=url),
                    lambda text: say("WebDriver:ExecuteScript", script=text, args=[]),
                )
            finally:
                process.kill()


def _connected(port: int) -> socket.socket:
    found: list[socket.socket] = []

    def there() -> bool:
        with contextlib.suppress(OSError):
            found.append(socket.create_connection(("127.0.0.1", port), 60))
        return bool(found)

    wait_until(there, PATIENCE_S)
    return found[0]


def _read(line: socket.socket) -> Any:
    length = b""
    while not length.endswith(b":"):
        length += line.recv(1)
    left, body = int(length[:-1]), b""
    while len(body) < left:
        body += line.recv(left - len(body))
    return json.loads(body)


@contextmanager
def webkit() -> Iterator[Driven]:
    """Yield WebKit's small browser on a screen of its own, driven by WebDriver."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    if driver is None or screen is None or not MINI_BROWSERS:
        raise NoData("WebKitWebDriver or Xvfb is not installed")
    port, display = free_port(), f":{free_port() % 1000 + 100}"
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as home:
        told = {"DISPLAY": display, "HOME": home, "LANG": "fr_FR.UTF-8", "LANGUAGE": "fr"}
        told |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "GDK_BACKEND": "x11"}
        told |= {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "NO_AT_BRIDGE": "1"}
        own = {**os.environ, **told}
        window = [screen, display, "-screen", "0", "390x800x24", "-nolisten", "tcp"]
        with (
            subprocess.Popen(window, **quiet) as shown,
            subprocess.Popen([driver, f"--port={port}"], env=own, **quiet) as process,
        ):
            try:
                _connected(port).close()
                options = {"binary": str(MINI_BROWSERS[-1]), "args": ["--automation"]}
                wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
                made = _posted(port, "/session", {"capabilities": wanted})
                at = f"/session/{made['sessionId']}"
                yield Driven(
                    lambda url: _posted(port, f"{at}/url", {"url": url}),
                    lambda text: _posted(port, f"{at}/execute/sync", {"script": text, "args": []}),
                )
            finally:
                process.kill()
                shown.kill()


def _posted(port: int, path: str, body: Any) -> Any:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
        return json.load(answer)["value"]


def smoke(browser: Driven, net: Network, heads: int) -> list[str]:
    """Report with and without a network; return what the screen said of each."""
    browser.go(f"{net.base}/sign-in?next=%2Freport")
    browser.script(
        f"document.querySelector('[name=login]').value = {json.dumps(CREWS[0])};"
        f"document.querySelector('[name=password]').value = {json.dumps(PASSWORD)};"
        "document.querySelector('.sheet button').click()"
    )
    browser.until("document.getElementById('latest') && self.geosites !== 1 && document.body")
    browser.until("document.getElementById('keep').hidden === false")
    said = [_report(browser, heads, "forceval", "sent")]
    net.tell("cut")
    said.append(_report(browser, heads + 1, "stalingrad", "waiting"))
    net.heal()
    browser.script("document.getElementById('now').click()")
    browser.until(_STATE.replace("{n}", str(heads + 1)).replace("{state}", "Envoyé"))
    said.append(str(browser.script("return document.getElementById('latest').innerText")))
    return said


_STATE = (
    "/{state}|{state}/.test(document.getElementById('latest').innerText) && "
    "document.getElementById('latest').innerText.includes(', {n}.')"
)


def _report(browser: Driven, heads: int, site: str, state: str) -> str:
    browser.script(
        "const form = document.getElementById('report'), { site, headcount } = form.elements;"
        "const told = () => new Event('input', {bubbles: true});"
        f"headcount.value = '{heads}'; headcount.dispatchEvent(told());"
        f"site.value = '{site}'; site.dispatchEvent(told());"
        "document.querySelector('[type=submit]').click();"
    )
    word = {"sent": "Envoyé", "waiting": "En attente"}[state]
    browser.until(_STATE.replace("{n}", str(heads)).replace("{state}", word))
    return str(browser.script("return document.getElementById('latest').innerText"))


def run() -> Table:
    """Return what each engine did."""
    rows, kept = [], []
    with scratch_cluster(SETTINGS) as cluster:
        store = Store(cluster.url())
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
            asked = accounts.AccountRequest(login=CREWS[0], role=Role.REPORTER, unit=CREWS[0])
            now = conn.exec_driver_sql("SELECT now()").scalar_one()
            accounts.add(conn, asked, now, password=PASSWORD, once=False)
        with serving(store) as base, network(base) as net:
            for place, (name, engine) in enumerate((("Firefox", firefox), ("WebKit", webkit))):
                heads, began = 10 + 10 * place, time.monotonic()
                try:
                    with engine() as browser:
                        smoke(browser, net, heads)
                except NoData as error:
                    rows.append((name, str(error), ""))
                    continue
                with store.begin() as conn:
                    there = conn.exec_driver_sql(
                        "SELECT count(*) FROM sighting WHERE upper_inf(known)"
                        f" AND headcount IN ({heads}, {heads + 1})"
                    ).scalar_one()
                kept.append(there == 2)
                rows.append((name, f"{there} of 2 recorded", f"{time.monotonic() - began:.0f} s"))
        store.close()
    return Table(
        name="engines",
        note="one report with a network, one without; both recorded once",
        columns=("engine", "reports", "time"),
        rows=tuple(rows),
        promises=(
            Promise(
                what="engines that are installed and record both",
                promised=str(len(kept)),
                measured=sum(kept),
                kept=all(kept),
            ),
        ),
    )
