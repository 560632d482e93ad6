"""Routes that merge people and organisations that are one, and undo that."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import delete, post
from litestar.params import FromPath

from api.entities import merging, queries
from api.entities.examples import OFFICE, ORGANISATION, PERSON
from api.entities.schemas import Organisation, OrganisationMerge, Person, PersonMerge
from api.http.answers import Answer, json_answer
from api.http.conditional import etag, if_match_given
from api.http.decoding import Body
from api.http.operations import IDEMPOTENT, Operation, operation
from api.http.params import NoParams, read_params, resource_id
from api.idempotency import KeptAnswer
from api.keys.guard import require
from api.requests import AnyRequest, Db, answer_once, read_once, reader_of
from api.wire import EntityType

_BODIES: dict[EntityType, Body[Any]] = {
    "person": Body(PersonMerge),
    "organisation": Body(OrganisationMerge),
}


async def _merge(request: AnyRequest, db: Db, type: EntityType, id: str) -> Answer:
    """Answer a merge: the winner."""
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    winner, versions = resource_id(id), if_match_given(request)
    given, tried = await read_once(request, _BODIES[type])
    settled: dict[str, Any] = msgspec.to_builtins(given.resolve)

    async def work() -> KeptAnswer:
        entity = await merging.merge(tx, type, winner, given.id, settled, reader, versions)
        document = msgspec.json.encode(entity)
        return KeptAnswer(status=200, headers={"ETag": etag(entity.version, document)}, body=document)

    async def check(_: Mapping[str, str]) -> None:
        await queries.require_entity(tx, type, winner, reader)

    async with db.write() as tx:
        return await answer_once(tx, tried, work, check)


async def _unmerge(request: AnyRequest, db: Db, type: EntityType, id: str, loser: str) -> Answer:
    """Answer the undoing of a merge: the restored loser."""
    reader = reader_of(request)
    require(reader, "write")
    read_params(request, NoParams)
    winner, loser_id, versions = resource_id(id), resource_id(loser), if_match_given(request)
    async with db.write() as tx:
        entity = await merging.unmerge(tx, type, winner, loser_id, reader, versions)
    return json_answer(entity, version=entity.version)


def _merging(what: str, tag: str, body: Any, answer: Any, example: Any) -> dict[str, Any]:
    loser = {"id": OFFICE.id}
    settled = {**loser, "resolve": {"identifiers": {"wikidata": "winner"}}}
    return operation(
        Operation(
            summary=f"Merge another {what} into this one",
            examples={"merge": loser, "settled": settled},
            answers={what: example},
            tag=tag,
            body=body,
            answer=answer,
            scopes=("write",),
            headers=("ETag", "Idempotent-Replayed"),
            request_headers=("Idempotency-Key",),
            problems=(404, 412, "merged", "merge-conflict", *IDEMPOTENT),
        )
    )


def _undoing(what: str, tag: str, answer: Any, example: Any) -> dict[str, Any]:
    return operation(
        Operation(
            summary=f"Undo the merge of a {what}" if what == "person" else f"Undo the merge of an {what}",
            answers={what: example},
            tag=tag,
            answer=answer,
            scopes=("write",),
            headers=("ETag",),
            problems=(404, 412),
        )
    )


@post("/people/{id:str}/merge", **_merging("person", "People", PersonMerge, Person, PERSON))
async def merge_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Merge the person whose `id` is sent into the one of the address, and answer that one.

    Nothing moves: names, identifiers, positions, quotes and articles of both show under the winner, and the
    loser's address answers a 308. What contradicts itself is a 409 with a place in `resolve` for each.
    `If-Match`, when it is sent, is about the winner. What is merged already is answered likewise.
    """
    return await _merge(request, db, "person", id)


@delete("/people/{id:str}/merge/{loser:str}", **_undoing("person", "People", Person, PERSON))
async def unmerge_person(request: AnyRequest, db: Db, id: FromPath[str], loser: FromPath[str]) -> Answer:
    """Undo a merge, and answer the person who is shown again; what was written to the winner stays there.

    `If-Match`, when it is sent, is about the winner. 404 when the loser was not merged into the winner.
    """
    return await _unmerge(request, db, "person", id, loser)


@post(
    "/organisations/{id:str}/merge",
    **_merging("organisation", "Organisations", OrganisationMerge, Organisation, ORGANISATION),
)
async def merge_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Merge the organisation whose `id` is sent into the one of the address, and answer that one.

    Everything is as with people; an organisation that would be its own parent by it is a conflict too.
    """
    return await _merge(request, db, "organisation", id)


@delete(
    "/organisations/{id:str}/merge/{loser:str}",
    **_undoing("organisation", "Organisations", Organisation, ORGANISATION),
)
async def unmerge_organisation(
    request: AnyRequest, db: Db, id: FromPath[str], loser: FromPath[str]
) -> Answer:
    """Undo a merge, and answer the organisation that is shown again, as with people."""
    return await _unmerge(request, db, "organisation", id, loser)


HANDLERS = [merge_person, unmerge_person, merge_organisation, unmerge_organisation]
