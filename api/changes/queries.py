"""The change log: the seam through which a resource tells of its change, in its own transaction."""

from collections.abc import Sequence

import msgspec

from api.db.pool import Conn
from api.wire import ResourceType, new_id


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: `type` such as `article.published`, and whether anyone could see the resource then."""

    type: str
    resource_type: ResourceType
    resource_id: str
    version: int
    public: bool
    article_id: str | None = None


async def insert_changes(tx: Conn, events: Sequence[Event]) -> None:
    """Write `events`, in this order, into the transaction that made them true."""
    if not events:
        return
    await tx.execute(
        """
        insert into changes (id, type, resource_type, resource_id, version, public, article_id)
        select * from unnest(
            $1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::bool[], $7::uuid[]
        )
        """,
        [new_id() for _ in events],
        [event.type for event in events],
        [event.resource_type for event in events],
        [event.resource_id for event in events],
        [event.version for event in events],
        [event.public for event in events],
        [event.article_id for event in events],
    )
