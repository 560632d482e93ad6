"""Writes that may be trials: a dry run does the work, and undoes it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from api.db.pool import Conn, Database


@asynccontextmanager
async def write_or_try(db: Database, *, dry_run: bool) -> AsyncGenerator[Conn]:
    """Lend a connection as `Database.write` does; what a dry run writes is undone when the block ends.

    A savepoint undoes it: the transaction has nothing left to commit, and no reader is told of it.
    """
    if not dry_run:
        async with db.write() as tx:
            yield tx
        return
    async with db.transaction() as tx:
        trial = tx.transaction()
        await trial.start()
        try:
            yield tx
        finally:
            await trial.rollback()
