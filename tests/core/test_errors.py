"""Messages that are told again in another language."""

from __future__ import annotations

import copy
import pickle

import pytest

from geosites.core.errors import (
    BadRow,
    Conflict,
    GeositesError,
    NotEnoughData,
    NotFound,
    Phrase,
    Refused,
    RowsRefused,
    TooManyTries,
    phrase,
)
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from plain import plain

FRENCH = Words(Language.FRENCH)


@pytest.mark.parametrize(
    ("error", "english", "french"),
    [
        (
            Refused("%(text)r is not an ISO week like 2022-W40", text="W40"),
            "'W40' is not an ISO week like 2022-W40",
            "« W40 » n'est pas une semaine ISO de la forme 2022-W40",
        ),
        (
            NotFound("site", "forcevall", ["forceval"]),
            "no site 'forcevall'; did you mean forceval?",
            "introuvable : lieu « forcevall » ; vouliez-vous dire forceval ?",
        ),
        (NotFound("site", "x"), "no site 'x'", "introuvable : lieu « x »"),
        (
            NotEnoughData("week %(last)s is released on %(due)s", "cause", last="1", due="2"),
            "not enough data: week 1 is released on 2",
            "données insuffisantes : la semaine 1 est publiée le 2",
        ),
        (
            RowsRefused("a.csv", [], 3),
            "a.csv: nothing was written; rows refused: 3",
            "a.csv : rien n'a été écrit ; lignes refusées : 3",
        ),
        (
            TooManyTries(9),
            "too many attempts; try again in 9 s",
            "trop d'essais ; réessayez dans 9 s",
        ),
        (Conflict("100 % ours"), "100 % ours", "100 % ours"),
    ],
)
def test_an_error_is_told_in_both_languages(
    error: GeositesError, english: str, french: str
) -> None:
    assert str(error) == english
    assert Words(Language.ENGLISH).retold(error.message) == english
    assert plain(FRENCH.retold(error.message)) == french


def test_what_fills_a_phrase_is_told_too() -> None:
    said = phrase("note: %(reason)s; a note describes only the place", reason=_holds())
    assert said == "note: holds a telephone number; a note describes only the place"
    assert plain(FRENCH.retold(said)) == (
        "note : contient un numéro de téléphone ; une note ne décrit que le lieu"
    )


def test_what_is_no_phrase_stays_as_it_is() -> None:
    assert FRENCH.retold("is missing") == "is missing"


def test_a_sentence_begins_large_and_ends() -> None:
    assert plain(FRENCH.sentence(phrase("the current password is wrong"))) == (
        "Le mot de passe actuel est incorrect."
    )


def test_copies_and_other_processes_can_tell_it_too() -> None:
    row = BadRow(3, "note", "…", _holds())
    for reason in (row.document()["reason"], copy.deepcopy(row).reason):
        assert FRENCH.retold(reason) == "contient un numéro de téléphone"
    error = pickle.loads(pickle.dumps(Refused("%(place)s is not a folder", place="x")))
    assert isinstance(error, Refused)
    assert plain(FRENCH.retold(error.message)) == "x n'est pas un dossier"


@pytest.mark.parametrize(
    "error",
    [
        NotFound("site", "forcevall", ["forceval"]),
        RowsRefused("file.csv", [BadRow(3, "note", "…", phrase("empty"))], 2),
        NotEnoughData(phrase("too few visits")),
        TooManyTries(30),
        Conflict("%(name)s is taken", name="x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_another_process_is_the_same_error(error: GeositesError) -> None:
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error)
    assert vars(other) == vars(error)
    assert FRENCH.retold(other.message) == FRENCH.retold(error.message)


def _holds() -> Phrase:
    return phrase("holds %(found)s", found=phrase("a telephone number"))
