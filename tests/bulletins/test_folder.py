"""A folder of files: whole or not at all."""

from __future__ import annotations

import subprocess
from pathlib import Path

from geosites import bulletins

FILES = {"b.txt": b"two", "a.txt": b"one"}


def test_a_folder_holds_the_files_and_their_digests(tmp_path: Path) -> None:
    folder = tmp_path / "maps" / "2022-W40"
    bulletins.fill(folder, FILES)
    assert {file.name for file in folder.iterdir()} == {"a.txt", "b.txt", "SHA256SUMS"}
    argv = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(argv, cwd=folder, check=False, capture_output=True).returncode == 0


def test_what_the_folder_held_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "2022-W40"
    bulletins.fill(folder, FILES)
    bulletins.fill(folder, {"c.txt": b"three"})
    assert {file.name for file in folder.iterdir()} == {"c.txt", "SHA256SUMS"}
    assert [one.name for one in tmp_path.iterdir()] == ["2022-W40"]


def test_what_was_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / ".unfinished-2022-W40-abc" / "new"
    left.mkdir(parents=True)
    other = tmp_path / ".unfinished-2022-W41-abc"
    other.mkdir()
    bulletins.fill(tmp_path / "2022-W40", FILES)
    assert {one.name for one in tmp_path.iterdir()} == {"2022-W40", other.name}


def test_a_folder_is_whole_where_its_digests_hold(tmp_path: Path) -> None:
    folder = tmp_path / "2022-W40"
    assert not bulletins.holds(folder, "a.txt", b"one")
    bulletins.fill(folder, FILES)
    assert bulletins.holds(folder, "a.txt", b"one")
    assert not bulletins.holds(folder, "a.txt", b"other")
    (folder / "b.txt").write_bytes(b"changed")
    assert not bulletins.holds(folder, "a.txt", b"one")
