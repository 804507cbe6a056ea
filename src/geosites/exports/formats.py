"""File writers by extension, one batch in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from geosites.core.errors import Refused
from geosites.exports import tabular, vector
from geosites.exports.metadata import About

Write = Callable[[Path, pa.RecordBatchReader, About], None]

BESIDE = ".about.json"
"""The extension of the metadata file beside a CSV file."""


PRIVATE = 0o600
"""The mode of every file written: readable by its owner only."""


@dataclass(frozen=True)
class Format:
    """How a file of one ending is written from a pyarrow `RecordBatchReader`."""

    write: Write
    speaks: bool = True
    """Whether the format can contain metadata; otherwise they are written beside it."""
    most_rows: int | None = None


FORMATS: Mapping[str, Format] = {
    ".csv": Format(tabular.csv, speaks=False),
    ".csv.gz": Format(tabular.packed_csv, speaks=False),
    ".xlsx": Format(tabular.xlsx, most_rows=tabular.MOST_XLSX_ROWS),
    ".geojson": Format(vector.geojson),
    ".gpkg": Format(vector.gpkg),
    ".parquet": Format(vector.parquet),
    ".fgb": Format(vector.flatgeobuf),
}


def format_of(path: Path) -> Format:
    """Return how a file is written, by its ending, or raise `Refused`."""
    for ending, form in FORMATS.items():
        if path.name.lower().endswith(ending):
            return form
    raise Refused(
        "%(name)s ends in none of %(formats)s", name=path.name, formats=", ".join(FORMATS)
    )


def write(
    path: Path, form: Format, batches: pa.RecordBatchReader, told: About, folder: Path
) -> None:
    """Write a file, which appears under its name once it is whole; `folder` holds it until then."""
    unfinished = folder / path.name
    unfinished.unlink(missing_ok=True)
    form.write(unfinished, batches, told)
    unfinished.chmod(PRIVATE)
    if not form.speaks:
        beside = folder / (path.name + BESIDE)
        beside.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        beside.chmod(PRIVATE)
        beside.replace(path.with_name(beside.name))
    unfinished.replace(path)
