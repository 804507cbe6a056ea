"""Legend and sentences beside a printed map."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Sequence
from typing import Unpack, cast

import shapely
from matplotlib.axes import Axes

from geosites.core.documents.geojson import DrawnProperties, FeatureProperties
from geosites.maps.printed import print_styles as ink
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STATUSES, closure_status

_SIGN_PT = (22.0, 10.0)
_GAP_PT = 7.0
_LETTER_EM = 0.575
_LINE_EM = 1.32

Sign = Callable[[Axes, float, float], None]


class LegendColumn:
    """A column of text and signs that grows downwards; lengths are in points."""

    def __init__(self, axes: Axes, width: float, height: float) -> None:
        self._axes, self._width, self._y = axes, width, height
        axes.set_xlim(0, width)
        axes.set_ylim(0, height)
        axes.axis("off")

    @property
    def left(self) -> float:
        """How much of the height is left; none where the column is full."""
        return max(self._y, 0.0)

    def space(self, points: float) -> None:
        """Leave some room."""
        self._y -= points

    def text(self, text: str, *, size: float, indent: float = 0.0, after: float = 0.0) -> None:
        """Write a text, broken into lines."""
        for line in self._lines(text, size, indent):
            self._y -= size * _LINE_EM
            if self._y >= 0:
                ink.words(self._axes, indent, self._y, line, size=size, color=ink.INK, zorder=1)
        self._y -= after

    def items(self, words: Words, items: Sequence[str], *, size: float, after: float) -> None:
        """Write items as long as there is room, and the number of omitted ones."""
        for place, item in enumerate(items):
            left = len(items) - place
            lines = len(self._lines(item, size, 0.0)) + (left > 1)
            if self._y < lines * size * _LINE_EM + after:
                more = words.say_many("and %(count)s more", "and %(count)s more", left)
                self.text(more, size=size)
                return
            self.text(item, size=size, after=after)

    def _lines(self, text: str, size: float, indent: float) -> list[str]:
        return textwrap.wrap(text, int((self._width - indent) / (size * _LETTER_EM)))

    def sign(self, draw: Sign, text: str) -> None:
        """Draw a sign with its meaning beside it."""
        width, height = _SIGN_PT
        if self._y >= height:
            draw(self._axes, width / 2, self._y - height * 0.75)
        self.text(text, size=8.0, indent=width + _GAP_PT, after=2.5)

    def key(
        self,
        words: Words,
        kinds: frozenset[str],
        classes: Sequence[float],
        statuses: Collection[str] = STATUSES,
    ) -> None:
        """Explain the signs of a map with these kinds of features and statuses."""
        say = words.say
        if "density" in kinds and classes:
            self.text(
                say("Density: people present per hectare, mean of the week's visits"),
                size=8.0,
                after=3,
            )
            self._classes(words, classes)
        for kind, message in _meanings(words):
            if kind in kinds:
                self.sign(_of(kind), message)
        if "site" in kinds:
            self.text(say("Sites, by the state of their closure"), size=8.0, after=3)
            for status in (one for one in STATUSES if one in statuses):
                self.sign(_status(status), closure_status(words, status).word)

    def _classes(self, words: Words, classes: Sequence[float]) -> None:
        for rank, bound in enumerate(classes, start=1):
            low = words.significant(bound)
            if rank == len(classes):
                message = words.say("%(bound)s and more", bound=low)
            else:
                high = words.significant(classes[rank])
                message = words.say("%(low)s to %(high)s", low=low, high=high)
            self.sign(_of("density", rank=rank), message)


def _meanings(words: Words) -> list[tuple[str, str]]:
    say = words.say
    return [
        ("reported", say("Calls and partners, apart: the same classes, as lines")),
        ("hotspot", say("Hotspots, numbered as in the table")),
        ("unobserved", say("Not observed: nobody went there")),
        ("unranked", say("Too few visits to be ranked")),
        (
            "flow",
            say(
                "Allocated moves; the width is the number of people, pale and dashed where it "
                "may be none"
            ),
        ),
        ("operation", say("Operations")),
        ("closure", say("Closed perimeters")),
        ("care", say("Care places")),
        ("alarm", say("Alarm: more people than its own past lets expect")),
    ]


def _of(kind: str, **properties: Unpack[DrawnProperties]) -> Sign:
    """Return the legend sign of a kind: a small sample of its style on the map."""
    if kind == "care":
        return ink.care
    style = ink.area_style(cast("FeatureProperties", {"kind": kind, **properties}))
    width_pt = style["linewidth"]
    border = max(width_pt, 0.4) if isinstance(width_pt, float) else 0.4

    def draw(axes: Axes, x: float, y: float) -> None:
        width, height = _SIGN_PT
        box = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        ink.area(axes, box, {**style, "linewidth": border})

    return draw


def _status(name: str) -> Sign:
    return lambda axes, x, y: ink.status(axes, x, y, name, 7.5)
