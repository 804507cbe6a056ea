"""Is the site still closed? Its status with dated evidence and an expiry."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.analysis.closure import (
    ClosureState,
    DetectionRecord,
    Evidence,
    EvidenceParameters,
    Hazard,
    HeadsSeen,
    Nearby,
    Reoccupation,
    StoppingRule,
    closure_state,
    hazard_of,
    heads_seen,
    reoccupation,
    visit_first,
)
from geosites.core import deadline
from geosites.core.documents.closures import (
    ClosureDocument,
    ClosureParameters,
    DetectionRow,
    EvidenceRow,
    NearbyHeads,
    ReoccupiedPeriod,
    SeenHeads,
    StoppingFigures,
)
from geosites.core.records import Site
from geosites.db.closure import closure_inputs
from geosites.db.closure import closures as closures_of
from geosites.db.closure.closure_inputs import Dossier
from geosites.services.closure_status.reactivation_hazard import closure_hazard
from geosites.services.metrics import timed


@dataclass(frozen=True, kw_only=True)
class ClosureAnswer:
    """The state of a site's closure, as of an instant and as known at another."""

    site: Site
    state: ClosureState
    as_known_at: dt.datetime | None
    exercise: bool

    def document(self) -> ClosureDocument:
        """Return the answer as the JSON document of the contract."""
        state = self.state
        return {
            "site": self.site.slug,
            "name": self.site.name,
            "exercise": self.exercise,
            "as_of": state.as_of,
            "as_known_at": self.as_known_at,
            "status": state.status.value,
            "p_clear": state.p_clear,
            "p_clear_interval": [state.p_low, state.p_high],
            "closed_since": state.closed_since,
            "closed_until": state.closed_until,
            "legal_ref": state.legal_ref,
            "visits_since_closure": state.visits_since_closure,
            "empty_visits": state.empty_visits,
            "negative_visits": state.negative_visits,
            "negatives_in_force": state.negatives_in_force,
            "day_parts": [part.value for part in state.day_parts],
            "covered_share": state.covered,
            "never_checked": state.never_checked,
            "nearby": _nearby(state.nearby),
            "last_seen": _last_seen(heads_seen(state.evidence)),
            "reoccupied": _reoccupied(reoccupation(state.evidence)),
            "last_visit_at": state.last_visit_at,
            "last_positive_at": state.last_positive_at,
            "next_visit_due": state.next_visit_due,
            "next_day_part": state.next_day_part and state.next_day_part.value,
            "visits_needed": state.visits_needed,
            "lapses_at": state.lapses_at,
            "stopping": stopping_figures(state.stopping),
            "visit_log": state.visit_log,
            "sighting_record_p": state.record_p,
            "evidence": [_evidence(item) for item in state.evidence],
            "detection": [_detection(item) for item in state.detection],
            "parameters": closure_parameters(state.hazard_per_year, state.parameters),
        }


@timed("closure")
def closure(
    conn: sa.Connection,
    slug: str,
    as_of: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
) -> ClosureAnswer:
    """Return whether a site is still closed at `as_of`; raises `NotFound` with similar slugs.

    `as_known_at` leaves out what was recorded, verified or corrected later.
    """
    dossier = closure_inputs.get(conn, slug, as_known_at)
    return _answer(dossier, as_of, as_known_at, closure_hazard(conn, as_of, as_known_at))


def closures(
    conn: sa.Connection,
    as_of: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    slugs: Collection[str] | None = None,
) -> list[ClosureAnswer]:
    """Return the answer for every site, or for those named, by slug."""
    learned = closure_hazard(conn, as_of, as_known_at)
    result = closure_inputs.list_all(conn, slugs, as_known_at)
    return [_answer(dossier, as_of, as_known_at, learned) for dossier in result]


@dataclass(frozen=True, kw_only=True)
class KnownSites:
    """Every site as known at an instant, read once for answers as of several instants.

    `closed` are those with a closure, those no longer in use among them.
    """

    as_known_at: dt.datetime
    used: Sequence[Dossier]
    closed: Sequence[Dossier]

    @classmethod
    def read(cls, conn: sa.Connection, as_known_at: dt.datetime) -> KnownSites:
        """Return the sites of a store as known at an instant."""
        used = list(closure_inputs.list_all(conn, None, as_known_at))
        closed = {item.site for item in closures_of.list_all(conn, as_known_at)}
        retired = closed - {item.site.slug for item in used}
        return cls(
            as_known_at=as_known_at,
            used=used,
            closed=[
                *(item for item in used if item.site.slug in closed),
                *closure_inputs.list_all(conn, retired, as_known_at),
            ],
        )

    def closures(self, as_of: dt.datetime) -> list[ClosureAnswer]:
        """Return the status of every site in use, by slug, as in `closures`."""
        learned = hazard_of(((item.visits, item.closures) for item in self.closed), as_of)
        return [_answer(item, as_of, self.as_known_at, learned) for item in self.used]


