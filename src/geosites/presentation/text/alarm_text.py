"""Alarm messages: the site's name, what happened, what to do. No place, no count."""

from __future__ import annotations

import datetime as dt

from geosites.analysis.closure import EvidenceParameters
from geosites.core.alarm_messages import AlarmKind
from geosites.core.documents.changes import ChangeDetail
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.messages import ClosureMessage, MessageText, WeekMessage
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.text.closure_surroundings_text import without_counts
from geosites.presentation.text.closure_text import closure_brief


def alarm_content(
    language: Language,
    kind: AlarmKind,
    changed_at: dt.datetime,
    answer: ClosureDocument,
    territory: str,
    public_url: str | None = None,
) -> ClosureMessage:
    """Return an alarm as plain JSON: names, status, instants, sentences and the URL of the page.

    It may leave the service, so it has no geometry, no count and none of the evidence.
    `public_url`, if set, is put before the path.
    """
    words = Words(language)
    name = " ".join(str(answer["name"]).split())
    path = Links(language).site(answer["site"])
    return {
        "kind": kind.value,
        "site": answer["site"],
        "name": name,
        "territory": territory,
        "status": answer["status"],
        "changed_at": changed_at.isoformat(),
        "as_of": answer["as_of"].isoformat(),
        "exercise": answer["exercise"],
        "language": language.value,
        "subject": _subject(words, kind, name, territory, answer["exercise"]),
        "text": _text(words, kind, changed_at, answer),
        "path": path,
        "link": f"{public_url.rstrip('/')}{path}" if public_url else path,
    }


def week_content(
    language: Language,
    kind: AlarmKind,
    week: IsoWeek,
    territory: str | None,
    detail: ChangeDetail,
    *,
    exercise: bool,
    public_url: str | None = None,
) -> WeekMessage:
    """Return that a week has ended, or that a hotspot of it is new, as plain JSON.

    It may leave the service, so it holds no geometry and no head count.
    """
    words, path = Words(language), Links(language).week(week)
    message = words.say("%(week)s is over", week=week)
    if kind is AlarmKind.NEW_HOTSPOT:
        message = words.say("New hotspot, %(where)s, %(week)s", where=territory or "–", week=week)
    return {
        "kind": kind.value,
        "week": str(week),
        "territory": territory,
        **detail,
        "exercise": exercise,
        "language": language.value,
        "subject": marked_subject(words, message, exercise),
        "text": " ".join([words.say("Exercise: fictional data.")] * exercise + [f"{message}."]),
        "path": path,
        "link": f"{public_url.rstrip('/')}{path}" if public_url else path,
    }


def trial_content(
    language: Language, *, exercise: bool, public_url: str | None = None
) -> MessageText:
    """Return a test message as plain JSON: where it comes from, and that nothing happened."""
    words, path = Words(language), Links(language).subscriptions()
    subject = words.say("Test message of geosites")
    return {
        "kind": AlarmKind.TEST.value,
        "exercise": exercise,
        "language": language.value,
        "subject": marked_subject(words, subject, exercise),
        "text": words.say("Alarms will arrive this way. Nothing has happened."),
        "path": path,
        "link": f"{public_url.rstrip('/')}{path}" if public_url else path,
    }


def kind_word(words: Words, kind: AlarmKind) -> str:
    """Return what an alarm is about, in a few words."""
    return {
        AlarmKind.REOPENED: words.say("open again"),
        AlarmKind.CONTRADICTED: words.say("closure contradicted"),
        AlarmKind.LAPSED: words.say("confirmation lapsed"),
        AlarmKind.NEARBY: words.say("people near the perimeter"),
        AlarmKind.NEW_WEEK: words.say("week over"),
        AlarmKind.NEW_HOTSPOT: words.say("new hotspot"),
        AlarmKind.NEW_BULLETIN: words.say("bulletin"),
        AlarmKind.TEST: words.say("test message"),
    }[kind]


def _subject(words: Words, kind: AlarmKind, name: str, territory: str, exercise: bool) -> str:
    subject = f"{name} ({territory}){words.say(': ')}{kind_word(words, kind)}"
    return marked_subject(words, subject, exercise)


def marked_subject(words: Words, subject: str, exercise: bool) -> str:
    """Return the subject of a mail, marked where its data are an exercise."""
    return f"[{words.say('Exercise')}] {subject}" if exercise else subject


def _text(words: Words, kind: AlarmKind, changed_at: dt.datetime, answer: ClosureDocument) -> str:
    when = words.instant(changed_at)
    happened = {
        AlarmKind.REOPENED: words.say("Open again since %(when)s: a verified visit.", when=when),
        AlarmKind.CONTRADICTED: words.say(
            "A report of %(when)s says that people are back; it is not verified, and one visit "
            "would settle it.",
            when=when,
        ),
        AlarmKind.LAPSED: words.say(
            "No visit came in time: the closure has not been confirmed since %(when)s.", when=when
        ),
        AlarmKind.NEARBY: words.say(
            "People were seen less than %(away)s outside the closed perimeter, from %(when)s on.",
            away=words.metres(EvidenceParameters().nearby_m),
            when=when,
        ),
    }
    now = words.say(
        "Now: %(status)s.", status=closure_brief(words, without_counts(answer), dated=True)
    )
    message = [happened[kind], now]
    if answer["exercise"]:
        message.insert(0, words.say("Exercise: fictional data."))
    return " ".join(message)
