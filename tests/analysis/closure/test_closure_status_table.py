"""Each status has its row, and every reader finds there what goes with it."""

from __future__ import annotations

import pytest

from geosites.analysis.closure import STATUS_TABLE, Status
from geosites.exports import qgis_styles
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.labels import STANDING, STATUSES, UNDER_CLOSURE, closure_status


def test_every_status_has_one_row() -> None:
    assert sorted(row.status for row in STATUS_TABLE) == sorted(Status)
    assert tuple(row.status.value for row in STATUS_TABLE) == STATUSES


def test_no_two_are_equally_urgent_or_drawn_alike() -> None:
    assert len({row.urgency for row in STATUS_TABLE}) == len(STATUS_TABLE)
    signs = [
        (row.sign.outline, row.sign.filled, row.sign.bar, row.sign.dotted) for row in STATUS_TABLE
    ]
    assert len(set(signs)) == len(signs)
    assert len({(row.sign.qgis, row.sign.solid) for row in STATUS_TABLE}) == len(signs)


def test_a_standing_closure_is_one_and_no_cause_for_alarm() -> None:
    for row in STATUS_TABLE:
        assert row.closed or not row.standing
        assert row.alarm is None or (row.closed and not row.standing)
    assert STANDING < UNDER_CLOSURE


@pytest.mark.parametrize("row", STATUS_TABLE, ids=lambda row: row.status.value)
def test_labels_and_qgis_say_what_the_table_says(row) -> None:  # type: ignore[no-untyped-def]
    term = closure_status(Words(Language.ENGLISH), row.status.value)
    assert (term.word, term.meaning) == (row.word, row.meaning)
    french = closure_status(Words(Language.FRENCH), row.status.value)
    assert french.word != term.word
    style = qgis_styles.qml(qgis_styles.STYLES["closure_status"])
    assert f'value="{row.status.value}" label="{row.word}"' in style
