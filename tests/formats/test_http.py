"""Formats through HTTP: negotiation, entity tags, and what held, killed and corrected articles do in each."""

import json

import httpx
import pytest

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


async def test_the_best_liked_format_is_chosen_and_an_unknown_one_is_a_406(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    address = await post(writer)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, name in ((browser, "html"), ("application/ld+json, */*;q=0.1", "jsonld"), ("*/*", "json")):
        answer = await client.get(address, headers={"Accept": accept})
        assert answer.headers["content-type"] == TYPES[name]
    assert (await client.get(address, headers={"Accept": "image/png"})).status_code == 406
    unknown = await client.get(address, params={"format": "pdf"})
    assert (unknown.status_code, unknown.json()["errors"][0]["parameter"]) == (400, "format")
    head = await client.head(address, params={"format": "nitf"})
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", TYPES["nitf"])


@pytest.mark.parametrize("name", TYPES)
async def test_a_killed_article_is_gone_in_every_format(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, admin: httpx.AsyncClient, name: str
) -> None:
    address = await post(writer)
    tag = (await client.get(address, params={"format": name})).headers["etag"]
    await writer.post(f"{address}/kill", json={"note": "Withdrawn."})
    gone = await client.get(address, params={"format": name}, headers={"If-None-Match": tag})
    assert gone.status_code == 410
    assert gone.headers["content-type"] == "application/problem+json"
    assert gone.json()["note"] == "Withdrawn."
    assert EXAMPLE["headline"] not in gone.text
    assert (await client.get(address, params={"format": name, "losses": "true"})).status_code == 410
    seen = await admin.get(address, params={"format": name})
    assert seen.status_code == 200
    if name != "msgpack":
        assert "cancel" in seen.text.lower()


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"json", "msgpack"}))
async def test_a_correction_changes_the_tag_and_is_told_where_a_format_can(
    client: httpx.AsyncClient, writer: httpx.AsyncClient, name: str
) -> None:
    posted = await writer.post("/v1/articles", json=EXAMPLE)
    address = posted.headers["location"]
    before = await client.get(address, params={"format": name})
    revision = {"kind": "correction", "note": "The name of the river.", "public": True}
    changed = await writer.patch(
        address,
        json={"headline": "Another headline", "revision": revision},
        headers={"If-Match": posted.headers["etag"], "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    after = await client.get(
        address, params={"format": name}, headers={"If-None-Match": before.headers["etag"]}
    )
    assert after.status_code == 200
    assert after.headers["etag"].startswith('"2.')
    assert "Another headline" in after.text
    told = (await client.get(address, params={"format": name, "losses": "true"})).json()["losses"]
    assert ("The name of the river." in after.text) == (
        not any(pointer.startswith("#/corrections") for pointer in told)
        or name in ("jsonld", "txt", "md", "nitf", "newsml-g2")
    )


async def test_notes_to_editors_are_only_in_what_editors_get(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    address = await post(writer, EXAMPLE | {"ed_note": "Not for print: marker."})
    for name in TYPES:
        seen = await client.get(address, params={"format": name})
        assert "marker" not in seen.text
        assert seen.headers["cache-control"] == "public, max-age=30"
        edited = await writer.get(address, params={"format": name})
        assert edited.headers["cache-control"] == "private, no-cache"
        if name != "jsonld":
            assert "marker" in edited.text, name
    lost = (await writer.get(address, params={"format": "jsonld", "losses": "true"})).json()["losses"]
    assert "#/ed_note" in lost


async def test_an_article_as_it_was_is_answered_in_a_format_too(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    posted = await writer.post("/v1/articles", json=EXAMPLE)
    address, then = posted.headers["location"], posted.json()["updated_at"]
    await writer.patch(
        address,
        json={"headline": "Another headline"},
        headers={"If-Match": posted.headers["etag"], "Content-Type": "application/merge-patch+json"},
    )
    answer = await client.get(address, params={"as_of": then, "format": "txt"})
    assert answer.status_code == 200
    assert "Another headline" not in answer.text


async def test_addresses_in_a_format_are_those_under_which_the_service_was_asked(
    client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    address = await post(writer)
    document = json.loads((await client.get(address, params={"format": "jsonld"})).content)
    assert document["@id"] == f"http://dateline{address}"
