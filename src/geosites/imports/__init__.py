"""Files taken in: read in blocks, checked, staged, and added whole or not at all."""

from __future__ import annotations

from geosites.imports.importing import LIMIT_BYTES, import_file
from geosites.imports.outcome import ImportReport

__all__ = ["LIMIT_BYTES", "ImportReport", "import_file"]
