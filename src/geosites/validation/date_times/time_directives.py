"""How a pattern of times is written, in directives of `strptime` or letters: as a regex."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geosites.core.errors import Refused

_DIGITS = {
    "Y": r"(\d{4})",
    "y": r"(\d{2})",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})(?:er)?",
    "H": r"(\d{1,2})",
    "I": r"(\d{1,2})",
    "M": r"(\d{1,2})",
    "S": r"(\d{1,2})",
    "f": r"(\d{1,9})",
}
_WORDS = {
    "p": r"([AaPp]\.?[Mm]\.?)",
    "b": r"(\pL+\.?)",
    "B": r"(\pL+\.?)",
    "a": r"\pL+\.?",
    "A": r"\pL+\.?",
    "z": r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)",
}
_LETTERS = re.compile(
    r"[Yy]{4}|[Aa]{4}|[Jj]{4}|[Yy]{2}|[Mm]{1,2}|[Dd]{1,2}|[Jj]{1,2}|[Hh]{1,2}|[Ss]{3,}|[Ss]{1,2}"
    r"|[Tt]{2}"
)


def from_letters(text: str) -> str:
    """Return a pattern in letters as one of `strptime`: `dd.mm.yyyy HH:mm` as `%d.%m.%Y %H:%M`."""
    seen: set[str] = set()

    def directive(match: re.Match[str]) -> str:
        word = match[0]
        letter = word[0].lower()
        if letter == "m":
            made = "M" if "H" in seen or "m" in seen else "m"
        elif letter == "s" and ("S" in seen or len(word) > 2):
            made = "f"
        elif letter == "y" or len(word) == 4:
            made = "Y" if len(word) == 4 else "y"
        else:
            made = {"d": "d", "j": "d", "h": "H", "s": "S", "t": "p"}[letter]
        seen.add(made)
        return "%" + made

    made = _LETTERS.sub(directive, text)
    return made.replace("%H", "%I") if "%p" in made else made


def pieces_of(form: str, text: str) -> list[str]:
    """Return the directives of a pattern and what stands between; `text` is how it was typed."""
    pieces = re.findall(r"(?<!\w)%H%M(?![%\w])|%-?.|[^%]+", form)
    result = []
    for piece in pieces:
        if piece == "%H%M":
            result.append("%HM")
            continue
        if not piece.startswith("%"):
            result.append(piece)
            continue
        name = piece[-1]
        if name == "T":
            result += ["%H", ":", "%M", ":", "%S"]
        elif name in _DIGITS or name in _WORDS:
            result.append("%" + name)
        else:
            raise Refused("time pattern %(text)r: %(piece)s is not known", text=text, piece=piece)
    return result


def regex_of(pieces: Sequence[str]) -> str:
    """Return a regular expression with a group `p0`, `p1`, … for each directive that is read."""
    made, caught = "", 0
    for place, piece in enumerate(pieces):
        if not piece.startswith("%"):
            made += _literal(piece)
            continue
        name = piece[1:]
        beside = (*pieces[max(place - 1, 0) : place], *pieces[place + 1 : place + 2])
        tight = any(other.startswith("%") and other[1:] in _DIGITS for other in beside)
        form = r"(\d{1,4})" if name == "HM" else _DIGITS.get(name, _WORDS.get(name, ""))
        if tight and name in "mdHIMS":
            form = r"(\d{2})"
        if form.startswith("("):
            form = f"(?P<p{caught}>{form[1:]}"
            caught += 1
        made += form
    return f"^{made}$"


def _literal(text: str) -> str:
    made = "".join(" *" if letter.isspace() else re.escape(letter) for letter in text)
    if text.isspace():
        return " +"
    return " *[hH] *" if text.strip() in ("h", "H") else f"(?i:{made})"
