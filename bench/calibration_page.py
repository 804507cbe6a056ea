"""Write the tables of docs/calibration/displacement.md from lines of `bench.calibration --json`.

`python -m bench.calibration --json > rows`, then `python -m bench.calibration_page rows`; several
files may be given, the last line of a scene counts. Scenes that no line tells keep their row, and
text between the tables stays. Lines of `--effort` write the table of efforts, which is made anew
from all of them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench import calibration_effort
from geosites.simulation.displacement_trials import SCENES

PAGE = Path(__file__).parent.parent / "docs" / "calibration" / "displacement.md"
MOST_WARNED = 0.03
"""Warnings in a smaller share of the trials are left out."""
FEWEST = 20
"""With fewer studies answered, only refusals and warnings are shown."""

EFFORTS, END = "<!-- table effort -->", "<!-- end -->"

Row = dict[str, Any]

NOTHING = {
    "p ≤ .10": "found",
    "plain p ≤ .10": "found_plain",
    "interval holds 0: target": "covers_target",
    "as told": "covers_cautious",
    "territories": "covers_territories",
    "city": "covers_net",
    "level within 15 %": "level_target",
    "at best": "level_oracle",
    "false new place": "false_new",
    "refused": "refused",
}
SOMETHING = {
    "found, p ≤ .10": "found",
    "plain p ≤ .10": "found_plain",
    "interval holds the effect: target": "covers_target",
    "as told": "covers_cautious",
    "territories": "covers_territories",
    "city": "covers_net",
    "displaced share, mean": "share",
    "its interval": "covers_share",
    "found nearby": "covers_found_nearby",
    "not found": "covers_not_found",
    "refused": "refused",
}
MOVED = {
    "right receivers first": "right_first",
    "at best": "right_oracle",
    "the largest is right": "right_largest",
    "a farther one told that is none": "false_farther",
    "told as moved": "moved_told",
    "new place found": "new_found",
    "its interval": "covers_new",
    "false new place": "false_new",
}
WARNED = {"warned": "warned"}


def main(files: list[str]) -> None:
    """Replace the tables of the page."""
    read = [json.loads(line) for file in files for line in Path(file).read_text().splitlines()]
    PAGE.write_text(written(PAGE.read_text(), read))


def written(text: str, read: list[Row]) -> str:
    """Return the text of the page with the rows in its tables."""
    rows = _rows(row for row in read if "visits" not in row)
    efforts = [row for row in read if "visits" in row]
    tables = {
        "nothing": _table(NOTHING, (row for row in rows if _null(row))),
        "something": _table(SOMETHING, (row for row in rows if not _null(row))),
        "moved": _table(MOVED, (row for row in rows if _about_moves(row))),
        "warned": _table(WARNED, (row for row in rows if _often_warned(row))),
    }
    measured = {row["scene"] for row in rows}
    for name, (head, told) in tables.items():
        begin, end = f"<!-- table {name} -->", END
        before, rest = text.split(begin, 1)
        old, after = rest.split(end, 1)
        kept = {scene: line for scene, line in _lines(old).items() if scene not in measured}
        lines = [line for scene in SCENES if (line := {**kept, **told}.get(scene)) is not None]
        text = "\n".join([f"{before}{begin}", "", *head, *lines, "", f"{end}{after}"])
    return with_efforts(text, efforts) if efforts else text


def with_efforts(text: str, rows: list[Row]) -> str:
    """Return the text of the page with its table of efforts made of the rows."""
    before, rest = text.split(EFFORTS, 1)
    after = rest.split(END, 1)[1]
    lines = calibration_effort.table(rows)
    return "\n".join([f"{before}{EFFORTS}", "", *lines, "", f"{END}{after}"])


def _lines(table: str) -> dict[str, str]:
    """Return the rows of a table by the name of the scene."""
    return {
        found[1]: found[0] for found in re.finditer(r"^\| `([\w-]+)` \|.*$", table, re.MULTILINE)
    }


def _rows(read: Iterable[Row]) -> list[Row]:
    found = {row["scene"]: row for row in read}
    return [found[name] for name in SCENES if name in found]


def _null(row: Row) -> bool:
    return SCENES[row["scene"]].null


def _about_moves(row: Row) -> bool:
    return row["right_first"] is not None or row["new_found"] is not None


def _often_warned(row: Row) -> bool:
    return bool(max(_counts(row["warned"]), default=0) >= MOST_WARNED * row["trials"])


def _counts(codes: str | None) -> list[int]:
    return [int(count) for count in re.findall(r" (\d+)", codes or "")]


def _table(columns: dict[str, str], rows: Iterable[Row]) -> tuple[list[str], dict[str, str]]:
    """Return the lines of the head, and those of the rows by the name of the scene."""
    head = [f"| scene | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    return head, {
        row[
            "scene"
        ]: f"| `{row['scene']}` | {' | '.join(_cell(row, k) for k in columns.values())} |"
        for row in rows
    }


def _cell(row: Row, key: str) -> str:
    value = row[key]
    if value is None or isinstance(value, str):
        return (value or "").replace("_", " ") if key in {"refused", "warned"} else "–"
    if row["trials"] - sum(_counts(row["refused"])) < FEWEST:
        return "–"
    shown = re.sub(r"^(-?)0\.", r"\1.", f"{value:.2f}")
    return f"**{shown}**" if _broken(row, key, value) else shown


def _broken(row: Row, key: str, value: float) -> bool:
    """Return whether a figure breaks what is promised for its kind of scene."""
    if key == "found":
        asked = row["scene"] in {"plain-halving", "uneven-halving"}
        return value > 0.13 if _null(row) else bool(asked and value < 0.85)
    if key.startswith("covers"):
        return value < 0.85
    if key in {"level_target", "right_first"}:
        allowed = row["level_oracle" if key == "level_target" else "right_oracle"]
        return bool(value < (0.95 if allowed is None else min(0.95, allowed - 0.02)))
    return value < 0.90 if key == "new_found" else key == "false_new" and value > 0.05


if __name__ == "__main__":
    main(sys.argv[1:])
