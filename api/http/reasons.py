"""What msgspec says about a value, as the stable code and the sentence that a client gets."""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from api.http.problems import ErrorItem
from api.wire import each_error

NAMES = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "an array",
    "object": "an object",
    "datetime": "an RFC 3339 date-time such as 2023-12-15T09:30:00Z",
    "date": "a date such as 2023-12-15",
    "time": "a time such as 09:30:00Z",
    "uuid": "a UUID string",
}
LIMITS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}

Reason = tuple[str, str]
# msgspec has one exception for everything that is wrong with a value; its sentences are all there is to tell
# one from another. Each group that is used here is ours (a type, a bound, a pattern), never the client's.
SENTENCES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Reason]]] = [
    (
        re.compile(r"Expected `(.+?)`, got `(.+?)`"),
        lambda m: ("wrong_type", f"Must be {_types(m[1])}, not {_types(m[2])}."),
    ),
    (
        re.compile(r"Expected `(str|array|object|bytes)` of length (<=|>=) (\d+)"),
        lambda m: _length(m[1], m[2], m[3]),
    ),
    (
        re.compile(r"Expected `(?:int|float|decimal)` (<=|>=|<|>) (\S+)"),
        lambda m: ("out_of_range", f"Must be {LIMITS[m[1]]} {m[2]}."),
    ),
    (
        re.compile(r"Expected `(?:int|float)` that's a multiple of (\S+)"),
        lambda m: ("out_of_range", f"Must be a multiple of {m[1]}."),
    ),
    (
        re.compile(r"(Integer value|Number) out of"),
        lambda _: ("out_of_range", "The number is too large."),
    ),
    (re.compile(r"Expected `str` matching regex '(.*)'$"), lambda m: _pattern(m[1])),
    (
        re.compile(r"Expected `(datetime|time)` with a timezone"),
        lambda _: ("no_time_zone", "The time needs its offset from UTC, such as Z or +02:00."),
    ),
    (re.compile(r"Invalid RFC3339 encoded (\w+)"), lambda m: ("wrong_format", f"Must be {NAMES[m[1]]}.")),
    (re.compile(r"Invalid UUID"), lambda _: ("wrong_format", "Must be a UUID.")),
    (re.compile(r"Invalid (\w+)"), lambda _: ("wrong_format", "The format is not valid.")),
]


def items_of(error: msgspec.ValidationError, tp: Any, pointer: str) -> list[ErrorItem]:
    """Describe why a value at `pointer` is no `tp`.

    A `ValueError` of a struct's own checks is repeated as it is: its sentence is ours. It may carry a stable
    `code`, and the `member` that it is about.
    """
    if error.__cause__ is not None:
        return [_own(each, pointer) for each in each_error(error.__cause__)]
    code, detail = reason(str(error), tp)
    return [ErrorItem(pointer=pointer, code=code, detail=detail)]


def _own(error: Exception, pointer: str) -> ErrorItem:
    member = getattr(error, "member", None)
    where = f"{pointer}/{member}" if member else pointer
    return ErrorItem(pointer=where, code=getattr(error, "code", "invalid"), detail=_sentence(str(error)))


def reason(message: str, tp: Any) -> Reason:
    """Give the code and the sentence for a message of msgspec about a `tp`."""
    if message.startswith("Invalid enum value"):
        values = _enumerated(tp)
        return (
            "not_in_enum",
            f"Must be {listed(values)}." if values else "The value is not allowed here.",
        )
    for pattern, make in SENTENCES:
        if match := pattern.match(message):
            return make(match)
    return "invalid", "The value is not valid."


def listed(values: Iterable[Any]) -> str:
    """Write values as `a, b or c`."""
    *most, last = [str(value) for value in values]
    return f"{', '.join(most)} or {last}" if most else last


def _types(union: str) -> str:
    return listed(NAMES.get(name, name) for name in union.split(" | "))


def _length(kind: str, sign: str, bound: str) -> Reason:
    unit = {"str": "characters", "array": "items", "object": "members", "bytes": "bytes"}[kind]
    code = "too_long" if sign == "<=" else "too_short"
    return code, f"Must have {LIMITS[sign]} {bound} {unit[:-1] if bound == '1' else unit}."


def _pattern(pattern: str) -> Reason:
    plain = pattern.replace("\\\\", "\\").removesuffix(r"(?!\n)")
    if plain == r"\S":
        return "blank", "Must have a character that is not a space."
    if plain == "^[A-Z]{2}$":
        return "wrong_pattern", "Must be an ISO 3166-1 alpha-2 code in capitals, such as BY."
    return "wrong_pattern", f"Must match {plain}"


def _enumerated(tp: Any) -> list[Any]:
    if get_origin(tp) is Literal:
        return list(get_args(tp))
    if isinstance(tp, type) and issubclass(tp, Enum):
        return [member.value for member in tp]
    return [value for part in get_args(tp) for value in _enumerated(part)]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
