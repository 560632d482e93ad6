"""When offices were held: days, as far as they are known."""

from datetime import date

import asyncpg
import msgspec

from api.entities.schemas import Person, Position
from api.wire import PartialDate, first_day, last_day


def days(value: PartialDate) -> "asyncpg.Range[date]":
    """Give the days that a partial date may mean."""
    return asyncpg.Range(first_day(value), last_day(value), upper_inc=True)


def held_in(document: bytes, at: PartialDate) -> bytes:
    """Give a person's document with the positions alone that were held then, or possibly so."""
    start, end = first_day(at), last_day(at)
    person = msgspec.json.decode(document, type=Person)
    held = [each for each in person.positions if _is_held(each, start, end)]
    return msgspec.json.encode(msgspec.structs.replace(person, positions=held))


def _is_held(position: Position, start: date, end: date) -> bool:
    return (position.from_ is None or first_day(position.from_) <= end) and (
        position.until is None or last_day(position.until) >= start
    )
