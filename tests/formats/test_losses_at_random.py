"""`losses=true` is right of any article: members are left out, repeated and worded anew at random."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from api.articles.schemas import Article
from api.formats.registry import FORMATS
from tests.dispatches import mention, quote
from tests.formats.articles import AT, SITE, full
from tests.formats.test_losses import DECLARED, OTHERWISE, READABLE, leaves, text_of, there_and_back

# Members that are no free text.
FIXED = {
    "embargoed_until",
    "id",
    "href",
    "type",
    "scheme",
    "uri",
    "text",
    "value",
    "language",
    "article",
    "fragments",
}


class Varying:
    """Makes articles of `full()`, each text in words that no other has."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.count = 0

    def article(self) -> Article:
        document = self._varied(msgspec.to_builtins(full()))
        for holder, name in list(_optional(document)):
            before, holder[name] = holder[name], None
            if self.draw.random() > 0.3 or not _is_article(document):
                holder[name] = before
        return msgspec.convert(document, Article)

    def _varied(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._varied(inner, key) for key, inner in value.items()}
        if name == "body":
            return value
        if isinstance(value, list):
            some = value and name != "fragments"
            chosen = self.draw.choices(value, k=self.draw.randrange(4)) if some else value
            return [self._varied(copy.deepcopy(each), name) for each in chosen]
        if isinstance(value, str) and name not in FIXED and value != AT:
            return self._worded(value)
        return value

    def _worded(self, value: str) -> str:
        """Word a text anew; what may only be one of some words stays."""
        if " " not in value and "-" not in value:
            return value
        self.count += 1
        return f"{value} w{self.count}w" if " " in value else f"{value}w{self.count}w"


def _optional(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None:
                yield value, name
            yield from _optional(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _optional(inner)


def _is_article(document: dict[str, Any]) -> bool:
    try:
        msgspec.convert(document, Article)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("seed", range(8))
def test_what_is_told_to_be_lost_is_not_there_and_all_else_is(name: str, seed: int) -> None:
    varying = Varying(seed)
    looked_at = 0
    for _ in range(12):
        each = varying.article()
        lost, shown = FORMATS[name].losses(each, SITE), text_of(name, each)
        values = [
            (pointer, " ".join(v.split()))
            for pointer, v in leaves(msgspec.to_builtins(each))
            if isinstance(v, str)
        ]
        for pointer, words in values:
            if OTHERWISE.search(pointer):
                continue
            looked_at += 1
            if not any(pointer == one or pointer.startswith(one + "/") for one in lost):
                assert words in shown, f"{pointer} is not there, and not told"
            elif sum(words in other for _, other in values) == 1:
                assert words not in shown, f"{pointer} is there, and told to be lost"
    assert looked_at > 100


def dispatch(draw: random.Random) -> dict[str, Any]:
    """Give a dispatch that says some things, of some things several."""

    def some(items: list[Any]) -> list[Any]:
        return draw.sample(items, draw.randrange(len(items) + 1))

    body: list[Any] = ["“We are ready,” Mara Venn told reporters. “The crew is on board.”", *some(
        [
            "  two  spaces",
            "A line\nand another",
            {"kind": "heading", "text": "A heading"},
            {"kind": "list_item", "text": "an item"},
            {"kind": "blockquote", "text": "quoted <b>&amp;</b>"},
        ]
    )]  # fmt: skip
    members: dict[str, Any] = {
        "slugline": "ferry-ready",
        "summary": "A summary.\nOf two lines.",
        "dateline": draw.choice(
            [{"text": "PORT ELM (Wire) —"}, {"text": "PORT ELM", "place": "Port Elm", "agency": "Wire"}]
        ),
        "located": "Port Elm",
        "byline": "By Ivo Brandt",
        "provider": {"name": "Port Wire"},
        "urgency": draw.randint(1, 9),
        "genre": "Feature",
        "published_at": "2025-03-04T05:06:07.123456Z",
        "ed_note": "Hold the picture.",
        "copyright_notice": "(c) Port Wire",
        "usage_terms": "None.",
        "keywords": some(["ferry", "port & pier", "new"]),
        "subjects": some(
            [
                {"scheme": "medtop", "code": "20000587", "name": "foreign policy"},
                {"scheme": "desk", "code": "x.1", "name": None},
                {"scheme": "https://vocab.example/a/", "code": "7", "name": "seven"},
            ]
        ),
        "media": some(
            [
                {"kind": "picture", "href": "https://m.example/a.jpg", "caption": "Cap <a>", "alt": "Alt"},
                {"kind": "graphic", "caption": "A map", "credit": "Ivo Brandt"},
                {"kind": "audio", "href": "https://m.example/a.mp3"},
                {"kind": "picture", "href": "https://m.example/b.jpg", "people": [{"name": "Mara Venn"}]},
            ]
        ),
        "people": some(
            [
                mention("Mara Venn", role="minister", rel="about", as_printed=["Venn", "the minister"]),
                mention("Odo Fennimark", rel="mentions"),
            ]
        ),
        "organisations": some([{"organisation": {"name": "Port Radio"}, "as_printed": ["Radio"]}]),
        "sources": some(
            [
                {"as_printed": "Port Radio", "organisation": {"name": "Port Radio"}},
                {"as_printed": "a reader", "uri": "https://s.example/x"},
            ]
        ),
        "links": some(
            [
                {"rel": "related", "href": "https://l.example/a", "title": "A"},
                {"rel": "canonical", "href": "https://l.example/c"},
                {"rel": "source", "href": "https://l.example/s", "title": None},
            ]
        ),
        "quotes": some(
            [quote(cue="told", chain=[{"as_printed": "Radio", "organisation": {"name": "Port Radio"}}])]
        ),
    }
    kept = draw.sample(sorted(members), draw.randrange(3, len(members)))
    return {"headline": "Ferry <ready>", "language": draw.choice(["en", "de-AT", "und"]), "body": body} | {
        name: members[name] for name in kept
    }


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("seed", range(6))
async def test_what_is_told_to_be_lost_is_what_differs_after_there_and_back(
    admin: httpx.AsyncClient, name: str, seed: int
) -> None:
    draw = random.Random(seed)
    for n in range(3):
        document = dispatch(draw) | {"uri": f"urn:at-random:{seed}:{n}"}
        told, found = await there_and_back(admin, document, name)
        assert told == found, document
