"""Work in the background: jobs of each server process that claim in PostgreSQL what is due."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from api.db.pool import Database

# Does one piece of what is due; tells whether there may be more.
Job = Callable[[Database], Awaitable[bool]]

PAUSE = 1.0  # seconds between looks, when nothing was due
AFTER_FAILURE = 5.0

_log: Any = structlog.get_logger("dateline.background")


@asynccontextmanager
async def running(db: Database, jobs: Sequence[Job]) -> AsyncGenerator[None]:
    """Run each job over and over for the length of the context; one that fails tries again."""
    tasks = [asyncio.create_task(_repeat(db, job)) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _repeat(db: Database, job: Job) -> None:
    while True:
        try:
            pause = 0.0 if await job(db) else PAUSE
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may fare better
            _log.warning(
                "background job failed", job=getattr(job, "__name__", "?"), error=type(error).__name__
            )
            pause = AFTER_FAILURE
        await asyncio.sleep(pause)
