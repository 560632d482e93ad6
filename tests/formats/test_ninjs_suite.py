"""IPTC's own ninjs test suite and examples: its verdicts are ours."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.formats import from_ninjs
from api.formats.arrival import Arrival
from api.http.problems import Problem
from tests.formats import schemas

# What a document without a version cannot show: these use members of a later 1.x, and are valid there.
LATER = {"014_type_component.json", "016_infosource.json", "002_infosource.json"}
SUITE = schemas.DOCUMENTS / "ninjs" / "validation_test_suite"


def name_of(path: Path) -> str:
    return "-".join(path.parts[-3:])


def read(path: Path) -> Arrival | Problem | None:
    """Read a document: what it means, what is wrong with it, or None when it is no JSON."""
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return None
    return read_document(document)


def read_document(document: Any) -> Arrival | Problem:
    try:
        return from_ninjs.read(document, "http://dateline")
    except Problem as problem:
        return problem


@schemas.needed
def test_every_document_that_should_pass_is_read_or_refused_for_what_an_article_needs() -> None:
    paths = schemas.files("ninjs/should_pass")
    assert len(paths) == 142
    for path in paths:
        found = read(path)
        if isinstance(found, Problem):
            assert found.kind == "unsupported-content", name_of(path)
            assert found.errors, name_of(path)
            assert any(word in found.detail for word in ("body", "embargo")), name_of(path)
        else:
            assert found is not None, name_of(path)


@schemas.needed
def test_every_document_that_should_fail_is_refused_as_invalid() -> None:
    paths = schemas.files("ninjs/should_fail")
    assert len(paths) == 61
    for path in paths:
        found = read(path)
        if found is None:
            continue
        assert isinstance(found, Problem), name_of(path)
        if path.name not in LATER:
            assert found.kind == "validation-error", name_of(path)
        assert all(error.pointer and error.detail for error in found.errors)


@schemas.needed
def test_the_examples_are_read() -> None:
    kinds = {"read": 0, "unsupported-content": 0}
    for path in schemas.files("ninjs/example"):
        # Items of versions of their own, an extension with a member of its own, and no item at all.
        if {"collection", "schema-extension"} & set(path.parts) or "graphql" in path.name:
            continue
        documents: Any = json.loads(path.read_bytes())
        for document in documents if isinstance(documents, list) else [documents]:
            found = read_document(document)
            kind = found.kind if isinstance(found, Problem) else "read"
            assert kind in kinds, (path.name, found)
            kinds[kind] += 1
    assert kinds["read"] > 30


@schemas.needed
async def test_the_suite_is_answered_the_same_through_http(writer: httpx.AsyncClient) -> None:
    for kind, passes in (("ninjs/should_pass", True), ("ninjs/should_fail", False)):
        for path in schemas.files(kind):
            answer = await writer.post(
                "/v1/articles",
                params={"format": "ninjs", "dry_run": "true"},
                content=path.read_bytes(),
                headers={"Content-Type": "application/json"},
            )
            problem = "" if answer.status_code == 200 else answer.json()["type"].rpartition("/")[2]
            if passes:
                assert problem in ("", "unsupported-content"), (name_of(path), answer.text)
            else:
                assert answer.status_code in (400, 422), (name_of(path), answer.text)
                assert problem != "unsupported-content" or path.name in LATER, name_of(path)


def test_a_document_of_a_generation_is_told_by_its_names() -> None:
    first = {"uri": "urn:a", "headline": "H", "body_text": "T.", "versioncreated": "2025-01-01T00:00:00Z"}
    second = {"uri": "urn:a", "headlines": [{"value": "H"}], "bodies": [{"value": "T."}], "ednote": "n"}
    third = second | {"edNote": "n"}
    del third["ednote"]
    from api.formats.ninjs_schema import generation_of

    assert [generation_of(each) for each in (first, second, third)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "#/uri"),
        ({"uri": "urn:a", "headlines": [{"role": "main"}]}, "#/headlines/0/value"),
        ({"uri": "urn:a", "people": [{"name": 1}]}, "#/people/0/name"),
        ({"uri": "urn:a", "version": 3, "versionCreated": "x"}, "#/version"),
        ({"uri": "urn:a", "urgency": 10, "pubStatus": "usable"}, "#/urgency"),
        ({"uri": "urn:a", "pubStatus": "cancelled"}, "#/pubStatus"),
        ({"uri": "urn:a", "quotes": [], "headlines": []}, "#/quotes"),
        (
            {"uri": "urn:a", "associations": [{"name": "a", "uri": "urn:b", "urgency": 0}]},
            "#/associations/0/urgency",
        ),
    ],
)
def test_what_is_wrong_is_pointed_to(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Problem) as caught:
        from_ninjs.read(document, "")
    assert pointer in [error.pointer for error in caught.value.errors]
