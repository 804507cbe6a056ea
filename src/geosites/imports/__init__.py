"""File import: read in blocks, validate, stage, then add everything or nothing."""

from __future__ import annotations

from geosites.imports.import_outcome import ImportReport
from geosites.imports.importing import LIMIT_BYTES, import_file

__all__ = ["LIMIT_BYTES", "ImportReport", "import_file"]
