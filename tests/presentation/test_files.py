"""What came of a file, in sentences of both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text import file_text
from plain import plain

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)


def report(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "file": "a.csv", "rows": 1200, "added": 1, "already_there": 1199, "seconds": 0.31,
        "refused": [], "refused_total": 0, "dry_run": False, "exercise": False, "resumed": False,
    }  # fmt: skip
    return {**known, **changes}


def test_an_import_says_what_it_added_or_would_add() -> None:
    said = "a.csv : 1 200 lignes, 1 ajoutée, 1 199 déjà en base, 0,3 s."
    assert plain(file_text.imported(FR, report())) == said
    assert "would be added" in file_text.imported(EN, report(dry_run=True))
    assert "seraient ajoutées" in file_text.imported(FR, report(dry_run=True, added=2))


def test_a_refusal_counts_its_rows_and_says_where() -> None:
    row = {"line": 3, "column": "lat", "value": "x", "reason": "is not a number"}
    one = report(refused=[row], refused_total=1)
    assert plain(file_text.refused(FR, one)).endswith("1 ligne est en cause.")
    assert "The first 1 are above." in file_text.refused(EN, {**one, "refused_total": 7})
    assert plain(file_text.bad_row(FR, row)) == "ligne 3, lat : « x » : is not a number"


def test_an_export_says_what_it_wrote() -> None:
    assert file_text.exported(EN, report()) == "a.csv: 1,200 rows."
    marked = file_text.exported(FR, report(exercise=True, resumed=True))
    assert "exercice, données fictives" in marked
    assert "repris" in marked
    assert "même commande" in file_text.broken_off(FR, "a.csv")


def test_old_rows_are_said_to_be_known_from_now_on() -> None:
    told = file_text.old_rows(FR, "a.csv", dt.datetime(2020, 3, 1, 12, tzinfo=dt.UTC))
    assert "1er mars 2020" in plain(told)
