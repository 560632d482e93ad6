"""Whether what a process has read is still so: the marks of this host, and what other hosts have committed.

Each transaction that touches something leaves a row with its marks. One follower in each process reads the
new rows and raises the marks that nobody has raised here: those of other hosts, and of a writer that was
killed between its commit and that. As long as it cannot, nothing that was read before counts as fresh.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from api.db.marks import EVERYTHING, Marks

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = Any

CONFIRMED_FOR = 1.0  # seconds that the last look at the rows counts
PAUSE = 0.25
AFTER_LOSS = 0.5
LOOK_TIMEOUT = 1.0
FORGET_EVERY = 30.0

# What was noted: how often the follower has lost its place, and each mark with its number.
Note = tuple[int, tuple[tuple[int, int], ...]]

_log: Any = structlog.get_logger("dateline.freshness")


class Freshness:
    """What readers of one process ask. Without marks, or while nobody follows, nothing is ever fresh."""

    def __init__(self) -> None:
        self.marks: Marks | None = None
        self.incarnation = ""
        """The physical database that is followed: its system identifier and timeline."""
        self._losses = 0
        self._confirmed_until = 0.0
        self._began = 0  # the position at which following began
        self._reached = 0  # before it every commit that was acknowledged has raised its marks here

    @property
    def is_confirmed(self) -> bool:
        """Whether all that was committed until a second ago has raised its marks here."""
        return monotonic() < self._confirmed_until

    def note(self, marks: Sequence[int]) -> Note | None:
        """Note marks, before the statement that reads; None when what it reads must not be kept."""
        if self.marks is None or not self.is_confirmed:
            return None
        numbers = self.marks.numbers
        return self._losses, tuple((mark, numbers[mark]) for mark in (EVERYTHING, *marks))

    def position_of(self, marks: Sequence[int]) -> int | None:
        """Give the position that a replica must have replayed to answer for these marks; None for none."""
        if self.marks is None or not self.is_confirmed:
            return None
        positions = self.marks.positions
        return max(self._began, positions[EVERYTHING], *(positions[mark] for mark in marks))

    def has_seen(self, position: int) -> bool:
        """Tell whether whatever was acknowledged at this position has raised its marks here."""
        return position < self._reached and self.is_confirmed

    def holds(self, note: Note, now: float) -> bool:
        """Tell whether what was read after the note is still so; `now` is the monotonic clock's."""
        losses, noted = note
        if losses != self._losses or now >= self._confirmed_until or self.marks is None:
            return False
        numbers = self.marks.numbers
        for mark, number in noted:  # noqa: SIM110 - half as long as with `all`, in the path of every read
            if numbers[mark] != number:
                return False
        return True

    @asynccontextmanager
    async def following(self, connect: Callable[[], Awaitable["Connection"]]) -> AsyncGenerator[None]:
        """Follow what is committed for the length of the context, on a connection of its own."""
        task = asyncio.create_task(self._follow(connect))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._confirmed_until = 0.0

    async def _follow(self, connect: Callable[[], Awaitable["Connection"]]) -> None:
        while True:
            try:
                conn = await connect()
                try:
                    await self._read_on(conn)
                finally:
                    conn.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("read cache is off: changes cannot be followed", error=type(error).__name__)
            await asyncio.sleep(AFTER_LOSS)

    async def _read_on(self, conn: "Connection") -> None:
        """Read row after row until the connection fails."""
        snapshot, self._began, self.incarnation = await _start(conn)
        # What was read before is dropped only now: what is read from here on has seen all that this snapshot
        # has, and the rest is followed.
        self._losses += 1
        self._reached = 0
        forget_at, position = monotonic() + FORGET_EVERY, 0
        while True:
            began, before = monotonic(), position
            snapshot, position = await self._raise_new(conn, snapshot)
            self._confirmed_until = began + CONFIRMED_FOR
            # This look's snapshot was taken after the log had reached the position of the one before.
            self._reached = before
            if began > forget_at:
                await _forget(conn)
                forget_at = began + FORGET_EVERY
            await asyncio.sleep(PAUSE)

    async def _raise_new(self, conn: "Connection", snapshot: str) -> tuple[str, int]:
        """Raise what was committed since a snapshot and is not raised here; gives the next, and a position.

        The position is behind all that the next snapshot shows: a commit is logged before anybody sees it.

        By snapshots and not by a sequence, which is drawn before the commit: a row that is committed late
        would be passed over. Those of a restored backup may be of transactions that are still to come.
        """
        rows = await conn.fetch(
            """
            select now.snapshot::text, t.stamp, t.marks,
                pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as position
            from (select pg_current_snapshot() as snapshot) as now
            left join touches t
                on t.xid >= pg_snapshot_xmin($1::text::pg_snapshot)
                and not pg_visible_in_snapshot(t.xid, $1::text::pg_snapshot)
                and pg_visible_in_snapshot(t.xid, now.snapshot)
            """,
            snapshot,
            timeout=LOOK_TIMEOUT,
        )
        for row in rows:
            if self.marks and row["stamp"] is not None and not self.marks.were_raised(row["stamp"]):
                self.marks.raise_marks(row["marks"], row["stamp"], row["position"])
        return rows[0]["snapshot"], rows[0]["position"]


async def _start(conn: "Connection") -> tuple[str, int, str]:
    """Give a snapshot, a position behind all that it shows, and which physical database this is."""
    row = await conn.fetchrow(
        """
        select pg_current_snapshot()::text,
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
            concat(
                system_identifier, '/',
                ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer
            )
        from pg_control_system()
        """,
        timeout=LOOK_TIMEOUT,
    )
    assert row is not None  # noqa: S101 - there is one
    return row[0], row[1], row[2]


async def reached(conn: Any) -> int:
    """Give the position of the log: behind all that has been committed."""
    return await conn.fetchval("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")


async def insert_touch(tx: Any, stamp: int, marks: Sequence[int]) -> None:
    """Leave the row of a transaction, as its last statement."""
    await tx.execute("insert into touches (stamp, marks) values ($1, $2)", stamp, marks)


async def _forget(conn: "Connection") -> None:
    """Delete rows that every follower has read: one that could not for so long has lost its place."""
    await conn.execute(
        "delete from touches where at < clock_timestamp() - interval '1 minute'", timeout=LOOK_TIMEOUT
    )
