"""Merges that happen at once, with each other and with dispatches that name both."""

import asyncio
from typing import Any

import httpx

from api.db.pool import Database
from api.entities.renames import follow_renames
from tests.dispatches import ids, mention, patch, quote, read
from tests.merging.test_merges import follow, make, merge, post, ref, unmerge


async def test_twenty_merges_at_once_in_opposite_directions_neither_wait_for_ever_nor_form_a_circle(
    writer: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    people = [await make(writer, f"N{each}") for each in range(5)]
    pairs = [(one, other) for one in people for other in people if one is not other]
    assert len(pairs) == 20
    answers = await asyncio.wait_for(asyncio.gather(*(merge(writer, *pair) for pair in pairs)), 20)
    assert {answer.status_code for answer in answers} <= {200, 409}
    [shown] = await ids(client, "/v1/people")
    for person in people:
        answer = await client.get(person["href"], follow_redirects=True)
        assert answer.json()["id"] == shown
    assert len((await read(client, f"/v1/people/{shown}"))["names"]) == 5


async def parting(client: httpx.AsyncClient, one: Any, other: Any, done: asyncio.Event) -> None:
    """Merge and part two again and again."""
    while not done.is_set():
        for step in (merge, unmerge):
            answer = await step(client, one, other)
            assert answer.status_code == 200, answer.text


async def following(store: Database, done: asyncio.Event) -> None:
    while not done.is_set():
        await follow_renames(store)
        await asyncio.sleep(0)


async def test_no_mention_is_lost_while_two_are_merged_and_parted_under_the_dispatches_that_name_them(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await make(writer, "Mara Venn"), await make(writer, "M. Venn")
    done = asyncio.Event()
    articles: list[dict[str, Any]] = []
    written: dict[str, str] = {}

    async def dispatches(person: dict[str, Any]) -> None:
        for _ in range(12):
            given = {"id": person["id"]}
            article = await post(writer, people=[mention(given)], quotes=[quote(speaker=given)])
            assert article["people"][0]["person"] in (ref(one), ref(other))
            written[article["href"]] = person["id"]
            articles.append(article)
            await patch(writer, article["href"], {"urgency": 3})

    async def by_name() -> None:
        articles.extend([await post(writer, people=[mention("M. Venn")]) for _ in range(12)])

    background = [
        asyncio.create_task(each) for each in (parting(writer, one, other, done), following(store, done))
    ]
    await asyncio.gather(dispatches(one), dispatches(other), by_name())
    done.set()
    await asyncio.gather(*background)
    await follow(store)
    for article in articles:
        seen = await read(client, article["href"])
        person = seen["people"][0]["person"]
        expected = written.get(article["href"], person["id"])
        assert person == ref(one if expected == one["id"] else other)
    found = [*await ids(client, "/v1/articles", person=one["id"], limit=200)]
    found += await ids(client, "/v1/articles", person=other["id"], limit=200)
    assert sorted(found) == sorted(article["id"] for article in articles)
    assert (await merge(writer, one, other)).status_code == 200
    assert len(await ids(client, f"{one['href']}/articles", limit=200)) == 36
    await follow(store)
    for article in articles:
        assert (await read(client, article["href"]))["people"][0]["person"] == ref(one)


async def test_a_dispatch_under_way_is_waited_for_and_shows_the_winner_afterwards(
    writer: httpx.AsyncClient, client: httpx.AsyncClient, store: Database
) -> None:
    one, other = await make(writer, "Mara Venn"), await make(writer, "M. Venn")
    async with store.write() as tx:
        await tx.fetchrow("select from entities where id = $1 for key share", other["id"])
        merging = asyncio.create_task(merge(writer, one, other))
        await asyncio.sleep(0.1)
        assert not merging.done()
        # It holds the loser for nobody who only refers to the winner.
        await post(writer, people=[mention({"id": one["id"]})])
    assert (await merging).status_code == 200
    assert (await client.get(other["href"])).status_code == 308
