"""The bulletin on paper: text, structure, the same bytes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from bulletin_samples import KNOWN, content, imprint, picture
from geosites.bulletins.pdf import bulletin_pdf
from geosites.bulletins.text import bulletin
from geosites.maps.print_styles import printable
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from hostile import ATTACKS
from plain import plain

TESTS = Path(__file__).parents[1]

MAKE = """
import hashlib
from bulletin_samples import content
from bulletins.test_text import page, FRENCH
from bulletins.test_pdf import paper
made = paper(content()) + page(FRENCH, content()).encode()
print(hashlib.sha256(made).hexdigest())
"""


def paper(of: dict[str, Any], language: Language = Language.FRENCH, revision: int = 1) -> bytes:
    words, issue = Words(language), imprint(of, revision)
    told = bulletin(words, Links(language, offline=True), of, issue)
    return bulletin_pdf(words, told, issue, KNOWN, picture(words))


@cache
def calm() -> bytes:
    """Return the bulletin in which nobody typed anything odd."""
    return paper(content())


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def text_of(made: PdfReader) -> str:
    said = " ".join(one.extract_text() for one in made.pages)
    return re.sub(r"\s+", " ", plain(said))


def elements(reader: PdfReader) -> list[Any]:
    """Return the elements of the structure tree, in reading order."""

    def below(node: Any) -> list[Any]:
        found = []
        for kid in node.get("/K", []):
            one = kid.get_object()
            if not isinstance(one, int):
                found += [one, *below(one)]
        return found

    return below(reader.trailer["/Root"]["/StructTreeRoot"])


@pytest.mark.parametrize(("language", "title"), [("fr", "Points chauds"), ("en", "Hotspots")])
def test_it_has_language_title_and_an_outline(language: str, title: str) -> None:
    reader = read(paper(content(), Language(language)))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith("2022)")
    outline: Any = reader.outline
    assert title in [one.title for one in outline]
    assert len(outline) == 10


def test_its_text_can_be_read_out() -> None:
    said = text_of(read(calm()))
    assert "EXERCICE – Données fictives" in said
    assert "environ 87 personnes aux 41 endroits visités, 1 point chaud." in said
    assert "Square Forceval" in said
    assert "fermeture confirmée (97 %)" in said
    assert imprint(content()).content_sha256 in said
    assert "geosites · 1/" in said


def test_everything_on_it_is_tagged_by_what_it_is() -> None:
    reader = read(calm())
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    kinds = [one["/S"] for one in elements(reader)]
    assert kinds.count("/Document") == 1
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 10
    assert {"/P", "/Figure", "/Table", "/TR", "/TH", "/TD"} <= set(kinds)
    figure = next(one for one in elements(reader) if one["/S"] == "/Figure")
    assert "Carte de la semaine 40" in figure["/Alt"]


def test_rows_belong_to_tables_and_cells_to_rows() -> None:
    found = elements(read(calm()))
    above = {"/TR": "/Table", "/TH": "/TR", "/TD": "/TR", "/Table": "/Document"}
    assert all(one["/P"]["/S"] == above[one["/S"]] for one in found if one["/S"] in above)
    assert all("/Pg" in one for one in found if one["/S"] != "/Document")


def test_the_number_of_each_piece_of_content_leads_back_to_its_element() -> None:
    reader = read(calm())
    tree: Any = reader.trailer["/Root"]["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    by_page = {numbers[at]: numbers[at + 1] for at in range(0, len(numbers), 2)}
    for sheet in reader.pages:
        own = by_page[sheet["/StructParents"]]
        assert [one["/K"] for one in own] == [[number] for number in range(len(own))]


def test_its_identifier_comes_from_content_and_revision() -> None:
    of = content()
    ids: Any = [read(paper(of, revision=number)).trailer["/ID"] for number in (1, 2)]
    first, second = ([part.original_bytes.hex() for part in one] for one in ids)
    assert first[0] == second[0] == imprint(of).content_sha256[:32]
    assert (int(first[1], 16), int(second[1], 16)) == (1, 2)


def test_the_same_bulletin_gives_the_same_bytes_in_any_process() -> None:
    made = {_made(seed) for seed in ("1", "271828")}
    assert len(made) == 1


def _made(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TESTS)}
    argv = [sys.executable, "-c", MAKE]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("attack", [*ATTACKS, "{nb}", "\U0010fffd", "a\nb"])
def test_what_people_typed_is_text(attack: str) -> None:
    made, pages = read(paper(content(attack))), len(read(calm()).pages)
    shown = re.sub(r"\s+", "", printable(attack))
    assert shown in re.sub(r"\s+", "", text_of(made))
    assert len(made.pages) in range(pages, pages + 2)
    assert not any("/Annots" in sheet for sheet in made.pages)


def test_a_long_name_breaks_into_lines() -> None:
    said = re.sub(r"\s+", "", text_of(read(paper(content("Very long " * 60)))))
    assert said.count("Verylong") >= 120
