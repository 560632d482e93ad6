"""The limits: an article's bytes from memory, bare and in a Litestar handler; and one statement, bare."""

import os
from pathlib import Path
from typing import Any

import asyncpg
from litestar import Litestar, get
from litestar.params import FromPath

SAMPLES = Path(os.environ.get("BENCH_SAMPLES", os.devnull))
BODY, LIST = ((SAMPLES / name).read_bytes() if SAMPLES.is_dir() else b"" for name in ("article", "list"))


def headers_of(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]


HEADERS = headers_of(BODY)
LIST_HEADERS = headers_of(LIST)
STATEMENT = """
    select version, visibility, was_public, killed_at, kill_note, ed_note, document, written
    from articles where id = $1
"""


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Answer the same bytes to everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY, "more_body": False})
    else:
        await live(receive, send)


async def listed(scope: Any, receive: Any, send: Any) -> None:
    """Answer the bytes of a list to everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": LIST_HEADERS})
        await send({"type": "http.response.body", "body": LIST, "more_body": False})
    else:
        await live(receive, send)


class Bytes:
    """An answer as Dateline's own: no response class."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY, "more_body": False})


@get("/v1/articles/{id:str}")
async def article(id: FromPath[str]) -> Bytes:
    """Answer the same bytes to every id."""
    return Bytes()


routed = Litestar([article], openapi_config=None, logging_config=None)
pool: Any = None


async def statement(scope: Any, receive: Any, send: Any) -> None:
    """Read the row of an article as Dateline does, and answer its document."""
    global pool  # noqa: PLW0603
    if scope["type"] != "http":
        await live(receive, send)
        return
    if pool is None:
        pool = asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=2, max_size=10, reset=keep)
        await pool
    async with pool.acquire() as conn:
        row = await conn.fetchrow(STATEMENT, scope["path"].rpartition("/")[2])
    body = row["document"]
    await send({"type": "http.response.start", "status": 200, "headers": headers_of(body)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def keep(_: Any) -> None:
    """Spare the reset query, as Dateline does."""


async def live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
