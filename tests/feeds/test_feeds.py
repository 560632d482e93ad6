"""Feeds: valid for those who read them, filtered as the list is, and following corrections and kills."""

from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree

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


def atom_schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))


ODD = {
    "uri": "no-scheme",
    "headline": "A <b>bold</b>\nheadline & more",
    "language": "he",
    "body": ["One\ttab \uffff", {"kind": "list_item", "text": "]]> item"}],
    "keywords": ["a & b"],
}


async def test_an_atom_feed_is_valid_under_the_schema_of_rfc_4287(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, posted: list[dict[str, Any]]
) -> None:
    schema = atom_schema()
    await post(writer, ODD)
    for params in ({}, {"limit": "2"}, {"language": "de"}):
        answer = await client.get("/v1/feeds/articles.atom", params=params)
        document = etree.fromstring(answer.content)
        assert schema.validate(document), schema.error_log
    assert not schema.validate(etree.fromstring(answer.content.replace(b"<updated>", b"<updated>x")))


async def test_rss_has_what_readers_need(client: httpx.AsyncClient, posted: list[dict[str, Any]]) -> None:
    parsed = feedparser.parse((await client.get("/v1/feeds/articles.rss")).content)
    assert parsed.version == "rss20"
    assert parsed.feed.title == "Dateline"
    for entry in parsed.entries:
        assert entry.link.startswith("http")
        assert entry.published_parsed
        assert entry.author
        assert entry.summary
    assert len({entry.id for entry in parsed.entries}) == len(posted)


async def test_a_json_feed_has_what_version_1_1_asks_for(
    client: httpx.AsyncClient, posted: list[dict[str, Any]]
) -> None:
    feed = (await client.get("/v1/feeds/articles.json", params={"limit": "2"})).json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://dateline/v1/feeds/articles.json?limit=2"
    assert all({"id", "url", "content_html", "date_published", "language"} <= set(i) for i in feed["items"])
    seen = [item["id"] for item in feed["items"]]
    while "next_url" in feed:
        feed = (await client.get(feed["next_url"].removeprefix("http://dateline"))).json()
        seen += [item["id"] for item in feed["items"]]
    assert sorted(seen) == sorted(article["uri"] for article in posted)


@pytest.mark.parametrize("kind", FEEDS)
async def test_a_feed_takes_the_filters_of_the_list(
    client: httpx.AsyncClient, posted: list[dict[str, Any]], kind: str
) -> None:
    speaker = next(
        quote["speaker"]["person"]
        for article in posted
        for quote in article["quotes"]
        if quote["speaker"]["person"]
    )
    relay = next(
        each["organisation"]
        for article in posted
        for quote in article["quotes"]
        for each in quote["chain"]
        if each["organisation"]
    )
    for params in (
        {"has_quotes_by": speaker["id"]},
        {"person": speaker["id"]},
        {"via": relay["id"]},
        {"language": "uk"},
        {"provider": posted[0]["provider"]["id"]},
        {"published_after": "2999-01-01T00:00:00Z"},
    ):
        listed = (await client.get("/v1/articles", params=params)).json()["items"]
        assert [e["id"] for e in await entries(client, kind, **params)] == [a["uri"] for a in listed]
    unknown = await client.get(f"/v1/feeds/articles.{kind}", params={"colour": "red"})
    assert (unknown.status_code, unknown.json()["errors"][0]["parameter"]) == (400, "colour")


