"""Style rules of the closure statuses, from their table: the colours of their signs and bars."""

from __future__ import annotations

from geosites.analysis.closure.status_table import STATUS_TABLE


def css() -> str:
    """Return the rules that give each status its colour, as a sign and in the chart over time."""
    rules: list[str] = []
    for colour in dict.fromkeys(row.sign.colour for row in STATUS_TABLE):
        names = [row.status.value for row in STATUS_TABLE if row.sign.colour == colour]
        signs = ", ".join(f"[href$=-{name}]" for name in names)
        rules.append(f".shape:has({signs}) {{ color: var(--{colour}); }}")
        rules.append(f"{_bars(names)} {{ color: var(--{colour}); }}")
    faint = [row.status.value for row in STATUS_TABLE if row.sign.faint]
    return "\n".join([*rules, f"{_bars(faint)} {{ fill-opacity: .45; }}", ""])


def _bars(names: list[str]) -> str:
    return ", ".join(f".bar-{name}" for name in names)
