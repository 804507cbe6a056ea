"""Sightings, including empty visits: text columns in, typed columns out."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosites.core.errors import phrase
from geosites.core.records import CHOSEN_OF_SIGHTING, Origin, Sighting, TimePrecision
from geosites.validation.date_times.times import instants, precision, utc
from geosites.validation.positions.coordinates import SitePlaces, positions, site_places
from geosites.validation.records.report_context import Context
from geosites.validation.records.row_ids import canonical, identify
from geosites.validation.records.table_row import Row
from geosites.validation.table_columns.file_columns import FileKind
from geosites.validation.table_columns.text_columns import Block, Faults
from geosites.validation.value_rules import (
    LONGEST_NAME,
    MOST_HEADS,
    boolean,
    floats,
    free_text,
    identifier,
    integers,
    number,
    require,
    site,
    vocabulary,
)

LATER = frozenset(item.name for item in CHOSEN_OF_SIGHTING if not item.in_every_id)
"""Columns that are part of an id only if they are not empty."""

MOST_METRES = 100_000.0
MOST_MINUTES = 7 * 24 * 60


def read_sightings(block: Block, faults: Faults, context: Context, kind: FileKind) -> pa.Table:
    """Return a pyarrow table of the rows, including bad ones, which `faults` marks.

    Columns: id, given (the id came with the row), x, y (metres), territory, and those
    of `Sighting`.
    """
    given = identifier(block, faults, "id")
    require(block, faults, "observed_at")
    observed_at = utc(
        instants(block, faults, "observed_at", until=context.latest, since=context.earliest)
    )
    named = site(block, faults, "site", context.sites)
    at_sites = site_places(block, context.perimeters)
    xy, tile = positions(block, faults, context.ground, at_sites=at_sites)
    content = {
        "observed_at": observed_at,
        "time_precision": precision(block, "observed_at"),
        "x": floats(xy[:, 0]),
        "y": floats(xy[:, 1]),
        "headcount": _heads(block, faults, kind),
        **_details(block, faults, at_sites),
        "site": named,
    }
    ids = identify(given, partial(canonical, "sighting", content, LATER))
    return pa.table(
        {
            "id": ids,
            "given": pc.is_valid(given),
            **content,
            "territory": _territory(context, tile),
        }
    )


def sighting(row: Row) -> Sighting:
    """Return one row of the table as a record."""
    values = {name: row[name] for name in Sighting.__dataclass_fields__ if name in row}
    return Sighting(
        **{
            **values,
            "id": UUID(row["id"]),
            "point": shapely.Point(row["x"], row["y"]),
            "time_precision": TimePrecision(row["time_precision"]),
            "origin": Origin(row["origin"]),
            **{item.name: item.read(row[item.name]) for item in CHOSEN_OF_SIGHTING},
        }
    )


def _details(block: Block, faults: Faults, at_sites: SitePlaces) -> dict[str, pa.Array]:
    given_m = number(block, faults, "accuracy_m", low=0, high=MOST_METRES)
    accuracy_m = np.where(at_sites.there, at_sites.reach_m, given_m).round(3).astype(np.float64)
    minutes = number(block, faults, "duration_min", low=0, high=MOST_MINUTES, whole=True)
    return {
        "accuracy_m": floats(accuracy_m),
        "duration_min": integers(minutes),
        "origin": pc.fill_null(vocabulary(block, faults, "origin", Origin), Origin.PATROL.value),
        **{
            item.name: vocabulary(block, faults, item.name, item.vocabulary)
            for item in CHOSEN_OF_SIGHTING
        },
        "unit": free_text(block, faults, "unit", LONGEST_NAME),
        "verified": boolean(block, faults, "verified"),
    }


def _heads(block: Block, faults: Faults, kind: FileKind) -> pa.Array:
    visits = kind is FileKind.VISITS
    if not visits:
        require(block, faults, "headcount")
    heads = number(block, faults, "headcount", low=0, high=MOST_HEADS, whole=True)
    if visits:
        faults.mark(
            "headcount", heads > 0, phrase("a visit that saw people is imported as a sighting")
        )
        return pc.fill_null(integers(heads), 0)
    return integers(heads)


def _territory(context: Context, tile: npt.NDArray[np.int64]) -> pa.Array:
    codes = pa.array([*context.ground.codes, None], pa.string())
    return codes.take(pa.array(np.where(tile < 0, len(context.ground.codes), tile)))
