"""A project for QGIS by the command line."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pyogrio
import pytest

from cli.conftest import Run

SEEN = "observed_at,lon,lat,headcount\n2023-03-01T10:00:00+01:00,2.38995,48.89985,4\n"


def opened(path: Path) -> ElementTree.Element:
    if path.suffix == ".qgs":
        return ElementTree.fromstring(path.read_text().partition("\n")[2])
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return ElementTree.fromstring(archive.read(name).decode().partition("\n")[2])


@pytest.mark.parametrize("ending", ["qgz", "qgs"])
def test_a_project_names_layers_that_are_there(run: Run, tmp_path: Path, ending: str) -> None:
    run("geo", "load", "--facts")
    file = tmp_path / "seen.csv"
    file.write_text(SEEN)
    run("import", "sightings", str(file))
    path = tmp_path / f"paris.{ending}"
    told = run("export", "project", str(path), "--json").document
    assert told["rows"]["sightings"] == 1
    layers = {str(name): kind for name, kind in pyogrio.list_layers(tmp_path / "paris.gpkg")}
    for layer in opened(path).findall("projectlayers/maplayer"):
        data, _, name = (layer.findtext("datasource") or "").partition("|layername=")
        assert (tmp_path / data).is_file()
        assert layers[name] is not None
        assert told["rows"][name] == len(pyogrio.read_dataframe(tmp_path / data, layer=name))
        assert layer.find("renderer-v2/symbols/symbol") is not None


def test_every_status_has_a_shape_and_a_word_of_its_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "paris.qgs"
    run("export", "project", str(path))
    (drawn,) = (
        layer
        for layer in opened(path).findall("projectlayers/maplayer")
        if layer.findtext("id") == "closure_status"
    )
    words = {one.get("label") for one in drawn.findall(".//category")}
    signs = {
        (
            symbol.find(".//Option[@name='name']").get("value"),  # type: ignore[union-attr]
            symbol.find(".//Option[@name='color']").get("value"),  # type: ignore[union-attr]
        )
        for symbol in drawn.findall(".//symbol")
    }
    assert len(words) == len(signs) == 7


def test_each_layer_brings_its_style(run: Run, tmp_path: Path) -> None:
    run("export", "project", str(tmp_path / "paris.qgz"))
    with sqlite3.connect(tmp_path / "paris.gpkg") as book:
        styled = {name for (name,) in book.execute("SELECT f_table_name FROM layer_styles")}
    assert {"sightings", "operations", "closures", "sites", "closure_status"} <= styled


def test_another_ending_is_refused(run: Run, tmp_path: Path) -> None:
    ran = run("export", "project", str(tmp_path / "paris.gpkg"))
    assert (ran.code, ".qgz" in ran.err) == (1, True)
