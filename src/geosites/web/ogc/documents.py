"""Documents of the OGC API other than features."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from geosites.core.errors import phrase
from geosites.presentation.formatting import Words
from geosites.web.ogc import standard_names

Document = dict[str, object]

JSON_TYPES: Mapping[str, Document] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "instant": {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True, kw_only=True)
class Described:
    """Description of a collection: its properties with their types, its geometry."""

    id: str
    title: str
    description: str
    properties: Mapping[str, str]
    shape: str
    timed: bool


@dataclass(frozen=True, kw_only=True)
class Extent:
    """What a collection covers: degrees, and the time; an end that is None is open."""

    box: tuple[float, float, float, float] | None = None
    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def document(self) -> Document:
        """Return the extent as the standard writes it."""
        answer: Document = {}
        if self.box is not None:
            answer["spatial"] = {
                "bbox": [[round(end, 5) for end in self.box]],
                "crs": standard_names.CRS84,
            }
        ends = [None if end is None else end.isoformat() for end in (self.start, self.end)]
        answer["temporal"] = {"interval": [ends], "trs": standard_names.GREGORIAN}
        return answer


def link(href: str, rel: str, kind: str, title: str) -> Document:
    """Return a link; its title is translated when the response is sent (`retold`)."""
    return {"href": href, "rel": rel, "type": kind, "title": title}


def retold(words: Words, content: object) -> object:
    """Return a document with its messages in the language of `words`."""
    if isinstance(content, str):
        return words.retold(content)
    if isinstance(content, Mapping):
        return {name: retold(words, value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [retold(words, value) for value in content]
    return content


def with_form(href: str, form: str) -> str:
    """Return a URL with an explicit format, JSON or HTML."""
    return f"{href}{'&' if '?' in href else '?'}{urlencode({'f': form})}"


def address(here: str, asked: Mapping[str, str]) -> str:
    """Return an address with its parameters."""
    return f"{here}?{urlencode(asked)}" if asked else here


def selves(href: str, form: str, kind: str = standard_names.JSON) -> list[Document]:
    """Return the links of a document to itself and to its other form."""
    as_data = link(with_form(href, "json"), "self" if form == "json" else "alternate", kind, "JSON")
    as_page = link(
        with_form(href, "html"),
        "self" if form == "html" else "alternate",
        standard_names.HTML,
        "HTML",
    )
    return [as_data, as_page] if form == "json" else [as_page, as_data]


def landing(root: str, form: str, exercise: bool) -> Document:
    """Return the landing page document."""
    real = phrase(
        "Where open-air consumption scenes form, are dispersed and move: heads at places, never "
        "persons."
    )
    fictional = phrase(
        "Fictional data of an exercise. Where open-air consumption scenes form, are dispersed and "
        "move: heads at places, never persons."
    )
    return {
        "title": "geosites",
        "description": fictional if exercise else real,
        "links": [
            *selves(root, form),
            link(
                f"{root}/api",
                "service-desc",
                standard_names.OPENAPI,
                phrase("What can be asked, as OpenAPI"),
            ),
            link(with_form(root, "html"), "service-doc", standard_names.HTML, phrase("This page")),
            link(
                f"{root}/conformance",
                "conformance",
                standard_names.JSON,
                phrase("What standards are kept"),
            ),
            link(f"{root}/collections", "data", standard_names.JSON, phrase("The collections")),
            link(
                f"{root}/tileMatrixSets",
                standard_names.TILING_SCHEMES,
                standard_names.JSON,
                phrase("How tiles are cut"),
            ),
        ],
    }


def conformance(root: str, form: str) -> Document:
    """Return the conformance classes."""
    return {
        "conformsTo": list(standard_names.CONFORMANCE),
        "links": selves(f"{root}/conformance", form),
    }


def collections(
    root: str, form: str, described: Sequence[tuple[Described, Extent]], exercise: bool
) -> Document:
    """Return every collection that the reader may see."""
    return {
        "links": selves(f"{root}/collections", form),
        "crs": list(standard_names.systems()),
        "exercise": exercise,
        "collections": [
            {**collection(root, item, extent), "crs": ["#/crs"]} for item, extent in described
        ],
    }


def collection(root: str, described: Described, extent: Extent, form: str = "json") -> Document:
    """Return one collection."""
    here = f"{root}/collections/{described.id}"
    return {
        "id": described.id,
        "title": described.title,
        "description": described.description,
        "extent": extent.document(),
        "itemType": "feature",
        "crs": list(standard_names.systems()),
        "storageCrs": standard_names.storage(),
        "links": [
            *selves(here, form),
            link(
                with_form(f"{here}/items", "json"),
                "items",
                standard_names.GEOJSON,
                phrase("The features"),
            ),
            link(
                with_form(f"{here}/items", "html"),
                "items",
                standard_names.HTML,
                phrase("The features"),
            ),
            link(
                f"{here}/queryables",
                standard_names.QUERYABLES,
                standard_names.SCHEMA,
                phrase("What filters can name"),
            ),
            link(
                f"{here}/tiles",
                standard_names.TILESETS,
                standard_names.JSON,
                phrase("The features as vector tiles"),
            ),
        ],
    }


def queryables(root: str, described: Described) -> Document:
    """Return the queryables, as a JSON schema."""
    shape = {"title": "geometry", "format": f"geometry-{described.shape}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{root}/collections/{described.id}/queryables",
        "type": "object",
        "title": described.title,
        "properties": {
            "geometry": {**shape, "x-ogc-role": "primary-geometry"},
            **{
                name: {"title": name, **JSON_TYPES[kind]}
                for name, kind in described.properties.items()
            },
        },
        "additionalProperties": False,
    }
