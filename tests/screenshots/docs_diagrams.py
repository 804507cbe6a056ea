"""Diagrams of the documentation, as HTML: boxes in rows and columns, with arrows between them.

What a file of the project says is read from there: the rooms from `pyproject.toml`, the way of a
change from `CONTRIBUTING.md`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from html import escape

from screenshots.docs_tables import ROOT, table

STYLE = """
body { margin: 0; background: #fff; color: #1a1f2b; font: 14px/1.4 system-ui, sans-serif; }
#picture { display: inline-block; padding: 16px; width: 860px; box-sizing: border-box; }
#picture > svg { display: block; }
.row { display: flex; gap: 10px; align-items: stretch; margin: 0 0 10px; }
.box { flex: 1; border: 1px solid #24367d; border-radius: 6px; padding: 8px 12px;
  background: #f4f6fc; }
.box.quiet { background: #fff; border-color: #b4bcc8; }
.box.old { color: #5c6672; background: #f3f4f6; border: 1px dashed #8a94a2; }
.box b { display: block; }
.arrow { align-self: center; color: #5c6672; font-size: 20px; }
.down { text-align: center; color: #5c6672; margin: -6px 0 4px; }
.side { flex: 0 0 150px; align-self: center; color: #5c6672; }
h1 { font-size: 16px; margin: 0 0 12px; }
pre { margin: 0; padding: 14px 16px; border-radius: 6px; background: #1a1f2b; color: #e8ecf2;
  font: 13px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
pre b { color: #9fc1ff; font-weight: 600; }
"""


def document(inside: str) -> str:
    """Return a page whose element `#picture` is to be taken."""
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div id=picture>{inside}</div>"
    )


def rooms() -> str:
    """Return the rooms, the highest first: each may import those below."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        one["layers"] for one in contracts["tool"]["importlinter"]["contracts"] if "layers" in one
    )
    floors = [
        [name.strip().removeprefix("geosites.") for name in layer.split("|")] for layer in layers
    ]
    rows = "".join(_row([_box(name) for name in floor]) for floor in floors)
    return f"<h1>A room imports from the rooms below it</h1>{rows}"


def change() -> str:
    """Return the way of a change through the code, from the table of its steps."""
    steps = table("CONTRIBUTING.md", "step | where")
    boxes = [_row([_side(step), _box(where.replace(", ", " · "))]) for step, where, _ in steps]
    return "<h1>How a change travels</h1>" + "<div class=down>↓</div>".join(boxes)


def calibration() -> str:
    """Return how a method is judged: on scenes whose truth is known to the simulator alone."""
    return (
        "<h1>How a method is calibrated</h1>"
        + _row(
            [
                _box("seed", "so that a run can be repeated"),
                _ARROW,
                _box("simulated city", "scenes, moves: the truth"),
            ]
        )
        + "<div class=down>↓ visits only</div>"
        + _row([_box("method", "as in the service"), _ARROW, _box("answer", "figure and interval")])
        + "<div class=down>↓ beside the truth, some hundred times</div>"
        + _row(
            [
                _box(
                    "table",
                    "how often it was right, beside what was promised; a broken promise stays bold",
                )
            ]
        )
    )


def decisions() -> str:
    """Return where each decision bears on the way of the data."""
    return (
        "<h1>Where the four decisions bear</h1>"
        + _row(
            [
                _box("2 · one set of rules", "a report and a file are checked alike"),
                _ARROW,
                _box("1 · known for a time", "rows are closed, never changed"),
                _ARROW,
                _box("3 · people present", "a map of scenes, not of patrols"),
            ]
        )
        + "<div class=down>↓ every change and every look</div>"
        + _row([_box("4 · a journal of sixteen chains", "sealed when a transaction commits")])
    )


def known_time() -> str:
    """Return a sighting that is corrected: two rows, each known for a time."""
    return (
        "<h1>One sighting, corrected on Wednesday</h1>"
        + _row(
            [
                _side("row 1: 12 people"),
                _old("known from Monday 10:00", "until Wednesday 09:00"),
                _box_empty(),
            ]
        )
        + _row(
            [
                _side("row 2: 21 people"),
                _box_empty(),
                _box("known from Wednesday 09:00", "until further notice"),
            ]
        )
        + _row(
            [
                _side("asked as known"),
                _quiet("on Tuesday", "12 people, for ever"),
                _quiet("on Thursday", "21 people"),
            ]
        )
    )


def one_set_of_rules() -> str:
    """Return a report and a file on the way through the same rules."""
    return (
        "<h1>One set of rules</h1>"
        + _row(
            [
                _box("report from a phone", "an object: a file of one row"),
                _box("file of a million rows", "columns"),
            ]
        )
        + "<div class=down>↓</div>"
        + _row(
            [
                _box(
                    "the same rules over columns",
                    "headcount not negative · instant with its offset · place on the ground",
                )
            ]
        )
        + "<div class=down>↓</div>"
        + _row(
            [
                _box("records", "valid, frozen"),
                _quiet("reasons", "line, column, what is wrong, what is expected"),
            ]
        )
    )


def people_present() -> str:
    """Return two places with as many people, one visited ten times as often."""
    ten = " ".join(["8"] * 10)
    return (
        "<h1>Eight people stand at each of two places</h1>"
        + _row([_side(""), _side("visits saw"), _quiet("sum of counts"), _box("people present")])
        + _row([_side("place A, ten visits"), _side(ten), _quiet("80"), _box("8")])
        + _row([_side("place B, one visit"), _side("8"), _quiet("8"), _box("8")])
        + _row([_side(""), _side(""), _quiet("shows the patrols"), _box("shows the scenes")])
    )


def journal_chains() -> str:
    """Return chains side by side, and the line that anchors all of them outside."""
    chains = [
        _row(
            [
                _side(f"chain {number}"),
                _quiet("…"),
                _ARROW,
                _quiet("entry", "hash of the one before"),
                _ARROW,
                _quiet("entry", "hash of the one before"),
                _ARROW,
                _box("head", "locked last, at commit"),
            ]
        )
        for number in ("1", "2", "… 16")
    ]
    return (
        "<h1>Sixteen chains, one anchor</h1>"
        + "".join(chains)
        + "<div class=down>↓ all heads in one line</div>"
        + _row([_box("anchor", "kept outside the database: proves that no chain was cut")])
    )


def sharing() -> str:
    """Return two services: what one tells, and what never leaves it."""
    return (
        "<h1>One service tells, the other asks</h1>"
        + _row(
            [
                _box("service that tells", "an account decides what: territories, days, statuses"),
                _box(
                    "service that asks", "every five minutes, with a token, from where it broke off"
                ),
            ]
        )
        + _row(
            [
                _quiet("stays here", "sightings, positions, counts, notes"),
                _box(
                    "is told: sites and the status of their closures",
                    "signed with the key of the service that tells",
                ),
            ]
        )
        + _row(
            [
                _quiet("may be ended here", "account disabled, token revoked"),
                _quiet("not passed on", "partners of the service that asks do not see it"),
            ]
        )
    )


def two_crews() -> str:
    """Return the scenes of the example by hand: who was seen by which crew, and by neither."""
    first, second, either = 260, 173, 339
    both = first + second - either
    neither = first * second / both - either
    parts = (
        ("first crew alone", first - both, ""),
        ("both", both, ""),
        ("second alone", second - both, ""),
        ("neither", neither, "old"),
    )
    boxes = [
        f'<div class="box {kind}" style="flex: {count:.0f}"><b>{count:.0f}</b>{name}</div>'
        for name, count, kind in parts
    ]
    return (
        "<h1>Two crews count the same scenes</h1>"
        + _row(boxes)
        + _row(
            [
                _quiet(f"{first} and {second} seen", f"{either} by at least one crew"),
                _quiet(f"{both} / {second} = {both / second:.2f}", "what the first crew sees"),
                _quiet(f"{first * second / both:.1f} present", f"{first} × {second} / {both}"),
            ]
        )
    )


_ARROW = "<div class=arrow>→</div>"


def _row(boxes: Sequence[str]) -> str:
    return f"<div class=row>{''.join(boxes)}</div>"


def _box(title: str, text: str = "", kind: str = "") -> str:
    return f'<div class="box {kind}"><b>{escape(title)}</b>{escape(text)}</div>'


def _quiet(title: str, text: str = "") -> str:
    return _box(title, text, "quiet")


def _old(title: str, text: str = "") -> str:
    return _box(title, text, "old")


def _box_empty() -> str:
    return "<div style='flex: 1; padding: 8px 13px'></div>"


def _side(text: str) -> str:
    return f"<div class=side>{escape(text)}</div>"
