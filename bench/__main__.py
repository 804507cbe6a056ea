"""Run benches by name, or all of them, and print their tables."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from bench import page
from bench.machine import described
from bench.outside import NoData
from bench.table import Table

FILES = {"import": "imports"}
"""Benches whose name is a word that no module may have."""


def names() -> list[str]:
    """Return the name of every bench: each module that can be run."""
    called = {file: name for name, file in FILES.items()}
    files = [
        path for path in Path(__file__).parent.glob("*.py") if "\ndef run(" in path.read_text()
    ]
    return sorted(called.get(path.stem, path.stem) for path in files)


def main(arguments: list[str] | None = None) -> int:
    """Print a table a bench, or one JSON document; return 1 if a promise was broken.

    A bench whose data lie outside the project is passed over where they are not there, in words;
    that is a failure only where it was asked for by name.
    """
    asked = _asked(arguments)
    tables, absent = [], False
    for name in asked.name or names():
        print(f"bench {name} …", file=sys.stderr, flush=True)
        try:
            tables.append(_run(name, asked.minutes))
        except NoData as error:
            print(f"bench {name} was not run: {error}", file=sys.stderr, flush=True)
            absent = True
            continue
        if not asked.json:
            print(tables[-1].text(), end="\n\n", flush=True)
        if asked.write or asked.all:
            page.keep({**tables[-1].document(), **described(), "name": name})
            page.rewrite()
    if asked.json:
        print(json.dumps([table.document() for table in tables], ensure_ascii=False))
    broken = any(not promise.kept for table in tables for promise in table.promises)
    return int(broken or (absent and bool(asked.name)))


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    there = ", ".join(names())
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one or more of: {there}")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--write", action="store_true", help="into bench/results and the page")
    parser.add_argument("--all", action="store_true", help="every bench, and write")
    parser.add_argument("--minutes", type=float, help="of mixed traffic, in load (default: 1)")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.name) - set(names()))
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are {there}")
    return asked


def _run(name: str, minutes: float | None) -> Table:
    module = importlib.import_module(f"bench.{FILES.get(name, name)}")
    options = {"minutes": minutes} if name == "load" and minutes else {}
    return Table.of(name, module.__doc__ or "", module.run(**options))


if __name__ == "__main__":
    sys.exit(main())
