"""Help layout: usage, text, arguments and options, in the language of the service."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import get_args
from uuid import UUID

from typer._click import core as click
from typer._click.formatting import HelpFormatter
from typer.core import TyperArgument, TyperOption

from geosites.cli.console.language import say, translate

Parameter = TyperArgument | TyperOption


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help text, each in the language of the service."""
    return [translate(paragraph) for paragraph in source_paragraphs(text)]


def source_paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help text as catalogue keys: one line each."""
    whole = inspect.cleandoc(text or "").split("\n\n")
    return [" ".join(paragraph.split()) for paragraph in whole]


def help_of(parameter: Parameter) -> str:
    """Return the help text of a parameter as declared; a phrase keeps its values."""
    declared: str | None = parameter.type_descriptor.parameter_info.help
    return declared or parameter.help or ""


def placeholder(parameter: Parameter) -> str:
    """Return the metavariable of a value, to be translated: `FILE`, `NUMBER`, a name."""
    if parameter.metavar is not None:
        return parameter.metavar
    if isinstance(parameter, TyperArgument) or parameter.type_descriptor.is_choice:
        return parameter.name.upper()
    annotation = parameter.type_descriptor.annotation
    kind = next(iter(get_args(annotation)), annotation)
    return _PLACEHOLDERS[kind]


_PLACEHOLDERS: Mapping[object, str] = {
    str: "TEXT",
    int: "NUMBER",
    float: "NUMBER",
    Path: "FILE",
    UUID: "ID",
}


def usage_pieces(command: click.Command, ctx: click.Context) -> list[str]:
    """Return what follows the name in the usage line: options, then each argument."""
    arguments = [
        parameter for parameter in command.get_params(ctx) if isinstance(parameter, TyperArgument)
    ]
    return [say("[OPTIONS]"), *(_argument(argument) for argument in arguments)]


def _argument(argument: TyperArgument) -> str:
    name = translate(placeholder(argument))
    shown = name if argument.required else f"[{name}]"
    return shown if argument.nargs == 1 else f"{shown}..."


def write_usage(command: click.Command, ctx: click.Context, formatter: HelpFormatter) -> None:
    """Write the usage line."""
    pieces = command.collect_usage_pieces(ctx)
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=say("Usage: "))


def write_help(command: click.Command, ctx: click.Context, formatter: HelpFormatter) -> None:
    """Write usage, text, arguments and options."""
    command.format_usage(ctx, formatter)
    for paragraph in paragraphs(command.help):
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(paragraph)
    parameters = command.get_params(ctx)
    arguments = [
        _record(parameter) for parameter in parameters if isinstance(parameter, TyperArgument)
    ]
    if arguments:
        write_section(formatter, say("Arguments"), arguments)
    options = [_record(parameter) for parameter in parameters if isinstance(parameter, TyperOption)]
    write_section(formatter, say("Options"), options)


def write_section(formatter: HelpFormatter, heading: str, lines: list[tuple[str, str]]) -> None:
    """Write a list under its heading; a formatter's own sections set the colon as in English."""
    formatter.write_paragraph()
    formatter.write(f"{heading}{say(': ').rstrip(' ')}\n")
    with formatter.indentation():
        formatter.write_dl(lines)


def _record(parameter: Parameter) -> tuple[str, str]:
    """Return a parameter as a line of help: its name, and its text with what limits the value."""
    name = shown_name(parameter)
    if isinstance(parameter, TyperOption) and not parameter.is_flag:
        name = f"{name} {translate(placeholder(parameter))}"
    limits = say("; ").join(filter(None, _limits(parameter)))
    return name, "  ".join(filter(None, (translate(help_of(parameter)), limits and f"[{limits}]")))


def _limits(parameter: Parameter) -> list[str]:
    default = getattr(parameter.default, "value", parameter.default)
    shown = default is not None and not is_flag(parameter)
    repeated = isinstance(parameter, TyperOption) and parameter.multiple
    required = isinstance(parameter, TyperOption) and parameter.required
    return [
        allowed_choices(parameter),
        _range(parameter),
        say("may be repeated") if repeated else "",
        say("default: %(value)s", value=default) if shown else "",
        say("required") if required else "",
    ]


def allowed_choices(parameter: Parameter) -> str:
    """Return the values that a parameter takes as a limit to be shown; empty for any."""
    names = choice_names(parameter)
    return say("one of: %(choices)s", choices=names) if names else ""


def choice_names(parameter: Parameter) -> str:
    """Return the values that a parameter takes, joined by commas; empty for any."""
    return ", ".join(choice.value for choice in parameter.type_descriptor.choices or ())


def _range(parameter: Parameter) -> str:
    match parameter.min, parameter.max:
        case None, None:
            return ""
        case low, None:
            return say("at least %(low)s", low=low)
        case None, high:
            return say("at most %(high)s", high=high)
        case low, high:
            return say("from %(low)s to %(high)s", low=low, high=high)


def shown_name(parameter: Parameter) -> str:
    """Return what a parameter is called on the command line."""
    if isinstance(parameter, TyperOption):
        return ", ".join(parameter.opts)
    return translate(placeholder(parameter))


def is_flag(parameter: object) -> bool:
    """Return whether a parameter is an option without a value."""
    return isinstance(parameter, TyperOption) and parameter.is_flag
