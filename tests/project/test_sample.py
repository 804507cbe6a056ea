"""The sample in maps/: whole, small, and what the code makes today (`script/sample` makes it)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from geosites import bulletins, services
from geosites.bulletins.serialization import canonical, facts, read
from geosites.core.weeks import IsoWeek

FOLDER = Path(__file__).parents[2] / "maps" / "2022-W40"
WEEK = IsoWeek(2022, 40)


def test_its_files_are_those_that_its_digests_name() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    named = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {one.name: one.read_bytes() for one in FOLDER.iterdir() if one.name != "SHA256SUMS"}
    assert {name: hashlib.sha256(file).hexdigest() for name, file in files.items()} == named


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2_500_000


@pytest.mark.parametrize("name", ["bulletin.fr.html", "bulletin.en.html", "map.html"])
def test_its_pages_say_that_it_is_an_exercise(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "Données fictives" in text or "Fictional data" in text


def test_the_exercise_gives_the_same_bulletin_today(in_exercise: sa.Connection) -> None:
    kept = read((FOLDER / "bulletin.json").read_text(encoding="utf-8"))
    known = kept["as_known_at"]
    again = bulletins.draft(in_exercise, WEEK, known)
    assert facts(again.content) == facts(kept)
    week = services.hotspots(in_exercise, WEEK, as_known_at=known).document()
    assert canonical(week) == (FOLDER / "hotspots.json").read_text(encoding="utf-8")
