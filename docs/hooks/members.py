"""Adds the members of enumerations and typed dictionaries to what the reference says of them.

Griffe, which reads the code for mkdocstrings, shows an attribute only if it has a docstring. Those
of an enumeration or of a document need none: name and value, or name and type, say it.
"""

from __future__ import annotations

from typing import Any

import griffe

ENUMERATIONS = {"Enum", "IntEnum", "StrEnum"}
DICTIONARY = "TypedDict"


class Members(griffe.Extension):
    """Append a table of the members to the docstring of such a class."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Run once the members of a class are known."""
        bases = {str(base).rpartition(".")[2] for base in cls.bases}
        if bases & ENUMERATIONS:
            rows = [(name, member.value) for name, member in cls.attributes.items()]
            _append(cls, ("member", "value"), rows)
        elif DICTIONARY in bases:
            rows = [(name, member.annotation) for name, member in cls.attributes.items()]
            _append(cls, ("key", "type"), rows)


def _append(cls: griffe.Class, head: tuple[str, str], rows: list[tuple[str, Any]]) -> None:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    lines += [f"| `{name}` | `{value}` |" for name, value in rows]
    text = cls.docstring.value if cls.docstring else ""
    cls.docstring = griffe.Docstring(f"{text}\n\n" + "\n".join(lines), parent=cls)
