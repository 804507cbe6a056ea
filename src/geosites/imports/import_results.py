"""Results of browser imports: who, when, which file, how many rows. No row data."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa

from geosites.core.documents.files import KeptImport
from geosites.core.errors import NotFound
from geosites.db.maintenance import store_flags
from geosites.imports.import_outcome import ImportReport
from geosites.validation import FileKind

_MARK = "imported:"
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class ImportReference:
    """Identifies a stored result: the account, and the key of its page."""

    login: str
    key: UUID


def keep(
    conn: sa.Connection, report: ImportReport, kind: FileKind, login: str, at: dt.datetime
) -> None:
    """Store the result of an import, in the transaction that writes its rows."""
    key, since = uuid4(), conn.execute(sa.select(sa.func.now())).scalar_one()
    kept: KeptImport = {
        "at": at.isoformat(timespec="seconds"),
        "login": login,
        "kind": kind.value,
        "file": report.file,
        "rows": report.rows,
        "added": report.added,
        "already_there": report.already_there,
        "refused_total": report.refused_total,
        "left_out": report.left_out,
        "key": str(key),
        "since": since.isoformat(),
    }
    name = f"{_MARK}{since.astimezone(dt.UTC).isoformat(timespec='microseconds')}/{key}"
    store_flags.put(conn, name, json.dumps(kept, ensure_ascii=False))


def get(conn: sa.Connection, reference: ImportReference) -> KeptImport:
    """Return the result of an import of an account, or raise `NotFound`."""
    kept: KeptImport = json.loads(store_flags.get(conn, _name(conn, reference)) or "{}")
    if kept.get("login") != reference.login:
        raise NotFound("import", str(reference.key))
    return kept


def change(conn: sa.Connection, reference: ImportReference, kept: KeptImport) -> None:
    """Replace a stored result."""
    store_flags.put(conn, _name(conn, reference), json.dumps(kept, ensure_ascii=False))


def _name(conn: sa.Connection, reference: ImportReference) -> str:
    key = f"/{reference.key}"
    return next((_MARK + name for name in store_flags.under(conn, _MARK) if name.endswith(key)), "")


def latest(conn: sa.Connection, login: str) -> list[KeptImport]:
    """Return the last results of an account, the newest first."""
    names = reversed(store_flags.under(conn, _MARK))
    kept: list[KeptImport] = []
    for name in names:
        result: KeptImport = json.loads(store_flags.get(conn, _MARK + name) or "{}")
        if result.get("login") == login:
            kept.append(result)
        if len(kept) == SHOWN:
            break
    return kept
