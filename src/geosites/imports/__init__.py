"""File import: read in blocks, validate, stage, then add everything or nothing."""

from __future__ import annotations

from geosites.imports.importing import LIMIT_BYTES, import_file
from geosites.imports.outcome import ImportReport

__all__ = ["LIMIT_BYTES", "ImportReport", "import_file"]
