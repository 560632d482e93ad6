"""The forms of people and organisations: our own, Popolo and FollowTheMoney, told apart by their members."""

from collections.abc import Callable, Mapping
from typing import Any

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
    if _FOREIGN.isdisjoint(document):
        return Read(type, _without_server_owned(document), [])
    return read_popolo(document, type)


_FOREIGN = frozenset(
    {"other_names", "birth_date", "death_date", "memberships", "classification", "founding_date"}
    | {"dissolution_date", "summary", "corpus", "gender", "contact_details", "sources", "biography"}
)
_SERVER_OWNED = ("id", "type", "version", "href", "created_at", "updated_at")


def _without_server_owned(document: Mapping[str, Any]) -> Members:
    """Make of a resource, as it is exported, what is posted: its Refs by name, for a store of other ids."""
    members = {name: value for name, value in document.items() if name not in _SERVER_OWNED}
    if isinstance(members.get("parent"), dict):
        members["parent"] = _by_name(members["parent"])
    if isinstance(members.get("positions"), list):
        members["positions"] = [
            {**each, "organisation": _by_name(each["organisation"])} if each.get("organisation") else each
            for each in members["positions"]
        ]
    return members


def _by_name(ref: Mapping[str, Any]) -> Members:
    return {"name": ref["name"]} if "name" in ref and "href" in ref else dict(ref)
