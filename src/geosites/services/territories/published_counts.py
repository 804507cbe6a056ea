"""Published counts beside the visits of the same days at the same sites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.documents.published import BesideDays, CountDocument, HalfDayRow
from geosites.core.weeks import midnight
from geosites.db.geography import site_means, sites
from geosites.db.geography.site_means import MeanHeads
from geosites.reference_data.published_counts import Beside, HalfDay, PublishedCount

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class CountBeside:
    """A published count, the territories of its sites, and what visits saw by half of the day.

    `seen` is empty where the count is compared with no visit, or where there was none.
    """

    count: PublishedCount
    territories: tuple[str, ...]
    seen: Mapping[HalfDay, MeanHeads]

    def document(self) -> CountDocument:
        """Return both as a JSON document; `inside` only for the halves of the day that the count
        covers.
        """
        count = self.count
        return {
            "day": count.day,
            "precision": count.precision,
            "site": count.site,
            "place": dict(count.place),
            "low": count.low,
            "high": count.high,
            "measure": count.measure.value,
            "part": count.part and count.part.value,
            "speakers": [item.value for item in count.speakers],
            "said_by": dict(count.said_by),
            "source": count.source,
            "remark": dict(count.remark),
            "beside": _days(count.beside),
            "seen": {"day": self._seen(HalfDay.DAY), "night": self._seen(HalfDay.NIGHT)},
        }

    def _seen(self, half: HalfDay) -> HalfDayRow | None:
        result = self.seen.get(half)
        if result is None:
            return None
        inside = self.count.holds(result.heads) if self.count.told_for(half) else None
        return {"visits": result.visits, "heads": result.heads, "inside": inside}


def _days(beside: Beside | None) -> BesideDays | None:
    if beside is None:
        return None
    return {"first": beside.first, "last": beside.last}


def published(conn: sa.Connection, counts: Sequence[PublishedCount]) -> list[CountBeside]:
    """Return counts, in their order, beside the visits to sites that the store knows."""
    known = {site.slug: site.territory for site in sites.list_all(conn, retired=True)}
    return [_compared(conn, count, known) for count in counts]


def _compared(conn: sa.Connection, count: PublishedCount, known: Mapping[str, str]) -> CountBeside:
    beside = count.beside
    if beside is None or not known.keys() >= set(beside.sites):
        return CountBeside(count=count, territories=(), seen={})
    codes = dict.fromkeys(known[slug] for slug in beside.sites)
    return CountBeside(
        count=count,
        territories=tuple(codes),
        seen=_added(conn, beside),
    )


def _added(conn: sa.Connection, beside: Beside) -> dict[HalfDay, MeanHeads]:
    """Return the sum of the sites' means in the halves in which each of them was visited."""
    start, end = midnight(beside.first), midnight(beside.last + _DAY)
    means = [site_means.by_half_day(conn, slug, start, end) for slug in beside.sites]
    return {
        half: MeanHeads(
            visits=sum(item[half].visits for item in means),
            heads=sum(item[half].heads for item in means),
        )
        for half in HalfDay
        if all(half in item for item in means)
    }
