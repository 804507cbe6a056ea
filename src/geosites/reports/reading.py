"""One door for every kind: a block of text in, checked columns and its bad rows out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import BadRow, phrase
from geosites.reports.blocks import Block, Faults
from geosites.reports.closures import read_closures
from geosites.reports.context import Context
from geosites.reports.kinds import FileKind
from geosites.reports.operations import read_operations
from geosites.reports.sightings import read_sightings
from geosites.reports.values import boolean


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a block says: `table` holds its good rows, with their `line`; `bad` the others.

    At most the first 100 of `bad` are kept; `bad_total` counts all. `exercise` says that a row is
    marked as fictional, `named` that one came with an id.
    """

    table: Any
    bad: tuple[BadRow, ...]
    bad_total: int
    warnings: tuple[str, ...]
    exercise: bool
    named: bool


def read(block: Block, kind: FileKind, context: Context) -> Reading:
    """Return what a block of one kind says, every row checked."""
    faults = Faults(block)
    warnings: tuple[str, ...] = ()
    if kind is FileKind.OPERATIONS:
        table, turned = read_operations(block, faults, context)
        lines = block.lines[turned & ~faults.bad].tolist()
        warnings = tuple(
            phrase("line %(line)s: wkt had a ring in the wrong order; repaired", line=line)
            for line in lines
        )
    elif kind is FileKind.CLOSURES:
        table = read_closures(block, faults, context)
    else:
        table = read_sightings(block, faults, context, kind)
    fictional = bool(pc.any(boolean(block, faults, "exercise")).as_py())
    table = table.add_column(0, "line", pa.array(block.lines))
    return Reading(
        table=table.filter(pa.array(~faults.bad)) if faults.total else table,
        bad=tuple(faults.rows),
        bad_total=faults.total,
        warnings=warnings,
        exercise=fictional,
        named=bool(pc.any(table["given"]).as_py()),
    )
