"""Finding a page of articles: the statements behind their lists, and behind all that uses their filters."""

from datetime import datetime
from typing import Literal

import msgspec

from api.articles.filters import ArticleFilters, query_of
from api.db.pool import Conn
from api.entities.mentions import read_words
from api.lists.reading import Reading
from api.lists.rounds import find
from api.lists.statements import Listing, Source, Statements, statements
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
    first="$9",
    second="$10",
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
    sort: Sort = "-published_at",
    start: Key | None = None,
    also: Query | None = None,
) -> list[Key]:
    """Give the keys of the first `limit` articles that the filters find, after the key `start`.

    `also` narrows the list further, by a term such as `one_of("person", [id])`.
    """
    found = await conditions_of(conn, filters, listed, also)
    return await find(listing(conn, found, sort, start), limit)


async def select_documents(
    conn: Conn, keys: list[Key], *, listed: int, whole: bool = False
) -> dict[str, bytes]:
    """Fetch the summaries of articles, or with `whole` the documents, by id.

    An article that was killed meanwhile is missing.
    """
    rows = await conn.fetch(
        """
        select id, case when $3 then document else summary end as document from articles
        where id = any($1::uuid[]) and visibility <= $2
        """,
        [id for _, id in keys],
        listed,
        whole,
    )
    return {row["id"]: row["document"] for row in rows}
