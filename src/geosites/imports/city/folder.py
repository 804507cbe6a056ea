"""A city's folder, understood: its settings, its territories, and every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import crs
from geosites.core.city_document import parsed
from geosites.core.city_records import Box, CitySettings
from geosites.core.errors import Phrase, Refused, hint, phrase
from geosites.core.records import Territory
from geosites.imports.city import fields as look
from geosites.imports.city.boundary_files import (
    OSM_LEVEL,
    BoundaryFile,
    boundary_files,
    read_boundaries,
)
from geosites.imports.city.clocks import languages_near, noon_fault, zone_near
from geosites.imports.city.declaration import Declaration, Source, read_declaration
from geosites.imports.city.features import Row, merged, name_fault, spread
from geosites.imports.city.fields import Fields, slug, text_of
from geosites.imports.city.level_words import DISTRICT, word_in
from geosites.imports.city.levels import levels_of, osm_level
from geosites.imports.city.references import metric_fault, metric_for
from geosites.reference_data.coverage import Coverage, made_coverage, open_slivers

_AROUND = 0.5
"""The bounds are the box of all territories, wider by this share of its sides."""

_MOST_FAULTS = 40


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the command line says: the fields of code, name and level, or a name for the level."""

    code: str | None = None
    name: str | None = None
    level: str | None = None
    zone: str | None = None
    metric: int | None = None
    title: str | None = None
    as_proposed: bool = False


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A city as its folder tells it, with what was proposed (`proposals`) and repaired."""

    city: CitySettings
    territories: tuple[Territory, ...]
    sources: tuple[Source, ...]
    fields: Mapping[str, Fields]
    references: Mapping[str, str]
    proposals: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One file with what its properties are."""

    source: Source
    file: BoundaryFile
    fields: Fields


def understood(folder: Path, choices: Choices) -> Understood:
    """Return the city of a folder; raises `Refused` with every fault at once."""
    if not folder.is_dir():
        raise Refused("%(place)s is not a folder", place=folder)
    declared = read_declaration(folder)
    found = _all_found(folder, declared, choices)
    faults = [*declared.faults, *(fault for one in found for fault in one.file.faults)]
    box = _box(found, faults)
    proposals: list[Phrase] = []
    told = _told(folder, declared, choices, box, proposals, faults)
    own = [_own_level(one, choices, told, proposals) for one in found]
    rows = [row for one, level in zip(found, own, strict=True) for row in _rows(one, level, faults)]
    told["levels"] = levels_of(_declared(told.get("levels"), choices, rows), rows)
    city, covered = _checked(told, box, rows, faults)
    return Understood(
        city=city,
        territories=tuple(_with_parents(covered.territories, city)),
        sources=tuple(one.source for one in found),
        fields={one.file.name: one.fields for one in found},
        references={one.file.name: one.file.reference for one in found},
        proposals=tuple(proposals),
        warnings=(*(told for one in found for told in one.file.warnings), *covered.warnings),
    )


def _declared(levels: object, choices: Choices, rows: Sequence[Row]) -> object:
    """Return the levels that are declared; without those that an option took the place of."""
    if choices.level is None or not isinstance(levels, list):
        return levels
    there = {row.level for row in rows}
    return [level for level in levels if level["id"] in there]


def _checked(
    told: Mapping[str, object], box: Box, rows: Sequence[Row], faults: list[Phrase]
) -> tuple[CitySettings, Coverage]:
    """Return the settings and the repaired territories; raises `Refused` with every fault."""
    try:
        city = parsed(told)
    except Refused as error:
        _require_none([*faults, error.message])
        raise
    faults += filter(None, [noon_fault(city.zone, box)])
    fault = metric_fault(city.metric, box)
    if fault:
        _require_none([*faults, fault])
    faults += _outside(city, rows)
    warnings: list[Phrase] = []
    territories = merged([_territory(row, city.metric) for row in rows], faults, warnings)
    try:
        covered = made_coverage(territories, city.tiling, city.metric)
    except Refused as error:
        faults.append(error.message)
        covered = Coverage(territories, ())
    _require_none(faults)
    slivers = open_slivers([item for item in covered.territories if item.level in city.tiling])
    return city, Coverage(covered.territories, (*warnings, *covered.warnings, *slivers))


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


def _all_found(folder: Path, declared: Declaration, choices: Choices) -> list[_Found]:
    """Return every file that is read; raises `Refused` with every fault where one cannot be."""
    found, unread = [], []
    for source in _sources(folder, declared):
        try:
            found.append(_found(folder, source, choices))
        except Refused as error:
            unread.append(error.message)
    if unread:
        more = (fault for one in found for fault in one.file.faults)
        _require_none([*declared.faults, *unread, *more])
    return found


def _found(folder: Path, source: Source, choices: Choices) -> _Found:
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
    return _Found(source=said, file=file, fields=fields)


def _only(file: BoundaryFile, fields: Fields, choices: Choices) -> tuple[str, ...]:
    """Return the values of the field of levels that are taken, where not all are."""
    if fields.level is None:
        return ()
    if choices.level in set(map(text_of, file.columns[fields.level])):
        return (str(choices.level),)
    return (osm_level(file),) if fields.level == OSM_LEVEL else ()


def _box(found: Sequence[_Found], faults: Sequence[Phrase]) -> Box:
    areas = [area for one in found for area in one.file.areas if area is not None]
    if not areas:
        _require_none(faults or [phrase("the boundaries hold no area")])
    west, south, east, north = shapely.total_bounds(areas).tolist()
    wide = spread([(one.file, one.file.areas) for one in found])
    if wide:
        _require_none([*faults, *wide])
    return Box(west, south, east, north)


