"""Help comes at once: the commands are listed without being read."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys

import pytest

from geosites.cli import Commands

HEAVY = {"numpy", "pandas", "geopandas", "scipy", "sqlalchemy", "psycopg", "fastapi"}
NOT_FOR_A_CLOSURE = {
    "alembic",
    "argon2",
    "authlib",
    "cryptography",
    "fastapi",
    "folium",
    "weasyprint",
    "geopandas",
    "httpx2",
    "jinja2",
    "matplotlib",
    "ot",
    "pandas",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.spatial",
    "scipy.stats",
    "geosites.analysis.displacement",
    "geosites.reference_data",
    "geosites.imports.geography",
    "geosites.services.displacement_studies.displacement",
    "geosites.services.weekly.hotspots",
    "geosites.maps.map_export",
}


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


def test_a_closure_is_told_without_what_other_answers_need(store_url: str) -> None:
    told = (
        "import sys; from geosites.cli import main\n"
        "try: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", told, "closure", "stalingrad", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GEOSITES_DATABASE_URL": store_url},
    )
    read = set(ran.stderr.split())
    assert json.loads(ran.stdout)["site"] == "stalingrad"
    assert {"sqlalchemy", "geosites.services.closure_status.closure"} <= read
    assert NOT_FOR_A_CLOSURE & read == set()


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_a_command_leaves_the_garbage_collector_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        Commands.read("closure")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
