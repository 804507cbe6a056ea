"""Scope checks on reports: the place is within the scope, and only coordinators verify."""

from __future__ import annotations

from geosites.core.errors import Forbidden, phrase
from geosites.core.records import Sighting
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import RULES, Permission, Principal


class OutOfScope(Forbidden):
    """A place is outside the principal's territories."""


def require_reportable(principal: Principal, sighting: Sighting) -> None:
    """Raise `Forbidden` if a sighting is out of scope, or claims to be checked.

    Every channel by which accounts send sightings calls this. `verified: false` counts as well: a
    rejected sighting is shown nowhere.
    """
    require_place(principal, sighting.territory)
    if sighting.verified is not None and not may_check(principal):
        raise Forbidden(
            "verified: a report is verified by a coordinator whose territories hold the place; "
            "send it without"
        )


def require_place(principal: Principal, territory: str) -> None:
    """Raise `OutOfScope` if a place is outside the principal's territories."""
    if not in_scope(principal, [territory]).all():
        raise OutOfScope(
            phrase("%(login)s: this lies outside your territories", login=principal.login)
        )


def may_check(principal: Principal) -> bool:
    """Return whether the principal may verify and reject sightings; a token may allow less."""
    named = principal.permissions is None or Permission.CHECK_SIGHTINGS in principal.permissions
    return named and principal.role in RULES[Permission.CHECK_SIGHTINGS]
