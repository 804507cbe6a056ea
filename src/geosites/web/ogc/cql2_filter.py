"""A filter in CQL2 as it is typed: read by a library, after its depth and length are known."""

from __future__ import annotations

import re

import cql2

from geosites.core.errors import BadParameter
from geosites.db.features.filters import MOST_OPERATORS

MOST_FILTER = 20_000
DEEPEST_FILTER = 30

_OPERATOR = re.compile(r"\b(?:and|or|not|div)\b|[-+*/%^]|\bin\b", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")


def parsed_filter(text: str | None, language: str | None) -> object:
    """Return the tree of a filter in CQL2, None without one; raises `BadParameter`."""
    if language not in (None, "cql2-text", "cql2-json"):
        raise BadParameter(f"filter-lang: {language!r} is neither cql2-text nor cql2-json")
    if text is None:
        return None
    _require_shallow(text)
    try:
        read = cql2.parse_json if language == "cql2-json" else cql2.parse_text
        return read(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, RecursionError) as error:
        message = " ".join(str(error).split())[:200]
        raise BadParameter(f"filter: it cannot be read: {message}") from error


def _require_shallow(text: str) -> None:
    """Refuse what would be read by recursion too deep for a thread."""
    if len(text) > MOST_FILTER:
        raise BadParameter(f"filter: longer than {MOST_FILTER} characters")
    bare = _NUMBER.sub("0", _QUOTED.sub("''", text))
    depth = deepest = 0
    for character in bare:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST_FILTER or len(_OPERATOR.findall(bare)) > MOST_OPERATORS:
        raise BadParameter(
            f"filter: nested deeper than {DEEPEST_FILTER}, or of more than {MOST_OPERATORS} parts"
        )
