"""One name, one class: who greps for a class finds it once."""

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src/geosites"


def public_classes(source: str) -> Iterator[str]:
    """Yield the names of the public classes that a module defines."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def homonyms(modules: dict[str, str]) -> dict[str, list[str]]:
    """Return each class name that more than one of the modules defines, with their names."""
    places: dict[str, list[str]] = {}
    for module, source in modules.items():
        for name in public_classes(source):
            places.setdefault(name, []).append(module)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_two_modules_define_classes_of_one_name() -> None:
    modules = {str(path.relative_to(SRC)): path.read_text() for path in sorted(SRC.rglob("*.py"))}
    assert len(modules) > 400
    assert homonyms(modules) == {}


def test_homonyms_are_found() -> None:
    modules = {"one": "class Page: ...", "other": "class Page: ...\nclass _Own: ...", "more": ""}
    assert homonyms(modules) == {"Page": ["one", "other"]}
