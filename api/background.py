"""Work in the background: jobs of each server process that claim in PostgreSQL what is due."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from api.db.pool import Database

# Does one piece of what is due; tells whether there may be more.
Job = Callable[[Database], Awaitable[bool]]

# Seconds between looks, when nothing was due or the look failed: an embargo ends within a second of its
# time, or of when the database is back.
PAUSE = 1.0

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
    """Do a job over and over; of failures in a row, each kind is told once."""
    told: set[str] = set()
    while True:
        more = False
        try:
            more = await job(db)
            told.clear()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may fare better
            kind = type(error).__name__
            if kind not in told:
                _log.warning("background job failed", job=getattr(job, "__name__", "?"), error=kind)
            told.add(kind)
        await asyncio.sleep(0.0 if more else PAUSE)
