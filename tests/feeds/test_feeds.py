"""Feeds: valid for those who read them, filtered as the list is, and following corrections and kills."""

from typing import Any

import feedparser
import httpx
import pytest

from tests.test_examples import LOADED, load

FEEDS = ("atom", "rss", "json")
TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}


async def post(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/articles", json=document)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def posted(writer: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The example dispatches, in the order of posting."""
    return [await post(writer, load(path)) for path in LOADED]


async def entries(client: httpx.AsyncClient, kind: str, **params: str) -> list[dict[str, Any]]:
    """Read a feed as a feed reader does: id, title, content, times."""
    answer = await client.get(f"/v1/feeds/articles.{kind}", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TYPES[kind]
    if kind == "json":
        return [
            {"id": i["id"], "title": i["title"], "content": i["content_html"], "updated": i["date_modified"]}
            for i in answer.json()["items"]
        ]
    parsed = feedparser.parse(answer.content, sanitize_html=False)
    assert not parsed.bozo, parsed.bozo_exception
    return [
        {"id": e.id, "title": e.title, "content": e.content[0].value, "updated": e.updated}
        for e in parsed.entries
    ]


@pytest.mark.parametrize("kind", FEEDS)
async def test_a_feed_has_the_published_articles_latest_first(
    client: httpx.AsyncClient, posted: list[dict[str, Any]], kind: str
) -> None:
    listed = (await client.get("/v1/articles")).json()["items"]
    found = await entries(client, kind)
    assert [entry["id"] for entry in found] == [article["uri"] for article in listed]
    assert [entry["title"] for entry in found] == [article["headline"] for article in listed]
    for entry, article in zip(found, listed, strict=True):
        body = next(each["body"] for each in posted if each["id"] == article["id"])
        assert all(block["text"].split()[-1] in entry["content"] for block in body)
