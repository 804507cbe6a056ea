"""Collect all errors of a folder, up to a readable number."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.errors import Phrase, Refused

_MOST_FAULTS = 40


def require_none(faults: Sequence[Phrase]) -> None:
    """Raise `Refused` with all of the faults, where there is one."""
    if not faults:
        return
    shown = list(dict.fromkeys(faults))
    more = len(shown) - _MOST_FAULTS
    told = "; ".join(shown[:_MOST_FAULTS])
    raise Refused("%(faults)s", faults=told + (f"; … {more}" if more > 0 else ""))
