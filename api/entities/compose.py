"""From an entity as it is given to the entity as it is stored and answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.entities.schemas import (
    Entity,
    EntityCreate,
    EntityInput,
    Name,
    Organisation,
    OrganisationCreate,
    OrganisationInput,
    Person,
    Position,
)
from api.http.problems import ErrorItem
from api.http.read_only import read_only_errors
from api.names.fold import fold
from api.names.script import script_of
from api.settings import LIMITS
from api.wire import EntityType, Ref, canonical_language, entity_ref, href_of

# What an entity's members refer to: the JSON Pointer of the reference, relative to the entity, to its Ref.
Refs = Mapping[str, Ref]

SERVER_OWNED = ("id", "type", "version", "href", "created_at", "updated_at")


def references(given: EntityInput | EntityCreate) -> list[tuple[str, OrganisationInput]]:
    """List the organisations that an entity refers to, with their pointers relative to it."""
    if isinstance(given, (OrganisationInput, OrganisationCreate)):
        return [("/parent", given.parent)] if given.parent is not None else []
    return [
        (f"/positions/{index}/organisation", position.organisation)
        for index, position in enumerate(given.positions)
        if position.organisation is not None
    ]


def errors_of(given: EntityInput | EntityCreate, pointer: str) -> list[ErrorItem]:
    """List what is wrong with an entity that its schema cannot tell."""
    detail = "This is not a BCP 47 language tag."
    errors = [
        ErrorItem(code="unknown_language", detail=detail, pointer=f"{pointer}/names/{index}/language")
        for index, name in enumerate(given.names)
        if name.language is not None and canonical_language(name.language) is None
    ]
    detail = "A name needs a character that can be seen."
    spelled = [("name", str(given.name)), *((f"names/{i}/value", n.value) for i, n in enumerate(given.names))]
    errors += (
        ErrorItem(code="invisible", detail=detail, pointer=f"{pointer}/{member}")
        for member, value in spelled
        if not fold(value)
    )
    # Completing the names adds one at most: most entities need not be completed to be counted.
    most = LIMITS.names
    if len(given.names) >= most and len(names_of(str(given.name), given.names)) > most:
        detail = f"An entity has at most {most} names, `name` and the former one included."
        errors.append(ErrorItem(code="too_long", detail=detail, pointer=f"{pointer}/names"))
    return errors


def inline_errors(given: EntityInput, pointer: str, type: EntityType) -> list[ErrorItem]:
    """List what is wrong with an entity without an id, members that only the server gives among it."""
    return [*read_only_errors(given, {"type": type}, pointer, SERVER_OWNED), *errors_of(given, pointer)]


def names_of(name: str, given: Sequence[Name]) -> list[Name]:
    """Complete the names: `name` is the one primary, first; a former primary stays findable as an alias."""
    primary = next((n for n in given if n.value == name and n.kind == "primary"), None)
    primary = primary or msgspec.structs.replace(
        next((n for n in given if n.value == name), Name(value=name)), kind="primary"
    )
    others = [
        msgspec.structs.replace(n, kind="alias") if n.kind == "primary" else n
        for n in given
        if n.value != name
    ]
    return [_complete(n) for n in dict.fromkeys([primary, *others])]


def _complete(name: Name) -> Name:
    """Give the name with its canonical language and with its script, detected when it is not given."""
    language = canonical_language(name.language) if name.language else None
    return msgspec.structs.replace(name, language=language, script=name.script or script_of(name.value))


def compose(
    given: EntityInput | EntityCreate,
    refs: Refs,
    *,
    id: str,
    version: int,
    created_at: datetime,
    updated_at: datetime,
) -> Entity:
    """Build the entity that `given` describes; `given` has a name."""
    name = str(given.name)
    shared: dict[str, Any] = {
        "id": id,
        "version": version,
        "created_at": created_at,
        "updated_at": updated_at,
        "name": name,
        "names": names_of(name, given.names),
        "description": given.description,
        "country": given.country,
        "identifiers": list(dict.fromkeys(given.identifiers)),
        "links": given.links,
    }
    if isinstance(given, (OrganisationInput, OrganisationCreate)):
        return Organisation(
            **shared,
            href=href_of("organisation", id),
            kind=given.kind,
            parent=refs.get("/parent"),
            founded=given.founded,
            dissolved=given.dissolved,
        )
    positions = [
        Position(
            title=position.title,
            organisation=refs.get(f"/positions/{index}/organisation"),
            from_=position.from_,
            until=position.until,
        )
        for index, position in enumerate(given.positions)
    ]
    return Person(**shared, href=href_of("person", id), born=given.born, died=given.died, positions=positions)


def ref_of(entity: Entity) -> Ref:
    """Give the entity's Ref."""
    return entity_ref(entity.type, entity.id, entity.name)
