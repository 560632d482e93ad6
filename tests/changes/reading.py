"""Reading the change feed in tests: through each of its faces, from a cursor."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from api.db.pool import Database

EVENTS = {"Accept": "text/event-stream"}
LINES = {"Accept": "application/x-ndjson"}


async def page(client: httpx.AsyncClient, since: str | None = None, **params: Any) -> dict[str, Any]:
    """Read one page."""
    given = params if since is None else {"since": since, **params}
    answer = await client.get("/v1/changes", params=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def now(client: httpx.AsyncClient) -> str:
    """The cursor of the present."""
    return (await page(client, "now"))["cursor"]


async def walk(client: httpx.AsyncClient, since: str | None = None, **params: Any) -> list[dict[str, Any]]:
    """Read pages until the reader has caught up."""
    items: list[dict[str, Any]] = []
    while True:
        found = await page(client, since, **params)
        items += found["items"]
        since = found["cursor"]
        if found["caught_up"]:
            return items


async def told(client: httpx.AsyncClient, since: str | None = None, **params: Any) -> list[str]:
    """The types of the events of a walk."""
    return [item["type"] for item in await walk(client, since, **params)]


class Stream:
    """An open stream, read event by event."""

    def __init__(self, lines: AsyncGenerator[str], *, events: bool) -> None:
        self._lines = lines
        self._events = events
        self.cursor = ""
        self.retry: list[int] = []
        self.comments = 0

    async def __aiter__(self) -> AsyncGenerator[dict[str, Any]]:
        async for line in self._lines:
            if not self._events:
                item = json.loads(line)
                self.cursor = item.pop("cursor")
                if item:
                    yield item
                else:
                    self.comments += 1
            elif line.startswith("id: "):
                self.cursor = line[4:]
            elif line.startswith("data: "):
                yield json.loads(line[6:])
            elif line.startswith("retry: "):
                self.retry.append(int(line[7:]))
            elif line.startswith(":"):
                self.comments += 1

    async def take(self, count: int, within: float = 5) -> list[dict[str, Any]]:
        """The next so many events."""
        items: list[dict[str, Any]] = []
        async with asyncio.timeout(within):
            if count:
                async for item in self:
                    items.append(item)
                    if len(items) == count:
                        break
        return items


@asynccontextmanager
async def streaming(
    url: str, headers: dict[str, str], since: str | None = None, key: str | None = None, **params: Any
) -> AsyncGenerator[Stream]:
    """Open a stream of a served application."""
    given = headers | ({"Authorization": key} if key else {})
    query = params if since is None else {"since": since, **params}
    async with (
        httpx.AsyncClient(base_url=url, timeout=10) as client,
        client.stream("GET", "/v1/changes", params=query, headers=given) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield Stream(answer.aiter_lines(), events=headers["Accept"] == EVENTS["Accept"])


async def change_often(store: Database, person: str, last: int) -> None:
    """Tell of the versions of a person from the second to the last, in one transaction."""
    async with store.write() as tx:
        await tx.execute(
            """
            insert into change_queue (
                id, type, resource_type, resource_id, version, entity_ids, public, public_only
            )
            select gen_random_uuid(), 'person.updated', 'person', $1, n, array[$1::uuid], true, false
            from generate_series(2, $2) as n
            """,
            person,
            last,
        )


async def listeners(store: Database, within: float, *, some: bool) -> list[int]:
    """Wait until there are connections that listen, or none, and give their processes."""
    async with asyncio.timeout(within), store.read() as conn:
        while True:
            rows = await conn.fetch("select pid from pg_stat_activity where query ilike 'listen %'")
            if bool(rows) == some:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.02)
