"""Public tables as page, file and JSON. Releasing is done on the command line."""

from __future__ import annotations

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.core.documents.public_tables import PublicTableDocument
from geosites.core.quarters import Quarter
from geosites.db.maintenance import store_flags
from geosites.db.publication import public_tables as released
from geosites.permissions.policy import Permission
from geosites.services.territories import public_tables
from geosites.web import views
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.request_context import RequestContext, requires

router = APIRouter()

Name = Annotated[str, Path(description="A quarter like 2022-Q3.", max_length=20)]
Reading = Annotated[RequestContext, requires(Permission.READ_PUBLIC_TABLE)]
COLUMNS = ("code", "name", "month", "visits", "heads", "suppressed")


@router.get(
    "/api/open-data/{quarter}",
    tags=["api"],
    responses=DOCUMENTED,
    response_model=PublicTableDocument,
)
def get_public_table(quarter: Name, context: Reading) -> Response:
    """Give the last table released of a quarter: noisy counts, and what they guarantee."""
    return responses.document(_document(context, Quarter.parse(quarter)))


@router.get("/open-data/{quarter}.csv", response_class=Response, include_in_schema=False)
def get_public_file(quarter: Name, context: Reading) -> Response:
    """Give the last table released of a quarter as a file."""
    document = _document(context, Quarter.parse(quarter))
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(document["rows"])
    return Response(file.getvalue(), media_type="text/csv; charset=utf-8")


@router.get("/open-data", response_class=HTMLResponse, include_in_schema=False)
def show_latest_public_table(context: Reading) -> str:
    """Show the table of the latest quarter that was released."""
    with context.begin() as conn:
        quarters = _quarters(context)
        document = None
        if quarters:
            latest = released.latest(conn, Quarter.parse(quarters[-1]))
            document = public_tables.document(conn, latest)
        page = context.page.marked(store_flags.is_exercise(conn))
    return views.public_tables(page, document, quarters)


@router.get("/open-data/{quarter}", response_class=HTMLResponse, include_in_schema=False)
def show_public_table(quarter: Name, context: Reading) -> str:
    """Show the table of a quarter."""
    document = _document(context, Quarter.parse(quarter))
    return views.public_tables(
        context.page.marked(document["exercise"]), document, _quarters(context)
    )


def _document(context: RequestContext, quarter: Quarter) -> PublicTableDocument:
    with context.begin() as conn:
        return public_tables.document(conn, released.latest(conn, quarter))


def _quarters(context: RequestContext) -> list[str]:
    with context.begin() as conn:
        return sorted({str(item.quarter) for item in released.releases(conn)})
