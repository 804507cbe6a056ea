"""Firefox and WebKitGTK, driven by what they bring along: Marionette and WebKitWebDriver.

Both speak the commands of WebDriver (W3C): Firefox by its own framing over a socket, WebKitGTK by
HTTP. Playwright's own builds of these browsers are not what Debian ships.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2
from bench.ports import free_port

STARTS_S = 120.0
WAITS_S = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PREFERENCES = {
    "marionette.port": 0,
    "intl.accept_languages": "fr-FR, fr",
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "permissions.default.geo": 2,
}


class Driver(Protocol):
    """What carries a command of WebDriver to a browser and its answer back."""

    def __call__(self, command: str, method: str, path: str, body: dict[str, Any]) -> Any:
        """Send one command, named as Marionette names it and as HTTP addresses it."""


@dataclass
class Engine:
    """One browser with a new profile and one page."""

    driver: Driver

    def goto(self, url: str) -> None:
        """Open an address; return once its page is loaded."""
        self.driver("WebDriver:Navigate", "POST", "/url", {"url": url})

    def sign_in(self, cookie: str) -> None:
        """Set the cookie of a session; a page of the service has to be open."""
        named = {"name": "geosites", "value": cookie, "path": "/"}
        self.driver("WebDriver:AddCookie", "POST", "/cookie", {"cookie": named})

    def run(self, script: str) -> Any:
        """Return what a function with this body returns in the page, awaited."""
        told = {"script": script, "args": []}
        return self.driver("WebDriver:ExecuteScript", "POST", "/execute/sync", told)

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        found = self._find(selector)
        told = {"id": found, "text": text, "value": list(text)}
        self.driver("WebDriver:ElementSendKeys", "POST", f"/element/{found}/value", told)

    def click(self, selector: str) -> None:
        """Click on an element, where it is in view."""
        found = self._find(selector)
        self.driver("WebDriver:ElementClick", "POST", f"/element/{found}/click", {"id": found})

    def until(self, selector: str, text: str) -> str:
        """Return the text of an element once it holds this text."""
        script = f"return document.querySelector({json.dumps(selector)})?.textContent ?? ''"
        end = time.monotonic() + WAITS_S
        while text not in (found := str(self.run(script))):
            if time.monotonic() > end:
                raise AssertionError(f"{selector} says {found!r}, not {text!r}")
            time.sleep(0.1)
        return found

    def _find(self, selector: str) -> str:
        told = {"using": "css selector", "value": selector}
        found = self.driver("WebDriver:FindElement", "POST", "/element", told)
        return str(found.get("value", found)[ELEMENT])


def is_debian() -> bool:
    """Return whether this system is Debian, for which script/test installs these browsers."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def here() -> list[str]:
    """Return the browsers in which to try: both on Debian, elsewhere those that are installed."""
    there = {"firefox": shutil.which("firefox-esr") or shutil.which("firefox"),
             "webkit": shutil.which("WebKitWebDriver") and minibrowser()}  # fmt: skip
    return [name for name in ENGINES if is_debian() or there[name]]


def minibrowser() -> Path | None:
    """Return WebKitGTK's small browser."""
    return next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))), None)


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Yield Firefox without a window; its profile lies in the folder."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
             for name, value in PREFERENCES.items()]  # fmt: skip
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
    program = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox-esr"
    words = [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    with running(words, {"HOME": str(folder)}):
        port = int(_awaited(lambda: (folder / "MarionetteActivePort").read_text()))
        with socket.create_connection(("127.0.0.1", port), STARTS_S) as line:
            driver = Marionette(line)
            driver("WebDriver:NewSession", "", "", {})
            yield Engine(driver)


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """Yield WebKitGTK's small browser on a screen of its own."""
    with screen() as display:
        port = free_port()
        own = {"DISPLAY": display, "HOME": str(folder), "LANG": "fr_FR.UTF-8", "LANGUAGE": "fr"}
        with running(["WebKitWebDriver", f"--port={port}"], own):
            options = {"binary": str(minibrowser()), "args": ["--automation"]}
            asked = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=STARTS_S) as client:
                _awaited(lambda: client.get("/status").text)
                session = _told(client.post("/session", json={"capabilities": asked}))["sessionId"]
                yield Engine(over_http(client, f"/session/{session}"))
                client.delete(f"/session/{session}")


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {
    "firefox": firefox,
    "webkit": webkit,
}


def over_http(client: httpx2.Client, session: str) -> Driver:
    """Return what carries commands over HTTP, in a session."""

    def carry(command: str, method: str, path: str, body: dict[str, Any]) -> Any:
        return _told(client.request(method, session + path, json=body))

    return carry


def _told(answer: httpx2.Response) -> Any:
    told = answer.json()["value"]
    if answer.is_error:
        raise RuntimeError(told["message"])
    return told


class Marionette:
    """Firefox's own line: each message is its length, a colon and JSON."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._number = line, 0
        self._read()

    def __call__(self, command: str, method: str, path: str, body: dict[str, Any]) -> Any:
        """Send one command and return its answer."""
        self._number += 1
        text = json.dumps([0, self._number, command, body]).encode()
        self._line.sendall(b"%d:%s" % (len(text), text))
        _, _, error, answer = self._read()
        if error:
            raise RuntimeError(error["message"])
        return answer["value"] if set(answer or {}) == {"value"} else answer

    def _read(self) -> Any:
        digits = b""
        while (one := self._line.recv(1)) != b":":
            digits += one
        text = b""
        while len(text) < int(digits):
            text += self._line.recv(int(digits) - len(text))
        return json.loads(text)


@contextmanager
def screen() -> Iterator[str]:
    """Yield the name of a screen that nobody sees."""
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x900x24", "-nolisten", "tcp"]
    with running(words, {}, (write,)):
        os.close(write)
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"


@contextmanager
def running(
    words: list[str], own: Mapping[str, str], pass_fds: tuple[int, ...] = ()
) -> Iterator[None]:
    """Have a program run, and end it with all that it started."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, env={**os.environ, **own}, stdout=quiet, stderr=quiet,
                               pass_fds=pass_fds, start_new_session=True)  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _awaited(ask: Callable[[], str]) -> str:
    """Return the first answer that is not empty."""
    end = time.monotonic() + STARTS_S
    while True:
        try:
            if found := ask():
                return found
            said = "nothing"
        except (OSError, httpx2.HTTPError) as error:
            said = str(error)
        if time.monotonic() > end:
            raise AssertionError(f"no answer within {STARTS_S} s: {said}")
        time.sleep(0.1)
