"""Exception classes, as one small tree.

    GeositesError
    ├── Refused               the input is invalid; the message says where
    │   ├── WrongReference    coordinates in the wrong reference system
    │   ├── BadParameter      a query parameter is unknown, or its value invalid
    │   ├── WrongProof        the password or code of a re-authentication is wrong
    │   ├── RowsRefused       a file with bad rows: every one listed, nothing written
    │   └── Unconfirmed       a report that is likely to be a slip, until it is confirmed
    ├── NotFound              no such thing; with similar names
    ├── Conflict              it conflicts with existing records
    │   └── Outdated          somebody else has changed it since it was shown
    ├── NotEnoughData         the data is not sufficient; what is missing
    ├── NotSignedIn           the request is not authenticated
    │   └── OtherAccount      the report was made by another account
    ├── Forbidden             the account may not do this
    │   └── AccountUnfinished something has to be done on the account's page first
    ├── TooManyTries          too many failed sign-ins; the next attempt has to wait
    ├── TooManyRequests       an account exceeds its share of concurrent requests
    ├── TookTooLong           the deadline passed without an answer
    │   └── ClientGone        the client has disconnected
    └── StoreUnavailable      the database cannot be reached or started

The web and the command line each translate these in one place: into a problem document, or an exit
code. Inner code does not depend on either. Messages are in English and keep their values, so that
they can be translated.
"""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from geosites.core.documents.files import RefusedRow


class Phrase(str):
    """A message in English that keeps its template and values (see `phrase`)."""

    text: str
    values: dict[str, object]


class QuotedNames(tuple[str, ...]):
    """QuotedNames in a message, each in quotes; a border writes them as its readers do."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return them as in English."""
        return ", ".join(map(repr, self))


def phrase(text: str, /, **values: object) -> Phrase:
    """Return a text with `%(name)s` filled from `values`, translatable later.

    Instants in it are ISO 8601; the web and the command line format them for their readers. A cause
    may be the error itself: errors of the operating system have translatable messages.
    """
    shown = {name: _shown(value) for name, value in values.items()}
    made = Phrase(text % shown if values else text)
    made.text, made.values = text, values
    return made


