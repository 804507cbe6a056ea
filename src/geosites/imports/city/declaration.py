"""`city.toml`: what a city says of itself, under the names that people give these things."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geosites.core.city import CITY_FILE
from geosites.core.city_records import CitySettings
from geosites.core.errors import Phrase, Refused, os_reason, phrase

_ALIASES = {
    "time_zone": "zone",
    "timezone": "zone",
    "tz": "zone",
    "epsg": "metric",
    "metric_epsg": "metric",
    "language": "languages",
    "level": "levels",
    "boundary": "boundaries",
    "default_view": "view",
    "density_classes": "classes",
}
_KNOWN = frozenset(
    {"name", "languages", "zone", "metric", "view", "bounds", "levels", "credits", "classes",
     "boundaries"}
)  # fmt: skip
_FIELDS = ("code", "name", "level_field", "parent", "label")
_SOURCE = frozenset({"file", "layer", "level", "only", *_FIELDS})


@dataclass(frozen=True, kw_only=True)
class Source:
    """A boundary file, and what its properties are where that is said.

    `only`: values of its level field that are taken; all where it says none.
    """

    file: str
    layer: str | None = None
    level: str | None = None
    only: tuple[str, ...] = ()
    fields: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What `city.toml` says: `told` as `city_document.parsed` reads it, and the boundary files."""

    told: Mapping[str, object]
    sources: tuple[Source, ...] = ()
    warnings: tuple[Phrase, ...] = ()


def read_declaration(folder: Path) -> Declaration:
    """Return what the `city.toml` of a folder says; nothing where there is none."""
    path = folder / CITY_FILE
    if not path.exists():
        return Declaration(told={})
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = os_reason(error)
        raise Refused("%(path)s: cannot be read: %(reason)s", path=path, reason=reason) from error
    except ValueError as error:
        raise Refused("%(path)s: is not TOML: %(error)s", path=path, error=error) from error
    named = {_ALIASES.get(name, name): value for name, value in told.items()}
    warnings = [
        phrase("%(file)s: %(name)s is not used", file=CITY_FILE, name=name)
        for name in named
        if name not in _KNOWN
    ]
    given = named.pop("boundaries", [])
    entries = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    sources = tuple(_source(entry) for entry in entries)
    return Declaration(told=_normal(named), sources=sources, warnings=tuple(warnings))


def _normal(named: Mapping[str, object]) -> dict[str, object]:
    """Return values in the one form: a language alone as a list, names of levels as levels."""
    told = {name: value for name, value in named.items() if name in _KNOWN}
    if isinstance(told.get("languages"), str):
        told["languages"] = [told["languages"]]
    metric = told.get("metric")
    if isinstance(metric, str) and metric.upper().removeprefix("EPSG:").isdecimal():
        told["metric"] = int(metric.upper().removeprefix("EPSG:"))
    levels = told.get("levels")
    if isinstance(levels, str):
        levels = [levels]
    if levels is not None and not isinstance(levels, Sequence):
        raise Refused("%(file)s: levels: each needs its name", file=CITY_FILE)
    if isinstance(levels, Sequence):
        told["levels"] = [{"id": one} if isinstance(one, str) else one for one in levels]
    for name in ("view", "bounds"):
        box = told.get(name)
        if isinstance(box, Sequence) and not isinstance(box, str) and len(box) == 4:
            told[name] = dict(zip(("west", "south", "east", "north"), box, strict=True))
    if isinstance(told.get("credits"), str):
        told["credits"] = {"boundaries": told["credits"]}
    return told


def _source(entry: object) -> Source:
    if isinstance(entry, str):
        return Source(file=entry)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("file"), str):
        raise Refused("%(file)s: boundaries: each needs the name of its file", file=CITY_FILE)
    strange = sorted(set(map(str, entry)) - _SOURCE)
    if strange:
        raise Refused(
            "%(file)s: boundaries: %(names)s is not known", file=CITY_FILE, names=", ".join(strange)
        )
    texts = {name: str(value) for name, value in entry.items() if name != "only"}
    only = entry.get("only", ())
    values = [only] if isinstance(only, str | int) else only
    return Source(
        file=texts["file"],
        layer=texts.get("layer"),
        level=texts.get("level"),
        only=tuple(map(str, values)),
        fields={
            name: texts.get(name) for name in ("code", "name", "parent", "label", "level_field")
        },
    )


def as_toml(city: CitySettings, sources: Sequence[Source]) -> str:
    """Return the `city.toml` that says all of this."""
    document = city.document()
    return "\n".join(_lines(document, sources)) + "\n"


def _lines(document: Mapping[str, object], sources: Sequence[Source]) -> Iterator[str]:
    yield "# What this city is; see the page on cities in the documentation of geosites."
    for name in ("name", "languages", "zone", "metric", "classes"):
        if name in document:
            yield f"{name} = {_value(document[name])}"
    for name in ("view", "bounds", "credits"):
        table = document.get(name)
        if isinstance(table, Mapping) and table:
            yield from ("", f"[{name}]", *(f"{k} = {_value(v)}" for k, v in table.items()))
    levels = document.get("levels")
    for level in levels if isinstance(levels, list) else []:
        yield from ("", "[[levels]]", *(f"{k} = {_value(v)}" for k, v in level.items()))
    for source in sources:
        yield from ("", "[[boundaries]]")
        said = {"file": source.file, "layer": source.layer, "level": source.level}
        for name, value in {**said, **source.fields}.items():
            if value:
                yield f"{name} = {_value(value)}"
        if source.only:
            yield f"only = {_value(list(source.only))}"


def _value(value: object) -> str:
    """Return a text, number, truth value or list as TOML, which JSON is for these."""
    return json.dumps(value, ensure_ascii=False)
