"""Diagrams of the documentation, as HTML: boxes in rows and columns, with arrows between them.

What a file of the project says is read from there: the rooms from `pyproject.toml`, the way of a
change from `CONTRIBUTING.md`.
"""

from __future__ import annotations

import tomllib

from screenshots.docs_boxes import ARROW, box, nothing, old, quiet, row, side
from screenshots.docs_tables import ROOT, table


def rooms() -> str:
    """Return the rooms, the highest first: each may import those below."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        one["layers"] for one in contracts["tool"]["importlinter"]["contracts"] if "layers" in one
    )
    floors = [
        [name.strip().removeprefix("geosites.") for name in layer.split("|")] for layer in layers
    ]
    rows = "".join(row([box(name) for name in floor]) for floor in floors)
    return f"<h1>A package imports only packages below it</h1>{rows}"


def change() -> str:
    """Return the way of a change through the code, from the table of its steps."""
    steps = table("CONTRIBUTING.md", "step | where")
    boxes = [row([side(step), box(where.replace(", ", " · "))]) for step, where, _ in steps]
    return "<h1>How a change travels</h1>" + "<div class=down>↓</div>".join(boxes)


def calibration() -> str:
    """Return how a method is judged: on scenes whose truth is known to the simulator alone."""
    return (
        "<h1>How a method is calibrated</h1>"
        + row(
            [
                box("seed", "so that a run can be repeated"),
                ARROW,
                box("simulated city", "scenes, moves: the truth"),
            ]
        )
        + "<div class=down>↓ visits only</div>"
        + row([box("method", "as in the service"), ARROW, box("answer", "figure and interval")])
        + "<div class=down>↓ beside the truth, some hundred times</div>"
        + row(
            [
                box(
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
        + row(
            [
                box("2 · one set of rules", "a report and a file are checked alike"),
                ARROW,
                box("1 · known for a time", "rows are closed, never changed"),
                ARROW,
                box("3 · people present", "a map of scenes, not of patrols"),
            ]
        )
        + "<div class=down>↓ every change and every look</div>"
        + row([box("4 · a journal of sixteen chains", "sealed when a transaction commits")])
    )


def known_time() -> str:
    """Return a sighting that is corrected: two rows, each known for a time."""
    return (
        "<h1>One sighting, corrected on Wednesday</h1>"
        + row(
            [
                side("row 1: 12 people"),
                old("known from Monday 10:00", "until Wednesday 09:00"),
                nothing(),
            ]
        )
        + row(
            [
                side("row 2: 21 people"),
                nothing(),
                box("known from Wednesday 09:00", "until further notice"),
            ]
        )
        + row(
            [
                side("asked as known"),
                quiet("on Tuesday", "12 people, for ever"),
                quiet("on Thursday", "21 people"),
            ]
        )
    )


def one_set_of_rules() -> str:
    """Return a report and a file on the way through the same rules."""
    return (
        "<h1>One set of rules</h1>"
        + row(
            [
                box("report from a phone", "an object: a file of one row"),
                box("file of a million rows", "columns"),
            ]
        )
        + "<div class=down>↓</div>"
        + row(
            [
                box(
                    "the same rules over columns",
                    "headcount not negative · instant with its offset · place on the ground",
                )
            ]
        )
        + "<div class=down>↓</div>"
        + row(
            [
                box("records", "valid, frozen"),
                quiet("reasons", "line, column, what is wrong, what is expected"),
            ]
        )
    )


def people_present() -> str:
    """Return two places with as many people, one visited ten times as often."""
    ten = " ".join(["8"] * 10)
    return (
        "<h1>Eight people stand at each of two places</h1>"
        + row([side(""), side("visits saw"), quiet("sum of counts"), box("people present")])
        + row([side("place A, ten visits"), side(ten), quiet("80"), box("8")])
        + row([side("place B, one visit"), side("8"), quiet("8"), box("8")])
        + row([side(""), side(""), quiet("shows the patrols"), box("shows the scenes")])
    )


def journal_chains() -> str:
    """Return chains side by side, and the line that anchors all of them outside."""
    chains = [
        row(
            [
                side(f"chain {number}"),
                quiet("…"),
                ARROW,
                quiet("entry", "hash of the one before"),
                ARROW,
                quiet("entry", "hash of the one before"),
                ARROW,
                box("head", "locked last, at commit"),
            ]
        )
        for number in ("1", "2", "… 16")
    ]
    return (
        "<h1>Sixteen chains, one anchor</h1>"
        + "".join(chains)
        + "<div class=down>↓ all heads in one line</div>"
        + row([box("anchor", "kept outside the database: proves that no chain was cut")])
    )


def sharing() -> str:
    """Return two services: what one tells, and what never leaves it."""
    return (
        "<h1>One service tells, the other asks</h1>"
        + row(
            [
                box("service that tells", "an account decides what: territories, days, statuses"),
                box(
                    "service that asks", "every five minutes, with a token, from where it broke off"
                ),
            ]
        )
        + row(
            [
                quiet("stays here", "sightings, positions, counts, notes"),
                box(
                    "is told: sites and the status of their closures",
                    "signed with the key of the service that tells",
                ),
            ]
        )
        + row(
            [
                quiet("may be ended here", "account disabled, token revoked"),
                quiet("not passed on", "partners of the service that asks do not see it"),
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
        + row(boxes)
        + row(
            [
                quiet(f"{first} and {second} seen", f"{either} by at least one crew"),
                quiet(f"{both} / {second} = {both / second:.2f}", "what the first crew sees"),
                quiet(f"{first * second / both:.1f} present", f"{first} × {second} / {both}"),
            ]
        )
    )


def terms() -> str:
    """Return how the words for what is seen, and for where, hang together."""
    return (
        "<h1>What is seen, and where</h1>"
        + row(
            [
                quiet("report · signalement", "sent in"),
                ARROW,
                box("sighting · observation", "kept and counted"),
                ARROW,
                box("people present · personnes présentes", "mean of a place's visits"),
            ]
        )
        + row(
            [
                quiet("place · endroit", "where visits lie together"),
                ARROW,
                box("site · lieu suivi", "a place with a name and a perimeter"),
                ARROW,
                box("closure · fermeture", "an order for a site, over a period"),
            ]
        )
    )
