"""Form state: typed values, errors by field, and the version of the row being edited.

A form works without JavaScript. Each error is shown beside its field, and everything typed is kept.
If the row was changed since the form was opened, the form shows what changed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, model_validator

from geosites.core import city
from geosites.core.crs import to_geographic
from geosites.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    Outdated,
    Refused,
    RowsRefused,
    phrase,
)
from geosites.presentation.formatting import Words


class FormFields(BaseModel):
    """What a browser sends of a form, without what nobody types: NUL and marks of direction.

    No text of the store holds NUL, and a mark would turn the words round that follow it on a page.
    Every model of a form is one of these.
    """

    @model_validator(mode="before")
    @classmethod
    def _as_typed(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {name: _as_typed(value) for name, value in given.items()}


_UNTYPED = re.compile("[\0\u202a-\u202e\u2066-\u2069]")


def _as_typed(value: object) -> object:
    if isinstance(value, list):
        return [_as_typed(item) for item in value]
    return _UNTYPED.sub("", value) if isinstance(value, str) else value


class TypedForm(FormFields):
    """The fields of a form as text; nothing is a value before a rule has judged it."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)


class Mistaken(Refused):
    """A form has fields that cannot be taken: their names, each with the reason."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        self.wrong = dict(wrong)
        super().__init__(", ".join(wrong))


@dataclass(frozen=True, kw_only=True)
class FilledForm:
    """State of a form: values by field, errors, changes by others since.

    `version`: that of the row that the form was made from, as text.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    changed: Sequence[str] = ()
    version: str = ""

    def told(self, words: Words) -> FilledForm:
        """Return the form with its reasons in the reader's language."""
        told = {name: words.retold(reason) for name, reason in self.wrong.items()}
        return FilledForm(
            typed=self.typed,
            wrong={name: words.capital(reason) for name, reason in told.items()},
            changed=self.changed,
            version=self.version,
        )


@contextmanager
def mistakes(otherwise: str, fields: Mapping[str, str] | None = None) -> Iterator[None]:
    """Convert validation errors into field errors, by the columns that they name.

    `fields`: form fields by column, where the names differ. An error without a column belongs to
    the field `otherwise`. `Outdated` and `NotFound` pass through.
    """
    try:
        yield
    except (Mistaken, Outdated, NotFound):
        raise
    except RowsRefused as error:
        known = fields or {}
        wrong = {known.get(row.column, row.column): row.reason for row in error.rows}
        raise Mistaken(wrong) from error
    except (Refused, Conflict, Forbidden) as error:
        raise Mistaken({otherwise: error.message}) from error


def version_of(text: str) -> dt.datetime:
    """Return the version that a form was made from; raises `Outdated` if it is invalid."""
    try:
        seen = dt.datetime.fromisoformat(text)
    except ValueError:
        seen = None
    if seen is None or seen.tzinfo is None:
        raise Outdated("the form does not say which version it was made from; open it again")
    return seen


def required(typed: TypedForm, *names: str) -> None:
    """Raise `Mistaken` for every one of some fields that is empty."""
    missing = [name for name in names if not getattr(typed, name)]
    if missing:
        raise Mistaken(dict.fromkeys(missing, phrase("has to be filled in")))


def clock_text(instant: dt.datetime | None) -> str:
    """Return an instant as a field of date and time holds it, on the city's clocks."""
    if instant is None:
        return ""
    local = instant.astimezone(city.zone())
    return local.strftime("%Y-%m-%dT%H:%M" if not local.second else "%Y-%m-%dT%H:%M:%S")


def decimal_text(text: str) -> str:
    """Return a number that may be written with a comma as rules read it."""
    return text.replace(",", ".")


def degrees(x: float, y: float) -> tuple[str, str]:
    """Return a position in metres as longitude and latitude, as a field holds them."""
    ((lon, lat),) = to_geographic([[x, y]]).round(6).tolist()
    return f"{lon:.6f}", f"{lat:.6f}"
