"""Rate limits of what is answered in front of routing."""

import asyncio

from api.settings import Settings
from tests.cache.conftest import Worker
from tests.dispatches import post


async def test_what_is_answered_from_the_cache_is_counted_whatever_its_status(server, store, writer):
    href = (await post(writer))["href"]
    worker = Worker(server, Settings(rate_limit_anonymous=7))
    async with worker.running():
        async with asyncio.timeout(5):
            while not worker.db.freshness.is_confirmed:  # noqa: ASYNC110 - it has nobody to tell
                await asyncio.sleep(0.01)
        client = await worker.client()
        first = await client.get(href)
        assert worker.kept == 1
        worker.db.read = None  # nothing below is read
        tag = first.headers["etag"]
        answers = [
            first,
            await client.get(href),
            await client.head(href),
            await client.get(href, headers={"If-None-Match": tag}),
            await client.get(href, headers={"Accept-Encoding": "gzip"}),
            await client.head(href, headers={"If-None-Match": tag}),
            await client.get(f"{href}/"),
            await client.get(href),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 304, 200, 304, 404, 429]
    left = [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers]
    assert left == [f'"minute";r={number}' for number in (6, 5, 4, 3, 2, 1, 0, 0)]
    assert all(answer.headers["ratelimit-policy"] == '"minute";q=7;w=60' for answer in answers)
    assert int(answers[-1].headers["retry-after"]) <= 60
