"""Who has to sign in with two factors; apart, so that reading the settings is light."""

from __future__ import annotations

from enum import StrEnum


class TwoFactors(StrEnum):
    """Whether coordinators and administrators have to sign in with two factors."""

    REQUIRED = "required"
    OFFERED = "offered"
