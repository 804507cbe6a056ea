"""The two-state filter (hidden Markov model): probability that the site is clear or active.

When it is closed, the site is clear with the prior probability. A clear site becomes active at the
hazard rate. The belief has one weight for *clear* and one for each kind of scene (`Detection`) on
each share of the ground. A visit that saw nobody multiplies the weight of a scene by the
probability of missing it. The weights of all kinds together are therefore the exact probability of
all misses, also for a site that may become active again: a new scene starts with the shares of
ground on which nobody has missed it yet. One more empty visit multiplies active weights by at most
one, so it never lowers P(clear). A running count of misses would lack this property: misses of last
year would count as evidence against a scene that returned last month.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.detection_probability import Detection
from geosites.analysis.closure.evidence import DAY_US, VisitEvidence
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.core.weeks import DAY_PARTS

YEAR_US = 365.25 * DAY_US
_LARGE = 1e200
_ENDS = 2

Floats = npt.NDArray[np.float64]


class Belief:
    """Weights of clear and active, advanced event by event.

    `ground` (k,) has the shares of the ground that a scene may occupy. If `seen` is the visit that
    saw people, half of the weight of active is around it, and the share `same_part` comes only in
    its part of the day.
    """

    def __init__(
        self,
        start: int,
        prior: float,
        detection: Detection,
        per_year: float,
        parameters: EvidenceParameters,
        ground: Floats,
        seen: VisitEvidence | None = None,
    ) -> None:
        self.at = start
        self._detection = detection
        self._ground = ground
        self._per_us = per_year / YEAR_US
        self._false_alarm = parameters.false_alarm
        self._clear, self._scale = prior, 1.0
        share = detection.share if seen is None else detection.seen_in[seen.part]
        self._kinds = np.append(share, np.ones(_ENDS))
        self._active = np.outer((1 - prior) * self._kinds, _where(ground, seen))
        self._slots: dict[bool, _Slot] = {}

    def p_clear(self) -> float:
        """Return P(clear) just after the last event."""
        return self._p(float(self._active[:-_ENDS].sum()))

    def bounds(self) -> tuple[float, float]:
        """Return P(clear) just after the last event at the low and high quantile of detection."""
        low, high = (self._p(float(active.sum())) for active in self._active[-_ENDS:])
        return min(low, high, self.p_clear()), max(low, high, self.p_clear())

    def miss(self, event: VisitEvidence) -> tuple[bool, bool]:
        """Update by a visit that saw nobody.

        Repeated visits within one part of one day are not independent: ground that was seen earlier
        counts again only for a scene that came since then. Return whether the visit is the first of
        its part of the day, and whether it saw ground that was not seen in it yet.
        """
        self._advance(event.at)
        p = self._detection.p[:, event.part, None]
        slot, first = self._slot(event, positive=False)
        if first:  # nothing was seen in it, so that nothing came since
            self._active = self._active * (1 - p * event.sees)
            slot.seen = event.sees
            return first, bool(event.sees.any())
        old = np.maximum(self._active - slot.since, 0.0)
        wider = np.maximum(slot.seen, event.sees)
        old *= (1 - p * wider) / np.maximum(1 - p * slot.seen, _TINY)
        since = slot.since * (1 - p * event.sees)
        new_ground = bool((event.sees > slot.seen).any())
        self._active = old + since
        slot.since = np.where(event.sees >= slot.seen, 0.0, since)
        slot.seen = wider
        return first, new_ground

    def report(self, event: VisitEvidence) -> None:
        """Take in an unverified positive: the odds of active rise by p / f, and never fall.

        They rise for a scene around the report that nobody missed yet: what escaped all visits so
        far is no likelier for it, so that false alarms do not add up where visits answer each.
        Reports of one part of one day are one report.
        """
        self._advance(event.at)
        times = max(1.0, float(self._detection.mean[event.part]) / self._false_alarm)
        slot, first = self._slot(event, positive=True)
        raised = self._active if first else slot.since
        main = len(raised) - _ENDS
        totals = np.repeat([raised[:main].sum(), *raised[main:].sum(axis=1)], [main, 1, 1])
        around = self._ground * _around(self._ground, event.sees)
        self._active = self._active + (times - 1) * np.outer(totals * self._kinds, around)
        slot.since = np.zeros_like(self._active)
        if self._active.max() > _LARGE:
            self._active /= _LARGE
            self._scale /= _LARGE
            for other in self._slots.values():
                other.since = other.since / _LARGE

    def telling(self, sees: Floats) -> Floats:
        """Return by how much one more miss would lower the weight of active, by part of the day.

        It is made at the best of the places that `sees` (n, k) holds. Returns (4,).
        """
        p = self._detection.p[:-_ENDS, : len(DAY_PARTS)]
        return np.asarray((sees @ (self._active[:-_ENDS].T @ p)).max(axis=0), dtype=np.float64)

    def misses_until(self, at: int, confidence: float, most: int, sees: Floats) -> int | None:
        """Return how many more misses from `at` on bring P(clear) to `confidence`.

        Each is made as in `after_misses`. None above `most`.
        """
        for done, active in enumerate(islice(self.after_misses(at, sees), most + 1)):
            if 1 - active >= confidence:
                return done
        return None

    def after_misses(self, at: int, sees: Floats) -> Iterator[float]:
        """Yield P(active) at `at`, after one more miss, after two, and so on.

        Each visit is made in the part of the day and at the place, one of the rows of `sees` (n,
        k), that is then most informative.
        """
        clear, active = self._until(at)
        p = self._detection.p[:-_ENDS, : len(DAY_PARTS)]
        while True:
            there = float(active.sum())
            yield there / (clear + there)
            answer = sees @ (active.T @ p)
            place, part = np.unravel_index(int(np.argmax(answer)), answer.shape)
            active = active * (1 - p[:, part, None] * sees[place])

    def detection(self, at: int, sees: Floats) -> Floats:
        """Return how likely a visit at `at` is to see people if they are there, by part of the day.

        It is made at the best of the places that `sees` (n, k) holds. Returns (4,).
        """
        _, active = self._until(at)
        p = self._detection.p[:-_ENDS, : len(DAY_PARTS)]
        seen = (sees @ (active.T @ p)).max(axis=0)
        return np.asarray(seen / max(float(active.sum()), _TINY), dtype=np.float64)

    def _until(self, at: int) -> tuple[float, Floats]:
        """Return the weights of clear and of each kind of scene (s, k) at `at` without a further
        visit.

        The quantiles of detection, which are not kinds of scene, are left out.
        """
        clear = self._clear * self._scale * math.exp(-self._per_us * (at - self.at))
        came = self._clear * self._scale - clear
        return clear, self._active[:-_ENDS] + came * np.outer(self._kinds[:-_ENDS], self._ground)

    def _p(self, active: float) -> float:
        clear = self._clear * self._scale
        return clear / (clear + active)

    def _slot(self, event: VisitEvidence, positive: bool) -> tuple[_Slot, bool]:
        """Return what was seen earlier in this part of this day, and whether it was nothing."""
        slot = self._slots.get(positive)
        if slot is not None and slot.number == event.slot:
            return slot, False
        seen, since = np.zeros(self._ground.shape), np.zeros(self._active.shape)
        slot = _Slot(event.slot, seen, since)
        self._slots[positive] = slot
        return slot, True

    def _advance(self, at: int) -> None:
        became = self._clear * -math.expm1(-self._per_us * (at - self.at))
        new = (became * self._scale * self._kinds)[:, None] * self._ground
        self._active = self._active + new
        for slot in self._slots.values():
            slot.since = slot.since + new
        self._clear -= became
        self.at = at


_TINY = 1e-300


class _Slot:
    """What was seen in one part of one day, and what became active since it was last seen."""

    def __init__(self, number: int, seen: Floats, since: Floats) -> None:
        self.number, self.seen, self.since = number, seen, since


def _around(ground: Floats, sees: Floats) -> Floats:
    """Return how much more than on average each share of the ground was seen, mean 1."""
    mean = float(ground @ sees)
    return sees / mean if mean > 0 else np.ones_like(ground)


def _where(ground: Floats, seen: VisitEvidence | None) -> Floats:
    return ground if seen is None else ground * (1 + _around(ground, seen.sees)) / 2
