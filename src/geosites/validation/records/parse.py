"""Entry point for every record type: a text block in, typed columns and bad rows out."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from geosites.core.errors import BadRow, phrase
from geosites.validation.positions.coordinates import site_places
from geosites.validation.positions.point_notations import in_degrees, in_points
from geosites.validation.records.closures import read_closures
from geosites.validation.records.operations import read_operations
from geosites.validation.records.report_context import Context
from geosites.validation.records.sightings import read_sightings
from geosites.validation.table_columns.file_columns import FileKind
from geosites.validation.table_columns.text_columns import SHOWN, Block, Faults, filled
from geosites.validation.value_rules import boolean


@dataclass(frozen=True, kw_only=True)
class ParsedBlock:
    """A parsed block: `table` has its valid rows, with their `line`; `bad` the others.

    At most the first 100 of `bad` are kept; `bad_total` counts all. `exercise`: a row is marked as
    fictional; `named`: one came with an id. `at_site` counts the rows located by the perimeter of
    their site.
    """

    table: pa.Table
    bad: tuple[BadRow, ...]
    bad_total: int
    warnings: tuple[str, ...]
    exercise: bool
    named: bool
    at_site: int = 0


def read(block: Block, kind: FileKind, context: Context, keep: int = SHOWN) -> ParsedBlock:
    """Parse a block of one type, checking every row; keep up to `keep` bad rows with reasons."""
    faults = Faults(block, keep)
    warnings: tuple[str, ...] = ()
    if kind is not FileKind.CLOSURES:
        block = in_degrees(block, faults)
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
        block = in_points(block, faults)
        table = read_sightings(block, faults, context, kind)
    fictional = boolean(block, faults, "exercise").true_count > 0
    table = table.add_column(0, "line", pa.array(block.lines))
    return ParsedBlock(
        table=table.filter(pa.array(~faults.bad)) if faults.total else table,
        bad=tuple(faults.rows),
        bad_total=faults.total,
        warnings=warnings,
        exercise=fictional,
        named=any(part.true_count for part in table["given"].chunks),
        at_site=_at_site(block, faults, kind, context),
    )


def _at_site(block: Block, faults: Faults, kind: FileKind, context: Context) -> int:
    if kind is FileKind.CLOSURES:
        return 0
    there = site_places(block, context.perimeters).there
    if kind is FileKind.OPERATIONS:
        there = there & ~filled(block.column("wkt"))
    return int((there & ~faults.bad).sum())
