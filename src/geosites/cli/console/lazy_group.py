"""Lazy command groups: a command's modules are imported when it runs, not for help."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import ClassVar

import typer
from typer._click import core as click

from geosites.cli.console.usage import App, Command, Group


class LazyGroup(Group):
    """A group that knows its commands by name, module and one line of help.

    `table` maps a name to `module:attribute` and its line; a test compares the lines with the
    commands' own. Listing the commands imports none of them.
    """

    table: ClassVar[dict[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*self.table, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command with its line of help alone, or one that is not in the table."""
        if cmd_name in self.table:
            return Command(cmd_name, help=self.table[cmd_name][1])
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the command to be run and return it."""
        if args[0] in self.table:
            return args[0], self.read(args[0]), args[1:]
        return super().resolve_command(ctx, args)

    @classmethod
    def read(cls, name: str) -> click.Command:
        """Import the command of this name and return it whole."""
        place, _, attribute = cls.table[name][0].partition(":")
        with _no_garbage():
            target = getattr(import_module(place), attribute)
        if isinstance(target, typer.Typer):
            command: click.Command = typer.main.get_group(target)
        else:
            alone = App(help="")
            alone.command(name)(target)
            command = typer.main.get_command(alone)
        command.name = name
        return command


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Pause garbage collection during an import, and exclude the imported objects from it later.

    Nearly all of them live as long as the process. Scanning them repeatedly, and once more at exit,
    takes a third of the time of a short command.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
