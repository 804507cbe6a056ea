"""Recognise the properties of a boundary file: code, name, level, parent territory."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geosites.core.errors import Refused, hint
from geosites.imports.city.boundary_files import BoundaryFile

_NAMES = (
    "name", "nom", "nome", "nombre", "naam", "namn", "navn", "bezeichnung", "libelle", "label",
    "nom_com", "nom_officiel", "l_qu", "l_ar", "quartier", "quartier_name", "stadtteil",
    "stadtteilname", "bezirk", "neighborhood", "neighbourhood", "barrio", "bairro", "ward",
    "district", "district_name", "commune",
)  # fmt: skip
_CODES = (
    "code", "insee", "insee_com", "code_insee", "c_qu", "c_ar", "nis", "ags", "geoid", "nummer",
    "nr", "num", "no", "number", "kuerzel", "qnr", "knr", "stt_nr", "dist_id", "ward_id",
    "district_id", "osm_id", "id",
)  # fmt: skip
_LEVELS = ("level", "niveau", "admin_level")
_PARENTS = ("parent", "parent_code")
_SLUG = re.compile(r"[^a-z0-9]+")
_FEW = 12
"""A field of levels has no more words than these."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Which property is what. Without a code, the name makes it."""

    name: str
    code: str | None = None
    level: str | None = None
    parent: str | None = None
    label: str | None = None

    def document(self) -> dict[str, str]:
        """Return the fields that are known, as `city.toml` has them."""
        given = {
            "name": self.name,
            "code": self.code,
            "level_field": self.level,
            "parent": self.parent,
            "label": self.label,
        }
        return {key: value for key, value in given.items() if value}


def proposed(file: BoundaryFile, given: Mapping[str, str | None]) -> Fields:
    """Return what the properties of a file are: as `given` by name, or as they look.

    Raises `Refused` where a field that is named is not there, or none can be the name.
    """
    columns = {key: values for key, values in file.columns.items() if any(map(_text, values))}
    for field in filter(None, given.values()):
        if field not in file.columns:
            raise Refused(
                "%(file)s: has no field %(field)s%(hint)s",
                file=file.name,
                field=field,
                hint=hint(list(columns)[:8]),
            )
    code = given.get("code") or _first(columns, _CODES, unique=True)
    name = given.get("name") or _first(columns, _NAMES) or _unique_text(columns) or code
    if name is None:
        raise Refused(
            "%(file)s: none of its fields looks like a name: choose one with --name (%(fields)s)",
            file=file.name,
            fields=", ".join(columns) or "–",
        )
    level = given.get("level_field") or _first(columns, _LEVELS)
    few = level is not None and len(set(map(_text, columns.get(level, ())))) <= _FEW
    few = few or given.get("level_field") is not None
    return Fields(
        name=name,
        code=code,
        level=level if few else None,
        parent=given.get("parent") or _first(columns, _PARENTS),
        label=given.get("label") or ("label" if "label" in columns and name != "label" else None),
    )


def text_of(value: object) -> str:
    """Return a value as text, in the composed form, without spaces around it."""
    return _text(value)


def slug(name: str) -> str:
    """Return a code derived from a name: `Sainte-Dévote` is `sainte-devote`.

    A name in a non-Latin script keeps its letters: `Κολωνάκι 2` is `κολωνάκι-2`.
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    latin = _SLUG.sub("-", plain.decode().lower()).strip("-")
    if any(map(str.isalpha, latin)) or not any(map(str.isalpha, name)):
        return latin
    whole = unicodedata.normalize("NFC", name.casefold())
    kept = (one if unicodedata.category(one)[0] in "LMN" else " " for one in whole)
    return "-".join("".join(kept).split())


def _text(value: object) -> str:
    return "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def _first(
    columns: Mapping[str, Sequence[object]], wanted: Iterable[str], *, unique: bool = False
) -> str | None:
    """Return the first column called as wanted, whatever its case, that every feature has."""
    called = {key.lower(): key for key in reversed(list(columns))}
    for name in wanted:
        key = called.get(name)
        if key is not None and (not unique or _is_unique(columns[key])):
            return key
    return None


def _unique_text(columns: Mapping[str, Sequence[object]]) -> str | None:
    for key, values in columns.items():
        if _is_unique(values) and all(isinstance(v, str) and not v.isdecimal() for v in values):
            return key
    return None


def _is_unique(values: Sequence[object]) -> bool:
    texts = list(map(_text, values))
    return all(texts) and len(set(texts)) == len(texts)
