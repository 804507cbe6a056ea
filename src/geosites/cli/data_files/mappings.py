"""`geosites mapping`: named column mappings, one for the files of each source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.console.language import say
from geosites.cli.console.option_groups import spread_options
from geosites.cli.console.output import AsJson, answers, print_json, remarks
from geosites.cli.console.usage import App
from geosites.cli.data_files.source_options import ColumnArguments, SourceArguments
from geosites.cli.store.store_setup import open_store
from geosites.core.errors import Refused, os_reason, phrase
from geosites.imports import saved_mappings
from geosites.imports.mapping import ColumnMapping
from geosites.settings import Settings

app = App("The column mappings for imports: save, list, show, remove.")


@app.command()
@spread_options
def save(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, joined by hyphens.")],
    *,
    columns: ColumnArguments,
    rest: Annotated[bool, typer.Option("--rest", help="Ignore all other columns.")] = False,
    source: SourceArguments,
    file: Annotated[Path | None, typer.Option("--file", help="A whole mapping as JSON.")] = None,
) -> None:
    """Save a mapping under a name, for `import --mapping NAME`."""
    text = "{}" if file is None else _text_of(file)
    said = columns.parsed()
    base = ColumnMapping.parse(text, name).with_more(said.columns, said.constants, said.ignore)
    options = source.parsed()
    kept = base.with_options(options).model_copy(update={"rest": base.rest or rest})
    ColumnMapping.parse(kept.model_dump_json(), name)
    with open_store(Settings()) as store, store.begin() as conn:
        saved_mappings.save(conn, name, kept)
    remarks.print(say("Mapping %(name)s is saved.", name=name), markup=False)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the saved mappings and those that come with geosites."""
    with open_store(Settings()) as store, store.begin() as conn:
        saved = saved_mappings.names(conn)
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
        print_json(saved_mappings.get(conn, name).model_dump(exclude_defaults=True, mode="json"))


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Remove a saved mapping."""
    with open_store(Settings()) as store, store.begin() as conn:
        saved_mappings.remove(conn, name)
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
