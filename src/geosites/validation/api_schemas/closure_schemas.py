"""Schemas of acts on a closure: extend, lift, withdraw, restore."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from geosites.core.closure_acts import REASONS, ClosureAct, ClosureActKind, ClosureReason
from geosites.validation.free_text.notes import require_impersonal
from geosites.validation.records.closures import MOST_REVIEW_DAYS

LegalRef = Annotated[
    str | None, Field(description="A short reference with its number, such as 2022-1189.")
]


def _reasons(kind: ClosureActKind) -> str:
    return "One of " + ", ".join(sorted(REASONS[kind])) + "."


class _ActIn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExtensionIn(_ActIn):
    """A closure is extended. There is no default end: null says until further notice."""

    until: AwareDatetime | None
    reason: ClosureReason = Field(description=_reasons(ClosureActKind.EXTENDED))
    legal_ref: LegalRef = None
    review_days: int | None = Field(default=None, ge=1, le=MOST_REVIEW_DAYS)

    def to_record(self, closure: UUID) -> ClosureAct:
        """Return the act, or raise `Refused`."""
        require_impersonal("legal_ref", self.legal_ref)
        return ClosureAct(
            closure=closure,
            kind=ClosureActKind.EXTENDED,
            reason=self.reason,
            legal_ref=self.legal_ref,
            until=self.until,
        )


class LiftingIn(_ActIn):
    """A closure is lifted at an instant."""

    until: AwareDatetime
    reason: ClosureReason = Field(description=_reasons(ClosureActKind.LIFTED))
    legal_ref: LegalRef = None

    def to_record(self, closure: UUID) -> ClosureAct:
        """Return the act, or raise `Refused`."""
        require_impersonal("legal_ref", self.legal_ref)
        return ClosureAct(
            closure=closure,
            kind=ClosureActKind.LIFTED,
            reason=self.reason,
            legal_ref=self.legal_ref,
            until=self.until,
        )


class WithdrawalIn(_ActIn):
    """A closure that was declared by mistake is withdrawn, and counts nowhere."""

    reason: ClosureReason = Field(description=_reasons(ClosureActKind.WITHDRAWN))
    legal_ref: LegalRef = None

    def to_record(self, closure: UUID) -> ClosureAct:
        """Return the act, or raise `Refused`."""
        return _whole(self, closure, ClosureActKind.WITHDRAWN)


class RestorationIn(_ActIn):
    """A withdrawn closure is restored, and counts again."""

    reason: ClosureReason = Field(description=_reasons(ClosureActKind.RESTORED))
    legal_ref: LegalRef = None

    def to_record(self, closure: UUID) -> ClosureAct:
        """Return the act, or raise `Refused`."""
        return _whole(self, closure, ClosureActKind.RESTORED)


def _whole(report: WithdrawalIn | RestorationIn, closure: UUID, kind: ClosureActKind) -> ClosureAct:
    require_impersonal("legal_ref", report.legal_ref)
    return ClosureAct(closure=closure, kind=kind, reason=report.reason, legal_ref=report.legal_ref)
