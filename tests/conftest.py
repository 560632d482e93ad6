"""One PostgreSQL and one application for the whole run; each test finds an empty store."""

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
import structlog

from api.app import create_app
from api.db import embedded
from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from api.settings import Settings

# structlog's default prints every local variable of every frame, which took minutes for one deep traceback.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
EXTERNAL = os.environ.get("DATELINE_TEST_DATABASE_URL") or os.environ.get("DATELINE_TEST_CITUS_URL")
MAJOR = int(os.environ.get("DATELINE_TEST_POSTGRESQL", "18"))


@pytest.fixture(scope="session")
def server() -> Generator[str]:
    """A PostgreSQL server: the one that is given, else the wheel's 18, or its 16."""
    if EXTERNAL:
        yield EXTERNAL
        return
    # Not pytest's own folder: as root PostgreSQL runs as another user, whom mode 0700 keeps out.
    folder = Path(tempfile.mkdtemp(prefix="dateline-tests-"))
    folder.chmod(0o711)
    with embedded.serve(folder / "data", major=MAJOR, durable=False) as dsn:
        yield dsn
    shutil.rmtree(folder)


@pytest.fixture
async def empty_database(server: str) -> AsyncGenerator[str]:
    """The address of a database of the test's own, without a schema."""
    name = f"dateline_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"create database {name} template template0")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture(scope="session")
async def database(server: str) -> AsyncGenerator[Database]:
    """The application's database, with its schema."""
    await migrate(server)
    database = Database(server, 20)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def app(database: Database) -> Any:
    """The whole application, as it is served."""
    return create_app(Settings(), database)


@pytest.fixture(scope="session")
async def emptying(database: Database) -> str:
    """The statements that empty every table, those first that refer to others."""
    async with database.read() as conn:
        tables = await conn.fetch("select tablename from pg_tables where schemaname = 'public'")
        references = await conn.fetch(
            """
            select conrelid::regclass::text as child, confrelid::regclass::text as parent
            from pg_constraint where contype = 'f' and conrelid <> confrelid
            """
        )
    order = TopologicalSorter({row["tablename"]: set() for row in tables})
    for row in references:
        order.add(row["parent"], row["child"])
    return ";".join(f"delete from {table}" for table in order.static_order() if table not in KEPT)


KEPT = ("deployment", "dateline_migrations", "change_log")


@pytest.fixture
async def store(database: Database, emptying: str) -> AsyncGenerator[Database]:
    """The database, emptied after the test. Deleting is many times faster than truncating."""
    yield database
    async with database.write() as tx:
        await tx.execute(emptying)


@asynccontextmanager
async def client_of(app: Any, key: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application, with a key or anonymous."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://dateline", headers=headers) as client:
        yield client


async def _keyed(app: Any, store: Database, scopes: Sequence[str]) -> AsyncGenerator[httpx.AsyncClient]:
    async with store.write() as tx:
        _, secret = await create_key(tx, " ".join(scopes), scopes, None)
    async with client_of(app, secret) as client:
        yield client


@pytest.fixture
async def client(app: Any, store: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """An anonymous client."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def reader(app: Any, store: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with scope `read`."""
    async for client in _keyed(app, store, ["read"]):
        yield client


@pytest.fixture
async def writer(app: Any, store: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with scope `write`."""
    async for client in _keyed(app, store, ["write"]):
        yield client


@pytest.fixture
async def embargo(app: Any, store: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with scopes `write` and `embargo`."""
    async for client in _keyed(app, store, ["write", "embargo"]):
        yield client


@pytest.fixture
async def admin(app: Any, store: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A client with scope `admin`."""
    async for client in _keyed(app, store, ["admin"]):
        yield client


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, in order."""
    sent: list[str] = []
    execute = asyncpg.Connection._execute

    async def noted(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        sent.append(" ".join(query.split()))
        return await execute(self, query, *args, **kwargs)

    monkeypatch.setattr(asyncpg.Connection, "_execute", noted)
    return sent
