"""Is the site still closed? Asked of the exercise, on the real PostGIS."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core.errors import NotFound
from geosites.core.records import Closure, Sighting
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.db.reports import sightings
from geosites.exercise import DAYS_THAT_MATTER

DAY = dt.timedelta(days=1)
FORCEVAL_CLEAN = DAYS_THAT_MATTER["clean"][1]

STATUS_ON = {
    "before the closure": "never_closed",
    "the day after, no visit yet": "unverified",
    "confirmed": "confirmed_closed",
    "lapsed after three weeks of silence": "probably_closed",
    "contradicted": "contradicted",
    "clean": "confirmed_closed",
    "reopened": "reopened",
    "confirmed again": "confirmed_closed",
    "lifted": "lifted",
    "never closed": "never_closed",
}


@pytest.mark.parametrize("name", DAYS_THAT_MATTER)
def test_the_days_that_matter(in_exercise: sa.Connection, name: str) -> None:
    slug, at = DAYS_THAT_MATTER[name]
    assert services.closure(in_exercise, slug, at).state.status.value == STATUS_ON[name]


def test_the_answer_has_every_key_of_the_contract(in_exercise: sa.Connection) -> None:
    document = services.closure(in_exercise, "forceval", FORCEVAL_CLEAN).document()
    assert {
        "site", "as_of", "status", "p_clear", "closed_since", "closed_until", "legal_ref",
        "visits_since_closure", "negative_visits", "last_visit_at", "last_positive_at",
        "next_visit_due", "visits_needed", "lapses_at", "evidence", "never_checked", "nearby",
        "covered_share",
    } <= set(document)  # fmt: skip
    assert {"id", "observed_at", "kind", "headcount", "effect"} <= set(document["evidence"][0])
    assert document["exercise"] is True
    assert document["closed_since"] == dt.datetime(2022, 10, 4, 22, tzinfo=dt.UTC)


def test_the_evidence_explains_the_probability(in_exercise: sa.Connection) -> None:
    state = services.closure(in_exercise, "forceval", FORCEVAL_CLEAN).state
    assert state.p_clear is not None
    assert state.evidence == tuple(sorted(state.evidence, key=lambda item: item.observed_at))
    assert state.evidence[-1].p_after >= state.p_clear
    assert state.evidence[-1].observed_at == state.last_visit_at


def test_a_confirmation_lapses_when_it_says_it_does(in_exercise: sa.Connection) -> None:
    state = services.closure(in_exercise, "forceval", FORCEVAL_CLEAN).state
    assert state.lapses_at is not None
    told = "DELETE FROM sighting WHERE observed_at > :at"
    in_exercise.execute(sa.text("SET LOCAL geosites.retention = 'on'"))
    in_exercise.execute(sa.text(told), {"at": FORCEVAL_CLEAN})
    for shift, status in ((-1, "confirmed_closed"), (1, "probably_closed")):
        at = state.lapses_at + dt.timedelta(seconds=shift)
        assert services.closure(in_exercise, "forceval", at).state.status.value == status


def test_a_late_verification_changes_the_answer_and_not_what_was_known(
    in_exercise: sa.Connection,
) -> None:
    slug, at = DAYS_THAT_MATTER["contradicted"]
    area = sites.get(in_exercise, slug).perimeter
    near = sightings.near(in_exercise, area, 1.0, until=at)
    report = near[(near.headcount > 0) & near.verified.isna()].iloc[-1]
    later = at + 60 * DAY
    checked = dataclasses.replace(sightings.get(in_exercise, report.id), verified=True)
    sightings.correct(in_exercise, checked, later)
    answers = [
        services.closure(in_exercise, slug, at, as_known_at=known).state.status.value
        for known in (None, later, later - DAY)
    ]
    assert answers == ["reopened", "reopened", "contradicted"]


def test_every_site_has_an_answer(in_exercise: sa.Connection) -> None:
    answers = services.closures(in_exercise, FORCEVAL_CLEAN)
    assert [answer.site.slug for answer in answers] == sorted(sites.slugs(in_exercise))


def test_an_unknown_site_names_near_ones(in_exercise: sa.Connection) -> None:
    with pytest.raises(NotFound) as caught:
        services.closure(in_exercise, "jardin-eole", FORCEVAL_CLEAN)
    assert caught.value.near[0] == "jardins-eole"


def test_a_closure_of_another_site_tells_nothing_of_this_one(in_exercise: sa.Connection) -> None:
    at = DAYS_THAT_MATTER["never closed"][1]
    assert not [c for c in closures.list_all(in_exercise) if c.site == "stalingrad"]
    closed = Closure(id=uuid.UUID(int=7), site="porte-villette", closed_from=at - DAY)
    closures.add(in_exercise, closed)
    assert services.closure(in_exercise, "stalingrad", at).state.status.value == "never_closed"


def test_visits_that_name_the_site_from_outside_prove_nothing_and_heads_there_are_told(
    in_exercise: sa.Connection,
) -> None:
    slug, at = DAYS_THAT_MATTER["the day after, no visit yet"]
    area = sites.get(in_exercise, slug).perimeter
    before = services.closure(in_exercise, slug, at).document()
    for off_m, heads in ((190.0, 0), (80.0, 25)):
        for hours in (3, 9, 15):
            seen = Sighting(
                id=uuid.uuid4(),
                observed_at=at - dt.timedelta(hours=hours),
                point=shapely.Point(area.bounds[2] + off_m, area.centroid.y),
                headcount=heads,
                territory="75119",
                site=slug,
            )
            sightings.add(in_exercise, seen)
    after = services.closure(in_exercise, slug, at).document()
    kept = ("status", "p_clear", "visits_since_closure", "negative_visits", "visits_needed")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["never_checked"]
    assert (after["nearby"]["heads"], after["nearby"]["within_m"]) == (25, 80)
