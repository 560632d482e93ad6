"""How many rows the statements of lists read for each row that they answer, on a store of some size."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.articles import lists as articles
from api.db.pool import Database
from api.lists.newest import count, facets, ranked
from api.lists.rounds import NEWEST, find
from api.lists.terms import all_of, quoted

ROWS = 28_000
LIMIT = 51
LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
# Words by how many documents have them: every one, every second, … the last a rare one.
EVERY = (1, 2, 7, 40, 400, 4000)

FILL = """
    insert into articles (
        id, version, pub_status, visibility, was_public, language, sort_at, created_at, updated_at, document,
        summary
    )
    select lpad(to_hex(n), 32, '0')::uuid, 1, 'usable', 0, true, 'en', at, at, at, '', ''
    from generate_series(1, $1) n, lateral (
        select timestamptz '2015-01-01' + n * interval '2 hours' as at
    ) as place
"""
INDEX = """
    insert into article_search (
        article_id, visibility, sort_at, updated_at, language, subjects, people, organisations, speakers,
        lead, words
    )
    select id, visibility, sort_at, updated_at, 'en', '{}', '{}', '{}', '{}', own,
        own || array_to_tsvector(array[
            to_char(sort_at at time zone 'UTC', '"=day:"YYYY-MM-DD'),
            to_char(sort_at at time zone 'UTC', '"=month:"YYYY-MM'),
            to_char(sort_at at time zone 'UTC', '"=year:"YYYY')
        ])
    from (select *, row_number() over (order by sort_at) as n from articles) as numbered, lateral (
        select string_agg('w' || every || ':1A', ' ')::tsvector as own
        from unnest($1::int[]) as every where n % every = 0
    ) as text
"""


class Seen:
    """A connection that also runs each statement under EXPLAIN ANALYZE, and adds up the rows it reads."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.read = 0

    async def _explain(self, query: str, args: tuple[Any, ...]) -> None:
        if not query.lstrip().startswith("explain"):
            plan = await self._conn.fetchval("explain (analyze, format json) " + query, *args)
            self.read += rows_read(json.loads(plan)[0]["Plan"])

    async def fetch(self, query: str, *args: Any) -> Any:
        await self._explain(query, args)
        return await self._conn.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        await self._explain(query, args)
        return await self._conn.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        await self._explain(query, args)
        return await self._conn.fetchval(query, *args)


def rows_read(plan: dict[str, Any]) -> float:
    """Add up the rows that the scans of a plan read from tables, those that a filter removes among them."""
    own = 0.0
    if plan.get("Relation Name"):
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return own + sum(map(rows_read, plan.get("Plans", [])))


@pytest.fixture(scope="module")
async def large(database: Database) -> AsyncGenerator[Database]:
    """A store of many articles; filled once for all tests here."""
    async with database.write() as tx:
        await tx.execute(FILL, ROWS)
        await tx.execute(INDEX, list(EVERY))
    async with database.read() as conn:
        await conn.execute("analyze articles, article_search")
    yield database
    async with database.write() as tx:
        await tx.execute("delete from article_search")
        await tx.execute("delete from articles")


def word(every: int) -> str:
    return quoted(f"w{every}")


@pytest.mark.parametrize("sort", ["-published_at", "published_at", "-updated_at"])
@pytest.mark.parametrize("every", EVERY)
async def test_a_page_reads_few_rows_however_common_a_word_is(every: int, sort: Any, large: Database) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        found = articles.Conditions(listed=0, query=word(every))
        keys = await find(articles.listing(seen, found, sort), LIMIT)
    assert len(keys) == min(LIMIT, ROWS // every)
    assert seen.read <= 20 * LIMIT, seen.read


@pytest.mark.parametrize("start", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2015, 3, 1, tzinfo=UTC)])
@pytest.mark.parametrize("every", EVERY[:4])
async def test_a_page_far_down_reads_no_more(every: int, start: datetime, large: Database) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        listing = articles.listing(
            seen, articles.Conditions(listed=0, query=word(every)), start=(start, LAST)
        )
        keys = await find(listing, LIMIT)
    assert keys[0][0] <= start
    assert seen.read <= 20 * LIMIT, seen.read


async def test_a_list_without_filters_reads_what_it_answers(large: Database) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        await find(articles.listing(seen, articles.Conditions(listed=0)), LIMIT)
    assert seen.read == LIMIT


@pytest.mark.parametrize(("one", "other"), [(1, 4000), (7, 40), (2, 400), (40, 400)])
async def test_two_conditions_read_few_rows(one: int, other: int, large: Database) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        found = articles.Conditions(listed=0, query=all_of([word(one), word(other)]))
        keys = await find(articles.listing(seen, found), LIMIT)
    assert keys
    assert seen.read <= 20 * LIMIT, seen.read


@pytest.mark.parametrize("every", EVERY)
async def test_what_is_said_of_all_matches_reads_the_newest_ten_thousand(every: int, large: Database) -> None:
    async def no_refs(_: Any) -> dict[str, Any]:
        return {}

    async with large.read() as conn:
        found = articles.Conditions(listed=0, query=word(every))
        matches = ROWS // every
        seen: Any = Seen(conn)
        counted = await count(articles.listing(seen, found), "estimated")
        assert seen.read <= 3 * NEWEST
        assert counted.exact == (matches <= NEWEST)
        assert abs(counted.value - matches) <= (0 if counted.exact else matches * 0.2)
        seen = Seen(conn)
        months = (await facets(articles.listing(seen, found), ["month"], no_refs, frozenset()))["month"]
        assert seen.read <= 3 * NEWEST
        assert sum(bucket.count for bucket in months.buckets) == min(matches, NEWEST)
        assert months.exact == (matches < NEWEST)
        seen = Seen(conn)
        best = await ranked(articles.listing(seen, found), word(every), None, LIMIT)
        assert len(best) == min(LIMIT, matches)
        assert seen.read <= 3 * NEWEST
