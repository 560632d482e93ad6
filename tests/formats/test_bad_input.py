"""Hostile and broken documents: each is refused with a clear problem, quickly, and leaves no trace."""

import contextlib
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from api.formats.blocks import html_blocks
from api.http.problems import Problem
from tests.formats.test_receiving import NAR, g2, ninjs

XML = {"Content-Type": "application/xml"}
NINJS = {"Content-Type": "application/vnd.iptc.ninjs+json"}
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 9))


def deep(levels: int) -> str:
    return g2().replace("It sailed.", "<b>" * levels + "x" + "</b>" * levels)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no xml",
        "<newsItem",
        g2() + "<again/>",
        f"<!DOCTYPE newsItem>{g2()}",
        f'<!DOCTYPE n [<!ENTITY x SYSTEM "file:///etc/hostname">]>{g2(text="&x;")}',
        f'<!DOCTYPE n SYSTEM "http://127.0.0.1:9/n.dtd">{g2()}',
        f'<!DOCTYPE n [<!ENTITY l0 "ha">{LAUGHS}]>{g2(text="&l8;")}',
        f'<!DOCTYPE n [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>{g2()}',
        deep(300),
        '<?xml version="1.0" encoding="no-such"?>' + g2(),
        '<?xml version="1.0" encoding="UTF-16"?>' + g2(),
        g2(text="\x00"),
        g2(text="&#1;"),
        g2(text="&unknown;"),
    ],
    ids=lambda text: text[:24],
)
async def test_xml_that_cannot_be_trusted_is_a_400(writer: httpx.AsyncClient, document: str) -> None:
    started = time.perf_counter()
    answer = await writer.post("/v1/articles", content=document.encode(), headers=XML)
    assert time.perf_counter() - started < 2
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"].endswith("/malformed-xml")
    assert "/etc/hostname" not in answer.text
    assert (await writer.get("/v1/articles")).json()["items"] == []


async def test_a_declared_encoding_is_read_and_a_wrong_one_is_refused(writer: httpx.AsyncClient) -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    latin = (head + g2(text="Überfahrt")).encode("latin-1")
    answer = await writer.post("/v1/articles", content=latin, headers=XML)
    assert answer.json()["body"][0]["text"] == "Überfahrt"
    wrong = (head.replace("ISO-8859-1", "UTF-8") + g2(2, text="Überfahrt")).encode("latin-1")
    assert (await writer.post("/v1/articles", content=wrong, headers=XML)).status_code == 400


@pytest.mark.parametrize(
    "document",
    [
        "<rss version='2.0'><channel/></rss>",
        f'<packageItem xmlns="{NAR}"/>',
        f'<newsMessage xmlns="{NAR}"><itemSet/></newsMessage>',
        f'<newsItem xmlns="{NAR}"/>',
        f'<newsItem xmlns="{NAR}" guid="urn:a"><itemMeta/></newsItem>',
    ],
)
async def test_xml_that_is_no_article_is_a_422_that_says_where(
    writer: httpx.AsyncClient, document: str
) -> None:
    answer = await writer.post("/v1/articles", content=document.encode(), headers=XML)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/")


@pytest.mark.parametrize("document", ["[]", "null", '"text"', "7", "{}", '{"format": "digitalwires@1"}'])
async def test_json_of_another_standard_is_a_422(writer: httpx.AsyncClient, document: str) -> None:
    answer = await writer.post("/v1/articles", content=document.encode(), headers=NINJS)
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("document", ["{", '{"uri": "a", "uri": "b"}', '{"uri": "\\ud800"}', "\ufeff{}"])
async def test_json_that_is_none_is_refused(writer: httpx.AsyncClient, document: str) -> None:
    answer = await writer.post(
        "/v1/articles", content=document.encode("utf-8", "surrogatepass"), headers=NINJS
    )
    assert answer.status_code in (400, 422)


