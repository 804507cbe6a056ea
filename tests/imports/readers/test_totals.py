"""Rows that sum others up: told and left out, wherever in the row they say so."""

from __future__ import annotations

import pytest

from geosites.imports import ImportReport
from geosites.imports.mapping import ColumnMapping
from geosites.imports.source_options import SourceOptions
from imports.conftest import Load

HEAD = "Jour;Heure;Lieu;long;lat;Personnes\n"
ROW = "05/10/2022;14:30;quai;2.3899;48.8998;12\n06/10/2022;09:30;quai;2.3899;48.8998;3\n"
COLUMNS = {"observed_at": "Jour+Heure", "lon": "long", "lat": "lat", "headcount": "Personnes"}
PLAIN = "observed_at;lon;lat;headcount;unit\n"
ONE = "2022-10-05T14:30;2.3899;48.8998;12;mairie\n2022-10-05T15:30;2.3899;48.8998;5;mairie\n"
LABELS = [
    "Total",
    "TOTAL GÉNÉRAL",
    "Total :",
    "Sous-total",
    "Gesamt",
    "Summe",
    "Gesamtsumme",
    "Insgesamt",
    "Totale",
    "Totaal",
    "Suma",
    "Ensemble",
    "Σ",
    "Grand total",
    "Total octobre 2022",
]


def told(report: ImportReport) -> str:
    return " | ".join(map(str, report.warnings))


def taken(report: ImportReport, total: int) -> bool:
    return (report.added, report.refused_total, report.left_out) == (2, 0, total)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "row",
    [
        "{};;;15;",
        ";;;15;{}",
        "{};;;;15",
        ";{};;15;",
        ";;{};15;",
        "{};0;0;15;",
        "{};2.3;48.8;15;",
        ";;;{};",
    ],
)
def test_a_total_in_a_used_column(load: Load, label: str, row: str) -> None:
    report = load("sightings", PLAIN + ONE + row.format(label) + "\n")
    assert taken(report, 1), (report.refused, told(report))
    assert "line 4: a total, left out" in told(report)


@pytest.mark.parametrize("row", ["Total;;;;;15", ";Total;;;;15", ";;Total;;;15", "Total;15;;;;15"])
def test_a_total_where_two_columns_are_read_as_one(load: Load, row: str) -> None:
    report = load(
        "sightings",
        HEAD + ROW + row + "\n",
        columns=COLUMNS,
        ignore=["Lieu"],
        options=SourceOptions(confirmed=True),
    )
    assert taken(report, 1), (report.refused, told(report))


@pytest.mark.parametrize("label", ["Total", "Gesamtsumme"])
def test_a_total_in_a_column_without_a_name(load: Load, label: str) -> None:
    rows = "".join(f";{row}\n" for row in ONE.splitlines())
    assert taken(load("sightings", f";{PLAIN}{rows}{label};;;;17;\n"), 1)


def test_a_total_beside_the_columns_of_a_mapping(load: Load) -> None:
    mapping = ColumnMapping(
        columns={name: (name.upper(),) for name in ("observed_at", "lon", "lat", "headcount")},
        rest=True,
    )
    rows = "".join(f"Nord;{row}\n" for row in ONE.splitlines())
    text = f"BUREAU;{PLAIN.upper()}{rows}Sous-total;;;;17;\n"
    assert taken(load("sightings", text, mapping=mapping), 1)


def test_a_total_of_each_day_has_a_time_and_no_place(load: Load) -> None:
    text = PLAIN + ONE + "2022-10-05;;;17;Total\n2022-10-06;;;0;Somme :\n"
    assert taken(load("sightings", text), 2)


def test_a_total_of_closures(load: Load) -> None:
    text = "site;closed_from;closed_until\nforceval;2022-10-05;2022-11-05\nTotal;2;\n"
    report = load("closures", text)
    assert (report.added, report.left_out, report.refused_total) == (1, 1, 0), report.refused


@pytest.mark.parametrize("unit", ["Total Energies", "Sommeil", "Ensemble Nord", "Summer"])
def test_what_only_sounds_like_a_total_is_a_row(load: Load, unit: str) -> None:
    """A row with a time is its own; without a place it is at fault, not silently left out."""
    placed = load("sightings", PLAIN + ONE + f"2022-10-06T09:00;2.37;48.88;4;{unit}\n")
    assert (placed.added, placed.left_out) == (3, 0)
    lost = load("sightings", PLAIN + ONE + f"2022-10-06T09:30;;;4;{unit}\n")
    assert (lost.refused_total, lost.left_out) == (1, 0)
