"""Journaling of reads by the command line, as the service does for its responses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import sqlalchemy as sa
import typer

from geosites.cli.console.language import say
from geosites.cli.console.output import remarks
from geosites.core.errors import Refused
from geosites.db import journal
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import LONGEST_MOTIVE

MotiveOption = Annotated[
    str | None,
    typer.Option(
        "--motive",
        envvar="GEOSITES_MOTIVE",
        show_envvar=False,
        metavar="TEXT",
        help="Why exact positions are read; the journal keeps it.",
    ),
]


@contextmanager
def reading(store: Store, what: str, *references: str) -> Iterator[sa.Connection]:
    """Open a read transaction; the read is journaled last."""
    with store.begin() as conn:
        yield conn
        journal.consulted(conn, f"geosites {what}", [item for item in references if item])


@contextmanager
def handing_out(
    store: Store, what: str, references: list[str], motive: str | None, recipient: str
) -> Iterator[sa.Connection]:
    """Journal the disclosure of a file of exact rows, then open the transaction that reads them.

    An interrupted export was read as well, so the entry is made before the first row.
    """
    with store.begin() as conn:
        conn.execute(sa.select(sa.func.set_config("geosites.motive", motive or "", True)))
        journal.communicated(conn, what, references, recipient)
    with store.begin() as conn:
        yield conn


def why(motive: str | None) -> str | None:
    """Return the reason for reading exact rows: as given, or else as entered at a terminal.

    A script without a reason is not stopped: the journal entry then has none, with a notice. Raises
    `Refused` for a reason that is too long.
    """
    given = " ".join((motive or "").split())
    if not given and sys.stdin.isatty() and sys.stderr.isatty():
        given = typer.prompt(say("Reason for reading exact positions"), err=True).strip()
    if len(given) > LONGEST_MOTIVE:
        raise Refused("--motive: at most %(most)s characters", most=LONGEST_MOTIVE)
    if given:
        from geosites.validation.free_text.notes import (  # reads much else
            TextKind,
            require_impersonal,
        )

        require_impersonal("--motive", given, TextKind.MOTIVE)
    if not given:
        remarks.print(say("No reason was given (--motive); the journal says so."), markup=False)
    return given or None
