"""Formats through HTTP: negotiation, entity tags, and what held, killed and corrected articles do in each."""

import httpx

from tests.test_examples import EXAMPLES, load

EXAMPLE = load(EXAMPLES / "01-river-accord.json")
TYPES = {
    "json": "application/json",
    "msgpack": "application/vnd.msgpack",
    "jsonld": "application/ld+json",
    "ninjs": "application/vnd.iptc.ninjs+json",
    "ninjs-dateline": "application/vnd.dateline.ninjs+json",
    "newsml-g2": "application/vnd.iptc.g2.newsitem+xml",
    "nitf": "application/vnd.nitf",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}


async def post(client: httpx.AsyncClient, document: dict | None = None) -> str:
    answer = await client.post("/v1/articles", json=document or EXAMPLE)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def test_an_article_is_answered_in_each_format_by_accept_and_by_parameter(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    address = await post(writer)
    tags = set()
    for name, content_type in TYPES.items():
        by_parameter = await client.get(address, params={"format": name})
        by_accept = await client.get(address, headers={"Accept": content_type.partition(";")[0]})
        assert by_parameter.status_code == 200, (name, by_parameter.text)
        assert by_parameter.headers["content-type"] == content_type
        assert by_accept.headers["content-type"] == content_type
        assert by_accept.content == by_parameter.content
        assert by_parameter.headers["etag"] == by_accept.headers["etag"]
        assert "Accept" in by_parameter.headers["vary"]
        tags.add(by_parameter.headers["etag"])
        unchanged = await client.get(
            address, params={"format": name}, headers={"If-None-Match": by_accept.headers["etag"]}
        )
        assert unchanged.status_code == 304
        assert unchanged.content == b""
    assert len(tags) == len(TYPES)
