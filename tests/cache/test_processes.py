"""Two worker processes, one writer and many readers on connections of their own: nothing stale."""

import asyncio
import json
import os
import re
from typing import Any, Self

import pytest

from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from tests.programs import environment, serving

READERS = 8
READS = int(os.environ.get("DATELINE_TEST_CACHE_READS", "4000"))


class Connection:
    """One HTTP/1.1 connection, kept open: a worker keeps its connections."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self._host, self._port = url.removeprefix("http://").split(":")
        self._key = f"Authorization: Bearer {key}\r\n" if key else ""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, int(self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, method: str, path: str, document: Any = None) -> tuple[int, bytes]:
        body = b"" if document is None else json.dumps(document).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._key}If-Match: *\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", answer, re.IGNORECASE)
        return int(answer.split()[1]), await self._reader.readexactly(int(length[1]) if length else 0)


@pytest.fixture
async def service(empty_database):
    await migrate(empty_database)
    db = Database(empty_database, 1)
    await db.open()
    async with db.write() as tx:
        _, key = await create_key(tx, "desk", ["admin"], None)
    await db.close()
    with serving(environment(database_url=empty_database), "--workers", "2") as service:
        service.key = key
        yield service


async def test_no_answer_is_older_than_the_last_acknowledged_write(service):
    articles = 4
    acknowledged = [0] * articles
    reads, stale = 0, []
    done = asyncio.Event()
    async with Connection(service.url, service.key) as desk:
        hrefs = []
        for _ in range(articles):
            given = {"headline": "Number 0.", "language": "en", "body": ["Text."]}
            status, body = await desk.send("POST", "/v1/articles", given)
            assert status == 201
            hrefs.append(json.loads(body)["href"])

        async def write() -> None:
            number = 0
            while not done.is_set():
                number += 1
                which = number % articles
                status, _ = await desk.send("PATCH", hrefs[which], {"headline": f"Number {number}."})
                assert status == 200
                acknowledged[which] = number
                await asyncio.sleep(0.005)

        async def read() -> None:
            nonlocal reads
            while reads < READS:
                async with Connection(service.url) as connection:  # either worker's
                    for turn in range(100):
                        which = turn % articles
                        path = hrefs[which] if turn % 5 else f"/v1/articles?id={hrefs[which][-36:]}"
                        oldest = acknowledged[which]
                        status, body = await connection.send("GET", path)
                        shown = int(re.search(rb"Number (\d+)\.", body)[1])
                        reads += 1
                        if status != 200 or shown < oldest:
                            stale.append((path, status, shown, oldest))

        writing = asyncio.create_task(write())
        await asyncio.gather(*(read() for _ in range(READERS)))
        done.set()
        await writing
        metrics = (await desk.send("GET", "/metrics"))[1].decode()
    filled = float(re.search(r"dateline_cache_kept_total (\d\S*)", metrics)[1])
    assert stale == []
    assert 0 < filled < reads, "some answers come from the cache"
