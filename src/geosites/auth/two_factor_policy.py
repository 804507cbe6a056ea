"""Which roles need two factors; a separate module so that reading settings stays cheap."""

from __future__ import annotations

from enum import StrEnum


class TwoFactors(StrEnum):
    """Whether coordinators and administrators have to sign in with two factors."""

    REQUIRED = "required"
    OFFERED = "offered"
