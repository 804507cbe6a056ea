"""Studies of a table of counts keep to their word on counts made here, and name missing data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PLACES, PERIODS, AT = 60, 16, 12


@pytest.fixture(scope="module")
def panels() -> Iterator[ModuleType]:
    """Return the module of panels; benches lie beside the tests, not in the package."""
    sys.path.insert(0, str(ROOT))
    from bench import panels

    yield panels
    sys.path.remove(str(ROOT))


def counts(rng: np.random.Generator) -> np.ndarray:
    level = rng.lognormal(2.0, 0.5, (PLACES, 1))
    wander = np.exp(0.2 * rng.standard_normal((PLACES, 1)) * (np.arange(PERIODS) >= AT))
    return rng.poisson(level * wander).astype(float)


def first(places: int) -> np.ndarray:
    return np.arange(PLACES) < places


def test_a_halving_is_found_and_its_size_lies_in_the_interval(panels: ModuleType) -> None:
    table = counts(np.random.default_rng(1))
    table[:5, AT:] = np.floor(table[:5, AT:] / 2)
    one = panels.studied(table, first(5), ~first(5), AT, before=12, after=4)
    assert one.placebo.p < 0.01
    assert one.placebo.low < 0.5 < one.placebo.high
    assert one.change.high < 0


def test_where_nothing_happened_little_is_found(panels: ModuleType) -> None:
    studies = []
    for seed in range(200):
        table = counts(np.random.default_rng(seed))
        studies.append(panels.studied(table, first(3), ~first(3), AT, before=12, after=4))
    told = panels.rates(studies, 0)
    assert told["p<=.10"] <= 0.13
    assert 0.85 <= told["change holds 0"] <= 0.97
    assert told["studies"] == 200


def test_places_without_information_are_no_controls(panels: ModuleType) -> None:
    table = counts(np.random.default_rng(2))
    table[30:] = 0
    one = panels.studied(table, first(1), ~first(1), AT, before=12, after=4)
    assert one.drift.controls == 29


def test_earlier_periods_than_asked_for_change_nothing(panels: ModuleType) -> None:
    table = counts(np.random.default_rng(3))
    other = np.column_stack([np.full((PLACES, 3), 999.0), table])
    asked = {"before": 12, "after": 4}
    here = panels.studied(table, first(1), ~first(1), AT, **asked)
    later = panels.studied(other, first(1), ~first(1), AT + 3, **asked)
    assert here.placebo == later.placebo
    assert here.change == later.change


def test_data_that_are_not_there_are_named(
    panels: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bench import outside
    from bench.__main__ import main

    monkeypatch.delenv(outside.FOLDER, raising=False)
    with pytest.raises(outside.NoData, match=r"set GEOSITES_DATA .* seattle_dmi\.csv\.gz"):
        outside.data_file("seattle_dmi.csv.gz")
    monkeypatch.setenv(outside.FOLDER, str(tmp_path))
    assert main(["seattle"]) == 1
    assert "was not run: seattle_dmi.csv.gz is not in" in capsys.readouterr().err
    (tmp_path / "seattle_dmi.csv.gz").touch()
    assert outside.data_file("seattle_dmi.csv.gz") == tmp_path / "seattle_dmi.csv.gz"
