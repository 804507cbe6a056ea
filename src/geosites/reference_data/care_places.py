"""Care places from `data/geo`, with their published figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import shapely

from geosites.core import crs
from geosites.core.care_records import CareFigure, CareKind, CarePlace
from geosites.core.weeks import DAY_PARTS, DayPart
from geosites.reference_data.json_files import Entry, each, instant_of, is_month


def read_care_places(folder: Path) -> list[CarePlace]:
    """Return the care places of `care.json` with the figures published for them."""
    return each(folder / "care.json", _care_place)


def _care_place(entry: Entry) -> CarePlace:
    located = "lon" in entry
    return CarePlace(
        slug=entry["slug"],
        name=entry["name"],
        kind=CareKind(entry["kind"]),
        open_from=instant_of(entry.get("from")),
        open_until=instant_of(entry.get("until")),
        point=shapely.Point(crs.to_metric([entry["lon"], entry["lat"]])[0]) if located else None,
        territory=entry.get("territory"),
        precision_m=float(entry["precision_m"]) if located else None,
        day_parts=_day_parts(entry),
        figures=tuple(_figures(entry)),
        note=_note(entry),
        source=entry["source"],
    )


def _day_parts(entry: Entry) -> tuple[str, ...] | None:
    """Return the parts of the day of `day_parts`, in their order; None where none are published."""
    if "day_parts" not in entry:
        return None
    asked = {DayPart(name) for name in entry["day_parts"]}
    return tuple(part.value for part in DAY_PARTS if part in asked)


def _figures(entry: Entry) -> Iterator[CareFigure]:
    for measure in ("places", "entries_per_day", "entries_per_month"):
        for figure in entry.get(measure, ()):
            yield _figure(measure, figure)
    for figure in entry.get("admissions", ()):
        months = f"over_{figure['over_months']}_months"
        yield CareFigure(
            measure="admissions", as_of=figure["until"], value=figure["people"], qualifier=months
        )


def _figure(measure: str, figure: Entry) -> CareFigure:
    as_of = figure.get("as_of") or figure["month"]
    name, value = next((k, v) for k, v in figure.items() if k not in {"as_of", "month"})
    qualifier = name.partition("_")[2] or None
    return CareFigure(measure=measure, as_of=as_of, value=value, qualifier=qualifier)


def _note(entry: Entry) -> str | None:
    months = [
        f"{word} known to the month ({entry[key]})"
        for key, word in (("from", "opening"), ("until", "end"))
        if is_month(entry.get(key) or "")
    ]
    point = [f"point: {entry['point_source']}"] if "point_source" in entry else []
    notes = [*([entry["note"]] if "note" in entry else []), *months, *point]
    return "; ".join(notes) or None
