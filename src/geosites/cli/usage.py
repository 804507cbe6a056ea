"""Help and usage errors in the language of the service.

Click words them in English. Here commands and groups lay out their own help, and errors are worded
by their class. A help text is looked up in the catalogue when it is shown, a paragraph at a time;
`tests/command_help.py` walks the commands for what has to be there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import typer
from pydantic import ValidationError
from typer._click import core as click
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer._click.formatting import HelpFormatter
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from geosites.cli.language import say, translate
from geosites.core.errors import hint

Parameter = TyperArgument | TyperOption


class Command(TyperCommand):
    """A command with its help and its usage errors in the language of the service."""

    allow_extra_args = True  # to refuse them in our own words

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the name in the usage line."""
        return _usage_pieces(self, ctx)

    def format_usage(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def format_help(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write usage, text, arguments and options."""
        _write_help(self, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; refuse more of them than the command has."""
        rest = _parsed(ctx, lambda: super(Command, self).parse_args(ctx, args))
        if rest and not ctx.resilient_parsing:
            raise UsageError(say("unexpected argument: %(rest)s", rest=" ".join(rest)), ctx)
        return rest


class Group(TyperGroup):
    """A group of commands with its help and its usage errors in the language of the service."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the name in the usage line."""
        return [*_usage_pieces(self, ctx), say("COMMAND [ARGUMENTS]...")]

    def format_usage(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def format_help(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write usage, text, options and commands."""
        _write_help(self, ctx, formatter)
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        lines = [(name, paragraphs(command.help)[0]) for name, command in commands if command]
        _write_section(formatter, say("Commands"), lines)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments up to the name of a command; without one, show the help."""
        args = [] if set(args) == {"--"} else args
        return _parsed(ctx, lambda: super(Group, self).parse_args(ctx, args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to be run, or raise `UsageError` with names that are near."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            message = say("no command %(name)r", name=name)
            raise UsageError(message + _near(name, self.list_commands(ctx)), ctx)
        return name, command, args[1:]


class App(typer.Typer):
    """A group of commands, declared as Typer does."""

    def __init__(self, help: str, cls: type[Group] = Group) -> None:  # noqa: A002 - Typer's name
        super().__init__(
            cls=cls,
            help=help,
            no_args_is_help=True,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[..., Any]:
        """Add a function as a command."""
        return super().command(name, cls=Command, **settings)


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help text, each in the language of the service."""
    return [translate(paragraph) for paragraph in source_paragraphs(text)]


def source_paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a help text as the catalogue knows them: one line each."""
    whole = inspect.cleandoc(text or "").split("\n\n")
    return [" ".join(paragraph.split()) for paragraph in whole]


def help_of(parameter: Parameter) -> str:
    """Return the help text of a parameter as it was declared; a phrase keeps its values."""
    declared: str | None = parameter.type_descriptor.parameter_info.help
    return declared or parameter.help or ""


def placeholder(parameter: Parameter) -> str:
    """Return the word that stands for a value, to be translated: `FILE`, `NUMBER`, a name."""
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


# errors -------------------------------------------------------------------------------------------


def print_error(error: ClickException) -> None:
    """Print a usage error on standard error: the usage, where help is, and the reason."""
    if isinstance(error, NoArgsIsHelpError):
        typer.echo(error.message, err=True)
        return
    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        typer.echo(ctx.get_usage(), err=True)
        typer.echo(say("Help: %(command)s --help", command=ctx.command_path), err=True)
    typer.echo(f"geosites: {_message(error)}", err=True)


def reason(error: Mapping[str, Any]) -> str:
    """Return why pydantic refuses a value, by the type of its error."""
    context = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return say("a whole number is expected")
        case "float_parsing" | "float_type":
            return say("a number is expected")
        case "bool_parsing" | "bool_type":
            return say("true or false is expected")
        case "uuid_parsing":
            return say("an id is expected")
        case "greater_than_equal":
            return say("at least %(bound)s is expected", bound=context["ge"])
        case "less_than_equal":
            return say("at most %(bound)s is expected", bound=context["le"])
        case "enum":
            return say("one of %(choices)s is expected", choices=context["expected"])
        case "string_pattern_mismatch":
            return say("the form %(pattern)s is expected", pattern=context["pattern"])
        case _:
            return str(error["msg"])


def _message(error: ClickException) -> str:
    match error:
        case MissingParameter(param=TyperArgument() | TyperOption() as parameter):
            return _missing(parameter)
        case BadParameter(param=TyperArgument() | TyperOption() as parameter):
            return f"{_name(parameter)}{say(': ')}{_bad_value(error, parameter)}"
        case NoSuchOption():
            near = _near(error.option_name, error.possibilities or ())
            return say("no option %(name)s", name=error.option_name) + near
        case BadOptionUsage():
            return _bad_option(error)
        case _:
            return error.message


def _missing(parameter: Parameter) -> str:
    if isinstance(parameter, TyperOption):
        missing = say("%(option)s is missing", option=_name(parameter))
    else:
        missing = say("the argument %(argument)s is missing", argument=_name(parameter))
    choices = _choices(parameter)
    return f"{missing} ({choices})" if choices else missing


def _bad_value(error: BadParameter, parameter: Parameter) -> str:
    """Return why a value is refused; what we raise ourselves is translated already."""
    if not isinstance(error.__cause__, ValidationError):
        return error.message
    names = _choice_names(parameter)
    if names:
        return say("one of %(choices)s is expected", choices=names)
    return reason(error.__cause__.errors()[0])


def _bad_option(error: BadOptionUsage) -> str:
    name = error.option_name
    options = error.ctx.command.get_params(error.ctx) if error.ctx else []
    flags = [option for option in options if name in option.opts and _is_flag(option)]
    if flags:
        return say("%(option)s takes no value", option=name)
    return say("%(option)s needs a value", option=name)


def _near(name: str, known: Collection[str]) -> str:
    """Return the names that may have been meant, as the end of a message."""
    from difflib import get_close_matches

    return translate(hint(sorted(get_close_matches(name, list(known)))))


def _parsed(ctx: click.Context, parse: Callable[[], list[str]]) -> list[str]:
    """Return the arguments that are left; an error of the parser is told its command."""
    try:
        return parse()
    except UsageError as error:
        error.ctx = error.ctx or ctx
        raise


# help ---------------------------------------------------------------------------------------------


def _usage_pieces(command: click.Command, ctx: click.Context) -> list[str]:
    arguments = [
        parameter for parameter in command.get_params(ctx) if isinstance(parameter, TyperArgument)
    ]
    return [say("[OPTIONS]"), *(_argument(argument) for argument in arguments)]


def _argument(argument: TyperArgument) -> str:
    name = translate(placeholder(argument))
    shown = name if argument.required else f"[{name}]"
    return shown if argument.nargs == 1 else f"{shown}..."


def _write_usage(command: click.Command, ctx: click.Context, formatter: HelpFormatter) -> None:
    pieces = command.collect_usage_pieces(ctx)
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=say("Usage: "))


def _write_help(command: click.Command, ctx: click.Context, formatter: HelpFormatter) -> None:
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
        _write_section(formatter, say("Arguments"), arguments)
    options = [_record(parameter) for parameter in parameters if isinstance(parameter, TyperOption)]
    _write_section(formatter, say("Options"), options)


def _write_section(formatter: HelpFormatter, heading: str, lines: list[tuple[str, str]]) -> None:
    """Write a list under its heading; a formatter's own sections set the colon as in English."""
    formatter.write_paragraph()
    formatter.write(f"{heading}{say(': ').rstrip(' ')}\n")
    with formatter.indentation():
        formatter.write_dl(lines)


def _record(parameter: Parameter) -> tuple[str, str]:
    """Return a parameter as a line of help: its name, and its text with what limits the value."""
    name = _name(parameter)
    if isinstance(parameter, TyperOption) and not parameter.is_flag:
        name = f"{name} {translate(placeholder(parameter))}"
    limits = say("; ").join(filter(None, _limits(parameter)))
    return name, "  ".join(filter(None, (translate(help_of(parameter)), limits and f"[{limits}]")))


def _limits(parameter: Parameter) -> list[str]:
    default = getattr(parameter.default, "value", parameter.default)
    shown = default is not None and not _is_flag(parameter)
    repeated = isinstance(parameter, TyperOption) and parameter.multiple
    required = isinstance(parameter, TyperOption) and parameter.required
    return [
        _choices(parameter),
        _range(parameter),
        say("may be repeated") if repeated else "",
        say("default: %(value)s", value=default) if shown else "",
        say("required") if required else "",
    ]


def _choices(parameter: Parameter) -> str:
    names = _choice_names(parameter)
    return say("one of: %(choices)s", choices=names) if names else ""


def _choice_names(parameter: Parameter) -> str:
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


def _name(parameter: Parameter) -> str:
    if isinstance(parameter, TyperOption):
        return ", ".join(parameter.opts)
    return translate(placeholder(parameter))


def _is_flag(parameter: object) -> bool:
    return isinstance(parameter, TyperOption) and parameter.is_flag
