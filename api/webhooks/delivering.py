"""Delivering: each server process claims webhooks, and posts to each endpoint what it wants, one by one.

A webhook is a reader of the change feed that remembers its place. An endpoint that fails holds up its own
changes alone. An attempt counts when it is written down, after the answer: one may be made twice, never none.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import httpcore2
import msgspec
import structlog
from prometheus_client import Counter, Gauge

from api.changes.cursors import Place
from api.changes.entries import Entry, rank_of
from api.changes.feed import Feed
from api.changes.log import read_page
from api.changes.selection import Wanted, wanted
from api.db.pool import Database
from api.http.reader import reader_of
from api.settings import Settings
from api.webhooks import queries
from api.webhooks.queries import Hook
from api.webhooks.schedule import delay
from api.webhooks.schemas import Delivery
from api.webhooks.sending import Message, Outcome, connections, send
from api.wire import new_id

LOOK = 1.0  # seconds between looks for webhooks that nobody delivers
RENEW_EVERY = 3  # looks
LONGEST_PAUSE = 5.0  # seconds without looking whether a webhook was changed
FAR = 1_000  # changes that a webhook did not want, before its place is written down
RETENTION = timedelta(days=30)

ATTEMPTS = Counter("dateline_webhook_attempts", "Attempts to deliver a change.", ("outcome",))
WAITING = Gauge(
    "dateline_webhook_changes_waiting",
    "Changes that webhooks have not gone through, summed over those that have one to deliver.",
    multiprocess_mode="livesum",
)

_log: Any = structlog.get_logger("dateline.webhooks")


class Deliverer:
    """What one server process delivers."""

    def __init__(self, db: Database, feed: Feed, settings: Settings) -> None:
        self._db = db
        self._feed = feed
        self._settings = settings
        self._process = new_id()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Deliver for the length of the context; what is under way when it ends is delivered again."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            tasks = [keeper, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self) -> None:
        """Claim webhooks that nobody delivers, and keep those that this process does."""
        looks = 0
        while True:
            try:
                await self._claim(renew=looks % RENEW_EVERY == 0)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may fare better
                _log.warning("webhooks cannot be claimed", error=type(error).__name__)
            looks += 1
            await asyncio.sleep(LOOK)

    async def _claim(self, *, renew: bool) -> None:
        if self._feed.ending:
            return
        async with self._db.transaction() as tx:
            if renew and self._tasks:
                await queries.renew_claims(tx, self._process)
            claimed = await queries.claim_webhooks(tx, self._process, list(self._tasks))
        for id in claimed:
            self._tasks[id] = asyncio.create_task(self._run(id))

    async def _run(self, id: str) -> None:
        """Deliver a webhook until it is stopped, or another process has it."""
        try:
            async with connections(allow_private=self._settings.webhook_allow_private) as pool:
                await self._deliver(id, pool)
        except Exception as error:  # noqa: BLE001 - it is claimed again, here or elsewhere
            _log.warning("a webhook is let go", webhook=id, error=type(error).__name__)
            await asyncio.sleep(LOOK)
        finally:
            self._tasks.pop(id, None)
            self._note(id, 0)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # the claim runs out
                async with self._db.transaction() as tx:
                    await queries.release_claim(tx, self._process, id)

    async def _deliver(self, id: str, pool: httpcore2.AsyncConnectionPool) -> None:
        while (hook := await self._load(id)) is not None:
            if hook.wait > 0:
                self._note(id, hook.last - hook.position)
                await asyncio.sleep(min(hook.wait, LONGEST_PAUSE))
                continue
            # What has been forgotten meanwhile is passed over.
            page = await self._feed.page(Place(max(hook.position, hook.floor)), *_reading(hook), 1)
            self._note(id, page.head.last - hook.position if page.entries else 0)
            if page.entries:
                await self._attempt(hook, page.entries[0], pool)
            elif not page.caught_up:
                await self._advance(hook, page.place.position)
            else:
                await self._wait(hook, page.place)

    def _note(self, id: str, waiting: int) -> None:
        """Note for the metrics how many changes wait for a webhook."""
        self._waiting[id] = waiting
        if not waiting:
            del self._waiting[id]
        WAITING.set(sum(self._waiting.values()))

    async def _load(self, id: str) -> Hook | None:
        """Read a webhook anew before each attempt; one whose key is no longer in force ends here."""
        async with self._db.read() as conn:
            hook = await queries.select_hook(conn, id, self._process)
        if hook is not None and not hook.in_force:
            async with self._db.transaction() as tx:
                await queries.disable(tx, hook, "key_revoked")
            return None
        return hook

    async def _wait(self, hook: Hook, place: Place) -> None:
        """Wait until there is a change that the webhook wants, or it is itself changed."""
        picked, rank = _reading(hook)
        async with self._feed.subscribed(place, picked, rank) as subscription:
            while not await subscription.next(LONGEST_PAUSE) and not subscription.ended:
                now = await self._load(hook.id)
                if now is None or not now.equals(hook):
                    return
                if subscription.place.position - hook.position > FAR:
                    await self._advance(hook, subscription.place.position)
                    return

    async def _advance(self, hook: Hook, position: int) -> None:
        """Write down that the webhook wants nothing up to a position."""
        async with self._db.transaction() as tx:
            await queries.advance(tx, hook, position)

    async def _attempt(self, hook: Hook, entry: Entry, pool: httpcore2.AsyncConnectionPool) -> None:
        """Deliver one change, and write down what came of it."""
        message = message_of(entry)
        outcome = await send(pool, hook.url, hook.secrets, message)
        ATTEMPTS.labels("delivered" if outcome.succeeded else "failed").inc()
        async with self._db.transaction() as tx:
            next_at = None
            if outcome.succeeded:
                await queries.advance(tx, hook, entry.position)
            elif outcome.gone:
                await queries.disable(tx, hook, "gone")
            elif (pause := delay(hook.attempts + 1, outcome.retry_after)) is not None:
                next_at = await queries.postpone(tx, hook, pause)
            else:
                await queries.disable(tx, hook, "failing")
            await queries.insert_delivery(tx, hook.id, message, hook.attempts + 1, outcome, next_at)


def _reading(hook: Hook) -> tuple[Wanted, int]:
    """Give what a webhook wants, and what its key sees."""
    return wanted(hook.types, hook.filters), rank_of(reader_of("", "", hook.scopes))


async def find_change(db: Database, hook: Hook, position: int) -> Entry | None:
    """Find the change at a position, when it is retained and the webhook's key may see it."""
    _, rank = _reading(hook)
    page = await read_page(db, Place(position - 1, hook.floor), Wanted(), rank, 1)
    return next((entry for entry in page.entries if entry.position == position), None)


def message_of(entry: Entry) -> Message:
    """Build what is delivered of an event."""
    head = {"type": entry.type, "timestamp": entry.occurred_at}
    body = msgspec.json.encode(head)[:-1] + b',"data":' + entry.item + b"}"
    return Message(id=entry.id, type=entry.type, body=body, position=entry.position)


async def deliver_now(
    db: Database, hook: Hook, message: Message, attempt: int, *, allow_private: bool
) -> Delivery | None:
    """Make one attempt out of turn, and log it; None when the webhook was deleted meanwhile."""
    async with connections(allow_private=allow_private) as pool:
        outcome: Outcome = await send(pool, hook.url, hook.secrets, message)
    async with db.transaction() as tx:
        return await queries.insert_delivery(tx, hook.id, message, attempt, outcome, None)


async def forget_deliveries(db: Database) -> bool:
    """Forget old attempts, some at a time; tells whether there may be more."""
    async with db.transaction() as tx:
        return await queries.delete_deliveries(tx, RETENTION)
