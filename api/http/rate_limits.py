"""Rate limits: so many requests a minute from one key, or without a key from one address.

Each worker counts for itself. The fields are those of the IETF's draft "RateLimit header fields for HTTP",
which may still rename them: they are written here alone.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from time import monotonic
from typing import Any, NamedTuple

from api.http.fields import Field
from api.http.problems import Problem
from api.http.reader import Reader

WINDOW = 60.0  # seconds
MOST_COUNTED = 100_000  # keys and addresses, about 20 MB; beyond it, those counted for longest are forgotten

Network = IPv4Network | IPv6Network


class Spent(NamedTuple):
    """What one request has left of a limit: requests, and seconds until it is whole again."""

    limit: int
    left: int
    seconds: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0

    @property
    def fields(self) -> list[Field]:
        """The fields that tell the client."""
        left = b'"minute";r=%d;t=%d' % (max(self.left, 0), self.seconds)
        return [_policy(self.limit), (b"ratelimit", left)]


class RateLimits:
    """Counts requests in windows of a minute, each from its first request on."""

    def __init__(self, anonymous: int | None, trusted: str | None = None) -> None:
        self._anonymous = anonymous
        self._trusted = networks(trusted)
        # In the order in which the minutes end: all are as long, and a new one goes to the end.
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def spend(self, reader: Reader, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Spent | None:
        """Count a request of a reader; None when no limit is set for them."""
        if reader.key_id is None:
            return self.spend_by_address(scope, headers)
        return None if reader.rate_limit is None else self._count(reader.key_id, reader.rate_limit)

    def spend_by_address(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Spent | None:
        """Count a request without a valid key: also one that guesses at keys."""
        if self._anonymous is None:
            return None
        return self._count(self._address(scope, headers), self._anonymous)

    def _count(self, who: str, limit: int) -> Spent:
        now = monotonic()
        ends, count = self._counts.get(who, (0.0, 0))
        if now >= ends:
            ends, count = now + WINDOW, 0
            self._counts.pop(who, None)
            self._make_room(now)
        # No more than one beyond the limit is counted: who keeps asking does not wait longer for it.
        count = min(count + 1, limit + 1)
        self._counts[who] = ends, count
        return Spent(limit, limit - count, ceil(ends - now))

    def _make_room(self, now: float) -> None:
        """Forget those whose minute is over, and beyond so many also those whose minute ends first."""
        counts = self._counts
        while counts and (len(counts) >= MOST_COUNTED or next(iter(counts.values()))[0] <= now):
            counts.popitem(last=False)

    def _address(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
        """Give the address that asks: the nearest one that is no proxy of ours."""
        client = scope.get("client")
        address = client[0] if client else ""
        if not self._trusted or b"x-forwarded-for" not in headers:
            return counted_as(address)
        # Each proxy adds at the end, some as a field of its own.
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        hops = forwarded.decode("latin-1").split(",")
        while hops and is_within(address, self._trusted):
            address = hops.pop().strip() or address
        return counted_as(address)


@lru_cache(maxsize=256)
def _policy(limit: int) -> Field:
    return b"ratelimit-policy", b'"minute";q=%d;w=%d' % (limit, WINDOW)


@lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """Give the address as it is counted: an IPv6 network of 64 bits, which one customer has, is one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(parsed.packed[:8] + bytes(8))}/64"
    return str(parsed)


@lru_cache(maxsize=4096)
def is_within(address: str, trusted: tuple[Network, ...]) -> bool:
    """Tell whether an address is in one of these networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def networks(text: str | None) -> tuple[Network, ...]:
    """Read addresses and networks separated by commas; a malformed one is a ValueError."""
    return tuple(ip_network(part.strip()) for part in (text or "").split(",") if part.strip())


def too_many(spent: Spent) -> Problem:
    """Build the 429 for a request that is one too many."""
    return Problem(
        429,
        "too-many-requests",
        f"More than {spent.limit} requests a minute: wait {spent.seconds} seconds.",
        headers={"Retry-After": str(spent.seconds)},
    )