@pytest.mark.parametrize("kind", FEEDS)
async def test_a_feed_is_not_sent_again_when_nothing_has_changed(
    client: httpx.AsyncClient, posted: list[dict[str, Any]], writer: httpx.AsyncClient, kind: str
) -> None:
    address = f"/v1/feeds/articles.{kind}"
    tag = (await client.get(address)).headers["etag"]
    assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 304
    await writer.post(f"{posted[0]['href']}/kill", json={"note": "n"})
    assert (await client.get(address, headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize("kind", FEEDS)
async def test_a_correction_changes_the_entry_and_a_kill_takes_it_away(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, kind: str
) -> None:
    posted = await writer.post("/v1/articles", json=load(LOADED[0]))
    (before,) = await entries(client, kind)
    revision = {"kind": "correction", "note": "It was <ten>.", "public": True}
    await writer.patch(
        posted.headers["location"],
        json={"headline": "Corrected", "revision": revision},
        headers={"If-Match": posted.headers["etag"], "Content-Type": "application/merge-patch+json"},
    )
    (after,) = await entries(client, kind)
    assert after["id"] == before["id"]
    assert after["title"] == "Corrected"
    assert after["content"].startswith("<p><strong>Correction:</strong> It was &lt;ten&gt;.</p>")
    assert kind == "rss" or after["updated"] > before["updated"]
    await writer.post(f"{posted.headers['location']}/kill", json={"note": "n"})
    assert await entries(client, kind) == []


@pytest.mark.parametrize("kind", FEEDS)
async def test_what_is_held_is_in_no_feed(
    client: httpx.AsyncClient, embargo: httpx.AsyncClient, kind: str
) -> None:
    await post(embargo, {**ODD, "embargoed_until": "2999-01-01T00:00:00Z"})
    await post(embargo, {**ODD, "uri": "urn:withheld", "pub_status": "withheld"})
    assert await entries(client, kind) == []
    assert await entries(embargo, kind) == []
    sitemap = await embargo.get("/sitemap-news.xml")
    assert b"<url>" not in sitemap.content


async def test_the_news_sitemap_lists_what_was_published_in_the_last_two_days(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    for uri, at in (("urn:old", "2025-01-01T00:00:00Z"), ("urn:new", None)):
        await post(writer, {**ODD, "uri": uri, "language": "zh-Hant", "published_at": at})
    answer = await client.get("/sitemap-news.xml")
    assert answer.headers["content-type"] == "application/xml"
    names = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "n": "http://www.google.com/schemas/sitemap-news/0.9",
    }
    (url,) = etree.fromstring(answer.content).findall("s:url", names)
    assert (url.findtext("s:loc", None, names) or "").startswith("http://dateline/v1/articles/")
    assert url.findtext("n:news/n:publication/n:language", None, names) == "zh-tw"
    assert url.findtext("n:news/n:publication/n:name", None, names) == "Dateline"
    assert url.findtext("n:news/n:title", None, names) == "A <b>bold</b> headline & more"
    assert (await client.get("/sitemap-news.xml", params={"cursor": "x"})).status_code == 400
    assert (await client.get("/sitemap-news.xml", params={"language": "fr"})).content.count(b"<url>") == 0


async def test_a_news_sitemap_is_valid_under_its_protocol(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    schema = etree.RelaxNG(etree.parse(Path(__file__).parent / "sitemap-news.rng"))
    for path in LOADED:
        await post(writer, load(path) | {"published_at": None})
    await post(writer, ODD)
    answer = await client.get("/sitemap-news.xml")
    document = etree.fromstring(answer.content)
    assert len(document) == len(LOADED) + 1
    assert schema.validate(document), schema.error_log
    assert not schema.validate(etree.fromstring(answer.content.replace(b"<loc>http", b"<loc>x")))


async def test_a_feed_leads_to_the_page_of_an_article_and_back(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    await post(writer, ODD)
    parsed = feedparser.parse((await client.get("/v1/feeds/articles.atom")).content)
    address = parsed.entries[0].link.removeprefix("http://dateline")
    page = await client.get(address)
    assert page.headers["content-type"].startswith("text/html")
    assert 'type="application/atom+xml" href="http://dateline/v1/feeds/articles.atom"' in page.text


async def test_a_service_that_is_not_open_asks_for_a_key(app: Any, client: httpx.AsyncClient) -> None:
    wrong = await client.get("/v1/feeds/articles.atom", headers={"Authorization": "Bearer dl_wrong"})
    assert wrong.status_code == 401
