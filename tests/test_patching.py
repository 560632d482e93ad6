"""What a merge patch takes away, and whom a write of an entity names."""

from typing import Any

import httpx
import pytest

from tests.dispatches import post, quote

PATCH = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}


async def refused(client: httpx.AsyncClient, href: str, change: dict[str, Any]) -> list[tuple[str, str]]:
    answer = await client.patch(href, json=change, headers=PATCH)
    assert answer.status_code == 422, answer.text
    return sorted((error["pointer"], error["code"]) for error in answer.json()["errors"])


async def test_a_member_that_there_is_not_cannot_be_taken_away(writer: httpx.AsyncClient) -> None:
    people = [{"person": {"name": "Mara Venn"}}]
    article = await post(writer, dateline={"text": "OSTA"}, people=people, quotes=[quote()])
    person, said = article["people"][0]["person"]["href"], article["quotes"][0]["href"]
    unknown = ("#/nope", "unknown_member")
    for href in (article["href"], person, said):
        assert await refused(writer, href, {"nope": None}) == [unknown]
    change = {"nope": None, "urgency": 99, "dateline": {"nope": None}}
    assert await refused(writer, article["href"], change) == [
        ("#/dateline/nope", "unknown_member"),
        unknown,
        ("#/urgency", "out_of_range"),
    ]
    assert await refused(writer, article["href"], {"provider": {"name": "Osta News", "nope": None}}) == [
        ("#/provider/nope", "unknown_member")
    ]
    assert await refused(writer, said, {"speaker": {"nope": None}}) == [("#/speaker/nope", "unknown_member")]


async def test_a_member_that_is_not_set_can_be_taken_away(writer: httpx.AsyncClient) -> None:
    article = await post(writer, dateline={"text": "OSTA"})
    for change in ({"slugline": None}, {"keywords": None}, {"dateline": {"place": None}}, {"dateline": None}):
        answer = await writer.patch(article["href"], json=change, headers=PATCH)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("how", ["post", "put", "patch"])
async def test_a_write_of_a_person_says_what_becomes_of_names_of_several_and_of_none(
    how: str, writer: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await post(writer, "/v1/organisations", name="River Ministry")
    held = await post(writer, "/v1/people", name="Mara Venn")

    async def write(organisation: str, **params: str) -> httpx.Response:
        office = {"title": "Minister", "organisation": {"name": organisation}}
        given = {"name": "Mara Venn", "positions": [office]}
        if how == "post":
            return await writer.post("/v1/people", json=given, params=params)
        headers = PATCH if how == "patch" else {"If-Match": "*"}
        return await writer.request(how.upper(), held["href"], json=given, params=params, headers=headers)

    answer = await write("River Ministry")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/ambiguous-entity")
    answer = await write("River Ministry", ambiguous="create")
    assert answer.is_success, answer.text
    assert answer.json()["positions"][0]["organisation"]["name"] == "River Ministry"
    answer = await write("Sea Ministry", unknown="reject")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-entity")
    answer = await write("Sea Ministry", ambiguous="perhaps")
    assert answer.status_code == 400
