"""Names found as people type them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.name_search import NameIndex, folded, split_number, suffix_of
from geosites.analysis.name_typos import Vocabulary

NAMES = (
    "Rue de Dunkerque",
    "Boulevard Marguerite de Rochechouart",
    "Rue de Rochechouart",
    "Rue du Faubourg Saint-Denis",
    "Saint-Denis",
    "L'Haÿ-les-Roses",
    "Place de l'Œuvre",
    "Porte de la Villette",
    "Avenue de la Porte de la Villette",
    "Rue du 8 Mai 1945",
)
INDEX = NameIndex(names=NAMES, weight=[3] * 4 + [1] * 2 + [3] + [2] + [3] * 2)


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("bd rochechouart", "Boulevard Marguerite de Rochechouart"),
        ("rue de dunkerque 18", "Rue de Dunkerque"),
        ("18 bis rue de dunkerque", "Rue de Dunkerque"),
        ("r fbg st denis", "Rue du Faubourg Saint-Denis"),
        ("saint denis", "Saint-Denis"),
        ("hay les roses", "L'Haÿ-les-Roses"),
        ("PLACE DE L’OEUVRE", "Place de l'Œuvre"),
        ("porte villette", "Porte de la Villette"),
        ("av porte villette", "Avenue de la Porte de la Villette"),
        ("dunk", "Rue de Dunkerque"),
        ("rue du 8 mai 1945", "Rue du 8 Mai 1945"),
    ],
)
def test_accents_articles_and_abbreviations_are_forgiven(typed: str, best: str) -> None:
    found = INDEX.find(typed)
    assert found
    assert NAMES[found[0]] == best


@pytest.mark.parametrize("typed", ["", " ", "zzz", "rue zzz", "'; DROP TABLE", "\u0000", "%%%"])
def test_what_names_nothing_finds_nothing(typed: str) -> None:
    assert INDEX.find(typed) == []


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("rue rochechuart", "Rue de Rochechouart"),
        ("bvd rochechouard", "Boulevard Marguerite de Rochechouart"),
        ("porte de la vilette", "Porte de la Villette"),
        ("porte de la villete", "Porte de la Villette"),
        ("rue de dunkreque 18", "Rue de Dunkerque"),
        ("rue de rochechouartt", "Rue de Rochechouart"),
        ("bd roche chouart", "Boulevard Marguerite de Rochechouart"),
        ("place de l'oeuvfe", "Place de l'Œuvre"),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(typed: str, best: str) -> None:
    found = INDEX.find(typed)
    assert found
    assert NAMES[found[0]] == best


@pytest.mark.parametrize("typed", ["rue mxx", "dxnkxrque", "rue 8999", "mais", "19th 5 mai 1946"])
def test_two_slips_short_words_and_numbers_are_not(typed: str) -> None:
    assert INDEX.find(typed) == []


@given(st.sampled_from(["dunkerque", "villette", "rochechouart"]), st.data())
def test_every_single_slip_finds_the_word(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("aeiouqkz"))
    slips = [
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    vocabulary = Vocabulary(sorted(["dunkerque", "villette", "rochechouart", "village"]))
    for slip in slips:
        assert slip == word or vocabulary.near(slip) == [word]


def test_an_article_alone_is_a_word() -> None:
    assert folded("La") == ["la"]
    assert folded("Rue de la Chapelle") == ["rue", "chapelle"]


def test_a_house_number_goes_only_where_more_is_left() -> None:
    assert split_number(["18", "rue", "dunkerque"]) == (18, "", ["rue", "dunkerque"])
    assert split_number(["rue", "dunkerque", "18"]) == (18, "", ["rue", "dunkerque"])
    assert split_number(["18", "bis", "rue", "dunkerque"]) == (18, "bis", ["rue", "dunkerque"])
    assert split_number(["rue", "dunkerque", "18", "b"]) == (18, "bis", ["rue", "dunkerque"])
    assert split_number(["34t", "rue", "dunkerque"]) == (34, "ter", ["rue", "dunkerque"])
    assert split_number(["8", "mai"]) == (None, "", ["8", "mai"])
    assert split_number(["rue", "dunkerque"]) == (None, "", ["rue", "dunkerque"])
    assert split_number([]) == (None, "", [])
    assert [suffix_of(text) for text in ("", "b", "BIS", "Ter", "a")] == [
        "",
        "bis",
        "bis",
        "ter",
        "a",
    ]


def test_forty_thousand_names_are_searched_within_twenty_milliseconds() -> None:
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("abcdefghilmnoprstuv"), 6)) for _ in range(8_000)]
    names = [f"Rue {words[a]} {words[b]}" for a, b in rng.integers(0, 8_000, (40_000, 2))]
    index = NameIndex(names=names, weight=[3] * len(names))
    index.find("rue")
    spent = []
    for name in names[:200]:
        began = time.thread_time()
        found = index.find(name.lower()[:-2])
        spent.append(time.thread_time() - began)
        assert name in {names[number] for number in found}
    assert np.quantile(spent, 0.95) < 0.02


def test_what_is_found_is_what_looking_at_every_name_finds() -> None:
    rng = np.random.default_rng(4)
    words = ["nord", "nordet", "sud", "pont", "port", "porte", "val", "vallon", "mer", "mers"]
    kinds = ["Rue", "Avenue", "Ruelle"]
    names = [
        f"{kinds[n % 3]} {' '.join(rng.choice(words, rng.integers(1, 4)).tolist())}"
        for n in range(300)
    ]
    index = NameIndex(names=names, weight=rng.integers(0, 3, 300).tolist())
    asked = ["rue", "rue avenue", "ru por", "rue avenue nord", "sud nord", "vallon rue mer", "x"]
    for query in [*asked, *(f"{a} {b}" for a in words for b in words)]:
        typed = folded(query)
        every = [
            n
            for n, name in enumerate(names)
            if all(any(word.startswith(one) for word in folded(name)) for one in typed)
        ]
        assert sorted(index.find(query, most=len(names))) == every, query
