"""A journal of who did what, that cannot be bent.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KINDS = ("collection", "change", "consultation", "communication", "erasure")

CHAINS = """
INSERT INTO journal.head
SELECT chain, 0, sha256(convert_to('geosites journal ' || chain, 'UTF8'))
FROM generate_series(0, 15) AS chain
"""

GROUPS = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['geosites_service', 'geosites_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$
"""
"""Roles belong to the whole cluster: another database may be making them at this moment."""

LINK = """
CREATE FUNCTION journal.link(previous bytea, VARIADIC said text[]) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT sha256(previous || convert_to(string_agg(
        CASE WHEN part IS NULL THEN '-' ELSE length(part) || ':' || part END, '' ORDER BY place
    ), 'UTF8'))
    FROM unnest(said) WITH ORDINALITY AS t (part, place)
$$
"""
"""Each part goes with its length, so that no two entries are written alike."""

NOTE = """
CREATE FUNCTION journal.note(kind journal.kind, what text, refs text, recipient text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO journal.waiting
        (at, kind, actor, role, unit, channel, motive, what, refs, recipient)
    VALUES (
        clock_timestamp(), $1,
        coalesce(nullif(current_setting('geosites.actor', true), ''), 'db:' || session_user),
        nullif(current_setting('geosites.role', true), ''),
        nullif(current_setting('geosites.unit', true), ''),
        coalesce(nullif(current_setting('geosites.channel', true), ''), 'sql'),
        left(nullif(current_setting('geosites.motive', true), ''), 200),
        $2, $3, $4
    )
$$
"""

SEAL = """
CREATE FUNCTION journal.seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    own smallint := pg_backend_pid() % 16;
    last record;
BEGIN
    UPDATE journal.head SET seq = seq + 1, hash = journal.link(
        hash, chain::text, (seq + 1)::text,
        (extract(epoch FROM NEW.at) * 1000000)::bigint::text,
        NEW.kind::text, NEW.actor, NEW.role, NEW.unit, NEW.channel, NEW.motive,
        NEW.what, NEW.refs, NEW.recipient
    ) WHERE chain = own RETURNING seq, hash INTO STRICT last;
    INSERT INTO journal.entry VALUES (
        own, last.seq, NEW.at, NEW.kind, NEW.actor, NEW.role, NEW.unit, NEW.channel,
        NEW.motive, NEW.what, NEW.refs, NEW.recipient, last.hash
    );
    DELETE FROM journal.waiting WHERE id = NEW.id;
    RETURN NULL;
END
$$
"""
"""Runs when the transaction commits, after everything else it waits for: chains cannot deadlock."""

CHANGED = """
CREATE FUNCTION journal.changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    kind journal.kind := TG_ARGV[0];
    named text := format(
        'SELECT concat_ws('' '', %s) COLLATE "C" AS name FROM changed', TG_ARGV[1]);
    rows bigint;
    refs text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM journal.note('erasure', TG_TABLE_NAME, '{"all": true}', NULL);
        RETURN NULL;
    END IF;
    SELECT count(*) INTO rows FROM changed;
    IF rows = 0 THEN
        RETURN NULL;
    ELSIF rows <= 20 THEN
        EXECUTE 'SELECT jsonb_agg(name ORDER BY name) FROM (' || named || ') AS n' INTO refs;
    ELSE
        EXECUTE 'SELECT journal.digest_of(sum(rows)::bigint, min(first), max(last),'
            ' string_agg(part, '''' ORDER BY bucket)) FROM ('
            ' SELECT left(name, 2) AS bucket, count(*) AS rows,'
            ' min(name) AS first, max(name) AS last,'
            ' sha256(convert_to(string_agg(name, '','' ORDER BY name), ''UTF8'')) AS part'
            ' FROM (' || named || ') AS n GROUP BY 1) AS b' INTO refs;
    END IF;
    IF current_setting('geosites.retention', true) = 'on' THEN
        kind := 'erasure';
    END IF;
    PERFORM journal.note(kind, TG_TABLE_NAME, refs, NULL);
    RETURN NULL;
END
$$
"""
"""One entry a statement. Many rows are named by their count, their ends, and a digest of their
names, taken by the first two characters so that a million names are never one text."""

ROW_CHANGED = """
CREATE FUNCTION journal.row_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    refs text;
BEGIN
    EXECUTE format(
        'SELECT jsonb_build_array(concat_ws('' '', %s))::text FROM (SELECT ($1).*) AS changed',
        TG_ARGV[0]) INTO refs USING NEW;
    PERFORM journal.note('change', TG_TABLE_NAME, refs, NULL);
    RETURN NULL;
END
$$
"""
"""For tables of which only some columns count."""

DIGEST_OF = """
CREATE FUNCTION journal.digest_of(rows bigint, first text, last text, parts bytea) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT jsonb_build_object('count', $1, 'first', $2, 'last', $3,
        'sha256', encode(sha256($4), 'hex'))::text
$$
"""

SENT = """
CREATE FUNCTION journal.sent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM journal.note('communication', TG_TABLE_NAME,
        jsonb_build_array(NEW.id, NEW.site)::text, 'subscription ' || NEW.subscription);
    RETURN NULL;
END
$$
"""

