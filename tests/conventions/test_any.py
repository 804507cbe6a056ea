"""How much of the code escapes the type checker by `Any`, and that no caller has to know it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import geosites

ROOT = Path(geosites.__file__).parent
MOST = 49
"""So often `Any` stands in the code, imports left out; what is typed better may lower it."""

LATER = ("cli/console/usage.py", "db/", "reference_data/json_files.py")
"""Modules whose signatures still hold `Any`: that of typer, of SQLAlchemy's rows, and of JSON."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def is_any(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "Any"
    return isinstance(node, ast.Name) and node.id == "Any"


def signature(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Yield what a function says of its parameters and its answer."""
    said = function.args
    every = (*said.posonlyargs, *said.args, *said.kwonlyargs, said.vararg, said.kwarg)
    yield from (one.annotation for one in every if one is not None and one.annotation)
    if function.returns is not None:
        yield function.returns


def aliases(tree: ast.Module) -> set[str]:
    """Return the names of a module's types that are made of `Any`."""
    found = {"Any"}
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(is_any(one) for one in ast.walk(node.value)):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return found


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions and methods of public classes whose name says that others may call."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_") or node.name.startswith("__"):
                yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node)


def exposed(tree: ast.Module) -> list[str]:
    """Return the public functions whose signature holds `Any`, or a name that is made of it."""
    known = aliases(tree)
    return [
        f"{function.lineno} {function.name}"
        for function in public(tree)
        for said in signature(function)
        for node in ast.walk(said)
        if is_any(node) or (isinstance(node, ast.Name) and node.id in known)
    ]


def test_no_public_function_takes_or_returns_any() -> None:
    found = {path: exposed(tree) for path, tree in modules() if not path.startswith(LATER)}
    assert {path: functions for path, functions in found.items() if functions} == {}


def test_any_stands_in_few_places() -> None:
    count = sum(is_any(node) for _, tree in modules() for node in ast.walk(tree))
    assert count <= MOST


def test_any_is_found_in_a_signature() -> None:
    text = """
from typing import Any
Document = dict[str, Any]
def plain(value: object) -> None: ...
def open(value: list[Any]) -> None: ...
def alias(value: Document) -> None: ...
def _own(value: Any) -> None: ...
class Thing:
    def __init__(self, **values: Any) -> None: ...
"""
    assert exposed(ast.parse(text)) == ["5 open", "6 alias", "9 __init__"]
