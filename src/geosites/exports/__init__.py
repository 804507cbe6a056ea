"""File export: whole tables and layers, in common formats."""

from __future__ import annotations

from geosites.exports.exported_columns import ExportKind
from geosites.exports.exporting import ExportReport, export_file
from geosites.exports.formats import FORMATS

__all__ = ["FORMATS", "ExportKind", "ExportReport", "export_file"]
