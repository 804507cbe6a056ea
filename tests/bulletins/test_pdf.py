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
from weasyprint.urls import FatalURLFetchingError

from geosites.bulletins.pdf import bulletin_pdf
from geosites.bulletins.sections import bulletin
from geosites.presentation.font_glyphs import printable, steady
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.pdf_process import pdf
from plain import plain
from samples.bulletin_samples import KNOWN, content, imprint, picture
from samples.hostile import ATTACKS

TESTS = Path(__file__).parents[1]

MAKE = """
import hashlib
from samples.bulletin_samples import content
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
        kids = node.get("/K", [])
        found = []
        for kid in kids if isinstance(kids, list) else [kids]:
            one = kid.get_object()
            if not isinstance(one, int) and "/S" in one:
                found += [one, *below(one)]
        return found

    root: Any = reader.trailer["/Root"]
    return below(root["/StructTreeRoot"])


def titles(outline: Any) -> list[str]:
    """Return the titles of an outline, whatever their level."""
    return [
        title
        for item in outline
        for title in (titles(item) if isinstance(item, list) else [str(item.title)])
    ]


@pytest.mark.parametrize(("language", "title"), [("fr", "Points chauds"), ("en", "Hotspots")])
def test_it_has_language_title_and_an_outline(language: str, title: str) -> None:
    reader = read(paper(content(), Language(language)))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith("2022)")
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    listed = titles(reader.outline)
    assert listed[0].endswith("2022)")
    assert title in listed
    assert len(listed) == 1 + 12 + 2


def test_its_text_can_be_read_out() -> None:
    said = text_of(read(calm()))
    assert "EXERCICE – Données fictives" in said
    assert "environ 87 personnes aux 41 endroits visités, 1 point chaud ; +21" in said
    assert "Square Forceval" in said
    assert "fermeture confirmée (97 %)" in said
    assert imprint(content()).content_sha256 in said
    assert "geosites · 1/" in said


def test_the_first_page_is_the_bulletin() -> None:
    first, *rest = read(calm()).pages
    said = re.sub(r"\s+", " ", plain(first.extract_text()))
    for expected in (
        "environ 87 personnes aux 41 endroits visités",
        "+21 personnes par rapport à la semaine précédente aux 38 endroits vus",
        "Fermé depuis",
        "fermeture confirmée (97 %)",
        "Après la fermeture du 5 octobre 2022 · Square Forceval, sur",
        "Alerte : La Chapelle · Paris 18e",
        "À décider",
        "1 endroit habituellement visité ne l'a pas été",
        "Square Forceval",
        "Ailleurs, personne n'est allé voir : rien n'y est affirmé.",
    ):
        assert expected in said
    assert any(image.name for image in first.images)
    for unexplained in (" q ", "permut", "déplacement pondér", "du territoire a été observé"):
        assert unexplained not in said
    assert rest[0].extract_text().find("Annexe") >= 0


def test_a_full_first_page_still_is_one_page() -> None:
    of = content()
    site = of["closures"]["sites"][0]
    many = [
        {**site, "site": f"site-{n}", "name": f"Place numéro {n} de la Porte", "status": status}
        for n, status in enumerate([*("contradicted", "reopened", "unverified") * 3])
    ]
    made = read(paper(content(closures={**of["closures"], "sites": many})))
    first = plain(made.pages[0].extract_text())
    assert "3 autres : voir l'annexe." in first
    assert "6 autres : voir l'annexe." in first
    assert first.count("décider d'une opération") == 1
    assert "À décider" in first
    assert "Ailleurs, personne n'est allé voir" in first
    assert "Annexe" in plain(made.pages[1].extract_text())


def test_everything_on_it_is_tagged_by_what_it_is() -> None:
    reader = read(calm())
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    kinds = [one["/S"] for one in elements(reader)]
    assert kinds.count("/Document") == 1
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 12
    assert {"/P", "/Figure", "/Table", "/TR", "/TH", "/TD", "/L", "/LI"} <= set(kinds)
    figure = next(one for one in elements(reader) if one["/S"] == "/Figure")
    assert "Carte de la semaine 40" in plain(figure["/Alt"])


def test_rows_belong_to_tables_and_cells_name_their_headings() -> None:
    found = elements(read(calm()))
    above = {"/TR": {"/THead", "/TBody"}, "/TH": {"/TR"}, "/TD": {"/TR"}, "/THead": {"/Table"}}
    assert all(one["/P"]["/S"] in above[one["/S"]] for one in found if one["/S"] in above)
    headings = {str(one["/ID"]) for one in found if one["/S"] == "/TH"}
    named = [
        {str(heading) for heading in one["/A"]["/Headers"]} for one in found if one["/S"] == "/TD"
    ]
    assert all(len(those) == 2 and those <= headings for those in named)


def test_its_identifier_comes_from_content_and_revision() -> None:
    of = content()
    ids: Any = [read(paper(of, revision=number)).trailer["/ID"] for number in (1, 2)]
    first, second = (one[0].original_bytes.decode() for one in ids)
    assert first == f"{imprint(of).content_sha256[:24]}-0000001"
    assert second == f"{imprint(of).content_sha256[:24]}-0000002"


def test_a_page_that_asks_for_anything_from_elsewhere_is_not_made() -> None:
    for address in ("https://evil.example/x.png", "file:///etc/passwd", "geosites:../secret"):
        with pytest.raises(FatalURLFetchingError):
            pdf(f'<html lang="fr"><title>x</title><img src="{address}" alt="x">', "x")


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
    shown = re.sub(r"\s+", "", printable(steady(attack.replace("\n", " "))))
    assert shown in re.sub(r"\s+", "", text_of(made))
    assert len(made.pages) in range(pages, pages + 2)
    assert not any("/Annots" in sheet for sheet in made.pages)


def test_a_long_name_breaks_into_lines() -> None:
    said = re.sub(r"\s+", "", text_of(read(paper(content("Very long " * 60)))))
    assert said.count("Verylong") >= 120
