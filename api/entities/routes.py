"""Routes of people and organisations: the same operations on the two types of entity."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath

from api.entities import queries, writing
from api.entities.compose import SERVER_OWNED
from api.entities.examples import ORGANISATION, ORGANISATION_POSTED, PERSON, PERSON_POSTED
from api.entities.moved import require_root
from api.entities.params import PersonParams, WriteParams
from api.entities.positions import held_in
from api.entities.schemas import Entity, Organisation, OrganisationCreate, Person, PersonCreate
from api.entities.spelled_answers import answered
from api.entities.spelling import SpellingParams
from api.http.answers import Answer, json_answer, no_content
from api.http.bodies import MERGE_PATCH, read_json, read_merge_patch
from api.http.conditional import etag, if_match
from api.http.decoding import Body
from api.http.merge_patch import merge_patch
from api.http.operations import IDEMPOTENT, JSON, Operation, operation
from api.http.params import NoParams, read_params, resource_id
from api.http.read_only import with_nulls
from api.idempotency import KeptAnswer
from api.keys.guard import require
from api.requests import AnyRequest, Db, answer_once, read_once, reader_of
from api.wire import EntityType

_BODIES: dict[EntityType, Body[Any]] = {
    "person": Body(PersonCreate),
    "organisation": Body(OrganisationCreate),
}
# Kinds of problem of every write that names an entity.
NAMING = ("duplicate-identifier", "ambiguous-entity", "unknown-entity")

OneParams = PersonParams | SpellingParams


async def _create(request: AnyRequest, db: Db, type: EntityType) -> Answer:
    """Answer a POST of an entity."""
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    given, tried = await read_once(request, _BODIES[type])

    async def work() -> KeptAnswer:
        return _created(await writing.create_entity(tx, type, given, reader, params.options))

    async def check(headers: Mapping[str, str]) -> None:
        await queries.require_entity(tx, type, headers["Location"].rpartition("/")[2], reader)

    async with db.write() as tx:
        return await answer_once(tx, tried, work, check)


def _created(entity: Entity) -> KeptAnswer:
    """Give the answer to a posted entity."""
    document = msgspec.json.encode(entity)
    headers = {"Location": entity.href, "ETag": etag(entity.version, document)}
    return KeptAnswer(status=201, headers=headers, body=document)


async def _get(request: AnyRequest, db: Db, type: EntityType, id: str, struct: type[OneParams]) -> Answer:
    """Answer one entity; with `at`, a person with the positions held then."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, struct)
    async with db.read() as conn:
        row = await queries.require_entity(conn, type, resource_id(id), reader)
    require_root(request, row)
    at = params.at if isinstance(params, PersonParams) else None
    document = held_in(row.document, at) if at else row.document
    return await answered(db, json_answer(document, version=row.version), params.names)


async def _replace(request: AnyRequest, db: Db, type: EntityType, id: str) -> Answer:
    """Answer a PUT of an entity."""
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    entity_id, versions = resource_id(id), if_match(request)
    given = await read_json(request, _BODIES[type])
    async with db.write() as tx:
        held = await writing.hold_entity(tx, type, entity_id, reader, versions)
        entity = await writing.update_entity(tx, held, given, reader, params.options)
    return json_answer(entity, version=entity.version)


async def _patch(request: AnyRequest, db: Db, type: EntityType, id: str) -> Answer:
    """Answer a merge patch of an entity."""
    reader = reader_of(request)
    require(reader, "write")
    params = read_params(request, WriteParams)
    entity_id, versions = resource_id(id), if_match(request)
    change = await read_merge_patch(request)
    async with db.write() as tx:
        held = await writing.hold_entity(tx, type, entity_id, reader, versions)
        document = merge_patch(msgspec.to_builtins(held[1]), change)
        given = _BODIES[type].patched(with_nulls(document, change, SERVER_OWNED), change)
        entity = await writing.update_entity(tx, held, given, reader, params.options)
    return json_answer(entity, version=entity.version)


