"""Routes of the lists of people and organisations."""

from litestar import get

from api.entities.examples import ORGANISATION, PERSON
from api.entities.filters import EntityFilters, OrganisationFilters, PersonFilters
from api.entities.lists import find_entities, select_documents
from api.entities.schemas import Organisation, Person
from api.http.answers import Answer
from api.http.operations import Operation, Page, operation
from api.http.params import read_params
from api.keys.guard import require
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.wire import EntityType


class PersonListParams(PersonFilters, frozen=True, kw_only=True):
    """The parameters of the list of people."""


class OrganisationListParams(OrganisationFilters, frozen=True, kw_only=True):
    """The parameters of the list of organisations."""


@get(
    "/people",
    **operation(
        Operation(
            summary="List people",
            answers={"page": {"items": [PERSON], "next": None}},
            tag="People",
            params=PersonListParams,
            answer=Page[Person],
            headers=("Link",),
            problems=("invalid-cursor",),
        )
    ),
)
async def list_people(request: AnyRequest, db: Db) -> Answer:
    """List people, newest record first; `name` finds them under any of their names. All filters combine."""
    return await _list(request, db, "person", PersonListParams)


@get(
    "/organisations",
    **operation(
        Operation(
            summary="List organisations",
            answers={"page": {"items": [ORGANISATION], "next": None}},
            tag="Organisations",
            params=OrganisationListParams,
            answer=Page[Organisation],
            headers=("Link",),
            problems=("invalid-cursor",),
        )
    ),
)
async def list_organisations(request: AnyRequest, db: Db) -> Answer:
    """List organisations, newest record first; `name` finds them under any of their names."""
    return await _list(request, db, "organisation", OrganisationListParams)


async def _list(request: AnyRequest, db: Db, kind: EntityType, struct: type[EntityFilters]) -> Answer:
    """Answer a page of entities."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, struct)
    page = pager_of(request, db, params)
    start = page.start(tuple[str])
    async with db.read() as conn:
        ids = await find_entities(
            conn,
            kind,
            params,
            sees_held=reader.sees_held,
            limit=page.limit + 1,
            start=start[0] if start else None,
        )
        documents = await select_documents(conn, ids, sees_held=reader.sees_held)
    return page_answer(page, [(documents.get(id), (id,)) for id in ids])


HANDLERS = [list_people, list_organisations]
