"""Records are valid by construction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid

import pytest
import shapely

from geosites.core import care_records, closure_acts, records
from geosites.core.care_records import CarePlace
from geosites.core.closure_acts import ClosureAct
from geosites.core.errors import Refused
from geosites.core.records import Closure, Operation, OperationKind, Sighting

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HERE = shapely.Point(653_000, 6_866_000)


def test_heads_are_never_negative() -> None:
    with pytest.raises(Refused, match="-1"):
        Sighting(id=uuid.uuid4(), observed_at=NOW, point=HERE, headcount=-1, territory="75119")


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises(Refused, match="offset"):
        Sighting(
            id=uuid.uuid4(),
            observed_at=NOW.replace(tzinfo=None),
            point=HERE,
            headcount=1,
            territory="75119",
        )


def test_ends_come_after_starts() -> None:
    with pytest.raises(Refused, match="after it starts"):
        Operation(
            id=uuid.uuid4(),
            started_at=NOW,
            ended_at=NOW,
            kind=OperationKind.PRESENCE,
            area=HERE.buffer(10),
        )
    with pytest.raises(Refused, match="after it starts"):
        Closure(id=uuid.uuid4(), site="forceval", closed_from=NOW, closed_until=NOW)


def test_no_record_has_a_field_for_a_person() -> None:
    words = re.compile(r"person|forename|surname|birth|phone|mail|plate|nir|photo|note$|comment")
    modules = (records, closure_acts, care_records)
    named = [kind for module in modules for kind in vars(module).values()]
    kinds = {kind for kind in named if dataclasses.is_dataclass(kind)}
    fields = {f"{k.__name__}.{field.name}" for k in kinds for field in dataclasses.fields(k)}
    assert {Sighting, ClosureAct, CarePlace} <= kinds
    assert {name for name in fields if words.search(name.split(".")[1])} == {"CarePlace.note"}
