"""Probes of the service, generated from its routes: who asks, from which scope, what, with what.

Every address that answers GET is asked with values that are there, that are not, and that are none,
for its path and for each of its parameters. As many as wanted (`GEOSITES_PROBES=5000`) are asked
of a store without sightings, of one with few, and of one with half a year.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from geosites.permissions.policy import RULES, Permission, Role
from geosites.web.ogc.catalogue import ALL
from geosites.web.security.route_permissions import Open, declared
from stores import small_exercise

IN, ELSEWHERE = "75119", "75104"
"""A territory in which much was seen, and one in which nothing was."""
SCOPES: tuple[tuple[str, ...], ...] = ((), (IN,), (ELSEWHERE,))

ABSENT = "00000000-0000-4000-8000-000000000000"
_WEEKS = ("2022-W40", "2022-W38", "2022-W31", "1990-W01", "2099-W10", "2022-W54", "0001-W01", "x")
_INSTANTS = (
    "2022-10-09T12:00:00Z", "2022-08-02T00:00:00Z", "1989-12-31T00:00:00Z", "2099-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2022-10-09", "x",
)  # fmt: skip
_NUMBERS = ("1", "0", "-1", "987654", "99999999999999999999", "1e308", "nan", "x")
_TEXTS = ("x", "", "é\u202e", "%00", "a" * 300)
_SLUGS = ("forceval", "stalingrad", "jardins-eole", "place-des-fetes", "x", "%00", "../..")
_EVENTS = (
    small_exercise.EVENT, str(small_exercise.OPERATION), "forceval@2022-09-29",
    "forceval@1990-01-01", "forceval@9999-12-31", "x@2022-01-01", ABSENT, "x",
)  # fmt: skip
_IDS = (ABSENT, str(small_exercise.OPERATION), "x")

VALUES: Mapping[str, Sequence[str]] = {
    "week": _WEEKS,
    "quarter": ("2022-Q3", "1990-Q1", "2022-Q5", "0001-Q1", "x"),
    "slug": _SLUGS,
    "site": _SLUGS,
    "code": (IN, ELSEWHERE, "75118", "00000", "x"),
    "event": _EVENTS,
    "operation": (str(small_exercise.OPERATION), ABSENT, "x"),
    "form": ("png", "svg", "pdf", "html", "x"),
    "name": ("sites.csv", "sightings.geojson", "operations.csv", "closures.csv", "sightings.x"),
    "identifier": ("forceval", "2022-W40-1", "2022-W40-75119", "9999-W01-75119", IN, *_IDS),
    "zoom": ("12", "0", "30", "-1", "x"),
    "level": ("0", "1", "63", "64", "x"),
    "path": ("000", "000.p/9", "999", "x001/000", "x"),
    "column": ("2074", "0", "99999999"),
    "row": ("1408", "0", "99999999"),
    "sighting": _IDS,
    "corrects": _IDS,
    "closure": _IDS,
    "subscription": _IDS,
    "as_of": _INSTANTS,
    "as_known_at": _INSTANTS,
    "at": _INSTANTS,
    "start": _INSTANTS,
    "end": _INSTANTS,
    "since": (*_INSTANTS, "AAAA"),
    "until": _INSTANTS,
    "before": _INSTANTS,
    "bbox": ("2.3,48.8,2.4,48.9", "0,0,0,0", "-180,-90,180,90", "1e308,0,1e308,0", "x"),
    "crs": ("http://www.opengis.net/def/crs/EPSG/0/2154", "x"),
    "datetime": ("2022-10-01T00:00:00Z/..", "../1990-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "x"),
    "filter": ("heads > 3", "week = '2022-W38'", "1 = 1", "heads IS NULL", "x", "((("),
    "after": ("WyJ4Il0", "WyIyMDIyLVczOCJd", "x"),
    "lang": ("fr", "en", "x"),
    "f": ("json", "html", "x"),
    "kind": ("collection", "communication", "x"),
}
"""What a parameter of this name is asked with, wherever it stands."""

WHOLE: Mapping[str, Sequence[Mapping[str, str]]] = {
    "/api/displacement": (
        {"site": "stalingrad", "at": "2022-08-02T00:00:00+02:00"},
        {"site": "jardins-eole", "at": "2022-08-02T00:00:00+02:00"},
        {"site": "x", "at": "2022-08-02T00:00:00+02:00"},
        {"operation": str(small_exercise.OPERATION), "after_weeks": "1"},
    ),
    "/maps/displacement": ({"event": small_exercise.EVENT}, {"event": "jardins-eole@2022-08-02"}),
}
"""Questions that need several parameters at once."""

EXAMPLES = {**small_exercise.EXAMPLES, "closure": ABSENT}
_NAMED = re.compile(r"{(\w+)(?::\w+)?}")
_OF_COLLECTION = ("bbox", "bbox-crs", "crs", "datetime", "filter", "limit", "after", "f")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question: whose role and scope, which route, and the address filled in."""

    role: Role | None
    scope: tuple[str, ...]
    route: str
    permission: Permission | Open
    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether the policy lets the role ask the route at all."""
        if isinstance(self.permission, Open):
            return True
        return self.role is not None and self.role in RULES[self.permission]

    def __str__(self) -> str:
        """Return the probe as a failure names it."""
        asked = "&".join(f"{name}={value}" for name, value in self.query.items())
        role = self.role.value if self.role else "nobody"
        return f"{role}{list(self.scope)} {self.path}?{asked}"


def probes(app: FastAPI) -> list[Probe]:
    """Return every probe of every route: role by scope by path by parameter by value."""
    return [
        Probe(role=role, scope=scope, route=route, permission=permission, path=path, query=query)
        for route, permission in _routes(app)
        for path, query in _asked(route, _parameters(app, route))
        for role in (*Role, None)
        for scope in (SCOPES if role else SCOPES[:1])
    ]


def sample(app: FastAPI, count: int, seed: int = 22) -> list[Probe]:
    """Return so many probes: one of each route for each role and scope, the others by chance."""
    everything = probes(app)
    chance = random.Random(seed)
    chance.shuffle(everything)
    seen: set[tuple[object, ...]] = set()
    first, others = [], []
    for probe in everything:
        key = probe.route, probe.role
        (others if key in seen else first).append(probe)
        seen.add(key)
    return [*first, *others][:count]


def _routes(app: FastAPI) -> Iterator[tuple[str, Permission | Open]]:
    for (method, route), permission in declared(app).items():
        if method == "GET" and not route.startswith("/static"):
            yield route, permission


def _parameters(app: FastAPI, route: str) -> list[str]:
    """Return the names of the parameters that a route reads from its address."""
    found: set[str] = set()
    for known in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(known, "dependant", None)
        if dependant is not None and str(known.path) == route:
            found |= {item.alias for item in dependant.query_params}
    for collection in ALL:
        if route.startswith(f"/ogc/collections/{collection.id}/"):
            found |= {*_OF_COLLECTION, *collection.properties}
    return sorted(found)


def _asked(route: str, parameters: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the addresses of a route: each value of its path, then each of each parameter."""
    motive = {"motive": "a probe"}
    base = _filled(route, {})
    yield base, motive
    yield base, {}
    for whole in WHOLE.get(route, ()):
        yield base, {**motive, **whole}
    for name in _NAMED.findall(route):
        for value in VALUES.get(name, _TEXTS):
            yield _filled(route, {name: value}), motive
    for name in parameters:
        for value in VALUES.get(name, _TEXTS + _NUMBERS):
            yield base, {**motive, name: value}


def _filled(route: str, chosen: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda found: chosen.get(found[1]) or _example(found[1]), route)


def _example(name: str) -> str:
    return EXAMPLES[name].partition("?")[0] if name in EXAMPLES else VALUES[name][0]
