"""Which ids a filter by entities means."""

from collections.abc import Sequence

from api.db.pool import Conn


async def same_entities(conn: Conn, ids: Sequence[str] | None) -> Sequence[str] | None:  # noqa: ARG001
    """Give the ids under which documents may know these entities; None stays None.

    Every filter by a person or an organisation asks here, so that entities that are found to be one are
    one everywhere at once.
    """
    return ids
