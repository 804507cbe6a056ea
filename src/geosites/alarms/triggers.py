"""Alarm triggers: which changes in the history of a site raise an alarm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from geosites.analysis.closure import STATUS_ROW, Nearby, Status, Stretch
from geosites.core.alarm_messages import AlarmKind


@dataclass(frozen=True, kw_only=True)
class AlarmCause:
    """A cause for alarm, and since when."""

    kind: AlarmKind
    at: dt.datetime


def changes(last: Status, since: dt.datetime, band: Sequence[Stretch]) -> Iterator[AlarmCause]:
    """Yield the causes for alarm after `since`, when the status was believed to be `last`.

    The first period that is compared with `last` is the one that contains `since`, so that late
    information about the time before is reported too, with the day on which it began.
    """
    before = last
    for stretch in band:
        if stretch.end <= since:
            continue
        kind = _kind(before, stretch.status)
        if kind is not None:
            yield AlarmCause(kind=kind, at=stretch.start)
        before = stretch.status


def nearby_change(told_at: dt.datetime | None, seen: Nearby | None) -> AlarmCause | None:
    """Return a cause for alarm if people are seen beside a site, unless already reported.

    `told_at` is when the reported people were last seen. Sightings less than a fortnight apart
    belong together (`Nearby.since`) and are reported once.
    """
    if seen is None or (told_at is not None and told_at >= seen.since):
        return None
    return AlarmCause(kind=AlarmKind.NEARBY, at=seen.since)


def _kind(before: Status, after: Status) -> AlarmKind | None:
    if after is before:
        return None
    if before is Status.CONFIRMED_CLOSED and STATUS_ROW[after].standing:
        return AlarmKind.LAPSED
    return STATUS_ROW[after].alarm
