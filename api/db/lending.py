"""Lends the connections of a pool, and keeps what comes back sound in hand for whoever asks next.

asyncpg starts a task for each connection that it lends, and another to take it back: as long as all else that
this side does for a small statement. In hand is a connection for a second at most; then it goes back, and the
pool renews or closes it as it would otherwise.
"""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]
    Lent = PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Lent = Any

ACQUIRE_TIMEOUT = 2.0  # seconds; a pool that stays empty for longer is answered with 503
IN_HAND = 1.0


class Lending:
    """The connections of a pool of `size`, lent in the order in which they are asked for."""

    def __init__(self, pool: "Pool", size: int) -> None:
        self._pool = pool
        self._free = asyncio.Semaphore(size)
        self._in_hand: list[Lent] = []
        self._timer: asyncio.TimerHandle | None = None
        self._returns: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def acquire(self, timeout: float | None = None) -> "Loan":
        """Lend a connection for the length of a context; TimeoutError when none is free for so long."""
        return Loan(self, ACQUIRE_TIMEOUT if timeout is None else timeout)

    async def take(self, timeout: float) -> "Lent":  # noqa: ASYNC109 - asyncpg's own
        """Give a connection; `give` is to follow."""
        if self._free.locked():
            async with asyncio.timeout(timeout):
                await self._free.acquire()
        else:
            await self._free.acquire()
        try:
            while self._in_hand:
                conn = self._in_hand.pop()
                if _is_sound(conn):
                    return conn
                await self._pool.release(conn)
            return await self._pool.acquire(timeout=timeout)
        except BaseException:
            self._free.release()
            raise

    async def give(self, conn: "Lent", *, used_up: bool) -> None:
        """Take a connection back; one that is `used_up` may still have something under way."""
        try:
            if used_up or self._is_closing or not _is_sound(conn):
                await self._pool.release(conn)
                return
            self._in_hand.append(conn)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(IN_HAND, self._return_all)
        finally:
            self._free.release()

    def _return_all(self) -> None:
        self._timer = None
        conns, self._in_hand = self._in_hand, []
        for conn in conns:
            task = asyncio.create_task(self._pool.release(conn))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def close(self) -> None:
        """Close the connections, as they come back."""
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._return_all()
        await self._pool.close()

    def terminate(self) -> None:
        """Cut the connections off."""
        self._is_closing = True
        if self._timer is not None:
            self._timer.cancel()
        self._pool.terminate()


class Loan:
    """A connection for the length of a context."""

    __slots__ = ("_conn", "_lending", "_timeout")

    def __init__(self, lending: Lending, timeout: float) -> None:
        self._lending = lending
        self._timeout = timeout

    async def __aenter__(self) -> "Lent":
        """Wait for a connection."""
        self._conn = await self._lending.take(self._timeout)
        return self._conn

    async def __aexit__(
        self, failure: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Give it back."""
        await self._lending.give(self._conn, used_up=failure is not None)


def _is_sound(conn: "Lent") -> bool:
    """Tell whether a connection can be used again as it is."""
    try:
        return not (conn.is_closed() or conn.is_in_transaction())
    except asyncpg.InterfaceError:  # it was lost, and asyncpg has let go of it
        return False
