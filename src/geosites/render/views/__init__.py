"""What each page says: results in, a page out."""

from geosites.render.views import coarse
from geosites.render.views.account import account, sign_in, signed_out
from geosites.render.views.bulletins import bulletin, bulletins
from geosites.render.views.home import home, home_empty
from geosites.render.views.journal import journal
from geosites.render.views.moves import (
    EventLine,
    compared,
    displacement,
    displacement_refused,
    events,
    too_many,
)
from geosites.render.views.problems import error, problems
from geosites.render.views.published import published_counts
from geosites.render.views.reports import (
    Filled,
    MergedLine,
    PairLine,
    duplicates,
    receipt,
    report,
)
from geosites.render.views.rounds import rounds
from geosites.render.views.sites import site, sites
from geosites.render.views.territories import territories, territory_page
from geosites.render.views.weeks import week, week_facts, week_known

__all__ = [
    "EventLine",
    "Filled",
    "MergedLine",
    "PairLine",
    "account",
    "bulletin",
    "bulletins",
    "coarse",
    "compared",
    "displacement",
    "displacement_refused",
    "duplicates",
    "error",
    "events",
    "home",
    "home_empty",
    "journal",
    "problems",
    "published_counts",
    "receipt",
    "report",
    "rounds",
    "sign_in",
    "signed_out",
    "site",
    "sites",
    "territories",
    "territory_page",
    "too_many",
    "week",
    "week_facts",
    "week_known",
]
