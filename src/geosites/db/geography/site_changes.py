"""Changes of sites: names, perimeters, use. Each change is a new version of the site.

A change writes the site and its use at one instant, which is the version of both.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import shapely
import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused
from geosites.core.records import MOST_NAME, Site, is_one_line
from geosites.db import temporal
from geosites.db.closure import closures
from geosites.db.geography import sites
from geosites.db.schema.sites import site as table
from geosites.db.schema.sites import site_use as use
from geosites.db.temporal import Row, known_at

MOST_ALIASES = 20


@dataclass(frozen=True, kw_only=True)
class SiteUse:
    """Use of a site: its other names, whether it is retired, which site replaces it."""

    aliases: tuple[str, ...] = ()
    retired: bool = False
    merged_into: str | None = None

    def __post_init__(self) -> None:
        if len(self.aliases) > MOST_ALIASES:
            raise Refused("a site has at most %(most)s other names", most=MOST_ALIASES)
        for name in self.aliases:
            if not name.strip() or len(name) > MOST_NAME or not is_one_line(name):
                raise Refused("a name has at most %(most)s characters, on one line", most=MOST_NAME)


@dataclass(frozen=True, kw_only=True)
class SiteVersion:
    """A version of a site and its use, valid from `since` to `until` (None: now)."""

    site: Site
    use: SiteUse
    since: dt.datetime
    until: dt.datetime | None


def use_of(conn: sa.Connection, slug: str, as_known_at: dt.datetime | None = None) -> SiteUse:
    """Return how a site is used."""
    statement = sa.select(use).where(use.c.slug == slug, known_at(use, as_known_at))
    row = conn.execute(statement).mappings().first()
    return SiteUse() if row is None else _use(row)


def version(conn: sa.Connection, slug: str) -> dt.datetime | None:
    """Return since when the current version of a site is known."""
    return temporal.version(conn, table, {"slug": slug})


def versions(conn: sa.Connection, slug: str) -> list[SiteVersion]:
    """Return all versions of a site, the earliest first."""
    return [
        SiteVersion(
            site=sites.record(row),
            use=use_of(conn, slug, row["known"].lower),
            since=row["known"].lower,
            until=row["known"].upper,
        )
        for row in temporal.versions(conn, table, {"slug": slug})
    ]


def put_published(conn: sa.Connection, site: Site, at: dt.datetime | None = None) -> bool:
    """Record a published site, unless a coordinator edited it; return whether it changed."""
    edited = sa.select(sa.exists().where(use.c.slug == site.slug))
    if conn.execute(edited).scalar_one():
        return False
    return sites.put(conn, site, at)


def add(conn: sa.Connection, site: Site, used: SiteUse) -> None:
    """Record a new site with its other names; raises `Conflict` where its slug was ever taken."""
    if temporal.versions(conn, table, {"slug": site.slug}):
        raise Conflict("site %(slug)s is recorded already", slug=site.slug)
    sites.put(conn, site)
    since = sites_since(conn, site.slug)
    temporal.add(conn, use, _row(site.slug, used), since)


def edit(conn: sa.Connection, site: Site, used: SiteUse, seen: dt.datetime) -> None:
    """Replace the version of a site known since `seen`, with its use.

    If its name changes, the earlier one is kept among the others. Raises `Outdated`.
    """
    temporal.require_version(conn, table, {"slug": site.slug}, seen)
    before = sites.get(conn, site.slug)
    aliases = used.aliases
    if before.name != site.name:
        aliases = _joined(before.name, *aliases, without=site.name)
    _put(conn, site, replace(used, aliases=aliases))


def retire(conn: sa.Connection, slug: str, seen: dt.datetime, now: dt.datetime) -> None:
    """Take a site out of use; raises `Outdated`, `Conflict` where it is closed or will be."""
    temporal.require_version(conn, table, {"slug": slug}, seen)
    _require_no_closure(conn, slug, now)
    there = use_of(conn, slug)
    if there.retired:
        raise Refused("this site is retired already")
    _put(conn, sites.get(conn, slug), replace(there, retired=True))


def restore(conn: sa.Connection, slug: str, seen: dt.datetime, *, undo: bool = True) -> None:
    """Restore a retired site; raises `Outdated`.

    A merged site is as before, and with `undo` the other gives back what it took over.
    """
    temporal.require_version(conn, table, {"slug": slug}, seen)
    there = use_of(conn, slug)
    if not there.retired:
        raise Refused("this site is in use")
    if there.merged_into is not None and undo:
        _give_back(conn, there.merged_into, seen)
    _put(conn, sites.get(conn, slug), replace(there, retired=False, merged_into=None))


def _give_back(conn: sa.Connection, into: str, merged_at: dt.datetime) -> None:
    """Remove from a site what it took over by a merge; a perimeter redrawn since is kept."""
    known = versions(conn, into)
    until_then = [item for item in known if item.since <= merged_at]
    if len(until_then) < 2:
        return
    (before, merged), now = until_then[-2:], known[-1]
    taken = set(merged.use.aliases) - set(before.use.aliases)
    aliases = tuple(name for name in now.use.aliases if name not in taken)
    untouched = now.site.perimeter.equals_exact(merged.site.perimeter, 0.0)
    area = before.site.perimeter if untouched else now.site.perimeter
    if aliases != now.use.aliases or area is not now.site.perimeter:
        _put(conn, replace(now.site, perimeter=area), replace(now.use, aliases=aliases))


def merge(
    conn: sa.Connection,
    slug: str,
    into: str,
    seen: dt.datetime,
    now: dt.datetime,
    *,
    whole: bool = True,
) -> None:
    """Retire a site in favour of another, which takes its names and, if `whole`, its perimeter.

    Existing reports still name it. Raises `Outdated`; `Conflict` if it is closed or has a future
    closure, since a closure belongs to one site.
    """
    temporal.require_version(conn, table, {"slug": slug}, seen)
    there, other = use_of(conn, slug), use_of(conn, into)
    if slug == into or there.retired or other.retired:
        raise Refused("two sites in use are merged, not one with itself or with a retired one")
    _require_no_closure(conn, slug, now)
    gone, kept = sites.get(conn, slug), sites.get(conn, into)
    area = shapely.union_all([kept.perimeter, gone.perimeter]) if whole else kept.perimeter
    aliases = _joined(*other.aliases, gone.name, *there.aliases, without=kept.name)
    _put(conn, replace(kept, perimeter=area), replace(other, aliases=aliases))
    _put(conn, gone, replace(there, retired=True, merged_into=into))


def sites_since(conn: sa.Connection, slug: str) -> dt.datetime:
    """Return since when the current version of a known site is known."""
    since = version(conn, slug)
    if since is None:
        raise Refused("no site %(slug)s is known", slug=slug)
    return since


def _put(conn: sa.Connection, site: Site, used: SiteUse) -> None:
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    temporal.correct(conn, table, sites.row(site), at)
    temporal.correct(conn, use, _row(site.slug, used), at)


def _require_no_closure(conn: sa.Connection, slug: str, now: dt.datetime) -> None:
    ends = [item.closed_until for item in closures.of_site(conn, slug)]
    if any(end is None or end > now for end in ends):
        raise Conflict("the site is closed, or will be: lift the closure first")


def _joined(*names: str, without: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name != without))


def _row(slug: str, used: SiteUse) -> Row:
    return {
        "slug": slug,
        "aliases": list(used.aliases),
        "retired": used.retired,
        "merged_into": used.merged_into,
    }


def _use(row: Row) -> SiteUse:
    return SiteUse(
        aliases=tuple(row["aliases"]), retired=row["retired"], merged_into=row["merged_into"]
    )
