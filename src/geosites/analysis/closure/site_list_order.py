"""The order of sites in lists: by what needs a visit first."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.analysis.closure.result import ClosureState
from geosites.analysis.closure.status_table import STATUS_ROW


def visit_first(states: Sequence[ClosureState]) -> tuple[ClosureState, ...]:
    """Return the states by what needs a visit first.

    Contradicted sites come first (one visit settles them), then reopened, unverified, probably and
    confirmed closed ones, each by when the visit was or is due; sites not closed come last.
    """
    return tuple(sorted(states, key=_urgency))


def _urgency(state: ClosureState) -> tuple[int, float, str]:
    due = state.next_visit_due
    return (
        STATUS_ROW[state.status].urgency,
        float("inf") if due is None else due.timestamp(),
        state.site,
    )