def _told(
    folder: Path,
    declared: Declaration,
    choices: Choices,
    box: Box,
    proposals: list[Phrase],
    faults: list[Phrase],
) -> dict[str, object]:
    """Return what is said of the city, with proposals for what is not."""
    chosen = {"name": choices.title, "zone": choices.zone, "metric": choices.metric}
    told = {**declared.told, **{k: v for k, v in chosen.items() if v is not None}}
    if "name" not in told:
        told["name"] = folder.absolute().name
        proposals.append(phrase("name: %(name)s", name=told["name"]))
    if "zone" not in told:
        near = zone_near(box)
        if near.sure or choices.as_proposed:
            told["zone"] = near.zone
            proposals.append(phrase("zone: %(zone)s", zone=near.zone))
        else:
            told["zone"] = near.zone  # to go on looking for faults
            faults.append(
                phrase(
                    "zone is not said: %(zone)s is proposed, named after a place %(km)s km away; "
                    "others: %(others)s. Say --zone, or zone in city.toml, "
                    "or confirm it with --as-proposed",
                    zone=near.zone,
                    km=round(near.km),
                    others=", ".join(near.others) or "-",
                )
            )
    if "metric" not in told:
        told["metric"] = metric_for(box)
        proposals.append(phrase("metric: EPSG:%(epsg)s", epsg=told["metric"]))
    if "languages" not in told:
        told["languages"] = spoken = languages_near(str(told["zone"]))
        proposals.append(phrase("languages: %(codes)s", codes=", ".join(spoken)))
    told.setdefault("view", box.widened(0.02).document())
    told.setdefault("bounds", box.widened(_AROUND).document())
    return told


def _rows(one: _Found, own: str, faults: list[Phrase]) -> Iterable[Row]:
    file, fields = one.file, one.fields
    for at, area in enumerate(file.areas):
        if area is None:
            continue
        said = {
            key: text_of(file.columns[field][at]) if field else ""
            for key, field in (
                ("name", fields.name),
                ("code", fields.code),
                ("level", fields.level),
                ("label", fields.label),
                ("parent", fields.parent),
            )
        }
        level = said["level"] or own
        name = f"{level} {said['name']}".strip() if said["name"].isdecimal() else said["name"]
        where = f"{file.name}, feature {file.numbers[at]}"
        fault = name_fault(where, fields.name, name)
        if fault is not None:
            faults.append(fault)
            continue
        code = said["code"] or slug(name)
        if not code or len(code) > _LONGEST_CODE:
            faults.append(phrase("%(where)s: has no code", where=where))
            continue
        yield Row(
            code=code,
            name=name[:1].upper() + name[1:],
            level=level,
            label=said["label"] or None,
            parent=said["parent"] or None,
            area=area,
            where=where,
        )


_LONGEST_CODE = 60


def _own_level(
    one: _Found, choices: Choices, told: Mapping[str, object], proposals: list[Phrase]
) -> str:
    """Return the level of features that do not say theirs: as it is said, or as the file has it."""
    if choices.level and choices.level not in {*one.file.columns, *one.source.only}:
        return choices.level
    declared = told.get("levels")
    first = declared[0].get("id") if isinstance(declared, list) and declared else None
    if one.source.level or first or one.fields.level:
        return one.source.level or str(first or DISTRICT)
    word = word_in([one.file.layer, Path(one.file.name).stem, one.fields.name])
    if word is None:
        told_as = phrase(
            "%(file)s: what its territories are called is not said, so %(word)s: "
            "say --level, such as --level Quartier",
            file=one.file.name,
            word=DISTRICT,
        )
    else:
        told_as = phrase("%(file)s: level: %(word)s", file=one.file.name, word=word)
    proposals.append(told_as)
    return word or DISTRICT


def _outside(city: CitySettings, rows: Sequence[Row]) -> list[Phrase]:
    bounds = city.everywhere
    ground = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
    outside = [row for row in rows if not shapely.intersects(ground, row.area)]
    if outside and len(outside) == len(rows):
        return [phrase("bounds: no territory lies within: are latitude and longitude swapped?")]
    return [
        phrase("%(where)s: %(name)s lies outside bounds", where=row.where, name=row.name)
        for row in outside
    ]


def _territory(row: Row, metric: int) -> tuple[Row, Territory]:
    area = crs.brought(row.area, crs.GEOGRAPHIC, metric)
    many = area if area.geom_type == "MultiPolygon" else shapely.MultiPolygon([area])
    return row, Territory(
        code=row.code,
        level=row.level,
        name=row.name,
        label=row.label,
        parent=row.parent,
        area=many,
    )


def _with_parents(territories: Sequence[Territory], city: CitySettings) -> Iterable[Territory]:
    """Yield the territories; of a part without a parent, that is the tile that holds most of it."""
    tiles = [item for item in territories if item.level in city.tiling]
    areas: npt.NDArray[np.object_] = np.array([item.area for item in tiles], dtype=object)
    for item in territories:
        if item.parent is None and item.level in city.parts and len(tiles):
            shared = shapely.area(shapely.intersection(areas, item.area))
            yield replace(item, parent=tiles[int(np.argmax(shared))].code)
        else:
            yield item


def _require_none(faults: Sequence[Phrase]) -> None:
    if not faults:
        return
    shown = list(dict.fromkeys(faults))
    more = len(shown) - _MOST_FAULTS
    told = "; ".join(shown[:_MOST_FAULTS])
    raise Refused("%(faults)s", faults=told + (f"; … {more}" if more > 0 else ""))
