"""The database: reads, which a replica may answer, and writes; and the types of a connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from api.db.freshness import Freshness, insert_touch, reached
from api.db.lending import Lending
from api.db.marks import Marks, new_stamp, touching
from api.db.replicas import Replica, Replicas
from api.db.sessions import current
from api.settings import Settings

if TYPE_CHECKING:
    Record = asyncpg.Record
    Connection = asyncpg.Connection[Record]
    Conn = Connection | PoolConnectionProxy[Record]
else:
    Record = asyncpg.Record
    Connection = Any
    Conn = Any

CLOSE_TIMEOUT = 3.0
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
    # lets each of them cost nothing when it is not given. Writes have no such statement (see `write`).
    "plan_cache_mode": "force_custom_plan",
    # Every condition has an index. The planner would sometimes rather read a whole table, because it does not
    # know what it costs to fetch long values, such as the words of each row, from beside the table.
    "enable_seqscan": "off",
    # The rows of a common word must fit into a bitmap of this size. One that is too small forgets which rows
    # of a block they are, and the words of all of them are fetched to tell.
    "work_mem": "32MB",
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


async def connect_pool(dsn: str, size: int, *, ready: int = 2, pooler: bool = False) -> Lending:
    """Open a pool of at most `size` connections to `dsn`, so many of them at once."""
    pool = await asyncpg.create_pool(
        dsn,
        min_size=min(ready, size),
        max_size=size,
        init=_set_codecs,
        reset=_keep,
        command_timeout=COMMAND_TIMEOUT,
        **_session(pooler=pooler),
    )
    return Lending(pool, size)


def _session(*, pooler: bool) -> dict[str, Any]:
    """Give what a session is made with. Behind a pooler it is everybody's: nothing may be left in it."""
    if not pooler:
        return {"server_settings": SERVER_SETTINGS}
    known = {name: SERVER_SETTINGS[name] for name in ("application_name", "timezone")}
    return {"server_settings": known, "statement_cache_size": 0}


def columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Turn rows into the columns that `unnest` takes: one statement then inserts them all."""
    return [list(column) for column in zip(*rows, strict=True)]


DEFAULTS = Settings()


class Database:
    """What a request reads from and writes to; `read` may lead to a replica, `write` is the primary.

    `size` is how many connections each server is given at most.
    """

    def __init__(self, dsn: str, size: int, settings: Settings = DEFAULTS) -> None:
        self._dsn = dsn
        self._size = size
        self._settings = settings
        self._opened: Lending | None = None
        self._replicas: Replicas | None = None
        self.secret = b""
        """The deployment's secret, which signs cursors."""
        self.after_commit: Callable[[], None] = lambda: None
        """Called after each commit of `write`."""
        self.freshness = Freshness()
        """Whether what was read is still so."""

    @property
    def _pool(self) -> Lending:
        if self._opened is None:
            raise asyncpg.InterfaceError("the database is not open")
        return self._opened

    async def open(self) -> None:
        """Connect. The schema must be this version's."""
        self._opened = await connect_pool(self._dsn, self._size, pooler=self._settings.pooler)
        async with self._opened.acquire() as conn:
            self.secret = await conn.fetchval("select secret from deployment")
        self.freshness.marks = Marks(self.secret, self._settings.cache_dir)
        addresses = enumerate(self._settings.replica_addresses, 1)
        if replicas := [self._replica(number, dsn) for number, dsn in addresses]:
            self._replicas = Replicas(replicas, self.freshness)

    def _replica(self, number: int, dsn: str) -> Replica:
        return Replica(
            number,
            lambda: _connect(dsn, pooler=self._settings.pooler),
            lambda: connect_pool(dsn, self._size, ready=0, pooler=self._settings.pooler),
        )

    async def close(self) -> None:
        """Give the connections back to the server; those in use after some seconds are cut."""
        if self.freshness.marks is not None:
            self.freshness.marks.close()
            self.freshness.marks = None
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_TIMEOUT)
        except TimeoutError:
            self._pool.terminate()

    def read(self) -> AbstractAsyncContextManager["Conn"]:
        """Lend a connection for statements that change nothing.

        It is the primary's unless the request is one for what readers are shown (api/db/sessions.py): then a
        replica's that has replayed every change of it that this host knows of.
        """
        primary = self._pool.acquire()
        if self._replicas is None or (session := current.get()) is None or session.marks is None:
            return primary
        return self._replicas.reading(session, session.marks, primary)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator["Conn"]:
        """Lend a connection in a transaction: it commits when the block ends, rolls back when it raises.

        When it has ended, no cache on this host holds what the transaction changed (api/db/marks.py).
        """
        stamp = new_stamp()
        with touching() as touched:
            async with self._pool.acquire() as conn:
                transaction = conn.transaction()
                await transaction.start()
                # Planning each statement anew was a third of what PostgreSQL spends on a dispatch.
                await conn.execute("set local plan_cache_mode = auto")
                try:
                    yield conn
                    if touched.marks:
                        await insert_touch(conn, stamp, touched.marks)
                except BaseException:
                    await transaction.rollback()
                    raise
                position = None
                try:
                    await transaction.commit()
                    position = await reached(conn)
                finally:
                    # Also when it was cut off: the server may have committed.
                    if touched.marks and self.freshness.marks is not None:
                        self.freshness.marks.raise_marks(touched.marks, stamp, position)
        if session := current.get():
            session.written = position
        self.after_commit()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["Conn"]:
        """Lend a connection as `write` does, for what no reader sees: nobody is told of the commit."""
        async with self._pool.acquire() as conn, conn.transaction():
            yield conn

    @asynccontextmanager
    async def following(self) -> AsyncGenerator[None]:
        """Follow what other processes commit for the length of the context.

        Only then may reads be kept, or answered by replicas.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.freshness.following(self.connect))
            if self._replicas is not None:
                await stack.enter_async_context(self._replicas.following(self.secret))
            yield

    async def connect(self) -> "Connection":
        """Open a connection to the primary beside the pool, for whoever keeps it."""
        return await _connect(self._dsn, pooler=self._settings.pooler)

    @property
    def hears(self) -> bool:
        """Whether notifications can be listened to."""
        return not self._settings.pooler or self._settings.listen_url is not None

    async def connect_to_listen(self) -> "Connection":
        """Open a connection that notifications reach, beside the pool: behind a pooler none do."""
        return await _connect(self._settings.listen_url or self._dsn, pooler=False)


async def _connect(dsn: str, *, pooler: bool) -> "Connection":
    return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, **_session(pooler=pooler))
