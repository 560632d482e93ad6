"""The feed of one server process: it numbers what is committed, reads the log once, and wakes its readers.

Each process has one reader of the log, which runs while somebody waits; it keeps the latest entries, and a
reader who has fallen behind them reads the database for itself.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Any

import structlog

from api.changes import queries
from api.changes.cursors import Place, spell
from api.changes.entries import Entry
from api.changes.listening import listening
from api.changes.log import Page, read_page
from api.changes.schemas import HIDING, MERGERS
from api.changes.selection import Same, Wanted
from api.db.pool import Database
from api.http.problems import unavailable
from api.keys.queries import is_in_force
from api.settings import Settings

LOOK = 1.0  # seconds between looks at the database when nothing tells of a change
GROUP = 0.005  # seconds in which commits are numbered together
KEPT = 4_096  # entries in memory
CHUNK = 500  # entries that a reader is given at a time
CATCHING_UP = 4  # readers that read the database at a time: the others have to wait for requests' connections
RETENTION_EVERY = 3_600.0
KEY_CHECKED_FOR = 10.0

_log: Any = structlog.get_logger("dateline.changes")


class Feed:
    """What readers of the change feed share in one server process."""

    def __init__(self, db: Database, settings: Settings, same: Same) -> None:
        self._db = db
        self._settings = settings
        self._same = same
        self._committed = asyncio.Event()
        self._grown = asyncio.Event()
        self._recent: list[Entry] = []
        self._reached = -1  # the position up to which the log was read; -1 is not at all
        self._follower: asyncio.Task[None] | None = None
        self._catching_up = asyncio.Semaphore(CATCHING_UP)
        self._keys: dict[str, tuple[float, bool]] = {}
        self._epoch = ""
        self.readers: set[Subscription] = set()
        self.ending = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep the log numbered and short for the length of the context."""
        self._db.after_commit = self._committed.set
        tasks = [asyncio.create_task(each()) for each in (self._number, self._forget)]
        try:
            yield
        finally:
            self.end()
            self._db.after_commit = _nothing
            await _cancelled(*tasks)

    def end(self) -> None:
        """Let all readers go, and take no more: the process is about to stop."""
        self.ending = True
        for reader in self.readers:
            reader.end()

    @asynccontextmanager
    async def subscribed(self, place: Place, wanted: Wanted, rank: int) -> "AsyncGenerator[Subscription]":
        """Read on from a place for the length of the context; 503 when the process is about to stop."""
        if self.ending:
            raise unavailable("The server is about to stop: try again.")
        reader = Subscription(self, place, wanted, rank, self._reached)
        self.readers.add(reader)
        if self._follower is None:
            self._follower = asyncio.create_task(self._follow())
        try:
            yield reader
        finally:
            self.readers.discard(reader)
            if not self.readers and (follower := self._follower):
                self._follower, self._recent, self._reached = None, [], -1
                await _cancelled(follower)

    async def current(self) -> queries.Head:
        """Read how far the log goes, after numbering what is committed."""
        async with self._db.read() as conn:
            head = await queries.select_head(conn)
        if head.queued or not head.epochs:
            while await queries.number_changes(self._db) == queries.BATCH:
                pass
            async with self._db.read() as conn:
                head = await queries.select_head(conn)
        self._epoch = head.epochs[-1][0]
        return head

    def cursor(self, place: Place) -> bytes:
        """Write the cursor of a place that was reached."""
        return spell(self._db.secret, self._epoch, place).encode()

    async def is_in_force(self, key_id: str | None) -> bool:
        """Tell whether a key is; asks the database at most every ten seconds for each."""
        if key_id is None:
            return True
        checked, in_force = self._keys.get(key_id, (-inf, False))
        if monotonic() - checked > KEY_CHECKED_FOR:
            async with self._db.read() as conn:
                in_force = await is_in_force(conn, key_id)
            self._keys[key_id] = monotonic(), in_force
        return in_force

    def recent(self, position: int) -> list[Entry] | None:
        """Give the next entries behind a position; None when they are not all in memory."""
        skipped = position - (self._reached - len(self._recent))
        if self._reached < 0 or skipped < 0:
            return None
        return self._recent[skipped : skipped + CHUNK]

    async def page(self, place: Place, wanted: Wanted, rank: int, limit: int) -> Page:
        """Read entries behind a place from the database."""
        return await read_page(self._db, place, await self.widened(wanted), rank, limit)

    async def catch_up(self, place: Place, wanted: Wanted, rank: int) -> Page:
        """Read the entries behind a place that a waiting reader is no more given from memory."""
        async with self._catching_up:
            return await self.page(place, wanted, rank, CHUNK)

    async def widened(self, wanted: Wanted) -> Wanted:
        """Give what is wanted under all ids that its entities have now."""
        if not wanted.names_entities:
            return wanted
        async with self._db.read() as conn:
            return await wanted.widened(conn, self._same)

    async def _number(self) -> None:
        """Give positions to what is committed: at once here, within a second what other programs wrote."""
        while True:
            await _is_set_in_time(self._committed)
            if await self._tried(self._number_some()):
                self._committed.set()
            await asyncio.sleep(GROUP)

    async def _number_some(self) -> bool:
        numbered = await queries.number_changes(self._db)
        if numbered:
            self._grown.set()
        return numbered == queries.BATCH

    async def _follow(self) -> None:
        """Read the log as it grows, and wake the readers."""
        async with listening(self._db, self._grown.set):
            while True:
                if not await self._tried(self._read_on()) and not await _is_set_in_time(self._grown):
                    await self._tried(self._number_some())

    async def _read_on(self) -> bool:
        """Read the next entries of the log into memory; tells whether there may be more."""
        first = self._reached < 0
        if first:
            self._reached = (await self.current()).last
        page = await read_page(self._db, Place(self._reached), Wanted(), None, CHUNK)
        if page.entries:
            # What was read before an article was hidden may tell of it; this page was read after that.
            if any(each.type in HIDING for each in page.entries):
                self._recent = []
            self._recent += page.entries
            self._reached, self._epoch = page.place.position, page.head.epochs[-1][0]
            if len(self._recent) > 2 * KEPT:
                del self._recent[:-KEPT]
        if first or page.entries:
            for reader in self.readers:
                reader.wake.set()
        return not page.caught_up

    async def _forget(self) -> None:
        """Delete what is older than the retention, now and every hour."""
        while True:
            await self._tried(self._delete_old())
            await asyncio.sleep(RETENTION_EVERY * random.uniform(0.9, 1.1))  # noqa: S311 - spreads servers

    async def _delete_old(self) -> bool:
        changes = timedelta(days=self._settings.changes_retention_days)
        tombstones = timedelta(days=self._settings.tombstones_retention_days)
        async with self._db.transaction() as tx:
            await queries.raise_floor(tx, changes)
        more = True
        while more:
            async with self._db.transaction() as tx:
                more = await queries.delete_below_floor(tx, max(changes, tombstones))
        return False

    async def _tried(self, work: Coroutine[Any, Any, bool]) -> bool:
        """Do a piece of work; when it fails, say so, and let the next look try again."""
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may fare better
            _log.warning("change feed failed", work=work.__name__, error=type(error).__name__)
            await asyncio.sleep(LOOK)
            return False


