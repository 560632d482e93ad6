"""What documents show of entities that change later: the office that was held, and new names."""

import asyncio

import httpx
import pytest

from api.db.pool import Database
from api.entities.renames import follow_renames
from tests.dispatches import (
    mention,
    organisation,
    patch,
    person,
    post,
    put,
    quote,
    read,
    ref,
)

# The office held


@pytest.mark.parametrize(
    ("said_on", "title"),
    [
        ("2021-05-05", "Minister"),
        ("2021", "Minister"),
        ("2020", None),  # either
        ("2020-06-30", "Deputy"),
        ("2020-07-01", "Minister"),
        ("1999", None),
        (None, None),
    ],
)
async def test_a_quote_tells_the_office_that_its_speaker_held_when_it_was_said(
    writer: httpx.AsyncClient, said_on: str | None, title: str | None
) -> None:
    ministry = await organisation(writer, "Ministry")
    venn = await person(
        writer,
        positions=[
            {"title": "Deputy", "from": "2019-03", "until": "2020-06-30"},
            {"title": "Minister", "organisation": {"id": ministry["id"]}, "from": "2020-07", "until": None},
        ],
    )
    precision = {4: "year", 10: "day"}
    date = {"value": said_on, "precision": precision[len(said_on)]} if said_on else None
    article = await post(writer, quotes=[quote(speaker={"id": venn["id"]}, said_on=date)])
    position = article["quotes"][0]["speaker"]["position"]
    assert (position and position["title"]) == title
    if title == "Minister":
        assert position == {"title": title, "organisation": ref(ministry), "from": "2020-07", "until": None}
    assert (
        await put(writer, article["href"], {k: v for k, v in article.items() if k != "resolution"})
    ).json()["version"] == 1


# Renames


async def test_a_rename_reaches_every_document_without_a_new_version(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    ministry = await organisation(writer, 'Min "A" \\ {"name":"x"}')
    port = await organisation(writer, "Port", parent={"id": ministry["id"]})
    venn = await person(
        writer, positions=[{"title": "Minister", "organisation": {"id": ministry["id"]}, "from": "2020"}]
    )
    day = {"value": "2021-01-01", "precision": "day"}
    article = await post(
        writer,
        organisations=[{"organisation": {"id": ministry["id"]}}],
        quotes=[quote(speaker={"id": venn["id"]}, said_on=day)],
    )
    # Carries the ministry only as its speaker's office.
    other = await post(writer, quotes=[quote(speaker={"id": venn["id"]}, said_on=day)])
    paths = [
        article["href"],
        article["quotes"][0]["href"],
        other["href"],
        other["quotes"][0]["href"],
        port["href"],
        venn["href"],
    ]
    before = {path: await client.get(path) for path in paths}
    listed = await client.get("/v1/articles")
    await patch(writer, ministry["href"], {"name": "Ministry B"})
    await patch(writer, venn["href"], {"name": "Mara V."})
    while await follow_renames(store):
        pass
    for path in paths:
        after = await client.get(path)
        expected = before[path].text.replace('Min \\"A\\" \\\\ {\\"name\\":\\"x\\"}', "Ministry B")
        if path != venn["href"]:
            expected = expected.replace('Mara Venn","href', 'Mara V.","href')
            assert after.text == expected
            assert after.headers["etag"] != before[path].headers["etag"]
            assert after.headers["etag"].split(".")[0] == before[path].headers["etag"].split(".")[0]
    assert "Ministry B" in (await client.get(venn["href"])).text
    assert "Ministry B" in (await client.get("/v1/articles")).text
    assert "Ministry B" not in listed.text


async def test_an_unchanged_article_makes_no_version_while_a_rename_is_on_its_way(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await person(writer)
    article = await post(
        writer, people=[mention({"id": venn["id"]})], quotes=[quote(speaker={"id": venn["id"]})]
    )
    await patch(writer, venn["href"], {"name": "Mara V."})
    answer = await put(writer, article["href"], await read(writer, article["href"]))
    assert (answer.json()["version"], answer.json()["quotes"][0]["version"]) == (1, 1)


async def test_a_small_rename_does_not_wait_behind_a_large_one(
    writer: httpx.AsyncClient, store: Database
) -> None:
    large, small = await person(writer, "Large"), await person(writer, "Small")
    for _ in range(3):
        await post(writer, people=[mention({"id": large["id"]})])
    article = await post(writer, people=[mention({"id": small["id"]})])
    for entity in (large, small):
        await patch(writer, entity["href"], {"name": entity["name"] + " B"})
    for _ in range(2):
        await follow_renames(store)
    assert (await read(writer, article["href"]))["people"][0]["person"]["name"] == "Small B"


async def test_a_dispatch_that_is_under_way_waits_for_a_rename_and_takes_the_new_name(
    writer: httpx.AsyncClient, store: Database
) -> None:
    venn = await person(writer)
    async with store.write() as tx:
        await tx.fetchrow("select from entities where id = $1 for update", venn["id"])
        posting = [
            asyncio.create_task(post(writer, people=[mention(given)]))
            for given in ("Mara Venn", {"id": venn["id"]})
        ]
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in posting)
        await tx.execute("update entities set name = 'Mara V.' where id = $1", venn["id"])
    for task in posting:
        assert (await task)["people"][0]["person"]["name"] == "Mara V."
