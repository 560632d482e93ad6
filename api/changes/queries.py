"""The change log in the database: written in the transaction of each change, and numbered afterwards."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from api.changes.schemas import TOMBSTONES
from api.db.marks import ARTICLES, ENTITIES, mark_of, touch
from api.db.pool import Conn, Database, Record
from api.wire import ResourceType, new_id

CHANNEL = "dateline_changes"
BATCH = 5_000  # events that one transaction numbers or forgets


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: `type` such as `article.published`, and whether anyone could see the resource then.

    `public_only` is for what is news only to readers without scope `embargo`: the others had it before, or
    still have it. `entity_ids` are the people and organisations that a filter finds it by, `provider_id` the
    provider, `former_provider_id` the one from whom it took over; an event of a quote takes the provider of
    its article.
    """

    type: str
    resource_type: ResourceType
    resource_id: str
    version: int
    public: bool
    public_only: bool = False
    article_id: str | None = None
    provider_id: str | None = None
    former_provider_id: str | None = None
    entity_ids: Sequence[str] = ()


async def insert_changes(tx: Conn, events: Sequence[Event]) -> None:
    """Write `events`, in this order, into the transaction that made them true."""
    touch()
    if not events:
        return
    for event in events:
        touch(*_marks(event))
    providers = {event.article_id: event.provider_id for event in events if event.provider_id}
    # Ids are joined to a text on the way: an array of arrays would need them to be equally many.
    await tx.execute(
        """
        insert into change_queue (
            id, type, resource_type, resource_id, version, public, public_only, article_id,
            provider_id, former_provider_id, entity_ids
        )
        select e.id, type, resource_type, resource_id, e.version, public, public_only, article_id,
            coalesce(e.provider_id, a.provider_id), former_provider_id,
            string_to_array(entity_ids, ' ')::uuid[]
        from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::bool[], $7::bool[], $8::uuid[],
            $9::uuid[], $10::uuid[], $11::text[]
        ) with ordinality as e (
            id, type, resource_type, resource_id, version, public, public_only, article_id,
            provider_id, former_provider_id, entity_ids, ordinal
        )
        left join articles a on a.id = e.article_id
        order by ordinal
        """,
        [new_id() for _ in events],
        [event.type for event in events],
        [event.resource_type for event in events],
        [event.resource_id for event in events],
        [event.version for event in events],
        [event.public for event in events],
        [event.public_only for event in events],
        [event.article_id for event in events],
        [event.provider_id or providers.get(event.article_id) for event in events],
        [event.former_provider_id for event in events],
        [" ".join(_entity_ids(event)) for event in events],
    )


def _marks(event: Event) -> Sequence[int]:
    """Give the marks of what an event tells of: an article with its quotes, or an entity."""
    return (ENTITIES,) if event.article_id is None else (ARTICLES, mark_of(event.article_id))


def _entity_ids(event: Event) -> Sequence[str]:
    """Give what a filter by person or organisation finds an event by."""
    return event.entity_ids if event.article_id or event.entity_ids else (event.resource_id,)


async def number_changes(db: Database) -> int:
    """Give committed events of the queue, at most `BATCH`, their positions; tells how many they were.

    One at a time: what the next one sees is what this one left. Events of one resource are committed in the
    order in which they drew `seq`, because its row was locked meanwhile, so that order holds within a batch.
    """
    async with db.transaction() as tx:
        # Each statement sees what was committed when it began, so the lock needs one of its own.
        await tx.execute("select pg_advisory_xact_lock(hashtextextended('dateline changes', 0))")
        await _begin_epoch(tx)
        numbered: int = await tx.fetchval(
            """
            with moved as (
                delete from change_queue
                where seq in (select seq from change_queue order by seq limit $1)
                returning *
            ),
            counted as (
                update change_log set last = last + (select count(*) from moved)
                where exists (select from moved)
                returning last
            ),
            numbered as (
                insert into changes (
                    pos, id, type, occurred_at, resource_type, resource_id, version, article_id, provider_id,
                    former_provider_id, entity_ids, public, public_only
                )
                select counted.last - count(*) over () + row_number() over (order by seq), id, type,
                    occurred_at, resource_type, resource_id, version, article_id, provider_id,
                    former_provider_id, entity_ids, public, public_only
                from moved cross join counted
                returning pos
            )
            select count(*) from numbered
            """,
            BATCH,
        )
        if numbered:
            # Only here: a notification serialises commits, which writers cannot afford.
            await tx.execute("notify dateline_changes")
    return numbered


