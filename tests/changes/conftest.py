"""What the tests of the change feed share: a real server in this process, because streams need one."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from api.app import create_app
from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from api.settings import Settings


@asynccontextmanager
async def serving(database: Database) -> AsyncGenerator[str]:
    """Serve the application on a free port, on the loop of the tests and with their database."""
    app: Any = create_app(Settings(public_url="http://dateline"), _Lent(database))
    config = uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    listening = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task


class _Lent:
    """The tests' database, which the application neither opens nor closes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_database":
            object.__setattr__(self, name, value)
        else:
            setattr(self._database, name, value)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
async def keyed(empty_database: str) -> tuple[str, str]:
    """A database of the test's own with its schema, and an admin key to it."""
    await migrate(empty_database)
    database = Database(empty_database, 1)
    await database.open()
    async with database.write() as tx:
        _, secret = await create_key(tx, "desk", ["admin"], None)
    await database.close()
    return empty_database, secret


@pytest.fixture
async def served(store: Database) -> AsyncGenerator[str]:
    """The address of a server on the store."""
    async with serving(store) as url:
        yield url
