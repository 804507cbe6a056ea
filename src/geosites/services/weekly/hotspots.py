"""People present in an ISO week, and the hotspots among them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots.kernel_density import Surface
from geosites.analysis.hotspots.week_cells import keys
from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.analysis.street_index import StreetIndex
from geosites.core import city, crs
from geosites.core.documents.crew_detection import SeenShare
from geosites.core.documents.weeks import (
    BorderRow,
    CellPlace,
    HeaviestVisit,
    HotspotRow,
    OccupiedPlace,
    TerritoryName,
    TerritoryRow,
    WeekDocument,
)
from geosites.core.records import Site
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.db.geography import sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import visits
from geosites.services.closure_status.crew_detection import seen_share
from geosites.services.places import place_names
from geosites.services.places.border_places import borders
from geosites.services.places.geography import names, nearest_site, no_ground, within
from geosites.services.places.occupied_places import occupied_places
from geosites.services.territories.territory_counts import homes, tally
from geosites.services.weekly import week_analysis
from geosites.services.weekly.week_analysis import Story

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class WeekHotspots:
    """The result of a week with the names around it."""

    week: IsoWeek
    story: Story
    tiling: gpd.GeoDataFrame
    quartiers: gpd.GeoDataFrame
    sites: list[Site]
    as_known_at: dt.datetime | None
    exercise: bool
    streets: StreetIndex
    imprecise: int
    """How many sightings are left out because their position is known too badly."""
    seen_share: SeenShare | None = None
    """What share of the people present a crew sees, where that is known."""

    @property
    def result(self) -> WeeklyHotspots:
        """What the week itself shows."""
        return self.story.result

    @property
    def surface(self) -> Surface:
        """People present per square metre."""
        return self.result.surface

    @property
    def areas(self) -> list[shapely.Geometry]:
        """The area of each hotspot, in order of rank; metres."""
        size = self.result.parameters.cell_m
        return [spot.ground(size) for spot in self.result.hotspots]

    @property
    def unobserved(self) -> shapely.Geometry:
        """The area that nobody visited; metres."""
        return self.result.unobserved

    def document(self) -> WeekDocument:
        """Return the week as the JSON document of the contract."""
        result, settings = self.result, self.result.parameters
        document: WeekDocument = {
            "week": str(self.week),
            "start": self.week.start,
            "end": self.week.end,
            "exercise": self.exercise,
            "as_known_at": self.as_known_at,
            "parameters": {
                "bandwidth_m": settings.bandwidth_m,
                "cell_m": settings.cell_m,
                "significance": result.method,
                "alpha": settings.alpha,
                "place_radius_m": settings.place_radius_m,
                "place_merge_m": settings.place_merge_m,
                "reach_m": settings.reach_m,
                "permutations": settings.permutations,
                "floor_week": settings.floor_week,
                "floor_visits": settings.floor_visits,
            },
            "reason": result.reason,
            "visits": result.visits,
            "reports": len(result.reported),
            "imprecise": self.imprecise,
            "places": result.places,
            "heads": result.heads,
            "heads_robust": result.heads_robust,
            "heaviest_visit": self._heaviest_visit,
            "heads_counted": int(result.heads_counted),
            "observed_share": result.observed_share if result.visits else None,
            "hotspots": self._hotspots,
            "territories": self._territories,
            "borders": self._borders,
            "occupied": self._occupied,
        }
        if self.seen_share is not None:
            document["seen_share"] = self.seen_share
        return document

    @cached_property
    def _hotspots(self) -> list[HotspotRow]:
        spots, story = self.result.hotspots, self.story
        behind = story.courses, story.lives, self._exceedance
        xy = np.array([[spot.x, spot.y] for spot in spots], dtype=np.float64).reshape(-1, 2)
        lonlat = crs.to_geographic(xy)
        around = names(self.tiling, xy), names(self.quartiers, xy)
        near = [nearest_site(self.sites, shapely.Point(point)) for point in xy]
        streets = place_names.rows(self.streets.nearest(xy))
        return [
            {
                "rank": spot.rank,
                "area_ha": spot.area_ha,
                "heads": spot.heads,
                "share": spot.share,
                "visits": spot.visits,
                "q_value": spot.q_value,
                "trend": answer.trend and answer.trend.value,
                "since_week": str(since),
                "weeks_old": life.age,
                "weeks_found": life.weeks,
                "territory": territory,
                "quartier": quartier,
                "nearest_site": site,
                "nearest_site_m": away,
                "discoveries_only": spot.discoveries_only,
                "exceedance_p": beside,
                "lon": float(lon),
                "lat": float(lat),
                "whereabouts": street,
            }
            for spot, answer, (since, life), beside, territory, quartier, (site, away), street, (
                lon,
                lat,
            ) in zip(spots, *behind, *around, near, streets, lonlat, strict=True)
        ]

    @property
    def _exceedance(self) -> list[float]:
        """Return the classical p of each hotspot, that of its most striking cell."""
        cells, p = self.result.cells, self.story.exceedance
        grounds = [np.array(spot.cells, dtype=np.int64).T for spot in self.result.hotspots]
        return [float(p[np.isin(cells.keys, keys(*ground))].min()) for ground in grounds]

    @property
    def _heaviest_visit(self) -> HeaviestVisit | None:
        """Return the visit that adds most to the total, with its time and place."""
        seen, result = self.result.counted, self.result.heaviest
        if result is None:
            return None
        point, at = seen.xy[result.visit][None, :], seen.at[result.visit]
        part = int(seen.day_part[result.visit])
        site, away = nearest_site(self.sites, shapely.Point(point[0]))
        return {
            "heads": int(result.heads),
            "adds": result.adds,
            "share": result.share,
            "visits": result.visits,
            "day": None if np.isnat(at) else _local_day(at).isoformat(),
            "day_part": None if part < 0 else DAY_PARTS[part].value,
            "territory": names(self.tiling, point)[0],
            "nearest_site": site,
            "nearest_site_m": away,
            **self._around(point)[0],
        }

    def _around(self, xy: Floats) -> list[CellPlace]:
        """Return the quartier of each point (n, 2), and its cell: no finer than any hotspot."""
        size = self.result.parameters.cell_m
        lonlat = crs.to_geographic((np.floor(xy / size) + 0.5) * size)
        around = zip(names(self.quartiers, xy), lonlat.tolist(), strict=True)
        return [{"quartier": quartier, "lon": lon, "lat": lat} for quartier, (lon, lat) in around]

    @cached_property
    def _homes(self) -> Ints:
        """The row of the tiling that each place counts in."""
        return homes(self.tiling, self.sites, self.result.grounds)

    @cached_property
    def _seen_in(self) -> Ints:
        """The row of the tiling for each sighting: visits, then calls and partners."""
        return within(
            self.tiling, np.concatenate([self.result.counted.xy, self.result.reported.xy])
        )

    @cached_property
    def _territories(self) -> list[TerritoryRow]:
        """Return the territories where anyone looked or reported, by code.

        A place counts wholly in one territory (`homes`); a head counted counts where it was.
        """
        result = self.result
        answer = np.concatenate([result.counted.heads, result.reported.heads])
        visited = self._homes, result.place, result.weights
        return tally(self.tiling, visited, (self._seen_in, answer)).rows(self.tiling)

    @cached_property
    def _borders(self) -> list[BorderRow]:
        """Return the occupied places on a border, with both territories."""
        seen_in = self._seen_in[: len(self.result.counted)]
        result = borders(self.tiling, self.result, self._homes, seen_in)
        places = np.array([item.place for item in result], dtype=np.int64)
        named = zip(self.tiling.code, self.tiling.name, strict=True)
        territory: list[TerritoryName] = [
            {"code": str(code), "name": str(name)} for code, name in named
        ]
        around = self._around(self.result.grounds.centre[places])
        return [
            {
                "territories": [territory[row] for row in item.rows],
                "heads": item.heads,
                "visits": item.visits,
                **where,
            }
            for item, where in zip(result, around, strict=True)
        ]

    @cached_property
    def _occupied(self) -> list[OccupiedPlace]:
        """Return the places where people were present, the largest first."""
        named: list[TerritoryName] = [
            {"code": str(code), "name": str(name)}
            for code, name in zip(self.tiling.code, self.tiling.name, strict=True)
        ]
        return occupied_places(
            self.result,
            [named[row] if row >= 0 else None for row in self._homes],
            self.areas,
            self.streets,
            self._around(self.result.grounds.centre),
        )


def _local_day(at: np.datetime64) -> dt.date:
    """Return the date in the city of an instant in UTC."""
    instant: dt.datetime = at.astype(dt.datetime)
    return instant.replace(tzinfo=dt.UTC).astimezone(city.zone()).date()


def hotspots(
    conn: sa.Connection, week: IsoWeek, *, as_known_at: dt.datetime | None = None
) -> WeekHotspots:
    """Return the hotspots of an ISO week; a week without visits has none, and a reason.

    `as_known_at` leaves out what was recorded, verified or corrected later. Raises `NotEnoughData`
    if no territory was known then: without a window there is no density.
    """
    tiling = territories.frame(conn, as_known_at=as_known_at)
    if tiling.empty:
        raise no_ground(as_known_at)
    window = shapely.coverage_union_all(tiling.geometry.to_numpy())
    return WeekHotspots(
        week=week,
        story=week_analysis.told(conn, week, window, as_known_at),
        tiling=tiling,
        quartiers=territories.frame(conn, city.current().parts, as_known_at),
        sites=sites.list_all(conn, as_known_at),
        as_known_at=as_known_at,
        exercise=store_flags.is_exercise(conn),
        streets=place_names.index(conn),
        imprecise=visits.imprecise(conn, week.start, week.end, as_known_at=as_known_at),
        seen_share=seen_share(conn, week.end, as_known_at),
    )
