"""The processes that answer: one, or several that are each replaced as soon as they die."""

from __future__ import annotations

from contextlib import suppress

import uvicorn
from uvicorn.supervisors import Multiprocess


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
            Workers(config, [config.bind_socket()]).run()
            return
        server = uvicorn.Server(config)
        server.run()
        if not server.started:
            raise SystemExit(uvicorn.config.STARTUP_FAILURE)
