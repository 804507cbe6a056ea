"""Run benches by name, or all of them, and print their tables."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys

import bench
from bench.table import Table

NOT_BENCHES = {
    "__main__",
    "clients",
    "desktop",
    "desktop_draw",
    "services",
    "stock",
    "stores",
    "table",
}
FILES = {"import": "imports"}
"""Benches whose name is a word that no module may have."""


def main(arguments: list[str] | None = None) -> int:
    """Print a table a bench, or one JSON document; return 1 if a promise was broken."""
    called = {file: name for name, file in FILES.items()}
    files = {module.name for module in pkgutil.iter_modules(bench.__path__)} - NOT_BENCHES
    names = sorted(called.get(file, file) for file in files)
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one or more of: {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.name) - set(names))
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are {', '.join(names)}")
    tables = []
    for name in asked.name or names:
        print(f"bench {name} …", file=sys.stderr, flush=True)
        module = importlib.import_module(f"bench.{FILES.get(name, name)}")
        tables.append(Table.of(name, module.__doc__ or "", module.run()))
        if not asked.json:
            print(tables[-1].text(), end="\n\n", flush=True)
    if asked.json:
        print(json.dumps([table.document() for table in tables], ensure_ascii=False))
    return int(any(not promise.kept for table in tables for promise in table.promises))


if __name__ == "__main__":
    sys.exit(main())
