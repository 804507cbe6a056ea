"""Closures: text columns in, typed columns out."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.records import Closure
from geosites.validation.date_times.times import instants, refuse_backwards, utc
from geosites.validation.records.report_context import Context
from geosites.validation.records.row_ids import canonical, identify
from geosites.validation.records.table_row import Row
from geosites.validation.table_columns.text_columns import Block, Faults
from geosites.validation.value_rules import free_text, identifier, integers, number, require, site

REVIEW_DAYS = 14
MOST_REVIEW_DAYS = 3660


def read_closures(block: Block, faults: Faults, context: Context) -> pa.Table:
    """Return a pyarrow table of the rows: id, given, and the columns of `Closure`.

    A closure may be ordered in advance, so its times may be in the future.
    """
    given = identifier(block, faults, "id")
    require(block, faults, "site")
    require(block, faults, "closed_from")
    start = instants(block, faults, "closed_from", until=None)
    end = instants(block, faults, "closed_until", until=None)
    refuse_backwards(faults, "closed_until", start, end, "closed_from")
    days = number(block, faults, "review_days", low=1, high=MOST_REVIEW_DAYS, whole=True)
    content = {
        "site": site(block, faults, "site", context.sites),
        "closed_from": utc(start),
        "closed_until": utc(end),
        "legal_ref": free_text(block, faults, "legal_ref"),
        "review_days": pc.fill_null(integers(days), REVIEW_DAYS),
        "source": free_text(block, faults, "source"),
    }
    ids = identify(given, partial(canonical, "closure", content))
    return pa.table({"id": ids, "given": pc.is_valid(given), **content})


def closure(row: Row) -> Closure:
    """Return one row of the table as a record."""
    values = {name: row[name] for name in Closure.__dataclass_fields__}
    return Closure(**{**values, "id": UUID(row["id"])})
