"""`GET /v1/search`: one search over articles, quotes, people and organisations."""

from typing import Any

import httpx
import pytest

from tests.dispatches import mention, post, quote, read


async def walk(client: httpx.AsyncClient, limit: int, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = await read(client, "/v1/search", limit=limit, **params)
    while True:
        found += page["items"]
        if page["next"] is None:
            return found
        page = await read(client, "/v1/search", limit=limit, cursor=page["next"], **params)


async def fill(writer: httpx.AsyncClient) -> dict[str, Any]:
    person: dict[str, Any] = {"name": "Ferry Lund", "positions": [{"title": "Harbour master"}]}
    article = await post(
        writer,
        headline="Ferry to run again",
        provider={"name": "Ferry Gazette"},
        people=[mention(person)],
        quotes=[quote("all ferries", speaker="Ferry Lund")],
        body=["Lund spoke of “all ferries” on Monday."],
    )
    await post(writer, headline="Trams only", body=["Nothing else runs."])
    return article


async def test_each_type_is_found_and_names_come_first(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    article = await fill(writer)
    page = await read(client, "/v1/search", q="ferry")
    assert page["ranked_within"] == 2_500
    assert [(hit["resource"]["type"], hit["resource"]["href"]) for hit in page["items"]] == [
        ("person", article["people"][0]["person"]["href"]),
        ("organisation", article["provider"]["href"]),
        ("article", article["href"]),
        ("quote", article["quotes"][0]["href"]),
    ]
    by_type = {hit["resource"]["type"]: hit for hit in page["items"]}
    assert by_type["article"]["resource"] == article["quotes"][0]["article"]
    assert by_type["quote"]["resource"]["text"] == "all ferries"
    assert by_type["quote"]["snippet"] == "all ferries"
    assert by_type["quote"]["highlights"] == [{"field": "snippet", "start": 4, "end": 11}]
    assert by_type["person"]["snippet"] == "Ferry Lund"
    assert by_type["person"]["highlights"] == [{"field": "snippet", "start": 0, "end": 5}]
    scores = [hit["score"] for hit in page["items"]]
    assert scores == sorted(scores, reverse=True)
    (master,) = (await read(client, "/v1/search", q="harbour"))["items"]
    assert master["snippet"] == "Harbour master"


async def test_pages_go_on_where_they_ended_whatever_the_type(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    for number in range(3):
        await post(
            writer,
            headline="Ferry",
            body=["“all ferries” it said"],
            quotes=[quote("all ferries", f"Ferry {number}")],
        )
    whole = (await read(client, "/v1/search", q="ferry", limit=50))["items"]
    assert len(whole) == 9
    for limit in (1, 2, 4):
        assert await walk(client, limit, q="ferry") == whole
    only = await walk(client, 2, q="ferry", types="quote,person")
    assert [hit["resource"]["type"] for hit in only] == ["person"] * 3 + ["quote"] * 3


async def test_a_search_takes_a_language_and_refuses_what_it_cannot_do(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await fill(writer)
    found = await walk(client, 9, q="ferries", language="de", types="article,quote")
    assert found == []
    for params in ({}, {"q": ""}, {"q": "!"}, {"q": "x", "types": "key"}, {"q": "x", "language": "??"}):
        answer = await client.get("/v1/search", params=params)
        assert answer.status_code == 400, params


@pytest.mark.parametrize("state", ["withheld", "killed"])
async def test_what_is_hidden_is_not_found(
    state: str, embargo: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    held = {"pub_status": "withheld"} if state == "withheld" else {}
    members: dict[str, Any] = {"headline": "Secret ferry", "people": [mention("Ferry Lund")]}
    posted = await post(embargo, **members, **held, quotes=[quote("The crew", "Ferry Lund")])
    if state == "withheld":
        kinds = [hit["resource"]["type"] for hit in await walk(embargo, 9, q="ferry or crew")]
        assert sorted(kinds) == ["article", "person", "quote"]
        assert await walk(client, 9, q="ferry or crew") == []
    else:
        await embargo.post(f"{posted['href']}/kill", json={"note": "wrong"})
        for reader in (client, embargo):
            found = await walk(reader, 9, q="secret or ferry or crew")
            assert [hit["resource"]["type"] for hit in found] == ["person"]


@pytest.mark.parametrize("spelled", ["Sergei Aleinik", "Сергей Алейник", "Siarhiej Alejnik"])
async def test_whoever_a_query_spells_otherwise_stands_before_those_in_whom_its_words_only_occur(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, spelled: str
) -> None:
    person = await post(writer, "/v1/people", name="Siarhiej Alejnik")
    await post(
        writer, "/v1/people", name="Tamsin Lund", description="Sergei of the Aleinik works, Сергей Алейник"
    )
    for _ in range(2):
        await post(writer, headline="Sergei visits the Aleinik works", people=[mention({"id": person["id"]})])
    [first, *_] = await walk(client, 2, q=spelled)
    assert (first["resource"]["id"], first["score"] > 0.5) == (person["id"], True)
