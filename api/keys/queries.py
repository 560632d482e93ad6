"""API keys in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from api.db.marks import KEYS, touch
from api.db.pool import Conn
from api.keys.schemas import Key
from api.keys.secret import PREFIX_LENGTH, digest, new_secret
from api.wire import new_id


async def create_key(
    conn: Conn,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    rate_limit: int | None = None,
) -> tuple[Key, str]:
    """Make a key; answers its record and the secret, which is stored nowhere."""
    touch()  # nobody has read that it does not exist
    secret = new_secret()
    row = await conn.fetchrow(
        """
        insert into keys (id, name, prefix, digest, scopes, expires_at, rate_limit)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at, rate_limit
        """,
        new_id(),
        name,
        secret[:PREFIX_LENGTH],
        digest(secret),
        sorted(set(scopes)),
        expires_at,
        rate_limit,
    )
    assert row is not None  # noqa: S101 - an insert that returns nothing has raised
    return msgspec.convert(dict(row), Key), secret


async def list_keys(conn: Conn, after: str | None = None, limit: int = 200) -> list[Key]:
    """List keys, newest first, those below `after`."""
    rows = await conn.fetch(
        """
        select id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at, rate_limit
        from keys
        where $1::uuid is null or id < $1
        order by id desc
        limit $2
        """,
        after,
        limit,
    )
    return [msgspec.convert(dict(row), Key) for row in rows]


async def revoke_key(conn: Conn, id: str) -> bool:
    """Revoke a key; tells whether there is one. Revoking twice keeps the first time."""
    touch(KEYS)
    status = await conn.execute(
        "update keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1", id
    )
    return status != "UPDATE 0"


async def find_key(conn: Conn, secret: str) -> tuple[Key, bool, float | None] | None:
    """Find the key of this secret when it is in force.

    Tells also whether its use is to be noted again, and for how many seconds it stays in force (None: ever).
    """
    row = await conn.fetchrow(
        """
        select id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at, rate_limit,
            last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute' as stale,
            extract(epoch from expires_at - clock_timestamp())::float8 as lasts
        from keys
        where digest = $1 and revoked_at is null
            and (expires_at is null or expires_at > clock_timestamp())
        """,
        digest(secret),
    )
    if row is None:
        return None
    key = msgspec.convert({name: row[name] for name in Key.__struct_fields__}, Key)
    return key, row["stale"], row["lasts"]


async def note_use(tx: Conn, id: str) -> None:
    """Note that a key was used; of many requests at once one does."""
    await tx.execute(
        """
        update keys set last_used_at = clock_timestamp() where id in (
            select id from keys
            where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
            for update skip locked
        )
        """,
        id,
    )


async def is_in_force(conn: Conn, id: str) -> bool:
    """Tell whether a key is neither revoked nor expired."""
    return await conn.fetchval(
        """
        select exists (
            select from keys
            where id = $1 and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
        )
        """,
        id,
    )
