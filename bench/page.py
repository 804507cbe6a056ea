"""The page of all results, `docs/benchmarks.md`, from the last result of each bench."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.table import shown

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
MISSING = "missing.json"
"""Why a bench has no result here, by its name."""

_HEAD = """# Benchmarks

Every table of `script/bench`, as it came out last. `script/bench NAME --write` measures one anew,
`script/bench --all` all of them, and both write this page: it is made from `bench/results/` and
never edited. Peers run beside us in the same minutes on the same machine and data; where results
should be equal the bench checks that first. A promise that does not hold is shown as broken.
*Load* is how many processes wanted to run when the bench had ended: above the number of cores,
times are longer than the machine's.
"""
_PICTURE = (
    "![Chart: the promises of each bench, a filled square for one kept, an open one for one "
    "broken](pictures/benchmarks.png)\n"
)


def results(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Return the last result of each bench that has one, by name."""
    files = sorted(path for path in folder.glob("*.json") if path.name != MISSING)
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def missing(folder: Path = RESULTS) -> dict[str, str]:
    """Return why benches have no result, by name."""
    path = folder / MISSING
    said: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return said


def keep(result: Mapping[str, Any], folder: Path = RESULTS) -> None:
    """Keep the result of a bench in the place of its last one."""
    name = result["name"]
    _write(folder / f"{name}.json", result)
    reasons = missing(folder)
    if reasons.pop(name, None) is not None:
        _write(folder / MISSING, reasons)


def page(folder: Path = RESULTS) -> str:
    """Return the page."""
    parts = [_HEAD, _PICTURE, *(_section(name, found) for name, found in results(folder).items())]
    reasons = missing(folder)
    if reasons:
        told = [f"- `{name}`: {reason}" for name, reason in sorted(reasons.items())]
        parts.append("## Not measured yet\n\n" + "\n".join(told) + "\n")
    return "\n".join(parts)


def rewrite() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), encoding="utf-8")


def _section(name: str, found: Mapping[str, Any]) -> str:
    return "\n".join(_lines(name, found)) + "\n"


def _lines(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {name}", "", found["note"], "")
    columns = found["columns"]
    yield _row(columns)
    yield _row(["---", *["---:"] * (len(columns) - 1)])
    yield from (_row([shown(value) for value in row]) for row in found["rows"])
    yield ""
    for promise in found["promises"]:
        kept = "kept" if promise["kept"] else "**broken**"
        yield f"- {kept}: {promise['what']}: {promise['promised']}, {shown(promise['measured'])}"
    if found["promises"]:
        yield ""
    versions = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
    yield f"*{found['date']}; {found['machine']}; load {found['load']}; {versions}.*"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
