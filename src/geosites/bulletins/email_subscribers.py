"""Queue the first page of a bulletin for its subscribers.

A message in the outbox only names the revision: its content is read when the letter is made.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from geosites.core.alarm_messages import AlarmKind, Message
from geosites.core.documents.messages import BulletinMessage
from geosites.core.weeks import IsoWeek
from geosites.db.publication import alarm_outbox, bulletins, own_subscriptions
from geosites.db.publication.bulletins import Edition, Issue
from geosites.permissions.message_recipients import hears
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.text.alarm_text import marked_subject

_NAMESPACE = uuid5(NAMESPACE_URL, "https://geosites.example/bulletins")


def queue_letters(conn: sa.Connection, issue: Issue, *, exercise: bool) -> int:
    """Queue a letter to each current subscriber who may read all of a bulletin; return how many."""
    heard = [
        to.subscription
        for to in own_subscriptions.recipients(conn)
        if hears(to, AlarmKind.NEW_BULLETIN, None)
    ]
    for to in heard:
        message = Message(
            id=uuid5(_NAMESPACE, f"{to.id} {issue.week} {issue.revision}"),
            subscription=to,
            site=None,
            kind=AlarmKind.NEW_BULLETIN,
            changed_at=issue.issued_at,
            content=_content(Language(to.language), issue, exercise),
            due_at=to.due(issue.issued_at),
        )
        alarm_outbox.queue(conn, message, issue.issued_at)
    return len(heard)


def issue_of(conn: sa.Connection, message: Message) -> Issue:
    """Return the revision that a queued message is about."""
    content = message.content
    week = IsoWeek.parse(str(content["week"]))
    return bulletins.get(conn, week, Edition.SERVICE, int(str(content["revision"])))


def _content(language: Language, issue: Issue, exercise: bool) -> BulletinMessage:
    words, path = Words(language), Links(language).bulletin(issue.week, issue.revision)
    subject = words.say("Weekly bulletin, %(week)s", week=words.week(issue.week))
    return {
        "kind": AlarmKind.NEW_BULLETIN.value,
        "week": str(issue.week),
        "revision": issue.revision,
        "exercise": exercise,
        "language": language.value,
        "subject": marked_subject(words, subject, exercise),
        "text": "",
        "path": path,
        "link": path,
    }
