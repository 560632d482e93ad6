"""A bare ASGI client, for what a well-behaved HTTP client cannot send."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec


class Reply(msgspec.Struct):
    """What the application sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Give a header, None when it is absent; one that is given twice is an error."""
        found = [value.decode() for key, value in self.headers if key == name.encode()]
        assert len(found) < 2, f"{name} is given {len(found)} times"
        return found[0] if found else None


async def request(
    app: Any,
    path: str = "/v1/thing",
    *,
    method: str = "GET",
    headers: list[tuple[bytes, bytes]] | None = None,
    query: bytes = b"",
    raw_path: bytes | None = None,
    http_version: str = "1.1",
    receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
) -> Reply:
    """Send one request and collect the answer."""
    sent: list[dict[str, Any]] = []

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": http_version,
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode() if raw_path is None else raw_path,
        "root_path": "",
        "query_string": query,
        "headers": [(b"host", b"test")] if headers is None else headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive or nothing, send)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    assert sent[0] is starts[0]
    assert not sent[-1].get("more_body", False)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(starts[0]["status"], list(starts[0]["headers"]), body)
