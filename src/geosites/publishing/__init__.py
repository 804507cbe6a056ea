"""What is issued and kept: the weekly bulletin, its revisions, its files."""

from geosites.publishing.copies import FORMS, Copy, file_of, files_of, of_issue
from geosites.publishing.folder import fill, holds
from geosites.publishing.issuing import as_known, draft, issue, latest_finished
from geosites.render.bulletin_content import canonical

__all__ = [
    "FORMS",
    "Copy",
    "as_known",
    "canonical",
    "draft",
    "file_of",
    "files_of",
    "fill",
    "holds",
    "issue",
    "latest_finished",
    "of_issue",
]
