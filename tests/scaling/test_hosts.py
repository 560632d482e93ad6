"""Several hosts on one database: processes that share no memory follow each other within a second."""

import asyncio
import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from tests.cache.test_processes import Connection
from tests.programs import environment, serving

PLAIN = {"headline": "Number 0.", "language": "en", "body": ["Text."]}


@pytest.fixture
async def hosts(empty_database, tmp_path):
    """Two hosts, the first of which has an admin key for what is written."""
    await migrate(empty_database)
    db = Database(empty_database, 1)
    await db.open()
    async with db.write() as tx:
        _, key = await create_key(tx, "desk", ["admin"], None)
    await db.close()
    envs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        envs.append(environment(database_url=empty_database, DATELINE_CACHE_DIR=str(tmp_path / name)))
    with serving(envs[0], "--workers", "2") as one, serving(envs[1]) as two:
        one.key = key
        assert all(len([*(tmp_path / name).iterdir()]) == 2 for name in ("one", "two")), "memory of their own"
        yield one, two


async def seconds_until(connection: Connection, path: str, shows: Callable[[int, bytes], bool]) -> float:
    began = monotonic()
    while not shows(*await connection.send("GET", path)):
        assert monotonic() - began < 5
        await asyncio.sleep(0.02)
    return monotonic() - began


async def written(desk: Connection, method: str, path: str, document: Any = None) -> dict[str, Any]:
    status, body = await desk.send(method, path, document)
    assert status < 300, body
    return json.loads(body) if body else {}


async def test_another_host_follows_within_a_second(hosts):
    one, two = hosts
    async with (
        Connection(one.url, one.key) as desk,
        Connection(one.url) as here,
        Connection(two.url) as there,
    ):
        href = (await written(desk, "POST", "/v1/articles", PLAIN))["href"]
        assert await seconds_until(there, href, lambda status, _: status == 200) < 1
        for number in range(1, 6):
            headline = f"Number {number}.".encode()
            await written(desk, "PATCH", href, {"headline": headline.decode()})
            for path in (href, "/v1/articles"):
                assert headline in (await here.send("GET", path))[1], "its own host shows it at once"
                assert (
                    await seconds_until(there, path, lambda _, body, headline=headline: headline in body) < 1
                )
        await written(desk, "POST", f"{href}/kill", {"note": "wrong"})
        assert (await here.send("GET", href))[0] == 410
        assert await seconds_until(there, href, lambda status, _: status == 410) < 1
        assert json.loads((await there.send("GET", "/v1/articles"))[1])["items"] == []


async def test_a_revoked_key_ends_on_another_host_within_a_second(hosts):
    one, two = hosts
    async with Connection(one.url, one.key) as desk:
        made = await written(desk, "POST", "/v1/keys", {"name": "reader", "scopes": ["read"]})
        async with Connection(one.url, made["key"]) as here, Connection(two.url, made["key"]) as there:
            for connection in (here, there):
                assert (await connection.send("GET", "/v1/articles"))[0] == 200
            await written(desk, "DELETE", f"/v1/keys/{made['id']}")
            assert (await here.send("GET", "/v1/articles"))[0] == 401
            assert await seconds_until(there, "/v1/articles", lambda status, _: status == 401) < 1
