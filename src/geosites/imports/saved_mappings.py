"""Mappings of columns under their names: those that come with geosites, and those saved here."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from geosites.core.errors import Conflict, NotFound, Refused, phrase
from geosites.core.records import is_slug
from geosites.db.maintenance import store_flags
from geosites.imports.mapping import ColumnMapping

_PACKAGED = Path(__file__).parents[1] / "data_mappings"
_IN_SOURCES = Path(__file__).parents[3] / "data" / "mappings"
_MARK = "mapping:"


def get(conn: sa.Connection, name: str) -> ColumnMapping:
    """Return the mapping saved under a name, or that comes with geosites; raises `NotFound`."""
    text = store_flags.get(conn, _MARK + name)
    if text is not None:
        return ColumnMapping.parse(text, name)
    path = _folder() / f"{name}.json"
    if is_slug(name) and path.is_file():
        return ColumnMapping.parse(path.read_text(encoding="utf-8"), name)
    known = sorted(names(conn))
    raise NotFound("mapping", name, difflib.get_close_matches(name, known, n=2) or known)


def names(conn: sa.Connection) -> dict[str, bool]:
    """Return the name of every mapping, and whether it was saved here."""
    return {
        **dict.fromkeys(shipped(), False),
        **dict.fromkeys(store_flags.under(conn, _MARK), True),
    }


def shipped() -> list[str]:
    """Return the names of the mappings that come with geosites."""
    return [path.stem for path in _folder().glob("*.json")]


@dataclass(frozen=True)
class Taken:
    """Why a name is not to be had: it is none, or a mapping saved under it says something else.

    `differs`: by column of ours, the names there and here. `may_go`: that mapping may be replaced.
    """

    reason: str
    differs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    may_go: bool = False


def taken(conn: sa.Connection, name: str, mapping: ColumnMapping) -> Taken | None:
    """Return why a mapping cannot be saved under a name without taking another's away."""
    try:
        _require_name(name)
    except Refused as error:
        return Taken(error.message)
    text = store_flags.get(conn, _MARK + name)
    there = None if text is None else ColumnMapping.parse(text, name)
    if there is None or there == ColumnMapping.parse(mapping.model_dump_json(), name):
        return None
    ours = sorted({*there.columns, *mapping.columns})
    both = {one: (_theirs(there, one), _theirs(mapping, one)) for one in ours}
    reason = phrase("mapping %(name)s is there already and says something else", name=name)
    differs = {one: pair for one, pair in both.items() if pair[0] != pair[1]}
    return Taken(reason, differs, may_go=True)


def save_beside(conn: sa.Connection, name: str, mapping: ColumnMapping) -> None:
    """Keep a mapping under a name; raises `Conflict` where that is another's by now."""
    store_flags.lock(conn, _MARK + name)
    found = taken(conn, name, mapping)
    if found is not None:
        raise Conflict(found.reason)
    save(conn, name, mapping)


def _theirs(mapping: ColumnMapping, ours: str) -> str:
    return ", ".join(mapping.columns.get(ours, ()))


def _require_name(name: str) -> None:
    if not is_slug(name):
        raise Refused(
            "mapping %(name)r: small letters and digits, joined by hyphens, please", name=name
        )


def save(conn: sa.Connection, name: str, mapping: ColumnMapping) -> None:
    """Keep a mapping under a name, in the place of what was there."""
    _require_name(name)
    document = mapping.model_dump(exclude_defaults=True, mode="json")
    store_flags.put(conn, _MARK + name, json.dumps(document, ensure_ascii=False))


def remove(conn: sa.Connection, name: str) -> None:
    """Forget a mapping that was saved; raises `NotFound`."""
    if not store_flags.remove(conn, _MARK + name):
        raise NotFound("saved mapping", name)


def _folder() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _IN_SOURCES
