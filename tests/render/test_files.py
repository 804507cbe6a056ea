"""What came of a file, in sentences of both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from geosites.render import files
from geosites.render.language import Language
from geosites.render.words import Words
from plain import plain

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)


def report(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "file": "a.csv", "rows": 1200, "added": 1, "already_there": 1199, "seconds": 0.31,
        "refused": [], "refused_total": 0, "dry_run": False, "exercise": False, "resumed": False,
    }  # fmt: skip
    return {**known, **changes}


def test_an_import_says_what_it_added_or_would_add() -> None:
    said = "a.csv : 1 200 lignes, 1 ajoutée, 1 199 déjà là, 0,3 s."
    assert plain(files.imported(FR, report())) == said
    assert "would be added" in files.imported(EN, report(dry_run=True))
    assert "seraient ajoutées" in files.imported(FR, report(dry_run=True, added=2))


def test_a_refusal_counts_its_rows_and_says_where() -> None:
    row = {"line": 3, "column": "lat", "value": "x", "reason": "is no number"}
    one = report(refused=[row], refused_total=1)
    assert plain(files.refused(FR, one)).endswith("1 ligne est en cause.")
    assert "The first 1 are above." in files.refused(EN, {**one, "refused_total": 7})
    assert plain(files.bad_row(FR, row)) == "ligne 3, lat : 'x' : is no number"


def test_an_export_says_what_it_wrote() -> None:
    assert files.exported(EN, report()) == "a.csv: 1,200 rows."
    marked = files.exported(FR, report(exercise=True, resumed=True))
    assert "exercice, données fictives" in marked
    assert "repris" in marked
    assert "même commande" in files.broken_off(FR, "a.csv")


def test_old_rows_are_said_to_be_known_from_now_on() -> None:
    told = files.old_rows(FR, "a.csv", dt.datetime(2020, 3, 1, 12, tzinfo=dt.UTC))
    assert "1er mars 2020" in plain(told)
