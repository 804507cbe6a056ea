"""Find the boundary files of a city folder, and the roles of their properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from geosites.core.errors import Phrase, Refused, hint, phrase
from geosites.imports.city import fields as look
from geosites.imports.city.boundary_files import (
    OSM_LEVEL,
    BoundaryFile,
    boundary_files,
    read_boundaries,
)
from geosites.imports.city.declaration import Declaration, Source
from geosites.imports.city.faults import require_none
from geosites.imports.city.fields import Fields, text_of
from geosites.imports.city.level_words import DISTRICT, word_in
from geosites.imports.city.levels import osm_level


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Command-line options: the fields of code, name and level, or a name for the level."""

    code: str | None = None
    name: str | None = None
    level: str | None = None
    zone: str | None = None
    metric: int | None = None
    title: str | None = None
    as_proposed: bool = False


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """One file with what its properties are."""

    source: Source
    file: BoundaryFile
    fields: Fields


def _sources(folder: Path, declared: Declaration) -> Sequence[Source]:
    if declared.sources:
        return declared.sources
    paths = boundary_files(folder)
    if not paths:
        raise Refused(
            "%(folder)s: there is no boundary file (GeoJSON, GeoPackage, shapefile, Parquet, "
            "OpenStreetMap)",
            folder=folder,
        )
    return [Source(file=path.name) for path in paths]


def all_found(folder: Path, declared: Declaration, choices: Choices) -> list[FoundFile]:
    """Return every file read; raises `Refused` with all errors if one is invalid."""
    found, unread = [], []
    for source in _sources(folder, declared):
        try:
            found.append(_found(folder, source, choices))
        except Refused as error:
            unread.append(error.message)
    if unread:
        more = (fault for one in found for fault in one.file.faults)
        require_none([*declared.faults, *unread, *more])
    return found


def _found(folder: Path, source: Source, choices: Choices) -> FoundFile:
    file = read_boundaries(folder / source.file, source.layer)
    given = dict(source.fields)
    given |= {k: v for k, v in (("code", choices.code), ("name", choices.name)) if v}
    if choices.level in file.columns:
        given["level_field"] = choices.level
    fields = look.proposed(file, given)
    only = source.only or _only(file, fields, choices)
    said = replace(source, only=only, fields=fields.document())
    if only and fields.level:
        levels = file.columns[fields.level]
        file = file.only([i for i, value in enumerate(levels) if text_of(value) in only])
        if not len(file):
            raise Refused(
                "%(file)s: only: no feature has %(only)s in %(field)s%(hint)s",
                file=file.name,
                only=", ".join(only),
                field=fields.level,
                hint=hint(list(dict.fromkeys(filter(None, map(text_of, levels))))[:8]),
            )
        fields = replace(fields, level=None) if len(only) == 1 else fields
    return FoundFile(source=said, file=file, fields=fields)


def _only(file: BoundaryFile, fields: Fields, choices: Choices) -> tuple[str, ...]:
    """Return the values of the field of levels that are taken, where not all are."""
    if fields.level is None:
        return ()
    if choices.level in set(map(text_of, file.columns[fields.level])):
        return (str(choices.level),)
    return (osm_level(file),) if fields.level == OSM_LEVEL else ()


def own_level(
    one: FoundFile, choices: Choices, told: Mapping[str, object], proposals: list[Phrase]
) -> str:
    """Return the level of features without one: as given, or inferred from the file."""
    if choices.level and choices.level not in {*one.file.columns, *one.source.only}:
        return choices.level
    declared = told.get("levels")
    first = declared[0].get("id") if isinstance(declared, list) and declared else None
    if one.source.level or first or one.fields.level:
        return one.source.level or str(first or DISTRICT)
    word = word_in([one.file.layer, Path(one.file.name).stem, one.fields.name])
    if word is None:
        told_as = phrase(
            "%(file)s: does not say what its territories are called, so %(word)s: "
            "set --level, such as --level Quartier",
            file=one.file.name,
            word=DISTRICT,
        )
    else:
        told_as = phrase("%(file)s: level: %(word)s", file=one.file.name, word=word)
    proposals.append(told_as)
    return word or DISTRICT
