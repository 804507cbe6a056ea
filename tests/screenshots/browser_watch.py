"""A real server and a real browser, watched for everything that must not happen."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page

from geosites.web.middleware.timeouts import PatientProtocol

CHROMIUM = Path(os.environ.get("GEOSITES_CHROMIUM", "/usr/bin/chromium"))
OFF = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
"""What Chromium is to leave out: what Playwright names, since the last list counts alone, and the
address bar's list of suggestions, a page in a process of its own for each window. Nobody sees it,
and it takes more than half of the processor time of an empty window."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(OFF)}",
)
WIDTHS = {1280: 860, 390: 844}
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


@dataclass
class Watched:
    """A page, and everything about it that must not happen."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of ours and wait until its map, if it has one, has drawn its layers.

        Names of outer territories come last, with the outlines out of sight.
        """
        self.page.goto(self.base + path)
        canvas = self.page.locator(".canvas")
        if canvas.count():
            for name in self.layers():
                self.page.locator(f'.canvas[data-{name}="ready"]').wait_for(timeout=30_000)
            self.page.locator(".mark-outer").first.wait_for(state="attached")
        return self.page

    def layers(self) -> list[str]:
        """Return the names of the layers that the map of this page fetches."""
        names: list[str] = self.page.evaluate(
            """() => [...document.querySelector("script[nonce]").textContent
                .matchAll(/geosites\\.layer\\(\\s*\\w+,\\s*"(\\w+)"/g)].map((found) => found[1])"""
        )
        return names


def serve(app: FastAPI) -> Generator[str, None, None]:
    """Serve an application on a free port for as long as the caller asks."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", http=PatientProtocol))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def watch(page: Page, base: str) -> Watched:
    """Return a page whose console, errors, dialogs and requests are written down."""
    seen = Watched(page, base)
    page.add_init_script(REPORT_VIOLATIONS)
    page.on("console", lambda message: seen.wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: seen.wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (seen.wrong.append("dialog"), dialog.dismiss()))
    page.on(
        "request",
        lambda asked: None if ours(asked.url, base) else seen.wrong.append(f"asked {asked.url}"),
    )
    return seen


def ours(url: str, base: str) -> bool:
    """Return whether an address is of the service, or carries its own content."""
    return url.startswith((base + "/", "data:"))
