"""JSON as text: what RFC 8259 and I-JSON (RFC 7493) allow, and strings without control characters."""

import json
import math
import re
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from typing import Any, NoReturn, cast

from api.http.pointers import ROOT, below
from api.http.problems import MAX_ERRORS, ErrorItem, Problem

# An escape that stands for a control character other than \n and \t. Escapes occur in strings only, and raw
# control characters are no JSON at all, so one pass over the bytes is exact. Lone surrogates are refused by
# the decoder and found by the walk.
CONTROL_ESCAPE = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:[bfr]|u00(?:0[0-8b-fB-F]|1[0-9a-fA-F]))",
)
# Values looked at to find where a control character is; a document that has more gets its root as pointer.
MOST_VALUES = 200_000
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


class RepeatedMemberError(ValueError):
    """An object has one member twice, which I-JSON forbids because readers disagree on which one counts."""


class Repeated(dict[str, Any]):
    """An object that has `member` twice, kept in a parsed document so that its pointer can be told."""

    member: str = ""


def malformed(detail: str, errors: list[ErrorItem] | None = None) -> Problem:
    """Build the 400 for a body that is no JSON."""
    return Problem(400, "malformed-json", detail, errors=errors or ())


def has_control_escape(raw: bytes) -> bool:
    """Tell whether a string of the document escapes a control character other than a line feed or tab."""
    return b"\\" in raw and CONTROL_ESCAPE.search(raw) is not None


def check_members(raw: bytes) -> None:
    """Refuse a document in which an object has one member twice; `raw` is known to be JSON."""
    try:
        _UNIQUE.decode(raw.decode())
    except (RepeatedMemberError, RecursionError):
        parse(raw)


def parse(raw: bytes) -> Any:
    """Parse a document as plain values, lone surrogates included; everything else that is no JSON is a 400.

    This is the slow way, taken when the typed decoder refused the document.
    """
    marked: list[Repeated] = []
    try:
        document = _marking_decoder(marked).decode(raw.decode())
    except UnicodeDecodeError:
        raise malformed("The body is not valid UTF-8.") from None
    except RecursionError:
        raise malformed("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise malformed(f"{error.msg} at character {error.pos}.") from None
    except ValueError:
        raise malformed("The body holds a number that is out of range.") from None
    if marked:
        repeated = [_repeated(value, path) for path, value in _walk(document) if isinstance(value, Repeated)]
        raise malformed("An object of the body has the same member twice.", repeated)
    return document


def control_characters(document: Any) -> list[ErrorItem]:
    """List the strings and member names that hold a control character or a lone surrogate."""
    values = islice(_walk(document), MOST_VALUES)
    found = (control_character(_pointer(path)) for path, value in values if _has_control(path, value))
    return list(islice(found, MAX_ERRORS))


# Where a value is: the path of its parent and its own token. A pointer is only written for an error.
Path = tuple["Path", str | int] | None


def _walk(document: Any) -> Iterator[tuple[Path, Any]]:
    """Visit every value in document order; a stack of our own, as the document may be deep."""
    waiting: list[tuple[Path, Any]] = [(None, document)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            waiting += [((path, name), members[name]) for name in reversed(members)]
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            waiting += [((path, i), items[i]) for i in range(len(items) - 1, -1, -1)]


def _pointer(path: Path) -> str:
    tokens: list[str | int] = []
    while path is not None:
        path, token = path
        tokens.append(token)
    return reduce(below, reversed(tokens), ROOT)


def _has_control(path: Path, value: Any) -> bool:
    if isinstance(value, str) and CONTROL.search(value):
        return True
    return path is not None and isinstance(path[1], str) and CONTROL.search(path[1]) is not None


def control_character(pointer: str) -> ErrorItem:
    """Describe a control character in the string or member name at `pointer`."""
    detail = "Control characters other than \\n and \\t, and lone surrogates, are not allowed."
    return ErrorItem(pointer=pointer, code="control_character", detail=detail)


def _repeated(value: Repeated, path: Path) -> ErrorItem:
    pointer = below(_pointer(path), value.member)
    return ErrorItem(pointer=pointer, code="repeated_member", detail="One object has the member twice.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedMemberError
    return members


def _marking_decoder(marked: list[Repeated]) -> json.JSONDecoder:
    def mark(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        seen: set[str] = set()
        repeated = Repeated(members)
        repeated.member = next(name for name, _ in pairs if name in seen or seen.add(name))
        marked.append(repeated)
        return repeated

    return json.JSONDecoder(object_pairs_hook=mark, parse_float=_finite, parse_constant=_no_constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


_UNIQUE = json.JSONDecoder(object_pairs_hook=_unique)