async def _begin_epoch(tx: Conn) -> None:
    """Begin an epoch when this is not the physical database that gave the last position.

    It is another cluster, another timeline of it (a promoted replica, a recovery to an earlier time), another
    database, or a table that was made anew (a restored dump).
    """
    await tx.execute(
        """
        insert into change_epochs (begins_after, incarnation)
        select log.last, here.incarnation
        from change_log log, (
            select concat_ws(
                '/', (select system_identifier from pg_control_system()),
                left(pg_walfile_name(pg_current_wal_lsn()), 8),
                (select oid from pg_database where datname = current_database()), 'changes'::regclass::oid
            )
        ) as here (incarnation)
        where here.incarnation is distinct from (
            select incarnation from change_epochs order by ordinal desc limit 1
        )
        """
    )


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log goes: the last position, the floor up to which only tombstones are left.

    `queued` is whether events wait to be numbered; `epochs` are all, each with its last position before.
    """

    last: int
    floor: int
    queued: bool
    epochs: list[tuple[str, int]]


async def select_head(conn: Conn) -> Head:
    """Read how far the log goes."""
    row = await conn.fetchrow(
        """
        select last, floor, exists (select from change_queue) as queued,
            array(select id from change_epochs order by ordinal) as ids,
            array(select begins_after from change_epochs order by ordinal) as begins
        from change_log
        """
    )
    assert row is not None  # noqa: S101 - the migration inserts it
    epochs = list(zip(row["ids"], row["begins"], strict=True))
    return Head(last=row["last"], floor=row["floor"], queued=row["queued"], epochs=epochs)


async def select_changes(
    conn: Conn,
    *,
    after: int,
    until: int,
    types: Sequence[str] | None,
    providers: Sequence[str] | None,
    people: Sequence[str] | None,
    organisations: Sequence[str] | None,
    limit: int,
) -> list[Record]:
    """Read events behind one position up to another, each beside its resource as it is now."""
    return await conn.fetch(
        """
        select c.*, coalesce(q.visibility, a.visibility) as visibility, e.public as entity_public, e.name,
            case when c.resource_type = 'article' and a.visibility < 2 then a.summary end as summary,
            case when a.visibility < 2 then q.document end as quote
        from changes c
        left join articles a on a.id = c.article_id
        left join quotes q
            on c.resource_type = 'quote' and q.article_id = c.article_id and q.id = c.resource_id
        left join entities e on c.article_id is null and e.id = c.resource_id
        where c.pos > $1 and c.pos <= $2
            and ($3::text[] is null or c.type = any($3))
            and ($4::uuid[] is null or c.provider_id = any($4) or c.former_provider_id = any($4))
            and ($5::uuid[] is null or c.entity_ids && $5)
            and ($6::uuid[] is null or c.entity_ids && $6)
        order by c.pos
        limit $7
        """,
        after,
        until,
        types,
        providers,
        people,
        organisations,
        limit,
    )


async def raise_floor(tx: Conn, retention: timedelta) -> None:
    """Retain only tombstones of what is older than `retention`."""
    await tx.execute(
        """
        update change_log set floor = greatest(floor, last_old.pos)
        from (
            select coalesce(
                (
                    select c.pos - 1 from changes c, change_log log
                    where c.pos > log.floor and c.occurred_at >= clock_timestamp() - $1::interval
                    order by c.pos
                    limit 1
                ),
                (select last from change_log)
            ) as pos
        ) as last_old
        """,
        retention,
    )


async def delete_below_floor(tx: Conn, tombstone_retention: timedelta) -> bool:
    """Delete some of what is not retained; tells whether there may be more."""
    status = await tx.execute(
        """
        delete from changes where pos in (
            select c.pos from changes c, change_log log
            where c.pos <= log.floor
                and (c.type <> all($1::text[]) or c.occurred_at < clock_timestamp() - $2::interval)
            order by c.pos
            limit $3
        )
        """,
        sorted(TOMBSTONES),
        tombstone_retention,
        BATCH,
    )
    return status == f"DELETE {BATCH}"
