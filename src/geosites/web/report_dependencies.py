"""What a report needs besides itself: the clock, the ground, the sites, and the unit it is of."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated
from urllib.parse import unquote

import sqlalchemy as sa
from fastapi import Header

from geosites.core.errors import Forbidden, NotSignedIn, Refused
from geosites.db import sites, store_flags, territories
from geosites.permissions.policy import Role, Viewer
from geosites.services import cache
from geosites.validation import Context, Ground, SightingIn
from geosites.web.request_context import Visit

NO_WEEK = dt.date.min
"""What reports are checked against rests on nothing that was seen."""

MadeBy = Annotated[
    str | None,
    Header(alias="Geosites-Made-By", description="The login that made it, where it had to wait."),
]


def context(conn: sa.Connection, now: dt.datetime) -> Context:
    """Return what a report is checked against; read again only where it has changed."""

    def read() -> Context:
        return Context(
            now=now,
            ground=Ground.of(territories.frame(conn)),
            sites=sites.slugs(conn),
            exercise=store_flags.is_exercise(conn),
        )

    return replace(cache.answer(conn, "what reports are checked against", read, NO_WEEK), now=now)


def noted(report: SightingIn, visit: Visit) -> str | None:
    """Return the note of a report, if it has one; raises `Refused` where it may have none."""
    if report.note is not None and not visit.config.notes:
        raise Refused("note: this service takes no notes")
    return report.safe_note()


def require_maker(made_by: str | None, viewer: Viewer) -> None:
    """Raise `NotSignedIn` where a report that waited was made by another account than asks now."""
    if made_by is not None and unquote(made_by) != viewer.login:
        raise NotSignedIn(
            "this report was made by another account, which has to sign in to send it"
        )


def of_unit(report: SightingIn, viewer: Viewer) -> SightingIn:
    """Return the report with the viewer's unit, where it names none.

    Raises `Forbidden` where a reporter names another unit than their own.
    """
    if report.unit is None:
        return report.model_copy(update={"unit": viewer.unit or None})
    if viewer.role is Role.REPORTER and report.unit != viewer.unit:
        raise Forbidden(
            "unit %(unit)r: reports are recorded for your own, %(own)s",
            unit=report.unit,
            own=viewer.unit,
        )
    return report
