"""A study under way: which of its places were seen too rarely since the event."""

from __future__ import annotations

import numpy as np
import shapely

from geosites.analysis.displacement import Design, EffortVisits, Surroundings
from geosites.analysis.displacement.study_coverage import StudyCoverage, StudyRole, study_coverage

TARGET = shapely.box(3900, 3900, 4100, 4100)
PLACES = {"target": (4000, 4000), "often": (8000, 500), "rarely": (500, 8000), "near": (4600, 4000)}


def visits(after: dict[str, range], heads: int = 9, week_now: int = 5) -> EffortVisits:
    """Return visits in 20 weeks before to all places but the near one, and in given weeks after."""
    rng = np.random.default_rng(3)
    rows = [
        (xy, week)
        for name, xy in PLACES.items()
        for week in (*(() if name == "near" else range(-20, 0)), *after.get(name, ()))
        if week <= week_now
    ]
    xy = np.array([point for point, _ in rows], dtype=float) + rng.normal(0, 15, (len(rows), 2))
    return EffortVisits(
        xy=xy,
        week=np.array([week for _, week in rows]),
        heads=rng.poisson(heads, len(rows)).astype(float),
        territory=np.full(len(rows), "a"),
    )


def covered(after: dict[str, range]) -> dict[str, tuple[StudyRole, int, float, bool]]:
    found = study_coverage(visits(after), TARGET, Surroundings(), Design(), 5)
    assert isinstance(found, StudyCoverage)
    named = {}
    for row, point in enumerate(found.xy):
        name = min(PLACES, key=lambda key: float(np.hypot(*(np.array(PLACES[key]) - point))))
        named[name] = (
            found.role[row],
            int(found.weeks[row]),
            float(found.reduction[row] / found.doubt),
            bool(found.thin[row]),
        )
    return named


def test_places_are_told_with_their_part_and_the_weeks_seen() -> None:
    seen = covered({"target": range(4), "often": range(5), "rarely": range(1), "near": range(2)})
    assert {name: row[:2] for name, row in seen.items()} == {
        "target": (StudyRole.TARGET, 4),
        "often": (StudyRole.CONTROL, 5),
        "rarely": (StudyRole.CONTROL, 1),
        "near": (StudyRole.NEW, 2),
    }
    assert [seen[name][3] for name in ("target", "often", "rarely", "near")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_the_rarer_a_place_was_seen_the_more_a_visit_tells() -> None:
    seen = covered({"target": range(5), "often": range(5), "rarely": range(1)})
    assert seen["rarely"][2] > seen["often"][2] > 0
    less = covered({"target": range(1), "often": range(5), "rarely": range(1)})
    assert less["target"][2] > seen["target"][2]


def test_a_place_seen_this_week_waits_for_the_next() -> None:
    seen = covered({"target": range(6), "often": range(5), "rarely": range(1)})
    assert seen["target"][2] == 0
    assert seen["often"][2] > 0


def test_a_target_unseen_before_the_event_is_no_study() -> None:
    away = visits({"often": range(5)})
    elsewhere = shapely.box(2000, 2000, 2100, 2100)
    assert study_coverage(away, elsewhere, Surroundings(), Design(), 5) is None


def test_places_beside_another_event_are_no_controls() -> None:
    around = Surroundings(other_events=[shapely.Point(*PLACES["rarely"])])
    found = study_coverage(visits({"target": range(3)}), TARGET, around, Design(), 5)
    assert found is not None
    assert found.role.count(StudyRole.CONTROL) == 1
