"""Open the service in the browser of the person who started it."""

from __future__ import annotations

import os
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Mapping

ASK_AGAIN_S = 0.2
LONGEST_S = 60.0


def has_browser(environment: Mapping[str, str], platform: str, *, terminal: bool) -> bool:
    """Return whether somebody sits before a screen: a terminal, and a desktop around it."""
    desktop = platform in ("darwin", "win32") or bool(
        environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )
    return terminal and desktop


def open_when_up(address: str) -> threading.Thread | None:
    """Open a page of the service once it answers; None without a browser."""
    if not has_browser(os.environ, sys.platform, terminal=sys.stdout.isatty()):
        return None
    thread = threading.Thread(target=_open, args=(address,), daemon=True)
    thread.start()
    return thread


def _open(address: str) -> None:
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(address, timeout=LONGEST_S):  # noqa: S310 - our own address
                webbrowser.open(address)
                return
        except OSError:
            time.sleep(ASK_AGAIN_S)
