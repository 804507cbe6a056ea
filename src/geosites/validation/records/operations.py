"""Operations: text columns in, typed columns out."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geosites.core.records import Operation, OperationKind, TimePrecision
from geosites.validation.date_times.times import (
    Instants,
    instants,
    precision,
    refuse_backwards,
    utc,
)
from geosites.validation.positions.operation_areas import areas
from geosites.validation.records.report_context import Context
from geosites.validation.records.row_ids import canonical, identify
from geosites.validation.records.table_row import Row
from geosites.validation.table_columns.text_columns import Block, Faults, Mask
from geosites.validation.value_rules import (
    LONGEST_NAME,
    MOST_HEADS,
    free_text,
    identifier,
    integers,
    number,
    require,
    site,
    vocabulary,
)


def read_operations(block: Block, faults: Faults, context: Context) -> tuple[pa.Table, Mask]:
    """Return a pyarrow table of the rows, and which of them had a ring turned.

    Columns: id, given (the id came with the row), and those of `Operation`, `area` as the WKB of a
    MultiPolygon in metres.
    """
    given = identifier(block, faults, "id")
    started_at, ended_at = _times(block, faults, context)
    require(block, faults, "kind")
    named = site(block, faults, "site", context.sites)
    shapes, turned = areas(block, faults, context)
    wkb = pa.array(shapely.to_wkb(shapely.normalize(shapes)), pa.binary())
    content = {
        "started_at": utc(started_at),
        "ended_at": utc(ended_at),
        "time_precision": precision(block, "started_at"),
        "kind": vocabulary(block, faults, "kind", OperationKind),
        "area": _hexadecimal(wkb),
        "headcount_dispersed": _count(block, faults, "headcount_dispersed"),
        "arrests": _count(block, faults, "arrests"),
        "site": named,
        "unit": free_text(block, faults, "unit", LONGEST_NAME),
        "source": free_text(block, faults, "source"),
    }
    ids = identify(given, partial(canonical, "operation", content))
    table = pa.table({"id": ids, "given": pc.is_valid(given), **content})
    return table, turned


def operation(row: Row) -> Operation:
    """Return one row of the table as a record."""
    values = {name: row[name] for name in Operation.__dataclass_fields__}
    return Operation(
        **{
            **values,
            "id": UUID(row["id"]),
            "kind": OperationKind(row["kind"]),
            "time_precision": TimePrecision(row["time_precision"]),
            "area": shapely.from_wkb(row["area"]),
        }
    )


def _times(block: Block, faults: Faults, context: Context) -> tuple[Instants, Instants]:
    require(block, faults, "started_at")
    require(block, faults, "ended_at")
    start = instants(block, faults, "started_at", until=context.latest)
    end = instants(block, faults, "ended_at", until=context.latest)
    refuse_backwards(faults, "ended_at", start, end, "started_at")
    return start, end


def _count(block: Block, faults: Faults, name: str) -> pa.Array:
    return integers(number(block, faults, name, low=0, high=MOST_HEADS, whole=True))


def _hexadecimal(wkb: pa.Array) -> pa.Array:
    return pa.array([None if cell is None else cell.hex() for cell in wkb.to_pylist()], pa.string())
