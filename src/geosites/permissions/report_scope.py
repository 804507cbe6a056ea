"""Scope checks on reports: the place is within the scope, and only coordinators verify."""

from __future__ import annotations

from geosites.core.errors import Forbidden, phrase
from geosites.core.records import Sighting
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import RULES, Permission, Principal


class OutOfScope(Forbidden):
    """A place lies outside the territories of who asks."""


def require_reportable(principal: Principal, sighting: Sighting) -> None:
    """Raise `Forbidden` where a sighting lies out of scope, or says of itself that it was checked.

    Every channel by which accounts send sightings asks this. `verified: false` counts as well: a
    rejected sighting is told of nowhere.
    """
    require_place(principal, sighting.territory)
    if sighting.verified is not None and not may_check(principal):
        raise Forbidden(
            "verified: a report is verified by a coordinator whose territories hold the place; "
            "send it without"
        )


def require_place(principal: Principal, territory: str) -> None:
    """Raise `OutOfScope` where a place lies outside the territories of who asks."""
    if not in_scope(principal, [territory]).all():
        raise OutOfScope(
            phrase("%(login)s: this lies outside your territories", login=principal.login)
        )


def may_check(principal: Principal) -> bool:
    """Return whether who asks verifies and rejects sightings; a token may be for less."""
    named = principal.permissions is None or Permission.CHECK_SIGHTINGS in principal.permissions
    return named and principal.role in RULES[Permission.CHECK_SIGHTINGS]
