"""Files that were uploaded and wait to be confirmed: an hour at most, for who uploaded them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from geosites.core.errors import NotFound

KEPT_S = 3600.0
"""So long an upload waits; it is removed when it is imported, or by the next upload after that."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_ODD = re.compile(r"[^\w .()-]")
_LONGEST_NAME = 100


def keep(login: str, name: str, content: BinaryIO) -> str:
    """Keep a file for an account; return the token by which it is found again."""
    folder = _folder()
    _forget_old(folder)
    token = secrets.token_urlsafe(24)
    place = folder / _owned(token, login)
    place.mkdir(mode=0o700)
    with (place / _safe(name)).open("wb") as sink:
        shutil.copyfileobj(content, sink)
    return token


def find(login: str, token: str) -> Path:
    """Return where the file of a token is; raises `NotFound`, also for another account's."""
    place = _folder() / _owned(token, login) if _TOKEN.fullmatch(token) else None
    if place is None or not place.is_dir():
        raise NotFound("upload", token[:32])
    return next(place.iterdir())


def forget(login: str, token: str) -> None:
    """Remove a file that is needed no longer."""
    shutil.rmtree(find(login, token).parent, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"geosites-uploads-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _forget_old(folder: Path) -> None:
    for place in folder.iterdir():
        if time.time() - place.stat().st_mtime > KEPT_S:
            shutil.rmtree(place, ignore_errors=True)


def _owned(token: str, login: str) -> str:
    return hashlib.sha256(f"{token}\x00{login}".encode()).hexdigest()


def _safe(name: str) -> str:
    bare = _ODD.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, ending = (bare or "file").rpartition(".")
    return f"{stem[-_LONGEST_NAME:]}{dot}{ending[-20:]}"
