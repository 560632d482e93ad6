"""The offices of speakers: quotes follow in the background when a person's positions change or are merged."""

from collections.abc import Sequence

import msgspec

from api.articles import queries
from api.db.marks import touch, touch_articles
from api.db.pool import Conn, Database, Record
from api.entities.queries import held_positions
from api.entities.renames import BEGINNING
from api.entities.schemas import Position
from api.quotes import queries as quote_queries
from api.quotes.indexing import Placed
from api.quotes.schemas import Quote
from api.wire import first_day, last_day

BATCH = 200  # articles a transaction


async def follow_offices(db: Database) -> bool:
    """Bring one batch of articles up to date with a person's positions; tells whether there was one to do.

    Neither the quote nor its article gets a new version: what they say has not changed. What is to be done
    is not held meanwhile, as with renames.
    """
    async with db.write() as tx:
        touch()
        if not await tx.fetchval("select pg_try_advisory_xact_lock(hashtextextended('dateline offices', 0))"):
            return False
        person = await tx.fetchrow(
            "select entity_id, at, done_sort_at, done_article_id from office_changes order by at limit 1"
        )
        if person is None:
            return False
        if person["done_sort_at"] is None:
            await _await_writers(tx, person)
            return True
        places = await _next_places(tx, person)
        if not places:
            statement = "delete from office_changes where entity_id = $1 and at = $2"
            await tx.execute(statement, person["entity_id"], person["at"])
            return True
        await _follow(tx, person["entity_id"], [place["article_id"] for place in places])
        await _note_progress(tx, person, places[-1]["sort_at"], places[-1]["article_id"])
        return True


async def _await_writers(tx: Conn, person: Record) -> None:
    """Wait for those who were writing what refers to a person when the positions changed, and then begin.

    They may have looked for the office before the change: a merge does not keep others from referring to the
    winner. In a transaction of its own, because they may wait for an article in their turn.
    """
    await tx.execute("select from entities where id = $1 for update", person["entity_id"])
    await _note_progress(tx, person, *BEGINNING)


async def _next_places(tx: Conn, person: Record) -> list[Record]:
    """Find the next articles that quote a person, latest first, from where the last batch ended."""
    return await tx.fetch(
        """
        select article_id, sort_at from quote_entities
        where entity_id = $1 and rel = 'speaker' and sort_at <= $2 and (sort_at, article_id) < ($2, $3::uuid)
        group by sort_at, article_id
        order by sort_at desc, article_id desc
        limit $4
        """,
        person["entity_id"],
        person["done_sort_at"],
        person["done_article_id"],
        BATCH,
    )


async def _note_progress(tx: Conn, person: Record, *last: object) -> None:
    await tx.execute(
        """
        update office_changes set at = clock_timestamp(), done_sort_at = $3, done_article_id = $4
        where entity_id = $1 and at = $2
        """,
        person["entity_id"],
        person["at"],
        *last,
    )


async def _follow(tx: Conn, person: str, ids: Sequence[str]) -> None:
    """Fill in anew which offices a person held on the days of what these articles quote."""
    held = await queries.hold_articles(tx, ids)
    said = await quote_queries.select_said(tx, person, held)
    changed = await _with_offices(tx, person, said)
    if not changed:
        return
    touch_articles({now.article_id for _, now in changed})
    quotes = [now.quote for _, now in changed]
    await quote_queries.rewrite_documents(tx, quotes)
    await queries.rewrite_quotes(tx, quotes)
    if elsewhere := [now for was, now in changed if _organisation(was) != _organisation(now)]:
        await quote_queries.move_offices(tx, elsewhere)


async def _with_offices(tx: Conn, person: str, said: Sequence[Placed]) -> list[tuple[Placed, Placed]]:
    """List the quotes whose speaker held another office than they say, or none: before and after.

    An office is only told when the store knows exactly one.
    """
    wanted = [
        (quote.id, person, first_day(quote.said_on.value), last_day(quote.said_on.value))
        for *_, quote in said
        if quote.said_on is not None
    ]
    held = await held_positions(tx, wanted)
    return [
        (each, each._replace(quote=_with_office(each.quote, held.get(each.quote.id))))
        for each in said
        if held.get(each.quote.id) != each.quote.speaker.position
    ]


def _with_office(quote: Quote, position: Position | None) -> Quote:
    return msgspec.structs.replace(quote, speaker=msgspec.structs.replace(quote.speaker, position=position))


def _organisation(placed: Placed) -> str | None:
    position = placed.quote.speaker.position
    return position.organisation.id if position and position.organisation else None
