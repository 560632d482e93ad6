"""How many rows the statements of lists read for each row that they answer, on a store of some size."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.articles import lists as articles
from api.db.pool import Database
from api.entities import lists as entities
from api.lists.newest import count, facets, ranked
from api.lists.rounds import NEWEST, find
from api.lists.terms import all_of, any_of, quoted
from api.quotes import lists as quotes

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


# One quote an article, said on its day, and as many people: with the same words each.
QUOTES = """
    insert into quotes (
        article_id, id, ordinal, version, status, form, attribution, speaker_kind, first_hand, visibility,
        sort_at, created_at, updated_at, document
    )
    select id, id, 0, 1, 'current', 'direct', 'explicit', 'person', true, 0, sort_at, sort_at, sort_at, ''
    from articles
"""
QUOTE_INDEX = """
    insert into quote_search (
        quote_id, article_id, visibility, sort_at, status, form, speaker_kind, said_first, said_last,
        speakers, relays, words
    )
    select article_id, article_id, 0, sort_at, 'current', 'direct', 'person', sort_at::date, sort_at::date,
        '{}', '{}', words
    from article_search
"""
PEOPLE = """
    insert into entities (id, type, version, public, name, created_at, updated_at, document)
    select id, 'person', 1, true, 'Somebody', sort_at, sort_at, '' from articles
"""
PEOPLE_INDEX = "insert into entity_search (entity_id, words) select article_id, lead from article_search"


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
        for statement in (QUOTES, QUOTE_INDEX, PEOPLE, PEOPLE_INDEX):
            await tx.execute(statement)
    async with database.read() as conn:
        await conn.execute(f"analyze {', '.join(FILLED)}")
    yield database
    async with database.write() as tx:
        for table in FILLED:
            await tx.execute(f"delete from {table}")


FILLED = ("entity_search", "entities", "quote_search", "quotes", "article_search", "articles")


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
    assert seen.read <= (80 if sort == "-updated_at" else 20) * LIMIT, seen.read


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


NARROWED: list[tuple[str, dict[str, Any]]] = [
    ("published_after", {"published_after": datetime(2021, 1, 1, tzinfo=UTC)}),
    ("published_before", {"published_before": datetime(2016, 1, 1, tzinfo=UTC)}),
    (
        "a month",
        {
            "published_after": datetime(2018, 1, 1, tzinfo=UTC),
            "published_before": datetime(2018, 2, 1, tzinfo=UTC),
        },
    ),
    ("updated_after", {"updated_after": datetime(2021, 1, 1, tzinfo=UTC)}),
    ("ids", {"ids": [f"{number:032x}" for number in range(1, 10_000, 100)]}),
]


@pytest.mark.parametrize("every", [None, 1, 7, 400])
@pytest.mark.parametrize(("_", "narrowed"), NARROWED, ids=[name for name, _ in NARROWED])
async def test_a_narrower_list_reads_few_rows(
    _: str, narrowed: dict[str, Any], every: int | None, large: Database
) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        found = articles.Conditions(listed=0, query=word(every) if every else None, **narrowed)
        await find(articles.listing(seen, found), LIMIT)
    assert seen.read <= 40 * LIMIT, seen.read


SAID: list[dict[str, Any]] = [
    {},
    {"said_after": date(2021, 1, 1)},
    {"said_before": date(2016, 1, 1)},
    {"said_after": date(2018, 1, 1), "said_before": date(2018, 2, 1)},
    {"articles": [f"{number:032x}" for number in range(1, 4_000, 100)]},
    {"ids": [f"{number:032x}" for number in range(1, 10_000, 100)]},
]


@pytest.mark.parametrize("every", [None, *EVERY])
@pytest.mark.parametrize("said", SAID, ids=str)
async def test_a_page_of_quotes_reads_few_rows(
    said: dict[str, Any], every: int | None, large: Database
) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        found = quotes.Conditions(listed=0, query=word(every) if every else None, **said)
        keys = await find(quotes.listing(seen, found), LIMIT)
    assert said or len(keys) == min(LIMIT, ROWS // (every or 1))
    # Where days and a word leave little, all that has one of the two is read, whichever is less; days with
    # the year before, of which a quote may be that was said on some day of it.
    assert seen.read <= (120 if said else 20) * LIMIT, seen.read


@pytest.mark.parametrize("start", [None, (datetime(2018, 6, 1, 12, tzinfo=UTC), LAST)])
async def test_a_page_of_what_most_quotes_have_reads_little_wherever_it_begins(
    start: Any, large: Database
) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        listing = quotes.listing(seen, quotes.Conditions(listed=0, query=word(1)), start)
        assert len(await find(listing, LIMIT)) == LIMIT
    assert seen.read <= 3 * LIMIT, seen.read


@pytest.mark.parametrize("start", [None, f"{ROWS // 2:032x}"])
@pytest.mark.parametrize("every", [None, *EVERY])
async def test_a_page_of_people_reads_few_rows(every: int | None, start: str | None, large: Database) -> None:
    async with large.read() as conn:
        seen: Any = Seen(conn)
        query = word(every) if every else None
        found = entities.Conditions(type="person", sees_held=False, query=query)
        keys = await find(entities.listing(seen, found, start), LIMIT)
    assert start or len(keys) == min(LIMIT, ROWS // (every or 1))
    # They are few beside articles: what a medium word finds is read as far as needed, from two tables.
    assert seen.read <= (20 * LIMIT if every in (None, 1, 2, 400, 4000) else 2 * ROWS), seen.read


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


async def test_what_is_rarer_than_estimated_is_looked_for_a_little_further(large: Database) -> None:
    # Half of the articles have it; the planner takes the two parts for unrelated and expects three quarters.
    twice = any_of([word(2), all_of([word(2), word(1)])])
    async with large.read() as conn:
        seen: Any = Seen(conn)
        listing = articles.listing(seen, articles.Conditions(listed=0, query=twice))
        best = await ranked(listing, word(2), None, LIMIT, most=2_000)
    assert len(best) == LIMIT
    assert seen.read <= 3 * 2_000, seen.read
