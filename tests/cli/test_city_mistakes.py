"""Mistakes in `city.toml`: each named by its line or key, in a sentence, and nothing written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from geosites.cli import main

GOOD = """name = "Zürich"
languages = ["de", "en"]
zone = "Europe/Zurich"
metric = 2056
classes = [0.2, 0.5, 1, 2, 5]

[view]
west = 8.4
south = 47.3
east = 8.6
north = 47.5

[bounds]
west = 8.3
south = 47.2
east = 8.8
north = 47.6

[[levels]]
id = "Quartier"
en = ["quarter", "quarters"]

[credits]
boundaries = "© Stadt Zürich"

[[boundaries]]
file = "a.geojson"
name = "name"
"""
BOUNDS = "[bounds]\nwest = 8.3\nsouth = 47.2\neast = 8.8\nnorth = 47.6"
LEVELS = '[[levels]]\nid = "Quartier"\nen = ["quarter", "quarters"]'
SOURCE = '[[boundaries]]\nfile = "a.geojson"\nname = "name"'
CLASSES = "[0.2, 0.5, 1, 2, 5]"
WORDS = '["quarter", "quarters"]'
TWO_WORDS = "expected what one and what several are called"


def box(west: object, south: object, east: object, north: object) -> str:
    return f"[bounds]\nwest = {west}\nsouth = {south}\neast = {east}\nnorth = {north}"


CHANGED = {
    "the name is empty": ('"Zürich"', '""', "city.toml: name: expected one line"),
    "the name is a number": ('"Zürich"', "3", "city.toml: name: expected one line"),
    "the name is a date": ('"Zürich"', "2023-01-01", "city.toml: name: expected one line"),
    "the name is a book": ('"Zürich"', f'"{"a" * 5000}"', "city.toml: name: expected one line"),
    "the name is two lines": ('"Zürich"', '"a\\nb"', "city.toml: name: expected one line"),
    "the name holds NUL": ('"Zürich"', '"a\\u0000"', "city.toml: name: expected one line"),
    "a key is misspelt": ("metric =", "metrik =", "metrik is not known; did you mean metric?"),
    "the zone is misspelt": ("zone =", "zome =", "zome is not known; did you mean zone?"),
    "a table is misspelt": ("[bounds]", "[bound]", "bound is not known; did you mean bounds?"),
    "a table lies in another": ("[view]", "[zurich.view]", "city.toml: zurich is not known"),
    "all lies in a table": ("name", "[city]\nname", "city.toml: city is not known"),
    "a side has a strange name": ("west =", "wets =", "view: wets is not known; did you mean west"),
    "a level has no id": ("id =", "ident =", "level 1: id is missing"),
    "a level has a strange key": ("id =", "tile = false\nid =", "tile is not known; did you mean"),
    "a level is too long": ('"Quartier"', f'"{"Q" * 200}"', "level 1: its id is too long"),
    "a level is there twice": (LEVELS, f"{LEVELS}\n\n{LEVELS}", "levels: Quartier is listed twice"),
    "no word for a level": (WORDS, "[]", f"levels: Quartier: en: {TWO_WORDS}"),
    "three words for a level": (WORDS, '["a", "b", "c"]', f"levels: Quartier: en: {TWO_WORDS}"),
    "numbers for a level": (WORDS, "[1, 2]", f"levels: Quartier: en: {TWO_WORDS}"),
    "empty words for a level": (WORDS, '["", ""]', f"levels: Quartier: en: {TWO_WORDS}"),
    "tiles is a word": ("id =", 'tiles = "no"\nid =', "Quartier: tiles: expected true or false"),
    "numbered is a word": ("id =", 'numbered = 1\nid =', "Quartier: numbered: expected true"),
    "nothing covers the ground": ("id =", "tiles = false\nid =", "none covers the ground"),
    "levels are a number": (f"{LEVELS}\n", "", "levels: each needs its name", "levels = 3"),
    "levels are numbers": (f"{LEVELS}\n", "", "level 1: id is missing", "levels = [3]"),
    "a credit has a strange name": ("boundaries = ", "boundary = ", "credits: boundary is not"),
    "a credit is a number": ('"© Stadt Zürich"', "3", "credits: expected a text"),
    "the zone is not a zone": ("Europe/Zurich", "Europe/Zürich", "Zürich is not a time zone"),
    "the zone is an offset": ("Europe/Zurich", "+01:00", "zone: +01:00 is not a time zone"),
    "the zone is a path": ("Europe/Zurich", "../../etc/passwd", "is not a time zone"),
    "the zone has no summer": ("Europe/Zurich", "EST", "zone: EST names no place"),
    "the zone is a list": ('"Europe/Zurich"', '["UTC"]', "zone: expected a time zone"),
    "the zone is elsewhere": ("Europe/Zurich", "America/New_York", "highest at 06:26 there"),
    "the zone comes twice": ("metric", 'zone = "UTC"\nmetric', "line 4: sets the same key twice"),
    "the zone by two names": ("metric", 'tz = "UTC"\nmetric', "zone and tz say the same"),
    "the metric is in degrees": ("2056", "4326", "EPSG:4326 (WGS 84) is not in metres"),
    "the metric is in feet": ("2056", "2927", "metric: EPSG:2927"),
    "the metric is elsewhere": ("2056", "2972", "metric: 100 m are"),
    "the metric is unknown": ("2056", "999999", "metric: PROJ knows no EPSG:999999"),
    "the metric is a word": ("2056", '"Lambert"', "city.toml: metric: expected the number"),
    "the metric is a truth value": ("2056", "true", "city.toml: metric: expected the number"),
    "the metric has a point": ("2056", "2056.0", "city.toml: metric: expected the number"),
    "the classes fall": (CLASSES, "[5, 2, 1, 0.5, 0.2]", "classes: expected numbers above 0"),
    "two classes are one": (CLASSES, "[1, 1, 2, 3, 4]", "classes: expected numbers above 0"),
    "a class is below 0": (CLASSES, "[-1, 1, 2, 3, 4]", "classes: expected numbers above 0"),
    "four classes": (CLASSES, "[1, 2, 3, 4]", "classes: expected five numbers"),
    "no classes": (CLASSES, "[]", "classes: expected five numbers"),
    "a class is not a number": (CLASSES, "[nan, 1, 2, 3, 4]", "classes: expected five numbers"),
    "a class without an end": (CLASSES, "[1, 2, 3, 4, inf]", "classes: expected five numbers"),
    "a class is a truth value": (CLASSES, "[true, 2, 3, 4, 5]", "classes: expected five numbers"),
    "classes that overlap": (CLASSES, "[[0, 2], [1, 3]]", "classes: expected five numbers"),
    "bounds reversed": (BOUNDS, box(8.8, 47.2, 8.3, 47.6), "bounds: west 8.8 and east 8.3 leave"),
    "bounds upside down": (BOUNDS, box(8.3, 47.6, 8.8, 47.2), "bounds: south 47.6 and north 47.2"),
    "bounds turned": (BOUNDS, box(47.2, 8.3, 47.6, 8.8), "are latitude and longitude swapped?"),
    "bounds in metres": (BOUNDS, box(2.67e6, 0, 2.69e6, 50), "bounds: west: expected degrees"),
    "a bound is not a number": ("8.3", "nan", "bounds: west: expected a number of degrees"),
    "a bound without an end": ("8.3", "-inf", "bounds: west: expected a number of degrees"),
    "a bound is a truth value": ("8.3", "true", "bounds: west: expected a number of degrees"),
    "a bound is missing": ("west = 8.3\n", "", "bounds: west: expected a number of degrees"),
    "a view of text": ("8.4", '"8.4"', "view: west: expected a number of degrees"),
    "a view out of bounds": ("west = 8.4\nsouth = 47.3\neast = 8.6", box(1, 47.3, 2, 0)[9:-10],
                             "view: lies outside of bounds"),
    "a view of nothing": ("east = 8.6", "east = 8.4000001", "view: west 8.4 and east"),
    "bounds of three": (BOUNDS, "", "bounds: expected west, south", "bounds = [8.3, 47.2, 8.8]"),
    "languages unknown": ('"de", "en"', '"xx", "en"', "languages: xx is not a code of a language"),
    "languages as words": ('"de", "en"', '"German"', "languages: German is not a code"),
    "languages as numbers": ('"de", "en"', "3", "languages: expected a list of codes"),
    "no languages": ('"de", "en"', "", "languages: expected a list of codes"),
    "a language twice": ('"de", "en"', '"de", "de"', "languages: de is listed twice"),
    "a file is missing": ("a.geojson", "b.geojson", "b.geojson: there is no such file"),
    "a file lies above": ("a.geojson", "../a.geojson", "../a.geojson is not a file of the folder"),
    "a file lies elsewhere": ("a.geojson", "/etc/passwd", "passwd is not a file of the folder"),
    "a file has no name": ("a.geojson", "", "is not a file of the folder"),
    "a file is there twice": (SOURCE, f"{SOURCE}\n{SOURCE}", "a.geojson is listed twice"),
    "boundaries are a number": (SOURCE, "", "boundaries: each needs the name", "boundaries = 3"),
    "a field is missing": ('name = "name"', 'name = "nom"', "a.geojson: has no field nom; did"),
    "a field is misspelt": ('name = "name"', 'nmae = "x"', "nmae is not known; did you mean name"),
    "a layer is missing": ('name = "name"', 'layer = "x"', "a.geojson: cannot be read: Layer 'x'"),
    "a value without a field": ('name = "name"', 'only = ["q"]', "only needs level_field"),
    "a value is nowhere": ('name = "name"', 'level_field = "kind"\nonly = "x"', "only: no feature"),
    "a value is a truth value": ('name = "name"', "only = true", "only: expected a text"),
    "a value is half a number": ('name = "name"', "only = 3.5", "only: expected a text"),
    "a code is there twice": ('name = "name"', 'code = "kind"', "feature 2: B has the code q of A"),
    "a level is none of them": ('name = "name"', 'level = "Kreis"', "level Kreis is none of"),
    "a key below a table": ("[view]", "[view]\nmetric = 2056", "view: metric is not known"),
    "a comma for a point": ("8.4", "8,4", "line 8: west = 8,4 is not TOML"),
    "quotes of a word processor": ('"Zürich"', "“Zürich”", "line 1: name = “Zürich” is not TOML"),
    "a text without an end": ('"Zürich"', '"Zürich', "line 1: name = "),
    "a table twice": ("[bounds]", "[view]", "line 13: sets the same key twice"),
}  # fmt: skip
"""What stands in the good file, what instead, what is told, and what stands above all else."""

WHOLE: dict[str, tuple[bytes, str]] = {
    "UTF-16": (GOOD.encode("utf-16"), "line 1: is not UTF-8"),
    "Windows-1252": (GOOD.replace("Zürich", "Zurich", 1).encode("cp1252"), "line 24: is not UTF-8"),
    "zeros": (bytes(100), "line 1: – is not TOML"),
    "JSON": (b'{"name": "a"}', 'line 1: {"name": "a"} is not TOML'),
    "YAML": (b"name: a\n", "line 1: name: a is not TOML"),
    "lists without an end": (b"a = " + b"[" * 100_000, "is nested too deeply"),
    "a book": (b"# " + b"a" * 2_000_000, "is larger than 1 MB"),
}

Told = Callable[..., str]


def square(west: float, name: str) -> dict[str, object]:
    ring = [(west, 47.35), (west + 0.1, 47.35), (west + 0.1, 47.45), (west, 47.45), (west, 47.35)]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"name": name, "kind": "q"}, "geometry": geometry}


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Told:
    """Return a function that sets a city up by a `city.toml`, and returns why it is refused."""
    folder, home = tmp_path / "city", tmp_path / "home"
    folder.mkdir()
    features = [square(8.4, "A"), square(8.5, "B")]
    document = {"type": "FeatureCollection", "features": features}
    (folder / "a.geojson").write_text(json.dumps(document))
    monkeypatch.setenv("GEOSITES_HOME", str(home))
    monkeypatch.setenv("GEOSITES_LANGUAGE", "en")

    def go(content: bytes, *more: str) -> str:
        (folder / "city.toml").write_bytes(content)
        monkeypatch.setattr(sys, "argv", ["geosites", "city", "init", str(folder), *more])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == (0 if more else 1)
        assert not home.exists(), "a store was opened"
        assert sorted(path.name for path in folder.iterdir()) == ["a.geojson", "city.toml"]
        assert (folder / "city.toml").read_bytes() == content
        return capfd.readouterr().err

    return go


@pytest.mark.parametrize("name", CHANGED)
def test_a_mistake_is_named_by_its_key_or_line(name: str, told: Told) -> None:
    old, new, why, *above = CHANGED[name]
    assert old in GOOD
    text = "\n".join([*above, GOOD.replace(old, new, 1)])
    err = told(text.encode())
    assert why in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_toml_is_named_by_its_line(name: str, told: Told) -> None:
    content, why = WHOLE[name]
    err = told(content)
    assert why in err
    assert "city.toml" in err
    assert "Traceback" not in err


def test_many_mistakes_are_told_at_once(told: Told) -> None:
    text = GOOD.replace("2056", '"feet"').replace("Europe/Zurich", "EST").replace("wes", "wse")
    err = told(text.replace(CLASSES, "[1]").encode())
    for key in ("metric:", "zone:", "classes:", "view: wset", "bounds: wset"):
        assert key in err


@pytest.mark.parametrize(
    "content",
    [GOOD.encode("utf-8-sig"), GOOD.replace("\n", "\r\n").encode(), GOOD.encode()],
    ids=["a byte order mark", "lines of Windows", "nothing wrong"],
)
def test_what_is_no_mistake_is_read(content: bytes, told: Told) -> None:
    assert told(content, "--dry-run") == ""
