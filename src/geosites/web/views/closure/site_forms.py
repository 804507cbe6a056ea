"""The form to add, rename, redraw, merge and retire a site."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.db.geography.site_changes import SiteVersion
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.closure.operations import M2_PER_HA, shapes
from geosites.web.views.reporting.report_form import SelectOption


def site_form(
    page: Page,
    form: FilledForm,
    sites: Sequence[SelectOption],
    versions: Sequence[SiteVersion] = (),
) -> str:
    """Return the form of a site; without `versions` it is a new one."""
    words, last = page.words, versions[-1] if versions else None
    slug = last.site.slug if last else None
    return page.html(
        "closure/site_form.html",
        here="sites",
        form=form.told(words),
        slug=slug,
        name=last.site.name if last else None,
        retired=last.use.retired if last else False,
        merged_into=last.use.merged_into if last else None,
        shapes=shapes(words, kept=last is not None),
        sites=sites,
        others=[
            SelectOption("", words.say("Choose")),
            *(item for item in sites if item.value != slug),
        ],
        history=_history(words, versions) if versions else None,
    )


def site_differences(words: Words, before: SiteVersion, after: SiteVersion) -> list[str]:
    """Return what differs between two versions of a site, each in a line."""
    told = zip(_told(words, before), _told(words, after), strict=True)
    lines = [
        words.say("%(what)s: “%(before)s” became “%(after)s”", what=what, before=one, after=other)
        for (what, one), (_, other) in told
        if one != other
    ]
    return lines or [words.say("The perimeter was changed.")]


def _told(words: Words, version: SiteVersion) -> list[tuple[str, str]]:
    say, site, used = words.say, version.site, version.use
    return [
        (say("Name"), site.name),
        (say("Other names"), ", ".join(used.aliases)),
        (say("Area"), words.hectares(site.perimeter.area / M2_PER_HA)),
        (say("Use"), say("retired") if used.retired else say("in use")),
        (say("Source"), site.source or ""),
    ]


def _history(words: Words, versions: Sequence[SiteVersion]) -> Table:
    labels = [label for label, _ in _told(words, versions[0])]
    return Table(
        caption=words.say("What it was before, the latest first"),
        columns=(TableColumn(words.say("From")), *(TableColumn(label) for label in labels)),
        rows=tuple(
            (Cell(words.instant(item.since)), *(Cell(text) for _, text in _told(words, item)))
            for item in reversed(versions)
        ),
        empty="",
    )
