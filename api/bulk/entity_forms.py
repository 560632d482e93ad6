"""The forms of people and organisations: our own, Popolo and FollowTheMoney, told apart by their members."""

from collections.abc import Callable, Mapping
from typing import Any

from api.bulk.archive import by_identifier, identifier, is_exported
from api.bulk.follow_the_money import read_ftm, write_ftm
from api.bulk.popolo import read_popolo, write_popolo
from api.bulk.records import Members, Read
from api.entities.schemas import Entity
from api.wire import EntityType

# Each gives the other form of an entity, and the JSON Pointers of what that cannot carry.
WRITERS: dict[str, Callable[[Entity], tuple[Members, list[str]]]] = {
    "popolo": write_popolo,
    "ftm": write_ftm,
}


def read(document: Mapping[str, Any], type: EntityType) -> Read:
    """Read a record in whatever form it has."""
    if "schema" in document and "properties" in document:
        return read_ftm(document)
    if not _FOREIGN.isdisjoint(document):
        return read_popolo(document, type)
    exported = is_exported(document, type)
    members = {name: by_identifier(value) for name, value in document.items() if name not in _SERVER_OWNED}
    if exported:
        members["identifiers"] = [*members.get("identifiers", ()), identifier(document["id"])]
        return Read(type, members, [], document["id"])
    return Read(type, members, [f"/{name}" for name in _SERVER_OWNED if name in document])


_FOREIGN = frozenset(
    {"other_names", "birth_date", "death_date", "memberships", "classification", "founding_date"}
    | {"dissolution_date", "summary", "corpus", "gender", "contact_details", "sources", "biography"}
)
_SERVER_OWNED = ("id", "type", "version", "href", "created_at", "updated_at")
