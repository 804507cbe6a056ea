"""Import progress: reading the file, validating its rows, writing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class ImportStage(StrEnum):
    """What is done with a file, in this order. A dry run writes nothing."""

    READING = "reading"
    CHECKING = "checking"
    WRITING = "writing"


@dataclass(frozen=True, kw_only=True)
class ImportProgress:
    """How far an import is: bytes read (decompressed), rows read, rows written or passed over."""

    stage: ImportStage
    bytes_read: int = 0
    rows: int = 0
    written: int = 0


Tell = Callable[[ImportProgress], None]
