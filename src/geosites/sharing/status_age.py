"""The age of a status from another service: one that is too old, or from the future, is refused."""

from __future__ import annotations

import datetime as dt

from geosites.core.errors import Unanswered
from geosites.db.publication.sharing import Peer

MOST_AHEAD, MOST_BEHIND = dt.timedelta(minutes=10), dt.timedelta(hours=26)
"""Maximum age of a status, which refers to an instant: a wrong clock gives wrong statuses.

Partners get the state as of midnight, and a day has 25 hours once a year.
"""


def require_clock(peer: Peer, told_at: dt.datetime | None, now: dt.datetime) -> None:
    """Raise `Unanswered` for a status whose instant is too far from now."""
    if told_at is not None and not -MOST_BEHIND <= told_at - now <= MOST_AHEAD:
        raise Unanswered(
            "the clock of %(name)s says %(there)s where ours says %(here)s",
            name=peer.name,
            there=told_at,
            here=now,
        )
