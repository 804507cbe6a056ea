"""Data credits as a sentence, the same on pages, maps and bulletins."""

from __future__ import annotations

from geosites.core import city
from geosites.presentation.formatting import Words


def data_credits(words: Words) -> str:
    """Return the credits of boundaries, streets and sites, as declared by the city."""
    given = city.current().credits
    told = {
        "boundaries": words.say("Boundaries: %(whose)s.", whose=given.get("boundaries")),
        "ground": words.say(
            "Streets, water, rails and stations: %(whose)s.", whose=given.get("ground")
        ),
        "sites": words.say("Sites: %(whose)s, and public sources.", whose=given.get("sites")),
    }
    return " ".join(sentence for name, sentence in told.items() if given.get(name))
