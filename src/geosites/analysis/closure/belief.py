"""The two-state filter: is the site clear, or active since some moment?

At closing the site is clear with the prior chance. A clear site becomes active at the hazard rate.
The belief is kept as one weight for *clear* and one for each stretch in which the site may have
become active. Each stretch knows how many misses it has lived through, so the m-th miss is judged
with m counted from when the site would have been active: the Beta-binomial chance of all misses,
exactly, with a moving site. Kept this way, one more negative visit multiplies active weights by at
most one and never lowers P(clear); a single running count of misses would (a scene that came back
last month would be excused by the misses of last year).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.detection import Detection
from geosites.analysis.closure.evidence import DAY_US, Event

YEAR_US = 365.25 * DAY_US
_FIRST_SIZE = 32


class Belief:
    """Weights of clear and active, advanced event by event.

    Rows: detection integrated over its posterior, then fixed at its low and at its high quantile.
    """

    def __init__(
        self, start: int, prior: float, detection: Detection, per_year: float, false_alarm: float
    ) -> None:
        self.at = start
        self._detection = detection
        self._per_us = per_year / YEAR_US
        self._false_alarm = false_alarm
        self._clear = np.full(3, prior)
        self._active = np.zeros((3, _FIRST_SIZE))
        self._active[:, 0] = 1 - prior
        self._misses = np.zeros((len(detection.a), _FIRST_SIZE))
        self._count = 1
        self._seen_slots: dict[tuple[bool, int], int] = {}

    def p_clear(self) -> tuple[float, float, float]:
        """Return P(clear) now, and the lowest and highest that the doubt in detection allows."""
        values = (self._clear / (self._clear + self._weights().sum(axis=1))).tolist()
        return values[0], min(values), max(values)

    def miss(self, event: Event) -> bool:
        """Take in a visit that saw nobody; return whether it is the first in its day-part.

        Crews repeat themselves: within one part of one day only the latest miss counts. A site
        active before the earlier one is not missed again; one that came back since then is.
        """
        fresh, columns = self._open(event, positive=False)
        self._miss(self._detection.group_of(event.part), columns)
        return fresh

    def report(self, event: Event) -> None:
        """Take in an unverified positive: the odds of active rise by p / f, never fall."""
        _, columns = self._open(event, positive=True)
        group = self._detection.group_of(event.part)
        p = np.array(
            [
                self._detection.mean(event.part),
                self._detection.low[group],
                self._detection.high[group],
            ]
        )
        self._active[:, columns] *= np.maximum(1.0, p / self._false_alarm)[:, None]
        self._rescale()

    def misses_until(self, at: int, confidence: float, most: int) -> int | None:
        """Return how many more misses from `at` on bring P(clear) to `confidence`.

        Each is made in the part of the day that would by now tell most. None above `most`.
        """
        clear = float(self._clear[0]) * math.exp(-self._per_us * (at - self.at))
        became = float(self._clear[0]) - clear
        weights = np.append(self._weights()[0], became)
        misses = np.pad(self._misses[:, : self._count], ((0, 0), (0, 1)))
        for done in range(most + 1):
            if clear >= confidence * (clear + weights.sum()):
                return done
            group = self._best_group(misses[:, 0])
            weights *= self._miss_factor(group, misses[group])
            misses[group] += 1
        return None

    def _best_group(self, misses: npt.NDArray[np.float64]) -> int:
        return min(set(self._detection.group), key=lambda g: float(self._miss_factor(g, misses[g])))

    def _miss_factor(self, group: int, misses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        a, b = self._detection.a[group], self._detection.b[group]
        return (b + misses) / (a + b + misses)

    def _miss(self, group: int, columns: slice) -> None:
        weights, misses = self._active[:, columns], self._misses[group, columns]
        weights[0] *= self._miss_factor(group, misses)
        weights[1] *= 1 - self._detection.low[group]
        weights[2] *= 1 - self._detection.high[group]
        misses += 1
        self._rescale()

    def _open(self, event: Event, positive: bool) -> tuple[bool, slice]:
        self._advance(event.at)
        first = self._seen_slots.get((positive, event.slot))
        self._seen_slots[positive, event.slot] = self._count
        return first is None, slice(first or 0, self._count)

    def _advance(self, at: int) -> None:
        if self._count == self._active.shape[1]:
            self._active = np.pad(self._active, ((0, 0), (0, self._count)))
            self._misses = np.pad(self._misses, ((0, 0), (0, self._count)))
        became = self._clear * -math.expm1(-self._per_us * (at - self.at))
        self._active[:, self._count] = became
        self._clear -= became
        self._count += 1
        self.at = at

    def _weights(self) -> npt.NDArray[np.float64]:
        return self._active[:, : self._count]

    def _rescale(self) -> None:
        total = self._clear + self._weights().sum(axis=1)
        self._clear /= total
        self._weights()[...] /= total[:, None]
