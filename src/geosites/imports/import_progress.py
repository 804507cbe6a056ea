"""Import progress: reading the file, validating its rows, writing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class ImportStage(StrEnum):
    """Stages of an import, in this order. A dry run writes nothing."""

    READING = "reading"
    CHECKING = "checking"
    WRITING = "writing"


@dataclass(frozen=True, kw_only=True)
class ImportProgress:
    """Progress of an import: bytes read (decompressed), rows read, rows written or skipped."""

    stage: ImportStage
    bytes_read: int = 0
    rows: int = 0
    written: int = 0


Tell = Callable[[ImportProgress], None]
