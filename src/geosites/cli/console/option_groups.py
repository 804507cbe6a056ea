"""Options that several commands share: one parameter of a command stands for all of them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from inspect import Parameter
from typing import Protocol, get_type_hints


class _Command(Protocol):
    def __call__(self, **given: object) -> None: ...


def spread_options(command: Callable[..., None]) -> _Command:
    """Return a command with an option for each field of its parameters that are dataclasses.

    A field is declared as a parameter of a command would be: annotated by Typer, with its default.
    The options stand in the help where the parameter stands.
    """
    own = inspect.signature(command, eval_str=True).parameters.values()
    groups = {parameter.name: parameter.annotation for parameter in own if _is_group(parameter)}

    @functools.wraps(command)
    def run(**given: object) -> None:
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**given, **made)

    options = [option for parameter in own for option in _options(parameter)]
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return run


def _is_group(parameter: Parameter) -> bool:
    return is_dataclass(parameter.annotation)


def _options(parameter: Parameter) -> Iterator[Parameter]:
    if not _is_group(parameter):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    types = get_type_hints(parameter.annotation, include_extras=True)
    for field in fields(parameter.annotation):
        default = Parameter.empty if field.default is MISSING else field.default
        yield Parameter(
            field.name, Parameter.KEYWORD_ONLY, default=default, annotation=types[field.name]
        )
