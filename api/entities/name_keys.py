"""The search keys of names: written with the names, made anew when the rules that make them change."""

from collections.abc import Sequence
from typing import Any

import msgspec

from api.db.marks import ENTITIES, touch
from api.db.pool import Conn, Database, columns
from api.entities.schemas import Entity
from api.names.keys import KEYS_VERSION, keys, prefixes
from api.wire import EntityType

BATCH = 200  # entities whose keys are made in one transaction: some tens of milliseconds


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as its keys need it: whether everyone may find it, and all its names."""

    id: str
    type: EntityType
    public: bool
    names: list[str]


def named(entity: Entity, *, public: bool) -> Named:
    """Give an entity as its keys need it."""
    names = [name.value for name in entity.names]
    return Named(id=entity.id, type=entity.type, public=public, names=names)


async def insert_keys(tx: Conn, entities: Sequence[Named]) -> None:
    """Write the keys of entities; those that are there already stay."""
    await tx.execute(
        """
        with keys as (
            insert into name_keys (key, entity_id, public)
            select * from unnest($1::text[], $2::uuid[], $3::boolean[])
            on conflict on constraint name_keys_pkey do nothing
        )
        insert into name_prefixes (type, prefix, entity_id, public)
        select * from unnest($4::text[], $5::text[], $6::uuid[], $7::boolean[])
        on conflict on constraint name_prefixes_pkey do nothing
        """,
        *key_columns(entities),
    )


def key_columns(entities: Sequence[Named]) -> list[list[Any]]:
    """Give the columns of the keys, then those of the prefixes, in the order of the tables."""
    return [*(columns(_keys(entities)) or [[]] * 3), *(columns(_prefixes(entities)) or [[]] * 4)]


def _keys(entities: Sequence[Named]) -> list[tuple[str, str, bool]]:
    return [
        (key, entity.id, entity.public)
        for entity in entities
        for key in dict.fromkeys(key for name in entity.names for key in keys(name, entity.type))
    ]


def _prefixes(entities: Sequence[Named]) -> list[tuple[str, str, str, bool]]:
    return [
        (entity.type, prefix, entity.id, entity.public)
        for entity in entities
        for prefix in dict.fromkeys(prefix for name in entity.names for prefix in prefixes(name))
    ]


async def delete_keys(tx: Conn, ids: Sequence[str]) -> None:
    """Delete the keys of entities."""
    await tx.execute(
        """
        with keys as (delete from name_keys where entity_id = any($1::uuid[]))
        delete from name_prefixes where entity_id = any($1::uuid[])
        """,
        ids,
    )


async def show_keys(tx: Conn, ids: Sequence[str], *, public: bool) -> None:
    """Let everyone find entities by their keys, or no longer."""
    await tx.execute(
        """
        with keys as (update name_keys set public = $2 where entity_id = any($1::uuid[]))
        update name_prefixes set public = $2 where entity_id = any($1::uuid[])
        """,
        ids,
        public,
    )


async def reindex_names(db: Database) -> bool:
    """Make the keys of one batch of entities that have none of this version; tells whether there was one."""
    return await reindex_batch(db) > 0


async def reindex_batch(db: Database) -> int:
    """Make the keys of one batch likewise; gives how many entities that were.

    Several may work at it: each skips what another one holds, and what a writer holds gets its keys from him.
    """
    async with db.write() as tx:
        touch()
        rows = await tx.fetch(
            """
            select id, type, public,
                array(select value from entity_names where entity_id = id order by ordinal) as names
            from entities where keys_version < $1
            order by keys_version
            limit $2
            for no key update skip locked
            """,
            KEYS_VERSION,
            BATCH,
        )
        if not rows:
            return 0
        touch(ENTITIES)
        ids = [row["id"] for row in rows]
        await delete_keys(tx, ids)
        await insert_keys(tx, [msgspec.convert(dict(row), Named) for row in rows])
        await tx.execute(
            "update entities set keys_version = $2 where id = any($1::uuid[])", ids, KEYS_VERSION
        )
    return len(rows)


async def count_outdated(conn: Conn) -> int:
    """Count the entities whose keys are not of this version."""
    return await conn.fetchval("select count(*) from entities where keys_version < $1", KEYS_VERSION)


async def outdate_keys(tx: Conn) -> None:
    """Have the keys of all entities made anew."""
    await tx.execute("update entities set keys_version = 0 where keys_version <> 0")