async def test_a_body_over_the_limit_is_a_413(writer: httpx.AsyncClient) -> None:
    big = g2(text="x" * (4 * 1024 * 1024)).encode()
    assert (await writer.post("/v1/articles", content=big, headers=XML)).status_code == 413


@pytest.mark.parametrize("kind", [XML, NINJS])
async def test_a_hundred_megabytes_are_refused_before_they_are_read(
    writer: httpx.AsyncClient, kind: dict[str, str]
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b"<x>" + b"x" * 1024 * 1024

    answer = await writer.post("/v1/articles", content=endless(), headers=kind)
    assert answer.status_code == 413
    assert answer.json()["limit"] == 4 * 1024 * 1024
    assert read <= 6


async def test_an_unknown_content_type_and_an_unknown_format_are_refused(writer: httpx.AsyncClient) -> None:
    plain = await writer.post("/v1/articles", content=b"x", headers={"Content-Type": "text/csv"})
    assert plain.status_code == 415
    assert "application/vnd.iptc.ninjs+json" in plain.headers["accept"]
    unknown = await writer.post("/v1/articles", params={"format": "nitf"}, json={})
    assert (unknown.status_code, unknown.json()["errors"][0]["parameter"]) == (400, "format")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60_000 + "text",
        "<p>x" * 300_000,
        "<a href='https://a.example'>" * 60_000,
        "</p>" * 500_000 + "text",
        "<![" * 300_000 + "text",
        "<a " * 300_000 + "text",
        "<!--" * 300_000 + "text",
        "&amp" * 300_000,
    ],
    ids=lambda html: html[:12],
)
def test_html_made_to_be_slow_is_read_or_refused_quickly(html: str) -> None:
    started = time.process_time()  # the machine may be busy
    with contextlib.suppress(Problem):
        html_blocks(html, "#")
    assert time.process_time() - started < 2


async def test_more_than_an_article_may_have_is_refused(writer: httpx.AsyncClient) -> None:
    html = "".join(f"<p>{number}</p>" for number in range(2_001))
    item = ninjs(1, bodies=[{"contentType": "text/html", "value": html}])
    answer = await writer.post("/v1/articles", content=json.dumps(item).encode(), headers=NINJS)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/bodies/0/value"


async def test_times_that_no_store_can_hold_do_not_count(writer: httpx.AsyncClient) -> None:
    item = ninjs(1, versionCreated="9999-12-31T23:59:59-01:00", firstCreated="0001-01-01T00:00:00+14:00")
    answer = await writer.post("/v1/articles", content=json.dumps(item).encode(), headers=NINJS)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()["ignored"]) == {"#/firstCreated", "#/versionCreated"}


async def test_five_thousand_quotes_are_refused(writer: httpx.AsyncClient) -> None:
    quote = {
        "form": "direct",
        "fragments": [{"block": 0, "start": 0, "end": 1, "text": "T"}],
        "speaker": {"kind": "unnamed", "asPrinted": "x"},
    }
    item = ninjs(1) | {
        "standard": {"name": "ninjs-dateline"},
        "blocks": [{"kind": "paragraph", "text": "Text."}],
        "quotes": [quote] * 5_000,
    }
    answer = await writer.post("/v1/articles", content=json.dumps(item).encode(), headers=NINJS)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/quotes"


async def test_a_quote_that_is_not_in_the_text_is_refused(writer: httpx.AsyncClient) -> None:
    quote = {
        "form": "direct",
        "fragments": [{"block": 0, "start": 0, "end": 4, "text": "Nope"}],
        "speaker": {"kind": "unnamed", "asPrinted": "x"},
    }
    item = ninjs(1) | {
        "standard": {"name": "ninjs-dateline"},
        "blocks": [{"kind": "paragraph", "text": "Text."}],
        "quotes": [quote],
    }
    answer = await writer.post("/v1/articles", content=json.dumps(item).encode(), headers=NINJS)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/verbatim-mismatch")
