"""Answers: bytes that are ready to send, with their headers."""

from collections.abc import Iterable
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from api.http.conditional import etag

JSON = b"application/json"
encode = msgspec.json.Encoder().encode

Headers = Iterable[tuple[str, str]]


class Answer:
    """One complete answer. A handler returns it and Litestar calls it as the ASGI application that it is.

    Litestar's own response classes encode each header anew and keep a header map; this is two dictionaries.
    `Cache-Control`, `Vary`, the request id and the security headers are the edge's.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the answer."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def to_asgi_response(self, *_args: Any, **_kwargs: Any) -> "Answer":
        """Give the answer itself: what Litestar asks of the result of an exception handler."""
        return self


def json_answer(
    payload: bytes | msgspec.Struct,
    *,
    status: int = 200,
    version: int | None = None,
    location: str | None = None,
    headers: Headers = (),
    media_type: bytes = JSON,
) -> Answer:
    """Build an answer from JSON bytes, or from a struct that is encoded.

    `version` gives it the entity tag of this version and these bytes; `headers` may repeat a name (`Link`).
    """
    body = payload if isinstance(payload, bytes) else encode(payload)
    fields = [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
    if version is not None:
        fields.append((b"etag", etag(version, body).encode()))
    if location is not None:
        fields.append((b"location", location.encode()))
    return Answer(status, fields + _encoded(headers), body)


def no_content() -> Answer:
    """Build the 204 of a deletion."""
    return Answer(204, [], b"")


def _encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
