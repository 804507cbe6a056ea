"""Our style sheet and scripts, and Leaflet: where they lie, and the addresses they have."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

PREFIX = "/static"


def folder() -> Path:
    """Return the folder of our own style sheet and scripts."""
    return Path(str(files(__package__) / "static"))


def leaflet_folder() -> Path:
    """Return the folder of Leaflet, as the package XStatic-Leaflet installs it."""
    return Path(str(files("xstatic.pkg.leaflet") / "data"))


def path(name: str) -> Path:
    """Return where the file served as `name` lies; `leaflet/…` is Leaflet's."""
    inside = name.removeprefix("leaflet/")
    return leaflet_folder() / inside if inside != name else folder() / name


@cache
def asset(name: str) -> str:
    """Return the address of a file, which changes with its content, so that it may be kept."""
    digest = hashlib.sha256(path(name).read_bytes()).hexdigest()
    return f"{PREFIX}/{name}?v={digest[:10]}"
