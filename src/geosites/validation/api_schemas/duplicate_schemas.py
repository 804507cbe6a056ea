"""Schemas of a coordinator's decision on a possible duplicate: merge, or keep apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from geosites.core.errors import Refused


class JudgementReason(StrEnum):
    """The reason. There is no free text, so that nothing can be said about a person."""

    SAME_SCENE = "same_scene"
    SENT_TWICE = "sent_twice"
    OTHER_PLACE = "other_place"
    OTHER_TIME = "other_time"
    OTHER_GROUP = "other_group"
    MADE_IN_ERROR = "made_in_error"


_R = JudgementReason
REASONS: Mapping[bool, tuple[JudgementReason, ...]] = {
    True: (_R.SAME_SCENE, _R.SENT_TWICE),
    False: (_R.OTHER_GROUP, _R.OTHER_PLACE, _R.OTHER_TIME, _R.MADE_IN_ERROR),
}
"""Reasons for two sightings being the same, and for not being the same."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """`sighting` shows the same scene as `other`, or does not; with account and reason."""

    sighting: UUID
    other: UUID
    same: bool
    reason: JudgementReason
    login: str
    unit: str

    def __post_init__(self) -> None:
        if self.sighting == self.other:
            raise Refused(
                "sighting %(sighting)s cannot be judged beside itself", sighting=self.sighting
            )
        if self.reason not in REASONS[self.same]:
            verb = "merge" if self.same else "part"
            known = ", ".join(REASONS[self.same])
            raise Refused(
                "%(reason)s is not a reason to %(verb)s sightings: %(known)s",
                reason=self.reason,
                verb=verb,
                known=known,
            )


class MergeIn(BaseModel):
    """A sighting shows the same scene as the sighting `into`, which alone counts from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    into: UUID
    reason: JudgementReason = Field(description="One of " + ", ".join(REASONS[True]) + ".")

    def to_record(self, sighting: UUID, login: str, unit: str) -> Judgement:
        """Return the judgement, or raise `Refused`."""
        return Judgement(
            sighting=sighting,
            other=self.into,
            same=True,
            reason=self.reason,
            login=login,
            unit=unit,
        )


class PartIn(BaseModel):
    """A sighting counts on its own, apart from `other`: by default the one it was merged into."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: JudgementReason = Field(description="One of " + ", ".join(REASONS[False]) + ".")
    other: UUID | None = None

    def to_record(self, sighting: UUID, other: UUID, login: str, unit: str) -> Judgement:
        """Return the judgement, or raise `Refused`."""
        return Judgement(
            sighting=sighting,
            other=other,
            same=False,
            reason=self.reason,
            login=login,
            unit=unit,
        )
