"""Reading bodies: content types, sizes, merge patches."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, patch, post

from api.http.answers import Answer, json_answer
from api.http.bodies import read_json, read_merge_patch
from api.http.decoding import Body
from api.http.merge_patch import merge_patch
from api.http.problems import Problem

AnyRequest = Request[Any, Any, Any]
LIMIT = 1000


class Note(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    text: str = "none"


NOTE: Body[Note] = Body(Note)
WISH: Body[Wish] = Body(Wish)


@post("/notes", status_code=200)
async def create(request: AnyRequest) -> Answer:
    return json_answer(await read_json(request, NOTE, limit=LIMIT), status=201)


@post("/wishes", status_code=200)
async def wish(request: AnyRequest) -> Answer:
    return json_answer(await read_json(request, WISH, limit=LIMIT))


@patch("/notes", status_code=200)
async def change(request: AnyRequest) -> Answer:
    changed = merge_patch({"text": "old", "more": {"a": 1, "b": 2}}, await read_merge_patch(request))
    return json_answer(msgspec.json.encode(changed))


@pytest.fixture
async def client(client_of: Callable[..., httpx.AsyncClient]) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(create, wish, change) as client:
        yield client


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;Charset="UTF-8"',
        "application/json;profile=x",
    ],
)
async def test_json_is_accepted_however_its_type_is_spelled(
    client: httpx.AsyncClient, content_type: str
) -> None:
    response = await client.post("/notes", content=b'{"text": "x"}', headers={"Content-Type": content_type})
    assert response.status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "application/json; charset=latin-1", "application/jsonx", "json"],
)
async def test_another_content_type_is_415_with_what_is_accepted(
    client: httpx.AsyncClient, content_type: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = await client.post("/notes", content=b'{"text": "x"}', headers=headers)
    assert response.status_code == 415
    assert response.headers["accept"] == "application/json"


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
async def test_a_body_that_needs_no_member_may_be_left_out(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await client.post("/wishes", headers=headers)).json() == {"text": "none"}
    assert (await client.post("/notes", headers=headers)).status_code in {400, 415}


async def test_a_body_that_may_be_left_out_but_is_sent_has_its_content_type(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/wishes", content=b"{}")).status_code == 415
    assert (await client.post("/wishes", content=b"x" * (LIMIT + 1))).status_code == 413


async def test_a_patch_of_another_content_type_is_415_with_accept_patch(client: httpx.AsyncClient) -> None:
    response = await client.patch(
        "/notes", content=b"[]", headers={"Content-Type": "application/json-patch+json"}
    )
    assert response.status_code == 415
    assert response.headers["accept-patch"] == "application/merge-patch+json, application/json"


async def test_a_compressed_body_is_415(client: httpx.AsyncClient) -> None:
    response = await client.post("/notes", json={"text": "x"}, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"


async def test_a_body_is_accepted_at_the_limit_and_413_one_byte_over(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    body = b'{"text":"' + b"x" * (LIMIT - 11) + b'"}'
    assert len(body) == LIMIT
    assert (await client.post("/notes", content=body, headers=headers)).status_code == 201
    response = await client.post("/notes", content=body + b" ", headers=headers)
    assert response.status_code == 413
    assert response.json()["limit"] == LIMIT


async def test_a_body_without_content_length_is_counted(client: httpx.AsyncClient) -> None:
    sent = 0

    async def chunks() -> AsyncGenerator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 100

    response = await client.post("/notes", content=chunks(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert sent == LIMIT // 100 + 1


async def test_a_merge_patch_changes_and_removes_members(client: httpx.AsyncClient) -> None:
    for content_type in ("application/merge-patch+json", "application/json"):
        response = await client.patch(
            "/notes",
            content=b'{"text": "new", "more": {"a": null, "c": {"d": null}}}',
            headers={"Content-Type": content_type},
        )
        assert response.json() == {"text": "new", "more": {"b": 2, "c": {}}}


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"null", b"1"])
async def test_a_merge_patch_that_is_no_object_is_422(client: httpx.AsyncClient, raw: bytes) -> None:
    response = await client.patch("/notes", content=raw, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#"


async def test_control_characters_in_a_merge_patch_are_422(client: httpx.AsyncClient) -> None:
    response = await client.patch(
        "/notes", content=rb'{"more": {"a": "\u0000"}}', headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/more/a"


# The cases of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("target", "change", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_does_what_the_rfc_shows(target: Any, change: Any, result: Any) -> None:
    before = msgspec.json.encode(target)
    assert merge_patch(target, change) == result
    assert msgspec.json.encode(target) == before


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=2), children, max_size=3)
    ),
    max_leaves=10,
)


@given(values, values)
def test_applying_a_merge_patch_twice_changes_nothing_more(target: Any, change: Any) -> None:
    once = merge_patch(target, change)
    assert merge_patch(once, change) == once


def test_a_merge_patch_nested_too_deeply_is_400() -> None:
    change: dict[str, Any] = {}
    for _ in range(5000):
        change = {"a": change}
    with pytest.raises(Problem) as caught:
        merge_patch({}, change)
    assert caught.value.status == 400
