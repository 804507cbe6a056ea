"""Commands of the documentation, run for it, as they look in a terminal (in English)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from stores import signed

SITE = "https://geosites.example"
FEW = 34
"""Lines of an answer that a picture shows."""


@contextmanager
def command_line(store_url: str) -> Iterator[Callable[..., str]]:
    """Offer a function that runs `geosites` in a folder of its own, and returns its terminal."""
    program = Path(sys.executable).with_name("geosites")
    with tempfile.TemporaryDirectory(prefix="geosites-terminal-") as folder:
        settings = {
            "GEOSITES_LANGUAGE": "en",
            "GEOSITES_DATABASE_URL": store_url,
            "GEOSITES_HOME": folder,
            "COLUMNS": "100",
        }

        def run(*lines: str) -> str:
            return "\n".join(_ran(program, line, folder, settings) for line in lines)

        yield run


def closure_over_http(base: str) -> str:
    """Return the answer about a site, as curl shows it."""
    path = "/api/sites/forceval/closure?as_of=2023-07-13T12:00:00%2B02:00"
    shown = json.dumps(_answer(base, path), indent=2, ensure_ascii=False)
    return _terminal(f'curl -H "Authorization: Bearer $TOKEN" \\\n     "{SITE}{path}"', shown)


def changes_over_http(base: str) -> str:
    """Return a page of changes, as curl shows it."""
    path = "/api/changes?limit=2"
    shown = json.dumps(_answer(base, path), indent=2, ensure_ascii=False)
    return _terminal(f'curl -H "Authorization: Bearer $TOKEN" "{SITE}{path}"', shown)


SESSION = """
>>> from geosites.client import Client
>>> geosites = Client(url, token)
>>> week = geosites.hotspots("2022-W40")
>>> for spot in week["hotspots"]:
...     print(spot["rank"], spot["territory"], round(spot["heads"]))
>>> answer = geosites.closure("forceval", as_of=dt.datetime(2023, 7, 13, 10, tzinfo=dt.UTC))
>>> answer["status"], answer["visits_since_closure"]
"""


INTERPRETER = """
import contextlib, datetime, io, json, sys
given = json.load(sys.stdin)
known = {"url": given["url"], "token": given["token"], "dt": datetime}
said = []
for block in given["blocks"]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(block + "\\n", "<shown>", "single"), known)
    said.append(out.getvalue())
json.dump(said, sys.stdout)
"""
"""Runs the blocks of a session given as JSON, and writes what each of them says."""


def client(base: str, token: str) -> str:
    """Return a session of Python that asks a running service."""
    blocks = SESSION.strip().removeprefix(">>> ").split("\n>>> ")
    given = {"blocks": [block.replace("\n... ", "\n") for block in blocks]}
    given |= {"url": base, "token": token}  # type: ignore[dict-item]
    ran = subprocess.run(
        [sys.executable, "-c", INTERPRETER],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    lines: list[str] = []
    for block, said in zip(blocks, json.loads(ran.stdout), strict=True):
        lines += [f"<b>&gt;&gt;&gt; {escape(block)}</b>", escape(said.rstrip())]
    return f"<pre>{chr(10).join(filter(None, lines))}</pre>"


def _answer(base: str, path: str) -> object:
    asked = urllib.request.Request(base + path, headers=signed.bearer())
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def _ran(program: Path, line: str, folder: str, settings: dict[str, str]) -> str:
    """Run one command, and return it with what it says; raises if it fails."""
    ran = subprocess.run(
        [program, *line.split()],
        cwd=folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"geosites {line}: {ran.stderr}")
    said = ran.stdout.replace(folder, "/var/lib/geosites").strip()
    return _terminal(f"geosites {line}", said)


def _terminal(command: str, said: str) -> str:
    lines = said.splitlines()
    if len(lines) > FEW:
        lines = [*lines[:FEW], "…"]
    return f"<pre><b>$ {escape(command)}</b>\n{escape(chr(10).join(lines))}</pre>"
