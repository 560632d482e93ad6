"""Webhooks and their deliveries in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from api.changes.selection import Filters
from api.db.pool import Conn, Record
from api.webhooks.schemas import Delivery, Webhook, WebhookCreate, WebhookWrite
from api.webhooks.sending import Message, Outcome
from api.wire import new_id

LEASE = timedelta(seconds=10)


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook with all that a delivery needs. `secrets` are those in force, `scopes` its key's.

    `in_force` is whether its key is, `last` the end of the log; `wait` are the seconds to the next attempt,
    negative when it is due.
    """

    id: str
    url: str
    types: list[str]
    filters: Filters
    secrets: list[str]
    scopes: list[str]
    in_force: bool
    position: int
    floor: int
    last: int
    attempts: int
    wait: float

    def equals(self, other: "Hook") -> bool:
        """Tell whether nothing was changed but what changes by itself."""
        return msgspec.structs.replace(self, floor=other.floor, last=other.last, wait=other.wait) == other


async def insert_webhook(tx: Conn, key_id: str, given: WebhookCreate, secret: str, position: int) -> Webhook:
    """Make a webhook, for the changes after a position."""
    row = await tx.fetchrow(
        """
        insert into webhooks (id, key_id, url, types, filters, secret, position)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id, url, types, filters, status, created_at, disabled_reason
        """,
        new_id(),
        key_id,
        given.url,
        given.types,
        given.filters,
        secret,
        position,
    )
    assert row is not None  # noqa: S101 - an insert that returns nothing has raised
    return _webhook(row)


async def count_webhooks(conn: Conn, key_id: str) -> int:
    """Count the webhooks that a key has made."""
    return await conn.fetchval("select count(*) from webhooks where key_id = $1", key_id)


async def select_webhooks(conn: Conn, *, key_id: str | None, before: str | None, limit: int) -> list[Webhook]:
    """List webhooks, newest first, those that a key has made or all."""
    rows = await conn.fetch(
        """
        select id, url, types, filters, status, created_at, disabled_reason from webhooks
        where ($1::uuid is null or key_id = $1) and ($2::uuid is null or id < $2)
        order by id desc
        limit $3
        """,
        key_id,
        before,
        limit,
    )
    return [_webhook(row) for row in rows]


async def select_webhook(conn: Conn, id: str, *, key_id: str | None) -> Webhook | None:
    """Find a webhook that a key has made, or any."""
    row = await conn.fetchrow(
        """
        select id, url, types, filters, status, created_at, disabled_reason from webhooks
        where id = $1 and ($2::uuid is null or key_id = $2)
        """,
        id,
        key_id,
    )
    return None if row is None else _webhook(row)


async def lock_webhook(tx: Conn, id: str, *, key_id: str | None) -> Webhook | None:
    """Find a webhook that a key has made, or any, and hold it for a change."""
    row = await tx.fetchrow(
        """
        select id, url, types, filters, status, created_at, disabled_reason from webhooks
        where id = $1 and ($2::uuid is null or key_id = $2)
        for update
        """,
        id,
        key_id,
    )
    return None if row is None else _webhook(row)


def _webhook(row: Record) -> Webhook:
    return msgspec.convert(dict(row), Webhook)


async def update_webhook(tx: Conn, id: str, given: WebhookWrite) -> Webhook:
    """Change a webhook; the next attempt is due at once, under the new address."""
    row = await tx.fetchrow(
        """
        update webhooks
        set url = $2, types = $3, filters = $4, status = $5, disabled_reason = null, attempts = 0,
            next_at = clock_timestamp()
        where id = $1
        returning id, url, types, filters, status, created_at, disabled_reason
        """,
        id,
        given.url,
        given.types,
        given.filters,
        given.status,
    )
    assert row is not None  # noqa: S101 - the transaction holds it
    return _webhook(row)


async def update_secret(tx: Conn, id: str, secret: str, overlap: timedelta) -> None:
    """Give a webhook a new secret; the old one signs too for a time."""
    await tx.execute(
        """
        update webhooks
        set former_secret = secret, former_until = clock_timestamp() + $3::interval, secret = $2
        where id = $1
        """,
        id,
        secret,
        overlap,
    )


async def move_webhook(tx: Conn, id: str, position: int) -> None:
    """Deliver all changes after a position, once more or not at all."""
    await tx.execute(
        """
        update webhooks set position = $2, attempts = 0, next_at = clock_timestamp() where id = $1
        """,
        id,
        position,
    )


async def delete_webhook(tx: Conn, id: str) -> None:
    """Delete a webhook with its log."""
    await tx.execute("delete from webhooks where id = $1", id)


async def claim_webhooks(tx: Conn, process: str, running: Sequence[str]) -> list[str]:
    """Claim the active webhooks that no living process delivers; `running` are those that this one does."""
    rows = await tx.fetch(
        """
        update webhooks set claimed_by = $1, claimed_until = clock_timestamp() + $3::interval
        where id in (
            select id from webhooks
            where status = 'active' and id <> all($2::uuid[])
                and (claimed_by is null or claimed_by = $1 or claimed_until < clock_timestamp())
            for update skip locked
        )
        returning id
        """,
        process,
        running,
        LEASE,
    )
    return [row["id"] for row in rows]


