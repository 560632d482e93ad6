"""Sending one delivery: signed, to a vetted address, within limits of time and size."""

import asyncio
import re
import ssl
import time
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

import httpcore2
import msgspec
import structlog

from api.webhooks.addresses import RefusedAddressError, VettedBackend
from api.webhooks.signing import signature

TIMEOUT = 15.0  # seconds for one attempt, all in all
KEEPALIVE = 5.0
MOST_READ = 16 * 1024  # bytes of an answer
EXCERPT = 500  # characters of it that are kept
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SECONDS = re.compile(r"[0-9]{1,6}")
GONE = 410
USER_AGENT = b"Dateline"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt: the answer's status, or the error that kept one from coming."""

    status: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after: timedelta = timedelta()

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint has taken it. A redirect is a failure: what it leads to was not vetted."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the endpoint wants nothing more."""
        return self.status == GONE


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is delivered: `id` is the same in every attempt."""

    id: str
    type: str
    body: bytes
    position: int | None = None


def connections(*, allow_private: bool) -> httpcore2.AsyncConnectionPool:
    """Open the one connection at a time that an endpoint gets. No proxy: that would do the connecting."""
    return httpcore2.AsyncConnectionPool(
        ssl_context=_ssl_context(),
        max_connections=1,
        keepalive_expiry=KEEPALIVE,
        network_backend=VettedBackend(allow_private=allow_private),
    )


@cache
def _ssl_context() -> ssl.SSLContext:
    """Load the certificates that the system trusts, once."""
    return httpcore2.default_ssl_context()


async def send(
    pool: httpcore2.AsyncConnectionPool, url: str, keys: Iterable[str], message: Message
) -> Outcome:
    """Make one attempt. Nothing that the endpoint does is an error here."""
    now = int(time.time())
    headers = [
        (b"content-type", b"application/json"),
        (b"user-agent", USER_AGENT),
        (b"webhook-id", message.id.encode()),
        (b"webhook-timestamp", str(now).encode()),
        (b"webhook-signature", signature(keys, message.id, now, message.body).encode()),
    ]
    answer = _Answer()
    try:
        async with asyncio.timeout(TIMEOUT):
            await answer.read(pool, url, headers, message.body)
    except Exception as error:  # noqa: BLE001 - an endpoint may fail in any way
        # One that has given its status and dawdles over the rest has answered.
        if answer.status is None:
            return Outcome(error=_reason(error))
    return answer.outcome()


class _Answer:
    """An answer as far as it has come."""

    def __init__(self) -> None:
        self.status: int | None = None
        self._retry_after = timedelta()
        self._body = b""

    async def read(
        self, pool: httpcore2.AsyncConnectionPool, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> None:
        """Send the request and read the answer's beginning."""
        async with pool.stream("POST", _url(url), headers=headers, content=body) as response:
            self._retry_after = _retry_after(response.headers)
            self.status = response.status
            async for part in response.aiter_stream():
                self._body += part[: MOST_READ - len(self._body)]
                if len(self._body) == MOST_READ:
                    break

    def outcome(self) -> Outcome:
        """Give what came of it."""
        text = UNPRINTABLE.sub("\ufffd", self._body.decode(errors="replace"))
        return Outcome(status=self.status, excerpt=text[:EXCERPT] or None, retry_after=self._retry_after)


def _url(url: str) -> httpcore2.URL:
    return httpcore2.URL(url)


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> timedelta:
    """Read a `Retry-After` in seconds; the form with a date is ignored."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    return timedelta(seconds=int(value)) if SECONDS.fullmatch(value) else timedelta()


def _reason(error: Exception) -> str:
    """Say why there was no answer, without a word of what the network said."""
    if isinstance(error, RefusedAddressError):
        return "The address is not public."
    if isinstance(error, TimeoutError | httpcore2.TimeoutException):
        return f"No answer within {TIMEOUT:.0f} seconds."
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return "TLS failed; the certificate may not be valid for the host."
    if isinstance(error, httpcore2.ConnectError):
        return "No connection could be made."
    if isinstance(error, httpcore2.ProtocolError | httpcore2.NetworkError):
        return "The connection broke, or the answer was not HTTP."
    structlog.get_logger("dateline.webhooks").warning("a delivery failed", error=type(error).__name__)
    return "The delivery could not be sent."
