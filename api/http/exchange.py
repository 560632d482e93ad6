"""One request and its answer at the edge: completes the answer's headers, keeps what is logged."""

from typing import Any

from litestar.types import Message, Scope, Send

from api.db.sessions import Session, spelled
from api.http.cache import Filling
from api.http.compression import coding_of, compressed, encoded, is_worth_it, tagged, with_tag
from api.http.conditional import is_unmodified
from api.http.fields import NO_STORE, PRIVATE, PUBLIC, Field, completed, without_content
from api.http.reader import Reader

ACCEPT_PATCH: Field = (b"accept-patch", b"application/merge-patch+json, application/json")


class Exchange:
    """The `send` of one request. Nothing here is a closure: there is one object for each request.

    `method` is the request's own; the scope has the one under which it is routed.
    """

    __slots__ = (
        "_coding",
        "_common",
        "_head",
        "_held",
        "_no_body",
        "_send",
        "filling",
        "further",
        "headers",
        "method",
        "request_id",
        "scope",
        "session",
        "status",
    )

    def __init__(
        self,
        scope: Scope,
        method: str,
        send: Send,
        request_id: bytes,
        headers: dict[bytes, bytes],
        common: list[Field],
        session: Session,
    ) -> None:
        self.scope: Any = scope
        self.session = session
        self.method = method
        self.headers = headers
        self.request_id = request_id
        self.status = 0
        self.filling: Filling | None = None
        self.further: list[Field] = []
        """Fields for whatever answer this becomes."""
        self._coding = coding_of(headers.get(b"accept-encoding"))
        self._held: Any = None  # the start of an answer whose body is to be compressed
        self._send: Any = send
        self._common = common
        self._head = self.method == "HEAD"
        self._no_body = False

    async def send(self, message: Message) -> None:
        """Pass a message on: the start with complete headers, the body unless the answer has none."""
        if self.filling is not None:
            self.filling.take(message, self.scope, self._common)
        if message["type"] == "http.response.start":
            start = self._complete(message)
            if self._coding and self.status not in (204, 304) and is_worth_it(dict(message["headers"])):
                self._held = start
            else:
                await self._send(start)
            return
        if self._held is not None:
            message = await self._compressed(message)
        if not self._no_body:
            await self._send(message)
        elif not message.get("more_body", False):
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _compressed(self, message: Any) -> Any:
        """Send the start that was held back, and give the body compressed."""
        start, self._held, coding = self._held, None, self._coding
        if coding is None or message.get("more_body", False):
            await self._send(start)
            return message
        body = await compressed(message["body"], coding)
        await self._send({**start, "headers": encoded(start["headers"], coding, len(body))})
        return {**message, "body": body}

    def _complete(self, message: Any) -> Any:
        status: int = message["status"]
        fields: list[Field] = list(message["headers"])
        given = dict(fields)
        tag = given.get(b"etag")
        if tag is not None and self._coding:
            tag = tagged(tag, self._coding)
            fields = with_tag(fields, tag)
        if tag is not None and status == 200 and self._is_unmodified(tag):
            status = 304
            fields = without_content(fields)
        elif b"allow" in given:
            fields = _allowing(given[b"allow"], fields)
            if status == 405 and self.method == "OPTIONS":
                status = 204
                fields = without_content(fields)
        self.status = status
        self._no_body = self._head or status in (204, 304)
        self._cache_control(status, given, fields)
        if self.session.written is not None:
            self.further.append((b"dateline-position", spelled(self.session.written).encode()))
        fields = [*completed(fields, self._common), *self.further, (b"x-request-id", self.request_id)]
        return {"type": "http.response.start", "status": status, "headers": fields}

    def _is_unmodified(self, tag: bytes) -> bool:
        if b"if-none-match" not in self.headers or self.method not in ("GET", "HEAD"):
            return False
        return is_unmodified(self.scope, tag.decode("latin-1"))

    def _cache_control(self, status: int, given: dict[bytes, bytes], fields: list[Field]) -> None:
        """Say who may keep the answer: a handler may ask for less than its reader allows, never for more."""
        reader: Reader | None = self.scope["state"].get("reader")
        asked = given.get(b"cache-control")
        keyed = reader is not None and reader.key_id is not None
        if asked is None:
            fields.append(self._allowed(status, reader))
        elif keyed and b"public" in asked:
            fields[:] = [field for field in fields if field[0] != b"cache-control"]
            fields.append(PRIVATE)

    def _allowed(self, status: int, reader: Reader | None) -> Field:
        if status not in (200, 304) or reader is None or self.method not in ("GET", "HEAD"):
            return NO_STORE
        return PUBLIC if reader.key_id is None else PRIVATE


def _allowing(allow: bytes, fields: list[Field]) -> list[Field]:
    """Add HEAD to an `Allow` that has GET, which the edge answers, and say what a PATCH takes."""
    methods = {part.strip() for part in allow.split(b",")} - {b""}
    if b"GET" in methods:
        methods.add(b"HEAD")
    rest = [field for field in fields if field[0] != b"allow"]
    if b"PATCH" in methods:
        rest.append(ACCEPT_PATCH)
    return [*rest, (b"allow", b", ".join(sorted(methods)))]
