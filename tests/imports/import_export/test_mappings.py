"""Files of other systems through mappings: ODK, KoboToolbox, and those that were saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid5

import pytest
import sqlalchemy as sa

from geosites.core.errors import NotFound, Refused
from geosites.db.schema.sightings import sighting
from geosites.imports import ImportReport, saved_mappings
from geosites.imports.mapping import ColumnMapping
from geosites.validation import FileKind

Load = Callable[..., ImportReport]

ONE = "0a4b2ad4-6f5c-4a9e-9d53-0d1fcd6f0001"
TWO = "0a4b2ad4-6f5c-4a9e-9d53-0d1fcd6f0002"

ODK = (
    "SubmissionDate,start,end,deviceid,visit-location-Latitude,visit-location-Longitude,"
    "visit-location-Altitude,visit-location-Accuracy,visit-headcount,visit-verified,"
    "meta-instanceID,KEY,SubmitterID,SubmitterName,AttachmentsPresent,FormVersion\n"
    "2023-07-13T12:40:00.000Z,2023-07-13T14:30:00.000+02:00,2023-07-13T14:35:00.000+02:00,"
    f"collect:x,48.8842,2.3605,40.0,4.5,3,yes,uuid:{ONE},uuid:{ONE},7,A Name,0,1\n"
    "2023-07-13T12:50:00.000Z,2023-07-13T14:40:00.000+02:00,2023-07-13T14:45:00.000+02:00,"
    f"collect:x,48.8995,2.3912,40.0,,0,no,uuid:{TWO},uuid:{TWO},7,A Name,0,1\n"
)
ODK_WHOLE = (
    "SubmissionDate,start,location,headcount,meta/instanceID\n"
    f"x,2023-07-13T14:30:00.000+02:00,48.8842 2.3605 40.0 4.5,3,uuid:{ONE}\n"
)
ODK_ROUND = (
    "SubmissionDate,start,round-origin,meta-instanceID,KEY\n"
    f"x,2023-07-13T14:30:00.000+02:00,survey,uuid:{ONE},uuid:{ONE}\n"
)
ODK_STOPS = (
    "location-Latitude,location-Longitude,location-Altitude,location-Accuracy,headcount,"
    "PARENT_KEY,KEY\n"
    f"48.8842,2.3605,0,5,3,uuid:{ONE},uuid:{ONE}/stops[1]\n"
    f"48.8995,2.3912,0,5,0,uuid:{ONE},uuid:{ONE}/stops[2]\n"
)
KOBO = (
    '"start";"end";"visit/location";"visit/_location_latitude";"visit/_location_longitude";'
    '"visit/_location_altitude";"visit/_location_precision";"visit/headcount";"_id";"_uuid";'
    '"_submission_time";"_submitted_by";"_index"\n'
    '"2023-07-13T14:30:00.000+02:00";"2023-07-13T14:35:00.000+02:00";"48.8842 2.3605 0 4.5";'
    f'"48.8842";"2.3605";"0";"4.5";"3";"901";"{ONE}";"2023-07-13T12:40:00";"someone";"1"\n'
)
KOBO_ROUND = (
    f'"start";"origin";"_uuid";"_index"\n"2023-07-13T14:30:00.000+02:00";"survey";"{ONE}";"1"\n'
)
KOBO_STOPS = (
    '"stops/location";"stops/headcount";"_index";"_parent_table_name";"_parent_index";'
    '"_submission__id";"_submission__uuid"\n'
    f'"48.8842 2.3605 0 0";"3";"1";"round";"1";"901";"{ONE}"\n'
    f'"48.8995 2.3912 0 0";"0";"2";"round";"1";"901";"{ONE}"\n'
)


def stored(conn: sa.Connection) -> list[tuple[object, ...]]:
    columns = (sighting.c[n] for n in ("id", "headcount", "origin", "accuracy_m", "verified"))
    rows = conn.execute(sa.select(*columns).order_by(sighting.c.headcount.desc()))
    return [tuple(row) for row in rows]


@pytest.fixture
def by(load: Load, conn: sa.Connection, tmp_path: Path) -> Load:
    """Return a function that imports sightings through a mapping, with a parent file if any."""

    def go(name: str, text: str, parent: str | None = None, ending: str = "csv") -> ImportReport:
        beside = tmp_path / "parent.csv"
        if parent is not None:
            beside.write_text(parent)
        return load(
            "sightings",
            text,
            f"file.{ending}",
            mapping=saved_mappings.get(conn, name),
            parent=beside if parent is not None else None,
        )

    return go


def test_a_form_of_odk_comes_in(by: Load, conn: sa.Connection) -> None:
    report = by("odk", ODK)
    assert (report.added, report.refused) == (2, ())
    assert stored(conn) == [
        (UUID(ONE), 3, "patrol", 4.5, True),
        (UUID(TWO), 0, "patrol", None, False),
    ]
    assert "SubmitterName" in report.warnings[0]


def test_who_filled_the_form_in_is_not_kept(by: Load, conn: sa.Connection) -> None:
    by("odk", ODK)
    kept = conn.execute(sa.text("SELECT string_agg(s::text, '') FROM sighting AS s")).scalar_one()
    assert "A Name" not in kept
    assert "collect" not in kept


def test_a_place_in_one_text_is_taken_apart(by: Load, conn: sa.Connection) -> None:
    assert by("odk", ODK_WHOLE).added == 1
    assert stored(conn) == [(UUID(ONE), 3, "patrol", 4.5, None)]


def test_what_was_repeated_is_joined_to_its_submission(by: Load, conn: sa.Connection) -> None:
    report = by("odk", ODK_STOPS, ODK_ROUND)
    assert (report.added, report.refused) == (2, ())
    assert stored(conn) == [
        (uuid5(UUID(ONE), "stops[1]"), 3, "survey", 5.0, None),
        (uuid5(UUID(ONE), "stops[2]"), 0, "survey", 5.0, None),
    ]
    assert by("odk", ODK_STOPS, ODK_ROUND).already_there == 2


def test_a_row_without_its_submission_is_refused(by: Load) -> None:
    report = by("odk", ODK_STOPS.replace(f"uuid:{ONE},uuid", f"uuid:{TWO},uuid"), ODK_ROUND)
    assert [(bad.line, bad.column) for bad in report.refused] == [
        (2, "observed_at"),
        (3, "observed_at"),
    ]


def test_a_form_of_kobo_comes_in(by: Load, conn: sa.Connection) -> None:
    report = by("kobo", KOBO)
    assert (report.added, report.refused) == (1, ())
    assert stored(conn) == [(UUID(ONE), 3, "patrol", 4.5, None)]


def test_a_repeat_group_of_kobo_comes_in(by: Load, conn: sa.Connection) -> None:
    assert by("kobo", KOBO_STOPS, KOBO_ROUND).added == 2
    first, second = stored(conn)
    assert (first[0], first[2]) == (uuid5(UUID(ONE), "1"), "survey")
    assert second[0] == uuid5(UUID(ONE), "2")


@pytest.mark.parametrize("name", ["odk", "kobo"])
def test_their_geojson_comes_in(by: Load, conn: sa.Connection, name: str) -> None:
    key = {"odk": "meta-instanceID", "kobo": "_uuid"}[name]
    properties = {key: ONE, "start": "2023-07-13T14:30:00.000+02:00", "headcount": "3", "_id": 901}
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [2.3605, 48.8842, 40.0]},
        "properties": properties,
    }
    text = json.dumps({"type": "FeatureCollection", "name": "form", "features": [feature]})
    assert by(name, text, ending="geojson").added == 1
    assert stored(conn)[0][:2] == (UUID(ONE), 3)


def test_two_places_of_a_form_must_be_told_apart(by: Load) -> None:
    text = ODK.replace("SubmissionDate,start", "home-Latitude,start")
    with pytest.raises(Refused, match="may mean any of"):
        by("odk", text)


def test_what_was_saved_is_used(load: Load, conn: sa.Connection) -> None:
    theirs = ColumnMapping(
        columns={"observed_at": ("jour",), "headcount": ("nb",), "origin": ("source",)},
        constants={"unit": "Mairie du 10e"},
        words={"origin": {"police": "patrol", "riverain": "call"}},
        ignore=("obs",),
    )
    saved_mappings.save(conn, "mairie-10", theirs)
    text = "jour;lon;lat;nb;source;obs\n2023-07-13;2.3605;48.8842;3;Riverain;bruit\n"
    assert load("sightings", text, mapping=saved_mappings.get(conn, "mairie-10")).added == 1
    assert stored(conn)[0][1:3] == (3, "call")
    assert saved_mappings.names(conn) == {"kobo": False, "odk": False, "mairie-10": True}
    saved_mappings.remove(conn, "mairie-10")
    with pytest.raises(NotFound):
        saved_mappings.get(conn, "mairie-10")


def test_a_column_that_no_mapping_names_is_refused(load: Load, conn: sa.Connection) -> None:
    theirs = ColumnMapping(columns={"observed_at": ("jour",)})
    text = "jour,lon,lat,headcount,nom\n2023-07-13,2.3605,48.8842,3,x\n"
    with pytest.raises(Refused, match="does not name: nom"):
        load("sightings", text, mapping=theirs)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "mapping m: "),
        ('{"columns": {"head": ["x"]}}', "did you mean headcount"),
        ('{"colums": {}}', "colums"),
    ],
)
def test_a_mapping_that_cannot_be_read_says_why(text: str, match: str) -> None:
    with pytest.raises(Refused, match=match):
        ColumnMapping.parse(text, "m")


def test_a_parent_needs_a_mapping(load: Load, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="by a mapping"):
        load("sightings", "observed_at,lon,lat,headcount\n", parent=tmp_path / "x.csv")


@pytest.mark.parametrize("name", ["", "A", "a b", "../x"])
def test_a_name_is_plain(conn: sa.Connection, name: str) -> None:
    with pytest.raises(Refused, match="small letters"):
        saved_mappings.save(conn, name, ColumnMapping())


def test_a_column_that_a_mapping_passes_over_is_none_of_ours() -> None:
    header = ["id", "observed_at", "unit"]
    passing = ColumnMapping(ignore=("id", "u*"), columns={"origin": ("unit",)})
    assert passing.positions(FileKind.SIGHTINGS, header) == {"observed_at": 1, "origin": 2}
    assert set(ColumnMapping().positions(FileKind.SIGHTINGS, header)) == set(header)


def test_the_place_of_a_geometry_stays_where_a_field_called_so_is_passed_over() -> None:
    header = ["observed_at", "x", "y", "venue"]
    passing = ColumnMapping(ignore=("x", "y"))
    assert set(passing.positions(FileKind.SIGHTINGS, header)) == {"observed_at", "x", "y"}
    elsewhere = ColumnMapping(ignore=("x", "y"), columns={"site": ("venue",)})
    assert set(elsewhere.positions(FileKind.SIGHTINGS, header)) == {"observed_at", "site"}
