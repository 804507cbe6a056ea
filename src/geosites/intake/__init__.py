"""Files taken in and given out: read in blocks, checked, staged, and added whole or not at all."""

from __future__ import annotations

from geosites.intake.exporting import ExportReport, export_file
from geosites.intake.importing import LIMIT_BYTES, import_file
from geosites.intake.outgoing import ExportKind
from geosites.intake.report import ImportReport
from geosites.intake.writing import FORMATS

__all__ = [
    "FORMATS",
    "LIMIT_BYTES",
    "ExportKind",
    "ExportReport",
    "ImportReport",
    "export_file",
    "import_file",
]
