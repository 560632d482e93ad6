"""The offices of speakers: quotes follow in the background when a person's positions change or are merged."""

from collections.abc import Sequence

import msgspec

from api.articles import queries
from api.articles.schemas import Article
from api.articles.writing import sort_at
from api.db.marks import touch, touch_articles
from api.db.pool import Conn, Database, Record
from api.entities.queries import held_positions
from api.entities.renames import brought_up_to_date
from api.quotes import queries as quote_queries
from api.quotes.schemas import Quote
from api.visibility import KILLED
from api.wire import first_day, last_day

BATCH = 50  # articles a transaction


async def follow_offices(db: Database) -> bool:
    """Bring one batch of articles up to date with a person's positions; tells whether there was one to do.

    Neither the quote nor its article gets a new version: what they say has not changed.
    """
    async with db.write() as tx:
        touch()
        person = await tx.fetchrow(
            """
            select entity_id, done_sort_at, done_article_id from office_changes
            order by at
            limit 1
            for update skip locked
            """
        )
        if person is None:
            return False
        places = await tx.fetch(
            """
            select article_id, sort_at from quote_entities
            where entity_id = $1 and rel = 'speaker'
                and ($2::timestamptz is null or (sort_at, article_id) < ($2, $3::uuid))
            group by article_id, sort_at
            order by sort_at desc, article_id desc
            limit $4
            """,
            person["entity_id"],
            person["done_sort_at"],
            person["done_article_id"],
            BATCH,
        )
        for id in sorted(place["article_id"] for place in places):
            await _follow(tx, id)
        await _note_progress(tx, person["entity_id"], places[-1] if places else None)
        return True


async def _note_progress(tx: Conn, person: str, last: Record | None) -> None:
    if last is None:
        await tx.execute("delete from office_changes where entity_id = $1", person)
        return
    await tx.execute(
        """
        update office_changes set at = clock_timestamp(), done_sort_at = $2, done_article_id = $3
        where entity_id = $1
        """,
        person,
        last["sort_at"],
        last["article_id"],
    )


async def _follow(tx: Conn, id: str) -> None:
    """Fill in anew which offices the speakers of an article held."""
    row = await queries.lock_article(tx, id)
    if row is None or row.visibility == KILLED:
        return
    own = await brought_up_to_date(tx, row.written or row.document)
    article = msgspec.structs.replace(msgspec.json.decode(own, type=Article), ed_note=row.ed_note)
    quotes = await _with_offices(tx, article.quotes)
    if quotes != article.quotes:
        touch_articles([id])
        article = msgspec.structs.replace(article, quotes=quotes)
        await queries.rewrite_documents(tx, article)
        await quote_queries.write_quotes(tx, id, quotes, row.visibility, sort_at(article))
    for visibility, quote in await quote_queries.select_withdrawn_with_visibility(tx, id):
        [changed] = await _with_offices(tx, [quote])
        if changed != quote:
            touch_articles([id])
            await quote_queries.write_quotes(tx, id, [changed], visibility, sort_at(article))


async def _with_offices(tx: Conn, quotes: Sequence[Quote]) -> list[Quote]:
    """Give quotes with the office that each speaker held, when the store knows exactly one."""
    wanted = [
        (quote.id, quote.speaker.person.id, first_day(quote.said_on.value), last_day(quote.said_on.value))
        for quote in quotes
        if quote.speaker.person is not None and quote.said_on is not None
    ]
    held = await held_positions(tx, wanted)
    return [
        msgspec.structs.replace(
            quote, speaker=msgspec.structs.replace(quote.speaker, position=held.get(quote.id))
        )
        for quote in quotes
    ]
