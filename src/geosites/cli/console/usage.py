"""Help and usage errors in the language of the service.

Click's own texts are in English. Here commands and groups lay out their own help, and error
messages depend on the class of the error. A help text is looked up in the catalogue paragraph by
paragraph when it is shown; `tests/command_help.py` checks that every command has its texts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

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

from geosites.cli.console.help_layout import (
    Parameter,
    allowed_choices,
    choice_names,
    is_flag,
    paragraphs,
    shown_name,
    usage_pieces,
    write_help,
    write_section,
    write_usage,
)
from geosites.cli.console.language import say, translate
from geosites.core.errors import hint
from geosites.core.pydantic_messages import fault_reason


class Command(TyperCommand):
    """A command with its help and its usage errors in the language of the service."""

    allow_extra_args = True  # to refuse them in our own words

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what follows the name in the usage line."""
        return usage_pieces(self, ctx)

    def format_usage(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        write_usage(self, ctx, formatter)

    def format_help(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write usage, text, arguments and options."""
        write_help(self, ctx, formatter)

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
        return [*usage_pieces(self, ctx), say("COMMAND [ARGUMENTS]...")]

    def format_usage(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write the usage line."""
        write_usage(self, ctx, formatter)

    def format_help(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Write usage, text, options and commands."""
        write_help(self, ctx, formatter)
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        lines = [(name, paragraphs(command.help)[0]) for name, command in commands if command]
        write_section(formatter, say("Commands"), lines)

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
            message = say("unknown command %(name)r", name=name)
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


def _message(error: ClickException) -> str:
    match error:
        case MissingParameter(param=TyperArgument() | TyperOption() as parameter):
            return _missing(parameter)
        case BadParameter(param=TyperArgument() | TyperOption() as parameter):
            return f"{shown_name(parameter)}{say(': ')}{_bad_value(error, parameter)}"
        case NoSuchOption():
            near = _near(error.option_name, error.possibilities or ())
            return say("unknown option %(name)s", name=error.option_name) + near
        case BadOptionUsage():
            return _bad_option(error)
        case _:
            return error.message


def _missing(parameter: Parameter) -> str:
    if isinstance(parameter, TyperOption):
        missing = say("%(option)s is missing", option=shown_name(parameter))
    else:
        missing = say("the argument %(argument)s is missing", argument=shown_name(parameter))
    choices = allowed_choices(parameter)
    return f"{missing} ({choices})" if choices else missing


def _bad_value(error: BadParameter, parameter: Parameter) -> str:
    """Return why a value is refused; what we raise ourselves is translated already."""
    if not isinstance(error.__cause__, ValidationError):
        return error.message
    names = choice_names(parameter)
    if names:
        return say("one of %(choices)s is expected", choices=names)
    return translate(fault_reason(error.__cause__.errors()[0]))


def _bad_option(error: BadOptionUsage) -> str:
    name = error.option_name
    options = error.ctx.command.get_params(error.ctx) if error.ctx else []
    flags = [option for option in options if name in option.opts and is_flag(option)]
    if flags:
        return say("%(option)s takes no value", option=name)
    return say("%(option)s needs a value", option=name)


def _near(name: str, known: Collection[str]) -> str:
    """Return the names that may have been meant, as the end of a message."""
    from difflib import get_close_matches

    return translate(hint(sorted(get_close_matches(name, list(known)))))


def _parsed(ctx: click.Context, parse: Callable[[], list[str]]) -> list[str]:
    """Return the remaining arguments; a parser error gets its command."""
    try:
        return parse()
    except UsageError as error:
        error.ctx = error.ctx or ctx
        raise
