"""Routes of the lists of quotes."""

from litestar import get
from litestar.params import FromPath

from api.entities.queries import require_entity
from api.entities.same import same_entities
from api.http.answers import Answer
from api.http.operations import Operation, Page, operation
from api.http.params import read_params, resource_id
from api.keys.guard import require
from api.lists.terms import one_of
from api.quotes.examples import QUOTE
from api.quotes.filters import QuoteFilters
from api.quotes.lists import Key, find_quotes, select_documents
from api.quotes.schemas import Quote
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import listed
from api.wire import EntityType


class QuoteListParams(QuoteFilters, frozen=True, kw_only=True):
    """The parameters of the lists of quotes."""


@get(
    "/quotes",
    **operation(
        Operation(
            summary="List quotes",
            answers={"page": {"items": [QUOTE], "next": None}},
            tag="Quotes",
            params=QuoteListParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=("invalid-cursor",),
        )
    ),
)
async def list_quotes(request: AnyRequest, db: Db) -> Answer:
    """List quotes, those of the latest articles first. All filters combine."""
    return await _list(request, db)


@get(
    "/people/{id:str}/quotes",
    **operation(
        Operation(
            summary="List what a person said",
            answers={"page": {"items": [QUOTE], "next": None}},
            tag="People",
            params=QuoteListParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_quotes_of_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what a person said, latest articles first, with the filters of all quotes."""
    return await _list(request, db, "person", resource_id(id))


@get(
    "/organisations/{id:str}/quotes",
    **operation(
        Operation(
            summary="List what an organisation said",
            answers={"page": {"items": [QUOTE], "next": None}},
            tag="Organisations",
            params=QuoteListParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_quotes_of_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what an organisation said, latest articles first, with the filters of all quotes."""
    return await _list(request, db, "organisation", resource_id(id))


async def _list(
    request: AnyRequest, db: Db, type: EntityType | None = None, entity_id: str | None = None
) -> Answer:
    """Answer a page of quotes; those said by an entity, when one is given that the reader sees."""
    reader = reader_of(request)
    require(reader, "read")
    params = read_params(request, QuoteListParams)
    page = pager_of(request, db, params)
    start = page.start(Key)
    async with db.read() as conn:
        also = None
        if type is not None and entity_id is not None:
            await require_entity(conn, type, entity_id, reader)
            also = one_of("speaker", await same_entities(conn, [entity_id]))
        keys = await find_quotes(
            conn, params, listed=listed(reader), limit=page.limit + 1, start=start, also=also
        )
        documents = await select_documents(conn, keys, listed=listed(reader))
    return page_answer(page, [(documents.get(key[1]), key) for key in keys])


HANDLERS = [list_quotes, list_quotes_of_person, list_quotes_of_organisation]
