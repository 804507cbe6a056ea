"""The folder of files that the weekly job writes: the bulletin, the map and the figures."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from geosites import bulletins as publishing
from geosites import services
from geosites.bulletins import Copy
from geosites.core.errors import Refused, os_reason
from geosites.db.postgres.connection import Store
from geosites.db.publication.bulletins import Issue
from geosites.maps.map_export import week_files
from geosites.presentation.i18n import Language


def filled(store: Store, issue: Issue, folder: Path, language: Language) -> bool:
    """Write the folder unless it holds this revision complete; return whether it was written."""
    copy = publishing.of_issue(issue)
    if publishing.holds(folder, "bulletin.json", copy.text.encode()):
        return False
    with store.begin() as conn:
        files = {**_bulletin_files(copy), **_map_files(conn, issue, language)}
    try:
        publishing.fill(folder, files)
    except OSError as error:
        raise Refused(
            "%(folder)s: cannot be written: %(reason)s", folder=folder, reason=os_reason(error)
        ) from error
    return True


def _bulletin_files(copy: Copy) -> dict[str, bytes]:
    made = {f"bulletin.{name}": file for name, file in publishing.files_of(copy).items()}
    return {**made, "bulletin.json": copy.text.encode()}


def _map_files(conn: sa.Connection, issue: Issue, language: Language) -> dict[str, bytes]:
    """Return the map of the week in every format, and its figures, as known when it was issued."""
    known = issue.as_known_at
    answer = services.hotspots(conn, issue.week, as_known_at=known)
    drawings = week_files(conn, answer, known, language)
    maps = {f"map.{form}": drawings[form]() for form in ("html", "png", "svg", "geojson")}
    return {**maps, "hotspots.json": publishing.canonical(answer.document()).encode()}
