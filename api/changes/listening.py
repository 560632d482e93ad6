"""Wake-ups from the database: LISTEN on a connection of its own, which is made anew whenever it is lost."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog

from api.changes.queries import CHANNEL
from api.db.pool import Database

AFTER_LOSS = 1.0

_log: Any = structlog.get_logger("dateline.changes")


@asynccontextmanager
async def listening(db: Database, wake: Callable[[], None]) -> AsyncGenerator[None]:
    """Call `wake` at each notification while in the context, and whenever one may have been missed.

    Behind a pooler there is nothing to listen on: readers look once a second.
    """
    if not db.hears:
        yield
        return
    task = asyncio.create_task(_listen(db, wake))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _listen(db: Database, wake: Callable[[], None]) -> None:
    while True:
        try:
            await _listen_once(db, wake)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("not listening for changes", error=type(error).__name__)
        # Readers look once a second meanwhile.
        await asyncio.sleep(AFTER_LOSS)


async def _listen_once(db: Database, wake: Callable[[], None]) -> None:
    """Listen until the connection is lost."""
    lost = asyncio.Event()

    def notified(*_: Any) -> None:
        wake()

    conn = await db.connect_to_listen()
    try:
        conn.add_termination_listener(lambda _: lost.set())
        await conn.add_listener(CHANNEL, notified)
        wake()
        await lost.wait()
    finally:
        conn.terminate()
