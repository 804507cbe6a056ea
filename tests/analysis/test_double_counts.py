"""How many people two crews missed: by hand, against published numbers, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import optimize, special

from geosites.analysis.abundance import double_observer, n_mixture
from geosites.analysis.abundance.crew_detection import Method, NotIdentified, detection
from geosites.analysis.abundance.double_counts import DoubleCounts
from geosites.core.errors import Refused
from geosites.simulation.double_counts import CountedScenes, counted
from samples.vectors import vector


def scenes(seed: int = 7, **world: Any) -> DoubleCounts:
    made, _ = counted(CountedScenes(**world), np.random.default_rng(seed))
    return made


def test_the_petersen_estimate_gives_the_published_double_observer_model() -> None:
    published = vector("unmarked-double-observer")
    totals, expected = published["inputs"], published["expected"]
    both = totals["both"]
    first, second = totals["first_only"] + both, totals["second_only"] + both
    present = double_observer.petersen(first, second, first + second - both)
    chances = special.logit([first / present, second / present])
    assert [np.log(present / totals["scenes"]), *chances] == pytest.approx(
        [expected["log_mean"], *expected["logit_detection"]], abs=published["tolerance"]
    )


def test_the_likelihood_is_largest_at_the_published_coefficients() -> None:
    published = vector("unmarked-pcount")
    counts, x = np.array(published["inputs"]["counts"]), np.array(published["inputs"]["x"])
    o1 = np.linspace(-1.0, 1.0, counts.size).reshape(counts.shape)

    def cost(at: npt.NDArray[np.float64]) -> float:
        return -n_mixture.log_likelihood(
            counts,
            np.exp(at[0] + at[1] * x),
            special.expit(at[2] + at[3] * o1),
            most=published["inputs"]["most"],
        )

    there = [*published["expected"]["log_mean"], *published["expected"]["logit_detection"]]
    found = optimize.minimize(cost, [1.0, 0.0, 1.0, 0.0], method="BFGS")
    assert found.x == pytest.approx(there, abs=published["tolerance"])
    assert cost(np.array(there)) == pytest.approx(found.fun, abs=1e-6)


def test_a_negative_binomial_of_large_size_is_poisson() -> None:
    counts = [[3, 4], [7, 5], [0, 1]]
    near = n_mixture.log_likelihood(counts, 5.0, 0.7, size=1e7, most=60)
    assert near == pytest.approx(n_mixture.log_likelihood(counts, 5.0, 0.7, most=60), abs=1e-4)


def test_the_share_unseen_is_the_variance_of_differences_over_the_mean() -> None:
    """Ten scenes, 12 and 8 by turns: d^2 / 2 = 8, mean 10, so .8, with nine degrees of freedom."""
    turns = np.tile([12.0, 8.0], 5)
    found = n_mixture.unseen(DoubleCounts.of(turns, 20.0 - turns))
    assert found.value == pytest.approx(0.8 * 10 / 9)


def test_a_steady_difference_between_crews_is_not_taken_for_misses() -> None:
    made = scenes(scenes=60, size=None, mean=30.0, detection=0.8)
    keen = DoubleCounts.of(made.first * 1.3, made.second)
    assert n_mixture.unseen(keen).value < 1.6 * n_mixture.unseen(made).value


def test_scenes_that_both_found_empty_tell_nothing() -> None:
    made = DoubleCounts.of([0, 3, 5], [0, 4, 5], [0, 4, 6])
    assert len(made) == 2
    assert made.agreed.all()


@pytest.mark.parametrize("joint", [2, 8])
def test_a_joint_count_that_does_not_fit_is_left_out_and_counted(joint: int) -> None:
    made = DoubleCounts.of([3] * 20, [4] * 20, [5] * 19 + [joint])
    found = detection(made)
    assert (found.pairs, found.joint, found.contradictory) == (20, 19, 1)


def test_joint_counts_give_the_people_present_by_petersen() -> None:
    """7 and 7 seen, 9.1 by at least one: 4.9 by both, p = .7, 10 people at each of 30 scenes."""
    found = detection(DoubleCounts.of([7] * 30, [7] * 30, [9] * 27 + [10] * 3))
    assert found.method is Method.DOUBLE_OBSERVER
    assert found.seen is not None
    assert found.seen.value == pytest.approx(0.7, abs=0.003)
    assert found.present is not None
    assert found.present.value == pytest.approx(300, abs=1.5)


def test_without_joint_counts_the_interval_allows_for_people_missed_in_twos() -> None:
    found = detection(scenes())
    assert found.method is Method.N_MIXTURE
    assert found.unseen is not None
    assert found.one_by_one is not None
    assert found.unseen.low == pytest.approx(found.one_by_one.low / 2)
    assert found.likely == pytest.approx(0.3, abs=0.15)


def test_where_the_share_has_no_upper_bound_nor_have_the_people() -> None:
    found = detection(scenes(detection=0.4, scenes=20))
    assert found.unseen is not None
    assert found.unseen.high == 1.0
    assert found.present is not None
    assert found.present.high is None
    assert found.present.low > found.counted


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (scenes(scenes=10), NotIdentified.TOO_FEW_PAIRS),
        (scenes(scenes=40, mean=0.9, size=None), NotIdentified.TOO_FEW_PEOPLE),
        (DoubleCounts.of([9, 14] * 15, [9, 14] * 15), NotIdentified.ALIKE),
        (DoubleCounts.of([2, 18] * 15, [18, 2] * 15), NotIdentified.TOO_DIFFERENT),
        (scenes(group=4, detection=0.5, scenes=60), NotIdentified.TOO_DIFFERENT),
    ],
)
def test_what_two_counts_cannot_say_is_refused(made: DoubleCounts, reason: NotIdentified) -> None:
    found = detection(made)
    assert found.reason is reason
    assert (found.seen, found.unseen, found.present, found.corrected(10)) == (None,) * 4


def test_people_missed_in_groups_are_told_where_there_are_joint_counts() -> None:
    assert not detection(scenes(scenes=60, joint=True)).in_groups
    found = detection(scenes(scenes=60, joint=True, group=4))
    assert found.in_groups
    assert found.unseen is not None
    assert found.unseen.value == pytest.approx(0.3, abs=0.1)


def test_a_count_is_corrected_by_the_share_seen() -> None:
    found = detection(scenes(joint=True))
    assert found.seen is not None
    result = found.corrected(70.0)
    assert result is not None
    assert result.value == pytest.approx(70.0 / found.seen.value)
    assert result.low < result.value


def test_the_same_counts_give_the_same_answer_whichever_crew_comes_first() -> None:
    made = scenes(joint=True)
    turned = DoubleCounts.of(made.second, made.first, made.joint)
    assert detection(turned) == detection(made)


def test_counts_below_0_and_of_other_scenes_are_refused() -> None:
    with pytest.raises(Refused, match="below 0"):
        DoubleCounts.of([1, -1], [1, 1])
    with pytest.raises(Refused, match="not of the same scenes"):
        DoubleCounts.of([1, 1], [1])


@pytest.mark.parametrize("joint", [None, [9.0] * 20], ids=["counts", "joint counts"])
def test_a_crew_that_never_saw_anybody_is_no_measure_of_misses(joint: list[float] | None) -> None:
    """Neither do the counts agree, nor does a crew see half of the people."""
    one, other = [9.0] * 20, [0.0] * 20
    for pair in ((one, other), (other, one)):
        made = detection(DoubleCounts.of(*pair, joint))
        assert made.reason is NotIdentified.UNEQUAL
        assert made.seen is made.present is None


def test_a_crew_that_hardly_ever_saw_anybody_is_no_measure_either() -> None:
    made = detection(DoubleCounts.of([9.0] * 20, [1.0] + [0.0] * 19))
    assert made.reason is NotIdentified.UNEQUAL


@pytest.mark.parametrize(
    "counts",
    [
        DoubleCounts.of([], []),
        DoubleCounts.of([4, 5, 6], [5, 3, 7]),
        DoubleCounts.of([0] * 40, [0] * 40, [0] * 40),
        DoubleCounts.of([30] * 7, [28] * 7, [33] * 7),
    ],
    ids=["none", "three scenes", "only zeros", "seven joint counts"],
)
def test_a_small_sample_is_refused_and_not_estimated(counts: DoubleCounts) -> None:
    made = detection(counts)
    assert made.reason is NotIdentified.TOO_FEW_PAIRS
    assert made.seen is made.unseen is made.present is made.likely is None


@pytest.mark.parametrize(("joint", "least"), [(True, 8), (False, 16)])
@pytest.mark.parametrize("share", [0.4, 0.65, 0.9])
def test_the_smallest_samples_of_which_something_is_said_hold(
    joint: bool, least: int, share: float
) -> None:
    """Where an answer is given at all, its 90 % interval holds the people present."""
    held = []
    for seed in range(60):
        world = CountedScenes(scenes=least, detection=share, joint=joint)
        counts, present = counted(world, np.random.default_rng([5, seed]))
        made = detection(counts, second_opinion=False)
        if made.present is not None:
            high = made.present.high
            held.append(
                made.present.low <= present + 0.5 and (high is None or present <= high + 0.5)
            )
    assert len(held) >= 10
    assert np.mean(held) >= 0.9
