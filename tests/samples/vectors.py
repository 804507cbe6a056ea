"""Published numbers that the methods are held against.

The numbers and point sets lie in `tests/vectors/`. The New York leukaemia data (satscan_*) may not
be copied: it is read in the folder that GEOSITES_DATA names, by tests marked `external_data`.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1] / "vectors"


@cache
def _all() -> dict[str, dict[str, Any]]:
    document = json.loads((HERE / "vectors.json").read_text())
    return {entry["id"]: entry for entry in document["vectors"]}


def vector(name: str) -> dict[str, Any]:
    """Return the vector called `name`: inputs, expected, tolerance, source."""
    return _all()[name]


def vector_file(name: str) -> Path:
    """Return the path of an input file of the vectors."""
    inside = HERE / name
    return inside if inside.exists() else Path(os.environ["GEOSITES_DATA"]) / name
