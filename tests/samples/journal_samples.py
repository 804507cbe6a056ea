"""Something small to record, and who records it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import shapely
import sqlalchemy as sa

from geosites.core.records import Sighting
from geosites.db.journal import Operator

WHO = Operator(login="bac-19", role="coordinator", unit="PP-DSPAP-19")
POINT = shapely.Point(654_000, 6_865_000)
AT = dt.datetime(2022, 9, 28, 22, 0, tzinfo=dt.UTC)


def a_sighting(at: dt.datetime = AT) -> Sighting:
    """Return three heads in the 19th arrondissement, under an id of their own."""
    return Sighting(id=uuid.uuid4(), observed_at=at, point=POINT, headcount=3, territory="75119")


def plan_of(conn: sa.Connection, statement: sa.Select[Any]) -> str:
    """Return how the database would answer a question, with the very values that it is asked."""

    def explained(_: object, __: object, text: str, values: object, *___: object) -> Any:
        return f"EXPLAIN {text}", values

    sa.event.listen(conn, "before_cursor_execute", explained, retval=True)
    try:
        return "\n".join(row[0] for row in conn.execute(statement))
    finally:
        sa.event.remove(conn, "before_cursor_execute", explained)
