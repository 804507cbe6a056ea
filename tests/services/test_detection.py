"""Double counts through the store: paired, told, corrected, and no duplicates."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.analysis.abundance.crew_detection import Method, NotIdentified
from geosites.analysis.abundance.pairing import CrewCounts, paired
from geosites.core.records import DoubleCount, Origin, Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.reports import duplicates, sightings
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.detection_text import detection_statement, week_sentences
from geosites.services.closure_status.crew_detection import seen_share

HOUR = dt.timedelta(hours=1)
AT = dt.datetime(2022, 10, 3, 8, tzinfo=dt.UTC)
END = AT + dt.timedelta(days=7)
SEPARATE, JOINT = DoubleCount.SEPARATE, DoubleCount.JOINT


def counted(
    heads: int, minutes: float, kind: DoubleCount | None = SEPARATE, x: float = 654000.0
) -> Sighting:
    return Sighting(
        id=uuid.uuid4(),
        observed_at=AT + dt.timedelta(minutes=minutes),
        point=shapely.Point(x, 6865000.0),
        headcount=heads,
        double_count=kind,
        unit="BST" if minutes % 2 else "DSPAP",
        territory="75119",
    )


def scene(number: int, *, joint: bool) -> list[Sighting]:
    start = 120.0 * number
    both = [counted(7, start), counted(7, start + 5, x=654080.0)]
    return [*both, counted(9 + (number % 10 == 0), start + 9, JOINT)] if joint else both


def add(conn: sa.Connection, made: list[Sighting]) -> None:
    for one in made:
        sightings.add(conn, one)


def columns(*rows: tuple[float, float, float, bool]) -> CrewCounts:
    x, minutes, heads, joint = np.array(rows, dtype=np.float64).T
    return CrewCounts(
        xy=np.column_stack([x, np.zeros(len(rows))]),
        at_s=minutes * 60.0,
        heads=heads,
        accuracy_m=np.full(len(rows), np.nan),
        joint=joint == 1.0,
    )


def test_the_nearest_in_time_are_paired_and_none_twice() -> None:
    made = paired(columns((0, 0, 5, False), (0, 20, 6, False), (0, 22, 7, False)))
    assert [made.first.tolist(), made.second.tolist()] == [[6.0], [7.0]]


@pytest.mark.parametrize("other", [(0, 31, 6, False), (151, 5, 6, False)])
def test_what_lies_too_far_apart_is_no_pair(other: tuple[float, float, float, bool]) -> None:
    assert len(paired(columns((0, 0, 5, False), other))) == 0


def test_a_joint_count_goes_with_the_pair_beside_it_once() -> None:
    rows = [(0, 0, 5, False), (0, 1, 6, False), (0, 3, 8, True)]
    far = [(9000, 0, 3, False), (9000, 1, 2, False)]
    made = paired(columns(*rows, *far))
    assert sorted(made.joint.tolist(), key=np.isnan) == pytest.approx([8.0, np.nan], nan_ok=True)


def test_nothing_was_counted_twice(in_exercise: sa.Connection) -> None:
    made = services.detection(in_exercise, END).document()
    assert (made["pairs"], made["reason"], made["seen"]) == (0, "too_few_pairs", None)
    assert seen_share(in_exercise, END) is None
    week = services.hotspots(in_exercise, IsoWeek.containing(AT)).document()
    assert "seen_share" not in week


def test_joint_counts_reach_the_week_and_correct_its_total(in_exercise: sa.Connection) -> None:
    for number in range(30):
        add(in_exercise, scene(number, joint=True))
    made = services.detection(in_exercise, END)
    assert made.estimate.method is Method.DOUBLE_OBSERVER
    assert (made.estimate.pairs, made.estimate.joint) == (30, 30)
    week = services.hotspots(in_exercise, IsoWeek.containing(AT)).document()
    share = week["seen_share"]
    assert share["value"] == pytest.approx(0.7, abs=0.003)
    for language, expected in (
        (Language.ENGLISH, "about 143 people were present"),
        (Language.FRENCH, "environ 143 personnes étaient présentes"),
    ):
        assert expected in week_sentences(Words(language), share, 100.4)[1]


def test_separate_counts_that_agree_to_the_head_say_nothing(in_exercise: sa.Connection) -> None:
    for number in range(30):
        add(in_exercise, scene(number, joint=False))
    made = services.detection(in_exercise, END)
    assert made.estimate.reason is NotIdentified.ALIKE


def test_calls_and_what_is_older_count_for_nothing(in_exercise: sa.Connection) -> None:
    add(in_exercise, scene(1, joint=True))
    call = counted(5, 500)
    add(in_exercise, [Sighting(**{**vars(call), "origin": Origin.CALL}), counted(6, 502)])
    assert services.detection(in_exercise, END).estimate.pairs == 1
    assert services.detection(in_exercise, END + dt.timedelta(weeks=27)).estimate.pairs == 0
    assert services.detection(in_exercise, END, within=("75101",)).estimate.pairs == 0
    assert services.detection(in_exercise, END, within=("75119",)).estimate.pairs == 1


def test_two_counts_on_purpose_are_no_duplicates(in_exercise: sa.Connection) -> None:
    twice, plain = scene(1, joint=True), [counted(7, 600, None), counted(7, 605, None)]
    add(in_exercise, [*twice, *plain])
    pairs, _ = duplicates.pairs(in_exercise, AT, END, 500)
    found = {frozenset((one.first.id, one.second.id)) for one in pairs}
    assert frozenset(one.id for one in plain) in found
    assert not any(pair <= {one.id for one in twice} for pair in found)


@pytest.mark.parametrize("reason", NotIdentified)
@pytest.mark.parametrize("language", Language)
def test_every_refusal_has_its_sentence(
    in_exercise: sa.Connection, reason: NotIdentified, language: Language
) -> None:
    document = services.detection(in_exercise, END).document()
    told = detection_statement(Words(language), {**document, "reason": reason.value})
    assert len(told) == 2
    assert told[1]
