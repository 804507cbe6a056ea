"""Numbers that may be infinite or missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

Schema = dict[str, object]


class NullUnlessFinite:
    """Marks a number that is null in JSON if it is infinite or undefined."""

    def __get_pydantic_json_schema__(
        self, core_schema: object, handler: Callable[[object], Schema]
    ) -> Schema:
        """Return the JSON schema of the number, or null."""
        return {"anyOf": [handler(core_schema), {"type": "null"}]}


Measured = Annotated[float, NullUnlessFinite()]
"""A figure of a statistic."""
