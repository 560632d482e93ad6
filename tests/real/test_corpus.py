"""Two thousand real articles in some sixty languages, posted and read back equal."""

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.wire import canonical_language
from tests.real.seed import DATA

CORPUS = DATA / "articles-small.ndjson.gz"
CONCURRENCY = 8
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not CORPUS.exists(), reason="the corpus is not here: ../shared/data/articles-small.ndjson.gz"
)


def dispatches() -> Iterator[dict[str, Any]]:
    """Give each article as a body for POST; one without a headline gets the start of its text."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield {
                "uri": f"tag:example.org,2023:{article['id']}",
                "headline": article["headline"] or article["body"][0][:80],
                "language": article["language"],
                "byline": ", ".join(article["authors"]) or None,
                "body": article["body"],
            }


async def post_and_read(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, dispatch: dict[str, Any]
) -> str:
    posted = await writer.post("/v1/articles", json=dispatch)
    assert posted.status_code == 201, (dispatch["uri"], posted.text)
    read = (await client.get(posted.headers["location"])).json()
    assert read["headline"] == dispatch["headline"]
    assert [block["text"] for block in read["body"]] == dispatch["body"]
    assert {block["kind"] for block in read["body"]} == {"paragraph"}
    assert read["language"] == canonical_language(dispatch["language"])
    return read["language"]


async def test_two_thousand_articles_are_read_back_equal(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    limit = asyncio.Semaphore(CONCURRENCY)

    async def one(dispatch: dict[str, Any]) -> str:
        async with limit:
            return await post_and_read(writer, client, dispatch)

    started = time.monotonic()
    languages = await asyncio.gather(*(one(dispatch) for dispatch in dispatches()))
    took = time.monotonic() - started
    assert len(languages) == 2000
    assert len(set(languages)) >= 55
    assert took < SECONDS, f"{took:.0f} s"
