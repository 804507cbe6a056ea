"""Files of nine cities, in the shapes their portals describe: each by one mapping, on its clocks.

The rows are made up; columns, notations and oddities are those of the public descriptions.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from geosites.db.schema.sightings import sighting
from geosites.imports import saved_mappings
from geosites.imports.mapping import ColumnMapping
from imports.conftest import Load

LON, LAT = "2.3605", "48.8842"
"""The rows of every city lie in Paris, whose territories the store of the tests has."""


class City(NamedTuple):
    """A file of a city: its name and content, its mapping, its clocks, and the times it tells."""

    name: str
    content: str
    mapping: dict[str, object]
    zone: str
    times: list[str]
    left_out: int = 0


def table(*rows: list[object], delimiter: str = ",") -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def epoch_ms(clock: str, zone: str) -> int:
    return int(dt.datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


PACIFIC, EASTERN, CENTRAL = "America/Los_Angeles", "America/New_York", "America/Chicago"
ONE = {"headcount": "1"}

CITIES = {
    "tacoma-clean-ups": City(
        "cleanups.json",
        json.dumps(
            {
                "spatialReference": {"wkid": 4326},
                "features": [
                    {
                        "attributes": {
                            "OBJECTID": 1,
                            "CreatedDate": epoch_ms(at, PACIFIC),
                            "Tons": 1.5,
                        },
                        "geometry": {"x": float(LON), "y": float(LAT)},
                    }
                    for at in ("2023-07-13T08:05", "2023-12-01T16:30")
                ],
            }
        ),
        {
            "columns": {"observed_at": ["CreatedDate"]},
            "constants": ONE,
            "rest": True,
            "zone": PACIFIC,
        },
        PACIFIC,
        ["2023-07-13T08:05", "2023-12-01T16:30"],
    ),
    "boston-311": City(
        "311.csv",
        table(
            ["case_enquiry_id", "open_dt", "type", "latitude", "longitude", "submitted_photo"],
            [1, "2023-07-13 14:30:00", "Needle Pickup", LAT, LON, ""],
            [2, "2023-07-13 15:30:00", "Graffiti Removal", LAT, LON, ""],
            [3, "2023-01-02 00:05:09", "Needle Pickup", LAT, LON, "https://x"],
        ),
        {
            "columns": {"observed_at": ["open_dt"], "lon": ["longitude"], "lat": ["latitude"]},
            "constants": {**ONE, "origin": "call"},
            "where": "type = Needle Pickup",
            "rest": True,
            "zone": EASTERN,
        },
        EASTERN,
        ["2023-07-13T14:30", "2023-01-02T00:05"],
        left_out=1,
    ),
    "chicago-crimes": City(
        "crimes.csv",
        table(
            ["ID", "Date", "Primary Type", "Latitude", "Longitude", "Location"],
            [1, "07/13/2023 02:30:00 PM", "NARCOTICS", LAT, LON, f"({LAT}, {LON})"],
            [2, "12/01/2023 12:05:00 AM", "NARCOTICS", LAT, LON, f"({LAT}, {LON})"],
            [3, "12/02/2023 12:00:00 PM", "NARCOTICS", "", "", ""],
        ),
        {
            "columns": {"observed_at": ["Date"], "lon": ["Longitude"], "lat": ["Latitude"]},
            "constants": ONE,
            "rest": True,
            "zone": CENTRAL,
            "times": {"": ["%m/%d/%Y %I:%M:%S %p"]},
            "where": "Latitude is not empty",
        },
        CENTRAL,
        ["2023-07-13T14:30", "2023-12-01T00:05"],
        left_out=1,
    ),
    "london-months": City(
        "2023-07-metropolitan-street.csv",
        table(
            ["Crime ID", "Month", "Reported by", "Longitude", "Latitude", "Crime type", "Context"],
            ["a1", "2023-07", "Metropolitan Police Service", LON, LAT, "Drugs", ""],
            ["", "2023-08", "Metropolitan Police Service", LON, LAT, "Drugs", ""],
        ),
        {
            "columns": {"observed_at": ["Month"], "lon": ["Longitude"], "lat": ["Latitude"]},
            "constants": ONE,
            "rest": True,
            "zone": "Europe/London",
            "times": {"observed_at": ["%Y-%m"]},
        },
        "Europe/London",
        ["2023-07-01T00:00", "2023-08-01T00:00"],
    ),
    "dc-dots": City(
        "dc.csv",
        table(
            ["REPORT_DAT", "SHIFT", "X", "Y", "OFFENSE"],
            ["13.07.2023 14:30", "DAY", LON, LAT, "x"],
            ["05.10.2023 09:05", "DAY", LON, LAT, "x"],
            delimiter=";",
        ),
        {
            "columns": {"observed_at": ["REPORT_DAT"], "lon": ["X"], "lat": ["Y"]},
            "constants": ONE,
            "rest": True,
            "zone": EASTERN,
            "times": {"": ["dd.mm.yyyy HH:mm"]},
        },
        EASTERN,
        ["2023-07-13T14:30", "2023-10-05T09:05"],
    ),
    "philadelphia-apart": City(
        "incidents.csv",
        table(
            ["objectid", "dispatch_date", "dispatch_time", "lng", "lat"],
            [1, "2023-07-13", "14:30:00", LON, LAT],
            [2, "2023-12-01", "00:05:00", LON, LAT],
        ),
        {
            "columns": {"observed_at": ["dispatch_date+dispatch_time"], "lon": ["lng"]},
            "constants": ONE,
            "rest": True,
            "zone": EASTERN,
        },
        EASTERN,
        ["2023-07-13T14:30", "2023-12-01T00:05"],
    ),
    "vancouver-five": City(
        "crimedata.csv",
        table(
            ["TYPE", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "LON", "LAT"],
            ["Mischief", 2023, 7, 13, 14, 30, LON, LAT],
            ["Mischief", 2023, 12, 1, 0, 5, LON, LAT],
        ),
        {
            "columns": {
                "observed_at": ["YEAR+MONTH+DAY+HOUR+MINUTE"],
                "lon": ["LON"],
                "lat": ["LAT"],
            },
            "constants": ONE,
            "rest": True,
            "zone": "America/Vancouver",
        },
        "America/Vancouver",
        ["2023-07-13T14:30", "2023-12-01T00:05"],
    ),
    "accidents-en-france": City(
        "caracteristiques.csv",
        table(
            ["Num_Acc", "jour", "mois", "an", "hrmn", "lat", "long"],
            [
                "202300000001",
                "13",
                "7",
                "2023",
                "14:30",
                LAT.replace(".", ","),
                LON.replace(".", ","),
            ],
            [
                "202300000002",
                "1",
                "12",
                "2023",
                "0:05",
                LAT.replace(".", ","),
                LON.replace(".", ","),
            ],
            delimiter=";",
        ),
        {
            "columns": {"observed_at": ["an+mois+jour+hrmn"], "lon": ["long"]},
            "constants": ONE,
            "rest": True,
            "zone": "Europe/Paris",
            "decimal_comma": True,
        },
        "Europe/Paris",
        ["2023-07-13T14:30", "2023-12-01T00:05"],
    ),
    "accidents-before-2019": City(
        "caracteristiques_2016.csv",
        table(
            ["Num_Acc", "an", "mois", "jour", "hrmn", "lat", "long"],
            ["201600000001", "16", "7", "13", "1430", "4888420", "236050"],
            ["201600000002", "16", "12", "1", "5", "4888420", "236050"],
        ),
        {
            "columns": {"observed_at": ["an+mois+jour+hrmn"], "lon": ["long"]},
            "constants": ONE,
            "rest": True,
            "zone": "Europe/Paris",
            "times": {"observed_at": ["%y %m %d %H%M"]},
            "factors": {"lon": 0.00001, "lat": 0.00001},
        },
        "Europe/Paris",
        ["2016-07-13T14:30", "2016-12-01T00:05"],
    ),
    "haute-garonne": City(
        "signalements.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
                "features": [
                    {
                        "type": "Feature",
                        "geometry": {"type": "Point", "coordinates": [653102.9, 6865125.2]},
                        "properties": {"date_obs": text, "x": 1.2, "y": 3.4, "nb": nb, "obs": None},
                    }
                    for text, nb in (("13/07/2023 14h30", 3), ("25/12/2023 00h05", 1))
                ],
            }
        ),
        {
            "columns": {"observed_at": ["date_obs"], "headcount": ["nb"]},
            "ignore": ["x", "y"],
            "rest": True,
            "zone": "Europe/Paris",
        },
        "Europe/Paris",
        ["2023-07-13T14:30", "2023-12-25T00:05"],
    ),
}


@pytest.mark.parametrize("city", CITIES)
def test_a_file_of_a_city_comes_in_by_its_mapping(
    load: Load, conn: sa.Connection, held: Callable[[str], int], city: str
) -> None:
    name, content, about, zone, times, left_out = CITIES[city]
    saved_mappings.save(conn, city, ColumnMapping.parse(json.dumps(about), city))
    report = load("sightings", content, name, mapping=saved_mappings.get(conn, city))
    assert (report.added, report.refused, report.left_out) == (len(times), (), left_out)
    assert report.zone == zone
    found = conn.execute(sa.select(sighting.c.observed_at)).scalars()
    shown = sorted(at.astimezone(ZoneInfo(zone)).isoformat()[:16] for at in found)
    assert shown == sorted(times)
    assert load("sightings", content, name, mapping=saved_mappings.get(conn, city)).added == 0


def test_a_two_digit_year_before_the_month_is_to_be_confirmed(load: Load) -> None:
    text = f"an;mois;jour;hrmn;lat;lon\n16;7;13;1430;{LAT};{LON}\n"
    options = {
        "columns": {"observed_at": "an+mois+jour+hrmn"},
        "constants": {"headcount": "1"},
        "dry_run": True,
    }
    report = load("sightings", text, **options)
    assert [item.option for item in report.to_confirm] == ["--time 'observed_at=%y %m %d %H%M'"]


def test_a_hundred_thousand_accidents_come_in_by_one_mapping(
    load: Load, conn: sa.Connection
) -> None:
    """Four columns say when; every time is the one written, in summer and in winter."""
    _, _, about, zone, _, _ = CITIES["accidents-en-france"]
    saved_mappings.save(conn, "accidents", ColumnMapping.parse(json.dumps(about), "accidents"))
    first = dt.datetime(2019, 1, 1)
    clocks = [first + dt.timedelta(minutes=31 * number) for number in range(100_000)]
    rows: list[list[object]] = [["Num_Acc", "jour", "mois", "an", "hrmn", "lat", "long"]]
    for number, at in enumerate(clocks):
        hour = at.hour if at.hour != 2 else 12  # clocks are changed in this hour
        place = f"48,88{number % 100:02d}", "2,3605"
        rows.append([number, at.day, at.month, at.year, f"{hour}:{at.minute:02d}", *place])
    content = table(*rows, delimiter=";")
    report = load(
        "sightings", content, "usagers.csv", mapping=saved_mappings.get(conn, "accidents")
    )
    assert (report.rows, report.added, report.refused_total) == (100_000, 100_000, 0)
    local = sa.func.timezone(zone, sighting.c.observed_at)
    found = conn.execute(sa.select(local, sa.func.count()).group_by(local)).all()
    meant = Counter(at if at.hour != 2 else at.replace(hour=12) for at in clocks)
    assert dict(tuple(row) for row in found) == dict(meant)
