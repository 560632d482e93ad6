"""Lists as lines: all pages of a list, one after the other, each a short read of its own."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar.types import ASGIApp, Scope, Send

from api.http.operations import LINES
from api.http.problems import ErrorItem, Problem, unavailable

LISTS = re.compile(
    r"/v1/(articles|people|organisations|quotes)"
    r"|/v1/articles/[^/]+/quotes|/v1/(people|organisations)/[^/]+/(articles|quotes)"
)
PAGE = 200
TRIES = 5  # of a page that the database cannot give now
STALLED = 60.0  # seconds in which a client takes a page


class Page(msgspec.Struct, frozen=True):
    """A page of a list, its items as they are."""

    items: list[msgspec.Raw]
    next: str | None


class Cut(Exception):  # noqa: N818 - a stream that is cut is no error of ours
    """Ends a stream whose status has been sent: what is missing must not look complete."""


async def send_list(app: ASGIApp, scope: Scope, send: Send) -> None:
    """Stream a whole list. No transaction lasts longer than a page, so rows written meanwhile may be there.

    `Dateline-Changes-Cursor` was taken before the first row: who follows the changes from there on misses
    nothing.
    """
    _refuse_paging(scope)
    pages = _pages(app, scope)
    cursor = await _cursor(app, scope)
    first: Any = await anext(pages)
    if not isinstance(first, Page):
        await send(first[0])
        await send(first[1])
        return
    headers = [
        (b"content-type", LINES.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"dateline-changes-cursor", cursor.encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["state"]["method"] != "HEAD":
        await _send(send, _lines(first), more=True)
        async for page in pages:
            if not isinstance(page, Page):
                raise Cut
            await _send(send, _lines(page), more=True)
    await _send(send, b"", more=False)


def _refuse_paging(scope: Scope) -> None:
    given = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    detail = "A list as lines is whole: it has neither `limit` nor `cursor`."
    errors = [
        ErrorItem(code="not_allowed", detail=detail, parameter=name)
        for name in ("limit", "cursor")
        if name in given
    ]
    if errors:
        raise Problem(400, "invalid-parameter", detail, errors=errors)


async def _cursor(app: ASGIApp, scope: Scope) -> str:
    """Give the cursor of the present from the change feed."""
    start, body = await _asked(app, scope, "/v1/changes", b"since=now")
    if start["status"] != 200:
        raise unavailable("The change feed cannot answer now: try again.")
    return msgspec.json.decode(body["body"])["cursor"]


async def pages_of(app: ASGIApp, scope: Scope) -> AsyncIterator[Page]:
    """Give the pages of a list as the routed application answers them; a refusal is raised."""
    async for page in _pages(app, scope):
        if not isinstance(page, Page):
            problem = msgspec.json.decode(page[1]["body"])
            raise Problem(page[0]["status"], problem["type"].rpartition("/")[2], problem["detail"])
        yield page


async def _pages(app: ASGIApp, scope: Scope) -> AsyncIterator[Page | tuple[Any, Any]]:
    """Give the pages of a list, and at the end the messages of an answer that is none."""
    query: bytes = scope["query_string"]
    more = urlencode({"limit": PAGE}).encode()
    while True:
        start, body = await _asked(app, scope, scope["path"], query + (b"&" if query else b"") + more)
        if start["status"] != 200:
            yield start, body
            return
        page = msgspec.json.decode(body["body"], type=Page)
        yield page
        if page.next is None:
            return
        more = urlencode({"limit": PAGE, "cursor": page.next}).encode()


async def _asked(app: ASGIApp, scope: Scope, path: str, query: bytes) -> tuple[Any, Any]:
    """Ask the routed application for JSON, as the same reader; a 503 is asked again."""
    headers = [field for field in scope["headers"] if field[0] in (b"host", b"authorization")]
    for attempt in range(1, TRIES + 1):
        asked: Any = {
            **scope,
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": headers,
            "state": dict(scope["state"]),
        }
        messages: list[Any] = []
        await app(asked, _nothing, _into(messages))
        start = messages[0]
        body = {"type": "http.response.body", "body": b"".join(m.get("body", b"") for m in messages[1:])}
        if start["status"] != 503 or attempt == TRIES:
            return start, body
        await asyncio.sleep(0.2 * attempt)
    raise AssertionError


def _into(messages: list[Any]) -> Send:
    async def send(message: Any) -> None:
        messages.append(message)

    return send


async def _nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def _lines(page: Page) -> bytes:
    return b"".join([bytes(item) + b"\n" for item in page.items])


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    async with asyncio.timeout(STALLED):
        await send({"type": "http.response.body", "body": body, "more_body": more})
