"""Which tests bear which marker: whole folders and modules, by their place under `tests/`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
        "imports/test_round_trip.py",
        "web/test_openapi_attack.py",
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
        "db/test_rights.py",
        "db/test_upgrade.py",
        "imports/test_delimited.py",
        "imports/test_files_of_people.py",
        "imports/test_importing.py",
        "imports/test_other_hands.py",
        "imports/test_same_verdict.py",
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
        "test_exercise.py",
        "test_external_data.py",
        "test_sample.py",
        "test_store_templates.py",
        "test_wheel.py",
        "validation/test_patterns.py",
        "web/test_accounts.py",
        "web/test_allow_list.py",
        "web/test_attacks.py",
        "web/test_bulletins.py",
        "web/test_closure_acts.py",
        "web/test_closure_life.py",
        "web/test_committee.py",
        "web/test_disclosure.py",
        "web/test_documents.py",
        "web/test_exercise.py",
        "web/test_hostile_tries.py",
        "web/test_journal_log.py",
        "web/test_journaled_addresses.py",
        "web/test_metrics.py",
        "web/test_manners.py",
        "web/test_names_of_places.py",
        "web/test_noninterference.py",
        "web/test_notes.py",
        "web/test_offers.py",
        "web/test_oidc.py",
        "web/test_pages.py",
        "web/test_policy.py",
        "web/test_probes.py",
        "web/test_public_tables.py",
        "web/test_published.py",
        "web/test_regression_attack.py",
        "web/test_report.py",
        "web/test_request_limits.py",
        "web/test_sessions.py",
        "web/test_shell.py",
        "web/test_sign_in.py",
        "web/test_sub_path.py",
        "web/test_swapped_counts.py",
        "web/test_tokens.py",
        "web/test_week_layers.py",
    ),
}
"""`slow` are those that took more than 2.5 s of a quiet machine when they were measured."""


STORE = "store"
"""The marker of tests that ask for a store, wherever they stand."""


def marks_of(place: PurePath) -> Iterator[str]:
    """Yield the markers of a test module at a place under `tests/`."""
    for mark, members in MARKS.items():
        if any(place.is_relative_to(member) for member in members):
            yield mark


def is_left_out(place: PurePath, expression: str) -> bool:
    """Return whether `-m expression` chooses no test of a place, so that it need not be read.

    That is known of `not (one or other)` alone, as `script/test --quick` says it.
    """
    found = re.fullmatch(r"not \((\w+(?: or \w+)*)\)", expression)
    named = set(found[1].split(" or ")) if found else set()
    return not named.isdisjoint(marks_of(place))
