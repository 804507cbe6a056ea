from __future__ import annotations

import datetime as dt
import gzip
import random
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from geosites.core.errors import Refused, RowsRefused
from geosites.core.records import TimePrecision
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings
from geosites.db.schema.sightings import sighting as sighting_table
from geosites.imports import ImportReport
from geosites.imports.import_progress import ImportProgress
from geosites.validation import Context, SightingIn, WatchedTerritories
from geosites.validation.records.row_ids import repeated

Load = Callable[..., ImportReport]
Held = Callable[[str], int]

HEADER = "observed_at,lon,lat,headcount\n"
ROW = "2023-07-13T14:30+02:00,2.3605,48.8842,3\n"
OPERATION = "started_at,ended_at,kind,lon,lat,radius_m\n"
CLOSURE = "site,closed_from,closed_until,legal_ref\n"


def refused(load: Load, held: Held, kind: str, content: str | bytes, **options: object) -> str:
    """Import what must be refused as a file; return why. Nothing of it may be there."""
    before = held(kind)
    with pytest.raises(Refused) as caught:
        load(kind, content, **options)
    assert held(kind) == before
    return str(caught.value)


def bad_row(
    load: Load, held: Held, kind: str, content: str, **options: object
) -> tuple[object, ...]:
    """Import a file with one bad row; return its line, column, value and reason."""
    before = held(kind)
    report = load(kind, content, **options)
    assert (report.refused_total, report.added, report.already_there) == (1, 0, 0)
    assert held(kind) == before
    bad = report.refused[0]
    return bad.line, bad.column, bad.value, bad.reason


def test_a_file_is_added_whole(load: Load, held: Held) -> None:
    report = load("sightings", HEADER + ROW + "2023-07-14,2.3913,48.8995,0\n")
    assert (report.rows, report.added, report.already_there) == (2, 2, 0)
    assert (report.refused, report.refused_total) == ((), 0)
    assert held("sightings") == 2


def test_the_report_is_the_document_of_the_contract(load: Load) -> None:
    document = load("sightings", HEADER + ROW).document()
    assert {name: document[name] for name in document if name != "seconds"} == {
        "file": "file.csv",
        "rows": 1,
        "added": 1,
        "already_there": 0,
        "refused": [],
        "refused_total": 0,
        "warnings": [],
        "dry_run": False,
        "exercise": False,
        "oldest": dt.datetime(2023, 7, 13, 12, 30, tzinfo=dt.UTC),
        "left_out": 0,
        "blank": 0,
        "at_site": 0,
        "recognised": {
            "format": "csv",
            "encoding": "utf-8",
            "delimiter": ",",
            "zone": "Europe/Paris",
            "times": {},
            "decimal_comma": False,
        },
        "doubtful": [],
        "doubtful_total": 0,
        "to_confirm": [],
    }
    assert document["seconds"] >= 0


def test_a_row_is_stored_as_the_api_would_store_it(load: Load, conn: sa.Connection) -> None:
    names = (
        "id,observed_at,lon,lat,headcount,accuracy_m,duration_min,"
        "origin,activity,site,verified,unit"
    )
    values = (
        "8e1913b8-b5cf-4806-8dd1-58f990e447ad,2023-07-13T14:30,2.3605,48.8842,3,"
        "12.5,20,call,dealing,forceval,true,BAC 19"
    )
    load("sightings", f"{names}\n{values}\n")
    context = Context(
        now=dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
        ground=WatchedTerritories.of(territories.frame(conn)),
        sites=sites.slugs(conn),
    )
    row = dict(zip(names.split(","), values.split(","), strict=True))
    record = SightingIn(**row).to_record(context)
    assert sightings.get(conn, record.id) == record
    assert sightings.add(conn, record) is False


def test_the_same_file_twice_adds_nothing(load: Load, held: Held) -> None:
    content = HEADER + ROW + ROW + "2023-07-14,2.3913,48.8995,0\n"
    assert load("sightings", content).added == 3
    again = load("sightings", content)
    assert (again.added, again.already_there, held("sightings")) == (0, 3, 3)


def test_real_duplicates_are_kept_with_ids_of_their_own(load: Load, conn: sa.Connection) -> None:
    assert load("sightings", HEADER + ROW * 3).added == 3
    ids = set(conn.execute(sa.select(sighting_table.c.id)).scalars())
    first = next(one for one in ids if repeated(one, 1) in ids)
    assert ids == {repeated(first, ordinal) for ordinal in range(3)}


