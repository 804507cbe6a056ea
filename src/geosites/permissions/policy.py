"""The access policy: what each role may do, and how precisely it sees what it reads.

Every channel asks here and nowhere else: page, map, tile, API, file, bulletin, webhook, command
line. The policy is a data table, so that `docs/privacy.md` can show it and a test can compare the
two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from geosites.core.errors import Forbidden, Refused
from geosites.core.precision import Precision
from geosites.presentation import permission_labels as labels


class Role(StrEnum):
    """What a service does with geosites. An account has one."""

    REPORTER = "reporter"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    PARTNER = "partner"
    ADMIN = "admin"


class Permission(StrEnum):
    """What can be done. Every route names one."""

    READ_HELP = "read help"
    OWN_ACCOUNT = "own account"
    READ_PUBLIC_TABLE = "read public table"
    READ_GROUND = "read ground"
    READ_WEEK = "read week"
    READ_MAP = "read map"
    READ_EVENT_MAP = "read event map"
    READ_DISPLACEMENT = "read displacement"
    READ_CLOSURE = "read closure"
    READ_TERRITORY = "read territory"
    READ_BULLETIN = "read bulletin"
    ISSUE_BULLETIN = "issue bulletin"
    READ_SIGHTINGS = "read sightings"
    READ_ROUNDS = "read rounds"
    FOLLOW_CHANGES = "follow changes"
    SUBSCRIBE = "subscribe"
    EXPORT = "export"
    REPORT_SIGHTING = "report sighting"
    RECORD_EVENT = "record event"
    JUDGE_DUPLICATES = "judge duplicates"
    CHECK_SIGHTINGS = "check sightings"
    MANAGE_SITES = "manage sites"
    IMPORT = "import"
    MANAGE_ACCOUNTS = "manage accounts"
    READ_JOURNAL = "read journal"
    READ_METRICS = "read metrics"
    RESET_EXERCISE = "reset exercise"


_EXACT, _CELL, _COARSE = Precision.EXACT, Precision.CELL, Precision.TERRITORY
_R, _C, _A, _P, _S = Role.REPORTER, Role.COORDINATOR, Role.ANALYST, Role.PARTNER, Role.ADMIN

RULES: Mapping[Permission, Mapping[Role, Precision]] = {
    Permission.READ_HELP: dict.fromkeys(Role, _COARSE),
    Permission.OWN_ACCOUNT: dict.fromkeys(Role, _COARSE),
    Permission.READ_PUBLIC_TABLE: {_R: _COARSE, _C: _COARSE, _A: _COARSE, _P: _COARSE},
    Permission.READ_GROUND: {_R: _EXACT, _C: _EXACT, _A: _EXACT, _P: _EXACT},
    Permission.READ_WEEK: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.READ_MAP: {_R: _CELL, _C: _EXACT, _A: _CELL},
    Permission.READ_EVENT_MAP: {_C: _EXACT, _A: _CELL},
    Permission.READ_DISPLACEMENT: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.READ_CLOSURE: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.READ_TERRITORY: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.ISSUE_BULLETIN: {_C: _EXACT},
    Permission.READ_BULLETIN: {_C: _EXACT, _A: _CELL},
    Permission.READ_SIGHTINGS: {_R: _CELL, _C: _EXACT, _A: _CELL},
    Permission.READ_ROUNDS: {_R: _CELL, _C: _EXACT},
    Permission.FOLLOW_CHANGES: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.SUBSCRIBE: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.EXPORT: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Permission.REPORT_SIGHTING: {_R: _EXACT, _C: _EXACT},
    Permission.RECORD_EVENT: {_C: _EXACT},
    Permission.JUDGE_DUPLICATES: {_C: _EXACT},
    Permission.CHECK_SIGHTINGS: {_C: _EXACT},
    Permission.MANAGE_SITES: {_C: _EXACT},
    Permission.IMPORT: {_C: _EXACT},
    Permission.MANAGE_ACCOUNTS: {_S: _EXACT},
    Permission.READ_JOURNAL: {_S: _EXACT},
    Permission.READ_METRICS: {_S: _EXACT},
    Permission.RESET_EXERCISE: {_C: _EXACT},
}
"""What each role may do and how precisely it sees it. A role that is not named may not."""

LONGEST_MOTIVE = 200

MOTIVE_ASKED = frozenset(
    {Permission.READ_SIGHTINGS, Permission.CHECK_SIGHTINGS, Permission.JUDGE_DUPLICATES}
)
"""Permissions that show data by cell if no motive is given. The motive is journaled."""

MOTIVE_REQUIRED = frozenset({Permission.EXPORT})
"""Permissions that are refused where no motive is given, since whole files leave the service."""

OF_ALL_GROUND = frozenset(
    {Permission.READ_BULLETIN, Permission.ISSUE_BULLETIN, Permission.RESET_EXERCISE}
)
"""Permissions about the whole area, which an account that sees part of it does not have."""

UNCONSULTED = frozenset(
    {
        Permission.READ_HELP,
        Permission.OWN_ACCOUNT,
        Permission.READ_PUBLIC_TABLE,
        Permission.READ_GROUND,
        Permission.READ_METRICS,
        Permission.SUBSCRIBE,
        Permission.REPORT_SIGHTING,
        Permission.RECORD_EVENT,
        Permission.MANAGE_SITES,
        Permission.IMPORT,
        Permission.RESET_EXERCISE,
    }
)
"""Permissions that read no observations, or whose writes are journaled by triggers."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The principal of a request: an account of a service, never a person's name. An empty `scope`
    is everywhere.

    `permissions` are those of the token; None: all of the role.
    """

    login: str
    role: Role
    unit: str
    scope: tuple[str, ...] = ()
    permissions: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A permission that was given: to whom, for what, how precisely."""

    principal: Principal
    permission: Permission
    precision: Precision

    @property
    def exact(self) -> bool:
        """Return whether everything is seen as it was reported."""
        return self.precision is Precision.EXACT

    @property
    def whole(self) -> bool:
        """Return whether everything is seen, and everywhere."""
        return self.exact and not self.principal.scope

    @property
    def coarse(self) -> bool:
        """Return whether only territories and weeks are seen, without small counts."""
        return self.precision is Precision.TERRITORY

    def require_whole_area(self) -> None:
        """Raise `Forbidden` for an account that sees part of the area."""
        if self.principal.scope:
            raise Forbidden("this is about the whole area; the account sees part of it")


