"""Tables of closures: their periods, what was done about them, learned hazards.

`closure` and `closure_act` are recorded. `closure_risk` is derived and can be recomputed;
`closure_stale` lists the sites for which it must be.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, UUID, ExcludeConstraint

from geosites.core.closure_acts import ClosureActKind, ClosureReason
from geosites.db.schema.city_types import geometry
from geosites.db.schema.conventions import (
    CURRENT,
    known,
    known_form,
    metadata,
    site_reference,
    vocabulary,
)

_INSTANT = sa.DateTime(timezone=True)


closure = sa.Table(
    "closure",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    site_reference(nullable=False),
    sa.Column("during", TSTZRANGE, nullable=False),
    sa.Column("legal_ref", sa.Text),
    sa.Column("review_days", sa.Integer, nullable=False),
    sa.Column("source", sa.Text),
    known(),
    known_form(),
    sa.CheckConstraint("NOT isempty(during) AND NOT lower_inf(during)", name="during_starts"),
    sa.CheckConstraint("review_days >= 1", name="review_days_sign"),
    sa.Index("closure_current", "id", unique=True, postgresql_where=CURRENT),
    ExcludeConstraint(
        ("site", "="), ("during", "&&"), ("known", "&&"), using="gist", name="closure_no_overlap"
    ),
)


closure_act = sa.Table(
    "closure_act",
    metadata,
    sa.Column("closure", UUID(as_uuid=True), primary_key=True),
    sa.Column("kind", vocabulary(ClosureActKind, "closure_act_kind"), nullable=False),
    sa.Column("reason", vocabulary(ClosureReason, "closure_reason"), nullable=False),
    sa.Column("legal_ref", sa.Text),
    sa.Column("until", _INSTANT),
    known(),
    known_form(),
)
"""One row for each thing done; `known` begins when it was done."""


closure_risk = sa.Table(
    "closure_risk",
    metadata,
    site_reference(primary_key=True, nullable=False),
    sa.Column("step_us", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("step_returns", ARRAY(sa.Integer), nullable=False),
    sa.Column("step_at_risk_us", ARRAY(sa.BigInteger), nullable=False),
)
"""What each site adds to the hazard of all, as steps in order of time."""


closure_stale = sa.Table(
    "closure_stale",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("site", sa.Text),
    sa.Column("area", geometry("GEOMETRY")),
)
"""What was changed since: triggers on sighting, site and closure add a row a statement."""
