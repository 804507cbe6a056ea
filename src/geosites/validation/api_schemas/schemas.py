"""API schemas of single objects: shape by Pydantic, values by the rules for files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from geosites.core.errors import Refused, RowsRefused
from geosites.core.records import (
    CHOSEN_OF_SIGHTING,
    Closure,
    Operation,
    OperationKind,
    Origin,
    Sighting,
)
from geosites.validation.free_text.notes import reason_against
from geosites.validation.records.closures import closure
from geosites.validation.records.operations import operation
from geosites.validation.records.parse import read
from geosites.validation.records.report_context import Context
from geosites.validation.records.sighting_fast_path import plain_sighting
from geosites.validation.records.sightings import sighting
from geosites.validation.records.table_row import Row
from geosites.validation.table_columns.file_columns import FileKind, require_columns
from geosites.validation.table_columns.text_columns import Block


def _number(value: object) -> object:
    """Return a JSON number as the text a file would have; rules judge it later."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return value


def _flag(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _schema(kind: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


Decimal = Annotated[str, BeforeValidator(_number), _schema("number")]
Count = Annotated[str, BeforeValidator(_number), _schema("integer", minimum=0)]
Flag = Annotated[str, BeforeValidator(_flag), _schema("boolean")]
Identifier = Annotated[str, _schema("string", format="uuid")]
Instant = Annotated[str, _schema("string", examples=["2023-07-13T14:30+02:00"])]


class _Door(BaseModel):
    """A report as one object. Keys beyond those of the contract are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file_kind: ClassVar[FileKind]

    exercise: Flag | None = None

    def _given(self) -> dict[str, str]:
        """Return the values of the object, as text by column."""
        message = self.model_dump(exclude={"note", "confirmed", "evictable"})
        return {name: text for name, text in message.items() if text is not None}

    def _row(self, context: Context) -> Row:
        given = self._given()
        require_columns(self.file_kind, given)
        columns = {name: _cell(name, text) for name, text in given.items()}
        result = read(Block(columns, np.ones(1, dtype=np.int64)), self.file_kind, context)
        if result.bad_total:
            raise RowsRefused(self.file_kind.value, result.bad, result.bad_total)
        if result.exercise and not context.exercise:
            raise Refused("the report is marked as an exercise, and the store is not one")
        row: Row = result.table.to_pylist()[0]
        return row


def _cell(name: str, text: str) -> pa.Array:
    try:
        return pa.array([text], pa.string())
    except UnicodeEncodeError as error:
        raise Refused("%(name)s holds half a character (a lone surrogate)", name=name) from error


if TYPE_CHECKING:
    _WithChosen = _Door
else:
    _WithChosen = create_model(
        "_WithChosen",
        __base__=_Door,
        **{
            item.name: (
                Annotated[str, _schema("string", enum=[word.value for word in item.words])] | None,
                None,
            )
            for item in CHOSEN_OF_SIGHTING
        },
    )


class SightingIn(_WithChosen):
    """A sighting as one object; without an `id` it gets that of its content."""

    file_kind: ClassVar[FileKind] = FileKind.SIGHTINGS

    id: Identifier | None = None
    observed_at: Instant
    lon: Decimal | None = None
    lat: Decimal | None = None
    x: Decimal | None = None
    y: Decimal | None = None
    headcount: Count
    accuracy_m: Decimal | None = None
    duration_min: Count | None = None
    origin: Annotated[str, _schema("string", enum=list(Origin))] | None = None
    site: str | None = None
    verified: Flag | None = None
    unit: str | None = None
    note: str | None = Field(default=None, repr=False)
    confirmed: list[str] | None = Field(
        default=None,
        max_length=10,
        description="Where it is there, a likely slip is asked about (422, `unconfirmed`) unless "
        "its code is in it; where it is not, nothing is asked.",
    )
    evictable: bool = Field(
        default=False,
        description="Whether the phone may erase what waits in it: counted, and not recorded.",
    )

    def to_record(self, context: Context) -> Sighting:
        """Return the sighting, or raise `Refused` (`RowsRefused` where a value is at fault)."""
        plain = plain_sighting(self._given(), context)
        return context.dated(plain or sighting(self._row(context)))

    def safe_note(self) -> str | None:
        """Return the note, or raise `Refused` with the reason, which repeats nothing of it."""
        if self.note is None:
            return None
        reason = reason_against(self.note)
        if reason is not None:
            raise Refused("note: %(reason)s; a note describes only the place", reason=reason)
        return self.note or None


class OperationIn(_Door):
    """An operation as one object."""

    file_kind: ClassVar[FileKind] = FileKind.OPERATIONS

    id: Identifier | None = None
    started_at: Instant
    ended_at: Instant
    kind: Annotated[str, _schema("string", enum=list(OperationKind))]
    lon: Decimal | None = None
    lat: Decimal | None = None
    x: Decimal | None = None
    y: Decimal | None = None
    radius_m: Decimal | None = None
    wkt: str | None = None
    headcount_dispersed: Count | None = None
    arrests: Count | None = None
    site: str | None = None
    unit: str | None = None
    source: str | None = None

    def to_record(self, context: Context) -> Operation:
        """Return the operation, or raise `Refused` (`RowsRefused` where a value is at fault)."""
        return context.dated(operation(self._row(context)))


class ClosureIn(_Door):
    """A closure as one object."""

    file_kind: ClassVar[FileKind] = FileKind.CLOSURES

    id: Identifier | None = None
    site: str
    closed_from: Instant
    closed_until: Instant | None = None
    legal_ref: str | None = None
    review_days: Count | None = None
    source: str | None = None

    def to_record(self, context: Context) -> Closure:
        """Return the closure, or raise `Refused` (`RowsRefused` where a value is at fault)."""
        return context.dated(closure(self._row(context)))
