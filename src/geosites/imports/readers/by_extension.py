"""Files by their ending: which reader opens them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from geosites.core.errors import Refused
from geosites.imports.readers.csv_files import open_csv
from geosites.imports.readers.excel_files import open_xlsx
from geosites.imports.readers.tables import OpenTable
from geosites.imports.readers.vector_files import open_layer, open_parquet
from geosites.validation import FileKind

ENDINGS = (".csv", ".csv.gz", ".xlsx", ".geojson", ".gpkg", ".fgb", ".parquet")
"""The endings of the files that are taken in."""


def open_source(
    path: Path, kind: FileKind, limit_bytes: int, wanted: Collection[str] = ()
) -> AbstractContextManager[OpenTable]:
    """Open a file to read its rows, or raise `Refused`.

    `wanted` are names of columns by which a header below the first line is found.
    No more than `limit_bytes` are read, counted as they come out of compression.
    """
    if not path.is_file():
        raise Refused("there is no file %(path)s", path=path)
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return open_csv(path, limit_bytes, wanted)
    if name.endswith(".xlsx"):
        return open_xlsx(path, limit_bytes, wanted)
    if name.endswith(".parquet"):
        return open_parquet(path, limit_bytes, kind)
    if name.endswith((".geojson", ".gpkg", ".fgb")):
        return open_layer(path, limit_bytes, kind)
    raise Refused(
        "%(name)s ends in none of %(endings)s", name=path.name, endings=", ".join(ENDINGS)
    )
