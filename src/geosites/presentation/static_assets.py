"""Static assets: our style sheet and scripts, and Leaflet, with their URLs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

import rcssmin
import rjsmin

from geosites.presentation import palette, status_styles
from geosites.presentation.path_prefix import rooted

PREFIX = "/static"
LEAFLET = "leaflet/"
LEAFLET_FILES = (f"{LEAFLET}leaflet.css", f"{LEAFLET}leaflet.js")
_SMALLER: Mapping[str, Callable[[str], str]] = {".css": rcssmin.cssmin, ".js": rjsmin.jsmin}


def folder() -> Path:
    """Return the folder of our own style sheet and scripts."""
    return Path(str(files(__package__) / "static"))


def leaflet_folder() -> Path:
    """Return the folder of Leaflet, as the package XStatic-Leaflet installs it."""
    return Path(str(files("xstatic.pkg.leaflet") / "data"))


def path(name: str) -> Path:
    """Return the path of the file served as `name`; `leaflet/…` is Leaflet's."""
    inside = name.removeprefix(LEAFLET)
    return leaflet_folder() / inside if inside != name else folder() / name


_WITH_COLOURS: Mapping[str, Callable[[str], str]] = {
    "app.css": lambda text: palette.css(of_results=False) + text,
    "tables.css": lambda text: palette.css(of_results=True) + text + status_styles.css(),
    "icon.svg": palette.filled,
}
"""How colours are inserted into our files before they are sent."""


BUNDLES: Mapping[str, tuple[str, ...]] = {
    "report.js": ("server_clock.js", "geolocation.js", "nearby.js", "report.js"),
    "map.js": ("map.js", "ground.js", "week_slider.js", "map_search.js"),
    "map_styles.css": ("map_styles.css", "ground.css", "map_search.css"),
}
"""Files that are sent as one, in this order: together they compress better, in fewer requests."""

MAP_FILES = (
    "app.css",
    "tables.css",
    "leaflet/leaflet.css",
    "map_styles.css",
    "leaflet/leaflet.js",
    "map.js",
)
"""What the page of a map loads, in the order in which it is needed."""

_STRICT = '"use strict";'
"""Directives that apply to a whole file, at its beginning."""

_ALONE_TOO = frozenset({"ground.css", "ground.js"})
"""What forms load by itself."""
_INSIDE = frozenset(chain.from_iterable(BUNDLES.values())) - BUNDLES.keys() - _ALONE_TOO


def names() -> list[str]:
    """Return the names under which our own files are sent, in order."""
    return sorted(item.name for item in folder().iterdir() if item.name not in _INSIDE)


@cache
def sent(name: str) -> str:
    """Return a file as it is sent: ours with its colours, minified.

    Leaflet's are sent unchanged.
    """
    first, *others = map(_sent, BUNDLES.get(name, (name,)))
    return "\n".join([first, *(text.removeprefix(_STRICT) for text in others)])


def _sent(name: str) -> str:
    result = path(name)
    text = _WITH_COLOURS.get(name, str)(result.read_text(encoding="utf-8"))
    smaller = None if name.startswith(LEAFLET) else _SMALLER.get(result.suffix)
    return smaller(text) if smaller else text


@cache
def body(name: str) -> bytes:
    """Return the bytes of a file as it is sent; images unchanged."""
    return path(name).read_bytes() if name.endswith(".png") else sent(name).encode()


def asset(name: str) -> str:
    """Return the URL of a file, which changes with its content, so that it may be cached."""
    return rooted(_address(name))


@cache
def _address(name: str) -> str:
    digest = hashlib.sha256(body(name)).hexdigest()
    return f"{PREFIX}/{name}?v={digest[:8]}"
