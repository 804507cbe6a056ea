"""An installed wheel has all that the sources have: nothing is looked for beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOOK = """
import geosites
from geosites.imports import geography, saved_mappings
from geosites.reference_data.territories import read_territories
from geosites.validation.free_text.first_names import FIRST_NAMES
territories = read_territories(geography.folder())
print(geosites.__file__, len(territories), len(FIRST_NAMES), *sorted(saved_mappings.shipped()))
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what a wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_an_installed_wheel_finds_its_geography_its_mappings_and_its_names(unpacked: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-c", LOOK]
    looked = subprocess.run(
        command, cwd=unpacked, env=environment, check=True, capture_output=True, text=True
    )
    where, territories, names, *mappings = looked.stdout.split()
    assert Path(where).is_relative_to(unpacked)
    assert int(territories) > 100
    assert int(names) > 400
    assert mappings == ["kobo", "odk"]


@pytest.mark.parametrize("folder", ["geo", "mappings"])
def test_a_wheel_holds_the_data_as_it_is_here(unpacked: Path, folder: str) -> None:
    here = {path.name: path.read_bytes() for path in (ROOT / "data" / folder).iterdir()}
    there = (unpacked / "geosites" / f"data_{folder}").iterdir()
    assert {path.name: path.read_bytes() for path in there} == here