def _shown(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return os_reason(value) if isinstance(value, OSError) and value.errno else value


def hint(near: Sequence[str]) -> str:
    """Return the end of a message with similar names, or nothing."""
    return phrase("; did you mean %(near)s?", near=", ".join(near)) if near else ""


def _raised_elsewhere(kind: type[GeositesError], args: tuple[object, ...]) -> GeositesError:
    result = kind.__new__(kind)
    result.args = args
    return result


class GeositesError(Exception):
    """Root of every error raised on purpose; `values` fill the places of its message."""

    def __init__(self, message: str, /, **values: object) -> None:
        answer = isinstance(message, Phrase) and not values
        super().__init__(message if answer else phrase(message, **values))

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickling, so that another process can raise it unchanged."""
        return _raised_elsewhere, (type(self), self.args), self.__dict__

    @property
    def message(self) -> Phrase:
        """The message, for translation."""
        text: Phrase = self.args[0]
        return text


class Refused(GeositesError):
    """The input is invalid; the message says what and where."""


class WrongReference(Refused):
    """Coordinates came in a reference system other than the one expected."""


class BadParameter(Refused):
    """A parameter of an address is unknown, or its value cannot be understood."""


class WrongProof(Refused):
    """What an account was asked to show again, its password or a code, is wrong."""


@dataclass(frozen=True)
class BadRow:
    """One reason why one row of a file is refused. `line` counts from 1, the header included."""

    line: int
    column: str
    value: str
    reason: str

    def document(self) -> RefusedRow:
        """Return the row as the `refused` entry of the contract."""
        return {
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
        }


class Unanswered(Refused):
    """Another service did not answer, or its answer was invalid; it can be retried later."""


class RowsRefused(Refused):
    """A file is refused whole: `rows` holds the first reasons, `total` counts them all."""

    def __init__(self, source: str, rows: Sequence[BadRow], total: int) -> None:
        self.source = source
        self.rows = tuple(rows)
        self.total = total
        super().__init__(
            phrase(
                "%(source)s: nothing was written; rows refused: %(total)s",
                source=source,
                total=total,
            )
        )


@dataclass(frozen=True)
class Question:
    """A question to be confirmed before a report is accepted: a permanent code, and its text.

    `about`: the sighting that it is about, where it is about another one.
    """

    code: str
    text: Phrase
    about: str | None = None

    @classmethod
    def of(cls, code: str, text: Phrase, about: str | None = None) -> Question:
        """Return a question."""
        return cls(code, text, about)

    def document(self) -> dict[str, object]:
        """Return the question as a member of a problem document."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class Unconfirmed(Refused):
    """The report is likely to be a slip; it is taken once each of the questions is confirmed."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__(self.questions[0].text)


class NotFound(GeositesError):
    """Nothing is recorded under this name; `near` holds the closest names that are."""

    def __init__(self, what: str, name: str, near: Sequence[str] = ()) -> None:
        self.what = what
        self.name = name
        self.near = tuple(near)
        result = phrase("no %(what)s %(name)r", what=phrase(what), name=name)
        super().__init__(phrase("%(found)s%(hint)s", found=result, hint=hint(self.near)))


class Conflict(GeositesError):
    """What is asked contradicts what is already recorded."""


class Outdated(Conflict):
    """It was changed by somebody else since it was shown; nothing was written."""


class NotEnoughData(GeositesError):
    """The records are not sufficient for an answer; `missing` is what would be needed.

    `cause` is a short code for it, from which readers get a text in their own language.
    """

    def __init__(self, missing: str, cause: str | None = None, /, **values: object) -> None:
        self.missing = missing if isinstance(missing, Phrase) else phrase(missing, **values)
        self.cause = cause
        super().__init__(phrase("not enough data: %(missing)s", missing=self.missing))


class NotSignedIn(GeositesError):
    """The request is not authenticated, or its credentials are not valid (any more)."""


class OtherAccount(NotSignedIn):
    """What is sent was made by another account than asks; that one has to sign in to send it."""


class Forbidden(GeositesError):
    """The account may not do this; the message says what."""


class AccountUnfinished(Forbidden):
    """Signed in, but something has to be done on the account's own page first."""


class TooManyTries(GeositesError):
    """Signing in failed so often that the next attempt has to wait for `wait_s`."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        message = phrase("too many attempts; try again in %(wait_s)s s", wait_s=wait_s)
        super().__init__(message)


class TooManyRequests(GeositesError):
    """The account has as many requests under way as one account may have; the next one waits."""


class TookTooLong(GeositesError):
    """The answer was not there by its deadline; ask for less at a time."""

    def __init__(self, *, seconds: int = 0) -> None:
        super().__init__(
            phrase(
                "the answer was not there within %(seconds)s s; ask for less at a time",
                seconds=seconds,
            )
        )


class ClientGone(TookTooLong):
    """The client went before the answer was there, which was then not worked out."""


class StoreUnavailable(GeositesError):
    """The database cannot be reached, or the private one cannot be started."""


_OS_REASONS = {
    errno.ENOENT: phrase("no such file or folder"),
    errno.EEXIST: phrase("the file exists already"),
    errno.EACCES: phrase("permission denied"),
    errno.EPERM: phrase("operation not permitted"),
    errno.EISDIR: phrase("this is a folder"),
    errno.ENOTDIR: phrase("a part of the path is not a folder"),
    errno.ENOSPC: phrase("no space left on the disk"),
    errno.EDQUOT: phrase("disk quota exceeded"),
    errno.EROFS: phrase("the disk is read-only"),
    errno.ENAMETOOLONG: phrase("the name is too long"),
    errno.EADDRINUSE: phrase("already in use"),
    errno.EADDRNOTAVAIL: phrase("not an address of this machine"),
}


def os_reason(error: OSError) -> str:
    """Return the translatable reason of an operating system error.

    Reasons that are not in the table are in the words of the system.
    """
    return _OS_REASONS.get(error.errno or 0) or error.strerror or str(error)
