"""Entities in the database."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import asyncpg
import msgspec

from api.clusters import select_below
from api.db.pool import Conn, columns
from api.entities.indexing import forget_entity, index_entities
from api.entities.name_keys import delete_keys, key_columns, named, show_keys
from api.entities.schemas import Entity, Name, Organisation, Person, Position
from api.entities.shown import Shown, as_shown, ids_in, show, shown_for
from api.http.problems import not_found
from api.http.reader import Reader
from api.names.fold import fold
from api.names.keys import KEYS_VERSION
from api.wire import EntityType, first_day, last_day


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An entity with its document, as it is stored.

    `root_id` is what it was merged into in the end; `written` the document as it was written, when `document`
    shows another.
    """

    version: int
    public: bool
    document: bytes
    written: bytes | None
    root_id: str | None


async def select_entity(conn: Conn, type: EntityType, id: str, *, sees_held: bool) -> Row | None:
    """Find one entity that the reader may see."""
    row = await conn.fetchrow(
        """
        select version, public, document, written, root_id from entities
        where id = $1 and type = $2 and (public or $3)
        """,
        id,
        type,
        sees_held,
    )
    return None if row is None else msgspec.convert(dict(row), Row)


async def lock_entity(tx: Conn, type: EntityType, id: str, *, sees_held: bool) -> Row | None:
    """Find one entity that the reader may see, and hold it for a change."""
    row = await tx.fetchrow(
        """
        select version, public, document, written, root_id from entities
        where id = $1 and type = $2 and (public or $3)
        for update
        """,
        id,
        type,
        sees_held,
    )
    return None if row is None else msgspec.convert(dict(row), Row)


async def insert_entities(
    tx: Conn,
    entities: Sequence[Entity],
    *,
    public: bool,
    shown: Shown | None = None,
    keyed: Collection[str] = (),
) -> None:
    """Insert entities with their names, identifiers and positions.

    `shown` is what shows for those that they refer to and that were merged, when the caller knows; `keyed`
    are the ids of those whose search keys have been written ahead.
    """
    rows = [_columns(entity) for entity in entities]
    if shown is None:
        shown = await shown_for(tx, ids_in(row[-1] for row in rows), lock=True)
    await tx.execute(
        """
        insert into entities (
            id, type, version, name, kind, country, parent_id, public, created_at, updated_at, document,
            written, keys_version
        )
        select id, type, version, name, kind, country, parent_id, $12, created_at, updated_at, document,
            nullif(written, document), $13
        from unnest(
            $1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::uuid[],
            $8::timestamptz[], $9::timestamptz[], $10::bytea[], $11::bytea[]
        ) as e (id, type, version, name, kind, country, parent_id, created_at, updated_at, written, document)
        """,
        *columns((*row, show(row[-1], shown)) for row in rows),
        public,
        KEYS_VERSION,
    )
    await insert_parts(tx, entities, public=public, keyed=keyed)


def _columns(entity: Entity) -> tuple[Any, ...]:
    """Give the columns of an entity's row, in the order of the insert."""
    kind, parent = (entity.kind, entity.parent) if isinstance(entity, Organisation) else (None, None)
    return (
        entity.id,
        entity.type,
        entity.version,
        entity.name,
        kind,
        entity.country,
        parent.id if parent else None,
        entity.created_at,
        entity.updated_at,
        msgspec.json.encode(entity),
    )


