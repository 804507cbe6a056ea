"""What the documentation says of closures and alarms is so."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from alarms.servers import SECRET
from geosites.alarms.webhooks import signature
from geosites.cli import Commands
from geosites.core.closure_acts import REASONS

TEXT = (Path(__file__).parents[2] / "docs" / "closures.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line.removeprefix("geosites "))
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]


def test_the_receiver_in_the_docs_knows_a_genuine_message() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    known: dict[str, Any] = {}
    exec(compile(code, "docs/closures.md", "exec"), known)
    body, sent_at = b'{"kind": "reopened"}', int(dt.datetime(2026, 1, 1).timestamp())
    headers = {
        "webhook-id": "7",
        "webhook-timestamp": str(sent_at),
        "webhook-signature": signature(SECRET, "7", sent_at, body),
    }
    assert known["is_genuine"](SECRET, headers, body)
    assert not known["is_genuine"](SECRET, headers, body + b" ")
    assert not known["is_genuine"](b"another secret of the same", headers, body)


def test_the_reasons_are_those_there_are() -> None:
    told = {
        act: set(re.findall(r"`(\w+)`", reasons))
        for act, reasons in re.findall(
            r"^\| (declared|extended|lifted|withdrawn|restored) \| (.*) \|$", TEXT, re.MULTILINE
        )
    }
    assert told == {kind.value: set(reasons) for kind, reasons in REASONS.items()}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    command: Any = Commands.read(words[0])
    words = words[1:]
    while hasattr(command, "commands"):
        assert words[0] in command.commands
        command, words = command.commands[words[0]], words[1:]
    assert command.make_context("geosites", list(words)).command is command
