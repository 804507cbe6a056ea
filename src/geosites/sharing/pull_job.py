"""Pull from several services in turn; a slow or failing one does not hold up the others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from geosites.core.errors import GeositesError, Unanswered
from geosites.db.postgres.connection import Store
from geosites.sharing.pull_service import PullCounts, pull

LONGEST_S = 240.0
"""Total time limit for one service."""


@dataclass(frozen=True)
class PullResults:
    """Results of the services that answered, and errors of the others, by name."""

    taken: dict[str, PullCounts] = field(default_factory=dict)
    failed: dict[str, GeositesError] = field(default_factory=dict)


def pull_all(store: Store, names: Sequence[str], longest_s: float = LONGEST_S) -> PullResults:
    """Pull from several services, each with the time limit `longest_s`.

    Connection timeouts are not enough: a response may arrive very slowly.
    """
    results = PullResults()
    for name in names:
        own = PullResults()
        asking = threading.Thread(target=_pull_into, args=(own, store, name), daemon=True)
        asking.start()
        asking.join(longest_s)
        if asking.is_alive():
            results.failed[name] = Unanswered("the answer of %(name)s does not end", name=name)
            continue
        results.taken.update(own.taken)
        results.failed.update(own.failed)
    return results


def _pull_into(results: PullResults, store: Store, name: str) -> None:
    try:
        results.taken[name] = pull(store, name)
    except GeositesError as error:
        results.failed[name] = error
    except Exception as error:
        kind = type(error).__name__
        results.failed[name] = Unanswered(
            "%(name)s could not be asked: %(error)s", name=name, error=kind
        )
        raise
