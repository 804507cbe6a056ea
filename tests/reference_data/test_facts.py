"""The public facts are read whole, dated as well as they are known, and credited."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
import shapely

from geosites.core import city
from geosites.core.errors import Refused
from geosites.core.records import OperationKind, TimePrecision
from geosites.reference_data.care_places import read_care_places
from geosites.reference_data.published_counts import HalfDay, read_published_counts
from geosites.reference_data.sites import read_sites
from geosites.reference_data.territories import read_territories
from geosites.reference_data.timeline import read_public_facts, read_timeline

GEO = Path(__file__).parents[2] / "data" / "geo"


def test_territories_are_valid_and_tile_paris_without_overlap() -> None:
    found = read_territories(GEO)
    arrondissements = [one.area for one in found if one.level == "arrondissement"]
    assert Counter(one.level for one in found) == {
        "arrondissement": 20,
        "quartier": 80,
        "commune": 122,
    }
    assert all(one.area.is_valid for one in found)
    assert shapely.union_all(arrondissements).area == pytest.approx(
        sum(area.area for area in arrondissements), rel=1e-6
    )
    assert sum(area.area for area in arrondissements) / 1e6 == pytest.approx(105.4, rel=0.01)


def test_a_site_is_a_disc_of_its_radius_in_its_territory_with_its_credit() -> None:
    areas = {one.code: one.area for one in read_territories(GEO)}
    sites = {site.slug: site for site in read_sites(GEO)}
    forceval = sites["forceval"]
    assert len(sites) == 8
    assert forceval.perimeter.area == pytest.approx(3.1416 * 150**2, rel=0.01)
    assert len(forceval.perimeter.exterior.coords) > 32
    assert all(areas[site.territory].contains(site.perimeter.centroid) for site in sites.values())
    assert all(
        site.source and ("ODbL" in site.source or "(" in site.source) for site in sites.values()
    )


def test_an_opening_known_to_the_month_starts_on_its_first_day_and_says_so() -> None:
    care = {place.slug: place for place in read_care_places(GEO)}
    ney = care["espace-accueil-ney"]
    assert ney.open_from is not None
    assert ney.open_from.astimezone(city.zone()) == dt.datetime(2023, 6, 1, tzinfo=city.zone())
    assert "known to the month (2023-06)" in (ney.note or "")
    assert [(one.value, one.qualifier) for one in ney.figures] == [(2500, "at_least")]
    assert care["caarud-18"].point is None
    assert care["caarud-18"].territory == "75118"
    assert all(place.source for place in care.values())


def test_figures_of_care_keep_what_they_measure_and_for_when() -> None:
    care = {place.slug: place for place in read_care_places(GEO)}
    places = {one.as_of: one.value for one in care["assore-phase"].figures}
    withdrawal = care["sevrage-province"].figures[0]
    assert places == {"plan start": 60, "plan target": 200, "2021-10-01": 400}
    assert (withdrawal.measure, withdrawal.value) == ("admissions", 52)
    assert withdrawal.qualifier == "over_6_months"


def test_forceval_is_closed_from_5_october_2022_until_further_notice() -> None:
    _, closures = read_public_facts(GEO)
    forceval = next(one for one in closures if one.site == "forceval")
    assert forceval.closed_from.astimezone(city.zone()) == dt.datetime(
        2022, 10, 5, tzinfo=city.zone()
    )
    assert forceval.closed_until is None
    assert "tf1info.fr" in (forceval.source or "")


def test_the_timeline_gives_the_operations_and_closures_that_are_such_and_no_more() -> None:
    operations, closures = read_public_facts(GEO)
    told = {
        (one.site, one.started_at.astimezone(city.zone()).date().isoformat(), one.kind)
        for one in operations
    }
    assert told == {
        ("colline-crack", "2018-06-27", OperationKind.EVACUATION),
        ("porte-chapelle", "2019-11-07", OperationKind.EVACUATION),
        ("riquet-aubervilliers", "2021-09-24", OperationKind.EVACUATION),
        ("forceval", "2021-09-24", OperationKind.PRESENCE),
        ("forceval", "2022-10-05", OperationKind.EVACUATION),
    }
    assert {one.site for one in closures} == {"forceval", "jardins-eole"}
    assert {one.time_precision for one in operations} == {TimePrecision.DAY}
    assert all(one.source and "Read in: " in one.source for one in [*operations, *closures])


def test_an_uncertain_date_says_how_it_is_known() -> None:
    _, closures = read_public_facts(GEO)
    eole = next(one for one in closures if one.site == "jardins-eole")
    assert "date known as: end June / start July" in (eole.source or "")


def test_reading_twice_gives_the_same_identifiers() -> None:
    first, second = read_public_facts(GEO), read_public_facts(GEO)
    ids = [one.id for one in [*first[0], *first[1]]]
    assert ids == [one.id for one in [*second[0], *second[1]]]
    assert len(set(ids)) == len(ids)


def test_the_timeline_is_in_order_and_keeps_every_fact() -> None:
    days = [fact.day for fact in read_timeline(GEO)]
    assert days == sorted(days)
    assert len(days) == 17


def test_published_counts_are_read_whole_in_order_with_who_said_them() -> None:
    counts = read_published_counts(GEO)
    assert len(counts) == 20
    assert [one.day for one in counts] == sorted(one.day for one in counts)
    assert all(one.source and one.speakers and 0 < one.low <= one.high for one in counts)
    assert all(set(one.place) == {"fr", "en"} for one in counts)
    assert all(
        set(text) in ({"fr", "en"}, set()) for one in counts for text in (one.remark, one.said_by)
    )
    assert {one.part for one in counts} == {None, HalfDay.NIGHT}
    assert "published_counts.json" in (GEO / "SOURCES.md").read_text(encoding="utf-8")


def test_a_published_count_is_compared_with_known_sites_around_its_day() -> None:
    known = {site.slug for site in read_sites(GEO)}
    compared = [one for one in read_published_counts(GEO) if one.beside]
    assert len(compared) == 11
    for one in compared:
        assert one.beside is not None
        assert one.site in one.beside.sites
        assert set(one.beside.sites) <= known
        fortnight = dt.timedelta(days=15)
        assert one.day - fortnight <= one.beside.first < one.beside.last
        assert one.beside.last <= one.day + dt.timedelta(
            days=28 if one.precision == "month" else 15
        )


def test_no_comparison_reaches_across_an_event_at_its_sites() -> None:
    operations, closures = read_public_facts(GEO)
    events = [(one.site, one.started_at) for one in operations]
    events += [(one.site, one.closed_from) for one in closures]
    days = [(site, at.astimezone(city.zone()).date()) for site, at in events]
    for one in read_published_counts(GEO):
        if one.beside:
            inside = [
                day
                for site, day in days
                if site in one.beside.sites and one.beside.first < day <= one.beside.last
            ]
            assert inside == [], one.place


def test_a_published_count_holds_both_ends_as_they_are_shown() -> None:
    one = next(one for one in read_published_counts(GEO) if one.day == dt.date(2021, 5, 3))
    assert (one.low, one.high) == (80, 120)
    assert [one.holds(heads) for heads in (79.4, 79.6, 120.4, 120.6)] == [False, True, True, False]
    assert one.told_for(HalfDay.NIGHT)
    assert not one.told_for(HalfDay.DAY)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"low": 90, "high": 80}, "not an interval"),
        ({"low": -1}, "not an interval"),
        ({"measure": "guessed"}, "guessed"),
        ({"speakers": ["rumour"]}, "rumour"),
        ({"part": "noon"}, "noon"),
    ],
)
def test_a_published_count_that_says_nothing_is_refused(
    change: dict[str, object], reason: str, tmp_path: Path
) -> None:
    (entry, *_) = json.loads((GEO / "published_counts.json").read_text(encoding="utf-8"))
    (tmp_path / "published_counts.json").write_text(json.dumps([{**entry, **change}]))
    with pytest.raises(Refused, match=rf"published_counts\.json: entry 1: .*{reason}"):
        read_published_counts(tmp_path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"territories\.geojson: cannot be read"):
        read_territories(tmp_path)


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "care.json").write_text("not json")
    with pytest.raises(Refused, match="is not JSON"):
        read_care_places(tmp_path)


def test_an_entry_without_a_field_is_refused_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "care.json").write_text(json.dumps([{"slug": "a", "kind": "rest_space"}]))
    with pytest.raises(Refused, match=r"entry 1: 'name' is missing"):
        read_care_places(tmp_path)


def test_an_entry_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    entry = {"slug": "a", "name": "A", "kind": "hotel", "source": "s"}
    (tmp_path / "care.json").write_text(json.dumps([entry]))
    with pytest.raises(Refused, match="entry 1: 'hotel' is not a valid CareKind"):
        read_care_places(tmp_path)


def test_a_file_without_entries_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sites.geojson").write_text('{"type": "Feature"}')
    with pytest.raises(Refused, match="no list of entries"):
        read_sites(tmp_path)


def test_a_fact_about_an_unknown_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sites.geojson").write_text('{"features": []}')
    entry = {
        "date": "2022-10-05",
        "site": "nowhere",
        "event": "evacuation",
        "fact": "f",
        "source": "s",
        "confidence": "high",
    }
    (tmp_path / "timeline.json").write_text(json.dumps([entry]))
    with pytest.raises(Refused, match="nowhere not among the sites"):
        read_public_facts(tmp_path)
