from __future__ import annotations

import uuid

import pyarrow as pa

from geosites.validation.records.row_ids import NAMESPACE, canonical, identify, named, repeated

FIRST = uuid.UUID("b253d992-8750-5738-a088-28cfd3ccca3a")


def test_the_namespace_is_that_of_the_name() -> None:
    assert uuid.uuid5(uuid.NAMESPACE_DNS, "geosites") == NAMESPACE


def test_ids_are_those_of_uuid5() -> None:
    texts = ["", "sighting", "arrêté n° 2022-1"]
    assert named(pa.array(texts)).to_pylist() == [str(uuid.uuid5(NAMESPACE, t)) for t in texts]


def test_given_ids_stay_and_the_others_are_made() -> None:
    ids = identify(pa.array([str(FIRST), None]), lambda: pa.array(["a", "b"]))
    assert ids.to_pylist() == [str(FIRST), str(uuid.uuid5(NAMESPACE, "b"))]


def test_a_repeated_row_gets_the_id_of_its_ordinal() -> None:
    assert repeated(FIRST, 0) == FIRST
    assert repeated(FIRST, 1) == uuid.uuid5(FIRST, "1")
    assert repeated(FIRST, 2) != repeated(FIRST, 1)


def test_content_is_whole_numbers_and_separated_text() -> None:
    columns = {
        "at": pa.array([0, 1], pa.timestamp("us", "UTC")),
        "x": pa.array([652000.1239, None]),
        "unit": pa.array(["BAC", None]),
        "verified": pa.array([True, None]),
    }
    assert canonical("sighting", columns).to_pylist() == [
        "sighting\x1f0\x1f652000124\x1fBAC\x1ftrue",
        "sighting\x1f1\x1f\x1f\x1f",
    ]
