"""Sentences on how many people were present in the city in the last weeks."""

from __future__ import annotations

from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.presentation.formatting import Words


def standing_statement(words: Words, plan: RoundPlanDocument) -> list[str]:
    """Return how many people were present at the city's places, and the basis of that number."""
    found = plan["standing"]
    if found is None:
        return []
    sentences = [
        words.say(
            "On the mean of the last %(weeks)s weeks about %(heads)s people stood at the "
            "%(places)s places visited in three weeks or more of nine months (between %(low)s and "
            "%(high)s).",
            weeks=words.number(found["weeks"]),
            heads=words.number(found["heads"]),
            places=words.number(found["places"]),
            low=words.number(found["low"]),
            high=words.number(found["high"]),
        )
    ]
    if found["unseen"]:
        sentences.append(
            words.say_many(
                "%(count)s of them was not visited in these weeks: what is known of it is older.",
                "%(count)s of them were not visited in these weeks: what is known of them is "
                "older.",
                found["unseen"],
            )
        )
    return [" ".join(sentences)]
