"""Routes that answer quotes; what changes a quote is among the routes of articles."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath
from msgspec import Meta

from api.entities.queries import require_entity
from api.http.answers import Answer, json_answer
from api.http.operations import Operation, Page, operation
from api.http.paging import PageParams
from api.http.params import NoParams, read_params, resource_id
from api.http.problems import not_found
from api.http.reader import Reader
from api.keys.guard import require
from api.quotes import queries
from api.quotes.queries import SortKey
from api.quotes.schemas import Quote, QuoteState, SpeakerKind
from api.quotes.states import select_states
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import listed, require_visible
from api.wire import EntityType, Id

Ids = Annotated[list[Id], Meta(min_length=1, max_length=100)]


class QuoteFilters(PageParams, frozen=True, kw_only=True):
    """The filters of the list of quotes."""

    speaker: Annotated[Ids, Meta(description="Said by one of these people or organisations.")] | None = None
    via: Annotated[Ids, Meta(description="Relayed by one of these.")] | None = None
    first_hand: Annotated[bool, Meta(description="Without a relay, or with one.")] | None = None
    speaker_kind: Annotated[list[SpeakerKind], Meta(min_length=1, max_length=5)] | None = None


@get(
    "/quotes",
    **operation(
        Operation(
            summary="List quotes",
            tag="Quotes",
            params=QuoteFilters,
            answer=Page[Quote],
            headers=("Link",),
            problems=("invalid-cursor",),
        )
    ),
)
async def list_quotes(request: AnyRequest, db: Db) -> Answer:
    """List quotes, those of the latest articles first."""
    params = read_params(request, QuoteFilters)
    return await _list(request, db, params, None)


@get(
    "/people/{id:str}/quotes",
    **operation(
        Operation(
            summary="List what a person said",
            tag="People",
            params=PageParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_quotes_of_person(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what a person said, latest articles first."""
    params = read_params(request, PageParams)
    filters = QuoteFilters(limit=params.limit, cursor=params.cursor, speaker=[resource_id(id)])
    return await _list(request, db, filters, "person")


@get(
    "/organisations/{id:str}/quotes",
    **operation(
        Operation(
            summary="List what an organisation said",
            tag="Organisations",
            params=PageParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=(404, "invalid-cursor"),
        )
    ),
)
async def list_quotes_of_organisation(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List what an organisation said, latest articles first."""
    params = read_params(request, PageParams)
    filters = QuoteFilters(limit=params.limit, cursor=params.cursor, speaker=[resource_id(id)])
    return await _list(request, db, filters, "organisation")


async def _list(request: AnyRequest, db: Db, filters: QuoteFilters, owner: EntityType | None) -> Answer:
    """Answer a page of quotes; of an `owner`, the speaker that is filtered by, when the reader sees it."""
    reader = reader_of(request)
    require(reader, "read")
    page = pager_of(request, db, filters)
    before = page.start(SortKey)
    async with db.read() as conn:
        if owner is not None and filters.speaker:
            await require_entity(conn, owner, filters.speaker[0], reader)
        rows = await queries.select_quotes(
            conn,
            listed=listed(reader),
            speakers=filters.speaker,
            relays=filters.via,
            first_hand=filters.first_hand,
            speaker_kinds=filters.speaker_kind,
            before=before,
            limit=page.limit + 1,
        )
    return page_answer(page, rows)


@get(
    "/quotes/{id:str}",
    **operation(
        Operation(
            summary="Fetch a quote",
            tag="Quotes",
            answer=Quote,
            headers=("ETag",),
            request_headers=("If-None-Match",),
            problems=(404, "killed"),
        )
    ),
)
async def get_quote(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """Fetch one quote, also one that its article no longer carries."""
    reader = reader_of(request)
    require(reader, "read")
    read_params(request, NoParams)
    async with db.read() as conn:
        row = await queries.select_quote(conn, resource_id(id))
    return _visible(row, reader)


def _visible(row: queries.Row | None, reader: Reader) -> Answer:
    """Answer a quote that the reader may see."""
    if row is None:
        raise not_found()
    require_visible(row, reader)
    return json_answer(row.document, version=row.version)


@get(
    "/articles/{id:str}/quotes",
    **operation(
        Operation(
            summary="List the quotes of an article",
            tag="Articles",
            params=PageParams,
            answer=Page[Quote],
            headers=("Link",),
            problems=(404, "killed", "invalid-cursor"),
        )
    ),
)
async def list_quotes_of_article(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List the quotes that an article carries, in order of appearance."""
    reader = reader_of(request)
    require(reader, "read")
    page = pager_of(request, db, read_params(request, PageParams))
    article_id = resource_id(id)
    after = page.start(tuple[int])
    async with db.read() as conn:
        standing = await queries.select_standing(conn, article_id)
        if standing is None:
            raise not_found()
        require_visible(standing, reader)
        # A kill or a withholding may come between the two statements: what is listed is what was decided on.
        rows = await queries.select_quotes_of_article(
            conn,
            article_id,
            visibility=standing.visibility,
            after=after[0] if after else None,
            limit=page.limit + 1,
        )
    return page_answer(page, rows)


@get(
    "/quotes/{id:str}/history",
    **operation(
        Operation(
            summary="List the states of a quote",
            tag="Quotes",
            params=PageParams,
            answer=Page[QuoteState],
            headers=("Link",),
            problems=(404, "killed", "invalid-cursor"),
        )
    ),
)
async def list_quote_history(request: AnyRequest, db: Db, id: FromPath[str]) -> Answer:
    """List every state that a quote has had, newest first: its words and places, and why it was withdrawn.

    States of the time when the article was held are listed for keys with scope `embargo` alone.
    """
    reader = reader_of(request)
    require(reader, "read")
    page = pager_of(request, db, read_params(request, PageParams))
    quote_id, before = resource_id(id), page.start(tuple[int])
    async with db.read() as conn:
        row = await queries.select_quote(conn, quote_id)
        if row is None:
            raise not_found()
        require_visible(row, reader)
        rows = await select_states(
            conn,
            row.article_id,
            quote_id,
            sees_held=reader.sees_held,
            with_key=reader.writes,
            before=before[0] if before else None,
            limit=page.limit + 1,
        )
    return page_answer(page, rows)


HANDLERS = [
    list_quotes,
    get_quote,
    list_quote_history,
    list_quotes_of_person,
    list_quotes_of_organisation,
    list_quotes_of_article,
]
