"""Page content: typed results in, rendered pages out."""

from geosites.web.views.access.account import account, sign_in, signed_out, unsent_form
from geosites.web.views.access.accounts import (
    account_differences,
    account_slip,
    accounts,
    one_account,
)
from geosites.web.views.access.subscriptions import (
    OwnSubscriptions,
    one_subscription,
    subscription_line,
    subscriptions,
    webhook_slip,
)
from geosites.web.views.administration.accessibility import accessibility
from geosites.web.views.administration.exercise import exercise
from geosites.web.views.administration.journal import journal
from geosites.web.views.administration.service import service
from geosites.web.views.closure.closure_acts import (
    closure_act,
    closure_differences,
    closure_trial,
    site_closures,
)
from geosites.web.views.closure.displacement import (
    EventLine,
    compared,
    displacement,
    displacement_refused,
    events,
    too_many,
)
from geosites.web.views.closure.operations import operation, operation_differences, operations
from geosites.web.views.closure.rounds import rounds
from geosites.web.views.closure.site_forms import site_differences, site_form
from geosites.web.views.closure.sites import site, sites
from geosites.web.views.data_files.exports import export
from geosites.web.views.data_files.imports import (
    ImportPreview,
    ImportStart,
    ImportUnderWay,
    imports,
)
from geosites.web.views.data_files.kept_imports import kept_import
from geosites.web.views.home import home, home_empty
from geosites.web.views.maps.territories import territories, territory_page
from geosites.web.views.problems import error, problems
from geosites.web.views.publication import partner
from geosites.web.views.publication.bulletins import (
    ShownBulletin,
    bulletin,
    bulletin_under_way,
    bulletins,
    monday,
)
from geosites.web.views.publication.committee import committee, committee_member
from geosites.web.views.publication.public_tables import public_tables
from geosites.web.views.publication.published_counts import published_counts
from geosites.web.views.reporting.reports import (
    Filled,
    MergedLine,
    PairLine,
    duplicates,
    receipt,
    report,
)
from geosites.web.views.reporting.sighting_checks import (
    differences,
    sighting_check,
    sighting_checks,
)
from geosites.web.views.weeks import week, week_facts, week_known

__all__ = [
    "EventLine",
    "Filled",
    "ImportPreview",
    "ImportStart",
    "ImportUnderWay",
    "MergedLine",
    "OwnSubscriptions",
    "PairLine",
    "ShownBulletin",
    "accessibility",
    "account",
    "account_differences",
    "account_slip",
    "accounts",
    "bulletin",
    "bulletin_under_way",
    "bulletins",
    "closure_act",
    "closure_differences",
    "closure_trial",
    "committee",
    "committee_member",
    "compared",
    "differences",
    "displacement",
    "displacement_refused",
    "duplicates",
    "error",
    "events",
    "exercise",
    "export",
    "home",
    "home_empty",
    "imports",
    "journal",
    "kept_import",
    "monday",
    "one_account",
    "one_subscription",
    "operation",
    "operation_differences",
    "operations",
    "partner",
    "problems",
    "public_tables",
    "published_counts",
    "receipt",
    "report",
    "rounds",
    "service",
    "sighting_check",
    "sighting_checks",
    "sign_in",
    "signed_out",
    "site",
    "site_closures",
    "site_differences",
    "site_form",
    "sites",
    "subscription_line",
    "subscriptions",
    "territories",
    "territory_page",
    "too_many",
    "unsent_form",
    "webhook_slip",
    "week",
    "week_facts",
    "week_known",
]
