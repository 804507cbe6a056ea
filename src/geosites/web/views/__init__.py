"""What each page says: results in, a page out."""

from geosites.web.views import partner
from geosites.web.views.accessibility import accessibility
from geosites.web.views.account import account, sign_in, signed_out, unsent_form
from geosites.web.views.accounts import account_differences, account_slip, accounts, one_account
from geosites.web.views.bulletins import ShownBulletin, bulletin, bulletins, monday
from geosites.web.views.closure_acts import (
    closure_act,
    closure_differences,
    closure_trial,
    site_closures,
)
from geosites.web.views.committee import committee, committee_member
from geosites.web.views.displacement import (
    EventLine,
    compared,
    displacement,
    displacement_refused,
    events,
    too_many,
)
from geosites.web.views.exercise import exercise
from geosites.web.views.exports import export
from geosites.web.views.home import home, home_empty
from geosites.web.views.imports import ImportPreview, ImportStart, ImportUnderWay, imports
from geosites.web.views.journal import journal
from geosites.web.views.kept_imports import kept_import
from geosites.web.views.operations import operation, operation_differences, operations
from geosites.web.views.problems import error, problems
from geosites.web.views.public_tables import public_tables
from geosites.web.views.published_counts import published_counts
from geosites.web.views.reports import Filled, MergedLine, PairLine, duplicates, receipt, report
from geosites.web.views.rounds import rounds
from geosites.web.views.service import service
from geosites.web.views.sighting_checks import differences, sighting_check, sighting_checks
from geosites.web.views.site_forms import site_differences, site_form
from geosites.web.views.sites import site, sites
from geosites.web.views.subscriptions import (
    OwnSubscriptions,
    one_subscription,
    subscription_line,
    subscriptions,
    webhook_slip,
)
from geosites.web.views.territories import territories, territory_page
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
