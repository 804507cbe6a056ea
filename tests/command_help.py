"""Every command of the command line, and every text of its help."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer._click import core as click
from typer.core import TyperArgument, TyperGroup, TyperOption

from geosites.cli import Commands, app
from geosites.cli.console.help_layout import help_of, placeholder, source_paragraphs
from geosites.core.errors import Phrase


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command and group, imported, with the words that name it."""
    root = typer.main.get_command(app)
    yield (), root
    assert isinstance(root, Commands)
    for name in root.list_commands(click.Context(root)):
        yield from _walk(
            (name,), Commands.read(name) if name in root.table else root.commands[name]
        )


def _walk(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _walk((*words, name), inner)


def help_texts() -> Iterator[str]:
    """Yield the texts of the help as the catalogue knows them: paragraphs, and placeholders."""
    for _, command in commands():
        yield from source_paragraphs(command.help)
        for parameter in command.get_params(click.Context(command)):
            assert isinstance(parameter, TyperArgument | TyperOption)
            text = help_of(parameter)
            if not isinstance(text, Phrase):  # a phrase is found where it is made
                yield text
            if isinstance(parameter, TyperArgument) or not parameter.is_flag:
                yield placeholder(parameter)