def permissions_of(principal: Principal) -> frozenset[Permission]:
    """Return what an account may do, so that only that is offered to it."""
    return frozenset(
        permission
        for permission, rule in RULES.items()
        if principal.role in rule
        and not (principal.scope and permission in OF_ALL_GROUND)
        and (principal.permissions is None or permission in principal.permissions)
    )


def decide(principal: Principal, permission: Permission, motive: str | None = None) -> Grant:
    """Return the grant of `principal` for `permission`; raise `Forbidden` if there is none.

    Exact geometry requires a motive. Raises `Refused` if a motive is required and missing, or too
    long.
    """
    precision = RULES[permission].get(principal.role)
    if precision is None:
        raise Forbidden(
            "%(role)s: not allowed to %(act)s",
            role=labels.ROLES[principal.role],
            act=labels.ACTS[permission],
        )
    if principal.permissions is not None and permission not in principal.permissions:
        raise Forbidden("this token is not for: %(act)s", act=labels.ACTS[permission])
    grant = Grant(principal=principal, permission=permission, precision=precision)
    if permission in OF_ALL_GROUND:
        grant.require_whole_area()
    if permission in MOTIVE_REQUIRED and not 0 < len(motive or "") <= LONGEST_MOTIVE:
        raise Refused(
            "give the reason in `motive` or the header X-Motive, in at most %(longest_motive)s "
            "characters",
            longest_motive=LONGEST_MOTIVE,
        )
    if motive:
        from geosites.validation.free_text.notes import (  # reads much else
            TextKind,
            require_impersonal,
        )

        require_impersonal("motive", motive, TextKind.MOTIVE)
    if permission in MOTIVE_ASKED and not motive:
        return replace(grant, precision=min(precision, Precision.CELL))
    return grant
