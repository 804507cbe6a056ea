"""Findings of checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geosites.core.errors import Phrase


class CheckName(StrEnum):
    """Subjects of checks, in this order."""

    SETTINGS = "settings"
    DATABASE = "database"
    RIGHTS = "rights"
    DISK = "disk"
    CLOCK = "clock"
    JOBS = "jobs"
    CERTIFICATE = "certificate"
    BASEMAP = "basemap"
    MAIL = "mail"


class CheckResult(StrEnum):
    """Outcomes of a check: what is not set is left out; a warning is not a failure."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class CheckFinding:
    """A finding, in a sentence without its full stop."""

    check: CheckName
    result: CheckResult
    text: Phrase

    def document(self) -> dict[str, str]:
        """Return the finding as JSON, its sentence in English."""
        return {"check": self.check, "result": self.result, "text": str(self.text)}


def ok(check: CheckName, text: Phrase) -> CheckFinding:
    """Return that all is well."""
    return CheckFinding(check, CheckResult.OK, text)


def failed(check: CheckName, text: Phrase) -> CheckFinding:
    """Return a failure."""
    return CheckFinding(check, CheckResult.FAILED, text)


def warning(check: CheckName, text: Phrase) -> CheckFinding:
    """Return a warning."""
    return CheckFinding(check, CheckResult.WARNING, text)


def left_out(check: CheckName, text: Phrase) -> CheckFinding:
    """Return that there is nothing to check."""
    return CheckFinding(check, CheckResult.LEFT_OUT, text)
