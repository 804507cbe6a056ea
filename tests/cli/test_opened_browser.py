"""The browser is opened where somebody sits before a screen, and once the service answers."""

from __future__ import annotations

import http.server
import threading
import webbrowser

import pytest

from geosites.cli.server import opened_browser
from geosites.cli.server.opened_browser import has_browser


@pytest.mark.parametrize(
    ("environment", "platform", "terminal", "there"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, True),
        ({}, "darwin", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
    ],
)
def test_a_desktop_is_a_terminal_with_a_screen(
    environment: dict[str, str], platform: str, terminal: bool, there: bool
) -> None:
    assert has_browser(environment, platform, terminal=terminal) is there


def test_the_page_is_opened_once_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    address = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.handle_request, daemon=True).start()
    opened_browser._open(address)
    server.server_close()
    assert opened == [address]
