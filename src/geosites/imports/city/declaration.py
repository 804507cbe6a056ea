"""Parse `city.toml`, with the key names that people use for these settings."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from geosites.core.city import CITY_FILE
from geosites.core.city_records import SIDES, CitySettings
from geosites.core.errors import Phrase, Refused, phrase
from geosites.imports.city.checks import apart, faulty, unknown
from geosites.imports.city.toml_file import read_toml

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
_FIELDS = ("code", "name", "parent", "label", "level_field")
_SOURCE = frozenset({"file", "layer", "level", "only", *_FIELDS})


@dataclass(frozen=True, kw_only=True)
class Source:
    """A boundary file, and its declared properties.

    `only`: accepted values of its level field; all by default.
    """

    file: str
    layer: str | None = None
    level: str | None = None
    only: tuple[str, ...] = ()
    fields: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """Content of `city.toml`: `told`, parsed by `city_document.parsed`, and boundary files."""

    told: Mapping[str, object]
    sources: tuple[Source, ...] = ()
    faults: tuple[Phrase, ...] = ()


def read_declaration(folder: Path) -> Declaration:
    """Return the content of a folder's `city.toml`, or nothing.

    Invalid values are left out of `told` and listed in `faults`.
    """
    path = folder / CITY_FILE
    if not path.exists():
        return Declaration(told={})
    told = read_toml(path)
    named = {_ALIASES.get(name, name): value for name, value in told.items()}
    faults = [*unknown("", named, _KNOWN), *_said_twice(told)]
    given = named.pop("boundaries", [])
    entries = [given] if isinstance(given, str | Mapping) else given
    if not isinstance(entries, Sequence):
        raise Refused("%(file)s: boundaries: each needs the name of its file", file=CITY_FILE)
    sources = tuple(_source(entry) for entry in entries)
    normal = _normal(named)
    wrong = faulty(normal)
    sound = {name: value for name, value in normal.items() if name not in wrong}
    faults += [*itertools.chain(*wrong.values()), *apart(sound), *_of_sources(sources, sound)]
    if "zone" in wrong:
        sound["zone"] = "UTC"  # to go on looking for faults
    return Declaration(told=sound, sources=sources, faults=tuple(map(_in_file, faults)))


def _in_file(fault: Phrase) -> Phrase:
    return phrase("%(file)s: %(fault)s", file=CITY_FILE, fault=fault)


def _said_twice(told: Mapping[str, object]) -> Iterator[Phrase]:
    for name, ours in _ALIASES.items():
        if name in told and ours in told:
            yield phrase("%(name)s and %(other)s say the same: keep one", name=ours, other=name)


def _of_sources(sources: Sequence[Source], told: Mapping[str, object]) -> Iterator[Phrase]:
    """Yield errors of the boundary files regarding declared levels."""
    levels = told.get("levels")
    known = [str(level["id"]) for level in levels] if isinstance(levels, list) else []
    for at, source in enumerate(sources):
        if source in sources[:at]:
            yield phrase("boundaries: %(name)s is listed twice", name=source.file)
        if source.only and not source.fields.get("level_field"):
            yield phrase(
                "boundaries: %(name)s: only needs level_field, the field whose values it takes",
                name=source.file,
            )
        if source.level and known and source.level not in known:
            yield phrase(
                "boundaries: %(name)s: level %(level)s is none of levels (%(levels)s)",
                name=source.file,
                level=source.level,
                levels=", ".join(known),
            )


def _normal(named: Mapping[str, object]) -> dict[str, object]:
    """Return values in normal form: a single language as a list, level names as levels."""
    told = {name: value for name, value in named.items() if name in _KNOWN}
    if isinstance(told.get("languages"), str):
        told["languages"] = [told["languages"]]
    metric = told.get("metric")
    if isinstance(metric, str) and metric.upper().removeprefix("EPSG:").isdecimal():
        told["metric"] = int(metric.upper().removeprefix("EPSG:"))
    levels = told.get("levels")
    if isinstance(levels, str | Mapping):
        levels = [levels]
    if isinstance(levels, Sequence):
        told["levels"] = [{"id": one} if isinstance(one, str) else one for one in levels]
    for name in ("view", "bounds"):
        box = told.get(name)
        if isinstance(box, Sequence) and not isinstance(box, str) and len(box) == len(SIDES):
            told[name] = dict(zip(SIDES, box, strict=True))
    if isinstance(told.get("credits"), str):
        told["credits"] = {"boundaries": told["credits"]}
    return told


def _source(entry: object) -> Source:
    if isinstance(entry, str):
        entry = {"file": entry}
    if not isinstance(entry, Mapping) or not isinstance(entry.get("file"), str):
        raise Refused("%(file)s: boundaries: each needs the name of its file", file=CITY_FILE)
    name = entry["file"]
    if not name.strip() or not name.isprintable() or not _is_inside(name):
        raise Refused(
            "%(file)s: boundaries: %(name)s is not a file of the folder", file=CITY_FILE, name=name
        )
    for strange in unknown(f"boundaries: {name}", entry, _SOURCE):
        raise Refused("%(file)s: %(fault)s", file=CITY_FILE, fault=strange)
    only = entry.get("only", ())
    values = list(only) if isinstance(only, list | tuple) else [only]
    texts = {key: value for key, value in entry.items() if key != "only"}
    for key, value in [*texts.items(), *(("only", value) for value in values)]:
        if not _is_plain(value):
            raise Refused(
                "%(file)s: boundaries: %(name)s: %(key)s: expected a text",
                file=CITY_FILE,
                name=name,
                key=key,
            )
    return Source(
        file=name,
        layer=_text(texts.get("layer")),
        level=_text(texts.get("level")),
        only=tuple(map(str, values)),
        fields={key: _text(texts.get(key)) for key in _FIELDS},
    )


def _is_inside(name: str) -> bool:
    path = PurePath(name)
    return not path.is_absolute() and ".." not in path.parts


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def as_toml(city: CitySettings, sources: Sequence[Source]) -> str:
    """Return the text of the corresponding `city.toml`."""
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
