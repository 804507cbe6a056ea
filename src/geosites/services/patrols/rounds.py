"""Round sheets: which sites a patrol visits, in which part of the day and order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.analysis.closure import Stop, round_sheet
from geosites.analysis.street_routing import StreetRouter, Way
from geosites.core.documents.places import Whereabouts
from geosites.core.documents.rounds import RoundsDocument, StopRow
from geosites.core.weeks import DAY_PARTS, DayPart
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.services.closure_status.closure import ClosureAnswer, board, stopping_figures
from geosites.services.patrols import walking_distances
from geosites.services.places import place_names


@dataclass(frozen=True, kw_only=True)
class Round:
    """The stops of one part of the day, in the order to go, and the way to each."""

    day_part: DayPart
    stops: tuple[Stop, ...]
    ways: tuple[Way, ...]

    @property
    def length_m(self) -> float:
        """Metres on foot from the first stop to the last."""
        return sum(way.metres for way in self.ways)


@dataclass(frozen=True, kw_only=True)
class RoundSheet:
    """The rounds for the visits due by an instant, as known at `as_of`.

    `answers` and `whereabouts` go by site, `territories` holds names by code.
    """

    as_of: dt.datetime
    due_by: dt.datetime
    rounds: tuple[Round, ...]
    answers: Mapping[str, ClosureAnswer]
    territories: Mapping[str, str]
    whereabouts: Mapping[str, Whereabouts | None]
    exercise: bool

    def document(self) -> RoundsDocument:
        """Return the sheet as a JSON document."""
        return {
            "as_of": self.as_of,
            "due_by": self.due_by,
            "exercise": self.exercise,
            "rounds": [
                {
                    "day_part": item.day_part.value,
                    "length_m": item.length_m,
                    "stops": [
                        self._stop(stop, way)
                        for stop, way in zip(item.stops, item.ways, strict=True)
                    ],
                }
                for item in self.rounds
            ],
        }

    def _stop(self, stop: Stop, way: Way) -> StopRow:
        answer = self.answers[stop.site]
        return {
            "site": stop.site,
            "name": answer.site.name,
            "territory": self.territories.get(answer.site.territory, answer.site.territory),
            "quartier": answer.site.quartier,
            "whereabouts": self.whereabouts[stop.site],
            "status": stop.status.value,
            "p_clear": answer.state.p_clear,
            "stopping": stopping_figures(answer.state.stopping),
            "visits_needed": stop.visits_needed,
            "due": stop.due or self.due_by,
            "last_visit_at": answer.state.last_visit_at,
            "leg_m": way.metres,
            "way": way.kind.value,
            "along": walking_distances.along(way),
        }


def rounds(
    conn: sa.Connection,
    as_of: dt.datetime,
    due_by: dt.datetime,
    *,
    most: int = 12,
    within: Collection[str] = (),
) -> RoundSheet:
    """Return the rounds for the `most` urgent visits due by an instant, one per part of the day.

    Each site is in the part of the day in which one more empty visit is most informative, of those
    without one that counts. Within a round the nearest on foot comes next. `within` are codes of
    territories; none means everywhere.
    """
    near = [item for item in board(conn, as_of) if not within or item.site.territory in within]
    due = [answer for answer in near if _is_due(answer, due_by)][:most]
    router = walking_distances.router(conn)
    sheets = (_round(due, part, due_by, router) for part in DAY_PARTS)
    return RoundSheet(
        as_of=as_of,
        due_by=due_by,
        rounds=tuple(sheet for sheet in sheets if sheet.stops),
        answers={answer.site.slug: answer for answer in due},
        territories=territories.names(conn),
        whereabouts=_whereabouts(conn, due),
        exercise=store_flags.is_exercise(conn),
    )


def _whereabouts(conn: sa.Connection, due: list[ClosureAnswer]) -> dict[str, Whereabouts | None]:
    """Return the street and crossing of the middle of each site."""
    middles = [answer.site.perimeter.centroid for answer in due]
    found = place_names.near(conn, [[point.x, point.y] for point in middles])
    return dict(zip((answer.site.slug for answer in due), found, strict=True))


def _is_due(answer: ClosureAnswer, due_by: dt.datetime) -> bool:
    state = answer.state
    due = state.next_visit_due
    return state.next_day_part is not None and due is not None and due <= due_by


def _round(
    due: list[ClosureAnswer], part: DayPart, due_by: dt.datetime, router: StreetRouter
) -> Round:
    here = [answer for answer in due if answer.state.next_day_part is part]
    places = {
        answer.site.slug: (answer.site.perimeter.centroid.x, answer.site.perimeter.centroid.y)
        for answer in here
    }
    states = [answer.state for answer in here]
    stops = round_sheet(
        states, places, due_by, most=len(here), walking=walking_distances.walking(router)
    )
    ways = walking_distances.legs(router, [places[stop.site] for stop in stops])
    return Round(day_part=part, stops=stops, ways=tuple(ways))
