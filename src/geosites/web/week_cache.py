"""Cache of rendered weeks, valid until the data they rest on changes.

The cache key includes the state of all that data, so that a correction shows at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from geosites import services
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.db.maintenance import density_classes
from geosites.maps import geojson, map_data
from geosites.maps.layers import week_layer as weeks
from geosites.permissions import authorized_answers
from geosites.services import cache
from geosites.web import views
from geosites.web.http.responses import Rendered
from geosites.web.request_context import RequestContext

HTML = "text/html; charset=utf-8"
MINUTE = dt.timedelta(minutes=1)

Found = TypeVar("Found")


@dataclass(frozen=True)
class CachedWeek:
    """Content of a week for a principal: its document, and the classes of its map."""

    document: WeekDocument
    classes: Sequence[float]
    exercise: bool


def told(conn: sa.Connection, context: RequestContext, week: IsoWeek) -> CachedWeek:
    """Return the content of a week for the principal."""

    def make() -> CachedWeek:
        answer = services.hotspots(conn, week)
        document = authorized_answers.in_scope(conn, context.asked, answer.document())
        return CachedWeek(document, density_classes.get(conn), answer.exercise)

    return _kept(conn, context, week, ("told",), make)


def layer(conn: sa.Connection, context: RequestContext, week: IsoWeek) -> Rendered:
    """Return the map layer of a week for the principal."""
    as_of = _as_of(conn, context, week)

    def make() -> Rendered:
        whole = map_data.week(conn, services.hotspots(conn, week), as_of)
        picture = map_data.in_scope(conn, context.asked, whole)
        page = context.page
        leads = page.may("read displacement")
        document = weeks.week_layer(page.words, page.links, picture, leads=leads)
        return Rendered.of(geojson.dump(document), geojson.MEDIA_TYPE)

    return _kept(conn, context, week, ("layer", as_of), make)


def facts(conn: sa.Connection, context: RequestContext, week: IsoWeek) -> Rendered:
    """Return the texts of a week's page for the principal, as known at this minute.

    This includes that nothing has changed since they were rendered.
    """

    def make() -> bytes:
        result = told(conn, context, week)
        page = context.page.marked(result.exercise)
        return views.week_facts(page, result.document, result.classes).encode()

    body = _kept(conn, context, week, ("facts",), make)
    return Rendered.of(body + views.week_known(context.page, context.now).encode(), HTML)


def _kept(
    conn: sa.Connection,
    context: RequestContext,
    week: IsoWeek,
    what: tuple[Hashable, ...],
    make: Callable[[], Found],
) -> Found:
    """Return the rendered content, shared by principals with the same access and language.

    Partner content has its own release rules, and is rendered each time.
    """
    if context.grant.coarse:
        return make()
    seen = (
        context.grant.precision,
        context.principal.scope,
        None if context.grant.exact else context.principal,
    )
    message = context.page.words.language, context.page.links.chosen
    return cache.answer(conn, ("week", week, *what, *seen, *message), make, week.sunday)


def _as_of(conn: sa.Connection, context: RequestContext, week: IsoWeek) -> dt.datetime:
    """Return the end of a week, or where it is not over the end of this minute."""
    now = services.reading_time(conn, context.now)
    if now >= week.end:
        return week.end
    return now.replace(second=0, microsecond=0) + MINUTE
