"""Query parameters and ids in paths, decoded strictly: every error at once, with the parameter's name."""

import re
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin
from uuid import UUID

import msgspec
from litestar import Request
from msgspec import Meta, UnsetType

from api.http.problems import MAX_ERRORS, ErrorItem, Problem, not_found
from api.http.query_string import ParameterError, pairs, parameter_error
from api.http.reasons import items_of
from api.http.timestamps import OUT_OF_RANGE, overflows
from api.http.validation import ARRAYS, alternatives
from api.wire import each_error

T = TypeVar("T", bound=msgspec.Struct)
Reading = Callable[[str], Any]

MOST_ITEMS = 100
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


class NoParams(msgspec.Struct, frozen=True):
    """The parameters of an operation that has none."""


def resource_id(value: str) -> str:
    """Give the id of a path when it is a UUID in lower case with dashes; any other spelling is a 404."""
    if ID.fullmatch(value) is None:
        raise not_found()
    return value


def read_params(request: Request[Any, Any, Any], struct: type[T]) -> T:
    """Decode the query string into a struct of parameters; a 400 lists every error.

    A member whose type is a list takes its items separated by commas (up to `max_length`, else 100); all
    others are given once. Booleans are `true` or `false`, UUIDs lower case, date-times have an offset.
    """
    query: bytes = request.scope["query_string"]
    if not query:
        return _defaults(struct)
    values: dict[str, Any] = {}
    errors: list[ErrorItem] = []
    readings = _readings(struct)
    for name, text in pairs(query, readings, errors):
        if name in values:
            errors.append(parameter_error(name, "repeated", "The parameter is given more than once."))
        else:
            values[name] = _read(readings[name], name, text, errors)
        if len(errors) >= MAX_ERRORS:
            break
    return _built(struct, values, errors)


@cache
def _defaults(struct: type[T]) -> T:
    """Give the parameters of a request that has none; they are frozen, so one struct is all requests'."""
    return _built(struct, {}, [])


def _read(reading: Reading, name: str, text: str, errors: list[ErrorItem]) -> Any:
    try:
        return reading(text)
    except ParameterError as error:
        errors.append(parameter_error(name, error.code, error.detail))
        return None


def _built(struct: type[T], values: dict[str, Any], errors: list[ErrorItem]) -> T:
    fields = _fields(struct)
    required = [name for name, field in fields.items() if field.required]
    errors += [
        parameter_error(name, "missing", "The parameter is required.")
        for name in required
        if name not in values
    ]
    wrong = {error.parameter for error in errors}
    valid = {fields[name].name: value for name, value in values.items() if name not in wrong}
    if not errors:
        try:
            return struct(**valid)
        except ValueError as error:
            errors += map(_refused, each_error(error))
    elif len(errors) < MAX_ERRORS and wrong.isdisjoint(required):
        errors += _beside(struct, valid, wrong)
    detail = errors[0].detail if len(errors) == 1 else f"The query string has {len(errors)} errors."
    raise Problem(400, "invalid-parameter", detail, errors=errors)


def _beside(struct: type[T], valid: dict[str, Any], wrong: Container[Any]) -> Iterator[ErrorItem]:
    """Give what a struct's own checks refuse of the valid parameters, beside others that are wrong.

    Only what they say of one parameter counts, and not that one is missing that was given wrongly.
    """
    try:
        struct(**valid)
    except ValueError as error:
        for each in each_error(error):
            if getattr(each, "member", "") and getattr(each, "needs", None) not in wrong:
                yield _refused(each)


def _refused(error: ValueError) -> ErrorItem:
    return parameter_error(getattr(error, "member", ""), getattr(error, "code", "invalid"), str(error))


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


@cache
def _readings(struct: type[msgspec.Struct]) -> dict[str, Reading]:
    """Prepare how each parameter of the struct is read."""
    return {name: _reading(field.type) for name, field in _fields(struct).items()}


def _reading(tp: Any) -> Reading:
    for kind, meta in alternatives(tp):
        if get_origin(kind) in ARRAYS:
            return _list_reading(get_origin(kind), get_args(kind)[0], meta)
    return _scalar_reading(tp)


def _list_reading(origin: Any, item_type: Any, meta: list[Meta]) -> Reading:
    item = _scalar_reading(item_type)
    most = min([each.max_length for each in meta if each.max_length is not None], default=MOST_ITEMS)

    def read(text: str) -> Any:
        parts = text.split(",")
        if len(parts) > most:
            raise ParameterError("too_long", f"Must have at most {most} items.")
        if "" in parts:
            raise ParameterError("empty", "An item of the list is empty.")
        return origin(item(part) for part in parts)

    return read


def _scalar_reading(tp: Any) -> Reading:
    """Prepare the reading of one text: converted strictly here, judged by msgspec."""
    kinds = {kind for kind, _ in alternatives(tp)} - {NoneType, UnsetType}
    convert: Reading = _moment if datetime in kinds else str
    for kind, conversion in ((UUID, _uuid), (int, _integer), (float, _number), (bool, _boolean)):
        convert = conversion if kind in kinds else convert

    def read(text: str) -> Any:
        try:
            value = msgspec.convert(convert(text), tp, strict=True)
        except msgspec.ValidationError as error:
            item = items_of(error, tp, "")[0]
            # Every parameter is sent as a string, so what it is instead says nothing.
            raise ParameterError(item.code, re.sub(r"( or null)?, not a string", "", item.detail)) from None
        return _checked_moment(value) if isinstance(value, datetime) else value

    return read


def _integer(text: str) -> int | str:
    return int(text) if INTEGER.fullmatch(text) else text


def _number(text: str) -> float | str:
    return float(text) if NUMBER.fullmatch(text) else text


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ParameterError("wrong_type", "Must be true or false.")
    return text == "true"


def _uuid(text: str) -> str:
    if ID.fullmatch(text) is None:
        raise ParameterError("wrong_format", "Must be a UUID in lower case with dashes.")
    return text


def _moment(text: str) -> str:
    if " " in text:
        raise ParameterError("wrong_format", "A + in a date-time must be written %2B in a URL, a space T.")
    return text


def _checked_moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ParameterError("no_time_zone", "The time needs its offset from UTC, such as Z or %2B02:00.")
    if overflows(value):
        raise ParameterError("out_of_range", OUT_OF_RANGE)
    return value