async def renew_claims(tx: Conn, process: str) -> None:
    """Keep what this process delivers."""
    await tx.execute(
        "update webhooks set claimed_until = clock_timestamp() + $2::interval where claimed_by = $1",
        process,
        LEASE,
    )


async def release_claim(tx: Conn, process: str, id: str) -> None:
    """Let another process deliver a webhook."""
    await tx.execute(
        "update webhooks set claimed_by = null, claimed_until = null where id = $1 and claimed_by = $2",
        id,
        process,
    )


async def select_hook(conn: Conn, id: str, process: str | None) -> Hook | None:
    """Find an active webhook that this process still delivers; with None any, whatever its status."""
    row = await conn.fetchrow(
        """
        select h.id, h.url, h.types, h.filters, h.position, log.floor, log.last, h.attempts, k.scopes,
            case when h.former_until > clock_timestamp() then array[h.secret, h.former_secret]
                else array[h.secret] end as secrets,
            k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp()) as in_force,
            extract(epoch from h.next_at - clock_timestamp())::float8 as wait
        from webhooks h
        join keys k on k.id = h.key_id
        cross join change_log log
        where h.id = $1 and ($2::uuid is null or (h.claimed_by = $2 and h.status = 'active'))
        """,
        id,
        process,
    )
    return None if row is None else msgspec.convert(dict(row), Hook)


async def advance(tx: Conn, hook: Hook, position: int) -> None:
    """Note that a webhook needs nothing up to a position, unless it was moved meanwhile."""
    await tx.execute(
        """
        update webhooks set position = $3, attempts = 0, next_at = clock_timestamp()
        where id = $1 and position = $2
        """,
        hook.id,
        hook.position,
        position,
    )


async def postpone(tx: Conn, hook: Hook, wait: timedelta) -> datetime | None:
    """Count a failure, and give when the next attempt is due.

    None when the webhook was moved meanwhile, or has another address now: that one has not failed.
    """
    return await tx.fetchval(
        """
        update webhooks set attempts = $3, next_at = clock_timestamp() + $4::interval
        where id = $1 and position = $2 and url = $5
        returning next_at
        """,
        hook.id,
        hook.position,
        hook.attempts + 1,
        wait,
        hook.url,
    )


async def disable(tx: Conn, hook: Hook, reason: str) -> None:
    """Stop delivering until somebody brings the webhook back; not when it has another address now."""
    await tx.execute(
        """
        update webhooks set status = 'disabled', disabled_reason = $2
        where id = $1 and status = 'active' and url = $3
        """,
        hook.id,
        reason,
        hook.url,
    )


async def insert_delivery(
    tx: Conn, id: str, message: Message, attempt: int, outcome: Outcome, next_at: datetime | None
) -> Delivery | None:
    """Log an attempt; None when the webhook was deleted meanwhile."""
    row = await tx.fetchrow(
        """
        insert into webhook_deliveries (
            webhook_id, id, position, event, type, attempt, status, error, response_excerpt, next_attempt_at
        )
        select id, $2, $3, $4, $5, $6, $7, $8, $9, $10 from webhooks where id = $1 for key share
        returning id, event, type, attempt, at, status, error, response_excerpt, next_attempt_at
        """,
        id,
        new_id(),
        message.position,
        message.id,
        message.type,
        attempt,
        outcome.status,
        outcome.error,
        outcome.excerpt,
        next_at,
    )
    return None if row is None else msgspec.convert(dict(row), Delivery)


async def select_deliveries(conn: Conn, id: str, *, before: str | None, limit: int) -> list[Delivery]:
    """List the attempts of a webhook, latest first."""
    rows = await conn.fetch(
        """
        select id, event, type, attempt, at, status, error, response_excerpt, next_attempt_at
        from webhook_deliveries
        where webhook_id = $1 and ($2::uuid is null or id < $2)
        order by id desc
        limit $3
        """,
        id,
        before,
        limit,
    )
    return [msgspec.convert(dict(row), Delivery) for row in rows]


async def find_delivered(conn: Conn, id: str, delivery: str) -> tuple[int | None, int] | None:
    """Find the position of what was delivered, and how many attempts there have been."""
    row = await conn.fetchrow(
        """
        select d.position, (
            select count(*) from webhook_deliveries o where o.webhook_id = d.webhook_id and o.event = d.event
        ) as attempts
        from webhook_deliveries d
        where d.webhook_id = $1 and d.id = $2
        """,
        id,
        delivery,
    )
    return None if row is None else (row["position"], row["attempts"])


async def delete_deliveries(tx: Conn, retention: timedelta) -> bool:
    """Forget some attempts that are older than the retention; tells whether there may be more."""
    status = await tx.execute(
        """
        delete from webhook_deliveries where ctid in (
            select ctid from webhook_deliveries
            where at < clock_timestamp() - $1::interval
            order by at
            limit 5000
        )
        """,
        retention,
    )
    return status == "DELETE 5000"
