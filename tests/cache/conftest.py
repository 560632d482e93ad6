"""Two workers of one host on one database, with the jobs of each run by hand."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from api.app import create_app
from api.db.pool import Database
from api.keys.queries import create_key
from api.settings import Settings
from tests.conftest import client_of

DEFAULTS = Settings()


class Worker:
    """An application with its own pool and marks, as in a process of its own."""

    def __init__(self, dsn: str, settings: Settings = DEFAULTS) -> None:
        self.db = Database(dsn, 4, settings)
        self.app = create_app(settings, self.db)
        self.clients = AsyncExitStack()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Open the database and follow it for the length of the context."""
        await self.db.open()
        try:
            async with self.db.following(), self.clients:
                yield
        finally:
            await self.db.close()

    async def client(self, key: str | None = None) -> httpx.AsyncClient:
        return await self.clients.enter_async_context(client_of(self.app, key))

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self.app._cache._kept)


@pytest.fixture
async def start(server: str, store: Database) -> AsyncGenerator[Callable[[], Worker]]:
    """Start workers on the database of the tests."""
    async with AsyncExitStack() as stack:

        async def run() -> Worker:
            worker = Worker(server)
            await stack.enter_async_context(worker.running())
            async with asyncio.timeout(5):
                while not worker.db.freshness.is_confirmed:  # noqa: ASYNC110 - it has nobody to tell
                    await asyncio.sleep(0.01)
            return worker

        yield run


@pytest.fixture
async def one(start) -> Worker:
    """The worker that is written to."""
    return await start()


@pytest.fixture
async def two(start) -> Worker:
    """The worker that is read from."""
    return await start()


@pytest.fixture
async def writer(one: Worker) -> httpx.AsyncClient:
    """Writes at the first worker, with every scope."""
    return await one.client(await key(one, "admin"))


@pytest.fixture
async def client(two: Worker) -> httpx.AsyncClient:
    """Reads from the second worker, without a key."""
    return await two.client()


async def key(worker: Worker, *scopes: str) -> str:
    """Make a key."""
    async with worker.db.write() as tx:
        return (await create_key(tx, "test", scopes, None))[1]
