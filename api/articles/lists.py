"""Finding a page of articles: the statements behind their lists, and behind all that uses their filters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from api.articles.compose import with_ed_note
from api.articles.filters import ArticleFilters, query_of
from api.db.pool import Conn
from api.entities.mentions import read_words
from api.lists.reading import Reading
from api.lists.rounds import find
from api.lists.statements import Listing, Source, Statements, by_entity, statements
from api.lists.terms import Query, all_of

# Where an article stands in a list: the time that the list is ordered by, and its id.
Key = tuple[datetime, str]
Sort = Literal["-published_at", "published_at", "-updated_at"]

_SOURCE = Source(
    source="article_search",
    id="article_id",
    within="""
        visibility <= $1
        and ($2::timestamptz is null or sort_at >= $2)
        and ($3::timestamptz is null or sort_at < $3)
        and ($4::timestamptz is null or ({at}, article_id) {after} ($4, $5::uuid))
    """,
    match="""
        ($6::text is null or words @@ $6::text::tsquery)
        and ($7::timestamptz is null or updated_at >= $7)
        and ($8::uuid[] is null or article_id = any($8))
    """,
    place="$6",
    free=("$9", "$10", "$11", "$12", "$13", "$14", "$15"),
    ranked="lead",
    columns=", language, genre, provider_id, subjects, people, organisations, speakers",
    facets="""
        (
            select 'provider', coalesce(root_id, provider_id)::text, null, sum(times)::bigint
            from (
                select provider_id, count(*) as times from newest
                where 'provider' = any({third}) and provider_id is not null group by provider_id
            ) as each
            left join clusters on id = provider_id
            group by 2 order by 4 desc, 2 limit 51
        ) union all {people} union all {organisations} union all {speakers} union all (
            select 'subject', subject, null, count(*)
            from (select unnest(subjects) as subject from newest where 'subject' = any({third})) as each
            group by 2 order by 4 desc, 2 limit 51
        ) union all (
            select 'language', language, null, count(*) from newest
            where 'language' = any({third}) group by 2 order by 4 desc, 2 limit 51
        ) union all (
            select 'genre', genre, null, count(*) from newest
            where 'genre' = any({third}) and genre is not null group by 2 order by 4 desc, 2 limit 1000
        ) union all (
            select 'month', to_char(month, 'YYYY-MM'), null, count(*)
            from (
                select date_trunc('month', at at time zone 'UTC') as month from newest
                where 'month' = any({third})
            ) as each
            group by month order by month desc limit 121
        )
    """.replace("{people}", by_entity("person", "people"))
    .replace("{organisations}", by_entity("organisation", "organisations"))
    .replace("{speakers}", by_entity("speaker", "speakers")),
)
_ORDERS: dict[Sort, Statements] = {
    "-published_at": statements(_SOURCE, "sort_at", "desc"),
    "published_at": statements(_SOURCE, "sort_at", "asc"),
    "-updated_at": statements(_SOURCE, "updated_at", "desc"),
}


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters come to: the highest visibility listed, the query, and what columns say."""

    listed: int
    query: Query | None = None
    ids: list[str] | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    updated_after: datetime | None = None
    reading: Reading | None = None


def listing(conn: Conn, found: Conditions, sort: Sort = "-published_at", start: Key | None = None) -> Listing:
    """Give the articles that meet the conditions in an order, from behind the key `start` on."""
    within = (found.listed, found.published_after, found.published_before, *(start or (None, None)))
    match = (found.query, found.updated_after, found.ids)
    filtered = any(each is not None for each in match)
    return Listing(conn, _ORDERS[sort], within, match, filtered=filtered)


async def conditions_of(
    conn: Conn, filters: ArticleFilters, listed: int, also: Query | None = None
) -> Conditions:
    """Read the filters of a list; `also` is a further condition."""
    reading = await read_words(conn, filters.q, filters.language, listed)
    return Conditions(
        listed=listed,
        reading=reading,
        query=all_of([also, await query_of(conn, filters, reading)]),
        ids=await _ids_of(conn, filters),
        published_after=filters.published_after,
        published_before=filters.published_before,
        updated_after=filters.updated_after,
    )


async def _ids_of(conn: Conn, filters: ArticleFilters) -> list[str] | None:
    """Give the ids that `id` and `uri` both allow."""
    if filters.uri is None:
        return filters.id
    rows = await conn.fetch("select article_id from article_uris where uri = $1", filters.uri)
    ids = [row["article_id"] for row in rows]
    return ids if filters.id is None else [id for id in ids if id in filters.id]


async def find_articles(
    conn: Conn,
    filters: ArticleFilters,
    *,
    listed: int,
    limit: int,
    start: Key | None = None,
) -> list[Key]:
    """Give the keys of the first `limit` articles that the filters find, latest first, after `start`."""
    found = await conditions_of(conn, filters, listed)
    return await find(listing(conn, found, start=start), limit)


async def select_documents(
    conn: Conn, keys: Sequence[tuple[Any, str]], *, listed: int, whole: bool = False, with_notes: bool = False
) -> dict[str, bytes]:
    """Fetch the summaries of articles, or with `whole` the documents, by id in the order of the keys.

    An article that was killed meanwhile is missing. `with_notes`: the documents as editors see them.
    """
    rows = await conn.fetch(
        """
        select id, case when $3 then document else summary end as document,
            case when $4 then ed_note end as ed_note
        from articles
        where id = any($1::uuid[]) and visibility <= $2
        """,
        [id for _, id in keys],
        listed,
        whole,
        with_notes,
    )
    found = {row["id"]: with_ed_note(row["document"], row["ed_note"]) for row in rows}
    return {id: found[id] for _, id in keys if id in found}