class Subscription:
    """One reader who waits for events: a place in the log, what it wants, and what it may see.

    What others had read by the time it `came`, up to that position, it reads anew: events are shown to those
    who may see their resources now.
    """

    __slots__ = ("_came", "_ended", "_feed", "_rank", "_wanted", "_widened", "caught_up", "place", "wake")

    def __init__(self, feed: Feed, place: Place, wanted: Wanted, rank: int, came: int) -> None:
        self._came = came
        self._feed = feed
        self._wanted = wanted
        self._widened: Wanted | None = None
        self._rank = rank
        self._ended = False
        self.place = place
        self.caught_up = False
        self.wake = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def end(self) -> None:
        """Let the reader go."""
        self._ended = True
        self.wake.set()

    async def next(self, seconds: float) -> list[Entry]:
        """Wait for the next entries; none after so many seconds without one, or at the end.

        `place` advances over what is not wanted. Raises the 410 when events behind it have been forgotten.
        """
        until = asyncio.get_running_loop().time() + seconds
        while not self._ended:
            self.wake.clear()
            entries = await self._advance()
            if entries:
                return entries
            if self.caught_up:
                try:
                    async with asyncio.timeout_at(until):
                        await self.wake.wait()
                except TimeoutError:
                    break
        return []

    async def _advance(self) -> list[Entry]:
        at = self.place.position
        entries = self._feed.recent(at) if at >= self._came else None
        if entries is None:
            page = await self._feed.catch_up(self.place, self._wanted, self._rank)
            self.place, self.caught_up = page.place, page.caught_up
            return page.entries
        if self._widened is None or any(each.type in MERGERS for each in entries):
            self._widened = await self._feed.widened(self._wanted)
        self.caught_up = len(entries) < CHUNK
        if entries:
            self.place = Place(entries[-1].position)
        return [each for each in entries if self._rank in each.audience and self._widened.takes(each)]


def _nothing() -> None:
    """Do nothing."""


async def _is_set_in_time(event: asyncio.Event) -> bool:
    """Wait until the event is set, a second at most, and clear it; tells whether it was."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK):
            await event.wait()
    was_set = event.is_set()
    event.clear()
    return was_set


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
