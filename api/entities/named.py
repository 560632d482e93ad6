"""Who goes by a name, or by one that begins like it or is spelled otherwise: for `name` on lists."""

from collections.abc import Mapping

from api.clusters import select_roots
from api.db.pool import Conn
from api.entities.candidates import SPELLING, Asked, find_alike
from api.names.context import Query
from api.names.fold import fold
from api.wire import EntityType

# How a name fits, best first: it is the very name, it begins like one, it is spelled otherwise. These are
# steps and no scores, so that an entity keeps its place in a list while others come and go.
SAME, BEGUN, ALIKE = 3, 2, 1
MOST = 1_000  # of each step
_SHORTEST = 5  # letters of a single word that is looked for in other spellings too
_LAST = "\U0010ffff"


async def find_named(conn: Conn, type: EntityType, text: str, *, sees_held: bool) -> Mapping[str, int]:
    """Find the entities of a type whom a name or the beginning of one may mean; gives how it fits by id.

    One that was merged is found as what it was merged into.

    A name begins at any of its words: "ale" is the beginning of "Siarhiej Alejnik" too.
    """
    folded = fold(text)
    if not folded:
        return {}
    rows = await conn.fetch(
        """
        select entity_id, $5::int as fits from (
            select entity_id from entity_names join entities on id = entity_id and (public or $4)
            where entity_names.type = $1 and fold = $2
            limit $7
        ) as same
        union all
        select entity_id, $6 from (
            select entity_id from name_prefixes
            where type = $1 and prefix >= $2 and prefix < $3 and (public or $4)
            order by prefix, entity_id
            limit $7
        ) as begun
        """,
        type,
        folded,
        folded + _LAST,
        sees_held,
        SAME,
        BEGUN,
        MOST,
    )
    found = await _alike(conn, type, text, folded, sees_held=sees_held)
    for row in rows:
        found[row["entity_id"]] = max(row["fits"], found.get(row["entity_id"], 0))
    roots = await select_roots(conn, sorted(found))
    shown: dict[str, int] = {}
    for id, fits in found.items():
        root = roots.get(id, id)
        shown[root] = max(fits, shown.get(root, 0))
    return shown


async def _alike(conn: Conn, type: EntityType, text: str, folded: str, *, sees_held: bool) -> dict[str, int]:
    if " " not in folded and len(folded) < _SHORTEST:
        return {}
    (near,) = await find_alike(conn, [Asked(type=type, query=Query(text))], sees_held=sees_held)
    return {each.id: ALIKE for each in near if each.share >= SPELLING}
