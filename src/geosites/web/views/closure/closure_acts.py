"""The closures of a site with their acts, and the forms for further acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.closure_acts import REASONS, ClosureAct, ClosureActKind
from geosites.core.documents.closures import ClosureDocument
from geosites.core.records import Closure
from geosites.db.closure.closure_withdrawal import WithdrawnClosure
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_act_word, closure_reason_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.presentation.text.closure_text import closure_brief, closure_statement
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption

ClosureActs = Sequence[tuple[dt.datetime, ClosureAct]]


@dataclass(frozen=True, kw_only=True)
class ClosureLine:
    """A closure with its acts.

    `open`: it may be lifted. The `last` one may be extended, even after its end.
    """

    closure: Closure
    acts: ClosureActs
    open: bool
    last: bool


@dataclass(frozen=True, kw_only=True)
class SiteName:
    """A site by its slug and its name."""

    slug: str
    name: str


def site_closures(
    page: Page,
    site: SiteName,
    lines: Sequence[ClosureLine],
    form: FilledForm,
    withdrawn: Sequence[tuple[WithdrawnClosure, ClosureActs]] = (),
) -> str:
    """Return the closures of a site, and the form to declare another.

    `withdrawn`: withdrawn ones with their acts.
    """
    words = page.words
    return page.html(
        "closure/site_closures.html",
        here="sites",
        export_kind="closures",
        site=site,
        lines=[_line(page, line) for line in lines],
        withdrawn=[_withdrawn(page, item, acts) for item, acts in withdrawn],
        form=form.told(words),
        reasons=reasons(words, ClosureActKind.DECLARED),
    )


def closure_act(
    page: Page, site: SiteName, closure: Closure, kind: ClosureActKind, form: FilledForm
) -> str:
    """Return the form to extend, lift or withdraw a closure."""
    return page.html(
        "closure/closure_act.html",
        here="sites",
        site=site,
        kind=kind.value,
        action=_action(page, closure, kind),
        period=period(page.words, closure),
        form=form.told(page.words),
        reasons=reasons(page.words, kind),
    )


def closure_trial(
    page: Page,
    site: SiteName,
    kind: ClosureActKind,
    before: ClosureDocument,
    after: ClosureDocument,
    closure: Closure,
    form: FilledForm,
    action: str,
) -> str:
    """Return what an act would change, to be confirmed."""
    words = page.words
    return page.html(
        "closure/closure_preview.html",
        here="sites",
        site=site,
        kind=kind.value,
        action=action,
        form=form,
        facts=_facts(words, closure, form),
        before=_told(words, before),
        after=_told(words, after),
    )


def reasons(words: Words, kind: ClosureActKind) -> list[SelectOption]:
    """Return the reasons there are for an act, none of them chosen."""
    known = [
        SelectOption(item, words.capital(closure_reason_word(words, item)))
        for item in sorted(REASONS[kind])
    ]
    return [SelectOption("", words.say("Choose")), *known]


def period(words: Words, closure: Closure) -> str:
    """Return from when to when a closure holds."""
    start = words.instant(closure.closed_from)
    if closure.closed_until is None:
        return words.say("from %(start)s until further notice", start=start)
    end = words.instant(closure.closed_until)
    return words.say("from %(start)s until %(end)s", start=start, end=end)


def closure_differences(words: Words, before: Closure, after: Closure) -> list[str]:
    """Return what differs between two versions of a closure, each in a line."""
    told = [
        (words.say("Closed"), period(words, before), period(words, after)),
        (words.say("Longest time between visits"), *_days(words, before, after)),
    ]
    return [
        words.say("%(what)s: “%(before)s” became “%(after)s”", what=what, before=one, after=other)
        for what, one, other in told
        if one != other
    ]


def _days(words: Words, *shown: Closure) -> list[str]:
    return [words.say_many("%(count)s day", "%(count)s days", one.review_days) for one in shown]


def _told(words: Words, answer: ClosureDocument) -> dict[str, object]:
    return {
        "as_of": words.instant(answer["as_of"]),
        "status": answer["status"],
        "brief": words.capital(closure_brief(words, answer)) + ".",
        "statement": " ".join(closure_statement(words, answer)),
    }


def _facts(words: Words, closure: Closure, form: FilledForm) -> list[tuple[str, str]]:
    reason = form.typed.get("reason", "")
    told = [
        (words.say("Closed"), period(words, closure)),
        (words.say("Reason"), words.capital(closure_reason_word(words, reason))),
        (words.say("Legal reference"), form.typed.get("legal_ref", "")),
        (words.say("Source"), form.typed.get("source", "")),
        (words.say("Longest time between visits"), _days(words, closure)[0]),
    ]
    return [(label, text) for label, text in told if text]


def _line(page: Page, line: ClosureLine) -> dict[str, object]:
    words, closure = page.words, line.closure
    return {
        "period": words.capital(period(words, closure)),
        "legal_ref": closure.legal_ref,
        "acts": _acts(words, line.acts),
        "extend": _action(page, closure, ClosureActKind.EXTENDED)
        if (line.open or line.last) and closure.closed_until
        else None,
        "lift": _action(page, closure, ClosureActKind.LIFTED) if line.open else None,
        "withdraw": _action(page, closure, ClosureActKind.WITHDRAWN),
    }


def _withdrawn(page: Page, item: WithdrawnClosure, acts: ClosureActs) -> dict[str, object]:
    words, closure = page.words, item.closure
    return {
        "period": words.capital(period(words, closure)),
        "legal_ref": closure.legal_ref,
        "acts": _acts(words, acts),
        "restore": page.links.closure_act(closure.id, "restore"),
        "version": item.since.isoformat(),
    }


def _acts(words: Words, acts: ClosureActs) -> Table:
    say = words.say
    return Table(
        caption=say("What was decided"),
        columns=(
            TableColumn(say("When")),
            TableColumn(say("Decision")),
            TableColumn(say("Reason")),
            TableColumn(say("Legal reference")),
            TableColumn(say("Until")),
        ),
        rows=tuple(
            (
                Cell(words.instant(at)),
                Cell(words.capital(closure_act_word(words, act.kind))),
                Cell(closure_reason_word(words, act.reason)),
                Cell(act.legal_ref or ""),
                Cell(_until(words, act)),
            )
            for at, act in acts
        ),
        empty=say("No decision is recorded."),
    )


def _until(words: Words, act: ClosureAct) -> str:
    if act.kind in _WHOLE:
        return ""
    return words.instant(act.until) if act.until else words.say("further notice")


_WHOLE = frozenset({ClosureActKind.WITHDRAWN, ClosureActKind.RESTORED})
"""Acts on a closure as a whole, which set no end."""
_ADDRESS = {
    ClosureActKind.EXTENDED: "extend",
    ClosureActKind.LIFTED: "lift",
    ClosureActKind.WITHDRAWN: "withdraw",
}


def _action(page: Page, closure: Closure, kind: ClosureActKind) -> str:
    return page.links.closure_act(closure.id, _ADDRESS[kind])
