"""The journal as a Merkle log (c2sp.org/tlog-tiles), and witnessing others (c2sp.org/tlog-witness).

Tiles and entries require permission to read the journal. A witness needs no account: a checkpoint
is authenticated by its signature, and an unknown log is answered 404.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from geosites.core.errors import NotFound
from geosites.db import journal_entries
from geosites.journal.log import JournalLog
from geosites.journal.signed_notes import LONGEST_NOTE
from geosites.journal.tiles import WIDTH, parse_index
from geosites.journal.witnesses import WitnessAnswer
from geosites.permissions.policy import Permission
from geosites.web.app_config import WebConfig
from geosites.web.request_context import RequestContext, requires
from geosites.web.security.csrf import require_own_page

router = APIRouter()

Reading = Annotated[RequestContext, requires(Permission.READ_JOURNAL)]
_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
_BYTES = "application/octet-stream"


@router.get("/journal/log/checkpoint", include_in_schema=False)
def get_checkpoint(context: Reading) -> Response:
    """Return the signed checkpoint of the log, with its cosignatures."""
    signed = _log_of(context).checkpoint()
    context.journal_read()
    if signed is None:
        raise NotFound("checkpoint", "journal")
    return Response(signed.note, media_type="text/plain; charset=utf-8")


@router.get("/journal/log/tile/entries/{path:path}", include_in_schema=False)
def get_entries(context: Reading, path: str) -> Response:
    """Return the entries of a tile, each preceded by its length in two bytes.

    Entries that retention erased are 404; their hashes remain.
    """
    log = _log_of(context)
    index, width = _named(path)
    with context.begin() as conn:
        leaves = []
        for chain, seq in log.entries_at(index * WIDTH, width):
            leaves.append(log.leaf(journal_entries.get(conn, chain, seq)))
    bundle = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
    return Response(bundle, media_type=_BYTES, headers=_KEPT)


@router.get("/journal/log/tile/{level}/{path:path}", include_in_schema=False)
def get_tile(context: Reading, level: str, path: str) -> Response:
    """Return the hashes of a tile."""
    log = _log_of(context)
    index, width = _named(path)
    context.journal_read()
    if not level.isdecimal() or str(int(level)) != level or int(level) > 63:
        raise NotFound("tile", level)
    tile = log.tile(int(level), index, width)
    if tile is None:
        raise NotFound("tile", f"{level}/{path}")
    return Response(tile, media_type=_BYTES, headers=_KEPT)


@router.post(
    "/witness/add-checkpoint", include_in_schema=False, dependencies=[Depends(require_own_page)]
)
async def add_checkpoint(request: Request) -> Response:
    """Cosign the checkpoint of a log that is known and that only grew."""
    config: WebConfig = request.app.state.config
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_NOTE:
            return Response(status_code=413)
    if config.witness is None:
        raise NotFound("witness", "add-checkpoint")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        answer = WitnessAnswer(status=400)
    else:
        posix = int(config.clock().timestamp())
        answer = await run_in_threadpool(config.witness.add_checkpoint, text, posix)
    return Response(answer.text, answer.status, {"Content-Type": answer.media_type})


def _log_of(context: RequestContext) -> JournalLog:
    log = context.config.journal_log
    if log is None:
        raise NotFound("log", "journal")
    return log


def _named(path: str) -> tuple[int, int]:
    result = parse_index(path)
    if result is None:
        raise NotFound("tile", path)
    return result
