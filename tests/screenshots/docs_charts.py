"""Charts of the documentation, as SVG, drawn from the tables of its pages and the benches' results.

Rows of dots on one axis serve most: a row a scene, a dot a figure, a band where it should lie.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from screenshots.docs_tables import ROOT, number, numbers, table

WIDTH = 860
INK, QUIET, GRID, BAND = "#1a1f2b", "#5c6672", "#d5dae1", "#e3efe8"
COLOURS = ("#24367d", "#b45309", "#1b7a53", "#7a1f5c", "#5c6672")
LINE = 22
TOP = 64


@dataclass(frozen=True)
class Row:
    """A line of a chart: its label, a dot for each value, and a bar over a span."""

    label: str
    values: tuple[float | None, ...]
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Axis:
    """The axis: its ends, its ticks, the band where figures should lie, and what that is."""

    low: float
    high: float
    ticks: tuple[float, ...]
    band: tuple[float, float]
    says: str
    left: int = 250

    def x(self, value: float) -> float:
        """Return where a value stands, held within the axis."""
        held = min(max(value, self.low), self.high)
        return self.left + (held - self.low) / (self.high - self.low) * (WIDTH - self.left - 30)


def dots(title: str, names: Sequence[str], axis: Axis, rows: Sequence[Row]) -> str:
    """Return a chart with a row of dots for each of the rows."""
    height = TOP + LINE * len(rows) + 34
    low, high = axis.x(axis.band[0]), axis.x(axis.band[1])
    parts = [
        f'<rect x="{low:.1f}" y="{TOP - 8}" width="{high - low:.1f}" '
        f'height="{LINE * len(rows) + 8}" fill="{BAND}"/>'
    ]
    for tick in axis.ticks:
        x = axis.x(tick)
        parts.append(f'<path d="M{x:.1f} {TOP - 8}V{height - 34}" stroke="{GRID}"/>')
        parts.append(_text(x, height - 14, f"{tick:g}", "middle", QUIET))
    for place, row in enumerate(rows):
        parts += _row(axis, row, TOP + LINE * place + 10, named=bool(names))
    return _svg(height, [_text(8, 22, title, bold=True), *_key(names, axis.says), *parts])


def reliability() -> str:
    """Return what a probability of a closure said, beside how often it was so."""
    rows = table("docs/calibration/closure.md", "world | P .5-.8")
    left, top, size = 60, 40, 400
    parts = [
        _text(8, 20, "Closures: the probability shown, and how often the site was clear", bold=True)
    ]

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (x - 0.5) * 2 * size, top + (1 - y) * 2 * size

    for tick in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        x, y = at(tick, tick)
        parts.append(
            f'<path d="M{left} {y:.0f}H{left + size}M{x:.0f} {top}V{top + size}" stroke="{GRID}"/>'
        )
        parts.append(_text(x, top + size + 18, f"{tick:g}", "middle", QUIET))
        parts.append(_text(left - 8, y + 4, f"{tick:g}", "end", QUIET))
    parts.append(
        f'<path d="M{left} {top + size}l{size} -{size}" stroke="{QUIET}" stroke-dasharray="4"/>'
    )
    for place, (colour, (world, *cells)) in enumerate(zip(COLOURS, rows, strict=True)):
        pairs = [at(*numbers(cell)[:2]) for cell in cells if numbers(cell)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in pairs)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [_dot(x, y, place) for x, y in pairs]
        parts += [_dot(500, 80 + 26 * place, place), _text(514, 85 + 26 * place, world)]
    parts.append(_text(500, 226, "above the dashed line: surer than was said", colour=QUIET))
    parts.append(_text(500, 248, "below it: less sure than was said", colour=QUIET))
    parts.append(_text(left, top + size + 38, "probability shown (first simulator)", colour=QUIET))
    return _svg(top + size + 50, parts)


def hotspots() -> str:
    """Return how often a week without a hotspot shows one, however many crews walk together."""
    rows = table("docs/calibration/hotspots.md", "world | crews")
    axis = Axis(0, 0.45, (0, 0.1, 0.2, 0.3, 0.4), (0, 0.07), "promised: at most .07")
    return dots(
        "Weeks without a hotspot in which one is shown",
        ("as it is", "if visits were taken one by one"),
        axis,
        [
            Row(f"{world}, crews together: {crews}", (number(one), number(two)))
            for world, crews, one, two, *_ in rows
        ],
    )


def displacement() -> str:
    """Return how often a study finds a fall where nothing happened."""
    rows = table("docs/calibration/displacement.md", "scene | p ≤ .10 | plain p ≤ .10 | interval")
    axis = Axis(0, 0.3, (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3), (0, 0.13), "promised: at most .13")
    found = [Row(name, (number(told), number(plain))) for name, told, plain, *_ in rows]
    return dots(
        "Studies that find a fall where nothing happened",
        ("as told", "plain place test"),
        axis,
        [row for row in found if row.values[0] is not None],
    )


def effort() -> str:
    """Return what each promise needs: a dot for each number of visits, 26 weeks before."""
    rows = table("docs/calibration/displacement.md", "figure | promised | city")
    axis = Axis(0.6, 1, (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1), (0.85, 1), ".85 and more", left=330)
    told = [
        Row(f"{what.removesuffix(' (at best)')}, {city} (≥ {bound.split()[-1]})", shares)
        for what, bound, city, weeks, *cells, _ in rows
        if weeks == "26" and bound.startswith("at least") and not what.startswith("interval")
        for shares in [tuple(map(number, cells))]
    ]
    return dots(
        "Effort needed: visits per place and week, 26 weeks before",
        ("2", "4", "6", "8", "12"),
        axis,
        told,
    )


def counts() -> str:
    """Return how often the intervals of two crews' counts hold the truth, for six chances."""
    rows = table("docs/calibration/counts.md", "scenes | counts")
    axis = Axis(0.5, 1, (0.5, 0.6, 0.7, 0.8, 0.9, 1), (0.9, 1), "promised: .90 and more")
    return dots(
        "Intervals that hold the people present, each dot a chance of being seen",
        (),
        axis,
        [Row(f"{scenes}, {kind}", tuple(map(number, held[:6]))) for scenes, kind, *held in rows],
    )


