"""Choose the sheet of a workbook: the one named, or the one with the expected columns."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from geosites.core.errors import Phrase, Refused, hint, phrase
from geosites.imports.readers import headers
from geosites.imports.readers.cells import SheetRow, names_of, table_of
from geosites.imports.readers.tables import OpenTable
from geosites.imports.source_options import ReadOptions, Recognition


@dataclass(frozen=True)
class WorkbookSheet:
    """A sheet: its name, whether it is hidden, and how its rows are read.

    `top`: its first rows, where they are known already.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[SheetRow]]
    top: Sequence[SheetRow] | None = None

    def known(self, wanted: Collection[str]) -> int:
        """Return how many of the columns looked for the likeliest header names; -1 without rows."""
        rows = self.rows() if self.top is None else self.top
        top = itertools.islice(rows, headers.LOOKED_AT)
        return headers.named([names_of(row) for row in top], wanted)


class Choice(NamedTuple):
    """The sheet to read, and the notices about it."""

    sheet: WorkbookSheet
    remarks: tuple[Phrase, ...] = ()
    findings: tuple[Recognition, ...] = ()


def chosen(sheets: Sequence[WorkbookSheet], name: str | None, wanted: Collection[str]) -> Choice:
    """Return the sheet to read, the notices about the choice, and what has to be confirmed.

    Of several visible ones it is the one whose header has the most expected columns, the first in a
    tie; if another has such a header too, the choice has to be confirmed. Raises `Refused` if there
    is none of that name, or all are empty.
    """
    names = [sheet.name for sheet in sheets]
    if name is not None:
        for sheet in sheets:
            if sheet.name == name:
                return Choice(sheet)
        raise Refused("there is no sheet %(name)r%(hint)s", name=name, hint=hint(names[:8]))
    if not sheets:
        raise Refused("the file is empty")
    visible = [sheet for sheet in sheets if not sheet.hidden] or list(sheets)
    known = [0] if len(visible) == 1 else [sheet.known(wanted) for sheet in visible]
    sheet = visible[known.index(max(known))]
    if len(sheets) == 1:
        return Choice(sheet)
    others = ", ".join(other.name for other in sheets if other is not sheet)
    told = phrase(
        "read from sheet %(name)s; the others were not read: %(others)s (--sheet)",
        name=sheet.name,
        others=others,
    )
    if sum(count >= headers.FEWEST for count in known) > 1:
        return Choice(sheet, (), (Recognition(told, f"--sheet {shlex.quote(sheet.name)}", False),))
    return Choice(sheet, (told,))


def read_chosen(
    sheets: Sequence[WorkbookSheet],
    form: str,
    size: int,
    known: Collection[str],
    options: ReadOptions,
) -> OpenTable:
    """Return the table of the sheet to read, of a workbook in the format `form`."""
    choice = chosen(sheets, options.sheet, known)
    facts = {"format": form, "sheet": choice.sheet.name}
    table = table_of(choice.sheet.rows(), size, known, options.ignored, facts)
    return replace(table, remarks=(*choice.remarks, *table.remarks), findings=choice.findings)
