"""Correct and withdraw a report: by its reporter for some minutes, then by a coordinator."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from geosites.core.errors import Conflict, Forbidden
from geosites.core.records import Sighting
from geosites.db.reports import own_reports, sightings
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import RULES, Permission
from geosites.permissions.report_scope import may_check, require_reportable
from geosites.validation import SightingIn
from geosites.web.form_data.report_dependencies import (
    of_unit,
    require_confirmed,
    validation_context,
)
from geosites.web.request_context import RequestContext


def correct(
    conn: sa.Connection,
    context: RequestContext,
    identifier: UUID,
    report: SightingIn,
    confirmed: Collection[str] | None,
) -> tuple[Sighting, bool]:
    """Replace a report by a new version of its row.

    Return the current record, and whether anything changed. A verified report has to be verified
    again if it is changed by somebody who may not verify. Raises `Forbidden` if the viewer may not
    correct it, `Conflict` if it was withdrawn.
    """
    require_own(conn, context, identifier)
    there = sightings.get(conn, identifier)
    if there.verified is False:
        raise Conflict("this report was withdrawn; send a new one")
    made = of_unit(report, context.principal).to_record(validation_context(conn, context))
    require_reportable(context.principal, made)
    unit = there.unit if report.unit is None else made.unit
    record = dataclasses.replace(made, id=identifier, unit=unit, verified=there.verified)
    if record != there and not may_check(context.principal):
        record = dataclasses.replace(record, verified=None)
    if record == there:
        return there, False
    require_confirmed(conn, context, record, confirmed)
    sightings.correct(conn, record)
    return record, True


def withdraw(conn: sa.Connection, context: RequestContext, identifier: UUID) -> Sighting:
    """Reject a report in a new version of its row, so that it counts nowhere; once is enough."""
    require_own(conn, context, identifier)
    there = sightings.get(conn, identifier)
    if there.verified is False:
        return there
    record = dataclasses.replace(there, verified=False)
    sightings.correct(conn, record)
    return record


def require_own(conn: sa.Connection, context: RequestContext, identifier: UUID) -> None:
    """Raise `Forbidden` where a report is not the viewer's to change, `NotFound` for none."""
    there = sightings.current(conn, identifier)
    if (
        Permission.JUDGE_DUPLICATES in _permissions(context)
        and in_scope(context.principal, [there["territory"]]).all()
    ):
        return
    if own_reports.reporter(conn, identifier, there["received_at"]) != context.principal.login:
        raise Forbidden("this report was made by another account; ask a coordinator")
    spent = own_reports.age_s(conn, identifier)
    if spent > 60 * context.config.correct_min:
        raise Forbidden(
            "reported more than %(minutes)s minutes ago: a coordinator can still correct it",
            minutes=context.config.correct_min,
        )


def may_change(conn: sa.Connection, context: RequestContext, identifier: UUID) -> bool:
    """Return whether a report is the viewer's to correct or withdraw."""
    try:
        require_own(conn, context, identifier)
    except Forbidden:
        return False
    return True


def _permissions(context: RequestContext) -> set[Permission]:
    return {item for item, rule in RULES.items() if context.principal.role in rule}
