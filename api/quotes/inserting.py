"""New quotes of many new articles, in a few statements."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from api.db.pool import Conn, columns
from api.entities.shown import Shown, show
from api.quotes.compose import refs_of
from api.quotes.indexing import Placed, index_placed
from api.quotes.queries import row_of


async def insert_quotes(tx: Conn, placed: Sequence[Placed], shown: Shown, key_id: str | None) -> None:
    """Insert quotes in the first version of their articles, with their first states.

    Equal to `write_quotes` and `write_states` for each article; the quotes of one article stand together, in
    order of appearance. `shown` is what shows for the entities that were merged.
    """
    if not placed:
        return
    rows = list(_rows(placed))
    # One statement, so that each document is sent once: the rows of all tables are made of the same arrays.
    await tx.execute(
        """
        with given as (
            select * from unnest(
                $2::uuid[], $3::smallint[], $4::timestamptz[], $5::uuid[], $6::int[], $7::int[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::timestamptz[],
                $15::bytea[], $16::bytea[]
            ) as q (
                article_id, visibility, sort_at, id, ordinal, version, status, form, attribution,
                speaker_kind, first_hand, language, at, written, shown
            )
        ),
        homes as (insert into quote_articles (id, article_id) select id, article_id from given),
        states as (
            insert into quote_versions
                (article_id, article_version, key_id, public, quote_id, version, at, document)
            select article_id, 1, $1, visibility = 0, id, version, at, written from given
        )
        insert into quotes (
            article_id, id, ordinal, version, status, form, attribution, speaker_kind, first_hand, language,
            visibility, sort_at, created_at, updated_at, document, written
        )
        select article_id, id, ordinal, version, status, form, attribution, speaker_kind, first_hand,
            language, visibility, sort_at, at, at, coalesce(shown, written),
            case when shown is not null then written end
        from given
        """,
        key_id,
        *columns(
            (*row, None if each == row[-1] else each) for row in rows for each in [show(row[-1], shown)]
        ),
    )
    await _insert_entities(tx, placed)
    await index_placed(tx, placed)


def _rows(placed: Sequence[Placed]) -> Iterator[tuple[Any, ...]]:
    """Give the columns of each quote, in the order of the insert, the document as it is written last."""
    ordinals = Counter[str]()
    for each in placed:
        ordinal = ordinals[each.article_id]
        yield (*each[:3], *row_of(ordinal, each.quote), msgspec.json.encode(each.quote))
        ordinals[each.article_id] += 1


async def _insert_entities(tx: Conn, placed: Sequence[Placed]) -> None:
    """Insert whom quotes name, each time with the relation."""
    entities = sorted(
        {
            (each.article_id, each.sort_at, each.quote.id, ref.id, rel)
            for each in placed
            for ref, rel in refs_of(each.quote)
            if ref is not None
        }
    )
    if entities:
        await tx.execute(
            """
            insert into quote_entities (article_id, sort_at, quote_id, entity_id, rel)
            select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::text[])
            """,
            *columns(entities),
        )
