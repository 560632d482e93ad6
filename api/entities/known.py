"""Finding entities by what is known of them, and holding what nobody is known by yet."""

from collections.abc import Iterable, Sequence
from zlib import crc32

import msgspec

from api.db.pool import Conn, Record
from api.wire import EntityType

SOUNDS = 4_096  # advisory locks for sounds; also the first number of their space of locks


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a look-up tells of an entity."""

    id: str
    type: EntityType
    name: str
    public: bool


async def find_entities(conn: Conn, ids: Sequence[str]) -> dict[str, Stored]:
    """Find entities by id; they are locked against deletion and renaming until the transaction ends.

    One that was merged is found as it was written.
    """
    if not ids:
        return {}
    rows = await conn.fetch(
        "select id, type, name, public from entities where id = any($1::uuid[]) for key share", list(ids)
    )
    return {row["id"]: msgspec.convert(dict(row), Stored) for row in rows}


async def find_by_name(conn: Conn, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Stored]]:
    """Find the entities that have one of these names, given as (type, folded name).

    They are locked against deletion and renaming until the transaction ends: no Ref is written with a name
    that the other documents have left behind.
    """
    rows = await conn.fetch(
        """
        select n.type, n.fold, e.id, e.name, e.public, e.root_id
        from (
            select distinct n.type, n.fold, n.entity_id
            from unnest($1::text[], $2::text[]) as wanted (type, fold)
            join entity_names n on n.type = wanted.type and n.fold = wanted.fold
        ) as n
        join entities e on e.id = n.entity_id
        order by e.id
        for key share of e
        """,
        [type for type, _ in wanted],
        [folded for _, folded in wanted],
    )
    shown = await _shown(conn, rows)
    found: dict[tuple[str, str], dict[str, Stored]] = {}
    for row in rows:
        stored = shown[row["id"]]
        found.setdefault((row["type"], row["fold"]), {})[stored.id] = stored
    return {key: list(stored.values()) for key, stored in found.items()}


async def _shown(tx: Conn, rows: Sequence[Record]) -> dict[str, Stored]:
    """Give entities that were found by id, each as what it was merged into, which is locked likewise."""
    roots = await find_entities(tx, sorted({row["root_id"] for row in rows if row["root_id"]}))
    return {
        row["id"]: roots[row["root_id"]]
        if row["root_id"]
        else Stored(id=row["id"], type=row["type"], name=row["name"], public=row["public"])
        for row in rows
    }


async def find_by_identifier(
    conn: Conn, wanted: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Stored]:
    """Find, and lock likewise, the entities that have one of these identifiers, as (type, scheme, value)."""
    rows = await conn.fetch(
        """
        select i.type, i.scheme, i.value, e.id, e.name, e.public, e.root_id
        from unnest($1::text[], $2::text[], $3::text[]) as wanted (type, scheme, value)
        join entity_identifiers i
            on i.type = wanted.type and i.scheme = wanted.scheme and i.value = wanted.value
        join entities e on e.id = i.entity_id
        for key share of e
        """,
        [type for type, _, _ in wanted],
        [scheme for _, scheme, _ in wanted],
        [value for _, _, value in wanted],
    )
    shown = await _shown(conn, rows)
    return {(row["type"], row["scheme"], row["value"]): shown[row["id"]] for row in rows}


async def identifiers_of(conn: Conn, ids: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
    """Find the identifiers of entities, and of what was merged into them, as (scheme, value)."""
    rows = await conn.fetch(
        """
        select coalesce(e.root_id, e.id) as entity_id, i.scheme, i.value
        from entity_identifiers i join entities e on e.id = i.entity_id
        where i.entity_id in (
            select unnest($1::uuid[]) union select id from entities where root_id = any($1::uuid[])
        )
        """,
        list(ids),
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["entity_id"], set()).add((row["scheme"], row["value"]))
    return found


async def names_of(conn: Conn, ids: Sequence[str]) -> dict[str, set[str]]:
    """Find the folded names of entities."""
    rows = await conn.fetch(
        "select entity_id, fold from entity_names where entity_id = any($1::uuid[])", list(ids)
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["entity_id"], set()).add(row["fold"])
    return found


async def lock_names(tx: Conn, keys: Sequence[str], sounds: Iterable[str] = ()) -> None:
    """Hold `keys` until the transaction ends, so that one new name is created once.

    So are `sounds`, the search keys that spellings of a name share, so that two of one new person meet.
    Locks are taken in sorted order, against deadlock. They live in shared memory with room for some
    thousands, so a dispatch with many new names takes the one lock that all others share; and sounds, which
    are many, share 4,096 locks.
    """
    many = len(keys) > 64
    shared = [] if many else sorted({crc32(sound.encode()) % SOUNDS for sound in sounds})
    if many or len(shared) > 128:
        await tx.execute("select pg_advisory_xact_lock(hashtextextended('names', 0))")
        return
    await tx.execute(
        """
        select pg_advisory_xact_lock_shared(hashtextextended('names', 0)),
            (select count(pg_advisory_xact_lock(hashtextextended(key, 0))) from unnest($1::text[]) as key),
            (select count(pg_advisory_xact_lock($3, sound)) from unnest($2::int[]) as sound)
        """,
        sorted(set(keys)),
        shared,
        SOUNDS,
    )
