"""Files written for a test and imported into a store that forgets them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geosites.db.schema import closures, operations, sightings
from geosites.imports import ImportReport, import_file
from geosites.validation import FileKind

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
TABLES = {
    FileKind.SIGHTINGS: sightings.sighting,
    FileKind.VISITS: sightings.sighting,
    FileKind.OPERATIONS: operations.operation,
    FileKind.CLOSURES: closures.closure,
}

Load = Callable[..., ImportReport]


@pytest.fixture
def load(conn: sa.Connection, tmp_path: Path) -> Load:
    """Return a function that imports a file, or text or bytes as a file of some name."""

    def go(
        kind: str, content: str | bytes | Path, name: str = "file.csv", **options: Any
    ) -> ImportReport:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        return import_file(conn, FileKind(kind), path, **{"now": NOW, **options})

    return go


@pytest.fixture
def held(conn: sa.Connection) -> Callable[[str], int]:
    """Return a function that counts what the store holds of a kind."""

    def count(kind: str) -> int:
        table = TABLES[FileKind(kind)]
        return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    return count
