"""Differences between two revisions of a bulletin: figures, old and new values."""

from __future__ import annotations

from collections.abc import Iterator

from geosites.bulletins.serialization import canonical
from geosites.core.documents.bulletins import BulletinDocument, Difference, Figure
from geosites.core.documents.weeks import NamedPlace

_TOLD = ("hotspots", "alarms", "operations", "closures")


def differences(old: BulletinDocument, new: BulletinDocument) -> list[Difference]:
    """Return the figures that differ, each with its section, subject, old and new value.

    None is a missing value. Content without single figures, such as the map, is only named by its
    section.
    """
    named = [*_figures(old, new), *_rows(old, new)]
    answer = {item["section"] for item in named}
    before, now = dict(old), dict(new)
    others = [
        _difference(section, None, None, None, None)
        for section in ("changes", "effort", "map", *_TOLD)
        if section not in answer and canonical(before[section]) != canonical(now[section])
    ]
    return [*named, *others]


def _figures(old: BulletinDocument, new: BulletinDocument) -> Iterator[Difference]:
    week, again = old["hotspots"], new["hotspots"]
    figures: tuple[tuple[str, float, float], ...] = (
        ("visits", week["visits"], again["visits"]),
        ("places", week["places"], again["places"]),
        ("heads", week["heads"], again["heads"]),
    )
    for name, before, now in figures:
        if before != now:
            yield _difference("figures", None, name, before, now)


def _rows(old: BulletinDocument, new: BulletinDocument) -> Iterator[Difference]:
    for section, read in (
        ("hotspots", _hotspots),
        ("territories", _territories),
        ("alarms", _alarms),
        ("operations", _operations),
        ("closures", _closures),
    ):
        before, now = read(old), read(new)
        for key in sorted(before.keys() | now.keys()):
            if before.get(key) != now.get(key):
                subject, figure = key
                yield _difference(section, subject, figure, before.get(key), now.get(key))


Values = dict[tuple[str, str], Figure]


def _hotspots(content: BulletinDocument) -> Values:
    heads: dict[str, float] = {}
    for spot in content["hotspots"]["hotspots"]:
        name = _where(spot)
        heads[name] = heads.get(name, 0) + spot["heads"]
    return {(name, "heads"): total for name, total in heads.items()}


def _territories(content: BulletinDocument) -> Values:
    return {
        (row["name"], figure): value
        for row in content["hotspots"]["territories"]
        for figure, value in (("visits", row["visits"]), ("heads", row["heads"]))
    }


def _alarms(content: BulletinDocument) -> Values:
    return {(_where(item), "heads"): item["heads"] for item in content["alarms"]}


def _operations(content: BulletinDocument) -> Values:
    return {
        (f"{item['event']['at']:%Y-%m-%d} {item['place'] or ''}".strip(), "change"): item["answer"]
        and item["answer"]["target"]["change"]
        for item in content["operations"]["events"]
    }


def _closures(content: BulletinDocument) -> Values:
    return {(item["name"], "status"): item["status"] for item in content["closures"]["sites"]}


def _where(found: NamedPlace) -> str:
    parts = (found["quartier"], found["territory"])
    return " · ".join(part for part in parts if part) or str(found["nearest_site"] or "")


def _difference(
    section: str, subject: str | None, figure: str | None, old: Figure, new: Figure
) -> Difference:
    return {"section": section, "subject": subject, "figure": figure, "old": old, "new": new}