async def _delete(request: AnyRequest, db: Db, type: EntityType, id: str) -> Answer:
    """Answer a DELETE of an entity."""
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    entity_id, versions = resource_id(id), if_match(request)
    async with db.write() as tx:
        held = await writing.hold_entity(tx, type, entity_id, reader, versions)
        await writing.delete_entity(tx, held, reader)
    return no_content()


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the operations on one type of entity say of themselves: `name` is its type with an article."""

    name: str
    tag: str
    body: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    params: type[OneParams]
    posted: Mapping[str, Any]
    example: Any
    renamed: str

    def create(self) -> dict[str, Any]:
        """Give the facts of a POST."""
        return operation(
            Operation(
                summary=f"Create {self.name}",
                params=WriteParams,
                examples={self._type: self.posted},
                answers={self._type: self.example},
                tag=self.tag,
                body=self.body,
                answer=self.answer,
                status=201,
                scopes=("write",),
                headers=("ETag", "Location", "Idempotent-Replayed"),
                request_headers=("Idempotency-Key",),
                problems=(*NAMING, *IDEMPOTENT),
            )
        )

    def fetch(self) -> dict[str, Any]:
        """Give the facts of a GET."""
        return operation(
            Operation(
                summary=f"Fetch {self.name}",
                answers={self._type: self.example},
                tag=self.tag,
                params=self.params,
                answer=self.answer,
                headers=("ETag",),
                request_headers=("If-None-Match",),
                problems=(404,),
            )
        )

    def replace(self) -> dict[str, Any]:
        """Give the facts of a PUT."""
        return self._change("Replace", {self._type: self.posted}, JSON)

    def patch(self) -> dict[str, Any]:
        """Give the facts of a merge patch."""
        return self._change("Change", {"name": {"name": self.renamed}}, MERGE_PATCH)

    def delete(self) -> dict[str, Any]:
        """Give the facts of a DELETE."""
        return operation(
            Operation(
                summary=f"Delete {self.name}",
                tag=self.tag,
                status=204,
                scopes=("write",),
                request_headers=("If-Match",),
                problems=(404, "merged", "entity-in-use"),
            )
        )

    def _change(self, verb: str, examples: Mapping[str, Any], body_types: tuple[str, ...]) -> dict[str, Any]:
        return operation(
            Operation(
                summary=f"{verb} {self.name}",
                params=WriteParams,
                examples=examples,
                answers={self._type: self.example},
                tag=self.tag,
                body=self.body,
                body_types=body_types,
                answer=self.answer,
                scopes=("write",),
                headers=("ETag",),
                request_headers=("If-Match",),
                problems=(404, "merged", *NAMING),
            )
        )

    @property
    def _type(self) -> str:
        return self.name.split()[-1]


_PERSON = _Facts(
    name="a person",
    tag="People",
    body=PersonCreate,
    answer=Person,
    params=PersonParams,
    posted=PERSON_POSTED,
    example=PERSON,
    renamed="Mara Venn-Oster",
)
_ORGANISATION = _Facts(
    name="an organisation",
    tag="Organisations",
    body=OrganisationCreate,
    answer=Organisation,
    params=SpellingParams,
    posted=ORGANISATION_POSTED,
    example=ORGANISATION,
    renamed="Osta News",
)


@post("/people", **_PERSON.create())
async def create_person(request: AnyRequest, db: Db) -> Answer:
    """Create a person; 409 when another person has one of the identifiers."""
    return await _create(request, db, "person")


@get("/people/{id:str}", **_PERSON.fetch())
async def get_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Fetch one person; 308 to the person into whom they were merged.

    With `at`, only the positions held on that day, or in that month or year, or possibly so.
    """
    return await _get(request, db, "person", id, PersonParams)


@put("/people/{id:str}", **_PERSON.replace())
async def replace_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Replace a person; their old name stays findable when `name` changes."""
    return await _replace(request, db, "person", id)


@patch("/people/{id:str}", **_PERSON.patch())
async def patch_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Change a person by a merge patch; their old name stays findable when `name` changes."""
    return await _patch(request, db, "person", id)


@delete("/people/{id:str}", **_PERSON.delete())
async def delete_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Delete a person whom nothing refers to; 409 with counts otherwise."""
    return await _delete(request, db, "person", id)


@post("/organisations", **_ORGANISATION.create())
async def create_organisation(request: AnyRequest, db: Db) -> Answer:
    """Create an organisation; 409 when another one has one of the identifiers."""
    return await _create(request, db, "organisation")


@get("/organisations/{id:str}", **_ORGANISATION.fetch())
async def get_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Fetch one organisation; 308 to the organisation into which it was merged."""
    return await _get(request, db, "organisation", id, SpellingParams)


@put("/organisations/{id:str}", **_ORGANISATION.replace())
async def replace_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Replace an organisation; its old name stays findable when `name` changes."""
    return await _replace(request, db, "organisation", id)


@patch("/organisations/{id:str}", **_ORGANISATION.patch())
async def patch_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Change an organisation by a merge patch; its old name stays findable when `name` changes."""
    return await _patch(request, db, "organisation", id)


@delete("/organisations/{id:str}", **_ORGANISATION.delete())
async def delete_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Delete an organisation that nothing refers to; 409 with counts otherwise."""
    return await _delete(request, db, "organisation", id)


HANDLERS = [
    create_person,
    get_person,
    replace_person,
    patch_person,
    delete_person,
    create_organisation,
    get_organisation,
    replace_organisation,
    patch_organisation,
    delete_organisation,
]
