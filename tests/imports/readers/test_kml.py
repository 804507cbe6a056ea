"""KML and KMZ: placemarks as rows, whatever program wrote them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosites.core.errors import Refused
from imports.conftest import Load

SEEN = {"observed_at": "2023-07-13T14:30", "headcount": "3"}
POINT = "<Point><coordinates>2.3691,48.8835,0</coordinates></Point>"
SPACES = ["http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1", ""]
LIMIT_S = 2


def placemark(
    fields: Mapping[str, str] = SEEN, shape: str = POINT, form: str = "data", more: str = ""
) -> str:
    """Return a placemark whose fields are written in one of two forms."""
    one = {
        "data": '<Data name="{}"><value>{}</value></Data>',
        "simple": '<SimpleData name="{}">{}</SimpleData>',
    }[form]
    said = "".join(one.format(escape(name), escape(text)) for name, text in fields.items())
    said = said if form == "data" else f"<SchemaData>{said}</SchemaData>"
    return f"<Placemark>{more}<ExtendedData>{said}</ExtendedData>{shape}</Placemark>"


def kml(*placemarks: str, space: str = SPACES[0], folders: int = 1) -> str:
    """Return a KML file with its placemarks in folders within folders."""
    head = f'<kml xmlns="{space}">' if space else "<kml>"
    inner = "<Folder><name>f</name>" * folders + "".join(placemarks) + "</Folder>" * folders
    return f'<?xml version="1.0"?>{head}<Document><Style id="a"/>{inner}</Document></kml>'


def kmz(text: str, name: str = "doc.kml") -> bytes:
    """Return a KML file packed beside a picture."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
        archive.writestr("files/icon.png", b"x")
    return made.getvalue()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    heads=st.lists(st.integers(0, 80), min_size=1, max_size=5),
    space=st.sampled_from(SPACES),
    folders=st.integers(0, 4),
    form=st.sampled_from(["data", "simple"]),
    wrap=st.booleans(),
    height=st.booleans(),
    packed=st.booleans(),
)
def test_placemarks_of_any_version_and_form(
    load: Load,
    heads: list[int],
    space: str,
    folders: int,
    form: str,
    wrap: bool,
    height: bool,
    packed: bool,
) -> None:
    point = POINT if height else POINT.replace(",0<", "\n <")
    shape = f"<MultiGeometry>{point}</MultiGeometry>" if wrap else point
    rows = [placemark(SEEN | {"headcount": str(count)}, shape, form) for count in heads]
    text = kml(*rows, space=space, folders=folders)
    content, name = (kmz(text), "file.kmz") if packed else (text.encode(), "file.kml")
    report = load("sightings", content, name, dry_run=True)
    assert (report.rows, report.added, report.refused_total) == (len(heads), len(heads), 0)


def test_the_time_of_a_placemark_is_a_column(load: Load) -> None:
    when = "<name>a</name><TimeStamp><when>2023-07-13T14:30:00Z</when></TimeStamp>"
    text = kml(placemark({"headcount": "3"}, more=when))
    options = {"columns": {"observed_at": "when"}, "ignore": ["name"]}
    assert load("sightings", text, "file.kml", dry_run=True, **options).added == 1


def test_polygons_are_areas_of_operations_and_an_open_ring_is_told(load: Load) -> None:
    done = {"started_at": "2023-07-13T14:30", "ended_at": "2023-07-13T16:30", "kind": "dispersal"}
    corners = ["2.368,48.883", "2.370,48.883", "2.370,48.885"]
    for ring, told in (([*corners, corners[0]], 0), (corners, 1)):
        shape = (
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
            f"{' '.join(ring)}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
        )
        report = load("operations", kml(placemark(done, shape)), "file.kml", dry_run=True)
        assert report.added == 1
        mended = [
            text for text in report.warnings if text == "feature 1: a ring was not closed; closed"
        ]
        assert len(mended) == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "the file is not KML"),
        ("<a><b/></a>", "the file is not KML"),
        (kml(), "the file has no features"),
        (kml(placemark())[:-40], "the file is not KML"),
        (kml(placemark(shape=POINT.replace(",48.8835,0", ""))), "feature 1: its coordinates"),
        (kml(placemark(), placemark(shape=POINT.replace("48", "x"))), "feature 2: its coordinates"),
        (
            kml(placemark(more='<ExtendedData><Data name="headcount"><value>300</value></Data>'
                               "</ExtendedData>")),
            "feature 1 says headcount twice",
        ),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_not_as_it_should_be_is_named(load: Load, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        load("sightings", text, "file.kml", dry_run=True)


GROWING = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: (
            f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{GROWING}]><kml><Placemark>&i;</Placemark></kml>'
        ),
        lambda: (
            '<!DOCTYPE x [<!ENTITY s SYSTEM "file:///etc/hostname">]><kml><name>&s;</name></kml>'
        ),
        lambda: "<kml>" + "<Folder>" * 200_000,
        lambda: kml(placemark(shape="<MultiGeometry>" * 5000 + "</MultiGeometry>" * 5000)),
        lambda: kml(placemark(more="<a/>" * 2_000_000)),
        lambda: kml(placemark(shape=POINT.replace("2.3691", "2.3691,48.8835 " * 1_000_000))),
        lambda: kml(*[placemark(), " " * 50_000_000]),
    ],
    ids=["entities", "file", "folders", "geometries", "elements", "vertices", "blanks"],
)
def test_hostile_placemarks_are_refused_at_once(load: Load, make: Callable[[], str]) -> None:
    text = make()
    started = time.process_time()
    with pytest.raises(Refused):
        load("sightings", text, "file.kml", dry_run=True)
    assert time.process_time() - started < LIMIT_S


def test_more_placemarks_than_can_be_held_are_refused(load: Load) -> None:
    with pytest.raises(Refused, match="more than 150000 objects"):
        load("sightings", kml("<Placemark/>" * 160_000), "file.kml")


def test_an_archive_that_swells_is_not_unpacked(load: Load) -> None:
    with pytest.raises(Refused, match="times its size"):
        load("sightings", kmz(kml(placemark()) + " " * 300_000_000), "file.kmz", dry_run=True)
