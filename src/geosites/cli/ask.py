"""`geosites hotspots`, `displacement` and `closure`: the three questions."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from geosites import studies
from geosites.cli.opening import open_store
from geosites.cli.output import AsJson, answers, parse_instant, print_json
from geosites.settings import Settings

AsKnownAt = Annotated[
    str | None, typer.Option("--as-known-at", help="Leave out what was recorded later.")
]


def closure(
    slug: Annotated[str, typer.Argument(help="The site.")],
    as_of: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    as_known_at: AsKnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether a site is still closed: the evidence, its date and its expiry."""
    instant = parse_instant(as_of) if as_of else dt.datetime.now(dt.UTC)
    known = parse_instant(as_known_at) if as_known_at else None
    with open_store(Settings()) as store, store.begin() as conn:
        answer = studies.closure(conn, slug, instant, as_known_at=known)
    if as_json:
        print_json(answer.document())
        return
    answers.print(answer.document(), markup=False)