def test_a_longer_file_adds_only_what_is_new(load: Load) -> None:
    load("sightings", HEADER + ROW)
    report = load("sightings", HEADER + ROW + ROW + "2023-07-14,2.3913,48.8995,0\n")
    assert (report.added, report.already_there) == (2, 1)


def test_the_order_of_rows_and_columns_does_not_matter(load: Load) -> None:
    load("sightings", HEADER + ROW + "2023-07-14,2.3913,48.8995,0\n")
    turned = "headcount;lat;lon;observed_at\n0;48.8995;2.3913;2023-07-14\n"
    assert load("sightings", turned + "3;48.8842;2.3605;2023-07-13 12:30Z\n").already_there == 2


def test_a_visit_is_the_sighting_of_nobody(load: Load, held: Held) -> None:
    assert load("visits", "observed_at,lon,lat\n2023-07-14,2.3913,48.8995\n").added == 1
    same = load("sightings", HEADER + "2023-07-14,2.3913,48.8995,0\n")
    assert same.already_there == 1
    assert bad_row(load, held, "visits", HEADER + ROW)[1:] == (
        "headcount",
        "3",
        "a visit that saw people is imported as a sighting",
    )


def test_a_dry_run_says_what_would_happen_and_writes_nothing(load: Load, held: Held) -> None:
    load("sightings", HEADER + ROW)
    report = load("sightings", HEADER + ROW + ROW, dry_run=True)
    assert (report.added, report.already_there, report.dry_run) == (1, 1, True)
    assert held("sightings") == 1


def test_columns_are_renamed_given_and_ignored(load: Load, conn: sa.Connection) -> None:
    content = "ts,lon,lat,cat\n2023-07-14,2.3913,48.8995,x\n"
    options = {"columns": {"observed_at": "ts"}, "constants": {"headcount": "1"}, "ignore": ["cat"]}
    assert load("sightings", content, **options).added == 1
    row = conn.execute(sa.select(sighting_table)).one()
    assert (row.headcount, row.time_precision) == (1, TimePrecision.DAY)
    assert row.observed_at == dt.datetime(2023, 7, 13, 22, 0, tzinfo=dt.UTC)


def test_progress_tells_the_bytes_read(load: Load) -> None:
    told: list[ImportProgress] = []
    content = HEADER + ROW
    load("sightings", content, progress=told.append)
    assert max(one.bytes_read for one in told) == len(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("observed_at,lon,lat\n2023-07-13,2.36,48.88\n", "missing column 'headcount'"),
        ("observed_at,lon,lat,headcount,colour\n", "column 'colour' is unknown"),
        ("", "the file is empty"),
        ("\n\r\n", "the file is empty"),
        (HEADER, "a header and no row"),
        (HEADER.encode() + b"2023-07-13,2.36,48.88,1\n" + b"\xe9t\xe9", "line 3 is not UTF-8"),
        (HEADER.encode("utf-16"), "a header and no row"),
        (gzip.compress((HEADER + ROW).encode(), mtime=0)[:-9], "not a whole gzip file"),
        (gzip.compress(b"", mtime=0)[:3] + b"nonsense", "not a whole gzip file"),
        (gzip.compress(random.Random(1).randbytes(3_000_000), 1, mtime=0)[:-9], "not a whole gzip"),
        (b"\x1f\x8b", "not a whole gzip file"),
        (HEADER + '"2023-07-13,2.36,48.88,1\n', "quotation mark is never closed"),
        ("observed_at,,lat\n1,2,3\n", "column 2 of the header has no name"),
    ],
    ids=range(13),
)
def test_a_file_that_cannot_be_read_is_refused(
    load: Load, held: Held, content: str | bytes, why: str
) -> None:
    assert why in refused(load, held, "sightings", content)


