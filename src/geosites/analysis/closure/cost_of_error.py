"""Stopping rule for visits: their cost compared with the cost of a wrong "closed".

The net expected cost of n more visits, all of which find nobody, is n + E P(active | n misses), in
visits. E is the number of visits that a wrong "closed" costs as much as. Stop where no n > 0 costs
less than 0 (Regan et al. 2006; Rout et al. 2009, J. Appl. Ecol. 46:110, from sighting records;
Ramsey, Anderson & Gormley 2023 review it for declarations of eradication). It is reported beside
the probability, since a threshold such as .95 does not say what is lost if the site is active after
all.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from geosites.core.errors import Refused

ERROR_VISITS = 100.0
"""Default cost of a wrong "closed", in visits."""

MOST = 60
"""Visits beyond which nobody plans."""


@dataclass(frozen=True, kw_only=True)
class StoppingRule:
    """How many more visits are worth their cost, if each of them finds nobody.

    `worth_visits` is the cheapest number. If it is 0, visits may stop `until` the chance that
    people came back makes a visit worth its cost again (None: never). `pays_from` is the cost of a
    wrong "closed", in visits, from which any visit is worth it, independent of the assumed cost;
    None if no visit is informative.
    """

    error_visits: float
    worth_visits: int
    pays_from: float | None
    until: dt.datetime | None = None


def net_expected_cost(p_active: float, visits: int, error_visits: float) -> float:
    """Return the cost of `visits` plus the expected cost of the remaining error, in visits."""
    return visits + error_visits * p_active


def stopping_rule(
    p_active: Iterable[float], error_visits: float = ERROR_VISITS, most: int = MOST
) -> StoppingRule:
    """Return the stopping rule where `p_active` is P(active) now, after one miss, after two, and so
    on.

    Chances .3, .1, .05 at a cost of 100 visits: 30, 11, 7, two visits are worth it. Read only as
    far as a further visit can still pay.
    """
    if error_visits <= 0:
        raise Refused("the cost of a wrong answer must be above 0")
    cheapest, worth, pays_from, now = math.inf, 0, math.inf, math.nan
    for visits, p in enumerate(islice(p_active, most + 1)):
        now = p if visits == 0 else now
        if p < now:
            pays_from = min(pays_from, visits / (now - p))
        cost = net_expected_cost(p, visits, error_visits)
        if cost < cheapest:
            cheapest, worth = cost, visits
        if visits + 1 >= max(cheapest, pays_from * now):
            break
    if math.isnan(now):
        raise Refused("the chance that people are there now is missing")
    return StoppingRule(
        error_visits=error_visits,
        worth_visits=worth,
        pays_from=None if math.isinf(pays_from) else pays_from,
    )


def stops_until(p_active: float, detection: float, per_year: float, error_visits: float) -> float:
    """Return after how many years without visits one is worth its cost again; inf: never.

    A visit that sees people with probability `detection` lowers q to q (1 - d) / (1 - q d), and is
    worth it from the smaller root of d q^2 - d (1 + 1/E) q + 1/E = 0 on. P(clear) falls at the rate
    `per_year`. 0 where a visit is worth it now.
    """
    if not 0 < detection <= 1 or error_visits <= 0:
        raise Refused("detection must lie in (0, 1] and the cost of a wrong answer above 0")
    b = 1 + 1 / error_visits
    root = b * b - 4 / (detection * error_visits)
    if root < 0:
        return math.inf
    worth = (b - math.sqrt(root)) / 2
    if p_active >= worth:
        return 0.0
    return math.log((1 - p_active) / (1 - worth)) / per_year if per_year else math.inf
