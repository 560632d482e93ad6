"""Where webhooks may go: public addresses alone, checked in what is connected to, not in what is written.

A name can resolve to something else between a check and the connection. So the connection is made to the very
address that was checked, and the name is only used for TLS and the Host header.
"""

import asyncio
import ipaddress
import re
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpcore2
from httpcore2 import AnyIOBackend

from api.http.problems import ErrorItem

HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
# What browsers and servers read alike: a backslash is a slash to some.
VISIBLE = re.compile(r"[!-\[\]-~]+")
HTTPS = 443
FIRST_UNPRIVILEGED = 1024

# The part of IPv6 that is given out, without NAT64 and the like; and what `is_global` lets through although
# it leads elsewhere: Teredo, 6to4 and its relay, documentation (RFC 9637).
GIVEN_OUT = ipaddress.ip_network("2000::/3")
LEADING_ELSEWHERE = [
    ipaddress.ip_network(each) for each in ("2001::/32", "2002::/16", "3fff::/20", "192.88.99.0/24")
]


class RefusedAddressError(httpcore2.ConnectError):
    """The endpoint's address is not one that webhooks may go to."""


def is_public(text: str) -> bool:
    """Tell whether an address is one on the public internet, and stands for no other."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_public(str(address.ipv4_mapped))
    return (
        address.is_global
        and not address.is_multicast
        and (address.version == 4 or address in GIVEN_OUT)
        and not any(address in network for network in LEADING_ELSEWHERE if network.version == address.version)
    )


def url_errors(url: str, *, allow_private: bool) -> list[ErrorItem]:
    """List what is wrong with a webhook's URL. Names are not looked up before something is sent."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [_error("wrong_format", "This is not a URL.")]
    host = parts.hostname or ""
    address = _literal(host)
    if not VISIBLE.fullmatch(url) or not (address or HOST.fullmatch(host)):
        return [
            _error("wrong_format", "Must be a URL with a host, in ASCII (an international name as xn--…).")
        ]
    found: list[ErrorItem] = []
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        found.append(_error("https_required", "Must begin with https://."))
    if parts.username is not None or parts.password is not None:
        found.append(_error("user_information", "Must have no user name: deliveries are signed instead."))
    if "#" in url:
        found.append(_error("fragment", "Must have no fragment: it would not be sent."))
    if allow_private:
        return found
    if port not in (None, HTTPS) and port < FIRST_UNPRIVILEGED:
        found.append(_error("port", "The port must be 443, or 1024 or above."))
    is_local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    if is_local or (address is not None and not is_public(address)):
        found.append(_error("private_address", "Must be a public address."))
    return found


def _literal(host: str) -> str | None:
    """Give the address that a host is, in whatever notation the system would take: `0x7f.1` is 127.0.0.1."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0]).partition("%")[0]


def _error(code: str, detail: str) -> ErrorItem:
    return ErrorItem(code=code, detail=detail, pointer="#/url")


async def resolve(host: str, port: int) -> list[str]:
    """Look up the addresses of a host.

    Each look-up has a thread of its own, which nothing waits for. The loop has a few for all: names whose
    servers do not answer would hold up other endpoints, connections to the database, and the process's end.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            settle = partial(_settle, answer, error)
        else:
            addresses = [str(each[4][0]).partition("%")[0] for each in found]
            settle = partial(_settle, answer, list(dict.fromkeys(addresses)))
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=look_up, name="webhook name", daemon=True).start()
    return await answer


def _settle(answer: "asyncio.Future[list[str]]", found: list[str] | Exception) -> None:
    """Give an answer to whoever still waits for it."""
    if answer.done():
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)


class VettedBackend(AnyIOBackend):
    """Connects to the address that was checked. Of several, all must be public: one could be picked later."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Look up and check the host, then connect to one of its addresses."""
        try:
            addresses = await resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("The host is not known.") from error
        if not self._allow_private and not all(is_public(each) for each in addresses):
            raise RefusedAddressError("The address is not public.")
        failure: Exception = httpcore2.ConnectError("The host has no address.")
        for address in addresses:
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        """Refuse: no URL leads to a socket in the file system."""
        raise RefusedAddressError("The address is not public.")
