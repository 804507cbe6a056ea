"""Choices on the import page about one file, carried in its URL and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

from pydantic import ConfigDict, Field

from geosites.imports.mapping import ColumnMapping
from geosites.imports.source_options import ALL_TIMES, SourceOptions
from geosites.validation import COLUMNS, FileKind
from geosites.web.form_data.forms import FormFields

LONGEST = 200
MOST_COLUMNS = 2000
SAVING = frozenset({"save_as", "replace"})
"""Fields about the mapping to be saved, which do not affect how the file is read."""


class ImportChoices(FormFields):
    """The choices about one upload. `column` maps each column of the file to one of ours.

    An empty text means no choice, and in `column` an ignored column. `heads`: the number of people
    for every row, if there is no such column. `writing`: the file was confirmed. `replace`: replace
    the mapping of that name. `sure`: implausible counts are confirmed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    upload: str = Field(default="", max_length=LONGEST)
    kind: FileKind = FileKind.SIGHTINGS
    saved: str = Field(default="", max_length=LONGEST)
    sheet: str = Field(default="", max_length=LONGEST)
    layer: str = Field(default="", max_length=LONGEST)
    encoding: str = Field(default="", max_length=LONGEST)
    delimiter: str = Field(default="", max_length=1)
    zone: str = Field(default="", max_length=LONGEST)
    time: str = Field(default="", max_length=LONGEST)
    decimal: Literal["", "comma", "point"] = ""
    where: str = Field(default="", max_length=1000)
    max_rejects: int = Field(default=0, ge=0, le=1_000_000)
    heads: str = Field(default="", max_length=9)
    column: list[str] = Field(default_factory=list, max_length=MOST_COLUMNS)
    save_as: str = Field(default="", max_length=LONGEST)
    replace: bool = False
    done: bool = False
    sure: bool = False
    writing: bool = False

    def fields(self) -> list[tuple[str, str]]:
        """Return the choices as form fields."""
        said = self.model_dump(
            exclude_defaults=True, mode="json", exclude={"column", "save_as", "replace"}
        )
        pairs = [
            (name, str(value).lower() if value is True else str(value))
            for name, value in said.items()
        ]
        return [*pairs, *(("column", name) for name in self.column)]

    def query(self) -> str:
        """Return the choices as a query string."""
        return urlencode(self.fields())

    def chosen(self, header: Sequence[str]) -> list[str]:
        """Return the mapping of header columns to ours; our own names map to themselves."""
        if len(self.column) == len(header):
            return [name if name in COLUMNS[self.kind] else "" for name in self.column]
        return [name.lower() if name.lower() in COLUMNS[self.kind] else "" for name in header]

    def constants(self) -> dict[str, str]:
        """Return the constant values of all rows."""
        said = self.heads and not self.saved and self.kind is FileKind.SIGHTINGS
        return {"headcount": self.heads} if said else {}

    def columns(self, header: Sequence[str]) -> dict[str, str]:
        """Return the names of theirs by ours; several of theirs are joined."""
        if self.saved:
            return {}
        found: dict[str, list[str]] = {}
        for theirs, ours in zip(header, self.chosen(header), strict=True):
            if ours:
                found.setdefault(ours, []).append(theirs)
        return {ours: "+".join(theirs) for ours, theirs in found.items()}

    def ignored(self, header: Sequence[str]) -> list[str]:
        """Return the ignored columns."""
        if self.saved:
            return []
        return [
            theirs for theirs, ours in zip(header, self.chosen(header), strict=True) if not ours
        ]

    def options(self, *, confirmed: bool = False) -> SourceOptions:
        """Return how the file is opened and read."""
        return SourceOptions(
            sheet=self.sheet or None,
            layer=self.layer or None,
            encoding=self.encoding or None,
            delimiter=self.delimiter or None,
            zone=self.zone or None,
            times={ALL_TIMES: (self.time,)} if self.time else {},
            decimal_comma={"comma": True, "point": False}.get(self.decimal),
            where=self.where or None,
            max_rejects=self.max_rejects or None,
            confirmed=confirmed,
        )

    def as_mapping(self, header: Sequence[str]) -> ColumnMapping:
        """Return these choices as a mapping, to be saved."""
        columns: Mapping[str, str] = self.columns(header)
        return ColumnMapping(
            columns={ours: (theirs,) for ours, theirs in columns.items()},
            constants=self.constants(),
            ignore=tuple(self.ignored(header)),
        ).with_options(self.options())
