"""Every address of the service that answers GET, from its own route table, with examples filled in.

A new route is covered by itself. One whose path has a parameter that is not known here fails the
test that asks for it, and then gets an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from playwright.sync_api import APIResponse

from geosites.permissions.policy import RULES, Permission, Role
from geosites.web.http.exception_handlers import MACHINES
from geosites.web.security.route_permissions import Open, declared

Examples = Mapping[str, str]

_FILE = re.compile(r"\.\w+$|/tiles/|/export/")
_COLLECTION = re.compile(r"(?<=/collections/)\w+")
_NAMED = re.compile(r"{(\w+)(?::\w+)?}")
_FIRST = (Role.COORDINATOR, Role.ADMIN, Role.ANALYST, Role.PARTNER, Role.REPORTER)


class NoExample(LookupError):
    """A route has a parameter for which no example is known; the message names both."""


@dataclass(frozen=True)
class Address:
    """A path of the service, filled in, and a role that may ask it; None asks without account."""

    route: str
    path: str
    role: Role | None


def addresses(app: FastAPI, examples: Examples) -> Iterator[Address]:
    """Yield every address that answers GET, filled in; raises `NoExample`."""
    for (method, route), permission in declared(app).items():
        if method == "GET":
            yield Address(route, fill(route, examples), allowed(permission))


def templates(app: FastAPI, examples: Examples) -> list[Address]:
    """Return those that may answer with a page; of collections, served alike, only the first."""
    kinds: dict[str, Address] = {}
    for one in filter(may_be_page, addresses(app, examples)):
        kinds.setdefault(_COLLECTION.sub("_", one.route), one)
    return list(kinds.values())


def is_page(answer: APIResponse) -> bool:
    """Return whether an answer is a page, and not a part of one."""
    typed = answer.headers.get("content-type", "").startswith("text/html")
    return typed and b"<html" in answer.body()


def fill(route: str, examples: Examples) -> str:
    """Return the path of a route with an example for each of its parameters.

    `examples` hold a value by the name of a parameter, or a whole path by that of a route.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in examples:
            raise NoExample(f"{route}: give {found[1]!r} an example in tests/routes/page_table.py")
        return examples[found[1]]

    if route in examples:
        return examples[route]
    return _NAMED.sub(value, route)


def allowed(permission: Permission | Open) -> Role | None:
    """Return a role that may do this, the one that sees the most first."""
    if isinstance(permission, Open):
        return None
    return next(role for role in _FIRST if role in RULES[permission])


def may_be_page(one: Address) -> bool:
    """Return whether an address may answer with a page, as far as its form tells."""
    return not one.path.startswith(MACHINES) and _FILE.search(one.path) is None
