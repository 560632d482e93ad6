"""Idempotent POST: the answer under an `Idempotency-Key` is kept with its effect, for 24 hours."""

import hashlib
import re
from collections.abc import Awaitable, Callable

import msgspec

from api.db.marks import touch
from api.db.pool import Conn, Database
from api.http.problems import ErrorItem, Problem

_FORM = re.compile(r"[\x21-\x7e]{1,255}")


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it was first given."""

    status: int
    headers: dict[str, str]
    body: bytes


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request under an idempotency key: whose, and what it asks for."""

    principal: str
    key: str
    fingerprint: bytes


def attempt(principal: str, header: str | None, *parts: bytes) -> Attempt | None:
    """Read the `Idempotency-Key` header, bare or quoted; `parts` are what must not differ on a retry."""
    if header is None:
        return None
    key = header[1:-1] if len(header) > 1 and header[0] == header[-1] == '"' else header
    if not _FORM.fullmatch(key):
        detail = "Idempotency-Key is 1 to 255 printable ASCII characters without spaces."
        item = ErrorItem(code="invalid_header", detail=detail, header="Idempotency-Key")
        raise Problem(400, "invalid-header", detail, errors=[item])
    fingerprint = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).digest()
    return Attempt(principal=principal, key=key, fingerprint=fingerprint)


async def once(
    tx: Conn, tried: Attempt | None, work: Callable[[], Awaitable[KeptAnswer]]
) -> tuple[KeptAnswer, bool]:
    """Do `work` unless its answer is kept, in the caller's transaction; tells whether it is a replay.

    409 while the first request runs; 422 when the key came with another request. Only an answer that `work`
    returns is kept: what it raises rolls the transaction back, and a retry may fare better.
    """
    if tried is None:
        return await work(), False
    await _claim(tx, tried)
    kept = await _select_answer(tx, tried)
    if kept is not None:
        touch()
        return kept, True
    answer = await work()
    await _insert_answer(tx, tried, answer)
    return answer, False


async def _claim(tx: Conn, tried: Attempt) -> None:
    """Hold the key until the transaction ends, or tell that another request holds it.

    An insert would wait for the other transaction instead of answering.
    """
    claimed = await tx.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 0))",
        tried.principal,
        tried.key,
    )
    if not claimed:
        detail = "A request with this Idempotency-Key is still running: try again."
        raise Problem(409, "idempotency-in-flight", detail, headers={"Retry-After": "1"})


async def _select_answer(tx: Conn, tried: Attempt) -> KeptAnswer | None:
    """Find the kept answer; one to another request is a 422."""
    row = await tx.fetchrow(
        """
        select fingerprint, status, headers, body from idempotency
        where principal = $1 and key = $2 and created_at > clock_timestamp() - interval '24 hours'
        """,
        tried.principal,
        tried.key,
    )
    if row is None:
        return None
    if row["fingerprint"] != tried.fingerprint:
        detail = "This Idempotency-Key came with another request before: use a new key for a new request."
        item = ErrorItem(code="idempotency_mismatch", detail=detail, header="Idempotency-Key")
        raise Problem(422, "idempotency-mismatch", detail, errors=[item])
    return KeptAnswer(status=row["status"], headers=row["headers"], body=row["body"])


async def _insert_answer(tx: Conn, tried: Attempt, answer: KeptAnswer) -> None:
    """Keep an answer; one that has expired under the same key gives way."""
    await tx.execute(
        """
        insert into idempotency (principal, key, fingerprint, status, headers, body)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint idempotency_pkey do update
        set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
            body = excluded.body, created_at = clock_timestamp()
        """,
        tried.principal,
        tried.key,
        tried.fingerprint,
        answer.status,
        answer.headers,
        answer.body,
    )


async def delete_expired(db: Database) -> bool:
    """Forget answers older than the retention, some at a time; tells whether there may be more."""
    async with db.transaction() as tx:
        status = await tx.execute(
            """
            delete from idempotency where ctid in (
                select ctid from idempotency
                where created_at < clock_timestamp() - interval '24 hours'
                order by created_at
                limit 500
            )
            """
        )
    return status == "DELETE 500"
