"""Filters by entities that turn out to be one: asked for under any id, told under all."""

from collections.abc import Sequence

import httpx
import pytest

from api.changes.cursors import Place
from api.changes.feed import Feed
from api.changes.queries import Event, insert_changes
from api.changes.selection import Filters, wanted
from api.db.pool import Conn, Database
from api.settings import Settings
from tests.changes.reading import change_often
from tests.dispatches import post


class Known:
    """Which ids are one entity's, as far as is known."""

    def __init__(self) -> None:
        self.together: set[str] = set()

    async def __call__(self, conn: Conn, ids: Sequence[str] | None) -> Sequence[str] | None:
        return None if ids is None else [*ids, *(self.together if self.together & set(ids) else ())]


@pytest.fixture
async def people(writer: httpx.AsyncClient) -> list[str]:
    return [(await post(writer, "/v1/people", name=name))["id"] for name in ("Mara Venn", "Maria Venn")]


async def merge(store: Database, winner: str, loser: str) -> None:
    """Tell of a merger as it is told: of the one who is gone."""
    event = Event(
        type="person.merged",
        resource_type="person",
        resource_id=loser,
        version=2,
        public=True,
        entity_ids=[winner],
    )
    async with store.write() as tx:
        await insert_changes(tx, [event])


async def test_a_page_has_the_events_under_every_id(store: Database, people: list[str]) -> None:
    known = Known()
    known.together = set(people)
    feed = Feed(store, Settings(), known)
    begin = Place(0, (await feed.current()).floor)
    for each in people:
        page = await feed.page(begin, wanted(None, Filters(person=[each])), 0, 50)
        assert [entry.type for entry in page.entries] == ["person.created"] * 2


async def test_a_stream_follows_a_merger_that_happens_while_it_is_open(
    store: Database, people: list[str]
) -> None:
    winner, loser = people
    known = Known()
    feed = Feed(store, Settings(), known)
    place = Place((await feed.current()).last)
    async with feed.running(), feed.subscribed(place, wanted(None, Filters(person=[loser])), 0) as stream:
        await change_often(store, winner, 2)
        assert await stream.next(0.3) == []
        known.together = set(people)
        await merge(store, winner, loser)
        assert [entry.type for entry in await stream.next(5)] == ["person.merged"]
        await change_often(store, winner, 2)
        assert [entry.type for entry in await stream.next(5)] == ["person.updated"]
