"""What came of imports through the browser: who, when, which file, how many rows. No row of it."""

from __future__ import annotations

import datetime as dt
import json
from uuid import uuid4

import sqlalchemy as sa

from geosites.core.documents.files import KeptImport
from geosites.db import store_flags
from geosites.imports.outcome import ImportReport
from geosites.validation import FileKind

_MARK = "imported:"
SHOWN = 20


def keep(
    conn: sa.Connection, report: ImportReport, kind: FileKind, login: str, at: dt.datetime
) -> None:
    """Keep the result of an import."""
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
    }
    name = f"{_MARK}{at.astimezone(dt.UTC).isoformat(timespec='seconds')}/{uuid4()}"
    store_flags.put(conn, name, json.dumps(kept, ensure_ascii=False))


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
