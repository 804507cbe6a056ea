"""The two-state filter: is the site clear, or active since some moment?

At closing the site is clear with the prior chance. A clear site becomes active at the hazard rate.
The belief is one weight for *clear* and one for each stretch in which the site may have become
active. Each stretch knows how many misses it has lived through, so the m-th miss is judged with m
counted from when the site would have been active: the Beta-binomial chance of all misses, exact
for a site that may come back. One more negative visit multiplies active weights by at most one, so
it never lowers P(clear). One running count of misses for all would not have this property: a scene
that came back last month would be excused by the misses of last year.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.detection import Detection
from geosites.analysis.closure.evidence import DAY_US, Event, Parameters

YEAR_US = 365.25 * DAY_US
_LARGE = 1e200

Floats = npt.NDArray[np.float64]


class Belief:
    """Weights of clear and active, advanced event by event, for at most `capacity` events."""

    def __init__(
        self,
        start: int,
        prior: float,
        detection: Detection,
        per_year: float,
        parameters: Parameters,
        capacity: int,
    ) -> None:
        self.at = start
        self._detection = detection
        self._per_us = per_year / YEAR_US
        self._false_alarm = parameters.false_alarm
        self._clear, self._scale = prior, 1.0
        self._became = np.zeros(capacity + 1)
        self._became[0] = 1 - prior
        self._active = self._became.copy()
        self._misses = np.zeros((len(detection.a), capacity + 1))
        self._reports = np.zeros_like(self._misses)
        self._count = 1
        self._slots: dict[tuple[bool, int], int] = {}

    def p_clear(self) -> float:
        """Return P(clear) just after the last event."""
        clear = self._clear * self._scale
        return clear / (clear + float(np.add.reduce(self._active[: self._count])))

    def miss(self, event: Event) -> bool:
        """Take in a visit that saw nobody; return whether it is the first in its day-part.

        Crews repeat themselves: within one part of one day only the latest miss counts. A site
        active before the earlier one is not missed again; one that came back since then is.
        """
        group = self._detection.group_of(event.part)
        fresh, open_ = self._open(event, positive=False)
        misses = self._misses[group, open_]
        self._active[open_] *= self._missed(group, misses)
        misses += 1
        return fresh

    def report(self, event: Event) -> None:
        """Take in an unverified positive: the odds of active rise by p / f, and never fall."""
        group = self._detection.group_of(event.part)
        _, open_ = self._open(event, positive=True)
        self._active[open_] *= max(1.0, self._detection.mean(event.part) / self._false_alarm)
        self._reports[group, open_] += 1
        if self._active.max() > _LARGE:
            self._active /= _LARGE
            self._scale /= _LARGE

    def bounds(self) -> tuple[float, float]:
        """Return P(clear) just after the last event at the low and high quantile of detection."""
        low, high = self._p_fixed(self._detection.low), self._p_fixed(self._detection.high)
        return min(low, high, self.p_clear()), max(low, high, self.p_clear())

    def misses_until(self, at: int, confidence: float, most: int) -> int | None:
        """Return how many more misses from `at` on bring P(clear) to `confidence`.

        Each is made in the part of the day that would by now tell most. None above `most`.
        """
        clear = self._clear * self._scale * math.exp(-self._per_us * (at - self.at))
        weights = np.append(self._active[: self._count], self._clear * self._scale - clear)
        misses = np.pad(self._misses[:, : self._count], ((0, 0), (0, 1)))
        for done in range(most + 1):
            if clear >= confidence * (clear + float(weights.sum())):
                return done
            group = self._most_telling(misses[:, 0])
            weights *= self._missed(group, misses[group])
            misses[group] += 1
        return None

    def _most_telling(self, misses: Floats) -> int:
        a, b = self._detection.a, self._detection.b
        counts = misses.tolist()
        groups = set(self._detection.group)
        return min(groups, key=lambda g: ((b[g] + counts[g]) / (a[g] + b[g] + counts[g]), g))

    def _missed(self, group: int, misses: Floats) -> Floats:
        b = misses + self._detection.b[group]
        return b / (b + self._detection.a[group])

    def _p_fixed(self, p: Floats) -> float:
        reported = np.log(np.maximum(1.0, p / self._false_alarm))
        likelihood = np.log1p(-p) @ self._misses + reported @ self._reports
        top = max(0.0, float(likelihood[: self._count].max()))
        active = self._became[: self._count] * np.exp(likelihood[: self._count] - top)
        clear = self._clear * math.exp(-top)
        return clear / (clear + float(active.sum()))

    def _open(self, event: Event, positive: bool) -> tuple[bool, slice]:
        self._advance(event.at)
        key = (positive, event.slot)
        earlier = self._slots.get(key)
        self._slots[key] = self._count
        return earlier is None, slice(earlier or 0, self._count)

    def _advance(self, at: int) -> None:
        became = self._clear * -math.expm1(-self._per_us * (at - self.at))
        self._became[self._count] = became
        self._active[self._count] = became * self._scale
        self._clear -= became
        self._count += 1
        self.at = at
