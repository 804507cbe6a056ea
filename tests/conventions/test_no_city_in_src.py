"""The product is tied to no city: what is known of Paris stands in `data/geo` alone."""

from __future__ import annotations

import re
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "geosites"
TRACE = re.compile(
    r"\bParis|paris\b|Île-de-France|petite couronne|Lambert|\b2154\b|arrondissement|"
    r"\b48\.[89]\d|\b2\.[34]\d{2,}|\b6[_ ]?86\d[_ ]?\d{3}\b|Europe/"
)
READ = (".py", ".js", ".css", ".html", ".svg", ".webmanifest")
LEFT = {
    "db/migrations/versions": "what stores were before they knew of cities",
    "exercise": "the exercise takes place in the city that comes with geosites",
    "validation/free_text/notes.py": "French words by which a note names a person or an address",
    "validation/free_text/place_words.py": "words of that kind",
    "auth/common_words.txt": "words in passwords",
    "presentation/templates/administration/accessibility.html": "an authority's address",
    "analysis/name_search.py": "French abbreviations that a search forgives",
}
DOCUMENTED = re.compile(r'"""(?:.|\n)*?"""|#[^\n]*')


def test_nothing_in_the_code_knows_of_paris() -> None:
    """Docstrings and comments may give it as an example; nothing that runs may."""
    found = []
    for path in sorted(SRC.rglob("*")):
        name = str(path.relative_to(SRC))
        if path.suffix not in READ or any(name.startswith(left) for left in LEFT):
            continue
        code = path.read_text(encoding="utf-8")
        code = DOCUMENTED.sub("", code) if path.suffix == ".py" else code
        found += [f"{name}: {match[0]}" for match in TRACE.finditer(code)]
    assert found == []


def test_it_would_be_found() -> None:
    traces = (
        'ZoneInfo("Europe/Paris")',
        "srid=2154",
        "Point(652_000, 6_862_300)",
        "[48.86, 2.338]",
    )
    assert all(TRACE.search(trace) for trace in traces)


def test_what_is_left_out_is_there() -> None:
    assert all((SRC / name).exists() for name in LEFT)
