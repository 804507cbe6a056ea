"""Communes bear their official names, with the article.

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAMES = {
    "92035": ("Garenne-Colombes", "La Garenne-Colombes"),
    "92060": ("Plessis-Robinson", "Le Plessis-Robinson"),
    "93007": ("Blanc-Mesnil", "Le Blanc-Mesnil"),
    "93013": ("Bourget", "Le Bourget"),
    "93027": ("Courneuve", "La Courneuve"),
    "93039": ("Île-Saint-Denis", "L'Île-Saint-Denis"),
    "93045": ("Lilas", "Les Lilas"),
    "93057": ("Pavillons-sous-Bois", "Les Pavillons-sous-Bois"),
    "93061": ("Pré-Saint-Gervais", "Le Pré-Saint-Gervais"),
    "93062": ("Raincy", "Le Raincy"),
    "94038": ("Haÿ-les-Roses", "L'Haÿ-les-Roses"),
    "94043": ("Kremlin-Bicêtre", "Le Kremlin-Bicêtre"),
    "94058": ("Perreux-sur-Marne", "Le Perreux-sur-Marne"),
    "94059": ("Plessis-Trévise", "Le Plessis-Trévise"),
    "94060": ("Queue-en-Brie", "La Queue-en-Brie"),
}
"""The name without its article and the official one (code officiel géographique), by code."""

CLOSE = """
UPDATE territory SET known = tstzrange(lower(known), :instant)
FROM unnest(CAST(:codes AS text[]), CAST(:old AS text[])) AS renamed (of, bare)
WHERE code = of AND name = bare AND upper_inf(known) AND lower(known) < :instant
"""
OPEN = """
INSERT INTO territory (code, level, name, label, parent, area, known)
SELECT code, level, official, label, parent, area, tstzrange(:instant, NULL)
FROM territory JOIN unnest(CAST(:codes AS text[]), CAST(:old AS text[]), CAST(:new AS text[]))
    AS renamed (of, bare, official) ON code = of AND name = bare
WHERE upper(known) = :instant
"""


def upgrade() -> None:
    """Rename from now on; what was known before keeps the name it had then."""
    conn = op.get_bind()
    old, new = zip(*NAMES.values(), strict=True)
    instant = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    values = {"instant": instant, "codes": list(NAMES), "old": list(old)}
    conn.execute(sa.text(CLOSE), values)
    conn.execute(sa.text(OPEN), {**values, "new": list(new)})


def downgrade() -> None:
    """Keep the names: they are content, and an earlier schema holds them as well."""
