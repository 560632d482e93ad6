"""Walks through lists while others write, and what a page costs."""

import asyncio
from random import Random

import httpx
import pytest

from tests.dispatches import post, read
from tests.reading.corpus import fill

PATCH = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}


@pytest.mark.parametrize("params", [{}, {"language": "en"}, {"q": "words"}, {"sort": "published_at"}])
async def test_a_walk_during_writes_skips_and_repeats_nothing_that_was_there_throughout(
    params: dict[str, str], writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    corpus = await fill(writer, articles=24)
    page = await read(client, "/v1/articles", limit=200, **params)
    before = {item["id"] for item in page["items"]}
    random, stop, killed = Random(7), asyncio.Event(), set[str]()

    async def write() -> None:
        while not stop.is_set():
            day = f"2024-02-{random.randint(1, 28):02}T12:00:00Z"
            await post(writer, headline="Words in between", published_at=day)
            victim = random.choice(corpus.articles)
            if random.random() < 0.3 and victim["id"] not in killed:
                await writer.post(f"{victim['href']}/kill", json={"note": "wrong"})
                killed.add(victim["id"])
            elif victim["id"] not in killed:
                await writer.patch(victim["href"], json={"urgency": random.randint(1, 9)}, headers=PATCH)

    writing = asyncio.create_task(write())
    found: list[str] = []
    try:
        page = await read(client, "/v1/articles", limit=2, **params)
        found += [item["id"] for item in page["items"]]
        while page["next"]:
            page = await read(client, "/v1/articles", limit=2, cursor=page["next"], **params)
            found += [item["id"] for item in page["items"]]
    finally:
        stop.set()
        await writing
    assert len(found) == len(set(found))
    assert before - killed <= set(found)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/v1/articles", {"expand": "people,organisations", "fields": "quotes,people,provider"}),
        ("/v1/articles", {"q": "words", "highlight": "true", "expand": "people"}),
        ("/v1/articles", {"facets": "person,provider,subject,month", "count": "exact"}),
        ("/v1/quotes", {"expand": "people,organisations,articles"}),
        ("/v1/search", {"q": "words or venn"}),
    ],
)
async def test_a_page_takes_as_many_statements_however_long_it_is(
    path: str,
    params: dict[str, str],
    writer: httpx.AsyncClient,
    client: httpx.AsyncClient,
    statements: list[str],
) -> None:
    await fill(writer, articles=20)
    counted = []
    for limit in (1, 20):
        statements.clear()
        page = await read(client, path, limit=limit, **params)
        counted.append(len(statements))
        assert page["items"]
    # A search fetches what it found of each of four types, or of fewer.
    assert counted[0] <= counted[1] <= min(counted[0] + (4 if path == "/v1/search" else 0), 24)
