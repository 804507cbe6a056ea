"""The page of exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from geosites.exports import ExportKind
from geosites.presentation.formatting import Words
from geosites.presentation.pages import Page


class ChosenExport(Protocol):
    """What is chosen on the page so far."""

    @property
    def kind(self) -> ExportKind:
        """What is exported."""


def export(page: Page, chosen: ChosenExport, forms: Sequence[str]) -> str:
    """Return the page; `forms` are the endings of the files."""
    words = page.words
    return page.html(
        "export.html",
        here="export",
        chosen=chosen,
        kinds=[(kind.value, _kind_word(words, kind)) for kind in ExportKind],
        forms=[(form, form.upper()) for form in forms],
    )


def _kind_word(words: Words, kind: ExportKind) -> str:
    return {
        ExportKind.SIGHTINGS: words.say("sightings"),
        ExportKind.OPERATIONS: words.say("operations"),
        ExportKind.CLOSURES: words.say("closures"),
        ExportKind.SITES: words.say("sites"),
    }[kind]
