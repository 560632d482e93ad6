"""The forms of people and organisations: our own, Popolo and FollowTheMoney, told apart by their members."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from api.bulk.archive import by_identifier, identifier, is_exported
from api.bulk.follow_the_money import read_ftm, write_ftm
from api.bulk.lines import Line
from api.bulk.popolo import read_popolo, write_popolo
from api.bulk.records import Members, Read
from api.entities.schemas import Entity
from api.http.decoding import Body
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
    if _is_popolo(document):
        return read_popolo(document, type)
    exported = is_exported(document, type)
    members = {name: by_identifier(value) for name, value in document.items() if name not in _SERVER_OWNED}
    if exported:
        members["identifiers"] = [*members.get("identifiers", ()), identifier(document["id"])]
        return Read(type, members, [], document["id"])
    return Read(type, members, [f"/{name}" for name in _SERVER_OWNED if name in document])


def lines_of(raw: bytes, type: EntityType) -> tuple[list[Line], list[str]]:
    """Give the records of a JSON document as lines: one record, an array of them, or Popolo's collections.

    Also the pointers of what else a document of collections holds.
    """
    document: Any = _ANY(raw)
    collections = [name for names in _COLLECTIONS.values() for name in names]
    lost: list[str] = []
    records = cast("list[Any]", document) if isinstance(document, list) else [document]
    if isinstance(document, dict):
        own, held = _COLLECTIONS[type], cast("Members", document)
        if any(isinstance(held.get(name), list) for name in collections):
            records = [each for name in own for each in held.get(name, ())]
            lost = [f"/{name}" for name, value in held.items() if name not in own and value]
    return [Line(number, msgspec.json.encode(each)) for number, each in enumerate(records, 1)], lost


def _is_popolo(document: Mapping[str, Any]) -> bool:
    """Tell whether a record has members that only Popolo has, itself or in its identifiers and links."""
    if not _FOREIGN.isdisjoint(document):
        return True
    parts = [*(document.get("identifiers") or ()), *(document.get("links") or ())]
    return any("identifier" in part or "url" in part for part in parts)


_ANY: Body[Any] = Body(Any)
_COLLECTIONS: dict[EntityType, tuple[str, ...]] = {
    "person": ("persons", "people"),
    "organisation": ("organizations", "organisations"),
}
_FOREIGN = frozenset(
    """other_names birth_date death_date memberships classification founding_date dissolution_date summary
    corpus gender contact_details sources biography family_name given_name additional_name patronymic_name
    honorific_prefix honorific_suffix sort_name email image national_identity parent_id""".split()  # noqa: SIM905 - as in api/wire.py
)
_SERVER_OWNED = ("id", "type", "version", "href", "created_at", "updated_at")
