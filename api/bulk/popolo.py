"""Popolo (popoloproject.com): people and organizations as legislatures' data sets write them, in and out."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from api.bulk.records import Members, Read, given
from api.entities.schemas import Entity, Name, Organisation
from api.names.script import script_of
from api.wire import COUNTRIES, EntityType, canonical_language

NAME_KINDS = frozenset({"alias", "former", "birth", "short", "transliteration"})
# A classification is free text; these are our kinds, which it may hold.
KINDS = frozenset({"government", "agency", "company", "party", "international", "media", "ngo", "other"})


def read_popolo(document: Mapping[str, Any], type: EntityType) -> Read:
    """Read a Popolo person or organization; also lines that list all `names` and carry `kind`."""
    losses: list[str] = []
    if document.get("kind") in ("person", "organisation"):
        type = document["kind"]
    names = [_popolo_name(n, f"/names/{i}", losses) for i, n in enumerate(document.get("names") or [])]
    names += [
        _popolo_name(n, f"/other_names/{i}", losses) for i, n in enumerate(document.get("other_names") or [])
    ]
    primary = next((n["value"] for n in names if n["kind"] == "primary"), None)
    members: Members = {
        "name": document.get("name") or primary or (names[0]["value"] if names else None),
        "names": _distinct(names),
        "identifiers": _identifiers(document, losses),
        "description": document.get("summary"),
        "links": [
            {"rel": "related", "href": each.get("url"), "title": each.get("note")}
            for each in _objects(document, "links")
        ],
    }
    taken = {"kind", "names", "other_names", "name", "identifiers", "summary", "links"}
    if document.get("country") in COUNTRIES:
        members["country"] = document["country"]
        taken.add("country")
    if type == "person":
        members |= {"born": document.get("birth_date"), "died": document.get("death_date")}
        members["positions"] = _popolo_positions(document.get("memberships") or [], losses)
        taken |= {"birth_date", "death_date", "memberships"}
    else:
        members |= _popolo_organisation(document, losses)
        taken |= {"founding_date", "dissolution_date", "classification", "parent"}
    losses += [f"/{name}" for name, value in document.items() if name not in taken and value]
    return Read(type, given(members), losses)


def _identifiers(document: Mapping[str, Any], losses: list[str]) -> list[Members]:
    """Read identifiers; one with white space inside is none that another system could be asked for."""
    found: list[Members] = []
    for i, each in enumerate(_objects(document, "identifiers")):
        value = each.get("identifier")
        if isinstance(value, str) and value.split() != [value]:
            losses.append(f"/identifiers/{i}")
        else:
            found.append({"scheme": each.get("scheme"), "value": value})
    return found


def _objects(document: Mapping[str, Any], member: str) -> list[Members]:
    return document.get(member) or []


def _popolo_name(spelled: Mapping[str, Any], pointer: str, losses: list[str]) -> Members:
    taken = {"name", "lang", "script", "kind", "note", "start_date", "end_date"}
    losses += [f"{pointer}/{name}" for name, value in spelled.items() if name not in taken and value]
    kind = spelled.get("kind") or spelled.get("note") or "alias"
    if kind not in NAME_KINDS | {"primary"}:
        if spelled.get("note"):
            losses.append(f"{pointer}/note")
        kind = "alias"
    language = spelled.get("lang")
    if language and canonical_language(language) is None:
        losses.append(f"{pointer}/lang")
        language = None
    return given(
        {
            "value": spelled.get("name"),
            "language": language,
            "script": spelled.get("script"),
            "kind": kind,
            "from": spelled.get("start_date"),
            "until": spelled.get("end_date"),
        }
    )


def _distinct(names: Iterable[Members]) -> list[Members]:
    return list({msgspec.json.encode(name): name for name in names}.values())


def _popolo_positions(memberships: Iterable[Mapping[str, Any]], losses: list[str]) -> list[Members]:
    positions: list[Members] = []
    taken = {"role", "org", "organization", "start_date", "end_date", "start", "end"}
    for i, each in enumerate(memberships):
        if not each.get("role"):
            losses.append(f"/memberships/{i}")
            continue
        losses += [f"/memberships/{i}/{name}" for name, v in each.items() if name not in taken and v]
        name = _name_of(each.get("organization") or each.get("org"))
        positions.append(
            given(
                {
                    "title": each["role"],
                    "organisation": {"name": name} if name else None,
                    "from": each.get("start_date") or each.get("start"),
                    "until": each.get("end_date") or each.get("end"),
                }
            )
        )
    return positions


def _name_of(organisation: Any) -> Any:
    """Give the name of an organisation, which may stand alone or in an object."""
    if isinstance(organisation, dict):
        return cast("Members", organisation).get("name")
    return organisation


def _popolo_organisation(document: Mapping[str, Any], losses: list[str]) -> Members:
    classification = document.get("classification")
    if classification and classification not in KINDS:
        losses.append("/classification")
    name = _name_of(document.get("parent"))
    return {
        "kind": classification if classification in KINDS else None,
        "parent": {"name": name} if name else None,
        "founded": document.get("founding_date"),
        "dissolved": document.get("dissolution_date"),
    }


def write_popolo(entity: Entity) -> tuple[Members, list[str]]:
    """Write an entity as Popolo; pointers name what that has no member for."""
    losses = [f"/names/{i}/script" for i, n in enumerate(entity.names) if n.script != script_of(n.value)]
    if entity.country:
        losses.append("/country")
    losses += [f"/links/{i}/rel" for i, link in enumerate(entity.links) if link.rel != "related"]
    document: Members = {
        "id": entity.id,
        "name": entity.name,
        "other_names": [_to_popolo_name(name) for name in entity.names],
        "identifiers": [{"scheme": each.scheme, "identifier": each.value} for each in entity.identifiers],
        "summary": entity.description,
        "links": [given({"url": link.href, "note": link.title}) for link in entity.links],
    }
    if isinstance(entity, Organisation):
        document |= {
            "classification": entity.kind,
            "parent": entity.parent and {"id": entity.parent.id, "name": entity.parent.name},
            "founding_date": entity.founded,
            "dissolution_date": entity.dissolved,
        }
    else:
        document |= {"birth_date": entity.born, "death_date": entity.died}
        document["memberships"] = [
            given(
                {
                    "role": each.title,
                    "organization": each.organisation
                    and {"id": each.organisation.id, "name": each.organisation.name},
                    "start_date": each.from_,
                    "end_date": each.until,
                }
            )
            for each in entity.positions
        ]
    return given(document), losses


def _to_popolo_name(name: Name) -> Members:
    return given(
        {
            "name": name.value,
            "lang": name.language,
            "note": name.kind,
            "start_date": name.from_,
            "end_date": name.until,
        }
    )