async def insert_parts(
    tx: Conn, entities: Sequence[Entity], *, public: bool, keyed: Collection[str] = ()
) -> None:
    """Insert what hangs on entities: names, with their keys unless in `keyed`, identifiers, positions."""
    names = [
        (entity.id, ordinal, entity.type, name.value, fold(name.value), *_facts(name))
        for entity in entities
        for ordinal, name in enumerate(entity.names)
    ]
    identifiers = [
        (entity.type, identifier.scheme, identifier.value, entity.id)
        for entity in entities
        for identifier in entity.identifiers
    ]
    await tx.execute(
        """
        with names as (
            insert into entity_names (
                entity_id, ordinal, type, value, fold, language, script, kind, valid_from, valid_until
            )
            select * from unnest(
                $1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::text[]
            )
        ), identifiers as (
            insert into entity_identifiers (type, scheme, value, entity_id)
            select * from unnest($11::text[], $12::text[], $13::text[], $14::uuid[])
        ), keys as (
            insert into name_keys (key, entity_id, public)
            select * from unnest($20::text[], $21::uuid[], $22::boolean[])
        ), prefixes as (
            insert into name_prefixes (type, prefix, entity_id, public)
            select * from unnest($23::text[], $24::text[], $25::uuid[], $26::boolean[])
        )
        insert into entity_positions (entity_id, ordinal, title, organisation_id, held)
        select * from unnest($15::uuid[], $16::smallint[], $17::text[], $18::uuid[], $19::daterange[])
        """,
        *columns(names),
        *(columns(identifiers) or [[]] * 4),
        *(columns(_positions(entities)) or [[]] * 5),
        *key_columns([named(entity, public=public) for entity in entities if entity.id not in keyed]),
    )
    await index_entities(tx, entities)


def _facts(name: Name) -> tuple[str | None, ...]:
    return name.language, name.script, name.kind, name.from_, name.until


def _positions(entities: Sequence[Entity]) -> list[tuple[Any, ...]]:
    """Give the columns of the offices that people held."""
    return [
        (
            entity.id,
            ordinal,
            position.title,
            position.organisation and position.organisation.id,
            _held(position),
        )
        for entity in entities
        if not isinstance(entity, Organisation)
        for ordinal, position in enumerate(entity.positions)
    ]


def _held(position: Position) -> "asyncpg.Range[date]":
    """Give the days on which a position may have been held, both ends included."""
    lower: date | None = first_day(position.from_) if position.from_ else None
    upper: date | None = last_day(position.until) if position.until else None
    return asyncpg.Range(lower, upper, lower_inc=lower is not None, upper_inc=upper is not None)


async def delete_parts(tx: Conn, id: str) -> None:
    """Delete what hangs on an entity, before it is written anew."""
    await tx.execute(
        """
        with names as (delete from entity_names where entity_id = $1),
            identifiers as (delete from entity_identifiers where entity_id = $1)
        delete from entity_positions where entity_id = $1
        """,
        id,
    )
    await delete_keys(tx, [id])
    await forget_entity(tx, id)


async def update_entity(tx: Conn, entity: Entity) -> None:
    """Write an entity that the transaction holds, as it was written; a direct write makes it public."""
    id, _, version, name, kind, country, parent_id, _, updated_at, written = _columns(entity)
    [document] = await as_shown(tx, [written])
    await tx.execute(
        """
        update entities
        set version = $2, name = $3, kind = $4, country = $5, parent_id = $6, updated_at = $7, document = $8,
            written = nullif($9::bytea, $8), public = true, keys_version = $10
        where id = $1
        """,
        id,
        version,
        name,
        kind,
        country,
        parent_id,
        updated_at,
        document,
        written,
        KEYS_VERSION,
    )
    await delete_parts(tx, id)
    await insert_parts(tx, [entity], public=True)


async def publish_entities(tx: Conn, ids: Sequence[str]) -> list[tuple[str, EntityType, int]]:
    """Make entities public that so far only held articles carried, and the organisations that they refer to.

    Tells which were hidden before, with type and version.
    """
    rows = await tx.fetch(
        """
        with recursive reached (id) as (
            select unnest($1::uuid[])
            union
            select next.id
            from reached
            cross join lateral (
                select organisation_id as id from entity_positions where entity_id = reached.id
                union all
                select parent_id from entities where entities.id = reached.id
                union all
                select root_id from entities where entities.id = reached.id
                union all
                select entities.id from entities where entities.root_id = reached.id
            ) as next
            where next.id is not null
        )
        update entities set public = true
        where id in (select id from reached) and not public
        returning id, type, version, root_id
        """,
        list(ids),
    )
    if rows:
        await show_keys(tx, [row["id"] for row in rows], public=True)
    return [(row["id"], row["type"], row["version"]) for row in rows if row["root_id"] is None]


