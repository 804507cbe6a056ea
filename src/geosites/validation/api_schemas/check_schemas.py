"""Schemas of a coordinator's decision about one sighting, and its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from geosites.core.errors import Refused


class CheckVerdict(StrEnum):
    """The decision. A sighting may be returned to the queue."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    CORRECTED = "corrected"


class CheckReason(StrEnum):
    """The reason. There is no free text, so that nothing can be said about a person."""

    ON_THE_SPOT = "on_the_spot"
    SECOND_REPORT = "second_report"
    UNIT_CONFIRMED = "unit_confirmed"
    WRONG_PLACE = "wrong_place"
    WRONG_TIME = "wrong_time"
    WRONG_COUNT = "wrong_count"
    OTHER_GATHERING = "other_gathering"
    NOT_CONFIRMED = "not_confirmed"
    TEST_REPORT = "test_report"
    MADE_IN_ERROR = "made_in_error"
    NEW_INFORMATION = "new_information"
    TYPING_ERROR = "typing_error"


_R = CheckReason
REASONS: Mapping[CheckVerdict, tuple[CheckReason, ...]] = {
    CheckVerdict.VERIFIED: (_R.ON_THE_SPOT, _R.SECOND_REPORT, _R.UNIT_CONFIRMED),
    CheckVerdict.REJECTED: (
        _R.NOT_CONFIRMED,
        _R.WRONG_PLACE,
        _R.WRONG_TIME,
        _R.WRONG_COUNT,
        _R.OTHER_GATHERING,
    ),
    CheckVerdict.WITHDRAWN: (_R.MADE_IN_ERROR, _R.TEST_REPORT),
    CheckVerdict.REOPENED: (_R.NEW_INFORMATION, _R.MADE_IN_ERROR),
    CheckVerdict.CORRECTED: (_R.TYPING_ERROR, _R.UNIT_CONFIRMED, _R.NEW_INFORMATION),
}
"""Which reasons there are for what."""

VERIFIED_AFTER: Mapping[CheckVerdict, bool | None] = {
    CheckVerdict.VERIFIED: True,
    CheckVerdict.REJECTED: False,
    CheckVerdict.WITHDRAWN: False,
    CheckVerdict.REOPENED: None,
}
"""Value of `verified` after each verdict except a correction, which leaves it unchanged."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A decision about a sighting, with account, unit and reason."""

    sighting: UUID
    verdict: CheckVerdict
    reason: CheckReason
    login: str
    unit: str

    def __post_init__(self) -> None:
        if self.reason not in REASONS[self.verdict]:
            raise Refused(
                "%(reason)s is not a reason for %(kind)s: %(known)s",
                reason=self.reason,
                kind=self.verdict,
                known=", ".join(REASONS[self.verdict]),
            )
