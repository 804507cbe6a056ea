"""Preserve a form whose session expired: kept across the sign-in, and offered again.

The values travel in the pages only, from the form to the sign-in page and on to a page that offers
to send it. Nothing is stored on the server. Nothing is submitted until the user confirms; then the
form is validated like any other, including whether its row was changed meanwhile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from geosites.presentation.path_prefix import rooted
from geosites.web.http.redirects import safe_path

LONGEST = 300_000
"""Maximum length in characters; a longer form is not preserved."""
SECRET_PAGES = ("/account/",)
"""Forms with credentials, which are never written into a page."""
HIDDEN = frozenset({"version", "id", "confirmed", "back", "next", "sure"})
"""Fields that nobody types."""
_CHOICE = re.compile(r"[a-z]+([_:][a-z_:]+)?")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, kw_only=True)
class UnsentForm:
    """A form that was not accepted: its target, and its fields in order."""

    action: str
    pairs: Sequence[tuple[str, str]]

    def written(self) -> str:
        """Return it as the sign-in page holds it."""
        return json.dumps([self.action, self.pairs], ensure_ascii=False)

    def typed(self) -> list[str]:
        """Return the typed values for display; choices have internal names, and are left out."""
        texts = [text for name, text in self.pairs if text.strip() and name not in HIDDEN]
        return [text for text in texts if _CHOICE.fullmatch(text) is None]


async def unsent(request: Request) -> UnsentForm | None:
    """Return the form that a request sends; None where it sends none, a file or a secret."""
    path = request.url.path
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "POST" or kind not in FORMS or path.startswith(SECRET_PAGES):
        return None
    pairs = _texts(await request.form())
    query = request.url.query
    action = safe_path(rooted(path) + (f"?{query}" if query else ""))
    if action is None or pairs is None:
        return None
    made = UnsentForm(action=action, pairs=pairs)
    return made if len(made.written()) <= LONGEST else None


def read(text: str) -> UnsentForm | None:
    """Return the form preserved by a sign-in page; None if there is none."""
    try:
        action, pairs = json.loads(text)
        told = [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError, RecursionError):
        return None
    path = safe_path(action) if isinstance(action, str) else None
    return None if path is None else UnsentForm(action=path, pairs=told)


def _texts(form: FormData) -> list[tuple[str, str]] | None:
    """Return the fields of a form; none if it has a file, which a page cannot preserve."""
    items = form.multi_items()
    if any(isinstance(value, UploadFile) and value.filename for _, value in items):
        return None
    return [(name, value) for name, value in items if isinstance(value, str)]
