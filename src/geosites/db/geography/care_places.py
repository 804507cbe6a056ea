"""Care places with their published capacities and attendance."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from geosites.core.care_records import CareFigure, CarePlace
from geosites.db import temporal
from geosites.db.schema.care_places import care_figure, care_place
from geosites.db.temporal import Row, known_at

_FIGURE = tuple(CareFigure.__dataclass_fields__)
_PLACE = tuple(set(CarePlace.__dataclass_fields__) - {"open_from", "open_until", "figures"})


def put(conn: sa.Connection, place: CarePlace, at: dt.datetime | None = None) -> bool:
    """Record `place` and its figures; return False if nothing changed."""
    row = {name: getattr(place, name) for name in _PLACE}
    row["day_parts"] = None if place.day_parts is None else list(place.day_parts)
    row["open_during"] = temporal.span(place.open_from, place.open_until)
    changed = temporal.put(conn, care_place, row, at)
    for figure in place.figures:
        values = {name: getattr(figure, name) for name in _FIGURE}
        changed |= temporal.put(conn, care_figure, {"care_place": place.slug, **values}, at)
    return changed


def list_all(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> list[CarePlace]:
    """Return every care place with its figures, by slug."""
    figures = conn.execute(
        sa.select(care_figure)
        .where(known_at(care_figure, as_known_at))
        .order_by(care_figure.c.care_place, care_figure.c.measure, care_figure.c.as_of)
    )
    of: dict[str, list[CareFigure]] = {}
    for row in figures.mappings():
        figure = CareFigure(**{name: row[name] for name in _FIGURE})
        of.setdefault(row["care_place"], []).append(figure)
    places = conn.execute(
        sa.select(care_place).where(known_at(care_place, as_known_at)).order_by(care_place.c.slug)
    )
    return [_record(row, tuple(of.get(row["slug"], ()))) for row in places.mappings()]


def _record(row: Row, figures: tuple[CareFigure, ...]) -> CarePlace:
    values = {name: row[name] for name in _PLACE}
    if row["point"] is not None:
        values["point"] = temporal.shape(row["point"])
    if row["day_parts"] is not None:
        values["day_parts"] = tuple(row["day_parts"])
    during = row["open_during"]
    return CarePlace(**values, open_from=during.lower, open_until=during.upper, figures=figures)
