"""Public tables of a quarter, with differential-privacy noise."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class PublicRow(TypedDict):
    """One territory in one month; `heads` is noisy, and null where nobody visited.

    `suppressed`: suppression by the threshold of small counts would withhold it. It is computed
    from the noisy counts.
    """

    code: str
    name: str
    month: str
    visits: int
    heads: int | None
    suppressed: bool


class PublicTableDocument(TypedDict):
    """A released table, its guarantee, and the rest of the year's budget.

    `error_median` and `error_90`: half and nine tenths of the counts are off by no more than that
    through the noise. `cells` have a count; of them `suppressed` would be withheld without noise.
    """

    quarter: str
    revision: int
    released_at: dt.datetime
    exercise: bool
    epsilon: float
    spent: float
    budget: float
    error_median: int
    error_90: int
    threshold: float
    cells: int
    suppressed: int
    rows: list[PublicRow]


class LedgerRow(TypedDict):
    """One release in the ledger."""

    quarter: str
    revision: int
    epsilon: float
    released_at: dt.datetime


class LedgerDocument(TypedDict):
    """Releases of the quarters of a year, and the rest of the budget.

    `forgotten` is the part of `spent` that is missing in a restored store.
    """

    year: int
    forgotten: float
    spent: float
    budget: float
    left: float
    releases: list[LedgerRow]