async def is_below(tx: Conn, id: str, top: str) -> bool:
    """Tell whether an organisation is `top`, or has it as a parent, its parent's parent and so on."""
    return await tx.fetchval(
        """
        with recursive above (id) as (
            select coalesce(root_id, id) from entities where id = $1
            union
            select coalesce(parent.root_id, parent.id)
            from above
            join entities e on e.id = above.id
            join entities parent
                on parent.id = (convert_from(e.document, 'UTF8')::jsonb #>> '{parent,id}')::uuid
        )
        select exists (select from above where id = $2)
        """,
        id,
        top,
    )


async def count_uses(tx: Conn, id: str, *, sees_held: bool) -> dict[str, int]:
    """Count what refers to an entity, or to what was merged into it, and may be seen, by kind."""
    merged = await select_below(tx, id)
    row = await tx.fetchrow(
        """
        select
            (
                select count(distinct article_id) from article_entities
                where entity_id = any($1::uuid[]) and (visibility = 0 or $2)
            ) as articles,
            (
                select count(distinct q.id) from quote_entities e
                join quotes q on q.article_id = e.article_id and q.id = e.quote_id
                where e.entity_id = any($1::uuid[]) and (q.visibility = 0 or $2)
            ) as quotes,
            (
                select count(*) from entity_positions p join entities holder on holder.id = p.entity_id
                where p.organisation_id = any($1::uuid[]) and (holder.public or $2)
            ) as positions,
            (
                select count(*) from entities
                where parent_id = any($1::uuid[]) and coalesce(root_id, id) <> $3 and (public or $2)
            ) as children,
            $4::int as merged
        """,
        [id, *merged],
        sees_held,
        id,
        len(merged),
    )
    return {name: count for name, count in dict(row or {}).items() if count}


async def delete_entity(tx: Conn, id: str) -> None:
    """Delete an entity that nothing refers to."""
    await delete_keys(tx, [id])
    await tx.execute("delete from entities where id = $1", id)


async def hide_entity(tx: Conn, id: str) -> None:
    """Hide an entity until a public article carries it again."""
    await tx.execute("update entities set public = false where id = $1 or root_id = $1", id)
    await show_keys(tx, [id, *await select_below(tx, id)], public=False)


async def held_positions(conn: Conn, wanted: Sequence[tuple[str, str, date, date]]) -> dict[str, Position]:
    """Find the office that a person held in a period, by all records, when the store knows exactly one.

    `wanted` are a key of the caller's, a person's id, and the period's first and last day.
    """
    if not wanted:
        return {}
    rows = await conn.fetch(
        """
        select wanted.key, p.ordinal, coalesce(person.written, person.document) as document
        from unnest($1::text[], $2::uuid[], $3::date[], $4::date[]) as wanted (key, id, first, last)
        left join entities merged on merged.id = wanted.id and merged.root_id is not null
        cross join lateral (select coalesce(merged.root_id, wanted.id) as id) as root
        join entities person on person.id = root.id or person.root_id = root.id
        join entity_positions p
            on p.entity_id = person.id and p.held && daterange(wanted.first, wanted.last, '[]')
        """,
        *columns(wanted),
    )
    people: dict[bytes, list[Position]] = {}
    found: dict[str, list[Position]] = {}
    for row in rows:
        document: bytes = row["document"]
        ordinal: int = row["ordinal"]
        if document not in people:
            people[document] = msgspec.json.decode(document, type=Person).positions
        position, held = people[document][ordinal], found.setdefault(row["key"], [])
        if position not in held:
            held.append(position)
    return {key: held[0] for key, held in found.items() if len(held) == 1}


async def require_entity(conn: Conn, type: EntityType, id: str, reader: Reader) -> Row:
    """Find one entity, or raise the 404 when there is none that this reader may see."""
    row = await select_entity(conn, type, id, sees_held=reader.sees_held)
    if row is None:
        raise not_found()
    return row
