"""What a report is checked against: the clock, the ground and the sites that are known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from geosites.validation.places import WatchedTerritories

CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far the clock of a reporter may be ahead of ours."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """`now` is aware; `sites` are the slugs known; `exercise` says that the store holds one."""

    now: dt.datetime
    ground: WatchedTerritories
    sites: frozenset[str] = field(default_factory=frozenset)
    exercise: bool = False

    @property
    def latest(self) -> dt.datetime:
        """An observation after this instant lies in the future."""
        return self.now + CLOCK_SKEW
