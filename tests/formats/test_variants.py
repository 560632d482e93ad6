"""What providers make of the standards: prefixes and missing namespaces, encodings, mixed messages."""

import json
from typing import Any

import httpx
import pytest

from api.formats import from_newsml_g2
from api.formats.arrival import Arrival
from api.formats.registry import READERS
from api.http.problems import Problem
from tests.formats import schemas
from tests.formats.test_receiving import NAR, g2, ninjs

SITE = "http://dateline"
TEXT = "It sailed."
NINJS = {"Content-Type": "application/vnd.iptc.ninjs+json"}
KINDS = ("packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")


def read(document: str, encoding: str = "utf-8") -> list[Arrival | Problem]:
    return from_newsml_g2.read(document.encode(encoding), SITE)


def one(document: str, encoding: str = "utf-8") -> Arrival:
    (found,) = read(document, encoding)
    assert isinstance(found, Arrival), found
    return found


def inline(content: str) -> str:
    """Put content in place of the item's XHTML."""
    start, end = g2().index("<html"), g2().index("</html>") + len("</html>")
    return g2()[:start] + content + g2()[end:]


def data(content: str, content_type: str = "text/plain") -> str:
    start, end = g2().index("<inlineXML"), g2().index("</inlineXML>") + len("</inlineXML>")
    return g2()[:start] + f'<inlineData contenttype="{content_type}">{content}</inlineData>' + g2()[end:]


def test_a_prefix_or_no_namespace_at_all_makes_no_difference() -> None:
    plain = one(g2())
    prefixed = g2().replace(f'xmlns="{NAR}"', f'xmlns:nar="{NAR}"')
    for name in ("newsItem", "catalogRef", "itemMeta", "itemClass", "provider", "name", "versionCreated",
                 "pubStatus", "contentMeta", "headline", "contentSet", "inlineXML"):  # fmt: skip
        prefixed = prefixed.replace(f"<{name}", f"<nar:{name}").replace(f"</{name}", f"</nar:{name}")
    bare = g2().replace(f' xmlns="{NAR}"', "")
    for document in (prefixed, bare):
        found = one(document)
        assert (found.dispatch, found.ignored) == (plain.dispatch, plain.ignored)


@pytest.mark.parametrize(
    "document",
    [
        inline(f"<html><body><p>{TEXT}</p></body></html>"),
        inline(f'<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.content><p>{TEXT}</p></body.content></body></nitf>'),
        inline(f"<nitf><body><body.content><block><p>{TEXT}</p></block></body.content></body></nitf>"),
        inline(f'<x:html xmlns:x="http://www.w3.org/1999/xhtml"><x:body><x:p>{TEXT}</x:p></x:body></x:html>'),
        inline(f'<section xmlns="urn:own"><p>{TEXT}</p></section>'),
        inline(TEXT),
        data(TEXT),
        data(f"<![CDATA[<p>{TEXT}</p>]]>", "text/html"),
        data(f"<![CDATA[<p>{TEXT}</p>]]>", "text/html; charset=utf-8"),
        data(f"&lt;p&gt;{TEXT}&lt;/p&gt;", "application/xhtml+xml"),
    ],
)  # fmt: skip
def test_a_text_is_found_in_whatever_mark_up_carries_it(document: str) -> None:
    assert one(document).dispatch["body"] == [{"kind": "paragraph", "text": TEXT}]


@pytest.mark.parametrize(
    "content",
    [
        '<sports-content xmlns="http://iptc.org/std/SportsML/2008-04-01/"><team><name>Rovers</name></team></sports-content>',
        "<events><event><name>Autumn meeting</name></event></events>",
    ],
)
def test_data_is_no_text_although_it_has_words(content: str) -> None:
    (found,) = read(inline(content))
    assert isinstance(found, Problem)
    assert found.kind == "unsupported-content"
    assert found.errors[0].pointer == "/newsItem/contentSet"


