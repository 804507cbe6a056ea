"""The list of operations, and the form to enter, edit and withdraw one."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.records import Operation, OperationKind
from geosites.db.closure.operations import OperationVersion
from geosites.presentation.formatting import Words
from geosites.presentation.labels import operation_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption

M2_PER_HA = 10_000


def operations(
    page: Page,
    listed: Sequence[Operation],
    places: Sequence[str],
    own: Sequence[bool],
    withdrawn: Sequence[tuple[OperationVersion, str]] = (),
) -> str:
    """Return the operations, the latest first; those that the account may edit link to their form.

    `withdrawn`: withdrawn ones, each with its place.
    """
    words, say = page.words, page.words.say
    table = Table(
        caption=say("The latest first"),
        columns=(
            TableColumn(say("Started")),
            TableColumn(say("Where")),
            TableColumn(say("Kind")),
            TableColumn(say("People dispersed"), numeric=True),
            TableColumn(say("Arrests"), numeric=True, minor=True),
            TableColumn(say("Unit"), minor=True),
        ),
        rows=tuple(
            (
                Cell(
                    words.instant(item.started_at),
                    href=page.links.operation(item.id) if edited else None,
                ),
                Cell(place),
                Cell(operation_word(words, item.kind)),
                Cell(_count(words, item.headcount_dispersed)),
                Cell(_count(words, item.arrests)),
                Cell(item.unit or ""),
            )
            for item, place, edited in zip(listed, places, own, strict=True)
        ),
        empty=say("No operation is recorded."),
    )
    gone = _withdrawn(page, withdrawn) if withdrawn else None
    return page.html("closure/operations.html", here="moves", table=table, withdrawn=gone)


def _withdrawn(page: Page, rows: Sequence[tuple[OperationVersion, str]]) -> Table:
    words, say = page.words, page.words.say
    return Table(
        caption=say("Withdrawn, and counted nowhere"),
        columns=(
            TableColumn(say("Started")),
            TableColumn(say("Where")),
            TableColumn(say("Kind")),
            TableColumn(say("Withdrawn on")),
        ),
        rows=tuple(
            (
                Cell(
                    words.instant(item.operation.started_at),
                    href=page.links.operation(item.operation.id),
                ),
                Cell(place),
                Cell(operation_word(words, item.operation.kind)),
                Cell(words.instant(item.until) if item.until else ""),
            )
            for item, place in rows
        ),
        empty="",
        folded=True,
    )


def operation(
    page: Page,
    form: FilledForm,
    sites: Sequence[SelectOption],
    versions: Sequence[OperationVersion] = (),
    identifier: str | None = None,
) -> str:
    """Return the form of an operation; without an `identifier` it is a new one.

    One that was withdrawn has versions and no form.
    """
    words = page.words
    kinds = [
        SelectOption(item, words.capital(operation_word(words, item))) for item in OperationKind
    ]
    links = page.links
    return page.html(
        "closure/operation.html",
        here="moves",
        form=form.told(words),
        action=links.new_operation() if identifier is None else links.operation(identifier),
        withdrawal=None if identifier is None else links.operation(identifier, "withdraw"),
        restoring=None if identifier is None else links.operation(identifier, "restore"),
        kinds=kinds,
        shapes=shapes(words, kept=identifier is not None),
        sites=[SelectOption("", words.say("No site")), *sites],
        history=_history(words, versions) if versions else None,
        withdrawn=bool(versions) and versions[-1].until is not None,
    )


def shapes(words: Words, *, kept: bool) -> list[SelectOption]:
    """Return the options for entering an area, the current one first if there is one."""
    say = words.say
    there = [SelectOption("kept", say("As it is"))] if kept else []
    return [
        *there,
        SelectOption("circle", say("Circle: a centre and a radius")),
        SelectOption("polygon", say("Polygon: corners")),
        SelectOption("site", say("Perimeter of a site")),
        SelectOption("geojson", say("GeoJSON, as text or as a file")),
    ]


def operation_differences(words: Words, before: Operation, after: Operation) -> list[str]:
    """Return what differs between two versions of an operation, each in a line."""
    told = zip(_told(words, before), _told(words, after), strict=True)
    lines = [
        words.say("%(what)s: “%(before)s” became “%(after)s”", what=what, before=one, after=other)
        for (what, one), (_, other) in told
        if one != other
    ]
    return lines or [words.say("The place was changed.")]


def _told(words: Words, item: Operation) -> list[tuple[str, str]]:
    say = words.say
    return [
        (say("Kind"), operation_word(words, item.kind)),
        (say("Started"), words.instant(item.started_at)),
        (say("Ended"), words.instant(item.ended_at)),
        (say("People dispersed"), _count(words, item.headcount_dispersed)),
        (say("Arrests"), _count(words, item.arrests)),
        (say("Area"), words.hectares(item.area.area / M2_PER_HA)),
        (say("Unit"), item.unit or ""),
        (say("Source"), item.source or ""),
    ]


def _history(words: Words, versions: Sequence[OperationVersion]) -> Table:
    labels = [label for label, _ in _told(words, versions[0].operation)]
    return Table(
        caption=words.say("What it was before, the latest first"),
        columns=(TableColumn(words.say("From")), *(TableColumn(label) for label in labels)),
        rows=tuple(
            (
                Cell(words.instant(item.since), note=_until(words, item)),
                *(Cell(text) for _, text in _told(words, item.operation)),
            )
            for item in reversed(versions)
        ),
        empty="",
    )


def _until(words: Words, version: OperationVersion) -> str | None:
    if version.until is None:
        return None
    return words.say("until %(until)s", until=words.instant(version.until))


def _count(words: Words, value: int | None) -> str:
    return words.say("not specified") if value is None else words.number(value)
