"""Cursors over a backup and its restoration: they lead on, or are refused; no event is lost in silence."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from api.app import create_app
from api.db.backup import backup, load
from api.db.pool import Database
from api.settings import Settings
from tests.changes.reading import now, told, walk
from tests.conftest import client_of
from tests.dispatches import kind, post


class Served:
    """An application on a database, with a client."""

    def __init__(self, dsn: str, key: str) -> None:
        self._database = Database(dsn, 4)
        self._client = client_of(create_app(Settings(), self._database), key)

    async def __aenter__(self) -> httpx.AsyncClient:
        await self._database.open()
        return await self._client.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._client.__aexit__(None, None, None)
        await self._database.close()


async def test_after_a_restore_cursors_from_before_the_backup_lead_on_and_later_ones_are_refused(
    keyed: tuple[str, str], tmp_path: Path
) -> None:
    async with Served(*keyed) as writer:
        await post(writer, headline="Before")
        before = await now(writer)
        await post(writer, headline="Backed up")
        at_backup = await now(writer)
        backup(keyed[0], tmp_path / "backup")
        await post(writer, headline="Lost")
        after = await now(writer)
    load(keyed[0], tmp_path / "backup", clear=True)
    async with Served(*keyed) as writer:
        # Ahead of the log already before anything new is written.
        assert kind(await writer.get("/v1/changes", params={"since": after})) == (410, "cursor-expired")
        for number in range(3):
            await post(writer, headline=f"New {number}")
        news = ["article.created", "article.published"] * 3
        assert kind(await writer.get("/v1/changes", params={"since": after})) == (410, "cursor-expired")
        assert await told(writer, at_backup) == news
        assert await told(writer, before) == news[:2] + news
        fresh = await now(writer)
        assert await told(writer, fresh) == []
    async with Served(*keyed) as writer:
        # Another start is no other epoch.
        assert await told(writer, fresh) == []
        assert len(await walk(writer)) == 10


async def test_what_waits_for_its_position_is_in_the_backup(keyed: tuple[str, str], tmp_path: Path) -> None:
    async with Served(*keyed) as writer:
        cursor = await now(writer)
        await post(writer, headline="In the queue")
        backup(keyed[0], tmp_path / "backup")
    load(keyed[0], tmp_path / "backup", clear=True)
    async with Served(*keyed) as writer:
        assert await told(writer, cursor) == ["article.created", "article.published"]


async def test_the_cursor_of_another_database_is_refused(
    keyed: tuple[str, str], writer: httpx.AsyncClient
) -> None:
    async with Served(*keyed) as other:
        await post(other)
        foreign = await now(other)
    assert kind(await writer.get("/v1/changes", params={"since": foreign})) == (410, "cursor-expired")


async def test_a_copy_of_a_database_gives_cursors_of_its_own(
    keyed: tuple[str, str], tmp_path: Path, server: str
) -> None:
    name = f"{urlsplit(keyed[0]).path[1:]}_copy"
    copy = urlsplit(keyed[0])._replace(path=f"/{name}").geturl()
    async with Served(*keyed) as writer:
        await post(writer)
        shared = await now(writer)
        backup(keyed[0], tmp_path / "backup")
    admin = await asyncpg.connect(server)
    await admin.execute(f"create database {name} template template0")
    try:
        load(copy, tmp_path / "backup", clear=True)
        async with Served(copy, keyed[1]) as staging, Served(*keyed) as production:
            await post(staging)
            await post(production)
            of_staging = await now(staging)
            assert len(await told(staging, shared)) == len(await told(production, shared)) == 2
            answer = await production.get("/v1/changes", params={"since": of_staging})
            assert kind(answer) == (410, "cursor-expired")
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()
