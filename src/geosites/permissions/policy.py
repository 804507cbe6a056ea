"""The one policy: what each role may do, and how precisely it sees what it reads.

Every channel asks here and nowhere else: page, map, tile, API, file, bulletin, webhook, command
line. The table is data, so that `docs/privacy.md` can show it and a test can compare the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geosites.core.errors import Forbidden
from geosites.core.precision import Precision
from geosites.presentation import permission_labels as labels


class Role(StrEnum):
    """What a service does with geosites. An account has one."""

    REPORTER = "reporter"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    PARTNER = "partner"
    ADMIN = "admin"


class Act(StrEnum):
    """What can be done. Every route names one."""

    READ_HELP = "read help"
    OWN_ACCOUNT = "own account"
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
    EXPORT = "export"
    REPORT_SIGHTING = "report sighting"
    RECORD_EVENT = "record event"
    JUDGE_DUPLICATES = "judge duplicates"
    IMPORT = "import"
    MANAGE_ACCOUNTS = "manage accounts"
    READ_JOURNAL = "read journal"
    READ_METRICS = "read metrics"


_EXACT, _CELL, _COARSE = Precision.EXACT, Precision.CELL, Precision.TERRITORY
_R, _C, _A, _P, _S = Role.REPORTER, Role.COORDINATOR, Role.ANALYST, Role.PARTNER, Role.ADMIN

RULES: Mapping[Act, Mapping[Role, Precision]] = {
    Act.READ_HELP: dict.fromkeys(Role, _COARSE),
    Act.OWN_ACCOUNT: dict.fromkeys(Role, _COARSE),
    Act.READ_GROUND: {_R: _EXACT, _C: _EXACT, _A: _EXACT, _P: _EXACT},
    Act.READ_WEEK: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.READ_MAP: {_R: _CELL, _C: _EXACT, _A: _CELL},
    Act.READ_EVENT_MAP: {_C: _EXACT, _A: _CELL},
    Act.READ_DISPLACEMENT: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.READ_CLOSURE: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.READ_TERRITORY: {_R: _CELL, _C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.ISSUE_BULLETIN: {_C: _EXACT},
    Act.READ_BULLETIN: {_C: _EXACT, _A: _CELL},
    Act.READ_SIGHTINGS: {_R: _CELL, _C: _EXACT, _A: _CELL},
    Act.READ_ROUNDS: {_R: _CELL, _C: _EXACT},
    Act.FOLLOW_CHANGES: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.EXPORT: {_C: _EXACT, _A: _CELL, _P: _COARSE},
    Act.REPORT_SIGHTING: {_R: _EXACT, _C: _EXACT},
    Act.RECORD_EVENT: {_C: _EXACT},
    Act.JUDGE_DUPLICATES: {_C: _EXACT},
    Act.IMPORT: {_C: _EXACT},
    Act.MANAGE_ACCOUNTS: {_S: _EXACT},
    Act.READ_JOURNAL: {_S: _EXACT},
    Act.READ_METRICS: {_S: _EXACT},
}
"""What each role may do and how precisely it sees it. A role that is not named may not."""

MOTIVE_ASKED = frozenset({Act.READ_SIGHTINGS, Act.EXPORT})
"""Acts that give exact geometry away: who asks says why, and the journal keeps it.

Without a motive single sightings are shown by cell, and exports are refused.
"""

UNCONSULTED = frozenset(
    {
        Act.READ_HELP,
        Act.OWN_ACCOUNT,
        Act.READ_GROUND,
        Act.READ_METRICS,
        Act.REPORT_SIGHTING,
        Act.RECORD_EVENT,
        Act.IMPORT,
    }
)
"""Acts that read nothing of what was seen, or whose writing is journaled by itself."""


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who asks: an account of a service, never a person's name. `scope` empty is everywhere.

    `acts` is what the token shown is for; None: all that the role may.
    """

    login: str
    role: Role
    unit: str
    scope: tuple[str, ...] = ()
    acts: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A permission that was given: to whom, for what, how precisely."""

    viewer: Viewer
    act: Act
    precision: Precision

    @property
    def exact(self) -> bool:
        """Return whether everything is seen as it was reported."""
        return self.precision is Precision.EXACT

    @property
    def whole(self) -> bool:
        """Return whether everything is seen, and everywhere."""
        return self.exact and not self.viewer.scope

    @property
    def coarse(self) -> bool:
        """Return whether only territories and weeks are seen, without small counts."""
        return self.precision is Precision.TERRITORY


def decide(viewer: Viewer, act: Act, motive: str | None = None) -> Grant:
    """Return what `viewer` is granted for `act`; raise `Forbidden` where that is nothing.

    Exact geometry is for those who say why.
    """
    precision = RULES[act].get(viewer.role)
    if precision is None:
        raise Forbidden(
            "%(role)s: not allowed to %(act)s",
            role=labels.ROLES[viewer.role],
            act=labels.ACTS[act],
        )
    if viewer.acts is not None and act not in viewer.acts:
        raise Forbidden("this token is not for: %(act)s", act=labels.ACTS[act])
    if act in MOTIVE_ASKED and not motive:
        precision = min(precision, Precision.CELL)
    return Grant(viewer=viewer, act=act, precision=precision)
