"""Read a city folder: its settings, its territories, and all errors at once."""

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
from geosites.core.errors import Phrase, Refused, phrase
from geosites.core.records import Territory
from geosites.imports.city.clocks import noon_fault
from geosites.imports.city.crossings import tangled
from geosites.imports.city.declaration import Source, read_declaration
from geosites.imports.city.faults import require_none
from geosites.imports.city.features import Row, merged, name_fault
from geosites.imports.city.fields import Fields, slug, text_of
from geosites.imports.city.found_files import Choices, FoundFile, all_found, own_level
from geosites.imports.city.levels import levels_of
from geosites.imports.city.proposals import box_of, settings_told
from geosites.imports.city.references import metric_fault
from geosites.reference_data.boundary_repair import Coverage, made_coverage, open_slivers

_LONGEST_CODE = 60


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A city as read from its folder, with `proposals` and repairs."""

    city: CitySettings
    territories: tuple[Territory, ...]
    sources: tuple[Source, ...]
    fields: Mapping[str, Fields]
    references: Mapping[str, str]
    proposals: tuple[Phrase, ...] = ()
    warnings: tuple[Phrase, ...] = ()


def understood(folder: Path, choices: Choices) -> Understood:
    """Return the city of a folder; raises `Refused` with every fault at once."""
    if not folder.is_dir():
        raise Refused("%(place)s is not a folder", place=folder)
    declared = read_declaration(folder)
    found = all_found(folder, declared, choices)
    faults = [*declared.faults, *(fault for one in found for fault in one.file.faults)]
    tangle = tangled([one.file for one in found])
    if tangle:
        require_none([*faults, tangle])
    box = box_of(found, faults)
    proposals: list[Phrase] = []
    told = settings_told(folder, declared, choices, box, proposals, faults)
    own = [own_level(one, choices, told, proposals) for one in found]
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
        require_none([*faults, error.message])
        raise
    faults += filter(None, [noon_fault(city.zone, box)])
    fault = metric_fault(city.metric, box)
    if fault:
        require_none([*faults, fault])
    faults += _outside(city, rows)
    warnings: list[Phrase] = []
    territories = merged([_territory(row, city.metric) for row in rows], faults, warnings)
    try:
        covered = made_coverage(territories, city.tiling, city.metric)
    except Refused as error:
        faults.append(error.message)
        covered = Coverage(territories, ())
    require_none(faults)
    slivers = open_slivers([item for item in covered.territories if item.level in city.tiling])
    return city, Coverage(covered.territories, (*warnings, *covered.warnings, *slivers))


def _rows(one: FoundFile, own: str, faults: list[Phrase]) -> Iterable[Row]:
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
