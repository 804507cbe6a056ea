"""Which tests bear which marker: whole folders and modules, by their place under `tests/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

MARKS: Mapping[str, tuple[str, ...]] = {
    "faults": ("faults",),
    "browser": ("browser",),
    "calibration": (
        "analysis/test_closure_calibration.py",
        "analysis/test_closure_worlds.py",
        "analysis/test_displacement_calibration.py",
        "analysis/test_double_counts_calibration.py",
        "simulation/test_displacement_trials.py",
    ),
    "fuzz": (
        "journal/test_journal_chain.py",
        "analysis/test_closure_properties.py",
        "imports/test_round_trip.py",
        "web/test_openapi_attack.py",
    ),
    "slow": (
        "permissions/test_coarse.py",
        "alarms/test_sending.py",
        "analysis/test_hotspots.py",
        "cli/test_backfill.py",
        "cli/test_backup.py",
        "cli/test_basics.py",
        "cli/test_bulletin.py",
        "cli/test_closures.py",
        "cli/test_lazily.py",
        "cli/test_open_data.py",
        "client/test_client.py",
        "backfill/test_backfill.py",
        "imports/test_importing.py",
        "ogc/test_clients.py",
        "ogc/test_core.py",
        "ogc/test_filters.py",
        "bulletins/test_issuing.py",
        "bulletins/test_pdf.py",
        "maps/test_print_map.py",
        "db/test_migrate_names.py",
        "db/test_upgrade.py",
        "services/test_bulletin.py",
        "services/test_closure.py",
        "services/test_hazard.py",
        "services/test_history.py",
        "services/test_hotspots.py",
        "services/test_questions.py",
        "services/test_rounds.py",
        "ops/test_private_postgres.py",
        "test_exercise.py",
        "test_external_data.py",
        "test_sample.py",
        "test_store_templates.py",
        "test_wheel.py",
        "web/test_allow_list.py",
        "web/test_attacks.py",
        "web/test_bulletins.py",
        "web/test_closure_life.py",
        "web/test_disclosure.py",
        "web/test_metrics.py",
        "web/test_notes.py",
        "web/test_offers.py",
        "web/test_oidc.py",
        "web/test_pages.py",
        "web/test_policy.py",
        "web/test_published.py",
        "web/test_report.py",
        "web/test_sessions.py",
        "web/test_sign_in.py",
        "web/test_tokens.py",
        "web/test_noninterference.py",
        "web/test_probes.py",
        "web/test_request_limits.py",
        "web/test_week_layers.py",
    ),
}
"""`slow` are those that took more than 2.5 s of a quiet machine when they were measured."""


def marks_of(place: PurePath) -> Iterator[str]:
    """Yield the markers of a test module at a place under `tests/`."""
    for mark, members in MARKS.items():
        if any(place.is_relative_to(member) for member in members):
            yield mark
