"""Compression at the edge, with an entity tag of its own for each coding."""

import gzip
from typing import Any

import brotli
import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.compression import CODINGS, coding_of, zstd
from tests.dispatches import dispatch, post, quote

DECODE: dict[str, Any] = {"zstd": zstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}
LONG = {"body": ["The ferry will run again on Monday. " * 100]}


async def raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """Read the bytes of an answer as they were sent."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream("GET", path, headers={"Accept-Encoding": "identity"} | names) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None),
        (b"", None),
        (b"identity", None),
        (b"gzip", "gzip"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"GZIP;q=1, br;q=0.5", "gzip"),
        (b"zstd;q=0, br;q=0.1", "br"),
        (b"*", "zstd"),
        (b"*;q=0.1, gzip", "gzip"),
        (b"*;q=0", None),
        (b"zstd;q=inf, gzip", "gzip"),
        (b"zstd;q=2", None),
        (b"zstd;q=0.0001, br", "br"),
        (b"deflate, compress", None),
        (b"identity, gzip;q=0.5", None),
        (b"identity;q=0.5, gzip", "gzip"),
        (b"identity, gzip", "gzip"),
        (b"identity;q=0, br;q=0.2", "br"),
        (b"identity;q=0", None),
        (b"identity;q=0, *;q=0", None),
        (b"gzip, " + b"x" * 500, None),
    ],
)
def test_the_coding_is_the_one_liked_best(accepted: bytes | None, coding: str | None) -> None:
    assert coding_of(accepted) == coding


@given(st.binary(max_size=200))
def test_any_header_gives_a_coding_or_none(accepted: bytes) -> None:
    assert coding_of(accepted) in {*CODINGS, None}


@pytest.mark.parametrize("path", ["one", "list"])
async def test_each_coding_has_its_bytes_and_its_tag(
    path: str, writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await post(writer, **LONG)
    path = article["href"] if path == "one" else "/v1/articles?fields=body"
    plain, body = await raw(client, path)
    assert "content-encoding" not in plain.headers
    tags = {plain.headers["etag"]}
    for coding, decode in DECODE.items():
        # Once from the application, once as it may have been kept.
        for _ in range(2):
            answer, sent = await raw(client, path, accept_encoding=coding)
            assert answer.headers["content-encoding"] == coding
            assert int(answer.headers["content-length"]) == len(sent) < len(body) / 4
            assert decode(sent) == body
            assert "Accept-Encoding" in answer.headers["vary"]
        tags.add(answer.headers["etag"])
        tag = answer.headers["etag"]
        unmodified, nothing = await raw(client, path, accept_encoding=coding, if_none_match=tag)
        assert (unmodified.status_code, nothing, unmodified.headers["etag"]) == (304, b"", tag)
        assert "content-encoding" not in unmodified.headers
        other, _ = await raw(client, path, if_none_match=tag)
        assert other.status_code == 200
        head = await client.head(path, headers={"Accept-Encoding": coding})
        for name in ("etag", "content-length", "content-encoding"):
            assert head.headers[name] == answer.headers[name]
    assert len(tags) == 4


async def test_if_match_takes_the_tag_of_any_coding(writer: httpx.AsyncClient) -> None:
    article = await post(writer, **LONG)
    for number, coding in enumerate(["zstd", "br", "gzip", "identity"]):
        read = await writer.get(article["href"], headers={"Accept-Encoding": coding})
        changed = await writer.patch(
            article["href"],
            json={"headline": f"Change {number}"},
            headers={"If-Match": read.headers["etag"], "Content-Type": "application/merge-patch+json"},
        )
        assert changed.status_code == 200, changed.text


async def test_what_a_write_answers_has_the_tag_that_reading_gives(writer: httpx.AsyncClient) -> None:
    for members in ({}, LONG, {"quotes": [quote()]}):
        posted = await writer.post("/v1/articles", json=dispatch(**members))
        assert posted.status_code == 201, posted.text
        read = await writer.get(posted.headers["location"])
        assert read.headers["etag"] == posted.headers["etag"]


async def test_short_answers_and_secrets_are_sent_as_they_are(
    client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    answer, sent = await raw(client, "/v1/articles", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert msgspec.json.decode(sent) == {"items": [], "next": None}
    made = await admin.post("/v1/keys", json={"name": "x" * 200, "scopes": ["read"]})
    assert "content-encoding" not in made.headers


async def test_the_pages_of_the_service_are_compressed(client: httpx.AsyncClient) -> None:
    for path in ("/openapi.json", "/docs"):
        answer, sent = await raw(client, path, accept_encoding="br")
        assert answer.headers["content-encoding"] == "br"
        assert len(brotli.decompress(sent)) > 4 * len(sent)


async def test_a_stream_is_sent_as_it_is(writer: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    await post(writer, **LONG)
    answer, sent = await raw(client, "/v1/articles", accept_encoding="gzip", accept="application/x-ndjson")
    assert "content-encoding" not in answer.headers
    assert msgspec.json.decode(sent.splitlines()[0])["headline"]
