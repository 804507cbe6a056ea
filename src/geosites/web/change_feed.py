"""The change feed by reader: references only, and no more of them than the reader may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from geosites.core import city
from geosites.core.documents.changes import ChangeDocument
from geosites.core.precision import Precision
from geosites.core.weeks import IsoWeek, midnight
from geosites.db.publication.changes import ChangeKind, ChangeRecord
from geosites.permissions.policy import Grant
from geosites.permissions.redaction import partner_fields, reader_fields

WEEK_REVISED = "week.revised"

_SIGHTINGS = frozenset(
    {
        ChangeKind.SIGHTING_ADDED,
        ChangeKind.SIGHTING_CORRECTED,
        ChangeKind.SIGHTING_MERGED,
        ChangeKind.SIGHTING_ERASED,
    }
)
_NAMED_BY_CELL = frozenset({ChangeKind.CLOSURE_DECLARED, ChangeKind.CLOSURE_CHANGED})
"""Kinds of changes whose ids reveal no place to readers by cell."""
_COARSE = frozenset(
    {
        ChangeKind.CLOSURE_DECLARED,
        ChangeKind.CLOSURE_CHANGED,
        ChangeKind.CLOSURE_STATE,
        ChangeKind.WEEK_NEW,
    }
)
"""Kinds of changes for readers by territory, besides revisions of weeks."""


def documents(changes: Iterable[ChangeRecord], grant: Grant) -> list[ChangeDocument]:
    """Return changes for JSON, without duplicates."""
    precision = grant.precision
    answer: list[ChangeDocument] = []
    for document in _told(changes, grant):
        known = _without(document)
        if precision is Precision.EXACT or all(known != _without(item) for item in answer):
            answer.append(document)
    return answer


def revised(changes: Iterable[ChangeRecord]) -> list[str]:
    """Return the ISO weeks whose sightings are among the changes, in order."""
    mondays = {item.monday for item in changes if item.kind in _SIGHTINGS and item.monday}
    return [str(IsoWeek.of_day(monday)) for monday in sorted(mondays)]


def _told(changes: Iterable[ChangeRecord], grant: Grant) -> Iterator[ChangeDocument]:
    precision = grant.precision
    for change in changes:
        if precision is not Precision.TERRITORY:
            named = precision is Precision.EXACT or change.kind in _NAMED_BY_CELL
            detail: Mapping[str, object] = change.detail or {}
            if not grant.whole:
                detail = reader_fields.CHANGE_DETAIL.tell(detail)
            yield _document(change, detail, named=named)
        elif change.kind in _SIGHTINGS:
            yield {"kind": WEEK_REVISED, "week": _week(change), "territory": change.territory}
        elif change.kind in _COARSE:
            answer = partner_fields.CHANGE_DETAIL.tell(change.detail or {})
            document = _document(change, answer, named=False)
            yield {**document, "at": midnight(change.at.astimezone(city.zone()).date())}


def _document(change: ChangeRecord, detail: Mapping[str, object], *, named: bool) -> ChangeDocument:
    values = {
        "kind": str(change.kind),
        "at": change.at,
        "week": _week(change),
        "territory": change.territory,
        "site": change.site,
        "ids": list(change.ids) if named and change.ids else None,
        **detail,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return cast("ChangeDocument", known)


def _week(change: ChangeRecord) -> str | None:
    return None if change.monday is None else str(IsoWeek.of_day(change.monday))


def _without(document: ChangeDocument) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != "at"}
