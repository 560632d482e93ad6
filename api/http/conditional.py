"""Conditional requests (RFC 9110 §13): entity tags `"<version>.<variant>"`, If-Match and If-None-Match."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request

from api.http.headers import header
from api.http.problems import ErrorItem, Problem

# One member of a list of entity tags; `etagc` of RFC 9110 §8.8.3.
TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
PIECE = 2047  # bytes
OURS = re.compile(r'"([1-9][0-9]{0,9})\.[^"]*"')


class Versions(msgspec.Struct, frozen=True):
    """The versions of a resource that an `If-Match` allows; `any` is `*`."""

    numbers: frozenset[int] = frozenset()
    any: bool = False

    def allow(self, version: int) -> bool:
        """Tell whether a write on top of this version is allowed."""
        return self.any or version in self.numbers


def etag(version: int, body: bytes) -> str:
    """Give the strong tag of one representation: the resource's version and a hash of the bytes.

    In small pieces, because hashlib lets other threads in for larger ones: for an article that took twice as
    long as the hash. Processors have SHA-256 as an instruction.
    """
    hashed = sha256(usedforsecurity=False)
    for at in range(0, len(body), PIECE):
        hashed.update(body[at : at + PIECE])
    return f'"{version}.{hashed.hexdigest()[:16]}"'


def if_match(request: Request[Any, Any, Any]) -> Versions:
    """Read `If-Match` of a write: a 428 when it is missing, a 400 when it is no list of entity tags.

    Only the version part of a tag counts: whichever representation a client read, it knows the version. A
    weak tag and one that is not ours never match (§13.1.1).
    """
    text = header(request.scope, b"if-match")
    if text is None:
        raise Problem(
            428,
            "precondition-required",
            "Send If-Match with the ETag of the version that you read, so that no one's change is lost.",
        )
    if text.strip() == "*":
        return Versions(any=True)
    found = (OURS.fullmatch(tag) for tag in _tags(text, "If-Match"))
    return Versions(numbers=frozenset(int(match[1]) for match in found if match))


def if_match_given(request: Request[Any, Any, Any]) -> Versions | None:
    """Read `If-Match` where it is not required; None when it is not sent."""
    return None if header(request.scope, b"if-match") is None else if_match(request)


def stale(current: str) -> Problem:
    """Build the 412 for a write on top of an older version; `current` is the resource's entity tag."""
    return Problem(
        412,
        "precondition-failed",
        "The resource has changed since the version that If-Match names: read it again.",
        headers={"ETag": current},
    )


def is_unmodified(scope: Mapping[str, Any], tag: str) -> bool:
    """Tell whether `If-None-Match` names this representation (weak comparison, §13.1.2)."""
    text = header(scope, b"if-none-match")
    return text is not None and matches(text.encode("latin-1"), tag.encode("latin-1"))


def matches(wanted: bytes, tag: bytes) -> bool:
    """Tell whether the value of an `If-None-Match` names the entity tag of an answer."""
    if wanted == tag:
        return True
    text = wanted.decode("latin-1")
    return text.strip() == "*" or tag.decode("latin-1") in (
        each.removeprefix("W/") for each in TAG.findall(text)
    )


def _tags(text: str, name: str) -> list[str]:
    tags = TAG.findall(text)
    if not tags or TAG.sub("", text).strip(", \t"):
        detail = f"{name} must be * or a list of entity tags in double quotes, as the ETag header gives them."
        item = ErrorItem(header=name, code="invalid_header", detail=detail)
        raise Problem(400, "invalid-header", detail, errors=[item])
    return tags
