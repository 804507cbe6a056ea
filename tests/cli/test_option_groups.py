"""Options that several commands share, declared once as a dataclass."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from geosites.cli.console.option_groups import spread_options


@dataclass(frozen=True)
class Clocks:
    start: Annotated[int, typer.Option("--from", help="The first hour.")]
    zone: Annotated[str | None, typer.Option("--zone", help="Its zone.")] = None


@pytest.fixture
def said() -> list[tuple[str, Clocks, bool]]:
    return []


@pytest.fixture
def app(said: list[tuple[str, Clocks, bool]]) -> typer.Typer:
    @spread_options
    def look(
        name: Annotated[str, typer.Argument()],
        *,
        clocks: Clocks,
        twice: Annotated[bool, typer.Option("--twice")] = False,
    ) -> None:
        """Look."""
        said.append((name, clocks, twice))

    assert [*inspect.signature(look).parameters] == ["name", "start", "zone", "twice"]
    made = typer.Typer(rich_markup_mode=None)
    made.command()(look)
    return made


def test_the_fields_are_options_and_come_as_one(
    app: typer.Typer, said: list[tuple[str, Clocks, bool]]
) -> None:
    given = ["gare", "--zone", "Europe/Paris", "--from", "7", "--twice"]
    assert CliRunner().invoke(app, given).exit_code == 0
    assert CliRunner().invoke(app, ["quai", "--from", "8"]).exit_code == 0
    assert said == [("gare", Clocks(7, "Europe/Paris"), True), ("quai", Clocks(8), False)]


def test_a_field_without_a_default_has_to_be_given(
    app: typer.Typer, said: list[tuple[str, Clocks, bool]]
) -> None:
    refused = CliRunner().invoke(app, ["gare"])
    assert refused.exit_code == 2
    assert "--from" in refused.output
    assert said == []
