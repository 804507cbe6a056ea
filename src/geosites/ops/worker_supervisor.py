"""Worker processes of the service: one, or several that are replaced as soon as they die."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from ssl import SSLContext

import uvicorn
from uvicorn._subprocess import subprocess_started
from uvicorn.supervisors import Multiprocess, multiprocess

from geosites.core.render_process import fork_from_parent

_POOL_OF_ARROW = "ARROW_DEFAULT_MEMORY_POOL"
"""Environment variable that Arrow reads on import: its own pools do not release memory."""
Make = Callable[[], asyncio.BaseProtocol]

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_SHORT_PAUSE_S = 1.0
"""How long a worker waits that is short of files or memory for one more connection."""


class TakingTurns(asyncio.SelectorEventLoop):
    """Event loop of one of several workers, which leaves each next connection to the others first.

    asyncio accepts all waiting connections when it wakes up. Of workers that share a socket, the
    first one would get most of them, and its persistent connections would wait longer. Here a
    worker pauses after each; a waiting connection is never tied to a worker that is busy, hangs or
    dies, as it would be with a socket per worker.
    """

    pause_s = 0.002
    """Long enough for another worker to wake, and 500 new connections a second for each."""

    async def create_server(  # type: ignore[override]
        self, make: Make, *, sock: socket, backlog: int, ssl: SSLContext | None = None
    ) -> _Accepting:
        """Serve on a shared socket where up to `backlog` connections may wait."""
        sock.setblocking(False)
        sock.listen(backlog)
        return _Accepting(self.create_task(self._accept(make, sock, ssl)))

    async def _accept(self, make: Make, shared: socket, ssl: SSLContext | None) -> None:
        while True:
            pause = self.pause_s
            try:
                line, _ = await self.sock_accept(shared)
                await self.connect_accepted_socket(make, line, ssl=ssl)
            except OSError as error:
                self.call_exception_handler({"message": "no accept", "exception": error})
                pause = _SHORT_PAUSE_S if error.errno in _SHORT else pause
            await asyncio.sleep(pause)


class _Accepting:
    """The only feature of `asyncio.Server` that uvicorn uses: stop accepting."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    def close(self) -> None:
        self._task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.wait([self._task])


class ForkedWorker(multiprocess.Process):
    """A worker forked from a process that has imported the application, whose memory it shares.

    The libraries are some 150 MB of read-only memory, shared by all workers. A worker whose
    supervisor has died, or has released it, exits as if it had been stopped.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        told = {"config": config, "target": self.target, "sockets": sockets, "stdin_fileno": None}
        context = multiprocessing.get_context("forkserver")
        self.process = context.Process(target=subprocess_started, kwargs=told)  # type: ignore[assignment]

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve; the process it was forked from ignores the signal that ends a worker."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self.parent_conn.close()
        fork_from_parent()
        super().target(sockets)

    def always_pong(self) -> None:
        """Answer health checks until the supervisor is gone."""
        with suppress(EOFError, OSError):
            super().always_pong()
        os.kill(os.getpid(), signal.SIGTERM)


class Workers(Multiprocess):
    """uvicorn's supervisor with forked workers, without waiting for dead ones.

    In uvicorn the parent keeps the child's end of the health-check pipe open. The pipe of a worker
    that dies after it was found alive (for example during start-up) therefore does not break: the
    supervisor waits for its answer until the timeout, and does not check the others meanwhile.
    """

    def keep_subprocess_alive(self) -> None:
        """Close the workers' ends of the pipes, check each worker, and replace those that do not
        answer.
        """
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()


def run(config: uvicorn.Config, preload: str) -> None:
    """Serve until stopped; raises `SystemExit` if a single process could not start.

    `preload` is the module imported by the process from which several workers are forked.
    """
    with suppress(KeyboardInterrupt):
        if config.workers > 1:
            os.environ.setdefault(_POOL_OF_ARROW, "system")
            multiprocessing.set_forkserver_preload([preload])
            multiprocess.Process = ForkedWorker  # type: ignore[misc]
            config.loop = f"{__name__}:{TakingTurns.__name__}"
            Workers(config, [config.bind_socket()]).run()
            return
        server = uvicorn.Server(config)
        server.run()
        if not server.started:
            raise SystemExit(uvicorn.config.STARTUP_FAILURE)
