"""Issue the bulletin of a week, and a new revision only if its content changed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from enum import StrEnum

import sqlalchemy as sa

from geosites import services
from geosites.bulletins import serialization as bulletin_content
from geosites.bulletins.differences import differences
from geosites.bulletins.document_data import bulletin
from geosites.bulletins.email_subscribers import queue_letters
from geosites.bulletins.rendering import Copy, files_of, of_issue
from geosites.bulletins.sections import Imprint
from geosites.core.documents.bulletins import BulletinDocument, Difference, Superseded
from geosites.core.errors import Outdated, Refused
from geosites.core.weeks import IsoWeek
from geosites.db import journal_entries
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition, Issue
from geosites.permissions.redaction import reader_bulletin_fields


class IssueStage(StrEnum):
    """Stages of issuing a bulletin, in this order."""

    COLLECTING = "collecting"
    DRAWING = "drawing"
    KEEPING = "keeping"


def require_over(week: IsoWeek, now: dt.datetime) -> None:
    """Raise `Refused` while a week is not over."""
    if now < week.end:
        raise Refused(
            "week %(week)s is not over: its bulletin is issued from %(end)s",
            week=week,
            end=week.end,
        )


def issue(
    conn: sa.Connection,
    week: IsoWeek,
    now: dt.datetime,
    edition: Edition = Edition.SERVICE,
    read: str | None = None,
    progress: Callable[[IssueStage], None] = lambda _: None,
) -> Issue:
    """Return the current bulletin of a week, issued if necessary.

    If its content about the week has not changed, that is the last revision; otherwise a new one is
    stored, which lists its changes. `read`: the version that was read and is to be issued.
    `progress` is called with the stages. Raises `Refused` while the week is not over, and
    `Outdated` if the content differs from what was read.
    """
    require_over(week, now)
    progress(IssueStage.COLLECTING)
    bulletins.lock(conn, week, edition)
    last = bulletins.latest(conn, week, edition)
    content = _content(conn, week, now, edition)
    if last is not None and _says_the_same(last, content):
        return last
    if read is not None and read.partition(" ")[2] != _facts_digest(content):
        raise Outdated("the week has changed since the bulletin was shown; read it again")
    progress(IssueStage.DRAWING)
    fresh = _revision(conn, week, edition, content, last, now)
    progress(IssueStage.KEEPING)
    bulletins.add(conn, fresh)
    queue_letters(conn, fresh, exercise=content["exercise"])
    return fresh


def version(copy: Copy) -> str:
    """Return the version of the content being read: instant of knowledge, and digest."""
    return f"{copy.known.isoformat()} {_facts_digest(copy.content)}"


def changed_since(
    conn: sa.Connection,
    week: IsoWeek,
    read: str,
    now: Copy,
    edition: Edition = Edition.SERVICE,
) -> list[Difference]:
    """Return the differences of a bulletin from the version that was read."""
    known = _instant(read.partition(" ")[0])
    if known is None or known > now.known:
        return []
    old = bulletin_content.read(bulletin_content.canonical(_content(conn, week, known, edition)))
    return differences(old, now.content)


def as_known(
    conn: sa.Connection,
    week: IsoWeek,
    instant: dt.datetime,
    edition: Edition = Edition.SERVICE,
) -> Copy:
    """Return the bulletin of a week as it was at an instant.

    That is the revision in force then, byte for byte, if it agrees with the data known then;
    otherwise a draft.
    """
    stood = bulletins.latest(conn, week, edition, instant)
    if stood is not None and stood.as_known_at == instant:
        return of_issue(stood)
    content = _content(conn, week, instant, edition)
    if stood is not None and _says_the_same(stood, content):
        return of_issue(stood)
    return _draft(content)


def draft(
    conn: sa.Connection,
    week: IsoWeek,
    now: dt.datetime,
    edition: Edition = Edition.SERVICE,
) -> Copy:
    """Return the bulletin of a week from current data, without storing it."""
    return _draft(_content(conn, week, now, edition))


def latest_finished(conn: sa.Connection, now: dt.datetime) -> IsoWeek:
    """Return the last week that is over; in an exercise the last before its last sighting."""
    return IsoWeek.containing(services.reading_time(conn, now)).shift(-1)


def _content(
    conn: sa.Connection, week: IsoWeek, known: dt.datetime, edition: Edition
) -> BulletinDocument:
    """Return the document of an edition, built from the fields allowed for its readers."""
    before = bulletins.before(conn, week, edition, known)
    published = None if before is None else bulletin_content.read(before.content)["figures"]
    return reader_bulletin_fields.BULLETIN.tell(bulletin(conn, week, known, published))


def _facts_digest(content: BulletinDocument) -> str:
    return bulletin_content.digest(bulletin_content.facts(content))


def _instant(text: str) -> dt.datetime | None:
    try:
        known = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return known if known.tzinfo else None


def _says_the_same(last: Issue, content: BulletinDocument) -> bool:
    held = bulletin_content.facts(bulletin_content.read(last.content))
    return held == bulletin_content.facts(content)


def _revision(
    conn: sa.Connection,
    week: IsoWeek,
    edition: Edition,
    content: BulletinDocument,
    last: Issue | None,
    now: dt.datetime,
) -> Issue:
    if last is not None:
        content = {**content, "supersedes": _supersedes(last, content)}
    text = bulletin_content.canonical(content)
    imprint = Imprint(
        content_sha256=bulletin_content.digest(text),
        revision=1 if last is None else last.revision + 1,
        issued_at=now,
        anchor=journal_entries.anchor(conn),
    )
    made = files_of(Copy(text, imprint))
    return Issue(
        week=week,
        edition=edition,
        revision=imprint.revision or 1,
        as_known_at=now,
        issued_at=now,
        content=text,
        content_sha256=imprint.content_sha256,
        files_sha256={name: hashlib.sha256(file).hexdigest() for name, file in made.items()},
        anchor=imprint.anchor,
    )


def _supersedes(last: Issue, content: BulletinDocument) -> Superseded:
    old = bulletin_content.read(last.content)
    new = bulletin_content.read(bulletin_content.canonical(content))
    return {
        "revision": last.revision,
        "content_sha256": last.content_sha256,
        "differences": differences(old, new),
    }


def _draft(content: BulletinDocument) -> Copy:
    text = bulletin_content.canonical(content)
    return Copy(text, Imprint(content_sha256=bulletin_content.digest(text)))
