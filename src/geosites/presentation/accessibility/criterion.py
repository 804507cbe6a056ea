"""One criterion of RGAA 4.1 (référentiel général d'amélioration de l'accessibilité)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """Declared conformance with a criterion."""

    CONFORM = "conform"
    FAILING = "failing"
    ABSENT = "absent"
    """Not applicable: the service has nothing that the criterion refers to."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A criterion by its number, in our own words; `tests` are below `tests/` and show that it
    holds. Where it is called conform, there is at least one.
    """

    number: str
    title: str
    outcome: Outcome
    why: str
    tests: tuple[str, ...] = ()

    @property
    def theme(self) -> int:
        """The number of its theme."""
        return int(self.number.partition(".")[0])


AXE = "browser/test_access.py::test_every_page_is_quiet_fits_and_holds_no_serious_violation"
KEYBOARD = "browser/test_access.py::test_the_keyboard_reaches_everything_in_reading_order"
NO_SCRIPT = "browser/test_access.py::test_everything_is_found_without_map_and_script"


def pages(check: str) -> str:
    """Return the test that checks every page for one criterion."""
    return f"browser/test_rgaa.py::test_on_every_page[{check}]"


def conform(number: str, title: str, why: str, *tests: str) -> Criterion:
    """Return a criterion that holds, as `tests` show."""
    return Criterion(number=number, title=title, outcome=Outcome.CONFORM, why=why, tests=tests)


def failing(number: str, title: str, why: str) -> Criterion:
    """Return a criterion that does not hold."""
    return Criterion(number=number, title=title, outcome=Outcome.FAILING, why=why)


def absent(number: str, title: str, why: str) -> Criterion:
    """Return a criterion that does not apply."""
    return Criterion(number=number, title=title, outcome=Outcome.ABSENT, why=why)
