"""What the server owns: accepted on input only when it equals the current value (design §3.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from api.http.problems import ErrorItem


def read_only(pointer: str) -> ErrorItem:
    """Build the error for a member that differs from what the server has."""
    detail = "The server owns this member: leave it out, or send its current value."
    return ErrorItem(code="read_only", detail=detail, pointer=pointer)


def read_only_errors(
    given: msgspec.Struct, current: Mapping[str, Any], pointer: str, members: Sequence[str]
) -> list[ErrorItem]:
    """List the members that differ from `current`, a resource as plain values; empty for a new one."""
    return [
        read_only(f"{pointer}/{member}")
        for member in members
        if getattr(given, member) is not UNSET and getattr(given, member) != current.get(member, UNSET)
    ]


def with_nulls(document: dict[str, Any], patch: Mapping[str, Any], members: Sequence[str]) -> dict[str, Any]:
    """Keep a patch's null for what the server owns: a merge patch would drop it, and nobody would be told."""
    return document | {member: None for member in members if member in patch and patch[member] is None}
