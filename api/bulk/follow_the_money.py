"""FollowTheMoney (followthemoney.tech): people and organisations as investigations' data sets write them."""

from collections.abc import Mapping
from typing import Any

from api.bulk.records import Members, Read, given
from api.entities.schemas import Entity, Organisation, Person
from api.names.script import script_of
from api.wire import COUNTRIES, EntityType

Properties = dict[str, list[str]]

# Schemata and the kind that each says.
_SCHEMATA: dict[str, str | None] = {
    "Organization": None,
    "LegalEntity": None,
    "Company": "company",
    "PublicBody": "government",
}
_SCHEMA_OF = {kind: schema for schema, kind in _SCHEMATA.items() if kind}
_FTM_NAMES = {"name": "alias", "alias": "alias", "previousName": "former", "abbreviation": "short"}
_FTM_NAME_OF = {"alias": "alias", "former": "previousName", "short": "abbreviation"}
_FTM_IDENTIFIERS = {"wikidataId": "wikidata", "leiCode": "lei", "isin": "isin", "ogrnCode": "ogrn"}
_FTM_IDENTIFIER_OF = {scheme: name for name, scheme in _FTM_IDENTIFIERS.items()}
_FTM_SINGLE = {
    "person": {"birthDate": "born", "deathDate": "died", "summary": "description"},
    "organisation": {
        "incorporationDate": "founded",
        "dissolutionDate": "dissolved",
        "summary": "description",
    },
}


def read_ftm(document: Mapping[str, Any]) -> Read:
    """Read a FollowTheMoney entity: its properties are lists of texts."""
    type: EntityType = "person" if document["schema"] == "Person" else "organisation"
    found: Mapping[str, list[str]] = document["properties"]
    losses = [] if document["schema"] in ("Person", *_SCHEMATA) else ["/schema"]
    spelled = [
        {"value": value, "kind": kind} for name, kind in _FTM_NAMES.items() for value in found.get(name, ())
    ]
    members: Members = {
        "name": next(iter(found.get("name", ())), None),
        "names": [each for each in spelled if each["value"] != next(iter(found.get("name", ())), None)],
        "identifiers": [
            {"scheme": scheme, "value": value}
            for name, scheme in _FTM_IDENTIFIERS.items()
            for value in found.get(name, ())
        ],
        "links": [{"rel": "related", "href": value} for value in found.get("website", ())],
    }
    taken = {*_FTM_NAMES, *_FTM_IDENTIFIERS, "website", "country"}
    for name, member in _FTM_SINGLE[type].items():
        taken.add(name)
        members[member], more = (*found.get(name, ()), None)[0], found.get(name, ())[1:]
        losses += [f"/properties/{name}/{i}" for i in range(1, 1 + len(more))]
    for i, code in enumerate(found.get("country", ())):
        if i == 0 and code.upper() in COUNTRIES:
            members["country"] = code.upper()
        else:
            losses.append(f"/properties/country/{i}")
    if type == "person":
        members["positions"] = [{"title": title} for title in found.get("position", ())]
        taken.add("position")
    else:
        members["kind"] = _SCHEMATA.get(document["schema"])
    losses += [f"/properties/{name}" for name, values in found.items() if name not in taken and values]
    losses += [f"/{name}" for name in document if name not in ("schema", "properties")]
    return Read(type, given(members), losses)


def write_ftm(entity: Entity) -> tuple[Members, list[str]]:
    """Write an entity as FollowTheMoney, whose names have neither language nor script nor dates."""
    losses: list[str] = []
    properties: Properties = {"name": [entity.name]}
    losses += _write_names(entity, properties)
    losses += _write_identifiers(entity, properties)
    if entity.country:
        properties["country"] = [entity.country.lower()]
    for name, member in _FTM_SINGLE[entity.type].items():
        if value := getattr(entity, member):
            properties[name] = [value]
    schema = "Person"
    if isinstance(entity, Organisation):
        schema = _SCHEMA_OF.get(entity.kind or "", "Organization")
        losses += ["/kind"] if entity.kind and entity.kind not in _SCHEMA_OF else []
        losses += ["/parent"] if entity.parent else []
    else:
        losses += _write_positions(entity, properties)
    return {"id": entity.id, "schema": schema, "properties": properties}, losses


def _write_names(entity: Entity, properties: Properties) -> list[str]:
    losses: list[str] = []
    for i, name in enumerate(entity.names):
        losses += [
            f"/names/{i}/{member}"
            for member, value in (("language", name.language), ("from", name.from_), ("until", name.until))
            if value
        ]
        if name.script != script_of(name.value):
            losses.append(f"/names/{i}/script")
        if name.kind != "primary":
            properties.setdefault(_FTM_NAME_OF.get(name.kind, "alias"), []).append(name.value)
            losses += [] if name.kind in _FTM_NAME_OF else [f"/names/{i}/kind"]
    return losses


def _write_identifiers(entity: Entity, properties: Properties) -> list[str]:
    losses: list[str] = []
    for i, each in enumerate(entity.identifiers):
        if each.scheme in _FTM_IDENTIFIER_OF:
            properties.setdefault(_FTM_IDENTIFIER_OF[each.scheme], []).append(each.value)
        else:
            losses.append(f"/identifiers/{i}")
    for i, link in enumerate(entity.links):
        properties.setdefault("website", []).append(link.href)
        losses += [f"/links/{i}/rel"] if link.rel != "related" else []
        losses += [f"/links/{i}/title"] if link.title else []
    return losses


def _write_positions(entity: Person, properties: Properties) -> list[str]:
    losses: list[str] = []
    for i, each in enumerate(entity.positions):
        properties.setdefault("position", []).append(each.title)
        losses += [
            f"/positions/{i}/{member}"
            for member, value in (
                ("organisation", each.organisation),
                ("from", each.from_),
                ("until", each.until),
            )
            if value
        ]
    return losses
