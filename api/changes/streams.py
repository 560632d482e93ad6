"""The change feed as a stream that stays open: server-sent events, and lines of JSON."""

import asyncio
import random
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import asyncpg
import structlog
from litestar.types import Receive, Scope, Send
from prometheus_client import Gauge

from api.changes.cursors import Place
from api.changes.entries import Entry, rank_of
from api.changes.feed import Feed, Subscription
from api.changes.selection import Wanted
from api.http.answers import Answer
from api.http.problems import Problem
from api.http.reader import Reader

HEARTBEAT = 15.0  # seconds without an event: proxies close what is silent for a minute
STALLED = 60.0  # seconds that a reader may take for what is sent: one who has stopped reading is let go
RETRY = (1_000, 5_000)  # milliseconds, so that readers do not all come back at once

OPEN = Gauge("dateline_changes_streams", "Open streams of the change feed.", multiprocess_mode="livesum")

_log: Any = structlog.get_logger("dateline.changes")


class Stream(Answer):
    """An answer that goes on until its reader leaves, the reader's key is revoked, or the server stops."""

    media_type: ClassVar[bytes]

    def __init__(self, feed: Feed, place: Place, wanted: Wanted, reader: Reader) -> None:
        fields = [
            (b"content-type", self.media_type),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),  # nginx would hold events back until its buffer is full
        ]
        super().__init__(200, fields, b"")
        self._feed = feed
        self._place = place
        self._wanted = wanted
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events as they come."""
        async with self._feed.subscribed(self._place, self._wanted, rank_of(self._reader)) as subscription:
            await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
            if scope["state"]["method"] == "HEAD":
                await _send(send, b"", more=False)
                return
            watcher = asyncio.create_task(_watch(receive, subscription))
            try:
                with OPEN.track_inprogress():
                    await self._pump(subscription, send)
            # Trouble ends the stream; the reader comes back with its cursor, and hears what is the matter.
            except (Problem, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.info("a stream of changes was cut", error=type(error).__name__)
            finally:
                watcher.cancel()

    async def _pump(self, subscription: Subscription, send: Send) -> None:
        """Send until there is a reason to end."""
        await _send(send, self.opening())
        while True:
            entries = await subscription.next(HEARTBEAT)
            if subscription.ended or not await self._feed.is_in_force(self._reader.key_id):
                break
            await _send(send, self.events(entries) if entries else self.heartbeat(subscription.place))
        await _send(send, self.closing(), more=False)

    def opening(self) -> bytes:
        """Give what comes before the first event."""
        return b""

    @abstractmethod
    def events(self, entries: Sequence[Entry]) -> bytes:
        """Write events."""

    @abstractmethod
    def heartbeat(self, place: Place) -> bytes:
        """Write a sign of life that carries the cursor on, over what is not wanted."""

    def closing(self) -> bytes:
        """Give what comes after the last event."""
        return b""


class EventStream(Stream):
    """Server-sent events (WHATWG HTML §9.2): `id` is the cursor, `data` the event."""

    media_type = b"text/event-stream"

    def opening(self) -> bytes:
        """Say how long to wait before coming back."""
        return b"retry: %d\n\n" % RETRY[0]

    def events(self, entries: Sequence[Entry]) -> bytes:
        """Write events."""
        return b"".join([entry.message for entry in entries])

    def heartbeat(self, place: Place) -> bytes:
        """Write a comment, and a block without data: it only sets the id from which a reader comes back."""
        return b": \nid: " + self._feed.cursor(place) + b"\n\n"

    def closing(self) -> bytes:
        """Send the reader away for a time of its own."""
        return b"retry: %d\n\n" % random.randint(*RETRY)  # noqa: S311 - only spreads them


class LineStream(Stream):
    """Lines of JSON: an event with its `cursor`, or the cursor alone."""

    media_type = b"application/x-ndjson"

    def events(self, entries: Sequence[Entry]) -> bytes:
        """Write events."""
        return b"".join([entry.line for entry in entries])

    def heartbeat(self, place: Place) -> bytes:
        """Write a line with nothing but the cursor."""
        return b'{"cursor":"' + self._feed.cursor(place) + b'"}\n'


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    """Send a part of the body to a reader that takes it in time, else raise a TimeoutError."""
    async with asyncio.timeout(STALLED):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _watch(receive: Receive, subscription: Subscription) -> None:
    """End the stream when its reader leaves: nothing else tells of that."""
    while (await receive())["type"] != "http.disconnect":
        pass
    subscription.end()
