"""The files of the cities, each brought in by one command and one mapping that was saved before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from cli.conftest import Run
from geosites.db.postgres.connection import Store
from geosites.db.schema.sightings import sighting
from imports.city.test_cities import CITIES


def options(about: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options of `geosites mapping save` that say what a mapping says."""
    columns = {ours: theirs[0] for ours, theirs in about.get("columns", {}).items()}
    pairs = {
        "--column": columns,
        "--value": about.get("constants", {}),
        "--factor": about.get("factors", {}),
    }
    for option, values in pairs.items():
        for name, value in values.items():
            yield from (option, f"{name}={value}")
    for column, patterns in about.get("times", {}).items():
        yield from ("--time", f"{column}={patterns[0]}" if column else patterns[0])
    for name in ("ignore", "zone", "where"):
        for value in [about[name]] if isinstance(about.get(name), str) else about.get(name, ()):
            yield from (f"--{name}", value)
    yield from (
        f"--{name.replace('_', '-')}" for name in ("decimal_comma", "rest") if name in about
    )


@pytest.mark.parametrize("city", CITIES)
def test_one_command_and_one_saved_mapping_bring_a_file_in(
    run: Run, store: Store, tmp_path: Path, city: str
) -> None:
    name, content, about, zone, times, left_out = CITIES[city]
    (tmp_path / name).write_text(content, encoding="utf-8")
    saved = run("mapping", "save", city, *options(about))
    assert saved.code == 0, saved.err
    result = run("import", "sightings", str(tmp_path / name), "--mapping", city, "--json")
    assert result.code == 0, result.err
    document = result.document
    assert (document["added"], document["refused_total"], document["left_out"]) == (
        len(times),
        0,
        left_out,
    )
    assert zone in run("mapping", "show", city).out
    with store.begin() as conn:
        found = conn.execute(sa.select(sighting.c.observed_at)).scalars()
        shown = sorted(at.astimezone(ZoneInfo(zone)).isoformat()[:16] for at in found)
    assert shown == sorted(times)
