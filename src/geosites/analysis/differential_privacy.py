"""Differential privacy: exact discrete Laplace noise for tables of counts.

A whole number that one person can change by at most 1 is released with Z added, where P(Z = z) is
(1 - a) / (1 + a) a^|z| with a = exp(-epsilon). Any output is then at most exp(epsilon) times more
likely with the person than without (Dwork et al. 2006; Ghosh, Roughgarden & Sundararajan 2012).
Several releases of the same cell add up their epsilons; cells of different persons, or of
different months, do not (sequential and parallel composition).

Z is drawn from whole numbers alone, as by Canonne, Kamath & Steinke (2020, algorithms 1 and 2):
noise made from floating-point numbers gives the secret away in its last bits (Mironov 2012).
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Sequence
from fractions import Fraction

EPSILON = Fraction(1, 2)
"""Privacy budget of one public table, by default."""
BUDGET = Fraction(2)
"""What the tables of the quarters of one year may spend together."""

Below = Callable[[int], int]
"""Draws an integer from 0 to below its argument, uniformly."""


def discrete_laplace(epsilon: Fraction, below: Below = secrets.randbelow) -> int:
    """Return noise for a count that one person changes by at most 1, at `epsilon` above 0.

    Raises `ValueError` for another epsilon. `below` is the random source, by default that of the
    operating system; only tests use another.
    """
    if epsilon <= 0:
        raise ValueError("epsilon must be above 0")
    rate, scale = epsilon.numerator, epsilon.denominator
    while True:
        size = _geometric(rate, scale, below)
        negative = below(2) == 1
        if size or not negative:  # else 0 would come twice as often
            return -size if negative else size


def _geometric(rate: int, scale: int, below: Below) -> int:
    """Return k >= 0 with probability proportional to exp(-k rate / scale)."""
    while True:
        rest = below(scale)
        if _happens(Fraction(rest, scale), below):
            break
    whole = 0
    while _happens(Fraction(1), below):
        whole += 1
    return (rest + scale * whole) // rate


def _happens(exponent: Fraction, below: Below) -> bool:
    """Return True with probability exp(-exponent), for 0 <= exponent <= 1."""
    steps = 1
    while below(exponent.denominator * steps) < exponent.numerator:
        steps += 1
    return steps % 2 == 1


def noisy(counts: Sequence[int], epsilon: Fraction, below: Below = secrets.randbelow) -> list[int]:
    """Return counts with independent noise, none below 0.

    Truncation at 0 is post-processing of public values, and weakens nothing.
    """
    return [max(0, count + discrete_laplace(epsilon, below)) for count in counts]


def error_within(epsilon: Fraction, share: float) -> int:
    """Return the smallest k such that the noise is between -k and k in that share of draws.

    P(|Z| > k) = 2 a^(k+1) / (1 + a). With epsilon 1/2: 1 in half of draws, 5 in nine of ten.
    """
    a = math.exp(-float(epsilon))
    k = 0
    while 2.0 * a ** (k + 1) / (1.0 + a) > 1.0 - share:
        k += 1
    return k
