"""`geosites mapping`: named column mappings, each for the files of one source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.language import say
from geosites.cli.output import AsJson, answers, print_json, remarks
from geosites.cli.store_setup import open_store
from geosites.cli.usage import App
from geosites.core.errors import Refused, os_reason, phrase
from geosites.imports import mapping as mappings
from geosites.imports.mapping import ColumnMapping
from geosites.settings import Settings

Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=COLUMN", help="Read a field from a column of the file."),
]
Constants = Annotated[
    list[str] | None,
    typer.Option("--value", metavar="NAME=VALUE", help="The same value of a field for every row."),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="COLUMN", help="A column of the file to ignore."),
]

app = App("The column mappings for imports: save, list, show, remove.")


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, joined by hyphens.")],
    column: Columns = None,
    value: Constants = None,
    ignore: Ignored = None,
    rest: Annotated[bool, typer.Option("--rest", help="Ignore all other columns.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="A whole mapping as JSON.")] = None,
) -> None:
    """Save a mapping under a name, for `import --mapping NAME`."""
    text = "{}" if file is None else _text_of(file)
    columns, constants = pairs_of("--column", column), pairs_of("--value", value)
    base = ColumnMapping.parse(text, name).with_more(columns, constants, ignore or ())
    kept = base.model_copy(update={"rest": base.rest or rest})
    ColumnMapping.parse(kept.model_dump_json(), name)
    with open_store(Settings()) as store, store.begin() as conn:
        mappings.save(conn, name, kept)
    remarks.print(say("Mapping %(name)s is saved.", name=name), markup=False)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the saved mappings and those that come with geosites."""
    with open_store(Settings()) as store, store.begin() as conn:
        saved = mappings.names(conn)
    if as_json:
        print_json({"mappings": [{"name": name, "saved": saved[name]} for name in sorted(saved)]})
        return
    supplied = say("comes with geosites")
    for name in sorted(saved):
        origin = "" if saved[name] else f"  ({supplied})"
        answers.print(f"{name}{origin}", markup=False)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Print a mapping as JSON; edit it and save it again with --file."""
    with open_store(Settings()) as store, store.begin() as conn:
        print_json(mappings.get(conn, name).model_dump(exclude_defaults=True, mode="json"))


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Remove a saved mapping."""
    with open_store(Settings()) as store, store.begin() as conn:
        mappings.remove(conn, name)
    remarks.print(say("Mapping %(name)s is removed.", name=name), markup=False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(
            "%(file)s cannot be read: %(reason)s", file=file, reason=os_reason(error)
        ) from error
    except UnicodeDecodeError as error:
        reason = phrase("it is not UTF-8 (byte %(byte)s)", byte=error.start)
        raise Refused("%(file)s cannot be read: %(reason)s", file=file, reason=reason) from error


def pairs_of(option: str, values: Iterable[str] | None) -> dict[str, str]:
    """Return the pairs written NAME=…, or raise `BadParameter`."""
    pairs = {}
    for text in values or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise typer.BadParameter(
                say("%(option)s takes NAME=…, not %(word)r", option=option, word=text)
            )
        pairs[name] = value
    return pairs