def rounds() -> str:
    """Return planned visits beside the present order, as ratios with their intervals."""
    axis = Axis(0.5, 1.3, (0.6, 0.8, 1, 1.2), (0.5, 1), "up to 1: no worse")
    names = (
        "P(clear), width",
        "study, width",
        "total, 90 % of errors",
        "total, rmse",
        "total, width told",
    )
    rows = []
    for city, _, *cells in table("docs/calibration/rounds.md", "city | visits | P(clear)"):
        for name, cell in zip(names, cells, strict=True):
            ratio, low, high = numbers(cell)
            rows.append(Row(f"{city}: {name}", (ratio,), (low, high)))
    return dots(
        "31 % fewer visits, planned: uncertainty beside that of today's order", (), axis, rows
    )


def real_data() -> str:
    """Return how often the intervals hold 0 in the published counts of Seattle."""
    rows = table("docs/calibration/real_data.md", "outcome | blocks | p")
    axis = Axis(0.6, 1, (0.6, 0.7, 0.8, 0.9, 1), (0.85, 0.95), "promised: .85 to .95")
    return dots(
        "Seattle, where nothing happened: intervals that hold 0",
        (),
        axis,
        [Row(f"{outcome}, {blocks}", (number(cells[3]),)) for outcome, blocks, *cells in rows],
    )


def fooled() -> str:
    """Return how often what fooled the figures did so before, and does now."""
    axis = Axis(0, 1, (0, 0.25, 0.5, 0.75, 1), (0, 0), "", left=430)
    rows, scene = [], ""
    for name, figure, before, own, _ in table("docs/methods/fooled.md", "scene | figure | before"):
        scene = name or scene
        if "reports a fall" in figure and numbers(before) and numbers(own):
            label = scene if len(scene) < 56 else scene[:54].rsplit(" ", 1)[0] + " …"
            rows.append(Row(label, (number(own), abs(numbers(before)[-1]))))
    return dots(
        "A fall is reported where nothing happened", ("now", "before the correction"), axis, rows
    )


