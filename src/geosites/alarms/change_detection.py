"""Detect changes since the last run and queue a message for every subscriber."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

import sqlalchemy as sa

from geosites import services
from geosites.alarms import feed_events
from geosites.alarms.feed_events import FeedEvent
from geosites.alarms.triggers import AlarmCause, changes, nearby_change
from geosites.analysis.closure import Status
from geosites.core.alarm_messages import Message, Subscription
from geosites.core.documents.closures import ClosureDocument
from geosites.core.errors import Refused
from geosites.db.geography import territories
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.db.publication import alarm_outbox, own_subscriptions
from geosites.db.publication.alarm_outbox import LastLook
from geosites.permissions.message_recipients import hears
from geosites.presentation.i18n import Language
from geosites.presentation.text.alarm_text import alarm_content, week_content

LOOK_BACK = dt.timedelta(days=60)
"""How far before the last look a change that is learned late can be dated."""

_JUST_AFTER = dt.timedelta(microseconds=1)
_NAMESPACE = UUID("5d2a54f6-5d4c-4d7e-9b0a-0d1f5a8c7c11")


@dataclass(frozen=True, kw_only=True)
class _Cause:
    change: AlarmCause
    answer: ClosureDocument
    territory: str
    code: str


def look(conn: sa.Connection, now: dt.datetime, public_url: str | None = None) -> int:
    """Queue the alarms of all changes since the last run; return the number of messages.

    The very first run raises none, since there is nothing to compare with. Concurrent runs wait for
    each other, and do not queue the same change twice. In an exercise it uses the exercise's own
    time, and starts again after a reset. Raises `Refused` if `now` is before the last run, since
    changes would be reported twice.
    """
    alarm_outbox.lock(conn)
    last, sent_at = alarm_outbox.last_look(conn), now
    calendar = exercise_calendar.stored(conn)
    if calendar is not None:
        now = calendar.present(now)
        last = None if last is not None and calendar.until < last.as_of else last
    since = now if last is None else last.as_of
    if now < since:
        raise Refused("alarms were already looked for on %(since)s, which is later", since=since)
    answer = list(services.histories(conn, since - LOOK_BACK, now + _JUST_AFTER))
    causes = [] if last is None else list(_causes(conn, answer, last, now))
    gone: list[str] = []
    messages = [
        _message(to.subscription, cause, sent_at, public_url)
        for cause in causes
        for to in own_subscriptions.recipients(conn)
        if hears(to, cause.change.kind, cause.code)
    ]
    if last is not None:
        for event in feed_events.note_weeks(conn, last.as_of, now):
            messages += _told(conn, event, sent_at, public_url)
        feed_events.note_states(conn, last.statuses, answer, now)
        gone = feed_events.note_withdrawn(conn, last.statuses, now)
    for message in messages:
        alarm_outbox.queue(conn, message, sent_at)
    statuses = {item.site.slug: item.band[-1].status for item in answer}
    statuses |= dict.fromkeys(gone, Status.NEVER_CLOSED)
    nearby = dict(last.nearby) if last is not None else {}
    nearby |= {item.site.slug: item.nearby.last_at for item in answer if item.nearby is not None}
    alarm_outbox.put_look(conn, LastLook(as_of=now, statuses=statuses, nearby=nearby))
    return len(messages)


def _told(
    conn: sa.Connection, event: FeedEvent, now: dt.datetime, public_url: str | None
) -> list[Message]:
    """Return the messages about an event of a week for the subscribers of its kind."""
    exercise = store_flags.is_exercise(conn)
    codes = {name: code for code, name in territories.names(conn).items()}
    heard = [
        to.subscription
        for to in own_subscriptions.recipients(conn)
        if hears(to, event.kind, codes.get(event.territory or ""))
    ]
    return [
        Message(
            id=uuid5(_NAMESPACE, f"{to.id} {event.kind} {event.week} {dict(event.detail)}"),
            subscription=to,
            site=None,
            kind=event.kind,
            changed_at=event.week.end,
            content=week_content(
                Language(to.language),
                event.kind,
                event.week,
                event.territory,
                event.detail,
                exercise=exercise,
                public_url=public_url,
            ),
            due_at=to.due(now),
        )
        for to in heard
    ]


def _causes(
    conn: sa.Connection, told: list[services.SiteHistory], last: LastLook, now: dt.datetime
) -> Iterator[_Cause]:
    names: Mapping[str, str] | None = None
    for item in told:
        before = last.statuses.get(item.site.slug, Status.NEVER_CLOSED)
        beside = nearby_change(last.nearby.get(item.site.slug), item.nearby)
        result = [*changes(before, last.as_of, item.band), *([beside] if beside else [])]
        for change in result:
            names = names or territories.names(conn)
            yield _Cause(
                change=change,
                answer=services.closure(conn, item.site.slug, now).document(),
                territory=names.get(item.site.territory, item.site.territory),
                code=item.site.territory,
            )


def _message(to: Subscription, cause: _Cause, now: dt.datetime, public_url: str | None) -> Message:
    site, change = cause.answer["site"], cause.change
    content = alarm_content(
        Language(to.language), change.kind, change.at, cause.answer, cause.territory, public_url
    )
    return Message(
        id=uuid5(_NAMESPACE, f"{to.id} {site} {change.kind} {now.isoformat()} {change.at}"),
        subscription=to,
        site=site,
        kind=change.kind,
        changed_at=change.at,
        content=content,
        due_at=to.due(now),
    )