def test_content_elsewhere_is_not_fetched_but_told_to_be_needed() -> None:
    start, end = g2().index("<inlineXML"), g2().index("</inlineXML>") + len("</inlineXML>")
    (found,) = read(g2()[:start] + '<remoteContent href="http://127.0.0.1:9/x.html"/>' + g2()[end:])
    assert isinstance(found, Problem)
    assert found.kind == "unsupported-content"
    assert "text" in found.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_each_encoding_is_read_as_it_is_declared(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").upper()
    document = f'<?xml version="1.0" encoding="{declared}"?>' + g2(text="Überfahrt")
    assert one(document, encoding).dispatch["body"][0]["text"] == "Überfahrt"


def test_without_a_declaration_it_is_utf_8() -> None:
    assert one(g2(text="Überfahrt")).dispatch["body"][0]["text"] == "Überfahrt"
    with pytest.raises(Problem) as caught:
        read(g2(text="Überfahrt"), "iso-8859-1")
    assert caught.value.kind == "malformed-xml"


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_no_news_item_is_told_to_hold_none(kind: str) -> None:
    with pytest.raises(Problem) as caught:
        read(f'<{kind} xmlns="{NAR}" guid="urn:a" version="1"><itemMeta/></{kind}>')
    assert (caught.value.status, caught.value.kind) == (422, "unsupported-content")
    assert kind in caught.value.detail


@pytest.mark.parametrize("kind", KINDS)
async def test_what_stands_beside_an_item_in_a_message_is_ignored_and_said_so(
    writer: httpx.AsyncClient, kind: str
) -> None:
    items = f'<{kind} guid="urn:a" version="1"/>{g2(uri="urn:b")}'
    message = (
        f'<newsMessage xmlns="{NAR}"><header><sent>x</sent></header><itemSet>{items}</itemSet></newsMessage>'
    )
    answer = await writer.post(
        "/v1/articles", content=message.encode(), headers={"Content-Type": "application/xml"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["ignored"] == ["/newsMessage/header[1]", f"/newsMessage/itemSet[1]/{kind}[1]"]


@pytest.mark.parametrize("first", ["0", "none"])
def test_an_item_may_lack_its_version_or_have_that_of_the_beginning(first: str) -> None:
    document = g2().replace(' version="1"', "" if first == "none" else ' version="0"', 1)
    assert one(document).version == (None if first == "none" else 0)


@pytest.mark.parametrize(
    ("told", "identifier"),
    [
        ({"code": "http://www.wikidata.org/entity/Q42"}, ("wikidata", "Q42")),
        ({"scheme": "http://www.wikidata.org/entity/", "code": "Q42"}, ("wikidata", "Q42")),
        ({"scheme": "desk", "code": "7"}, ("desk", "7")),
        ({"code": "desk:7"}, ("desk", "7")),
    ],
)
def test_a_code_of_ninjs_1_may_be_an_address(told: dict[str, str], identifier: tuple[str, str]) -> None:
    item = {
        "uri": "urn:a",
        "headline": "H",
        "body_text": "It sailed.",
        "person": [{"name": "Mara Venn", **told}],
    }
    (found,) = READERS["ninjs"](json.dumps(item).encode(), SITE)
    assert isinstance(found, Arrival), found
    scheme, value = identifier
    (mention,) = found.dispatch["people"]
    assert mention["person"]["identifiers"] == [{"scheme": scheme, "value": value}]
    assert found.ignored == []


@pytest.mark.parametrize(
    ("members", "ignored"),
    [
        ({"people": [{"uri": "http://www.wikidata.org/entity/Q1"}]}, "#/people"),
        ({"version": "1.2b"}, "#/version"),
        ({"type": "picture"}, "#/type"),
        (
            {"associations": [{"name": "a", "uri": "tag:a.example,1", "type": "picture",
                               "renditions": [{"name": "b", "href": "https://a.example/b.jpg"}]}]},
            "#/associations/0/uri",
        ),
    ],
)  # fmt: skip
def test_what_has_no_place_of_a_ninjs_item_is_told(members: dict[str, Any], ignored: str) -> None:
    (found,) = READERS["ninjs"](json.dumps(ninjs() | members).encode(), SITE)
    assert isinstance(found, Arrival), found
    assert found.ignored == [ignored]


async def test_an_array_of_ninjs_has_a_result_for_each_item(writer: httpx.AsyncClient) -> None:
    items = [ninjs(1, uri="urn:a"), {"uri": 7}, 3, ninjs(2, uri="urn:a"), ninjs(1, uri="urn:b")]
    answer = await writer.post("/v1/articles", content=json.dumps(items).encode(), headers=NINJS)
    assert answer.status_code == 200, answer.text
    results = answer.json()["items"]
    assert [each["status"] for each in results] == [201, 422, 422, 200, 201]
    assert results[1]["problem"]["errors"][0]["pointer"] == "#/uri"
    alone = await writer.post("/v1/articles", content=json.dumps(items[-1:]).encode(), headers=NINJS)
    assert (alone.status_code, alone.json()["outcome"]) == (200, "unchanged")


@pytest.mark.parametrize("kind", ["ninjs", "newsml-g2"])
async def test_more_items_than_a_transaction_should_have_are_refused(
    writer: httpx.AsyncClient, kind: str
) -> None:
    message = f'<newsMessage xmlns="{NAR}"><itemSet>{g2() * 201}</itemSet></newsMessage>'
    content = json.dumps([ninjs(1)] * 201) if kind == "ninjs" else message
    headers = NINJS if kind == "ninjs" else {"Content-Type": "application/xml"}
    answer = await writer.post("/v1/articles", content=content.encode(), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "too_long"


@schemas.needed
def test_no_document_of_any_standard_is_a_failure_of_ours() -> None:
    """Every file of the collection, read as every format: what it means, or a problem that says why not."""
    files = [path for path in sorted(schemas.DOCUMENTS.rglob("*")) if path.is_file()]
    assert len(files) > 1000
    outcomes: dict[Any, int] = {}
    for path in files:
        raw = path.read_bytes()
        for name in ("ninjs", "newsml-g2"):
            try:
                found = READERS[name](raw, SITE)
            except Problem as problem:
                found = [problem]
            for each in found:
                status = each.status if isinstance(each, Problem) else 200
                outcomes[status] = outcomes.get(status, 0) + 1
    assert set(outcomes) == {200, 400, 422}
