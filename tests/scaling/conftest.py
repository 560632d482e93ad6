"""A primary with two standbys, one of which replays what is committed a moment later, and hosts on them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from api.db import embedded
from api.db.embedded.directory import DataDirectory
from api.db.migrate import migrate
from api.db.pool import Database
from api.db.sessions import Session, current
from api.settings import Settings
from tests.cache.conftest import Worker, key
from tests.programs import new_folder
from tests.scaling.standbys import Standby, socket_folder_of

DELAY = 0.4  # seconds


class Cluster(NamedTuple):
    """The address of the primary, a standby that is close behind, and one that is `DELAY` behind."""

    primary: str
    close: Standby
    late: Standby


@pytest.fixture(scope="module")
def cluster() -> Generator[Cluster]:
    """A primary and two standbys."""
    folder = new_folder()
    with embedded.serve(folder / "primary") as dsn:
        asyncio.run(migrate(dsn))
        primary = DataDirectory(folder / "primary")
        standbys = [
            Standby(primary, socket_folder_of(dsn), folder / name, f"--recovery_min_apply_delay={delay}")
            for name, delay in (("close", "0"), ("late", f"{DELAY}s"))
        ]
        for standby in standbys:
            standby.start()
        yield Cluster(dsn, *standbys)
        for standby in standbys:
            standby.stop()
    shutil.rmtree(folder)


Host = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def host(cluster: Cluster) -> AsyncGenerator[Host]:
    """Start hosts on the cluster: workers that share no marks with each other."""
    async with AsyncExitStack() as stack:

        async def run(*replicas: Standby, **settings: Any) -> Worker:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            urls = ",".join(replica.dsn for replica in replicas) or None
            worker = Worker(cluster.primary, Settings(cache_dir=folder, replica_urls=urls, **settings))
            await stack.enter_async_context(worker.running())
            await until(lambda: worker.db.freshness.is_confirmed)
            return worker

        yield run


@pytest.fixture
async def one(host: Host, cluster: Cluster) -> AsyncGenerator[Worker]:
    """The host that is written to; its reads go to the close standby."""
    worker = await host(cluster.close)
    yield worker
    async with worker.db.write() as tx:
        tables = await tx.fetch(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> all($1)",
            ["deployment", "dateline_migrations", "change_log"],
        )
        await tx.execute(f"truncate {', '.join(row['tablename'] for row in tables)}")


@pytest.fixture
async def writer(one: Worker) -> httpx.AsyncClient:
    """Writes at the first host, with every scope."""
    return await one.client(await key(one, "admin"))


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that has to be so within some seconds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - it has nobody to tell
            await asyncio.sleep(0.01)


async def answers(db: Database, *marks: int, sees: int = 0) -> str:
    """Tell who answers a read of what has these marks."""
    token = current.set(Session(marks, sees))
    try:
        async with db.read() as conn:
            return "a replica" if await conn.fetchval("select pg_is_in_recovery()") else "the primary"
    finally:
        current.reset(token)
