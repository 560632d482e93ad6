"""Clusters: people and organisations that were merged, and so are one under several ids."""

from collections.abc import Iterable, Mapping, Sequence

from api.db.pool import Conn


async def select_roots(conn: Conn, ids: Sequence[str]) -> dict[str, str]:
    """Give what shows for those of these entities that were merged into another one."""
    rows = await conn.fetch(
        "select id, root_id from entities where id = any($1::uuid[]) and root_id is not null", ids
    )
    return {row["id"]: row["root_id"] for row in rows}


async def select_clusters(conn: Conn, ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Give all ids of each of these entities that has several."""
    # Also of none: whether anything hidden was found must not show in the statements that follow.
    rows = await conn.fetch(
        """
        select wanted.id, root.id as root_id, array_agg(member.id) as members
        from unnest($1::uuid[]) as wanted (id)
        left join entities merged on merged.id = wanted.id and merged.root_id is not null
        cross join lateral (select coalesce(merged.root_id, wanted.id) as id) as root
        join entities member on member.root_id = root.id
        group by wanted.id, root.id
        """,
        sorted(set(ids)),
    )
    return {row["id"]: frozenset([row["root_id"], *row["members"]]) for row in rows}


async def with_clusters(conn: Conn, ids: Iterable[str]) -> list[str]:
    """Give these ids, and all others of the same entities."""
    given = list(dict.fromkeys(ids))
    others = (id for cluster in (await select_clusters(conn, given)).values() for id in sorted(cluster))
    return list(dict.fromkeys([*given, *others]))


async def select_below(conn: Conn, id: str) -> list[str]:
    """List what was merged into an entity, itself or through others."""
    rows = await conn.fetch(
        """
        with recursive below (id) as (
            select id from entities where merged_into = $1
            union all
            select e.id from entities e join below on e.merged_into = below.id
        )
        select id from below order by id
        """,
        id,
    )
    return [row["id"] for row in rows]
