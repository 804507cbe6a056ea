"""Service status for operators: backups, jobs, size, versions, waiting alarms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from geosites.core import city
from geosites.core.weeks import midnight
from geosites.db.maintenance import job_table, store_flags
from geosites.db.maintenance.service_status import service_status
from geosites.db.maintenance.store_metrics import vitals
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.request_context import RequestContext, requires

router = APIRouter(include_in_schema=False)


@router.get("/service", response_class=HTMLResponse)
def show_service(context: Annotated[RequestContext, requires(Permission.READ_METRICS)]) -> str:
    """Show backups, jobs, the size of the store, versions, and alarms that wait."""
    today = midnight(context.now.astimezone(city.zone()).date())
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        runs, status, numbers = job_table.runs(conn), service_status(conn), vitals(conn, today)
    phones = context.request.app.state.measures.evictable()
    return views.service(page, context.now, runs, status, numbers, phones)
