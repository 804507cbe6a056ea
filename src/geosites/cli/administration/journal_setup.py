"""Settings of the journal outside the database: its log, its witnesses, acting as a witness."""

from __future__ import annotations

from geosites.journal.anchors import Outside
from geosites.journal.timestamps import TimestampAuthority
from geosites.journal.witnesses import Witness, known_logs, known_witnesses
from geosites.settings import Settings


def outside_of(settings: Settings) -> Outside:
    """Return the parts outside the database; raises `Refused` for an invalid file of witnesses."""
    witnesses = known_witnesses(settings.witnesses) if settings.witnesses else ()
    name = settings.public_name("journal/log")
    return Outside.of(settings.home.absolute(), name, witnesses, _authority_of(settings))


def _authority_of(settings: Settings) -> TimestampAuthority | None:
    if settings.timestamp_url is None or settings.timestamp_roots is None:
        return None
    return TimestampAuthority(settings.timestamp_url, settings.timestamp_roots)


def witness_of(settings: Settings) -> Witness | None:
    """Return the witness that the service is for other logs, or None where it is none."""
    if settings.witness_for is None:
        return None
    folder = settings.home.absolute() / "journal" / "witness"
    logs = known_logs(settings.witness_for)
    return Witness(folder, logs, settings.public_name("witness"))
