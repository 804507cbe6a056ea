"""Session lifetimes: the defaults that the settings may override."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long a session lasts: unused, and at all."""

    idle: dt.timedelta
    whole: dt.timedelta


SHIFT = Terms(idle=dt.timedelta(hours=2), whole=dt.timedelta(hours=12))
"""A shift, with a break in it."""
