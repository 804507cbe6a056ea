"""Labels of roles and permissions, for refusals, accounts and the journal."""

from __future__ import annotations

from collections.abc import Mapping

from geosites.core.errors import phrase
from geosites.presentation.formatting import Words

ROLES: Mapping[str, str] = {
    "reporter": phrase("reporter"),
    "coordinator": phrase("coordinator"),
    "analyst": phrase("analyst"),
    "partner": phrase("partner"),
    "admin": phrase("administrator"),
}

ACTS: Mapping[str, str] = {
    "read help": phrase("read the help"),
    "own account": phrase("manage its own account"),
    "read public table": phrase("read the public tables"),
    "read ground": phrase("read territories and sites"),
    "read week": phrase("read a week"),
    "read map": phrase("read the map"),
    "read event map": phrase("read the map of an event"),
    "read displacement": phrase("read displacements"),
    "read closure": phrase("read a closure"),
    "read territory": phrase("read a territory"),
    "read bulletin": phrase("read a bulletin"),
    "issue bulletin": phrase("issue a bulletin"),
    "read sightings": phrase("read single sightings"),
    "read rounds": phrase("read round sheets"),
    "follow changes": phrase("follow changes"),
    "subscribe": phrase("manage its own subscriptions"),
    "export": phrase("export records"),
    "report sighting": phrase("report a sighting"),
    "record event": phrase("record an operation or a closure"),
    "judge duplicates": phrase("judge duplicates"),
    "manage sites": phrase("add, edit, merge and retire sites"),
    "check sightings": phrase("verify, reject and correct sightings"),
    "import": phrase("import files"),
    "manage accounts": phrase("manage accounts"),
    "read journal": phrase("read the journal"),
    "read metrics": phrase("read the metrics"),
    "reset exercise": phrase("reset the exercise"),
}


def role_word(words: Words, role: str) -> str:
    """Return the label of a role; an unknown one is unchanged."""
    return words.retold(ROLES.get(role, role))


def act_word(words: Words, act: str) -> str:
    """Return what a permission allows, as an infinitive; an unknown one is unchanged."""
    return words.retold(ACTS.get(act, act))
