"""A proxy of the tests' own between a browser and the service, which does what networks do.

It is a process by itself. A browser is led to it by its address; it passes on what it is asked to
`upstream`, or does something else instead: a captive portal's page, another server's errors, no
answer, half of one. What it does is set over its standard input, one JSON object a line:

    {"do": "portal", "path": "/api/", "times": 3}

`path` is the start of the addresses it is done to, `body` what a request has to hold, `times` how
often (without: until told otherwise).
It writes its port first, and then a line for each command it has taken.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

PORTAL = b"<!doctype html><title>Wi-Fi</title><h1>Bienvenue</h1><p>Acceptez les conditions.</p>"
FOREIGN = {403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 409: "Conflict",
           413: "Too Large",
           451: "Unavailable For Legal Reasons", 500: "Error", 502: "Bad Gateway",
           503: "Unavailable", 504: "Gateway Timeout"}  # fmt: skip
LONG_S = 3600.0
DELAY_S = 6.0


@dataclass
class Rule:
    """What is done to requests whose path begins so, and how often still; None: always."""

    do: str
    path: str = "/"
    times: int | None = None
    body: str = ""

    def meets(self, path: str, body: bytes) -> bool:
        """Return whether this is done to a request."""
        return path.startswith(self.path) and self.body.encode() in body and self.times != 0


@dataclass
class Proxy:
    """The rules in force, the latest first."""

    host: str
    port: int
    rules: list[Rule] = field(default_factory=list)
    kept: bytes = b""

    def rule(self, path: str, body: bytes) -> str:
        """Return what to do to a request, and count it."""
        for one in self.rules:
            if one.meets(path, body):
                if one.times is not None:
                    one.times -= 1
                return one.do
        return "pass"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head, body = await _message(reader)
        path = head.split(b" ", 2)[1].decode()
        do = self.rule(path, body)
        if do == "hang":
            await asyncio.sleep(LONG_S)
        if do == "cut":
            return False
        if do == "delay":
            await asyncio.sleep(DELAY_S)
        if do == "portal":
            await _send(writer, _answer(200, "OK", PORTAL))
        elif do == "portal-redirect":
            await _send(writer, _answer(302, "Found", b"", b"Location: http://portal.invalid/\r\n"))
        elif do.isdigit():
            page = f"<h1>{FOREIGN[int(do)]}</h1>".encode()
            await _send(writer, _answer(int(do), FOREIGN[int(do)], page))
        else:
            return await self._pass(head, body, writer, do)
        return False

    async def _pass(self, head: bytes, body: bytes, writer: asyncio.StreamWriter, do: str) -> bool:
        """Pass a request on; `lose` the answer, or bring `half` of it, or another date."""
        if do == "replay" and self.kept:
            await _send(writer, self.kept)
            return False
        there, back = await asyncio.open_connection(self.host, self.port)
        lines = head.split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        back.write(b"\r\n".join([*kept[:-2], b"Connection: close", b"", b""]) + body)
        answer = await there.read(-1)
        back.close()
        if do == "replay":
            self.kept = answer
        if do == "lose":
            return False
        if do == "tamper":
            at = len(answer) - 1 - len(answer) // 40
            answer = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        if do == "half":
            answer = answer[: answer.index(b"\r\n\r\n") + 6]
        start, _, rest = answer.partition(b"\r\n\r\n")
        if do == "date":
            start = b"\r\n".join(
                b"date: Mon, 01 Jan 2001 00:00:00 GMT" if one.lower().startswith(b"date:") else one
                for one in start.split(b"\r\n")
            )
        if do == "strip":
            lines = start.split(b"\r\n")
            start = b"\r\n".join(x for x in lines if not x.lower().startswith(b"clear-site-data"))
        await _send(writer, start + b"\r\n\r\n" + rest)
        return False


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head, await reader.readexactly(length)


def _answer(status: int, phrase: str, body: bytes, more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/html\r\n".encode()
    return head + more + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _send(writer: asyncio.StreamWriter, whole: bytes) -> None:
    writer.write(whole)
    await writer.drain()


async def _main(host: str, port: int) -> None:
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        told = json.loads(line)
        if told["do"] == "pass":
            proxy.kept = b""
            proxy.rules = [one for one in proxy.rules if one.path != told.get("path", one.path)]
        else:
            proxy.rules.insert(0, Rule(**told))
        sys.stdout.write("done\n")
        sys.stdout.flush()


class Network:
    """The proxy as a test speaks to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._in, self._out = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        self.base = f"http://127.0.0.1:{int(self._out.readline())}"

    def tell(self, do: str, path: str = "/", times: int | None = None, body: str = "") -> None:
        """Let it do something to the requests whose path begins so and whose body holds that."""
        self._say({"do": do, "path": path, "times": times, "body": body})

    def heal(self) -> None:
        """Let everything pass."""
        self._say({"do": "pass"})

    def _say(self, told: dict[str, Any]) -> None:
        self._in.write(json.dumps(told) + "\n")
        self._in.flush()
        self._out.readline()


@contextmanager
def network(upstream: str) -> Iterator[Network]:
    """Yield a proxy in front of a service, in a process of its own."""
    host, port = upstream.removeprefix("http://").split(":")
    command = [sys.executable, str(Path(__file__)), host, port]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Network(process)
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
