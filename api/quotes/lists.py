"""Finding a page of quotes: the statements behind their lists, and behind all that uses their filters."""

from datetime import date, datetime

import msgspec

from api.db.pool import Conn
from api.entities.mentions import read_words
from api.lists.reading import Reading
from api.lists.rounds import find
from api.lists.statements import Listing, Source, statements
from api.lists.terms import Query, all_of
from api.quotes.filters import QuoteFilters, query_of
from api.wire import first_day

# Where a quote stands in a list: the time by which its article is ordered, and the quote's id.
Key = tuple[datetime, str]

# The date of a statement spans a year at most, so that one index bounds both ends of an interval.
_LATEST_FIRST = statements(
    Source(
        source="quote_search",
        id="quote_id",
        within="""
            visibility <= $1 and (not $2::boolean or status <> 'withdrawn')
            and ($3::timestamptz is null or ({at}, quote_id) {after} ($3, $4::uuid))
        """,
        match="""
            ($5::text is null or words @@ $5::text::tsquery)
            and ($6::date is null or (said_last >= $6 and said_first > $6 - 366))
            and ($7::date is null or said_first < $7)
            and ($8::uuid[] is null or article_id = any($8))
            and ($9::uuid[] is null or quote_id = any($9))
        """,
        place="$5",
        first="$10",
        second="$11",
    ),
    "sort_at",
    "desc",
)


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters come to: the highest visibility listed, the query, and what columns say.

    `carried`: only quotes that their article still carries.
    """

    listed: int
    query: Query | None = None
    carried: bool = True
    said_after: date | None = None
    said_before: date | None = None
    articles: list[str] | None = None
    ids: list[str] | None = None
    reading: Reading | None = None


async def conditions_of(
    conn: Conn, filters: QuoteFilters, listed: int, also: Query | None = None
) -> Conditions:
    """Read the filters of a list; `also` is a further condition."""
    reading = await read_words(conn, filters.q, filters.language, listed)
    return Conditions(
        listed=listed,
        reading=reading,
        query=all_of([also, await query_of(conn, filters, reading)]),
        carried=filters.status is None,
        said_after=first_day(filters.said_after) if filters.said_after else None,
        said_before=first_day(filters.said_before) if filters.said_before else None,
        articles=filters.article,
        ids=filters.id,
    )


def listing(conn: Conn, found: Conditions, start: Key | None = None) -> Listing:
    """Give the quotes that meet the conditions, latest articles first, from behind the key `start` on."""
    within = (found.listed, found.carried, *(start or (None, None)))
    match = (found.query, found.said_after, found.said_before, found.articles, found.ids)
    filtered = any(each is not None for each in match)
    return Listing(conn, _LATEST_FIRST, within, match, filtered=filtered)


async def find_quotes(
    conn: Conn,
    filters: QuoteFilters,
    *,
    listed: int,
    limit: int,
    start: Key | None = None,
    also: Query | None = None,
) -> list[Key]:
    """Give the keys of the first `limit` quotes that the filters find, after the key `start`.

    `also` narrows the list further, by a term such as `one_of("speaker", [id])`.
    """
    return await find(listing(conn, await conditions_of(conn, filters, listed, also), start), limit)


async def select_documents(conn: Conn, keys: list[Key], *, listed: int) -> dict[str, bytes]:
    """Fetch quotes by id; one whose article was killed meanwhile is missing."""
    rows = await conn.fetch(
        """
        select q.id, q.document
        from quote_articles home
        join quotes q on q.article_id = home.article_id and q.id = home.id
        where home.id = any($1::uuid[]) and q.visibility <= $2
        """,
        [id for _, id in keys],
        listed,
    )
    return {row["id"]: row["document"] for row in rows}
