"""What handlers take from a request: the database, the reader, a page, an idempotent write."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from api.db.pool import Conn, Database
from api.http.answers import Answer, json_answer
from api.http.bodies import read_document
from api.http.decoding import Body
from api.http.headers import header
from api.http.paging import PageParams, Pager, Row, pager
from api.http.problems import ErrorItem, Problem
from api.http.reader import Reader
from api.idempotency import Attempt, KeptAnswer, attempt, once

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")
Db = NamedDependency[SkipValidation[Database]]


def reader_of(request: AnyRequest) -> Reader:
    """Give who asks, as the edge found by the key."""
    return request.scope["state"]["reader"]


def pager_of(request: AnyRequest, db: Database, params: PageParams) -> Pager:
    """Build the pager of a list request."""
    return pager(db.secret, request.scope["path"], request.scope["query_string"], params)


def page_answer(page: Pager, rows: Sequence[Row], beside: Mapping[str, Any] | None = None) -> Answer:
    """Answer a page, with a `Link` to the next when there is one; `beside` are further members."""
    body, link = page.body(rows, beside)
    # A page has no versions: its entity tag tells its bytes alone.
    return json_answer(body, version=1, headers=[("Link", link)] if link else [])


def attempt_of(request: AnyRequest, body: bytes) -> Attempt | None:
    """Read the `Idempotency-Key` of a POST; another body, path or parameter is another request."""
    scope = request.scope
    return attempt(
        reader_of(request).key_id or "",
        header(scope, b"idempotency-key"),
        scope["path"].encode(),
        scope["query_string"],
        (header(scope, b"content-type") or "").encode(),
        body,
    )


async def read_once(request: AnyRequest, body: Body[T]) -> tuple[T, Attempt | None]:
    """Read the JSON document of a POST, and its `Idempotency-Key` with it."""
    raw = await read_document(request, body)
    return body(raw), attempt_of(request, raw)


def refuse_idempotency_key(request: AnyRequest) -> None:
    """Refuse an `Idempotency-Key` where the answer holds a secret, which is not kept for a retry."""
    if header(request.scope, b"idempotency-key") is not None:
        detail = "The answer holds a secret and is not kept for a retry: leave Idempotency-Key out."
        item = ErrorItem(code="invalid_header", detail=detail, header="Idempotency-Key")
        raise Problem(400, "invalid-header", detail, errors=[item])


async def answer_once(
    tx: Conn,
    tried: Attempt | None,
    work: Callable[[], Awaitable[KeptAnswer]],
    check: Callable[[Mapping[str, str]], Awaitable[None]],
) -> Answer:
    """Answer a POST, from what is kept when it was answered before.

    `check` is given the kept answer's headers and raises when the reader may no longer see what it tells of.
    """
    kept, replayed = await once(tx, tried, work)
    if replayed:
        await check(kept.headers)
    headers = [*kept.headers.items(), *([("Idempotent-Replayed", "true")] if replayed else [])]
    return json_answer(kept.body, status=kept.status, headers=headers)