def benchmarks() -> str:
    """Return the promises of each bench: how many are kept, and how many broken."""
    parts = [_text(8, 22, "Promises of the benches", bold=True)]
    parts += [_square(8, 34, 0), _text(26, 46, "kept"), _square(80, 34, 1), _text(98, 46, "broken")]
    files = sorted((ROOT / "bench" / "results").glob("*.json"))
    found = [
        json.loads(file.read_text(encoding="utf-8")) for file in files if file.stem != "missing"
    ]
    rows = [one for one in found if one["promises"]]
    for place, one in enumerate(rows):
        y = TOP + LINE * place
        parts.append(_text(130, y + 12, one["name"], "end"))
        kept = sorted(not promise["kept"] for promise in one["promises"])
        parts += [_square(140 + 16 * n, y, int(broken)) for n, broken in enumerate(kept[:44])]
    return _svg(TOP + LINE * len(rows) + 10, parts)


def scaling() -> str:
    """Return seconds of a backfill by one process and by two workers."""
    result = json.loads((ROOT / "bench/results/backfill.json").read_text(encoding="utf-8"))
    most = max(row[2] for row in result["rows"])
    axis = Axis(0, most * 1.05, tuple(range(0, int(most) + 1, 10)), (0, 0), "", left=150)
    return dots(
        "Backfill of a million visits: seconds",
        ("one process", "two workers"),
        axis,
        [Row(f"{weeks} weeks", (local, dask)) for weeks, _, local, dask, *_ in result["rows"]],
    )


def _row(axis: Axis, row: Row, y: float, *, named: bool) -> list[str]:
    parts = [_text(axis.left - 12, y + 4, row.label, "end")]
    if row.span:
        low, high = map(axis.x, row.span)
        parts.append(
            f'<path d="M{low:.1f} {y}H{high:.1f}" stroke="{COLOURS[0]}" stroke-width="2"/>'
        )
    shown = [(place, value) for place, value in enumerate(row.values) if value is not None]
    alike = len(row.values) > 2 and not named
    return parts + [
        _dot(axis.x(value), y, 0 if alike else place) for place, value in reversed(shown)
    ]


def _key(names: Sequence[str], says: str) -> list[str]:
    parts, x = [], 8.0
    for place, name in enumerate(names):
        parts += [_dot(x + 6, 42, place), _text(x + 18, 46, name)]
        x += 40 + 7.6 * len(name)
    if says:
        parts.append(f'<rect x="{x}" y="35" width="16" height="14" fill="{BAND}" stroke="{GRID}"/>')
        parts.append(_text(x + 22, 46, says))
    return parts


def _dot(x: float, y: float, place: int) -> str:
    """Return a mark whose shape, too, says which series it is of."""
    colour = COLOURS[place]
    if place == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    if place == 1:
        ring = f'fill="#fff" stroke="{colour}" stroke-width="2"'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {ring}/>'
    sides = {2: "-5 -5h10v10h-10z", 3: "0 -6l6 11h-12z", 4: "0 -6l6 6l-6 6l-6 -6z"}[place]
    return f'<path transform="translate({x:.1f} {y:.1f})" d="M{sides}" fill="{colour}"/>'


def _square(x: float, y: float, broken: int) -> str:
    fill = (
        f'fill="#fff" stroke="{COLOURS[1]}" stroke-width="2"' if broken else f'fill="{COLOURS[0]}"'
    )
    inset = broken
    side = 13 - 2 * inset
    return f'<rect x="{x + inset}" y="{y + inset}" width="{side}" height="{side}" {fill}/>'


def _text(
    x: float, y: float, text: str, anchor: str = "start", colour: str = INK, *, bold: bool = False
) -> str:
    style = ' font-weight="600" font-size="16"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{style}>'
        f"{escape(text)}</text>"
    )


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg width="{WIDTH}" height="{height:.0f}" font-family="system-ui, sans-serif" '
        f'font-size="13">{"".join(parts)}</svg>'
    )
