from __future__ import annotations

from geosites.analysis.hotspots.clusters import Hotspot
from geosites.analysis.hotspots.tracking import Life, follow


def spot(rank: int, *cells: tuple[int, int]) -> Hotspot:
    return Hotspot(
        rank=rank,
        area_ha=len(cells),
        heads=10,
        share=0.5,
        visits=12,
        q_value=0.01,
        x=0,
        y=0,
        cells=cells,
        discoveries_only=False,
    )


def test_a_hotspot_that_stays_is_in_its_third_week() -> None:
    lives = follow([[spot(1, (0, 0))], [spot(1, (0, 0), (0, 1))], [spot(1, (0, 1))]])
    assert lives[2] == (Life(first=0, first_rank=1, age=3, weeks=3),)


def test_a_scene_that_walks_a_cell_a_week_stays_the_same() -> None:
    lives = follow([[spot(1, (week, 0))] for week in range(5)])
    assert lives[4][0].age == 5


def test_a_scene_that_leaps_is_a_new_one() -> None:
    lives = follow([[spot(1, (0, 0))], [spot(1, (2, 0))]])
    assert lives[1] == (Life(first=1, first_rank=1, age=1, weeks=1),)


def test_one_missed_week_is_forgiven_and_two_are_not() -> None:
    here = [spot(1, (0, 0))]
    assert follow([here, [], here])[2] == (Life(first=0, first_rank=1, age=3, weeks=2),)
    assert follow([here, [], [], here])[3] == (Life(first=3, first_rank=1, age=1, weeks=1),)
    assert follow([here, [], [], here], gap=2)[3][0].age == 4


def test_when_a_hotspot_splits_the_larger_part_goes_on() -> None:
    whole = spot(1, (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0))
    parts = [spot(1, (5, 0)), spot(2, (0, 0), (1, 0), (2, 0))]
    lives = follow([[whole], parts])
    assert lives[1][0].first == 1
    assert lives[1][1] == Life(first=0, first_rank=1, age=2, weeks=2)


def test_when_two_merge_one_of_them_goes_on() -> None:
    lives = follow(
        [[spot(1, (0, 0)), spot(2, (3, 0), (4, 0))], [spot(1, *[(x, 0) for x in range(5)])]]
    )
    assert lives[1] == (Life(first=0, first_rank=2, age=2, weeks=2),)


def test_names_are_never_shared() -> None:
    crowd = [spot(rank, (3 * rank, 0), (3 * rank + 1, 0)) for rank in range(1, 9)]
    for week in follow([crowd, crowd[::-1], crowd]):
        assert len({(life.first, life.first_rank) for life in week}) == 8


def test_no_week_has_no_life() -> None:
    assert follow([]) == ()
    assert follow([[]]) == ((),)
