"""Uploaded files awaiting confirmation: at most an hour, visible to their uploader only."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from geosites.core.errors import NotFound, Refused

KEPT_S = 3600.0
"""Lifetime of an upload; it is removed when it is imported, or by the next upload after that."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_ODD = re.compile(r"[^\w .()-]")
_LONGEST_NAME = 100


def keep(login: str, name: str, content: BinaryIO) -> str:
    """Store a file for an account; return the token that identifies it."""
    folder = _folder()
    _forget_old(folder)
    token = secrets.token_urlsafe(24)
    own = folder / _owned(token, login)
    own.mkdir(mode=0o700)
    with (own / _safe(name)).open("wb") as sink:
        shutil.copyfileobj(content, sink)
    return token


def find(login: str, token: str) -> Path:
    """Return the path of a token's file; raises `NotFound`, also for another account's."""
    folder = place(login, token)
    with suppress(FileNotFoundError):  # it was imported by another request, or forgotten, just now
        for one in folder.iterdir():
            return one
    raise NotFound("upload", token[:32])


def place(login: str, token: str) -> Path:
    """Return the folder of a token, beside which are the jobs on its file."""
    if not _TOKEN.fullmatch(token):
        raise NotFound("upload", token[:32])
    return _folder() / _owned(token, login)


def place_of(login: str, what: str) -> Path:
    """Return the folder of what an account does without an upload."""
    return _folder() / _owned(f"\x00{what}", login)


def forget(login: str, token: str, kept: Path) -> None:
    """Remove a file that is no longer needed, and its jobs except those `kept`."""
    folder = place(login, token)
    for one in folder.parent.glob(f"{folder.name}*"):
        if one != kept:
            shutil.rmtree(one, ignore_errors=True)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"geosites-uploads-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if about.st_uid != os.getuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o077:
        raise Refused("%(folder)s: others may write there; remove it", folder=str(folder))
    return folder


def _forget_old(folder: Path) -> None:
    for one in folder.iterdir():
        with suppress(FileNotFoundError):  # another upload may be forgetting it as well
            if time.time() - one.stat().st_mtime > KEPT_S:
                shutil.rmtree(one, ignore_errors=True)


def _owned(token: str, login: str) -> str:
    return hashlib.sha256(f"{token}\x00{login}".encode()).hexdigest()


def _safe(name: str) -> str:
    bare = _ODD.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, ending = (bare or "file").rpartition(".")
    return f"{stem[-_LONGEST_NAME:]}{dot}{ending[-20:]}"
