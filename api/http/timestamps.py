"""Date-times that cannot be told in UTC, and so cannot be stored: found in decoded structs."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast, get_args

import msgspec

from api.http.pointers import below
from api.http.problems import ErrorItem
from api.http.validation import alternatives, is_struct

OUT_OF_RANGE = "The time, told in UTC, is outside the years 1 to 9999."


def overflows(moment: datetime) -> bool:
    """Tell whether a date-time with an offset leaves the years 1 to 9999 when it is told in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return True
    return False


def overflow_errors(value: Any, pointer: str) -> Iterator[ErrorItem]:
    """List the date-times of a decoded value that overflow. Only members that can hold one are visited."""
    if isinstance(value, datetime):
        if overflows(value):
            yield ErrorItem(pointer=pointer, code="out_of_range", detail=OUT_OF_RANGE)
    elif isinstance(value, msgspec.Struct):
        for attribute, name in _dated_members(type(value)):
            yield from overflow_errors(getattr(value, attribute), below(pointer, name))
    elif isinstance(value, dict):
        for name, child in cast("dict[str, Any]", value).items():
            yield from overflow_errors(child, below(pointer, name))
    elif isinstance(value, (list, tuple)):
        for index, child in enumerate(cast("Sequence[Any]", value)):
            yield from overflow_errors(child, below(pointer, index))


@cache
def _dated_members(struct: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (field.name, field.encode_name)
        for field in msgspec.structs.fields(struct)
        if may_hold_datetime(field.type)
    )


def may_hold_datetime(tp: Any, within: frozenset[Any] = frozenset()) -> bool:
    """Tell whether a value of this type can hold a date-time; `within` are the structs already entered."""
    for kind, _ in alternatives(tp):
        if kind is datetime or any(may_hold_datetime(each, within) for each in get_args(kind)):
            return True
        if is_struct(kind) and kind not in within:
            fields = msgspec.structs.fields(kind)
            if any(may_hold_datetime(field.type, within | {kind}) for field in fields):
                return True
    return False
