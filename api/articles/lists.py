"""Finding a page of articles: the statements behind their lists, and behind all that uses their filters."""

from datetime import datetime
from typing import Any, Literal, LiteralString

import msgspec

from api.articles.filters import ArticleFilters, query_of
from api.db.pool import Conn
from api.lists.rounds import Estimate, explained, find
from api.lists.terms import Query, all_of

# Where an article stands in a list: the time that the list is ordered by, and its id.
Key = tuple[datetime, str]
Sort = Literal["-published_at", "published_at", "-updated_at"]

# The parts of the statements. An order cannot be a parameter, so each order has its own static texts.
_RANGE: LiteralString = """
    visibility <= $1
    and ($2::timestamptz is null or sort_at >= $2)
    and ($3::timestamptz is null or sort_at < $3)
    and ($4::timestamptz is null or ({at}, article_id) {after} ($4, $5::uuid))
"""
_MATCH: LiteralString = """
    ($6::text is null or words @@ $6::text::tsquery)
    and ($7::timestamptz is null or updated_at >= $7)
    and ($8::uuid[] is null or article_id = any($8))
"""
_ORDER: LiteralString = "order by {at} {way}, article_id {way}"

# The range is cut off first, so that nothing but its order can be used to read it.
_WALK: LiteralString = """
    select {at} as at, article_id as id
    from (select * from article_search where {range} {order} limit $9) as near
    where {match} {order} limit $10
"""
_PLACE: LiteralString = "select {at} from article_search where {range} {order} offset $6 limit 1"
# Materialised, so that the wish for the first rows cannot lead the planner to walk the order.
_GATHER: LiteralString = """
    with found as materialized (
        select {at}, article_id from article_search
        where {range} and {match} and ($9::timestamptz is null or {at} {until} $9)
    )
    select {at} as at, article_id as id from found {order} limit $10
"""
_EXPLAIN: LiteralString = """
    explain (format json)
    select from article_search where {range} and {match}
    union all
    select from article_search where {range}
"""


class _Statements(msgspec.Struct, frozen=True):
    """The statements of one order."""

    walk: LiteralString
    place: LiteralString
    gather: LiteralString
    explain: LiteralString


def _statements(at: LiteralString, way: LiteralString) -> _Statements:
    after, until = ("<", ">=") if way == "desc" else (">", "<=")
    within, order = _RANGE.format(at=at, after=after), _ORDER.format(at=at, way=way)

    def text(template: LiteralString) -> LiteralString:
        return template.format(at=at, until=until, range=within, match=_MATCH, order=order)

    return _Statements(text(_WALK), text(_PLACE), text(_GATHER), text(_EXPLAIN))


_ORDERS: dict[Sort, _Statements] = {
    "-published_at": _statements("sort_at", "desc"),
    "published_at": _statements("sort_at", "asc"),
    "-updated_at": _statements("updated_at", "desc"),
}


class ArticleOrder:
    """The articles that some filters find, in one order, from a place on (api/lists/rounds.py)."""

    def __init__(
        self, conn: Conn, found: "Conditions", sort: Sort = "-published_at", start: Key | None = None
    ) -> None:
        self._conn = conn
        self._sql = _ORDERS[sort]
        self._range = (found.listed, found.published_after, found.published_before, *(start or (None, None)))
        self._match = (found.query, found.updated_after, found.ids)
        self.filtered = any(each is not None for each in self._match)

    async def walk(self, depth: int, limit: int) -> list[Key]:
        """Look at the next `depth` articles, and give the first `limit` that match."""
        return await self._keys(self._sql.walk, depth, limit)

    async def place(self, depth: int) -> datetime | None:
        """Give the time at which the article `depth` articles on stands."""
        return await self._conn.fetchval(self._sql.place, *self._range, depth)

    async def gather(self, until: datetime | None, limit: int) -> list[Key]:
        """Find all that match up to a time, and give the first `limit`."""
        return await self._keys(self._sql.gather, until, limit)

    async def estimate(self) -> Estimate:
        """Ask the planner how many match."""
        return await explained(self._conn.fetchval(self._sql.explain, *self._range, *self._match))

    async def _keys(self, sql: LiteralString, *rest: Any) -> list[Key]:
        rows = await self._conn.fetch(sql, *self._range, *self._match, *rest)
        return [(row["at"], row["id"]) for row in rows]


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters come to: the highest visibility listed, the query, and what columns say."""

    listed: int
    query: Query | None = None
    ids: list[str] | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    updated_after: datetime | None = None


async def conditions_of(
    conn: Conn, filters: ArticleFilters, listed: int, also: Query | None = None
) -> Conditions:
    """Read the filters of a list; `also` is a further condition."""
    return Conditions(
        listed=listed,
        query=all_of([also, await query_of(conn, filters)]),
        ids=await _ids_of(conn, filters),
        published_after=filters.published_after,
        published_before=filters.published_before,
        updated_after=filters.updated_after,
    )


async def _ids_of(conn: Conn, filters: ArticleFilters) -> list[str] | None:
    """Give the ids that `id` and `uri` both allow."""
    if filters.uri is None:
        return filters.id
    rows = await conn.fetch("select article_id from article_uris where uri = any($1)", filters.uri)
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
    return await find(ArticleOrder(conn, found, sort, start), limit)


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
