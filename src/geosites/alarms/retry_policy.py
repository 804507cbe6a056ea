"""Retry policy for undelivered messages: number of attempts and delays."""

from __future__ import annotations

import datetime as dt
import random

MOST_ATTEMPTS = 12
FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=6)


def wait(attempts: int, rng: random.Random) -> dt.timedelta:
    """Return the delay after a number of attempts: between half and all of a doubling time."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * (1 << attempts - 1))
    return longest * rng.uniform(0.5, 1.0)
