"""PDF/UA-1 structure that WeasyPrint lacks: header scopes, and artifacts.

Table headers get a scope (Matterhorn 15-003). Page margins are in no structure element, and become
pagination artifacts (01-003, 18) instead of unmarked content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pydyf

_MARGIN = {"Type": "/Pagination"}


def finish(_: object, pdf: pydyf.PDF) -> None:
    """Complete the structure of a document before it is written; `finisher` of WeasyPrint."""
    objects = {item.reference: item for item in pdf.objects}
    root = objects[pdf.catalog["StructTreeRoot"]]
    elements = dict(_below(root, objects))
    _set_scopes(elements)
    nums = objects[root["ParentTree"]]["Nums"]
    for number, owners in zip(nums[::2], nums[1::2], strict=True):
        if isinstance(owners, pydyf.Array):
            page = objects[pdf.page_references[number]]
            _set_artifacts(objects[page["Contents"]], owners, elements)


def _below(
    node: pydyf.Dictionary, objects: Mapping[bytes, pydyf.Dictionary]
) -> Iterator[tuple[bytes, pydyf.Dictionary]]:
    """Yield the elements of the structure below a node, each with its reference."""
    for kid in node["K"]:
        element = objects.get(kid) if isinstance(kid, bytes) else None
        if element is not None and "S" in element:
            yield kid, element
            yield from _below(element, objects)


def _set_scopes(elements: Mapping[bytes, pydyf.Dictionary]) -> None:
    """Mark each table header as a column header, in the table's head, or a row header."""
    for element in elements.values():
        if element["S"] == "/TH":
            row = elements[element["P"]]
            head = elements[row["P"]]["S"] == "/THead"
            element["A"]["Scope"] = "/Column" if head else "/Row"


def _set_artifacts(
    stream: pydyf.Stream, owners: pydyf.Array, elements: Mapping[bytes, pydyf.Dictionary]
) -> None:
    """Turn the marked content of a page that no element of the structure owns into artifacts."""
    nowhere = {mark for mark, owner in enumerate(owners) if owner not in elements}
    for mark in nowhere:
        owners[mark] = "null"
    items = stream.stream
    for index, item in enumerate(items):
        if isinstance(item, pydyf.Dictionary) and item.get("MCID") in nowhere:
            items[index - 1] = "/Artifact"
            items[index] = pydyf.Dictionary(_MARGIN)
