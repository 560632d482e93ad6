"""The ASGI edge: what HTTP asks of every request and answer, in one wrapper around the routed application.

In order: the rate limit of who is known at once, the read cache, address and Host, CORS preflight, key to
reader with their rate limit, the body's deadline, routing; on the way back (`Exchange`) HEAD, conditional
requests, compression, caching and security headers, the request id; then one log line and the metrics.
"""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from api.db.sessions import Session, current, position_of
from api.http import cors
from api.http.addresses import check_address
from api.http.answers import Answer
from api.http.cache import PUBLISHED, Key, ReadCache, marks_of
from api.http.compression import coding_of
from api.http.deadline import WHOLE, BodyDeadline
from api.http.exchange import Exchange
from api.http.fields import SECURITY, Field
from api.http.headers import header
from api.http.kept import messages
from api.http.logs import place_of
from api.http.problems import ErrorItem, Problem
from api.http.rate_limits import RateLimits, Spent, too_many
from api.http.reader import Reader
from api.http.records import PROBES, Records
from api.http.rendering import CLIENT_CLOSED_REQUEST, failure_answer
from api.http.request_ids import request_id
from api.settings import Settings

# Gives the reader for a bearer token, or for none; a token that is no valid key is a Problem 401.
Authenticate = Callable[[str | None], Awaitable[Reader]]
# The same at once, where nothing has to be read for it, else None.
Known = Callable[[str | None], Reader | None]

