"""Is the site still closed? A status from evidence that expires.

A closure is a claim that visits support and that weakens with time. `closure_state` answers for one
site and instant; `docs/methods/closure.md` gives the model and the reasons.
"""

from geosites.analysis.closure.cost_of_error import (
    ERROR_VISITS,
    StoppingRule,
    net_expected_cost,
    stopping_rule,
    stops_until,
)
from geosites.analysis.closure.evidence import EvidenceKind, SiteVisits
from geosites.analysis.closure.heads_nearby import Nearby, nearby_at
from geosites.analysis.closure.heads_seen import HeadsSeen, Reoccupation, heads_seen, reoccupation
from geosites.analysis.closure.parameters import SIGHT_M, EvidenceParameters
from geosites.analysis.closure.proof_of_absence import (
    equilibrium,
    p_all_missed,
    p_clear_series,
    required_sensitivity,
    stop_after,
    system_sensitivity,
    upper_bound,
    visits_needed,
    visits_to_detect,
)
from geosites.analysis.closure.reactivation_hazard import (
    Exposure,
    Hazard,
    exposure,
    hazard,
    hazard_of,
)
from geosites.analysis.closure.result import ClosureState, DetectionRecord, Evidence
from geosites.analysis.closure.round_sheets import (
    REST,
    StatusAt,
    Stop,
    is_due,
    round_sheet,
    status_series,
)
from geosites.analysis.closure.sighting_record import (
    SightingRecord,
    declining_record_p,
    sighting_record,
    sighting_record_p,
)
from geosites.analysis.closure.site_list_order import visit_first
from geosites.analysis.closure.state import closure_state
from geosites.analysis.closure.status_table import (
    STATUS_ROW,
    STATUS_TABLE,
    Status,
    StatusRow,
    StatusSign,
)
from geosites.analysis.closure.status_timeline import Stretch, status_band
from geosites.analysis.closure.visit_coverage import PerimeterPoints, ground

__all__ = [
    "ERROR_VISITS",
    "REST",
    "SIGHT_M",
    "STATUS_ROW",
    "STATUS_TABLE",
    "ClosureState",
    "DetectionRecord",
    "Evidence",
    "EvidenceKind",
    "EvidenceParameters",
    "Exposure",
    "Hazard",
    "HeadsSeen",
    "Nearby",
    "PerimeterPoints",
    "Reoccupation",
    "SightingRecord",
    "SiteVisits",
    "Status",
    "StatusAt",
    "StatusRow",
    "StatusSign",
    "Stop",
    "StoppingRule",
    "Stretch",
    "closure_state",
    "declining_record_p",
    "equilibrium",
    "exposure",
    "ground",
    "hazard",
    "hazard_of",
    "heads_seen",
    "is_due",
    "nearby_at",
    "net_expected_cost",
    "p_all_missed",
    "p_clear_series",
    "reoccupation",
    "required_sensitivity",
    "round_sheet",
    "sighting_record",
    "sighting_record_p",
    "status_band",
    "status_series",
    "stop_after",
    "stopping_rule",
    "stops_until",
    "system_sensitivity",
    "upper_bound",
    "visit_first",
    "visits_needed",
    "visits_to_detect",
]
