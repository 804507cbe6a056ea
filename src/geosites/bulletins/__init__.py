"""Weekly bulletins: content, revisions, files."""

from geosites.bulletins.atomic_folder import fill, holds
from geosites.bulletins.email_letter import bulletin_letter
from geosites.bulletins.issuing import (
    IssueStage,
    as_known,
    changed_since,
    draft,
    issue,
    latest_finished,
    require_over,
    version,
)
from geosites.bulletins.rendering import FORMS, Copy, file_of, files_of, of_issue
from geosites.bulletins.serialization import canonical

__all__ = [
    "FORMS",
    "Copy",
    "IssueStage",
    "as_known",
    "bulletin_letter",
    "canonical",
    "changed_since",
    "draft",
    "file_of",
    "files_of",
    "fill",
    "holds",
    "issue",
    "latest_finished",
    "of_issue",
    "require_over",
    "version",
]
