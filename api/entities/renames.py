"""Renames and merges: documents follow what shows for an entity now, in the background, newest first."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from api.db.marks import ENTITIES, touch, touch_articles
from api.db.pool import Conn, Database, Record, columns
from api.entities.rendering import write_documents
from api.entities.shown import as_shown
from api.lists.members import only
from api.wire import EntityType, entity_ref

BATCH = 200  # articles a transaction: a writer who needs one of them waits some tens of milliseconds

# Later than any article may be: where the walk through what carries an entity begins.
BEGINNING = datetime(9999, 12, 31, tzinfo=UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff"

_REF = b'\\{"id":"%s","type":"%s","name":"(?:[^"\\\\]|\\\\.)*","href":"[^"]*"\\}'


class Rename(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An entity whose documents have not all followed yet, and how far; `at` is when that was noted."""

    entity_id: str
    type: EntityType
    name: str
    at: datetime
    done_sort_at: datetime | None
    done_article_id: str | None

    def apply(self, document: bytes) -> bytes:
        """Write the entity's Ref anew wherever a document carries it.

        A Ref is encoded in one way only, and its bytes cannot stand in a text, where JSON escapes quotation
        marks: replacing bytes is exact, and many times faster than decoding.
        """
        return self._pattern.sub(lambda _: self._ref, document)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(_REF % (self.entity_id.encode(), self.type.encode()))

    @cached_property
    def _ref(self) -> bytes:
        return msgspec.json.encode(entity_ref(self.type, self.entity_id, self.name))


async def brought_up_to_date(tx: Conn, document: bytes) -> bytes:
    """Give a document with every name that it has not followed yet, for a writer who compares it."""
    rows = await tx.fetch(
        """
        select r.entity_id, e.type, e.name, r.at, r.done_sort_at, r.done_article_id
        from entity_renames r join entities e on e.id = r.entity_id
        """
    )
    for row in rows:
        if row["entity_id"].encode() in document:
            document = msgspec.convert(dict(row), Rename).apply(document)
    return document


async def follow_renames(db: Database) -> bool:
    """Bring one batch of documents up to date with a rename; tells whether there was one to do.

    Renames take turns, so that one that few documents carry is not kept waiting by one that many do. What is
    to be done is not held meanwhile: who changes the entity holds that, and would wait for it here, while
    documents wait for the entity. A change of the entity begins it anew.
    """
    async with db.write() as tx:
        touch()
        # A merge holds entities in an order of its own.
        alone: bool = await tx.fetchval(
            """
            select pg_try_advisory_xact_lock(hashtextextended('dateline renames', 0))
            from pg_advisory_xact_lock_shared(hashtextextended('dateline merges', 0))
            """
        )
        if not alone:
            return False
        row = await tx.fetchrow(
            """
            select r.entity_id, e.type, e.name, r.at, r.done_sort_at, r.done_article_id
            from entity_renames r join entities e on e.id = r.entity_id
            order by r.at
            limit 1
            """
        )
        if row is None:
            return False
        rename = msgspec.convert(dict(row), Rename)
        if rename.done_sort_at is None:
            await _follow_in_entities(tx, rename)
        await _follow_in_articles(tx, rename)
        return True


async def _follow_in_entities(tx: Conn, rename: Rename) -> None:
    """Write the Ref anew in the entities that name this one as parent or as the place of an office."""
    rows = await tx.fetch(
        """
        select id, coalesce(written, document) as document from entities
        where parent_id = $1 or id in (select entity_id from entity_positions where organisation_id = $1)
        order by id
        for no key update
        """,
        rename.entity_id,
    )
    touch(ENTITIES)
    await write_documents(tx, {row["id"]: rename.apply(row["document"]) for row in rows})


