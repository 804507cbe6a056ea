"""The event of a displacement study: an operation, or a site and a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.core.documents.events import EventDocument, ListedEvent
from geosites.core.errors import NotFound, Refused
from geosites.core.records import Operation, OperationKind
from geosites.core.weeks import FIRST_YEAR, LAST_YEAR, midnight
from geosites.db.closure import closures, operations
from geosites.db.geography import sites

WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True, kw_only=True)
class DispersalEvent:
    """Something that may have made people move: where (metres) and from which instant on."""

    kind: str
    id: str | None
    site: str | None
    at: dt.datetime
    target: shapely.Geometry

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.at.year <= LAST_YEAR:
            raise Refused(
                "%(at)s is out of range: %(first_year)s to %(last_year)s",
                at=self.at.isoformat(),
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )

    @property
    def key(self) -> str:
        """The event as written in a URL: an operation's id, or `site@day`."""
        return self.id or f"{self.site}@{self.at.astimezone(city.zone()).date().isoformat()}"

    def document(self) -> EventDocument:
        """Return the event as the contract writes it."""
        return {
            "kind": self.kind,
            "id": self.id,
            "site": self.site,
            "at": self.at,
            "key": self.key,
        }

    def week_of(self, instant: dt.datetime) -> int:
        """Return the week of an instant, counted from the event: 0 begins with it."""
        return (instant - self.at) // WEEK


@dataclass(frozen=True)
class ListedDispersal:
    """An event in a list: what it was, and how many people were dispersed, if known."""

    event: DispersalEvent
    kind: str
    heads: int | None

    def document(self, names: Mapping[str, str]) -> ListedEvent:
        """Return the event with what it was and the name of its place, out of `names` by slug."""
        place = names.get(self.event.site or "")
        return {
            **self.event.document(),
            "what": self.kind,
            "place": place,
            "heads_dispersed": self.heads,
        }


def of_operation(
    conn: sa.Connection, identifier: UUID, as_known_at: dt.datetime | None = None
) -> DispersalEvent:
    """Return the event that an operation is; raises `NotFound`."""
    return _event(operations.get(conn, identifier, as_known_at))


def at_site(
    conn: sa.Connection, slug: str, at: dt.datetime, as_known_at: dt.datetime | None = None
) -> DispersalEvent:
    """Return the event at a site at an instant; raises `NotFound` with similar slugs."""
    target = sites.get(conn, slug, as_known_at).perimeter
    return DispersalEvent(kind="site", id=None, site=slug, at=at, target=target)


def parse(conn: sa.Connection, key: str) -> DispersalEvent:
    """Return the event written as an operation's id or as `site@2022-10-05`."""
    slug, _, day = key.partition("@")
    try:
        if day:
            return at_site(conn, slug, midnight(dt.date.fromisoformat(day)))
        return of_operation(conn, UUID(key))
    except ValueError as error:
        raise Refused(
            "%(key)r is neither an operation's id nor a site and a day like forceval@2022-10-05",
            key=key,
        ) from error


def list_all(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> list[ListedDispersal]:
    """Return every event that can be studied, the latest first.

    A closure that began on the day of an operation at its site is the same event, and listed with
    it.
    """
    done = operations.during(conn, as_known_at=as_known_at)
    days = {(operation.site, _day(operation.started_at)) for operation in done}
    closed = [
        item for item in _closures(conn, as_known_at) if (item.site, _day(item.at)) not in days
    ]
    listed = [
        ListedDispersal(_event(item), item.kind.value, item.headcount_dispersed) for item in done
    ]
    listed += [ListedDispersal(item, item.kind, None) for item in closed]
    return sorted(listed, key=lambda item: (item.event.at, item.event.key), reverse=True)


def about_site(
    conn: sa.Connection, slug: str, as_known_at: dt.datetime | None = None
) -> list[ListedDispersal]:
    """Return the events that name a site or touch its perimeter, the latest first."""
    perimeter = sites.get(conn, slug, as_known_at).perimeter
    return [
        item
        for item in list_all(conn, as_known_at)
        if item.event.site == slug or shapely.intersects(item.event.target, perimeter)
    ]


def recorded(conn: sa.Connection, event: DispersalEvent) -> DispersalEvent:
    """Return the operation or closure at the site and on the day of `event`; raises `NotFound`."""
    wanted = event.site, _day(event.at)
    for listed in list_all(conn):
        item = listed.event
        if item.key == event.key or (item.site, _day(item.at)) == wanted:
            return item
    raise NotFound("event", event.key)


def _day(instant: dt.datetime) -> dt.date:
    return instant.astimezone(city.zone()).date()


def others(
    conn: sa.Connection,
    event: DispersalEvent,
    start: dt.datetime,
    end: dt.datetime,
    as_known_at: dt.datetime | None = None,
) -> list[DispersalEvent]:
    """Return the dispersals, evacuations and closures that began from `start` to before `end`.

    Those of the same week as the event at the same place are the event itself and left out. A
    standing presence is not an event: it neither ends a window nor disturbs a control.
    """
    done = [
        _event(operation)
        for operation in operations.during(conn, start, end, as_known_at=as_known_at)
        if operation.kind is not OperationKind.PRESENCE
    ]
    result = [
        other
        for other in (*done, *_closures(conn, as_known_at))
        if start <= other.at < end and not _same(event, other)
    ]
    return sorted(result, key=lambda other: (other.at, other.key))


def _closures(conn: sa.Connection, as_known_at: dt.datetime | None) -> list[DispersalEvent]:
    perimeters = {
        site.slug: site.perimeter for site in sites.list_all(conn, as_known_at, retired=True)
    }
    return [
        DispersalEvent(
            kind="closure",
            id=None,
            site=closure.site,
            at=closure.closed_from,
            target=perimeters[closure.site],
        )
        for closure in closures.list_all(conn, as_known_at)
        if closure.site in perimeters
    ]


def _same(event: DispersalEvent, other: DispersalEvent) -> bool:
    near = bool(shapely.dwithin(event.target, other.target, 0.0))
    return other.key == event.key or (near and abs(other.at - event.at) < WEEK)


def _event(operation: Operation) -> DispersalEvent:
    return DispersalEvent(
        kind="operation",
        id=str(operation.id),
        site=operation.site,
        at=operation.started_at,
        target=operation.area,
    )
