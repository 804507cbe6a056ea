"""Field declarations of a record, from which every other representation is derived.

A choice field is an optional field whose value is a word of a closed vocabulary. Its declaration in
`core/records.py` has its label in forms and the label of each word. From it are derived the
database column, the columns of files, frames and collections, the API schema, and the choices on
the report form. What has to be added separately: a migration, the French texts, and two pages of
documentation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from geosites.core.errors import Phrase

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_KEY = "geosites"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A chosen field: its name, what forms call it, and its words with what each is called.

    `in_every_id`: it has its place in the ids made from content even where nothing was chosen. A
    field that came later counts only where something was, so that ids made before still hold.
    """

    name: str
    label: Phrase
    words: Mapping[StrEnum, Phrase]
    in_every_id: bool = False

    @property
    def vocabulary(self) -> type[StrEnum]:
        """The class of its words."""
        return type(next(iter(self.words)))

    def read(self, text: str | None) -> StrEnum | None:
        """Return the word that a text is, or None for none."""
        return self.vocabulary(text) if text else None


Word = TypeVar("Word", bound=StrEnum)


def chosen(
    label: Phrase, words: Mapping[Word, Phrase], *, in_every_id: bool = False
) -> dict[str, object]:
    """Return the declaration of a chosen field, as the metadata of a field of a record's class."""
    return {_KEY: {"label": label, "words": words, "in_every_id": in_every_id}}


def chosen_fields(record: type[DataclassInstance]) -> tuple[Chosen, ...]:
    """Return the chosen fields of a record's class, in their order."""
    return tuple(
        Chosen(name=item.name, **item.metadata[_KEY])
        for item in dataclasses.fields(record)
        if _KEY in item.metadata
    )
