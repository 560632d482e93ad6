"""The database: one pool for reads and one for writes, named by need, and the types of a connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from api.db.freshness import Freshness, insert_touch
from api.db.marks import Marks, new_stamp, touching

if TYPE_CHECKING:
    Record = asyncpg.Record
    Connection = asyncpg.Connection[Record]
    Conn = Connection | PoolConnectionProxy[Record]
    Pool = asyncpg.Pool[Record]
else:
    Record = asyncpg.Record
    Connection = Any
    Conn = Any
    Pool = asyncpg.Pool

CLOSE_TIMEOUT = 3.0
ACQUIRE_TIMEOUT = 2.0  # seconds; a pool that stays empty for longer is answered with 503
CONNECT_TIMEOUT = 5.0
COMMAND_TIMEOUT = 30.0

SERVER_SETTINGS = {
    "application_name": "dateline",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    # Optional filters stand in one static statement as `$n is null or …`; only a plan for the values at hand
    # lets each of them cost nothing when it is not given.
    "plan_cache_mode": "force_custom_plan",
    # Every condition has an index. The planner would sometimes rather read a whole table, because it does not
    # know what it costs to fetch long values, such as the words of each row, from beside the table.
    "enable_seqscan": "off",
}


async def _set_codecs(conn: "Conn") -> None:
    """Take ids as text, JSON as Python values: the wire's forms."""
    await conn.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


async def _keep(_: "Conn") -> None:
    """Spare the reset query at each release: nothing here changes a session's state."""


async def connect_pool(dsn: str, size: int) -> "Pool":
    """Open a pool of at most `size` connections to `dsn`."""
    return await asyncpg.create_pool(
        dsn,
        min_size=min(2, size),
        max_size=size,
        init=_set_codecs,
        reset=_keep,
        command_timeout=COMMAND_TIMEOUT,
        server_settings=SERVER_SETTINGS,
    )


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the columns that `unnest` takes: one statement then inserts them all."""
    return [list(column) for column in zip(*rows, strict=True)]


class Database:
    """What a request reads from and writes to; `read` may become a replica, `write` is the primary."""

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        self._size = size
        self._opened: Pool | None = None
        self.secret = b""
        """The deployment's secret, which signs cursors."""
        self.after_commit: Callable[[], None] = lambda: None
        """Called after each commit of `write`."""
        self.freshness = Freshness()
        """Whether what was read is still so."""

    @property
    def _pool(self) -> "Pool":
        if self._opened is None:
            raise asyncpg.InterfaceError("the database is not open")
        return self._opened

    async def open(self) -> None:
        """Connect. The schema must be this version's."""
        self._opened = await connect_pool(self._dsn, self._size)
        self.secret = await self._opened.fetchval("select secret from deployment")
        self.freshness.marks = Marks(self.secret)

    async def close(self) -> None:
        """Give the connections back to the server; those in use after some seconds are cut."""
        if self.freshness.marks is not None:
            self.freshness.marks.close()
            self.freshness.marks = None
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_TIMEOUT)
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator["Conn"]:
        """Lend a connection for statements that change nothing."""
        async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn:
            yield conn

    @asynccontextmanager
    async def write(self) -> AsyncGenerator["Conn"]:
        """Lend a connection in a transaction: it commits when the block ends, rolls back when it raises.

        When it has ended, no cache on this host holds what the transaction changed (api/db/marks.py).
        """
        stamp = new_stamp()
        with touching() as touched:
            async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn:
                transaction = conn.transaction()
                await transaction.start()
                try:
                    yield conn
                    if touched.marks:
                        await insert_touch(conn, stamp, touched.marks)
                except BaseException:
                    await transaction.rollback()
                    raise
                try:
                    await transaction.commit()
                finally:
                    # Also when it was cut off: the server may have committed.
                    if touched.marks and self.freshness.marks is not None:
                        self.freshness.marks.raise_marks(touched.marks, stamp)
        self.after_commit()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Conn"]:
        """Lend a connection as `write` does, for what no reader sees: nobody is told of the commit."""
        async with self._pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn, conn.transaction():
            yield conn

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[None]:
        """Follow what other processes commit for the length of the context: only then may reads be kept."""
        async with self.freshness.following(self.connect):
            yield

    async def connect(self) -> "Connection":
        """Open a connection beside the pool, to listen on: such a one cannot be lent to others."""
        return await asyncpg.connect(self._dsn, timeout=CONNECT_TIMEOUT, server_settings=SERVER_SETTINGS)
