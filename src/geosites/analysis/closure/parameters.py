"""Parameters of the closure model: probabilities, thresholds, expiry."""

from __future__ import annotations

from dataclasses import dataclass

from geosites.core.errors import Refused

SIGHT_M = 100.0
"""From where it stands a crew sees everything up to this far; farther away less and less, and
nothing from twice as far on."""


@dataclass(frozen=True, kw_only=True)
class EvidenceParameters:
    """Parameters of the closure model; every result includes them.

    `prior_a` and `prior_b` are the Beta prior of detection, `borrowed` is the weight of a visit in
    another part of the day, `learned_visits` the maximum weight, in visits, of everything learned
    before the closure. `one_part` is the share of scenes that come back in one part of the day
    only, `same_part` the same for one that was seen there. `false_alarm` is the probability of an
    unverified report from a clear site. A visit before the closure counts as made while the site
    was active if heads were seen at most `active_days` from it. A reopened site is no longer
    reopened from P `settled_p` on. A confirmation needs visits that saw `min_covered` of the
    perimeter. People up to `nearby_m` outside are reported for `fresh_days`; a crew sees `sight_m`
    far.
    """

    prior_clear: float = 0.5
    prior_reopened: float = 0.2
    prior_a: float = 0.5
    prior_b: float = 0.5
    borrowed: float = 0.5
    learned_visits: float = 3.0
    one_part: float = 0.05
    same_part: float = 0.25
    false_alarm: float = 0.05
    active_days: int = 28
    confirmed_p: float = 0.95
    probable_p: float = 0.80
    settled_p: float = 0.90
    min_negatives: int = 3
    min_day_parts: int = 2
    min_covered: float = 0.8
    fresh_days: int = 14
    nearby_m: float = 150.0
    sight_m: float = SIGHT_M
    level: float = 0.90

    def __post_init__(self) -> None:
        chances = ("prior_clear", "prior_reopened", "false_alarm", "confirmed_p", "probable_p")
        for name in (*chances, "level"):
            if not 0 < getattr(self, name) < 1:
                raise Refused(f"{name} is {getattr(self, name)}, and must lie between 0 and 1")
        if self.prior_a <= 0 or self.prior_b <= 0 or not 0 <= self.borrowed <= 1:
            raise Refused("prior_a and prior_b must be above 0, borrowed in [0, 1]")
        if self.learned_visits <= 0 or not 0 <= self.one_part <= 0.2 or self.sight_m <= 0:
            raise Refused("learned_visits and sight_m must be above 0, one_part in [0, .2]")


DEFAULTS = EvidenceParameters()
