"""Checking a JSON document of somebody else's standard against shapes that are plain data."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import msgspec

from api.http.pointers import below
from api.http.problems import ErrorItem

Test = Callable[[Any], bool]


class Scalar(msgspec.Struct, frozen=True):
    """A value without members: what it must be, in words and as a test."""

    words: str
    test: Test


class Object(msgspec.Struct, frozen=True, kw_only=True):
    """An object: its members, those it cannot lack, names by pattern, and of which exactly one is there.

    A closed one has no other members. `also` finds what no single member shows.
    """

    members: Mapping[str, Any] = {}
    required: tuple[str, ...] = ()
    patterns: tuple[tuple[re.Pattern[str], Any], ...] = ()
    one_of: tuple[str, ...] = ()
    closed: bool = True
    also: Callable[[Mapping[str, Any]], str | None] | None = None


# A shape is a scalar, an object, a list of one shape, or a function that gives one that is defined later.
Shape = Any

TEXT = Scalar("a string", lambda value: isinstance(value, str))
NUMBER = Scalar("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool))
ANY = Scalar("anything", lambda _: True)


def choice(*values: str) -> Scalar:
    """Give the shape of one of some strings."""
    return Scalar(f"one of {', '.join(values)}", lambda value: value in values)


def whole(least: float = -(2**63), most: float = 2**63) -> Scalar:
    """Give the shape of a whole number; JSON does not tell 4.0 from 4."""
    bounds = f" from {least:.0f} to {most:.0f}" if most < 2**63 else ""
    return Scalar(
        f"a whole number{bounds}",
        lambda value: NUMBER.test(value) and value == int(value) and least <= value <= most,
    )


def matching(pattern: str, words: str) -> Scalar:
    """Give the shape of a string of some form."""
    compiled = re.compile(pattern)
    return Scalar(words, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def check(value: Any, shape: Shape, pointer: str) -> Iterator[ErrorItem]:
    """List what in a value is not as its shape says."""
    if isinstance(shape, Scalar):
        if not shape.test(value):
            yield error(pointer, "wrong_value", f"Must be {shape.words}.")
    elif isinstance(shape, list):
        yield from _check_list(value, cast("list[Shape]", shape)[0], pointer)
    elif isinstance(shape, Object):
        if isinstance(value, dict):
            yield from _check_object(cast("dict[str, Any]", value), shape, pointer)
        else:
            yield error(pointer, "wrong_type", "Must be an object.")
    else:
        yield from check(value, shape(), pointer)


def _check_list(value: Any, item: Shape, pointer: str) -> Iterator[ErrorItem]:
    if not isinstance(value, list):
        yield error(pointer, "wrong_type", "Must be an array.")
        return
    for index, each in enumerate(cast("list[Any]", value)):
        yield from check(each, item, below(pointer, index))


def _check_object(value: dict[str, Any], shape: Object, pointer: str) -> Iterator[ErrorItem]:
    for name in shape.required:
        if name not in value:
            yield error(below(pointer, name), "missing", "The member is required.")
    if shape.one_of and sum(name in value for name in shape.one_of) != 1:
        yield error(pointer, "not_one_of", f"Must have exactly one of {', '.join(shape.one_of)}.")
    if shape.also is not None and (detail := shape.also(value)):
        yield error(pointer, "contradiction", detail)
    for name, member in value.items():
        inner = shape.members.get(name) or _by_pattern(name, shape)
        if inner is not None:
            yield from check(member, inner, below(pointer, name))
        elif shape.closed:
            yield error(below(pointer, name), "unknown_member", "The standard has no such member.")


def _by_pattern(name: str, shape: Object) -> Shape:
    return next((inner for pattern, inner in shape.patterns if pattern.match(name)), None)


def error(pointer: str, code: str, detail: str) -> ErrorItem:
    """Build one error."""
    return ErrorItem(pointer=pointer, code=code, detail=detail)
