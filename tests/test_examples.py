"""The example dispatches: true to the wire format, to their own text, and to each other."""

import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from api.articles.schemas import ArticleInput

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LOADED = sorted(EXAMPLES.glob("*.json"))
FILES = [*LOADED, *sorted((EXAMPLES / "held").glob("*.json"))]
NAMES = [path.stem for path in FILES]

# What the server owns, and what a first post cannot have: references by id, and a revision of what is there.
NOT_POSTED = {"id", "type", "version", "href", "created_at", "updated_at", "corrections", "position"}
NOT_POSTED_OF = {
    "ArticleInput": {"revision"},
    "QuoteInput": {"article", "article_version", "text", "status"},
}
NOT_POSTED_VALUES = {"canceled"}


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def plain(hint: Any) -> Iterator[Any]:
    """Give the members of unions, the element types of lists, and what annotations wrap."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated or origin in (list, tuple, typing.Union, types.UnionType):
        for part in typing.get_args(hint)[: 1 if origin is typing.Annotated else None]:
            yield from plain(part)
    else:
        yield hint


def structs(hint: Any) -> list[Any]:
    return [part for part in plain(hint) if isinstance(part, type) and issubclass(part, msgspec.Struct)]


def expected(struct: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """Collect the members of every struct that a dispatch may carry: `Struct.member` → type."""
    hints = typing.get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        skipped = NOT_POSTED - ({"href"} if struct.__name__ in ("MediaInput", "Link") else set())
        if field.encode_name in skipped | NOT_POSTED_OF.get(struct.__name__, set()):
            continue
        key = f"{struct.__name__}.{field.encode_name}"
        if key not in seen:
            seen[key] = hints[field.name]
            for inner in structs(hints[field.name]):
                expected(inner, seen)
    return seen


def used(struct: Any, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Walk a document along the schema: `Struct.member` and each value there that is not null or empty."""
    hints = typing.get_type_hints(struct, include_extras=True)
    names = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
    for member, content in value.items():
        for item in content if isinstance(content, list) else [content]:
            if item is not None:
                yield f"{struct.__name__}.{member}", item
            if isinstance(item, dict):
                yield from used(structs(hints[names[member]])[0], item)


def literals(hint: Any) -> set[str]:
    return {
        value
        for part in plain(hint)
        if typing.get_origin(part) is typing.Literal
        for value in typing.get_args(part)
    }


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_an_example_is_a_dispatch(path: Path) -> None:
    msgspec.json.decode(path.read_bytes(), type=ArticleInput)


def test_the_examples_use_every_member_and_every_term_of_the_wire_format() -> None:
    members = expected(ArticleInput, {})
    found: dict[str, list[Any]] = {}
    for path in FILES:
        for member, value in used(ArticleInput, load(path)):
            found.setdefault(member, []).append(value)
    assert set(members) - set(found) == set()
    for member, hint in members.items():
        terms = literals(hint) - NOT_POSTED_VALUES
        missing = terms - {value for value in found[member] if isinstance(value, str)}
        assert not missing, (member, missing)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_fragments_of_an_example_are_its_own_characters(path: Path) -> None:
    article = load(path)
    blocks = [block if isinstance(block, str) else block["text"] for block in article["body"]]
    for quote in article["quotes"]:
        for fragment in quote["fragments"]:
            text = fragment["text"]
            if "start" in fragment:
                assert blocks[fragment["block"]][fragment["start"] : fragment["end"]] == text
            else:
                places = blocks if "block" not in fragment else [blocks[fragment["block"]]]
                assert sum(place.count(text) for place in places) == 1
            assert quote["form"] == "indirect" or text.strip("“”«»") == text


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_what_an_example_says_is_printed_is_printed(path: Path) -> None:
    article = load(path)
    blocks = [block if isinstance(block, str) else block["text"] for block in article["body"]]
    credits_ = [medium["credit"] for medium in article.get("media", [])]
    printed = "\n".join([article["headline"], *blocks, *credits_]).casefold()
    entries = [
        *article.get("people", []),
        *article.get("organisations", []),
        *article.get("sources", []),
        *(quote["speaker"] for quote in article["quotes"]),
        *(link for quote in article["quotes"] for link in quote.get("chain", [])),
    ]
    for entry in entries:
        spellings = entry.get("as_printed") or []
        for spelling in [spellings] if isinstance(spellings, str) else spellings:
            assert spelling.casefold() in printed, spelling


@pytest.fixture
async def posted(writer: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    answers = {path.stem: await writer.post("/v1/articles", json=load(path)) for path in LOADED}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 201), [
        answer.text for answer in answers.values()
    ]
    return {name: answer.json() for name, answer in answers.items()}


def speakers(article: dict[str, Any]) -> dict[str, str]:
    people = [quote["speaker"]["person"] for quote in article["quotes"]]
    return {person["name"]: person["id"] for person in people if person}


async def test_one_minister_is_one_person_in_three_scripts(posted: dict[str, dict[str, Any]]) -> None:
    ids = {
        speakers(article)["Tavina Morkuleva"] for name, article in posted.items() if name[:2] in "01020304"
    }
    assert len(ids) == 1


async def test_the_examples_of_one_world_name_each_entity_once(
    client: httpx.AsyncClient, posted: dict[str, dict[str, Any]]
) -> None:
    for path in ("/v1/people", "/v1/organisations"):
        names = [item["name"] for item in (await client.get(path, params={"limit": "200"})).json()["items"]]
        assert len(names) == len(set(names))


async def test_a_quote_shows_the_office_held_when_it_was_said(posted: dict[str, dict[str, Any]]) -> None:
    offices = {
        quote["said_on"]["value"]: (quote["speaker"]["position"] or {}).get("title")
        for quote in posted["02-minister-interview"]["quotes"]
        if quote["said_on"] and quote["speaker"]["kind"] == "person"
    }
    assert offices["2019"] == "Deputy Minister of Water Resources of Zelmoria"
    assert offices["2025-02"] == "Minister of Water Resources of Zelmoria"
