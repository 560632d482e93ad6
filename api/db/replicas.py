"""Streaming replicas: which of them has replayed what a read must see, and connections to it.

How far a replica is, is asked ten times a second and only ever grows, so what is known errs on the side of
the primary. A replica that does not answer, follows another primary or has been promoted is left out until it
is found well again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from api.db.freshness import Freshness
from api.db.lending import Lending
from api.db.sessions import Session

if TYPE_CHECKING:
    Record = asyncpg.Record
    Connection = asyncpg.Connection[Record]
else:
    Connection = Any

LOOK = 0.1  # seconds between looks
LOOK_TIMEOUT = 1.0
AFTER_LOSS = 0.5
ACQUIRE_TIMEOUT = 0.5  # seconds; then the primary answers
# What an unwell server raises, or a connection that is just being lost.
UNWELL = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
UNKNOWN = -1

_log: Any = structlog.get_logger("dateline.replicas")


class Replica:
    """One replica; `position` is what it has replayed at least, `UNKNOWN` while it is left out."""

    def __init__(
        self,
        number: int,
        connect: Callable[[], Awaitable["Connection"]],
        connect_pool: Callable[[], Awaitable[Lending]],
    ) -> None:
        self._number = number
        self._connect = connect
        self._connect_pool = connect_pool
        self.pool: Lending | None = None
        self.position = UNKNOWN

    async def follow(self, freshness: Freshness, secret: bytes) -> None:
        """Look again and again how far it is; when it is lost, so are the reads that wait for it."""
        while True:
            try:
                conn = await self._connect()
                try:
                    self.pool = await self._connect_pool()
                    while True:
                        self.position = await _replayed(conn, freshness.incarnation, secret)
                        await asyncio.sleep(LOOK)
                finally:
                    self.position = UNKNOWN
                    conn.terminate()
                    if self.pool is not None:
                        self.pool.terminate()
            except UNWELL as error:
                _log.warning("replica is left out", replica=self._number, error=type(error).__name__)
            await asyncio.sleep(AFTER_LOSS)


class Replicas:
    """The replicas of one process, which take turns."""

    def __init__(self, replicas: Sequence[Replica], freshness: Freshness) -> None:
        self._replicas = replicas
        self._freshness = freshness
        self._turn = 0

    @asynccontextmanager
    async def following(self, secret: bytes) -> AsyncGenerator[None]:
        """Follow how far each is for the length of the context."""
        tasks = [asyncio.create_task(each.follow(self._freshness, secret)) for each in self._replicas]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def reading(
        self, session: Session, marks: Sequence[int], primary: AbstractAsyncContextManager[Any]
    ) -> AsyncGenerator[Any]:
        """Lend a connection of a replica that has replayed the changes under marks, else the primary's."""
        async with AsyncExitStack() as stack:
            conn = await self._acquire(stack, session, marks)
            yield conn or await stack.enter_async_context(primary)

    async def _acquire(
        self, stack: AsyncExitStack, session: Session, marks: Sequence[int]
    ) -> "PoolConnectionProxy[Record] | None":
        replica = self._choose(session, marks)
        if replica is None or replica.pool is None:
            return None
        try:
            return await stack.enter_async_context(replica.pool.acquire(ACQUIRE_TIMEOUT))
        except TimeoutError:
            return None  # it is busy; whether it is well is for the next look to tell
        except UNWELL:
            replica.position = UNKNOWN
            return None

    def _choose(self, session: Session, marks: Sequence[int]) -> Replica | None:
        """Give the next replica that is far enough; None when none is, or when that cannot be told."""
        shown = self._freshness.position_of(marks)
        if shown is None:
            return None
        sees = max(shown, session.sees)
        self._turn = (self._turn + 1) % len(self._replicas)
        turns = (*self._replicas[self._turn :], *self._replicas[: self._turn])
        return next((each for each in turns if each.position >= sees), None)


async def _replayed(conn: "Connection", incarnation: str, secret: bytes) -> int:
    """Ask a standby of this very database how far it has replayed; `UNKNOWN` from any other server.

    What is known of a standby's timeline lags: after a failover it takes until its next restart point, some
    minutes at most, until a standby of the new primary is read from.
    """
    position: int | None = await conn.fetchval(
        """
        select pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint
        from pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r, deployment d
        where pg_is_in_recovery() and d.secret = $2
            and $1 = concat(s.system_identifier, '/', greatest(c.timeline_id, r.min_recovery_end_timeline))
        """,
        incarnation,
        secret,
        timeout=LOOK_TIMEOUT,
    )
    return UNKNOWN if position is None else position
