"""Positions over time: who held what when, and in which office something was said."""

from typing import Any

import httpx
import pytest

from api.articles.offices import follow_offices
from api.db.pool import Database
from tests.dispatches import errors, events, ids, patch, post, put, quote, read
from tests.merging.test_merges import follow, make, merged, restored

OFFICES = [
    {"title": "Minister", "organisation": {"name": "Ministry"}, "from": "2020-03-10", "until": "2022-06"},
    {"title": "Governor", "organisation": {"name": "Bank"}, "from": "2022-07", "until": None},
    {"title": "Captain", "organisation": None, "from": None, "until": "2010"},
]


async def follow_all(store: Database) -> None:
    while await follow_offices(store):
        pass
    await follow(store)


def titles(person: dict[str, Any]) -> list[str]:
    return [each["title"] for each in person["positions"]]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2020-03-10", ["Minister"]),
        ("2020-03-09", []),
        ("2020-03", ["Minister"]),
        ("2022-06-30", ["Minister"]),
        ("2022-07-01", ["Governor"]),
        ("2022", ["Minister", "Governor"]),
        ("2010-12-31", ["Captain"]),
        ("2011", []),
        ("1900", ["Captain"]),
        ("2999", ["Governor"]),
    ],
)
async def test_a_person_and_the_list_tell_what_was_held_on_a_day_in_a_month_or_year(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, at: str, held: list[str]
) -> None:
    venn = await make(writer, "Mara Venn", positions=OFFICES)
    found = await read(client, venn["href"], at=at)
    assert titles(found) == held
    assert found | {"positions": venn["positions"]} == venn
    assert await ids(client, "/v1/people", at=at, id=venn["id"]) == ([venn["id"]] if held else [])
    for title in ("Minister", "Governor", "Captain"):
        here = [venn["id"]] if title in held else []
        assert await ids(client, "/v1/people", at=at, position=title) == here


async def test_the_office_the_place_and_the_day_are_asked_of_one_position(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    venn = await make(writer, "Mara Venn", positions=OFFICES)
    ministry = venn["positions"][0]["organisation"]["id"]
    assert await ids(client, "/v1/people", at="2021", organisation=ministry) == [venn["id"]]
    assert await ids(client, "/v1/people", at="2023", organisation=ministry) == []
    assert await ids(client, "/v1/people", at="2023", position="minister") == []


@pytest.mark.parametrize(
    "at", ["2023-02-30", "2023-13", "0000", "yesterday", "2023-1-1", "", "2023-01-01T00:00:00Z"]
)
async def test_what_is_no_date_is_refused(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, at: str
) -> None:
    venn = await make(writer, "Mara Venn")
    port = await make(writer, "Port", "organisations")
    for path in (venn["href"], "/v1/people"):
        answer = await client.get(path, params={"at": at})
        assert (answer.status_code, [place for place, _ in errors(answer)]) == (400, ["at"])
    assert (await client.get(port["href"], params={"at": "2023"})).status_code == 400


async def test_a_variant_by_day_has_an_entity_tag_of_its_own_and_the_version_of_the_person(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    venn = await make(writer, "Mara Venn", positions=OFFICES)
    tags = [
        (await client.get(venn["href"] + query)).headers["etag"] for query in ("", "?at=2021", "?at=2023")
    ]
    assert len(set(tags)) == 3
    assert {tag.partition(".")[0] for tag in tags} == {'"1'}


def said(on: str) -> dict[str, str]:
    return {"value": on, "precision": {4: "year", 7: "month", 10: "day"}[len(on)]}


async def test_a_quote_tells_the_office_that_was_held_when_exactly_one_is_known(
    writer: httpx.AsyncClient,
) -> None:
    venn = await make(writer, "Mara Venn", positions=OFFICES)
    for on, title in (
        ("2021-05-06", "Minister"),
        ("2021-05", "Minister"),
        ("2021", "Minister"),
        ("2022", None),
        ("2023", "Governor"),
        ("2015", None),
        (None, None),
    ):
        given = quote(speaker={"id": venn["id"]}, said_on=said(on) if on else None)
        article = await post(writer, quotes=[given])
        position = article["quotes"][0]["speaker"]["position"]
        assert (position and position["title"]) == title, on


async def test_quotes_follow_the_positions_of_their_speaker_without_new_versions(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    venn = await make(writer, "Mara Venn")
    article = await post(
        writer,
        quotes=[
            quote("The crew is on board.", speaker="Somebody"),
            quote(speaker={"id": venn["id"]}, said_on=said("2021-05")),
        ],
    )
    gone = await post(writer, quotes=[quote(speaker={"id": venn["id"]}, said_on=said("2023"))])
    withdrawn = gone["quotes"][0]["href"]
    await patch(writer, gone["href"], {"quotes": None})
    before = await client.get(article["href"])
    assert (await patch(writer, venn["href"], {"positions": OFFICES})).status_code == 200
    happened = await events(store)
    await follow_all(store)
    after = await client.get(article["href"])
    assert after.headers["etag"] != before.headers["etag"]
    assert after.json()["version"] == 1
    assert [each["speaker"]["position"] for each in after.json()["quotes"]] == [
        None,
        (await read(client, venn["href"]))["positions"][0],
    ]
    assert await read(client, article["quotes"][1]["href"]) == after.json()["quotes"][1]
    assert (await read(client, f"{article['href']}/quotes"))["items"] == after.json()["quotes"]
    assert (await read(client, withdrawn))["speaker"]["position"]["title"] == "Governor"
    ministry = after.json()["quotes"][1]["speaker"]["position"]["organisation"]["id"]
    assert await ids(client, "/v1/quotes", organisation=ministry) == [article["quotes"][1]["id"]]
    assert await events(store) == happened
    same = await put(writer, article["href"], after.json())
    assert (same.status_code, same.json()) == (200, after.json())
    await patch(writer, venn["href"], {"positions": None})
    await follow_all(store)
    assert (await client.get(article["href"])).content == before.content
    assert await ids(client, "/v1/quotes", organisation=ministry) == []


async def test_quotes_of_both_follow_a_merge_and_its_end(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await make(writer, "Mara Venn"), await make(writer, "M. Venn", positions=OFFICES[:1])
    articles = [
        await post(writer, quotes=[quote(speaker={"id": each["id"]}, said_on=said("2021"))])
        for each in (one, other)
    ]
    bytes_before = [(await client.get(each["href"])).content for each in articles]
    await merged(writer, one, other)
    await follow_all(store)
    for each in articles:
        speaker = (await read(client, each["href"]))["quotes"][0]["speaker"]
        assert (speaker["person"]["id"], speaker["position"]["title"]) == (one["id"], "Minister")
    assert await ids(client, "/v1/people", at="2021", position="minister") == [one["id"]]
    # Two offices at once: which of them it was is not known.
    await patch(writer, one["href"], {"positions": [{"title": "Deputy", "from": "2021"}]})
    await follow_all(store)
    for each in articles:
        assert (await read(client, each["href"]))["quotes"][0]["speaker"]["position"] is None
    await patch(writer, one["href"], {"positions": None})
    await restored(writer, one, other)
    await follow_all(store)
    assert [(await client.get(each["href"])).content for each in articles] == bytes_before
