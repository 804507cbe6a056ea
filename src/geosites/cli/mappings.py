"""`geosites mapping`: how the files of one source become ours, kept under a name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.output import AsJson, answers, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.core.errors import Refused
from geosites.imports import mapping as mappings
from geosites.imports.mapping import ColumnMapping
from geosites.settings import Settings

Pairs = list[str]

app = typer.Typer(no_args_is_help=True, help="How the files of a source become ours.")


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="Small letters and digits, joined by hyphens.")],
    column: Annotated[Pairs | None, typer.Option(help="NAME=THEIRS: their name of ours.")] = None,
    value: Annotated[Pairs | None, typer.Option(help="NAME=CONSTANT for every row.")] = None,
    ignore: Annotated[Pairs | None, typer.Option(help="A column of theirs to pass over.")] = None,
    rest: Annotated[bool, typer.Option("--rest", help="Pass over all others too.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="All of it, as JSON.")] = None,
) -> None:
    """Keep how the files of one source are read, for `import --mapping NAME`."""
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
    """List the mappings: those that were saved, and those that come with geosites."""
    with open_store(Settings()) as store, store.begin() as conn:
        found = mappings.names(conn)
    if as_json:
        print_json({"mappings": [{"name": name, "saved": found[name]} for name in sorted(found)]})
        return
    ours = say("comes with geosites")
    for name in sorted(found):
        origin = "" if found[name] else f"  ({ours})"
        answers.print(f"{name}{origin}", markup=False)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Print a mapping as JSON; changed, it can be saved again with --file."""
    with open_store(Settings()) as store, store.begin() as conn:
        print_json(mappings.get(conn, name).model_dump(exclude_defaults=True, mode="json"))


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Forget a mapping that was saved."""
    with open_store(Settings()) as store, store.begin() as conn:
        mappings.remove(conn, name)
    remarks.print(say("Mapping %(name)s is removed.", name=name), markup=False)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("%(file)s cannot be read: %(error)s", file=file, error=error) from error


def pairs_of(option: str, words: Iterable[str] | None) -> dict[str, str]:
    """Return the pairs written NAME=…, or refuse the usage."""
    pairs = {}
    for word in words or ():
        name, equals, theirs = word.partition("=")
        if not name or not equals:
            raise typer.BadParameter(
                say("%(option)s takes NAME=…, not %(word)r", option=option, word=word)
            )
        pairs[name] = theirs
    return pairs
