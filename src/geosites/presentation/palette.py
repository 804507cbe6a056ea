"""Colour palette of the service: screens by day and by night, print, and QGIS.

The style sheet takes its custom properties from here (`css`), printed maps and QGIS styles use the
day colours. It is in this package because exports are below maps and need it too. Nothing is
expressed by colour alone, so that a page in black and white has the same content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_USE = re.compile(r"var\(--([a-z0-9-]+)\)")


@dataclass(frozen=True)
class Colour:
    """A colour as `#rgb` or `#rrggbb`: on screens by day, by night, and on a printed page."""

    day: str
    night: str
    page: str


PALETTE: Mapping[str, Colour] = {
    "ink": Colour("#17202b", "#e7ebf0", "#000"),
    "paper": Colour("#fff", "#11161c", "#fff"),
    "quiet": Colour("#566270", "#9ca8b5", "#333"),
    "line": Colour("#d3d9e0", "#2d3641", "#999"),
    "wash": Colour("#f3f5f8", "#1a212a", "#f3f5f8"),
    "accent": Colour("#2b3a8c", "#a9baff", "#000"),
    "report": Colour("#8a4b00", "#ffb861", "#000"),
    "ground": Colour("#fbfcfd", "#151b22", "#fff"),
    "border": Colour("#aab4bf", "#4d5966", "#888"),
    "border-light": Colour("#ccd4dc", "#333e49", "#bbb"),
    "d1": Colour("#dbe2f4", "#222d4c", "#e6e6e6"),
    "d2": Colour("#b3c1e8", "#33457f", "#c4c4c4"),
    "d3": Colour("#8296d6", "#5069b8", "#9b9b9b"),
    "d4": Colour("#5262b8", "#8399e3", "#6a6a6a"),
    "d5": Colour("#2a2f80", "#cdd8ff", "#333"),
    "closed": Colour("#1c7257", "#6fcfae", "#555"),
    "doubt": Colour("#b05500", "#ffb861", "#222"),
    "alarm": Colour("#a3161a", "#ffa39b", "#000"),
    "alarm-wash": Colour("#fdeeee", "#351a1c", "#fff"),
    "water": Colour("#cfe1ee", "#1c3244", "#dcdcdc"),
    "park": Colour("#e4efe0", "#1b2a20", "#eee"),
    "building": Colour("#eff1f4", "#1d242c", "#f3f3f3"),
    "water-name": Colour("#3c6a8c", "#8fb4d0", "#444"),
    "road": Colour("#dde1e7", "#28313c", "#ddd"),
    "motorway": Colour("#c3cad4", "#3b4653", "#bbb"),
    "rail": Colour("#b9b3c6", "#4a4657", "#bbb"),
    "sheet": Colour("#fff", "#fff", "#fff"),
    "shade": Colour("#17202b", "#000", "#000"),
}
"""Each colour by the name of its custom property. `d1` to `d5` are the classes of density, from few
people to many; `sheet` is the background of printed images, `shade` covers the page behind a menu.
"""

OF_RESULTS = frozenset(
    {
        "closed",
        "doubt",
        "alarm",
        "alarm-wash",
        "sheet",
        "shade",
        *(f"d{rank}" for rank in range(1, 6)),
    }
)
"""Colours of results, which the report form does not need."""

DOUBT = "#dfe2ee"
"""What fills a doubtful arrow on paper; screens draw it in the accent, nearly transparent."""
DENSITY = tuple(PALETTE[f"d{rank}"].day for rank in range(1, 6))
TABLE_HEAD_GREY = "#ebebeb"
"""Background of table headers in print."""


def day(name: str, alpha: str = "") -> str:
    """Return a colour by day as `#rrggbb`, or with two hexadecimal digits of opacity."""
    result = PALETTE[name].day.removeprefix("#")
    return "#" + (result if len(result) == 6 else "".join(2 * digit for digit in result)) + alpha


def rgba(name: str) -> str:
    """Return a colour by day as QGIS writes it: `r,g,b,a`, each 0 to 255."""
    return ",".join(str(part) for part in (*bytes.fromhex(day(name)[1:]), 255))


def css(*, of_results: bool) -> str:
    """Return the custom properties for a style sheet: by day, by night, and for print.

    `of_results`: those of results and all for print, which the report form does not need (browsers
    print by day); else the others. For night and print only those that differ are included.
    """
    chosen = {name: one for name, one in PALETTE.items() if (name in OF_RESULTS) is of_results}
    night = {name: one.night for name, one in chosen.items() if one.night != one.day}
    by_day = _root({name: one.day for name, one in chosen.items()})
    screens = f"{by_day}@media (prefers-color-scheme: dark) {{\n{_root(night)}}}\n"
    page = {name: one.page for name, one in PALETTE.items() if {one.day, one.night} != {one.page}}
    return f"{screens}@media print {{\n{_root(page)}}}\n" if of_results else screens


def filled(text: str) -> str:
    """Return a text with the day colour for each `var(--name)`, for files without CSS."""
    return _USE.sub(lambda result: PALETTE[result[1]].day, text)


def _root(colours: Mapping[str, str]) -> str:
    message = " ".join(f"--{name}: {value};" for name, value in colours.items())
    return f":root {{ {message} }}\n"
