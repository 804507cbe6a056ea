"""Two real files of the City of Paris; `tests/data/SOURCES.md` says what they hold."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from geosites.core.crs import to_metric
from geosites.db.geography import territories
from geosites.db.schema.sightings import sighting
from geosites.imports import ImportReport
from geosites.validation import WatchedTerritories

Load = Callable[..., ImportReport]

FOLDER = Path(__file__).parents[2] / "data"
REPORTS = FOLDER / "dansmarue_2023_2024.csv.gz"
SHOOTINGS = FOLDER / "tournages_dirty.csv.gz"
OPTIONS = {"columns": {"observed_at": "ts"}, "constants": {"headcount": "1"}}


def test_reports_of_residents_are_added_once_their_duplicates_kept(
    load: Load, conn: sa.Connection
) -> None:
    options = {**OPTIONS, "ignore": ["cat", "arr"]}
    first = load("sightings", REPORTS, **options)
    assert (first.rows, first.added, first.refused_total) == (16_988, 16_988, 0)
    alike = sa.select(sighting.c.observed_at, sighting.c.point).distinct().subquery()
    distinct = conn.execute(sa.select(sa.func.count()).select_from(alike)).scalar_one()
    assert 16_988 - distinct == 66
    again = load("sightings", REPORTS, **options)
    assert (again.added, again.already_there) == (0, 16_988)


def test_the_arrondissement_found_is_the_one_filed(conn: sa.Connection) -> None:
    with gzip.open(REPORTS, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ground = WatchedTerritories.of(territories.frame(conn))
    tile = ground.locate(to_metric([(float(row["lon"]), float(row["lat"])) for row in rows]))
    found = np.array([*ground.codes, ""])[tile]
    filed = [f"751{int(row['arr']):02d}" for row in rows]
    assert (found == filed).mean() >= 0.995


def test_metres_in_place_of_degrees_are_named_row_by_row(
    load: Load, held: Callable[[str], int]
) -> None:
    report = load("sightings", SHOOTINGS, **OPTIONS, ignore=["cat"])
    assert (report.rows, report.added, report.refused_total) == (14_760, 0, 3_994)
    assert {row.column for row in report.refused} == {"lon"}
    assert all("is in metres" in row.reason for row in report.refused)
    assert held("sightings") == 0
