"""`losses=true` is right: what a format says it loses is what is missing after there and back."""

import json
import re
from typing import Any

import httpx
import msgspec
import pytest

from api.articles.schemas import Article
from api.formats.registry import FORMATS
from tests.formats.articles import SITE, article, full
from tests.formats.test_http import TYPES
from tests.test_examples import FILES, load

READABLE = ("ninjs", "ninjs-dateline", "newsml-g2")
DECLARED = ("jsonld", "nitf", "html", "txt", "md")
# What each store makes for itself.
OWN = {"id", "type", "version", "href", "created_at", "updated_at", "article", "article_version", "position"}


def comparable(value: Any, name: str = "") -> Any:
    """Give a document without what each store makes for itself; an entity is known by its name."""
    if isinstance(value, list):
        return [comparable(each, name) for each in value]
    if isinstance(value, dict):
        if "href" in value and "name" in value and value.get("type") in ("person", "organisation"):
            return value["name"]
        kept = {key: inner for key, inner in value.items() if key not in OWN or name in ("links", "media")}
        return {key: comparable(inner, key) for key, inner in kept.items()}
    return value


def differences(before: Any, after: Any, pointer: str = "#") -> list[str]:
    """List the pointers at which two documents differ; arrays of different length differ as a whole."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [p for key in before for p in differences(before[key], after[key], f"{pointer}/{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [p for i, (one, other) in pairs for p in differences(one, other, f"{pointer}/{i}")]
    return [pointer]


async def there_and_back(
    store: httpx.AsyncClient, document: dict[str, Any], name: str
) -> tuple[list[str], list[str]]:
    """Post an article, export it, post the export under another uri: the losses told, and those found."""
    posted = await store.post("/v1/articles", json=document)
    assert posted.status_code == 201, posted.text
    address, uri = posted.headers["location"], posted.json()["uri"]
    exported = await store.get(address, params={"format": name})
    told = (await store.get(address, params={"format": name, "losses": "true"})).json()
    assert told["format"] == name
    content = exported.text.replace(uri, uri + "-back")
    back = await store.post("/v1/articles", content=content.encode(), headers={"Content-Type": TYPES[name]})
    assert back.status_code == 201, back.text
    first = (await store.get(address)).json()
    second = (await store.get(back.headers["location"])).json()
    assert second.pop("uri") == first.pop("uri") + "-back"
    return sorted(told["losses"]), sorted(differences(comparable(first), comparable(second)))


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_the_difference_after_there_and_back_is_what_was_told(
    admin: httpx.AsyncClient, path: Any, name: str
) -> None:
    told, found = await there_and_back(admin, load(path), name)
    assert told == found
    if name != "ninjs-dateline":
        assert "#/quotes" in told


@pytest.mark.parametrize("name", READABLE)
async def test_text_comes_back_character_for_character(admin: httpx.AsyncClient, name: str) -> None:
    blocks = [
        "  two  spaces\tand a tab ",
        "one line\nand another",
        "<b>&amp;</b> ]]> \"'",
        "\U0001f680 שלום עולם e\u0301\u00a0",
        {"kind": "heading", "text": "A heading "},
        {"kind": "list_item", "text": "an item"},
        {"kind": "blockquote", "text": "quoted"},
        {"kind": "blockquote", "text": "quoted again"},
    ]
    document = {"headline": " A  headline ", "language": "he", "body": blocks}
    told, found = await there_and_back(admin, document, name)
    assert told == found == (["#/headline"] if name == "newsml-g2" else [])


@pytest.mark.parametrize("name", READABLE)
def test_an_article_that_says_everything_loses_only_what_the_format_has_no_place_for(name: str) -> None:
    expected = {
        "ninjs-dateline": [],
        "ninjs": [
            "#/dateline/date",
            "#/dateline/place",
            "#/dateline/agency",
            "#/people/0/as_printed",
            "#/people/0/role",
            "#/organisations/0/as_printed",
            "#/quotes",
            "#/links",
            "#/corrections",
        ],
        "newsml-g2": [
            "#/dateline/date",
            "#/dateline/place",
            "#/dateline/agency",
            "#/media/0/people",
            "#/quotes",
            "#/corrections",
        ],
    }
    assert FORMATS[name].losses(full(), SITE) == expected[name]


def test_what_has_no_place_in_xml_is_told() -> None:
    odd = article(["a noncharacter \uffff here"])
    assert FORMATS["newsml-g2"].losses(odd, SITE) == ["#/body/0/text"]
    assert FORMATS["ninjs-dateline"].losses(odd, SITE) == []


def leaves(value: Any, pointer: str = "#") -> list[tuple[str, Any]]:
    """List the values of a document with their pointers."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in leaves(inner, f"{pointer}/{key}")]
    if isinstance(value, list):
        return [pair for i, inner in enumerate(value) for pair in leaves(inner, f"{pointer}/{i}")]
    return [] if value is None else [(pointer, value)]


