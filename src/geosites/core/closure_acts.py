"""What is done about a closure and why, out of closed lists of acts and reasons."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from geosites.core.errors import Refused

_LEGAL_REF = re.compile(r"(?=.*\d)[\w°][\w°/.,'’ -]{0,59}")


class ClosureActKind(StrEnum):
    """What is done about a closure."""

    DECLARED = "declared"
    EXTENDED = "extended"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


class ClosureReason(StrEnum):
    """Why it is done. There is no free text, so that nothing can be said of a person."""

    ORDER = "order"
    SAFETY = "safety"
    HEALTH = "health"
    WORKS = "works"
    STILL_NEEDED = "still_needed"
    PURPOSE_MET = "purpose_met"
    ORDER_ENDED = "order_ended"
    COURT_DECISION = "court_decision"
    MADE_IN_ERROR = "made_in_error"


REASONS: Mapping[ClosureActKind, frozenset[ClosureReason]] = {
    ClosureActKind.DECLARED: frozenset(
        {ClosureReason.ORDER, ClosureReason.SAFETY, ClosureReason.HEALTH, ClosureReason.WORKS}
    ),
    ClosureActKind.EXTENDED: frozenset(
        {ClosureReason.ORDER, ClosureReason.STILL_NEEDED, ClosureReason.WORKS}
    ),
    ClosureActKind.LIFTED: frozenset(
        {
            ClosureReason.PURPOSE_MET,
            ClosureReason.ORDER_ENDED,
            ClosureReason.COURT_DECISION,
            ClosureReason.MADE_IN_ERROR,
        }
    ),
    ClosureActKind.WITHDRAWN: frozenset(
        {ClosureReason.MADE_IN_ERROR, ClosureReason.COURT_DECISION}
    ),
    ClosureActKind.RESTORED: frozenset({ClosureReason.MADE_IN_ERROR, ClosureReason.COURT_DECISION}),
}
"""Which reasons there are for what."""


@dataclass(frozen=True, kw_only=True)
class ClosureAct:
    """What was done about a closure, from when on it holds (`until`: the end it sets), and why."""

    closure: UUID
    kind: ClosureActKind
    reason: ClosureReason
    legal_ref: str | None = None
    until: dt.datetime | None = None

    def __post_init__(self) -> None:
        if self.reason not in REASONS[self.kind]:
            known = ", ".join(sorted(REASONS[self.kind]))
            raise Refused(
                "%(reason)s is not a reason for %(kind)s: %(known)s",
                reason=self.reason,
                kind=self.kind,
                known=known,
            )
        if self.legal_ref is not None and _LEGAL_REF.fullmatch(self.legal_ref) is None:
            raise Refused(
                "legal_ref %(legal_ref)r: a short reference with its number, such as "
                "2022-1189, please",
                legal_ref=self.legal_ref,
            )
