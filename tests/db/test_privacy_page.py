"""The page on privacy names every table and every column there is."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from geosites.cli.store import retention
from geosites.db.schema import conventions
from geosites.settings import Settings
from geosites.validation.free_text.notes import LONGEST

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"


def dictionary() -> dict[str, tuple[set[str], str]]:
    rows = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 4:
            rows[cells[0].strip("`")] = (set(cells[1].replace("`", "").split()), cells[3])
    return rows


def test_the_dictionary_is_that_of_the_database(conn: sa.Connection) -> None:
    tables = conventions.metadata.tables.values()
    assert {name: columns for name, (columns, _) in dictionary().items()} == {
        table.fullname: {column.name for column in table.c} for table in tables
    }


def test_the_periods_are_the_ones_in_force() -> None:
    kept = {name: told for name, (_, told) in dictionary().items()}
    periods = retention.periods(Settings())
    assert kept["sighting"] == (
        f"{periods.sightings} months; positions in cells of 100 m after {periods.exact_positions}"
    )
    assert kept["operation"] == f"{periods.operations} months after its end"
    assert kept["closure"] == f"{periods.closures} months after its end"
    assert kept["alarm_message"] == kept["change"] == f"{periods.messages} months"
    assert kept["journal.entry"] == f"{periods.journal} months"
    assert f"at most {LONGEST}" in PAGE.read_text()
