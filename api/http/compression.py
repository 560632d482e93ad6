"""Compression of complete answers at the edge: zstd, br or gzip, as `Accept-Encoding` asks.

Streams are sent as they are: what is written to them must arrive at once.
"""

import asyncio
import gzip
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import brotli  # pyright: ignore[reportMissingTypeStubs]

from api.http.fields import Field

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LONGEST_ACCEPTED = 500  # bytes
SMALLEST = 1024  # bytes; below, the header costs what compression saves
IN_A_THREAD = 256 * 1024  # bytes; other requests should not wait for more than a few milliseconds
# In the order of preference. The levels are those at which a core still compresses some hundred MB a second.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstd.compress(body, 3),
    "br": lambda body: cast("Any", brotli).compress(body, quality=4),
    "gzip": lambda body: gzip.compress(body, 5, mtime=0),
}
_TEXTS = re.compile(rb"text/|application/(?:[\w.+-]*[+.-])?(?:json|xml|msgpack)\b")
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def coding_of(accepted: bytes | None) -> str | None:
    """Give the coding that `Accept-Encoding` likes best (RFC 9110 §12.5.3), None for none of ours.

    Nor for one that is longer than any client needs: what was asked for is kept in memory.
    """
    return None if accepted is None or len(accepted) > LONGEST_ACCEPTED else _liked_best(accepted)


@lru_cache(maxsize=256)
def _liked_best(accepted: bytes) -> str | None:
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, parameter = part.partition(";")
        weight = parameter.strip().removeprefix("q=").strip()
        if not weight or _WEIGHT.fullmatch(weight):
            weights[name.strip()] = float(weight or 1)
    known = {name: weights.get(name, weights.get("*", 0.0)) for name in CODINGS}
    best = max(known.values())
    # As it is where that is said to be liked better, and where none of ours is liked at all, even if that is
    # not liked either: there is nothing else to send.
    if best <= 0 or weights.get("identity", 0.0) > best:
        return None
    return next(name for name in CODINGS if known[name] == best)


def tagged(tag: bytes, coding: str | None) -> bytes:
    """Give an answer's strong entity tag under a coding that was asked for.

    It has the coding also where the answer is too small to be compressed: so the tag that a write answers is
    the one that reading with the same headers gives.
    """
    if coding is None or not tag.endswith(b'"') or tag.startswith(b"W/"):
        return tag
    return tag[:-1] + b"-" + coding.encode() + b'"'


def is_worth_it(given: Mapping[bytes, bytes]) -> bool:
    """Tell whether an answer with these fields should be compressed: a long complete text, and no secret."""
    length = given.get(b"content-length", b"0")
    return (
        int(length) >= SMALLEST
        and _TEXTS.match(given.get(b"content-type", b"")) is not None
        and b"content-encoding" not in given
        # What must not be stored can be a secret, whose length would tell of it beside what a client sent.
        and given.get(b"cache-control") != b"no-store"
    )


async def compressed(body: bytes, coding: str) -> bytes:
    """Compress a body."""
    if len(body) < IN_A_THREAD:
        return CODINGS[coding](body)
    return await asyncio.to_thread(CODINGS[coding], body)


def encoded(fields: Sequence[Field], coding: str, length: int) -> list[Field]:
    """Give the fields of a compressed answer."""
    rest = [field for field in fields if field[0] != b"content-length"]
    return [*rest, (b"content-encoding", coding.encode()), (b"content-length", b"%d" % length)]


def with_tag(fields: Sequence[Field], tag: bytes) -> list[Field]:
    """Give fields with another entity tag."""
    return [(name, tag) if name == b"etag" else (name, value) for name, value in fields]
