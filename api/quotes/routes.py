"""Routes that answer one quote; what changes a quote is among the routes of articles."""

from litestar import get
from litestar.params import FromPath

from api.entities.spelled_answers import answered
from api.entities.spelling import Spelling, SpellingParams, check_spelling
from api.http.answers import Answer, json_answer
from api.http.operations import PAGE, Operation, Page, operation
from api.http.paging import PageParams
from api.http.params import read_params, resource_id
from api.keys.guard import require
from api.quotes import queries
from api.quotes.examples import QUOTE, STATES
from api.quotes.schemas import Quote, QuoteState
from api.quotes.states import select_states
from api.requests import AnyRequest, Db, page_answer, pager_of, reader_of
from api.visibility import require_visible


class HistoryParams(PageParams, frozen=True, kw_only=True):
    """The parameters of the states of a quote."""

    names: Spelling = None

    def __post_init__(self) -> None:
        """Refuse what is no language tag."""
        check_spelling(self.names)


@get(
    "/quotes/{id:str}",
    **operation(
        Operation(
            summary="Fetch a quote",
            answers={"quote": QUOTE},
            tag="Quotes",
            params=SpellingParams,
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
    params = read_params(request, SpellingParams)
    async with db.read() as conn:
        row = require_visible(await queries.select_quote(conn, resource_id(id)), reader)
    return await answered(db, json_answer(row.document, version=row.version), params.names)


@get(
    "/quotes/{id:str}/history",
    **operation(
        Operation(
            summary="List the states of a quote",
            tag="Quotes",
            params=HistoryParams,
            answer=Page[QuoteState],
            answers={"page": {"items": STATES, "next": None}},
            headers=PAGE,
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
    params = read_params(request, HistoryParams)
    page = pager_of(request, db, params)
    quote_id, before = resource_id(id), page.start(tuple[int])
    async with db.read() as conn:
        row = require_visible(await queries.select_quote(conn, quote_id), reader)
        rows = await select_states(
            conn,
            row.article_id,
            quote_id,
            sees_held=reader.sees_held,
            with_key=reader.writes,
            before=before[0] if before else None,
            limit=page.limit + 1,
        )
    return await answered(db, page_answer(page, rows), params.names)


HANDLERS = [get_quote, list_quote_history]
