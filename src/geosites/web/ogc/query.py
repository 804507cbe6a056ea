"""Query parameters of the OGC API; unknown ones are refused."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinaryError
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import shapely
from fastapi import Request

from geosites.core.errors import BadParameter
from geosites.db.features.filter_values import instant
from geosites.db.features.geojson_pages import PropertyKind
from geosites.db.geography.areas import metric_box
from geosites.web.ogc import standard_names
from geosites.web.ogc.cql2_filter import parsed_filter
from geosites.web.ogc.standard_names import System

DEFAULT_LIMIT, MOST_LIMIT = 100, 10_000

EVERYWHERE = frozenset({"f", "lang", "motive"})
"""Parameters that every address takes."""
READING = frozenset({"crs"})
CHOOSING = frozenset({"bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"})
PAGING = frozenset({"limit", "after"})

Token = tuple[str, ...]


_JSON_TYPES = ("application/json", "application/geo+json", "application/*")


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time with both its ends; None is open."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FeatureRequest:
    """A query for features, and the reference system of the response."""

    limit: int
    after: Token
    area: shapely.Geometry | None
    span: Span | None
    equal: Mapping[str, object]
    tree: object
    filter_system: System
    system_uri: str
    text: str
    """The query in normal form, without paging and format: the cache key of its count."""

    @property
    def system(self) -> System:
        """The reference system of the answer."""
        return standard_names.systems()[self.system_uri]


def form(request: Request) -> str:
    """Return `json` or `html`, from the URL or else the Accept header."""
    asked = request.query_params.get("f")
    if asked is not None and asked not in ("json", "html"):
        raise BadParameter(f"f: {asked[:40]!r} is neither json nor html")
    return asked or ("html" if _likes_html(request.headers.get("accept", "")) else "json")


def only_form(request: Request, *forms: str) -> str:
    """Return the requested format of a resource without a page, by default the first one."""
    asked = single(request, EVERYWHERE).get("f", forms[0])
    return _one_form(asked, forms)


def _one_form(asked: str, forms: Sequence[str]) -> str:
    if asked not in forms:
        raise BadParameter(f"f: {asked[:40]!r} is none of {', '.join(forms)}")
    return asked


def _likes_html(accept: str) -> bool:
    """Return whether a page is liked better than a document (RFC 9110, section 12.5.1).

    Where both are liked the same, a page is if it is named; it comes first if JSON is named too.
    """
    liked: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(accept.split(",")):
        name, *more = (piece.strip().lower() for piece in part.split(";"))
        weight = next((text[2:] for text in more if text.startswith("q=")), "1")
        try:
            liked.setdefault(name, (float(weight), -place))
        except ValueError:
            continue
    nothing = (0.0, -len(liked))
    page = liked.get("text/html", nothing)
    named = [liked[name] for name in _JSON_TYPES if name in liked]
    other = max(named) if named else (liked.get("*/*", nothing)[0], -MOST_LIMIT)
    return page[0] > 0 and page > other


def single(request: Request, known: Collection[str]) -> dict[str, str]:
    """Return the parameters, each given once; raises `BadParameter` for any other."""
    result: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise BadParameter(
                f"there is no parameter {name[:60]!r} here; there are {', '.join(sorted(known))}"
            )
        if name in result:
            raise BadParameter(f"{name}: given twice")
        if "\0" in value:
            raise BadParameter(f"{name}: a text cannot hold the character 0")
        result[name] = value
    return result


def question(request: Request, properties: Mapping[str, PropertyKind]) -> FeatureRequest:
    """Parse a query on a collection with these properties; raises `BadParameter`."""
    given = single(request, EVERYWHERE | READING | CHOOSING | PAGING | set(properties))
    return _question(given, properties)


def tile_question(request: Request, properties: Mapping[str, PropertyKind]) -> FeatureRequest:
    """Parse the query for a tile; raises `BadParameter`."""
    given = single(request, EVERYWHERE | CHOOSING | {"detail"} | set(properties))
    _one_form(given.get("f", "mvt"), ("mvt",))
    return _question(given, properties)


def _question(given: Mapping[str, str], properties: Mapping[str, PropertyKind]) -> FeatureRequest:
    tree = parsed_filter(given.get("filter"), given.get("filter-lang"))
    skipped = EVERYWHERE | READING | PAGING
    asked = sorted((name, value) for name, value in given.items() if name not in skipped)
    return FeatureRequest(
        limit=_limit(given.get("limit")),
        after=_token(given.get("after")),
        area=_area(given.get("bbox"), given.get("bbox-crs")),
        span=_span(given.get("datetime")),
        equal={
            name: _value(name, given[name], kind)
            for name, kind in properties.items()
            if name in given
        },
        tree=tree,
        filter_system=standard_names.systems()[_system("filter-crs", given.get("filter-crs"))],
        system_uri=_system("crs", given.get("crs")),
        text=json.dumps(asked),
    )


def system(request: Request) -> str:
    """Return the name of the reference system requested for one feature."""
    return _system("crs", single(request, EVERYWHERE | READING).get("crs"))


def token(keys: Sequence[str]) -> str:
    """Return the end of a page as encoded in a link."""
    return urlsafe_b64encode(json.dumps(list(keys)).encode()).decode().rstrip("=")


def _token(text: str | None) -> Token:
    if text is None:
        return ()
    try:
        keys = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (BinaryError, ValueError, RecursionError) as error:
        raise BadParameter("after: this is not a link to a page that was given out") from error
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise BadParameter("after: this is not a link to a page that was given out")
    if any("\0" in key for key in keys):
        raise BadParameter("after: this is not a link to a page that was given out")
    return tuple(keys)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < 1:
        raise BadParameter(f"limit: {text[:40]!r} is not a whole number from 1 on")
    return min(int(text), MOST_LIMIT)


def _system(name: str, uri: str | None) -> str:
    if uri is None:
        return standard_names.CRS84
    if uri not in standard_names.systems():
        raise BadParameter(f"{name}: {uri[:80]!r} is none of {', '.join(standard_names.systems())}")
    return uri


def _area(text: str | None, crs: str | None) -> shapely.Geometry | None:
    """Return the requested bounding box, in metres; heights are ignored."""
    system = standard_names.systems()[_system("bbox-crs", crs)]
    if text is None:
        return None
    numbers = [_float("bbox", part) for part in text.split(",")]
    if len(numbers) not in (4, 6):
        raise BadParameter(f"bbox: 4 numbers, or 6 with heights, and not {len(numbers)}")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if system.flipped:
        low, high = low[::-1], high[::-1]
    if system.srid == 4326 and low[0] > high[0]:
        raise BadParameter(
            "bbox: the west lies east of the east; boxes across the antimeridian are not taken, "
            "since nothing of ours lies there"
        )
    if low[0] > high[0] or low[1] > high[1]:
        raise BadParameter("bbox: the lower corner comes first, then the upper one")
    return metric_box((low[0], low[1]), (high[0], high[1]), system.srid)


def _span(text: str | None) -> Span | None:
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) == 1 and parts[0] not in ("", ".."):
        return Span(start=_end(parts[0], last=False), end=_end(parts[0], last=True))
    if len(parts) != 2:
        raise BadParameter(f"datetime: {text[:60]!r} is neither an instant nor an interval")
    start, end = (
        None if part in ("", "..") else _end(part, last=last)
        for part, last in zip(parts, (False, True), strict=True)
    )
    if start is None and end is None:
        raise BadParameter("datetime: an interval open at both ends selects nothing")
    if start is not None and end is not None and start > end:
        raise BadParameter("datetime: the interval ends before it starts")
    return Span(start=start, end=end)


def _end(text: str, *, last: bool, what: str = "datetime") -> dt.datetime:
    return instant(text.replace(" ", "+"), last=last, what=what)


def _value(name: str, text: str, kind: PropertyKind) -> object:
    if kind is PropertyKind.TEXT:
        return text
    if kind is PropertyKind.BOOLEAN and text in ("true", "false"):
        return text == "true"
    if kind is PropertyKind.INSTANT:
        return Span(start=_end(text, last=False, what=name), end=_end(text, last=True, what=name))
    if kind in (PropertyKind.INTEGER, PropertyKind.NUMBER):
        return _float(name, text)
    raise BadParameter(f"{name}: {text[:40]!r} is neither true nor false")


def _float(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadParameter(f"{name}: {text[:40]!r} is not a number") from error
    if not math.isfinite(number):
        raise BadParameter(f"{name}: {text[:40]!r} is not a finite number")
    return number
