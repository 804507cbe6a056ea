"""Data credits as a sentence, the same on pages, maps and bulletins."""

from __future__ import annotations

from geosites.core import city
from geosites.presentation.formatting import Words


def data_credits(words: Words) -> str:
    """Return whose boundaries, streets and sites are shown, as far as the city says."""
    given = city.current().credits
    told = {
        "boundaries": words.say("Boundaries: %(whose)s.", whose=given.get("boundaries")),
        "ground": words.say(
            "Streets, water, rails and stations: %(whose)s.", whose=given.get("ground")
        ),
        "sites": words.say("Sites: %(whose)s, and public sources.", whose=given.get("sites")),
    }
    return " ".join(sentence for name, sentence in told.items() if given.get(name))
