"""Help comes at once: the commands are listed without being read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from geosites.cli import Commands

HEAVY = {"numpy", "pandas", "geopandas", "scipy", "sqlalchemy", "psycopg", "fastapi"}


@pytest.mark.parametrize("name", sorted(Commands.table))
def test_a_command_is_listed_by_its_own_words(name: str) -> None:
    command = Commands.read(name)
    assert command.name == name
    assert (command.help or "").partition("\n")[0] == Commands.table[name][1]


def test_the_list_of_commands_reads_nothing_heavy() -> None:
    told = "import sys; from geosites.cli import main\ntry: main()\nfinally: print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", told, "--help"], capture_output=True, text=True, check=True
    )
    assert "hotspots" in ran.stdout
    assert HEAVY & set(ran.stdout.split()) == set()


@pytest.mark.parametrize("name", ["db", "closure", "alarms", "serve"])
def test_a_command_does_not_read_the_application(name: str) -> None:
    place = Commands.table[name][0].partition(":")[0]
    told = f"import sys, {place}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert {"geosites.web.app", "scipy.stats"} & set(ran.stdout.split()) == set()
