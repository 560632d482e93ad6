"""Finding a page of quotes: the statements behind their lists, and behind all that uses their filters."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from api.db.pool import Conn
from api.entities.mentions import read_words
from api.lists.reading import Reading
from api.lists.statements import Listing, Source, by_entity, statements
from api.lists.terms import Query, all_of
from api.quotes.filters import QuoteFilters, query_of
from api.wire import first_day

# Where a quote stands in a list: the time by which its article is ordered, and the quote's id.
Key = tuple[datetime, str]
# In a list between days: the day on which it was said, or the first that it may be, and the quote's id.
SaidKey = tuple[date, str]

# Where a quote stands in its article: its number there, which a withdrawn one keeps, and its id.
Appearance = tuple[int, str]

# The date of a statement spans a year at most, so that one index bounds both ends of an interval.
_SOURCE = Source(
    source="quote_search",
    id="quote_id",
    within="""
        visibility <= $1 and (not $2::boolean or status <> 'withdrawn')
        and ($3::date is null or (said_last >= $3 and said_first > $3 - 366))
        and ($4::date is null or said_first < $4)
        and ($5::{type} is null or ({at}, quote_id) {after} ($5, $6::uuid))
    """,
    match="""
        ($7::text is null or words @@ $7::text::tsquery)
        and ($8::uuid[] is null or article_id = any($8))
        and ($9::uuid[] is null or quote_id = any($9))
    """,
    place="$7",
    free=("$10", "$11", "$12", "$13", "$14", "$15", "$16"),
    inline=True,
    columns=", article_id, sort_at, form, speaker_kind, language, speakers, relays",
    facets="""
        {speakers} union all {relays} union all (
            select 'provider', coalesce(root_id, provider_id)::text, null, sum(times)::bigint
            from (
                select a.provider_id, count(*) as times
                from newest join article_search a using (article_id)
                where 'provider' = any({third}) and a.provider_id is not null group by a.provider_id
            ) as each
            left join clusters on id = provider_id
            group by 2 order by 4 desc, 2 limit 51
        ) union all (
            select 'form', form, null, count(*) from newest
            where 'form' = any({third}) group by 2 order by 4 desc, 2
        ) union all (
            select 'speaker_kind', speaker_kind, null, count(*) from newest
            where 'speaker_kind' = any({third}) group by 2 order by 4 desc, 2
        ) union all (
            select 'language', language, null, count(*) from newest
            where 'language' = any({third}) and language is not null
            group by 2 order by 4 desc, 2 limit 51
        ) union all (
            select 'month', to_char(month, 'YYYY-MM'), null, count(*)
            from (
                select date_trunc('month', sort_at at time zone 'UTC') as month from newest
                where 'month' = any({third})
            ) as each
            group by month order by month desc limit 121
        ) union all (
            select 'month.speaker_kind', to_char(month, 'YYYY-MM'), speaker_kind, count(*)
            from (
                select date_trunc('month', sort_at at time zone 'UTC') as month, speaker_kind from newest
                where 'month.speaker_kind' = any({third})
            ) as each
            group by month, speaker_kind order by month desc, 4 desc limit 605
        )
    """.replace("{speakers}", by_entity("speaker", "speakers")).replace(
        "{relays}", by_entity("relay", "relays")
    ),
)
_LATEST_FIRST = statements(_SOURCE, "sort_at", "desc")
# Between two days, what was said last comes first: in the order of articles those days may be anywhere.
_LAST_SAID_FIRST = statements(_SOURCE, "said_first", "desc", "date")


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


def listing(conn: Conn, found: Conditions, start: Key | SaidKey | None = None) -> Listing:
    """Give the quotes that meet the conditions, from behind the key `start` on.

    Latest articles first; between days, last said first.
    """
    order = _LAST_SAID_FIRST if found.said_after or found.said_before else _LATEST_FIRST
    within = (found.listed, found.carried, found.said_after, found.said_before, *(start or (None, None)))
    match = (found.query, found.articles, found.ids)
    filtered = any(each is not None for each in match)
    return Listing(conn, order, within, match, filtered=filtered)


async def select_documents(conn: Conn, keys: Sequence[tuple[Any, str]], *, listed: int) -> dict[str, bytes]:
    """Fetch quotes by id in the order of the keys; one whose article was killed meanwhile is missing."""
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
    found = {row["id"]: row["document"] for row in rows}
    return {id: found[id] for _, id in keys if id in found}


async def conditions_within(conn: Conn, filters: QuoteFilters, listed: int, article_id: str) -> Conditions:
    """Read the filters of the list of one article's quotes."""
    found = await conditions_of(conn, filters, listed)
    is_meant = filters.article is None or article_id in filters.article
    return msgspec.structs.replace(found, articles=[article_id] if is_meant else [])


async def select_within(
    conn: Conn, found: Conditions, start: Appearance | None, limit: int
) -> list[tuple[Appearance, bytes]]:
    """Fetch the first `limit` quotes of an article behind `start` that meet the conditions.

    In order of appearance. Those of a killed article, which only its `admin` asks for, are in no index of
    words: no filter finds them but `id`.
    """
    rows = await conn.fetch(
        """
        select ordinal, id, document from quotes q
        where article_id = any($1::uuid[]) and visibility <= $2
            and (not $3::boolean or status <> 'withdrawn')
            and ($4::uuid[] is null or id = any($4))
            and (coalesce($5::text, $6::date::text, $7::date::text) is null or exists (
                select from quote_search s
                where s.quote_id = q.id and ($5 is null or s.words @@ $5::tsquery)
                    and ($6 is null or s.said_last >= $6) and ($7 is null or s.said_first < $7)
            ))
            and ($8::int is null or (ordinal, id) > ($8, $9::uuid))
        order by ordinal, id
        limit $10
        """,
        found.articles,
        found.listed,
        found.carried,
        found.ids,
        found.query,
        found.said_after,
        found.said_before,
        *(start or (None, None)),
        limit,
    )
    return [((row["ordinal"], row["id"]), row["document"]) for row in rows]
