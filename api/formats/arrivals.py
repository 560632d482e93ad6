"""The last version of each uri that arrived in another format, in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from api.db.pool import Conn


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The version that arrived last under a uri."""

    version: int | None
    version_created: datetime | None
    digest: bytes


async def hold_uris(tx: Conn, uris: Sequence[str]) -> None:
    """Hold uris until the transaction ends, in one order, so that two deliveries wait and do not deadlock."""
    await tx.execute(
        """
        select pg_advisory_xact_lock(hashtextextended('arrival ' || uri, 0))
        from (select uri from unnest($1::text[]) as u (uri) order by uri collate "C") as held
        """,
        sorted(set(uris)),
    )


async def select_last(tx: Conn, uri: str) -> Last | None:
    """Find what arrived last under a uri."""
    row = await tx.fetchrow("select version, version_created, digest from arrivals where uri = $1", uri)
    return None if row is None else Last(**row)


async def select_article_id(tx: Conn, uri: str) -> str | None:
    """Find the article that has a uri."""
    return await tx.fetchval("select article_id from article_uris where uri = $1", uri)


async def keep_arrival(tx: Conn, uri: str, last: Last) -> None:
    """Keep what arrived last under a uri."""
    await tx.execute(
        """
        insert into arrivals (uri, version, version_created, digest) values ($1, $2, $3, $4)
        on conflict on constraint arrivals_pkey do update
        set version = excluded.version, version_created = excluded.version_created, digest = excluded.digest
        """,
        uri,
        last.version,
        last.version_created,
        last.digest,
    )
