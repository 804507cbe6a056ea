"""Columns are proposed by the words of their names, and never where two may be meant."""

from __future__ import annotations

import pytest

from geosites.imports.likely_columns import likely_columns
from geosites.validation import FileKind


@pytest.mark.parametrize(
    ("header", "likely"),
    [
        (
            ["Date", "Heure", "Longitude", "Latitude", "Nb de personnes", "Remarques"],
            ["observed_at", "observed_at", "lon", "lat", "headcount", ""],
        ),
        (["QUAND", "long.", "lat.", "Combien ?"], ["observed_at", "lon", "lat", "headcount"]),
        (["observed_at", "LON", "Lat", "headcount"], ["observed_at", "lon", "lat", "headcount"]),
        (["personnes vues", "personnes parties"], ["", ""]),
        (["Date et nombre de personnes", "column 2", ""], ["", "", ""]),
        (["longueur", "platitude", "heureux", "dated"], ["", "", "", ""]),
        (["Unité"], ["unit"]),
    ],
)
def test_what_is_likely_of_sightings(header: list[str], likely: list[str]) -> None:
    assert likely_columns(FileKind.SIGHTINGS, header) == likely


def test_only_columns_of_the_kind_are_proposed() -> None:
    assert likely_columns(FileKind.OPERATIONS, ["Début", "Fin", "Date"]) == [
        "started_at",
        "ended_at",
        "",
    ]
