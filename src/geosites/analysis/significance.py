"""Public aliases of the hotspot and cluster tests; each statistic has its own file."""

from geosites.analysis.alarm.scan_statistic import Cluster, scan
from geosites.analysis.hotspots.exceedance import dispersion, exceedance
from geosites.analysis.hotspots.false_discovery_rate import benjamini_hochberg, q_values
from geosites.analysis.hotspots.gi_star import gi_star
from geosites.analysis.hotspots.permutation_null import pooled_p

__all__ = [
    "Cluster",
    "benjamini_hochberg",
    "dispersion",
    "exceedance",
    "gi_star",
    "pooled_p",
    "q_values",
    "scan",
]
