"""Which tests bear which marker: whole folders and modules, by their place under `tests/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import PurePath

MARKS: Mapping[str, tuple[str, ...]] = {
    "faults": ("faults",),
    "browser": ("browser",),
    "calibration": (
        "analysis/closure/test_closure_calibration.py",
        "analysis/closure/test_closure_worlds.py",
        "analysis/displacement/test_displacement_calibration.py",
        "analysis/test_double_counts_calibration.py",
        "simulation/test_displacement_trials.py",
    ),
    "fuzz": (
        "journal/test_journal_chain.py",
        "analysis/closure/test_closure_properties.py",
        "imports/import_export/test_round_trip.py",
        "web/api/test_openapi_attack.py",
    ),
    "slow": (
        "alarms/test_delivery.py",
        "alarms/test_sending.py",
        "analysis/hotspots/test_hotspots.py",
        "backfill/test_backfill.py",
        "bulletins/test_hostile_weeks.py",
        "bulletins/test_issuing.py",
        "bulletins/test_pdf.py",
        "cli/test_backfill.py",
        "cli/test_backup.py",
        "cli/test_basics.py",
        "cli/test_bulletin.py",
        "cli/test_city.py",
        "cli/test_closures.py",
        "cli/test_journaled.py",
        "cli/test_language.py",
        "cli/test_lazily.py",
        "cli/test_maps_out.py",
        "cli/test_open_data.py",
        "client/test_client.py",
        "db/test_migrate.py",
        "db/test_migrate_names.py",
        "db/test_old_code.py",
        "db/test_missing_privileges.py",
        "db/test_upgrade.py",
        "imports/basemap/test_mutated_maps.py",
        "imports/city/test_city_clocks.py",
        "imports/readers/test_delimited.py",
        "imports/readers/test_files_of_people.py",
        "imports/import_export/test_importing.py",
        "imports/readers/test_other_hands.py",
        "imports/import_export/test_same_verdict.py",
        "journal/test_journal_log.py",
        "maps/test_print_map.py",
        "ogc/test_clients.py",
        "ogc/test_core.py",
        "ogc/test_filters.py",
        "ogc/test_partners.py",
        "ops/test_postgres_upgrade.py",
        "ops/test_private_postgres.py",
        "ops/test_scheduler.py",
        "permissions/test_coarse.py",
        "presentation/test_declaration.py",
        "services/test_bulletin.py",
        "services/test_closure.py",
        "services/test_hazard.py",
        "services/test_history.py",
        "services/test_hotspots.py",
        "services/test_public_tables.py",
        "services/test_questions.py",
        "services/test_round_plan.py",
        "services/test_rounds.py",
        "exercise/test_exercise.py",
        "project/test_external_data.py",
        "project/test_sample.py",
        "stores/test_store_templates.py",
        "project/test_wheel.py",
        "validation/test_patterns.py",
        "web/access/test_accounts.py",
        "web/redaction/test_allow_list.py",
        "web/attacks/test_attacks.py",
        "web/publication/test_bulletins.py",
        "web/closure/test_closure_acts.py",
        "web/closure/test_closure_life.py",
        "web/publication/test_committee.py",
        "web/attacks/test_disclosure.py",
        "web/api/test_documents.py",
        "web/administration/test_exercise.py",
        "web/attacks/test_hostile_tries.py",
        "web/administration/test_journal_log.py",
        "web/redaction/test_journaled_addresses.py",
        "web/administration/test_metrics.py",
        "web/http/test_manners.py",
        "web/redaction/test_names_of_places.py",
        "web/redaction/test_noninterference.py",
        "web/reporting/test_notes.py",
        "web/pages/test_offers.py",
        "web/access/test_oidc.py",
        "web/pages/test_pages.py",
        "web/access/test_policy.py",
        "web/attacks/test_probes.py",
        "web/publication/test_public_tables.py",
        "web/publication/test_published.py",
        "web/attacks/test_regression_attack.py",
        "web/reporting/test_report.py",
        "web/http/test_request_limits.py",
        "web/access/test_sessions.py",
        "web/http/test_shell.py",
        "web/access/test_sign_in.py",
        "web/http/test_sub_path.py",
        "web/redaction/test_swapped_counts.py",
        "web/access/test_tokens.py",
        "web/maps/test_week_layers.py",
    ),
}
"""`slow` are those that took more than 2.5 s of a quiet machine when they were measured."""


STORE = "store"
"""The marker of tests that ask for a store, wherever they stand."""


@cache  # asked for each of the tests of a module
def marks_of(place: PurePath) -> tuple[str, ...]:
    """Return the markers of a test module at a place under `tests/`."""
    around = {str(place), *map(str, place.parents)}
    return tuple(mark for mark, members in MARKS.items() if not around.isdisjoint(members))


def is_left_out(place: PurePath, expression: str) -> bool:
    """Return whether `-m expression` chooses no test of a place, so that it need not be read.

    That is known of `not (one or other)` alone, as `script/test --quick` says it.
    """
    found = re.fullmatch(r"not \((\w+(?: or \w+)*)\)", expression)
    named = set(found[1].split(" or ")) if found else set()
    return not named.isdisjoint(marks_of(place))
