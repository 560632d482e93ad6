"""Where what was merged is found now."""

from collections.abc import Sequence

from api.db.pool import Conn
from api.entities.queries import Row, require_entity
from api.entities.same import same_entities
from api.http.problems import Problem
from api.requests import AnyRequest, reader_of
from api.wire import EntityType


def require_root(request: AnyRequest, row: Row) -> None:
    """Send who asks for what was merged to the same address below what shows for it, with a 308.

    It is asked for anew each time (`no-cache`), because a merge may be undone.
    """
    if row.root_id is None:
        return
    scope = request.scope
    own: str = scope["path_params"]["id"]
    query: bytes = scope["query_string"]
    place = scope["path"].replace(own, row.root_id, 1) + (f"?{query.decode('latin-1')}" if query else "")
    headers = {"Location": place, "Cache-Control": "no-cache"}
    raise Problem(308, "merged", "It was merged into another entity: see `Location`.", headers=headers)


async def ids_at(
    conn: Conn, request: AnyRequest, type: EntityType, id: str, *, walking: bool
) -> Sequence[str] | None:
    """Give the ids under which documents know the entity whose articles or quotes are asked for.

    One that the reader does not see is a 404, one that was merged a 308; but `walking`, a walk that began
    before the merge goes on where it is.
    """
    row = await require_entity(conn, type, id, reader_of(request))
    if not walking:
        require_root(request, row)
    return await same_entities(conn, [id])
