"""The export page."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.exports import ExportKind
from geosites.presentation.formatting import Words
from geosites.presentation.template_rendering import Page
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption


def export(page: Page, form: FilledForm, endings: Sequence[str]) -> str:
    """Return the page; `endings` are those of the files."""
    words = page.words
    return page.html(
        "data_files/export.html",
        here="export",
        form=form.told(words),
        kinds=[SelectOption(kind.value, _kind_word(words, kind)) for kind in ExportKind],
        endings=[SelectOption(ending, ending.upper()) for ending in endings],
    )


def _kind_word(words: Words, kind: ExportKind) -> str:
    return {
        ExportKind.SIGHTINGS: words.say("sightings"),
        ExportKind.OPERATIONS: words.say("operations"),
        ExportKind.CLOSURES: words.say("closures"),
        ExportKind.SITES: words.say("sites"),
    }[kind]
