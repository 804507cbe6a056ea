"""Files that benches read and that stay outside the project: data of others, not ours to ship."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "GEOSITES_DATA"
"""The variable that names the folder of these files."""


class NoData(LookupError):
    """The file is not there; the message says how to name its folder."""


def data_file(name: str) -> Path:
    """Return the file in the folder of `GEOSITES_DATA`; raises `NoData` where it is not there."""
    folder = os.environ.get(FOLDER)
    if not folder:
        raise NoData(f"set {FOLDER} to the folder that holds {name}; it is not part of geosites")
    path = Path(folder) / name
    if not path.is_file():
        raise NoData(f"{name} is not in {folder}, the folder that {FOLDER} names")
    return path
