"""What is sent back of a document that shows merged entities: under the ids under which it was written.

Whoever reads an article and changes a word of it has not moved what it says of one record to another.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import msgspec
from msgspec import UNSET

from api.entities.schemas import OrganisationInput, PersonInput
from api.entities.shown import written_ids
from api.quotes.schemas import QuoteInput, SpeakerInput

T = TypeVar("T", bound=msgspec.Struct)
# Where a reference stands: names of members, positions in arrays, of quotes their ids.
Place = tuple[str | int, ...]


def as_written(given: T, written: bytes, document: bytes) -> T:
    """Give an article or a quote with the ids under which it refers to what its `document` shows.

    An id that was read stands for the one under which it was written; where those are several, for the one
    at the same place. An office that was read is left to the server, which fills it in.
    """
    ids = written_ids(written, document)
    own: Any = msgspec.json.decode(written)
    at = dict(_refs(own, ()))
    offices = list(_offices(msgspec.json.decode(document)))

    def change(entity: PersonInput | OrganisationInput, place: Place) -> PersonInput | OrganisationInput:
        known = ids.get(str(entity.id), [])
        if entity.id is UNSET or not known:
            return entity
        id = known[0] if len(known) == 1 or at.get(place) not in known else at[place]
        return msgspec.structs.replace(entity, id=id)

    return cast("T", _changed(given, (), change, offices))


Change = Callable[[PersonInput | OrganisationInput, Place], PersonInput | OrganisationInput]


def _changed(value: Any, place: Place, change: Change, offices: list[Any]) -> Any:
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [_changed(item, (*place, _key(item, i)), change, offices) for i, item in enumerate(items)]
    if isinstance(value, PersonInput | OrganisationInput):
        return change(value, place)
    if not isinstance(value, msgspec.Struct):
        return value
    members = {name: getattr(value, name) for name in value.__struct_fields__}
    changed = {name: _changed(each, (*place, name), change, offices) for name, each in members.items()}
    if isinstance(value, SpeakerInput) and value.position in offices:
        changed["position"] = UNSET
    return type(value)(**changed)


def _key(item: Any, index: int) -> str | int:
    """Give what an item of an array is found by: a quote by its id, everything else by its position."""
    if isinstance(item, QuoteInput) and isinstance(item.id, str):
        return item.id
    if isinstance(item, dict):
        members = cast("dict[str, Any]", item)
        return members["id"] if members.get("type") == "quote" else index
    return index


def _refs(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """List the references of a document with their places."""
    if isinstance(value, list):
        for i, item in enumerate(cast("list[Any]", value)):
            yield from _refs(item, (*place, _key(item, i)))
    elif isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if place and members.get("type") in ("person", "organisation"):
            yield place, members["id"]
        for name, each in members.items():
            yield from _refs(each, (*place, name))


def _offices(value: Any) -> Iterator[Any]:
    """List the offices of speakers in a document."""
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _offices(item)
    elif isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if members.get("position") is not None:
            yield members["position"]
        for each in members.values():
            yield from _offices(each)
