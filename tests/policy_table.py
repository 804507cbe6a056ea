"""The table of who sees what by which channel, made from what the routes declare.

Run as a program it puts the table into `docs/privacy.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from geosites.core.precision import Precision
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import RULES, Act, Role
from geosites.web.app import create_app
from geosites.web.route_permissions import Open, declared

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
BEGIN, END = "<!-- table:begin -->\n", "<!-- table:end -->"

WORDS = {Precision.EXACT: "exact", Precision.CELL: "cell", Precision.TERRITORY: "territory"}

NOT_ASKED = frozenset({Act.READ_HELP, Act.OWN_ACCOUNT, Act.READ_METRICS, Act.READ_GROUND})
"""Acts that show nothing of what was seen: a role may, or it may not."""

BESIDE_THE_ROUTES: Mapping[str, Act] = {
    "file `geosites bulletin`, edition of the service": Act.ISSUE_BULLETIN,
    "command line, on the server": Act.IMPORT,
    "webhook and e-mail: site, state and sentences, no count, no place": Act.READ_CLOSURE,
}
"""Channels that no route serves, and the act that says who may set them up or read them."""


def table(app: FastAPI) -> str:
    """Return the table in Markdown: a row a channel, a column a role."""
    heads = ["channel", *(role.value for role in Role)]
    lines = [heads, ["---"] * len(heads)]
    lines += [[f"`{method} {path}`", *cells(act)] for (method, path), act in _shown(app)]
    lines += [[name, *cells(act)] for name, act in BESIDE_THE_ROUTES.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(act: Act | Open) -> list[str]:
    """Return what each role sees of a channel."""
    if isinstance(act, Open):
        return ["open"] * len(Role)
    return [_cell(act, role) for role in Role]


def _cell(act: Act, role: Role) -> str:
    precision = RULES[act].get(role)
    if precision is None:
        return "–"
    return "may" if act in NOT_ASKED else WORDS[precision]


def _shown(app: FastAPI) -> list[tuple[tuple[str, str], Act | Open]]:
    found = declared(app).items()
    return sorted(((name, act) for name, act in found), key=lambda one: (one[0][1], one[0][0]))


def on_the_page() -> str:
    """Return the table as the page has it."""
    found = re.search(f"{BEGIN}(.*?){END}", PAGE.read_text(), re.DOTALL)
    return found[1] if found else ""


def main() -> None:
    """Put the table into the page."""
    made = table(create_app(Store("postgresql://")))
    text = PAGE.read_text()
    PAGE.write_text(text.replace(f"{BEGIN}{on_the_page()}{END}", f"{BEGIN}{made}{END}"))


if __name__ == "__main__":
    main()
