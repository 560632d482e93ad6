"""The route of the change feed: pages, long polling, and streams of the same events."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Meta

from api.changes import cursors
from api.changes.cursors import Place
from api.changes.entries import Entry, rank_of
from api.changes.examples import PAGE
from api.changes.feed import Feed
from api.changes.schemas import ChangeLine, ChangePage
from api.changes.selection import Filters, Patterns, Wanted, unknown_types, wanted
from api.changes.streams import EventStream, LineStream
from api.db.pool import Conn
from api.http.answers import Answer, json_answer
from api.http.headers import header
from api.http.negotiation import best
from api.http.operations import Operation, operation
from api.http.params import read_params
from api.http.problems import ErrorItem, Problem
from api.keys.guard import require
from api.requests import AnyRequest, Db, reader_of
from api.wire import LanguageTag, MemberError, canonical_language, check_all

SharedFeed = NamedDependency[SkipValidation[Feed]]
# Gives JSON with the names that a client prefers, of whom events know only the house spelling.
Spell = NamedDependency[SkipValidation[Callable[[Conn, bytes, str], Awaitable[bytes]]]]

JSON, EVENTS, LINES = PRODUCES = ("application/json", "text/event-stream", "application/x-ndjson")
LONGEST_WAIT = 30
LAST_EVENT_ID = {"header": "Last-Event-ID"}
NO_STORE = ("Cache-Control", "no-store")


class ChangeParams(Filters, frozen=True, kw_only=True):
    """The parameters of the change feed."""

    since: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=100,
                description="`cursor` of the page before, or `now`; none means the oldest retained change.",
            ),
        ]
        | None
    ) = None
    types: (
        Annotated[Patterns, Meta(description="Types of event; `article.*` is all of one resource.")] | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Events a page.")] | None = None
    wait: (
        Annotated[
            int, Meta(ge=0, le=LONGEST_WAIT, description="Seconds to wait for an event when there is none.")
        ]
        | None
    ) = None
    names: (
        Annotated[
            LanguageTag,
            Meta(description="Call people and organisations as in this language or script, on a page."),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Refuse a pattern that no type matches, and what is no language tag."""
        check_all(self._check_types, self._check_names)

    def _check_types(self) -> None:
        if unknown_types(self.types or []):
            raise MemberError("types", "There is no such type of event.", "unknown_type")

    def _check_names(self) -> None:
        if self.names is not None and canonical_language(self.names) is None:
            raise MemberError("names", "This is not a BCP 47 language tag.", "unknown_language")


@get(
    "/changes",
    **operation(
        Operation(
            summary="Follow what changes",
            tag="Changes",
            params=ChangeParams,
            answer=ChangePage,
            answers={"page": PAGE},
            produces=PRODUCES,
            forms={EVENTS: str, LINES: ChangeLine},
            request_headers=("Last-Event-ID",),
            problems=("invalid-cursor", "cursor-expired", 503),
        )
    ),
)
async def list_changes(request: AnyRequest, db: Db, feed: SharedFeed, spell: Spell) -> Answer:
    """Read events in their order, each exactly once in one walk, those of resources that the reader sees.

    JSON is a page: ask again with its `cursor`; `wait` holds an empty answer back until there is an event.
    `text/event-stream` stays open, `Last-Event-ID` resumes it. `application/x-ndjson` stays open too: each
    line is an event with its `cursor`, or the cursor alone. A stream has no `limit`, `wait` or `names`.
    """
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, ChangeParams)
    picked = wanted(params.types, params)
    form = best(header(request.scope, b"accept"), PRODUCES)
    if form != JSON:
        _refuse_paging(params)
    last = _last_event_id(request) if form == EVENTS else None
    place = await _start(feed, db, last, LAST_EVENT_ID) if last else await _start(feed, db, params.since)
    if form == EVENTS:
        return EventStream(feed, place, picked, reader)
    if form == LINES:
        return LineStream(feed, place, picked, reader)
    body = await _page(feed, place, picked, rank_of(reader), params)
    if params.names is not None:
        async with db.read() as conn:
            body = await spell(conn, body, params.names)
    return json_answer(body, headers=[NO_STORE])


def _last_event_id(request: AnyRequest) -> str | None:
    """Give where a stream that broke was: a browser repeats its address, `since` and all, and adds this."""
    return header(request.scope, b"last-event-id")


def _refuse_paging(params: ChangeParams) -> None:
    """Refuse what a stream does not have: it sends all its readers the same bytes."""
    detail = "A stream has no `limit`, `wait` or `names`."
    given = [name for name in ("limit", "wait", "names") if getattr(params, name) is not None]
    if given:
        errors = [ErrorItem(code="not_allowed", detail=detail, parameter=name) for name in given]
        raise Problem(400, "invalid-parameter", detail, errors=errors)


async def _start(feed: Feed, db: Db, since: str | None, where: Mapping[str, str] = cursors.SINCE) -> Place:
    """Find where to begin, after everything that is committed has its position."""
    head = await feed.current()
    if since is None:
        return Place(0, head.floor)
    if since == "now":
        return Place(head.last)
    return cursors.read(db.secret, since, head, where)


async def _page(feed: Feed, place: Place, picked: Wanted, rank: int, params: ChangeParams) -> bytes:
    """Give a page, an empty one only after waiting for as long as the reader likes."""
    limit = params.limit or 50
    if params.since == "now" and not params.wait:
        return _written([], feed.cursor(place), caught_up=True)
    page = await feed.page(place, picked, rank, limit)
    if page.entries or not page.caught_up or not params.wait:
        return _written(page.entries, feed.cursor(page.place), caught_up=page.caught_up)
    async with feed.subscribed(page.place, picked, rank) as subscription:
        entries = await subscription.next(params.wait)
        if len(entries) > limit:
            return _written(entries[:limit], entries[limit - 1].cursor, caught_up=False)
        return _written(entries, feed.cursor(subscription.place), caught_up=subscription.caught_up)


def _written(entries: list[Entry], cursor: bytes, *, caught_up: bool) -> bytes:
    items = b",".join([entry.item for entry in entries])
    end = b"true" if caught_up else b"false"
    return b'{"items":[' + items + b'],"cursor":"' + cursor + b'","caught_up":' + end + b"}"


HANDLERS = [list_changes]