async def _follow_in_articles(tx: Conn, rename: Rename) -> None:
    """Write the Ref anew in the next articles and in all their quotes, and note how far that is."""
    places = await _next_places(tx, rename)
    if not places:
        statement = "delete from entity_renames where entity_id = $1 and at = $2"
        await tx.execute(statement, rename.entity_id, rename.at)
        return
    ids = [place["article_id"] for place in places]
    touch_articles(ids)
    await _write_articles(tx, rename, ids)
    await _write_quotes(tx, rename, ids)
    await tx.execute(
        """
        update entity_renames set at = clock_timestamp(), done_sort_at = $3, done_article_id = $4
        where entity_id = $1 and at = $2
        """,
        rename.entity_id,
        rename.at,
        places[-1]["sort_at"],
        places[-1]["article_id"],
    )


async def _next_places(tx: Conn, rename: Rename) -> list[Record]:
    """Find the next articles that carry the entity, latest first.

    Each index is read from where the last batch ended, and no further than one batch.
    """
    done_sort_at, done_article_id = BEGINNING
    return await tx.fetch(
        """
        select article_id, sort_at from (
            (
                select article_id, sort_at from article_entities
                where entity_id = $1 and sort_at <= $2 and (sort_at, article_id) < ($2, $3::uuid)
                order by sort_at desc, article_id desc
                limit $4
            )
            union
            select article_id, sort_at from unnest(array['speaker', 'relay', 'office']) as kind (rel)
            cross join lateral (
                select article_id, sort_at from quote_entities
                where entity_id = $1 and rel = kind.rel
                    and sort_at <= $2 and (sort_at, article_id) < ($2, $3::uuid)
                group by sort_at, article_id
                order by sort_at desc, article_id desc
                limit $4
            ) as carrying
        ) as found
        order by sort_at desc, article_id desc
        limit $4
        """,
        rename.entity_id,
        rename.done_sort_at or done_sort_at,
        rename.done_article_id or done_article_id,
        BATCH,
    )


async def _write_articles(tx: Conn, rename: Rename, ids: Sequence[str]) -> None:
    """Write the documents of articles anew, and hold them all."""
    rows = await tx.fetch(
        """
        select id, document, summary, written from articles where id = any($1::uuid[]) order by id for update
        """,
        ids,
    )
    changed = [
        (row["id"], document, _summary(row, rename, document), written)
        for row, document, written in await _followed(tx, rename, rows)
    ]
    await tx.execute(
        """
        update articles set document = changed.document, summary = changed.summary, written = changed.written
        from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[])
            as changed (id, document, summary, written)
        where articles.id = changed.id
        """,
        *(columns(changed) or [[]] * 4),
    )


async def _write_quotes(tx: Conn, rename: Rename, ids: Sequence[str]) -> None:
    """Write the documents of these articles' quotes anew, withdrawn ones too."""
    rows = await tx.fetch(
        "select article_id, id, document, written from quotes where article_id = any($1::uuid[])", ids
    )
    changed = [
        (row["article_id"], row["id"], document, written)
        for row, document, written in await _followed(tx, rename, rows)
    ]
    await tx.execute(
        """
        update quotes set document = changed.document, written = changed.written
        from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
            as changed (article_id, id, document, written)
        where quotes.article_id = changed.article_id and quotes.id = changed.id
        """,
        *(columns(changed) or [[]] * 4),
    )


async def _followed(
    tx: Conn, rename: Rename, rows: Sequence[Record]
) -> list[tuple[Record, bytes, bytes | None]]:
    """List the rows that change: each with the document as it shows, and as it is written if that differs."""
    written = [rename.apply(row["written"] or row["document"]) for row in rows]
    documents = await as_shown(tx, written)
    followed = [
        (row, document, None if own == document else own)
        for row, document, own in zip(rows, documents, written, strict=True)
    ]
    return [each for each in followed if each[1:] != (each[0]["document"], each[0]["written"])]


def _summary(row: Record, rename: Rename, document: bytes) -> bytes:
    """Give the summary of an article that shows `document` now.

    As long as no merge is in play, replacing bytes is enough.
    """
    summary = rename.apply(row["summary"])
    if row["written"] is None and document == rename.apply(row["document"]):
        return summary
    return only(document, msgspec.json.decode(summary, type=dict[str, msgspec.Raw]))
