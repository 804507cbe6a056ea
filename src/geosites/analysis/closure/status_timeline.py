"""Status timeline of one site: intervals exact to the microsecond."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from geosites.analysis.closure.evidence import SiteVisits, case_at, events, instant, microseconds
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.analysis.closure.state import path_of
from geosites.analysis.closure.status_at_instant import Path
from geosites.analysis.closure.status_table import Status
from geosites.core.errors import Refused
from geosites.core.records import Closure


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A time from `start` to before `end` with one status all through."""

    start: dt.datetime
    end: dt.datetime
    status: Status


def status_band(
    visits: SiteVisits,
    closures: Sequence[Closure],
    start: dt.datetime,
    end: dt.datetime,
    *,
    hazard_per_year: float = 0.5,
    parameters: EvidenceParameters = DEFAULTS,
) -> tuple[Stretch, ...]:
    """Return the status from `start` to before `end`, in stretches that touch and differ.

    At every instant it is the status that `closure_state` gives for that instant. It can change
    when a closure begins or ends, when a visit or report comes in, and when it lapses in silence;
    in between it is constant, so no change is missed. Raises `Refused` where `end` is not after
    `start`.
    """
    first, last = microseconds(start), microseconds(end)
    if first >= last:
        raise Refused(f"{end.isoformat()} is not after {start.isoformat()}")
    site = _Site(visits, closures, last, hazard_per_year, parameters)
    pieces = (
        (at, status) for item, next_ in site.turns(first) for at, status in site.pieces(item, next_)
    )
    starts = [next(group) for _, group in groupby(pieces, key=lambda piece: piece[1])]
    ends = [*(at for at, _ in starts[1:]), last]
    return tuple(
        Stretch(start=instant(at), end=instant(until), status=status)
        for (at, status), until in zip(starts, ends, strict=True)
    )


class _Site:
    """The events and closures of a site until an instant, and the path of each closure."""

    def __init__(
        self,
        visits: SiteVisits,
        closures: Sequence[Closure],
        until: int,
        per_year: float,
        parameters: EvidenceParameters,
    ) -> None:
        self._until = until
        self._closures = closures
        self._found = events(visits, until)
        self._settings = per_year, parameters, visits.ground
        self._paths: dict[int, Path] = {}

    def turns(self, first: int) -> Iterator[tuple[int, int]]:
        """Yield the times between two instants at which something happened."""
        happened = {event.at for event in self._found}
        for closure in self._closures:
            happened |= {
                microseconds(at) for at in (closure.closed_from, closure.closed_until) if at
            }
        inside = sorted(at for at in happened if first < at < self._until)
        return pairwise([first, *inside, self._until])

    def pieces(self, at: int, until: int) -> Iterator[tuple[int, Status]]:
        """Yield each status of a time in which nothing happens, and since when it holds."""
        case = case_at(self._closures, at)
        if case is None or not case.in_force:
            yield at, Status.NEVER_CLOSED if case is None else Status.LIFTED
            return
        path = self._path(case.since)
        while at < until:
            yield at, path.status_at(at)
            at = _lapsed(path, at, until)

    def _path(self, since: int) -> Path:
        if since not in self._paths:
            self._paths[since], _ = path_of(since, self._found, self._closures, *self._settings)
        return self._paths[since]


def _lapsed(path: Path, at: int, until: int) -> int:
    """Return the first microsecond at which the status at `at` holds no more, at most `until`."""
    lapses = path.lapses_at(at)
    if lapses is None or lapses >= until:
        return until
    after = max(at, math.floor(lapses) - 1)  # an instant this large is known to 0.25 microseconds
    while after < until and path.status_at(after) is path.status_at(at):
        after += 1
    return after
