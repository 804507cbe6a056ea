"""Export checkpoints: numbered parts in a folder beside the file, so that it can resume.

The checkpoint is written atomically after each part, with the last row and the instant as of which
rows are known. If an export is interrupted for any reason, the next one of the same name resumes
there and writes the same file.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geosites.core.errors import Refused
from geosites.exports.exported_columns import Key

BATCH_ROWS = 20_000
_CHECKPOINT = "checkpoint.json"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint: the requested export, its instant, and the progress of reading."""

    wish: Mapping[str, object]
    as_known_at: str
    exercise: bool
    parts: int = 0
    rows: int = 0
    last: Key | None = None


class Spool:
    """The parts of one export."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / _CHECKPOINT

    def checkpoint(self, wish: Mapping[str, object]) -> Checkpoint | None:
        """Return how far an export of the very same wish got, or None; others are forgotten."""
        if self._file.exists():
            document = json.loads(self._file.read_text())
            if document["wish"] == wish:
                last = document["last"]
                return Checkpoint(**{**document, "last": None if last is None else tuple(last)})
        self._forget()
        return None

    def add(self, table: pa.Table, before: Checkpoint, last: Key | None) -> Checkpoint:
        """Store another part, and return the new checkpoint."""
        pq.write_table(table, self._part(before.parts))
        after = replace(
            before, parts=before.parts + 1, rows=before.rows + len(table), last=last or before.last
        )
        self.save(after)
        return after

    def save(self, checkpoint: Checkpoint) -> None:
        """Write down how far reading got, in one step."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(checkpoint)))
        unfinished.replace(self._file)

    def reader(self, parts: int) -> pa.RecordBatchReader:
        """Return all parts as one pyarrow `RecordBatchReader`, some thousand rows at a time."""
        schema = pq.read_schema(self._part(0))
        return pa.RecordBatchReader.from_batches(schema, self._batches(parts))

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _batches(self, parts: int) -> Iterator[pa.RecordBatch]:
        for number in range(parts):
            with pq.ParquetFile(self._part(number)) as file:
                yield from file.iter_batches(batch_size=BATCH_ROWS)

    def _forget(self) -> None:
        self._file.unlink(missing_ok=True)
        for part in self.folder.glob("part-*"):
            part.unlink()

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06}.parquet"


@contextmanager
def beside(path: Path) -> Iterator[Spool]:
    """Open the parts folder of a file, for one export at a time; an empty one is removed.

    Raises `Refused` if the file's folder does not exist, or another export is writing the file.
    """
    where = path.absolute().parent
    if not where.is_dir():
        raise Refused("there is no folder %(where)s", where=where)
    spool = Spool(where / f"{path.name}.part")
    spool.folder.mkdir(mode=0o700, exist_ok=True)
    with (spool.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("another export is writing %(name)s", name=path.name) from error
        try:
            yield spool
        finally:
            if not (spool.folder / _CHECKPOINT).exists():
                spool.clear()
