"""Replace many sightings by new versions, in batches, with progress.

Rows are selected once; their other values are looked up by id, so that the size of the store does
not matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from geosites.db.schema.checks import sighting_check as checks
from geosites.db.schema.sightings import sighting
from geosites.db.temporal import known_at
from geosites.imports.import_progress import ImportProgress, ImportStage, Tell
from geosites.validation.api_schemas.check_schemas import CheckReason, CheckVerdict

PIECE = 5_000
"""Number of rows replaced at a time."""

_chosen = sa.Table(
    "replaced",
    sa.MetaData(),
    sa.Column("place", sa.BigInteger),
    sa.Column("id", UUID(as_uuid=True)),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """A replacement of versions known since `since` by those known from `at` on, with the account.

    `verified` is the new versions' value, `verdict` the recorded decision.
    """

    since: dt.datetime
    at: dt.datetime
    verified: sa.ColumnElement[bool] | sa.ScalarSelect[bool | None]
    verdict: CheckVerdict
    login: str
    unit: str


def put(conn: sa.Connection, replacement: Replacement, tell: Tell) -> None:
    """Replace the sightings that nobody changed or merged since; report progress per batch."""
    rows = _choose(conn, replacement)
    _told(tell, rows, 0)
    for first in range(1, rows + 1, PIECE):
        here = _chosen.c.place.between(first, first + PIECE - 1)
        _close(conn, replacement, here)
        _add(conn, replacement, here)
        _say_why(conn, replacement, here)
        _told(tell, rows, min(first + PIECE - 1, rows))


def free() -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which a sighting counts for itself: nothing is merged."""
    member = sighting.alias("member")
    now = sa.func.upper_inf(member.c.known)
    merged = sa.exists().where(member.c.superseded_by == sighting.c.id, now)
    return [sighting.c.superseded_by.is_(None), ~merged]


def _told(tell: Callable[[ImportProgress], None], rows: int, done: int) -> None:
    tell(ImportProgress(stage=ImportStage.WRITING, rows=rows, written=done))


def _choose(conn: sa.Connection, replacement: Replacement) -> int:
    """Number the rows that are replaced; return how many they are."""
    conn.execute(sa.schema.DropTable(_chosen, if_exists=True))
    conn.execute(sa.schema.CreateTable(_chosen))
    place = sa.func.row_number().over(order_by=sighting.c.id)
    rows = sa.select(place, sighting.c.id).where(
        sa.func.lower(sighting.c.known) == replacement.since, known_at(sighting, None), *free()
    )
    conn.execute(sa.insert(_chosen).from_select(["place", "id"], rows))
    conn.execute(sa.text(f"ANALYZE {_chosen.name}"))
    return int(conn.execute(sa.select(sa.func.count()).select_from(_chosen)).scalar_one())


def _close(conn: sa.Connection, replacement: Replacement, here: sa.ColumnElement[bool]) -> None:
    closing = sa.update(sighting).where(
        here,
        sighting.c.id == _chosen.c.id,
        sa.func.lower(sighting.c.known) == replacement.since,
        known_at(sighting, None),
    )
    conn.execute(closing.values(known=sa.func.tstzrange(replacement.since, replacement.at)))


def _closed(replacement: Replacement, here: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
    return [
        here,
        sighting.c.id == _chosen.c.id,
        sa.func.lower(sighting.c.known) == replacement.since,
        sa.func.upper(sighting.c.known) == replacement.at,
    ]


def _add(conn: sa.Connection, replacement: Replacement, here: sa.ColumnElement[bool]) -> None:
    others = {"known", "verified", *(item.name for item in sighting.c if item.computed is not None)}
    names = [item.name for item in sighting.c if item.name not in others]
    known = sa.func.tstzrange(replacement.at, None)
    again = sa.select(*(sighting.c[name] for name in names), replacement.verified, known)
    again = again.where(*_closed(replacement, here))
    conn.execute(sa.insert(sighting).from_select([*names, "verified", "known"], again))


def _say_why(conn: sa.Connection, replacement: Replacement, here: sa.ColumnElement[bool]) -> None:
    said = sa.select(
        sighting.c.id,
        sa.cast(replacement.verdict.value, checks.c.verdict.type),
        sa.cast(CheckReason.MADE_IN_ERROR.value, checks.c.reason.type),
        sa.literal(replacement.login),
        sa.literal(replacement.unit),
        sa.func.tstzrange(replacement.at, None),
    ).where(*_closed(replacement, here))
    columns = ["sighting", "verdict", "reason", "login", "unit", "known"]
    conn.execute(sa.insert(checks).from_select(columns, said))
