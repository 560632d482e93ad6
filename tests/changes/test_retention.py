"""How far back the feed goes: retention, tombstones, and cursors that lead nowhere any more."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from api.changes import log, queries
from api.changes.feed import Feed
from api.db.pool import Database
from api.entities.same import same_entities
from api.settings import Settings
from tests.changes.reading import EVENTS, now, page, told, walk
from tests.dispatches import kind, post, quote

RETENTION = timedelta(days=30)


async def forget(store: Database, tombstones: int = 365) -> None:
    """Do what is done every hour."""
    feed = Feed(store, Settings(tombstones_retention_days=tombstones), same_entities)
    await feed._delete_old()


async def age(store: Database, days: int) -> None:
    """Let everything in the log be older than it is."""
    async with store.write() as tx:
        await tx.execute("update changes set occurred_at = occurred_at - $1::interval", timedelta(days=days))


async def test_what_is_older_than_the_retention_is_gone_and_its_cursors_are_refused(
    writer: httpx.AsyncClient, store: Database
) -> None:
    start = await now(writer)
    await post(writer, headline="Old")
    old = await now(writer)
    await age(store, 31)
    await post(writer, headline="New")
    new = await now(writer)
    await forget(store)
    assert {item["resource"]["headline"] for item in await walk(writer)} == {"New"}
    assert await told(writer, old) == ["article.created", "article.published"]
    assert await told(writer, new) == []
    for face in ({}, EVENTS):
        answer = await writer.get("/v1/changes", params={"since": start}, headers=face)
        assert kind(answer) == (410, "cursor-expired")


async def test_tombstones_stay_longer_and_a_walk_from_the_start_finds_them(
    writer: httpx.AsyncClient, store: Database
) -> None:
    for number in range(3):
        article = await post(writer, headline=f"Number {number}", quotes=[quote()])
        await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    await now(writer)
    await age(store, 40)
    await post(writer, headline="New")
    await forget(store)
    ends = ["article.killed", "quote.withdrawn"] * 3
    assert await told(writer, limit=1) == [*ends, "article.created", "article.published"]
    await forget(store, tombstones=30)
    assert await told(writer) == ["article.created", "article.published"]


async def test_a_walk_from_the_start_is_refused_when_more_was_forgotten_meanwhile(
    writer: httpx.AsyncClient, store: Database
) -> None:
    article = await post(writer)
    await writer.post(f"{article['href']}/kill", json={"note": "Not true."})
    await now(writer)
    await age(store, 40)
    await forget(store)
    await post(writer)
    await now(writer)
    first = await page(writer, limit=1)
    assert [item["type"] for item in first["items"]] == ["article.killed"]
    following = await page(writer, limit=2)
    await age(store, 40)
    await post(writer, headline="New")
    await now(writer)
    await forget(store)
    for cursor in (first["cursor"], following["cursor"]):
        answer = await writer.get("/v1/changes", params={"since": cursor})
        assert kind(answer) == (410, "cursor-expired")


async def test_what_is_forgotten_while_a_page_is_read_does_not_pass_for_a_whole_page(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await now(writer)
    await post(writer)
    await now(writer)
    await age(store, 40)
    read = queries.select_changes

    async def late(*arguments: object, **members: object) -> object:
        await forget(store)
        return await read(*arguments, **members)  # type: ignore[arg-type]

    monkeypatch.setattr(log.queries, "select_changes", late)
    answer = await writer.get("/v1/changes", params={"since": start})
    assert kind(answer) == (410, "cursor-expired")


async def test_positions_go_on_when_nothing_is_left(writer: httpx.AsyncClient, store: Database) -> None:
    await post(writer)
    cursor = await now(writer)
    await age(store, 400)
    await forget(store)
    assert await told(writer) == []
    assert await told(writer, cursor) == []
    await post(writer)
    assert await told(writer, cursor) == ["article.created", "article.published"]


async def test_forgetting_takes_many_steps_when_there_is_much(
    writer: httpx.AsyncClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    for _ in range(4):
        await post(writer)
    await now(writer)
    await age(store, 31)
    await asyncio.wait_for(forget(store), 5)
    async with store.read() as conn:
        assert await conn.fetchval("select count(*) from changes") == 0
