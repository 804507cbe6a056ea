"""Times, counts and numbers of rows as people and their programs write them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geosites.core import city
from geosites.core.errors import Refused
from geosites.db.schema.sightings import sighting
from geosites.imports.importing import ToConfirm
from geosites.imports.mapping import ColumnMapping
from geosites.imports.source_options import SourceOptions
from geosites.imports.time_format_candidates import form_of
from geosites.validation.date_times.months import month_number
from geosites.validation.table_columns.text_columns import Block, Faults
from geosites.validation.value_rules import number as read
from imports.conftest import Load

CONFIRMED = SourceOptions(confirmed=True)
TOP = "observed_at;lon;lat;headcount\n"


def stored(conn: sa.Connection) -> list[tuple[str, str, int]]:
    found = conn.execute(
        sa.select(sighting.c.observed_at, sighting.c.time_precision, sighting.c.headcount).order_by(
            sighting.c.observed_at
        )
    )
    return [(at.astimezone(city.zone()).isoformat()[:16], kind, heads) for at, kind, heads in found]


def at(*times: str) -> str:
    return TOP + "".join(f"{time};2.37;48.885;3\n" for time in times)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2023-07-13T24:00", "2023-07-14T00:00"),
        ("2023-07-13 24:00:00+02:00", "2023-07-14T00:00"),
        ("2023-12-31T24:00Z", "2024-01-01T01:00"),
        ("31/12/2023 24:00", "2024-01-01T00:00"),
        ("28/02/2024 24h00", "2024-02-29T00:00"),
        ("2023-07-13 noon", "2023-07-13T12:00"),
        ("13/07/2023 midi", "2023-07-13T12:00"),
        ("13/07/2023 à midi", "2023-07-13T12:00"),
        ("13. Juli 2023 mittags", "2023-07-13T12:00"),
        ("13. Juli 2023 14:30", "2023-07-13T14:30"),
        ("13 juli 2023 14:30", "2023-07-13T14:30"),
        ("13 de julio de 2023 14:30", "2023-07-13T14:30"),
        ("13 luglio 2023 14:30", "2023-07-13T14:30"),
        ("7 mrt. 2023 8h05", "2023-03-07T08:05"),
    ],
)
def test_a_time_as_people_write_it(load: Load, conn: sa.Connection, text: str, found: str) -> None:
    assert load("sightings", at(text), options=CONFIRMED).added == 1
    assert stored(conn) == [(found, "instant", 3)]


@pytest.mark.parametrize("text", ["2023-07-13T24:01", "2023-07-13T24:00:00.5", "2023-07-13T25:00"])
def test_no_hour_is_later_than_the_end_of_its_day(load: Load, text: str) -> None:
    (bad,) = load("sightings", at(text)).refused
    assert bad.reason == "is not a day or time of the calendar"


def test_midnight_in_words_is_to_be_confirmed(load: Load, conn: sa.Connection) -> None:
    content = at("13/07/2023 minuit", "14/07/2023 18h00")
    with pytest.raises(ToConfirm, match="13/07/2023 minuit is read as 00:00, the beginning"):
        load("sightings", content)
    assert load("sightings", content, options=CONFIRMED).added == 2
    assert stored(conn)[0][:2] == ("2023-07-13T00:00", "instant")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009", "'"])
def test_a_space_between_thousands_is_no_end_of_a_number(
    load: Load, conn: sa.Connection, space: str
) -> None:
    content = TOP + f"2023-07-13T14:30;2.37;48.885;1{space}200\n"
    assert load("sightings", content).added == 1
    assert stored(conn)[0][2] == 1200


@pytest.mark.parametrize("text", ["1 20", "12 34", "1  200", "1200 300", "1 200 "])
def test_other_spaces_are_told(load: Load, text: str) -> None:
    content = TOP + f"2023-07-13T14:30;2.37;48.885;{text}\n"
    report = load("sightings", content)
    assert report.refused_total == (text.strip() != "1 200")


@given(st.integers(0, 10**9), st.sampled_from(" \u00a0\u202f\u2009'"))
def test_groups_of_three_say_the_number(number: int, space: str) -> None:
    text = f"{number:,}".replace(",", space)
    block = Block({"headcount": pa.array([text])}, np.array([2]))
    faults = Faults(block)
    assert read(block, faults, "headcount", whole=True).tolist() == [number]
    assert not faults.total


MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_have_names(language: str) -> None:
    names = MONTHS[language].split()
    assert [month_number(name) for name in names] == list(range(1, 13))
    for name in names:
        forms = [form_of(f"7 {text} 2023 8:05") for text in (name, name.upper())]
        assert all(form is not None for form in forms)


def test_a_column_of_numbers_is_no_column_of_ids(load: Load) -> None:
    content = "ID;observed_at;lon;lat;headcount\n1;2023-07-13T14:30;2.37;48.885;3\n"
    report = load("sightings", content)
    assert report.added == 1
    assert any(text.startswith("ID holds numbers and no UUIDs") for text in report.warnings)
    assert load("sightings", content.replace("\n1;", "\n7;")).already_there == 1
    with pytest.raises(ToConfirm, match="--ignore ID"):
        load("sightings", content, columns={"id": "ID"})


def test_one_number_among_ids_is_a_fault(load: Load) -> None:
    rows = "".join(
        f"{name};2023-07-13T14:3{n};2.37;48.885;3\n"
        for n, name in enumerate(["6f1c2c0e-6a0f-4f0e-9d5a-0c2f0f4b7a11", "12"])
    )
    (bad,) = load("sightings", "id;observed_at;lon;lat;headcount\n" + rows).refused
    assert (bad.line, bad.reason) == (3, "is not a UUID")


PAGE = """<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<style>td {{ mso-number-format: General; }}</style></head><body>
<table><tr><td colspan=4>Relevé des équipes</td></tr></table>
<table border=1><tr><th>observed_at<th>lon<th>lat<th>headcount<th>unit</tr>
<tr><td rowspan="2">2023-07-13T14:30</td><td>2.37</td><td>48.885</td><td> 3&nbsp;</td><td>équipe
<b>A</b> &amp; B</td></tr>
<tr><td>2.38</td><td>48.886</td><td>4</td><td></td></tr>
</table></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_page_under_the_name_of_a_workbook_is_read(
    load: Load, conn: sa.Connection, charset: str
) -> None:
    report = load("sightings", PAGE.format(charset=charset).encode(charset), "export.xls")
    assert (report.added, report.facts["format"]) == (2, "html")
    assert [row[2] for row in stored(conn)] == [3, 4]
    units = conn.execute(sa.select(sighting.c.unit)).scalars().all()
    assert set(units) == {"équipe A & B", None}


