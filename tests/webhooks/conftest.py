"""What the tests of webhooks share: an application that may post to this machine, and endpoints on it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.changes.feed import Feed
from api.db.pool import Database
from api.entities.same import same_entities
from api.settings import Settings
from api.webhooks import delivering, schedule
from api.webhooks.delivering import Deliverer

INTRANET = Settings(webhook_allow_private=True)


@dataclass
class Received:
    """One delivery as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def resource(self) -> str:
        """The id of what changed."""
        return json.loads(self.body)["data"]["resource"]["id"]


Writer = asyncio.StreamWriter


@dataclass
class Endpoint:
    """An HTTP server of a customer's: it keeps what it gets, and answers as told, in the end 204 for ever."""

    url: str = ""
    answers: list[bytes | Callable[[Writer], Awaitable[None]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    connections: list[asyncio.Task[None]] = field(default_factory=list)

    def handle(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.split(": ", 1) for line in head[1:-2])
        headers = {name.lower(): value for name, value in fields}
        self.received.append(Received(headers, await reader.readexactly(int(headers["content-length"]))))
        answer = self.answers.pop(0) if self.answers else answered(204)
        if callable(answer):
            await answer(writer)
        else:
            writer.write(answer)
            await writer.drain()

    async def got(self, count: int, within: float = 5) -> list[Received]:
        """Wait for so many deliveries."""
        async with asyncio.timeout(within):
            while len(self.received) < count:  # noqa: ASYNC110 - deliveries come from outside
                await asyncio.sleep(0.005)
        return self.received


def answered(status: int, body: bytes = b"", **headers: str) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
async def endpoint() -> AsyncGenerator[Endpoint]:
    async with listening() as one:
        yield one


@pytest.fixture
async def another() -> AsyncGenerator[Endpoint]:
    async with listening() as one:
        yield one


@asynccontextmanager
async def listening() -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield endpoint
    server.close()
    for each in endpoint.connections:
        each.cancel()
    await asyncio.gather(*endpoint.connections, return_exceptions=True)


@pytest.fixture(scope="session")
def app(database: Database) -> Any:
    """The application of an intranet: its webhooks may go to this machine."""
    return create_app(INTRANET, database)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, and try again soon."""
    monkeypatch.setattr(delivering, "LOOK", 0.02)
    monkeypatch.setattr(delivering, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(schedule, "DELAYS", tuple(each / 10_000 for each in schedule.DELAYS[:3]))


@asynccontextmanager
async def process(store: Database) -> AsyncGenerator[Deliverer]:
    """What one server process does about webhooks."""
    feed = Feed(store, INTRANET, same_entities)
    deliverer = Deliverer(store, feed, INTRANET)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(feed.running())
        await stack.enter_async_context(deliverer.running())
        yield deliverer


@pytest.fixture
async def deliveries(store: Database, quick: None) -> AsyncGenerator[Deliverer]:
    """Webhooks are delivered while this is in use."""
    async with process(store) as deliverer:
        yield deliverer


async def hook(client: httpx.AsyncClient, endpoint: Endpoint, **members: Any) -> dict[str, Any]:
    """Make a webhook."""
    answer = await client.post("/v1/webhooks", json={"url": endpoint.url, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def log(client: httpx.AsyncClient, made: dict[str, Any], count: int = 0) -> list[dict[str, Any]]:
    """The attempts of a webhook, latest first, once there are so many."""
    async with asyncio.timeout(5):
        while True:
            answer = await client.get(f"/v1/webhooks/{made['id']}/deliveries")
            assert answer.status_code == 200, answer.text
            items = answer.json()["items"]
            if len(items) >= count:
                return items
            await asyncio.sleep(0.005)


async def becomes(client: httpx.AsyncClient, made: dict[str, Any], status: str) -> dict[str, Any]:
    """Wait until a webhook has a status."""
    async with asyncio.timeout(5):
        while True:
            found = (await client.get(f"/v1/webhooks/{made['id']}")).json()
            if found["status"] == status:
                return found
            await asyncio.sleep(0.01)