def board(
    conn: sa.Connection,
    as_of: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    slugs: Collection[str] | None = None,
) -> list[ClosureAnswer]:
    """Return the answer for every site, or for those named, by what needs a visit first."""
    return ranked(closures(conn, as_of, as_known_at=as_known_at, slugs=slugs))


def ranked(result: Sequence[ClosureAnswer]) -> list[ClosureAnswer]:
    """Return answers by what needs a visit first."""
    answers = {answer.site.slug: answer for answer in result}
    return [answers[state.site] for state in visit_first([item.state for item in result])]


def _answer(
    dossier: Dossier, as_of: dt.datetime, as_known_at: dt.datetime | None, learned: Hazard
) -> ClosureAnswer:
    deadline.check()
    state = closure_state(
        dossier.site.slug,
        dossier.visits,
        dossier.closures,
        as_of,
        hazard_per_year=learned.per_year,
    )
    return ClosureAnswer(
        site=dossier.site, state=state, as_known_at=as_known_at, exercise=dossier.exercise
    )


def _nearby(seen: Nearby | None) -> NearbyHeads | None:
    if seen is None:
        return None
    return {
        "heads": seen.heads,
        "within_m": math.ceil(seen.within_m),
        "last_at": seen.last_at,
        "sightings": seen.sightings,
    }


def _last_seen(seen: HeadsSeen | None) -> SeenHeads | None:
    if seen is None:
        return None
    return {
        "heads": seen.heads,
        "at": seen.at,
        "verified": seen.verified,
        "empty_since": seen.empty_since,
    }


def _reoccupied(found: Reoccupation | None) -> ReoccupiedPeriod | None:
    if found is None:
        return None
    return {
        "first_at": found.first_at,
        "last_at": found.last_at,
        "most_heads": found.most_heads,
        "sightings": found.sightings,
    }


def stopping_figures(rule: StoppingRule | None) -> StoppingFigures | None:
    """Return the stopping rule on further visits, or None if it does not apply."""
    if rule is None:
        return None
    return {
        "error_visits": rule.error_visits,
        "worth_visits": rule.worth_visits,
        "pays_from": rule.pays_from,
        "until": rule.until,
    }


def _evidence(item: Evidence) -> EvidenceRow:
    return {
        "id": item.id,
        "observed_at": item.observed_at,
        "kind": item.kind.value,
        "headcount": item.headcount,
        "effect": item.p_after - item.p_before,
        "p_before": item.p_before,
        "p_after": item.p_after,
    }


def _detection(item: DetectionRecord) -> DetectionRow:
    return {"day_part": item.day_part, "visits": item.visits, "seen": item.seen, "p": item.p}


def closure_parameters(hazard_per_year: float, chosen: EvidenceParameters) -> ClosureParameters:
    """Return the parameters of the model, with the learned hazard."""
    return {
        "hazard_per_year": hazard_per_year,
        "prior_clear": chosen.prior_clear,
        "prior_reopened": chosen.prior_reopened,
        "prior_a": chosen.prior_a,
        "prior_b": chosen.prior_b,
        "borrowed": chosen.borrowed,
        "learned_visits": chosen.learned_visits,
        "one_part": chosen.one_part,
        "same_part": chosen.same_part,
        "false_alarm": chosen.false_alarm,
        "active_days": chosen.active_days,
        "confirmed_p": chosen.confirmed_p,
        "probable_p": chosen.probable_p,
        "settled_p": chosen.settled_p,
        "min_negatives": chosen.min_negatives,
        "min_day_parts": chosen.min_day_parts,
        "min_covered": chosen.min_covered,
        "fresh_days": chosen.fresh_days,
        "nearby_m": chosen.nearby_m,
        "sight_m": chosen.sight_m,
        "level": chosen.level,
    }
