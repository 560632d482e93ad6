"""Quotes in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.db.pool import Conn, columns
from api.entities.following import begin_anew
from api.entities.shown import as_shown
from api.quotes.compose import refs_of
from api.quotes.indexing import Placed, forget_quotes, index_placed, index_quotes, move_index
from api.quotes.schemas import Quote
from api.visibility import Standing


class Row(Standing, kw_only=True):
    """A quote with its document, and who may see its article."""

    article_id: str
    version: int
    document: bytes
    written: bytes | None


async def select_quote(conn: Conn, id: str) -> Row | None:
    """Find one quote, whoever may see it."""
    row = await conn.fetchrow(
        """
        select q.article_id, q.version, q.document, q.written, q.visibility, a.was_public, a.killed_at,
            a.kill_note
        from quote_articles home
        join quotes q on q.article_id = home.article_id and q.id = home.id
        join articles a on a.id = home.article_id
        where home.id = $1
        """,
        id,
    )
    return None if row is None else Row(**row)


async def lock_quote(tx: Conn, id: str) -> Row | None:
    """Find one quote, whoever may see it, and hold its article for a change."""
    row = await tx.fetchrow(
        """
        select q.article_id, q.version, q.document, q.written, q.visibility, a.was_public, a.killed_at,
            a.kill_note
        from quote_articles home
        join articles a on a.id = home.article_id
        join quotes q on q.article_id = home.article_id and q.id = home.id
        where home.id = $1
        for update of a, q
        """,
        id,
    )
    return None if row is None else Row(**row)


async def select_withdrawn(tx: Conn, article_id: str) -> list[Quote]:
    """List the quotes that an article carried once."""
    rows = await tx.fetch(
        """
        select coalesce(written, document) as document from quotes
        where article_id = $1 and status = 'withdrawn'
        """,
        article_id,
    )
    return [msgspec.json.decode(row["document"], type=Quote) for row in rows]


async def select_said(tx: Conn, speaker: str, article_ids: Sequence[str]) -> list[Placed]:
    """List what a person or organisation said in these articles, withdrawn quotes too, as it is written."""
    rows = await tx.fetch(
        """
        select article_id, visibility, sort_at, coalesce(written, document) as document
        from quotes q
        where article_id = any($2::uuid[]) and exists (
            select from quote_entities e
            where e.article_id = q.article_id and e.quote_id = q.id and e.rel = 'speaker' and e.entity_id = $1
        )
        """,
        speaker,
        article_ids,
    )
    return [
        Placed(
            row["article_id"],
            row["visibility"],
            row["sort_at"],
            msgspec.json.decode(row["document"], type=Quote),
        )
        for row in rows
    ]


async def write_quotes(
    tx: Conn, article_id: str, quotes: Sequence[Quote], visibility: int, sort_at: datetime
) -> None:
    """Insert or update quotes of an article, in order of appearance; others stay as they are."""
    if not quotes:
        return
    rows = [
        (*row_of(ordinal, quote), quote.updated_at, msgspec.json.encode(quote))
        for ordinal, quote in enumerate(quotes)
    ]
    shown = await as_shown(tx, [row[-1] for row in rows])
    await tx.execute(
        """
        with homes as (
            insert into quote_articles (id, article_id) select unnest($4::uuid[]), $1
            on conflict on constraint quote_articles_pkey do nothing
        )
        insert into quotes (
            article_id, id, ordinal, version, status, form, attribution, speaker_kind, first_hand, language,
            visibility, sort_at, created_at, updated_at, document, written
        )
        select $1, id, ordinal, version, status, form, attribution, speaker_kind, first_hand, language,
            $2, $3, created_at, updated_at, coalesce(shown, written),
            case when shown is not null then written end
        from unnest(
            $4::uuid[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::boolean[],
            $12::text[], $13::timestamptz[], $14::timestamptz[], $15::bytea[], $16::bytea[]
        ) as q (
            id, ordinal, version, status, form, attribution, speaker_kind, first_hand,
            language, created_at, updated_at, written, shown
        )
        on conflict on constraint quotes_pkey do update
        set ordinal = excluded.ordinal, version = excluded.version, status = excluded.status,
            form = excluded.form, attribution = excluded.attribution, speaker_kind = excluded.speaker_kind,
            first_hand = excluded.first_hand, language = excluded.language, visibility = excluded.visibility,
            sort_at = excluded.sort_at, updated_at = excluded.updated_at, document = excluded.document,
            written = excluded.written
        """,
        article_id,
        visibility,
        sort_at,
        *columns((*row, None if each == row[-1] else each) for row, each in zip(rows, shown, strict=True)),
    )
    ids = [quote.id for quote in quotes]
    statement = "delete from quote_entities where article_id = $1 and quote_id = any($2::uuid[])"
    await tx.execute(statement, article_id, ids)
    entities = {(quote.id, ref.id, rel) for quote in quotes for ref, rel in refs_of(quote) if ref is not None}
    if entities:
        await tx.execute(
            """
            insert into quote_entities (article_id, sort_at, quote_id, entity_id, rel)
            select $1, $2, * from unnest($3::uuid[], $4::uuid[], $5::text[])
            """,
            article_id,
            sort_at,
            *columns(sorted(entities)),
        )
    await index_quotes(tx, article_id, quotes, visibility, sort_at)


async def rewrite_documents(tx: Conn, quotes: Sequence[Quote]) -> None:
    """Write the documents of quotes, given as they are written, of any articles; versions stay."""
    written = [msgspec.json.encode(quote) for quote in quotes]
    await tx.execute(
        """
        update quotes set document = changed.document, written = nullif(changed.written, changed.document)
        from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
            as changed (article_id, id, document, written)
        where quotes.article_id = changed.article_id and quotes.id = changed.id
        """,
        [quote.article.id for quote in quotes],
        [quote.id for quote in quotes],
        await as_shown(tx, written),
        written,
    )


async def move_offices(tx: Conn, placed: Sequence[Placed]) -> None:
    """Note at which organisations the speakers of quotes of any articles now held their offices."""
    offices = [
        (each.article_id, each.sort_at, each.quote.id, ref.id)
        for each in placed
        for ref, rel in refs_of(each.quote)
        if ref is not None and rel == "office"
    ]
    await tx.execute(
        """
        delete from quote_entities e using unnest($1::uuid[], $2::uuid[]) as moved (article_id, quote_id)
        where e.article_id = moved.article_id and e.quote_id = moved.quote_id and e.rel = 'office'
        """,
        [each.article_id for each in placed],
        [each.quote.id for each in placed],
    )
    await tx.execute(
        """
        insert into quote_entities (article_id, sort_at, quote_id, entity_id, rel)
        select *, 'office' from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[])
        """,
        *(columns(offices) or [[]] * 4),
    )
    await index_placed(tx, placed)


async def move_quotes(tx: Conn, article_id: str, visibility: int, sort_at: datetime) -> None:
    """Let all quotes of an article, withdrawn ones too, follow its visibility and its place in lists.

    One that was withdrawn while the article was held stays for readers of held articles.
    """
    await tx.execute(
        """
        update quotes q set visibility = moved.visibility, sort_at = $3
        from (
            select quote_id, version, case when public then $2::smallint else greatest($2, 1::smallint) end
            from quote_versions where article_id = $1
        ) as moved (id, version, visibility)
        where q.article_id = $1 and q.id = moved.id and q.version = moved.version
            and (q.visibility, q.sort_at) is distinct from (moved.visibility, $3)
        """,
        article_id,
        visibility,
        sort_at,
    )
    moved = await tx.execute(
        "update quote_entities set sort_at = $2 where article_id = $1 and sort_at <> $2", article_id, sort_at
    )
    if moved != "UPDATE 0":
        await begin_anew(tx, article_id)
    await move_index(tx, article_id, sort_at)


async def hide_quotes(tx: Conn, article_id: str) -> None:
    """Let all quotes of a killed article follow it; no list knows them from here on."""
    await tx.execute("update quotes set visibility = 2 where article_id = $1", article_id)
    await tx.execute("delete from quote_entities where article_id = $1", article_id)
    await forget_quotes(tx, article_id)


def row_of(ordinal: int, quote: Quote) -> tuple[Any, ...]:
    """Give the columns that both inserts of quotes begin with, in their order: `id` to `created_at`."""
    return (
        quote.id,
        ordinal,
        quote.version,
        quote.status,
        quote.form,
        quote.attribution,
        quote.speaker.kind,
        not quote.chain,
        quote.language,
        quote.created_at,
    )


async def select_standing(conn: Conn, article_id: str) -> Standing | None:
    """Find who may see an article, and so its quotes."""
    row = await conn.fetchrow(
        "select visibility, was_public, killed_at, kill_note from articles where id = $1", article_id
    )
    return None if row is None else Standing(**row)
