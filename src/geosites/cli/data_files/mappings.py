"""`geosites mapping`: named column mappings, each for the files of one source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.console.language import say
from geosites.cli.console.output import AsJson, answers, print_json, remarks
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core.errors import Refused, os_reason, phrase
from geosites.imports import saved_mappings
from geosites.imports.mapping import ColumnMapping
from geosites.imports.options import ALL_TIMES, SourceOptions
from geosites.imports.recognise import TIMES
from geosites.settings import Settings

TIME_COLUMNS = frozenset(name for names in TIMES.values() for name in names)

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

Sheet = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook to read.")
]
Layer = Annotated[
    str | None, typer.Option("--layer", metavar="NAME", help="Layer of the file to read.")
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of a CSV file, such as windows-1252.")
]
Delimiter = Annotated[
    str | None, typer.Option("--delimiter", help="Character between the values of a CSV file.")
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone", metavar="TZ", help="Clocks of times without an offset, such as America/New_York."
    ),
]
Times = Annotated[
    list[str] | None,
    typer.Option(
        "--time",
        metavar="[NAME=]PATTERN",
        help="How times are written: %d/%m/%Y %H:%M, dd.mm.yyyy, epoch-s or epoch-ms.",
    ),
]
DecimalComma = Annotated[
    bool | None,
    typer.Option("--decimal-comma/--decimal-point", help="How numbers are written: 2,37 or 2.37."),
]
Factors = Annotated[
    list[str] | None,
    typer.Option(
        "--factor", metavar="NAME=NUMBER", help="Multiply the numbers of a field: lon=0.00001."
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="EXPRESSION",
        help="Only rows that meet this condition, such as type = Needle Pickup.",
    ),
]
MaxRejects = Annotated[
    int | None,
    typer.Option("--max-rejects", min=0, help="Number of bad rows that may be left out."),
]

app = App("The column mappings for imports: save, list, show, remove.")


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, joined by hyphens.")],
    column: Columns = None,
    value: Constants = None,
    ignore: Ignored = None,
    rest: Annotated[bool, typer.Option("--rest", help="Ignore all other columns.")] = False,
    sheet: Sheet = None,
    layer: Layer = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    zone: Zone = None,
    time: Times = None,
    decimal_comma: DecimalComma = None,
    factor: Factors = None,
    where: Where = None,
    max_rejects: MaxRejects = None,
    file: Annotated[Path | None, typer.Option("--file", help="A whole mapping as JSON.")] = None,
) -> None:
    """Save a mapping under a name, for `import --mapping NAME`."""
    text = "{}" if file is None else _text_of(file)
    columns, constants = pairs_of("--column", column), pairs_of("--value", value)
    base = ColumnMapping.parse(text, name).with_more(columns, constants, ignore or ())
    options = SourceOptions(
        sheet=sheet,
        layer=layer,
        encoding=encoding,
        delimiter=delimiter,
        zone=zone,
        times=patterns_of(time),
        decimal_comma=decimal_comma,
        factors=factors_of(factor),
        where=where,
        max_rejects=max_rejects,
    )
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


def patterns_of(values: Iterable[str] | None) -> dict[str, tuple[str, ...]]:
    """Return the patterns of times written [NAME=]PATTERN, by name; without one, for all."""
    patterns: dict[str, tuple[str, ...]] = {}
    for text in values or ():
        name, equals, pattern = text.partition("=")
        if not equals or name not in TIME_COLUMNS:
            name, pattern = ALL_TIMES, text
        patterns[name] = (*patterns.get(name, ()), pattern)
    return patterns


def factors_of(values: Iterable[str] | None) -> dict[str, float]:
    """Return the factors written NAME=NUMBER, or raise `BadParameter`."""
    factors = {}
    for name, text in pairs_of("--factor", values).items():
        try:
            factors[name] = float(text.replace(",", "."))
        except ValueError as error:
            raise typer.BadParameter(
                say("%(option)s takes NAME=…, not %(word)r", option="--factor", word=text)
            ) from error
    return factors


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
