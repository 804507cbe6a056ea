"""The service changes roles for administrators alone, and speaks for no user of the machine.

Revision: 0026
Follows: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

IS_SERVICE = """
CREATE FUNCTION journal.by_service() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT pg_has_role(session_user, 'geosites_service', 'member')
        AND NOT pg_has_role(
            session_user,
            (SELECT nspowner FROM pg_namespace WHERE nspname = 'journal'),
            'member'
        )
$$
"""
"""Whether a session is the service's. An owner who takes on its role can take it off again."""

NOTE = """
CREATE OR REPLACE FUNCTION journal.note(
    kind journal.kind, what text, refs text, recipient text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO journal.waiting
        (at, kind, actor, role, unit, channel, motive, what, refs, recipient)
    SELECT
        clock_timestamp(), $1,
        {actor},
        nullif(current_setting('geosites.role', true), ''),
        nullif(current_setting('geosites.unit', true), ''),
        coalesce(nullif(current_setting('geosites.channel', true), ''), 'sql'),
        left(nullif(current_setting('geosites.motive', true), ''), 200),
        $2, $3, $4
    FROM (SELECT nullif(current_setting('geosites.actor', true), '') AS name) AS said
$$
"""
ACTOR = "coalesce(said.name, 'db:' || session_user)"
OWN_ACTOR = """CASE
            WHEN said.name IS NULL THEN 'db:' || session_user
            WHEN said.name ~ '^(os|db):' AND journal.by_service()
                THEN 'db:' || session_user || ' as ' || said.name
            ELSE said.name
        END"""
"""Who acts. The service speaks for accounts; whom it names beyond them is told beside its own."""

GUARD = """
CREATE FUNCTION journal.guard_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT journal.by_service() OR EXISTS (
        SELECT FROM public.account
        WHERE login = current_setting('geosites.actor', true)
            AND role = 'admin' AND disabled_at IS NULL
            AND login <> NEW.login
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'only an administrator gives roles, and to others'
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
WATCHED = "role, unit, scope, login, disabled_at, oidc_subject"
TRIGGERS = (
    "CREATE TRIGGER guard_new BEFORE INSERT ON account FOR EACH ROW"
    " EXECUTE FUNCTION journal.guard_account()",
    f"CREATE TRIGGER guard_change BEFORE UPDATE OF {WATCHED} ON account FOR EACH ROW"
    " EXECUTE FUNCTION journal.guard_account()",
)


def upgrade() -> None:
    """Apply the change."""
    op.execute(IS_SERVICE)
    op.execute(NOTE.format(actor=OWN_ACTOR))
    op.execute(GUARD)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """Take the change back."""
    op.execute("DROP TRIGGER guard_new ON account")
    op.execute("DROP TRIGGER guard_change ON account")
    op.execute("DROP FUNCTION journal.guard_account()")
    op.execute(NOTE.format(actor=ACTOR))
    op.execute("DROP FUNCTION journal.by_service()")
