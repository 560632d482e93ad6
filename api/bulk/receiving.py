"""`POST /v1/articles` with lines of JSON: results stream back while the request streams in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, cast

import msgspec
import structlog
from litestar import Request
from litestar.types import Receive, Scope, Send

from api.bulk.lines import Line, Splitter
from api.bulk.outbox import Outbox
from api.bulk.posting import How, Result, post_lines
from api.db.pool import Database
from api.entities.params import WriteParams
from api.http.bodies import check_content_type
from api.http.headers import header
from api.http.operations import LINES
from api.http.params import read_params
from api.http.problems import ErrorItem, Problem
from api.http.reader import Reader
from api.http.rendering import failure_answer
from api.keys.guard import require
from api.settings import LIMITS

GROUP = 100  # lines that are written in one transaction, when as many have arrived
AHEAD = 8  # pieces of the request that are read ahead

_log: Any = structlog.get_logger("dateline.bulk")


class LinesParams(WriteParams, frozen=True, kw_only=True):
    """The parameters of posting lines."""

    dry_run: bool = False


async def receive_lines(db: Database, scope: Scope, receive: Receive, send: Send) -> None:
    """Post the lines of a request as they arrive, and answer each with a line; see docs/bulk.md."""
    how = _how(scope)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    outbox = Outbox()
    sending = asyncio.create_task(outbox.send_all(send))
    work = asyncio.create_task(_work(db, receive, how, outbox))
    try:
        # When the client no longer takes its answer, there is no use in going on.
        await asyncio.wait((sending, work), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            await sending
        else:
            _log.info("a client left while its lines were posted")
    finally:
        sending.cancel()
        work.cancel()
        await asyncio.gather(sending, work, return_exceptions=True)
        outbox.close()


_HEADERS = [
    (b"content-type", LINES.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold results back until its buffer is full
]


def _how(scope: Scope) -> How:
    """Check the request: all that can be refused before its first line."""
    reader: Reader = scope["state"]["reader"]
    require(reader, "write")
    request = cast("Request[Any, Any, Any]", Request(scope))
    params = read_params(request, LinesParams)
    check_content_type(request, (LINES,))
    if header(scope, b"idempotency-key") is not None:
        detail = "Idempotency-Key is not for lines: give each a uri, and send all again."
        item = ErrorItem(code="not_allowed", detail=detail, header="Idempotency-Key")
        raise Problem(400, "invalid-header", detail, errors=[item])
    options = msgspec.structs.replace(params.options, dry_run=params.dry_run)
    return How(reader=reader, options=options, scope=cast("dict[str, Any]", scope))


async def _work(db: Database, receive: Receive, how: How, outbox: Outbox) -> None:
    """Read ahead, and post what has arrived: alone when lines come singly, else many together."""
    splitter = Splitter(LIMITS.ndjson_line)
    arrived: asyncio.Queue[list[Line] | None] = asyncio.Queue(AHEAD)
    reading = asyncio.create_task(_read(receive, splitter, arrived))
    try:
        async for lines in _groups(arrived):
            results = await post_lines(db, lines, how)
            await outbox.put(b"".join(map(_encoded, results)))
        with suppress(asyncio.CancelledError):
            await _tell_failure(reading, splitter, how, outbox)
        # Not after a failure: an answer that lacks lines must not end like one that has all of them.
        outbox.end()
    finally:
        reading.cancel()


async def _read(receive: Receive, splitter: Splitter, arrived: "asyncio.Queue[list[Line] | None]") -> None:
    """Cut the request into lines; one that breaks off in mid-line has no such line."""
    try:
        while True:
            message: Any = await receive()
            if message["type"] == "http.disconnect":
                break
            if lines := splitter.feed(message.get("body", b"")):
                await arrived.put(lines)
            if not message.get("more_body", False):
                await arrived.put(splitter.finish())
                break
    finally:
        await arrived.put(None)


async def _groups(arrived: "asyncio.Queue[list[Line] | None]") -> AsyncIterator[list[Line]]:
    """Give what has arrived, at most `GROUP` lines at a time."""
    lines: list[Line] = []
    ended = False
    while not ended or lines:
        while not ended and len(lines) < GROUP and not (lines and arrived.empty()):
            more = await arrived.get()
            ended = more is None
            lines += more or []
        if lines:
            yield lines[:GROUP]
        lines = lines[GROUP:]


async def _tell_failure(reading: "asyncio.Task[None]", splitter: Splitter, how: How, outbox: Outbox) -> None:
    """Answer the line that did not arrive in time."""
    try:
        await reading
    except Problem as problem:
        answer = failure_answer(problem, how.scope)
        result = Result(line=splitter.ended + 1, status=problem.status, problem=msgspec.Raw(answer.body))
        await outbox.put(_encoded(result))


def _encoded(result: Result) -> bytes:
    return msgspec.json.encode(result) + b"\n"
