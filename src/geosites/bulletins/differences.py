"""What a new revision of a bulletin changes: which figures, from what to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geosites.bulletins.content import canonical

Difference = dict[str, Any]
_TOLD = ("hotspots", "alarms", "operations", "closures")
_FIGURES = ("visits", "places", "heads")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return the figures that differ, each with its section, subject, old and new value.

    None stands for what was or is not there. What is not told figure by figure, such as the map,
    is named by its section alone.
    """
    named = [*_figures(old, new), *_rows(old, new)]
    told = {one["section"] for one in named}
    others = [
        _difference(section, None, None, None, None)
        for section in ("changes", "effort", "map", *_TOLD)
        if section not in told and canonical(old[section]) != canonical(new[section])
    ]
    return [*named, *others]


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in _FIGURES:
        before, now = old["hotspots"][name], new["hotspots"][name]
        if before != now:
            yield _difference("figures", None, name, before, now)


def _rows(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
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


Values = dict[tuple[str, str], Any]


def _hotspots(content: Mapping[str, Any]) -> Values:
    found: Values = {}
    for spot in content["hotspots"]["hotspots"]:
        name = _where(spot)
        found[name, "heads"] = found.get((name, "heads"), 0) + spot["heads"]
    return found


def _territories(content: Mapping[str, Any]) -> Values:
    return {
        (row["name"], figure): row[figure]
        for row in content["hotspots"]["territories"]
        for figure in ("visits", "heads")
    }


def _alarms(content: Mapping[str, Any]) -> Values:
    return {(_where(one), "heads"): one["heads"] for one in content["alarms"]}


def _operations(content: Mapping[str, Any]) -> Values:
    return {
        (f"{one['event']['at']:%Y-%m-%d} {one['place'] or ''}".strip(), "change"): one["answer"]
        and one["answer"]["target"]["change"]
        for one in content["operations"]["events"]
    }


def _closures(content: Mapping[str, Any]) -> Values:
    return {(one["name"], "status"): one["status"] for one in content["closures"]["sites"]}


def _where(found: Mapping[str, Any]) -> str:
    parts = (found["quartier"], found["territory"])
    return " · ".join(part for part in parts if part) or str(found["nearest_site"] or "")


def _difference(
    section: str, subject: str | None, figure: str | None, old: Any, new: Any
) -> Difference:
    return {"section": section, "subject": subject, "figure": figure, "old": old, "new": new}
