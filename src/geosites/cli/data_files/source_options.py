"""The options that say how a file is read, for `import` and for `mapping save`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from geosites.cli.console.language import say
from geosites.imports.notation_detection import TIMES
from geosites.imports.source_options import ALL_TIMES, SourceOptions

_TIME_COLUMNS = frozenset(name for names in TIMES.values() for name in names)


@dataclass(frozen=True)
class ColumnOptions:
    """What the options say about the columns of one file."""

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    ignore: tuple[str, ...]


@dataclass(frozen=True)
class ColumnArguments:
    """The options about the columns of a file, as they are typed."""

    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="NAME=COLUMN", help="Read a field from a column of the file."
        ),
    ] = None
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value", metavar="NAME=VALUE", help="The same value of a field for every row."
        ),
    ] = None
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="COLUMN", help="A column of the file to ignore."),
    ] = None

    def parsed(self) -> ColumnOptions:
        """Return what they say, or raise `BadParameter`."""
        return ColumnOptions(
            columns=_pairs("--column", self.column),
            constants=_pairs("--value", self.value),
            ignore=tuple(self.ignore or ()),
        )


@dataclass(frozen=True)
class SourceArguments:
    """The options about a source, as they are typed: how it is opened, how it writes, its rows."""

    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook to read.")
    ] = None
    layer: Annotated[
        str | None, typer.Option("--layer", metavar="NAME", help="Layer of the file to read.")
    ] = None
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Encoding of a CSV file, such as windows-1252.")
    ] = None
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="Character between the values of a CSV file.")
    ] = None
    zone: Annotated[
        str | None,
        typer.Option(
            "--zone",
            metavar="TZ",
            help="Clocks of times without an offset, such as America/New_York.",
        ),
    ] = None
    time: Annotated[
        list[str] | None,
        typer.Option(
            "--time",
            metavar="[NAME=]PATTERN",
            help="How times are written: %d/%m/%Y %H:%M, dd.mm.yyyy, epoch-s or epoch-ms.",
        ),
    ] = None
    decimal_comma: Annotated[
        bool | None,
        typer.Option(
            "--decimal-comma/--decimal-point", help="How numbers are written: 2,37 or 2.37."
        ),
    ] = None
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor", metavar="NAME=NUMBER", help="Multiply the numbers of a field: lon=0.00001."
        ),
    ] = None
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="EXPRESSION",
            help="Only rows that meet this condition, such as type = Needle Pickup.",
        ),
    ] = None
    max_rejects: Annotated[
        int | None,
        typer.Option("--max-rejects", min=0, help="Number of bad rows that may be left out."),
    ] = None

    def parsed(self, *, confirmed: bool = False) -> SourceOptions:
        """Return what they say, or raise `BadParameter`."""
        return SourceOptions(
            sheet=self.sheet,
            layer=self.layer,
            encoding=self.encoding,
            delimiter=self.delimiter,
            zone=self.zone,
            times=_patterns(self.time),
            decimal_comma=self.decimal_comma,
            factors=_factors(self.factor),
            where=self.where,
            max_rejects=self.max_rejects,
            confirmed=confirmed,
        )


def _patterns(values: Iterable[str] | None) -> dict[str, tuple[str, ...]]:
    """Return the patterns of times written [NAME=]PATTERN, by name; without one, for all."""
    patterns: dict[str, tuple[str, ...]] = {}
    for text in values or ():
        name, equals, pattern = text.partition("=")
        if not equals or name not in _TIME_COLUMNS:
            name, pattern = ALL_TIMES, text
        patterns[name] = (*patterns.get(name, ()), pattern)
    return patterns


def _factors(values: Iterable[str] | None) -> dict[str, float]:
    """Return the factors written NAME=NUMBER, or raise `BadParameter`."""
    factors = {}
    for name, text in _pairs("--factor", values).items():
        try:
            factors[name] = float(text.replace(",", "."))
        except ValueError as error:
            raise typer.BadParameter(
                say("%(option)s takes NAME=…, not %(word)r", option="--factor", word=text)
            ) from error
    return factors


def _pairs(option: str, values: Iterable[str] | None) -> dict[str, str]:
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