KEEP = """
CREATE FUNCTION journal.keep() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('geosites.retention', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the journal is only ever added to'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""

KEEP_HISTORY = """
CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('geosites.retention', true) IS DISTINCT FROM 'on' THEN
            RAISE EXCEPTION 'rows of % are kept: correct them, or let retention erase them',
                TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    {coarsened}IF (
        NOT upper_inf(OLD.known) OR upper_inf(NEW.known)
        OR lower(NEW.known) <> lower(OLD.known)
        OR to_jsonb(NEW) - 'known' <> to_jsonb(OLD) - 'known'
    ) THEN
        RAISE EXCEPTION 'a row of % is corrected by closing it and adding another', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""
COARSENED = """IF TG_TABLE_NAME = 'sighting'
        AND current_setting('geosites.retention', true) = 'on'
        AND to_jsonb(NEW) - '{point,point_3857,accuracy_m}'::text[]
            = to_jsonb(OLD) - '{point,point_3857,accuracy_m}'::text[]
    THEN
        RETURN NEW;
    END IF;
    """
"""Retention may also make an old position coarser; nothing else of the row may change with it."""


OWN_UNIT = """
coalesce(current_setting('geosites.role', true), '') <> 'reporter'
OR unit IS NULL OR unit = current_setting('geosites.unit', true)
"""
POLICIES = (
    "ALTER TABLE sighting ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY read ON sighting FOR SELECT USING (true)",
    f"CREATE POLICY report ON sighting FOR INSERT WITH CHECK ({OWN_UNIT})",
    f"CREATE POLICY close ON sighting FOR UPDATE USING ({OWN_UNIT})",
)
"""A last wall behind the policy: a reporter writes for no other unit. Reading is not held up here,
since every plan would have to carry it."""


def upgrade() -> None:
    """Apply the change."""
    op.execute(GROUPS)
    op.execute("CREATE SCHEMA journal")
    postgresql.ENUM(*KINDS, name="kind", schema="journal").create(op.get_bind())
    _tables()
    for function in (LINK, NOTE, SEAL, DIGEST_OF, CHANGED, ROW_CHANGED, SENT, KEEP):
        op.execute(function)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA journal FROM PUBLIC")
    op.execute(
        "CREATE CONSTRAINT TRIGGER seal AFTER INSERT ON journal.waiting"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal.seal()"
    )
    for table in ("entry", "checkpoint", "certificate"):
        op.execute(
            f"CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON journal.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION journal.keep()"
        )
    op.execute(CHAINS)
    op.execute(KEEP_HISTORY.format(coarsened=COARSENED))
    for statement in POLICIES:
        op.execute(statement)


def _said() -> list[sa.Column[object]]:
    kind = postgresql.ENUM(*KINDS, name="kind", schema="journal", create_type=False)
    return [
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("unit", sa.Text()),
        sa.Column("channel", sa.Text()),
        sa.Column("motive", sa.Text()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("refs", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text()),
    ]


def _tables() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_said(),
        sa.PrimaryKeyConstraint("id", name=op.f("waiting_pkey")),
        schema="journal",
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "entry",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_said(),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("entry_hash_form")),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("entry_pkey")),
        schema="journal",
    )
    op.create_index("entry_at_idx", "entry", ["at"], schema="journal")
    _ends()
    _certificates()
    _notes()


def _ends() -> None:
    op.create_table(
        "head",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("head_pkey")),
        schema="journal",
    )
    op.create_table(
        "checkpoint",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("checkpoint_pkey")),
        schema="journal",
    )


def _certificates() -> None:
    now = sa.text("clock_timestamp()")
    op.create_table(
        "certificate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False, server_default=now),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("before", INSTANT, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("first_at", INSTANT),
        sa.Column("last_at", INSTANT),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("rows >= 0", name=op.f("certificate_rows_sign")),
        sa.PrimaryKeyConstraint("id", name=op.f("certificate_pkey")),
        schema="journal",
    )


def _notes() -> None:
    known = sa.text("tstzrange(now(), NULL)")
    op.create_table(
        "sighting_note",
        sa.Column("sighting", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), server_default=known, nullable=False),
        sa.CheckConstraint("length(note) BETWEEN 1 AND 140", name=op.f("sighting_note_length")),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("sighting_note_known_form")
        ),
        sa.PrimaryKeyConstraint("sighting", "known", name=op.f("sighting_note_pkey")),
    )
    op.create_index(
        "sighting_note_current",
        "sighting_note",
        ["sighting"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.execute(
        "CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON sighting_note"
        " FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )


def downgrade() -> None:
    """Take the change back, all but the two groups, which other databases may use."""
    for name in ("read", "report", "close"):
        op.execute(f"DROP POLICY {name} ON sighting")
    op.execute("ALTER TABLE sighting DISABLE ROW LEVEL SECURITY")
    op.drop_table("sighting_note")
    op.execute(KEEP_HISTORY.format(coarsened=""))
    op.execute("DROP SCHEMA journal CASCADE")
