"""Merges in any order, undone in any order, with writes in between: the whole state beside a model."""

from collections.abc import Iterator
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.db.pool import Database
from tests.dispatches import mention, patch, put, quote, read
from tests.merging.test_merges import follow, make, merge, post, unmerge

PEOPLE = 5
ONE = st.integers(0, PEOPLE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["merge", "merge", "merge", "undo", "undo"]), ONE, ONE),
        st.tuples(st.sampled_from(["article", "name", "again", "same"]), ONE, ONE),
    ),
    min_size=3,
    max_size=14,
)


class Model:
    """What must be so: who was merged into whom, and what was written of each."""

    def __init__(self) -> None:
        self.into: dict[int, int] = {}
        self.names: dict[int, set[str]] = {each: {f"N{each}", f"A{each}"} for each in range(PEOPLE)}
        self.articles: dict[str, list[int]] = {}

    def root(self, one: int) -> int:
        while one in self.into:
            one = self.into[one]
        return one

    def above(self, one: int) -> Iterator[int]:
        while one in self.into:
            one = self.into[one]
            yield one

    def cluster(self, root: int) -> list[int]:
        return [each for each in range(PEOPLE) if self.root(each) == root]


class World:
    """The service beside the model."""

    def __init__(self, client: httpx.AsyncClient, store: Database) -> None:
        self.client = client
        self.store = store
        self.model = Model()
        self.people: list[dict[str, Any]] = []
        self.number = 0

    async def begin(self) -> None:
        for each in range(PEOPLE):
            self.people.append(
                await make(
                    self.client,
                    f"N{each}",
                    names=[{"value": f"A{each}"}],
                    identifiers=[{"scheme": "desk", "value": str(each)}],
                    positions=[{"title": f"P{each}"}],
                )
            )

    async def step(self, what: str, one: int, other: int) -> None:
        await getattr(self, what)(one, other)

    async def merge(self, one: int, other: int) -> None:
        answer = await merge(self.client, self.people[one], self.people[other])
        model = self.model
        if one == other and one not in model.into:
            assert answer.status_code == 422
        elif one in model.into or (other in model.into and model.root(other) != one):
            assert answer.status_code == 409
        elif other in model.into:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 200
            model.into[other] = one

    async def undo(self, one: int, other: int) -> None:
        answer = await unmerge(self.client, self.people[one], self.people[other])
        if one in self.model.above(other):
            assert answer.status_code == 200
            del self.model.into[other]
        else:
            assert answer.status_code == 404

    async def article(self, one: int, other: int) -> None:
        given = {"id": self.people[one]["id"]}
        article = await post(
            self.client, people=[mention(given)], quotes=[quote(speaker={"id": self.people[other]["id"]})]
        )
        self.model.articles[article["href"]] = [one, other]

    async def name(self, one: int, other: int) -> None:
        """Give a name more to one who is shown, sending back all that is shown of them."""
        root = self.model.root(one)
        self.number += 1
        seen = await read(self.client, self.people[root]["href"])
        names = [*seen["names"], {"value": f"New{self.number}"}]
        answer = await put(self.client, self.people[root]["href"], seen | {"names": names})
        assert answer.status_code == 200, answer.text
        self.model.names[root].add(f"New{self.number}")

    async def again(self, one: int, other: int) -> None:
        """Change a word of an article."""
        for href in list(self.model.articles)[one::PEOPLE]:
            self.number += 1
            answer = await patch(self.client, href, {"headline": f"Headline {self.number}"})
            assert answer.status_code == 200, answer.text

    async def same(self, one: int, other: int) -> None:
        """Send an article back as it is shown."""
        for href in list(self.model.articles)[one::PEOPLE]:
            seen = await read(self.client, href)
            answer = await put(self.client, href, seen)
            assert (answer.status_code, answer.json()["version"]) == (200, seen["version"])

    async def check(self) -> None:
        await follow(self.store)
        model, client = self.model, self.client
        for each, person in enumerate(self.people):
            root = model.root(each)
            answer = await client.get(person["href"])
            if root != each:
                place = self.people[root]["href"]
                assert (answer.status_code, answer.headers["location"]) == (308, place)
            else:
                cluster = model.cluster(each)
                assert {name["value"] for name in answer.json()["names"]} == set().union(
                    *(model.names[member] for member in cluster)
                )
                assert {i["value"] for i in answer.json()["identifiers"]} == {str(m) for m in cluster}
                assert {p["title"] for p in answer.json()["positions"]} == {f"P{m}" for m in cluster}
            shown = self.people[root]["id"]
            for params in ({"name": f"A{each}"}, {"identifier": f"desk:{each}"}, {"position": f"P{each}"}):
                found = await read(client, "/v1/people", **params)
                assert [item["id"] for item in found["items"]] == [shown], params
            await self._check_lists(each)
        listed = await read(client, "/v1/people")
        assert {item["id"] for item in listed["items"]} == {
            self.people[each]["id"] for each in range(PEOPLE) if each not in model.into
        }
        for href, (one, other) in model.articles.items():
            seen = await read(client, href)
            shown = [seen["people"][0]["person"]["id"], seen["quotes"][0]["speaker"]["person"]["id"]]
            assert shown == [self.people[model.root(each)]["id"] for each in (one, other)]
            assert await read(client, seen["quotes"][0]["href"]) == seen["quotes"][0]

    async def _check_lists(self, each: int) -> None:
        model = self.model
        cluster = set(model.cluster(model.root(each)))
        id = self.people[each]["id"]
        articles = await read(self.client, "/v1/articles", person=id)
        assert {item["href"] for item in articles["items"]} == {
            href for href, pair in model.articles.items() if cluster.intersection(pair)
        }
        quotes = await read(self.client, "/v1/quotes", speaker=id)
        assert len(quotes["items"]) == sum(other in cluster for _, other in model.articles.values())


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(steps=STEPS)
async def test_merges_in_any_order_and_undone_in_any_order_lose_nothing(
    writer: httpx.AsyncClient, store: Database, emptying: str, steps: list[tuple[str, int, int]]
) -> None:
    async with store.write() as tx:
        await tx.execute(emptying.replace("delete from keys", "select"))
    world = World(writer, store)
    await world.begin()
    for step in steps:
        await world.step(*step)
    await world.check()
    # And all the way back.
    for other in list(world.model.into):
        await world.undo(world.model.into[other], other)
    await world.check()
    for person in world.people:
        assert "written" not in (await read(writer, person["href"]))
