"""Effect sizes on counts against published figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.displacement import did_log_irr, e_test, harm_weighted, success, wdd, wdq
from geosites.core.errors import Refused
from samples.vectors import vector

WDD_VECTORS = [
    "wdd-readme",
    "wdd-docs-displacement",
    "wdd-paper-table",
    "wdd-unequal-periods",
    "wdd-area-weights",
]
counts = st.integers(0, 400)
pairs = st.tuples(counts, counts)


@pytest.mark.parametrize("name", WDD_VECTORS)
def test_wdd_gives_the_published_figures(name):
    known = vector(name)
    found = wdd(**known["inputs"])
    fields = {
        "est_total": found.estimate,
        "est_local": found.local,
        "est_displace": found.displaced,
        "se_total": found.se,
        "var_total": found.se**2,
        "z": found.z,
        "p_one_tailed": found.p_one_sided,
        "ci": (found.low, found.high),
    }
    for field, expected in known["expected"].items():
        assert fields[field] == pytest.approx(expected, abs=known["tolerance"]), field


def test_harm_weights_give_the_published_figures():
    known = vector("wdd-harm")
    alpha = known["inputs"]["alpha"]
    effects = {name: wdd(**table) for name, table in known["inputs"]["tables"].items()}
    found = harm_weighted(effects, known["inputs"]["harm_weights"], alpha)
    expected = known["expected"]
    assert found.estimate == pytest.approx(expected["est"], abs=known["tolerance"])
    assert found.se == pytest.approx(expected["se"], abs=known["tolerance"])
    assert found.z == pytest.approx(expected["z"], abs=known["tolerance"])
    assert (found.low, found.high) == pytest.approx(tuple(expected["ci"]), abs=known["tolerance"])


def test_an_effect_without_a_harm_weight_is_refused_by_name():
    with pytest.raises(Refused, match="robbery"):
        harm_weighted({"robbery": wdd((1, 2), (3, 4))}, {})


def test_the_ratio_of_rates_has_its_closed_form():
    known = vector("did-logirr")
    found = did_log_irr(**known["inputs"])
    for field, expected in known["expected"].items():
        assert getattr(found, field) == pytest.approx(expected, abs=known["tolerance"])
    assert found.low < found.irr < found.high


def test_a_zero_count_has_no_ratio_of_rates():
    with pytest.raises(Refused, match="0"):
        did_log_irr((5, 0), (3, 4))


@pytest.mark.parametrize("name", ["wdq-full-displacement", "wdq-diffusion"])
def test_the_quotient_gives_the_published_figures(name):
    known = vector(name)
    found = success(**known["inputs"])
    expected = known["expected"]
    assert wdq(**known["inputs"]) == pytest.approx(expected["wdq"])
    assert found.success == pytest.approx(expected["success"])
    assert found.buffer == pytest.approx(expected["buffer"])
    assert found.gross_effect == pytest.approx(expected["GE"])
    assert found.net_effect == pytest.approx(expected["NE"])
    assert found.total_net_effect == pytest.approx(expected["TNE"])


def test_no_quotient_where_the_target_did_not_improve():
    known = vector("wdq-undefined")
    assert wdq(**known["inputs"]) is None
    assert success(**known["inputs"]).success == known["expected"]["success"]


def test_no_quotient_without_a_control():
    assert wdq((10, 5), (3, 3), (0, 4)) is None


def test_the_e_test_gives_the_published_figures():
    known = vector("etest")
    for case, expected in zip(known["inputs"]["cases"], known["expected"]["p"], strict=True):
        assert e_test(*case) == pytest.approx(expected, abs=known["tolerance"])


def test_two_empty_counts_do_not_differ():
    assert e_test(0, 0) == 1


def test_negative_counts_and_weights_are_refused_with_their_zone():
    with pytest.raises(Refused, match="treated"):
        wdd((-1, 2), (3, 4))
    with pytest.raises(Refused, match="control"):
        wdd((1, 2), (3, 4), area_weights={"control": 0})


@given(pairs, pairs)
def test_wdd_changes_sign_when_target_and_control_change_places(treated, control):
    one, other = wdd(treated, control), wdd(control, treated)
    assert one.estimate == -other.estimate
    assert one.se == pytest.approx(other.se)


@given(st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_the_e_test_is_symmetric_and_a_probability(pair):
    assert 0 < e_test(*pair) <= 1
    assert e_test(*pair) == pytest.approx(e_test(*reversed(pair)))