@pytest.mark.parametrize(
    ("row", "column", "value", "why"),
    [
        ("13/07/2023,2.36,48.88,1", "observed_at", "13/07/2023", "ISO 8601"),
        ("2027-07-13,2.36,48.88,1", "observed_at", "2027-07-13", "in the future"),
        ("2022-10-30T02:30,2.36,48.88,1", "observed_at", "2022-10-30T02:30", "+02:00 or 2022"),
        ("2023-03-26T02:30,2.36,48.88,1", "observed_at", "2023-03-26T02:30", "01:30+01:00 or"),
        (",2.36,48.88,1", "observed_at", "", "is missing"),
        ("2023-07-13,48.88,2.36,1", "lon", "48.88", "swapped"),
        ("2023-07-13,652451.1,6862305.6,1", "lon", "652451.1", "is in metres"),
        ("2023-07-13,5.37,43.3,1", "lon", "5.37", "outside every territory"),
        ("2023-07-13,NaN,48.88,1", "lon", "NaN", "not a number"),
        ("2023-07-13,2.36,48.88,-1", "headcount", "-1", "cannot be negative"),
        ("2023-07-13,2.36,48.88,2.5", "headcount", "2.5", "not a whole number"),
        ("2023-07-13,2.36,48.88", "", "2023-07-13,2.36,48.88", "has 3 values for 4 columns"),
        ("2023-07-13,2.36,48.88,1,1", "", "2023-07-13,2.36,48.88,1,1", "has 5 values"),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_its_file_is_written(
    load: Load, held: Held, row: str, column: str, value: str, why: str
) -> None:
    line, *rest = bad_row(load, held, "sightings", f"{HEADER}{ROW}{row}\n{ROW}")
    assert (line, rest[0], rest[1]) == (3, column, value)
    assert why in str(rest[2])


def test_an_unknown_site_is_named_with_near_ones(load: Load, held: Held) -> None:
    content = f"site,{HEADER}forcevall,{ROW}"
    _, column, value, why = bad_row(load, held, "sightings", content)
    assert (column, value) == ("site", "forcevall")
    assert "did you mean forceval" in str(why)


def test_every_bad_row_is_counted_and_the_first_hundred_are_kept(load: Load) -> None:
    bad = "2023-07-13,2.36,48.88,-1\n"
    report = load("sightings", HEADER + (ROW + bad) * 9_000)
    assert (report.rows, report.refused_total, report.added) == (18_000, 9_000, 0)
    assert [row.line for row in report.refused] == list(range(3, 203, 2))
    with pytest.raises(RowsRefused, match="rows refused: 9000"):
        report.require_accepted()


def test_a_file_over_the_limit_is_refused(load: Load, held: Held) -> None:
    why = refused(load, held, "sightings", HEADER + ROW * 100, limit_bytes=2000)
    assert why == "the file holds more than 0.002 MB"


def test_a_gzip_that_unpacks_over_the_limit_is_refused_as_it_is_read(
    load: Load, held: Held
) -> None:
    bomb = gzip.compress((HEADER + ROW * 500_000).encode())
    told: list[ImportProgress] = []
    options = {"limit_bytes": 2_000_000, "progress": told.append}
    assert len(bomb) < 100_000
    assert "more than 2 MB" in refused(load, held, "sightings", bomb, **options)
    assert max(one.bytes_read for one in told) <= 2_000_000


def test_an_id_given_twice_with_other_content_is_refused(load: Load, held: Held) -> None:
    name = "8e1913b8-b5cf-4806-8dd1-58f990e447ad"
    other = ROW.replace(",3", ",4")
    twice = f"id,{HEADER}{name},{ROW}{name},{other}"
    assert bad_row(load, held, "sightings", twice) == (
        3,
        "id",
        name,
        "is the id of line 2, which says something else",
    )


def test_an_id_given_twice_with_the_same_content_counts_once(load: Load, held: Held) -> None:
    name = "8e1913b8-b5cf-4806-8dd1-58f990e447ad"
    report = load("sightings", f"id,{HEADER}{name},{ROW}{name},{ROW}")
    assert (report.added, report.already_there, held("sightings")) == (1, 1, 1)


def test_an_id_recorded_with_other_content_is_refused(load: Load, held: Held) -> None:
    name = "8e1913b8-b5cf-4806-8dd1-58f990e447ad"
    load("sightings", f"id,{HEADER}{name},{ROW}")
    other = ROW.replace("14:30", "14:31")
    assert bad_row(load, held, "sightings", f"id,{HEADER}{name},{other}") == (
        2,
        "id",
        name,
        "is recorded already, with other content",
    )


def test_a_row_corrected_since_is_not_added_again(
    load: Load, held: Held, conn: sa.Connection
) -> None:
    load("sightings", HEADER + ROW)
    identifier = conn.execute(sa.select(sighting_table.c.id)).scalar_one()
    wrong = sightings.get(conn, identifier)
    corrected = type(wrong)(**{**vars(wrong), "headcount": 5})
    sightings.correct(conn, corrected, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert load("sightings", HEADER + ROW).already_there == 1
    assert sightings.get(conn, identifier).headcount == 5


def test_an_operation_with_a_turned_ring_is_repaired_with_a_warning(load: Load) -> None:
    wkt = '"POLYGON((2.38 48.88,2.38 48.89,2.39 48.89,2.39 48.88,2.38 48.88))"'
    content = f"started_at,ended_at,kind,wkt\n2022-10-05T06:00,2022-10-05T09:00,dispersal,{wkt}\n"
    report = load("operations", content)
    assert report.added == 1
    assert report.warnings == ("line 2: wkt had a ring in the wrong order; repaired",)
    assert load("operations", content).already_there == 1


def test_a_polygon_that_crosses_itself_is_refused_with_where(load: Load, held: Held) -> None:
    wkt = '"POLYGON((2.38 48.88,2.39 48.89,2.39 48.88,2.38 48.89,2.38 48.88))"'
    content = f"started_at,ended_at,kind,wkt\n2022-10-05T06:00,2022-10-05T09:00,dispersal,{wkt}\n"
    _, column, _, why = bad_row(load, held, "operations", content)
    assert column == "wkt"
    assert "Self-intersection[2.385" in str(why)


def test_an_operation_is_added_once(load: Load, held: Held) -> None:
    content = OPERATION + "2022-10-05T06:00,2022-10-05T09:00,evacuation,2.39,48.9,120\n"
    assert [load("operations", content).added for _ in range(2)] == [1, 0]
    assert held("operations") == 1


def test_a_closure_that_ends_before_it_starts_is_refused(load: Load, held: Held) -> None:
    content = CLOSURE + "forceval,2022-10-05,2022-10-04,\n"
    assert bad_row(load, held, "closures", content)[1:] == (
        "closed_until",
        "2022-10-04",
        "is not after closed_from",
    )


def test_a_closure_that_overlaps_another_of_the_file_is_refused(load: Load, held: Held) -> None:
    content = CLOSURE + "forceval,2022-10-05,,a\nstalingrad,2022-10-06,,b\nforceval,2022-11-05,,c\n"
    assert bad_row(load, held, "closures", content) == (
        4,
        "closed_from",
        "2022-11-05T00:00+01:00",
        "this closure overlaps the one of line 2",
    )


def test_a_closure_that_overlaps_one_recorded_is_refused(load: Load, held: Held) -> None:
    load("closures", CLOSURE + "forceval,2022-10-05,2022-12-05,a\n")
    _, _, _, why = bad_row(load, held, "closures", CLOSURE + "forceval,2022-11-05,,b\n")
    assert "recorded from 2022-10-05T00:00+02:00 until 2022-12-05T00:00+01:00" in str(why)


def test_closures_that_follow_each_other_are_added_once(load: Load) -> None:
    content = CLOSURE + "forceval,2022-10-05,2022-11-05,a\nforceval,2022-11-05,,b\n"
    assert [load("closures", content).added for _ in range(2)] == [2, 0]


def test_rows_of_an_exercise_mark_an_empty_store(load: Load, conn: sa.Connection) -> None:
    report = load("sightings", f"exercise,{HEADER}true,{ROW}")
    assert report.exercise
    assert store_flags.is_exercise(conn)


def test_rows_of_an_exercise_do_not_join_real_ones(load: Load, held: Held) -> None:
    load("sightings", HEADER + ROW)
    why = refused(load, held, "sightings", f"exercise,{HEADER}true,{ROW.replace(',3', ',4')}")
    assert why == "the file is marked as an exercise, and the store holds real sightings"


def test_a_store_without_territories_takes_no_file(load: Load, conn: sa.Connection) -> None:
    conn.execute(sa.text("SET LOCAL geosites.retention = 'on'"))
    conn.execute(sa.text("DELETE FROM site"))
    conn.execute(sa.text("DELETE FROM territory"))
    with pytest.raises(Refused, match="no territories"):
        load("sightings", HEADER + ROW)


def test_a_file_that_is_not_there_or_not_known_is_refused(load: Load, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no file"):
        load("sightings", tmp_path / f"{uuid.uuid4()}.csv")
    with pytest.raises(Refused, match=r"ends in none of \.csv"):
        load("sightings", HEADER + ROW, name="file.doc")
