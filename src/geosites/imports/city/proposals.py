"""Proposed values for settings that a city folder omits, from its location."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import shapely

from geosites.core.city_records import Box
from geosites.core.errors import Phrase, phrase
from geosites.imports.city.clocks import languages_near, zone_near
from geosites.imports.city.declaration import Declaration
from geosites.imports.city.faults import require_none
from geosites.imports.city.features import spread
from geosites.imports.city.found_files import Choices, FoundFile
from geosites.imports.city.references import metric_for

_AROUND = 0.5
"""The bounds are the box of all territories, wider by this share of its sides."""


def box_of(found: Sequence[FoundFile], faults: Sequence[Phrase]) -> Box:
    """Return the box of every area; raises `Refused` with every fault where there is none."""
    areas = [area for one in found for area in one.file.areas if area is not None]
    if not areas:
        require_none(faults or [phrase("the boundaries hold no area")])
    west, south, east, north = shapely.total_bounds(areas).tolist()
    wide = spread([(one.file, one.file.areas) for one in found])
    if wide:
        require_none([*faults, *wide])
    return Box(west, south, east, north)


def settings_told(
    folder: Path,
    declared: Declaration,
    choices: Choices,
    box: Box,
    proposals: list[Phrase],
    faults: list[Phrase],
) -> dict[str, object]:
    """Return the settings of the city, with proposals for missing ones."""
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