def text_of(name: str, each: Article) -> str:
    """Give an export as one line without the escapes of its format."""
    raw = FORMATS[name].render(each, SITE).decode()
    for mark in ("\\\\", "&amp;", "&lt;", "&gt;", "\\"):
        raw = raw.replace(mark, {"&amp;": "&", "&lt;": "<", "&gt;": ">"}.get(mark, ""))
    return " ".join(raw.split())


# Values that stand in an export in another form, or that stand there anyway.
OTHERWISE = re.compile(
    r"#/(pub_status|urgency|published_at|embargoed_until|language)$"
    r"|/(rel|kind|type|id|href|form|block|start|end|version|at|created_at|updated_at|precision|status)$"
    r"|/(translated|attribution|confidence|scheme|article_version)$|/article/|#/quotes/[0-9]+/(text|language)$"
    r"|#/body/|#/uri$|#/corrections/"
)


@pytest.mark.parametrize("name", DECLARED)
def test_a_declared_loss_is_one_and_what_is_not_declared_is_there(name: str) -> None:
    each = full()
    lost, shown = FORMATS[name].losses(each, SITE), text_of(name, each)
    looked_at = 0
    for pointer, value in leaves(msgspec.to_builtins(each)):
        told = any(pointer == one or pointer.startswith(one + "/") for one in lost)
        if OTHERWISE.search(pointer) or not isinstance(value, str):
            continue
        words = " ".join(value.split())
        alone = sum(words in str(other) for _, other in leaves(msgspec.to_builtins(each))) == 1
        looked_at += 1
        if not told:
            assert words in shown, f"{pointer} is not there, and not told"
        elif alone:
            assert words not in shown, f"{pointer} is there, and told to be lost"
    assert looked_at > 40


@pytest.mark.parametrize("name", DECLARED)
def test_the_body_is_carried_by_every_format(name: str) -> None:
    shown = text_of(name, full())
    assert all(" ".join(block.text.split()) in re.sub(r"<[^>]*>", "", shown) for block in full().body[1:4])


def test_message_pack_is_the_same_document_and_loses_nothing() -> None:
    raw = FORMATS["msgpack"].render(full(), SITE)
    assert msgspec.msgpack.decode(raw) == json.loads(msgspec.json.encode(full()))
    assert FORMATS["msgpack"].losses(full(), SITE) == []


def test_a_fragment_that_overlaps_another_is_told_to_be_lost_where_it_cannot_be_marked() -> None:
    from tests.formats.articles import PERSON, TEXTS, quote, speaker

    said = speaker("person", as_printed="T", person=PERSON)
    both = [
        quote(1, TEXTS, ["Nobody was seasick,"], speaker=said),
        quote(2, TEXTS, ["seasick,” said Lusia"], speaker=said),
    ]
    each = article(TEXTS, quotes=both)
    lost = FORMATS["nitf"].losses(each, SITE)
    assert "#/quotes/1" in lost
    assert not any(pointer.startswith(("#/quotes/0/fragments", "#/quotes/1/")) for pointer in lost)
