"""Tests that need what a machine may not have: left out there, and counted aloud at the end."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

PROGRAMS = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
"""Where programs are looked for: proxies lie where only an administrator has a path."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """What tests of a marker need, in words for one and for several, and how it is had."""

    holds: Callable[[pytest.Config], bool]
    of_one: str
    of_more: str
    remedy: str

    def told(self, count: int) -> str:
        """Return the line that says how many did not run, and what would have them run."""
        which = f"1 test {self.of_one}" if count == 1 else f"{count} tests {self.of_more}"
        return f"{which} and did not run: {self.remedy}"


def _has_data(_: pytest.Config) -> bool:
    return bool(os.environ.get("GEOSITES_DATA"))


def _builds_images(config: pytest.Config) -> bool:
    """Return whether the image is asked for by name, and can be built: it takes minutes."""
    asked = re.search(r"\bimage\b", config.getoption("markexpr", "") or "")
    return asked is not None and shutil.which("buildah") is not None


def _proxy(program: str, name: str, package: str) -> Need:
    """Return what the tests of a proxy need: its program."""
    return Need(
        holds=lambda _: shutil.which(program, path=PROGRAMS) is not None,
        of_one=f"runs {name}",
        of_more=f"run {name}",
        remedy=f"install {package}",
    )


NEEDS: Mapping[str, Need] = {
    "external_data": Need(
        holds=_has_data,
        of_one="needs files outside the project",
        of_more="need files outside the project",
        remedy="set GEOSITES_DATA",
    ),
    "image": Need(
        holds=_builds_images,
        of_one="builds the image of the service",
        of_more="build the image of the service",
        remedy="script/test --image, with buildah",
    ),
    "nginx": _proxy("nginx", "nginx", "nginx-light"),
    "caddy": _proxy("caddy", "Caddy", "caddy"),
    "apache2": _proxy("apache2", "Apache", "apache2"),
}
"""By marker."""

COUNTS = pytest.StashKey[dict[str, int]]()
"""How many tests of each marker were left out."""


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests whose need is not met, and count them by marker."""
    counts = config.stash.setdefault(COUNTS, {})
    for mark, need in NEEDS.items():
        left = [item for item in items if item.get_closest_marker(mark)]
        if left and not need.holds(config):
            items[:] = [item for item in items if item not in left]
            config.hook.pytest_deselected(items=left)
            counts[mark] = len(left)


def take_over(config: pytest.Config, counts: Mapping[str, int]) -> None:
    """Add what a worker left out: all workers collect the same tests."""
    own = config.stash.setdefault(COUNTS, {})
    for mark, count in counts.items():
        own[mark] = max(count, own.get(mark, 0))
