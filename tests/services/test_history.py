"""The status of the exercise's sites over time, and all of them by what needs a visit first."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from geosites import services
from geosites.core.errors import NotFound, Refused
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.exercise import DAYS_THAT_MATTER
from geosites.services.closure_status.history import BEFORE_CLOSURE

START = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
CLOSED = dt.datetime(2022, 10, 4, 22, tzinfo=dt.UTC)


def status_in(history: services.SiteHistory, at: dt.datetime) -> str:
    return next(one.status.value for one in history.band if one.start <= at < one.end)


@pytest.mark.parametrize("name", DAYS_THAT_MATTER)
def test_the_band_says_what_the_answer_of_the_day_says(
    in_exercise: sa.Connection, name: str
) -> None:
    slug, at = DAYS_THAT_MATTER[name]
    history = services.history(in_exercise, slug, START, END)
    assert status_in(history, at) == services.closure(in_exercise, slug, at).state.status.value


def test_the_band_changes_when_the_closure_begins(in_exercise: sa.Connection) -> None:
    history = services.history(in_exercise, "forceval", START, END)
    assert [(one.end, one.status.value) for one in history.band[:1]] == [(CLOSED, "never_closed")]
    assert (history.start, history.band[-1].end) == (START, END)


def test_a_history_begins_some_time_before_the_first_closure(in_exercise: sa.Connection) -> None:
    assert services.history(in_exercise, "forceval", None, END).start == CLOSED - BEFORE_CLOSURE
    never = services.history(in_exercise, "stalingrad", None, END)
    assert never.start == END - BEFORE_CLOSURE
    assert [one.status.value for one in never.band] == ["never_closed"]


def test_as_known_then_the_closure_is_not_there_yet(in_exercise: sa.Connection) -> None:
    told = services.history(
        in_exercise, "forceval", START, END, as_known_at=CLOSED - dt.timedelta(days=1)
    )
    assert [one.status.value for one in told.band] == ["never_closed"]


def test_a_history_is_a_document(in_exercise: sa.Connection) -> None:
    document = services.history(in_exercise, "forceval", START, END).document()
    assert {"site", "name", "exercise", "start", "end", "as_known_at", "band", "parameters"} <= set(
        document
    )
    assert set(document["band"][0]) == {"start", "end", "status"}


def test_every_site_that_was_closed_has_a_history(in_exercise: sa.Connection) -> None:
    told = [one.site.slug for one in services.histories(in_exercise, START, END)]
    assert told == sorted({one.site for one in closures.list_all(in_exercise)})
    assert "forceval" in told
    assert "stalingrad" not in told


def test_no_history_where_there_is_no_site_or_no_time(in_exercise: sa.Connection) -> None:
    with pytest.raises(NotFound):
        services.history(in_exercise, "nowhere", START, END)
    with pytest.raises(Refused, match="is not after"):
        services.history(in_exercise, "forceval", END, START)


def test_the_board_begins_with_what_one_visit_settles(in_exercise: sa.Connection) -> None:
    slug, at = DAYS_THAT_MATTER["contradicted"]
    board = services.board(in_exercise, at)
    assert board[0].site.slug == slug
    assert sorted(answer.site.slug for answer in board) == sorted(sites.slugs(in_exercise))
    assert [answer.state.status.value for answer in board][-1] == "never_closed"


def test_the_board_ranks_like_the_answers(in_exercise: sa.Connection) -> None:
    at = DAYS_THAT_MATTER["reopened"][1]
    alone = {answer.site.slug: answer.state for answer in services.closures(in_exercise, at)}
    assert {answer.site.slug: answer.state for answer in services.board(in_exercise, at)} == alone
