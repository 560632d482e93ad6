"""Merges in the database: what is held, and the pointers from losers to winners."""

from typing import Any

import msgspec

from api.clusters import select_below
from api.db.pool import Conn
from api.entities.queries import Row
from api.entities.schemas import Entity
from api.http.problems import Problem
from api.wire import EntityType, entity_ref


async def lock_merges(tx: Conn) -> None:
    """Merge one at a time: merges are few, and two could wait for each other or form a circle."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('dateline merges', 0))")


async def hold_against_changes(tx: Conn, type: EntityType, id: str, *, sees_held: bool) -> Row | None:
    """Find one entity that the reader may see, and hold it; others may refer to it meanwhile."""
    row = await tx.fetchrow(
        """
        select version, public, document, written, root_id from entities
        where id = $1 and type = $2 and (public or $3)
        for no key update
        """,
        id,
        type,
        sees_held,
    )
    return None if row is None else msgspec.convert(dict(row), Row)


async def lock_cluster(tx: Conn, id: str) -> None:
    """Hold an entity and all that were merged into it, against references too."""
    ids = [id, *await select_below(tx, id)]
    await tx.execute("select from entities where id = any($1::uuid[]) order by id for update", ids)


async def is_merged_into(conn: Conn, id: str, winner: str) -> bool:
    """Tell whether an entity was merged into another one, itself or through others."""
    return id in await select_below(conn, winner)


async def point(tx: Conn, loser: str, winner: str, settled: dict[str, Any]) -> None:
    """Let an entity, and all that were merged into it, be shown as another one."""
    await tx.execute(
        """
        update entities set merged_into = $2, merged_at = clock_timestamp(), settled = $3, root_id = $2
        where id = $1
        """,
        loser,
        winner,
        settled,
    )
    await tx.execute("update entities set root_id = $2 where root_id = $1", loser, winner)


async def take_back(tx: Conn, loser: str) -> None:
    """Let an entity, and what was merged into it, be shown as itself again."""
    below = await select_below(tx, loser)
    await tx.execute(
        """
        update entities set merged_into = null, merged_at = null, settled = null, root_id = null where id = $1
        """,
        loser,
    )
    await tx.execute("update entities set root_id = $1 where id = any($2::uuid[])", loser, below)


async def raise_version(tx: Conn, entity: Entity) -> None:
    """Write a new version of an entity, given as it is written, of which nothing else has changed."""
    await tx.execute(
        "update entities set version = $2, updated_at = $3, document = $4, written = null where id = $1",
        entity.id,
        entity.version,
        entity.updated_at,
        msgspec.json.encode(entity),
    )


async def merged(conn: Conn, root: str) -> Problem:
    """Build the 409 for a change of what was merged into the entity `root`."""
    row = await conn.fetchrow("select id, type, name from entities where id = $1", root)
    assert row is not None  # noqa: S101 - a foreign key holds it
    ref = entity_ref(row["type"], row["id"], row["name"])
    detail = "It was merged into the entity that `merged_into` names: change that one, or undo the merge."
    return Problem(409, "merged", detail, extra={"merged_into": ref})
