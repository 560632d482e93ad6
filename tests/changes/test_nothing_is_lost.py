"""The promise of the feed: what was committed is there once, in the order of each resource, on every face."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.changes.queries import Event, insert_changes
from api.db.pool import Conn, Database
from api.wire import new_id
from tests.changes.reading import EVENTS, LINES, now, page, streaming

PEOPLE = 4
Reader = Callable[[str, str, "Done"], Awaitable[list[dict[str, Any]]]]

# One transaction: whom it changes, how long it dawdles before and after (ms), and how it ends.
transactions = st.tuples(
    st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=4, unique=True).map(sorted),
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from(["commit", "commit", "commit", "rollback", "savepoint", "kill", "die"]),
)
plans = st.lists(st.lists(transactions, min_size=1, max_size=6), min_size=2, max_size=6)


class Done:
    """What the readers wait for: the ids of all committed events, once the writers have finished."""

    def __init__(self) -> None:
        self.ids: set[str] | None = None

    def by(self, items: list[dict[str, Any]]) -> bool:
        return self.ids is not None and len(items) >= len(self.ids)


async def change(tx: Conn, people: list[str], indexes: list[int]) -> None:
    """Raise the version of some people and tell of it, as a resource does."""
    events = []
    for index in indexes:
        version = await tx.fetchval(
            "update entities set version = version + 1 where id = $1 returning version", people[index]
        )
        events.append(
            Event(
                type="person.updated",
                resource_type="person",
                resource_id=people[index],
                version=version,
                public=True,
            )
        )
    await insert_changes(tx, events)


async def write(store: Database, people: list[str], script: list[Any]) -> None:
    """Write transactions one after the other, each on a connection that may break."""
    for indexes, before, after, end in script:
        conn = await store.connect()
        await conn.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
        transaction = conn.transaction()
        await transaction.start()
        await asyncio.sleep(before / 1000)
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            if end == "savepoint":
                with suppress(ZeroDivisionError):
                    async with conn.transaction():
                        await change(conn, people, indexes[:1])
                        raise ZeroDivisionError
            await change(conn, people, indexes)
            await asyncio.sleep(after / 1000)
            if end in ("commit", "savepoint"):
                await transaction.commit()
            elif end == "rollback":
                await transaction.rollback()
            elif end == "kill":  # in the middle of its commit, it may be committed or not
                pid = conn.get_server_pid()
                async with store.read() as other:
                    await asyncio.gather(
                        transaction.commit(),
                        other.execute("select pg_terminate_backend($1)", pid),
                        return_exceptions=True,
                    )
        conn.terminate()


async def by_pages(url: str, cursor: str, done: Done) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=url) as client:
        while not done.by(items):
            found = await page(client, cursor, types="person.updated", limit=random.randint(1, 5))
            items += found["items"]
            cursor = found["cursor"]
    return items


async def by_waiting(url: str, cursor: str, done: Done) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=url) as client:
        while not done.by(items):
            found = await page(client, cursor, types="person.updated", wait=1, limit=random.randint(1, 200))
            items += found["items"]
            cursor = found["cursor"]
    return items


def by_stream(face: dict[str, str]) -> Reader:
    async def read(url: str, cursor: str, done: Done) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while not done.by(items):
            async with streaming(url, face, cursor, types="person.updated") as stream:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.3):
                        async for item in stream:
                            items.append(item)
                            if done.by(items) or random.random() < 0.1:
                                break
                cursor = stream.cursor or cursor
        return items

    return read


FACES: list[Reader] = [by_pages, by_waiting, by_stream(EVENTS), by_stream(LINES)]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(plan=plans)
async def test_every_face_gives_what_was_committed_once_and_in_the_order_of_each_resource(
    served: str, store: Database, client: httpx.AsyncClient, plan: list[list[Any]]
) -> None:
    people = [new_id() for _ in range(PEOPLE)]
    async with store.write() as tx:
        await tx.executemany(
            """
            insert into entities (id, type, version, name, public, created_at, updated_at, document)
            values ($1, 'person', 1, 'Mara Venn', true, clock_timestamp(), clock_timestamp(), '{}')
            """,
            [(each,) for each in people],
        )
    since, done = await now(client), Done()
    readers = [asyncio.create_task(face(served, since, done)) for face in FACES]
    try:
        await asyncio.gather(*(write(store, people, script) for script in plan))
        done.ids = await committed(store, people)
        async with asyncio.timeout(10):
            walks = await asyncio.gather(*readers)
    finally:
        for each in readers:
            each.cancel()
    for items in walks:
        assert sorted(item["id"] for item in items) == sorted(done.ids)
        for person in people:
            versions = [item["resource"]["version"] for item in items if item["resource"]["id"] == person]
            assert versions == list(range(2, len(versions) + 2))
    assert all(items == walks[0] for items in walks)


async def committed(store: Database, people: list[str]) -> set[str]:
    """The ids of the events that the database holds when all writers have ended."""
    async with store.read() as conn:
        rows = await conn.fetch(
            """
            select id from change_queue where resource_id = any($1::uuid[])
            union all
            select id from changes where resource_id = any($1::uuid[])
            """,
            people,
        )
        raised = await conn.fetchval(
            "select sum(version - 1) from entities where id = any($1::uuid[])", people
        )
    # A version was raised in the transaction of its event.
    assert len(rows) == raised
    return {row["id"] for row in rows}


async def test_an_open_transaction_holds_up_its_own_events_alone(
    store: Database, client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    since = await now(client)
    people = [(await writer.post("/v1/people", json={"name": f"Mara {n}"})).json()["id"] for n in range(2)]
    async with store.write() as long:
        await change(long, people, [0])
        async with store.write() as short:
            await change(short, people, [1])
        first = await page(client, since, types="person.updated")
        assert [item["resource"]["id"] for item in first["items"]] == [people[1]]
    second = await page(client, first["cursor"], types="person.updated")
    assert [item["resource"]["id"] for item in second["items"]] == [people[0]]


async def test_processes_that_number_at_the_same_time_give_each_event_one_position(
    store: Database, client: httpx.AsyncClient, writer: httpx.AsyncClient
) -> None:
    from api.changes.queries import number_changes

    for n in range(20):
        await writer.post("/v1/people", json={"name": f"Mara {n}"})
        await asyncio.gather(*(number_changes(store) for _ in range(3)))
    async with store.read() as conn:
        positions = [row["pos"] for row in await conn.fetch("select pos from changes order by pos")]
        last = await conn.fetchval("select last from change_log")
    assert positions == list(range(last - 19, last + 1))
