"""Every count of persons that an account is told, on whatever channel, with what it is a count of.

A count is of a statistic, in a set of territory-weeks: a cell of a table is one of them, a total is
all of them. Two counts of the same can be compared, and one of more can be taken from one of less.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyogrio
from starlette.testclient import TestClient

Atom = tuple[str, str]
"""A territory's code and a week."""

STATISTICS = ("heads", "heads_counted")
HTML = {"accept": "text/html"}
_NUMBER = re.compile(r"[\d\u00a0\u202f\u2009 ]+")


@dataclass(frozen=True)
class Told:
    """A count as it was told: of what, by which channel."""

    statistic: str
    atoms: frozenset[Atom]
    value: float
    channel: str


@dataclass
class Collector:
    """Asks everything an account may ask, and keeps every answer and every count."""

    client: TestClient
    token: str
    weeks: Sequence[str]
    codes: Mapping[str, str]
    """The territories' names by code."""
    scope: Sequence[str] = ()
    told: list[Told] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> Any:
        """Return the answer to a question, as JSON where it is."""
        headers = {"Authorization": f"Bearer {self.token}", **more}
        answer = self.client.get(path, headers=headers, follow_redirects=False)
        assert answer.status_code < 500, path
        self.answers[path] = answer
        return answer

    def document(self, path: str) -> Any:
        """Return a document, or raise where it is refused."""
        return self.get(path).raise_for_status().json()

    def collect(self, folder: Path) -> Collector:
        """Ask by every channel that tells counts."""
        for week in self.weeks:
            self._week(week)
            self._page(week)
            self._tile(week, folder)
        for code in self.codes:
            self._territory(code)
        self._features()
        return self

    def _add(self, statistic: str, atoms: Iterator[Atom], value: Any, channel: str) -> None:
        if value is not None:
            self.told.append(Told(statistic, frozenset(atoms), float(value), channel))

    def _row(self, code: str, week: str, row: Mapping[str, Any], channel: str) -> None:
        for name in STATISTICS:
            self._add(name, iter([(code, week)]), row[name], channel)

    def _week(self, week: str) -> None:
        document = self.document(f"/api/hotspots/{week}")
        rows = document["territories"]
        for row in rows:
            self._row(row["code"], week, row, "week")
        for name in STATISTICS:
            everywhere = ((row["code"], week) for row in rows)
            self._add(name, everywhere, document[name], "total")

    def _page(self, week: str) -> None:
        page = self.get(f"/maps/hotspots/{week}", **HTML).raise_for_status().text
        known = {name: code for code, name in self.codes.items()}
        for cells in table_rows(page):
            if cells and cells[0] in known and number(cells[1]) is not None:
                self._add("heads", iter([(known[cells[0]], week)]), number(cells[1]), "page")

    def _territory(self, code: str) -> None:
        last, span = max(self.weeks), len(self.weeks)
        answer = self.get(f"/api/territories/{code}?weeks={span}")
        if answer.status_code == 404:
            return
        document = answer.raise_for_status().json()
        assert document["weeks"][-1]["week"] == last
        for row in document["weeks"]:
            if row["visits"]:
                self._row(code, row["week"], row, "territory")

    def _features(self) -> None:
        document = self.document("/ogc/collections/weeks/items?limit=10000")
        for one in document["features"]:
            row = one["properties"]
            if row["week"] in self.weeks:
                self._row(row["code"], row["week"], row, "features")

    def _tile(self, week: str, folder: Path) -> None:
        path = f"/ogc/collections/weeks/tiles/WebMercatorQuad/8/88/129?week={week}"
        for row in decoded(self.get(path).raise_for_status().content, folder):
            self._row(row["code"], row["week"], row, "tile")


def decoded(tile: bytes, folder: Path) -> list[dict[str, Any]]:
    """Return the properties of the features in a vector tile, as GDAL reads them."""
    if not tile:
        return []
    path = folder / "tile.mvt"
    path.write_bytes(tile)
    frame = pyogrio.read_dataframe(f"MVT:{path}", read_geometry=False)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{**dict.fromkeys(STATISTICS), **row} for row in rows]


def table_rows(page: str) -> Iterator[list[str]]:
    """Yield the texts of the cells of each row of a page's tables."""
    for row in re.findall(r"<tr\b.*?</tr>", page, re.DOTALL):
        cells = re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        yield [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def number(text: str) -> float | None:
    """Return the number that a cell holds, or None."""
    bare = re.sub(r"[^\d]", "", text) if _NUMBER.fullmatch(text) else ""
    return float(bare) if bare else None


def leaves(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield everything in a document that is not a list and no object, with where it stands."""
    if isinstance(document, Mapping):
        inside = document.items()
    elif isinstance(document, list):
        inside = zip(itertools.repeat("[]"), document, strict=False)
    else:
        yield path, document
        return
    for name, value in inside:
        yield from leaves(value, (*path, str(name)))
