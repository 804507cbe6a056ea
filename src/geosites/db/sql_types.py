"""Parts of SQL statements whose columns are named at run time: no type says what they hold."""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy as sa

AnyColumn: TypeAlias = sa.ColumnElement[Any]
AnySelect: TypeAlias = sa.Select[*tuple[Any, ...]]
AnyRow: TypeAlias = sa.Row[*tuple[Any, ...]]
