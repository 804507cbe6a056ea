"""Rows of a round plan: each stop with its location and purpose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geosites.analysis.rounds import CrewRound, PlannedStop, total_doubt
from geosites.analysis.street_routing import Way
from geosites.core import crs
from geosites.core.documents.round_plan import (
    ChanceClass,
    CrewRoundDocument,
    MissedSite,
    PlannedStopRow,
    RoundPlanDocument,
    StopReason,
    StudyUnderWay,
)
from geosites.core.precision import cell_middles
from geosites.services.closure_status.closure import ClosureAnswer, stopping_figures
from geosites.services.displacement_studies.studies_under_way import OngoingStudy
from geosites.services.patrols.round_plan import LIST_DAYS, RoundPlan
from geosites.services.patrols.walking_distances import along, legs
from geosites.services.places import place_names
from geosites.services.places.geography import names, within

CHANCE_BOUNDS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
"""Lower bounds of the classes of probabilities."""

ROUNDS_A_CREW = 20
"""Rounds that a crew makes in four weeks: one on every working day."""

Floats = npt.NDArray[np.float64]


def document(found: RoundPlan) -> RoundPlanDocument:
    """Return a plan as a JSON document."""
    rows = _Rows(found)
    rounds = ROUNDS_A_CREW * found.limits.crews
    chance = found.chance(rounds)
    listed = found.listed
    return {
        "as_of": found.as_of,
        "exercise": found.exercise,
        "day_part": found.part.value,
        "crews": found.limits.crews,
        "shift_min": found.limits.shift_min,
        "visit_min": found.limits.visit_min,
        "rounds": [
            rows.crew(number, crew) for number, crew in enumerate(found.plan.rounds, start=1)
        ],
        "missed": [_missed(found.answers[row]) for row in found.plan.missed],
        "studies": [_study(item) for item in found.studies],
        "studies_left_out": found.studies_left_out,
        "standing": None if found.standing is None else found.standing.document(),
        "chance": {
            "cells": len(chance),
            "cell_m": found.cell_m,
            "days": LIST_DAYS,
            "rounds": rounds,
            "least": float(chance.min()),
            "median": float(np.median(chance)),
            "classes": _classes(chance),
            "without": int((chance <= 0).sum()),
            "listed": len(listed.order),
            "seen": int(found.known.seen_since[listed.order].sum()),
            "drawn_on": listed.drawn_on,
        },
    }


def _classes(chance: Floats) -> list[ChanceClass]:
    """Return how many cells have which probability, without empty classes."""
    bounds = np.array([*CHANCE_BOUNDS, 0.0])
    place = np.searchsorted(-bounds, -chance[chance > 0])
    counts = np.bincount(place, minlength=len(bounds))
    return [
        {"least": float(least), "cells": int(cells)}
        for least, cells in zip(bounds, counts, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Rows:
    """A plan with what its rows share."""

    found: RoundPlan

    @cached_property
    def _total(self) -> Floats:
        return total_doubt(self.found.known).share

    @cached_property
    def _places(self) -> list[tuple[OngoingStudy, int]]:
        """The study and the row in it of each place."""
        return [(item, row) for item in self.found.studies for row in range(len(item.coverage.xy))]

    def crew(self, number: int, crew: CrewRound) -> CrewRoundDocument:
        """Return the round of a crew."""
        xy = self.found.stops.candidates.xy[[stop.row for stop in crew.stops]]
        held = within(self.found.tiling, xy)
        around = (
            [str(self.found.tiling.name.iloc[row]) for row in held],
            names(self.found.quartiers, xy),
        )
        middles = cell_middles(xy)
        lonlat = crs.to_geographic(middles)
        ways = legs(self.found.router, list(middles))
        walked = zip(ways, crew.stops, strict=True)
        near = place_names.rows(self.found.streets.nearest(middles))
        return {
            "crew": number,
            "length_m": sum(way.metres for way, stop in walked if not stop.ridden),
            "minutes": crew.minutes,
            "stops": [
                {
                    **self._stop(stop, way, order == 0, territory, quartier, lonlat[order]),
                    "whereabouts": near[order],
                }
                for order, (stop, way, territory, quartier) in enumerate(
                    zip(crew.stops, ways, *around, strict=True)
                )
            ],
        }

    def _stop(
        self,
        stop: PlannedStop,
        way: Way,
        first: bool,
        territory: str | None,
        quartier: str | None,
        lonlat: Floats,
    ) -> PlannedStopRow:
        found, row = self.found, stop.row
        answer = found.answers[row] if row < len(found.answers) else None
        site, state = (None, None) if answer is None else (answer.site, answer.state)
        ground = np.flatnonzero(found.stops.cells == row)
        looks = found.known.looks[ground]
        return {
            "site": None if site is None else site.slug,
            "name": None if site is None else site.name,
            "territory": territory,
            "quartier": quartier,
            "lon": float(lonlat[0]),
            "lat": float(lonlat[1]),
            "leg_m": way.metres,
            "way": way.kind.value,
            "along": along(way),
            "arrives_min": stop.arrives_min,
            "ridden": stop.ridden,
            "days_seen": int(looks.max()) if len(looks) else None,
            "whereabouts": None,
            "status": None if state is None else state.status.value,
            "p_clear": None if state is None else state.p_clear,
            "stopping": None if state is None else stopping_figures(state.stopping),
            "due": None if state is None else state.next_visit_due,
            "why": self._why(row, first),
        }

    def _why(self, row: int, first: bool) -> list[StopReason]:
        stops = self.found.stops
        due, closure = stops.candidates.due[row], float(stops.candidates.share[row, 0])
        total = float(self._total[stops.cells == row].sum())
        why = [_reason("sample")] if first and stops.candidates.rank[row] >= 0 else []
        why += [_reason("due")] if due else []
        why += [_reason("closure", closure)] if closure > 0 else []
        for place in np.flatnonzero(stops.places == row).tolist():
            study, number = self._places[place]
            seen = study.coverage
            if seen.reduction[number] > 0:
                why.append(
                    {
                        **_reason("study", float(seen.reduction[number] / seen.unseen)),
                        "event": study.event.key,
                        "role": seen.role[number].value,
                        "weeks": int(seen.weeks[number]),
                        "needed": int(seen.needed[number]),
                    }
                )
        return [*why, _reason("total", total)] if total > 0 else why


def _reason(code: str, share: float | None = None) -> StopReason:
    return {
        "code": code,
        "share": share,
        "event": None,
        "role": None,
        "weeks": None,
        "needed": None,
    }


def _missed(answer: ClosureAnswer) -> MissedSite:
    return {
        "site": answer.site.slug,
        "name": answer.site.name,
        "due": answer.state.next_visit_due,
    }


def _study(item: OngoingStudy) -> StudyUnderWay:
    return {
        "event": item.event.key,
        "kind": item.event.kind,
        "site": item.event.site,
        "at": item.event.at,
        "last_day": item.last_day,
        "places": len(item.coverage.xy),
        "thin": int(item.coverage.thin.sum()),
    }
