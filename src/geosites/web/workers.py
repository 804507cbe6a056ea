"""The processes that answer: one, or several that are each replaced as soon as they die."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from socket import socket
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess


class TakingTurns(asyncio.SelectorEventLoop):
    """The loop of one of several workers, that accepts one connection each time it turns.

    asyncio accepts all that wait, up to the backlog, as soon as it wakes. Among workers that share
    a socket most connections would be the first one's, whose clients, who keep them, then wait
    longer than the others'. In turns a worker that has time takes the next, and what waits is never
    tied to one that is busy, hangs or dies, as it is where each listens on a socket of its own.
    """

    async def create_server(  # type: ignore[override]
        self, *args: Any, sock: socket, backlog: int, **others: Any
    ) -> asyncio.Server:
        """Serve on a socket where up to `backlog` connections may wait."""
        server = await super().create_server(*args, sock=sock, backlog=1, **others)
        sock.listen(backlog)
        return server


class Workers(Multiprocess):
    """uvicorn's workers, none of whose deaths is waited for.

    The parent keeps the worker's end of the line on which it asks whether all is well. So the line
    of a worker that dies after it was found alive (while it starts, say) does not break: its answer
    is waited for as long as that of a silent one, and nobody looks at the others meanwhile.
    """

    def keep_subprocess_alive(self) -> None:
        """Let go of the workers' ends, ask each worker, and replace those that do not answer."""
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()


def run(config: uvicorn.Config) -> None:
    """Serve until told to stop; raises `SystemExit` where a single process could not start."""
    with suppress(KeyboardInterrupt):
        if config.workers > 1:
            config.loop = f"{__name__}:{TakingTurns.__name__}"
            Workers(config, [config.bind_socket()]).run()
            return
        server = uvicorn.Server(config)
        server.run()
        if not server.started:
            raise SystemExit(uvicorn.config.STARTUP_FAILURE)
