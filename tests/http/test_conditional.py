"""Entity tags, If-Match and If-None-Match."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx
import pytest
from litestar import Request, get, put

from api.http.answers import Answer, json_answer
from api.http.conditional import etag, if_match, stale

BODY = b'{"a": 1}'
TAG = etag(3, BODY)
AnyRequest = Request[Any, Any, Any]


@get("/v1/thing")
async def read() -> Answer:
    return json_answer(BODY, version=3)


@put("/v1/thing", status_code=200)
async def write(request: AnyRequest) -> Answer:
    if not if_match(request).allow(3):
        raise stale(TAG)
    return json_answer(BODY, version=4)


@put("/v1/other", status_code=200)
async def write_other(request: AnyRequest) -> Answer:
    if not if_match(request).allow(1):
        raise stale('"1.x"')
    return json_answer(BODY, version=2)


@pytest.fixture
async def client(client_of: Callable[..., httpx.AsyncClient]) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(read, write, write_other) as client:
        yield client


def test_a_tag_names_the_version_and_the_bytes() -> None:
    assert TAG.startswith('"3.')
    assert etag(3, BODY) == TAG
    assert etag(3, b"{}") != TAG
    assert etag(4, BODY) != TAG


@pytest.mark.parametrize("sent", [TAG, f"W/{TAG}", "*", f'"1.x", {TAG}', f'"a,b",{TAG} , "c"'])
async def test_if_none_match_of_the_same_tag_is_304(client: httpx.AsyncClient, sent: str) -> None:
    full = await client.get("/v1/thing")
    response = await client.get("/v1/thing", headers={"If-None-Match": sent})
    assert response.status_code == 304
    assert response.content == b""
    for name in ("etag", "cache-control", "vary"):
        assert response.headers[name] == full.headers[name]
    assert "content-type" not in response.headers
    assert "content-length" not in response.headers


@pytest.mark.parametrize("sent", ['"3.other"', '"4.x"', "", TAG.strip('"'), '"' * 3, " " * 5000 + "x"])
async def test_if_none_match_of_another_tag_is_200(client: httpx.AsyncClient, sent: str) -> None:
    response = await client.get("/v1/thing", headers={"If-None-Match": sent})
    assert response.status_code == 200
    assert response.content == BODY


async def test_head_with_if_none_match_is_304(client: httpx.AsyncClient) -> None:
    assert (await client.head("/v1/thing", headers={"If-None-Match": TAG})).status_code == 304


async def test_a_write_without_if_match_is_428(client: httpx.AsyncClient) -> None:
    response = await client.put("/v1/thing")
    assert response.status_code == 428
    assert response.json()["type"] == "/problems/precondition-required"


@pytest.mark.parametrize("sent", [TAG, '"3.other representation"', '"3.x"', "*", '"1.a", "3.b"', ' "3.b"\t,'])
async def test_if_match_goes_by_the_version_only(client: httpx.AsyncClient, sent: str) -> None:
    response = await client.put("/v1/thing", headers={"If-Match": sent.replace(" r", "r")})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "sent", ['"2.x"', '"4.x"', '"03.x"', '"3"', '"x"', f"W/{TAG}", '"3.a'.replace("3", "2") + '"']
)
async def test_a_stale_weak_or_foreign_tag_is_412_with_the_current_one(
    client: httpx.AsyncClient, sent: str
) -> None:
    response = await client.put("/v1/thing", headers={"If-Match": sent})
    assert response.status_code == 412
    assert response.headers["etag"] == TAG


@pytest.mark.parametrize("sent", ["", "3", "3.x", '"3.x', '"3.x" y', "**", '"3.x";'])
async def test_an_if_match_that_is_no_list_of_tags_is_400(client: httpx.AsyncClient, sent: str) -> None:
    response = await client.put("/v1/thing", headers={"If-Match": sent})
    assert response.status_code == 400
    assert response.json()["errors"][0]["header"] == "If-Match"


async def test_several_if_match_fields_are_one_list(client: httpx.AsyncClient) -> None:
    response = await client.put("/v1/thing", headers=[("If-Match", '"1.x"'), ("If-Match", TAG)])
    assert response.status_code == 200


async def test_a_handler_can_leave_the_decision_to_its_update(client: httpx.AsyncClient) -> None:
    assert (await client.put("/v1/other", headers={"If-Match": '"1.a"'})).status_code == 200
    response = await client.put("/v1/other", headers={"If-Match": '"9.a"'})
    assert (response.status_code, response.headers["etag"]) == (412, '"1.x"')
