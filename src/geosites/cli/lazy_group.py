"""Commands that are read when they are run, and not before: help and wrong usage come at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import ClassVar

import typer
from typer._click import core as click
from typer.core import TyperCommand, TyperGroup


class Lazily(TyperGroup):
    """A group that knows its commands by name, place and one line of help.

    `table` maps a name to `module:attribute` and its line; a test holds the lines to the commands'
    own. Listing the commands reads none of them.
    """

    table: ClassVar[dict[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*self.table, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command with its line of help alone, or one that is not in the table."""
        if cmd_name in self.table:
            return TyperCommand(cmd_name, help=self.table[cmd_name][1])
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to be run, read now."""
        if args[0] in self.table:
            return args[0], self.read(args[0]), args[1:]
        return super().resolve_command(ctx, args)

    @classmethod
    def read(cls, name: str) -> click.Command:
        """Return the whole command of this name."""
        place, _, attribute = cls.table[name][0].partition(":")
        with _no_garbage():
            found = getattr(import_module(place), attribute)
        if isinstance(found, typer.Typer):
            command: click.Command = typer.main.get_group(found)
        else:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(name)(found)
            command = typer.main.get_command(alone)
        command.name = name
        return command


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Do not look for garbage while modules are imported, nor later in what they made.

    Nearly all of it lives as long as the process. Searching it over and over, and once more at the
    end, takes a third of the time of a short command.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
