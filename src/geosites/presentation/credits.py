"""The credits of the data in a sentence, the same on pages, maps and bulletins."""

from __future__ import annotations

from geosites.core.credits import GROUND, IGN, PARIS, SITES
from geosites.presentation.formatting import Words


def data_credits(words: Words) -> str:
    """Return whose boundaries, streets and sites are shown."""
    return words.say(
        "Boundaries: %(paris)s; %(ign)s. Streets, water, rails and stations: %(ground)s. "
        "Sites: %(sites)s, and public sources.",
        paris=PARIS,
        ign=IGN,
        ground=GROUND,
        sites=SITES,
    )
