"""Service status for operators: versions, waiting alarms, the last backup."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.alarm_messages import MessageState
from geosites.db import migrate
from geosites.db.publication import alarm_outbox
from geosites.db.schema.alarms import alarm_message
from geosites.db.schema.journal import entry


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """Versions below the service, alarms by state, when the store was last backed up."""

    schema: str
    postgresql: str
    postgis: str
    messages: Mapping[MessageState, int]
    oldest_waiting_at: dt.datetime | None
    backed_up_at: dt.datetime | None


def service_status(conn: sa.Connection) -> ServiceStatus:
    """Return the state of the store's surroundings."""
    called_off = alarm_message.c.last_error.is_not_distinct_from(alarm_outbox.CALLED_OFF)
    counted = sa.select(alarm_message.c.state, sa.func.count()).where(~called_off)
    counted = counted.group_by(alarm_message.c.state)
    waiting = alarm_message.c.state == MessageState.WAITING
    oldest = sa.select(sa.func.min(alarm_message.c.queued_at)).where(waiting)
    backed_up = sa.select(sa.func.max(entry.c.at)).where(entry.c.what == "backup")
    versions = sa.select(sa.func.current_setting("server_version"), sa.func.postgis_lib_version())
    postgresql, postgis = conn.execute(versions).one()
    return ServiceStatus(
        schema=migrate.current(conn) or "",
        postgresql=postgresql,
        postgis=postgis,
        messages={MessageState(state): count for state, count in conn.execute(counted)},
        oldest_waiting_at=conn.execute(oldest).scalar_one(),
        backed_up_at=conn.execute(backed_up).scalar_one(),
    )
