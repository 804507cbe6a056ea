"""The test of unknown fields reaches every result that there is, and every route that shows one.

Results and routes are found in the code, so a new one fails here until it is reached or named.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import FunctionType
from typing import get_type_hints

import pytest
from typing_extensions import is_typeddict

from geosites import services
from geosites.core.precision import Precision
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import RULES, Permission
from geosites.web.app import create_app
from geosites.web.ogc.catalogue import ALL
from geosites.web.security.route_permissions import declared
from web.redaction.test_allow_list import CHANNELS, KINDS

NOTHING_SEEN = {
    Permission.READ_HELP: "texts that are the same for everybody",
    Permission.OWN_ACCOUNT: "one's own account",
    Permission.READ_PUBLIC_TABLE: "released tables, which are public",
    Permission.READ_GROUND: "streets and territories, the same for everybody",
    Permission.SUBSCRIBE: "one's own subscriptions",
}
"""Permissions whose answers are made of no result of what was seen."""

OF_COLLECTION = re.compile(
    r"/ogc/collections/\w+(/queryables|/tiles|/tiles/WebMercatorQuad"
    r"|/tiles/WebMercatorQuad/\{zoom\}/\{row\}/\{column\}|/items/\{identifier:path\})?"
)
"""What describes a collection, and one feature of it or a tile: columns that are named in SQL."""

FORWARD = {"/maps/hotspots": "leads to the page of the last week"}


def documents(returned: object) -> Iterator[type]:
    """Yield the types of documents in what a function returns."""
    if is_typeddict(returned):
        yield returned  # type: ignore[misc]
    for inner in getattr(returned, "__args__", ()):
        yield from documents(inner)


def _answers(method: FunctionType) -> bool:
    return any(documents(get_type_hints(method).get("return")))


def results() -> Iterator[tuple[type, str]]:
    """Yield each class of the services, and its method that returns a document or rows of such."""
    for module in pkgutil.walk_packages(services.__path__, "geosites.services."):
        for kind in vars(importlib.import_module(module.name)).values():
            if (
                not inspect.isclass(kind)
                or kind.__module__ != module.name
                or kind.__name__[0] == "_"
            ):
                continue
            for name, method in vars(kind).items():
                if name.startswith("_") or not isinstance(method, FunctionType):
                    continue
                if _answers(method):
                    yield kind, name


def test_every_result_of_the_services_gets_an_unknown_field() -> None:
    found = set(results())
    assert len(found) >= 15
    assert found == set(KINDS)


def coarser() -> Iterator[str]:
    """Yield each route that is read, of which somebody is told less than everything."""
    app = create_app(Store("postgresql://"))
    for (method, path), permission in declared(app).items():
        if method != "GET" or not isinstance(permission, Permission):
            continue
        if permission not in NOTHING_SEEN and min(RULES[permission].values()) < Precision.EXACT:
            yield path


def pattern(route: str) -> re.Pattern[str]:
    """Return what the addresses of a route look like, without what is asked."""
    named = re.sub(r"\\\{\w+(:path)?\\\}", r"[^/?]+", re.escape(route))
    return re.compile(rf"{named}(\?.*)?")


@pytest.mark.parametrize("route", list(coarser()))
def test_every_route_of_which_somebody_is_told_less_is_a_channel(route: str) -> None:
    if OF_COLLECTION.fullmatch(route) or route in FORWARD:
        return
    assert any(pattern(route).fullmatch(path) for path in CHANNELS), route


def test_tiles_and_features_read_columns_that_are_named() -> None:
    assert all(collection.properties for collection in ALL)


def test_a_route_that_is_no_channel_is_found() -> None:
    assert not any(pattern("/api/unheard-of/{week}").fullmatch(path) for path in CHANNELS)
    assert pattern("/bulletins/{week}.{form}").fullmatch("/bulletins/2022-W40.pdf")
