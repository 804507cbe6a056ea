"""What people call our columns is proposed, and nothing else."""

from __future__ import annotations

import pytest

from geosites.core.errors import Refused
from geosites.validation import COLUMNS, ColumnPlan, FileKind
from geosites.validation.table_columns.column_synonyms import likely

NONE: dict[str, tuple[str, ...]] = {}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            ["ID", "Date", "Longitude", "Latitude"],
            {"observed_at": ("Date",), "lon": ("Longitude",), "lat": ("Latitude",)},
        ),
        (["Vu le", "Nombre de personnes"], {"observed_at": ("Vu le",)}),
        (["date", "Heure", "site"], {"observed_at": ("date", "Heure")}),
        (["dispatch_date", "dispatch_time"], {"observed_at": ("dispatch_date", "dispatch_time")}),
        (["jour", "mois", "an", "hrmn"], {"observed_at": ("an", "mois", "jour", "hrmn")}),
        (
            ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE"],
            {"observed_at": ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE")},
        ),
        (["lat", "lng"], {"lon": ("lng",)}),
        (["Longitude"], NONE),
        (["x", "y", "Longitude", "Latitude"], NONE),
        (["Date", "date"], NONE),
        (["observed_at", "Date"], NONE),
        (["Updated On", "closed_dt"], NONE),
    ],
)
def test_what_is_likely_ours(header: list[str], found: dict[str, tuple[str, ...]]) -> None:
    told = likely(COLUMNS[FileKind.SIGHTINGS], header)
    assert {name: theirs for name, theirs in told.items() if name != "headcount"} == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            ["Date", "Heure", "Longitude", "Latitude", "Nb de personnes", "Remarques"],
            {
                "observed_at": ("Date", "Heure"),
                "lon": ("Longitude",),
                "lat": ("Latitude",),
                "headcount": ("Nb de personnes",),
            },
        ),
        (
            ["QUAND", "long.", "lat.", "Combien ?"],
            {
                "observed_at": ("QUAND",),
                "lon": ("long.",),
                "lat": ("lat.",),
                "headcount": ("Combien ?",),
            },
        ),
        (["observed_at", "LON", "Lat", "headcount"], NONE),
        (["personnes vues", "personnes parties"], NONE),
        (["Date et nombre de personnes", "column 2", ""], NONE),
        (["longueur", "platitude", "heureux", "dated"], NONE),
        (["Unité"], {"unit": ("Unité",)}),
    ],
)
def test_a_word_of_a_longer_name_is_enough_where_it_means_one(
    header: list[str], found: dict[str, tuple[str, ...]]
) -> None:
    assert likely(COLUMNS[FileKind.SIGHTINGS], header) == found


def test_only_columns_of_the_kind_are_proposed() -> None:
    assert likely(COLUMNS[FileKind.OPERATIONS], ["Début", "Fin", "Date"]) == {
        "started_at": ("Début",),
        "ended_at": ("Fin",),
    }


def test_a_refusal_names_the_options_that_read_them() -> None:
    header = ["Date", "Longitude", "Latitude", "Nombre de personnes", "Agent"]
    with pytest.raises(Refused) as refused:
        ColumnPlan(constants={}, renamed={"observed_at": "Date"}).resolve(
            FileKind.SIGHTINGS, header
        )
    told = str(refused.value)
    assert "likely --column lon=Longitude --column lat=Latitude" in told
    assert "--column 'headcount=Nombre de personnes'" in told
    assert "observed_at=" not in told
