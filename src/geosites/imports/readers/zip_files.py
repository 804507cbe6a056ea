"""Zip archives of one readable file, or of the parts of one shapefile."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from geosites.core.errors import Refused
from geosites.imports.readers.tables import BLOCK_BYTES, Meter, refuse_swelling
from geosites.imports.readers.zip_directory import require_few_parts

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_MOST_MEMBERS = 1000


@contextmanager
def unpacked(path: Path, endings: Collection[str], limit_bytes: int) -> Iterator[Path]:
    """Unpack the one file of an archive that can be read, and yield where; it is removed after.

    Raises `Refused` where the archive holds none or several, or more than `limit_bytes`.
    """
    try:
        with path.open("rb") as file:
            require_few_parts(file, _MOST_MEMBERS)
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            members = _members(archive, endings)
            meter = Meter(limit_bytes)
            meter.add(sum(member.file_size for member in members))
            for member in members:
                refuse_swelling(member.file_size, member.compress_size)
            for member in members:
                _extract(archive, member, Path(folder), Meter(limit_bytes))
            yield Path(folder) / _name(members[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused("the file is not a zip archive: %(error)s", error=error) from error


def _members(archive: zipfile.ZipFile, endings: Collection[str]) -> list[zipfile.ZipInfo]:
    every = [item for item in archive.infolist() if not item.is_dir()]
    if len(every) > _MOST_MEMBERS:
        raise Refused("the archive holds %(count)s files", count=len(every))
    shown = [item for item in every if not _is_hidden(item.filename)]
    chosen = [item for item in shown if item.filename.lower().endswith(tuple(endings))]
    if len(chosen) != 1:
        raise Refused(
            "the archive holds %(count)s files that can be read, not one: %(names)s",
            count=len(chosen),
            names=", ".join(item.filename for item in chosen[:8]) or "-",
        )
    main = chosen[0]
    if not main.filename.lower().endswith(".shp"):
        return chosen
    stem = main.filename[: -len(".shp")].lower()
    beside = [
        item
        for item in shown
        if item is not main and item.filename.lower() in {stem + part for part in _PARTS}
    ]
    return [main, *beside]


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _name(member: zipfile.ZipInfo) -> str:
    name = member.filename.lower()
    return "unpacked" + (".csv.gz" if name.endswith(".csv.gz") else PurePosixPath(name).suffix)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, meter: Meter) -> None:
    with archive.open(member) as source, (folder / _name(member)).open("wb") as sink:
        while data := meter.read(source, BLOCK_BYTES):
            sink.write(data)
