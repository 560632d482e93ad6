"""Measures how long documents take to follow a new name, a merge, its end, and other offices of a speaker.

    DATABASE_URL=postgresql://… python bench/merging/following.py [ARTICLES]

Needs a role that may create databases. As many articles (10,000 unless said otherwise; 7 kB each) name one
person and quote her twice. Each change is made through the API, then the background jobs run until nothing
is left; printed are the seconds that this takes, and those of processor time in this process.
"""

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from api.app import create_app
from api.articles.offices import follow_offices
from api.db.migrate import migrate
from api.db.pool import Database
from api.entities.renames import follow_renames
from api.keys.queries import create_key
from api.settings import Settings

TOGETHER = 200  # articles a request
WORDS = "the harbour of the town was dredged in spring while ships lay at anchor and pilots went home early"
OFFICE = {"title": "Harbour minister", "from": "2015"}


def dispatch(number: int, person: str) -> dict[str, Any]:
    """Give an article of ten paragraphs that quotes a person twice."""
    said = [f"We dredge in {number} days,", "nobody waits longer than that."]
    quotes = [
        {
            "form": "direct",
            "fragments": [{"text": text}],
            "speaker": {"kind": "person", "as_printed": "Brennock", "person": {"id": person}},
            "said_on": {"value": "2018-05-01", "precision": "day"},
        }
        for text in said
    ]
    return {
        "uri": f"tag:example.org,2020:{number}",
        "headline": f"Harbour {number} dredged",
        "language": "en",
        "published_at": f"20{10 + number % 14}-0{1 + number % 9}-{1 + number % 28:02}T10:00:00Z",
        "body": [*(f"{WORDS} {WORDS} {number} {each}" for each in range(9)), " ".join(said)],
        "people": [{"person": {"id": person}, "as_printed": ["Brennock"]}],
        "quotes": quotes,
    }


async def fill(client: httpx.AsyncClient, person: str, articles: int) -> None:
    """Post the articles."""
    for start in range(0, articles, TOGETHER):
        numbers = range(start, min(start + TOGETHER, articles))
        lines = b"\n".join(msgspec.json.encode(dispatch(number, person)) for number in numbers)
        answer = await client.post(
            "/v1/articles", content=lines, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.text.count('"status":201') == len(numbers), answer.text[:300]


async def follow(store: Database, what: str) -> None:
    """Let all documents follow, and tell what that took."""
    wall, worker = time.monotonic(), time.process_time()
    for job in (follow_renames, follow_offices):
        while await job(store):
            pass
    print(
        f"{what:28}{time.monotonic() - wall:6.2f} s, worker {time.process_time() - worker:5.2f} s", flush=True
    )


async def change(client: httpx.AsyncClient, href: str, change: dict[str, Any]) -> None:
    """Patch an entity."""
    tag = (await client.get(href)).headers["ETag"]
    headers = {"If-Match": tag, "Content-Type": "application/merge-patch+json"}
    answer = await client.patch(href, content=msgspec.json.encode(change), headers=headers)
    assert answer.status_code == 200, answer.text


async def measure(client: httpx.AsyncClient, store: Database, articles: int) -> None:
    """Make each change in turn."""
    made = [await client.post("/v1/people", json={"name": n}) for n in ("Ilva Brennock", "Tord Maskel")]
    one, other = (answer.json() for answer in made)
    await fill(client, one["id"], articles)
    await change(client, one["href"], {"name": "Ilva Brennock-Oss"})
    await follow(store, "a new name")
    await change(client, one["href"], {"positions": [OFFICE]})
    await follow(store, "other offices")
    await client.post(f"{other['href']}/merge", json={"id": one["id"]})
    await follow(store, "a merge")
    await client.delete(f"{other['href']}/merge/{one['id']}")
    await follow(store, "its end")


async def main() -> None:
    """Measure in a database of its own."""
    server, name = os.environ["DATABASE_URL"], f"following_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"create database {name} template template0")
    try:
        dsn = urlsplit(server)._replace(path=f"/{name}").geturl()
        await migrate(dsn)
        store = Database(dsn, 4)
        await store.open()
        async with store.write() as tx:
            _, key = await create_key(tx, "bench", ["write"], None)
        async with AsyncExitStack() as stack:
            transport = httpx.ASGITransport(create_app(Settings(), store))
            headers = {"Authorization": f"Bearer {key}"}
            client = httpx.AsyncClient(transport=transport, base_url="http://dateline", headers=headers)
            await stack.enter_async_context(client)
            await measure(client, store, int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
        await store.close()
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main())
