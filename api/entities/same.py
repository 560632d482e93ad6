"""Which ids a filter by entities means."""

from collections.abc import Sequence

from api.clusters import with_clusters
from api.db.pool import Conn


async def same_entities(conn: Conn, ids: Sequence[str] | None) -> Sequence[str] | None:
    """Give the ids under which documents may know these entities; None stays None.

    Every filter by a person or an organisation asks here, so that entities that were merged are one
    everywhere at once: documents are found by the ids under which they were written.
    """
    return None if ids is None else await with_clusters(conn, ids)