def test_a_second_table_of_a_page_is_not_read_in_silence(load: Load) -> None:
    page = PAGE.format(charset="utf-8").replace("</body>", PAGE[PAGE.index("<table border") :])
    with pytest.raises(Refused, match="several tables"):
        load("sightings", page, "export.xls")


HOSTILE = {
    "tags inside each other": "<table>" + "<tr><td>" * 400_000,
    "a tag without an end": '<table><tr><td class="' + "a" * 5_000_000,
    "a text without an end": "<table><tr><td>" + "a" * 5_000_000,
    "columns without an end": "<table><tr>" + '<td colspan="999">x' * 5_000,
    "a style without an end": "<style>" + "a" * 5_000_000,
    "no table": "<html><body>" + "<p>text</p>" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_without_an_end_is_refused(load: Load, name: str) -> None:
    with pytest.raises(Refused):
        load("sightings", HOSTILE[name], "export.xls")


GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><time>2023-01-01T00:00:00Z</time></metadata>
<wpt lat="48.8975" lon="2.3868"><ele>45</ele><time>2023-07-13T12:30:00Z</time>
<name>Forceval</name><extensions><x><y>1</y></x></extensions></wpt>
<wpt lat="48.8976" lon="2.3869"><time>2023-07-13T12:40:00Z</time></wpt>{more}</gpx>"""
TRACK = '<trk><trkseg><trkpt lat="48.9" lon="2.4"/></trkseg></trk>'


def test_waypoints_are_read(load: Load, conn: sa.Connection) -> None:
    given = {"columns": {"observed_at": "time"}, "constants": {"headcount": "2"}}
    report = load("sightings", GPX.format(more=TRACK), "file.gpx", ignore=["name", "ele"], **given)
    assert report.added == 2
    assert "passed over: tracks and routes (1)" in report.warnings
    assert stored(conn)[0] == ("2023-07-13T14:30", "instant", 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"<gpx>{TRACK}</gpx>", "a track or a route and no waypoints"),
        ("<gpx/>", "no features"),
        ("<kml/>", "is not GPX"),
        ("<gpx><wpt lat='x' lon='2'/></gpx>", "feature 1: its coordinates"),
        ("<gpx>" + "<a>" * 200, "is not GPX"),
        ("<gpx>" + "<wpt lat='48' lon='2'/>" * 100_001 + "</gpx>", "more than 100000 objects"),
        ("<gpx>" + TRACK[:13] + "<trkpt/>" * 150_001, "tracks of more than 150000 points"),
        ("<gpx>" + "<a/>" * 200_000 + "</gpx>", "goes on for long"),
    ],
)
def test_what_holds_no_waypoints_is_told(load: Load, text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        load("sightings", text, "file.gpx")


def test_capital_x_and_y_are_read_where_the_rest_is_passed_over(load: Load) -> None:
    content = "Observed_At;X;Y;Headcount;Note\n2023-07-13T14:30;2.37;48.885;3;a\n"
    mapping = ColumnMapping(rest=True)
    assert load("sightings", content, mapping=mapping).added == 1
