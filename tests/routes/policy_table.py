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
from geosites.permissions.policy import RULES, Permission, Role
from geosites.web.app import create_app
from geosites.web.security.route_permissions import Open, declared

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
BEGIN, END = "<!-- table:begin -->\n", "<!-- table:end -->"

WORDS = {Precision.EXACT: "exact", Precision.CELL: "cell", Precision.TERRITORY: "territory"}

NOT_ASKED = frozenset(
    {Permission.READ_HELP, Permission.OWN_ACCOUNT, Permission.READ_METRICS, Permission.READ_GROUND}
)
"""Permissions that show nothing of what was seen: a role may, or it may not."""

BESIDE_THE_ROUTES: Mapping[str, Permission] = {
    "file `geosites bulletin`, edition of the service": Permission.ISSUE_BULLETIN,
    "command line, on the server": Permission.IMPORT,
    "webhook and e-mail: site, state and sentences, no count, no place": Permission.READ_CLOSURE,
}
"""Channels that no route serves, and the permission that says who may set them up or read them."""


def table(app: FastAPI) -> str:
    """Return the table in Markdown: a row a channel, a column a role."""
    heads = ["channel", *(role.value for role in Role)]
    lines = [heads, ["---"] * len(heads)]
    lines += [
        [f"`{method} {path}`", *cells(permission)] for (method, path), permission in _shown(app)
    ]
    lines += [[name, *cells(permission)] for name, permission in BESIDE_THE_ROUTES.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(permission: Permission | Open) -> list[str]:
    """Return what each role sees of a channel."""
    if isinstance(permission, Open):
        return ["open"] * len(Role)
    return [_cell(permission, role) for role in Role]


def _cell(permission: Permission, role: Role) -> str:
    precision = RULES[permission].get(role)
    if precision is None:
        return "–"
    return "may" if permission in NOT_ASKED else WORDS[precision]


def _shown(app: FastAPI) -> list[tuple[tuple[str, str], Permission | Open]]:
    found = declared(app).items()
    return sorted(
        ((name, permission) for name, permission in found), key=lambda one: (one[0][1], one[0][0])
    )


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
