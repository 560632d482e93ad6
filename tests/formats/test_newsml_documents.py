"""NewsML-G2 and dpa's wires: the documents of IPTC and dpa, and pairs that say the same in two formats."""

import json
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest
from lxml import etree

from api.articles.schemas import ArticleInput
from api.formats import from_digitalwires, from_newsml_g2
from api.formats.arrival import Arrival
from api.http.decoding import Body
from api.http.problems import Problem
from tests.formats import schemas

PAIRS = schemas.DOCUMENTS / "dpa-pairs"
NAMES = sorted(path.stem for path in (PAIRS / "output").glob("*.xml")) if PAIRS.exists() else []
WITH_TEXT = [name for name in NAMES if name not in ("audio", "image")]
ARTICLE: Body[ArticleInput] = Body(ArticleInput)
NAR = "{http://iptc.org/std/nar/2006-10-01/}"


def g2(raw: bytes) -> Arrival:
    (found,) = from_newsml_g2.read(raw, "http://dateline")
    assert isinstance(found, Arrival), found
    return found


@schemas.needed
def test_iptcs_examples_and_unit_files_are_read_or_refused_clearly() -> None:
    counts: dict[str, int] = {}
    for kind in ("newsmlg2/example", "newsmlg2/should_pass"):
        for path in schemas.files(kind):
            try:
                items = from_newsml_g2.read(path.read_bytes(), "http://dateline")
            except Problem as problem:
                items = [problem]
            for item in items:
                outcome = item.kind if isinstance(item, Problem) else "read"
                counts[outcome] = counts.get(outcome, 0) + 1
                if isinstance(item, Arrival) and not item.canceled:
                    ARTICLE.convert(msgspec.to_builtins(item.dispatch))
    # Fragments without a root, and two files that are no XML by accident.
    assert counts["read"] >= 20
    assert set(counts) <= {"read", "unsupported-content", "validation-error", "malformed-xml"}
    assert counts["unsupported-content"] > 150


@schemas.needed
def test_every_wire_of_a_day_is_an_article_and_tells_what_it_ignores() -> None:
    paths = schemas.files("newsmlg2/wire")
    assert len(paths) == 50
    for path in paths:
        arrival = g2(path.read_bytes())
        given = ARTICLE.convert(msgspec.to_builtins(arrival.dispatch))
        assert given.headline
        assert given.language == "de"
        assert given.provider is not None
        root = etree.parse(path)
        for xpath in arrival.ignored:
            steps = [
                part if "@" in part else f"*[local-name()='{part.partition('[')[0]}']"
                for part in xpath.split("/")[1:]
            ]
            indexed = [
                step + ("[" + part.partition("[")[2] if "[" in part else "")
                for step, part in zip(steps, xpath.split("/")[1:], strict=True)
            ]
            assert root.xpath("/" + "/".join(indexed)), xpath


def test_nitf_inside_an_item_gives_its_text_and_its_media() -> None:
    content = (
        '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head><hedline><hl1>H</hl1></hedline>'
        "</body.head><body.content><p>One.</p><hl2>Head</hl2><bq><block><p>Quoted.</p></block></bq>"
        '<media media-type="image"><media-reference source="https://a.example/x.jpg" alternate-text="Alt"/>'
        "<media-caption>Caption</media-caption><media-producer>Credit</media-producer></media>"
        "</body.content></body></nitf>"
    )
    start = '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>It sailed.</p></body></html>'
    arrival = small_g2(start, content)
    assert [(b["kind"], b["text"]) for b in arrival.dispatch["body"]] == [
        ("paragraph", "One."),
        ("heading", "Head"),
        ("blockquote", "Quoted."),
    ]
    medium = {"kind": "picture", "href": "https://a.example/x.jpg", "alt": "Alt"}
    assert arrival.dispatch["media"] == [{**medium, "caption": "Caption", "credit": "Credit"}]


def small_g2(old: str, new: str) -> Arrival:
    from tests.formats.test_receiving import g2 as item

    return g2(item().replace(old, new).encode())


def shared(one: Any, other: Any) -> Any:
    """Give what two readings both say: members of both, arrays of one length item by item."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: shared(one[name], other[name]) for name in one if name in other}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [shared(a, b) for a, b in zip(one, other, strict=True)]
    return one


@schemas.needed
@pytest.mark.parametrize("name", WITH_TEXT)
def test_the_json_and_the_newsml_g2_of_one_wire_say_the_same(name: str) -> None:
    wire = json.loads((PAIRS / "input" / f"{name}.json").read_bytes())
    one = from_digitalwires.read(wire, "http://dateline")
    other = g2((PAIRS / "output" / f"{name}.xml").read_bytes())
    for member in set(one.dispatch) & set(other.dispatch):
        if wire.get("usageterms") is None and member == "usage_terms":
            continue  # the converter prints the word None there
        mine, theirs = one.dispatch[member], other.dispatch[member]
        assert shared(mine, theirs) == shared(theirs, mine), member
    assert (one.uri, one.version, one.version_created) == (other.uri, other.version, other.version_created)
    assert [s for s in one.signals if s.startswith("sig:")] == [
        s for s in other.signals if s.startswith("sig:")
    ]
    assert {"headline", "body", "language", "provider", "urgency", "published_at"} <= set(other.dispatch)


def told(item: etree._Element) -> dict[str, Any]:
    """Give what two news items are compared on."""

    def texts(path: str) -> list[str]:
        return [" ".join("".join(e.itertext()).split()) for e in item.findall(path.replace("/", "/" + NAR))]

    def found(path: str) -> list[etree._Element]:
        return item.findall(path.replace("/", "/" + NAR))

    content = item.find(f"./{NAR}contentSet")
    assert content is not None
    section, whole = content.find(".//{*}section"), content.find(".//{*}body")
    body = whole if section is None else section
    assert body is not None
    blocks = [
        " ".join("".join(e.itertext()).split())
        for e in body.iter("{*}p", "{*}h2", "{*}li")
        if e.get("class") != "teaser"
    ]
    status = found("./itemMeta/pubStatus")
    return {
        "headline": texts("./contentMeta/headline")[0],
        "dateline": texts("./contentMeta/dateline"),
        "subjects": {e.get("qcode") for e in found("./contentMeta/subject") if e.get("qcode")},
        "status": status[0].get("qcode") if status else "stat:usable",
        "version created": datetime.fromisoformat(texts("./itemMeta/versionCreated")[0]),
        "embargoed": [datetime.fromisoformat(text) for text in texts("./itemMeta/embargoed")],
        "body": [block for block in blocks if block.strip("\u00a0 ")],
    }


@schemas.needed
@pytest.mark.parametrize("name", WITH_TEXT)
async def test_our_newsml_g2_of_a_wire_agrees_with_dpas(admin: httpx.AsyncClient, name: str) -> None:
    wire = (PAIRS / "input" / f"{name}.json").read_bytes()
    posted = await admin.post(
        "/v1/articles",
        params={"format": "digitalwires"},
        content=wire,
        headers={"Content-Type": "application/json"},
    )
    assert posted.status_code == 201, posted.text
    exported = await admin.get(posted.headers["location"], params={"format": "newsml-g2"})
    ours = told(etree.fromstring(exported.content))
    item = etree.parse(PAIRS / "output" / f"{name}.xml").find(f".//{NAR}newsItem")
    assert item is not None
    theirs = told(item)
    ours["subjects"] = {code for code in ours["subjects"] if code in theirs["subjects"]}
    # Where one has a line break, the other may have two elements.
    for each in (ours, theirs):
        each["body"] = "".join("".join(each["body"]).split())
    assert ours == theirs