# What is answered to everyone, whatever the key: these read no resource.
OPEN = PROBES | {"/", "/docs", "/openapi.json"}
OPEN_BELOW = ("/docs/", "/problems/")
# HEAD is answered by the handler of GET. The router's own answer to OPTIONS knows only the methods of the
# handler that was registered first; its refusal of a method that no route has lists them all, and `Exchange`
# makes that a 204.
ROUTED_AS = {"HEAD": "GET", "OPTIONS": "ALLOW"}
READING = frozenset({"GET", "HEAD"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Edge:
    """The outermost ASGI application.

    Puts `request_id`, `settings`, `method` (HEAD is routed as GET) and `reader` into the scope's state.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        authenticate: Authenticate,
        known: Known | None = None,
        cache: ReadCache | None = None,
    ) -> None:
        self._app = app
        self._authenticate = authenticate
        self._known = known
        self._unnamed = None if known is None else _if_plain(known(None))
        self._cache = cache
        self._records = Records(settings.log_format)
        self._settings = settings
        self._limits = RateLimits(settings.rate_limit_anonymous, settings.trusted_proxies)
        self._common: list[Field] = [*SECURITY, *(cors.ON_ANSWERS if settings.public_read else [])]
        self._preflight = cors.ON_PREFLIGHT if settings.public_read else []
        if (settings.public_url or "").startswith("https://"):
            self._common.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; lifespan and whatever is no HTTP goes straight to the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            self._records.flush()
            return
        started = monotonic()
        headers = dict(scope["headers"])
        ident = request_id(headers.get(b"x-request-id"))
        method = scope["method"]
        key = self._cache.key(scope, headers) if self._cache and method in READING else None
        sent = headers.get(b"authorization")
        reader = None if key is None else self._unnamed if sent is None else self._plain_reader(sent)
        spent = self._limits.spend(reader, scope, headers) if reader else None
        kept = self._cache.find(key, started) if self._cache and key and reader else None
        if kept is None or reader is None or (spent is not None and spent.is_over):
            await self._route(scope, receive, send, headers, ident, key, spent, started)
            return
        # All that a kept answer takes, in one frame: it is what most requests are.
        coding = coding_of(headers.get(b"accept-encoding"))
        coded = kept.codings.get(coding) or await kept.encode(coding)
        own: Field = (b"x-request-id", ident)
        start, message = messages(
            coded,
            method,
            headers.get(b"if-none-match"),
            keyed=reader.key_id is not None,
            further=(own,) if spent is None else (*spent.fields, own),
        )
        await send(start)
        await send(message)
        self._records.note(kept.place, method, start["status"], started, ident, reader.key_id)

    async def _route(
        self,
        scope: Any,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes],
        ident: bytes,
        key: Key | None,
        spent: Spent | None,
        started: float,
    ) -> None:
        """Let the application answer, and keep the answer if it may be."""
        method: str = scope["method"]
        state = {
            **scope.get("state", {}),
            "request_id": ident.decode(),
            "settings": self._settings,
            "method": method,
        }
        # A copy: the server still goes by its own scope when it frames the answer to a HEAD request.
        inner: Any = {**scope, "method": ROUTED_AS.get(method, method), "state": state}
        session = Session(marks_of(scope["path"], scope["query_string"]) if method in READING else None)
        exchange = Exchange(inner, method, send, ident, headers, self._common, session)
        if self._cache and key and session.marks is not None:
            exchange.filling = self._cache.begin(key, session.marks)
        try:
            await self._answer(inner, receive, exchange, spent)
        except Exception as error:  # noqa: BLE001 - the last place where it can become an answer
            await _fail(error, receive, exchange)
        finally:
            asking: Reader | None = inner["state"].get("reader")
            status, place = exchange.status or CLIENT_CLOSED_REQUEST, place_of(inner)
            self._records.note(place, method, status, started, ident, asking.key_id if asking else None)
            if method not in READING or status >= 400:
                self._records.flush()

    def _plain_reader(self, sent: bytes) -> Reader | None:
        """Give whose key this is, when that is known at once to see what is published and no more."""
        if self._known is None or sent[:7].lower() != b"bearer ":
            return None
        return _if_plain(self._known(sent[7:].decode("latin-1").strip()))

    async def _answer(self, scope: Any, receive: Receive, exchange: Exchange, spent: Spent | None) -> None:
        if spent is not None:  # told also where the address is refused
            exchange.further = spent.fields
        check_address(scope, exchange.headers)
        method = exchange.method
        if cors.is_preflight(method, exchange.headers):
            await Answer(204, self._preflight, b"")(scope, receive, exchange.send)
            return
        path: str = scope["path"]
        if method != "OPTIONS" and path not in OPEN and not path.startswith(OPEN_BELOW):
            await self._admit(scope, exchange, spent)
        if method in WITH_BODY:
            lines = exchange.headers.get(b"content-type", b"").startswith(b"application/x-ndjson")
            receive = BodyDeadline(receive, whole=None if lines else WHOLE)
        exchange.session.sees = _seen_position(scope, exchange.headers)
        token = current.set(exchange.session)
        try:
            await self._app(scope, receive, exchange.send)
        finally:
            current.reset(token)

    async def _admit(self, scope: Any, exchange: Exchange, spent: Spent | None) -> None:
        """Find out who asks, and count the request, unless it was `spent` already: 401 or 429."""
        try:
            reader = await self._authenticate(_bearer_token(scope, exchange.headers))
        except Problem:
            _spend(exchange, self._limits.spend_by_address(scope, exchange.headers))
            raise
        scope["state"]["reader"] = reader
        _spend(exchange, spent or self._limits.spend(reader, scope, exchange.headers))


def _if_plain(reader: Reader | None) -> Reader | None:
    """Give a reader who sees what is published and no more."""
    return reader if reader is not None and reader.scopes == PUBLISHED else None


def _spend(exchange: Exchange, spent: Spent | None) -> None:
    """Tell the client what is left of its limit, and refuse a request that is one too many."""
    if spent is None:
        return
    exchange.further = spent.fields
    if spent.is_over:
        raise too_many(spent)


def _seen_position(scope: Any, headers: dict[bytes, bytes]) -> int:
    """Give the position that a client was given with a write and wants to see; one that is none is a 400."""
    if b"dateline-position" not in headers:
        return 0
    try:
        return position_of(header(scope, b"dateline-position") or "")
    except ValueError:
        detail = "Dateline-Position must be as an answer gave it."
        item = ErrorItem(header="Dateline-Position", code="invalid_header", detail=detail)
        raise Problem(400, "invalid-header", detail, errors=[item]) from None


def _bearer_token(scope: Any, headers: dict[bytes, bytes]) -> str | None:
    """Give the token of `Authorization: Bearer`; a header of any other form, or two of them, is a 401."""
    if b"authorization" not in headers:
        return None
    value = header(scope, b"authorization") or ""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or "," in token:
        raise Problem(401, "unauthorized", "Authorization must be `Bearer` and an API key.")
    return token.strip()


async def _fail(error: Exception, receive: Receive, exchange: Exchange) -> None:
    """Answer an exception that no handler turned into an answer; once one is under way, only cut it off."""
    if exchange.status:
        raise error
    await failure_answer(error, exchange.scope)(exchange.scope, receive, exchange.send)
